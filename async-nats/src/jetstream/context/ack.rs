//! [`PublishAckFuture`]: what a stream says about a message that was published to it.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{ready, Poll, Waker};
use std::time::{Duration, Instant};

use super::{Context, PublishError, PublishErrorKind, Shared};
use crate::client::publish_ack::Parcel;
use crate::client::{self, Request, RequestErrorKind};
use crate::jetstream::message::outbound::PublishMessage;
use crate::jetstream::publish::{self, PublishAck};
use crate::jetstream::response::Response;
use crate::jetstream::{Error, ErrorCode};
use crate::proto::acks_in_flight::Place;
use crate::proto::requests::abandoned::Counted;
use crate::proto::requests::{Answer, Token, Unanswered};
use crate::subject::Subject;

/// How often a message is sent again that no stream took: one may be about to have a new leader.
const RETRIES: usize = 2;

/// How long to wait before each.
const RETRY_PAUSE: Duration = Duration::from_millis(250);

/// The ack of a message that was published; await it to know that the message is stored.
///
/// It ends with
///
/// * `StreamNotFound` when no stream has the subject, also after the message was sent again twice, 250 ms apart, with
///   the same headers and thus the same message id;
/// * `WrongLastSequence`, `WrongLastMessageId` when an expectation was not met;
/// * `TimedOut` when no ack came within the [time-out](super::ContextBuilder::timeout) of the context (counted from when
///   this was first polled) or its [`ack_timeout`](super::ContextBuilder::ack_timeout) (counted from the publish). So
///   it does when the connection broke between message and ack;
/// * `BrokenPipe` when the client was closed;
/// * `MaxPayloadExceeded` when the server of a later connection takes less, and the message had to be sent again;
/// * `Other` when the server refused the message for another reason, which is the source of the error.
///
/// # Cancellation
///
/// It may be dropped at any time, in or outside of a runtime. The message was sent nevertheless, or will be. Its ack counts as
/// being in flight until it came, or the `ack_timeout` passed; nobody is told what it said.
///
/// # Examples
///
/// ```no_run
/// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
/// let mut acks = Vec::new();
/// for number in 0..100 {
///     acks.push(jetstream.publish("events", number.to_string().into()).await?);
/// }
/// for ack in acks {
///     ack.await?;
/// }
/// # Ok(())
/// # }
/// ```
pub struct PublishAckFuture(Box<Acking>);

impl PublishAckFuture {
    /// A message that is not sent yet.
    pub(super) fn new(context: &Context, subject: Subject, message: PublishMessage) -> Self {
        PublishAckFuture(Box::new(Acking {
            shared: Arc::clone(&context.shared),
            timeout: context.timeout_or_default(),
            subject,
            message,
            place: None,
            token: None,
            is_sent: false,
            until: None,
            retry: None,
        }))
    }

    pub(super) fn parcel(&self) -> Parcel<'_> {
        Parcel {
            subject: &self.0.subject,
            headers: self.0.message.headers.as_ref(),
            payload: &self.0.message.payload,
        }
    }

    pub(super) fn token(&self) -> Option<Token> {
        self.0.token
    }

    /// Takes a place for the ack.
    pub(super) fn begin(&mut self, place: Place) -> Result<(), PublishError> {
        let acking = &mut *self.0;
        acking.place = Some(place);
        let begun = acking.shared.client.begin_answer(acking.shared.ack_timeout);
        acking.token = Some(begun.map_err(|error| PublishError::with_source(PublishErrorKind::Other, error))?);
        Ok(())
    }

    pub(super) fn sent(&mut self, is_sent: bool) {
        self.0.is_sent = is_sent;
    }
}

impl fmt::Debug for PublishAckFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishAckFuture")
            .field("subject", &self.0.subject)
            .field("timeout", &self.0.timeout)
            .finish_non_exhaustive()
    }
}

impl IntoFuture for PublishAckFuture {
    type Output = Result<PublishAck, PublishError>;

    type IntoFuture = Pin<Box<dyn Future<Output = Result<PublishAck, PublishError>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        // The box that it has been in from the beginning.
        Pin::from(self.0)
    }
}

/// A message that waits for its ack. On the heap from the publish on: it is moved from hand to hand, and ends up there.
struct Acking {
    shared: Arc<Shared>,
    timeout: Duration,
    subject: Subject,
    /// Kept to be sent again.
    message: PublishMessage,
    /// Under the bound on acks in flight, from the publish on.
    place: Option<Place>,
    /// Where the ack comes to, until it came.
    token: Option<Token>,
    is_sent: bool,
    /// When the caller has waited for long enough; none before it waits, or when that is never.
    until: Option<Instant>,
    /// No stream took the message: it is being sent again.
    retry: Option<Pin<Box<Retry>>>,
}

type Retry = dyn Future<Output = Result<PublishAck, PublishError>> + Send + Sync;

