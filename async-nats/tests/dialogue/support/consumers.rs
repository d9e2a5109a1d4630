//! Consumers in dialogues: handles that nobody asked a server for, and what a server says to those who read.

use async_nats::jetstream::consumer::{pull, push, Consumer, FromConsumer, Info, IntoConsumerConfig};
use async_nats::jetstream::{self, Context};
use async_nats::Client;
use serde_json::{json, Value};

use super::*;

/// The subject of all messages here.
pub(crate) const SUBJECT: &str = "events.one";

/// The consumer `c` of the stream `s`, with these fields in its configuration.
pub(crate) fn info(config: Value) -> Value {
    let mut whole = json!({"deliver_policy": "all", "ack_policy": "explicit", "replay_policy": "instant"});
    let fields = whole.as_object_mut().expect("it is an object");
    fields.extend(config.as_object().cloned().unwrap_or_default());
    json!({
        "stream_name": "s", "name": "c", "created": "2024-02-29T12:00:00Z", "config": whole,
        "delivered": {"consumer_seq": 0, "stream_seq": 0}, "ack_floor": {"consumer_seq": 0, "stream_seq": 0},
        "num_ack_pending": 0, "num_redelivered": 0, "num_waiting": 0, "num_pending": 0
    })
}

fn consumer<T: FromConsumer + IntoConsumerConfig>(client: &Client, config: Value) -> Consumer<T> {
    let info: Info = serde_json::from_value(info(config)).expect("it is what a server says");
    let config = T::try_from_consumer_config(info.config.clone()).expect("it is of this kind");
    Consumer::new(config, info, context(client))
}

pub(crate) fn context(client: &Client) -> Context {
    jetstream::new(client.clone())
}

pub(crate) fn pull_consumer(client: &Client, config: Value) -> Consumer<pull::Config> {
    consumer(client, config)
}

pub(crate) fn ordered_pull(client: &Client, config: Value) -> Consumer<pull::OrderedConfig> {
    consumer(client, config)
}

pub(crate) fn push_consumer(client: &Client, config: Value) -> Consumer<push::Config> {
    consumer(client, config)
}

pub(crate) fn ordered_push(client: &Client, config: Value) -> Consumer<push::OrderedConfig> {
    consumer(client, config)
}

/// Where a reader is to be sent messages to.
#[derive(Clone, Debug)]
pub(crate) struct Inbox {
    pub(crate) sid: u64,
    pub(crate) subject: String,
}

impl Inbox {
    /// The subscription that a reader makes.
    pub(crate) async fn made(peer: &mut Peer) -> Inbox {
        let sub = peer.expect_sub().await;
        Inbox {
            sid: sub.sid,
            subject: sub.subject,
        }
    }

    /// A request to the consumer `name`, as JSON.
    pub(crate) async fn asked_of(&self, peer: &mut Peer, name: &str) -> Value {
        let asked = peer.expect_pub().await;
        assert_eq!(asked.subject, format!("$JS.API.CONSUMER.MSG.NEXT.s.{name}"));
        assert_eq!(asked.reply.as_deref(), Some(self.subject.as_str()));
        serde_json::from_slice(&asked.payload).expect("requests are JSON")
    }

    /// A request to the consumer, as JSON.
    pub(crate) async fn asked(&self, peer: &mut Peer) -> Value {
        self.asked_of(peer, "c").await
    }

    /// Sends a message that stands there in stream and consumer.
    pub(crate) async fn deliver(&self, peer: &mut Peer, stream: u64, consumer: u64) {
        let reply = format!("$JS.ACK.s.c.1.{stream}.{consumer}.1700000000000000000.0");
        let payload = stream.to_string();
        peer.send_msg(SUBJECT, self.sid, Some(&reply), payload).await;
    }

    /// Sends the messages with these sequences, which are the same in stream and consumer.
    pub(crate) async fn deliver_all(&self, peer: &mut Peer, sequences: std::ops::RangeInclusive<u64>) {
        for sequence in sequences {
            self.deliver(peer, sequence, sequence).await;
        }
    }

    /// Sends a status with the server's words and these headers.
    pub(crate) async fn say(&self, peer: &mut Peer, status: &str, headers: &[(&str, &str)]) {
        peer.send_hmsg(&self.subject, self.sid, None, Some(status), headers, "")
            .await;
    }

    /// Sends a sign of life of a consumer that has sent so many messages.
    pub(crate) async fn heartbeat(&self, peer: &mut Peer, sent: u64) {
        let sent = sent.to_string();
        self.say(peer, "100 Idle Heartbeat", &[("Nats-Last-Consumer", &sent)])
            .await;
    }
}

/// The request of the API that comes next: its subject, its JSON and where the answer goes.
pub(crate) struct Asked {
    pub(crate) subject: String,
    pub(crate) json: Value,
    reply: Option<String>,
}

/// The server's side of the API. Answers need the client's inbox for them, whose SUB comes with the first request.
#[derive(Default)]
pub(crate) struct Api {
    sid: Option<u64>,
}

impl Api {
    /// The next request, past the SUB of the inbox for answers.
    pub(crate) async fn asked(&mut self, peer: &mut Peer) -> Asked {
        use nats_server::script::Op;
        loop {
            match peer.expect_op().await {
                Op::Sub(sub) => {
                    assert!(sub.subject.ends_with(".*"), "{sub:?}");
                    self.sid = Some(sub.sid);
                }
                Op::Pub(asked) => {
                    return Asked {
                        json: serde_json::from_slice(&asked.payload).expect("requests are JSON"),
                        subject: asked.subject,
                        reply: asked.reply,
                    }
                }
                other => panic!("{other:?} is no request"),
            }
        }
    }

    pub(crate) async fn answer(&self, peer: &mut Peer, asked: &Asked, json: Value) {
        let reply = asked.reply.as_deref().expect("an answer is wanted");
        peer.send_msg(reply, self.sid.expect("it was subscribed to"), None, json.to_string())
            .await;
    }

    pub(crate) async fn refuse(&self, peer: &mut Peer, asked: &Asked, code: u64, number: u64, words: &str) {
        let error = json!({"error": {"code": code, "err_code": number, "description": words}});
        self.answer(peer, asked, error).await;
    }

    /// Expects that a consumer is deleted.
    pub(crate) async fn deleted(&mut self, peer: &mut Peer, name: &str) {
        let deleted = self.asked(peer).await;
        assert_eq!(deleted.subject, format!("$JS.API.CONSUMER.DELETE.s.{name}"));
        assert_eq!(deleted.reply, None, "nobody waits for that");
    }

    /// Expects that another consumer is made; the request for that.
    pub(crate) async fn remade(&mut self, peer: &mut Peer, name: &str) -> Asked {
        let asked = self.asked(peer).await;
        assert_eq!(asked.subject, format!("$JS.API.CONSUMER.CREATE.s.{name}"));
        assert_eq!(asked.json["config"]["name"], name);
        asked
    }

    /// Says that the consumer is there as it was asked for.
    pub(crate) async fn made(&self, peer: &mut Peer, asked: &Asked) {
        let mut answer = info(asked.json["config"].clone());
        answer["name"] = asked.json["config"]["name"].clone();
        self.answer(peer, asked, answer).await;
    }
}

/// Ends the client.
pub(crate) async fn drain(session: &mut Session) {
    use nats_server::script::Op;
    let peer = &mut session.peer;
    let (drained, ()) = tokio::join!(session.client.drain(), async {
        while let Some(op) = peer.next_op().await {
            if op == Op::Ping {
                peer.send_pong().await;
            }
        }
    });
    drained.expect("the server took everything");
}
