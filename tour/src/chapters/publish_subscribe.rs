//! Subjects with wildcards, and order.

use futures_util::StreamExt;

use crate::guide::{within, Outcome};
use crate::Tour;

const MESSAGES: usize = 1000;

pub(super) async fn run(tour: &mut Tour) -> Outcome {
    let client = tour.place.client("publish and subscribe").await?;
    let everything = tour.place.subject("shop.>");
    let orders = tour.place.subject("shop.orders.*");
    tour.guide
        .says("Two subscriptions: `shop.orders.*` for new orders, and `shop.>` for all that goes on in the shop.");
    let mut all = client.subscribe(everything).await?;
    let mut new_orders = client.subscribe(orders).await?;

    tour.guide
        .says(format!("{MESSAGES} orders are published, and one letter to the shop."));
    let subject = tour.place.subject("shop.orders.new");
    for number in 0..MESSAGES {
        client.publish(subject.clone(), number.to_string().into()).await?;
    }
    client
        .publish(tour.place.subject("shop.letters"), "when do you close?".into())
        .await?;
    client.flush().await?;

    let (mut came, mut in_order) = (0, true);
    while came < MESSAGES {
        let Some(order) = within("an order", new_orders.next()).await? else {
            break;
        };
        in_order &= order.payload == came.to_string().as_bytes() && order.subject.as_str() == subject;
        came += 1;
    }
    tour.guide.counted(came, MESSAGES, "orders came to `shop.orders.*`")?;
    tour.guide
        .check(in_order, "they came in the order in which they were published")?;

    let (mut heard, mut letters) = (0, 0);
    while heard < MESSAGES + 1 {
        let Some(message) = within("a message", all.next()).await? else {
            break;
        };
        heard += 1;
        letters += usize::from(message.subject.ends_with("letters"));
    }
    tour.guide
        .counted(heard, MESSAGES + 1, "messages came to `shop.>`, the letter among them")?;
    tour.guide.counted(letters, 1, "letters came")
}
