//! Compares the client of this repository with the published one, and with a blocking socket that moves the same bytes.
//!
//! For each row of [`rows`] it starts a server in this process (or a real one), then runs one measured program after the
//! other, in turns, for several rounds, and prints a line of a Markdown table: rates, processor time an operation, and the
//! medians of the ratios of each round. One run on a shared machine says nothing; pairs that were measured right after
//! each other do.
//!
//! Progress goes to standard error, the table to standard output.

mod compare;
mod program;
mod raw;
mod real;
mod report;
mod rows;
mod server;
mod statistics;

use std::process::ExitCode;
use std::time::Duration;

use bench_common::Settings;

/// How long and how often.
struct Plan {
    rounds: usize,
    warmup: Duration,
    window: Duration,
    filters: Vec<String>,
    list: bool,
}

/// For a figure to rely on: about half a minute a row.
const FULL: (usize, Duration, Duration) = (7, Duration::from_millis(500), Duration::from_millis(1500));

/// For a first look: a few seconds a row.
const QUICK: (usize, Duration, Duration) = (3, Duration::from_millis(200), Duration::from_millis(400));

const HELP: &str = "bench [--quick] [--rounds N] [--seconds S] [--list] [FILTER…]

  --quick      a few seconds a row instead of half a minute
  --rounds N   how often each side runs
  --seconds S  length of the measured window
  --list       only the names of the rows
  FILTER       only rows whose name contains one of these texts, in any case";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1).peekable();
    let outcome = if words.next_if(|word| word == raw::COMMAND).is_some() {
        Settings::parse(words)
            .and_then(|settings| raw::run(&settings))
            .map(|measured| println!("{measured}"))
    } else {
        plan(words).and_then(|plan| bench(&plan))
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

fn plan(words: impl Iterator<Item = String>) -> Result<Plan, String> {
    let quick = |(rounds, warmup, window)| Plan {
        rounds,
        warmup,
        window,
        filters: Vec::new(),
        list: false,
    };
    let mut words = words.collect::<Vec<_>>();
    let before = words.len();
    words.retain(|word| word != "--quick");
    let mut plan = quick(if words.len() < before { QUICK } else { FULL });
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--list" => plan.list = true,
            "--rounds" => {
                let value = value()?;
                let rounds = value.parse().ok().filter(|rounds| *rounds > 0);
                plan.rounds = rounds.ok_or_else(|| format!("{value} is not a number of rounds"))?;
            }
            "--seconds" => {
                let value = value()?;
                let window = value
                    .parse()
                    .ok()
                    .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
                let window = window.filter(|window| !window.is_zero());
                plan.window = window.ok_or_else(|| format!("{value} is not a number of seconds"))?;
            }
            "--help" | "-h" => return Err(HELP.to_owned()),
            option if option.starts_with('-') => return Err(format!("there is no option {option}\n\n{HELP}")),
            filter => plan.filters.push(filter.to_lowercase()),
        }
    }
    Ok(plan)
}

fn bench(plan: &Plan) -> Result<(), String> {
    let is_chosen = |name: &str| {
        let name = name.to_lowercase();
        plan.filters.is_empty() || plan.filters.iter().any(|filter| name.contains(filter))
    };
    let rows: Vec<_> = rows::all().into_iter().filter(|row| is_chosen(&row.name)).collect();
    if rows.is_empty() {
        return Err("no row has such a name; --list shows them".to_owned());
    }
    if plan.list {
        rows.iter().for_each(|row| println!("{}", row.name));
        return Ok(());
    }
    println!("{}", report::heading(plan.rounds, plan.warmup, plan.window));
    let mut failures = Vec::new();
    for row in &rows {
        match compare::run(row, plan) {
            Ok(result) => {
                println!("{}", report::line(row, &result));
                failures.extend(
                    result
                        .failures
                        .into_iter()
                        .map(|failure| format!("{}: {failure}", row.name)),
                );
            }
            Err(failure) => failures.push(format!("{}: {failure}", row.name)),
        }
    }
    if failures.is_empty() {
        Ok(())
    } else {
        Err(format!("\n{}", failures.join("\n")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(line: &str) -> Result<Plan, String> {
        plan(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_and_filters_may_come_in_any_order() {
        let plan = planned("Publish --seconds 0.5 --quick TLS --rounds 2").expect("all of it is known");
        assert_eq!(
            (plan.rounds, plan.window, plan.warmup),
            (2, Duration::from_millis(500), QUICK.1)
        );
        assert_eq!(plan.filters, ["publish", "tls"]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in ["--rounds 0", "--rounds", "--seconds -1", "--seconds 0", "--quickly"] {
            assert!(planned(line).is_err(), "{line}");
        }
    }
}
