use super::*;
use crate::proto::handshake::Protocol;

const JWT: &str = "eyJ0eXAiOiJKV1QifQ.e30.c2ln";
const SEED: &str = "SUAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H776Y";
const PUBLIC: &str = "UAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3RLKK";
const NONCE: &str = "nonce-of-the-server";
const SIGNATURE: &str = "rTV4ycp8zBY6ZL2aa32p_U8HTUdIwKEt83QHohIQdRIdXiNhIsx7f0MV_cRL-rZQYjpLYjtciQDjbzoemzSXBA";

fn credentials() -> String {
    format!("------\n{JWT}\n------\n------\n{SEED}\n------\n")
}

/// The answer to the nonce for a URL, as user, pass, auth_token, nkey, sig, jwt; the empty string
/// stands for a field that is not sent.
async fn fields(authentication: &Authentication, url: &str) -> [String; 6] {
    let addr = url.parse().expect("a URL of the test");
    let answer = authentication.answer(NONCE, &addr).await.unwrap();
    let shown = format!("{answer:?}");
    let Answer {
        user,
        pass,
        auth_token,
        nkey,
        sig,
        jwt,
    } = answer;
    [user, pass, auth_token, nkey, sig, jwt].map(|field| {
        let text = field.map(|secret| secret.expose().to_owned());
        let text = text.unwrap_or_default();
        assert!(text.is_empty() || !shown.contains(&text), "{shown}");
        text
    })
}

#[tokio::test]
async fn nothing_set_sends_nothing() {
    let authentication = Authentication::default();
    assert!(authentication.is_empty());
    let answer = fields(&authentication, "nats://localhost").await;
    assert_eq!(answer, [""; 6].map(str::to_owned));
}

#[tokio::test]
async fn credentials_of_the_url_are_used_when_nothing_is_set() {
    let nothing = Authentication::default();
    for (url, expected) in [
        ("nats://derek:s3cr3t@localhost", ["derek", "s3cr3t", ""]),
        ("tls://t0ken@localhost:4222", ["", "", "t0ken"]),
        ("ws://derek:s3cr3t@localhost", ["derek", "s3cr3t", ""]),
        ("nats://d%40rek:s3%3Acr3t@localhost", ["d@rek", "s3:cr3t", ""]),
        ("nats://:s3cr3t@localhost", ["", "s3cr3t", ""]),
    ] {
        let answer = fields(&nothing, url).await;
        assert_eq!(answer[..3], expected, "{url}");
        assert_eq!(answer[3..], ["", "", ""], "{url}");
    }
}

#[tokio::test]
async fn options_win_over_the_url() {
    let url = "nats://derek:s3cr3t@localhost";
    let mut token = Authentication::default();
    token.set_token("t0ken".into());
    assert!(!token.is_empty());
    assert_eq!(fields(&token, url).await, ["", "", "t0ken", "", "", ""]);

    let mut user = Authentication::default();
    user.set_user_and_password("ivan".into(), "0ther".into());
    let answer = fields(&user, "nats://t0ken@localhost").await;
    assert_eq!(answer, ["ivan", "0ther", "", "", "", ""]);

    let mut callback = Authentication::default();
    callback.set_callback(|_| async { Ok(Auth::new()) });
    assert_eq!(fields(&callback, url).await, [""; 6].map(str::to_owned));
}

#[cfg(feature = "nkeys")]
#[tokio::test]
async fn nkey_signs_the_nonce() {
    let mut authentication = Authentication::default();
    authentication.set_nkey(SEED.into());
    let answer = fields(&authentication, "nats://t0ken@localhost").await;
    assert_eq!(answer, ["", "", "", PUBLIC, SIGNATURE, ""]);
}

#[cfg(feature = "nkeys")]
#[tokio::test]
async fn bad_seed_is_an_error_that_does_not_show_it() {
    let mut authentication = Authentication::default();
    let changed = SEED.replace("AICAM", "AICAN");
    authentication.set_nkey(changed.clone());
    let addr = "localhost".parse().unwrap();
    let error = authentication.answer(NONCE, &addr).await.unwrap_err();
    assert!(error.to_string().contains("bad checksum"), "{error}");
    assert!(!error.to_string().contains(&changed[8..16]), "{error}");
}

#[cfg(feature = "nkeys")]
#[tokio::test]
async fn everything_set_is_sent_and_the_signature_is_that_of_the_jwt() {
    let mut authentication = Authentication::default();
    authentication.set_user_and_password("ivan".into(), "0ther".into());
    authentication.set_token("t0ken".into());
    authentication.set_nkey(SEED.into());
    authentication.set_jwt(JWT.into(), |nonce| async move {
        assert_eq!(nonce, NONCE.as_bytes());
        Ok(vec![0xff; 3])
    });
    let answer = fields(&authentication, "localhost").await;
    assert_eq!(answer, ["ivan", "0ther", "t0ken", PUBLIC, "____", JWT]);
}

#[cfg(feature = "nkeys")]
#[tokio::test]
async fn last_jwt_or_credentials_count() {
    let mut authentication = Authentication::default();
    authentication.set_jwt("earlier".into(), |_| async { Ok(vec![1]) });
    authentication.set_credentials(&credentials()).unwrap();
    let answer = fields(&authentication, "localhost").await;
    assert_eq!(answer, ["", "", "", "", SIGNATURE, JWT]);

    authentication.set_jwt("later".into(), |_| async { Ok(vec![0xff; 3]) });
    let answer = fields(&authentication, "localhost").await;
    assert_eq!(answer, ["", "", "", "", "____", "later"]);
}

