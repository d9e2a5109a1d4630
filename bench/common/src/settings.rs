//! Settings of a run: a workload, and numbers and texts by name.

use std::fmt;

/// The settings of one run, written on a command line as `workload name=value name=value`.
///
/// The names in use: `url`, `ca` (a file with the certificate to trust), `seconds` and `warmup` (of the measured window and
/// before it), `size` (bytes of a payload), `headers` (0 or 1), `tasks`, `subjects`, `count`,
/// `create` (1 when the stream must be made first), `how` (`pull`, `fetch`, `ordered`), `ack` (0 or 1), `put` (1 to put, 0 to
/// get).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// What is done: `publish`, `receive`, `request`, …
    pub workload: String,
    pairs: Vec<(String, String)>,
}

impl Settings {
    /// Settings of a workload, nothing set.
    pub fn new(workload: &str) -> Self {
        Self {
            workload: workload.to_owned(),
            pairs: Vec::new(),
        }
    }

    /// The same with one more setting, which goes before an earlier one of that name.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.pairs.push((name.to_owned(), value.to_string()));
        self
    }

    /// Reads what [`Display`](fmt::Display) or [`arguments`](Self::arguments) wrote.
    ///
    /// # Errors
    ///
    /// A sentence when there is no workload, or a word is not `name=value`.
    pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut words = words.into_iter();
        let workload = words.next().ok_or(
            "a workload is needed: publish, receive, request, store, consume, bucket, object, connect or memory",
        )?;
        let pair = |word: String| match word.split_once('=') {
            Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
            None => Err(format!("`{word}` is not a setting; one reads name=value")),
        };
        let pairs = words.map(pair).collect::<Result<_, _>>()?;
        Ok(Self { workload, pairs })
    }

    /// The words of a command line.
    pub fn arguments(&self) -> Vec<String> {
        let pairs = self.pairs.iter().map(|(name, value)| format!("{name}={value}"));
        std::iter::once(self.workload.clone()).chain(pairs).collect()
    }

    /// A text, if it is set.
    pub fn text(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A number, or `default` when it is not set.
    ///
    /// # Errors
    ///
    /// A sentence when what is set is not a number.
    pub fn number(&self, name: &str, default: usize) -> Result<usize, String> {
        self.parsed(name, default)
    }

    /// A number of seconds, or `default` when it is not set.
    ///
    /// # Errors
    ///
    /// A sentence when what is set is not a number.
    pub fn seconds(&self, name: &str, default: f64) -> Result<std::time::Duration, String> {
        let seconds = self.parsed(name, default)?;
        std::time::Duration::try_from_secs_f64(seconds).map_err(|error| format!("{name}={seconds}: {error}"))
    }

    fn parsed<T: std::str::FromStr>(&self, name: &str, default: T) -> Result<T, String> {
        match self.text(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| format!("{name}={text} is not a number")),
        }
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arguments().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let settings = Settings::new("receive")
            .with("size", 16)
            .with("url", "nats://localhost:1");
        let words = settings.to_string();
        let read = Settings::parse(words.split(' ').map(str::to_owned)).expect("it was written by us");
        assert_eq!(read, settings);
        assert_eq!(read.number("size", 0), Ok(16));
        assert_eq!(read.number("tasks", 3), Ok(3));
        assert_eq!(read.text("url"), Some("nats://localhost:1"));
    }

    #[test]
    fn later_settings_win_and_bad_ones_are_refused() {
        let settings = Settings::new("publish").with("size", 1).with("size", "x");
        assert!(settings.number("size", 0).is_err());
        assert!(Settings::parse(["publish".to_owned(), "size".to_owned()]).is_err());
        assert!(Settings::parse([]).is_err());
    }
}
