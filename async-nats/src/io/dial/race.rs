//! Happy eyeballs: several addresses of one server, tried so that a dead one costs little.
//!
//! As RFC 8305 has it: the families take turns, an attempt gets a head start before the next one
//! begins beside it, a failed one lets the next begin at once, and the first that succeeds ends all
//! others.

use std::future::{poll_fn, Future};
use std::io;
use std::net::SocketAddr;
use std::pin::{pin, Pin};
use std::task::{ready, Context, Poll};
use std::time::Duration;

use tokio::time::{sleep, Instant, Sleep};

use crate::proto::rng::Rng;

/// The head start of an attempt over the next one, as RFC 8305 recommends.
pub(super) const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// The most addresses of one name that are tried. Each is a socket while its attempt runs, and a
/// name server may answer with any number.
pub(super) const ADDRESSES_MAX: usize = 64;

/// The order in which to try addresses, each one once.
///
/// The family of the first address comes first, since resolvers put one first that works, and the
/// families take turns. Within its family an address keeps its place when `retain` is set, and else
/// has a random one, which spreads clients over servers.
pub(super) fn order(addresses: impl Iterator<Item = SocketAddr>, retain: bool, rng: &mut Rng) -> Vec<SocketAddr> {
    let mut first = Vec::new();
    let mut second = Vec::new();
    for address in addresses.take(ADDRESSES_MAX) {
        let family = match first.first() {
            Some(leader) if SocketAddr::is_ipv4(leader) != address.is_ipv4() => &mut second,
            _ => &mut first,
        };
        if !family.contains(&address) {
            family.push(address);
        }
    }
    if !retain {
        rng.shuffle(&mut first);
        rng.shuffle(&mut second);
    }
    let mut ordered = Vec::with_capacity(first.len() + second.len());
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    loop {
        let taken = ordered.len();
        ordered.extend(first.next());
        ordered.extend(second.next());
        if ordered.len() == taken {
            return ordered;
        }
    }
}

/// Connects to the first of `addresses` that answers.
///
/// # Errors
///
/// The last error and its address, when all attempts have failed; `None` when there is no address.
///
/// # Cancellation
///
/// Dropping the future drops all attempts.
pub(super) async fn race<T, Fut>(
    addresses: Vec<SocketAddr>,
    connect: impl Fn(SocketAddr) -> Fut,
) -> Result<T, Option<(SocketAddr, io::Error)>>
where
    Fut: Future<Output = io::Result<T>>,
{
    let head_start = pin!(sleep(ATTEMPT_DELAY));
    let mut race = Race {
        waiting: addresses.into_iter(),
        running: Vec::new(),
        head_start,
        connect,
    };
    race.start_next();
    poll_fn(|cx| race.poll(cx)).await
}

struct Race<'a, C, Fut> {
    waiting: std::vec::IntoIter<SocketAddr>,
    running: Vec<(SocketAddr, Pin<Box<Fut>>)>,
    /// Ends when the next address may be tried beside those that run.
    head_start: Pin<&'a mut Sleep>,
    connect: C,
}

