//! What a user may not do: the server says so, the connection goes on, and who tried it is told.

use async_nats::{Client, ConnectOptions, Event, ServerError};
use nats_server::proxy::Proxy;
use nats_server::{run_server_with_config_text, Server};

use crate::support::{connect, connect_with, connected, fenced, next, text, within, Events};

/// Anybody who does not say who it is.
const GUEST: &str = r#"
    authorization {
        users: [ { user: guest, password: guest, permissions: {
            publish: { deny: "secret.>" }
            subscribe: { deny: "secret.>" }
        } } ]
        timeout: 20
    }
    no_auth_user: guest
"#;

fn is_violation(event: &Event) -> bool {
    matches!(event, Event::ServerError(ServerError::Other(text)) if text.starts_with("Permissions Violation"))
}

async fn guest(events: &Events, server: &Server) -> Client {
    connect_with(events.record(ConnectOptions::new()), server).await
}

#[tokio::test]
async fn a_forbidden_publish_is_reported_and_the_connection_goes_on() {
    let server = run_server_with_config_text(GUEST);
    let events = Events::default();
    let client = guest(&events, &server).await;
    let mut messages = client.subscribe("open").await.expect("a good subject");
    client
        .publish("secret.plan", "x".into())
        .await
        .expect("the server alone knows that it may not");
    client.publish("open", "y".into()).await.expect("a good subject");
    assert_eq!(text(&next(&mut messages).await), "y");
    let event = events.find("the violation", is_violation).await;
    assert!(event.to_string().contains("secret.plan"), "{event}");
    assert_eq!(events.count(|event| *event == Event::Disconnected), 0);
}

#[tokio::test]
async fn a_forbidden_subscription_says_so_to_its_reader() {
    let server = run_server_with_config_text(GUEST);
    let events = Events::default();
    let client = guest(&events, &server).await;
    let mut open = client.subscribe("open").await.expect("a good subject");
    let mut secret = client
        .subscribe("secret.plan")
        .await
        .expect("the server alone knows that it may not");
    assert_eq!(secret.take_refusal(), None);
    let error = within("the refusal", secret.next_or_refused())
        .await
        .expect_err("it is refused");
    assert!(error.to_string().contains("secret.plan"), "{error}");
    assert_eq!(secret.take_refusal(), None, "it was told already");
    events.find("the violation", is_violation).await;

    client.publish("open", "x".into()).await.expect("a good subject");
    let message = within("a message", open.next_or_refused()).await.expect("it may");
    assert_eq!(message.map(|message| text(&message)).as_deref(), Some("x"));
    assert_eq!(open.take_refusal(), None);
}

#[tokio::test]
async fn a_forbidden_queue_subscription_says_so_to_its_reader() {
    let server = run_server_with_config_text(GUEST);
    let events = Events::default();
    let client = guest(&events, &server).await;
    let mut plain = client.subscribe("secret.other").await.expect("a good subject");
    let mut grouped = client
        .queue_subscribe("secret.plan", "spies".into())
        .await
        .expect("a good subject");
    fenced(&client).await;
    let refusal = grouped.take_refusal().expect("it is refused");
    assert!(refusal.to_string().contains("secret.plan"), "{refusal}");
    let refusal = plain.take_refusal().expect("it is refused");
    assert!(refusal.to_string().contains("secret.other"), "{refusal}");
}

/// I6: what was refused is asked for again, because another server may allow it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_subscription_is_asked_for_again_after_a_reconnect() {
    let server = run_server_with_config_text(GUEST);
    let address = Proxy::in_front_of(&server);
    let events = Events::default();
    let options = events.record(ConnectOptions::new());
    let client = options.connect(address.url()).await.expect("the server takes it");
    let mut secret = client.subscribe("secret.plan").await.expect("a good subject");
    fenced(&client).await;
    assert!(secret.take_refusal().is_some());
    drop(server);
    let server = nats_server::run_basic_server();
    address.set_target(server.client_address());
    events
        .nth("the next connection", 2, |event| *event == Event::Connected)
        .await;
    connected(&client).await;
    fenced(&client).await;
    assert_eq!(secret.take_refusal(), None);
    let other = connect(&server).await;
    other.publish("secret.plan", "x".into()).await.expect("a good subject");
    assert_eq!(text(&next(&mut secret).await), "x");
}

/// A request to a subject that the client may not publish to ends at once or by its time-out, never in silence (I5).
#[tokio::test]
async fn a_forbidden_request_ends() {
    let server = run_server_with_config_text(GUEST);
    let events = Events::default();
    let client = guest(&events, &server).await;
    let request = async_nats::Request::new().timeout(Some(std::time::Duration::from_millis(100)));
    let error = within("the end of the request", client.send_request("secret.plan", request)).await;
    assert_eq!(
        error.expect_err("nobody heard it").kind(),
        async_nats::RequestErrorKind::TimedOut
    );
    events.find("the violation", is_violation).await;
}
