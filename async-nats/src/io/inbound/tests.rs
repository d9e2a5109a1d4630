//! The way in of a connection, fed by a peer that sends what it wants in pieces as it wants.

use std::task::{Context, Poll};

use super::*;
use crate::io::core::Settings;
use crate::io::events::Events;
use crate::message::Message;
use crate::proto::completion::Outcome;
use crate::proto::outbound;
use crate::proto::rng::Rng;
use crate::proto::server_pool::ServerPool;
use crate::proto::subscriptions::slot::{Intake, Limits, Slot};
use crate::proto::testing::{pick, slices};
use crate::subject::Subject;

const UNLIMITED: Limits = Limits {
    messages: usize::MAX,
    bytes: usize::MAX,
};

fn core() -> Arc<Core> {
    let settings = Settings {
        subscription_limits: UNLIMITED,
        inbox_prefix: "_INBOX".to_owned(),
        request_timeout: None,
        skip_subject_validation: false,
    };
    let limits = outbound::Limits {
        messages: usize::MAX,
        bytes_disconnected: usize::MAX,
        fail_when_full: false,
    };
    let pool = ServerPool::new(std::iter::empty(), false, false);
    Arc::new(Core::new(settings, limits, pool, Rng::from_seed(1), Events::new(None)))
}

/// A connection's way in, and its peer.
struct Peer {
    core: Arc<Core>,
    inbound: Inbound,
}

impl Peer {
    fn new() -> Self {
        let core = core();
        core.outbound.lock().link_up(b"", &mut Vec::new());
        let inbound = Inbound::new(&core, BytesMut::new(), 64 * 1024);
        Peer { core, inbound }
    }

    /// Sends `bytes`, which are read in as few pieces as there is room for.
    fn send(&mut self, mut bytes: &[u8]) -> Result<(), DecodeError> {
        while !bytes.is_empty() {
            let count = match self.inbound.room() {
                Room::Chunk(chunk) => {
                    let count = bytes.len().min(chunk.capacity() - chunk.len());
                    chunk.extend_from_slice(&bytes[..count]);
                    count
                }
                Room::Body(mut body) => {
                    let count = bytes.len().min(body.remaining_mut());
                    body.put_slice(&bytes[..count]);
                    count
                }
            };
            assert!(count > 0, "there is room");
            bytes = &bytes[count..];
            self.inbound.received(count)?;
        }
        Ok(())
    }

    fn subscribe(&self) -> Subscriber {
        let mut subscriptions = self.core.subscriptions.lock();
        let added = subscriptions.add(Subject::from("a"), None, UNLIMITED, &mut Vec::new());
        let (sid, slot) = added.expect("there is room");
        Subscriber {
            sid,
            slot,
            intake: Intake::default(),
        }
    }
}

struct Subscriber {
    sid: u64,
    slot: Arc<Slot>,
    intake: Intake,
}

impl Subscriber {
    fn next(&mut self) -> Option<Message> {
        let cx = &mut Context::from_waker(Waker::noop());
        match self.intake.poll_pop(&self.slot, cx) {
            Poll::Ready(popped) => popped.map(|popped| popped.message),
            Poll::Pending => None,
        }
    }
}

fn message(sid: u64, payload: &[u8]) -> Vec<u8> {
    [
        format!("MSG a {sid} {}\r\n", payload.len()).as_bytes(),
        payload,
        b"\r\n",
    ]
    .concat()
}

