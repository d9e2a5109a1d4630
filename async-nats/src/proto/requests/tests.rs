//! Requests in flight: answers find their callers, and nobody else's.

mod deadlines;

use super::token::MAX_TOKEN;
use super::*;
use crate::proto::decode::{Decoder, Frame, Step};
use crate::proto::rng::Rng;
use crate::proto::testing::Wakes;

fn requests() -> Requests {
    Requests::new("_INBOX.abc.".to_owned())
}

impl Requests {
    /// The answer as a message.
    pub(crate) fn poll(&mut self, token: Token, cx: &mut Context<'_>) -> Poll<Result<Popped, Unanswered>> {
        self.poll_answer(token, cx).map_ok(|answer| answer.assemble())
    }
}

fn begin(requests: &mut Requests) -> Token {
    requests.begin(None, None).expect("there is room").token
}

fn reply_to(token: Token) -> String {
    let digits = token.digits();
    format!("_INBOX.abc.{}", std::str::from_utf8(&digits).expect("a token is text"))
}

fn frame(stream: &[u8]) -> MessageFrame {
    match Decoder::new().next(stream, 0) {
        Ok(Step::Frame {
            frame: Frame::Message(frame),
            ..
        }) => frame,
        other => panic!("no message: {other:?}"),
    }
}

/// An answer comes to `subject`; how many were woken.
fn answer(requests: &mut Requests, subject: &str, payload: &str) -> usize {
    let stream = format!("MSG {subject} 0 {}\r\n{payload}\r\n", payload.len());
    let mut wake = Vec::new();
    requests.answered(frame(stream.as_bytes()), stream.as_bytes(), &mut wake);
    wake.len()
}

fn poll(requests: &mut Requests, token: Token) -> Poll<Result<Popped, Unanswered>> {
    requests.poll(token, &mut Context::from_waker(Waker::noop()))
}

/// The payload of the answer, if there is one.
fn payload(requests: &mut Requests, token: Token) -> Option<String> {
    match poll(requests, token) {
        Poll::Ready(Ok(popped)) => Some(String::from_utf8_lossy(&popped.message.payload).into_owned()),
        Poll::Ready(Err(_)) | Poll::Pending => None,
    }
}

fn ended(requests: &mut Requests, token: Token) -> Option<Unanswered> {
    match poll(requests, token) {
        Poll::Ready(Err(reason)) => Some(reason),
        Poll::Ready(Ok(_)) | Poll::Pending => None,
    }
}

#[test]
fn tokens_are_read_as_they_were_written() {
    let mut rng = Rng::from_seed(1);
    let edges = [
        0,
        1,
        61,
        62,
        63,
        3_843,
        3_844,
        u64::from(u32::MAX),
        u64::MAX - 1,
        u64::MAX,
    ];
    let random = (0..10_000).map(|_| rng.next_u64() >> rng.below(64));
    let mut seen = std::collections::HashMap::new();
    for value in edges.into_iter().chain(random) {
        let digits = Token(value).digits().to_vec();
        assert!(digits.len() <= MAX_TOKEN && digits.iter().all(u8::is_ascii_alphanumeric));
        assert_eq!(Token::read(&digits), Some(Token(value)));
        assert_eq!(
            *seen.entry(digits).or_insert(value),
            value,
            "another token is written differently"
        );
    }
}

#[test]
fn what_is_no_token_is_not_read() {
    for text in [
        "",
        "-1",
        "a.b",
        "a b",
        "é",
        "*",
        "0123456789ab",
        "zzzzzzzzzzz",
        "LygHa16AHYG",
    ] {
        assert_eq!(Token::read(text.as_bytes()), None, "{text:?}");
    }
    assert_eq!(Token::read(b"LygHa16AHYF"), Some(Token(u64::MAX)), "one less fits");
}

#[test]
fn an_answer_reaches_its_caller_whole() {
    let mut requests = requests();
    let token = begin(&mut requests);
    let other = begin(&mut requests);
    let (wakes, waker) = Wakes::new();
    assert!(requests.poll(token, &mut Context::from_waker(&waker)).is_pending());
    let subject = reply_to(token);
    let stream = format!("PING\r\nHMSG {subject} 0 re.ply 24 27\r\nNATS/1.0 200\r\nKey: v\r\n\r\nabc\r\nPONG\r\n");
    let mut decoder = Decoder::new();
    let Ok(Step::Frame { end, .. }) = decoder.next(stream.as_bytes(), 0) else {
        panic!("PING is whole")
    };
    let Ok(Step::Frame {
        frame: Frame::Message(frame),
        ..
    }) = decoder.next(stream.as_bytes(), end)
    else {
        panic!("the message is whole")
    };
    let mut wake = Vec::new();
    requests.answered(frame, stream.as_bytes(), &mut wake);
    wake.into_iter().for_each(Waker::wake);
    assert_eq!(wakes.take(), 1);
    let Poll::Ready(Ok(Popped { message, fault: None })) = poll(&mut requests, token) else {
        panic!("the answer is there")
    };
    assert_eq!(message.subject.as_str(), subject);
    assert_eq!(message.reply.as_deref(), Some("re.ply"));
    assert_eq!(&message.payload[..], b"abc");
    assert_eq!(message.status.map(|status| status.as_u16()), Some(200));
    assert_eq!(
        message
            .headers
            .expect("there are some")
            .get("Key")
            .map(|value| value.as_str()),
        Some("v")
    );
    assert_eq!(message.length, subject.len() + 6 + 27);
    assert!(poll(&mut requests, other).is_pending());
}

