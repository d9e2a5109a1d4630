//! Which buckets there are.

use std::fmt;
use std::pin::Pin;
use std::task::{ready, Context as TaskContext, Poll};

use futures_core::Stream;

use super::bucket::Status;
use super::names::STREAM_PREFIX;
use crate::jetstream::context::{Context, RequestError, StreamNames, Streams};

/// The names of buckets; see [`Context::key_value_names`].
pub struct BucketNames {
    streams: StreamNames,
}

impl fmt::Debug for BucketNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BucketNames").finish_non_exhaustive()
    }
}

impl Stream for BucketNames {
    type Item = Result<String, RequestError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(Pin::new(&mut self.streams).poll_next(cx)) {
                Some(Ok(stream)) => {
                    if let Some(bucket) = stream.strip_prefix(STREAM_PREFIX) {
                        return Poll::Ready(Some(Ok(bucket.to_owned())));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

/// The states of buckets; see [`Context::key_values`].
pub struct Buckets {
    streams: Streams,
}

impl fmt::Debug for Buckets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buckets").finish_non_exhaustive()
    }
}

impl Stream for Buckets {
    type Item = Result<Status, RequestError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(Pin::new(&mut self.streams).poll_next(cx)) {
                Some(Ok(info)) => {
                    if let Some(bucket) = info.config.name.strip_prefix(STREAM_PREFIX) {
                        let bucket = bucket.to_owned();
                        return Poll::Ready(Some(Ok(Status { info, bucket })));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl Context {
    /// The names of all buckets.
    ///
    /// # Errors
    ///
    /// The stream ends with the first error: JetStream is not enabled, or no answer came in time.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let buckets: Vec<String> = jetstream.key_value_names().try_collect().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn key_value_names(&self) -> BucketNames {
        BucketNames {
            streams: self.stream_names(),
        }
    }

    /// The states of all buckets.
    ///
    /// # Errors
    ///
    /// Those of [`key_value_names`](Context::key_value_names).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut buckets = jetstream.key_values();
    /// while let Some(bucket) = buckets.try_next().await? {
    ///     println!("{}: {} values", bucket.bucket(), bucket.values());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn key_values(&self) -> Buckets {
        Buckets {
            streams: self.streams(),
        }
    }
}
