//! `test`: everything that CI runs, in an order that fails early.
//!
//! Each step is a function in [`steps`] and a line in its table. A step prints what its tools print; after it comes one
//! line with its result and time, and at the end a table of all. It stops at the first step that fails, unless it was told
//! to keep going; the exit status tells whether all held.

mod concurrency;
mod crates;
mod features;
mod fuzz;
mod interface;
mod licenses;
mod steps;
mod supply;
mod text;

use std::time::{Duration, Instant};

use crate::project::Project;
use crate::terminal::{bold, duration, green, red, yellow};
use crate::{nats_server, Outcome};
use steps::{Context, Step, STEPS};

/// What a step that held has to say.
enum Note {
    /// Nothing beside the fact.
    Fine,
    /// A number or a version worth a place in the table.
    With(String),
    /// It held, but something is not as it is meant to be in the end.
    Warning(String),
}

/// One line of the table at the end.
struct Line {
    name: &'static str,
    time: Duration,
    result: Result<Note, String>,
}

impl Line {
    fn print(&self, width: usize) {
        let (mark, text) = match &self.result {
            Ok(Note::Fine) => (green("ok  "), String::new()),
            Ok(Note::With(text)) => (green("ok  "), text.clone()),
            Ok(Note::Warning(text)) => (yellow("note"), text.clone()),
            Err(text) => (red("FAIL"), text.clone()),
        };
        let time = duration(self.time);
        println!("{mark}  {:width$}  {time:>12}  {text}", self.name);
    }
}

/// What was asked for on the command line.
struct Request {
    keep_going: bool,
    list: bool,
    only: Vec<String>,
}

pub(crate) fn run(project: &Project, arguments: &[String]) -> Outcome {
    let request = parse(arguments)?;
    if request.list {
        for step in STEPS {
            println!("{:12} {}", step.name, step.about);
        }
        return Ok(());
    }
    let chosen = choose(&request.only)?;
    let needed = chosen.iter().any(|step| step.needs_server);
    let server = needed.then(|| nats_server::find(project)).transpose()?;
    if let Some(server) = &server {
        println!("nats-server {} is at {}", server.version, server.path.display());
    }
    let context = Context { project, server };
    let begin = Instant::now();
    let lines = run_steps(&context, &chosen, request.keep_going);
    summary(&lines, chosen.len(), begin.elapsed())
}

fn parse(arguments: &[String]) -> Result<Request, String> {
    let mut request = Request {
        keep_going: false,
        list: false,
        only: Vec::new(),
    };
    for argument in arguments {
        match argument.as_str() {
            "--keep-going" => request.keep_going = true,
            "--list" => request.list = true,
            option if option.starts_with('-') => {
                return Err(format!(
                    "`test` has no option {option}; there are --keep-going and --list."
                ));
            }
            name => request.only.push(name.to_owned()),
        }
    }
    Ok(request)
}

/// The steps with the given names, in the order of the table; all when none is named.
fn choose(names: &[String]) -> Result<Vec<&'static Step>, String> {
    if let Some(unknown) = names
        .iter()
        .find(|name| !STEPS.iter().any(|step| step.name == name.as_str()))
    {
        return Err(format!(
            "There is no step `{unknown}`; `cargo xtask test --list` lists them."
        ));
    }
    Ok(STEPS
        .iter()
        .filter(|step| names.is_empty() || names.iter().any(|name| name == step.name))
        .collect())
}

fn run_steps(context: &Context<'_>, chosen: &[&'static Step], keep_going: bool) -> Vec<Line> {
    let width = width();
    let mut lines = Vec::new();
    for step in chosen {
        println!("\n{}", bold(&format!("== {}: {}", step.name, step.about)));
        let begin = Instant::now();
        let line = Line {
            name: step.name,
            result: (step.run)(context),
            time: begin.elapsed(),
        };
        line.print(width);
        let failed = line.result.is_err();
        lines.push(line);
        if failed && !keep_going {
            break;
        }
    }
    lines
}

fn width() -> usize {
    STEPS.iter().map(|step| step.name.len()).max().unwrap_or_default()
}

fn summary(lines: &[Line], chosen: usize, time: Duration) -> Outcome {
    println!("\n{}", bold("== summary"));
    for line in lines {
        line.print(width());
    }
    let failed = lines.iter().filter(|line| line.result.is_err()).count();
    let held = lines.len() - failed;
    println!("{held} of {chosen} steps held, in {}", duration(time));
    match failed {
        0 => Ok(()),
        1 if lines.len() < chosen => {
            Err("one step failed, and those after it were not run (--keep-going runs them).".into())
        }
        1 => Err("one step failed.".into()),
        more => Err(format!("{more} steps failed.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn steps_run_in_the_order_of_the_table_whatever_the_order_asked_for() {
        let chosen = choose(&owned(&["tests", "format"])).expect("both are steps");
        assert_eq!(
            chosen.iter().map(|step| step.name).collect::<Vec<_>>(),
            ["format", "tests"]
        );
    }

    #[test]
    fn all_steps_run_when_none_is_named() {
        assert_eq!(choose(&[]).expect("nothing was named wrongly").len(), STEPS.len());
    }

    #[test]
    fn unknown_steps_and_options_are_refused() {
        assert!(choose(&owned(&["formatt"])).is_err());
        assert!(parse(&owned(&["--keep-goin"])).is_err());
        assert!(parse(&owned(&["--keep-going", "tests"])).is_ok_and(|request| request.keep_going));
    }

    #[test]
    fn names_of_steps_are_unique() {
        for (at, step) in STEPS.iter().enumerate() {
            assert!(
                STEPS[..at].iter().all(|earlier| earlier.name != step.name),
                "{} is there twice",
                step.name
            );
        }
    }
}
