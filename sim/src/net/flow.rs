//! How bytes move over a link, and how that ends.
//!
//! What the client does to its stream comes in here; each byte that it writes or reads is shown to the oracles at that
//! moment. What arrives at a server goes to its session.

use std::io;
use std::task::{Context, Poll};

use tokio::io::ReadBuf;

use super::link::{End, Word};
use crate::defects::Defect;
use crate::world::{Due, World};

/// Bytes that a buffered stream holds back at the most.
const HELD_BACK: u64 = 4096;

impl World {
    pub(crate) fn client_write(&mut self, id: usize, bytes: &[u8], cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.count_poll();
        let now = self.now;
        let network = self.plan.network;
        if self.has_defect(Defect::WriterSleeps) && self.links[id].is_live() && self.rng.chance(20) {
            return Poll::Pending;
        }
        let link = &mut self.links[id];
        if link.down.end == Some(End::Reset) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let mut count = bytes.len().min(network.slice);
        if network.slice < usize::MAX && count > 1 {
            count = 1 + self.rng.below(count as u64) as usize;
        }
        if !link.is_broken {
            let on_its_way = (link.up.accepted - link.up.received) as usize;
            count = count.min(network.window.saturating_sub(on_its_way));
            if count == 0 && !bytes.is_empty() {
                link.up.blocked_at = now;
                link.up.waker = Some(cx.waker().clone());
                let held_back = link.up.flushed < link.up.accepted;
                if held_back {
                    self.flush_up(id);
                }
                return Poll::Pending;
            }
        }
        if let Some(cut_at) = link.up.cut_at {
            count = count.min((cut_at - link.up.accepted.min(cut_at)) as usize);
            if count == 0 {
                self.cut(id, End::Reset);
                return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
            }
        }
        if link.up.flushed == link.up.accepted {
            link.up.held_since = now;
        }
        link.up.accepted += count as u64;
        self.trace.wire(now, id, "→", &bytes[..count]);
        self.tap(id, &bytes[..count]);
        let up = &self.links[id].up;
        if !network.is_buffered || up.accepted - up.flushed > HELD_BACK {
            self.flush_up(id);
        }
        Poll::Ready(Ok(count))
    }

    /// What was held back is on its way.
    fn flush_up(&mut self, id: usize) {
        let at = self.now + self.rng.below(self.plan.network.latency + 1);
        let link = &mut self.links[id];
        if link.up.flushed == link.up.accepted {
            return;
        }
        link.up.flushed = link.up.accepted;
        let at = link.up.transit.back().map_or(at, |(last, _)| at.max(*last));
        let flushed = link.up.flushed;
        let is_with_others = match link.up.transit.back_mut() {
            Some((last, end)) if *last == at => {
                *end = flushed;
                true
            }
            _ => {
                link.up.transit.push_back((at, flushed));
                false
            }
        };
        let written: Vec<u64> = std::iter::from_fn(|| {
            let front = link.up.unflushed.front()?.0;
            (front <= flushed).then(|| link.up.unflushed.pop_front().expect("it is there").1)
        })
        .collect();
        for publish in written {
            self.flushed(publish);
        }
        if !is_with_others {
            self.schedule(at, Due::Up(id));
        }
    }

    pub(crate) fn client_flush(&mut self, id: usize, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.count_poll();
        let slow = self.plan.network.is_buffered && self.rng.chance(200);
        let now = self.now;
        let link = &mut self.links[id];
        if link.down.end == Some(End::Reset) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        match link.up.flush_at {
            Some(at) if at > now => {
                link.up.waker = Some(cx.waker().clone());
                link.up.blocked_at = now;
                return Poll::Pending;
            }
            Some(_) => link.up.flush_at = None,
            None if slow && link.up.flushed < link.up.accepted => {
                link.up.flush_at = Some(now + 1);
                link.up.waker = Some(cx.waker().clone());
                link.up.blocked_at = now;
                self.schedule(now + 1, Due::WakeWriter(id));
                return Poll::Pending;
            }
            None => {}
        }
        self.flush_up(id);
        Poll::Ready(Ok(()))
    }

