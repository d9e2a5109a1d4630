//! A queue group: each piece of work reaches at most one of its members, however connections and servers come and go.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{headers, number, Running, Scene};
use futures_util::StreamExt;

const SUBJECT: &str = "soak.work";
const WORKERS: usize = 3;

/// Pieces of work that are remembered: more than can be on their way.
const REMEMBERED: u64 = 100_000;

/// From one piece of work to the next.
const PAUSE: Duration = Duration::from_millis(1);

/// Which pieces of work were done.
type Done = Arc<Mutex<HashSet<u64>>>;

pub(super) fn start(scene: &Scene, running: &mut Running) {
    let done = Done::default();
    for _ in 0..WORKERS {
        running.spawn("workers", work(scene.clone(), Arc::clone(&done)));
    }
    running.spawn("orders of work", order(scene.clone()));
}

/// Orders work until the end.
async fn order(scene: Scene) {
    let client = scene.place.any_client("orders work").await;
    let mut piece = 0;
    while scene.goes_on() {
        let payload = piece.to_string().into();
        let ordered = client.publish_with_headers(SUBJECT, headers(piece), payload).await;
        ordered.expect("the client is open and the subject is good");
        piece += 1;
        tokio::time::sleep(PAUSE).await;
    }
    scene.ledger.count("pieces of work ordered", piece);
}

/// Works until the end. Now and then a worker leaves, and comes back as another subscription.
async fn work(scene: Scene, done: Done) {
    let client = scene.place.any_client("works").await;
    let once = scene.ledger.promise("work of a queue group is done once at the most");
    while scene.goes_on() {
        let subscribed = client.queue_subscribe(SUBJECT, "workers".to_owned()).await;
        let mut pieces = subscribed.expect("the subject is good");
        // The last of them are those that were on their way when it left.
        let left = pieces.unsubscribe_after(1_000).await;
        left.expect("the client is open");
        loop {
            let piece = tokio::select! {
                piece = pieces.next() => piece,
                () = scene.stop() => return,
            };
            let Some(piece) = piece else { break };
            let piece = number(&piece);
            let is_first = piece.is_some_and(|piece| first(&done, piece));
            once.kept_if(is_first, || format!("{piece:?} came once more"));
        }
        scene.ledger.count("subscriptions of workers that ended", 1);
    }
}

/// Whether this is done for the first time.
fn first(done: &Done, piece: u64) -> bool {
    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(old) = piece.checked_sub(REMEMBERED) {
        done.remove(&old);
    }
    done.insert(piece)
}
