//! What a measured program hands back to the driver.

use std::fmt;

/// The result of one run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    /// Operations in the window: messages, requests, connections, or the things that memory was measured for.
    pub operations: f64,
    /// Length of the window in seconds.
    pub seconds: f64,
    /// User and system time of the whole process in the window, in seconds.
    pub processor: f64,
    /// Bytes of live allocations that the operations left behind; 0 when memory was not measured.
    pub bytes: f64,
    /// Messages that came in and were not handed over, because the subscription was full.
    pub dropped: f64,
}

impl Measured {
    /// Operations a second.
    pub fn rate(&self) -> f64 {
        self.operations / self.seconds
    }

    /// Microseconds of processor time an operation.
    pub fn processor_each(&self) -> f64 {
        self.processor * 1e6 / self.operations
    }

    /// Bytes an operation left behind.
    pub fn bytes_each(&self) -> f64 {
        self.bytes / self.operations
    }

    /// Reads the line that [`Display`](fmt::Display) wrote.
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix(MARK)?.split_whitespace();
        let mut next = || words.next()?.parse().ok();
        Some(Self {
            operations: next()?,
            seconds: next()?,
            processor: next()?,
            bytes: next()?,
            dropped: next()?,
        })
    }
}

/// What the line begins with.
const MARK: &str = "measured:";

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operations,
            seconds,
            processor,
            bytes,
            dropped,
        } = self;
        write!(f, "{MARK} {operations} {seconds} {processor} {bytes} {dropped}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_is_written_can_be_read() {
        let measured = Measured {
            operations: 1e6,
            seconds: 0.5,
            processor: 0.25,
            bytes: 3.0,
            dropped: 2.0,
        };
        assert_eq!(Measured::parse(&measured.to_string()), Some(measured));
        assert_eq!(Measured::parse("something else"), None);
        assert_eq!(measured.rate(), 2e6);
        assert_eq!(measured.processor_each(), 0.25);
    }
}
