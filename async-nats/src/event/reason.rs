//! [`Reason`]: what an `-ERR` line means to the connection.
//!
//! Servers say it in words. Matching ignores case, as servers of different ages spell differently, and looks at the
//! beginning, as some texts go on with details. A text that is not known is [`Reason::Other`], never a fault.

use super::err_text;

/// The meaning of an `-ERR` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason<'a> {
    /// The credentials were refused.
    AuthorizationViolation,
    /// The user's credentials have expired, on a connection that was authenticated.
    AuthenticationExpired,
    /// The user's credentials were revoked.
    AuthenticationRevoked,
    /// CONNECT came too late for the server.
    AuthenticationTimeout,
    /// The account that the user belongs to has expired.
    AccountAuthenticationExpired,
    /// The server, or the account, has as many connections as it may have.
    MaximumConnectionsExceeded,
    /// The server got no answers to its pings.
    StaleConnection,
    /// The user may not do this. The connection goes on.
    PermissionsViolation {
        /// What was tried.
        action: PermissionFor,
        /// The subject it was tried on, as the server quotes it; empty when it was not named.
        subject: &'a str,
        /// The queue group, for a subscription with one.
        queue: Option<&'a str>,
    },
    /// A message was larger than the server allows.
    MaximumPayload,
    /// The user or the account has as many subscriptions as it may have. The connection goes on.
    MaximumSubscriptions,
    /// Anything else.
    Other,
}

/// What a user needed permission for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PermissionFor {
    /// To publish to a subject.
    Publish,
    /// To name a subject for replies.
    Reply,
    /// To subscribe to a subject.
    Subscription,
    /// Something that this client does not know.
    Unknown,
}

/// Texts by how they begin, in lower case.
const KNOWN: &[(&str, Reason<'static>)] = &[
    ("authorization violation", Reason::AuthorizationViolation),
    ("user authentication expired", Reason::AuthenticationExpired),
    ("user authentication revoked", Reason::AuthenticationRevoked),
    ("authentication timeout", Reason::AuthenticationTimeout),
    ("account authentication expired", Reason::AccountAuthenticationExpired),
    ("maximum connections exceeded", Reason::MaximumConnectionsExceeded),
    (
        "maximum account active connections exceeded",
        Reason::MaximumConnectionsExceeded,
    ),
    ("stale connection", Reason::StaleConnection),
    ("maximum payload", Reason::MaximumPayload),
    ("maximum subscriptions exceeded", Reason::MaximumSubscriptions),
];

const PERMISSIONS: &str = "permissions violation";

/// What was tried, by how the text goes on after [`PERMISSIONS`].
const ACTIONS: &[(&str, PermissionFor)] = &[
    (" for publish to ", PermissionFor::Publish),
    (" for publish with reply of ", PermissionFor::Reply),
    (" for subscription to ", PermissionFor::Subscription),
];

const USING_QUEUE: &str = " using queue ";

impl<'a> Reason<'a> {
    /// The meaning of an `-ERR` line, from what stands behind `-ERR`, with or without the quotes.
    pub(crate) fn from_err_line(rest: &'a str) -> Reason<'a> {
        let text = err_text(rest);
        if let Some(details) = after(text, PERMISSIONS) {
            return permissions(details);
        }
        KNOWN
            .iter()
            .find(|(beginning, _)| after(text, beginning).is_some())
            .map_or(Reason::Other, |&(_, reason)| reason)
    }

    /// Whether the server refuses who the client says it is, so that trying again with the same credentials is
    /// unlikely to help.
    pub(crate) fn is_authentication(&self) -> bool {
        matches!(
            self,
            Reason::AuthorizationViolation
                | Reason::AuthenticationExpired
                | Reason::AuthenticationRevoked
                | Reason::AuthenticationTimeout
                | Reason::AccountAuthenticationExpired
        )
    }
}

/// What a text goes on with after a beginning, ignoring case.
fn after<'a>(text: &'a str, beginning: &str) -> Option<&'a str> {
    let head = text.get(..beginning.len())?;
    head.eq_ignore_ascii_case(beginning).then(|| &text[beginning.len()..])
}

fn permissions(details: &str) -> Reason<'_> {
    let known = ACTIONS
        .iter()
        .find_map(|&(phrase, action)| Some((action, after(details, phrase)?)));
    let Some((action, names)) = known else {
        return Reason::PermissionsViolation {
            action: PermissionFor::Unknown,
            subject: "",
            queue: None,
        };
    };
    let (subject, rest) = quoted(names);
    let queue = after(rest, USING_QUEUE)
        .map(|rest| quoted(rest).0)
        .filter(|queue| !queue.is_empty());
    Reason::PermissionsViolation { action, subject, queue }
}

