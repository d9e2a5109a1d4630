//! A server in memory, connections to it that break after some bytes, and what drives them in place of the client's driver.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::BytesMut;
use shuttle::future::block_on;
use shuttle::thread::JoinHandle;
use tokio::io::AsyncWrite;

use crate::io::core::Core;
use crate::io::inbound::{Inbound, Room};
use crate::io::writer::Writer;
use crate::proto::encode;
use crate::proto::outbound::Batch;
use crate::proto::subscriptions::REQUESTS_SID;
use crate::sync::Mutex;

/// What the server sends back for a frame.
type Answer = fn(&str) -> String;

/// The server, over all connections.
#[derive(Clone)]
pub(super) struct Network(Arc<Mutex<State>>);

struct State {
    answer: Answer,
    /// Bytes after which the coming connections break; the one after them does not.
    breaks: VecDeque<usize>,
    /// Bytes that the server still reads of this connection.
    left: usize,
    /// Bytes that are written behind those, and that no server reads.
    swallowed: usize,
    /// Whether what is written waits in the stream until it is flushed.
    buffers: bool,
    buffered: Vec<u8>,
    /// What came of a frame that is not whole.
    unread: Vec<u8>,
    /// Whole frames of all connections, in order.
    frames: Vec<String>,
    answers: String,
    closed: bool,
    done: bool,
    reader: Option<Waker>,
}

impl Network {
    pub(super) fn new(breaks: &[usize], answer: Answer) -> Self {
        Network(Arc::new(Mutex::new(State {
            answer,
            breaks: breaks.iter().copied().collect(),
            left: 0,
            swallowed: 0,
            buffers: false,
            buffered: Vec::new(),
            unread: Vec::new(),
            frames: Vec::new(),
            answers: String::new(),
            closed: true,
            done: false,
            reader: None,
        })))
    }

    /// As many bytes more are written to connections that break, and are lost.
    pub(super) fn swallowing(self, bytes: usize) -> Self {
        self.0.lock().swallowed = bytes;
        self
    }

    /// What is written reaches the server when the stream is flushed, not before.
    pub(super) fn buffering(self) -> Self {
        self.0.lock().buffers = true;
        self
    }

    /// Makes one connection after the other for `core`, as the client's driver does.
    pub(super) fn serve(&self, core: &Arc<Core>) -> JoinHandle<()> {
        let (network, core) = (self.clone(), Arc::clone(core));
        shuttle::thread::spawn(move || {
            while network.open() {
                network.connection(&core);
            }
        })
    }

    /// How many of the frames that came begin with `beginning`.
    pub(super) fn count(&self, beginning: &str) -> usize {
        self.frames(beginning).len()
    }

    /// The frames that came and begin with `beginning`, in order.
    pub(super) fn frames(&self, beginning: &str) -> Vec<String> {
        let frames = &self.0.lock().frames;
        frames
            .iter()
            .filter(|frame| frame.starts_with(beginning))
            .cloned()
            .collect()
    }

    /// The server is not needed any more.
    pub(super) fn finish(&self) {
        let mut state = self.0.lock();
        state.done = true;
        state.close();
    }

    fn open(&self) -> bool {
        let mut state = self.0.lock();
        state.left = state.breaks.pop_front().unwrap_or(usize::MAX);
        state.unread.clear();
        state.answers.clear();
        state.closed = state.left == 0;
        !state.done
    }

    /// One connection, until it breaks. The steps and their order are those of `link::run` and of the driver.
    fn connection(&self, core: &Arc<Core>) {
        let mut wake = Vec::new();
        announce(core, &mut wake);
        wake.drain(..).for_each(Waker::wake);
        let writer = {
            let (mut socket, core) = (self.clone(), Arc::clone(core));
            shuttle::thread::spawn(move || write(&core, &mut socket))
        };
        let mut inbound = Inbound::new(core, BytesMut::new(), 1024);
        while let Some(answers) = block_on(poll_fn(|cx| self.poll_answers(cx))) {
            receive(&mut inbound, answers.as_bytes());
        }
        core.outbound.lock().stop_writer(&mut wake);
        wake.drain(..).for_each(Waker::wake);
        let unfinished = writer.join().expect("the writer does not panic");
        drop(core.outbound.lock().link_lost(unfinished, &mut wake));
        wake.drain(..).for_each(Waker::wake);
    }

