//! A service is discovered, called, and asked how it fares.

use std::num::NonZeroUsize;

use async_nats::service::error::Error;
use async_nats::service::{Discovery, ServiceExt, NATS_SERVICE_ERROR_CODE};
use async_nats::Message;
use bytes::Bytes;

use crate::guide::{within, Failure, Outcome};
use crate::Tour;

/// Requests that the service works on at a time.
const AT_ONCE: NonZeroUsize = NonZeroUsize::new(8).expect("not zero");

pub(super) async fn run(tour: &mut Tour) -> Outcome {
    let client = tour.place.client("a service").await?;
    let name = tour.place.name("squares");
    let service = client
        .service_builder()
        .description("squares numbers")
        .start(&name, "1.0.0")
        .await
        .map_err(sentence)?;
    let subject = tour.place.subject("square");
    let endpoint = service.endpoint(&subject).await.map_err(sentence)?;
    let serving = tokio::spawn(endpoint.serve(AT_ONCE, square));
    tour.guide.says("A service that squares numbers begins its work.");

    let caller = tour.place.client("calls the service").await?;
    let discovery = Discovery::new(caller.clone()).name(name);
    let found = within("services to be found", discovery.info())
        .await?
        .map_err(sentence)?;
    tour.guide.counted(found.len(), 1, "service of that name is found")?;
    let endpoint = found.iter().flat_map(|service| &service.endpoints).next();
    let endpoint = endpoint.ok_or_else(|| Failure::new("the service has no endpoint"))?;
    tour.guide
        .check(endpoint.subject == subject, "it says where it is to be asked")?;

    let answer = within("an answer", caller.request(endpoint.subject.clone(), "12".into())).await??;
    tour.guide.check(answer.payload == "144", "12 squared is 144")?;
    let answer = within("an answer", caller.request(endpoint.subject.clone(), "a dozen".into())).await??;
    let headers = answer.headers.unwrap_or_default();
    let code = headers.get(NATS_SERVICE_ERROR_CODE).map(|code| code.as_str());
    tour.guide.check(
        code == Some("400"),
        "a dozen is no number: the answer is an error, with code 400",
    )?;

    let stats = within("stats", discovery.stats()).await?.map_err(sentence)?;
    let counts = stats
        .iter()
        .flat_map(|stats| &stats.endpoints)
        .map(|endpoint| (endpoint.requests, endpoint.errors));
    tour.guide.check(
        counts.eq([(2, 1)]),
        "it has answered 2 requests, one of them with an error",
    )?;
    service.stop().await.map_err(sentence)?;
    within("the service to end", serving).await??;
    Ok(())
}

async fn square(message: Message) -> Result<Bytes, Error> {
    let text = String::from_utf8_lossy(&message.payload);
    match text.parse::<u32>() {
        Ok(number) => Ok((u64::from(number) * u64::from(number)).to_string().into()),
        Err(error) => Err(Error {
            code: 400,
            status: error.to_string(),
        }),
    }
}

fn sentence(error: async_nats::Error) -> Failure {
    Failure::new(error.to_string())
}
