//! What a client says, read from bytes.

use serde_json::Value;

/// Most bytes of a control line; a CONNECT with a long JWT is the largest.
const LINE_LIMIT: usize = 1024 * 1024;

/// Most bytes of a payload with its headers.
const PAYLOAD_LIMIT: usize = 256 * 1024 * 1024;

const CRLF: &[u8] = b"\r\n";

/// One operation of a client.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// CONNECT with its fields.
    Connect(Value),
    /// PING.
    Ping,
    /// PONG.
    Pong,
    /// SUB.
    Sub(Sub),
    /// UNSUB.
    Unsub(Unsub),
    /// PUB or HPUB.
    Pub(Pub),
}

/// A subscription that a client has asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sub {
    /// The subject, perhaps with wildcards.
    pub subject: String,
    /// The queue group.
    pub queue: Option<String>,
    /// The id that the client gave it.
    pub sid: u64,
}

/// The end of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsub {
    /// The id of the subscription.
    pub sid: u64,
    /// After how many messages in all; at once when missing.
    pub max: Option<u64>,
}

/// A message that a client has published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pub {
    /// The subject.
    pub subject: String,
    /// The subject for answers.
    pub reply: Option<String>,
    /// The header block as it came, of an HPUB.
    pub header_block: Option<Vec<u8>>,
    /// Names and values of the headers, in their order.
    pub headers: Vec<(String, String)>,
    /// The payload.
    pub payload: Vec<u8>,
}

impl Pub {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    /// The payload as text, with what is no UTF-8 replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.payload).into_owned()
    }
}

/// The first line of `bytes`, without its end, and the length with its end; `None` while it is not complete.
pub(crate) fn line(bytes: &[u8]) -> Result<Option<(&str, usize)>, String> {
    let Some(end) = bytes.windows(CRLF.len()).position(|pair| pair == CRLF) else {
        if bytes.len() > LINE_LIMIT {
            return Err(format!("a line of more than {LINE_LIMIT} bytes"));
        }
        return Ok(None);
    };
    match std::str::from_utf8(&bytes[..end]) {
        Ok(text) => Ok(Some((text, end + CRLF.len()))),
        Err(_) => Err("a line that is no UTF-8".to_owned()),
    }
}

/// The first operation of `bytes` and its length; `None` while it is not complete.
pub(crate) fn op(bytes: &[u8]) -> Result<Option<(Op, usize)>, String> {
    let Some((line, length)) = line(bytes)? else {
        return Ok(None);
    };
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let words: Vec<&str> = rest.split_ascii_whitespace().collect();
    let bad = || format!("{line:?}, which is no line of a client");
    let op = match (verb, words.as_slice()) {
        ("CONNECT", _) => Op::Connect(serde_json::from_str(rest).map_err(|error| format!("{}: {error}", bad()))?),
        ("PING", []) => Op::Ping,
        ("PONG", []) => Op::Pong,
        ("SUB", words) => Op::Sub(sub(words).ok_or_else(bad)?),
        ("UNSUB", words) => Op::Unsub(unsub(words).ok_or_else(bad)?),
        ("PUB", words) => {
            let head = publish(words, false).ok_or_else(bad)?;
            return head.complete(bytes, length);
        }
        ("HPUB", words) => {
            let head = publish(words, true).ok_or_else(bad)?;
            return head.complete(bytes, length);
        }
        _ => return Err(bad()),
    };
    Ok(Some((op, length)))
}

fn sub(words: &[&str]) -> Option<Sub> {
    let (subject, queue, sid) = match *words {
        [subject, sid] => (subject, None, sid),
        [subject, queue, sid] => (subject, Some(queue.to_owned()), sid),
        _ => return None,
    };
    Some(Sub {
        subject: subject.to_owned(),
        queue,
        sid: sid.parse().ok()?,
    })
}

fn unsub(words: &[&str]) -> Option<Unsub> {
    let (sid, max) = match *words {
        [sid] => (sid, None),
        [sid, max] => (sid, Some(max.parse().ok()?)),
        _ => return None,
    };
    Some(Unsub {
        sid: sid.parse().ok()?,
        max,
    })
}

/// What the control line of a PUB or HPUB says.
struct Head<'a> {
    subject: &'a str,
    reply: Option<&'a str>,
    /// `None` for a PUB.
    header_length: Option<usize>,
    total: usize,
}

fn publish<'a>(words: &[&'a str], has_headers: bool) -> Option<Head<'a>> {
    let (total, words) = words.split_last()?;
    let (header_length, words) = if has_headers {
        let (length, words) = words.split_last()?;
        (Some(length.parse().ok()?), words)
    } else {
        (None, words)
    };
    let (subject, reply) = match *words {
        [subject] => (subject, None),
        [subject, reply] => (subject, Some(reply)),
        _ => return None,
    };
    Some(Head {
        subject,
        reply,
        header_length,
        total: total.parse().ok()?,
    })
}

