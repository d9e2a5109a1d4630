use super::*;

fn request() -> DirectGetRequest {
    DirectGetRequest::default()
}

#[test]
fn what_is_sent_and_where() {
    let by_sequence = DirectGetRequest {
        sequence: Some(7),
        ..request()
    };
    let (subject, payload) = address(&by_sequence).unwrap();
    assert_eq!((subject.as_str(), &payload[..]), ("", &br#"{"seq":7}"#[..]));

    let next = DirectGetRequest {
        sequence: Some(7),
        next_by_subject: Some("a.*".to_owned()),
        ..request()
    };
    let (subject, payload) = address(&next).unwrap();
    let expected = br#"{"seq":7,"next_by_subj":"a.*"}"#;
    assert_eq!((subject.as_str(), &payload[..]), ("", &expected[..]));

    let last = DirectGetRequest {
        last_by_subject: Some("a.b".to_owned()),
        ..next
    };
    let (subject, payload) = address(&last).unwrap();
    assert_eq!((subject.as_str(), &payload[..]), (".a.b", &b""[..]));
}

#[test]
fn what_is_no_subject_is_not_sent() {
    for bad in ["", ".", "a.", ".a", "a..b", "a b", "a\r\nb", "a\tb"] {
        let last = DirectGetRequest {
            last_by_subject: Some(bad.to_owned()),
            ..request()
        };
        let next = DirectGetRequest {
            next_by_subject: Some(bad.to_owned()),
            ..request()
        };
        for request in [last, next] {
            let error = address(&request).unwrap_err();
            assert_eq!(error.kind(), DirectGetErrorKind::InvalidSubject, "{bad:?}");
        }
    }
}

fn answer(status: Option<StatusCode>, description: Option<&str>) -> Message {
    Message {
        subject: "_INBOX.a".into(),
        reply: None,
        payload: Bytes::new(),
        headers: None,
        status,
        description: description.map(str::to_owned),
        length: 0,
    }
}

#[test]
fn refusals() {
    assert_eq!(refusal(&answer(None, None)), None);
    for description in [None, Some("Message Not Found")] {
        let not_found = answer(Some(StatusCode::NOT_FOUND), description);
        assert_eq!(refusal(&not_found), Some(DirectGetErrorKind::NotFound));
        let empty = answer(Some(StatusCode::TIMEOUT), description);
        assert_eq!(refusal(&empty), Some(DirectGetErrorKind::InvalidSubject));
    }
    let status = StatusCode::from_u16(413).unwrap();
    let kind = refusal(&answer(Some(status), Some("Too Many Results"))).unwrap();
    let expected = DirectGetErrorKind::ErrorResponse(status, "Too Many Results".to_owned());
    assert_eq!(kind, expected);
    assert!(kind.to_string().ends_with("Too Many Results"), "{kind}");
    let kind = refusal(&answer(Some(status), None)).unwrap();
    assert_eq!(kind, DirectGetErrorKind::ErrorResponse(status, String::new()));
}

#[test]
fn errors_of_requests() {
    let error = |kind| DirectGetError::from(client::RequestError::new(kind)).kind();
    assert_eq!(error(client::RequestErrorKind::TimedOut), DirectGetErrorKind::TimedOut);
    assert_eq!(error(client::RequestErrorKind::Other), DirectGetErrorKind::Other);
    assert_eq!(
        error(client::RequestErrorKind::InvalidSubject),
        DirectGetErrorKind::Other
    );
    assert_eq!(
        error(client::RequestErrorKind::NoResponders),
        DirectGetErrorKind::ErrorResponse(StatusCode::NO_RESPONDERS, "no responders".to_owned())
    );
}
