//! What a seed decides before the run begins: who is there, what the network is like, what fails and when.

use crate::rng::Rng;

/// The plan of one run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// Servers of the cluster.
    pub(crate) nodes: usize,
    pub(crate) clients: Vec<ClientPlan>,
    pub(crate) network: Network,
    /// From then on nothing fails any more, in milliseconds.
    pub(crate) calm_at: u64,
    pub(crate) faults: Vec<(u64, Fault)>,
    /// How often a server asks a client for a sign of life, in milliseconds.
    pub(crate) server_ping: u64,
    /// Subjects below `secret.` may not be used.
    pub(crate) permissions: bool,
    pub(crate) max_payload: usize,
    /// Clients have to give the right password.
    pub(crate) password: bool,
    /// The clients of this run publish to a stream and read from it, and do nothing else.
    pub(crate) streams: Option<StreamsPlan>,
}

/// What the stream is like, and its users.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StreamsPlan {
    /// Of a thousand acks of publishes, those that never come.
    pub(crate) acks_lost: u64,
    /// How long the server waits for an ack of a reader, in milliseconds.
    pub(crate) ack_wait: u64,
    /// Messages that a push consumer sends before it asks for a sign that they were read.
    pub(crate) window: u64,
    /// Messages that each client publishes at the most.
    pub(crate) messages: u64,
}

/// One client and its users.
#[derive(Clone, Debug)]
pub(crate) struct ClientPlan {
    pub(crate) seed: u64,
    pub(crate) no_echo: bool,
    pub(crate) ping_interval: u64,
    pub(crate) max_pings: u32,
    pub(crate) connection_timeout: u64,
    pub(crate) request_timeout: u64,
    pub(crate) reconnect_buffer: usize,
    pub(crate) fails_when_full: bool,
    pub(crate) capacity: Option<usize>,
    pub(crate) subscription_capacity: usize,
    pub(crate) retains_order: bool,
    pub(crate) ignores_discovered: bool,
    pub(crate) connects_in_background: bool,
    pub(crate) read_buffer: u16,
    /// How long the callback of events takes, in milliseconds.
    pub(crate) callback_takes: u64,
    /// Servers that its user names, by number.
    pub(crate) servers: Vec<usize>,
    pub(crate) publishers: usize,
    pub(crate) readers: usize,
    pub(crate) requesters: usize,
    pub(crate) restless: bool,
    /// Where there is a stream, the client reads it in order; else it pulls. Never both: readers of one client learn of a
    /// connection in an order that the runtime draws for itself.
    pub(crate) reads_in_order: bool,
    pub(crate) ending: Ending,
}

/// How a client's life ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Drained, once all is calm.
    Drain,
    /// Drained in the middle of everything.
    EarlyDrain,
    /// Its handles are dropped, once all is calm.
    Abandon,
    /// Its runtime is dropped, and its handles outside of it.
    Runtime,
}

/// What the wires are like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Network {
    /// The longest way of a byte, in milliseconds.
    pub(crate) latency: u64,
    /// The largest piece that is read or written at once.
    pub(crate) slice: usize,
    /// Bytes on their way to the server before a write has to wait.
    pub(crate) window: usize,
    /// Streams keep what is written until they are flushed.
    pub(crate) is_buffered: bool,
    pub(crate) is_vectored: bool,
    /// Of a thousand connections, those that are cut at a byte chosen when they are made.
    pub(crate) cuts: u64,
    /// The latest such byte.
    pub(crate) cut_within: u64,
}

