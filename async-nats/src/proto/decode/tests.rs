//! The decoder, as one that reads a connection uses it: bytes come in pieces, whole frames are taken off the front.

mod garbage;
mod limits;
mod lines;
mod slicing;

use super::*;
use crate::proto::rng::Rng;
use crate::proto::testing::{pick, random_bytes};

/// A frame with what it says, in place of where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Message {
        sid: u64,
        subject: Vec<u8>,
        reply: Option<Vec<u8>>,
        headers: Option<Vec<u8>>,
        payload: Vec<u8>,
    },
    Info(Vec<u8>),
    Error(Vec<u8>),
    Ping,
    Pong,
    Ok,
}

/// Looks up what a frame says. Panics when it lies outside of the input.
fn content(frame: Frame, input: &[u8]) -> Content {
    let bytes = |at: usize, len: usize| input[at..at + len].to_vec();
    match frame {
        Frame::Message(message) => {
            let body_at = message.body_at as usize;
            let header_len = message.header_len as usize;
            Content::Message {
                sid: message.sid,
                subject: bytes(message.subject_at as usize, message.subject_len.into()),
                reply: (message.reply_len > 0).then(|| bytes(message.reply_at as usize, message.reply_len.into())),
                headers: (header_len > 0).then(|| bytes(body_at, header_len)),
                payload: bytes(body_at + header_len, message.payload_len as usize),
            }
        }
        Frame::Info { at, len } => Content::Info(bytes(at, len)),
        Frame::Error { at, len } => Content::Error(bytes(at, len)),
        Frame::Ping => Content::Ping,
        Frame::Pong => Content::Pong,
        Frame::Ok => Content::Ok,
    }
}

/// The reading side of a connection.
struct Reader {
    decoder: Decoder,
    input: Vec<u8>,
    /// Where the next frame begins.
    from: usize,
    /// Whether frames are taken off the front as soon as they are decoded.
    compacts: bool,
    contents: Vec<Content>,
}

impl Reader {
    fn new(compacts: bool) -> Self {
        Reader {
            decoder: Decoder::new(),
            input: Vec::new(),
            from: 0,
            compacts,
            contents: Vec::new(),
        }
    }

    /// Takes `bytes` in and decodes as far as that goes.
    fn receive(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        self.input.extend_from_slice(bytes);
        loop {
            match self.decoder.next(&self.input, self.from)? {
                Step::Frame { frame, end } => {
                    assert!(self.from < end && end <= self.input.len(), "{}..{end}", self.from);
                    self.contents.push(content(frame, &self.input));
                    self.from = end;
                }
                Step::NeedMore => break,
                Step::NeedBody { message, end } => {
                    assert!(end > self.input.len());
                    assert_eq!(end, message.body_at as usize + message.body_len() + 2);
                    break;
                }
            }
        }
        if self.compacts {
            self.input.drain(..self.from);
            self.decoder.moved(self.from);
            self.from = 0;
        }
        Ok(())
    }
}

/// What a stream says, and whether it ends in an error, when it comes in slices of these lengths.
fn decode(stream: &[u8], slices: impl IntoIterator<Item = usize>, compacts: bool) -> (Vec<Content>, bool) {
    let mut reader = Reader::new(compacts);
    let mut rest = stream;
    for length in slices {
        let (slice, behind) = rest.split_at(length);
        rest = behind;
        if reader.receive(slice).is_err() {
            return (reader.contents, true);
        }
    }
    assert!(rest.is_empty(), "the slices make up the stream");
    (reader.contents, false)
}

/// The only frame of `stream`, which comes whole.
fn decode_one(stream: &[u8]) -> Result<Content, DecodeError> {
    let mut reader = Reader::new(false);
    reader.receive(stream)?;
    assert_eq!(
        (reader.contents.len(), reader.from),
        (1, stream.len()),
        "one whole frame"
    );
    Ok(reader.contents.remove(0))
}

fn message(sid: u64, subject: &str, reply: Option<&str>, headers: Option<&str>, payload: &str) -> Content {
    let bytes = |text: &str| text.as_bytes().to_vec();
    Content::Message {
        sid,
        subject: bytes(subject),
        reply: reply.map(bytes),
        headers: headers.map(bytes),
        payload: bytes(payload),
    }
}

/// A random frame in one of the forms that servers and the protocol allow, and what it says.
fn random_frame(rng: &mut Rng, stream: &mut Vec<u8>) -> Content {
    let end = pick(rng, &["\r\n", "\r\n", "\r\n", "\n"]);
    let (line, content) = match rng.below(16) {
        0 => ("PING".to_owned(), Content::Ping),
        1 => (pick(rng, &["PONG", "pong", "Pong "]).to_owned(), Content::Pong),
        2 => (pick(rng, &["+OK", "+ok"]).to_owned(), Content::Ok),
        3 => (
            "-ERR 'Stale Connection'".to_owned(),
            Content::Error(b"'Stale Connection'".to_vec()),
        ),
        4 => {
            let json = format!("{{\"name\":\"{}\"}}", "n".repeat(rng.below(3_000) as usize));
            (format!("INFO {json}"), Content::Info(json.into_bytes()))
        }
        _ => return random_message(rng, stream),
    };
    stream.extend_from_slice(line.as_bytes());
    stream.extend_from_slice(end.as_bytes());
    content
}

fn random_message(rng: &mut Rng, stream: &mut Vec<u8>) -> Content {
    let subject = "subject.of.some.length"[..1 + rng.below(22) as usize].to_owned();
    let sid = rng.next_u64() >> (2 + rng.below(60));
    let reply = (rng.below(3) == 0).then(|| "_INBOX.4711.reply"[..8 + rng.below(9) as usize].to_owned());
    let headers = (rng.below(3) == 0).then(|| {
        let length = rng.below(200) as usize;
        random_bytes(rng, length)
    });
    let length = pick(rng, &[0, 1, 30, 500, 9_000, 70_000]);
    let payload = match rng.below(4) {
        // What looks like frames is payload all the same.
        0 => b"MSG a 1 0\r\n\r\nPING\r\n".repeat(length / 19),
        _ => random_bytes(rng, length),
    };
    let blank = pick(rng, &[" ", " ", "\t", "  ", " \t "]);
    let name = match headers {
        Some(_) => pick(rng, &["HMSG", "HMSG", "hmsg"]),
        None => pick(rng, &["MSG", "MSG", "msg", "Msg"]),
    };
    let mut words = vec![name.to_owned(), subject.clone(), sid.to_string()];
    words.extend(reply.clone());
    words.extend(headers.as_ref().map(|headers| headers.len().to_string()));
    words.push((headers.as_ref().map_or(0, Vec::len) + payload.len()).to_string());
    stream.extend_from_slice(words.join(blank).as_bytes());
    stream.extend_from_slice(pick(rng, &["\r\n", "\r\n", "\n", " \r\n"]).as_bytes());
    stream.extend_from_slice(headers.as_deref().unwrap_or_default());
    stream.extend_from_slice(&payload);
    stream.extend_from_slice(b"\r\n");
    Content::Message {
        sid,
        subject: subject.into_bytes(),
        reply: reply.map(String::into_bytes),
        headers: headers.filter(|headers| !headers.is_empty()),
        payload,
    }
}

/// A stream of `count` random frames, and what they say.
fn random_stream(rng: &mut Rng, count: usize) -> (Vec<u8>, Vec<Content>) {
    let mut stream = Vec::new();
    let contents = (0..count).map(|_| random_frame(rng, &mut stream)).collect();
    (stream, contents)
}
