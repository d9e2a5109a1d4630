//! How a server is to be started, and the start of its process: from settings to a process whose ports are known. What
//! becomes of the process then is left to [`server`](crate::server), where [`Launch::start`] stands.

use std::fmt;
use std::fs::{self, File};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::binary;
use crate::config::Source;
use crate::ports::Ports;
use crate::process::{self, LOOK_EVERY};

/// Time for a server to listen on all of its ports; long, because a machine may be busy with other tests.
const START_WITHIN: Duration = Duration::from_secs(60);

/// Lines of the log that are shown when a server does not start.
const LOG_LINES_SHOWN: usize = 30;

/// Settings of a server that is to be started.
///
/// ```no_run
/// let server = nats_server::Launch::new()
///     .config_text("max_payload: 1KB")
///     .arg("-DV")
///     .start();
/// ```
#[derive(Clone, Debug)]
pub struct Launch {
    source: Source<'static>,
    host: IpAddr,
    port: Option<u16>,
    args: Vec<String>,
}

impl Default for Launch {
    fn default() -> Self {
        Self::new()
    }
}

impl Launch {
    /// A server without configuration, on a free port of 127.0.0.1.
    pub fn new() -> Self {
        Self {
            source: Source::Defaults,
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: None,
            args: Vec::new(),
        }
    }

    /// Configures the server from a file; the path is relative to the current folder, the empty one means none.
    #[must_use]
    pub fn config_file(self, path: &str) -> Self {
        self.source(Source::file(path))
    }

    /// Configures the server from text.
    #[must_use]
    pub fn config_text(self, text: &str) -> Self {
        self.source(Source::text(text))
    }

    pub(crate) fn source(mut self, source: Source<'_>) -> Self {
        self.source = source.into_owned();
        self
    }

    /// Listens on this address instead of 127.0.0.1, whatever the configuration says.
    #[must_use]
    pub fn host(mut self, host: IpAddr) -> Self {
        self.host = host;
        self
    }

    /// Listens for clients on this port instead of a free one, whatever the configuration says.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Adds an argument to the server's command line.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    pub(crate) fn address_to_ask(&self) -> IpAddr {
        if self.host.is_unspecified() {
            IpAddr::V4(Ipv4Addr::LOCALHOST)
        } else {
            self.host
        }
    }

    /// The command line; ports that an earlier process had are kept.
    fn arguments(&self, folder: &Folder<'_>, config: Option<String>, kept: Option<&Ports>) -> Vec<String> {
        let port = |number: Option<u16>| number.map_or_else(|| "-1".to_owned(), |p| p.to_string());
        let path = |path: PathBuf| path.display().to_string();
        let client = self.port.or(kept.map(|ports| ports.client));
        let monitor = kept.map(|ports| ports.monitor);
        let mut arguments: Vec<String> = Vec::new();
        if let Some(config) = config {
            arguments.extend(["-c".to_owned(), config]);
        }
        let pairs = [
            ("-a", self.host.to_string()),
            ("-p", port(client)),
            ("-m", port(monitor)),
            ("--ports_file_dir", path(folder.ports())),
            ("-P", path(folder.pid())),
            ("-l", path(folder.log())),
            ("-sd", path(folder.store())),
        ];
        for (flag, value) in pairs {
            arguments.extend([flag.to_owned(), value]);
        }
        arguments.extend(self.args.iter().cloned());
        arguments
    }

    /// Starts one process and waits until its ports are known; kills it when that takes too long.
    pub(crate) fn spawn(&self, folder: &Folder<'_>, kept: Option<&Ports>) -> Result<(Child, Ports), StartError> {
        let program = binary().map_err(|error| StartError::new(error.to_string()))?;
        let prepared = self.prepare(folder);
        let (config, output) =
            prepared.map_err(|error| StartError::new(format!("the folder of a server cannot be used: {error}")))?;
        let arguments = self.arguments(folder, config, kept);
        let log_start = fs::metadata(folder.log()).map_or(0, |meta| meta.len());
        let command_line = format!("{} {}", program.display(), arguments.join(" "));
        let failed = |reason: String| StartError {
            message: format!("{reason}\ncommand: {command_line}"),
            log: folder.log_since(log_start),
        };
        let mut child = Command::new(&program)
            .args(&arguments)
            .stdin(Stdio::null())
            .stdout(output.0)
            .stderr(output.1)
            .spawn()
            .map_err(|error| failed(format!("nats-server cannot be run: {error}")))?;
        match wait_for_ports(&mut child, &folder.ports()) {
            Ok(ports) => Ok((child, ports)),
            Err(reason) => {
                process::kill(&mut child);
                Err(failed(reason))
            }
        }
    }

    fn prepare(&self, folder: &Folder<'_>) -> std::io::Result<(Option<String>, (File, File))> {
        fs::create_dir_all(folder.ports())?;
        Ports::forget(&folder.ports());
        let config = self.source.materialize(&folder.config())?;
        let output = File::create(folder.output())?;
        let copy = output.try_clone()?;
        Ok((config, (output, copy)))
    }
}

