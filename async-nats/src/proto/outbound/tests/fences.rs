//! PING and PONG: answers go ahead of what is pending, fences stand behind it.

use super::*;
use crate::proto::limits::MAX_PONGS_OWED;

fn ping(client: &mut Client) {
    client.outbound.ping().into_iter().for_each(Waker::wake);
}

#[test]
fn pongs_go_ahead_of_what_is_pending_between_two_frames() {
    let mut client = Client::connected(UNLIMITED);
    client.publish(&Publication::new("a", "one"));
    client.write(5);
    client.publish(&Publication::new("b", "two"));
    ping(&mut client);
    ping(&mut client);
    client.publish(&Publication::new("c", "three"));
    client.write_all();
    assert_eq!(
        client.take_wire(),
        "PUB a 3\r\none\r\nPONG\r\nPONG\r\nPUB b 3\r\ntwo\r\nPUB c 5\r\nthree\r\n"
    );
    client.assert_idle();
    ping(&mut client);
    client.write_all();
    assert_eq!(client.take_wire(), "PONG\r\n");
}

#[test]
fn pongs_that_are_owed_are_bounded() {
    let mut client = Client::connected(UNLIMITED);
    for _ in 0..MAX_PONGS_OWED + 100 {
        ping(&mut client);
    }
    client.write_all();
    assert_eq!(client.take_wire(), "PONG\r\n".repeat(MAX_PONGS_OWED as usize));
}

#[test]
fn no_pong_is_owed_to_the_next_connection() {
    let mut client = Client::connected(UNLIMITED);
    ping(&mut client);
    client.lose();
    client.link_up("SUB a 1\r\n");
    client.write_all();
    assert_eq!(client.take_wire(), "SUB a 1\r\n");
    ping(&mut client);
    assert!(client.take_batch());
    client.lose();
    client.link_up("");
    client.write_all();
    assert_eq!(client.take_wire(), "");
    client.assert_idle();
}

#[test]
fn a_fence_stands_behind_what_was_appended_and_ends_with_its_pong() {
    let mut client = Client::connected(UNLIMITED);
    client.publish(&Publication::new("a", "b"));
    let (first, second) = (client.fence(), client.fence());
    client.write_all();
    assert_eq!(client.take_wire(), "PUB a 1\r\nb\r\nPING\r\nPING\r\n");
    assert!(!is_done(&first));
    for (answered, other) in [(&first, Some(&second)), (&second, None)] {
        let Some(Fence::Caller(promise)) = client.outbound.pong() else {
            panic!("somebody asked")
        };
        drop(promise.keep());
        assert!(is_done(answered) && other.is_none_or(|other| !is_done(other)));
    }
    assert!(client.outbound.pong().is_none(), "a PONG too many does no harm");
}

#[test]
fn fences_are_asked_for_again_behind_what_was_kept_and_keep_alives_are_not() {
    let mut client = Client::connected(UNLIMITED);
    let asked = client.fence();
    client.outbound.fence(Fence::KeepAlive);
    client.outbound.fence(Fence::Subscription(7));
    client.outbound.fence(Fence::Client);
    client.write_all();
    client.take_wire();
    client.publish(&Publication::new("a", "kept"));
    drop(client.fence());
    client.outbound.fence(Fence::Subscription(8));
    let (_, drained) = client.lose();
    assert_eq!(drained, [7, 8], "no server sends to them any more");
    client.publish(&Publication::new("b", "while disconnected"));
    let waiting = client.fence();

    client.link_up("SUB a 1\r\n");
    client.publish(&Publication::new("c", "later"));
    client.write_all();
    let frames = "SUB a 1\r\nPUB a 4\r\nkept\r\nPUB b 18\r\nwhile disconnected\r\n";
    assert_eq!(
        client.take_wire(),
        format!("{frames}PING\r\nPING\r\nPING\r\nPUB c 5\r\nlater\r\n")
    );
    for expected in [&asked, &waiting] {
        let fence = client.outbound.pong();
        match fence {
            Some(Fence::Caller(promise)) => drop(promise.keep()),
            other => panic!("a caller asked first: {other:?}"),
        }
        assert!(is_done(expected));
        if std::ptr::eq(expected, &asked) {
            assert!(matches!(client.outbound.pong(), Some(Fence::Client)));
        }
    }
    assert!(client.outbound.pong().is_none());
}

