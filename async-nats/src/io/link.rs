//! One connection, from its handshake to its end.
//!
//! On plain TCP a reader and a writer run as two tasks on split halves, so that decoding and writing overlap. Other
//! streams (TLS, websockets, a user's own) are one object: one task reads and writes in turn.

use std::future::poll_fn;
use std::io;
use std::pin::{pin, Pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::BytesMut;
use std::future::Future;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedReadHalf;

use super::core::{Core, LAST_WRITES};
use super::half::SharedHalf;
use super::inbound::{Inbound, Room};
use super::timers::{now, Due, Timers};
use super::transport::{ByteStream, Transport};
use super::writer::Writer;
use crate::proto::outbound::Batch;

/// Bytes that are read before those who were woken by them, and the other side of the stream, have their turn. What is
/// read faster than it is taken out only fills queues.
const BYTES_A_TURN: usize = 128 * 1024;

/// Why a connection ended.
#[derive(Debug)]
pub(super) enum Ending {
    /// The stream failed, or the server closed it.
    Lost(Option<io::Error>),
    /// The server was silent for too long.
    Dead,
    /// The server broke the protocol.
    Broken,
    /// The user asked for another connection.
    Reconnect,
    /// The server is going away, and has everything that was pending.
    MoveOn,
    /// The client ends: drained, without handles, or out of time.
    Closed,
}

/// Runs the connection until it ends. What could not be written is returned with the reason.
pub(super) async fn run(
    core: &Arc<Core>,
    transport: Transport,
    unread: BytesMut,
    max_chunk: usize,
    timers: &mut Timers,
) -> (Ending, Option<Batch>) {
    let mut inbound = Inbound::new(core, unread, max_chunk);
    if let Err(error) = inbound.decode() {
        inbound.report(&error);
        return (Ending::Broken, None);
    }
    let watch = Watch {
        core: Arc::clone(core),
        registered: false,
        leaving: None,
    };
    // Wishes from before the connection still hold.
    core.timers_changed();
    match transport {
        Transport::Tcp(stream) => {
            let (mut read, write) = stream.into_split();
            let write = SharedHalf::new(core, write);
            let writer = tokio::spawn(write_until_stopped(Arc::clone(core), write));
            let ending = read_tcp(&mut read, inbound, watch, timers).await;
            stop(core);
            let unfinished = writer.await.unwrap_or_default();
            if matches!(ending, Ending::Reconnect) {
                tokio::spawn(linger(read));
            }
            (ending, unfinished)
        }
        Transport::Stream(mut stream) => {
            let mut writer = Writer::new(core);
            let ending = alternate(&mut stream, &mut writer, inbound, watch, timers).await;
            stop(core);
            let _ = tokio::time::timeout(SHUTDOWN, stream.shutdown()).await;
            if matches!(ending, Ending::Reconnect) {
                tokio::spawn(linger(stream));
            }
            (ending, writer.into_unfinished())
        }
    }
}

/// How long a stream that is given up may take to say so to the other side.
const SHUTDOWN: std::time::Duration = std::time::Duration::from_millis(100);

/// How long a connection that is left may take to deliver what was written to it.
const LINGER: std::time::Duration = std::time::Duration::from_secs(5);

/// Reads away what the server still says, until it closes its side too. A socket that is closed with something unread in
/// it is reset, and takes with it what was written last.
async fn linger(mut stream: impl AsyncRead + Unpin) {
    let mut unread = vec![0; 16 * 1024];
    let read_away = async { while stream.read(&mut unread).await.is_ok_and(|count| count > 0) {} };
    let _ = tokio::time::timeout(LINGER, read_away).await;
}

fn stop(core: &Core) {
    let mut wake = Vec::new();
    core.outbound.lock().stop_writer(&mut wake);
    wake.into_iter().for_each(Waker::wake);
}

/// The writer's task on plain TCP. Returns what it could not write.
async fn write_until_stopped(core: Arc<Core>, mut half: SharedHalf) -> Option<Batch> {
    let mut writer = Writer::new(&core);
    let result = poll_fn(|cx| writer.poll(&mut half, cx)).await;
    if let Err(error) = result {
        core.wish(|wishes| wishes.write_error = Some(error));
    }
    // Dropping the half closes the writing direction.
    writer.into_unfinished()
}

/// The wishes that concern a connection.
#[derive(Debug)]
struct Watch {
    core: Arc<Core>,
    registered: bool,
    /// Once the server has everything, the connection ends like this.
    leaving: Option<(Ending, crate::proto::completion::Completion)>,
}

impl Watch {
    fn poll(&mut self, timers: &mut Timers, cx: &mut Context<'_>) -> Poll<Ending> {
        while self.core.poll_wishes(cx, &mut self.registered).is_ready() {
            if let Some(ending) = self.look(timers) {
                return Poll::Ready(ending);
            }
        }
        if let Some((_, passed)) = &self.leaving {
            if passed.poll(cx).is_ready() {
                if let Some((ending, _)) = self.leaving.take() {
                    return Poll::Ready(ending);
                }
            }
        }
        match timers.poll(cx) {
            Poll::Ready(Due::Dead) => Poll::Ready(Ending::Dead),
            Poll::Ready(Due::End) => Poll::Ready(Ending::Closed),
            Poll::Pending => Poll::Pending,
        }
    }

    fn look(&mut self, timers: &mut Timers) -> Option<Ending> {
        let mut wishes = self.core.wishes.lock();
        timers.end_by = wishes.end_by;
        timers.changed();
        if let Some(error) = wishes.write_error.take() {
            return Some(Ending::Lost(Some(error)));
        }
        if std::mem::take(&mut wishes.reconnect) {
            return Some(Ending::Reconnect);
        }
        if wishes.drained {
            return Some(Ending::Closed);
        }
        if wishes.abandoned {
            timers.end_by = Some(*wishes.end_by.get_or_insert_with(|| now() + LAST_WRITES));
        }
        let ending = match () {
            () if wishes.abandoned => Ending::Closed,
            () if std::mem::take(&mut wishes.move_on) => Ending::MoveOn,
            () => return None,
        };
        drop(wishes);
        if matches!(ending, Ending::Closed) && self.core.outbound.lock().is_settled() {
            return Some(ending);
        }
        if self.leaving.is_none() {
            // Not a flush: a socket that is closed with something unread in it is reset, and what is under way is lost.
            let fence = self.core.outbound.lock().caller_fence();
            // Refused is it only during a drain, which has a fence of its own and ends by itself.
            if let Ok((passed, writer)) = fence {
                writer.into_iter().for_each(Waker::wake);
                self.leaving = Some((ending, passed));
            }
        }
        None
    }
}

/// The reader's side on plain TCP: memory is set aside only when there is something to read.
async fn read_tcp(half: &mut OwnedReadHalf, mut inbound: Inbound, mut watch: Watch, timers: &mut Timers) -> Ending {
    poll_fn(|cx| {
        if let Poll::Ready(ending) = watch.poll(timers, cx) {
            return Poll::Ready(ending);
        }
        let mut read = 0;
        while read < BYTES_A_TURN {
            match half.as_ref().poll_read_ready(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Ending::Lost(Some(error))),
                Poll::Pending => {
                    inbound.idle();
                    return Poll::Pending;
                }
            }
            match poll_read(half, &mut inbound, timers, cx) {
                Poll::Ready(Ok(count)) => read += count,
                Poll::Ready(Err(ending)) => return Poll::Ready(ending),
                Poll::Pending => {
                    inbound.idle();
                    return Poll::Pending;
                }
            }
        }
        // There is more to read: those who were woken have their turn first.
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

/// Reads once and delivers what came.
fn poll_read<R: AsyncRead + Unpin + ?Sized>(
    stream: &mut R,
    inbound: &mut Inbound,
    timers: &mut Timers,
    cx: &mut Context<'_>,
) -> Poll<Result<usize, Ending>> {
    let read = match inbound.room() {
        Room::Chunk(chunk) => pin!(stream.read_buf(chunk)).poll(cx),
        Room::Body(mut body) => pin!(stream.read_buf(&mut body)).poll(cx),
    };
    let count = match read {
        Poll::Pending => return Poll::Pending,
        Poll::Ready(Ok(0)) => return Poll::Ready(Err(Ending::Lost(None))),
        Poll::Ready(Ok(count)) => count,
        Poll::Ready(Err(error)) => return Poll::Ready(Err(Ending::Lost(Some(error)))),
    };
    if let Some(keep_alive) = &mut timers.keep_alive {
        keep_alive.heard(now());
    }
    Poll::Ready(match inbound.received(count) {
        Ok(()) => Ok(count),
        Err(error) => {
            inbound.report(&error);
            Err(Ending::Broken)
        }
    })
}

/// Both sides of a stream that is one object, in turn and each for a bounded time.
async fn alternate(
    stream: &mut Box<dyn ByteStream>,
    writer: &mut Writer,
    mut inbound: Inbound,
    mut watch: Watch,
    timers: &mut Timers,
) -> Ending {
    poll_fn(|cx| {
        if let Poll::Ready(ending) = watch.poll(timers, cx) {
            return Poll::Ready(ending);
        }
        let mut read = 0;
        while read < BYTES_A_TURN {
            match poll_read(stream.as_mut(), &mut inbound, timers, cx) {
                Poll::Ready(Ok(count)) => read += count,
                Poll::Ready(Err(ending)) => return Poll::Ready(ending),
                Poll::Pending => {
                    inbound.idle();
                    return poll_writer(writer, stream, cx);
                }
            }
        }
        // There is more to read: after the writer had its turn, this goes on.
        cx.waker().wake_by_ref();
        poll_writer(writer, stream, cx)
    })
    .await
}

fn poll_writer(writer: &mut Writer, stream: &mut Box<dyn ByteStream>, cx: &mut Context<'_>) -> Poll<Ending> {
    let stream: Pin<&mut Box<dyn ByteStream>> = Pin::new(stream);
    match writer.poll(stream.get_mut(), cx) {
        // It was stopped: the connection is left.
        Poll::Ready(Ok(())) => Poll::Ready(Ending::Reconnect),
        Poll::Ready(Err(error)) => Poll::Ready(Ending::Lost(Some(error))),
        Poll::Pending => Poll::Pending,
    }
}
