//! A task that leaves connections, names other servers, and makes and drops handles.

use super::User;
use crate::net::dial::address;

impl User {
    pub(crate) async fn roams(mut self) {
        for _ in 0..self.rng.range(1, 8) {
            self.pause(3_000).await;
            if self.is_calm() || self.is_ending() {
                break;
            }
            match self.rng.below(5) {
                0 | 1 => self.force_reconnect().await,
                2 => self.set_pool().await,
                3 => {
                    let pool = self.client.server_pool().await;
                    let mut world = self.sim.lock();
                    let is_ending = world.clients[self.number].is_ending;
                    if pool.map_or(!is_ending, |pool| pool.is_empty()) {
                        world.violated("I21", "the pool cannot be looked at, or is empty");
                    }
                }
                _ => drop(self.client.clone()),
            }
        }
    }

    async fn force_reconnect(&mut self) {
        {
            let mut world = self.sim.lock();
            let model = &mut world.clients[self.number];
            model.attempts.is_on_purpose = model.current.is_some();
            model.is_up = false;
            let (now, number) = (world.now, self.number);
            world
                .trace
                .note(now, "force", number as u64, || format!("client {number} reconnects"));
        }
        let result = self.client.force_reconnect().await;
        let mut world = self.sim.lock();
        if result.is_err() && !world.clients[self.number].is_ending {
            world.violated("I21", "a reconnect was refused");
        }
    }

    async fn set_pool(&mut self) {
        let password = self.sim.lock().plan.password;
        let count = self.sim.lock().plan.nodes;
        let mut nodes: Vec<usize> = (0..count).filter(|_| self.rng.chance(600)).collect();
        if nodes.is_empty() {
            nodes.push(self.rng.below(count as u64) as usize);
        }
        let urls: Vec<String> = nodes.iter().map(|node| url(*node, password)).collect();
        self.sim.lock().pool_set(self.number, &nodes);
        let result = self.client.set_server_pool(urls.as_slice()).await;
        let mut world = self.sim.lock();
        let (now, number) = (world.now, self.number);
        world
            .trace
            .note(now, "pool", number as u64, || format!("of client {number}: {nodes:?}"));
        if result.is_err() && !world.clients[self.number].is_ending {
            world.violated("I21", "a pool was refused");
        }
    }
}

/// The URL of a server, as a user names it.
pub(crate) fn url(node: usize, password: bool) -> String {
    use crate::server::session::{PASSWORD, USER};
    match password {
        true => format!("nats://{USER}:{PASSWORD}@{}", address(node)),
        false => format!("nats://{}", address(node)),
    }
}
