//! The servers that a client may connect to, and in which order it tries them.
//!
//! Servers that the user gave never leave, except through [`ServerPool::set`]; discovered ones come and go with the lists
//! that servers send. What is known of a server (failures, last error) stays with it.

use std::collections::HashSet;
use std::fmt;

use super::limits::MAX_DISCOVERED_SERVERS;
use super::rng::Rng;
use crate::server_addr::ServerAddr;

/// A server of the pool, as [`Client::server_pool`](crate::Client::server_pool) and the callback of
/// [`ConnectOptions::reconnect_to_server_callback`](crate::ConnectOptions::reconnect_to_server_callback) see it.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its address.
    pub addr: ServerAddr,
    /// How many attempts to connect to it failed since the last one that succeeded.
    pub failed_attempts: usize,
    /// Whether the client was connected to it at any time.
    pub did_connect: bool,
    /// Whether a server of the cluster told of it, rather than the user.
    pub is_discovered: bool,
    /// Why the last attempt failed; `None` when it did not.
    pub last_error: Option<String>,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Credentials are in the URL as it stands; see `ServerAddr`.
        match self.addr.credentials() {
            Some(_) => write!(f, "{}", self.addr.redacted()),
            None => f.write_str(self.addr.as_url_str()),
        }
    }
}

impl Server {
    fn new(addr: ServerAddr, is_discovered: bool) -> Self {
        Server {
            addr,
            failed_attempts: 0,
            did_connect: false,
            is_discovered,
            last_error: None,
        }
    }
}

/// A server and what only the client needs to know of it.
#[derive(Clone, Debug)]
struct Member {
    server: Server,
    /// The name to check with TLS when the address is a bare IP that a server told of.
    tls_name: Option<String>,
}

/// Where to connect to.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) addr: ServerAddr,
    /// The name that TLS checks.
    pub(crate) tls_name: String,
}

/// The pool mixes websocket and other addresses.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MixedSchemes;

impl fmt::Display for MixedSchemes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot mix websocket and non-websocket URLs in server pool")
    }
}

impl std::error::Error for MixedSchemes {}

/// All servers.
#[derive(Debug)]
pub(crate) struct ServerPool {
    members: Vec<Member>,
    retain_order: bool,
    ignore_discovered: bool,
    /// Attempts since the last connection, over all servers.
    pub(crate) attempts: usize,
    current: Option<Target>,
    /// A server that is going away: it is tried last until there is a connection again.
    leaving: Option<ServerAddr>,
}

impl ServerPool {
    /// The servers that the user gave.
    pub(crate) fn new(addrs: impl Iterator<Item = ServerAddr>, retain_order: bool, ignore_discovered: bool) -> Self {
        let members = addrs
            .map(|addr| Member {
                server: Server::new(addr, false),
                tls_name: None,
            })
            .collect();
        ServerPool {
            members,
            retain_order,
            ignore_discovered,
            attempts: 0,
            current: None,
            leaving: None,
        }
    }

    /// Another list from the user; what is known of servers in both lists stays.
    pub(crate) fn set(&mut self, addrs: Vec<ServerAddr>) -> Result<(), MixedSchemes> {
        if addrs.iter().any(|addr| addr.is_websocket() != addrs[0].is_websocket()) {
            return Err(MixedSchemes);
        }
        let old = std::mem::take(&mut self.members);
        self.members = addrs
            .into_iter()
            .map(|addr| match old.iter().find(|member| member.server.addr == addr) {
                Some(known) => Member {
                    server: Server {
                        addr,
                        is_discovered: false,
                        ..known.server.clone()
                    },
                    // The user gave it by this name, so this is what TLS checks, whoever told of it before.
                    tls_name: None,
                },
                None => Member {
                    server: Server::new(addr, false),
                    tls_name: None,
                },
            })
            .collect();
        self.attempts = 0;
        Ok(())
    }

    /// The pool as users see it.
    pub(crate) fn servers(&self) -> Vec<Server> {
        self.members.iter().map(|member| member.server.clone()).collect()
    }

