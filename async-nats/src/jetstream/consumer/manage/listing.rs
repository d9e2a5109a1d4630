//! The consumers of a stream, listed.

use std::fmt;
use std::pin::Pin;
use std::task::Poll;

use serde::Deserialize;
use serde_json::Map;

use crate::jetstream::consumer::info::Info;
use crate::jetstream::context::{RequestError, RequestErrorKind};
use crate::jetstream::paged::{Page, Paged};
use crate::jetstream::Context;

/// Why a listing of consumers ended early.
pub type ConsumersError = RequestError;

/// The kinds of [`ConsumersError`].
pub type ConsumersErrorKind = RequestErrorKind;

/// The names of a stream's consumers; see [`Stream::consumer_names`](crate::jetstream::stream::Stream::consumer_names).
///
/// Pages are asked for when they are due, each within the time-out of the context. It ends after an error.
pub struct ConsumerNames {
    names: Paged<String>,
}

impl ConsumerNames {
    pub(super) fn of(context: &Context, stream: &str) -> Self {
        let subject = format!("CONSUMER.NAMES.{stream}");
        ConsumerNames {
            names: Paged::new::<NamesPage>(context.clone(), subject, Map::new()),
        }
    }
}

impl futures_core::Stream for ConsumerNames {
    type Item = Result<String, ConsumersError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Option<Self::Item>> {
        self.names.poll_listed(cx)
    }
}

impl fmt::Debug for ConsumerNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsumerNames").finish_non_exhaustive()
    }
}

/// What the server tells of a stream's consumers; see
/// [`Stream::consumers`](crate::jetstream::stream::Stream::consumers).
///
/// Pages are asked for when they are due, each within the time-out of the context. It ends after an error.
pub struct Consumers {
    consumers: Paged<Info>,
}

impl Consumers {
    pub(super) fn of(context: &Context, stream: &str) -> Self {
        let subject = format!("CONSUMER.LIST.{stream}");
        Consumers {
            consumers: Paged::new::<InfosPage>(context.clone(), subject, Map::new()),
        }
    }
}

impl futures_core::Stream for Consumers {
    type Item = Result<Info, ConsumersError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Option<Self::Item>> {
        self.consumers.poll_listed(cx)
    }
}

impl fmt::Debug for Consumers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumers").finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct NamesPage {
    total: usize,
    /// `null` when there are none.
    consumers: Option<Vec<String>>,
}

impl From<NamesPage> for Page<String> {
    fn from(page: NamesPage) -> Self {
        Page {
            items: page.consumers.unwrap_or_default(),
            total: page.total,
        }
    }
}

#[derive(Deserialize)]
struct InfosPage {
    total: usize,
    /// `null` when there are none.
    consumers: Option<Vec<Info>>,
}

impl From<InfosPage> for Page<Info> {
    fn from(page: InfosPage) -> Self {
        Page {
            items: page.consumers.unwrap_or_default(),
            total: page.total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages() {
        let page: NamesPage = serde_json::from_str(r#"{"total":3,"offset":0,"consumers":["a","b"]}"#).unwrap();
        let page: Page<String> = page.into();
        assert_eq!((page.items.len(), page.total), (2, 3));
        let page: InfosPage = serde_json::from_str(r#"{"total":0,"offset":0,"consumers":null}"#).unwrap();
        let page: Page<Info> = page.into();
        assert_eq!((page.items.len(), page.total), (0, 0));
    }
}
