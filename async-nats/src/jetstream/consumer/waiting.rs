//! What a reader waits for beside messages: another connection, and the time.

use std::future::Future;
use std::pin::Pin;
use std::task::{ready, Context, Poll};
use std::time::Instant;

use tokio::sync::watch;
use tokio::time::Sleep;

use crate::connection::State;
use crate::Client;

/// The time, on the clock that timers run on.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

type Change = Pin<Box<dyn Future<Output = Option<watch::Receiver<State>>> + Send + Sync>>;

/// Whether a client is connected, and each change of that.
pub(super) struct Connection {
    states: watch::Receiver<State>,
    /// Made when it is first waited for, and again after each change.
    change: Option<Change>,
}

impl Connection {
    pub(super) fn of(client: &Client) -> Self {
        Connection {
            states: client.watch_connection_state(),
            change: None,
        }
    }

    /// Whether there is a connection at this moment.
    pub(super) fn is_up(&self) -> bool {
        *self.states.borrow() == State::Connected
    }

    /// Ready when a connection came or went since the last time: whether there is one now. One that went and came back
    /// is a change too.
    pub(super) fn poll_change(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let states = &self.states;
        let change = self.change.get_or_insert_with(|| Box::pin(changed(states.clone())));
        let states = ready!(change.as_mut().poll(cx));
        self.change = None;
        match states {
            Some(mut states) => {
                let is_up = *states.borrow_and_update() == State::Connected;
                self.states = states;
                Poll::Ready(is_up)
            }
            // The client is gone, and the subscription with it.
            None => Poll::Pending,
        }
    }
}

async fn changed(mut states: watch::Receiver<State>) -> Option<watch::Receiver<State>> {
    states.changed().await.ok()?;
    Some(states)
}

/// One timer, for the earliest of all times that a reader waits for.
///
/// It is set again only when it has fired or when something earlier is due, so messages do not touch it.
#[derive(Default)]
pub(super) struct Alarm {
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Alarm {
    /// Ready when it is `at` or later.
    pub(super) fn poll_until(&mut self, at: Option<Instant>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(at) = at else { return Poll::Pending };
        let at = tokio::time::Instant::from_std(at);
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)));
        if at < sleep.deadline() {
            sleep.as_mut().reset(at);
        }
        loop {
            ready!(sleep.as_mut().poll(cx));
            if at <= tokio::time::Instant::now() {
                // Another wait begins with another timer.
                self.sleep = None;
                return Poll::Ready(());
            }
            sleep.as_mut().reset(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn an_alarm_rings_when_it_is_time() {
        let start = now();
        let mut alarm = Alarm::default();
        poll_fn(|cx| alarm.poll_until(Some(start + SECOND), cx)).await;
        assert!(now() >= start + SECOND);
        // At once, for what is due already.
        poll_fn(|cx| alarm.poll_until(Some(start), cx)).await;
        assert!(now() < start + 2 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn an_alarm_follows_what_is_due_earlier_or_later() {
        let start = now();
        let mut alarm = Alarm::default();
        let mut due = [start + 9 * SECOND, start + SECOND].into_iter();
        let mut until = due.next();
        poll_fn(|cx| {
            let polled = alarm.poll_until(until, cx);
            until = due.next().or(until);
            if polled.is_pending() {
                return alarm.poll_until(until, cx);
            }
            polled
        })
        .await;
        assert!(now() < start + 2 * SECOND, "the earlier one counts");
        let mut alarm = Alarm::default();
        let mut until = start + 2 * SECOND;
        poll_fn(|cx| {
            let polled = alarm.poll_until(Some(until), cx);
            until = start + 5 * SECOND;
            polled
        })
        .await;
        assert!(now() >= start + 5 * SECOND, "it does not ring for the earlier one");
    }

    #[tokio::test(start_paused = true)]
    async fn no_alarm_is_none() {
        let mut alarm = Alarm::default();
        let waiting = tokio::time::timeout(100 * SECOND, poll_fn(|cx| alarm.poll_until(None, cx)));
        assert!(waiting.await.is_err());
    }
}
