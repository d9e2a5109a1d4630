//! A small world of JWTs: an operator, the system's account, an account, and users of it.

use std::path::PathBuf;

use serde_json::{json, Value};

use super::encoding::base64_url;
use super::nkey::{NKey, Role};
use crate::scratch::Scratch;

/// When all JWTs were issued, in seconds since 1970: in the past of any machine.
const ISSUED_AT: u64 = 1_600_000_000;

/// When expired users have expired.
const EXPIRED_AT: u64 = ISSUED_AT + 1;

/// Numbers of the keys of this world.
const OPERATOR: u64 = 1;
const SYSTEM_ACCOUNT: u64 = 1;
const ACCOUNT: u64 = 2;

/// No limit.
const UNLIMITED: i64 = -1;

/// An operator with one account for users, and the files of their credentials, gone when dropped.
#[derive(Debug)]
pub struct Jwt {
    operator: NKey,
    system_account: NKey,
    account: NKey,
    scratch: Scratch,
}

/// A user of the account: its key, and the JWT that the account has signed for it.
#[derive(Clone, Debug)]
pub struct User {
    /// The key that it signs with.
    pub key: NKey,
    /// What the account says of it.
    pub jwt: String,
}

impl Default for Jwt {
    fn default() -> Self {
        Self::new()
    }
}

impl Jwt {
    /// The operator and its accounts; always the same ones.
    ///
    /// # Panics
    ///
    /// When the temporary folder cannot be written to.
    pub fn new() -> Self {
        Self {
            operator: NKey::new(Role::Operator, OPERATOR),
            system_account: NKey::new(Role::Account, SYSTEM_ACCOUNT),
            account: NKey::new(Role::Account, ACCOUNT),
            scratch: Scratch::new("jwt"),
        }
    }

    /// The configuration of a server of this operator, which knows all of its accounts.
    pub fn config(&self) -> String {
        let operator = self.operator_jwt();
        let mut accounts = String::new();
        for (name, account) in [("SYS", &self.system_account), ("TEST", &self.account)] {
            let jwt = self.account_jwt(name, account, name == "TEST");
            accounts.push_str(&format!("  {}: {jwt}\n", account.public()));
        }
        format!("operator: {operator}\nresolver: MEMORY\nresolver_preload: {{\n{accounts}}}\n")
    }

    /// The user of this number, which may do everything.
    pub fn user(&self, number: u64) -> User {
        self.user_with(number, json!({}), None)
    }

    /// A user that has expired long ago.
    pub fn expired_user(&self, number: u64) -> User {
        self.user_with(number, json!({}), Some(EXPIRED_AT))
    }

    /// A user with fields of its own, such as `{"pub": {"deny": ["secret"]}}`, that expires at a time in seconds since
    /// 1970, or never.
    pub fn user_with(&self, number: u64, fields: Value, expires_at: Option<u64>) -> User {
        let key = NKey::new(Role::User, number);
        let mut nats = json!({
            "pub": {},
            "sub": {},
            "subs": UNLIMITED,
            "data": UNLIMITED,
            "payload": UNLIMITED,
            "type": "user",
            "version": 2,
        });
        merge(&mut nats, fields);
        let name = format!("user {number}");
        let jwt = signed(&self.account, &key, &name, nats, expires_at);
        User { key, jwt }
    }

    /// Writes the credentials of a user into a file, which is gone when this is dropped.
    ///
    /// # Panics
    ///
    /// When the temporary folder cannot be written to.
    pub fn credentials_file(&self, user: &User) -> PathBuf {
        let path = self.scratch.path().join(format!("{}.creds", user.key.public()));
        std::fs::write(&path, user.credentials())
            .unwrap_or_else(|error| panic!("{} cannot be written: {error}", path.display()));
        path
    }

    fn operator_jwt(&self) -> String {
        let nats = json!({
            "system_account": self.system_account.public(),
            "type": "operator",
            "version": 2,
        });
        signed(&self.operator, &self.operator, "operator", nats, None)
    }

    fn account_jwt(&self, name: &str, account: &NKey, has_jetstream: bool) -> String {
        let mut limits = json!({
            "subs": UNLIMITED,
            "data": UNLIMITED,
            "payload": UNLIMITED,
            "imports": UNLIMITED,
            "exports": UNLIMITED,
            "wildcards": true,
            "conn": UNLIMITED,
            "leaf": UNLIMITED,
        });
        if has_jetstream {
            merge(
                &mut limits,
                json!({
                    "mem_storage": UNLIMITED,
                    "disk_storage": UNLIMITED,
                    "streams": UNLIMITED,
                    "consumer": UNLIMITED,
                }),
            );
        }
        let nats = json!({
            "limits": limits,
            "default_permissions": { "pub": {}, "sub": {} },
            "type": "account",
            "version": 2,
        });
        signed(&self.operator, account, name, nats, None)
    }
}

impl User {
    /// The text of a credentials file: JWT and seed.
    pub fn credentials(&self) -> String {
        format!(
            "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\n\
             -----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
            self.jwt,
            self.key.seed()
        )
    }
}

/// A JWT in which one key says something of another.
fn signed(issuer: &NKey, subject: &NKey, name: &str, nats: Value, expires_at: Option<u64>) -> String {
    let mut claims = json!({
        "jti": format!("{name} of {}", issuer.public()),
        "iat": ISSUED_AT,
        "iss": issuer.public(),
        "name": name,
        "sub": subject.public(),
        "nats": nats,
    });
    if let Some(time) = expires_at {
        claims["exp"] = time.into();
    }
    let header = json!({ "typ": "JWT", "alg": "ed25519-nkey" });
    let encoded = |value: &Value| base64_url(value.to_string().as_bytes());
    let body = format!("{}.{}", encoded(&header), encoded(&claims));
    let signature = base64_url(&issuer.sign(body.as_bytes()));
    format!("{body}.{signature}")
}

fn merge(into: &mut Value, fields: Value) {
    if let Value::Object(fields) = fields {
        for (name, value) in fields {
            into[name] = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_hold_the_jwt_and_the_seed() {
        let jwt = Jwt::new();
        let user = jwt.user(1);
        let path = jwt.credentials_file(&user);
        let text = std::fs::read_to_string(&path).expect("it was written");
        assert_eq!(text, user.credentials());
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.contains(&user.jwt.as_str()));
        assert!(lines.contains(&user.key.seed().as_str()));
        drop(jwt);
        assert!(!path.exists());
    }

    #[test]
    fn users_differ() {
        let jwt = Jwt::new();
        assert_eq!(jwt.user(1).jwt, jwt.user(1).jwt);
        assert_ne!(jwt.user(1).jwt, jwt.user(2).jwt);
        assert_ne!(jwt.user(1).jwt, jwt.expired_user(1).jwt);
    }
}
