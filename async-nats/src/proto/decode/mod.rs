//! Bytes from a server, cut into frames without copying them.
//!
//! [`Decoder::next`] is called with everything that has arrived and is not consumed yet. It hands out one [`Frame`] at a
//! time, as positions in those bytes, or says what is missing. A frame that arrived in part is resumed: the bytes that
//! were searched for the end of a line are not searched again, and a parsed line is kept until its payload is whole.
//!
//! A peer that breaks the protocol ends in a [`DecodeError`]; the decoder refuses to go on after it. All lengths are
//! bounded by [`crate::proto::limits`], sums cannot overflow.

mod line;
mod words;

use self::line::Line;
use crate::proto::limits::{message_limit, MAX_CONTROL_LINE, MAX_INFO_LINE};

/// Where a message lies in the bytes that were decoded. Positions count from the start of those bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MessageFrame {
    /// The subscription that the server names.
    pub(crate) sid: u64,
    /// Where the subject begins.
    pub(crate) subject_at: u32,
    /// Length of the subject.
    pub(crate) subject_len: u16,
    /// Length of the reply subject; zero when there is none.
    pub(crate) reply_len: u16,
    /// Where the reply subject begins; meaningless when there is none.
    pub(crate) reply_at: u32,
    /// Where the header block, or else the payload, begins.
    pub(crate) body_at: u32,
    /// Length of the header block; zero when there is none.
    pub(crate) header_len: u32,
    /// Length of the payload.
    pub(crate) payload_len: u32,
}

impl MessageFrame {
    /// Bytes of the input that the message needs: from its subject to the end of its body.
    #[inline]
    pub(crate) fn extent(&self) -> std::ops::Range<usize> {
        self.subject_at as usize..self.body_at as usize + self.body_len()
    }

    /// The same message, when the bytes that it needs are moved to begin at `start`.
    #[inline]
    pub(crate) fn moved_to(&self, start: u32) -> MessageFrame {
        // Where there is no reply subject, its place means nothing and may be anywhere.
        let moved = |at: u32| at.wrapping_sub(self.subject_at).wrapping_add(start);
        MessageFrame {
            subject_at: start,
            reply_at: moved(self.reply_at),
            body_at: moved(self.body_at),
            ..*self
        }
    }

    /// Headers and payload together.
    #[inline]
    pub(crate) fn body_len(&self) -> usize {
        self.header_len as usize + self.payload_len as usize
    }

    /// What the message counts for in limits: subjects, headers and payload.
    #[inline]
    pub(crate) fn weight(&self) -> usize {
        self.subject_len as usize + self.reply_len as usize + self.body_len()
    }
}

/// One frame from a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// `MSG` or `HMSG`.
    Message(MessageFrame),
    /// `INFO`: where its JSON lies.
    Info {
        /// Start of the JSON.
        at: usize,
        /// Its length.
        len: usize,
    },
    /// `-ERR`: where its text lies, quotes included.
    Error {
        /// Start of the text.
        at: usize,
        /// Its length.
        len: usize,
    },
    /// `PING`.
    Ping,
    /// `PONG`.
    Pong,
    /// `+OK`.
    Ok,
}

/// What [`Decoder::next`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A whole frame, which ends at `end`: the next one begins there.
    Frame {
        /// The frame.
        frame: Frame,
        /// First position behind it.
        end: usize,
    },
    /// More bytes are needed before anything else can be said.
    NeedMore,
    /// A message's line is whole and its body is not: `end` is where the frame will end.
    NeedBody {
        /// The message, whose body is not there yet.
        message: MessageFrame,
        /// First position behind the whole frame.
        end: usize,
    },
}