#[test]
fn messages_of_all_sizes_arrive_in_order_in_any_slices() {
    for seed in 0..30 {
        let mut rng = Rng::from_seed(seed);
        let mut peer = Peer::new();
        let mut subscribers = [(); 3].map(|()| peer.subscribe());
        let mut expected = [(); 3].map(|()| Vec::new());
        let mut stream = Vec::new();
        for _ in 0..60 {
            let to = rng.below(3) as usize;
            let length = pick(&mut rng, &[0, 10, 10, 500, 8_191, 8_192, 30_000, 200_000]);
            let payload = vec![rng.next_u64() as u8; length];
            stream.extend(message(subscribers[to].sid, &payload));
            stream.extend_from_slice(pick(&mut rng, &["", "", "PING\r\n", "+OK\r\n", "PONG\r\n"]).as_bytes());
            expected[to].push(payload);
        }
        let mut rest = &stream[..];
        for length in slices(&mut rng, stream.len()) {
            let (slice, behind) = rest.split_at(length);
            peer.send(slice).expect("this is what servers send");
            rest = behind;
            if rng.below(4) == 0 {
                peer.inbound.idle();
            }
        }
        for (subscriber, expected) in subscribers.iter_mut().zip(&expected) {
            for payload in expected {
                assert!(subscriber.next().is_some_and(|message| message.payload == payload));
            }
            assert!(subscriber.next().is_none());
        }
        let statistics = &peer.core.statistics;
        assert_eq!(statistics.in_bytes.load(Ordering::Relaxed), stream.len() as u64);
        assert_eq!(statistics.in_messages.load(Ordering::Relaxed), 60);
    }
}

#[test]
fn a_large_body_without_an_end_is_an_error() {
    let mut peer = Peer::new();
    let mut subscriber = peer.subscribe();
    let mut stream = message(subscriber.sid, b"fine");
    stream.extend(message(subscriber.sid, &[b'x'; 100_000]));
    let len = stream.len();
    stream[len - 2] = b'x';
    assert_eq!(peer.send(&stream), Err(DecodeError::MissingLineEnd));
    assert!(subscriber.next().is_some() && subscriber.next().is_none());
}

#[test]
fn what_comes_before_an_error_is_delivered() {
    let mut peer = Peer::new();
    let mut subscriber = peer.subscribe();
    let stream = [message(subscriber.sid, b"fine"), b"NONSENSE\r\n".to_vec()].concat();
    assert!(peer.send(&stream).is_err());
    assert!(subscriber.next().is_some());
}

#[test]
fn answers_reach_requests_whole_or_with_buffers_of_their_own() {
    for length in [10, 5_000, 100_000] {
        let mut peer = Peer::new();
        let token = peer
            .core
            .requests
            .lock()
            .begin(None, None)
            .expect("there is room")
            .token;
        let mut subject = peer.core.reply_prefix.as_bytes().to_vec();
        subject.extend_from_slice(&token.digits());
        let line = format!("HMSG {} 0 12 {}\r\n", String::from_utf8_lossy(&subject), 12 + length);
        let stream = [line.as_bytes(), b"NATS/1.0\r\n\r\n", &vec![b'x'; length], b"\r\n"].concat();
        peer.send(&stream).expect("an answer");
        let cx = &mut Context::from_waker(Waker::noop());
        let Poll::Ready(Ok(answer)) = peer.core.requests.lock().poll(token, cx) else {
            panic!("the answer is there")
        };
        assert!(answer.message.payload == vec![b'x'; length] && answer.message.headers.is_some());
        assert_eq!(answer.message.subject.as_str().as_bytes(), subject);
    }
}

#[test]
fn a_fence_ends_behind_the_messages_ahead_of_it() {
    let mut peer = Peer::new();
    let mut subscriber = peer.subscribe();
    let (fence, _) = peer.core.outbound.lock().caller_fence().expect("the client is open");
    let cx = &mut Context::from_waker(Waker::noop());
    let stream = [message(subscriber.sid, &[b'x'; 20_000]), b"PONG\r\n".to_vec()].concat();
    for byte in stream.chunks(1_000) {
        assert!(fence.poll(cx).is_pending());
        peer.send(byte).expect("this is what servers send");
    }
    assert_eq!(fence.poll(cx), Poll::Ready(Outcome::Done));
    assert!(subscriber.next().is_some());
}

#[test]
fn pings_are_answered() {
    let mut peer = Peer::new();
    peer.send(b"PING\r\nPING\r\n").expect("this is what servers send");
    let cx = &mut Context::from_waker(Waker::noop());
    let next = peer.core.outbound.lock().poll_next(cx);
    let Poll::Ready(outbound::Next::Write(batch)) = next else {
        panic!("there is something to write")
    };
    let mut slices = [std::io::IoSlice::new(&[]); 4];
    let used = batch.slices(&mut slices);
    assert_eq!(
        slices[..used]
            .iter()
            .flat_map(|slice| slice.to_vec())
            .collect::<Vec<u8>>(),
        b"PONG\r\nPONG\r\n"
    );
}

