//! Clients that come, do a little, drain and go: a drain that says that all is well has lost nothing, and leaves nothing
//! behind. Some just go.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{number, Running, Scene};
use futures_util::StreamExt;

/// Clients at the same time.
const VISITORS: u64 = 3;

/// Messages that a visitor sends to itself.
const MESSAGES: u64 = 50;

/// Time for a drain.
const DRAIN_WITHIN: Duration = Duration::from_secs(20);

/// Beyond it, on a busy machine.
const GRACE: Duration = Duration::from_secs(20);

/// Of so many visitors, one leaves without a word.
const ABRUPT: u64 = 4;

/// From one visit to the next.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) fn start(scene: &Scene, running: &mut Running) {
    for visitor in 0..VISITORS {
        running.spawn("visitors", visits(scene.clone(), visitor));
    }
}

async fn visits(scene: Scene, visitor: u64) {
    let mut visit = visitor;
    while scene.goes_on() {
        visit += VISITORS;
        visit_once(&scene, visit).await;
        scene.ledger.count("visits", 1);
        tokio::time::sleep(PAUSE).await;
    }
}

async fn visit_once(scene: &Scene, visit: u64) {
    let client = scene.place.any_client("visits").await;
    let subject = format!("soak.visit.{visit}");
    let mut messages = client.subscribe(subject.clone()).await.expect("the subject is good");
    // A subscription that no server has heard of before the drain brings nothing: there must be a connection.
    client.flush().await.expect("the client is open");
    for number in 0..MESSAGES {
        let sent = client.publish(subject.clone(), number.to_string().into()).await;
        sent.expect("the client is open");
    }
    if visit.is_multiple_of(ABRUPT) {
        return;
    }
    let drained = tokio::time::timeout(DRAIN_WITHIN + GRACE, client.drain_with_timeout(DRAIN_WITHIN)).await;
    let ends = scene.ledger.promise("drains end by their deadline");
    ends.kept_if(drained.is_ok(), || format!("visit {visit} still drains"));
    // The client is closed, so this ends.
    let mut came = Vec::new();
    while let Some(message) = messages.next().await {
        came.extend(number(&message));
    }
    let in_order = came.windows(2).all(|pair| pair[0] < pair[1]);
    let order = scene
        .ledger
        .promise("what comes before the end of a drain is in order and once");
    order.kept_if(in_order, || format!("visit {visit}: {came:?}"));
    // Of several connections, an earlier one may have had messages on their way that no later one brings.
    let had_one_connection = client.statistics().connects.load(Ordering::Relaxed) == 1;
    if had_one_connection && matches!(drained, Ok(Ok(()))) {
        let complete = came.len() as u64 == MESSAGES;
        let whole = scene.ledger.promise("a drain that says Ok has brought everything");
        whole.kept_if(complete, || format!("visit {visit}: {} of {MESSAGES} came", came.len()));
    } else {
        scene.ledger.count(
            "drains over several connections, or that said that something may be lost",
            1,
        );
    }
}
