//! What a server is configured from: nothing, a file, or text; and the form of it that a cluster takes.

use std::borrow::Cow;
use std::path::Path;

/// Nodes of a cluster that [`run_cluster`](crate::run_cluster) starts.
pub(crate) const CLUSTER_SIZE: usize = 3;

/// Where the configuration of one server comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source<'a> {
    /// The server's defaults.
    Defaults,
    /// A file, as it was given: relative to the current folder.
    File(Cow<'a, str>),
    /// The text of a configuration.
    Text(Cow<'a, str>),
}

impl<'a> Source<'a> {
    /// A path, where the empty one means that there is no configuration.
    pub(crate) fn file(path: impl Into<Cow<'a, str>>) -> Self {
        let path = path.into();
        if path.is_empty() {
            Self::Defaults
        } else {
            Self::File(path)
        }
    }

    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn into_owned(self) -> Source<'static> {
        match self {
            Source::Defaults => Source::Defaults,
            Source::File(path) => Source::File(Cow::Owned(path.into_owned())),
            Source::Text(text) => Source::Text(Cow::Owned(text.into_owned())),
        }
    }

    /// The path to hand to the server; text is written to `file` first.
    pub(crate) fn materialize(&self, file: &Path) -> std::io::Result<Option<String>> {
        match self {
            Self::Defaults => Ok(None),
            Self::File(path) => Ok(Some(path.to_string())),
            Self::Text(text) => {
                std::fs::write(file, text.as_bytes())?;
                Ok(Some(file.display().to_string()))
            }
        }
    }
}

/// The configuration of the three nodes of a cluster; made by [`IntoConfig`].
#[derive(Clone, Debug)]
pub struct Config<'a> {
    nodes: [Source<'a>; CLUSTER_SIZE],
}

impl<'a> Config<'a> {
    fn same(source: Source<'a>) -> Self {
        Self {
            nodes: [source.clone(), source.clone(), source],
        }
    }

    pub(crate) fn nodes(&self) -> &[Source<'a>; CLUSTER_SIZE] {
        &self.nodes
    }
}

/// What [`run_cluster`](crate::run_cluster) takes: one configuration for all three nodes, or one for each.
///
/// A string is the path of a file, relative to the current folder; the empty one means the server's defaults.
/// [`ConfigText`] holds the text of a configuration instead.
pub trait IntoConfig<'a> {
    /// The configuration of each node.
    fn into_config(self) -> Config<'a>;
}

impl<'a> IntoConfig<'a> for &'a str {
    fn into_config(self) -> Config<'a> {
        Config::same(Source::file(self))
    }
}

impl<'a> IntoConfig<'a> for [&'a str; 3] {
    fn into_config(self) -> Config<'a> {
        Config {
            nodes: self.map(Source::file),
        }
    }
}

/// The text of a configuration, for use where the path of one is taken.
///
/// ```no_run
/// let cluster = nats_server::run_cluster(nats_server::ConfigText("jetstream {}"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigText<'a>(pub &'a str);

impl<'a> IntoConfig<'a> for ConfigText<'a> {
    fn into_config(self) -> Config<'a> {
        Config::same(Source::text(self.0))
    }
}

impl<'a> IntoConfig<'a> for [ConfigText<'a>; 3] {
    fn into_config(self) -> Config<'a> {
        Config {
            nodes: self.map(|text| Source::text(text.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn one_configuration_is_for_all_nodes() {
        let config = "some.conf".into_config();
        for node in config.nodes() {
            assert_eq!(*node, Source::File("some.conf".into()));
        }
    }

    #[test]
    fn each_node_can_have_its_own() {
        let config = ["a.conf", "", "c.conf"].into_config();
        assert_eq!(
            *config.nodes(),
            [
                Source::File("a.conf".into()),
                Source::Defaults,
                Source::File("c.conf".into())
            ]
        );
        let config = [ConfigText("a"), ConfigText(""), ConfigText("c")].into_config();
        assert_eq!(config.nodes()[1], Source::Text("".into()));
    }

    #[test]
    fn text_is_written_to_the_file_and_a_path_is_left_as_it_is() {
        let scratch = Scratch::new("config");
        let file = scratch.path().join("server.conf");
        let given = |source: Source<'_>| source.materialize(&file).expect("the scratch folder is writable");
        assert_eq!(given(Source::file("")), None);
        assert_eq!(given(Source::file("tests/x.conf")).as_deref(), Some("tests/x.conf"));
        assert!(!file.exists());
        assert_eq!(given(Source::text("debug: true")).as_deref(), file.to_str());
        let written = std::fs::read_to_string(&file).expect("the file was written");
        assert_eq!(written, "debug: true");
    }
}
