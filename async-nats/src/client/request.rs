//! Requests: one published message, one answer.

use std::future::{poll_fn, Future};
use std::pin::Pin;
use std::task::{ready, Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;

use super::outgoing::{Outgoing, Turn};
use super::{Client, Request, RequestError, RequestErrorKind};
use crate::client::error::ClientClosed;
use crate::header::HeaderMap;
use crate::io::core::Core;
use crate::message::Message;
use crate::proto::encode;
use crate::proto::requests::{Accepted, Refused, Token, Unanswered};
use crate::proto::subscriptions::REQUESTS_SID;
use crate::status::StatusCode;
use crate::subject::{SubjectError, ToSubject};

impl Client {
    /// Publishes `payload` to `subject` and waits for the answer, as long as [`Client::timeout`] says.
    ///
    /// # Errors
    ///
    /// `NoResponders` when nobody is subscribed; `TimedOut`; `InvalidSubject`; `MaxPayloadExceeded`; `Other` when the
    /// client is closed. A request that was written when the connection broke is not sent again: it times out.
    ///
    /// # Cancellation
    ///
    /// Dropping the future frees everything; an answer that comes later is let go. The request may have been sent.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// let answer = client.request("service", "question".into()).await?;
    /// println!("{:?}", answer.payload);
    /// # Ok(())
    /// # }
    /// ```
    pub fn request<S: ToSubject>(
        &self,
        subject: S,
        payload: Bytes,
    ) -> impl Future<Output = Result<Message, RequestError>> + use<'_, S> {
        let timeout = self.core.settings.request_timeout;
        Requesting::new(&self.core, subject, None, payload, timeout)
    }

    /// Publishes `payload` with `headers` to `subject` and waits for the answer; see [`Client::request`].
    ///
    /// # Errors
    ///
    /// Those of [`Client::request`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// let mut headers = async_nats::HeaderMap::new();
    /// headers.insert("Trace-Id", "4711");
    /// let answer = client.request_with_headers("service", headers, "question".into()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn request_with_headers<S: ToSubject>(
        &self,
        subject: S,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<Message, RequestError> {
        self.send_request(subject, Request::new().headers(headers).payload(payload))
            .await
    }

    /// Sends `request` to `subject` and waits for the answer; see [`Client::request`].
    ///
    /// # Errors
    ///
    /// Those of [`Client::request`]; `Other` also when the inbox that was asked for is no valid subject.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// use std::time::Duration;
    ///
    /// let request = async_nats::Request::new()
    ///     .payload("question".into())
    ///     .timeout(Some(Duration::from_secs(1)));
    /// let answer = client.send_request("service", request).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn send_request<S: ToSubject>(&self, subject: S, request: Request) -> Result<Message, RequestError> {
        let Request {
            payload,
            headers,
            timeout,
            inbox,
        } = request;
        let payload = payload.unwrap_or_default();
        let timeout = timeout.unwrap_or(self.core.settings.request_timeout);
        let Some(inbox) = inbox else {
            return Requesting::new(&self.core, subject, headers, payload, timeout).await;
        };
        let subject = subject.to_subject();
        let message = Outgoing::new(&subject, None, headers.as_ref(), &payload);
        self.core.check_request(&subject, message)?;
        answered(Box::pin(self.request_to_inbox(message, inbox, timeout)).await?)
    }

    /// With an inbox of the user's: a subscription for one message.
    async fn request_to_inbox(
        &self,
        message: Outgoing<'_>,
        inbox: String,
        timeout: Option<Duration>,
    ) -> Result<Message, RequestError> {
        let mut answers = self.subscribe(inbox.as_str().to_owned()).await?;
        let message = message.answered_at(&inbox, &[]);
        let exchange = async {
            let mut turn = Turn {
                core: &self.core,
                ticket: None,
            };
            poll_fn(|cx| turn.poll_publish(message, cx)).await?;
            let answer = poll_fn(|cx| answers.poll_message(cx)).await;
            answer.ok_or_else(|| RequestError::with_source(RequestErrorKind::Other, ClientClosed))
        };
        match timeout {
            Some(timeout) => tokio::time::timeout(timeout, exchange)
                .await
                .map_err(|elapsed| RequestError::with_source(RequestErrorKind::TimedOut, elapsed))?,
            None => exchange.await,
        }
    }
}

impl Core {
    /// Refuses what cannot be sent.
    fn check_request(&self, subject: &str, message: Outgoing<'_>) -> Result<(), RequestError> {
        if !self.is_publishable(subject) {
            let invalid = SubjectError::InvalidFormat;
            return Err(RequestError::with_source(RequestErrorKind::InvalidSubject, invalid));
        }
        self.check_size(message).map_err(|error| {
            let source = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            RequestError::with_source(RequestErrorKind::MaxPayloadExceeded, source)
        })
    }

    /// A place for a request that ends after `timeout`, and whether no other request is in flight; `waker` is who waits.
    pub(super) fn begin_request(
        &self,
        timeout: Option<Duration>,
        waker: Option<Waker>,
    ) -> Result<(Token, bool), RequestError> {
        if !self.has_good_inbox {
            let text = "the inbox prefix in the options is no subject; answers cannot be asked for with it";
            return Err(RequestError::with_source(RequestErrorKind::Other, text));
        }
        // A time-out too long for the clock is none.
        let deadline = timeout.and_then(|timeout| tokio::time::Instant::now().into_std().checked_add(timeout));
        let mut requests = self.requests.lock();
        let Accepted {
            token,
            subscribe,
            earliest,
            alone,
        } = requests.begin(deadline, waker).map_err(|refused| match refused {
            Refused::Closed => RequestError::with_source(RequestErrorKind::Other, ClientClosed),
            Refused::TooMany => RequestError::with_source(
                RequestErrorKind::Other,
                "too many requests of this client are in flight",
            ),
        })?;
        let mut writer = None;
        if subscribe {
            // With the lock held, so that a reconnect sees the inbox either here or there, never twice.
            let mut lines = Vec::new();
            encode::subscribe(&mut lines, &format!("{}*", requests.prefix()), None, REQUESTS_SID);
            writer = self.outbound.lock().append_control(&lines);
        }
        drop(requests);
        writer.into_iter().for_each(Waker::wake);
        if earliest {
            self.timers_changed();
        }
        Ok((token, alone))
    }
}

