//! [`CodecStore`]: a bucket behind codecs.

use std::fmt;

use bytes::Bytes;

use super::streams::{CodedChanges, CodedEntries, CodedKeys};
use super::{CodecError, KeyCodec, ValueCodec};
use crate::error::Error;
use crate::jetstream::kv::{
    CreateErrorKind, Entry, EntryErrorKind, Operation, PutErrorKind, Store, UpdateErrorKind, WatchErrorKind,
    WatchOptions, WatcherErrorKind,
};

/// Why an operation on a bucket behind codecs failed.
pub type CodedError = Error<CodedErrorKind>;

/// The kinds of [`CodedError`]: that of the codec, or that of the operation on the bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum CodedErrorKind {
    /// A key or a value was not encoded or decoded; the cause says which and why.
    Codec,
    /// A key was not created.
    Create(CreateErrorKind),
    /// A value was not put.
    Put(PutErrorKind),
    /// A value was not updated, deleted or purged.
    Update(UpdateErrorKind),
    /// An entry was not read.
    Entry(EntryErrorKind),
    /// Nothing can be watched.
    Watch(WatchErrorKind),
    /// There is no next entry.
    Watcher(WatcherErrorKind),
}

impl fmt::Display for CodedErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CodedErrorKind::Codec => f.write_str("the codec failed"),
            CodedErrorKind::Create(kind) => kind.fmt(f),
            CodedErrorKind::Put(kind) => kind.fmt(f),
            CodedErrorKind::Update(kind) => kind.fmt(f),
            CodedErrorKind::Entry(kind) => kind.fmt(f),
            CodedErrorKind::Watch(kind) => kind.fmt(f),
            CodedErrorKind::Watcher(kind) => kind.fmt(f),
        }
    }
}

impl From<CodecError> for CodedError {
    fn from(error: CodecError) -> Self {
        CodedError::with_source(CodedErrorKind::Codec, error)
    }
}

/// An error of the bucket as one of the bucket behind codecs.
pub(super) fn of_bucket<K>(kind: fn(K) -> CodedErrorKind) -> impl Fn(Error<K>) -> CodedError
where
    K: Clone + fmt::Debug + fmt::Display + PartialEq + Send + Sync + 'static,
{
    move |error| match std::error::Error::source(&error).map(ToString::to_string) {
        Some(cause) => CodedError::with_source(kind(error.kind()), cause),
        None => CodedError::new(kind(error.kind())),
    }
}

/// A bucket behind codecs; see [`Store::with_codecs`]. Everything is as with [`Store`], which is reached by
/// [`store`](CodecStore::store).
#[derive(Clone, Debug)]
pub struct CodecStore<K, V> {
    store: Store,
    keys: K,
    values: V,
}

impl<K: KeyCodec, V: ValueCodec> CodecStore<K, V> {
    pub(super) fn new(store: Store, keys: K, values: V) -> Self {
        CodecStore { store, keys, values }
    }

    /// The bucket itself.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Writes a value, and returns its revision; see [`Store::put`].
    ///
    /// # Errors
    ///
    /// `Codec`; `Put`.
    pub async fn put(&self, key: &str, value: Bytes) -> Result<u64, CodedError> {
        let (key, value) = (self.keys.encode(key)?, self.values.encode(value)?);
        self.store.put(key, value).await.map_err(of_bucket(CodedErrorKind::Put))
    }

    /// Writes a value for a key that has none; see [`Store::create`].
    ///
    /// # Errors
    ///
    /// `Codec`; `Create`.
    pub async fn create(&self, key: &str, value: Bytes) -> Result<u64, CodedError> {
        let (key, value) = (self.keys.encode(key)?, self.values.encode(value)?);
        self.store
            .create(key, value)
            .await
            .map_err(of_bucket(CodedErrorKind::Create))
    }

