//! Headers: several values, letters kept as they are, and values that are refused.

use async_nats::{HeaderMap, HeaderValue};
use futures_util::StreamExt;

use crate::guide::{within, Failure, Outcome};
use crate::Tour;

pub(super) async fn run(tour: &mut Tour) -> Outcome {
    let client = tour.place.client("headers").await?;
    let subject = tour.place.subject("parcels");
    let mut parcels = client.subscribe(subject.clone()).await?;

    let mut headers = HeaderMap::new();
    headers.insert("Weight", "2.5 kg");
    headers.append("Stamp", "Lisbon");
    headers.append("Stamp", "Paris");
    headers.append("Stamp", "Oslo");
    tour.guide
        .says("A parcel is sent, with its weight and three stamps on it.");
    client
        .publish_with_headers(subject.clone(), headers, "a book".into())
        .await?;
    client.publish(subject, "a letter".into()).await?;

    let parcel = within("the parcel", parcels.next())
        .await?
        .ok_or_else(|| Failure::new("the subscription ended"))?;
    let headers = parcel
        .headers
        .ok_or_else(|| Failure::new("the parcel came without headers"))?;
    let weight = headers.get("Weight").map(HeaderValue::as_str);
    tour.guide.check(weight == Some("2.5 kg"), "its weight is 2.5 kg")?;
    let stamps: Vec<&str> = headers.get_all("Stamp").map(HeaderValue::as_str).collect();
    let sentence = format!(
        "its stamps came in the order in which they were put on: {}",
        stamps.join(", ")
    );
    tour.guide.check(stamps == ["Lisbon", "Paris", "Oslo"], sentence)?;
    tour.guide.check(
        headers.get("weight").is_none(),
        "names are kept letter by letter: there is no `weight`",
    )?;
    tour.guide.check(parcel.payload == "a book", "inside is a book")?;

    let letter = within("the letter", parcels.next())
        .await?
        .ok_or_else(|| Failure::new("the subscription ended"))?;
    tour.guide
        .check(letter.headers.is_none(), "a letter without headers has none")?;

    let forged = "2.5 kg\r\nStamp: Rome".parse::<HeaderValue>();
    tour.guide.check(
        forged.is_err(),
        "a value with a line break, which would forge another header, is refused",
    )
}
