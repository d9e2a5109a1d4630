//! What a server answers a JetStream request with: what was asked for, or an error.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::Value;

use super::Error;

/// An answer of the JetStream API.
///
/// It is an error if it has a field `error` that reads as one.
///
/// # Examples
///
/// ```
/// use async_nats::jetstream::response::Response;
///
/// let answer = r#"{"error": {"code": 404, "err_code": 10059, "description": "stream not found"}}"#;
/// match serde_json::from_str(answer)? {
///     Response::Ok(answer) => {
///         let _: serde_json::Value = answer;
///         unreachable!("it is an error");
///     }
///     Response::Err { error } => assert_eq!(error.code(), 404),
/// }
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug)]
pub enum Response<T> {
    /// The request was refused.
    Err {
        /// Why.
        error: Error,
    },
    /// What was asked for.
    Ok(T),
}

impl<'de, T> Deserialize<'de> for Response<T>
where
    T: Deserialize<'de>,
{
    fn deserialize<D>(deserializer: D) -> Result<Self, D::Error>
    where
        D: Deserializer<'de>,
    {
        let answer = Value::deserialize(deserializer)?;
        if let Some(Ok(error)) = answer.get("error").map(Error::deserialize) {
            return Ok(Response::Err { error });
        }
        // The text says which field is missing or wrong, which that of a failed match of variants would not.
        T::deserialize(answer).map(Response::Ok).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize, PartialEq)]
    struct Success {
        success: bool,
    }

    fn read(json: &str) -> Result<Response<Success>, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn an_answer() {
        let answer = read(r#"{"type": "x", "success": true}"#);
        assert!(
            matches!(answer, Ok(Response::Ok(Success { success: true }))),
            "{answer:?}"
        );
        let answer = read(r#"{"success": true, "error": null}"#);
        assert!(matches!(answer, Ok(Response::Ok(_))), "{answer:?}");
    }

    #[test]
    fn an_error() {
        for json in [
            r#"{"type": "x", "error": {"code": 400, "err_code": 10025, "description": "invalid JSON"}}"#,
            r#"{"success": false, "error": {"code": 400}}"#,
        ] {
            let Ok(Response::Err { error }) = read(json) else {
                panic!("{json} is an error");
            };
            assert_eq!(error.code(), 400);
        }
    }

    #[test]
    fn neither() {
        let error = read(r#"{"type": "x"}"#).expect_err("success is missing");
        assert!(error.to_string().contains("success"), "{error}");
        read("{").expect_err("it is no JSON");
    }

    #[test]
    fn numbers_keep_their_digits() {
        for number in [u64::MAX, 0, 1 << 53 | 1] {
            let json = number.to_string();
            match serde_json::from_str::<Response<u64>>(&json) {
                Ok(Response::Ok(read)) => assert_eq!(number, read),
                other => panic!("{other:?}"),
            }
        }
    }
}