#[test]
fn an_answer_with_a_buffer_of_its_own_reaches_its_caller_whole() {
    let mut requests = requests();
    let token = begin(&mut requests);
    let subject = reply_to(token);
    let body = [b"NATS/1.0\r\n\r\n".to_vec(), vec![b'x'; 10_000]].concat();
    let stream = [
        format!("HMSG {subject} 0 re.ply 12 10012\r\n").as_bytes(),
        &body,
        b"\r\n",
    ]
    .concat();
    let frame = frame(&stream);
    let start = frame.subject_at as usize;
    let line = Buffer::from(stream[start..frame.body_at as usize].to_vec());
    let detached = MessageFrame {
        subject_at: 0,
        reply_at: frame.reply_at - frame.subject_at,
        body_at: 0,
        ..frame
    };
    let mut wake = Vec::new();
    for _ in 0..2 {
        let body = Buffer::from(bytes::BytesMut::from(&body[..]));
        requests.answered_detached(detached, line.clone(), body, &mut wake);
    }
    let Poll::Ready(Ok(Popped { message, fault: None })) = poll(&mut requests, token) else {
        panic!("the answer is there")
    };
    assert_eq!(
        (message.subject.as_str(), message.reply.as_deref()),
        (&subject[..], Some("re.ply"))
    );
    assert!(message.payload == vec![b'x'; 10_000] && message.headers.is_some());
    requests.end(token);
    requests.answered_detached(
        detached,
        line,
        Buffer::from(bytes::BytesMut::from(&body[..])),
        &mut wake,
    );
    assert!(poll(&mut requests, token).is_ready(), "a late one finds nothing");
}

#[test]
fn the_answer_holds_nothing_of_the_chunk_it_came_in() {
    let mut requests = requests();
    let token = begin(&mut requests);
    let stream = [
        b"MSG other 1 60000\r\n".to_vec(),
        vec![b'o'; 60_000],
        format!("\r\nMSG {} 0 3\r\nabc\r\n", reply_to(token)).into_bytes(),
    ]
    .concat();
    let mut decoder = Decoder::new();
    let Ok(Step::Frame { end, .. }) = decoder.next(&stream, 0) else {
        panic!("the first message is whole")
    };
    let Ok(Step::Frame {
        frame: Frame::Message(frame),
        ..
    }) = decoder.next(&stream, end)
    else {
        panic!("the second message is whole")
    };
    requests.answered(frame, &stream, &mut Vec::new());
    let Poll::Ready(Ok(popped)) = poll(&mut requests, token) else {
        panic!("the answer is there")
    };
    requests.end(token);
    let Popped { message, .. } = popped;
    drop(message.subject);
    let held = message.payload.try_into_mut().map(|alone| alone.capacity());
    assert!(held.is_ok_and(|held| held <= 2 * 3 + 256));
}

#[test]
fn only_the_first_answer_counts() {
    let mut requests = requests();
    let token = begin(&mut requests);
    assert_eq!(answer(&mut requests, &reply_to(token), "first"), 0, "nobody waits yet");
    assert_eq!(answer(&mut requests, &reply_to(token), "second"), 0);
    assert_eq!(payload(&mut requests, token).as_deref(), Some("first"));
    assert_eq!(answer(&mut requests, &reply_to(token), "third"), 0);
    assert_eq!(payload(&mut requests, token), None, "it was handed out");
}

#[test]
fn answers_that_nobody_waits_for_find_nothing() {
    let mut requests = requests();
    let ended = begin(&mut requests);
    requests.end(ended);
    let token = begin(&mut requests);
    assert_eq!(token.index(), ended.index(), "it has the place of the other");
    let mut foreign = vec![
        reply_to(ended),
        reply_to(Token(token.0 + 1)),
        reply_to(Token(u64::MAX)),
        "_INBOX.abc.".to_owned(),
        reply_to(token).replace("abc", "abd"),
        format!("{}.more", reply_to(token)),
        format!("x{}", reply_to(token)),
        "_INBOX.abc.!".to_owned(),
        "a".to_owned(),
    ];
    foreign.push(reply_to(token).to_lowercase());
    for subject in foreign {
        assert_eq!(answer(&mut requests, &subject, "stray"), 0);
        assert!(poll(&mut requests, token).is_pending(), "{subject}");
    }
    answer(&mut requests, &reply_to(token), "mine");
    assert_eq!(payload(&mut requests, token).as_deref(), Some("mine"));
}

