//! What is an address and what is not, and that no credentials are shown.

use super::*;

/// Text, scheme, host, port, user, password.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    u16,
    Option<&'static str>,
    Option<&'static str>,
);

const GOOD: &[Row] = &[
    ("localhost", "nats", "localhost", 4222, None, None),
    ("localhost:5222", "nats", "localhost", 5222, None, None),
    ("127.0.0.1", "nats", "127.0.0.1", 4222, None, None),
    ("[::1]", "nats", "::1", 4222, None, None),
    ("[::1]:5222", "nats", "::1", 5222, None, None),
    ("nats://localhost", "nats", "localhost", 4222, None, None),
    ("nats://localhost:", "nats", "localhost", 4222, None, None),
    ("NATS://LocalHost", "nats", "LocalHost", 4222, None, None),
    ("nats://localhost/", "nats", "localhost", 4222, None, None),
    ("nats://[::]", "nats", "::", 4222, None, None),
    ("tls://localhost", "tls", "localhost", 4222, None, None),
    ("tls://[::]:443", "tls", "::", 443, None, None),
    ("ws://localhost", "ws", "localhost", 80, None, None),
    ("ws://localhost:80", "ws", "localhost", 80, None, None),
    ("ws://LocalHost:8080", "ws", "localhost", 8080, None, None),
    ("ws://[::1]", "ws", "::1", 80, None, None),
    ("ws://1.2.3", "ws", "1.2.0.3", 80, None, None),
    ("wss://localhost/path", "wss", "localhost", 443, None, None),
    ("wss://localhost:4222", "wss", "localhost", 4222, None, None),
    ("token@localhost", "nats", "localhost", 4222, Some("token"), None),
    ("nats://u:p@localhost:1", "nats", "localhost", 1, Some("u"), Some("p")),
    ("nats://u:@localhost", "nats", "localhost", 4222, Some("u"), None),
    ("nats://:p@localhost", "nats", "localhost", 4222, None, Some("p")),
    (
        "nats://u:p%40q@localhost",
        "nats",
        "localhost",
        4222,
        Some("u"),
        Some("p%40q"),
    ),
    (
        "nats://u:p@q@localhost",
        "nats",
        "localhost",
        4222,
        Some("u"),
        Some("p%40q"),
    ),
    // There is a URL without a host; nothing can be connected to.
    ("nats://", "nats", "", 4222, None, None),
    ("", "nats", "", 4222, None, None),
];

#[test]
fn parts_of_addresses() {
    for &(text, scheme, host, port, user, password) in GOOD {
        let addr: ServerAddr = text.parse().expect(text);
        assert_eq!(addr.scheme(), scheme, "{text}");
        assert_eq!(addr.host(), host, "{text}");
        assert_eq!(addr.port(), port, "{text}");
        assert_eq!(addr.username(), user, "{text}");
        assert_eq!(addr.password(), password, "{text}");
        assert_eq!(addr.has_user_pass(), user.is_some(), "{text}");
        assert_eq!(addr.tls_required(), scheme == "tls", "{text}");
        assert_eq!(addr.is_websocket(), scheme.starts_with("ws"), "{text}");
        let url = addr.clone().into_inner();
        assert_eq!(addr.as_url_str(), url.as_str());
        assert_eq!(ServerAddr::from_url(url).expect(text), addr);
    }
}

