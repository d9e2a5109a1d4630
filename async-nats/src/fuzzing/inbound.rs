//! The way in of a connection: however the bytes of a server come, what reaches a subscriber is what they say, and they are
//! refused when they break the protocol.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::{BufMut, BytesMut};

use super::decoder::{decode, Said};
use super::input::Input;
use crate::io::core::{Core, Settings};
use crate::io::events::Events;
use crate::io::inbound::{Inbound, Room};
use crate::proto::outbound;
use crate::proto::rng::Rng;
use crate::proto::server_pool::ServerPool;
use crate::proto::subscriptions::intake::Intake;
use crate::proto::subscriptions::slot::Limits;
use crate::subject::Subject;

/// Chunks as small as users can ask for make more seams.
const CHUNKS: &[usize] = &[1, 1_000, 64 * 1024];

/// Longer bodies are announced than there are bytes in an input; filled up to this, they are read apart.
const LONG_BODY: usize = 20_000;

pub(super) fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let max_chunk = input.pick(CHUNKS);
    let lengths = input.bytes();
    let fills = input.flag();
    let mut stream = input.rest().to_vec();
    if fills {
        let len = stream.len() + LONG_BODY;
        stream.resize(len, b'x');
        stream.extend_from_slice(b"\r\n");
    }
    let cuts = Input::new(&[&[lengths.len() as u8], lengths].concat()).cuts(stream.len());
    let (said, is_broken) = decode(&stream, &[stream.len()], false);

    let core = core();
    let limits = core.settings.subscription_limits;
    let added = core
        .subscriptions
        .lock()
        .add(Subject::from("a"), None, limits, &mut Vec::new());
    let (sid, slot) = added.expect("there is room");
    let mut inbound = Inbound::new(&core, BytesMut::new(), max_chunk);
    let mut rest = &stream[..];
    let mut is_refused = false;
    for cut in cuts {
        let (piece, behind) = rest.split_at(cut);
        rest = behind;
        if receive(&mut inbound, piece).is_err() {
            is_refused = true;
            break;
        }
        inbound.idle();
    }
    assert_eq!(is_refused, is_broken);
    let mut intake = Intake::default();
    let cx = &mut Context::from_waker(Waker::noop());
    for message in said {
        let Said::Message {
            sid: named,
            payload,
            reply,
            ..
        } = message
        else {
            continue;
        };
        if named != sid {
            continue;
        }
        let Poll::Ready(Some(popped)) = intake.poll_pop(&slot, cx, |_, _| {}) else {
            panic!("a message of {} bytes is missing", payload.len())
        };
        assert!(popped.payload == payload, "another payload");
        assert_eq!(popped.reply.is_some(), !reply.is_empty());
    }
    assert!(intake.poll_pop(&slot, cx, |_, _| {}).is_pending(), "nothing else came");
}

/// Hands `piece` over as a socket does: as much at once as there is room for.
fn receive(inbound: &mut Inbound, mut piece: &[u8]) -> Result<(), crate::proto::decode::DecodeError> {
    while !piece.is_empty() {
        let count = match inbound.room() {
            Room::Chunk(chunk) => {
                let count = piece.len().min(chunk.capacity() - chunk.len());
                chunk.extend_from_slice(&piece[..count]);
                count
            }
            Room::Part(mut body) => {
                let count = piece.len().min(body.remaining_mut());
                body.put_slice(&piece[..count]);
                count
            }
        };
        assert!(count > 0, "there is room");
        piece = &piece[count..];
        inbound.received(count)?;
    }
    Ok(())
}

fn core() -> Arc<Core> {
    let settings = Settings {
        subscription_limits: Limits {
            messages: usize::MAX,
            bytes: usize::MAX,
        },
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
    let core = Arc::new(Core::new(settings, limits, pool, Rng::from_seed(1), Events::new(None)));
    core.outbound.lock().link_up(b"", &mut Vec::new());
    core
}