    /// Writes a value if the last revision is the one that is given; see [`Store::update`].
    ///
    /// # Errors
    ///
    /// `Codec`; `Update`.
    pub async fn update(&self, key: &str, value: Bytes, revision: u64) -> Result<u64, CodedError> {
        let (key, value) = (self.keys.encode(key)?, self.values.encode(value)?);
        self.store
            .update(key, value, revision)
            .await
            .map_err(of_bucket(CodedErrorKind::Update))
    }

    /// Deletes the value of a key; see [`Store::delete`].
    ///
    /// # Errors
    ///
    /// `Codec`; `Update`.
    pub async fn delete(&self, key: &str) -> Result<(), CodedError> {
        let key = self.keys.encode(key)?;
        self.store.delete(key).await.map_err(of_bucket(CodedErrorKind::Update))
    }

    /// Deletes the value of a key and its history; see [`Store::purge`].
    ///
    /// # Errors
    ///
    /// `Codec`; `Update`.
    pub async fn purge(&self, key: &str) -> Result<(), CodedError> {
        let key = self.keys.encode(key)?;
        self.store.purge(key).await.map_err(of_bucket(CodedErrorKind::Update))
    }

    /// The value of a key; see [`Store::get`].
    ///
    /// # Errors
    ///
    /// `Codec`, also for a value that another codec wrote; `Entry`.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, CodedError> {
        let entry = self.entry(key).await?;
        Ok(entry
            .filter(|entry| entry.operation == Operation::Put)
            .map(|entry| entry.value))
    }

    /// The last entry of a key; see [`Store::entry`].
    ///
    /// # Errors
    ///
    /// Those of [`get`](CodecStore::get).
    pub async fn entry(&self, key: &str) -> Result<Option<Entry>, CodedError> {
        let read = self.store.entry(self.keys.encode(key)?).await;
        let entry = read.map_err(of_bucket(CodedErrorKind::Entry))?;
        entry.map(|entry| decode(entry, &self.keys, &self.values)).transpose()
    }

    /// The entries of a key, the oldest first; see [`Store::history`].
    ///
    /// # Errors
    ///
    /// `Codec`; `Watch`.
    pub async fn history(&self, key: &str) -> Result<CodedEntries<'_, K, V>, CodedError> {
        let begun = self.store.history(self.keys.encode(key)?).await;
        let history = begun.map_err(of_bucket(CodedErrorKind::Watch))?;
        Ok(CodedEntries::new(history, &self.keys, &self.values))
    }

    /// The keys that have a value; see [`Store::keys`].
    ///
    /// # Errors
    ///
    /// `Watch`.
    pub async fn keys(&self) -> Result<CodedKeys<'_, K>, CodedError> {
        let keys = self.store.keys().await.map_err(of_bucket(CodedErrorKind::Watch))?;
        Ok(CodedKeys::new(keys, &self.keys))
    }

    /// Watches keys, each of which may have wildcards; see [`Store::watch_with_options`].
    ///
    /// # Errors
    ///
    /// `Codec`, also for wildcards that it does not know; `Watch`.
    pub async fn watch(&self, filters: &[&str], options: WatchOptions) -> Result<CodedChanges<'_, K, V>, CodedError> {
        let filters = filters.iter().map(|filter| self.keys.encode_filter(filter));
        let filters = filters.collect::<Result<Vec<_>, _>>()?;
        let has_values = options.has_values();
        let begun = self.store.watch_with_options(filters, options).await;
        let watcher = begun.map_err(of_bucket(CodedErrorKind::Watch))?;
        Ok(CodedChanges::new(watcher, &self.keys, &self.values, has_values))
    }
}

/// An entry as the program knows it. One that has no value has none to decode.
pub(super) fn decode<K: KeyCodec, V: ValueCodec>(entry: Entry, keys: &K, values: &V) -> Result<Entry, CodedError> {
    let value = match entry.operation {
        Operation::Put => values.decode(entry.value)?,
        Operation::Delete | Operation::Purge => entry.value,
    };
    Ok(Entry {
        key: keys.decode(&entry.key)?,
        value,
        ..entry
    })
}