/// Something that goes wrong at a time of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// All connections of a client are cut.
    Cut { client: usize },
    /// A client's connection goes silent.
    Silence { client: usize },
    /// A server is down for so many milliseconds.
    Restart { node: usize, takes: u64 },
    /// Dials to a server are answered in this way for so many milliseconds.
    Door { node: usize, door: Door, takes: u64 },
    /// A server is about to leave: it says so, and goes down later.
    LameDuck { node: usize, takes: u64 },
    /// All servers tell of another set of servers.
    Discovery { mask: u64 },
    /// All servers take messages up to another size.
    MaxPayload { bytes: usize },
    /// A server closes a client's connection as a slow consumer.
    SlowConsumer { client: usize },
    /// The stream has no leader for so many milliseconds: requests are answered with nothing, or with 503.
    NoLeader { takes: u64, is_silent: bool },
    /// Pull requests are forgotten, and nobody is told.
    ForgetsRequests,
    /// Pull requests end, with this status.
    EndsRequests { status: &'static str },
    /// Consumers are gone, and those who wait for them may be told.
    LosesConsumers { is_told: bool, durables: bool },
    /// So many messages of consumers are lost on their way.
    LosesDeliveries { count: u64 },
}

/// How a server answers who dials it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Open,
    /// Nobody listens.
    Refused,
    /// Nothing answers.
    Silent,
    /// The stream is there, and nobody speaks.
    Mute,
    /// The credentials are not known here.
    Unauthorized,
    /// INFO names a server that does not exist, and the connection is closed before the handshake is done.
    Liar,
}

/// What a server may end a pull request with, at any time.
const STATUSES: [&str; 5] = [
    "404 No Messages",
    "408 Request Timeout",
    "409 Server Shutdown",
    "409 Exceeded MaxWaiting",
    "423 Nats-Wrong-Pin-Id",
];

const MAX_PAYLOAD: usize = 64 * 1024;

impl Plan {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed ^ 0x5eed_0f5e_ed0f_5eed);
        let nodes = rng.range(1, 3) as usize;
        let mut clients: Vec<ClientPlan> = (0..rng.range(1, 3)).map(|_| ClientPlan::new(&mut rng, nodes)).collect();
        let calm_at = rng.range(2_000, 20_000);
        let network = Network::new(&mut rng);
        let count = if rng.chance(100) { 0 } else { rng.range(1, 12) };
        let mut faults: Vec<(u64, Fault)> = (0..count)
            .map(|_| (rng.range(1, calm_at), Fault::new(&mut rng, nodes, clients.len())))
            .collect();
        let server_ping = rng.range(300, 5_000);
        let (permissions, password) = (rng.chance(300), rng.chance(300));
        let streams = rng.chance(300).then(|| StreamsPlan::new(&mut rng));
        if streams.is_some() {
            clients.truncate(2);
            for client in &mut clients {
                client.streams(rng.chance(500));
            }
            faults.retain(|(_, fault)| fault.client().is_none_or(|client| client < clients.len()));
            for _ in 0..rng.range(0, 5) {
                faults.push((rng.range(1, calm_at), Fault::of_streams(&mut rng)));
            }
        }
        faults.sort_by_key(|(at, _)| *at);
        Plan {
            seed,
            nodes,
            clients,
            network,
            calm_at,
            faults,
            server_ping,
            permissions,
            max_payload: MAX_PAYLOAD,
            password,
            streams,
        }
    }
}

impl ClientPlan {
    fn new(rng: &mut Rng, nodes: usize) -> Self {
        let mut servers: Vec<usize> = (0..nodes).filter(|_| rng.chance(700)).collect();
        if servers.is_empty() {
            servers.push(rng.below(nodes as u64) as usize);
        }
        ClientPlan {
            seed: rng.next(),
            no_echo: rng.chance(150),
            ping_interval: rng.range(200, 4_000),
            max_pings: rng.range(1, 3) as u32,
            connection_timeout: rng.range(300, 2_000),
            request_timeout: rng.range(100, 3_000),
            reconnect_buffer: *rng.pick(&[500, 5_000, 100_000, 8 * 1024 * 1024]),
            fails_when_full: rng.chance(300),
            capacity: rng.chance(200).then(|| rng.range(1, 16) as usize),
            subscription_capacity: *rng.pick(&[3, 16, 65_536]),
            retains_order: rng.chance(300),
            ignores_discovered: rng.chance(150),
            connects_in_background: rng.chance(500),
            read_buffer: *rng.pick(&[64, 1_000, 65_535]),
            callback_takes: if rng.chance(300) { rng.range(1, 700) } else { 0 },
            servers,
            publishers: rng.range(1, 2) as usize,
            readers: rng.range(1, 2) as usize,
            requesters: rng.range(0, 1) as usize,
            restless: rng.chance(400),
            reads_in_order: false,
            ending: *rng.pick(&[
                Ending::Drain,
                Ending::Drain,
                Ending::EarlyDrain,
                Ending::Abandon,
                Ending::Runtime,
            ]),
        }
    }
}

