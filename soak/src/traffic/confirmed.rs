//! Batches that the server confirms: what it confirmed arrives, all of it, each message once and in order.
//!
//! The publisher's connection goes wrong, the subscriber's does not, and both are on the server that is never restarted:
//! so nothing but the client can lose or repeat what the server confirmed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_nats::Subscriber;
use futures_util::StreamExt;

use super::{headers, number, Scene};

const SUBJECT: &str = "soak.confirmed";

/// Messages of a batch.
const BATCH: u64 = 200;

/// Time for the server to confirm a batch, reconnects included.
const CONFIRM_WITHIN: Duration = Duration::from_secs(20);

/// Time for what was confirmed to reach the subscriber.
const ARRIVE_WITHIN: Duration = Duration::from_secs(30);

/// From one batch to the next.
const PAUSE: Duration = Duration::from_millis(20);

const ARRIVES: &str = "what flush_with_timeout confirmed arrives, all of it";
const ORDER: &str = "messages come in order and once, with their headers";

/// What of each batch has arrived: the batches that are not settled, in order.
#[derive(Debug, Default)]
struct Arrivals {
    /// The number of a batch, and how many of its messages came.
    batches: VecDeque<(u64, u64)>,
    /// The last message that came.
    last: Option<u64>,
    dropped: u64,
}

pub(super) async fn run(scene: Scene) {
    let arrivals = Arc::new(Mutex::new(Arrivals::default()));
    let reader = scene.place.calm_client("reads what is confirmed").await;
    let subscriber = reader.subscribe(SUBJECT).await.expect("the subject is good");
    reader
        .flush_with_timeout(CONFIRM_WITHIN)
        .await
        .expect("the calm server knows the subscription");
    let reading = tokio::spawn(read(subscriber, scene.clone(), Arc::clone(&arrivals)));
    let publisher = scene.place.shaken_client("publishes what is confirmed").await;
    let mut batch = 0;
    while scene.goes_on() {
        let is_confirmed = publish(&publisher, batch).await;
        scene.ledger.count(
            if is_confirmed {
                "batches confirmed"
            } else {
                "batches not confirmed"
            },
            1,
        );
        if is_confirmed {
            settle(&scene, &arrivals, batch).await;
        }
        batch += 1;
        tokio::time::sleep(PAUSE).await;
    }
    // The end of its connection ends the reading.
    let _ = reader.drain().await;
    let _ = reading.await;
    let dropped = arrivals.lock().unwrap_or_else(PoisonError::into_inner).dropped;
    let was_fast = || format!("{dropped} messages were dropped: this run shows nothing");
    scene
        .ledger
        .promise("the subscriber of confirmed messages was never slow")
        .kept_if(dropped == 0, was_fast);
}

/// Publishes a batch; whether the server confirmed it.
async fn publish(client: &async_nats::Client, batch: u64) -> bool {
    for number in batch * BATCH..(batch + 1) * BATCH {
        let payload = number.to_string().into();
        let published = match number % 3 {
            0 => client.publish_with_headers(SUBJECT, headers(number), payload).await,
            _ => client.publish(SUBJECT, payload).await,
        };
        published.expect("the client is open and the subject is good");
    }
    client.flush_with_timeout(CONFIRM_WITHIN).await.is_ok()
}

/// A batch was confirmed: all of it has arrived, or does soon.
async fn settle(scene: &Scene, arrivals: &Mutex<Arrivals>, batch: u64) {
    let deadline = Instant::now() + ARRIVE_WITHIN;
    loop {
        let came = arrivals.lock().unwrap_or_else(PoisonError::into_inner).came(batch);
        if came == BATCH || Instant::now() >= deadline {
            let told = || format!("{came} of {BATCH} messages of batch {batch} came");
            return scene.ledger.promise(ARRIVES).kept_if(came == BATCH, told);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn read(mut subscriber: Subscriber, scene: Scene, arrivals: Arc<Mutex<Arrivals>>) {
    let order = scene.ledger.promise(ORDER);
    while let Some(message) = subscriber.next().await {
        let mut arrivals = arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        match number(&message) {
            Some(number) if arrivals.last.is_none_or(|last| number > last) => {
                arrivals.note(number);
                order.kept(1);
            }
            number => order.broken(format!("{number:?} after {:?}", arrivals.last)),
        }
        arrivals.dropped = subscriber.dropped();
    }
}

impl Arrivals {
    fn note(&mut self, number: u64) {
        self.last = Some(number);
        let batch = number / BATCH;
        match self.batches.back_mut() {
            Some((last, came)) if *last == batch => *came += 1,
            _ => self.batches.push_back((batch, 1)),
        }
    }

    /// How many messages of a batch came; those before it are settled.
    fn came(&mut self, batch: u64) -> u64 {
        while self.batches.front().is_some_and(|(first, _)| *first < batch) {
            self.batches.pop_front();
        }
        let front = self.batches.front().filter(|(first, _)| *first == batch);
        front.map_or(0, |(_, came)| *came)
    }
}
