//! A service that answers, nobody who answers, and somebody who is too slow.

use std::time::{Duration, Instant};

use async_nats::{Client, Request, RequestErrorKind};
use futures_util::future::join_all;
use futures_util::StreamExt;

use crate::guide::{within, Failure, Outcome};
use crate::place::settled;
use crate::Tour;

const QUESTIONS: usize = 500;

/// How long the slow one is waited for.
const SHORT: Duration = Duration::from_millis(200);

pub(super) async fn run(tour: &mut Tour) -> Outcome {
    let client = tour.place.client("request and reply").await?;
    answered(tour, &client).await?;
    nobody_there(tour, &client).await?;
    too_slow(tour, &client).await
}

async fn answered(tour: &mut Tour, client: &Client) -> Outcome {
    let service = tour.place.client("a service").await?;
    let mut questions = service.subscribe(tour.place.subject("double")).await?;
    settled(&service).await?;
    tour.guide.says("A service on another connection doubles numbers.");
    tokio::spawn(async move {
        while let Some(question) = questions.next().await {
            let number = std::str::from_utf8(&question.payload)
                .ok()
                .and_then(|text| text.parse::<usize>().ok());
            let answer = number.map_or_else(|| "not a number".to_owned(), |number| (2 * number).to_string());
            if let Some(reply) = question.reply {
                // A service that cannot answer any more has no one to tell.
                let _ = service.publish(reply, answer.into()).await;
            }
        }
    });

    let subject = tour.place.subject("double");
    let reply = within("a reply", client.request(subject.clone(), "21".into())).await??;
    tour.guide
        .check(reply.payload == "42", "twice 21 is 42, says the service")?;

    tour.guide.says(format!("{QUESTIONS} questions are asked at once."));
    let ask = |number: usize| client.request(subject.clone(), number.to_string().into());
    let replies = within("all replies", join_all((0..QUESTIONS).map(ask))).await?;
    let is_right = |(number, reply): &(usize, Result<async_nats::Message, async_nats::RequestError>)| {
        reply
            .as_ref()
            .is_ok_and(|reply| reply.payload == (2 * number).to_string().as_bytes())
    };
    let right = replies.into_iter().enumerate().filter(is_right).count();
    tour.guide.counted(
        right,
        QUESTIONS,
        "were answered, each with the answer to its own question",
    )
}

async fn nobody_there(tour: &mut Tour, client: &Client) -> Outcome {
    tour.guide
        .says("A question to a subject that nobody listens to does not wait for its time to run out.");
    let asked = Instant::now();
    let outcome = within(
        "an answer",
        client.request(tour.place.subject("nobody"), "hello?".into()),
    )
    .await?;
    let error = outcome
        .err()
        .ok_or_else(|| Failure::new("a question that nobody listens to was answered"))?;
    let time = asked.elapsed().as_secs_f64() * 1000.0;
    let sentence = format!("after {time:.1} ms the client says: {error}");
    tour.guide
        .check(error.kind() == RequestErrorKind::NoResponders, sentence)
}

async fn too_slow(tour: &mut Tour, client: &Client) -> Outcome {
    let subject = tour.place.subject("slow");
    let _never_answers = client.subscribe(subject.clone()).await?;
    tour.guide.says(format!(
        "Another one listens, and never answers. We give it {} ms.",
        SHORT.as_millis()
    ));
    let request = Request::new().payload("are you asleep?".into()).timeout(Some(SHORT));
    let asked = Instant::now();
    let outcome = within("the request to end", client.send_request(subject, request)).await?;
    let waited = asked.elapsed();
    let error = outcome
        .err()
        .ok_or_else(|| Failure::new("a question that nobody answers was answered"))?;
    let sentence = format!("after {} ms the client says: {error}", waited.as_millis());
    tour.guide
        .check(error.kind() == RequestErrorKind::TimedOut && waited >= SHORT, sentence)
}
