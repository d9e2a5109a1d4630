//! Messages, as they come in and as they go out.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::header::HeaderMap;
use crate::status::StatusCode;
use crate::subject::Subject;

/// A message from the server.
///
/// Cloning copies no payload: clones share it. A message that is kept holds its own bytes and not the buffer that it was
/// read into.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    /// The subject that the message was published to.
    pub subject: Subject,
    /// Where answers are to be sent, when the publisher wants any.
    pub reply: Option<Subject>,
    /// The payload.
    pub payload: Bytes,
    /// The headers. With a status they are there, if empty.
    pub headers: Option<HeaderMap>,
    /// What the server has to say with this message, instead of a publisher.
    pub status: Option<StatusCode>,
    /// What the server says about the status.
    pub description: Option<String>,
    /// The size of the message: subject, reply subject, headers and payload, in bytes.
    pub length: usize,
}

/// A message to be published, for [`Publisher::publish_message`](crate::client::traits::Publisher::publish_message)
/// and the sink of a client.
///
/// ```
/// use async_nats::message::OutboundMessage;
///
/// let message = OutboundMessage {
///     subject: "events.data".into(),
///     reply: None,
///     payload: "payload".into(),
///     headers: None,
/// };
/// ```
#[derive(Clone, Debug)]
pub struct OutboundMessage {
    /// The subject to publish to.
    pub subject: Subject,
    /// Where answers are to be sent, if any are wanted.
    pub reply: Option<Subject>,
    /// The payload.
    pub payload: Bytes,
    /// The headers, if any.
    pub headers: Option<HeaderMap>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        Message {
            subject: "a".into(),
            reply: Some("b".into()),
            payload: "c".into(),
            headers: Some(HeaderMap::new()),
            status: Some(StatusCode::OK),
            description: Some("fine".into()),
            length: 3,
        }
    }

    const JSON: &str = concat!(
        r#"{"subject":"a","reply":"b","payload":[99],"headers":{},"status":200,"#,
        r#""description":"fine","length":3}"#
    );

    #[test]
    fn shape() {
        assert_eq!(serde_json::to_string(&message()).unwrap(), JSON);
        let back: Message = serde_json::from_str(JSON).unwrap();
        assert_eq!(format!("{back:?}"), format!("{:?}", message()));
        let sparse: Message = serde_json::from_str(r#"{"subject":"a","payload":[],"length":1}"#).unwrap();
        assert!(sparse.reply.is_none() && sparse.headers.is_none() && sparse.status.is_none());
        for missing in [
            r#"{"payload":[],"length":1}"#,
            r#"{"subject":"a","length":1}"#,
            r#"{"subject":"a","payload":[]}"#,
        ] {
            assert!(serde_json::from_str::<Message>(missing).is_err(), "{missing}");
        }
    }

    #[test]
    fn clones_share_the_payload() {
        let message = Message {
            payload: vec![0; 100].into(),
            ..message()
        };
        assert_eq!(message.clone().payload.as_ptr(), message.payload.as_ptr());
    }

    #[test]
    fn it_is_small() {
        assert!(size_of::<Message>() <= 176);
    }
}
