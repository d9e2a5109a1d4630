//! A tour through what the client does: `cargo xtask tour`.
//!
//! It starts a private server (or takes yours, with `--url`), goes from chapter to chapter, says in plain language what it
//! does, and checks what comes of it. When something does not hold, it says so in one sentence and ends with status 1.
//!
//! Each chapter is one file and one line in [`chapters::ALL`]. What they share is the [`guide`], who speaks and checks,
//! and the [`place`], where the server is.

mod chapters;
mod guide;
mod place;

use std::process::ExitCode;
use std::time::Instant;

use chapters::Chapter;
use guide::{Failure, Guide};
use place::Place;

/// What a chapter has at hand.
struct Tour {
    guide: Guide,
    place: Place,
}

const HELP: &str = "tour [--url URL] [--list] [CHAPTER…]

  --url URL   goes to this server instead of starting one; it is not restarted
  --list      only the names of the chapters
  CHAPTER     only these chapters";

/// What was asked for on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
struct Request {
    url: Option<String>,
    list: bool,
    help: bool,
    only: Vec<String>,
}

fn main() -> ExitCode {
    let request = match parse(std::env::args().skip(1)) {
        Ok(request) => request,
        Err(text) => {
            eprintln!("{text}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    if request.help {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    if request.list {
        chapters::ALL
            .iter()
            .for_each(|chapter| println!("{:10} {}", chapter.name, chapter.title));
        return ExitCode::SUCCESS;
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("The runtime does not start: {error}.");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(walk(request)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\n{}", guide::failed(&failure));
            ExitCode::FAILURE
        }
    }
}

fn parse(words: impl Iterator<Item = String>) -> Result<Request, String> {
    let mut request = Request::default();
    let mut words = words;
    while let Some(word) = words.next() {
        match word.as_str() {
            "--list" => request.list = true,
            "--help" | "-h" => request.help = true,
            "--url" => request.url = Some(words.next().ok_or("--url needs the address of a server")?),
            option if option.starts_with("--url=") => request.url = Some(option["--url=".len()..].to_owned()),
            option if option.starts_with('-') => return Err(format!("There is no option {option}.")),
            name if chapters::ALL.iter().any(|chapter| chapter.name == name) => request.only.push(word),
            name => return Err(format!("There is no chapter `{name}`; --list shows them.")),
        }
    }
    Ok(request)
}

async fn walk(request: Request) -> Result<(), Failure> {
    let begin = Instant::now();
    let place = match request.url {
        Some(url) => Place::of_the_user(url),
        None => Place::private()?,
    };
    let mut tour = Tour {
        guide: Guide::new(),
        place,
    };
    tour.guide.greet(&tour.place.described().await?);
    let is_chosen =
        |chapter: &&Chapter| request.only.is_empty() || request.only.iter().any(|name| name == chapter.name);
    for chapter in chapters::ALL.iter().filter(is_chosen) {
        tour.guide.chapter(chapter.title);
        (chapter.run)(&mut tour)
            .await
            .map_err(|failure| failure.in_chapter(chapter.name))?;
    }
    tour.guide.farewell(begin.elapsed());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Request, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn the_server_and_the_chapters_can_be_chosen() {
        let request = parsed("drain --url nats://localhost headers").expect("all of it is known");
        assert_eq!(request.url.as_deref(), Some("nats://localhost"));
        assert_eq!(request.only, ["drain", "headers"]);
        assert_eq!(
            parsed("--url=demo").map(|request| request.url),
            Ok(Some("demo".to_owned()))
        );
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for line in ["--url", "--urls=x", "drained"] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }

    #[test]
    fn every_chapter_has_a_name_of_its_own() {
        for (at, chapter) in chapters::ALL.iter().enumerate() {
            assert!(
                chapters::ALL[..at].iter().all(|earlier| earlier.name != chapter.name),
                "{} twice",
                chapter.name
            );
        }
    }
}
