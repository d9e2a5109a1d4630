//! The chunks of one object on their way to the server, under a window.

use std::collections::VecDeque;
use std::future::{poll_fn, IntoFuture};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::runtime::Handle;

use super::names;
use super::store::ObjectStore;
use crate::jetstream::context::{PublishAckFuture, PublishError};
use crate::jetstream::stream::Stream;
use crate::subject::Subject;

/// Bytes that may be on their way: what fills a fast link for its round trip, and is little for the memory of a program.
const WINDOW_BYTES: usize = 8 * 1024 * 1024;
/// Chunks that may be on their way, when they are small.
const WINDOW_CHUNKS: usize = 256;

/// How often it is tried to take back what was sent: for about half a minute, when the attempts fail at once.
const PURGE_ATTEMPTS: u32 = 8;
/// The wait after the first attempt; it doubles.
const PURGE_AGAIN_AFTER: Duration = Duration::from_millis(250);

type Ack = <PublishAckFuture as IntoFuture>::IntoFuture;

/// Chunks that were sent, and those of them that were not confirmed.
///
/// Unless [`finished`](Upload::finished), what was sent is taken away again: when an upload fails or is dropped, nothing of it is left.
pub(super) struct Upload<'a> {
    store: &'a ObjectStore,
    subject: Subject,
    /// In the order in which they were sent.
    in_flight: VecDeque<(Bytes, Ack)>,
    bytes_in_flight: usize,
    sent: usize,
    /// Buffers of chunks that were confirmed, to be filled again: with those in flight no more than fit into the window.
    spare: Vec<BytesMut>,
}

impl<'a> Upload<'a> {
    pub(super) fn begin(store: &'a ObjectStore, id: &str) -> Self {
        Upload {
            store,
            subject: names::chunks(&store.name, id).into(),
            in_flight: VecDeque::new(),
            bytes_in_flight: 0,
            sent: 0,
            spare: Vec::new(),
        }
    }

    /// An empty buffer with this much room.
    pub(super) fn buffer(&mut self, len: usize) -> BytesMut {
        // The last one that was used is the one that the processor still has at hand.
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.clear();
        buffer.reserve(len);
        buffer
    }

    /// Sends a chunk; waits for those before it while the window is full.
    pub(super) async fn send(&mut self, chunk: Bytes) -> Result<(), PublishError> {
        let len = chunk.len();
        self.confirm_those_there()?;
        while self.in_flight.len() >= WINDOW_CHUNKS
            || (self.bytes_in_flight + len > WINDOW_BYTES && self.bytes_in_flight > 0)
        {
            self.confirm_one().await?;
        }
        self.sent += 1;
        let sending = self.store.context().publish(self.subject.clone(), chunk.clone());
        let ack = sending.await?;
        self.in_flight.push_back((chunk, ack.into_future()));
        self.bytes_in_flight += len;
        Ok(())
    }

    /// Waits until all chunks are confirmed, and says how many there are.
    pub(super) async fn confirm_all(&mut self) -> Result<usize, PublishError> {
        while !self.in_flight.is_empty() {
            self.confirm_one().await?;
        }
        Ok(self.sent)
    }

    /// Takes the confirmations that have come, and waits for none.
    fn confirm_those_there(&mut self) -> Result<(), PublishError> {
        while let Some((_, ack)) = self.in_flight.front_mut() {
            // Whoever waits for it later polls it again.
            let Poll::Ready(confirmed) = ack.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
                break;
            };
            self.take_oldest();
            confirmed?;
        }
        Ok(())
    }

    async fn confirm_one(&mut self) -> Result<(), PublishError> {
        if let Some((_, ack)) = self.in_flight.front_mut() {
            let confirmed = ack.await;
            self.take_oldest();
            confirmed?;
        }
        Ok(())
    }

    /// What became of the oldest is known.
    fn take_oldest(&mut self) {
        if let Some((chunk, ack)) = self.in_flight.pop_front() {
            self.bytes_in_flight -= chunk.len();
            drop(ack);
            // Unless it is to be written once more, nobody else has it.
            self.spare.extend(chunk.try_into_mut());
        }
    }

    /// The object is there: its chunks stay.
    pub(super) fn finished(mut self) {
        self.sent = 0;
    }
}

impl Drop for Upload<'_> {
    fn drop(&mut self) {
        if self.sent == 0 {
            return;
        }
        let stream = self.store.stream.clone();
        let subject = self.subject.to_string();
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(take_back(stream, subject, std::mem::take(&mut self.in_flight)))),
            // Nobody is there to wait: what the server has by the time that it reads this is gone.
            Err(_) => stream.purge_unheard(subject),
        }
    }
}

/// Takes chunks away once it is known of each whether the server has it: a purge may overtake those that it is still
/// storing.
async fn take_back(stream: Stream, subject: String, mut in_flight: VecDeque<(Bytes, Ack)>) {
    // Stored or not, each is done with. Together, because the time of each begins when it is first asked.
    poll_fn(|cx| {
        in_flight.retain_mut(|(_, ack)| ack.as_mut().poll(cx).is_pending());
        match in_flight.is_empty() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
    // What made the upload fail may have been the stream's leader, and another one takes some seconds to be found.
    let mut wait = PURGE_AGAIN_AFTER;
    for _ in 1..PURGE_ATTEMPTS {
        let Err(error) = stream.purge().filter(&subject).await else {
            return;
        };
        tracing::debug!(%error, "chunks of an object that was given up are still there");
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
    if let Err(error) = stream.purge().filter(&subject).await {
        tracing::warn!(%error, "chunks of an object that was given up stay in its store");
    }
}