/// An answer may be the server's word that nobody is there.
fn answered(answer: Message) -> Result<Message, RequestError> {
    match answer.status {
        Some(StatusCode::NO_RESPONDERS) => Err(RequestError::with_source(
            RequestErrorKind::NoResponders,
            "no responders",
        )),
        _ => Ok(answer),
    }
}

/// A request whose answer comes through the inbox that all requests share. It is sent when it is polled.
///
/// Written by hand, because it is polled twice in nearly all cases, takes each lock once for each of them, and is never
/// moved from one state to the next.
struct Requesting<'a, S> {
    subject: S,
    headers: Option<HeaderMap>,
    payload: Bytes,
    timeout: Option<Duration>,
    stage: Stage,
    in_flight: Option<InFlight<'a>>,
    turn: Turn<'a>,
}

#[derive(Clone, Copy)]
enum Stage {
    New,
    /// It has a place, and is not sent yet.
    Queued,
    Sent,
    Done,
}

// Nothing in it is ever pinned.
impl<S> Unpin for Requesting<'_, S> {}

impl<'a, S: ToSubject> Requesting<'a, S> {
    #[inline]
    fn new(core: &'a Core, subject: S, headers: Option<HeaderMap>, payload: Bytes, timeout: Option<Duration>) -> Self {
        Requesting {
            subject,
            headers,
            payload,
            timeout,
            stage: Stage::New,
            in_flight: None,
            turn: Turn { core, ticket: None },
        }
    }

    /// Checks it, takes a place for it, and sends it if there is room.
    fn begin(&mut self, cx: &mut Context<'_>) -> Result<Stage, RequestError> {
        let core = self.turn.core;
        let subject = self.subject.to_subject();
        let message = Outgoing::new(&subject, None, self.headers.as_ref(), &self.payload);
        core.check_request(&subject, message)?;
        let (in_flight, alone) = InFlight::begin(core, self.timeout, cx)?;
        let digits = in_flight.token.digits();
        self.in_flight = Some(in_flight);
        let message = message.answered_at(&core.reply_prefix, &digits);
        Ok(match core.try_request(message, alone)? {
            true => Stage::Sent,
            false => Stage::Queued,
        })
    }

    /// Sends it when its turn has come.
    fn poll_turn(&mut self, token: Token, cx: &mut Context<'_>) -> Poll<Result<(), RequestError>> {
        let subject = self.subject.to_subject();
        let digits = token.digits();
        let message = Outgoing::new(&subject, None, self.headers.as_ref(), &self.payload);
        let message = message.answered_at(&self.turn.core.reply_prefix, &digits);
        ready!(self.turn.poll_publish(message, cx))?;
        Poll::Ready(Ok(()))
    }

    fn poll_stages(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message, RequestError>> {
        if let Stage::New = self.stage {
            self.stage = self.begin(cx)?;
            if let Stage::Sent = self.stage {
                // The answer wakes it.
                return Poll::Pending;
            }
        }
        if let (Stage::Queued, Some(InFlight { token, .. })) = (self.stage, &self.in_flight) {
            let token = *token;
            if self.poll_turn(token, cx)?.is_ready() {
                self.stage = Stage::Sent;
            }
        }
        match &mut self.in_flight {
            Some(in_flight) => in_flight.poll(cx),
            None => panic!("a request was polled after it had ended"),
        }
    }
}

impl<S: ToSubject> Future for Requesting<'_, S> {
    type Output = Result<Message, RequestError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.poll_stages(cx);
        if polled.is_ready() {
            self.stage = Stage::Done;
            self.in_flight = None;
        }
        polled
    }
}

/// A request's place in the slab, given back when it is dropped.
struct InFlight<'a> {
    core: &'a Core,
    token: Token,
    /// The place was given back with the answer.
    ended: bool,
}

impl<'a> InFlight<'a> {
    /// A place for a request of the task that polls, and whether no other request is in flight.
    fn begin(core: &'a Core, timeout: Option<Duration>, cx: &mut Context<'_>) -> Result<(Self, bool), RequestError> {
        let (token, alone) = core.begin_request(timeout, Some(cx.waker().clone()))?;
        let in_flight = InFlight {
            core,
            token,
            ended: false,
        };
        Ok((in_flight, alone))
    }

    #[inline]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message, RequestError>> {
        let answer = ready!(self.core.requests.lock().poll_answer(self.token, cx));
        self.ended = true;
        Poll::Ready(match answer {
            Ok(answer) => {
                let popped = answer.assemble();
                self.core.report_header_fault(&popped);
                answered(popped.message)
            }
            Err(Unanswered::TimedOut) => Err(RequestError::with_source(
                RequestErrorKind::TimedOut,
                "no answer came before the deadline",
            )),
            Err(Unanswered::Closed) => Err(RequestError::with_source(RequestErrorKind::Other, ClientClosed)),
        })
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let left = self.core.requests.lock().end(self.token);
            drop(left);
        }
    }
}
