//! One blocking GET on a server's monitoring port, answered with JSON.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Time for the connection, and for each read and write on it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Most bytes of an answer that are read; `/jsz` with all details of a test server stays far below.
const ANSWER_LIMIT: u64 = 64 * 1024 * 1024;

/// Gets `path`, such as `/varz`, from the monitoring port at `address`.
pub(crate) fn get(address: SocketAddr, path: &str) -> io::Result<serde_json::Value> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // HTTP 1.0, so that the answer ends with the connection and comes in one piece.
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_LIMIT).read_to_end(&mut answer)?;
    parse(path, &answer)
}

fn parse(path: &str, answer: &[u8]) -> io::Result<serde_json::Value> {
    let bad = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    const END_OF_HEAD: &[u8] = b"\r\n\r\n";
    let head_length = answer
        .windows(END_OF_HEAD.len())
        .position(|window| window == END_OF_HEAD)
        .ok_or_else(|| bad(format!("the answer to GET {path} is no HTTP")))?;
    let head = String::from_utf8_lossy(&answer[..head_length]);
    let status = head.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("200") {
        return Err(bad(format!("GET {path} was answered with {status:?}")));
    }
    serde_json::from_slice(&answer[head_length + END_OF_HEAD.len()..])
        .map_err(|error| bad(format!("the answer to GET {path} is no JSON: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_read_as_json() {
        let value = parse("/varz", b"HTTP/1.0 200 OK\r\nA: b\r\n\r\n{\"port\":1}").expect("a good answer");
        assert_eq!(value["port"], 1);
    }

    #[test]
    fn other_answers_are_errors_that_name_the_path() {
        for answer in [
            &b"HTTP/1.0 404 Not Found\r\n\r\nnope"[..],
            b"HTTP/1.0 200 OK\r\n\r\nnope",
            b"INFO {}\r\n",
            b"",
        ] {
            let error = parse("/varz", answer).expect_err("a bad answer");
            assert!(error.to_string().contains("/varz"), "{error}");
        }
    }
}
