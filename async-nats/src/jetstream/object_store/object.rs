//! [`Object`]: the content of an object, as a reader.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{ready, Context, Poll};

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, ReadBuf};

use super::chunks::Chunks;
use super::description::ObjectInfo;
use crate::jetstream::stream::Stream;

/// The content of an object; see [`ObjectStore::get`](super::ObjectStore::get).
///
/// It is read with [`tokio::io::AsyncReadExt`], or chunk by chunk with [`into_chunks`](Object::into_chunks), without a copy. The end is told
/// only when the size, the number of chunks and the digest are right; anything else is an error. Reading goes on
/// across reconnects.
pub struct Object {
    /// What is known of it.
    pub info: ObjectInfo,
    chunks: Chunks,
    /// What of the last chunk was not read.
    rest: Bytes,
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Object")
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}

impl Object {
    pub(super) fn new(info: ObjectInfo, stream: Stream, skip: u64) -> Self {
        Object {
            chunks: Chunks::new(&info, stream, skip),
            info,
            rest: Bytes::new(),
        }
    }

    /// What is known of it.
    pub fn info(&self) -> &ObjectInfo {
        &self.info
    }

    /// The content as a stream of its chunks, which are not copied. What was read already is not among them.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(pictures: async_nats::jetstream::object_store::ObjectStore) -> Result<(), async_nats::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut chunks = pictures.get("cat.png").await?.into_chunks();
    /// while let Some(chunk) = chunks.try_next().await? {
    ///     println!("{} bytes", chunk.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_chunks(self) -> Chunks {
        self.chunks.after(self.rest)
    }
}

impl AsyncRead for Object {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        while self.rest.is_empty() {
            match ready!(self.chunks.poll_chunk(cx)) {
                Some(chunk) => self.rest = chunk?,
                None => return Poll::Ready(Ok(())),
            }
        }
        let len = self.rest.len().min(buf.remaining());
        buf.put_slice(&self.rest[..len]);
        self.rest.advance(len);
        Poll::Ready(Ok(()))
    }
}