fn wait_for_ports(child: &mut Child, folder: &Path) -> Result<Ports, String> {
    let deadline = Instant::now() + START_WITHIN;
    loop {
        if let Some(ports) = Ports::read(folder) {
            return Ok(ports);
        }
        match child.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) => return Err(format!("nats-server ended with {status}")),
            Err(error) => return Err(format!("nats-server cannot be waited for: {error}")),
        }
        if Instant::now() >= deadline {
            return Err(format!(
                "nats-server did not listen within {} s",
                START_WITHIN.as_secs()
            ));
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Names of the files of one server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Folder<'a>(pub(crate) &'a Path);

impl Folder<'_> {
    pub(crate) fn log(&self) -> PathBuf {
        self.0.join("server.log")
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    fn config(&self) -> PathBuf {
        self.0.join("server.conf")
    }

    fn pid(&self) -> PathBuf {
        self.0.join("server.pid")
    }

    fn ports(&self) -> PathBuf {
        self.0.join("ports")
    }

    /// What the server prints before it has a log.
    fn output(&self) -> PathBuf {
        self.0.join("output")
    }

    /// The log from a place on, and what was printed.
    fn log_since(&self, start: u64) -> String {
        let mut text = fs::read(self.output()).unwrap_or_default();
        let log = fs::read(self.log()).unwrap_or_default();
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        text.extend_from_slice(log.get(start..).unwrap_or_default());
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// Why a server did not start; its text ends with the end of the server's log.
#[derive(Clone, Debug)]
pub struct StartError {
    message: String,
    log: String,
}

impl StartError {
    pub(crate) fn new(message: String) -> Self {
        Self {
            message,
            log: String::new(),
        }
    }

    /// Whether a port was taken by somebody else.
    pub(crate) fn is_port_taken(&self) -> bool {
        // The first is what Unix says, the second Windows.
        self.log.contains("address already in use") || self.log.contains("Only one usage of each socket")
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        let lines: Vec<&str> = self.log.lines().collect();
        if lines.is_empty() {
            return Ok(());
        }
        f.write_str("\nthe end of its log:")?;
        for line in &lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..] {
            write!(f, "\n  {line}")?;
        }
        Ok(())
    }
}

impl std::error::Error for StartError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_server_asks_for_free_ports_and_a_restarted_one_for_its_own() {
        let launch = Launch::new().arg("-D");
        let folder = Folder(Path::new("folder"));
        let has =
            |arguments: &[String], flag: &str, value: &str| arguments.windows(2).any(|pair| pair == [flag, value]);
        let fresh = launch.arguments(&folder, None, None);
        assert!(has(&fresh, "-p", "-1") && has(&fresh, "-m", "-1"), "{fresh:?}");
        assert!(!fresh.contains(&"-c".to_owned()));
        assert_eq!(fresh.last().map(String::as_str), Some("-D"));

        let kept = Ports {
            client: 1,
            monitor: 2,
            ..Ports::default()
        };
        let again = launch.arguments(&folder, Some("a.conf".into()), Some(&kept));
        assert!(has(&again, "-p", "1") && has(&again, "-m", "2"), "{again:?}");
        assert!(has(&again, "-c", "a.conf"), "{again:?}");
    }

    #[test]
    fn the_error_shows_the_end_of_the_log() {
        let log: Vec<String> = (0..100).map(|line| format!("line {line}")).collect();
        let error = StartError {
            message: "it ended".into(),
            log: log.join("\n"),
        };
        let text = error.to_string();
        assert!(text.starts_with("it ended"), "{text}");
        assert!(text.ends_with("line 99"), "{text}");
        assert!(text.contains("line 70\n") && !text.contains("line 69\n"), "{text}");
    }
}
