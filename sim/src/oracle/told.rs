//! What servers are told of subscriptions, on each connection and after each reconnect. I6.

use std::collections::BTreeMap;

use super::requests::OWN;
use crate::server::session::is_forbidden;
use crate::world::World;

impl World {
    /// A connection is there.
    pub(crate) fn subscriptions_ready(&mut self, link: usize) {
        let client = &mut self.clients[self.links[link].client];
        self.links[link].told.needs_inbox = client.requests.inbox.is_some();
        for subscription in client.subscriptions.values_mut() {
            subscription.unsubs.clear();
            subscription.received_before = subscription.received;
            if subscription.is_wanted() {
                let max = subscription.max.map(|max| Some(max - subscription.received));
                subscription.unsubs.extend(max);
            }
        }
    }

    /// A connection is gone: drains end with it.
    pub(crate) fn subscriptions_left(&mut self, link: usize) {
        let step = self.step;
        let client = &mut self.clients[self.links[link].client];
        for subscription in client.subscriptions.values_mut() {
            if subscription.drains.is_some() {
                subscription.end(step);
            }
        }
    }

    pub(crate) fn tap_sub(&mut self, id: usize, sid: u64, subject: &str, group: Option<&str>) {
        let link = &mut self.links[id];
        let client = link.client;
        let ready = link.ready.map_or(0, |(_, step)| step);
        if !link.told.sids.insert(sid) {
            return self.violated("I6", format!("link {id}: subscription {sid} was made twice"));
        }
        if sid == 0 {
            let known = self.clients[client]
                .requests
                .inbox
                .get_or_insert_with(|| subject.to_owned());
            if known != subject {
                self.violated("I6", format!("link {id}: the inbox is {subject}"));
            }
            return;
        }
        if subject.starts_with(OWN) {
            // A request with an inbox of its own: the client subscribes for its time.
            self.clients[client].own_inboxes.insert(sid);
            return;
        }
        let Some(subscription) = self.clients[client].subscriptions.get(&sid) else {
            return self.violated("I6", format!("link {id}: nobody made subscription {sid} to {subject}"));
        };
        if subscription.subject != subject || subscription.group.as_deref() != group {
            return self.violated(
                "I6",
                format!("link {id}: subscription {sid} is not to {subject} in {group:?}"),
            );
        }
        if subscription.ended.is_some_and(|ended| ended < ready) {
            self.violated(
                "I6",
                format!("link {id}: subscription {sid} had ended, and was made again"),
            );
        }
    }

    pub(crate) fn tap_unsub(&mut self, id: usize, sid: u64, max: Option<u64>) {
        let link = &mut self.links[id];
        let client = link.client;
        let is_known = match max {
            Some(_) => link.told.sids.contains(&sid),
            None => link.told.sids.remove(&sid),
        };
        if is_known && max.is_none() && self.clients[client].own_inboxes.remove(&sid) {
            return;
        }
        let Some(subscription) = self.clients[client].subscriptions.get_mut(&sid).filter(|_| is_known) else {
            return self.violated(
                "I6",
                format!("link {id}: UNSUB of {sid}, which the server does not know"),
            );
        };
        let due = subscription.unsubs.pop_front();
        if due != Some(max) {
            self.violated(
                "I6",
                format!("link {id}: UNSUB of {sid} with {max:?}, and {due:?} is due"),
            );
        }
    }

    /// Something else than a subscription goes out: those that the client had must be known by now.
    pub(crate) fn tap_of_others(&mut self, id: usize) {
        let link = &mut self.links[id];
        if std::mem::replace(&mut link.told.is_complete, true) {
            return;
        }
        let ready = link.ready.map_or(0, |(_, step)| step);
        let told = &link.told;
        if told.needs_inbox && !told.sids.contains(&0) {
            return self.violated("I6", format!("link {id}: the inbox of requests was not made again"));
        }
        let subscriptions = &self.clients[link.client].subscriptions;
        let missing = subscriptions.iter().find(|(sid, subscription)| {
            subscription.is_wanted() && subscription.created < ready && !told.sids.contains(sid)
        });
        if let Some((sid, _)) = missing {
            self.violated(
                "I6",
                format!("link {id}: subscription {sid} was not made again ahead of the rest"),
            );
        }
    }

    /// All is calm: a subscription that the server refused was told of it, and no other was.
    pub(crate) fn check_refusal(&mut self, client: usize, sid: u64, is_told: bool) {
        let permissions = self.plan.permissions;
        let is_ending = self.clients[client].is_ending;
        let subscription = self.subscription(client, sid);
        let is_refused = permissions && is_forbidden(&subscription.subject);
        if subscription.is_wanted() && !is_ending && is_refused != is_told {
            let text = format!("subscription {sid} of client {client}: refused is {is_refused}, and told is {is_told}");
            self.violated("I20", text);
        }
    }

    /// Everything has come to rest: the server knows each subscription, and no other.
    pub(crate) fn check_table(&mut self, client: usize) {
        let model = &self.clients[client];
        let Some(link) = model.current else { return };
        let Some(session) = self.sessions.get(&link) else {
            return self.violated(
                "liveness",
                format!("client {client} holds on to link {link}, which its server has closed"),
            );
        };
        let forbidden = |subject: &str| self.plan.permissions && is_forbidden(subject);
        let wanted = model
            .subscriptions
            .iter()
            .filter(|(_, subscription)| subscription.is_wanted());
        let mut wanted: BTreeMap<u64, (&str, Option<&str>, Option<u64>)> = wanted
            .filter(|(_, subscription)| !forbidden(&subscription.subject))
            .map(|(sid, it)| {
                let left = it.max.map(|max| max - it.received);
                (*sid, (it.subject.as_str(), it.group.as_deref(), left))
            })
            .collect();
        if let Some(inbox) = &model.requests.inbox {
            wanted.insert(0, (inbox, None, None));
        }
        let known: BTreeMap<u64, (&str, Option<&str>, Option<u64>)> = session
            .subscriptions
            .iter()
            .map(|(sid, it)| {
                let left = it.max.map(|max| max - it.delivered);
                (*sid, (it.subject.as_str(), it.queue.as_deref(), left))
            })
            .collect();
        if wanted != known {
            let text = format!("client {client} has {wanted:?}, and its server knows {known:?}");
            self.violated("I6", text);
        }
    }
}
