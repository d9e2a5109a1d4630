//! Answering an endpoint's requests with a function, several at a time.

use std::collections::HashMap;
use std::future::{poll_fn, Future};
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{ready, Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use tokio::task::{Id, JoinError, JoinSet};

use super::endpoint::Endpoint;
use super::error::Error;
use super::request::Request;

/// What a caller is told whose request ended in a panic.
const INTERNAL: usize = 500;

impl Endpoint {
    /// Answers each request with what `handler` returns, up to `limit` of them at a time, until the endpoint ends.
    ///
    /// Each call of the handler runs in a task of its own. While `limit` of them run, requests wait in the subscription;
    /// other instances of the queue group take the next ones no sooner for that, so that the limit is best chosen large
    /// enough. A request without a reply subject is handled too. A handler that panics is answered for, with code 500.
    ///
    /// Returns when the endpoint or the service was stopped, or the client closed, and all handlers have ended.
    ///
    /// # Cancellation
    ///
    /// Dropping the future ends the handlers at their next await; their requests are not answered.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(service: async_nats::service::Service) -> Result<(), async_nats::Error> {
    /// use std::num::NonZeroUsize;
    ///
    /// let squares = service.endpoint("squares").await?;
    /// let limit = NonZeroUsize::new(16).expect("not zero");
    /// squares
    ///     .serve(limit, |message| async move {
    ///         let number: u64 = String::from_utf8_lossy(&message.payload).parse().unwrap_or(0);
    ///         Ok((number * number).to_string().into())
    ///     })
    ///     .await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn serve<F, A>(mut self, limit: NonZeroUsize, mut handler: F)
    where
        F: FnMut(crate::Message) -> A,
        A: Future<Output = Result<Bytes, Error>> + Send + 'static,
    {
        let mut running = Running::default();
        let mut is_open = true;
        while is_open || !running.tasks.is_empty() {
            let takes_more = is_open && running.tasks.len() < limit.get();
            match poll_fn(|cx| running.poll_step(&mut self, takes_more, cx)).await {
                Step::Asked(request) => {
                    let answer = handler(request.message.clone());
                    running.start(request, answer);
                }
                Step::Ended => is_open = false,
                Step::Finished(outcome) => running.finish(outcome).await,
            }
        }
    }
}

/// What happens next.
#[expect(clippy::large_enum_variant, reason = "it is taken apart where it is made")]
enum Step {
    Asked(Request),
    /// No more requests will come.
    Ended,
    Finished(Result<Id, JoinError>),
}

/// The handlers that run, and what they were asked.
#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    requests: HashMap<Id, Arc<Request>>,
}

impl Running {
    fn poll_step(&mut self, endpoint: &mut Endpoint, takes_more: bool, cx: &mut Context<'_>) -> Poll<Step> {
        if let Poll::Ready(Some(outcome)) = self.tasks.poll_join_next_with_id(cx) {
            return Poll::Ready(Step::Finished(outcome.map(|(id, ())| id)));
        }
        if !takes_more {
            return Poll::Pending;
        }
        let request = ready!(Pin::new(endpoint).poll_next(cx));
        Poll::Ready(request.map_or(Step::Ended, Step::Asked))
    }

    fn start<A>(&mut self, request: Request, answer: A)
    where
        A: Future<Output = Result<Bytes, Error>> + Send + 'static,
    {
        let request = Arc::new(request);
        let asked = request.clone();
        let task = self.tasks.spawn(async move { respond(&asked, answer.await).await });
        self.requests.insert(task.id(), request);
    }

    async fn finish(&mut self, outcome: Result<Id, JoinError>) {
        let id = outcome.as_ref().map_or_else(JoinError::id, |id| *id);
        let request = self.requests.remove(&id);
        if let (Err(_), Some(request)) = (outcome, request) {
            let status = "the service failed while it worked on the request".to_owned();
            respond(&request, Err(Error { code: INTERNAL, status })).await;
        }
    }
}

async fn respond(request: &Request, answer: Result<Bytes, Error>) {
    if request.message.reply.is_none() {
        return;
    }
    if let Err(error) = request.respond(answer).await {
        tracing::debug!(%error, "a request to a service was not answered");
    }
}