    fn poll_answers(&self, cx: &mut Context<'_>) -> Poll<Option<String>> {
        let mut state = self.0.lock();
        if !state.answers.is_empty() {
            return Poll::Ready(Some(std::mem::take(&mut state.answers)));
        }
        if state.closed || state.done {
            return Poll::Ready(None);
        }
        state.reader = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// The locks, and their order, are those of the driver's `announce`.
fn announce(core: &Arc<Core>, wake: &mut Vec<Waker>) {
    let mut subscriptions = core.subscriptions.lock();
    let mut lines = subscriptions.lines();
    let requests = core.requests.lock();
    if let Some(inbox) = requests.inbox() {
        encode::subscribe(&mut lines, &inbox, None, REQUESTS_SID);
    }
    core.outbound.lock().link_up(&lines, wake);
}

/// The writer's task. Returns what it could not write.
fn write(core: &Arc<Core>, socket: &mut Network) -> Option<Batch> {
    let to_socket = !socket.0.lock().buffers;
    let mut writer = Writer::new(core, to_socket);
    // An error ends the connection by the server's side of it.
    let _ = block_on(poll_fn(|cx| writer.poll(socket, cx)));
    writer.into_unfinished()
}

/// Hands bytes to the way in, as a socket does.
pub(super) fn receive(inbound: &mut Inbound, bytes: &[u8]) {
    let Room::Chunk(chunk) = inbound.room() else {
        panic!("no message here is large")
    };
    chunk.extend_from_slice(bytes);
    inbound.received(bytes.len()).expect("the server keeps to the protocol");
}

impl State {
    fn close(&mut self) {
        self.closed = true;
        self.reader.take().into_iter().for_each(Waker::wake);
    }

    fn read(&mut self, bytes: &[u8]) {
        self.unread.extend_from_slice(bytes);
        while let Some(len) = frame_len(&self.unread) {
            let frame: Vec<u8> = self.unread.drain(..len).collect();
            let frame = String::from_utf8(frame).expect("the test publishes text");
            self.answers += &(self.answer)(&frame);
            self.frames.push(frame);
        }
        self.reader.take().into_iter().for_each(Waker::wake);
    }
}

/// Length of the frame at the front, when it is whole.
fn frame_len(bytes: &[u8]) -> Option<usize> {
    let line = bytes.iter().position(|byte| *byte == b'\n')? + 1;
    let text = std::str::from_utf8(&bytes[..line]).expect("lines are text");
    let body = match text.starts_with("PUB ") {
        true => text.trim_end().rsplit(' ').next()?.parse::<usize>().ok()? + 2,
        false => 0,
    };
    (bytes.len() >= line + body).then_some(line + body)
}

impl AsyncWrite for Network {
    fn poll_write(self: Pin<&mut Self>, _cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut state = self.0.lock();
        if state.buffers {
            state.buffered.extend_from_slice(bytes);
            return Poll::Ready(Ok(bytes.len()));
        }
        if state.left == 0 && state.swallowed > 0 {
            let count = bytes.len().min(state.swallowed);
            state.swallowed -= count;
            return Poll::Ready(Ok(count));
        }
        if state.closed {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let count = bytes.len().min(state.left);
        state.left -= count;
        state.read(&bytes[..count]);
        if state.left == 0 {
            state.close();
        }
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.0.lock();
        let buffered = std::mem::take(&mut state.buffered);
        state.read(&buffered);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
