//! What a server says of itself is read or refused, and a client that believes it stays sound.

use std::collections::HashSet;

use crate::proto::handshake::ServerInfo;
use crate::proto::limits::MAX_DISCOVERED_SERVERS;
use crate::proto::server_pool::ServerPool;

pub(super) fn check(json: &[u8]) {
    let info = match ServerInfo::parse(json) {
        Ok(info) => info,
        Err(error) => {
            assert!(error.to_string().contains("INFO"));
            return;
        }
    };
    assert_eq!(ServerInfo::parse(json).ok().as_ref(), Some(&info));
    let given = "nats://user:password@given.example.com:4222"
        .parse()
        .expect("it is an address");
    let mut pool = ServerPool::new(std::iter::once(given), true, false);
    let target = pool.round(&mut crate::proto::rng::Rng::from_seed(0)).remove(0);
    pool.connected(&target);
    let bad = pool.discovered(&info.connect_urls, &target);
    let servers = pool.servers();
    assert!(bad.len() + servers.len() <= 1 + info.connect_urls.len());
    assert!(servers.len() <= 1 + MAX_DISCOVERED_SERVERS);
    let places: HashSet<_> = servers
        .iter()
        .map(|server| (server.addr.host(), server.addr.port()))
        .collect();
    assert_eq!(places.len(), servers.len(), "no server is there twice");
    for server in &servers {
        assert_eq!(
            (server.addr.scheme(), server.addr.password()),
            ("nats", Some("password"))
        );
        // A server may tell of a host with this very name.
        let told = server.addr.host().contains("password");
        assert!(told || !server.to_string().contains("password"));
    }
}
