//! A text is read as the address of a server or refused. What was read reads the same again, and nothing but the address
//! itself tells its credentials: what else is printed is the same with others.

use crate::server_addr::ServerAddr;

pub(super) fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (text, sibling) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(addr) = text.parse::<ServerAddr>() else { return };
    let again = addr.as_url_str().parse::<ServerAddr>();
    assert_eq!(again.ok().as_ref(), Some(&addr), "{:?}", addr.as_url_str());
    assert_prints_no_credentials(&addr);
    if let Ok(sibling) = addr.sibling(sibling) {
        assert_eq!(sibling.scheme(), addr.scheme());
        assert!(sibling.credentials() == addr.credentials());
    }
}

fn assert_prints_no_credentials(addr: &ServerAddr) {
    let printed = format!("{addr:?} {}", addr.redacted());
    let mut url = addr.clone().into_inner();
    let is_token = url.password().is_none();
    if url.username().is_empty() && is_token {
        return;
    }
    let changed = match is_token {
        true => url.set_username("another"),
        false => url.set_password(Some("another")),
    };
    if changed.is_ok() {
        let other = ServerAddr::from_url(url).expect("the scheme is the same");
        assert_eq!(printed, format!("{other:?} {}", other.redacted()));
    }
}
