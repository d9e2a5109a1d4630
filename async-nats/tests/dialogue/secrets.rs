//! No secret in a trace, an event, an error, or anything that can be shown (I15).

use std::fmt::{Debug, Write};
use std::sync::Mutex;

use async_nats::{Auth, ConnectInfo, ConnectOptions, Event, Protocol, ServerAddr};
use nats_server::auth::{Jwt, NKey, Role};
use nats_server::script::Info;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};

use crate::support::*;

const PASSWORD: &str = "p4ssw0rd-of-derek";
const TOKEN: &str = "t0ken-of-all-tokens";
const JWT: &str = "eyJhbGciOi.eyJqdGki.c2lnbmF0dXJl";

/// Takes all that is traced on all threads, at every level, as words.
///
/// It is the one subscriber of this binary: tracing forgets places in the code that were first met on a thread without one.
struct Traces;

/// The words; `None` while no test wants them.
static TRACED: Mutex<Option<String>> = Mutex::new(None);

/// Begins to take down what is traced, for as long as tests run.
fn record_traces() {
    TRACED.lock().expect("no panic").get_or_insert_default();
    // A second test finds the one of the first.
    let _ = tracing::subscriber::set_global_default(Traces);
}

impl Traces {
    fn note(metadata: &Metadata<'_>, record: impl FnOnce(&mut dyn Visit)) {
        if let Some(text) = &mut *TRACED.lock().expect("no panic") {
            let _ = write!(text, "{} {}:", metadata.level(), metadata.target());
            record(&mut Words(text));
            text.push('\n');
        }
    }
}

struct Words<'a>(&'a mut String);