    /// Whether there is a server other than the one that the client is connected to.
    pub(crate) fn has_alternative(&self) -> bool {
        self.members.iter().any(|member| !self.is_current(&member.server.addr))
    }

    fn is_current(&self, addr: &ServerAddr) -> bool {
        self.current.as_ref().is_some_and(|current| current.addr == *addr)
    }

    /// The server that the client is connected to.
    pub(crate) fn current(&self) -> Option<Target> {
        self.current.clone()
    }

    /// The order of the next round of attempts: shuffled, those that failed less first; as given when that was asked for.
    pub(crate) fn round(&self, rng: &mut Rng) -> Vec<Target> {
        let mut members: Vec<&Member> = self.members.iter().collect();
        if !self.retain_order {
            rng.shuffle(&mut members);
            members.sort_by_key(|member| member.server.failed_attempts);
        }
        members.sort_by_key(|member| self.leaving.as_ref() == Some(&member.server.addr));
        members.into_iter().map(Member::target).collect()
    }

    /// The server with this address, if it is in the pool.
    pub(crate) fn target(&self, addr: &ServerAddr) -> Option<Target> {
        self.members
            .iter()
            .find(|member| member.server.addr == *addr)
            .map(Member::target)
    }

    /// An attempt failed.
    pub(crate) fn failed(&mut self, addr: &ServerAddr, error: String) {
        if let Some(member) = self.member(addr) {
            member.server.failed_attempts += 1;
            member.server.last_error = Some(error);
        }
    }

    /// An attempt succeeded.
    pub(crate) fn connected(&mut self, target: &Target) {
        self.attempts = 0;
        self.current = Some(target.clone());
        self.leaving = None;
        if let Some(member) = self.member(&target.addr) {
            member.server.did_connect = true;
            member.server.failed_attempts = 0;
            member.server.last_error = None;
        }
    }

    /// The current server is going away: it is tried last.
    pub(crate) fn leave_current(&mut self) {
        self.leaving = self.current.take().map(|current| current.addr);
    }

    fn member(&mut self, addr: &ServerAddr) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.server.addr == *addr)
    }

    /// `from`, a server that the client is connected to, told of the servers of its cluster as `host:port`. New ones come
    /// in with the scheme and the credentials of `from`; discovered ones that are not named any more leave. Returns
    /// addresses that do not parse. An empty list says nothing.
    pub(crate) fn discovered(&mut self, urls: &[String], from: &Target) -> Vec<String> {
        if self.ignore_discovered || urls.is_empty() {
            return Vec::new();
        }
        let mut bad = Vec::new();
        let mut named = Vec::new();
        for url in urls.iter().take(MAX_DISCOVERED_SERVERS) {
            match from.addr.sibling(url) {
                Ok(addr) => named.push(addr),
                Err(_) => bad.push(url.clone()),
            }
        }
        let current = self.current.as_ref().map(|current| current.addr.clone());
        let places: HashSet<Place> = named.iter().map(place).collect();
        self.members.retain(|member| {
            let addr = &member.server.addr;
            !member.server.is_discovered || Some(addr) == current.as_ref() || places.contains(&place(addr))
        });
        let mut known: HashSet<Place> = self.members.iter().map(|member| place(&member.server.addr)).collect();
        for addr in named {
            if known.insert(place(&addr)) {
                let is_bare_ip = addr.host().parse::<std::net::IpAddr>().is_ok();
                let tls_name = is_bare_ip.then(|| from.tls_name.clone());
                self.members.push(Member {
                    server: Server::new(addr, true),
                    tls_name,
                });
            }
        }
        bad
    }
}

/// Where a server listens: addresses that differ in nothing else are those of one server.
type Place = (String, u16);

fn place(addr: &ServerAddr) -> Place {
    (addr.host().to_owned(), addr.port())
}

impl Member {
    fn target(&self) -> Target {
        let addr = self.server.addr.clone();
        let tls_name = self.tls_name.clone().unwrap_or_else(|| addr.host().to_owned());
        Target { addr, tls_name }
    }
}

#[cfg(test)]
mod tests;
