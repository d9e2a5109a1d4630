//! Which streams there are.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use serde::Deserialize;
use serde_json::Map;

use super::error::{GetStreamByNameError, GetStreamByNameErrorKind};
use crate::jetstream::context::{RequestError, RequestErrorKind};
use crate::jetstream::paged::{Page, Paged};
use crate::jetstream::stream::info::Info;
use crate::jetstream::Context;
use crate::subject::is_subscribable;

/// Why a listing of streams has ended: a request failed, or the server refused; the cause says which.
pub type StreamsError = RequestError;

/// The kinds of [`StreamsError`].
pub type StreamsErrorKind = RequestErrorKind;

/// # Listing streams
impl Context {
    /// The names of all streams, as a [stream](futures_core::Stream).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut names = jetstream.stream_names();
    /// while let Some(name) = names.try_next().await? {
    ///     println!("{name}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream_names(&self) -> StreamNames {
        StreamNames {
            names: Paged::new::<NamesPage>(self.clone(), "STREAM.NAMES".to_owned(), Map::new()),
        }
    }

    /// All streams, as a [stream](futures_core::Stream) of what the server tells of each.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut streams = jetstream.streams();
    /// while let Some(info) = streams.try_next().await? {
    ///     println!("{}: {} messages", info.config.name, info.state.messages);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn streams(&self) -> Streams {
        Streams {
            streams: Paged::new::<InfosPage>(self.clone(), "STREAM.LIST".to_owned(), Map::new()),
        }
    }

    /// The name of the stream that listens on this subject. With wildcards, and several streams that listen on a part of
    /// it, that of the first one.
    ///
    /// # Errors
    ///
    /// See [`GetStreamByNameErrorKind`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let name = jetstream.stream_by_subject("events.created").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn stream_by_subject<T: Into<String>>(&self, subject: T) -> Result<String, GetStreamByNameError> {
        let subject = subject.into();
        if !is_subscribable(&subject) {
            return Err(GetStreamByNameError::new(GetStreamByNameErrorKind::InvalidSubject));
        }
        let question = Map::from_iter([("subject".to_owned(), subject.into())]);
        let mut names = Paged::new::<NamesPage>(self.clone(), "STREAM.NAMES".to_owned(), question);
        match poll_fn(|cx| names.poll_next(cx)).await {
            Some(Ok(name)) => Ok(name),
            Some(Err(error)) => Err(GetStreamByNameError::with_source(
                GetStreamByNameErrorKind::Request,
                error,
            )),
            None => Err(GetStreamByNameError::new(GetStreamByNameErrorKind::NotFound)),
        }
    }
}

/// The names of streams; see [`Context::stream_names`]. Pages are asked for when they are due. It ends after an error.
#[derive(Debug)]
pub struct StreamNames {
    names: Paged<String>,
}

impl futures_core::Stream for StreamNames {
    type Item = Result<String, StreamsError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Option<Self::Item>> {
        self.names.poll_listed(cx)
    }
}

/// What the server tells of streams; see [`Context::streams`]. Pages are asked for when they are due. It ends after an
/// error.
#[derive(Debug)]
pub struct Streams {
    streams: Paged<Info>,
}

impl futures_core::Stream for Streams {
    type Item = Result<Info, StreamsError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Option<Self::Item>> {
        self.streams.poll_listed(cx)
    }
}

#[derive(Deserialize)]
struct NamesPage {
    total: usize,
    /// `null` when there are none.
    streams: Option<Vec<String>>,
}

impl From<NamesPage> for Page<String> {
    fn from(page: NamesPage) -> Self {
        Page {
            items: page.streams.unwrap_or_default(),
            total: page.total,
        }
    }
}

#[derive(Deserialize)]
struct InfosPage {
    total: usize,
    streams: Option<Vec<Info>>,
}

impl From<InfosPage> for Page<Info> {
    fn from(page: InfosPage) -> Self {
        Page {
            items: page.streams.unwrap_or_default(),
            total: page.total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages() {
        let page: NamesPage = serde_json::from_str(r#"{"total":3,"offset":0,"limit":2,"streams":["a","b"]}"#).unwrap();
        let page: Page<String> = page.into();
        assert_eq!((page.items.len(), page.total), (2, 3));
        let page: InfosPage = serde_json::from_str(r#"{"total":0,"offset":0,"limit":2,"streams":null}"#).unwrap();
        let page: Page<Info> = page.into();
        assert_eq!((page.items.len(), page.total), (0, 0));
    }
}
