//! Which servers there are, and in which order they are tried.

use super::*;

fn addr(text: &str) -> ServerAddr {
    text.parse().expect("an address")
}

fn pool(addrs: &[&str], retain_order: bool) -> ServerPool {
    ServerPool::new(addrs.iter().map(|text| addr(text)), retain_order, false)
}

fn urls(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The addresses in the pool, without credentials; discovered ones have a star.
fn members(pool: &ServerPool) -> Vec<String> {
    let servers = pool.servers().into_iter();
    servers
        .map(|server| {
            format!(
                "{}{}",
                server.addr.redacted(),
                if server.is_discovered { "*" } else { "" }
            )
        })
        .collect()
}

fn hosts(round: &[Target]) -> Vec<&str> {
    round.iter().map(|target| target.addr.host()).collect()
}

/// Connects to a server of the pool.
fn connect(pool: &mut ServerPool, text: &str) -> Target {
    let target = pool.target(&addr(text)).expect("it is in the pool");
    pool.connected(&target);
    target
}

#[test]
fn the_order_is_random_unless_it_is_to_be_kept() {
    let names = ["a", "b", "c", "d"];
    let mut rng = Rng::from_seed(1);
    let kept = pool(&names, true);
    let shuffled = pool(&names, false);
    let mut orders = std::collections::HashSet::new();
    for _ in 0..500 {
        assert_eq!(hosts(&kept.round(&mut rng)), names);
        let round = shuffled.round(&mut rng);
        let mut sorted = hosts(&round);
        orders.insert(sorted.join(" "));
        sorted.sort_unstable();
        assert_eq!(sorted, names, "each once");
    }
    assert_eq!(orders.len(), 24, "every order comes");
    assert_eq!(
        members(&shuffled),
        names.map(|name| format!("nats://{name}")),
        "the pool stays as it was given"
    );
}

#[test]
fn servers_that_failed_less_are_tried_first() {
    let mut rng = Rng::from_seed(2);
    for retain_order in [false, true] {
        let mut pool = pool(&["a", "b", "c", "d"], retain_order);
        for (name, failures) in [("a", 3), ("b", 1), ("d", 1)] {
            for _ in 0..failures {
                pool.failed(&addr(name), "refused".to_owned());
            }
        }
        for _ in 0..20 {
            let round = pool.round(&mut rng);
            let hosts = hosts(&round);
            match retain_order {
                true => assert_eq!(hosts, ["a", "b", "c", "d"]),
                false => assert!(hosts[0] == "c" && hosts[3] == "a", "{hosts:?}"),
            }
        }
    }
}

#[test]
fn what_is_known_of_a_server_is_told() {
    let mut pool = pool(&["a", "b"], true);
    pool.attempts = 7;
    pool.failed(&addr("a"), "refused".to_owned());
    pool.failed(&addr("a"), "timed out".to_owned());
    pool.failed(&addr("elsewhere"), "not ours".to_owned());
    let [a, b] = &pool.servers()[..] else {
        panic!("there are two")
    };
    assert_eq!(
        (a.failed_attempts, a.did_connect, a.last_error.as_deref()),
        (2, false, Some("timed out"))
    );
    assert_eq!(
        (b.failed_attempts, b.did_connect, b.last_error.as_deref()),
        (0, false, None)
    );
    assert!(pool.current().is_none());
    connect(&mut pool, "a");
    let a = &pool.servers()[0];
    assert_eq!(
        (a.failed_attempts, a.did_connect, a.last_error.as_deref()),
        (0, true, None)
    );
    assert_eq!(pool.attempts, 0);
    assert_eq!(pool.current().map(|target| target.addr), Some(addr("a")));
    pool.failed(&addr("a"), "gone".to_owned());
    assert!(pool.servers()[0].did_connect, "it was connected once");
}

#[test]
fn a_server_that_is_going_away_is_tried_last_until_there_is_a_connection() {
    let mut rng = Rng::from_seed(3);
    for retain_order in [false, true] {
        let mut pool = pool(&["a", "b", "c"], retain_order);
        for name in ["b", "c"] {
            pool.failed(&addr(name), "refused".to_owned());
        }
        connect(&mut pool, "a");
        pool.leave_current();
        assert!(pool.current().is_none());
        assert_eq!(pool.servers()[0].failed_attempts, 0, "it has not failed");
        for _ in 0..20 {
            assert_eq!(hosts(&pool.round(&mut rng))[2], "a");
        }
        connect(&mut pool, "b");
        pool.failed(&addr("b"), "refused".to_owned());
        pool.failed(&addr("b"), "refused".to_owned());
        assert_eq!(hosts(&pool.round(&mut rng))[0], "a", "what was, is forgotten");
    }
}

#[test]
fn there_is_an_alternative_when_there_is_another_server() {
    let mut one = pool(&["a"], true);
    assert!(one.has_alternative(), "there is no connection");
    connect(&mut one, "a");
    assert!(!one.has_alternative());
    one.discovered(&urls(&["b:4222"]), &one.current().expect("it is connected"));
    assert!(one.has_alternative());
}

#[test]
fn discovered_servers_are_like_the_one_that_told_of_them() {
    let mut pool = pool(&["tls://user:secret@a.example:7000"], true);
    let from = connect(&mut pool, "tls://user:secret@a.example:7000");
    assert_eq!(from.tls_name, "a.example");
    let bad = pool.discovered(&urls(&["10.0.0.2:4222", "b.example:5000", "[::1]:4222"]), &from);
    assert!(bad.is_empty());
    let expected = [
        ("tls://user:secret@a.example:7000", "a.example"),
        ("tls://user:secret@10.0.0.2:4222", "a.example"),
        ("tls://user:secret@b.example:5000", "b.example"),
        ("tls://user:secret@[::1]:4222", "a.example"),
    ];
    for (target, (text, tls_name)) in pool.round(&mut Rng::from_seed(1)).iter().zip(expected) {
        assert_eq!((target.addr.as_url_str(), &target.tls_name[..]), (text, tls_name));
    }
    // An address that was discovered tells of others: the name goes on.
    let second = connect(&mut pool, "tls://user:secret@10.0.0.2:4222");
    pool.discovered(&urls(&["10.0.0.2:4222", "10.0.0.3:4222"]), &second);
    let third = pool
        .target(&addr("tls://user:secret@10.0.0.3:4222"))
        .expect("it was told of");
    assert_eq!(third.tls_name, "a.example");
}

#[test]
fn discovered_servers_come_and_go_with_the_lists() {
    let mut pool = pool(&["a", "b"], true);
    let from = connect(&mut pool, "a");
    pool.discovered(&urls(&["c:4222", "d:4222", "a:4222", "c:4222"]), &from);
    assert_eq!(
        members(&pool),
        ["nats://a", "nats://b", "nats://c:4222*", "nats://d:4222*"]
    );
    pool.failed(&addr("d:4222"), "refused".to_owned());
    pool.discovered(&urls(&["d:4222", "e:4222"]), &from);
    assert_eq!(
        members(&pool),
        ["nats://a", "nats://b", "nats://d:4222*", "nats://e:4222*"]
    );
    assert_eq!(pool.servers()[2].failed_attempts, 1, "what is known stays");
    pool.discovered(&[], &from);
    assert_eq!(members(&pool).len(), 4, "an empty list says nothing");
}

#[test]
fn the_server_that_the_client_is_connected_to_stays() {
    let mut pool = pool(&["a"], true);
    let from = connect(&mut pool, "a");
    pool.discovered(&urls(&["b:4222", "c:4222"]), &from);
    let second = connect(&mut pool, "b:4222");
    pool.discovered(&urls(&["c:4222"]), &second);
    assert_eq!(members(&pool), ["nats://a", "nats://b:4222*", "nats://c:4222*"]);
    let third = connect(&mut pool, "c:4222");
    pool.discovered(&urls(&["c:4222"]), &third);
    assert_eq!(members(&pool), ["nats://a", "nats://c:4222*"]);
}

#[test]
fn addresses_that_are_none_are_named_and_the_others_taken() {
    let mut pool = pool(&["a"], true);
    let from = connect(&mut pool, "a");
    let bad = pool.discovered(&urls(&["b:4222", ":", "c:notaport", "d:4222", ""]), &from);
    assert_eq!(bad, [":", "c:notaport", ""]);
    assert_eq!(members(&pool), ["nats://a", "nats://b:4222*", "nats://d:4222*"]);
}

#[test]
fn nothing_is_discovered_where_the_user_wants_it_so() {
    let mut pool = ServerPool::new([addr("a")].into_iter(), true, true);
    let from = connect(&mut pool, "a");
    assert!(pool.discovered(&urls(&["b:4222", ":"]), &from).is_empty());
    assert_eq!(members(&pool), ["nats://a"]);
}

#[test]
fn discovered_servers_are_bounded() {
    let mut pool = pool(&["a"], true);
    let from = connect(&mut pool, "a");
    for round in 0..3 {
        let names: Vec<String> = (0..MAX_DISCOVERED_SERVERS + 100)
            .map(|at| format!("s{round}-{at}:4222"))
            .collect();
        pool.discovered(&names, &from);
        assert_eq!(pool.servers().len(), 1 + MAX_DISCOVERED_SERVERS);
        assert!(pool.target(&addr(&names[MAX_DISCOVERED_SERVERS - 1])).is_some());
        assert!(pool.target(&addr(&names[MAX_DISCOVERED_SERVERS])).is_none());
    }
}

#[test]
fn another_list_of_the_users_keeps_what_is_known() {
    let mut pool = pool(&["a", "b"], true);
    let from = connect(&mut pool, "a");
    pool.discovered(&urls(&["10.0.0.3:4222", "d:4222"]), &from);
    pool.failed(&addr("b"), "refused".to_owned());
    pool.failed(&addr("10.0.0.3:4222"), "refused".to_owned());
    pool.attempts = 5;
    let list = ["b", "10.0.0.3:4222", "new"].map(addr);
    assert_eq!(pool.set(list.to_vec()), Ok(()));
    assert_eq!(
        members(&pool),
        ["nats://b", "nats://10.0.0.3:4222", "nats://new"],
        "all are the user's now"
    );
    let failures: Vec<usize> = pool.servers().iter().map(|server| server.failed_attempts).collect();
    assert_eq!(failures, [1, 1, 0]);
    assert_eq!(pool.attempts, 0);
    let given = pool.target(&list[1]).expect("it is in the list");
    assert_eq!(given.tls_name, "10.0.0.3", "the name that the user gave");
    assert_eq!(
        pool.current().map(|target| target.addr),
        Some(addr("a")),
        "the connection stays"
    );
    assert!(pool.has_alternative());
    pool.discovered(&urls(&["e:4222"]), &from);
    assert_eq!(
        members(&pool).len(),
        4,
        "what was given does not leave with a list of a server"
    );
}

#[test]
fn websockets_and_others_are_not_mixed() {
    for (list, result) in [
        (["ws://a", "wss://b"], Ok(())),
        (["nats://a", "tls://b"], Ok(())),
        (["ws://a", "nats://b"], Err(MixedSchemes)),
        (["tls://a", "wss://b"], Err(MixedSchemes)),
    ] {
        let mut pool = pool(&["x"], true);
        assert_eq!(pool.set(list.map(addr).to_vec()), result, "{list:?}");
        let expected = if result.is_ok() { 2 } else { 1 };
        assert_eq!(pool.servers().len(), expected, "a list that is refused changes nothing");
    }
}

#[test]
fn an_empty_list_does_no_harm() {
    let mut pool = pool(&["a"], false);
    assert_eq!(pool.set(Vec::new()), Ok(()));
    assert!(pool.round(&mut Rng::from_seed(1)).is_empty() && !pool.has_alternative());
}

#[test]
fn a_server_is_shown_without_its_secrets() {
    for text in [
        "nats://user:s3cret@a:4222",
        "nats://s3cret@a:4222",
        "nats://:s3cret@a:4222",
    ] {
        let pool = pool(&[text], true);
        let server = &pool.servers()[0];
        for shown in [
            server.to_string(),
            format!("{server:?}"),
            format!("{pool:?}"),
            format!("{:?}", pool.round(&mut Rng::from_seed(1))),
        ] {
            assert!(!shown.contains("s3cret") && shown.contains('a'), "{shown}");
        }
    }
    assert_eq!(pool(&["nats://a:4222"], true).servers()[0].to_string(), "nats://a:4222");
}

#[test]
fn servers_of_one_host_are_told_apart_by_their_ports() {
    let mut pool = pool(&["a:4222"], true);
    let from = connect(&mut pool, "a:4222");
    pool.discovered(&urls(&["a:4222", "a:5222", "a:6222"]), &from);
    pool.discovered(&urls(&["a:6222"]), &from);
    assert_eq!(members(&pool), ["nats://a:4222", "nats://a:6222*"]);
}
