//! What goes wrong besides what the network does by itself: servers that restart or crash, and cuts of all connections.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::ledger::Ledger;
use crate::place::{Place, CALM};

/// From one disturbance to the next.
const EVERY: Duration = Duration::from_secs(8);

/// Disturbs until it is told to stop.
pub(crate) async fn run(place: Arc<Place>, ledger: Arc<Ledger>, mut stopped: watch::Receiver<bool>, seed: u64) {
    let mut round = seed;
    while tokio::time::timeout(EVERY, stopped.wait_for(|stopped| *stopped))
        .await
        .is_err()
    {
        round += 1;
        let disturbed = Arc::clone(&place);
        let what = tokio::task::spawn_blocking(move || disturb(&disturbed, round)).await;
        ledger.count(what.expect("a server that was stopped starts again"), 1);
    }
}

/// One disturbance; which one follows from its number.
fn disturb(place: &Place, round: u64) -> &'static str {
    // The calm server has its place before all others.
    let node = CALM + 1 + (round / 4 % 2) as usize;
    match round % 4 {
        0 => {
            place.with_servers(|servers| servers.stop(node));
            place.with_servers(|servers| servers.start(node));
            "servers that were restarted in order"
        }
        1 => {
            place.proxies().iter().for_each(|proxy| proxy.cut());
            "times that all connections were cut"
        }
        2 => {
            place.with_servers(|servers| {
                servers.kill(node);
                servers.start(node);
            });
            "servers that crashed and came back"
        }
        _ => {
            place.proxies().iter().for_each(|proxy| proxy.reset());
            "times that all connections were reset"
        }
    }
}
