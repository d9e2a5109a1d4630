//! Requests and replies over connections and servers that go away: each request ends by its deadline, and an answer is the
//! one to its question.

use std::time::{Duration, Instant};

use super::{headers, number, Running, Scene};
use async_nats::RequestErrorKind;
use futures_util::StreamExt;

const SUBJECT: &str = "soak.question";

const RESPONDERS: usize = 2;
const CALLERS: usize = 8;

/// Time-out of a request.
const TIMEOUT: Duration = Duration::from_secs(3);

/// What a busy machine may add to it.
const GRACE: Duration = Duration::from_secs(10);

/// Of so many requests, one is given up by its caller.
const GIVEN_UP: u64 = 16;

/// From one request of a caller to its next.
const PAUSE: Duration = Duration::from_millis(2);

pub(super) fn start(scene: &Scene, running: &mut Running) {
    for _ in 0..RESPONDERS {
        running.spawn("responders", respond(scene.clone()));
    }
    for caller in 0..CALLERS {
        running.spawn("callers", ask(scene.clone(), caller as u64));
    }
}

/// Answers every question with itself, until the end.
async fn respond(scene: Scene) {
    let client = scene.place.any_client("answers").await;
    let subscribed = client.queue_subscribe(SUBJECT, "responders".to_owned()).await;
    let mut questions = subscribed.expect("the subject is good");
    loop {
        let question = tokio::select! {
            question = questions.next() => question.expect("the client is open"),
            () = scene.stop() => return,
        };
        let (Some(reply), Some(number)) = (question.reply.clone(), number(&question)) else {
            scene
                .ledger
                .promise("questions come as they were asked")
                .broken(format!("{question:?}"));
            continue;
        };
        scene.ledger.promise("questions come as they were asked").kept(1);
        let sent = client
            .publish_with_headers(reply, headers(number), question.payload)
            .await;
        sent.expect("the client is open, and reply subjects are good");
    }
}

/// Asks until the end.
async fn ask(scene: Scene, caller: u64) {
    let client = scene.place.any_client("asks").await;
    let ends = scene.ledger.promise("requests end by their deadline");
    let mut question = caller;
    while scene.goes_on() {
        question += CALLERS as u64;
        let request = async_nats::Request::new()
            .payload(question.to_string().into())
            .timeout(Some(TIMEOUT));
        let asked = Instant::now();
        let answer = client.send_request(SUBJECT, request);
        if (question / CALLERS as u64).is_multiple_of(GIVEN_UP) {
            // Given up at some moment; whatever comes of it is nobody's.
            let _ = tokio::time::timeout(Duration::from_micros(question % 1000), answer).await;
            scene.ledger.count("requests given up", 1);
            continue;
        }
        let answer = tokio::time::timeout(TIMEOUT + GRACE, answer).await;
        ends.kept_if(answer.is_ok(), || {
            format!("{question} took more than {:?}", asked.elapsed())
        });
        tell(&scene, question, answer);
        tokio::time::sleep(PAUSE).await;
    }
}

type Answer = Result<Result<async_nats::Message, async_nats::RequestError>, tokio::time::error::Elapsed>;

fn tell(scene: &Scene, question: u64, answer: Answer) {
    let name = match answer {
        Ok(Ok(answer)) => {
            let got = number(&answer);
            let is_own = got == Some(question);
            scene
                .ledger
                .promise("an answer is the one to its question")
                .kept_if(is_own, || format!("{question} was answered with {got:?}"));
            "requests answered"
        }
        Ok(Err(error)) => match error.kind() {
            RequestErrorKind::TimedOut => "requests that timed out",
            RequestErrorKind::NoResponders => "requests without responders",
            _ => {
                let told = format!("{question}: {error}");
                scene
                    .ledger
                    .promise("requests end in an answer, a time-out or for want of responders")
                    .broken(told);
                return;
            }
        },
        Err(_) => return,
    };
    scene
        .ledger
        .promise("requests end in an answer, a time-out or for want of responders")
        .kept(1);
    scene.ledger.count(name, 1);
}
