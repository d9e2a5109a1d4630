//! The servers of the cluster: whether they listen, and what they say of themselves.

use std::fmt::Write as _;

use crate::net::dial::address;
use crate::net::link::{End, Word};
use crate::plan::{Door, Fault};
use crate::world::{Due, World};

/// One server.
#[derive(Debug, Default)]
pub(crate) struct Node {
    is_down: u32,
    doors: Vec<Door>,
    is_leaving: bool,
}

impl Node {
    /// How it answers who dials it now.
    pub(crate) fn door(&self) -> Door {
        if self.is_down > 0 || self.is_leaving {
            return Door::Refused;
        }
        self.doors.last().copied().unwrap_or(Door::Open)
    }

    /// Nothing is wrong with it any more.
    pub(crate) fn recover(&mut self) {
        *self = Node::default();
    }
}

impl World {
    /// The INFO line for a connection.
    pub(crate) fn info_line(&self, link: usize, door: Door, is_lame_duck: bool) -> Vec<u8> {
        let node = self.links[link].node;
        let mut urls = String::new();
        for other in 0..self.nodes.len() {
            if self.discovery >> other & 1 == 1 {
                let _ = write!(urls, "{}\"{}\"", if urls.is_empty() { "" } else { "," }, address(other));
            }
        }
        if door == Door::Liar {
            urls = "\"liar.sim:4222\"".to_owned();
        }
        format!(
            "INFO {{\"server_id\":\"N{node}\",\"server_name\":\"n{node}\",\"version\":\"2.12.0\",\"proto\":1,\
             \"host\":\"0.0.0.0\",\"port\":4222,\"headers\":true,\"max_payload\":{},\"client_id\":{link},\
             \"auth_required\":{},\"connect_urls\":[{urls}],\"ldm\":{is_lame_duck}}}\r\n",
            self.max_payload, self.plan.password,
        )
        .into_bytes()
    }

    pub(crate) fn send_info(&mut self, link: usize, door: Door, is_lame_duck: bool) {
        let line = self.info_line(link, door, is_lame_duck);
        let word = Word::Info {
            is_lame_duck,
            max_payload: self.max_payload,
            urls: self.told_addresses(door),
        };
        self.send(link, &line, word);
    }

    /// The addresses in an INFO.
    fn told_addresses(&self, door: Door) -> Vec<String> {
        if door == Door::Liar {
            return vec!["liar.sim:4222".to_owned()];
        }
        let named = (0..self.nodes.len()).filter(|node| self.discovery >> node & 1 == 1);
        named.map(address).collect()
    }

    /// All clients hear what has changed.
    pub(crate) fn tell_info(&mut self) {
        for link in self.connected_links(None) {
            self.send_info(link, Door::Open, false);
        }
    }

    /// Links of sessions that are past their handshake, of one server or of all.
    pub(crate) fn connected_links(&self, node: Option<usize>) -> Vec<usize> {
        let connected = self.sessions.iter().filter(|(_, session)| session.is_connected);
        let of_node = connected.filter(|(link, _)| node.is_none_or(|node| self.links[**link].node == node));
        of_node.map(|(link, _)| *link).collect()
    }

    pub(crate) fn leave(&mut self, node: usize, takes: u64) {
        if self.is_calm() {
            // It has changed its mind.
            return;
        }
        self.nodes[node].is_leaving = false;
        self.goes_down(node, takes);
        for link in self.links_of_node(node) {
            self.server_closes(link);
        }
    }

    fn links_of_node(&self, node: usize) -> Vec<usize> {
        let links = self.sessions.keys().copied();
        links.filter(|link| self.links[*link].node == node).collect()
    }

    fn goes_down(&mut self, node: usize, takes: u64) {
        self.nodes[node].is_down += 1;
        self.restores.push((node, Restore::Up));
        self.schedule(self.now + takes, Due::Restore(self.restores.len() - 1));
    }

    pub(crate) fn restore(&mut self, number: usize) {
        let (node, restore) = self.restores[number];
        let node = &mut self.nodes[node];
        match restore {
            Restore::Up => node.is_down = node.is_down.saturating_sub(1),
            Restore::Door(door) => {
                if let Some(at) = node.doors.iter().position(|other| *other == door) {
                    node.doors.remove(at);
                }
            }
        }
    }

    /// A fault of the plan happens.
    pub(crate) fn fault(&mut self, number: usize) {
        let fault = self.plan.faults[number].1;
        self.trace
            .note(self.now, "fault", number as u64, || format!("{fault:?}"));
        match fault {
            Fault::Cut { client } => {
                for link in self.open_links(client) {
                    let end = if self.rng.chance(500) { End::Closed } else { End::Reset };
                    self.cut(link, end);
                }
            }
            Fault::Silence { client } => {
                for link in self.open_links(client) {
                    self.silence(link);
                }
            }
            Fault::Restart { node, takes } => {
                self.goes_down(node, takes);
                for link in self.links_of_node(node) {
                    self.cut(link, End::Reset);
                }
            }
            Fault::Door { node, door, takes } => {
                self.nodes[node].doors.push(door);
                self.restores.push((node, Restore::Door(door)));
                self.schedule(self.now + takes, Due::Restore(self.restores.len() - 1));
            }
            Fault::LameDuck { node, takes } => {
                self.nodes[node].is_leaving = true;
                for link in self.connected_links(Some(node)) {
                    self.send_info(link, Door::Open, true);
                }
                self.schedule(self.now + takes, Due::Leave { node, takes });
            }
            Fault::Discovery { mask } => {
                self.discovery = mask;
                self.tell_info();
            }
            Fault::MaxPayload { bytes } => {
                self.max_payload = bytes;
                self.tell_info();
            }
            Fault::SlowConsumer { client } => {
                for link in self.open_links(client) {
                    self.send_error(link, "Slow Consumer");
                    self.server_closes(link);
                }
            }
            fault => self.streams_fault(fault),
        }
    }

    /// Links of a client that a server has a session for.
    fn open_links(&self, client: usize) -> Vec<usize> {
        let links = self.sessions.keys().copied();
        links.filter(|link| self.links[*link].client == client).collect()
    }
}

/// What ends by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Restore {
    /// A server is up again.
    Up,
    /// It answers as before.
    Door(Door),
}
