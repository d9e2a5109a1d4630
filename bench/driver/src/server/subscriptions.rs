//! The subscriptions of one connection, and which of them gets a reply.

use std::collections::BTreeMap;

/// Subscriptions by sid.
#[derive(Default)]
pub(super) struct Subscriptions {
    subjects: BTreeMap<u64, Box<[u8]>>,
    /// Those that end in a wildcard: inboxes of requests. There are few, and they are looked at first.
    wildcards: Vec<(u64, Box<[u8]>)>,
}

impl Subscriptions {
    pub(super) fn add(&mut self, sid: u64, subject: &[u8]) {
        self.subjects.insert(sid, subject.into());
        if let Some(prefix) = subject.strip_suffix(b"*").or_else(|| subject.strip_suffix(b">")) {
            self.wildcards.push((sid, prefix.into()));
        }
    }

    pub(super) fn remove(&mut self, sid: u64) {
        self.subjects.remove(&sid);
        self.wildcards.retain(|(known, _)| *known != sid);
    }

    /// The subscription that a message to this subject goes to.
    pub(super) fn matching(&self, subject: &[u8]) -> Option<u64> {
        let wildcard = self.wildcards.iter().find(|(_, prefix)| subject.starts_with(prefix));
        let exact = || {
            self.subjects
                .iter()
                .find(|(_, known)| &***known == subject)
                .map(|(sid, _)| *sid)
        };
        wildcard.map(|(sid, _)| *sid).or_else(exact)
    }

    /// Those below a subject, in the order in which they were made.
    pub(super) fn below<'a>(&'a self, parent: &'a str) -> impl Iterator<Item = (u64, &'a [u8])> {
        let is_below = move |subject: &[u8]| {
            subject
                .strip_prefix(parent.as_bytes())
                .is_some_and(|rest| rest.starts_with(b"."))
        };
        self.subjects
            .iter()
            .map(|(sid, subject)| (*sid, &**subject))
            .filter(move |(_, subject)| is_below(subject))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_goes_to_the_inbox_that_it_was_made_for() {
        let mut subscriptions = Subscriptions::default();
        subscriptions.add(1, b"bench.data.0");
        subscriptions.add(2, b"_INBOX.a.*");
        subscriptions.add(3, b"_INBOX.b.*");
        assert_eq!(subscriptions.matching(b"_INBOX.b.17"), Some(3));
        assert_eq!(subscriptions.matching(b"bench.data.0"), Some(1));
        subscriptions.remove(3);
        assert_eq!(subscriptions.matching(b"_INBOX.b.17"), None);
    }

    #[test]
    fn floods_go_to_the_subjects_below_theirs_in_order() {
        let mut subscriptions = Subscriptions::default();
        subscriptions.add(10, b"data.b");
        subscriptions.add(9, b"data.a");
        subscriptions.add(8, b"database");
        let sids: Vec<u64> = subscriptions.below("data").map(|(sid, _)| sid).collect();
        assert_eq!(sids, [9, 10]);
    }
}
