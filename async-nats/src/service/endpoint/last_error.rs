//! The last error of an endpoint in JSON: `code:status`, and an empty text for none.

use serde::{Deserialize, Deserializer, Serializer};

use crate::service::error::Error;

pub(super) fn serialize<S: Serializer>(error: &Option<Error>, serializer: S) -> Result<S::Ok, S::Error> {
    match error {
        Some(Error { code, status }) => serializer.collect_str(&format_args!("{code}:{status}")),
        None => serializer.serialize_str(""),
    }
}

/// Services of other clients write what they like: text without a code has code 0.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Error>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    let with_code = text.split_once(':').and_then(|(code, status)| {
        let code = code.parse().ok().filter(|code| *code != 0)?;
        let status = status.to_owned();
        Some(Error { code, status })
    });
    Ok(Some(with_code.unwrap_or(Error { code: 0, status: text })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize, serde::Serialize)]
    struct Holder {
        #[serde(with = "super")]
        error: Option<Error>,
    }

    fn read(text: &str) -> Option<Error> {
        let holder: Holder = serde_json::from_value(serde_json::json!({ "error": text })).expect("any text");
        holder.error
    }

    fn error(code: usize, status: &str) -> Option<Error> {
        let status = status.to_owned();
        Some(Error { code, status })
    }

    #[test]
    fn with_and_without_a_code() {
        assert_eq!(read("500:broken: twice"), error(500, "broken: twice"));
        assert_eq!(read("broken"), error(0, "broken"));
        assert_eq!(read("x:broken"), error(0, "x:broken"));
        assert_eq!(read("0:broken"), error(0, "0:broken"));
        assert_eq!(read(""), None);
    }

    #[test]
    fn written_as_code_and_status() {
        let write = |error| serde_json::to_string(&Holder { error }).expect("plain data");
        assert_eq!(write(error(500, "broken")), r#"{"error":"500:broken"}"#);
        assert_eq!(write(None), r#"{"error":""}"#);
    }
}