impl StreamsPlan {
    fn new(rng: &mut Rng) -> Self {
        StreamsPlan {
            acks_lost: *rng.pick(&[0, 50, 300]),
            ack_wait: rng.range(300, 4_000),
            window: rng.range(2, 20),
            messages: rng.range(5, 40),
        }
    }
}

impl ClientPlan {
    /// For users of streams: the rest of them is not there.
    fn streams(&mut self, reads_in_order: bool) {
        self.reads_in_order = reads_in_order;
        (self.publishers, self.readers, self.requesters) = (0, 0, 0);
        self.subscription_capacity = self.subscription_capacity.max(16);
        if matches!(self.ending, Ending::EarlyDrain | Ending::Runtime) {
            self.ending = Ending::Drain;
        }
    }
}

impl Network {
    /// Large messages get through it before anybody takes the connection for dead.
    pub(crate) fn is_quick(&self) -> bool {
        self.slice >= 1_000 && (self.window > 100_000 || (self.window >= 2_000 && self.latency <= 1))
    }

    fn new(rng: &mut Rng) -> Self {
        let window = *rng.pick(&[64, 2_000, 1024 * 1024]);
        let latency = *rng.pick(&[0, 0, 1, 5, 40]);
        Network {
            // Few bytes at a time, and long on their way: too slow for anything.
            latency: if window < 1_000 { latency.min(1) } else { latency },
            slice: *rng.pick(&[7, 100, 1_000, usize::MAX, usize::MAX]),
            window,
            is_buffered: rng.chance(300),
            is_vectored: rng.chance(500),
            cuts: *rng.pick(&[0, 100, 500]),
            cut_within: *rng.pick(&[300, 3_000, 20_000]),
        }
    }
}

impl Fault {
    fn new(rng: &mut Rng, nodes: usize, clients: usize) -> Self {
        let node = rng.below(nodes as u64) as usize;
        let client = rng.below(clients as u64) as usize;
        match rng.below(14) {
            0..=2 => Fault::Cut { client },
            3 | 4 => Fault::Silence { client },
            5 | 6 => Fault::Restart {
                node,
                takes: rng.range(0, 3_000),
            },
            7 | 8 => Fault::Door {
                node,
                door: *rng.pick(&[Door::Refused, Door::Silent, Door::Mute, Door::Unauthorized, Door::Liar]),
                takes: rng.range(100, 4_000),
            },
            9 | 10 => Fault::LameDuck {
                node,
                takes: rng.range(50, 2_000),
            },
            11 => Fault::Discovery { mask: rng.next() },
            12 => Fault::MaxPayload {
                bytes: rng.range(200, MAX_PAYLOAD as u64) as usize,
            },
            _ => Fault::SlowConsumer { client },
        }
    }

    /// What goes wrong with a stream.
    fn of_streams(rng: &mut Rng) -> Self {
        match rng.below(8) {
            0..=2 => Fault::NoLeader {
                takes: rng.range(50, 8_000),
                is_silent: rng.chance(500),
            },
            3 if rng.chance(300) => Fault::ForgetsRequests,
            3 => Fault::EndsRequests {
                status: rng.pick::<&str>(&STATUSES),
            },
            4 | 5 => Fault::LosesConsumers {
                is_told: rng.chance(500),
                durables: rng.chance(500),
            },
            _ => Fault::LosesDeliveries { count: rng.range(1, 5) },
        }
    }

    /// Whose connection it is about.
    fn client(self) -> Option<usize> {
        match self {
            Fault::Cut { client } | Fault::Silence { client } | Fault::SlowConsumer { client } => Some(client),
            _ => None,
        }
    }
}
