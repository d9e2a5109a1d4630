//! Requests, and answers that come while callers come and go.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use shuttle::future::block_on;
use shuttle::thread;

use super::network::Network;
use super::{check, core};
use crate::client::Client;
use crate::io::core::Core;

const CALLERS: usize = 2;

/// A service that answers with what it was asked.
fn echo(frame: &str) -> String {
    let words: Vec<&str> = frame.split_whitespace().collect();
    match words[..] {
        ["PUB", "service", reply, length, question] => format!("MSG {reply} 0 {length}\r\n{question}\r\n"),
        _ => String::new(),
    }
}

fn ask(core: &Arc<Core>, question: &str) {
    let client = Client::new(core);
    let answer = block_on(client.request("service", question.to_owned().into()));
    assert_eq!(answer.expect("it is answered").payload, question);
}

/// What would be found: an answer that reaches another caller (a slot's generation not changed by `Requests::end`), an
/// answer that came before the caller waits and wakes nobody (`poll` without looking at the state), a subscription to the
/// inbox behind the request (`begin` and the append of SUB under two locks).
#[test]
fn each_caller_gets_its_own_answer_whoever_gives_up() {
    check(|| {
        let core = core(8, 1_000, 1);
        let network = Network::new(&[], echo);
        let driver = network.serve(&core);
        let callers: Vec<_> = (0..CALLERS)
            .map(|name| {
                let core = Arc::clone(&core);
                thread::spawn(move || ask(&core, &format!("question-{name}")))
            })
            .collect();
        give_up(&core);
        ask(&core, "after-all");
        for caller in callers {
            caller.join().expect("every caller is answered");
        }
        network.finish();
        driver.join().expect("the driver does not fail");
        assert_eq!(network.count("SUB _INBOX"), 1, "the inbox is subscribed to once");
        let first = network.frames("").into_iter().next();
        assert!(
            first.is_some_and(|frame| frame.starts_with("SUB")),
            "and ahead of all requests"
        );
    });
}

/// A caller that looks once and goes.
fn give_up(core: &Arc<Core>) {
    let client = Client::new(core);
    let mut request = pin!(client.request("service", "nobody-waits".into()));
    let polled = request.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    if let Poll::Ready(answer) = polled {
        assert_eq!(answer.expect("it is answered").payload, "nobody-waits");
    }
}

/// The end of a client reaches every caller. What would be found: a caller that begins between the end and the wakes.
#[test]
fn callers_hear_of_the_end() {
    check(|| {
        let core = core(8, 1_000, 1);
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                let core = Arc::clone(&core);
                thread::spawn(move || {
                    let answer = block_on(Client::new(&core).request("service", "x".into()));
                    assert!(answer.is_err(), "there is nobody to answer");
                })
            })
            .collect();
        core.close();
        for caller in callers {
            caller.join().expect("every caller is told");
        }
    });
}
