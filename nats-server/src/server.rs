//! A running server: where it listens, what it has logged, and the ways to disturb it.
//!
//! Dropping a [`Server`] kills its process and removes its folder.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::launch::{Folder, Launch, StartError};
use crate::monitor;
use crate::ports::Ports;
use crate::process::{self, Signal, LOOK_EVERY};
use crate::scratch::Scratch;

/// Time for a server to shut down in order, before it is killed.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// How long a restarted server tries to get its own port back from whoever has taken it.
const PORT_BACK_WITHIN: Duration = Duration::from_secs(20);

/// A server that runs for a test.
///
/// It keeps its ports and its store when it is stopped and started again. When it is dropped, the process is killed
/// and all of its files are removed.
#[derive(Debug)]
pub struct Server {
    launch: Launch,
    ports: Ports,
    /// `None` while stopped.
    process: Option<Child>,
    /// The process of the last start, running or not.
    process_id: u32,
    scratch: Scratch,
}

impl Launch {
    /// Starts the server and returns when it listens on all of its ports.
    ///
    /// # Panics
    ///
    /// When there is no `nats-server` to run (see [`binary`](crate::binary())), or when it does not start: the text says
    /// why, with the end of the server's log.
    #[track_caller]
    pub fn start(self) -> Server {
        self.try_start().unwrap_or_else(|error| panic!("{error}"))
    }

    /// Like [`start`](Self::start), but says why the server did not start instead of panicking.
    ///
    /// # Errors
    ///
    /// When there is no `nats-server` to run, or when it does not start.
    pub fn try_start(self) -> Result<Server, StartError> {
        Server::launch(self)
    }
}

impl Server {
    pub(crate) fn launch(launch: Launch) -> Result<Self, StartError> {
        let mut scratch = Scratch::new("server");
        let (process, ports) = launch.spawn(&Folder(scratch.path()), None)?;
        let process_id = process.id();
        scratch.watch(Some(process_id));
        Ok(Self {
            launch,
            ports,
            process: Some(process),
            process_id,
            scratch,
        })
    }

