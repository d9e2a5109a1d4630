//! The stream that a bucket's configuration asks for.

use super::config::Config;
use super::names::STREAM_PREFIX;
use crate::jetstream::stream::{self, DiscardPolicy, Source};
#[cfg(feature = "server_2_10")]
use crate::jetstream::stream::{Compression, SubjectTransform};

/// As many values of a key as a bucket keeps at most.
const MAX_HISTORY: i64 = 64;

/// More history was asked for than a bucket keeps.
#[derive(Debug, PartialEq)]
pub(super) struct TooLongHistory;

/// The stream for a bucket, whose name was checked.
pub(super) fn to_stream(config: Config) -> Result<stream::Config, TooLongHistory> {
    if config.history > MAX_HISTORY {
        return Err(TooLongHistory);
    }
    let mut mirror = config.mirror;
    let mut sources = config.sources;
    if let Some(mirror) = &mut mirror {
        name_stream(mirror);
    }
    for source in sources.iter_mut().flatten() {
        name_stream(source);
        #[cfg(feature = "server_2_10")]
        bring_into(&config.bucket, source);
    }
    let subjects = match mirror {
        Some(_) => Vec::new(),
        None => vec![format!("$KV.{}.>", config.bucket)],
    };
    Ok(stream::Config {
        name: [STREAM_PREFIX, &config.bucket].concat(),
        description: Some(config.description),
        subjects,
        max_messages_per_subject: config.history.max(1),
        max_bytes: config.max_bytes,
        max_age: config.max_age,
        max_message_size: config.max_value_size,
        storage: config.storage,
        num_replicas: config.num_replicas.max(1),
        republish: config.republish,
        placement: config.placement,
        discard: DiscardPolicy::New,
        allow_rollup: true,
        deny_delete: true,
        deny_purge: false,
        allow_direct: true,
        mirror_direct: config.mirror_direct || mirror.is_some(),
        mirror,
        sources,
        #[cfg(feature = "server_2_10")]
        compression: config.compression.then_some(Compression::S2),
        #[cfg(feature = "server_2_11")]
        allow_message_ttl: config.limit_markers.is_some(),
        #[cfg(feature = "server_2_11")]
        subject_delete_marker_ttl: config.limit_markers,
        ..Default::default()
    })
}

/// A bucket may be named where its stream is meant.
fn name_stream(source: &mut Source) {
    if !source.name.starts_with(STREAM_PREFIX) {
        source.name.insert_str(0, STREAM_PREFIX);
    }
}

/// The keys of another bucket become keys of this one, unless the user has said what becomes of them.
#[cfg(feature = "server_2_10")]
fn bring_into(bucket: &str, source: &mut Source) {
    let from = source.name.strip_prefix(STREAM_PREFIX).unwrap_or(&source.name);
    if source.subject_transforms.is_empty() && source.filter_subject.is_none() && from != bucket {
        source.subject_transforms.push(SubjectTransform {
            source: format!("$KV.{from}.>"),
            destination: format!("$KV.{bucket}.>"),
        });
    }
}
