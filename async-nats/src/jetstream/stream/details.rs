//! More of a stream's [`Info`] on demand: the subjects that are in it, and the messages that were deleted.
//!
//! Subjects come page by page; [`InfoWithSubjects`] asks for the next one when it is polled.

use std::pin::Pin;
use std::task::Poll;

use serde::{Deserialize, Serialize};
use serde_json::{json, Map};

use super::handle::{InfoError, Stream};
use super::info::Info;
use crate::jetstream::paged::{Page, Paged};
use crate::jetstream::response::Response;
use crate::jetstream::Context;

/// What is to be told of a stream.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct StreamInfoRequest {
    offset: usize,
    deleted_details: bool,
    subjects_filter: String,
}

impl<I> Stream<I> {
    /// Asks the server about the stream and its subjects that match `subjects_filter`, which may have wildcards.
    ///
    /// # Errors
    ///
    /// See [`InfoError`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let stream = jetstream.get_stream("events").await?;
    /// let mut subjects = stream.info_with_subjects("events.>").await?;
    /// while let Some((subject, messages)) = subjects.try_next().await? {
    ///     println!("{subject}: {messages}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn info_with_subjects<F: AsRef<str>>(&self, subjects_filter: F) -> Result<InfoWithSubjects, InfoError> {
        self.info_builder().subjects(subjects_filter.as_ref()).fetch().await
    }

    /// Chooses what is to be told of the stream; [`fetch`](StreamInfoBuilder::fetch) asks for it.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let stream = jetstream.get_stream("events").await?;
    /// let details = stream.info_builder().with_deleted(true).subjects("events.>").fetch().await?;
    /// println!("deleted: {:?}", details.info.state.deleted);
    /// # Ok(())
    /// # }
    /// ```
    pub fn info_builder(&self) -> StreamInfoBuilder {
        StreamInfoBuilder {
            context: self.context().clone(),
            stream: self.name().to_owned(),
            request: StreamInfoRequest {
                offset: 0,
                deleted_details: false,
                subjects_filter: String::new(),
            },
        }
    }
}

/// Chooses what is to be told of a stream; see [`Stream::info_builder`].
#[derive(Debug)]
pub struct StreamInfoBuilder {
    context: Context,
    stream: String,
    request: StreamInfoRequest,
}

impl StreamInfoBuilder {
    /// Whether the sequences of deleted messages are wanted.
    pub fn with_deleted(mut self, deleted: bool) -> Self {
        self.request.deleted_details = deleted;
        self
    }

    /// Which subjects are wanted; `>` for all of them.
    pub fn subjects<S: Into<String>>(mut self, subject: S) -> Self {
        self.request.subjects_filter = subject.into();
        self
    }

    /// Asks the server.
    ///
    /// # Errors
    ///
    /// See [`InfoError`].
    pub async fn fetch(self) -> Result<InfoWithSubjects, InfoError> {
        let subject = format!("STREAM.INFO.{}", self.stream);
        match self.context.request(subject, &self.request).await? {
            Response::Ok(info) => Ok(InfoWithSubjects::new(self.context, info, self.request.subjects_filter)),
            Response::Err { error } => Err(error.into()),
        }
    }
}

/// What a server tells of a stream, and a [stream](futures_core::Stream) of its subjects, each with how many messages
/// it has.
///
/// The subjects of the first page are here, the others are asked for when they are due. It ends after an error.
#[derive(Debug)]
pub struct InfoWithSubjects {
    /// What the server told of the stream.
    pub info: Info,
    subjects: Paged<(String, usize)>,
}

impl InfoWithSubjects {
    /// Goes on from an `info` that was asked for with this filter of subjects.
    pub fn new(context: Context, mut info: Info, subject: String) -> Self {
        let first = page(&mut info);
        let question = Map::from_iter([
            ("deleted_details".to_owned(), json!(false)),
            ("subjects_filter".to_owned(), json!(subject)),
        ]);
        let subject = format!("STREAM.INFO.{}", info.config.name);
        InfoWithSubjects {
            info,
            subjects: Paged::go_on::<SubjectsPage>(context, subject, question, first),
        }
    }
}

impl futures_core::Stream for InfoWithSubjects {
    type Item = Result<(String, usize), InfoError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Option<Self::Item>> {
        self.subjects.poll_next(cx)
    }
}

/// A page of subjects comes as the whole of what is told of a stream.
#[derive(Deserialize)]
struct SubjectsPage(Info);

impl From<SubjectsPage> for Page<(String, usize)> {
    fn from(SubjectsPage(mut info): SubjectsPage) -> Self {
        page(&mut info)
    }
}

/// Takes the subjects out of an answer. A server that does not say how many there are has told them all.
fn page(info: &mut Info) -> Page<(String, usize)> {
    let items: Vec<_> = info.state.subjects.take().into_iter().flatten().collect();
    let total = info.total_subjects().unwrap_or(items.len());
    Page { items, total }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(more: serde_json::Value) -> Info {
        let mut json = json!({
            "config": {
                "name": "events", "discard": "old", "retention": "limits", "storage": "file", "num_replicas": 1,
            },
            "created": "2024-05-01T09:59:59Z",
            "state": {
                "messages": 2, "bytes": 2, "first_seq": 1, "first_ts": "2024-05-01T09:59:59Z",
                "last_seq": 2, "last_ts": "2024-05-01T09:59:59Z", "consumer_count": 0,
                "subjects": { "a": 1, "b": 2 },
            },
        });
        for (name, value) in more.as_object().expect("the test gives an object") {
            json[name] = value.clone();
        }
        serde_json::from_value(json).expect("the shape of an answer")
    }

    #[test]
    fn the_request() {
        let request = StreamInfoRequest {
            offset: 3,
            deleted_details: true,
            subjects_filter: "a.>".to_owned(),
        };
        let json = r#"{"offset":3,"deleted_details":true,"subjects_filter":"a.>"}"#;
        assert_eq!(serde_json::to_string(&request).unwrap(), json);
    }

    #[test]
    fn subjects_of_a_page() {
        let mut paged = info(json!({ "offset": 0, "total": 9, "limit": 2 }));
        let mut page = super::page(&mut paged);
        page.items.sort();
        assert_eq!(page.items, [("a".to_owned(), 1), ("b".to_owned(), 2)]);
        assert_eq!(page.total, 9);
        assert!(paged.state.subjects.is_none());
    }

    #[test]
    fn a_server_without_pages_has_told_all() {
        assert_eq!(super::page(&mut info(json!({}))).total, 2);
    }
}
