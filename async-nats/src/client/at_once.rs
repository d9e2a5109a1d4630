//! What the parts of this crate ask of a client from within a poll, where nothing can be waited for.

use bytes::Bytes;

use super::outgoing::Outgoing;
use super::{Client, PublishError};

impl Client {
    /// Publishes a short message of the crate's own, whether there is room for it or not. While there is no connection, it
    /// is kept for the next one.
    ///
    /// The caller sees to it that there are few: one for many messages that came, or one for a handle that is dropped.
    pub(crate) fn publish_at_once(
        &self,
        subject: &str,
        reply: Option<&str>,
        payload: &Bytes,
    ) -> Result<(), PublishError> {
        self.core.check_subjects(subject, reply)?;
        let message = Outgoing::new(subject, reply, None, payload);
        self.core.check_size(message)?;
        self.core.publish_now(message)
    }
}
