//! Fences and their completions: what the server confirmed, it has.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Waker;

use shuttle::future::block_on;
use shuttle::thread;

use super::network::Network;
use super::{below, check, core};
use crate::client::Client;
use crate::proto::completion::Outcome;

const MESSAGES: usize = 2;

fn pong(frame: &str) -> String {
    match frame {
        "PING\r\n" => "PONG\r\n".to_owned(),
        _ => String::new(),
    }
}

async fn publish(client: &Client, name: usize) {
    for _ in 0..MESSAGES {
        let sent = client.publish(format!("from.{name}"), "x".into()).await;
        sent.expect("the client is open");
    }
}

/// Publishes, and waits for the server to confirm it. Returns how that ended, and whether the server has everything.
fn confirm(client: &Client, network: &Network, name: usize) -> (Outcome, bool) {
    let outcome = block_on(async {
        publish(client, name).await;
        client.confirmed().await.expect("the client is open")
    });
    (outcome, network.count(&format!("PUB from.{name} ")) == MESSAGES)
}

/// What would be found: a confirmation that a later connection gives for what an earlier one lost (`Fences::disconnected`
/// without `lost`), a PONG of the old connection that ends a fence of the new one (`asked` kept by `disconnected`), a
/// completion that is kept between its poll and its waker (`Completion::poll` with two locks).
#[test]
fn what_is_confirmed_is_there() {
    check(|| {
        let core = core(3, 1_000, 1);
        let network = Network::new(&[below(120)], pong).swallowing(below(60));
        let driver = network.serve(&core);
        let other = {
            let core = Arc::clone(&core);
            thread::spawn(move || block_on(publish(&Client::new(&core), 1)))
        };
        let (outcome, is_there) = confirm(&Client::new(&core), &network, 0);
        other.join().expect("publishing does not fail");
        network.finish();
        driver.join().expect("the driver does not fail");
        assert!(outcome == Outcome::Lost || is_there, "confirmed, and not there");
        assert_ne!(outcome, Outcome::Closed, "the client is open");
    });
}

/// A loss is told to each of two who work with clones of one client, whoever of them waits when the connection breaks. What
/// would be found: a loss that is told to whoever asks first (a flag in place of `Fences::losses`).
#[test]
fn a_loss_is_told_to_everybody_whom_it_concerns() {
    check(|| {
        let core = core(3, 1_000, 1);
        let network = Network::new(&[below(120)], pong).swallowing(below(60));
        let client = Client::new(&core);
        let driver = network.serve(&core);
        let other = {
            let (network, client) = (network.clone(), client.clone());
            thread::spawn(move || confirm(&client, &network, 1))
        };
        let told = [confirm(&client, &network, 0), other.join().expect("everybody is told")];
        let again = confirm(&client, &network, 2);
        network.finish();
        driver.join().expect("the driver does not fail");
        for (outcome, is_there) in told {
            assert!(outcome == Outcome::Lost || is_there, "lost in silence");
        }
        let both_told = told[0].0 == Outcome::Lost && again.0 == Outcome::Lost;
        assert!(!both_told, "one connection breaks, and it is told once");
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
