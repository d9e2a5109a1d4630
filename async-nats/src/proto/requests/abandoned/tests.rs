//! Answers that outlive their callers are counted until they came, and taken as they came by those who wait.

use std::time::Duration;

use super::*;
use crate::proto::decode::{Decoder, Frame, MessageFrame, Step};
use crate::proto::testing::Wakes;

const PREFIX: &str = "_INBOX.abc.";

fn requests() -> Requests {
    Requests::new(PREFIX.to_owned())
}

fn begin(requests: &mut Requests, deadline: Option<Instant>) -> Token {
    requests.begin(deadline, None).expect("there is room").token
}

fn reply_to(token: Token) -> String {
    format!("{PREFIX}{}", String::from_utf8_lossy(&token.digits()))
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

/// An answer comes; how many were woken.
fn answer(requests: &mut Requests, token: Token, headers: &str, payload: &str) -> usize {
    let (subject, len) = (reply_to(token), headers.len());
    let line = match len {
        0 => format!("MSG {subject} 0 {}\r\n{payload}\r\n", payload.len()),
        _ => format!(
            "HMSG {subject} 0 {len} {}\r\n{headers}{payload}\r\n",
            len + payload.len()
        ),
    };
    let mut wake = Vec::new();
    requests.answered(frame(line.as_bytes()), line.as_bytes(), &mut wake);
    wake.len()
}

/// What a look found, in a form to compare.
#[derive(Debug, PartialEq)]
enum Found {
    Answered(String, String),
    Unanswered(Unanswered),
    Pending,
    PendingEarliest,
}

fn look_as(requests: &mut Requests, token: Token, until: Option<Instant>, waker: &Waker) -> Found {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match requests.look(token, until, &mut Context::from_waker(waker)) {
        Looked::Answered(answer) => Found::Answered(text(answer.parts().headers), text(answer.parts().payload)),
        Looked::Unanswered(reason) => Found::Unanswered(reason),
        Looked::Pending { earliest: true } => Found::PendingEarliest,
        Looked::Pending { earliest: false } => Found::Pending,
    }
}

fn look(requests: &mut Requests, token: Token, until: Option<Instant>) -> Found {
    look_as(requests, token, until, Waker::noop())
}

/// A place under a bound of one.
fn counted() -> (Counted, Arc<Mutex<AcksInFlight>>) {
    let acks = Arc::new(Mutex::new(AcksInFlight::new(1)));
    let place = acks.lock().try_take().expect("one is free");
    let counted = Counted {
        acks: Arc::clone(&acks),
        place,
    };
    (counted, acks)
}

fn is_counted(acks: &Mutex<AcksInFlight>) -> bool {
    let mut wake = Vec::new();
    let place = acks.lock().try_take();
    match place {
        Some(place) => acks.lock().release(place, &mut wake),
        None => return true,
    }
    false
}

fn is_free(requests: &Requests, token: Token) -> bool {
    let slot = &requests.slots[token.index()];
    matches!(slot.state, State::Free) && slot.token != token.0
}

#[test]
fn an_answer_is_taken_as_it_came() {
    let mut requests = requests();
    for (headers, payload) in [
        ("", "plain"),
        ("NATS/1.0 503\r\n\r\n", ""),
        ("NATS/1.0\r\nA: b\r\n\r\n", "x"),
    ] {
        let token = begin(&mut requests, None);
        assert_eq!(look(&mut requests, token, None), Found::Pending);
        assert_eq!(answer(&mut requests, token, headers, payload), 1);
        let expected = Found::Answered(headers.to_owned(), payload.to_owned());
        assert_eq!(look(&mut requests, token, None), expected);
        assert!(is_free(&requests, token));
        assert_eq!(
            look(&mut requests, token, None),
            Found::Unanswered(Unanswered::Closed),
            "it is there once"
        );
    }
    assert_eq!(requests.slots.len(), 1, "the place is used again");
}

#[test]
fn an_answer_with_a_body_of_its_own() {
    let mut requests = requests();
    let token = begin(&mut requests, None);
    let subject = reply_to(token);
    let line = format!("HMSG {subject} 0 12 17\r\n");
    let whole = format!("{line}NATS/1.0\r\n\r\nhello\r\n");
    let frame = frame(whole.as_bytes());
    let body = whole.as_bytes()[line.len()..].to_vec();
    let mut wake = Vec::new();
    requests.answered_detached(frame, line.into_bytes().into(), body.into(), &mut wake);
    let expected = Found::Answered("NATS/1.0\r\n\r\n".to_owned(), "hello".to_owned());
    assert_eq!(look(&mut requests, token, None), expected);
}

#[test]
fn a_deadline_is_brought_forward_and_never_put_off() {
    let start = Instant::now();
    let at = |seconds| Some(start + Duration::from_secs(seconds));
    let mut requests = requests();
    let token = begin(&mut requests, at(30));
    assert_eq!(look(&mut requests, token, at(40)), Found::Pending);
    assert_eq!(look(&mut requests, token, at(5)), Found::PendingEarliest);
    assert_eq!(look(&mut requests, token, at(5)), Found::Pending);
    let other = begin(&mut requests, None);
    assert_eq!(look(&mut requests, other, at(6)), Found::Pending);
    assert_eq!(look(&mut requests, other, None), Found::Pending);

    let mut wake = Vec::new();
    requests.expire(start + Duration::from_secs(5), &mut wake);
    assert_eq!(wake.len(), 1);
    assert_eq!(
        look(&mut requests, token, None),
        Found::Unanswered(Unanswered::TimedOut)
    );
    assert!(is_free(&requests, token));
    assert_eq!(look(&mut requests, other, None), Found::Pending);
    requests.expire(start + Duration::from_secs(7), &mut wake);
    assert_eq!(
        look(&mut requests, other, None),
        Found::Unanswered(Unanswered::TimedOut)
    );
}

#[test]
fn an_abandoned_answer_counts_until_it_came() {
    let mut requests = requests();
    let token = begin(&mut requests, None);
    let (wakes, waker) = Wakes::new();
    assert_eq!(look_as(&mut requests, token, None, &waker), Found::Pending);
    let (counted, acks) = counted();
    let mut wake = Vec::new();
    requests.abandon(token, counted, &mut wake);
    assert!(wake.is_empty());
    assert!(is_counted(&acks));

    let mut candidate = None;
    let polled = acks
        .lock()
        .poll_take(&mut candidate, &mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
    assert_eq!(
        answer(&mut requests, token, "", "{}"),
        1,
        "who waited for a place is woken"
    );
    assert!(is_free(&requests, token));
    assert_eq!(
        answer(&mut requests, token, "", "{}"),
        0,
        "a second answer finds nothing"
    );
    let polled = acks
        .lock()
        .poll_take(&mut candidate, &mut Context::from_waker(Waker::noop()));
    assert!(polled.is_ready());
    assert_eq!(wakes.take(), 0, "the caller is gone");
}

#[test]
fn an_answer_that_was_there_counts_no_longer() {
    let mut requests = requests();
    let token = begin(&mut requests, None);
    answer(&mut requests, token, "", "{}");
    let (counted, acks) = counted();
    requests.abandon(token, counted, &mut Vec::new());
    assert!(!is_counted(&acks));
    assert!(is_free(&requests, token));
}

#[test]
fn an_abandoned_answer_that_never_comes_counts_until_its_deadline() {
    let start = Instant::now();
    let mut requests = requests();
    let token = begin(&mut requests, Some(start + Duration::from_secs(30)));
    let (counted, acks) = counted();
    let mut wake = Vec::new();
    requests.abandon(token, counted, &mut wake);
    let next = requests.expire(start + Duration::from_secs(29), &mut wake);
    assert_eq!(next, Some(start + Duration::from_secs(30)));
    assert!(is_counted(&acks));
    assert_eq!(requests.expire(start + Duration::from_secs(30), &mut wake), None);
    assert!(!is_counted(&acks));
    assert!(is_free(&requests, token));
    assert!(wake.is_empty());
}

#[test]
fn nothing_counts_once_the_client_is_closed() {
    let mut requests = requests();
    let token = begin(&mut requests, None);
    let (early, early_acks) = counted();
    requests.abandon(token, early, &mut Vec::new());
    let waiting = begin(&mut requests, None);
    requests.close(&mut Vec::new());
    assert!(!is_counted(&early_acks));
    assert!(is_free(&requests, token));
    let (late, late_acks) = counted();
    requests.abandon(waiting, late, &mut Vec::new());
    assert!(!is_counted(&late_acks));
    assert!(is_free(&requests, waiting));
}

#[test]
fn a_token_from_before_finds_nothing() {
    let mut requests = requests();
    let old = begin(&mut requests, None);
    requests.end(old);
    let new = begin(&mut requests, None);
    assert_eq!(old.index(), new.index());
    let (counted, acks) = counted();
    requests.abandon(old, counted, &mut Vec::new());
    assert!(!is_counted(&acks));
    assert_eq!(look(&mut requests, old, None), Found::Unanswered(Unanswered::Closed));
    assert_eq!(look(&mut requests, new, None), Found::Pending);
}

/// The slab gives memory back while places are freed one after the other: none is missed, and none is looked for that is
/// gone.
#[test]
fn many_abandoned_answers_end_at_once() {
    let start = Instant::now();
    for closes in [false, true] {
        let mut requests = requests();
        let acks = Arc::new(Mutex::new(AcksInFlight::new(5000)));
        let mut wake = Vec::new();
        for _ in 0..5000 {
            let token = begin(&mut requests, Some(start));
            let place = acks.lock().try_take().expect("one is free");
            let acks = Arc::clone(&acks);
            requests.abandon(token, Counted { acks, place }, &mut wake);
        }
        if closes {
            requests.close(&mut wake);
        } else {
            assert_eq!(requests.expire(start, &mut wake), None);
        }
        let left = requests
            .slots
            .iter()
            .filter(|slot| !matches!(slot.state, State::Free))
            .count();
        assert_eq!(left, 0);
        let all = std::iter::from_fn(|| acks.lock().try_take()).count();
        assert_eq!(all, 5000);
    }
}
