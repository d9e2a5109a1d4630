//! Runs seeds: `cargo xtask sim --seeds N [--from S] [--trace]`.

use std::process::ExitCode;
use std::time::Instant;

use sim::sweep::{sweep, Sweep};
use sim::{run, Settings, DEFECTS};

/// Lines of a trace that are shown of a seed that failed, unless all are asked for.
const LAST_LINES: usize = 60;

/// Seeds that failed whose traces are shown; of more, only what failed.
const SHOWN: usize = 3;

/// Seeds that fail before the rest is left alone.
const MAX_FAILURES: usize = 5;

const HELP: &str = "\
usage: cargo xtask sim [OPTION…]

  --seeds N        how many seeds to run (1000)
  --from S         the first of them (0)
  --twice          run each seed twice, and compare the two runs
  --trace          show the whole trace of each seed
  --threads N      how many seeds to run at once (one on each core)
  --failures N     after so many failures the rest is left alone (5)
  --defect NAME    with a fault made on purpose; `list` shows them";

struct Request {
    sweep: Sweep,
    is_traced: bool,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let request = match parse(&arguments) {
        Ok(Some(request)) => request,
        Ok(None) => return ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    if request.is_traced {
        return trace(&request.sweep);
    }
    let begin = Instant::now();
    let every = (request.sweep.seeds / 20).max(1000);
    let summary = sweep(&request.sweep, |done| {
        if done % every == 0 {
            eprintln!(
                "{done} seeds, {:.0} a second",
                done as f64 / begin.elapsed().as_secs_f64()
            );
        }
    });
    for (number, failure) in summary.failures.iter().enumerate() {
        println!("\nseed {}: {}", failure.seed, failure.why);
        println!(
            "to see all of it: cargo xtask sim --from {} --seeds 1 --trace",
            failure.seed
        );
        if number >= SHOWN {
            continue;
        }
        let settings = Settings {
            traced: true,
            ..request.sweep.settings
        };
        let lines = run(failure.seed, settings).trace;
        for line in &lines[lines.len().saturating_sub(LAST_LINES)..] {
            println!("{line}");
        }
        println!(
            "to see all of it: cargo xtask sim --from {} --seeds 1 --trace",
            failure.seed
        );
    }
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "{} seeds from {}, {} messages, {} connections, {} failures, in {seconds:.1} s: {:.0} seeds a second",
        summary.seeds,
        request.sweep.from,
        summary.messages,
        summary.links,
        summary.failures.len(),
        summary.seeds as f64 / seconds
    );
    match summary.failures.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn trace(sweep: &Sweep) -> ExitCode {
    let mut is_good = true;
    for seed in sweep.from..sweep.from.saturating_add(sweep.seeds) {
        let report = run(
            seed,
            Settings {
                traced: true,
                ..sweep.settings
            },
        );
        for line in &report.trace {
            println!("{line}");
        }
        println!("seed {seed}: digest {:016x}, {:?}", report.digest, report.violation);
        is_good &= report.violation.is_none();
    }
    match is_good {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn parse(arguments: &[String]) -> Result<Option<Request>, String> {
    let mut request = Request {
        sweep: Sweep {
            from: 0,
            seeds: 1000,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            twice: false,
            settings: Settings::default(),
            failures: MAX_FAILURES,
        },
        is_traced: false,
    };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--seeds" => request.sweep.seeds = number(value()?)?,
            "--from" => request.sweep.from = number(value()?)?,
            "--threads" => request.sweep.threads = number(value()?)? as usize,
            "--failures" => request.sweep.failures = number(value()?)? as usize,
            "--twice" => request.sweep.twice = true,
            "--trace" => request.is_traced = true,
            "--defect" => {
                let name = value()?;
                if name == "list" {
                    for (defect, invariant, about) in DEFECTS {
                        println!("{:24} {invariant:9} {about}", format!("{defect:?}"));
                    }
                    return Ok(None);
                }
                let known = DEFECTS.iter().find(|(defect, ..)| format!("{defect:?}") == *name);
                let (defect, ..) = known.ok_or_else(|| format!("there is no defect {name}; `list` shows them"))?;
                request.sweep.settings.defect = Some(*defect);
            }
            "--help" | "-h" => {
                println!("{HELP}");
                return Ok(None);
            }
            other => return Err(format!("there is no option {other}")),
        }
    }
    Ok(Some(request))
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text} is no number"))
}
