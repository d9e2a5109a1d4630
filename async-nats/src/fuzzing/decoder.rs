//! However a stream is cut into pieces, and whether or not what is decoded is taken off its front, it says the same.

use super::input::Input;
use crate::proto::decode::{DecodeError, Decoder, Frame, Step};

/// Where a frame's parts lay, and what they were.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    Message {
        sid: u64,
        subject: Vec<u8>,
        reply: Vec<u8>,
        headers: Vec<u8>,
        payload: Vec<u8>,
    },
    Other(&'static str, Vec<u8>),
}

pub(super) fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let compacts = input.flag();
    let lengths = input.bytes();
    let stream = input.rest();
    let cuts = Input::new(&[&[lengths.len() as u8], lengths].concat()).cuts(stream.len());
    let whole = decode(stream, &[stream.len()], false);
    assert_eq!(decode(stream, &cuts, compacts), whole);
}

/// All that a stream says, and whether it breaks the protocol.
pub(super) fn decode(stream: &[u8], cuts: &[usize], compacts: bool) -> (Vec<Said>, bool) {
    let mut decoder = Decoder::new();
    let (mut input, mut from, mut said) = (Vec::new(), 0, Vec::new());
    let mut rest = stream;
    for cut in cuts {
        let (piece, behind) = rest.split_at(*cut);
        rest = behind;
        input.extend_from_slice(piece);
        loop {
            match decoder.next(&input, from) {
                Ok(Step::Frame { frame, end }) => {
                    assert!(from < end && end <= input.len(), "every frame goes on");
                    said.push(said_by(frame, &input));
                    from = end;
                }
                Ok(Step::NeedMore) => break,
                Ok(Step::NeedBody { end, .. }) => {
                    assert!(end > input.len(), "a body that is there is not missing");
                    break;
                }
                Err(_) => {
                    assert_eq!(decoder.next(&input, from), Err(DecodeError::Poisoned));
                    return (said, true);
                }
            }
        }
        if compacts {
            input.drain(..from);
            decoder.moved(from);
            from = 0;
        }
    }
    (said, false)
}

fn said_by(frame: Frame, input: &[u8]) -> Said {
    let bytes = |at: usize, len: usize| input[at..at + len].to_vec();
    match frame {
        Frame::Message(message) => {
            let (body_at, header_len) = (message.body_at as usize, message.header_len as usize);
            let reply = match message.reply_len {
                0 => Vec::new(),
                len => bytes(message.reply_at as usize, len.into()),
            };
            Said::Message {
                sid: message.sid,
                subject: bytes(message.subject_at as usize, message.subject_len.into()),
                reply,
                headers: bytes(body_at, header_len),
                payload: bytes(body_at + header_len, message.payload_len as usize),
            }
        }
        Frame::Info { at, len } => Said::Other("INFO", bytes(at, len)),
        Frame::Error { at, len } => Said::Other("-ERR", bytes(at, len)),
        Frame::Ping => Said::Other("PING", Vec::new()),
        Frame::Pong => Said::Other("PONG", Vec::new()),
        Frame::Ok => Said::Other("+OK", Vec::new()),
    }
}