#[test]
fn bad_addresses_are_named_without_their_credentials() {
    let bad = [
        ("localhost:port", "localhost:port"),
        ("localhost:65536", "localhost:65536"),
        ("nats://s3cret@[::1", "nats://***@[::1"),
        ("nats://u:s3cret@", "nats://***@"),
        ("u:s3cret@host:port", "***@host:port"),
        ("nats://u:s3/cret@host:x", "nats://***@host:x"),
        ("nats://u:s3cret@a@b:x", "nats://***@b:x"),
        ("s3cret@x://y", "***@x://y"),
        ("nats://a b", "nats://a b"),
        ("ws://", "ws://"),
        ("://host", "://host"),
    ];
    for (text, shown) in bad {
        let error = text.parse::<ServerAddr>().expect_err(text);
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{text}");
        let message = error.to_string();
        assert!(message.starts_with("NATS server URL is invalid: "), "{message}");
        assert!(message.contains(&format!("{shown:?}")), "{message}");
        assert!(message.contains("expected [scheme://]"), "{message}");
        assert!(!message.contains("s3cret"), "{message}");
    }
    for (text, shown) in [
        ("http://u:s3cret@host", "http://***@host/"),
        ("mqtt://host", "mqtt://host"),
        ("u:s3cret://s3cret@host", "***@host"),
    ] {
        let error = text.parse::<ServerAddr>().expect_err(text);
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{text}");
        let message = error.to_string();
        assert!(message.starts_with("invalid scheme for NATS server URL: "), "{message}");
        assert!(message.contains(&format!("{shown:?}")), "{message}");
        assert!(!message.contains("s3cret"), "{message}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let table = [
        ("localhost", "ServerAddr(nats://localhost)"),
        ("ws://localhost:8080/path", "ServerAddr(ws://localhost:8080)"),
        ("tls://[::1]:7000", "ServerAddr(tls://[::1]:7000)"),
        ("u:s3cret@host:1", "ServerAddr(nats://u:***@host:1)"),
        (":s3cret@host", "ServerAddr(nats://:***@host)"),
        ("s3cret@host", "ServerAddr(nats://***@host)"),
        // A password with a slash that was not encoded: part of it is a port, and part of it a path.
        ("nats://u:12/s3cret@host", "ServerAddr(nats://u:12)"),
    ];
    for (text, shown) in table {
        let addr: ServerAddr = text.parse().expect(text);
        assert_eq!(format!("{addr:?}"), shown);
        assert_eq!(format!("ServerAddr({})", addr.redacted()), shown);
    }
}

#[test]
fn credentials_are_decoded() {
    let user = |user: &str, password: &str| {
        Some(UrlCredentials::UserAndPassword {
            user: user.to_owned(),
            password: password.to_owned(),
        })
    };
    let table = [
        ("host", None),
        ("token@host", Some(UrlCredentials::Token("token".into()))),
        ("t%2Fk%3a@host", Some(UrlCredentials::Token("t/k:".into()))),
        ("u:p@host", user("u", "p")),
        ("u:@host", Some(UrlCredentials::Token("u".into()))),
        (":p@host", user("", "p")),
        ("u%40x:p%40%c3%a9@host", user("u@x", "p@é")),
        ("u:p%4@host", user("u", "p%4")),
        ("u:p%zz%@host", user("u", "p%zz%")),
        ("u:%ff@host", user("u", "%ff")),
    ];
    for (text, expected) in table {
        let addr: ServerAddr = text.parse().expect(text);
        assert!(addr.credentials() == expected, "{text}");
    }
}

#[test]
fn lists_of_addresses() {
    fn all(addrs: impl ToServerAddrs) -> Vec<String> {
        addrs
            .to_server_addrs()
            .expect("all are valid")
            .map(|addr| addr.as_url_str().to_owned())
            .collect()
    }
    let texts = ["nats://a", "tls://b:1"];
    let addrs: Vec<ServerAddr> = texts.map(|text| text.parse().expect(text)).into();
    assert_eq!(all("nats://a"), texts[..1]);
    assert_eq!(all(String::from("a")), texts[..1]);
    assert_eq!(all(&addrs[0]), texts[..1]);
    assert_eq!(all(addrs[0].clone()), texts[..1]);
    assert_eq!(all(&texts[..]), texts);
    assert_eq!(all(texts.to_vec()), texts);
    assert_eq!(all(texts.map(String::from).to_vec()), texts);
    assert_eq!(all(&texts.map(String::from)[..]), texts);
    assert_eq!(all(addrs.as_slice()), texts);
    assert_eq!(all(&addrs), texts);
    assert_eq!(all(addrs), texts);
    assert_eq!(all(Vec::<ServerAddr>::new()), Vec::<String>::new());
    assert!(["a", "b:port"].to_server_addrs().is_err());
}

#[tokio::test]
async fn an_ip_address_needs_no_resolver() {
    let addr: ServerAddr = "[::1]:7".parse().expect("valid");
    let found: Vec<SocketAddr> = addr.socket_addrs().await.expect("no lookup").collect();
    assert_eq!(found, [SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 7))]);
}