    fn folder(&self) -> Folder<'_> {
        Folder(self.scratch.path())
    }

    fn scheme(&self) -> &'static str {
        if self.ports.client_tls {
            "tls"
        } else {
            "nats"
        }
    }

    /// The URL for clients: `nats://localhost:<port>`, or `tls://…` when the server requires TLS.
    pub fn client_url(&self) -> String {
        format!("{}://localhost:{}", self.scheme(), self.ports.client)
    }

    /// The URL for clients, with a user and a password in it.
    pub fn client_url_with(&self, user: &str, pass: &str) -> String {
        format!(
            "{}://{}:{}@localhost:{}",
            self.scheme(),
            percent_encoded(user),
            percent_encoded(pass),
            self.ports.client
        )
    }

    /// The URL for clients, with a token in it.
    pub fn client_url_with_token(&self, token: &str) -> String {
        format!(
            "{}://{}@localhost:{}",
            self.scheme(),
            percent_encoded(token),
            self.ports.client
        )
    }

    /// The port for clients.
    pub fn client_port(&self) -> u16 {
        self.ports.client
    }

    /// The address that the server listens on for clients.
    pub fn client_address(&self) -> SocketAddr {
        SocketAddr::new(self.launch.address_to_ask(), self.ports.client)
    }

    /// The id of the server's process; of the last one, when the server is stopped.
    pub fn client_pid(&self) -> usize {
        self.process_id as usize
    }

    /// The URL for clients on a websocket, when the configuration has one.
    pub fn websocket_url(&self) -> Option<String> {
        let port = self.ports.websocket?;
        let scheme = if self.ports.websocket_tls { "wss" } else { "ws" };
        Some(format!("{scheme}://localhost:{port}"))
    }

    /// The answer of the monitoring port to a GET of `path`, for instance `/varz`.
    ///
    /// # Errors
    ///
    /// When the server is stopped, does not answer within seconds, or answers with something else than JSON.
    pub fn monitor(&self, path: &str) -> io::Result<serde_json::Value> {
        let address = SocketAddr::new(self.launch.address_to_ask(), self.ports.monitor);
        monitor::get(address, path)
    }

    /// All that the server has logged, over all of its starts.
    pub fn log(&self) -> String {
        let log = std::fs::read(self.log_path()).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// The file that the server logs to.
    pub fn log_path(&self) -> PathBuf {
        self.folder().log()
    }

    /// The folder that JetStream stores in.
    pub fn store_dir(&self) -> PathBuf {
        self.folder().store()
    }

    /// Whether it was started and not stopped since; it may have crashed.
    pub(crate) fn is_started(&self) -> bool {
        self.process.is_some()
    }

    /// Whether the process is there, paused or not.
    pub fn is_running(&mut self) -> bool {
        self.process
            .as_mut()
            .is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Stops the server in order and starts it again, on the same ports and the same store.
    ///
    /// # Panics
    ///
    /// When it does not start again; the text says why, with the end of the log.
    #[track_caller]
    pub fn restart(&mut self) {
        self.stop();
        self.start();
    }

    /// Shuts the server down in order and returns when its process has ended; nothing to do when it is stopped.
    ///
    /// A server that has not ended after 20 s is killed, as is any on a system without signals.
    pub fn stop(&mut self) {
        let Some(mut child) = self.process.take() else {
            return;
        };
        // A paused process would not see the other signal.
        let asked = process::send(&child, Signal::Resume).and_then(|()| process::send(&child, Signal::Terminate));
        let ended = asked.and_then(|()| process::wait_for_end(&mut child, STOP_WITHIN));
        if !matches!(ended, Ok(Some(_))) {
            process::kill(&mut child);
        }
        self.scratch.watch(None);
    }

    /// Ends the server's process at once, as a crash does; nothing to do when it is stopped.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.process.take() {
            process::kill(&mut child);
            self.scratch.watch(None);
        }
    }

    /// Starts a stopped (or crashed) server again, on the same ports and the same store; nothing to do when it runs.
    ///
    /// # Panics
    ///
    /// When it does not start; the text says why, with the end of the log.
    #[track_caller]
    pub fn start(&mut self) {
        if self.is_running() {
            return;
        }
        self.kill();
        if let Err(error) = self.start_on_kept_ports() {
            panic!("a server did not start again: {error}");
        }
    }

    /// While the server was down, a connection of somebody else may have been given its port: that passes.
    fn start_on_kept_ports(&mut self) -> Result<(), StartError> {
        let deadline = Instant::now() + PORT_BACK_WITHIN;
        loop {
            match self.launch.spawn(&self.folder(), Some(&self.ports)) {
                Ok((child, ports)) => {
                    self.process_id = child.id();
                    self.scratch.watch(Some(self.process_id));
                    self.process = Some(child);
                    self.ports = ports;
                    return Ok(());
                }
                Err(error) if error.is_port_taken() && Instant::now() < deadline => {
                    std::thread::sleep(LOOK_EVERY);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Suspends the process: its sockets stay open, and nothing is read from them or written to them.
    ///
    /// # Errors
    ///
    /// When the server is stopped, and on systems without signals.
    pub fn pause(&self) -> io::Result<()> {
        match &self.process {
            Some(child) => process::pause(child),
            None => self.signal(Signal::Pause),
        }
    }

    /// Lets a paused process go on.
    ///
    /// # Errors
    ///
    /// When the server is stopped, and on systems without signals.
    pub fn resume(&self) -> io::Result<()> {
        self.signal(Signal::Resume)
    }

    /// Puts the server into lame duck mode: it tells its clients, and closes their connections after a while.
    ///
    /// # Errors
    ///
    /// When the server is stopped, and on systems without signals.
    pub fn lame_duck(&self) -> io::Result<()> {
        self.signal(Signal::LameDuck)
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        match &self.process {
            Some(child) => process::send(child, signal),
            None => Err(io::Error::new(
                io::ErrorKind::NotConnected,
                format!("{signal:?} cannot be sent to a server that is stopped"),
            )),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What may stand in the user part of a URL; all else is escaped.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_escaped_in_urls() {
        assert_eq!(percent_encoded("s3cr3t"), "s3cr3t");
        assert_eq!(percent_encoded("a:b@c/d?e#f%"), "a%3Ab%40c%2Fd%3Fe%23f%25");
        assert_eq!(percent_encoded("$2a$11$x."), "$2a$11$x.");
        assert_eq!(percent_encoded("ü"), "%C3%BC");
    }

    #[cfg(unix)]
    #[test]
    fn a_server_does_not_outlive_a_process_that_forgets_it() {
        let mut server = crate::run_basic_server();
        let mut child = server.process.take().expect("it runs");
        let folder = server.scratch.path().to_path_buf();
        // A server that is forgotten leaves its guard with an open pipe; the system closes it with the process.
        server.scratch.close_guard();
        std::mem::forget(server);
        let ended = process::wait_for_end(&mut child, STOP_WITHIN);
        assert!(ended.expect("an own child").is_some());
        let deadline = Instant::now() + STOP_WITHIN;
        while folder.exists() {
            assert!(Instant::now() < deadline, "the folder is still there");
            std::thread::sleep(LOOK_EVERY);
        }
    }
}