impl Acking {
    /// What came back.
    fn poll_answer(&mut self, cx: &mut std::task::Context<'_>) -> Poll<Result<Answer, Unanswered>> {
        let token = self.token.expect("an ack was polled after it had ended");
        let client = &self.shared.client;
        let answer = match client.poll_answer(token, self.until, cx) {
            // The clock is looked at by those alone who have to wait, and once.
            Poll::Pending if self.until.is_none() => {
                self.until = now().checked_add(self.timeout);
                ready!(client.poll_answer(token, self.until, cx))
            }
            answer => ready!(answer),
        };
        self.token = None;
        Poll::Ready(answer)
    }
}

impl Future for Acking {
    type Output = Result<PublishAck, PublishError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Some(retry) = &mut this.retry {
            return retry.as_mut().poll(cx);
        }
        let answer = ready!(this.poll_answer(cx));
        let answer = match &answer {
            Ok(answer) => answer.parts(),
            Err(Unanswered::TimedOut) => return Poll::Ready(Err(PublishErrorKind::TimedOut.into())),
            Err(Unanswered::Closed) => return Poll::Ready(Err(PublishErrorKind::BrokenPipe.into())),
        };
        if !is_no_responders(answer.headers) {
            return Poll::Ready(judge(answer.payload));
        }
        let until = this.until.or_else(|| now().checked_add(this.timeout));
        let (subject, message) = (this.subject.clone(), std::mem::take(&mut this.message));
        let again = send_again(Arc::clone(&this.shared), subject, message, until);
        this.retry.insert(Box::pin(again)).as_mut().poll(cx)
    }
}

impl Drop for Acking {
    fn drop(&mut self) {
        let client = &self.shared.client;
        match (self.token.take(), self.place.take()) {
            (Some(token), Some(place)) if self.is_sent => {
                let acks = Arc::clone(&self.shared.acks);
                client.abandon_answer(token, Counted { acks, place });
            }
            (token, place) => {
                token.into_iter().for_each(|token| client.end_answer(token));
                let mut wake = Vec::new();
                if let Some(place) = place {
                    self.shared.acks.lock().release(place, &mut wake);
                }
                wake.into_iter().for_each(Waker::wake);
            }
        }
    }
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

fn is_no_responders(headers: &[u8]) -> bool {
    headers
        .strip_prefix(b"NATS/1.0")
        .is_some_and(|rest| rest.trim_ascii_start().starts_with(b"503"))
}

/// What the server said about a message.
fn judge(payload: &[u8]) -> Result<PublishAck, PublishError> {
    if let Some(stored) = publish::scan(payload) {
        return Ok(stored);
    }
    let response =
        serde_json::from_slice(payload).map_err(|error| PublishError::with_source(PublishErrorKind::Other, error))?;
    match response {
        Response::Ok(stored) => Ok(stored),
        Response::Err { error } => Err(PublishError::with_source(kind_of(&error), error)),
    }
}

fn kind_of(error: &Error) -> PublishErrorKind {
    match error.error_code() {
        ErrorCode::STREAM_WRONG_LAST_MESSAGE_ID => PublishErrorKind::WrongLastMessageId,
        ErrorCode::STREAM_WRONG_LAST_SEQUENCE | ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT => {
            PublishErrorKind::WrongLastSequence
        }
        _ => PublishErrorKind::Other,
    }
}

/// Sends a message again that no stream took; the same message, so that a stream with its id stores it once.
async fn send_again(
    shared: Arc<Shared>,
    subject: Subject,
    message: PublishMessage,
    until: Option<Instant>,
) -> Result<PublishAck, PublishError> {
    for _ in 0..RETRIES {
        let then = now() + RETRY_PAUSE;
        if until.is_some_and(|until| until <= then) {
            break;
        }
        tokio::time::sleep_until(then.into()).await;
        let left = until.map(|until| until.saturating_duration_since(now()));
        let mut request = Request::new().payload(message.payload.clone()).timeout(left);
        request.headers.clone_from(&message.headers);
        match shared.client.send_request(subject.clone(), request).await {
            Ok(answer) => return judge(&answer.payload),
            Err(error) if error.kind() == RequestErrorKind::NoResponders => {}
            Err(error) => return Err(unanswered(error)),
        }
    }
    Err(PublishErrorKind::StreamNotFound.into())
}

fn unanswered(error: client::RequestError) -> PublishError {
    match error.kind() {
        RequestErrorKind::TimedOut => PublishErrorKind::TimedOut.into(),
        RequestErrorKind::MaxPayloadExceeded => PublishError::with_source(PublishErrorKind::MaxPayloadExceeded, error),
        _ => PublishError::with_source(PublishErrorKind::Other, error),
    }
}

/// Why the client did not send a message.
pub(super) fn refused(error: client::PublishError) -> PublishError {
    match error.kind() {
        client::PublishErrorKind::MaxPayloadExceeded => {
            let sizes = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            PublishError::with_source(PublishErrorKind::MaxPayloadExceeded, sizes)
        }
        _ => PublishError::with_source(PublishErrorKind::Other, error),
    }
}
