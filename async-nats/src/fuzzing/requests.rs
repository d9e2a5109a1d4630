//! Requests: an answer reaches the request that it is for, once, and nobody else; one that is too late reaches nobody; each
//! request ends by its deadline; a place that was given back is used again.

use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::input::Input;
use crate::proto::decode::{Decoder, Frame, MessageFrame, Step};
use crate::proto::requests::{Requests, Token, Unanswered};

const PREFIX: &str = "_INBOX.x.";

/// How far behind the timer may be, with as few requests as there are here.
const LATE: Duration = Duration::from_millis(1);

/// What is known of a request.
struct Request {
    token: Token,
    deadline: Option<Instant>,
    /// What it is to be told.
    expected: Option<Result<usize, Unanswered>>,
}

pub(super) fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let mut world = World {
        requests: Requests::new(PREFIX.to_owned()),
        now: Instant::now(),
        live: Vec::new(),
        gone: Vec::new(),
        most: 0,
        answers: 0,
    };
    while !input.is_empty() {
        world.step(&mut input);
    }
    world.finish();
}

struct World {
    requests: Requests,
    now: Instant,
    live: Vec<Request>,
    gone: Vec<Token>,
    /// As many requests as were ever in flight at once.
    most: usize,
    answers: usize,
}

impl World {
    fn step(&mut self, input: &mut Input<'_>) {
        match input.below(8) {
            0..=1 => self.begin(
                input
                    .flag()
                    .then(|| self.now + Duration::from_millis(input.byte().into())),
            ),
            2 => {
                if let Some(at) = self.choose(input) {
                    let request = self.live.remove(at);
                    self.requests.end(request.token);
                    self.gone.push(request.token);
                }
            }
            3..=4 => {
                if let Some(at) = self.choose(input) {
                    self.answer(at);
                }
            }
            5 => self.answer_the_gone(input),
            6 => {
                self.now += Duration::from_millis(input.byte().into());
                self.expire();
            }
            _ => {
                if let Some(at) = self.choose(input) {
                    self.poll(at);
                }
            }
        }
    }

    fn choose(&self, input: &mut Input<'_>) -> Option<usize> {
        let at = usize::from(input.byte());
        (!self.live.is_empty()).then(|| at % self.live.len())
    }

    fn begin(&mut self, deadline: Option<Instant>) {
        let accepted = self.requests.begin(deadline, None).expect("there is room");
        assert!(self.live.iter().all(|request| request.token != accepted.token));
        assert!(!self.gone.contains(&accepted.token), "no token comes twice");
        assert_eq!(accepted.subscribe, self.most == 0, "the inbox is subscribed to once");
        self.live.push(Request {
            token: accepted.token,
            deadline,
            expected: None,
        });
        self.most = self.most.max(self.live.len());
    }

    /// An answer comes to a subject.
    fn deliver(&mut self, subject: &[u8], number: usize) {
        let payload = number.to_string();
        let line = format!(" 0 {}\r\n{payload}\r\n", payload.len());
        let chunk = [b"MSG ", subject, line.as_bytes()].concat();
        self.requests.answered(only_message(&chunk), &chunk, &mut Vec::new());
    }

    fn answer(&mut self, at: usize) {
        self.answers += 1;
        let number = self.answers;
        let mut subject = PREFIX.as_bytes().to_vec();
        subject.extend_from_slice(&self.live[at].token.digits());
        self.live[at].expected.get_or_insert(Ok(number));
        self.deliver(&subject, number);
    }

    /// Answers that nobody waits for: nobody gets them, which later polls show.
    fn answer_the_gone(&mut self, input: &mut Input<'_>) {
        let mut subject = PREFIX.as_bytes().to_vec();
        match self.gone.get(usize::from(input.byte())) {
            Some(token) => subject.extend_from_slice(&token.digits()),
            None => {
                let odd = input.bytes().iter().filter(|byte| byte.is_ascii_graphic());
                // A token has digits and letters: these are of nobody.
                subject.extend([b'-'].iter().chain(odd));
            }
        }
        self.deliver(&subject, 0);
    }

    fn expire(&mut self) {
        let next = self.requests.expire(self.now, &mut Vec::new());
        let waiting = self.live.iter_mut().filter(|request| request.expected.is_none());
        for request in waiting {
            let Some(deadline) = request.deadline else { continue };
            if deadline + LATE <= self.now {
                request.expected = Some(Err(Unanswered::TimedOut));
            } else if deadline <= self.now {
                // The timer may be this late, or not.
                let cx = &mut Context::from_waker(Waker::noop());
                if let Poll::Ready(told) = self.requests.poll_answer(request.token, cx) {
                    assert_eq!(told.err(), Some(Unanswered::TimedOut));
                    // It is told once, and the place is free.
                    request.expected = Some(Err(Unanswered::Closed));
                }
            } else {
                let next = next.expect("somebody has a deadline");
                assert!(next <= deadline + LATE, "the timer is set for this one");
            }
        }
    }

    fn poll(&mut self, at: usize) {
        let cx = &mut Context::from_waker(Waker::noop());
        let request = &mut self.live[at];
        let told = match self.requests.poll_answer(request.token, cx) {
            Poll::Pending => None,
            Poll::Ready(Err(why)) => Some(Err(why)),
            Poll::Ready(Ok(answer)) => {
                let popped = answer.assemble();
                let text = String::from_utf8_lossy(&popped.message.payload).into_owned();
                Some(Ok(text.parse().expect("answers are numbers")))
            }
        };
        assert_eq!(told, request.expected);
        if told.is_some() {
            // It is told once, and the place is free.
            request.expected = Some(Err(Unanswered::Closed));
        }
    }

    fn finish(mut self) {
        self.requests.close(&mut Vec::new());
        for request in &mut self.live {
            request.expected.get_or_insert(Err(Unanswered::Closed));
        }
        for at in 0..self.live.len() {
            self.poll(at);
        }
        assert!(self.requests.begin(None, None).is_err(), "nothing begins after the end");
    }
}

/// The message that a chunk consists of.
pub(super) fn only_message(chunk: &[u8]) -> MessageFrame {
    match Decoder::new().next(chunk, 0) {
        Ok(Step::Frame {
            frame: Frame::Message(message),
            ..
        }) => message,
        other => panic!("no message: {other:?}"),
    }
}
