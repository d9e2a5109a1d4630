//! What options show of themselves.

use super::*;

#[test]
fn debug_shows_no_secret() {
    let options = ConnectOptions::new()
        .name("orders")
        .token("t0k3n-secret".into())
        .user_and_password("derek".into(), "pass-secret".into())
        .websocket_header("Authorization", "header-secret");
    let text = format!("{options:?}");
    assert!(text.contains("orders"));
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn zero_reconnects_mean_no_limit() {
    assert_eq!(ConnectOptions::new().max_reconnects(0).max_reconnects, None);
    assert_eq!(ConnectOptions::new().max_reconnects(None).max_reconnects, None);
    assert_eq!(ConnectOptions::new().max_reconnects(3).max_reconnects, Some(3));
}