/// The text between the quotes that a text begins with, and what comes after them. What is escaped inside stays as it
/// is; it is for people to read. Without quotes, the text is empty.
fn quoted(text: &str) -> (&str, &str) {
    let Some(inside) = text.strip_prefix('"') else {
        return ("", text);
    };
    let mut escaped = false;
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return (&inside[..at], &inside[at + 1..]),
            _ => {}
        }
    }
    ("", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violation<'a>(action: PermissionFor, subject: &'a str, queue: Option<&'a str>) -> Reason<'a> {
        Reason::PermissionsViolation { action, subject, queue }
    }

    #[test]
    fn known_texts() {
        let table = [
            ("Authorization Violation", Reason::AuthorizationViolation),
            ("User Authentication Expired", Reason::AuthenticationExpired),
            ("User Authentication Revoked", Reason::AuthenticationRevoked),
            ("Authentication Timeout", Reason::AuthenticationTimeout),
            ("Account Authentication Expired", Reason::AccountAuthenticationExpired),
            ("maximum connections exceeded", Reason::MaximumConnectionsExceeded),
            (
                "maximum account active connections exceeded",
                Reason::MaximumConnectionsExceeded,
            ),
            ("Stale Connection", Reason::StaleConnection),
            ("Maximum Payload Violation", Reason::MaximumPayload),
            ("maximum payload exceeded", Reason::MaximumPayload),
            ("maximum subscriptions exceeded", Reason::MaximumSubscriptions),
            ("Unknown Protocol Operation", Reason::Other),
            ("Stale", Reason::Other),
            ("é", Reason::Other),
            ("stale connectioé", Reason::Other),
            ("", Reason::Other),
        ];
        for (text, reason) in table {
            for line in [text.to_owned(), format!(" '{text}'"), text.to_uppercase()] {
                assert_eq!(Reason::from_err_line(&line), reason, "{line:?}");
            }
        }
    }

    #[test]
    fn permissions_name_what_was_tried() {
        let table = [
            (
                r#"Permissions Violation for Publish to "a.b""#,
                violation(PermissionFor::Publish, "a.b", None),
            ),
            (
                r#"Permissions Violation for Publish with Reply of "_INBOX.x""#,
                violation(PermissionFor::Reply, "_INBOX.x", None),
            ),
            (
                r#"Permissions Violation for Subscription to "a.>""#,
                violation(PermissionFor::Subscription, "a.>", None),
            ),
            (
                r#"Permissions Violation for Subscription to "a" using queue "q""#,
                violation(PermissionFor::Subscription, "a", Some("q")),
            ),
            (
                r#"Permissions Violation for Subscription to "a" (sid "12")"#,
                violation(PermissionFor::Subscription, "a", None),
            ),
            (
                r#"permissions violation for subscription to "a" using queue "q" (sid "1")"#,
                violation(PermissionFor::Subscription, "a", Some("q")),
            ),
            (
                r#"Permissions Violation for Subscription to "a.b", too many tokens"#,
                violation(PermissionFor::Subscription, "a.b", None),
            ),
            (
                r#"Permissions Violation for Publish to "a\"b\\""#,
                violation(PermissionFor::Publish, r#"a\"b\\"#, None),
            ),
            ("Permissions Violation", violation(PermissionFor::Unknown, "", None)),
            (
                r#"Permissions Violation for Publish to "a"#,
                violation(PermissionFor::Publish, "", None),
            ),
            (
                r#"Permissions Violation for Publish to "a\"#,
                violation(PermissionFor::Publish, "", None),
            ),
            (
                r#"Permissions Violation for Subscription to "a" using queue q"#,
                violation(PermissionFor::Subscription, "a", None),
            ),
        ];
        for (text, reason) in table {
            assert_eq!(Reason::from_err_line(text), reason, "{text}");
            let line = format!(" '{text}'");
            assert_eq!(Reason::from_err_line(&line), reason, "{line}");
        }
    }

    #[test]
    fn what_follows_from_a_reason() {
        for (text, authentication) in [
            ("Authorization Violation", true),
            ("User Authentication Expired", true),
            ("Account Authentication Expired", true),
            ("Stale Connection", false),
            ("Permissions Violation", false),
            ("maximum subscriptions exceeded", false),
            ("maximum connections exceeded", false),
            ("?", false),
        ] {
            let reason = Reason::from_err_line(text);
            assert_eq!(reason.is_authentication(), authentication, "{text}");
        }
    }
}
