//! The texts of errors are part of the interface: here is all of them.

use std::error::Error as _;

use super::*;

/// Compares the texts of all variants of one kind, as `Display` and as `Debug`.
macro_rules! texts {
    ($kind:ident { $($variant:ident => $text:literal),+ $(,)? }) => {
        $(
            assert_eq!($kind::$variant.to_string(), $text);
            assert_eq!(format!("{:?}", $kind::$variant), stringify!($variant));
            let error: Error<$kind> = $kind::$variant.into();
            assert_eq!(error.kind(), $kind::$variant);
            assert_eq!(error.to_string(), $text);
        )+
        // A new variant has no text here until it is listed.
        match Error::new(first!($($kind::$variant),+)).kind() {
            $($kind::$variant => (),)+
        }
    };
}

macro_rules! first {
    ($first:expr $(, $rest:expr)*) => {
        $first
    };
}

#[test]
fn texts_of_kinds() {
    texts!(ConnectErrorKind {
        ServerParse => "failed to parse server or server list",
        Dns => "DNS error",
        Authentication => "failed signing nonce",
        AuthorizationViolation => "authorization violation",
        TimedOut => "timed out",
        Tls => "TLS error",
        Io => "IO error",
        MaxReconnects => "reached maximum number of reconnects",
    });
    texts!(PublishErrorKind {
        MaxPayloadExceeded => "max payload size exceeded",
        InvalidSubject => "invalid subject",
        Send => "failed to send message",
    });
    texts!(SubscribeErrorKind {
        InvalidSubject => "invalid subject",
        InvalidQueueName => "invalid queue name",
        Other => "subscribe failed",
    });
    texts!(RequestErrorKind {
        TimedOut => "request timed out",
        NoResponders => "no responders",
        InvalidSubject => "invalid subject",
        MaxPayloadExceeded => "max payload size exceeded",
        Other => "request failed",
    });
    texts!(FlushErrorKind {
        SendError => "failed to send flush request",
        FlushError => "flush failed",
    });
    texts!(ServerPoolErrorKind { Send => "failed to send server_pool command" });
    texts!(SetServerPoolErrorKind {
        Send => "failed to send set_server_pool command",
        InvalidAddress => "invalid server address",
        MixedSchemes => "cannot mix websocket and non-websocket URLs in server pool",
        EmptyPool => "server pool cannot be empty",
    });
}

#[test]
fn errors_with_a_cause_alone() {
    let drain = DrainError::new("gone");
    assert_eq!(drain.to_string(), "failed to send drain: gone");
    assert_eq!(format!("{drain:?}"), r#"DrainError("gone")"#);
    assert_eq!(drain.source().map(ToString::to_string).as_deref(), Some("gone"));

    let reconnect = ReconnectError::new(ClientClosed);
    assert!(reconnect
        .to_string()
        .starts_with("failed to send reconnect: channel closed"));
    assert!(reconnect.source().is_some_and(|source| source.is::<ClientClosed>()));

    let unsubscribe = UnsubscribeError::new("gone");
    assert_eq!(unsubscribe.to_string(), "failed to send unsubscribe");
    assert_eq!(format!("{unsubscribe:?}"), r#"UnsubscribeError("gone")"#);
    assert_eq!(unsubscribe, UnsubscribeError::new("gone"));
    assert!(unsubscribe.source().is_none());
}

#[test]
fn a_failed_step_fails_the_request() {
    let publish = PublishError::with_source(PublishErrorKind::Send, ClientClosed);
    let text = publish.to_string();
    let request = RequestError::from(publish);
    assert_eq!(request.kind(), RequestErrorKind::Other);
    assert_eq!(request.to_string(), format!("request failed: {text}"));
    assert!(request.source().is_some_and(|source| source.is::<PublishError>()));

    let request = RequestError::from(SubscribeError::new(SubscribeErrorKind::InvalidSubject));
    assert_eq!(request.kind(), RequestErrorKind::Other);
    assert_eq!(request.to_string(), "request failed: invalid subject");
}

#[test]
fn an_io_error_is_a_kind_of_connect_error() {
    let error = ConnectError::from(io::Error::other("cable"));
    assert_eq!(error.kind(), ConnectErrorKind::Io);
    assert_eq!(error.to_string(), "IO error: cable");
}
