use super::*;

fn request() -> DirectGetRequest {
    DirectGetRequest::default()
}

fn composed(request: &DirectGetRequest) -> (String, String) {
    let (subject, payload) = compose("$JS.API", "log", request).unwrap();
    let payload = String::from_utf8(payload.to_vec()).expect("it is JSON or nothing");
    (subject.into_string(), payload)
}

#[test]
fn what_is_sent_and_where() {
    let by_sequence = DirectGetRequest {
        sequence: Some(7),
        ..request()
    };
    let (subject, payload) = composed(&by_sequence);
    assert_eq!(
        (subject.as_str(), payload.as_str()),
        ("$JS.API.DIRECT.GET.log", r#"{"seq":7}"#)
    );

    let next = DirectGetRequest {
        sequence: Some(7),
        next_by_subject: Some("a.*".to_owned()),
        ..request()
    };
    let (subject, payload) = composed(&next);
    assert_eq!(subject, "$JS.API.DIRECT.GET.log");
    assert_eq!(payload, r#"{"seq":7,"next_by_subj":"a.*"}"#);

    let last = DirectGetRequest {
        last_by_subject: Some("a.b".to_owned()),
        ..next
    };
    assert_eq!(
        composed(&last),
        ("$JS.API.DIRECT.GET.log.a.b".to_owned(), String::new())
    );
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
            let error = compose("$JS.API", "log", &request).unwrap_err();
            assert_eq!(error.kind(), DirectGetErrorKind::InvalidSubject, "{bad:?}");
        }
    }
}

#[test]
fn refusals() {
    for description in [None, Some("words".to_owned())] {
        let not_found = refusal(StatusCode::NOT_FOUND, description.clone());
        assert_eq!(not_found.kind(), DirectGetErrorKind::NotFound);
        let empty = refusal(StatusCode::TIMEOUT, description);
        assert_eq!(empty.kind(), DirectGetErrorKind::InvalidSubject);
    }
    let status = StatusCode::from_u16(413).unwrap();
    let kind = refusal(status, Some("Too Many Results".to_owned())).kind();
    let expected = DirectGetErrorKind::ErrorResponse(status, "Too Many Results".to_owned());
    assert_eq!(kind, expected);
    assert!(kind.to_string().ends_with("Too Many Results"), "{kind}");
    let kind = refusal(status, None).kind();
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