impl Head<'_> {
    fn complete(&self, bytes: &[u8], line_length: usize) -> Result<Option<(Op, usize)>, String> {
        let header_length = self.header_length.unwrap_or(0);
        if header_length > self.total || self.total > PAYLOAD_LIMIT {
            return Err(format!(
                "a payload of {} bytes with headers of {header_length}",
                self.total
            ));
        }
        let end = line_length + self.total;
        let length = end + CRLF.len();
        if bytes.len() < length {
            return Ok(None);
        }
        if &bytes[end..length] != CRLF {
            return Err(format!(
                "a payload for {} that does not end after {} bytes",
                self.subject, self.total
            ));
        }
        let (block, payload) = bytes[line_length..end].split_at(header_length);
        let headers = match self.header_length {
            Some(_) => headers(block)?,
            None => Vec::new(),
        };
        let message = Pub {
            subject: self.subject.to_owned(),
            reply: self.reply.map(str::to_owned),
            header_block: self.header_length.map(|_| block.to_vec()),
            headers,
            payload: payload.to_vec(),
        };
        Ok(Some((Op::Pub(message), length)))
    }
}

fn headers(block: &[u8]) -> Result<Vec<(String, String)>, String> {
    let bad = || {
        let block = String::from_utf8_lossy(block);
        format!("a header block that is none: {block:?}")
    };
    let text = std::str::from_utf8(block).map_err(|_| bad())?;
    let lines = text
        .strip_prefix("NATS/1.0\r\n")
        .and_then(|rest| rest.strip_suffix("\r\n"))
        .ok_or_else(bad)?;
    lines
        .split_terminator("\r\n")
        .map(|line| {
            let (name, value) = line.split_once(':').ok_or_else(bad)?;
            Ok((name.to_owned(), value.trim_start().to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Op {
        // Every shorter piece is not complete yet, and what follows is left alone.
        for length in 0..text.len() {
            assert_eq!(op(&text.as_bytes()[..length]), Ok(None), "{length}");
        }
        let followed = format!("{text}PING\r\n");
        let (op, length) = op(followed.as_bytes())
            .expect("a good operation")
            .expect("a complete one");
        assert_eq!(length, text.len());
        op
    }

    #[test]
    fn every_operation_is_read_when_it_is_complete() {
        assert_eq!(whole("PING\r\n"), Op::Ping);
        assert_eq!(whole("PONG\r\n"), Op::Pong);
        assert_eq!(
            whole("CONNECT {\"verbose\":false}\r\n"),
            Op::Connect(serde_json::json!({ "verbose": false }))
        );
        let sub = |queue: Option<&str>| {
            Op::Sub(Sub {
                subject: "a.*".into(),
                queue: queue.map(str::to_owned),
                sid: 7,
            })
        };
        assert_eq!(whole("SUB a.* 7\r\n"), sub(None));
        assert_eq!(whole("SUB a.* q 7\r\n"), sub(Some("q")));
        assert_eq!(whole("UNSUB 7\r\n"), Op::Unsub(Unsub { sid: 7, max: None }));
        assert_eq!(whole("UNSUB 7 5\r\n"), Op::Unsub(Unsub { sid: 7, max: Some(5) }));
    }

    #[test]
    fn publishes_are_read_with_and_without_headers() {
        let Op::Pub(plain) = whole("PUB a r 4\r\n\r\n\r\n\r\n") else {
            panic!("not a PUB");
        };
        assert_eq!(plain.payload, b"\r\n\r\n");
        assert_eq!(plain.reply.as_deref(), Some("r"));
        assert_eq!(plain.header_block, None);

        let block = "NATS/1.0\r\nA: 1\r\nB:2\r\nA:  3\r\n\r\n";
        let text = format!("HPUB a {} {}\r\n{block}hi\r\n", block.len(), block.len() + 2);
        let Op::Pub(message) = whole(&text) else {
            panic!("not an HPUB");
        };
        assert_eq!(message.text(), "hi");
        assert_eq!(message.header("B"), Some("2"));
        assert_eq!(message.header("A"), Some("1"));
        assert_eq!(message.headers.len(), 3);
        assert_eq!(message.header_block.as_deref(), Some(block.as_bytes()));
    }

    #[test]
    fn what_no_client_may_say_is_an_error() {
        for text in [
            "HELLO\r\n",
            "SUB a\r\n",
            "SUB a x\r\n",
            "PUB a\r\n",
            "PUB a b c 1\r\n",
            "PUB a 2\r\nabc\r\n",
            "HPUB a 5 2\r\n",
            "HPUB a 2 2\r\nhi\r\n",
            "CONNECT {\r\n",
            "PING now\r\n",
            "PUB a 18446744073709551615\r\n",
        ] {
            assert!(op(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
