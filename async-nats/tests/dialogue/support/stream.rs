//! A scripted peer that plays a stream: it takes messages and acks them as the test says.

use nats_server::script::{Op, Pub};

use super::Peer;

/// The side of a stream that answers.
#[derive(Default)]
pub(crate) struct Stream {
    /// The inbox for all answers, once it is subscribed to.
    sid: Option<u64>,
}

impl Stream {
    /// The next message; the subscription of the inbox is taken with the first.
    pub(crate) async fn published(&mut self, peer: &mut Peer) -> Pub {
        loop {
            match peer.expect_op().await {
                Op::Sub(sub) => {
                    assert!(
                        sub.subject.starts_with("_INBOX.") && sub.subject.ends_with(".*"),
                        "{sub:?}"
                    );
                    assert_eq!(self.sid.replace(sub.sid), None, "the inbox is subscribed to once");
                }
                Op::Pub(message) => {
                    assert!(message.reply.is_some(), "{message:?} asks for an ack");
                    break message;
                }
                other => panic!("{other:?} is no part of a publish"),
            }
        }
    }

    /// The next `count` messages.
    pub(crate) async fn all_published(&mut self, peer: &mut Peer, count: usize) -> Vec<Pub> {
        let mut messages = Vec::new();
        for _ in 0..count {
            messages.push(self.published(peer).await);
        }
        messages
    }

    /// Answers with `payload`.
    pub(crate) async fn answer(&self, peer: &mut Peer, message: &Pub, payload: &str) {
        let sid = self.sid.expect("the inbox comes before the first message");
        peer.send_msg(reply(message), sid, None, payload).await;
    }

    /// The message was stored in the stream `S`.
    pub(crate) async fn ack(&self, peer: &mut Peer, message: &Pub, sequence: u64) {
        self.answer(peer, message, &format!(r#"{{"stream":"S","seq":{sequence}}}"#))
            .await;
    }

    /// Nobody takes the message.
    pub(crate) async fn no_responders(&self, peer: &mut Peer, message: &Pub) {
        let sid = self.sid.expect("the inbox comes before the first message");
        peer.send_hmsg(reply(message), sid, None, Some("503"), &[], "").await;
    }

    /// The client has a new connection, on which the inbox is subscribed to anew.
    pub(crate) fn forget(&mut self) {
        self.sid = None;
    }
}

fn reply(message: &Pub) -> &str {
    message.reply.as_deref().expect("the message asks for an answer")
}
