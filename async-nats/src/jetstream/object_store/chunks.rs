//! [`Chunks`]: the content of an object, chunk by chunk, checked on its way.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{ready, Context, Poll};

use bytes::{Buf as _, Bytes};

use super::description::ObjectInfo;
use super::error::GetError;
use super::names;
use super::verify::{Verifier, Wrong};
use crate::jetstream::consumer::push::{Ordered, OrderedConfig};
use crate::jetstream::stream::Stream;

type Beginning = Pin<Box<dyn Future<Output = Result<Ordered, GetError>> + Send>>;

/// The content of an object as a stream of its chunks; see [`Object::into_chunks`](super::Object::into_chunks).
///
/// It ends without an error only when the content is whole and right. After an error it ends.
pub struct Chunks {
    state: State,
    /// Bytes at the beginning that were not asked for.
    skip: u64,
    /// What is handed over first.
    rest: Bytes,
}

enum State {
    /// Nothing was asked for yet.
    New(Box<(Stream, String)>, Verifier),
    Beginning(Beginning, Verifier),
    Reading(Box<Ordered>, Verifier),
    Ended,
}

impl fmt::Debug for Chunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").finish_non_exhaustive()
    }
}

impl Chunks {
    pub(super) fn new(info: &ObjectInfo, stream: Stream, skip: u64) -> Self {
        let subject = names::chunks(&info.bucket, &info.nuid);
        Chunks {
            state: State::New(Box::new((stream, subject)), Verifier::new(info)),
            skip,
            rest: Bytes::new(),
        }
    }

    /// The same, behind what is left of a chunk.
    pub(super) fn after(mut self, rest: Bytes) -> Self {
        self.rest = rest;
        self
    }

    pub(super) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.rest))));
        }
        loop {
            match ready!(self.poll_checked(cx)) {
                Some(Ok(mut chunk)) => {
                    let skipped = self.skip.min(chunk.len() as u64);
                    self.skip -= skipped;
                    // Not more than the chunk has, which is a usize.
                    chunk.advance(skipped as usize);
                    if !chunk.is_empty() {
                        return Poll::Ready(Some(Ok(chunk)));
                    }
                }
                other => return Poll::Ready(other),
            }
        }
    }

    /// The next chunk, or the end. An error is told once.
    fn poll_checked(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return Poll::Ready(None),
                State::New(_, verifier) if !verifier.wants_more() => return Poll::Ready(end(verifier)),
                State::New(place, verifier) => {
                    let (stream, subject) = *place;
                    self.state = State::Beginning(Box::pin(begin(stream, subject)), verifier);
                }
                State::Beginning(mut beginning, verifier) => match beginning.as_mut().poll(cx) {
                    Poll::Pending => {
                        self.state = State::Beginning(beginning, verifier);
                        return Poll::Pending;
                    }
                    Poll::Ready(Ok(messages)) => self.state = State::Reading(Box::new(messages), verifier),
                    Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(io::Error::other(error)))),
                },
                State::Reading(_, verifier) if !verifier.wants_more() => return Poll::Ready(end(verifier)),
                State::Reading(mut messages, mut verifier) => {
                    let polled = messages.poll_message_or_idle(cx);
                    let Poll::Ready(message) = polled else {
                        self.state = State::Reading(messages, verifier);
                        return Poll::Pending;
                    };
                    let chunk = match message {
                        Some(Ok(Some(message))) => message.message.payload,
                        Some(Err(error)) => return Poll::Ready(Some(Err(io::Error::other(error)))),
                        // The server has nothing more of it.
                        Some(Ok(None)) | None => return Poll::Ready(end(verifier)),
                    };
                    if let Err(wrong) = verifier.take(&chunk) {
                        return Poll::Ready(Some(Err(invalid(wrong))));
                    }
                    self.state = State::Reading(messages, verifier);
                    return Poll::Ready(Some(Ok(chunk)));
                }
            }
        }
    }
}

impl futures_core::Stream for Chunks {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(cx)
    }
}

async fn begin(stream: Stream, subject: String) -> Result<Ordered, GetError> {
    let config = OrderedConfig {
        deliver_subject: stream.context().client_ref().new_inbox(),
        description: Some("object store read".to_owned()),
        filter_subject: subject,
        ..Default::default()
    };
    let consumer = stream.create_consumer(config).await?;
    Ok(consumer.messages().await?)
}

fn end(verifier: Verifier) -> Option<io::Result<Bytes>> {
    verifier.finish().err().map(|wrong| Err(invalid(wrong)))
}

fn invalid(Wrong(text): Wrong) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}
