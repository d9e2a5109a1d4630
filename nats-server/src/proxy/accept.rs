//! The thread of a proxy: takes connections, and carries out what its owner says.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{mpsc as sync_mpsc, Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::link::Connection;
use super::plan::{Plan, Seeded};

/// Connections that may wait to be taken.
const BACKLOG: u32 = 1024;

/// Pause after a connection could not be taken, for instance because there are too many open files.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(10);

/// How long a proxy tries to get its port back from whoever has taken it: an outgoing connection of somebody else, most
/// likely, which passes.
const PORT_BACK_WITHIN: Duration = Duration::from_secs(20);

/// What the thread and the owner of a proxy share.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    target: SocketAddr,
    next_plans: std::vec::IntoIter<Plan>,
    later_plans: Seeded,
    connections: Vec<Connection>,
}

impl Shared {
    pub(super) fn new(target: SocketAddr) -> Self {
        Self {
            state: Mutex::new(State {
                target,
                next_plans: Vec::new().into_iter(),
                later_plans: Seeded::always(Plan::new()),
                connections: Vec::new(),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_target(&self, target: SocketAddr) {
        self.state().target = target;
    }

    pub(super) fn set_plans(&self, next: Vec<Plan>, later: Seeded) {
        let mut state = self.state();
        state.next_plans = next.into_iter();
        state.later_plans = later;
    }

    pub(super) fn connections(&self) -> Vec<Connection> {
        self.state().connections.clone()
    }

    fn add_connection(&self) -> (Connection, SocketAddr) {
        let mut state = self.state();
        let plan = match state.next_plans.next() {
            Some(plan) => plan,
            None => state.later_plans.next().unwrap_or_default(),
        };
        let connection = Connection::new(&plan);
        state.connections.push(connection.clone());
        (connection, state.target)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Accept,
    Refuse,
    Stop,
}

type Answer = sync_mpsc::SyncSender<io::Result<()>>;

/// Where the owner of a proxy tells its thread what to do.
#[derive(Debug)]
pub(super) struct Acceptor {
    commands: mpsc::UnboundedSender<(Command, Answer)>,
}

impl Acceptor {
    /// Returns when it is done.
    pub(super) fn tell(&self, command: Command) -> io::Result<()> {
        let gone = || io::Error::other("the thread of a proxy has ended");
        let (answer, done) = sync_mpsc::sync_channel(1);
        self.commands.send((command, answer)).map_err(|_| gone())?;
        done.recv().map_err(|_| gone())?
    }
}

/// Starts the thread of a proxy; returns its port too.
pub(super) fn start(shared: Arc<Shared>) -> io::Result<(Acceptor, u16, JoinHandle<()>)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let port = {
        let _entered = runtime.enter();
        let listener = bind(0)?.listen(BACKLOG)?;
        let port = listener.local_addr()?.port();
        (Port::Open(listener), port)
    };
    let (port, number) = port;
    let (commands, told) = mpsc::unbounded_channel();
    let thread = std::thread::Builder::new()
        .name("nats-proxy".to_owned())
        .spawn(move || runtime.block_on(serve(shared, port, number, told)))?;
    Ok((Acceptor { commands }, number, thread))
}

/// The port of a proxy, which it keeps for itself in every state.
enum Port {
    Open(TcpListener),
    /// Bound, and nobody listens: who connects is refused.
    Shut(TcpSocket),
    /// Could not be had back.
    Lost,
}

impl Port {
    async fn accept(&self) -> io::Result<TcpStream> {
        match self {
            Self::Open(listener) => Ok(listener.accept().await?.0),
            Self::Shut(_) | Self::Lost => std::future::pending().await,
        }
    }

    fn shut(&mut self, number: u16) -> io::Result<()> {
        if let Self::Open(_) | Self::Lost = self {
            // The old socket has to go first.
            *self = Self::Lost;
            *self = Self::Shut(bind(number)?);
        }
        Ok(())
    }

    fn open(&mut self, number: u16) -> io::Result<()> {
        match std::mem::replace(self, Self::Lost) {
            Self::Open(listener) => *self = Self::Open(listener),
            Self::Shut(socket) => *self = Self::Open(socket.listen(BACKLOG)?),
            Self::Lost => *self = Self::Open(bind(number)?.listen(BACKLOG)?),
        }
        Ok(())
    }

    /// Carries out a change as often as somebody else has the port.
    async fn change(&mut self, change: impl Fn(&mut Self) -> io::Result<()>) -> io::Result<()> {
        let deadline = tokio::time::Instant::now() + PORT_BACK_WITHIN;
        loop {
            match change(self) {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && tokio::time::Instant::now() < deadline => {
                    tokio::time::sleep(PAUSE_AFTER_ERROR).await;
                }
                done => return done,
            }
        }
    }
}

fn bind(port: u16) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // On Windows it would let others take the port.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    Ok(socket)
}

async fn serve(shared: Arc<Shared>, mut port: Port, number: u16, mut told: mpsc::UnboundedReceiver<(Command, Answer)>) {
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            command = told.recv() => {
                let Some((command, answer)) = command else { return };
                let done = match command {
                    Command::Accept => port.change(|port| port.open(number)).await,
                    Command::Refuse => port.change(|port| port.shut(number)).await,
                    Command::Stop => return,
                };
                // An owner that does not wait for the answer has none to miss.
                let _ = answer.send(done);
            }
            accepted = port.accept() => match accepted {
                Ok(client) => {
                    let (connection, target) = shared.add_connection();
                    running.spawn(async move { connection.run(client, target).await });
                }
                Err(_) => tokio::time::sleep(PAUSE_AFTER_ERROR).await,
            },
            Some(_) = running.join_next() => {}
        }
    }
}