#[test]
fn a_keep_alive_of_a_lost_connection_is_not_asked_on_the_next() {
    let mut client = Client::connected(UNLIMITED);
    client.lose();
    client.outbound.fence(Fence::KeepAlive);
    client.link_up("");
    client.write_all();
    assert_eq!(client.take_wire(), "");
}

#[test]
fn fences_that_nobody_waits_for_are_not_asked_for_again() {
    let mut client = Client::connected(UNLIMITED);
    client.lose();
    for _ in 0..10 {
        drop(client.fence());
    }
    let awaited = client.fence();
    client.link_up("");
    client.write_all();
    assert_eq!(client.take_wire(), "PING\r\n");
    let Some(Fence::Caller(promise)) = client.outbound.pong() else {
        panic!("somebody waits")
    };
    drop(promise.keep());
    assert!(is_done(&awaited));
}

/// For one who was told of as many losses.
fn confirm_for(client: &mut Client, told: u64) -> Asked {
    let (asked, writer) = client.outbound.confirm(told).expect("the client is open");
    writer.into_iter().for_each(Waker::wake);
    asked
}

fn confirm(client: &mut Client) -> Completion {
    let losses = client.outbound.losses();
    confirm_for(client, losses).completion
}

fn pong(client: &mut Client) {
    match client.outbound.pong() {
        Some(Fence::Caller(promise) | Fence::Confirm(promise)) => drop(promise.keep()),
        Some(_) => {}
        None => panic!("nothing was asked"),
    }
}

#[test]
fn a_confirmation_ends_with_its_pong_on_any_connection_when_nothing_was_lost() {
    let mut client = Client::connected(UNLIMITED);
    let publication = Publication::new("a", "b");
    client.publish(&publication);
    let first = confirm(&mut client);
    client.write_all();
    pong(&mut client);
    assert!(is_done(&first));

    client.publish(&publication);
    let second = confirm(&mut client);
    client.write(publication.wire().len() - 1);
    client.lose();
    assert_eq!(
        outcome(&second),
        None,
        "the publish was not written whole: it goes out again"
    );
    client.link_up("");
    client.write_all();
    pong(&mut client);
    assert!(is_done(&second));
}

#[test]
fn a_confirmation_says_when_publishes_before_it_may_be_lost() {
    let mut client = Client::connected(UNLIMITED);
    let publication = Publication::new("a", "b");
    client.publish(&publication);
    let (waiting, other) = (confirm(&mut client), client.fence());
    client.write(publication.wire().len());
    client.lose();
    assert_eq!(
        outcome(&waiting),
        Some(Outcome::Lost),
        "written whole, and no PONG came"
    );
    assert_eq!(outcome(&other), None);
    client.link_up("");
    let next = confirm(&mut client);
    client.write_all();
    pong(&mut client);
    pong(&mut client);
    assert!(is_done(&other) && is_done(&next), "the loss was told");
}

#[test]
fn a_loss_is_told_to_whoever_was_not_told_of_it() {
    let mut client = Client::connected(UNLIMITED);
    client.publish(&Publication::new("a", "b"));
    let waiting = confirm_for(&mut client, 0);
    client.write_all();
    client.lose();
    assert_eq!((outcome(&waiting.completion), waiting.loss), (Some(Outcome::Lost), 1));
    for _other in 0..2 {
        let asked = confirm_for(&mut client, 0);
        assert_eq!((outcome(&asked.completion), asked.loss), (Some(Outcome::Lost), 1));
    }
    client.link_up("");
    client.publish(&Publication::new("a", "b"));
    assert_eq!(outcome(&confirm_for(&mut client, 0).completion), Some(Outcome::Lost));
    let next = confirm_for(&mut client, 1).completion;
    client.write_all();
    pong(&mut client);
    assert!(is_done(&next));
}

#[test]
fn nothing_can_be_lost_once_all_that_was_published_is_confirmed() {
    let mut client = Client::connected(UNLIMITED);
    client.control("SUB a 1\r\n");
    assert!(!client.outbound.is_settled(), "something is pending");
    client.write_all();
    assert!(client.outbound.is_settled(), "nothing was published");
    client.publish(&Publication::new("a", "b"));
    let _passed = client.fence();
    client.write_all();
    assert!(!client.outbound.is_settled(), "it may be under way");
    client.outbound.pong();
    assert!(client.outbound.is_settled());
    client.publish(&Publication::new("a", "b"));
    assert!(!client.outbound.is_settled());
}
