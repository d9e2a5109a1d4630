//! The proxy between two plain sockets, and in front of a server.

mod common;

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use common::{wait_until, Client, PATIENCE};
use nats_server::proxy::{Connection, Direction, Fault, Plan, Proxy, Seeded, Slices};
use Direction::{ToClient, ToServer};

/// A client and a server with a proxy between them.
struct Ends {
    proxy: Proxy,
    target: TcpListener,
    client: TcpStream,
    server: TcpStream,
    connection: Connection,
}

fn patient(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(PATIENCE)).expect("an own socket");
    stream.set_nodelay(true).expect("an own socket");
    stream
}

fn connect_through(proxy: &Proxy, target: &TcpListener) -> (TcpStream, TcpStream) {
    let client = TcpStream::connect(("127.0.0.1", proxy.port())).expect("the proxy listens");
    let (server, _) = target.accept().expect("the proxy connects");
    (patient(client), patient(server))
}

fn ends(plan: Plan) -> Ends {
    let target = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let proxy = Proxy::new(target.local_addr().expect("it is bound"));
    proxy.set_plan(plan);
    let (client, server) = connect_through(&proxy, &target);
    let connection = proxy.last_connection().expect("it is there");
    Ends {
        proxy,
        target,
        client,
        server,
        connection,
    }
}

fn read(stream: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).expect("so much arrives");
    bytes
}

fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("it is closed in order");
    bytes
}

