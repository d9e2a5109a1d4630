//! Reading a publish ack by looking at its bytes, as nearly all of them are: a stream, a sequence, a domain, and whether it
//! is a duplicate. Everything else is left to a JSON parser.

use super::PublishAck;

/// The ack in `payload`, if it is one of the plain form.
///
/// What this reads, a JSON parser reads to the same value; what it does not read may still be an ack.
pub(in crate::jetstream) fn scan(payload: &[u8]) -> Option<PublishAck> {
    let mut rest = payload.strip_prefix(b"{")?;
    let (mut stream, mut sequence, mut domain, mut duplicate) = (None, None, None, None);
    loop {
        let (name, after) = string(rest)?;
        let after = after.strip_prefix(b":")?;
        rest = match name {
            b"stream" if stream.is_none() => text(after, &mut stream)?,
            b"seq" if sequence.is_none() => number(after, &mut sequence)?,
            b"domain" if domain.is_none() => text(after, &mut domain)?,
            b"duplicate" if duplicate.is_none() => truth(after, &mut duplicate)?,
            _ => return None,
        };
        match rest {
            [b',', more @ ..] => rest = more,
            b"}" => break,
            _ => return None,
        }
    }
    Some(PublishAck {
        stream: stream?.to_owned(),
        sequence: sequence?,
        domain: domain.unwrap_or_default().to_owned(),
        duplicate: duplicate.unwrap_or_default(),
        ..PublishAck::default()
    })
}

/// A string without escapes, and what follows it.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let bytes = bytes.strip_prefix(b"\"")?;
    let end = bytes
        .iter()
        .position(|&byte| byte == b'"' || byte == b'\\' || byte < b' ')?;
    let (inside, rest) = bytes.split_at(end);
    Some((inside, rest.strip_prefix(b"\"")?))
}

fn text<'a>(bytes: &'a [u8], value: &mut Option<&'a str>) -> Option<&'a [u8]> {
    let (inside, rest) = string(bytes)?;
    *value = Some(std::str::from_utf8(inside).ok()?);
    Some(rest)
}

fn number<'a>(bytes: &'a [u8], value: &mut Option<u64>) -> Option<&'a [u8]> {
    let len = bytes.iter().position(|byte| !byte.is_ascii_digit())?;
    let (digits, rest) = bytes.split_at(len);
    if len == 0 || (len > 1 && digits[0] == b'0') {
        return None;
    }
    let mut number = 0u64;
    for digit in digits {
        number = number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
    }
    *value = Some(number);
    Some(rest)
}

fn truth<'a>(bytes: &'a [u8], value: &mut Option<bool>) -> Option<&'a [u8]> {
    let (truth, rest) = match bytes.strip_prefix(b"true") {
        Some(rest) => (true, rest),
        None => (false, bytes.strip_prefix(b"false")?),
    };
    *value = Some(truth);
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::rng::Rng;
    use crate::proto::testing::pick;

    fn parsed(payload: &[u8]) -> Option<PublishAck> {
        serde_json::from_slice(payload).ok()
    }

    #[test]
    fn plain_acks() {
        let ack = scan(br#"{"stream":"S","seq":7}"#).expect("the plainest of all");
        assert_eq!(ack.stream, "S");
        assert_eq!(ack.sequence, 7);
        assert_eq!(ack.domain, "");
        assert!(!ack.duplicate);
        assert_eq!(ack.value, None);
        for payload in [
            r#"{"stream":"S","seq":0}"#,
            r#"{"stream":"EVENTS","domain":"hub","seq":18446744073709551615}"#,
            r#"{"stream":"Ereignisse-äöü","seq":1,"duplicate":true}"#,
            r#"{"duplicate":false,"seq":10,"domain":"","stream":""}"#,
        ] {
            let ack = scan(payload.as_bytes());
            assert!(ack.is_some(), "{payload}");
            assert_eq!(ack, parsed(payload.as_bytes()), "{payload}");
        }
    }

    #[test]
    fn what_is_not_plain_is_left_to_a_parser() {
        for payload in [
            "",
            "{",
            "{}",
            "[]",
            r#"{"stream":"S"}"#,
            r#"{"seq":1}"#,
            r#"{"stream":"S","seq":01}"#,
            r#"{"stream":"S","seq":-1}"#,
            r#"{"stream":"S","seq":1.0}"#,
            r#"{"stream":"S","seq":1e3}"#,
            r#"{"stream":"S","seq":18446744073709551616}"#,
            r#"{"stream":"S","seq":"1"}"#,
            r#"{"stream":"S","seq":1"#,
            r#"{"stream":"S","seq":1,}"#,
            r#"{"stream":"S","seq":1} "#,
            r#"{"stream":"S","seq":1}{"#,
            r#"{ "stream":"S","seq":1}"#,
            r#"{"stream":"S","seq":1,"seq":1}"#,
            r#"{"stream":"S","stream":"S","seq":1}"#,
            r#"{"stream":"a\"b","seq":1}"#,
            r#"{"str\u0065am":"S","seq":1}"#,
            r#"{"stream":null,"seq":1}"#,
            r#"{"stream":"S","seq":1,"duplicate":truely}"#,
            r#"{"stream":"S","seq":1,"val":"5"}"#,
            r#"{"stream":"S","seq":1,"batch":"b","count":3}"#,
            r#"{"error":{"code":503,"err_code":10077},"stream":"S","seq":0}"#,
            "{\"stream\":\"a\tb\",\"seq\":1}",
        ] {
            assert_eq!(scan(payload.as_bytes()), None, "{payload}");
        }
        assert_eq!(scan(b"{\"stream\":\"\xff\",\"seq\":1}"), None);
    }

    #[test]
    fn what_is_read_is_what_a_parser_reads() {
        let good = br#"{"stream":"S1","domain":"hub","seq":1204,"duplicate":true}"#;
        let mut rng = Rng::from_seed(11);
        let mut read = 0;
        for _ in 0..20_000 {
            let mut payload = good.to_vec();
            for _ in 0..=rng.below(2) {
                let at = rng.below(payload.len() as u64) as usize;
                payload[at] = pick(&mut rng, b"\"\\{}[]:,0123456789-.eE tfanulseq\xc3\x00\n");
            }
            if let Some(ack) = scan(&payload) {
                read += 1;
                assert_eq!(Some(ack), parsed(&payload), "{:?}", String::from_utf8_lossy(&payload));
            }
        }
        assert!(read > 100, "only {read} were read");
    }
}
