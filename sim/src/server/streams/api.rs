//! Requests to the API of the stream: what is there, what is made, what is taken away, and who waits for messages.

use serde_json::{json, Value};

use super::consumer::{millis, Consumer, Waiting};
use super::STREAM;
use crate::net::link::Message;
use crate::world::World;

/// When everything was made.
const CREATED: &str = "2026-01-01T00:00:00Z";

/// How long a pull request waits that does not say.
const EXPIRES: u64 = 30_000;

/// How long a consumer waits for an ack that does not say.
const ACK_WAIT: u64 = 30_000;

fn error(code: u64, err_code: u64, description: &str) -> Value {
    json!({"error": {"code": code, "err_code": err_code, "description": description}})
}

impl World {
    /// Whether somebody is there for the request.
    pub(super) fn api_requested(&mut self, request: &str, message: &Message) -> bool {
        let words: Vec<&str> = request.split('.').collect();
        let answer = match words[..] {
            ["STREAM", "INFO" | "CREATE", STREAM] => self.stream_info(),
            ["CONSUMER", "CREATE", STREAM] => self.creates(None, message),
            ["CONSUMER", "CREATE", STREAM, name, ..] => self.creates(Some(name), message),
            ["CONSUMER", "INFO", STREAM, name] => self.consumer_info(name),
            ["CONSUMER", "DELETE", STREAM, name] => match self.deletes(name, true) {
                true => json!({"success": true}),
                false => error(404, 10014, "consumer not found"),
            },
            ["CONSUMER", "MSG", "NEXT", STREAM, name] => return self.asks(name, message),
            _ => {
                self.violated("I14", format!("nobody should ask for {request}"));
                return true;
            }
        };
        self.reply(message, answer.to_string());
        true
    }

    fn stream_info(&self) -> Value {
        json!({
            "config": {"name": STREAM, "subjects": ["js.>"], "retention": "limits", "max_consumers": -1, "max_msgs": -1,
                "max_bytes": -1, "discard": "old", "max_age": 0, "storage": "memory", "num_replicas": 3},
            "created": CREATED,
            "state": {"messages": self.streams.log.len(), "bytes": 0, "first_seq": 1, "first_ts": CREATED,
                "last_seq": self.streams.log.len(), "last_ts": CREATED, "consumer_count": self.streams.consumers.len()},
        })
    }

    fn consumer_info(&self, name: &str) -> Value {
        let Some(consumer) = self.streams.consumers.get(name) else {
            return error(404, 10014, "consumer not found");
        };
        let delivered = consumer.next - 1;
        json!({
            "stream_name": STREAM,
            "name": name,
            "created": CREATED,
            "config": consumer.config,
            "delivered": {"consumer_seq": consumer.sent, "stream_seq": delivered},
            "ack_floor": {"consumer_seq": 0, "stream_seq": 0},
            "num_ack_pending": consumer.outstanding.len(),
            "num_redelivered": consumer.again.len(),
            "num_waiting": consumer.waiting.len(),
            "num_pending": (self.streams.log.len() as u64).saturating_sub(delivered),
        })
    }

    fn creates(&mut self, name: Option<&str>, message: &Message) -> Value {
        let request: Value = serde_json::from_slice(&message.payload).unwrap_or_default();
        let mut config = request["config"].clone();
        if request["stream_name"] != STREAM || !config.is_object() {
            return error(400, 10025, "invalid JSON");
        }
        let name = name.map(str::to_owned).unwrap_or_else(|| {
            self.streams.named += 1;
            format!("given{}", self.streams.named)
        });
        config["name"] = Value::String(name.clone());
        let ack_wait = self.plan.streams.map_or(ACK_WAIT, |streams| streams.ack_wait);
        let now = self.now;
        let known = self.streams.consumers.get_mut(&name);
        match known.filter(|known| known.deliver.as_deref() == config["deliver_subject"].as_str()) {
            Some(known) => known.used_at = now,
            None => {
                let consumer = Consumer::new(config, ack_wait, now);
                self.streams.consumers.insert(name.clone(), consumer);
            }
        }
        let info = self.consumer_info(&name);
        self.schedule(now, crate::world::Due::Deliver);
        info
    }

    /// A consumer is taken away. Whether it was there.
    pub(super) fn deletes(&mut self, name: &str, is_told: bool) -> bool {
        let Some(consumer) = self.streams.consumers.remove(name) else {
            return false;
        };
        let push = consumer.deliver.filter(|_| is_told);
        let waiting = consumer.waiting.into_iter().filter(|_| is_told);
        let inboxes: Vec<String> = push.into_iter().chain(waiting.map(|it| it.inbox)).collect();
        for inbox in inboxes {
            self.tell(&inbox, "409 Consumer Deleted", &[]);
        }
        true
    }

    fn asks(&mut self, name: &str, message: &Message) -> bool {
        let now = self.now;
        let Some(consumer) = self.streams.consumers.get_mut(name) else {
            return false;
        };
        consumer.used_at = now;
        let Some(inbox) = message.reply.clone() else {
            return true;
        };
        let request: Value = serde_json::from_slice(&message.payload).unwrap_or_default();
        let waiting = Waiting {
            inbox,
            batch: request["batch"].as_u64().unwrap_or(1).max(1),
            bytes: request["max_bytes"].as_u64().filter(|bytes| *bytes > 0),
            expires_at: now + millis(&request["expires"]).unwrap_or(EXPIRES),
            heartbeat: millis(&request["idle_heartbeat"]).unwrap_or(u64::MAX),
            heard_at: now,
        };
        if waiting.heartbeat != u64::MAX && waiting.heartbeat * 2 > waiting.expires_at - now {
            self.tell(&waiting.inbox, "400 Bad Request - heartbeat value too large", &[]);
            return true;
        }
        let is_impatient = request["no_wait"] == true;
        consumer.waiting.push_back(waiting);
        self.deliver_from(name);
        let consumer = self.streams.consumers.get_mut(name);
        if let Some(last) = consumer.filter(|_| is_impatient).and_then(|it| it.waiting.pop_back()) {
            self.tell(&last.inbox, "404 No Messages", &last.left());
        }
        true
    }
}