/// How a peer broke the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DecodeError {
    /// A line that is no operation of a server.
    UnknownOperation(String),
    /// An operation whose arguments do not parse.
    BadArguments(String),
    /// A line longer than its limit, which is this.
    LineTooLong(usize),
    /// A message longer than the limit.
    MessageTooLong(u64),
    /// A message body that does not end in CR LF.
    MissingLineEnd,
    /// The decoder was used after an error.
    Poisoned,
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownOperation(line) => write!(f, "the server sent an unknown operation: {line:?}"),
            Self::BadArguments(line) => write!(f, "the server sent a line whose arguments do not parse: {line:?}"),
            Self::LineTooLong(limit) => write!(f, "the server sent a line longer than {limit} bytes"),
            Self::MessageTooLong(length) => write!(f, "the server announced a message of {length} bytes"),
            Self::MissingLineEnd => write!(f, "the server sent a message that does not end where its length says"),
            Self::Poisoned => write!(f, "the connection was given up after an earlier protocol error"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// What is known of the frame at the start of the input.
#[derive(Debug)]
enum State {
    /// Looking for the end of a line; this many bytes hold none.
    Line { searched: usize },
    /// The line is parsed, the body is not whole.
    Body { message: MessageFrame, end: usize },
    /// A protocol error was found.
    Poisoned,
}

/// Cuts the bytes of one connection into frames. A new connection needs a new decoder.
#[derive(Debug)]
pub(crate) struct Decoder {
    state: State,
    /// Longest message that is accepted.
    max_message: u64,
}

impl Decoder {
    /// A decoder at the start of a connection.
    pub(crate) fn new() -> Self {
        Decoder {
            state: State::Line { searched: 0 },
            max_message: message_limit(0) as u64,
        }
    }

    /// The server takes messages of up to `max_payload` bytes from clients, and so it may send as long ones.
    pub(crate) fn accept(&mut self, max_payload: usize) {
        self.max_message = message_limit(max_payload) as u64;
    }

    /// Decodes the frame that begins at `from` in `input`.
    ///
    /// After [`Step::Frame`], the next call begins at its `end`. After [`Step::NeedMore`] or [`Step::NeedBody`], the next
    /// call begins at the same frame, with more input; `input` may have moved as long as the frame's bytes are the same
    /// (see [`Decoder::moved`]).
    #[inline(always)]
    pub(crate) fn next(&mut self, input: &[u8], from: usize) -> Result<Step, DecodeError> {
        match self.usual(input, from) {
            Some(step) => Ok(step),
            None => self.any(input, from),
        }
    }

    /// A whole message as servers write it: nearly all that comes.
    #[inline(always)]
    fn usual(&self, input: &[u8], from: usize) -> Option<Step> {
        let State::Line { searched: 0 } = self.state else {
            return None;
        };
        let message = line::usual_message(input, from, self.max_message)?;
        let end = message.body_at as usize + message.body_len() + 2;
        (input.get(end - 2..end)? == b"\r\n").then_some(Step::Frame {
            frame: Frame::Message(message),
            end,
        })
    }

    /// Whatever it is.
    #[inline(never)]
    fn any(&mut self, input: &[u8], from: usize) -> Result<Step, DecodeError> {
        let step = match self.state {
            State::Line { searched } => self.line(input, from, searched),
            State::Body { message, end } => self.body(input, message, end),
            State::Poisoned => Err(DecodeError::Poisoned),
        };
        if step.is_err() {
            self.state = State::Poisoned;
        }
        step
    }

    /// The frame that is incomplete now begins `by` bytes earlier in the input than before.
    pub(crate) fn moved(&mut self, by: usize) {
        if let State::Body { message, end } = &mut self.state {
            let delta = by as u32;
            message.subject_at -= delta;
            message.reply_at = message.reply_at.saturating_sub(delta);
            message.body_at -= delta;
            *end -= by;
        }
    }

    /// The incomplete message was taken over by the caller, who reads its body elsewhere: a frame begins next.
    pub(crate) fn skip_body(&mut self) {
        self.state = State::Line { searched: 0 };
    }

    fn line(&mut self, input: &[u8], from: usize, searched: usize) -> Result<Step, DecodeError> {
        let unread = &input[from..];
        let Some(newline) = memchr::memchr(b'\n', &unread[searched..]) else {
            line::check_unfinished(unread)?;
            self.state = State::Line { searched: unread.len() };
            return Ok(Step::NeedMore);
        };
        let newline = searched + newline;
        let end = from + newline + 1;
        self.state = State::Line { searched: 0 };
        let line = &unread[..newline];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let frame = match line::parse(line, from, self.max_message)? {
            Line::Message(mut message) => {
                message.body_at = end as u32;
                return self.body(input, message, end + message.body_len() + 2);
            }
            Line::Info { at } => Frame::Info {
                at,
                len: from + line.len() - at,
            },
            Line::Error { at } => Frame::Error {
                at,
                len: from + line.len() - at,
            },
            Line::Ping => Frame::Ping,
            Line::Pong => Frame::Pong,
            Line::Ok => Frame::Ok,
        };
        Ok(Step::Frame { frame, end })
    }

    fn body(&mut self, input: &[u8], message: MessageFrame, end: usize) -> Result<Step, DecodeError> {
        if input.len() < end {
            self.state = State::Body { message, end };
            return Ok(Step::NeedBody { message, end });
        }
        if &input[end - 2..end] != b"\r\n" {
            return Err(DecodeError::MissingLineEnd);
        }
        self.state = State::Line { searched: 0 };
        Ok(Step::Frame {
            frame: Frame::Message(message),
            end,
        })
    }
}

/// The limit for a line that begins like `start`: INFO and -ERR may be longer than messages' lines.
fn line_limit(start: &[u8]) -> usize {
    match start.first() {
        Some(b'I' | b'i' | b'-') => MAX_INFO_LINE,
        _ => MAX_CONTROL_LINE,
    }
}

#[cfg(test)]
mod tests;