impl<C, T, Fut> Race<'_, C, Fut>
where
    C: Fn(SocketAddr) -> Fut,
    Fut: Future<Output = io::Result<T>>,
{
    fn start_next(&mut self) {
        if let Some(address) = self.waiting.next() {
            let attempt = Box::pin((self.connect)(address));
            self.running.push((address, attempt));
            let end = Instant::now() + ATTEMPT_DELAY;
            self.head_start.as_mut().reset(end);
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, Option<(SocketAddr, io::Error)>>> {
        loop {
            let failure = match self.poll_attempts(cx) {
                Some(Ok(connected)) => return Poll::Ready(Ok(connected)),
                Some(Err(failure)) => Some(failure),
                None => None,
            };
            let nothing_waits = self.waiting.len() == 0;
            if nothing_waits && self.running.is_empty() {
                return Poll::Ready(Err(failure));
            }
            if failure.is_none() {
                if nothing_waits {
                    return Poll::Pending;
                }
                ready!(self.head_start.as_mut().poll(cx));
            }
            self.start_next();
        }
    }

    /// Polls every attempt, in the order in which they began. Gives the connection of one that has
    /// succeeded, or else the last error of those that have failed, which are removed.
    fn poll_attempts(&mut self, cx: &mut Context<'_>) -> Option<Result<T, (SocketAddr, io::Error)>> {
        let mut connected = None;
        let mut failure = None;
        self.running.retain_mut(|(address, attempt)| {
            if connected.is_some() {
                return true;
            }
            match attempt.as_mut().poll(cx) {
                Poll::Pending => true,
                Poll::Ready(Ok(connection)) => {
                    connected = Some(connection);
                    false
                }
                Poll::Ready(Err(error)) => {
                    failure = Some((*address, error));
                    false
                }
            }
        });
        connected.map(Ok).or(failure.map(Err))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::HashSet;

    use super::*;

    fn four(last: u8) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, last], 4222))
    }

    fn six(last: u16) -> SocketAddr {
        SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, last], 4222))
    }

    #[test]
    fn families_take_turns_and_the_first_leads() {
        let mut rng = Rng::from_seed(1);
        let mut retained = |addresses: &[SocketAddr]| order(addresses.iter().copied(), true, &mut rng);
        assert_eq!(
            retained(&[six(1), six(2), six(3), four(1), four(2)]),
            [six(1), four(1), six(2), four(2), six(3)]
        );
        assert_eq!(retained(&[four(1), six(1), six(2)]), [four(1), six(1), six(2)]);
        assert_eq!(retained(&[four(1), four(1), six(1)]), [four(1), six(1)]);
        assert_eq!(retained(&[]), []);
    }

    #[test]
    fn order_is_random_within_a_family_unless_it_is_retained() {
        let addresses = [six(1), six(2), four(1), four(2)];
        let mut rng = Rng::from_seed(2);
        let mut orders = HashSet::new();
        for _ in 0..64 {
            let ordered = order(addresses.into_iter(), false, &mut rng);
            assert!(ordered[0].is_ipv6() && ordered[1].is_ipv4());
            assert_eq!(ordered.iter().collect::<HashSet<_>>().len(), 4);
            orders.insert(ordered);
        }
        assert_eq!(orders.len(), 4);
    }

    #[test]
    fn number_of_addresses_is_limited() {
        let mut rng = Rng::from_seed(3);
        let mut count = |count| order((0..count).map(six), true, &mut rng).len();
        assert_eq!(count(64), ADDRESSES_MAX);
        assert_eq!(count(65), ADDRESSES_MAX);
    }

    /// What an address of the tests does.
    #[derive(Clone, Copy)]
    enum Fate {
        Connects(u64),
        Fails(u64),
        Hangs,
    }
    use Fate::{Connects, Fails, Hangs};

    /// Races addresses whose fates come after so many milliseconds of virtual time. Gives the
    /// place of the winner, or of the last failure, and at what time each attempt began and how
    /// many were dropped unfinished.
    async fn run(fates: &[Fate]) -> (Result<usize, Option<usize>>, Vec<u64>, usize) {
        struct Unfinished<'a>(&'a RefCell<usize>, bool);
        impl Drop for Unfinished<'_> {
            fn drop(&mut self) {
                if self.1 {
                    *self.0.borrow_mut() += 1;
                }
            }
        }

        let begin = Instant::now();
        let starts = RefCell::new(Vec::new());
        let dropped = RefCell::new(0);
        let place = |address: SocketAddr| usize::from(address.port());
        let addresses = (0..fates.len())
            .map(|place| SocketAddr::from(([127, 0, 0, 1], place as u16)))
            .collect();
        let result = race(addresses, |address| {
            starts.borrow_mut().push(begin.elapsed().as_millis() as u64);
            let guard = Unfinished(&dropped, true);
            async move {
                let mut guard = guard;
                let result = match fates[place(address)] {
                    Connects(after) => {
                        sleep(Duration::from_millis(after)).await;
                        Ok(place(address))
                    }
                    Fails(after) => {
                        sleep(Duration::from_millis(after)).await;
                        Err(io::Error::from(io::ErrorKind::ConnectionRefused))
                    }
                    Hangs => std::future::pending().await,
                };
                guard.1 = false;
                result
            }
        })
        .await;
        let result = result.map_err(|failure| failure.map(|(address, _)| place(address)));
        (result, starts.take(), dropped.take())
    }

    #[tokio::test(start_paused = true)]
    async fn first_attempt_waits_for_nothing_and_is_alone_when_it_is_quick() {
        let (result, starts, dropped) = run(&[Connects(240), Connects(1)]).await;
        assert_eq!((result, starts, dropped), (Ok(0), vec![0], 0));
    }

    #[tokio::test(start_paused = true)]
    async fn slow_attempt_gets_company_and_the_winner_ends_the_others() {
        let (result, starts, dropped) = run(&[Hangs, Hangs, Connects(10), Connects(1)]).await;
        assert_eq!((result, starts, dropped), (Ok(2), vec![0, 250, 500], 2));
    }

    #[tokio::test(start_paused = true)]
    async fn slow_attempt_can_still_win() {
        let (result, starts, dropped) = run(&[Connects(300), Connects(100)]).await;
        assert_eq!((result, starts, dropped), (Ok(0), vec![0, 250], 1));
    }

    #[tokio::test(start_paused = true)]
    async fn failure_lets_the_next_begin_at_once() {
        let (result, starts, dropped) = run(&[Fails(20), Fails(0), Connects(5)]).await;
        assert_eq!((result, starts, dropped), (Ok(2), vec![0, 20, 20], 0));
        // The head start counts from the attempt that began last.
        let (result, starts, _) = run(&[Fails(20), Hangs, Connects(5)]).await;
        assert_eq!((result, starts), (Ok(2), vec![0, 20, 270]));
        let (result, starts, _) = run(&[Hangs, Fails(20), Connects(5)]).await;
        assert_eq!((result, starts), (Ok(2), vec![0, 250, 270]));
    }

    #[tokio::test(start_paused = true)]
    async fn last_failure_is_reported_when_all_fail() {
        let (result, starts, dropped) = run(&[Fails(900), Fails(1), Fails(1)]).await;
        assert_eq!((result, dropped), (Err(Some(0)), 0));
        assert_eq!(starts, [0, 250, 251]);
        assert_eq!(run(&[]).await.0, Err(None));
    }

    #[tokio::test(start_paused = true)]
    async fn dropping_the_race_drops_its_attempts() {
        let attempts = std::sync::Arc::new(());
        let addresses = vec![four(1), four(2)];
        let racing = race(addresses, |_| {
            let attempt = attempts.clone();
            async move {
                std::future::pending::<()>().await;
                drop(attempt);
                io::Result::Ok(())
            }
        });
        let end = tokio::time::timeout(Duration::from_secs(1), racing).await;
        assert!(end.is_err());
        assert_eq!(std::sync::Arc::strong_count(&attempts), 1);
    }
}
