//! What the client's dialer does: it finds the server behind an address, or does not.

use std::future::pending;
use std::io;
use std::sync::Arc;

use async_nats::ServerAddr;

use super::link::Link;
use super::stream::SimStream;
use crate::plan::Door;
use crate::world::Sim;

/// The address of a server of the cluster, as `host:port`.
pub(crate) fn address(node: usize) -> String {
    format!("n{node}.sim:4222")
}

/// The server at an address.
fn node_at(addr: &ServerAddr) -> Option<usize> {
    let number = addr.host().strip_prefix('n')?.strip_suffix(".sim")?;
    number.parse().ok().filter(|_| addr.port() == 4222)
}

/// The dialer of client `client`.
pub(crate) fn dialer(sim: &Arc<Sim>, client: usize) -> impl async_nats::Dialer + 'static {
    let sim = Arc::clone(sim);
    move |addr: ServerAddr| dial(Arc::clone(&sim), client, addr)
}

enum Answer {
    Stream(SimStream),
    Refused,
    Never,
}

async fn dial(sim: Arc<Sim>, client: usize, addr: ServerAddr) -> io::Result<SimStream> {
    match open(&sim, client, &addr) {
        Answer::Stream(stream) => Ok(stream),
        Answer::Refused => Err(io::Error::new(io::ErrorKind::ConnectionRefused, "nobody listens there")),
        Answer::Never => {
            // Told when the client gives it up, so that waits between attempts are counted from then on.
            let _given_up = GivenUp { sim, client };
            pending().await
        }
    }
}

struct GivenUp {
    sim: Arc<Sim>,
    client: usize,
}

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.sim.lock().attempt_ended(self.client);
    }
}

fn open(sim: &Arc<Sim>, client: usize, addr: &ServerAddr) -> Answer {
    let mut world = sim.lock();
    world.dialled(client, addr);
    let node = node_at(addr).filter(|node| *node < world.nodes.len());
    let door = node.map_or(Door::Refused, |node| world.nodes[node].door());
    let Some(node) = node.filter(|_| door != Door::Refused) else {
        world.attempt_ended(client);
        return Answer::Refused;
    };
    if door == Door::Silent {
        return Answer::Never;
    }
    let now = world.now;
    let network = world.plan.network;
    let id = world.links.len();
    let mut link = Link::new(client, node, now);
    if !world.is_calm() && world.rng.chance(network.cuts) {
        let at = Some(world.rng.below(network.cut_within));
        match world.rng.chance(500) {
            true => link.up.cut_at = at,
            false => link.down.cut_at = at,
        }
    }
    world.links.push(link);
    world.accept(id, door);
    drop(world);
    Answer::Stream(SimStream::new(Arc::clone(sim), id, network.is_vectored))
}
