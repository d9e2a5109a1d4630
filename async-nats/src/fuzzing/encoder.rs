//! What is published comes out of a server as it went in: the encoder's line, turned into that of a server as servers do,
//! decodes to the same message. Nothing in a subject that may be published becomes protocol.

use super::decoder::{decode, Said};
use super::input::Input;
use crate::proto::encode;
use crate::subject::is_publishable;

pub(super) fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let sid = u64::from_be_bytes(std::array::from_fn(|_| input.byte())) >> 2;
    let repeat = input.pick(&[1, 1, 2, 40]);
    let subject = String::from_utf8_lossy(input.bytes()).repeat(repeat);
    let reply = String::from_utf8_lossy(input.bytes()).into_owned();
    let headers = input.bytes();
    let payload = input.rest();
    if !is_publishable(&subject) || !(reply.is_empty() || is_publishable(&reply)) {
        return;
    }
    let mut line = encode::Line::new();
    let reply_or_none = (!reply.is_empty()).then_some([reply.as_bytes(), &[]]);
    let header_len = (!headers.is_empty()).then_some(headers.len());
    encode::publish(&mut line, &subject, reply_or_none, header_len, payload.len());
    let stream = delivered(line.bytes(), sid, headers, payload);
    let expected = Said::Message {
        sid,
        subject: subject.into_bytes(),
        reply: reply.into_bytes(),
        headers: headers.to_vec(),
        payload: payload.to_vec(),
    };
    assert_eq!(decode(&stream, &[stream.len()], false), (vec![expected], false));
}

/// What a server makes of a published frame for the subscription `sid`.
fn delivered(line: &[u8], sid: u64, headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(line).expect("subjects are text");
    let text = text.strip_suffix("\r\n").expect("a line ends in CR LF");
    assert!(!text.contains(['\r', '\n']), "one line");
    let (name, rest) = text.split_once(' ').expect("a line has arguments");
    let (subject, rest) = rest.split_once(' ').expect("a subject is not all");
    let name = match name {
        "PUB" => "MSG",
        "HPUB" => "HMSG",
        other => panic!("{other} does not publish"),
    };
    let line = format!("{name} {subject} {sid} {rest}\r\n");
    [line.as_bytes(), headers, payload, b"\r\n"].concat()
}
