//! Tests of subjects and of the rules for what may stand on a control line.

use super::*;

#[test]
fn texts_and_shapes() {
    let subject = Subject::from("a.b");
    assert_eq!(format!("{subject}"), "a.b");
    assert_eq!(format!("{subject:?}"), r#"Subject { bytes: b"a.b" }"#);
    assert_eq!(SubjectError::InvalidFormat.to_string(), "invalid subject format");
    assert_eq!(serde_json::to_string(&subject).unwrap(), r#""a.b""#);
    assert_eq!(serde_json::from_str::<Subject>(r#""a\u002eb""#).unwrap(), subject);
    assert!(serde_json::from_str::<Subject>("[97]").is_err());
}

#[test]
fn every_constructor_gives_the_same_subject() {
    const STATIC: Subject = Subject::from_static("a.ö");
    let all = [
        STATIC,
        Subject::from("a.ö"),
        Subject::from(String::from("a.ö")),
        Subject::from_utf8("a.ö").unwrap(),
        Subject::try_from(Bytes::from_static("a.ö".as_bytes())).unwrap(),
        Subject::validated("a.ö").unwrap(),
        Subject::from_static_validated("a.ö"),
        "a.ö".to_subject(),
        String::from("a.ö").to_subject(),
        STATIC.to_subject(),
    ];
    for subject in all {
        assert_eq!(subject, STATIC);
        assert_eq!(subject.into_string(), "a.ö");
    }
}

#[test]
fn bytes_that_are_not_text_are_refused() {
    for bad in [&b"\xff"[..], b"a.\xc3", b"\xed\xa0\x80"] {
        assert!(Subject::from_utf8(bad.to_vec()).is_err());
        assert!(Subject::try_from(Bytes::copy_from_slice(bad)).is_err());
    }
}

#[test]
fn a_static_subject_is_not_copied() {
    let text = "a.b";
    assert_eq!(text.to_subject().as_ptr(), text.as_ptr());
    let shared = Bytes::from(vec![b'a'; 100]);
    let subject = Subject::from_utf8(shared.slice(10..20)).unwrap();
    assert_eq!(subject.as_ptr(), shared[10..].as_ptr());
}

#[test]
fn subjects_order_by_bytes() {
    let mut subjects = ["b", "a.b", "a", "a-b", "é", "Z"].map(Subject::from);
    subjects.sort();
    assert_eq!(subjects.map(Subject::into_string), ["Z", "a", "a-b", "a.b", "b", "é"]);
}

/// Text, may be published to, may be subscribed to.
const RULES: &[(&str, bool, bool)] = &[
    ("", false, false),
    ("a", true, true),
    ("a.b", true, true),
    ("*", true, true),
    ("a.>", true, true),
    (".", true, false),
    (".a", true, false),
    ("a.", true, false),
    ("a..b", true, false),
    ("a b", false, false),
    (" a", false, false),
    ("a\t", false, false),
    ("a\rb", false, false),
    ("a\nb", false, false),
    ("a.b\r\nPUB c 0\r\n", false, false),
    ("orders.created.eu", true, true),
    ("orders.created.eu ", false, false),
    ("orders.created.e\r", false, false),
    // Not split by the server, so not refused.
    ("a\0b", true, true),
    ("a\u{b}b.\u{7f}.\u{1f}\u{a0}", true, true),
    ("日本.語", true, true),
    ("日本.語 日本.語", false, false),
];

#[test]
fn rules_of_subjects() {
    for &(text, publish, subscribe) in RULES {
        assert_eq!(is_publishable(text), publish, "publish {text:?}");
        assert_eq!(is_queue_group(text), publish, "queue group {text:?}");
        assert_eq!(is_line_safe(text.as_bytes()), publish, "line {text:?}");
        assert_eq!(is_subscribable(text), subscribe, "subscribe {text:?}");
        assert_eq!(Subject::from(text).is_valid(), subscribe, "{text:?}");
        assert_eq!(Subject::validated(text).is_ok(), subscribe, "{text:?}");
        let checked = std::panic::catch_unwind(|| Subject::from_static_validated(text));
        assert_eq!(checked.is_ok(), subscribe, "static {text:?}");
    }
}

#[test]
fn every_byte_at_every_place_of_every_length() {
    for len in 1..=33 {
        for at in 0..len {
            for byte in 0..=255 {
                let mut bytes = vec![b'a'; len];
                bytes[at] = byte;
                let blank = matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
                assert_eq!(is_line_safe(&bytes), !blank, "{byte} at {at} of {len}");
            }
        }
    }
}
