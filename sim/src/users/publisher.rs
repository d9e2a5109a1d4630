//! Tasks that publish, flush and ask for confirmations.

use super::calls::Draft;
use super::User;

/// Subjects that messages go to.
const SUBJECTS: &[&str] = &["a.b", "a.c", "a.b.c", "work.x", "d", "secret.x"];

impl User {
    /// A message of some size, with headers and a reply subject or without.
    pub(crate) fn draft(&mut self) -> Draft {
        let is_quick = self.sim.lock().plan.network.is_quick();
        let len = match self.rng.below(40) {
            0 => 0,
            1 | 2 if is_quick => self.rng.range(8_000, 20_000),
            3 if is_quick => self.rng.range(30_000, 70_000),
            4..=8 => self.rng.range(100, 600),
            _ => self.rng.range(8, 40),
        } as usize;
        let mut draft = Draft::new(*self.rng.pick(SUBJECTS), len);
        if self.rng.chance(200) {
            for name in ["Trace", "Kind", "Trace"].iter().take(self.rng.range(1, 3) as usize) {
                draft
                    .headers
                    .push(((*name).to_owned(), format!("value {}", self.rng.below(100))));
            }
        }
        if self.rng.chance(100) {
            let reply = *self.rng.pick(&["a.reply", "d", "nowhere"]);
            draft.reply = Some(reply.to_owned());
        }
        draft
    }

    /// Publishes this and that until all is calm.
    pub(crate) async fn publishes(mut self) {
        let pace = *self.rng.pick(&[20, 200, 1_000]);
        for _ in 0..self.rng.range(10, 60) {
            if self.is_calm() {
                break;
            }
            match self.rng.below(20) {
                0 | 1 => self.flush().await,
                2 => {
                    let timeout = self.rng.range(1, 3_000);
                    self.confirm(timeout).await;
                }
                3 => self.rtt().await,
                4 => self.inject().await,
                5 => {
                    for _ in 0..self.rng.range(2, 30) {
                        let draft = self.draft();
                        self.publish(draft).await;
                    }
                }
                _ => {
                    let draft = self.draft();
                    self.publish(draft).await;
                }
            }
            if self.rng.chance(700) {
                self.pause(pace).await;
            }
        }
    }
}
