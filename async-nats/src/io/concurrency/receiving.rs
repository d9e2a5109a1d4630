//! The queue between the reader of a connection and a subscriber.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;

use bytes::BytesMut;
use futures_core::Stream;
use shuttle::future::block_on;
use shuttle::thread;

use super::network::receive;
use super::{below, check, core};
use crate::client::Client;
use crate::io::core::Core;
use crate::io::inbound::Inbound;
use crate::Subscriber;

const MESSAGES: usize = 5;
const ROOM: usize = 2;

fn subscribe(core: &Arc<Core>) -> Subscriber {
    block_on(Client::new(core).subscribe("a")).expect("the client is open")
}

/// The reader of a connection: some reads, each with some messages, numbered; then the end of the client.
fn read(core: &Arc<Core>) {
    let mut inbound = Inbound::new(core, BytesMut::new(), 1024);
    let mut number = 0;
    while number < MESSAGES {
        let mut bytes = String::new();
        for _ in 0..=below(MESSAGES - number) {
            bytes += &format!("MSG a 1 1\r\n{number}\r\n");
            number += 1;
        }
        receive(&mut inbound, bytes.as_bytes());
    }
    let mut wake = Vec::new();
    core.subscriptions.lock().close(&mut wake);
    wake.into_iter().for_each(Waker::wake);
}

async fn next(subscriber: &mut Subscriber) -> Option<usize> {
    let message = poll_fn(|cx| Pin::new(&mut *subscriber).poll_next(cx)).await?;
    let text = String::from_utf8_lossy(&message.payload).into_owned();
    Some(text.parse().expect("payloads are numbers"))
}

/// What would be found: a wake that is missed (in `Slot::deliver` the waker taken under another lock than the messages are
/// pushed), more messages kept than there is room for, an end that overtakes messages.
#[test]
fn a_subscriber_gets_what_there_is_room_for_in_order_and_the_rest_is_counted() {
    check(|| {
        let core = core(1, 1_000, ROOM);
        let mut subscriber = subscribe(&core);
        let reader = {
            let core = Arc::clone(&core);
            thread::spawn(move || read(&core))
        };
        let received = block_on(async {
            let mut received = Vec::new();
            while let Some(number) = next(&mut subscriber).await {
                assert!(
                    received.last().is_none_or(|last| *last < number),
                    "{received:?}, then {number}"
                );
                assert!(subscriber.pending_messages() <= ROOM as u64);
                received.push(number);
            }
            received
        });
        reader.join().expect("the reader does not fail");
        assert!(received.len() >= ROOM, "for so many there was room");
        assert_eq!(received.len() as u64 + subscriber.dropped(), MESSAGES as u64);
        assert_eq!((subscriber.pending_messages(), subscriber.pending_bytes()), (0, 0));
    });
}

/// A subscriber may go at any moment of a delivery. What would be found: locks taken in another order.
#[test]
fn a_subscriber_that_goes_while_messages_come_stops_nobody() {
    check(|| {
        let core = core(1, 1_000, ROOM);
        let mut subscriber = subscribe(&core);
        let reader = {
            let core = Arc::clone(&core);
            thread::spawn(move || read(&core))
        };
        block_on(next(&mut subscriber));
        drop(subscriber);
        reader.join().expect("the reader does not fail");
    });
}
