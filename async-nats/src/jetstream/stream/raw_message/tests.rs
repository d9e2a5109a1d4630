use super::*;

/// `NATS/1.0`, and the header `A: b` twice.
const HEADERS: &str = "TkFUUy8xLjANCkE6IGINCkE6IGMNCg0K";

fn raw(json: &str) -> RawMessage {
    serde_json::from_str(json).unwrap()
}

#[test]
fn a_message_with_everything() {
    let json =
        format!(r#"{{"subject":"a.b","seq":7,"hdrs":"{HEADERS}","data":"aGVsbG8=","time":"2024-05-01T10:00:00.5Z"}}"#);
    let message = StreamMessage::try_from(raw(&json)).unwrap();
    assert_eq!(message.subject.as_str(), "a.b");
    assert_eq!(message.sequence, 7);
    assert_eq!(&message.payload[..], b"hello");
    let values: Vec<_> = message.headers.get_all("A").map(|value| value.as_str()).collect();
    assert_eq!(values, ["b", "c"]);
    let again = serde_json::to_string(&raw(&json)).unwrap();
    assert!(
        again.contains(r#""data":"aGVsbG8=""#) && again.contains(r#""seq":7"#),
        "{again}"
    );
    assert_eq!(raw(&again).time, message.time);
}

#[test]
fn a_message_without_anything() {
    let message = StreamMessage::try_from(raw(r#"{"subject":"a","seq":1,"time":"2024-05-01T10:00:00Z"}"#)).unwrap();
    assert!(message.payload.is_empty() && message.headers.is_empty());
}

#[test]
fn what_is_broken_is_an_error() {
    for broken in [r#""data":"!""#, r#""hdrs":"!""#, r#""hdrs":"aGVsbG8=""#] {
        let json = format!(r#"{{"subject":"a","seq":1,"time":"2024-05-01T10:00:00Z",{broken}}}"#);
        assert!(StreamMessage::try_from(raw(&json)).is_err(), "{broken}");
    }
}

#[test]
fn the_request() {
    let request = RawMessageRequest {
        sequence: Some(3),
        last_by_subject: Some("a".to_owned()),
        next_by_subject: Some("b".to_owned()),
    };
    let json = r#"{"seq":3,"last_by_subj":"a","next_by_subj":"b"}"#;
    assert_eq!(serde_json::to_string(&request).unwrap(), json);
    assert_eq!(serde_json::to_string(&RawMessageRequest::default()).unwrap(), "{}");
    assert!(check(&request).is_ok() && check(&RawMessageRequest::default()).is_ok());
}

#[test]
fn what_is_no_subject_is_not_sent() {
    for bad in ["", "a b", "a..b", ".a", "a.", "a\r\n"] {
        let last = RawMessageRequest {
            last_by_subject: Some(bad.to_owned()),
            ..Default::default()
        };
        let next = RawMessageRequest {
            next_by_subject: Some(bad.to_owned()),
            ..Default::default()
        };
        for request in [last, next] {
            let kind = check(&request).unwrap_err().kind();
            assert_eq!(kind, RawMessageErrorKind::InvalidSubject, "{bad:?}");
        }
    }
}

#[test]
fn refusals_keep_the_words_of_the_server() {
    let error = |code| serde_json::from_str(&format!(r#"{{"code":404,"err_code":{code},"description":"words"}}"#));
    let not_found = refused(error(10037).unwrap());
    assert_eq!(not_found.kind(), RawMessageErrorKind::NoMessageFound);
    assert!(not_found.to_string().contains("words"), "{not_found}");
    let other = refused(error(10059).unwrap());
    assert_eq!(other.kind(), RawMessageErrorKind::JetStream(error(10059).unwrap()));
    assert!(other.to_string().contains("words"), "{other}");
}
