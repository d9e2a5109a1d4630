//! Publishers, back-pressure, the writer, and connections that break.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use shuttle::future::block_on;
use shuttle::thread;

use super::network::Network;
use super::{below, check, core};
use crate::client::Client;
use crate::io::core::Core;

const PUBLISHERS: usize = 2;
const MESSAGES: usize = 3;

fn silent(_frame: &str) -> String {
    String::new()
}

/// Publishes some messages, and flushes. Everything of it is with the server then.
fn publish(core: &Arc<Core>, network: &Network, name: usize) {
    let client = Client::new(core);
    block_on(async {
        for number in 0..MESSAGES {
            let sent = client.publish(format!("from.{name}"), number.to_string().into()).await;
            sent.expect("the client is open");
        }
        client.flush().await.expect("the client is open");
    });
    assert_eq!(
        network.count(&format!("PUB from.{name} ")),
        MESSAGES,
        "flushed, and not written"
    );
}

/// What would be found: a writer that is not woken by the first frame after it looked (`append` without `wake_writer`), a
/// frame that is sent twice or not at all after a break (`>=` in `Walk::begin_frame`).
#[test]
fn everything_published_is_written_once_and_in_order() {
    check(|| {
        let core = core(2, 40, 1);
        let network = Network::new(&[below(100)], silent);
        let driver = network.serve(&core);
        let publishers: Vec<_> = (0..PUBLISHERS)
            .map(|name| {
                let (core, network) = (Arc::clone(&core), network.clone());
                thread::spawn(move || publish(&core, &network, name))
            })
            .collect();
        for publisher in publishers {
            publisher.join().expect("no publisher fails");
        }
        network.finish();
        driver.join().expect("the driver does not fail");
        for name in 0..PUBLISHERS {
            let expected: Vec<String> = (0..MESSAGES)
                .map(|number| format!("PUB from.{name} 1\r\n{number}\r\n"))
                .collect();
            assert_eq!(network.frames(&format!("PUB from.{name} ")), expected);
        }
    });
}

/// A stream may hold back what is written to it until it is flushed. What would be found: a flush that ends before that
/// (`Outbound::flush` without a look at `writing`).
#[test]
fn a_flush_waits_for_the_stream_to_be_flushed() {
    check(|| {
        let core = core(2, 40, 1);
        let network = Network::new(&[], silent).buffering();
        let driver = network.serve(&core);
        let other = {
            let (core, network) = (Arc::clone(&core), network.clone());
            thread::spawn(move || publish(&core, &network, 1))
        };
        publish(&core, &network, 0);
        other.join().expect("no publisher fails");
        network.finish();
        driver.join().expect("the driver does not fail");
    });
}

/// Publishes that are given up have sent all or nothing, and keep nobody out. What would be found: a grant that is not
/// given back (`Turn` without its `drop`).
#[test]
fn a_publish_that_is_dropped_is_sent_wholly_or_not_and_keeps_nobody_out() {
    check(|| {
        let core = core(1, 40, 1);
        let network = Network::new(&[below(60)], silent);
        let driver = network.serve(&core);
        let impatient = {
            let core = Arc::clone(&core);
            thread::spawn(move || {
                let client = Client::new(&core);
                (0..3).map(|_| publish_or_give_up(&client)).sum::<usize>()
            })
        };
        publish(&core, &network, 0);
        let sent = impatient.join().expect("giving up is no failure");
        block_on(async { Client::new(&core).flush().await.expect("the client is open") });
        network.finish();
        driver.join().expect("the driver does not fail");
        assert_eq!(network.count("PUB impatient "), sent);
    });
}

/// Polls a publish twice at the most. Returns how many messages that sent.
fn publish_or_give_up(client: &Client) -> usize {
    let mut publish = pin!(client.publish("impatient", "x".into()));
    for _ in 0..2 {
        match publish.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(sent) => {
                sent.expect("the client is open");
                return 1;
            }
            Poll::Pending => thread::yield_now(),
        }
    }
    0
}
