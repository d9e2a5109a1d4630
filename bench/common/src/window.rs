//! The measured window: wall clock and processor time from where it began.

use std::time::{Duration, Instant};

use crate::Measured;

/// A window that has begun.
pub struct Window {
    began: Instant,
    processor: Duration,
}

impl Window {
    /// Begins a window.
    pub fn begin() -> Self {
        let processor = processor_time();
        Self {
            began: Instant::now(),
            processor,
        }
    }

    /// Ends it, after so many operations.
    pub fn end(self, operations: u64) -> Measured {
        let seconds = self.began.elapsed().as_secs_f64();
        let processor = processor_time().saturating_sub(self.processor).as_secs_f64();
        Measured {
            operations: operations as f64,
            seconds,
            processor,
            ..Measured::default()
        }
    }
}

/// User and system time of all threads of this process, those that have ended too.
#[allow(unsafe_code)]
fn processor_time() -> Duration {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is to a `rusage` of our own, for which all zeros is a value, so it may be read whether the call
    // filled it or not.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    [usage.ru_utime, usage.ru_stime]
        .into_iter()
        .map(|time| Duration::from_secs(time.tv_sec as u64) + Duration::from_micros(time.tv_usec as u64))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_grows_with_work() {
        let window = Window::begin();
        let mut sum = 0_u64;
        while window.began.elapsed() < Duration::from_secs(30) && processor_time() == window.processor {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        let measured = window.end(1);
        assert!(
            measured.processor > 0.0,
            "working for {} s took no processor time",
            measured.seconds
        );
    }
}
