//! Putting an object.

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::description::{ObjectInfo, ObjectMetadata, ObjectOptions};
use super::digest::Digest;
use super::error::{InfoErrorKind, PutError, PutErrorKind};
use super::names;
use super::store::ObjectStore;
use super::upload::Upload;
use crate::datetime;
use crate::jetstream::context::{PublishError, PublishErrorKind};

/// Bytes of a chunk, unless the user says otherwise.
const CHUNK: usize = 128 * 1024;
/// Bytes that are reserved for a chunk before it is read.
const RESERVED: usize = 8 * 1024 * 1024;

impl ObjectStore {
    /// Puts what `data` reads as an object, and returns what is known of it. An object of the name is replaced: until the
    /// new one is whole, the old one is read.
    ///
    /// Chunks are filled whole and sent ahead of their confirmations, up to 8 MiB.
    ///
    /// # Errors
    ///
    /// `InvalidName` for an empty name; `ReadChunks` when `data` failed; `PublishChunks` and `PublishMetadata` when the
    /// server did not take them, because the store is full or sealed for instance; `TimedOut`; `PurgeOldChunks` when the
    /// object was put and what was there before could not be taken away.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped has put nothing; the chunks that it sent are taken away. A connection that breaks meanwhile
    /// ends it with an error, when confirmations were lost with it.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(pictures: async_nats::jetstream::object_store::ObjectStore) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::object_store::ObjectMetadata;
    ///
    /// let metadata = ObjectMetadata {
    ///     name: "cat.png".to_owned(),
    ///     description: Some("a cat in a box".to_owned()),
    ///     ..Default::default()
    /// };
    /// let info = pictures.put(metadata, &mut &b"the picture"[..]).await?;
    /// println!("{:?}", info.digest);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn put<T>(&self, meta: T, data: &mut (impl AsyncRead + Unpin)) -> Result<ObjectInfo, PutError>
    where
        ObjectMetadata: From<T>,
    {
        self.put_with_progress(meta, data, |_| {}).await
    }

    /// Puts what `data` reads as [`put`](ObjectStore::put) does, and tells `progress` after each chunk how many bytes were
    /// sent so far.
    ///
    /// # Errors
    ///
    /// Those of [`put`](ObjectStore::put).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(pictures: async_nats::jetstream::object_store::ObjectStore) -> Result<(), async_nats::Error> {
    /// let told = |bytes| println!("{bytes} bytes");
    /// pictures.put_with_progress("cat.png", &mut &b"the picture"[..], told).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn put_with_progress<T>(
        &self,
        meta: T,
        data: &mut (impl AsyncRead + Unpin),
        progress: impl FnMut(u64),
    ) -> Result<ObjectInfo, PutError>
    where
        ObjectMetadata: From<T>,
    {
        let meta = ObjectMetadata::from(meta);
        if meta.name.is_empty() {
            return Err(PutError::new(PutErrorKind::InvalidName));
        }
        let before = match self.info(&meta.name).await {
            Ok(info) => Some(info),
            Err(error) if error.kind() == InfoErrorKind::NotFound => None,
            Err(error) if error.kind() == InfoErrorKind::TimedOut => {
                return Err(PutError::with_source(PutErrorKind::TimedOut, error));
            }
            Err(error) => return Err(PutError::with_source(PutErrorKind::Other, error)),
        };
        let id = self.context().client_ref().unique_name();
        let mut upload = Upload::begin(self, &id);
        let chunk_size = meta.chunk_size.filter(|size| *size > 0).unwrap_or(CHUNK);
        let content = send_all(&mut upload, data, chunk_size, progress).await?;
        let info = ObjectInfo {
            name: meta.name,
            description: meta.description,
            metadata: meta.metadata,
            headers: meta.headers,
            options: Some(ObjectOptions {
                link: None,
                max_chunk_size: Some(chunk_size),
            }),
            bucket: self.name.clone(),
            nuid: id,
            size: content.size,
            chunks: content.chunks,
            modified: Some(datetime::now()),
            digest: Some(content.digest),
            deleted: false,
        };
        // From here on the server may have the whole object: its chunks stay, whatever becomes of this future.
        upload.finished();
        self.complete(&info).await?;
        if let Some(before) = before.filter(|before| !before.nuid.is_empty()) {
            self.stream
                .purge()
                .filter(names::chunks(&self.name, &before.nuid))
                .await
                .map_err(|error| PutError::with_source(PutErrorKind::PurgeOldChunks, error))?;
        }
        Ok(info)
    }

    /// Writes the description, which makes the object. When it is not known whether the server took it, it is asked.
    async fn complete(&self, info: &ObjectInfo) -> Result<(), PutError> {
        let Err(error) = self.describe(info).await else {
            return Ok(());
        };
        if matches!(error.kind(), PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe) {
            // The leader: another server may not have it yet.
            match self.info_of_leader(&info.name).await {
                Ok(found) if found.nuid == info.nuid => return Ok(()),
                Ok(_) => {}
                Err(unknown) if unknown.kind() == InfoErrorKind::NotFound => {}
                // It may be there: taking its chunks away would leave an object that cannot be read.
                Err(_) => return Err(unpublished(PutErrorKind::PublishMetadata, error)),
            }
        }
        self.stream.purge_unheard(names::chunks(&self.name, &info.nuid));
        Err(unpublished(PutErrorKind::PublishMetadata, error))
    }
}

/// What was sent.
struct Content {
    size: usize,
    chunks: usize,
    digest: String,
}

async fn send_all(
    upload: &mut Upload<'_>,
    data: &mut (impl AsyncRead + Unpin),
    chunk_size: usize,
    mut progress: impl FnMut(u64),
) -> Result<Content, PutError> {
    let mut digest = Digest::new();
    let mut size = 0;
    loop {
        // A size that no server takes is not reserved: sending it fails with the server's limit.
        let buffer = upload.buffer(chunk_size.min(RESERVED));
        let chunk = read_chunk(data, chunk_size, buffer)
            .await
            .map_err(|error| PutError::with_source(PutErrorKind::ReadChunks, error))?;
        if chunk.is_empty() {
            break;
        }
        digest.update(&chunk);
        size += chunk.len();
        upload
            .send(chunk)
            .await
            .map_err(|error| unpublished(PutErrorKind::PublishChunks, error))?;
        progress(size as u64);
    }
    let chunks = upload
        .confirm_all()
        .await
        .map_err(|error| unpublished(PutErrorKind::PublishChunks, error))?;
    Ok(Content {
        size,
        chunks,
        digest: digest.finish(),
    })
}

/// The next chunk: as many bytes as one has, unless it is the last. Empty at the end.
async fn read_chunk(
    data: &mut (impl AsyncRead + Unpin),
    chunk_size: usize,
    mut chunk: BytesMut,
) -> std::io::Result<Bytes> {
    while chunk.len() < chunk_size {
        let missing = (chunk_size - chunk.len()) as u64;
        let read = (&mut *data).take(missing).read_buf(&mut chunk).await?;
        if read == 0 {
            break;
        }
    }
    Ok(chunk.freeze())
}

fn unpublished(kind: PutErrorKind, error: PublishError) -> PutError {
    let kind = match error.kind() {
        PublishErrorKind::TimedOut => PutErrorKind::TimedOut,
        _ => kind,
    };
    PutError::with_source(kind, error)
}
