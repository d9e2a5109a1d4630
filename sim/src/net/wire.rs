//! The protocol as clients speak it, read strictly and independently of the client's own code: what a server would accept
//! with a shrug is a fault here.

use bytes::Bytes;

/// One frame from a client.
#[derive(Clone, Debug)]
pub(crate) enum Frame {
    Connect(String),
    Ping,
    Pong,
    Sub {
        sid: u64,
        subject: String,
        queue: Option<String>,
    },
    Unsub {
        sid: u64,
        max: Option<u64>,
    },
    Pub(Published),
}

/// A published message.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    pub(crate) subject: String,
    pub(crate) reply: Option<String>,
    /// The block of headers, with the empty line at its end.
    pub(crate) headers: Option<Bytes>,
    pub(crate) payload: Bytes,
}

/// What a publish line promised.
#[derive(Debug)]
struct Body {
    published: Published,
    headers: Option<usize>,
    len: usize,
}

/// Reads one direction of one connection.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    buffer: Vec<u8>,
    /// What of the buffer is read.
    at: usize,
    body: Option<Body>,
    /// All bytes of whole frames.
    position: u64,
    frame_len: u64,
}

/// The longest line that a client has a reason for here.
const MAX_LINE: usize = 4096;

impl Parser {
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.buffer.drain(..std::mem::take(&mut self.at));
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame, and the position behind it.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Frame)>, String> {
        loop {
            if let Some(body) = &self.body {
                if self.buffer.len() - self.at < body.len + 2 {
                    return Ok(None);
                }
                let Body {
                    mut published,
                    headers,
                    len,
                } = self.body.take().expect("it is there");
                let mut bytes: Vec<u8> = self.take(len + 2);
                if bytes.split_off(len) != b"\r\n" {
                    return Err(format!("a message on {} does not end with CR LF", published.subject));
                }
                let mut bytes = Bytes::from(bytes);
                published.headers = headers.map(|len| bytes.split_to(len));
                published.payload = bytes;
                return Ok(Some(self.finish(Frame::Pub(published))));
            }
            let unread = &self.buffer[self.at..];
            let Some(end) = unread.iter().take(MAX_LINE).position(|byte| *byte == b'\n') else {
                return match unread.len() < MAX_LINE {
                    true => Ok(None),
                    false => Err("a line has no end".to_owned()),
                };
            };
            let line = self.take(end + 1);
            let line = line.strip_suffix(b"\r\n").ok_or("a line ends without CR")?;
            let line = std::str::from_utf8(line).map_err(|_| "a line is no text".to_owned())?;
            if let Some(frame) = self
                .line(line)
                .ok_or_else(|| format!("no line of the protocol: {line:?}"))?
            {
                return Ok(Some(self.finish(frame)));
            }
        }
    }

    fn take(&mut self, len: usize) -> Vec<u8> {
        self.frame_len += len as u64;
        self.at += len;
        self.buffer[self.at - len..self.at].to_vec()
    }

    fn finish(&mut self, frame: Frame) -> (u64, Frame) {
        self.position += std::mem::take(&mut self.frame_len);
        (self.position, frame)
    }

    /// `None` when the line is no good; no frame when its body is still to come.
    fn line(&mut self, line: &str) -> Option<Option<Frame>> {
        if let Some(json) = line.strip_prefix("CONNECT ") {
            return Some(Some(Frame::Connect(json.to_owned())));
        }
        let words: Vec<&str> = line.split(' ').collect();
        if line.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return None;
        }
        Some(Some(match words[..] {
            ["PING"] => Frame::Ping,
            ["PONG"] => Frame::Pong,
            ["SUB", subject, sid] => sub(subject, None, sid)?,
            ["SUB", subject, queue, sid] => sub(subject, Some(queue), sid)?,
            ["UNSUB", sid] => Frame::Unsub {
                sid: number(sid)?,
                max: None,
            },
            ["UNSUB", sid, max] => Frame::Unsub {
                sid: number(sid)?,
                max: Some(number(max)?),
            },
            ["PUB", subject, len] => return self.begin(subject, None, None, len),
            ["PUB", subject, reply, len] => return self.begin(subject, Some(reply), None, len),
            ["HPUB", subject, headers, len] => return self.begin(subject, None, Some(headers), len),
            ["HPUB", subject, reply, headers, len] => return self.begin(subject, Some(reply), Some(headers), len),
            _ => return None,
        }))
    }

    fn begin(&mut self, subject: &str, reply: Option<&str>, headers: Option<&str>, len: &str) -> Option<Option<Frame>> {
        if subject.is_empty() || reply.is_some_and(str::is_empty) {
            return None;
        }
        let headers = match headers {
            Some(headers) => Some(number(headers)? as usize),
            None => None,
        };
        let len = number(len)? as usize;
        if headers.is_some_and(|headers| headers > len) {
            return None;
        }
        self.body = Some(Body {
            published: Published {
                subject: subject.to_owned(),
                reply: reply.map(ToOwned::to_owned),
                headers: None,
                payload: Bytes::new(),
            },
            headers,
            len,
        });
        Some(None)
    }
}

fn sub(subject: &str, queue: Option<&str>, sid: &str) -> Option<Frame> {
    if subject.split('.').any(str::is_empty) || queue.is_some_and(str::is_empty) {
        return None;
    }
    Some(Frame::Sub {
        sid: number(sid)?,
        subject: subject.to_owned(),
        queue: queue.map(ToOwned::to_owned),
    })
}

/// A number in its one form: digits, no zero ahead of others.
fn number(text: &str) -> Option<u64> {
    let good =
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    good.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(bytes: &[u8], slice: usize) -> Result<Vec<String>, String> {
        let mut parser = Parser::default();
        let mut frames = Vec::new();
        for slice in bytes.chunks(slice) {
            parser.feed(slice);
            while let Some((at, frame)) = parser.next()? {
                frames.push(format!("{at} {frame:?}"));
            }
        }
        Ok(frames)
    }

    #[test]
    fn frames_are_the_same_in_every_slicing() {
        let bytes = b"PING\r\nSUB a.* q 1\r\nHPUB a b 12 14\r\nNATS/1.0\r\n\r\nhi\r\nPUB c 2\r\n\r\n\r\nUNSUB 1 3\r\n";
        let whole = frames(bytes, bytes.len()).expect("all of it is good");
        assert_eq!(whole.len(), 5);
        assert!(whole[4].starts_with(&bytes.len().to_string()));
        for slice in 1..bytes.len() {
            assert_eq!(frames(bytes, slice).as_ref(), Ok(&whole));
        }
    }

    #[test]
    fn what_is_not_exact_is_refused() {
        for bad in [
            "PING\n",
            "PING \r\n",
            "PUB a  2\r\nhi\r\n",
            "PUB a 02\r\n",
            "PUB a 2\r\nhi!\r\n",
            "HPUB a 3 2\r\n",
            "SUB a..b 1\r\n",
            "ping\r\n",
            "UB a 2\r\n",
        ] {
            assert!(frames(bad.as_bytes(), 1).is_err(), "{bad:?}");
        }
    }
}
