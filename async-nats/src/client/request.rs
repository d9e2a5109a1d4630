//! Requests: one published message, one answer.

use std::future::poll_fn;
use std::task::{Poll, Waker};
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
    pub async fn request<S: ToSubject>(&self, subject: S, payload: Bytes) -> Result<Message, RequestError> {
        self.send_request(subject, Request::new().payload(payload)).await
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
        let subject = subject.to_subject();
        if !self.core.is_publishable(&subject) {
            let invalid = SubjectError::InvalidFormat;
            return Err(RequestError::with_source(RequestErrorKind::InvalidSubject, invalid));
        }
        let Request {
            payload,
            headers,
            timeout,
            inbox,
        } = request;
        let payload = payload.unwrap_or_default();
        let timeout = timeout.unwrap_or(self.core.settings.request_timeout);
        self.core.check_size(headers.as_ref(), payload.len()).map_err(|error| {
            let source = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            RequestError::with_source(RequestErrorKind::MaxPayloadExceeded, source)
        })?;
        let message = Outgoing {
            subject: &subject,
            reply: None,
            headers: headers.as_ref(),
            payload: &payload,
        };
        let answer = match inbox {
            Some(inbox) => Box::pin(self.request_to_inbox(message, inbox, timeout)).await?,
            None => self.request_to_slot(message, timeout).await?,
        };
        match answer.status {
            Some(StatusCode::NO_RESPONDERS) => Err(RequestError::with_source(
                RequestErrorKind::NoResponders,
                "no responders",
            )),
            _ => Ok(answer),
        }
    }

    /// The usual way: the answer comes through the inbox that all requests share.
    async fn request_to_slot(&self, message: Outgoing<'_>, timeout: Option<Duration>) -> Result<Message, RequestError> {
        let core: &Core = &self.core;
        let in_flight = InFlight {
            core,
            token: core.begin_request(timeout)?,
        };
        let mut reply = Vec::with_capacity(core.reply_prefix.len() + 12);
        reply.extend_from_slice(core.reply_prefix.as_bytes());
        in_flight.token.write(&mut reply);
        let reply = String::from_utf8(reply).expect("the prefix is text, and a token is letters and digits");
        let message = Outgoing {
            reply: Some(&reply),
            ..message
        };
        let mut sent = core.try_publish(message)?;
        let mut turn = Turn { core, ticket: None };
        poll_fn(|cx| {
            if !sent {
                if let Poll::Ready(result) = turn.poll_publish(message, cx) {
                    result?;
                    sent = true;
                }
            }
            in_flight.poll(cx)
        })
        .await
    }

    /// With an inbox of the user's: a subscription for one message.
    async fn request_to_inbox(
        &self,
        message: Outgoing<'_>,
        inbox: String,
        timeout: Option<Duration>,
    ) -> Result<Message, RequestError> {
        let mut answers = self.subscribe(inbox.as_str().to_owned()).await?;
        let message = Outgoing {
            reply: Some(&inbox),
            ..message
        };
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

/// A request's place in the slab, given back when it is dropped.
struct InFlight<'a> {
    core: &'a Core,
    token: Token,
}

impl Core {
    /// A place for the answer to a request that ends after `timeout`.
    pub(super) fn begin_request(&self, timeout: Option<Duration>) -> Result<Token, RequestError> {
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
        } = requests.begin(deadline).map_err(|refused| match refused {
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
        Ok(token)
    }
}

impl InFlight<'_> {
    fn poll(&self, cx: &mut std::task::Context<'_>) -> Poll<Result<Message, RequestError>> {
        let answer = std::task::ready!(self.core.requests.lock().poll(self.token, cx));
        Poll::Ready(match answer {
            Ok(popped) => {
                self.core.report_header_fault(&popped);
                Ok(popped.message)
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
        self.core.requests.lock().end(self.token);
    }
}
