//! How a client ends: drained, with all that it promised.

use std::time::Duration;

use super::{Outcome, User};

impl User {
    /// Drains the client. Whether it said that nothing was lost.
    pub(crate) async fn drain_client(&mut self, timeout: u64) -> bool {
        let (began, asked, may_tell) = {
            let mut world = self.sim.lock();
            let now = world.now;
            world.all_drained(self.number);
            let model = &mut world.clients[self.number];
            model.is_ending = true;
            model.drains_by = Some(now + timeout);
            model.events.due(async_nats::Event::Draining);
            let may_tell = model.losses > self.surely_told;
            let asked = world.to_confirm(self.number, self.told);
            world.trace.note(now, "drain", asked.len() as u64, || {
                format!("all of client {}", self.number)
            });
            (now, asked, may_tell)
        };
        let client = self.client.clone();
        let limit = Duration::from_millis(timeout);
        let outcome = self.call(async move { client.drain_with_timeout(limit).await }).await;
        let Outcome::Ended(result, _) = outcome else {
            return false;
        };
        let mut world = self.sim.lock();
        let now = world.now;
        world.trace.note(now, "drained", u64::from(result.is_ok()), || {
            format!("client {}: {result:?}", self.number)
        });
        let took = now - began;
        let lost_a_link = world.clients[self.number].left_at.is_some_and(|at| at >= began);
        match &result {
            Ok(()) => world.confirmed(self.number, &asked, "a drain"),
            Err(error) if took < timeout && !lost_a_link && !may_tell => {
                world.violated("I11", format!("a drain failed after {took} ms of {timeout}: {error}"));
            }
            Err(_) => {}
        }
        // A stream that is closed may take a moment of its own.
        if took > timeout + 200 {
            world.violated("I11", format!("a drain took {took} ms of {timeout}"));
        }
        result.is_ok()
    }

    /// Drains the client in the middle of everything.
    pub(crate) async fn drains_early(mut self) {
        let calm_at = self.sim.lock().plan.calm_at;
        self.pause(calm_at).await;
        let timeout = self.rng.range(1, 5_000);
        self.drain_client(timeout).await;
    }
}
