//! Tests of maps of headers: order, equality, and what each operation does to several values of one name.

use super::*;

fn map(lines: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for &(name, value) in lines {
        headers.append(name, value);
    }
    headers
}

fn lines(headers: &HeaderMap) -> Vec<(&str, &str)> {
    headers
        .lines
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

#[test]
fn lines_stay_in_order() {
    let headers = map(&[("b", "1"), ("a", "2"), ("b", "3"), ("B", "4")]);
    assert_eq!(lines(&headers), [("b", "1"), ("a", "2"), ("b", "3"), ("B", "4")]);
    assert_eq!(headers.len(), 3);
    assert_eq!(headers.get("b"), Some(&"1".into()));
    assert_eq!(headers.get_last("b"), Some(&"3".into()));
    assert_eq!(headers.get("c"), None);
    assert_eq!(headers.get_last("c"), None);
    let all: Vec<_> = headers.get_all("b").map(HeaderValue::as_str).collect();
    assert_eq!(all, ["1", "3"]);
    assert_eq!(headers.get_all("c").next(), None);
}

#[test]
fn insert_replaces_all_values_in_place() {
    let mut headers = map(&[("a", "1"), ("b", "2"), ("a", "3"), ("c", "4"), ("a", "5")]);
    headers.insert("a", "6");
    assert_eq!(lines(&headers), [("a", "6"), ("b", "2"), ("c", "4")]);
    headers.insert("d", "7");
    headers.insert("c", "8");
    assert_eq!(lines(&headers), [("a", "6"), ("b", "2"), ("c", "8"), ("d", "7")]);
    assert_eq!(headers.len(), 4);
}

#[test]
fn the_map_follows_changes() {
    let mut headers = map(&[("a", "1")]);
    let snapshot = |headers: &HeaderMap| {
        let mut all: Vec<_> = headers
            .iter()
            .map(|(name, values)| {
                let values: Vec<_> = values.iter().map(|v| v.as_str().to_owned()).collect();
                (name.to_string(), values.join(","))
            })
            .collect();
        all.sort();
        all
    };
    let pair = |name: &str, values: &str| (name.to_owned(), values.to_owned());
    assert_eq!(snapshot(&headers), [pair("a", "1")]);
    headers.append("a", "2");
    assert_eq!(snapshot(&headers), [pair("a", "1,2")]);
    headers.insert("a", "3");
    assert_eq!(snapshot(&headers), [pair("a", "3")]);
    headers.insert("b", "4");
    assert_eq!(snapshot(&headers), [pair("a", "3"), pair("b", "4")]);
    assert_eq!(snapshot(&headers.clone()), snapshot(&headers));
    assert_eq!(HeaderMap::new().iter().count(), 0);
}

#[test]
fn equality_ignores_the_order_of_names_only() {
    let headers = map(&[("a", "1"), ("b", "2"), ("a", "3")]);
    assert_eq!(headers, map(&[("b", "2"), ("a", "1"), ("a", "3")]));
    assert_ne!(headers, map(&[("a", "3"), ("b", "2"), ("a", "1")]));
    assert_ne!(headers, map(&[("a", "1"), ("b", "2")]));
    assert_ne!(headers, map(&[("a", "1"), ("b", "2"), ("b", "3")]));
    assert_ne!(headers, map(&[("A", "1"), ("b", "2"), ("A", "3")]));
    assert_eq!(HeaderMap::new(), HeaderMap::default());
    // A map that was looked at is still equal to one that was not.
    headers.iter();
    assert_eq!(headers, headers.clone());
}

#[test]
fn collecting_keeps_the_last_value() {
    let pair = |name: &'static str, value: &str| (HeaderName::from_static(name), value.into());
    let headers: HeaderMap = [pair("a", "1"), pair("b", "2"), pair("a", "3")].into_iter().collect();
    assert_eq!(lines(&headers), [("a", "3"), ("b", "2")]);
}

#[test]
fn many_names_are_counted_too() {
    for count in [FEW_LINES - 1, FEW_LINES, FEW_LINES + 1, 1000] {
        let mut headers = HeaderMap::new();
        for at in 0..count {
            headers.append(format!("name-{at}"), at.to_string());
        }
        assert_eq!(headers.len(), count);
        headers.append("name-0", "again");
        assert_eq!(headers.len(), count);
        assert_eq!(headers.iter().count(), count);
    }
}

#[test]
fn debug_reads_like_the_headers() {
    let headers = map(&[("b", "1"), ("a", "2"), ("b", "3")]);
    assert_eq!(format!("{headers:?}"), r#"{"b": ["1", "3"], "a": ["2"]}"#);
}

#[test]
fn it_is_small() {
    assert!(size_of::<HeaderMap>() <= 40);
    assert!(size_of::<Option<HeaderMap>>() <= 40);
    assert!(size_of::<(HeaderName, HeaderValue)>() <= 48);
}