fn assert_reset(stream: &mut TcpStream) {
    let mut bytes = Vec::new();
    let error = stream.read_to_end(&mut bytes).expect_err("it is reset");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

fn assert_nothing_arrives(stream: &mut TcpStream) {
    stream.set_nonblocking(true).expect("an own socket");
    let error = stream.read(&mut [0]).expect_err("nothing is there");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    stream.set_nonblocking(false).expect("an own socket");
}

#[test]
fn without_faults_all_passes_and_is_counted() {
    let mut ends = ends(Plan::new());
    let large: Vec<u8> = (0..3_000_000_u32).map(|number| number as u8).collect();
    let copy = large.clone();
    let mut writer = ends.client.try_clone().expect("an own socket");
    let sender = std::thread::spawn(move || writer.write_all(&copy));
    assert_eq!(read(&mut ends.server, large.len()), large);
    sender.join().expect("no panic").expect("all was written");
    ends.server.write_all(b"ok").expect("it is open");
    assert_eq!(read(&mut ends.client, 2), b"ok");
    assert_eq!(ends.connection.bytes(ToServer), large.len() as u64);
    assert_eq!(ends.proxy.bytes(ToClient), 2);
    assert_eq!(ends.proxy.connections(), 1);
    assert_eq!(ends.proxy.open_connections(), 1);
    drop(ends.client);
    assert_eq!(rest(&mut ends.server), b"");
    drop(ends.server);
    wait_until("the connection is gone", || !ends.connection.is_open());
    assert_eq!(ends.proxy.open_connections(), 0);
}

#[test]
fn a_cut_comes_after_exactly_so_many_bytes() {
    let mut ends = ends(Plan::new().after(ToClient, 5, Fault::Cut));
    ends.server.write_all(b"123456789").expect("it is open");
    assert_eq!(rest(&mut ends.client), b"12345");
    assert_eq!(ends.connection.bytes(ToClient), 5);
    assert_eq!(rest(&mut ends.server), b"");
}

#[test]
fn a_reset_is_an_error_on_both_sides() {
    let mut ends = ends(Plan::new().after(ToServer, 3, Fault::Reset));
    ends.client.write_all(b"abcdef").expect("it is open");
    assert_reset(&mut ends.client);
    assert_reset(&mut ends.server);
    assert_eq!(ends.connection.bytes(ToServer), 3);
}

#[test]
fn a_half_close_leaves_the_other_direction_open() {
    let mut ends = ends(Plan::new().after(ToClient, 2, Fault::HalfClose));
    ends.server.write_all(b"abcd").expect("it is open");
    assert_eq!(rest(&mut ends.client), b"ab");
    ends.client.write_all(b"still").expect("it is open");
    assert_eq!(read(&mut ends.server, 5), b"still");
    wait_until("the rest is swallowed", || ends.connection.swallowed(ToClient) == 2);
    assert!(ends.connection.is_open());
}

#[test]
fn a_black_hole_swallows_bytes_and_the_end() {
    let mut ends = ends(Plan::new().after(ToServer, 1, Fault::Blackhole));
    ends.client.write_all(b"abcd").expect("it is open");
    assert_eq!(read(&mut ends.server, 1), b"a");
    wait_until("the rest is swallowed", || ends.connection.swallowed(ToServer) == 3);
    ends.client.shutdown(std::net::Shutdown::Write).expect("it is open");
    ends.server.write_all(b"answer").expect("it is open");
    assert_eq!(read(&mut ends.client, 6), b"answer");
    assert_nothing_arrives(&mut ends.server);
}

#[test]
fn a_black_hole_swallows_more_than_the_receiver_could_hold() {
    let mut ends = ends(Plan::new().always(Fault::Blackhole));
    let block = vec![0; 1024 * 1024];
    for _ in 0..32 {
        ends.client.write_all(&block).expect("it is read");
    }
    wait_until("all is swallowed", || {
        ends.connection.swallowed(ToServer) == 32 * 1024 * 1024
    });
    assert_eq!(ends.connection.bytes(ToServer), 0);
}

#[test]
fn a_paused_direction_passes_nothing_until_it_is_resumed() {
    let mut ends = ends(Plan::new());
    ends.client.write_all(b"one").expect("it is open");
    assert_eq!(read(&mut ends.server, 3), b"one");
    ends.proxy.apply(ToServer, Fault::Pause);
    ends.client.write_all(b"two").expect("the socket takes it");
    ends.server.write_all(b"ok").expect("it is open");
    assert_eq!(read(&mut ends.client, 2), b"ok");
    assert_nothing_arrives(&mut ends.server);
    assert_eq!(ends.connection.bytes(ToServer), 3);
    ends.proxy.resume(ToServer);
    assert_eq!(read(&mut ends.server, 3), b"two");
}

#[test]
fn a_pause_makes_the_sender_wait() {
    let mut ends = ends(Plan::new().after(ToServer, 0, Fault::Pause));
    ends.client.set_nonblocking(true).expect("an own socket");
    let block = vec![0; 1024 * 1024];
    wait_until("the sockets are full", || match ends.client.write(&block) {
        Ok(_) => false,
        Err(error) => error.kind() == ErrorKind::WouldBlock,
    });
    assert_eq!(ends.connection.bytes(ToServer), 0);
}

#[test]
fn a_delay_holds_back_and_keeps_the_order() {
    let delay = Duration::from_millis(30);
    let mut ends = ends(Plan::new().after(ToServer, 0, Fault::Delay(delay)));
    let start = Instant::now();
    ends.client.write_all(b"a").expect("it is open");
    ends.client.write_all(b"b").expect("it is open");
    assert_eq!(read(&mut ends.server, 2), b"ab");
    assert!(start.elapsed() >= delay);
    ends.client.write_all(b"last").expect("it is open");
    drop(ends.client);
    assert_eq!(rest(&mut ends.server), b"last", "the end overtakes nothing");
}

#[test]
fn slices_arrive_one_by_one() {
    let slices = Slices::Every {
        size: 2,
        gap: Duration::from_millis(5),
    };
    let mut ends = ends(Plan::new().always(Fault::Slice(slices)));
    ends.client.write_all(b"abcdefg").expect("it is open");
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    while pieces.concat().len() < 7 {
        let mut bytes = [0; 16];
        let length = ends.server.read(&mut bytes).expect("it is open");
        pieces.push(bytes[..length].to_vec());
    }
    assert_eq!(pieces.concat(), b"abcdefg");
    // A busy machine may join some, but not all of them.
    assert!(pieces.len() > 1, "{pieces:?}");
}

#[test]
fn random_slices_lose_nothing() {
    let target = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let proxy = Proxy::new(target.local_addr().expect("it is bound"));
    proxy.set_seeded(Seeded::new(7, &[], 0));
    let (mut client, mut server) = connect_through(&proxy, &target);
    let text: Vec<u8> = (0..100_000_u32).map(|number| number as u8).collect();
    client.write_all(&text).expect("it is open");
    assert_eq!(read(&mut server, text.len()), text);
}

#[test]
fn a_seed_ends_directions_at_the_same_bytes_again() {
    let run = || -> Vec<(u64, u64)> {
        let target = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let proxy = Proxy::new(target.local_addr().expect("it is bound"));
        proxy.set_seeded(Seeded::new(42, &[Fault::HalfClose], 1000));
        let one_connection = |_| {
            let (mut client, mut server) = connect_through(&proxy, &target);
            client.write_all(&[1; 2000]).expect("it is open");
            server.write_all(&[2; 2000]).expect("it is open");
            let connection = proxy.last_connection().expect("it is there");
            wait_until("all was passed on or swallowed", || {
                [ToServer, ToClient]
                    .iter()
                    .all(|&direction| connection.bytes(direction) + connection.swallowed(direction) == 2000)
            });
            (connection.bytes(ToServer), connection.bytes(ToClient))
        };
        (0..5).map(one_connection).collect()
    };
    let first = run();
    let is_one_short = |&(one, other): &(u64, u64)| one.min(other) < 1000 && one.max(other) == 2000;
    assert!(first.iter().all(is_one_short), "{first:?}");
    assert_eq!(run(), first);
}

#[test]
fn plans_are_for_one_connection_each() {
    let target = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let proxy = Proxy::new(target.local_addr().expect("it is bound"));
    proxy.set_plans([Plan::new(), Plan::new().after(ToServer, 0, Fault::Cut)]);
    let (_first, _peer) = connect_through(&proxy, &target);
    let (mut second, _) = connect_through(&proxy, &target);
    assert_eq!(rest(&mut second), b"");
    let (_third, _peer) = connect_through(&proxy, &target);
    let open = |index: usize| proxy.connection(index).map(|found| found.is_open());
    wait_until("the second is gone", || open(1) == Some(false));
    assert_eq!((open(0), open(2), open(3)), (Some(true), Some(true), None));
}

#[test]
fn connections_are_refused_and_taken_again_on_the_same_port() {
    let mut ends = ends(Plan::new());
    ends.proxy.refuse(true);
    ends.proxy.refuse(true);
    let refused = TcpStream::connect(("127.0.0.1", ends.proxy.port()));
    let error = refused.expect_err("nobody listens");
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    ends.client.write_all(b"x").expect("it is open");
    assert_eq!(read(&mut ends.server, 1), b"x", "what is there stays");
    ends.proxy.refuse(false);
    connect_through(&ends.proxy, &ends.target);
}

#[test]
fn open_connections_can_be_cut_and_reset() {
    let mut first = ends(Plan::new());
    first.proxy.cut();
    assert_eq!(rest(&mut first.client), b"");
    assert_eq!(rest(&mut first.server), b"");
    let mut second = ends(Plan::new());
    second.connection.reset();
    assert_reset(&mut second.client);
    assert_reset(&mut second.server);
}

#[test]
fn a_reset_of_one_end_reaches_the_other() {
    let mut ends = ends(Plan::new());
    ends.client.write_all(b"unread").expect("it is open");
    wait_until("it has arrived", || ends.connection.bytes(ToServer) == 6);
    // Closing with bytes that were not read resets.
    drop(ends.server);
    assert_reset(&mut ends.client);
}

#[test]
fn connections_go_to_the_new_target() {
    let ends = ends(Plan::new());
    let other = TcpListener::bind("127.0.0.1:0").expect("a free port");
    ends.proxy.set_target(other.local_addr().expect("it is bound"));
    let (mut client, mut server) = connect_through(&ends.proxy, &other);
    client.write_all(b"hi").expect("it is open");
    assert_eq!(read(&mut server, 2), b"hi");
}

#[test]
fn a_target_that_is_down_resets() {
    let target = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let proxy = Proxy::new(target.local_addr().expect("it is bound"));
    drop(target);
    let client = TcpStream::connect(("127.0.0.1", proxy.port())).expect("the proxy listens");
    assert_reset(&mut patient(client));
}

#[test]
fn everything_ends_with_the_proxy() {
    let mut ends = ends(Plan::new());
    let port = ends.proxy.port();
    drop(ends.proxy);
    assert_eq!(rest(&mut ends.client), b"");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(!ends.connection.is_open());
}

#[test]
fn a_server_is_reached_through_the_proxy() {
    let mut server = nats_server::run_basic_server();
    let proxy = Proxy::in_front_of(&server);
    assert_eq!(proxy.url(), format!("nats://127.0.0.1:{}", proxy.port()));
    let mut client = Client::connect(proxy.port());
    client.round_trip();
    server.kill();
    assert!(client.answer().is_err());
    server.start();
    Client::connect(proxy.port()).round_trip();
    assert_eq!(proxy.connections(), 2);
}
