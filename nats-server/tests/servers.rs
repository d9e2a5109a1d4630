//! Single servers: how they start, stop, and disappear.

mod common;

use common::{wait_until, Client};
use nats_server::{
    is_port_available, run_basic_server, run_server, run_server_with_config_text, run_server_with_port, Launch,
};
use serde_json::json;

#[test]
fn a_basic_server_takes_connections_at_once() {
    let server = run_basic_server();
    let mut client = Client::connect(server.client_port());
    client.round_trip();
    assert_eq!(
        server.client_url(),
        format!("nats://localhost:{}", server.client_port())
    );
    let (major, minor, patch) = nats_server::version();
    assert_eq!(client.info["version"], format!("{major}.{minor}.{patch}"));
}

#[test]
fn process_and_files_are_gone_after_drop() {
    let mut server = run_basic_server();
    let (port, log) = (server.client_port(), server.log_path());
    assert!(server.is_running());
    assert!(server.log().contains("Server is ready"));
    assert!(!is_port_available(port.into()));
    drop(server);
    assert!(is_port_available(port.into()));
    let folder = log.parent().expect("the log lies in the server's folder");
    assert!(!folder.exists());
}

#[test]
fn the_process_is_the_one_whose_id_is_told() {
    let server = run_basic_server();
    let pid = server.log_path().with_file_name("server.pid");
    let written = std::fs::read_to_string(pid).expect("the server writes its pid file");
    assert_eq!(written.trim(), server.client_pid().to_string());
}

#[test]
fn a_given_port_is_used() {
    let port = nats_server::free_port();
    let server = run_server_with_port("", Some(&port.to_string()));
    assert_eq!(server.client_port(), port);
    Client::connect(port).round_trip();
}

#[test]
fn a_configuration_file_is_relative_to_the_current_folder() {
    let server = run_server("tests/configs/listen.conf");
    // The file names a fixed port, which must not keep two tests from running at the same time.
    let again = run_server("tests/configs/listen.conf");
    assert_ne!(server.client_port(), again.client_port());
    let client = Client::connect(server.client_port());
    assert_eq!(client.info["max_payload"], 1000);
}

#[test]
fn credentials_stand_in_the_url() {
    let server = run_basic_server();
    let port = server.client_port();
    assert_eq!(
        server.client_url_with("derek", "s3:cr3t"),
        format!("nats://derek:s3%3Acr3t@localhost:{port}")
    );
    assert_eq!(
        server.client_url_with_token("t0ken"),
        format!("nats://t0ken@localhost:{port}")
    );
}

#[test]
fn a_restart_keeps_port_and_store() {
    let mut server = run_server_with_config_text("jetstream { max_file_store: 100MB }");
    let (port, pid) = (server.client_port(), server.client_pid());
    let mut client = Client::connect(port);
    let made = client.jetstream(
        "STREAM.CREATE.kept",
        &json!({ "name": "kept", "subjects": ["kept"], "storage": "file" }),
    );
    assert_eq!(made["config"]["name"], "kept", "{made}");
    server.restart();
    assert_eq!(server.client_port(), port);
    assert_ne!(server.client_pid(), pid);
    assert!(client.answer().is_err(), "the old connection has ended");
    let found = Client::connect(port).jetstream("STREAM.INFO.kept", &json!({}));
    assert_eq!(found["config"]["name"], "kept", "{found}");
}

#[test]
fn a_killed_server_can_be_started_again() {
    let mut server = run_basic_server();
    let port = server.client_port();
    let mut client = Client::connect(port);
    server.kill();
    assert!(client.answer().is_err());
    assert!(!server.is_running());
    assert!(is_port_available(port.into()));
    assert!(server.pause().is_err() && server.monitor("/varz").is_err());
    server.start();
    assert_eq!(server.client_port(), port);
    Client::connect(port).round_trip();
    let process = server.client_pid();
    server.start();
    assert_eq!(server.client_pid(), process, "a running server stays as it is");
}

#[cfg(unix)]
#[test]
fn an_ordered_stop_is_seen_in_the_log() {
    let mut server = run_basic_server();
    server.stop();
    assert!(server.log().contains("Server Exiting"), "{}", server.log());
    server.stop();
    server.kill();
}

#[cfg(unix)]
#[test]
fn a_paused_server_answers_after_it_was_resumed() {
    let mut server = run_basic_server();
    let mut client = Client::connect(server.client_port());
    server.pause().expect("it runs");
    client.send("PING\r\n").expect("the socket takes a few bytes");
    assert!(server.is_running());
    server.resume().expect("it runs");
    assert_eq!(client.answer().expect("the answer comes late"), "PONG");
    server.pause().expect("it runs");
    server.stop();
    assert!(client.answer().is_err());
}

#[cfg(unix)]
#[test]
fn lame_duck_mode_is_told_to_clients() {
    let server = run_basic_server();
    let mut client = Client::connect(server.client_port());
    nats_server::set_lame_duck_mode(&server);
    wait_until("the client is told", || {
        let line = client.line().expect("the server tells before it closes");
        line.starts_with("INFO ") && line.contains("\"ldm\":true")
    });
}

#[test]
fn a_server_that_does_not_start_says_why() {
    let error = Launch::new()
        .config_text("no_such_option_at_all: 1")
        .try_start()
        .expect_err("the option is unknown");
    let text = error.to_string();
    assert!(text.contains("no_such_option_at_all"), "{text}");
    assert!(text.contains("command: "), "{text}");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let server = run_basic_server();
    let error = Launch::new()
        .port(server.client_port())
        .try_start()
        .expect_err("the port is taken");
    let text = error.to_string();
    assert!(text.contains("address already in use"), "{text}");
    assert!(text.contains(&server.client_port().to_string()), "{text}");
}

#[test]
#[should_panic(expected = "is no port number")]
fn a_port_that_is_none_is_refused() {
    run_server_with_port("", Some("many"));
}

#[test]
fn the_monitoring_port_answers() {
    let server = run_server_with_config_text("server_name: monitored");
    let varz = server.monitor("/varz").expect("the server answers");
    assert_eq!(varz["server_name"], "monitored");
    assert!(server.monitor("/nothing").is_err());
}

#[test]
fn a_websocket_has_its_url() {
    let server = run_server_with_config_text("websocket { listen: \"127.0.0.1:-1\", no_tls: true }");
    let url = server.websocket_url().expect("the configuration has one");
    assert!(url.starts_with("ws://localhost:"), "{url}");
    assert_eq!(run_basic_server().websocket_url(), None);
}

#[test]
fn the_server_can_listen_on_another_address() {
    let Ok(_) = std::net::TcpListener::bind("[::1]:0") else {
        println!("skipped: this machine has no IPv6");
        return;
    };
    let host = std::net::Ipv6Addr::LOCALHOST.into();
    let server = Launch::new().host(host).start();
    let connected = std::net::TcpStream::connect(("::1", server.client_port()));
    assert!(connected.is_ok());
    assert!(server.monitor("/varz").is_ok());
}
