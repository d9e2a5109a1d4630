//! A soak: mixed traffic of many clients for minutes or hours, against a cluster of three real servers behind a network
//! that goes wrong, with servers that are restarted now and then. At the end it says what was promised and what was kept.
//!
//! * [`place`] has the servers and the network, and makes clients;
//! * [`disturb`] lets things go wrong;
//! * [`traffic`] has what clients do, a kind of traffic a file;
//! * [`ledger`] keeps the books on promises;
//! * [`watch`] looks at memory, file descriptors and tasks.
//!
//! Exit status: 0 when all was kept, 1 when not, 2 when the arguments were not understood.

mod disturb;
mod ledger;
mod place;
mod traffic;
mod watch;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ledger::Ledger;
use place::Place;
use watch::Watch;

/// Time for all traffic to come to its end: the longest wait of a client, a drain of 30 s, and a busy machine.
const END_WITHIN: Duration = Duration::from_secs(120);

const USAGE: &str = "cargo xtask soak [--minutes N] [--seed N]";

/// What was asked for on the command line.
struct Request {
    length: Duration,
    seed: u64,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let request = match parse(&arguments) {
        Ok(request) => request,
        Err(why) => {
            eprintln!("{why}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("the system has threads and sockets to give");
    match runtime.block_on(run(&request)) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn parse(arguments: &[String]) -> Result<Request, String> {
    let mut request = Request {
        length: Duration::from_secs(180),
        seed: 1,
    };
    let mut words = arguments.iter();
    while let Some(option) = words.next() {
        let value = words.next().ok_or_else(|| format!("{option} needs a number"))?;
        let bad = || format!("{option} needs a number, and {value:?} is none");
        match option.as_str() {
            "--minutes" => {
                let minutes: f64 = value.parse().map_err(|_| bad())?;
                request.length = Duration::try_from_secs_f64(minutes * 60.0).map_err(|_| bad())?;
            }
            "--seed" => request.seed = value.parse().map_err(|_| bad())?,
            other => return Err(format!("there is no option {other}")),
        }
    }
    Ok(request)
}

/// Runs it all. Returns whether everything was kept.
async fn run(request: &Request) -> bool {
    let ledger = Arc::new(Ledger::default());
    let place = Arc::new(tokio::task::block_in_place(|| Place::start(request.seed, &ledger)));
    println!(
        "three servers, {:.1} minutes, seed {}; the first server is never restarted",
        request.length.as_secs_f64() / 60.0,
        request.seed
    );
    let mut watch = Watch::start();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let end = Instant::now() + request.length;
    let mut running = traffic::start(&place, &ledger, &stopped);
    running.spawn(
        "disturbances",
        disturb::run(Arc::clone(&place), Arc::clone(&ledger), stopped.clone(), request.seed),
    );
    while Instant::now() < end {
        tokio::time::sleep(Duration::from_secs(1).min(end - Instant::now().min(end))).await;
        watch.look();
        if watch.is_time_to_tell() {
            println!("{}", watch.now());
        }
    }
    // Nobody is left who does not listen; if so, that is told below.
    let _ = stop.send(true);
    println!("the traffic ends");
    let going_on = running.end_within(END_WITHIN).await;
    let ends = ledger.promise("all traffic comes to its end when it is asked to");
    ends.kept_if(going_on.is_empty(), || {
        format!("these did not: {}", going_on.join(", "))
    });
    watch.settle(&ledger).await;
    drop(place);
    ledger.print();
    ledger.is_kept()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_understood_or_refused() {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let request = parse(&owned(&["--minutes", "0.5", "--seed", "7"])).expect("they are fine");
        assert_eq!((request.length, request.seed), (Duration::from_secs(30), 7));
        for words in [
            &["--minutes"][..],
            &["--minutes", "x"],
            &["--minutes", "-1"],
            &["--hours", "1"],
        ] {
            assert!(parse(&owned(words)).is_err(), "{words:?}");
        }
    }
}
