//! The pool of servers: those that the user gave stay, each is tried once a round, the one that is connected to is never
//! forgotten, and no place is there twice but by the user's own doing.

use std::collections::HashSet;

use super::input::Input;
use crate::proto::limits::MAX_DISCOVERED_SERVERS;
use crate::proto::rng::Rng;
use crate::proto::server_pool::{ServerPool, Target};
use crate::server_addr::ServerAddr;

/// Names of hosts, some of them the same server by another way to write it, some not fit for an address.
const HOSTS: &[&str] = &[
    "a:4222",
    "b:4222",
    "b",
    "B:4222",
    "10.0.0.1:4222",
    "[::1]:5",
    "c:1",
    "user@d:1",
    "tls://e:2",
    "",
    "f:99999",
    "g g",
];

pub(super) fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let mut given = addrs(&mut input);
    let mut pool = ServerPool::new(given.iter().cloned(), input.flag(), input.flag());
    let mut rng = Rng::from_seed(input.byte().into());
    let mut current: Option<Target> = None;
    while !input.is_empty() {
        match input.below(6) {
            0 => {
                let next = addrs(&mut input);
                pool.set(next.clone()).expect("they have one scheme");
                given = next;
            }
            1..=2 => {
                if let Some(from) = &current {
                    let told: Vec<String> = (0..input.below(8)).map(|_| input.pick(HOSTS).to_owned()).collect();
                    let bad = pool.discovered(&told, from);
                    assert!(bad.iter().all(|url| told.contains(url)));
                }
            }
            3 => {
                let round = pool.round(&mut rng);
                if let Some(target) = round.get(input.below(8)) {
                    pool.failed(&target.addr, "no".to_owned());
                }
            }
            4 => {
                let round = pool.round(&mut rng);
                if let Some(target) = round.get(input.below(8)) {
                    pool.connected(target);
                    current = Some(target.clone());
                }
            }
            _ => {
                pool.leave_current();
                current = None;
            }
        }
        check_pool(&pool, &given, &mut rng);
    }
}

fn addrs(input: &mut Input<'_>) -> Vec<ServerAddr> {
    let hosts: HashSet<&str> = (0..=input.below(4)).map(|_| input.pick(&HOSTS[..7])).collect();
    let mut hosts: Vec<&str> = hosts.into_iter().collect();
    hosts.sort_unstable();
    hosts
        .into_iter()
        .map(|host| host.parse().expect("these are addresses"))
        .collect()
}

fn check_pool(pool: &ServerPool, given: &[ServerAddr], rng: &mut Rng) {
    let servers = pool.servers();
    for addr in given {
        assert!(servers.iter().any(|server| server.addr == *addr), "{addr:?} left");
    }
    assert!(servers.len() <= given.len() + MAX_DISCOVERED_SERVERS + 1);
    let place = |addr: &ServerAddr| (addr.host().to_owned(), addr.port());
    let own: HashSet<_> = given.iter().map(place).collect();
    let mut seen = HashSet::new();
    for server in servers.iter().filter(|server| !given.contains(&server.addr)) {
        assert!(server.is_discovered, "{:?} was not given", server.addr);
        assert!(seen.insert(place(&server.addr)), "{:?} is there twice", server.addr);
        assert!(!own.contains(&place(&server.addr)), "{:?} was given too", server.addr);
    }
    let mut tried: Vec<String> = pool
        .round(rng)
        .iter()
        .map(|target| target.addr.as_url_str().to_owned())
        .collect();
    let mut all: Vec<String> = servers
        .iter()
        .map(|server| server.addr.as_url_str().to_owned())
        .collect();
    tried.sort();
    all.sort();
    assert_eq!(tried, all, "a round tries each server once");
}
