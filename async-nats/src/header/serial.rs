//! Headers in serde formats: a map of names to lists of values.
//!
//! Some versions of the published client wrote `{"inner": {…}}` around the map. That form is read, never written.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::map::last_of_each;
use super::{HeaderMap, HeaderName, HeaderValue};

impl Serialize for HeaderMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.grouped())
    }
}

impl<'de> Deserialize<'de> for HeaderMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let lists = match Form::deserialize(deserializer)? {
            Form::Wrapped { inner } => inner.0,
            Form::Plain(lists) => lists.0,
        };
        let lines = lists.into_iter().flat_map(|(name, values)| {
            let repeated = std::iter::repeat_n(name, values.len());
            repeated.zip(values)
        });
        Ok(HeaderMap::from_lines(lines.collect()))
    }
}

/// The two forms, the one that is more particular first.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "headers did not match any variant: expected a map of names to lists of values"
)]
enum Form {
    Wrapped { inner: Lists },
    Plain(Lists),
}

/// A map, in the order of the document. Of a name that is there more than once, the last list counts.
struct Lists(Vec<(HeaderName, Vec<HeaderValue>)>);

impl<'de> Deserialize<'de> for Lists {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ListsVisitor)
    }
}

struct ListsVisitor;

impl<'de> Visitor<'de> for ListsVisitor {
    type Value = Lists;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of header names to lists of values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Lists, A::Error> {
        let mut lists = Vec::new();
        while let Some(entry) = map.next_entry()? {
            lists.push(entry);
        }
        Ok(Lists(last_of_each(lists)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_in_order() {
        let mut headers = HeaderMap::new();
        assert_eq!(serde_json::to_string(&headers).unwrap(), "{}");
        headers.append("b", "1");
        headers.append("a", "2");
        headers.append("b", "3");
        let json = r#"{"b":["1","3"],"a":["2"]}"#;
        assert_eq!(serde_json::to_string(&headers).unwrap(), json);
        assert_eq!(serde_json::from_str::<HeaderMap>(json).unwrap(), headers);
    }

    /// JSON, and the same as it is written.
    const GOOD: &[(&str, &str)] = &[
        ("{}", "{}"),
        (r#"{"inner":{}}"#, "{}"),
        (r#"{"inner":{"a":["1","2"]}}"#, r#"{"a":["1","2"]}"#),
        (r#"{"inner":["1"]}"#, r#"{"inner":["1"]}"#),
        (r#"{"x":["0"],"inner":["1"]}"#, r#"{"x":["0"],"inner":["1"]}"#),
        (r#"{"x":["0"],"inner":{"a":["1"]}}"#, r#"{"a":["1"]}"#),
        (r#"{"a":["1"],"b":["2"],"a":["3"]}"#, r#"{"a":["3"],"b":["2"]}"#),
        (r#"{"a":["\r\n"]}"#, r#"{"a":["\r\n"]}"#),
    ];

    #[test]
    fn forms_that_are_read() {
        for &(json, written) in GOOD {
            let headers: HeaderMap = serde_json::from_str(json).expect(json);
            assert_eq!(serde_json::to_string(&headers).unwrap(), written, "{json}");
        }
    }

    #[test]
    fn forms_that_are_refused() {
        for json in [
            "[]",
            "null",
            r#"{"a":"1"}"#,
            r#"{"a":[1]}"#,
            r#"{"a b":["1"]}"#,
            r#"{"inner":{"a":"1"}}"#,
            r#"{"other":{"a":["1"]}}"#,
        ] {
            let error = serde_json::from_str::<HeaderMap>(json).expect_err(json);
            assert!(error.to_string().contains("did not match any variant"), "{error}");
        }
    }

    #[test]
    fn many_names_take_no_longer_each() {
        let many: Vec<_> = (0..50_000).map(|at| format!(r#""n{at}":["{at}"]"#)).collect();
        let json = format!("{{{}}}", many.join(","));
        let headers: HeaderMap = serde_json::from_str(&json).unwrap();
        assert_eq!(headers.lines.len(), 50_000);
        assert_eq!(serde_json::to_string(&headers).unwrap(), json);
    }
}
