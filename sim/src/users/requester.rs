//! Tasks that ask, alone or several at once.

use futures_util::future::join_all;

use super::calls::Draft;
use super::User;

const SUBJECTS: &[&str] = &[
    "svc.echo",
    "svc.slow",
    "svc.twice",
    "svc.never",
    "svc.big",
    "svc.none",
    "work.x",
];

impl User {
    fn question(&mut self) -> Draft {
        let len = self.rng.range(8, 60) as usize;
        let mut draft = Draft::new(*self.rng.pick(SUBJECTS), len);
        if self.rng.chance(200) {
            draft.headers.push(("Kind".to_owned(), "question".to_owned()));
        }
        draft
    }

    /// Another task like this one.
    fn twin(&mut self) -> User {
        User {
            sim: std::sync::Arc::clone(&self.sim),
            number: self.number,
            client: self.client.clone(),
            rng: self.rng.fork(),
            publisher: self.publisher,
            told: self.told,
            surely_told: self.surely_told,
        }
    }

    /// Asks until all is calm.
    pub(crate) async fn requests(mut self) {
        for _ in 0..self.rng.range(5, 30) {
            if self.is_calm() {
                break;
            }
            let count = if self.rng.chance(200) { self.rng.range(2, 6) } else { 1 };
            let questions: Vec<(User, Draft)> = (0..count).map(|_| (self.twin(), self.question())).collect();
            join_all(
                questions
                    .into_iter()
                    .map(|(mut user, draft)| async move { user.request(draft).await }),
            )
            .await;
            self.pause(500).await;
        }
    }
}
