//! How long to wait before what failed is tried again.

use std::time::Duration;

/// The first wait.
const FIRST: Duration = Duration::from_millis(100);

/// The longest wait: a server that comes back is found within it.
const LONGEST: Duration = Duration::from_secs(5);

/// The wait after `failures` in a row, the first counted as 1: it doubles each time.
pub(crate) fn after(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(10);
    (FIRST * (1 << doublings)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_a_limit() {
        let waits: Vec<u128> = (0..9).map(|failures| after(failures).as_millis()).collect();
        assert_eq!(waits, [100, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(after(u32::MAX), LONGEST);
    }
}
