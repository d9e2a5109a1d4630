//! Listings of the API, which come page by page.
//!
//! A request has an `offset`; an answer has some of the items, and the `total` of all there are. [`Paged`] asks for a
//! page when it is polled and nothing is left of the one before it, and hands the items over one by one, in the order of
//! the server:
//!
//! ```text
//! #[derive(Deserialize)]
//! struct NamesPage { total: usize, streams: Option<Vec<String>> }
//!
//! impl From<NamesPage> for Page<String> { /* items and total */ }
//!
//! let names = Paged::new::<NamesPage>(context, "STREAM.NAMES".to_owned(), Map::new());
//! names.poll_listed(cx)
//! ```
//!
//! What is asked for is a JSON object, which gets its `offset` here. A listing whose first page is there already begins
//! with [`Paged::go_on`].
//!
//! It ends with the page that reaches the total, with a page that is empty, whatever the total says, and after an error.
//! So it asks once for each page and never again for one that did not help, and things that are added or deleted
//! meanwhile cannot keep it going.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{ready, Poll};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::context::{Context, RequestError, RequestErrorKind};
use super::response::Response;

/// One page of a listing.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// How many items there are on all pages.
    pub(crate) total: usize,
}

/// A listing, and how far it was read. Dropping it stops it.
pub(crate) struct Paged<T> {
    context: Context,
    /// Of the API, without its prefix.
    subject: String,
    /// What is asked for, with the `offset` of the page that is due.
    question: Map<String, Value>,
    read: fn(Context, String, Map<String, Value>) -> Asking<T>,
    asking: Option<Asking<T>>,
    cursor: Cursor<T>,
}

impl<T> fmt::Debug for Paged<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paged")
            .field("subject", &self.subject)
            .field("offset", &self.cursor.offset)
            .field("is_complete", &self.cursor.is_complete)
            .finish_non_exhaustive()
    }
}

type Asking<T> = Pin<Box<dyn Future<Output = Result<Page<T>, RequestError>> + Send>>;

impl<T: 'static> Paged<T> {
    /// A listing from its beginning: `question` is sent to `subject` for pages of type `A`.
    pub(crate) fn new<A>(context: Context, subject: String, question: Map<String, Value>) -> Self
    where
        A: DeserializeOwned + Into<Page<T>> + 'static,
    {
        Paged {
            context,
            subject,
            question,
            read: |context, subject, question| Box::pin(ask::<A, T>(context, subject, question)),
            asking: None,
            cursor: Cursor::new(),
        }
    }

    /// A listing whose first page is there.
    pub(crate) fn go_on<A>(context: Context, subject: String, question: Map<String, Value>, first: Page<T>) -> Self
    where
        A: DeserializeOwned + Into<Page<T>> + 'static,
    {
        let mut paged = Paged::new::<A>(context, subject, question);
        paged.cursor.take(first);
        paged
    }

    /// The next item, when it is there.
    pub(crate) fn poll_next(&mut self, cx: &mut std::task::Context<'_>) -> Poll<Option<Result<T, RequestError>>> {
        loop {
            if let Some(item) = self.cursor.items.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            let Some(offset) = self.cursor.due() else {
                return Poll::Ready(None);
            };
            let asking = self.asking.get_or_insert_with(|| {
                self.question.insert("offset".to_owned(), offset.into());
                (self.read)(self.context.clone(), self.subject.clone(), self.question.clone())
            });
            let page = ready!(asking.as_mut().poll(cx));
            self.asking = None;
            match page {
                Ok(page) => self.cursor.take(page),
                Err(error) => {
                    self.cursor.end();
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }

    /// [`poll_next`](Paged::poll_next), with errors of the kind `Other` around what they are, as listings of streams and
    /// of consumers have them.
    pub(crate) fn poll_listed(&mut self, cx: &mut std::task::Context<'_>) -> Poll<Option<Result<T, RequestError>>> {
        let wrapped = |error| RequestError::with_source(RequestErrorKind::Other, error);
        self.poll_next(cx).map(|item| item.map(|item| item.map_err(wrapped)))
    }
}

async fn ask<A, T>(context: Context, subject: String, question: Map<String, Value>) -> Result<Page<T>, RequestError>
where
    A: DeserializeOwned + Into<Page<T>>,
{
    match context.request(subject, &question).await? {
        Response::Ok::<A>(page) => Ok(page.into()),
        Response::Err { error } => Err(error.into()),
    }
}

/// What of a listing is there, and what is still to come.
#[derive(Debug)]
struct Cursor<T> {
    items: VecDeque<T>,
    /// How many items came so far.
    offset: usize,
    is_complete: bool,
}

impl<T> Cursor<T> {
    fn new() -> Self {
        Cursor {
            items: VecDeque::new(),
            offset: 0,
            is_complete: false,
        }
    }

    /// Where the next page begins, when there is one.
    fn due(&self) -> Option<usize> {
        (!self.is_complete).then_some(self.offset)
    }

    fn take(&mut self, page: Page<T>) {
        self.offset = self.offset.saturating_add(page.items.len());
        self.is_complete = page.items.is_empty() || self.offset >= page.total;
        self.items = page.items.into();
    }

    fn end(&mut self) {
        self.is_complete = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(items: &[u32], total: usize) -> Page<u32> {
        Page {
            items: items.to_vec(),
            total,
        }
    }

    /// The items of all pages, and the offsets that were asked for.
    fn read(mut answer: impl FnMut(usize) -> Page<u32>) -> (Vec<u32>, Vec<usize>) {
        let mut cursor = Cursor::new();
        let (mut items, mut asked) = (Vec::new(), Vec::new());
        while let Some(offset) = cursor.due() {
            assert!(asked.len() < 10, "it goes on for ever");
            asked.push(offset);
            cursor.take(answer(offset));
            items.extend(cursor.items.drain(..));
        }
        (items, asked)
    }

    #[test]
    fn all_pages_in_order() {
        let all: Vec<u32> = (0..7).collect();
        let (items, asked) = read(|offset| page(&all[offset..(offset + 3).min(7)], 7));
        assert_eq!(items, all);
        assert_eq!(asked, [0, 3, 6]);
    }

    #[test]
    fn one_page_is_asked_for_once() {
        assert_eq!(read(|_| page(&[1, 2], 2)), (vec![1, 2], vec![0]));
        assert_eq!(read(|_| page(&[], 0)), (vec![], vec![0]));
    }

    #[test]
    fn an_empty_page_ends_it_whatever_the_total_says() {
        let pages = |offset| if offset == 0 { page(&[1, 2], 9) } else { page(&[], 9) };
        assert_eq!(read(pages), (vec![1, 2], vec![0, 2]));
    }

    #[test]
    fn a_total_that_shrinks_ends_it() {
        let pages = |offset| page(&[offset as u32], if offset == 0 { 5 } else { 1 });
        assert_eq!(read(pages), (vec![0, 1], vec![0, 1]));
    }

    #[test]
    fn a_total_that_grows_is_followed() {
        let pages = |offset: usize| page(&[offset as u32], (offset + 2).min(3));
        assert_eq!(read(pages), (vec![0, 1, 2], vec![0, 1, 2]));
    }

    #[test]
    fn a_page_of_more_than_the_total_is_handed_over() {
        assert_eq!(read(|_| page(&[1, 2, 3], 1)), (vec![1, 2, 3], vec![0]));
    }
}
