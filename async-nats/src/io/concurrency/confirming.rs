//! Fences and their completions: what the server confirmed, it has.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Waker;

use shuttle::future::block_on;
use shuttle::thread;

use super::network::Network;
use super::{below, check, core};
use crate::client::Client;
use crate::io::core::Core;
use crate::proto::completion::Outcome;

const MESSAGES: usize = 2;

fn pong(frame: &str) -> String {
    match frame {
        "PING\r\n" => "PONG\r\n".to_owned(),
        _ => String::new(),
    }
}

/// Publishes, and waits for the server to confirm it.
fn confirm(core: &Arc<Core>, network: &Network, name: usize) -> Outcome {
    let client = Client::new(core);
    let outcome = block_on(async {
        for _ in 0..MESSAGES {
            client
                .publish(format!("from.{name}"), "x".into())
                .await
                .expect("the client is open");
        }
        let (completion, writer) = core.outbound.lock().confirm().expect("the client is open");
        writer.into_iter().for_each(Waker::wake);
        poll_fn(|cx| completion.poll(cx)).await
    });
    if outcome == Outcome::Done {
        assert_eq!(
            network.count(&format!("PUB from.{name} ")),
            MESSAGES,
            "confirmed, and not there"
        );
    }
    outcome
}

/// What would be found: a confirmation that a later connection gives for what an earlier one lost (`Fences::disconnected`
/// without `lost`), a PONG of the old connection that ends a fence of the new one (`asked` kept by `disconnected`), a
/// completion that is kept between its poll and its waker (`Completion::poll` with two locks).
#[test]
fn what_is_confirmed_is_there_and_everybody_is_told_something() {
    check(|| {
        let core = core(3, 1_000, 1);
        let network = Network::new(&[below(120)], pong);
        let driver = network.serve(&core);
        let other = {
            let (core, network) = (Arc::clone(&core), network.clone());
            thread::spawn(move || confirm(&core, &network, 1))
        };
        let outcomes = [confirm(&core, &network, 0), other.join().expect("everybody is told")];
        network.finish();
        driver.join().expect("the driver does not fail");
        assert!(!outcomes.contains(&Outcome::Closed), "the client is open");
    });
}

/// The end of the client reaches those who wait. What would be found: a fence that is added after `close` has looked.
#[test]
fn those_who_wait_hear_of_the_end() {
    check(|| {
        let core = core(3, 1_000, 1);
        let waiting = {
            let core = Arc::clone(&core);
            thread::spawn(move || {
                let flush = core.outbound.lock().caller_fence();
                let Ok((completion, writer)) = flush else { return };
                writer.into_iter().for_each(Waker::wake);
                assert_eq!(block_on(poll_fn(|cx| completion.poll(cx))), Outcome::Closed);
            })
        };
        core.close();
        waiting.join().expect("everybody is told");
    });
}