impl Visit for Words<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl Subscriber for Traces {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        Self::note(span.metadata(), |words| span.record(words));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        if let Some(text) = &mut *TRACED.lock().expect("no panic") {
            values.record(&mut Words(text));
        }
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        Self::note(event.metadata(), |words| event.record(words));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Fails when one of the secrets is in the text.
#[track_caller]
fn assert_silent(text: &str, secrets: &[&str]) {
    for secret in secrets {
        if let Some(at) = text.find(secret) {
            let from = text[..at].rfind('\n').map_or(0, |at| at + 1);
            let to = text[at..].find('\n').map_or(text.len(), |end| at + end);
            panic!("a secret is shown: {}", &text[from..to]);
        }
    }
}

/// A life with everything that is traced: refusals, reconnects, discovery, a lame duck, garbage, bad headers, a drain.
async fn live(addr: &str, options: ConnectOptions, shown: &mut String) {
    let _ = writeln!(shown, "{options:?} {options:#?}");
    let info = || {
        Info::new()
            .nonce("n0nce")
            .auth_required(true)
            .connect_urls(["two:4222"])
    };

    let mut net = Net::new();
    let connecting = options.clone().dialer(net.dialer()).connect(addr);
    let (result, ()) = tokio::join!(connecting, async {
        let mut peer = net.accept().await;
        peer.send_info(info()).await;
        peer.expect_connect().await;
        peer.expect_ping().await;
        peer.send_err("Authorization Violation").await;
        peer.expect_eof().await;
    });
    let error = error_of(result);
    let _ = writeln!(shown, "{error} {error:?}");

    let mut session = Session::to(addr, options, info()).await;
    let client = session.client.clone();
    let _ = writeln!(shown, "{client:?} {:?}", client.server_info());
    let mut messages = client.subscribe("a").await.expect("good");
    let sid = session.peer.expect_sub().await.sid;
    session
        .peer
        .send_hmsg_raw("a", sid, None, b"NATS/1.0\r\nA\rB\r\n\r\n", "x")
        .await;
    let message = futures_util::StreamExt::next(&mut messages).await.expect("open");
    let _ = writeln!(shown, "{message:?} {messages:?}");
    session
        .peer
        .send_err("Permissions Violation for Publish to \"a\"")
        .await;
    session
        .peer
        .send_info(info().lame_duck(true).connect_urls(["two:4222", "not an address"]))
        .await;
    session.peer.answer_pings(true);
    session.peer.expect_eof().await;
    for step in 0..6 {
        let dial = session.net.dialed().await;
        if step == 0 {
            dial.refuse();
            continue;
        }
        let mut peer = dial.accept();
        match step {
            1 => peer.send_raw("HTTP/1.1 200 OK\r\n\r\n").await,
            2 => peer.send_info(info().tls_required(true)).await,
            3 => {
                peer.send_info(info()).await;
                peer.expect_connect().await;
                peer.expect_ping().await;
                peer.send_err("User Authentication Expired").await;
            }
            4 => {}
            _ => {
                peer.handshake_with(info()).await;
                session.peer = peer;
                continue;
            }
        }
        peer.half_close().await;
        peer.read_to_end().await;
    }
    let before = session.events.until(Event::Connected).await;
    let _ = writeln!(shown, "{before:?}");
    for server in client.server_pool().await.expect("open") {
        let _ = writeln!(shown, "{server} {server:?} {:?}", server.addr);
    }
    for pool in [vec![addr, "ws://other"], vec![addr, "http://derek:p4ssw0rd-of-derek@x"]] {
        let error = error_of(client.set_server_pool(pool).await);
        let _ = writeln!(shown, "{error} {error:?}");
    }
    session.peer.send_raw("GARBAGE\r\n").await;
    session.peer.read_to_end().await;
    session.peer = session.net.accept().await;
    session.peer.handshake_with(info()).await;
    session.peer.answer_pings(true);
    let (drained, _) = tokio::join!(client.drain_with_timeout(secs(5)), session.peer.read_to_end());
    let _ = writeln!(shown, "{drained:?} {:?}", session.events.until_the_end().await);
}

/// The CONNECT line was traced with its password.
#[tokio::test(start_paused = true)]
async fn no_secret_is_ever_shown() {
    record_traces();
    let jwt = Jwt::new();
    let user = jwt.user(3);
    let key = NKey::new(Role::User, 7);
    let (seed, user_seed) = (key.seed(), user.key.seed());
    let mut shown = String::new();

    let in_url = format!("nats://derek:{PASSWORD}@one");
    let token_in_url = format!("nats://{TOKEN}@one");
    live(&in_url, options(), &mut shown).await;
    live(&token_in_url, options(), &mut shown).await;
    live(
        "one",
        options().user_and_password("derek".into(), PASSWORD.into()),
        &mut shown,
    )
    .await;
    live("one", options().token(TOKEN.into()), &mut shown).await;
    live("one", options().nkey(seed.clone()), &mut shown).await;
    live(
        "one",
        options().jwt(JWT.into(), |_| async { Ok(vec![1; 64]) }),
        &mut shown,
    )
    .await;
    live(
        "one",
        options().credentials(&user.credentials()).expect("good credentials"),
        &mut shown,
    )
    .await;
    let path = jwt.credentials_file(&user);
    live("one", options().credentials_file_each_connect(path), &mut shown).await;
    let by_callback = ConnectOptions::with_auth_callback(|_| async {
        let mut auth = Auth::new();
        auth.username = Some("derek".into());
        auth.password = Some(PASSWORD.into());
        auth.token = Some(TOKEN.into());
        auth.jwt = Some(JWT.into());
        Ok(auth)
    });
    live("one", by_callback, &mut shown).await;

    let secrets = [PASSWORD, TOKEN, JWT, &seed, &user_seed, &user.jwt];
    let traced = TRACED.lock().expect("no panic").clone().expect("it is recorded");
    let words = ["connected", "connecting", "could not connect", "the connection ended"];
    assert!(
        words.iter().all(|word| traced.contains(word)),
        "hardly anything was traced: {traced}"
    );
    assert_silent(&traced, &secrets);
    assert_silent(&shown, &secrets);
}

/// Bad credentials are told of without showing them.
#[tokio::test(start_paused = true)]
async fn no_secret_is_in_an_error_about_it() {
    record_traces();
    let mut shown = String::new();
    for addr in [
        format!("http://derek:{PASSWORD}@one"),
        format!("nats://derek:{PASSWORD}@one:port"),
        format!("nats://{TOKEN}@"),
        format!("nats//derek:{PASSWORD}@one two"),
        format!("derek:{PASSWORD}/@one"),
    ] {
        match options().connect(addr.as_str()).await {
            Ok(client) => panic!("{client:?}"),
            Err(error) => writeln!(shown, "{error} {error:?}").expect("memory"),
        }
        if let Err(error) = addr.parse::<ServerAddr>() {
            writeln!(shown, "{error} {error:?}").expect("memory");
        }
    }
    let seed = NKey::new(Role::User, 7).seed();
    let bad_seed = format!("{}A", &seed[..seed.len() - 1]);
    let bad_file = format!("-----BEGIN NATS USER JWT-----\n{JWT}\n------END\n\n---BEGIN---\n{bad_seed}\n---END---\n");
    for text in [bad_file.as_str(), "-----\nno block\n", JWT] {
        if let Err(error) = options().credentials(text) {
            writeln!(shown, "{error} {error:?}").expect("memory");
        }
    }
    let mut net = Net::new();
    let result = connect_to(&mut net, SERVER, options().nkey(bad_seed.clone()), |mut peer| async {
        peer.send_info(Info::new().nonce("n0nce")).await;
        peer.expect_eof().await;
        peer
    });
    let error = error_of(result.await);
    writeln!(shown, "{error} {error:?}").expect("memory");
    let connect = ConnectInfo {
        verbose: false,
        pedantic: false,
        user_jwt: Some(JWT.into()),
        nkey: None,
        signature: Some(TOKEN.into()),
        name: None,
        echo: true,
        lang: "rust".into(),
        version: "1".into(),
        protocol: Protocol::Dynamic,
        tls_required: false,
        user: Some("derek".into()),
        pass: Some(PASSWORD.into()),
        auth_token: Some(TOKEN.into()),
        headers: true,
        no_responders: true,
    };
    writeln!(shown, "{connect:?} {connect:#?}").expect("memory");
    let secrets = [PASSWORD, TOKEN, JWT, &bad_seed];
    let traced = TRACED.lock().expect("no panic").clone().expect("it is recorded");
    assert_silent(&traced, &secrets);
    assert_silent(&shown, &secrets);
}
