//! A queue group: each message goes to one member.

use futures_util::StreamExt;

use crate::guide::{within, Outcome};
use crate::place::settled;
use crate::Tour;

const MEMBERS: usize = 3;
const JOBS: usize = 3000;

pub(super) async fn run(tour: &mut Tour) -> Outcome {
    let subject = tour.place.subject("jobs");
    tour.guide.says(format!(
        "{MEMBERS} workers, each with a connection of its own, join the group `workers`."
    ));
    // What a worker did: its number, and the job's.
    let (done, mut results) = tokio::sync::mpsc::unbounded_channel();
    for worker in 0..MEMBERS {
        let client = tour.place.client(&format!("worker {worker}")).await?;
        let mut jobs = client.queue_subscribe(subject.clone(), "workers".to_owned()).await?;
        settled(&client).await?;
        let done = done.clone();
        tokio::spawn(async move {
            while let Some(job) = jobs.next().await {
                let number = std::str::from_utf8(&job.payload)
                    .ok()
                    .and_then(|text| text.parse::<usize>().ok());
                if done.send((worker, number)).is_err() {
                    break;
                }
            }
            drop(client);
        });
    }

    tour.guide.says(format!("{JOBS} jobs are published."));
    let client = tour.place.client("jobs").await?;
    for job in 0..JOBS {
        client.publish(subject.clone(), job.to_string().into()).await?;
    }
    client.flush().await?;

    let mut times_done = vec![0; JOBS];
    let mut by_worker = [0; MEMBERS];
    for _ in 0..JOBS {
        let Some((worker, job)) = within("a job to be done", results.recv()).await? else {
            break;
        };
        by_worker[worker] += 1;
        if let Some(times) = job.and_then(|job| times_done.get_mut(job)) {
            *times += 1;
        }
    }
    let once = times_done.iter().filter(|times| **times == 1).count();
    tour.guide
        .counted(once, JOBS, "jobs were done, each by one worker, each once")?;
    let shares = by_worker.map(|share| share.to_string()).join(", ");
    tour.guide.check(
        by_worker.iter().all(|share| *share > 0),
        format!("every worker had its share: {shares}"),
    )
}