#[test]
fn an_info_in_the_middle_is_heeded() {
    let mut peer = Peer::new();
    let addr: crate::ServerAddr = "nats://a".parse().expect("an address");
    *peer.core.pool.lock() = ServerPool::new([addr.clone()].into_iter(), false, false);
    let target = peer.core.pool.lock().target(&addr).expect("it is in the pool");
    peer.core.pool.lock().connected(&target);
    let info = b"INFO {\"max_payload\":77,\"connect_urls\":[\"b:4222\"]}\r\n";
    for byte in info.chunks(1) {
        peer.send(byte).expect("this is what servers send");
    }
    assert_eq!(peer.core.max_payload(), 77);
    assert_eq!(peer.core.pool.lock().servers().len(), 2);
    peer.send(b"INFO {nonsense}\r\n").expect("it is a line");
    assert_eq!(peer.core.max_payload(), 77);
}

#[test]
fn a_large_message_lies_in_a_buffer_of_its_own_size() {
    for length in [
        DETACH_FROM,
        100_000,
        MAX_SET_ASIDE,
        MAX_SET_ASIDE + 1,
        2 * MAX_SET_ASIDE,
        11_000_000,
    ] {
        let mut peer = Peer::new();
        let mut subscriber = peer.subscribe();
        peer.send(&message(subscriber.sid, &vec![b'x'; length]))
            .expect("a message");
        let payload = subscriber.next().expect("it is there").payload;
        assert_eq!(payload.len(), length);
        let held = payload.try_into_mut().expect("nobody else holds it").capacity();
        assert!(held <= length + 64, "{held} bytes for {length}");
    }
}

#[test]
fn little_is_set_aside_on_the_word_of_a_peer() {
    let mut peer = Peer::new();
    let subscriber = peer.subscribe();
    let line = format!("MSG a {} {}\r\n", subscriber.sid, 64 * 1024 * 1024);
    peer.send(line.as_bytes()).expect("a line");
    for _ in 0..100 {
        peer.send(b"xxxx").expect("a part of its body");
        peer.inbound.room();
        let detached = peer.inbound.detached.as_ref().expect("it is on its way");
        assert!(detached.body.capacity() <= MAX_SET_ASIDE);
    }
}

#[test]
fn an_idle_connection_gives_back_what_a_burst_needed() {
    let mut peer = Peer::new();
    let mut subscriber = peer.subscribe();
    for _ in 0..20 {
        peer.send(&message(subscriber.sid, b"x").repeat(10_000))
            .expect("messages");
        while subscriber.next().is_some() {}
    }
    assert!(peer.inbound.held() > 10_000);
    for _ in 0..10 {
        peer.inbound.idle();
    }
    assert!(peer.inbound.held() <= 4_096, "{} bytes", peer.inbound.held());
}

#[test]
fn a_server_that_takes_larger_messages_may_send_them() {
    let mut peer = Peer::new();
    let addr: crate::ServerAddr = "nats://a".parse().expect("an address");
    *peer.core.pool.lock() = ServerPool::new([addr.clone()].into_iter(), false, false);
    let target = peer.core.pool.lock().target(&addr).expect("it is in the pool");
    peer.core.pool.lock().connected(&target);
    let subscriber = peer.subscribe();
    let line = format!("MSG a {} 200000000\r\n", subscriber.sid);
    let info = b"INFO {\"max_payload\":200000000}\r\n";
    peer.send(info).expect("this is what servers send");
    assert!(peer.send(line.as_bytes()).is_ok());
    assert!(peer.inbound.detached.is_some());

    let mut inbound = Inbound::new(&peer.core, BytesMut::from(line.as_bytes()), 64 * 1024);
    assert_eq!(
        inbound.decode(),
        Ok(()),
        "the next connection knows it from its handshake"
    );
    let mut stranger = Peer::new();
    assert_eq!(
        stranger.send(line.as_bytes()),
        Err(DecodeError::MessageTooLong(200_000_000))
    );
}
