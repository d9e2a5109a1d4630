//! Tests of INFO and CONNECT: the JSON, field by field, and what `Debug` keeps to itself.

use super::*;

const INFO: &str = r#"{"server_id":"NDX","server_name":"n1","version":"2.12.0","proto":1,"git_commit":"abc",
    "go":"go1.25","host":"0.0.0.0","port":4222,"headers":true,"auth_required":true,"tls_required":true,
    "tls_verify":true,"max_payload":1048576,"jetstream":true,"client_id":18446744073709551615,
    "client_ip":"127.0.0.1","nonce":"n0nce","cluster":"c","domain":"d","connect_urls":["a:1","[::1]:2"],
    "ldm":true,"xkey":"X","api_lvl":2}"#;

#[test]
fn info_with_everything() {
    let info = ServerInfo::parse(INFO.as_bytes()).expect("valid");
    let expected = ServerInfo {
        server_id: "NDX".into(),
        server_name: "n1".into(),
        host: "0.0.0.0".into(),
        port: 4222,
        version: "2.12.0".into(),
        auth_required: true,
        tls_required: true,
        max_payload: 1_048_576,
        proto: 1,
        client_id: u64::MAX,
        go: "go1.25".into(),
        nonce: "n0nce".into(),
        connect_urls: vec!["a:1".into(), "[::1]:2".into()],
        client_ip: "127.0.0.1".into(),
        headers: true,
        lame_duck_mode: true,
        cluster: Some("c".into()),
        domain: Some("d".into()),
        jetstream: true,
    };
    assert_eq!(info, expected);
}

#[test]
fn info_with_nothing() {
    for json in ["{}", " {} ", r#"{"cluster":null,"unknown":[{}]}"#] {
        let info = ServerInfo::parse(json.as_bytes()).expect("valid");
        assert_eq!(info, ServerInfo::default(), "{json}");
    }
}

#[test]
fn info_that_cannot_be_read_says_so() {
    let deep = "[".repeat(100_000);
    let bad = [
        "",
        "{",
        "{} {}",
        "null",
        "SSH-2.0-OpenSSH",
        r#"{"port":65536}"#,
        r#"{"port":"4222"}"#,
        r#"{"max_payload":-1}"#,
        r#"{"max_payload":1e99}"#,
        r#"{"client_id":18446744073709551616}"#,
        r#"{"connect_urls":[1]}"#,
        r#"{"port":1,"port":2}"#,
        &deep,
    ];
    for json in bad {
        let error = ServerInfo::parse(json.as_bytes()).expect_err("not INFO");
        let text = error.to_string();
        assert!(text.starts_with("the server's INFO cannot be read: "), "{text}");
        assert!(std::error::Error::source(&error).is_some());
    }
    assert!(ServerInfo::parse(b"{\"go\":\"\xff\"}").is_err());
}

fn connect_info() -> ConnectInfo {
    ConnectInfo {
        verbose: true,
        pedantic: false,
        user_jwt: None,
        nkey: None,
        signature: None,
        name: None,
        echo: true,
        lang: "rust".into(),
        version: "0.49.1".into(),
        protocol: Protocol::Dynamic,
        tls_required: false,
        user: None,
        pass: None,
        auth_token: None,
        headers: true,
        no_responders: true,
    }
}

fn line(info: &ConnectInfo) -> String {
    let mut out = b"before".to_vec();
    info.write_line(&mut out);
    let out = String::from_utf8(out).expect("JSON is text");
    out.strip_prefix("before").expect("appended").to_owned()
}

#[test]
fn connect_line_without_credentials() {
    assert_eq!(
        line(&connect_info()),
        concat!(
            r#"CONNECT {"verbose":true,"pedantic":false,"jwt":null,"nkey":null,"sig":null,"name":null,"#,
            r#""echo":true,"lang":"rust","version":"0.49.1","protocol":1,"tls_required":false,"#,
            r#""user":null,"pass":null,"auth_token":null,"headers":true,"no_responders":true}"#,
            "\r\n"
        )
    );
}

fn connect_info_with_secrets() -> ConnectInfo {
    ConnectInfo {
        user_jwt: Some("s3cret-jwt".into()),
        nkey: Some("UPUBLIC".into()),
        signature: Some("s3cret-signature".into()),
        name: Some("me".into()),
        user: Some("someone".into()),
        pass: Some("s3cret-pass".into()),
        auth_token: Some("s3cret-token".into()),
        ..connect_info()
    }
}

#[test]
fn connect_line_with_credentials() {
    let line = line(&connect_info_with_secrets());
    for field in [
        r#""jwt":"s3cret-jwt""#,
        r#""nkey":"UPUBLIC""#,
        r#""sig":"s3cret-signature""#,
        r#""name":"me""#,
        r#""user":"someone""#,
        r#""pass":"s3cret-pass""#,
        r#""auth_token":"s3cret-token""#,
    ] {
        assert!(line.contains(field), "{field} in {line}");
    }
}

#[test]
fn no_field_ends_the_line() {
    let evil = "a\r\nPUB b 0\r\n\r\n\0\u{1b}\"}";
    let info = ConnectInfo {
        name: Some(evil.into()),
        user: Some(evil.into()),
        pass: Some(evil.into()),
        ..connect_info()
    };
    let line = line(&info);
    let body = line.strip_suffix("\r\n").expect("one line");
    assert!(!body.bytes().any(|byte| byte.is_ascii_control()), "{body}");
    let json: serde_json::Value = serde_json::from_str(body.strip_prefix("CONNECT ").expect("verb")).expect("JSON");
    assert_eq!(json["name"], evil);
}

#[test]
fn debug_of_connect_info_shows_no_secret() {
    let debug = format!("{:?}", connect_info_with_secrets());
    assert!(!debug.contains("s3cret"), "{debug}");
    assert!(debug.contains(r#"user: Some("someone"), pass: Some("***")"#), "{debug}");
    assert!(format!("{:?}", connect_info()).contains("pass: None"));
}

#[test]
fn protocol_is_a_number() {
    for (protocol, json) in [(Protocol::Original, "0"), (Protocol::Dynamic, "1")] {
        assert_eq!(serde_json::to_string(&protocol).unwrap(), json);
        assert_eq!(serde_json::from_str::<Protocol>(json).unwrap(), protocol);
    }
    for bad in ["2", "-1", "256", "null", r#""1""#] {
        assert!(serde_json::from_str::<Protocol>(bad).is_err(), "{bad}");
    }
}
