//! A real `nats-server`, for the rows that ask what is left of a difference when the server is not free.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The variable that names the server's program; `cargo xtask bench` sets it.
const VARIABLE: &str = "NATS_SERVER_BIN";

/// How long the server may take until it accepts connections.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often its port is tried.
const LOOK: Duration = Duration::from_millis(10);

/// A server that runs until it is dropped.
pub(crate) struct RealServer {
    child: Child,
    port: u16,
    /// Where JetStream keeps what it keeps; gone with the server.
    store: PathBuf,
}

impl RealServer {
    /// Starts one on a free port of the local address.
    pub(crate) fn start() -> Result<Self, String> {
        let program = std::env::var_os(VARIABLE).unwrap_or_else(|| "nats-server".into());
        let port = free_port().map_err(|error| format!("there is no free port: {error}"))?;
        let store = std::env::temp_dir().join(format!("nats-bench-{}-{port}", std::process::id()));
        let child = Command::new(&program)
            .args([
                "--addr",
                "127.0.0.1",
                "--port",
                &port.to_string(),
                "--jetstream",
                "--store_dir",
            ])
            .arg(&store)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| {
                format!(
                    "{} could not be started ({error}); {VARIABLE} may name another",
                    program.to_string_lossy()
                )
            })?;
        let mut server = Self { child, port, store };
        server.wait_until_ready()?;
        Ok(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://localhost:{}", self.port)
    }

    fn wait_until_ready(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("the server ended with {status} instead of listening"));
            }
            if Instant::now() > deadline {
                return Err(format!("the server does not listen after {} s", PATIENCE.as_secs()));
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        // What it keeps is not needed any more, so it need not be asked to stop.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.store);
    }
}

fn free_port() -> std::io::Result<u16> {
    TcpListener::bind(("127.0.0.1", 0))?
        .local_addr()
        .map(|address| address.port())
}
