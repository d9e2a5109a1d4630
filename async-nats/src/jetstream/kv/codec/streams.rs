//! Entries and keys of a bucket behind codecs, as streams.

use std::fmt;
use std::pin::Pin;
use std::task::{ready, Context, Poll};

use futures_core::Stream;

use super::store::{decode, of_bucket, CodedError, CodedErrorKind};
use super::{KeyCodec, Plain, ValueCodec};
use crate::jetstream::kv::{Change, Entry, History, Keys, Watcher};

/// The entries of a key; see [`CodecStore::history`](super::CodecStore::history).
pub struct CodedEntries<'a, K, V> {
    history: History,
    keys: &'a K,
    values: &'a V,
}

impl<'a, K, V> CodedEntries<'a, K, V> {
    pub(super) fn new(history: History, keys: &'a K, values: &'a V) -> Self {
        CodedEntries { history, keys, values }
    }
}

impl<K, V> fmt::Debug for CodedEntries<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodedEntries").finish_non_exhaustive()
    }
}

impl<K: KeyCodec, V: ValueCodec> Stream for CodedEntries<'_, K, V> {
    type Item = Result<Entry, CodedError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let entry = ready!(Pin::new(&mut self.history).poll_next(cx));
        Poll::Ready(entry.map(|entry| {
            let entry = entry.map_err(of_bucket(CodedErrorKind::Watcher))?;
            decode(entry, self.keys, self.values)
        }))
    }
}

/// The keys that have a value; see [`CodecStore::keys`](super::CodecStore::keys).
pub struct CodedKeys<'a, K> {
    found: Keys,
    keys: &'a K,
}

impl<'a, K> CodedKeys<'a, K> {
    pub(super) fn new(found: Keys, keys: &'a K) -> Self {
        CodedKeys { found, keys }
    }
}

impl<K> fmt::Debug for CodedKeys<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodedKeys").finish_non_exhaustive()
    }
}

impl<K: KeyCodec> Stream for CodedKeys<'_, K> {
    type Item = Result<String, CodedError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let key = ready!(Pin::new(&mut self.found).poll_next(cx));
        Poll::Ready(key.map(|key| {
            let key = key.map_err(of_bucket(CodedErrorKind::Watcher))?;
            Ok(self.keys.decode(&key)?)
        }))
    }
}

/// Changes of keys; see [`CodecStore::watch`](super::CodecStore::watch).
pub struct CodedChanges<'a, K, V> {
    watcher: Watcher,
    keys: &'a K,
    values: &'a V,
    has_values: bool,
}

impl<'a, K, V> CodedChanges<'a, K, V> {
    pub(super) fn new(watcher: Watcher, keys: &'a K, values: &'a V, has_values: bool) -> Self {
        CodedChanges {
            watcher,
            keys,
            values,
            has_values,
        }
    }
}

impl<K, V> fmt::Debug for CodedChanges<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodedChanges").finish_non_exhaustive()
    }
}

impl<K: KeyCodec, V: ValueCodec> Stream for CodedChanges<'_, K, V> {
    type Item = Result<Change, CodedError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let change = ready!(Pin::new(&mut self.watcher).poll_next(cx));
        Poll::Ready(change.map(|change| match change {
            Ok(Change::Entry(entry)) if self.has_values => Ok(Change::Entry(decode(entry, self.keys, self.values)?)),
            Ok(Change::Entry(entry)) => Ok(Change::Entry(decode(entry, self.keys, &Plain)?)),
            Ok(Change::Current) => Ok(Change::Current),
            Err(error) => Err(of_bucket(CodedErrorKind::Watcher)(error)),
        }))
    }
}
