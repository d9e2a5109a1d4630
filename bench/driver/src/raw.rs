//! The same bytes over a blocking socket: what no client can pass.
//!
//! It runs in a process of its own, like the clients, and is started with the same settings.

mod stream;

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use bench_common::{Measured, Settings, Window, DATA, FLOOD, HEADERS, SINK};

use stream::Stream;

/// The word that makes this program the raw side.
pub(crate) const COMMAND: &str = "raw";

/// Bytes that are written or read at a time.
const BLOCK: usize = 256 * 1024;

/// Runs one workload.
pub(crate) fn run(settings: &Settings) -> Result<Measured, String> {
    let measured = match settings.workload.as_str() {
        "publish" => publish(settings),
        "receive" => receive(settings),
        "request" => request(settings),
        "bucket" => get(settings),
        "connect" => connect(settings),
        other => Err(io::Error::other(format!("there is no raw {other}"))),
    };
    measured.map_err(|error| format!("raw {settings}: {error}"))
}

fn times(settings: &Settings) -> io::Result<(Duration, Duration)> {
    let warmup = settings.seconds("warmup", 0.3).map_err(io::Error::other)?;
    Ok((warmup, settings.seconds("seconds", 1.0).map_err(io::Error::other)?))
}

/// Runs something for the time of the warm-up and then for the measured time.
fn measure(settings: &Settings, mut run: impl FnMut(Instant) -> io::Result<u64>) -> io::Result<Measured> {
    let (warmup, time) = times(settings)?;
    run(Instant::now() + warmup)?;
    let window = Window::begin();
    let operations = run(Instant::now() + time)?;
    Ok(window.end(operations))
}

fn publish(settings: &Settings) -> io::Result<Measured> {
    let mut stream = Stream::open(settings)?;
    let message = published(settings)?;
    let count = (BLOCK / message.len()).max(1);
    let block = message.repeat(count);
    measure(settings, |until| {
        let mut written = 0;
        while Instant::now() < until {
            stream.write_all(&block)?;
            written += count as u64;
        }
        stream.flush()?;
        Ok(written)
    })
}

/// The message that the clients publish with these settings.
fn published(settings: &Settings) -> io::Result<Vec<u8>> {
    let size = settings.number("size", 16).map_err(io::Error::other)?;
    let lines: String = HEADERS
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let head = format!("NATS/1.0\r\n{lines}\r\n");
    let mut message = match settings.number("headers", 0).map_err(io::Error::other)? {
        0 => format!("PUB {SINK} {size}\r\n"),
        _ => format!("HPUB {SINK} {} {}\r\n{head}", head.len(), head.len() + size),
    }
    .into_bytes();
    message.resize(message.len() + size, b'x');
    message.extend_from_slice(b"\r\n");
    Ok(message)
}

fn receive(settings: &Settings) -> io::Result<Measured> {
    let mut stream = Stream::open(settings)?;
    let subjects = settings.number("subjects", 1).map_err(io::Error::other)?;
    for subject in 0..subjects {
        stream.write_all(format!("SUB {DATA}.{subject} {}\r\n", subject + 1).as_bytes())?;
    }
    let flood = settings.to_string();
    stream.write_all(format!("PUB {FLOOD} {}\r\n{flood}\r\n", flood.len()).as_bytes())?;
    stream.flush()?;
    let length = mean_length(&mut stream, subjects)?;
    let mut buffer = vec![0; BLOCK];
    measure(settings, |until| {
        let mut read = 0;
        while Instant::now() < until {
            read += stream.read(&mut buffer)? as u64;
        }
        Ok((read as f64 / length) as u64)
    })
}

/// Reads one turn through all subscriptions, and returns how long its messages are on average.
fn mean_length(stream: &mut Stream, subjects: usize) -> io::Result<f64> {
    let mut bytes = 0;
    for _ in 0..subjects {
        let line = stream.read_line()?;
        let size = line
            .trim_end()
            .rsplit(' ')
            .next()
            .and_then(|word| word.parse::<usize>().ok());
        let size = size.ok_or_else(|| io::Error::other(format!("not a message: {line}")))?;
        let mut payload = vec![0; size + b"\r\n".len()];
        stream.read_exact(&mut payload)?;
        bytes += line.len() + payload.len();
    }
    Ok(bytes as f64 / subjects as f64)
}

/// An inbox of the length that clients use.
const INBOX: &str = "_INBOX.0123456789012345678901";

fn request(settings: &Settings) -> io::Result<Measured> {
    let size = settings.number("size", 16).map_err(io::Error::other)?;
    let payload = "x".repeat(size);
    let asked = format!("PUB bench.echo {INBOX}.012345 {size}\r\n{payload}\r\n");
    let reply = format!("MSG {INBOX}.012345 1 {size}\r\n{payload}\r\n").len();
    ask(settings, &asked, |stream| stream.read_exact(&mut vec![0; reply]))
}

/// One value after the other, read directly.
fn get(settings: &Settings) -> io::Result<Measured> {
    let asked = format!("PUB $JS.API.DIRECT.GET.KV_BENCH.$KV.BENCH.key.0 {INBOX}.012345 0\r\n\r\n");
    let mut length = 0;
    ask(settings, &asked, |stream| {
        if length == 0 {
            // The first answer says how long all of them are.
            let line = stream.read_line()?;
            let size = line.trim_end().rsplit(' ').next().and_then(|word| word.parse().ok());
            let size: usize = size.ok_or_else(|| io::Error::other(format!("not a message: {line}")))?;
            length = line.len() + size + b"\r\n".len();
            return stream.read_exact(&mut vec![0; length - line.len()]);
        }
        stream.read_exact(&mut vec![0; length])
    })
}

/// Asks the same again and again, and reads each answer before the next.
fn ask(settings: &Settings, asked: &str, mut read: impl FnMut(&mut Stream) -> io::Result<()>) -> io::Result<Measured> {
    let mut stream = Stream::open(settings)?;
    stream.write_all(format!("SUB {INBOX}.* 1\r\n").as_bytes())?;
    measure(settings, |until| {
        let mut answered = 0;
        while Instant::now() < until {
            stream.write_all(asked.as_bytes())?;
            stream.flush()?;
            read(&mut stream)?;
            answered += 1;
        }
        Ok(answered)
    })
}

fn connect(settings: &Settings) -> io::Result<Measured> {
    measure(settings, |until| {
        let mut connected = 0;
        while Instant::now() < until {
            drop(Stream::open(settings)?);
            connected += 1;
        }
        Ok(connected)
    })
}