    pub(crate) fn client_read(
        &mut self,
        id: usize,
        buf: &mut ReadBuf<'_>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.count_poll();
        let now = self.now;
        let link = &mut self.links[id];
        let mut count = link.down.ready.len().min(buf.remaining()).min(self.plan.network.slice);
        if let Some(cut_at) = link.down.cut_at.filter(|_| !link.is_broken) {
            count = count.min((cut_at - link.down.read.min(cut_at)) as usize);
            if count == 0 && link.down.read >= cut_at {
                link.down.cut_at = None;
                let end = if self.rng.chance(500) { End::Closed } else { End::Reset };
                self.cut(id, end);
                self.links[id].down.ready.clear();
                return self.client_read(id, buf, cx);
            }
        }
        if count > 0 {
            let bytes: Vec<u8> = link.down.ready.drain(..count).collect();
            link.down.read += count as u64;
            link.heard_at = now;
            buf.put_slice(&bytes);
            self.trace.wire(now, id, "←", &bytes);
            self.heard(id);
            return Poll::Ready(Ok(()));
        }
        if link.down.transit.is_empty() {
            match link.down.end {
                Some(End::Closed) => return Poll::Ready(Ok(())),
                Some(End::Reset) => return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
                None => {}
            }
        }
        link.down.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    /// What the client has now read whole.
    fn heard(&mut self, id: usize) {
        loop {
            let link = &mut self.links[id];
            match link.down.words.front() {
                Some((end, _)) if *end <= link.down.read => {}
                _ => return,
            }
            let (_, word) = link.down.words.pop_front().expect("it is there");
            if !link.is_left {
                self.client_heard(id, word);
            }
        }
    }

    pub(crate) fn client_shutdown(&mut self, id: usize) -> Poll<io::Result<()>> {
        self.count_poll();
        if !self.links[id].is_left {
            self.client_left(id);
        }
        if self.links[id].is_silent && self.links[id].client.is_multiple_of(2) {
            // The stream waits for an answer that never comes.
            return Poll::Pending;
        }
        self.flush_up(id);
        let at = self.links[id].up.transit.back().map_or(self.now, |(at, _)| *at);
        self.schedule(at, Due::Finished(id));
        Poll::Ready(Ok(()))
    }

    pub(crate) fn client_dropped(&mut self, id: usize) {
        if !self.links[id].is_left {
            self.client_left(id);
        }
        let link = &mut self.links[id];
        link.is_dropped = true;
        self.trace.note(self.now, "dropped", id as u64, || format!("link {id}"));
        self.schedule(self.now, Due::Finished(id));
    }

    /// A server writes.
    pub(crate) fn send(&mut self, id: usize, bytes: &[u8], word: Word) {
        let latency = self.plan.network.latency;
        let at = self.now + self.rng.below(latency + 1);
        let split = (latency > 0 && self.rng.chance(200)).then(|| self.rng.below(bytes.len() as u64 + 1) as usize);
        let link = &mut self.links[id];
        if link.is_broken || link.down.end.is_some() {
            return;
        }
        link.down.sent += bytes.len() as u64;
        link.down.words.push_back((link.down.sent, word));
        let mut at = link.down.transit.back().map_or(at, |(last, _)| at.max(*last));
        let (first, second) = bytes.split_at(split.unwrap_or(bytes.len()));
        let mut arrivals = Vec::new();
        for part in [first, second] {
            if part.is_empty() {
                continue;
            }
            match link.down.transit.back_mut() {
                Some((last, bytes)) if *last == at => bytes.extend_from_slice(part),
                _ => {
                    link.down.transit.push_back((at, part.to_vec()));
                    arrivals.push(at);
                }
            }
            at += 1;
        }
        for at in arrivals {
            self.schedule(at, Due::Down(id));
        }
    }

    /// Bytes arrive at the client's machine.
    pub(crate) fn down_due(&mut self, id: usize) {
        let now = self.now;
        let link = &mut self.links[id];
        if link.is_silent {
            return;
        }
        while link.down.transit.front().is_some_and(|(at, _)| *at <= now) {
            let (_, bytes) = link.down.transit.pop_front().expect("it is there");
            link.down.ready.extend(bytes);
        }
        link.wake_reader();
    }

    /// Bytes arrive at the server.
    pub(crate) fn up_due(&mut self, id: usize) {
        let now = self.now;
        if self.links[id].is_silent || self.links[id].is_broken {
            return;
        }
        while self.links[id].up.transit.front().is_some_and(|(at, _)| *at <= now) {
            let (_, end) = self.links[id].up.transit.pop_front().expect("it is there");
            self.receive(id, end);
        }
        self.links[id].wake_writer(now);
    }

    /// The server has all bytes up to `end`.
    fn receive(&mut self, id: usize, end: u64) {
        self.links[id].up.received = end;
        loop {
            let up = &mut self.links[id].up;
            match up.frames.front() {
                Some((at, _)) if *at <= end => {}
                _ => return,
            }
            let (_, frame) = up.frames.pop_front().expect("it is there");
            self.server_heard(id, frame);
        }
    }

    /// The connection breaks. What was on its way arrives up to some byte, in both directions.
    pub(crate) fn cut(&mut self, id: usize, end: End) {
        let link = &mut self.links[id];
        if link.is_broken {
            return;
        }
        self.trace
            .note(self.now, "cut", id as u64, || format!("link {id} {end:?}"));
        if !link.is_silent {
            let arrives = link.up.received + self.rng.below(link.up.flushed - link.up.received + 1);
            self.receive(id, arrives);
            let link = &mut self.links[id];
            let on_its_way: u64 = link.down.transit.iter().map(|(_, bytes)| bytes.len() as u64).sum();
            let mut arrives = self.rng.below(on_its_way + 1) as usize;
            for (_, bytes) in std::mem::take(&mut link.down.transit) {
                let part = bytes.len().min(arrives);
                arrives -= part;
                link.down.ready.extend(&bytes[..part]);
            }
        }
        self.close_session(id);
        let link = &mut self.links[id];
        link.is_broken = true;
        link.is_silent = false;
        link.down.transit.clear();
        link.down.end = Some(end);
        link.wake_reader();
        link.wake_writer(self.now);
    }

    /// The server closes the connection: what it has sent still arrives.
    pub(crate) fn server_closes(&mut self, id: usize) {
        self.close_session(id);
        let link = &mut self.links[id];
        if link.is_broken || link.is_silent {
            return;
        }
        self.trace
            .note(self.now, "closed", id as u64, || format!("link {id} by its server"));
        link.is_broken = true;
        link.down.end = Some(End::Closed);
        link.wake_reader();
        link.wake_writer(self.now);
    }

    /// From now on nothing gets through.
    pub(crate) fn silence(&mut self, id: usize) {
        let link = &mut self.links[id];
        if !link.is_broken {
            link.is_silent = true;
            self.trace.note(self.now, "silence", id as u64, || format!("link {id}"));
        }
    }

    /// The client has closed its side, and all that it wrote is there.
    pub(crate) fn finished(&mut self, id: usize) {
        if self.links[id].is_silent || self.links[id].is_broken {
            return;
        }
        self.up_due(id);
        if self.links[id].up.transit.is_empty() {
            self.server_closes(id);
        } else {
            let at = self.links[id].up.transit.back().map_or(self.now, |(at, _)| *at);
            self.schedule(at.max(self.now + 1), Due::Finished(id));
        }
    }
}