#[test]
fn places_are_used_again_and_tokens_are_not() {
    let mut requests = requests();
    let mut seen = std::collections::HashSet::new();
    let mut in_flight = Vec::new();
    let mut rng = Rng::from_seed(3);
    for _ in 0..5_000 {
        if rng.below(2) == 0 && in_flight.len() < 20 {
            let token = begin(&mut requests);
            assert!(seen.insert(token.0));
            in_flight.push(token);
        } else if !in_flight.is_empty() {
            let token = in_flight.swap_remove(rng.below(in_flight.len() as u64) as usize);
            match rng.below(3) {
                0 => drop(answer(&mut requests, &reply_to(token), "x")),
                1 => {
                    answer(&mut requests, &reply_to(token), "x");
                    assert!(payload(&mut requests, token).is_some());
                }
                _ => {}
            }
            requests.end(token);
            requests.end(token);
        }
        assert!(
            requests.slots.len() <= 20,
            "a place is free as soon as its caller is gone"
        );
        assert_eq!(requests.slots.len() - requests.free.len(), in_flight.len());
        assert_eq!(requests.live, in_flight.len());
    }
}

#[test]
fn memory_of_a_burst_is_given_back_and_its_tokens_never_come_again() {
    let mut requests = requests();
    let mut seen = std::collections::HashSet::new();
    for burst in 0..3 {
        let mut in_flight: Vec<Token> = (0..20_000).map(|_| begin(&mut requests)).collect();
        assert!(in_flight.iter().all(|token| seen.insert(token.0)), "in burst {burst}");
        let kept = in_flight.split_off(10);
        kept.iter().for_each(|token| drop(requests.end(*token)));
        for token in in_flight {
            answer(&mut requests, &reply_to(token), "x");
            assert!(payload(&mut requests, token).is_some());
        }
        assert!(
            requests.slots.capacity() <= 4 * KEPT_SLOTS,
            "{}",
            requests.slots.capacity()
        );
        assert!(requests.free.len() <= 2 * KEPT_SLOTS, "{}", requests.free.len());
        assert_eq!(requests.live, 0);
    }
    // A place in the middle of the slab that is in use keeps those before it, and no more.
    let in_flight: Vec<Token> = (0..20_000).map(|_| begin(&mut requests)).collect();
    for (at, token) in in_flight.iter().enumerate() {
        if at != 5_000 {
            requests.end(*token);
        }
    }
    assert!(requests.slots.len() <= 5_001, "{}", requests.slots.len());
    answer(&mut requests, &reply_to(in_flight[5_000]), "x");
    assert!(payload(&mut requests, in_flight[5_000]).is_some());
    assert!(requests.slots.len() <= KEPT_SLOTS);
}

#[test]
fn a_request_knows_whether_it_is_alone() {
    let mut requests = requests();
    let first = requests.begin(None, None).expect("there is room");
    assert!(first.alone);
    assert!(!requests.begin(None, None).expect("there is room").alone);
}

#[test]
fn the_inbox_is_subscribed_to_with_the_first_request() {
    let mut requests = requests();
    assert_eq!(requests.inbox(), None);
    assert!(requests.begin(None, None).expect("there is room").subscribe);
    assert_eq!(requests.inbox().as_deref(), Some("_INBOX.abc.*"));
    assert!(!requests.begin(None, None).expect("there is room").subscribe);
    assert_eq!(requests.prefix(), "_INBOX.abc.");
}

#[test]
fn closing_ends_all_and_accepts_no_more() {
    let mut requests = requests();
    let [waiting, answered, gone] = [(); 3].map(|()| begin(&mut requests));
    let (wakes, waker) = Wakes::new();
    assert!(requests.poll(waiting, &mut Context::from_waker(&waker)).is_pending());
    answer(&mut requests, &reply_to(answered), "in time");
    requests.end(gone);
    let mut wake = Vec::new();
    requests.close(&mut wake);
    wake.into_iter().for_each(Waker::wake);
    assert_eq!(wakes.take(), 1);
    assert_eq!(ended(&mut requests, waiting), Some(Unanswered::Closed));
    assert_eq!(payload(&mut requests, answered).as_deref(), Some("in time"));
    assert_eq!(requests.begin(None, None).err(), Some(Refused::Closed));
    for token in [waiting, answered] {
        requests.end(token);
    }
}

#[test]
fn a_waker_is_that_of_the_last_poll() {
    let mut requests = requests();
    let token = begin(&mut requests);
    let (first, first_waker) = Wakes::new();
    let (second, second_waker) = Wakes::new();
    for waker in [&first_waker, &second_waker] {
        assert!(requests.poll(token, &mut Context::from_waker(waker)).is_pending());
    }
    let stream = format!("MSG {} 0 0\r\n\r\n", reply_to(token));
    let mut wake = Vec::new();
    requests.answered(frame(stream.as_bytes()), stream.as_bytes(), &mut wake);
    wake.into_iter().for_each(Waker::wake);
    assert_eq!((first.take(), second.take()), (0, 1));
}
