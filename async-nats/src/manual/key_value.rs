//! Buckets: keys, values, and who changed what.
//!
//! A [bucket](crate::jetstream::kv) is a stream with a subject for each key. That explains what it is good at: the last
//! value is read in one request, every change has a revision, changes come to watchers in order and without a gap. And
//! what it is not: keys are not sorted, and there are no transactions over several of them.
//!
//! # Two who write
//!
//! [`put`](crate::jetstream::kv::Store::put) writes whatever was there. [`create`](crate::jetstream::kv::Store::create) writes when
//! nothing was, [`update`](crate::jetstream::kv::Store::update) when the last revision is the one that was read:
//!
//! ```no_run
//! # async fn example(counters: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
//! use async_nats::jetstream::kv::UpdateErrorKind;
//!
//! loop {
//!     let (count, revision) = match counters.entry("visits").await? {
//!         Some(entry) => (String::from_utf8_lossy(&entry.value).parse().unwrap_or(0), entry.revision),
//!         None => (0u64, 0),
//!     };
//!     match counters.update("visits", (count + 1).to_string().into(), revision).await {
//!         Ok(_) => break,
//!         Err(error) if error.kind() == UpdateErrorKind::WrongLastRevision => continue,
//!         Err(error) => return Err(error.into()),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A call that ended with a time-out may have written: the revision tells, the next time.
//!
//! # Reading
//!
//! [`get`](crate::jetstream::kv::Store::get) is answered by any server that has the bucket, which may be a moment behind
//! the one that takes the writes. Where that matters, decide by `update`, or watch.
//!
//! # Watching
//!
//! | I want | use |
//! | --- | --- |
//! | changes from now on | [`watch`](crate::jetstream::kv::Store::watch), [`watch_all`](crate::jetstream::kv::Store::watch_all) |
//! | the present state, then changes | [`watch_with_options`](crate::jetstream::kv::Store::watch_with_options): [`Change::Current`](crate::jetstream::kv::Change::Current) says when the state is complete, for an empty bucket too |
//! | all that the bucket has of each key, then changes | the same, with [`include_history`](crate::jetstream::kv::WatchOptions::include_history) |
//! | to go on where I was | [`watch_from_revision`](crate::jetstream::kv::Store::watch_from_revision), with one more than the last revision |
//!
//! # Deleted keys
//!
//! A key that is deleted or purged leaves a marker, so that watchers learn of it. Markers go with `max_age`, with
//! [`limit_markers`](crate::jetstream::kv::Config::limit_markers), or when
//! [`purge_deletes`](crate::jetstream::kv::Store::purge_deletes) is called now and then.
//!
//! # Keys with other characters
//!
//! Letters, digits and `-/_=.` are what a key has. For others, and for values that are to look different in the bucket,
//! there are [codecs](crate::jetstream::kv::codec).