#[cfg(feature = "nkeys")]
#[tokio::test]
async fn error_of_a_signing_callback_is_the_answers() {
    let mut authentication = Authentication::default();
    authentication.set_jwt(JWT.into(), |_| async { Err(AuthError::new("no card")) });
    let addr = "localhost".parse().unwrap();
    let error = authentication.answer(NONCE, &addr).await.unwrap_err();
    assert_eq!(error, AuthError::new("no card"));
}

#[cfg(feature = "nkeys")]
#[tokio::test]
async fn credentials_file_is_read_again_at_each_answer() {
    let name = format!("reread-{}.creds", std::process::id());
    let path = std::env::temp_dir().join(name);
    let mut authentication = Authentication::default();
    authentication.set_credentials_file(path.clone());
    let addr = "localhost".parse().unwrap();

    let error = authentication.answer(NONCE, &addr).await.unwrap_err();
    assert!(error.to_string().contains("reread-"), "{error}");

    std::fs::write(&path, credentials()).unwrap();
    let answer = fields(&authentication, "localhost").await;
    assert_eq!(answer, ["", "", "", "", SIGNATURE, JWT]);

    std::fs::write(&path, credentials().replace(JWT, "renewed")).unwrap();
    let answer = fields(&authentication, "localhost").await;
    assert_eq!(answer[5], "renewed");

    std::fs::write(&path, "nothing of use").unwrap();
    let error = authentication.answer(NONCE, &addr).await.unwrap_err();
    assert!(error.to_string().contains("no JWT"), "{error}");
    assert!(error.to_string().contains("reread-"), "{error}");

    std::fs::write(&path, credentials()).unwrap();
    let mut once = Authentication::default();
    once.load_credentials_file(&path).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    let answer = fields(&once, "localhost").await;
    assert_eq!(answer, ["", "", "", "", SIGNATURE, JWT]);
}

#[tokio::test]
async fn callback_gives_all_fields_and_nothing_else_is_sent() {
    let mut authentication = Authentication::default();
    authentication.set_user_and_password("ivan".into(), "0ther".into());
    authentication.set_token("t0ken".into());
    #[cfg(feature = "nkeys")]
    authentication.set_credentials(&credentials()).unwrap();
    authentication.set_callback(|nonce| async move {
        let mut auth = Auth::new();
        auth.username = Some("derek".into());
        auth.password = Some("s3cr3t".into());
        auth.nkey = Some(PUBLIC.into());
        auth.jwt = Some(JWT.into());
        auth.signature = Some(nonce[..3].to_vec());
        Ok(auth)
    });
    let answer = fields(&authentication, "localhost").await;
    assert_eq!(answer, ["derek", "s3cr3t", "", PUBLIC, "bm9u", JWT]);
}

#[tokio::test]
async fn error_of_the_callback_is_the_answers() {
    let mut authentication = Authentication::default();
    authentication.set_callback(|_| async { Err(AuthError::new("the vault is sealed")) });
    let addr = "nats://derek:s3cr3t@localhost".parse().unwrap();
    let error = authentication.answer(NONCE, &addr).await.unwrap_err();
    assert_eq!(error, AuthError::new("the vault is sealed"));
}

#[test]
fn debug_shows_no_secret() {
    let mut authentication = Authentication::default();
    authentication.set_user_and_password("ivan".into(), "0ther".into());
    authentication.set_token("t0ken".into());
    #[cfg(feature = "nkeys")]
    {
        authentication.set_nkey(SEED.into());
        authentication.set_credentials(&credentials()).unwrap();
    }
    let shown = format!("{authentication:?}");
    for secret in ["0ther", "t0ken", SEED, JWT] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn answer_fills_a_connect_and_empties_what_it_does_not_say() {
    let text = |name: &str| Some(name.to_owned());
    let mut connect = ConnectInfo {
        verbose: false,
        pedantic: false,
        user_jwt: text("earlier"),
        nkey: text("earlier"),
        signature: text("earlier"),
        name: text("name"),
        echo: true,
        lang: String::new(),
        version: String::new(),
        protocol: Protocol::Dynamic,
        tls_required: false,
        user: text("earlier"),
        pass: text("earlier"),
        auth_token: text("earlier"),
        headers: true,
        no_responders: true,
    };
    let secret = |name: &str| Some(Secret::from(name));
    let answer = Answer {
        user: secret("user"),
        pass: secret("pass"),
        auth_token: secret("auth_token"),
        nkey: secret("nkey"),
        sig: secret("sig"),
        jwt: secret("jwt"),
    };
    answer.fill(&mut connect);
    let fields = |connect: &ConnectInfo| {
        let connect = connect.clone();
        [
            connect.user,
            connect.pass,
            connect.auth_token,
            connect.nkey,
            connect.signature,
            connect.user_jwt,
        ]
    };
    let names = ["user", "pass", "auth_token", "nkey", "sig", "jwt"];
    assert_eq!(fields(&connect), names.map(text));
    Answer::default().fill(&mut connect);
    assert_eq!(fields(&connect), [const { None }; 6]);
    assert_eq!(connect.name, text("name"));
}

#[test]
fn answering_can_move_between_threads() {
    fn assert_send<T: Send>(_: T) {}
    let authentication = Authentication::default();
    let addr = "localhost".parse().unwrap();
    assert_send(authentication.answer(NONCE, &addr));
}
