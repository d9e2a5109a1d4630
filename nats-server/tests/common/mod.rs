//! A blocking NATS client of a few lines, enough to see what a server does.

#![allow(dead_code, unreachable_pub, reason = "each test program uses a part of it")]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Time for every answer.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub struct Client {
    reader: BufReader<TcpStream>,
    pub info: Value,
}

impl Client {
    pub fn connect(port: u16) -> Self {
        Self::try_connect(port, &serde_json::json!({})).expect("the server takes the connection")
    }

    /// Connects and waits for the PONG; `fields` are added to the CONNECT.
    pub fn try_connect(port: u16, fields: &Value) -> io::Result<Self> {
        Self::connect_with(port, |_| fields.clone())
    }

    /// Like `try_connect`, with fields that are made from the INFO.
    pub fn connect_with(port: u16, fields: impl FnOnce(&Value) -> Value) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let mut client = Self {
            reader: BufReader::new(stream),
            info: Value::Null,
        };
        let line = client.line()?;
        let info = line.strip_prefix("INFO ").unwrap_or(&line);
        client.info = serde_json::from_str(info)?;
        let mut connect = serde_json::json!({ "verbose": false, "pedantic": false, "protocol": 1, "headers": true, "no_responders": true });
        for (name, value) in fields(&client.info).as_object().into_iter().flatten() {
            connect[name] = value.clone();
        }
        client.send(&format!("CONNECT {connect}\r\nPING\r\n"))?;
        match client.answer()? {
            line if line == "PONG" => Ok(client),
            line => Err(io::Error::other(line)),
        }
    }

    pub fn send(&mut self, text: &str) -> io::Result<()> {
        self.reader.get_mut().write_all(text.as_bytes())
    }

    /// The next line, without its end; an error at the end of the connection.
    pub fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }

    /// The next line that is an answer: pings are answered, news of the cluster passed over.
    pub fn answer(&mut self) -> io::Result<String> {
        loop {
            let line = self.line()?;
            if line == "PING" {
                self.send("PONG\r\n")?;
            } else if !line.starts_with("INFO ") {
                return Ok(line);
            }
        }
    }

    pub fn round_trip(&mut self) {
        self.send("PING\r\n").expect("the server reads");
        assert_eq!(self.answer().expect("the server answers"), "PONG");
    }

    /// Sends a request to the JetStream API and returns the answer.
    pub fn jetstream(&mut self, operation: &str, request: &Value) -> Value {
        let body = request.to_string();
        let length = body.len();
        self.send(&format!(
            "SUB answer 1\r\nPUB $JS.API.{operation} answer {length}\r\n{body}\r\nUNSUB 1 1\r\n"
        ))
        .expect("the server reads");
        let header = self.answer().expect("the server answers");
        let length: usize = header
            .rsplit(' ')
            .next()
            .and_then(|length| length.parse().ok())
            .unwrap_or_else(|| panic!("no length at the end of {header:?}"));
        let mut payload = vec![0; length + 2];
        self.reader
            .read_exact(&mut payload)
            .expect("the server sends what it announced");
        assert!(header.starts_with("MSG "), "{header}");
        serde_json::from_slice(&payload[..length]).expect("the API speaks JSON")
    }
}

/// Returns when the condition holds, which is to be within [`PATIENCE`].
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
