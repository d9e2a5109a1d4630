use super::*;
use crate::jetstream::context::RequestErrorKind;
use crate::jetstream::Error;

#[test]
fn names_that_cannot_be() {
    let kind = |name| check_to_create(name).unwrap_err().kind();
    assert_eq!(kind(""), CreateStreamErrorKind::EmptyStreamName);
    let get = |name| check_to_get(name).unwrap_err().kind();
    assert_eq!(get(""), GetStreamErrorKind::EmptyName);
    for bad in ["a.b", "a b", "*", ">", "a/b", r"a\b", "a\r\nPING"] {
        assert_eq!(kind(bad), CreateStreamErrorKind::InvalidStreamName, "{bad:?}");
        assert_eq!(get(bad), GetStreamErrorKind::InvalidStreamName, "{bad:?}");
    }
    assert!(check_to_create("KV_a-b").is_ok());
    assert_eq!(check_to_get("KV_a-b").unwrap(), "KV_a-b");
}

fn in_domain(domain: &str) -> Source {
    Source {
        name: "events".to_owned(),
        domain: Some(domain.to_owned()),
        ..Default::default()
    }
}

#[test]
fn domains_become_prefixes() {
    let config = Config {
        mirror: Some(in_domain("hub")),
        sources: Some(vec![in_domain("leaf"), Source::default()]),
        ..Default::default()
    };
    let placed = with_sources_placed(&config).unwrap();
    let prefix = |source: &Source| source.external.clone().map(|external| external.api_prefix);
    let mirror = placed.mirror.as_ref().unwrap();
    assert_eq!(prefix(mirror).unwrap(), "$JS.hub.API");
    assert_eq!(mirror.domain, None, "strict servers know no such field");
    let sources = placed.sources.as_ref().unwrap();
    assert_eq!(prefix(&sources[0]).unwrap(), "$JS.leaf.API");
    assert_eq!(prefix(&sources[1]), None);
    assert_eq!(&*with_sources_placed(&placed).unwrap(), &*placed);
}

#[test]
fn there_is_one_place_for_a_source() {
    let both = Source {
        external: Some(External::default()),
        ..in_domain("hub")
    };
    for config in [
        Config {
            mirror: Some(both.clone()),
            ..Default::default()
        },
        Config {
            sources: Some(vec![Source::default(), both]),
            ..Default::default()
        },
    ] {
        let kind = with_sources_placed(&config).unwrap_err().kind();
        assert_eq!(kind, CreateStreamErrorKind::DomainAndExternalSet);
    }
}

fn error(code: u64) -> Error {
    let json = format!(r#"{{"code":404,"err_code":{code},"description":"words"}}"#);
    serde_json::from_str(&json).unwrap()
}

#[test]
fn refusals_keep_the_words_of_the_server() {
    let not_found = CreateStreamError::from(error(10059));
    assert_eq!(not_found.kind(), CreateStreamErrorKind::NotFound);
    assert!(not_found.to_string().contains("words"), "{not_found}");
    let other = CreateStreamError::from(error(10058));
    assert_eq!(other.kind(), CreateStreamErrorKind::JetStream(error(10058)));
    assert!(other.to_string().contains("words"), "{other}");
}

#[test]
fn failed_requests() {
    for (of_request, expected) in [
        (
            RequestErrorKind::NoResponders,
            CreateStreamErrorKind::JetStreamUnavailable,
        ),
        (RequestErrorKind::TimedOut, CreateStreamErrorKind::TimedOut),
        (
            RequestErrorKind::InvalidSubject,
            CreateStreamErrorKind::InvalidStreamName,
        ),
        (RequestErrorKind::Other, CreateStreamErrorKind::Response),
    ] {
        let error = CreateStreamError::from(RequestError::with_source(of_request, "words"));
        assert_eq!(error.kind(), expected);
        assert!(error.to_string().ends_with("words"), "{error}");
    }
}
