//! The guide: speaks, counts what was checked, and knows how long anything may take.

use std::fmt;
use std::future::Future;
use std::io::IsTerminal;
use std::time::Duration;

/// Nothing on the tour takes longer than this on a machine that is not starved; what does has failed.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why the tour ended early: a sentence.
///
/// It is made of any error, so it is not one itself.
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// The same, with the chapter in which it happened.
    pub(crate) fn in_chapter(self, name: &str) -> Self {
        Self(format!("in the chapter `{name}`: {}", self.0))
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a chapter ends.
pub(crate) type Outcome = Result<(), Failure>;

/// The last words of a tour that ends early.
pub(crate) fn failed(failure: &Failure) -> String {
    format!(
        "{} {failure}",
        paint("31;1", "This does not hold,", std::io::stderr().is_terminal())
    )
}

/// Waits for something, but not for ever.
pub(crate) async fn within<F: Future>(what: &str, future: F) -> Result<F::Output, Failure> {
    let waited = tokio::time::timeout(PATIENCE, future).await;
    waited.map_err(|_| Failure(format!("waited {} s for {what}, in vain", PATIENCE.as_secs())))
}

/// Speaks and checks.
pub(crate) struct Guide {
    coloured: bool,
    chapters: usize,
    checks: usize,
}

impl Guide {
    pub(crate) fn new() -> Self {
        let coloured = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self {
            coloured,
            chapters: 0,
            checks: 0,
        }
    }

    /// Says where the tour takes place.
    pub(crate) fn greet(&self, place: &str) {
        println!("{}", self.paint("1", "A tour through the NATS client"));
        println!("{place}");
    }

    /// Begins a chapter.
    pub(crate) fn chapter(&mut self, title: &str) {
        self.chapters += 1;
        println!("\n{}", self.paint("1;36", &format!("{}. {title}", self.chapters)));
    }

    /// Says what is going on.
    pub(crate) fn says(&self, sentence: impl fmt::Display) {
        println!("   {sentence}");
    }

    /// Checks what was promised: the sentence says what holds, and in `Err` what does not.
    pub(crate) fn check(&mut self, holds: bool, sentence: impl fmt::Display) -> Outcome {
        self.checks += 1;
        if holds {
            println!("   {} {sentence}", self.paint("32", "✓"));
            Ok(())
        } else {
            println!("   {} {sentence}", self.paint("31", "✗"));
            Err(Failure(format!("that {sentence}")))
        }
    }

    /// Checks a count.
    pub(crate) fn counted(&mut self, found: usize, expected: usize, what: &str) -> Outcome {
        self.check(found == expected, format!("{found} of {expected} {what}"))
    }

    /// Says that a chapter is left out.
    pub(crate) fn lacks_jetstream(&self) -> Outcome {
        self.says("JetStream is not enabled on this server: the chapter is left out.");
        Ok(())
    }

    /// Says how it all went.
    pub(crate) fn farewell(&self, time: Duration) {
        let chapters = if self.chapters == 1 {
            "one chapter".to_owned()
        } else {
            format!("{} chapters", self.chapters)
        };
        let sum = format!(
            "All of it holds: {chapters}, {} checks, {:.1} s.",
            self.checks,
            time.as_secs_f64()
        );
        println!("\n{}", self.paint("1;32", &sum));
    }

    fn paint(&self, code: &str, text: &str) -> String {
        paint(code, text, self.coloured)
    }
}

fn paint(code: &str, text: &str, coloured: bool) -> String {
    if coloured {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_is_wrong_ends_the_tour_with_a_sentence() {
        let mut guide = Guide::new();
        assert!(guide.counted(3, 3, "messages").is_ok());
        let failure = guide.counted(2, 3, "messages came").expect_err("two are not three");
        assert_eq!(
            failure.in_chapter("headers").to_string(),
            "in the chapter `headers`: that 2 of 3 messages came"
        );
        assert_eq!(guide.checks, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_waited_for_for_ever() {
        let failure = within("a sign", std::future::pending::<()>())
            .await
            .expect_err("it never comes");
        assert_eq!(failure.to_string(), "waited 15 s for a sign, in vain");
    }
}
