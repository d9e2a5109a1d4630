//! The bound on acks in flight holds, places are handed over in order, and nobody waits for ever.

use super::*;
use crate::proto::rng::Rng;
use crate::proto::testing::Wakes;

fn take(acks: &mut AcksInFlight) -> Place {
    acks.try_take().expect("a place is free")
}

/// How many were woken.
fn release(acks: &mut AcksInFlight, place: Place) -> usize {
    let mut wake = Vec::new();
    acks.release(place, &mut wake);
    let woken = wake.len();
    wake.into_iter().for_each(Waker::wake);
    woken
}

fn poll(acks: &mut AcksInFlight, ticket: &mut Option<Ticket>) -> Option<Place> {
    match acks.poll_take(ticket, &mut Context::from_waker(Waker::noop())) {
        Poll::Ready(place) => Some(place),
        Poll::Pending => None,
    }
}

fn settled(acks: &mut AcksInFlight, ticket: &mut Option<Ticket>) -> bool {
    acks.poll_settled(ticket, &mut Context::from_waker(Waker::noop()))
        .is_ready()
}

#[test]
fn no_more_places_than_there_are() {
    let mut acks = AcksInFlight::new(2);
    let (first, second) = (take(&mut acks), take(&mut acks));
    assert_eq!(acks.try_take(), None);
    assert_eq!(release(&mut acks, second), 0);
    let third = take(&mut acks);
    assert_eq!(acks.try_take(), None);
    release(&mut acks, first);
    release(&mut acks, third);
    take(&mut acks);
    take(&mut acks);
    assert_eq!(AcksInFlight::new(0).try_take(), None);
}

#[test]
fn places_are_handed_over_in_the_order_in_which_they_were_asked_for() {
    let mut acks = AcksInFlight::new(2);
    let places = [take(&mut acks), take(&mut acks)];
    let (mut first, mut second, mut third) = (None, None, None);
    for ticket in [&mut first, &mut second, &mut third] {
        assert_eq!(poll(&mut acks, ticket), None);
        assert!(ticket.is_some());
    }
    for place in places {
        assert_eq!(release(&mut acks, place), 1);
    }
    assert_eq!(acks.try_take(), None, "both places belong to those who wait");
    assert_eq!(poll(&mut acks, &mut third), None, "it is not its turn");
    let place = poll(&mut acks, &mut second).expect("it was handed one");
    assert!(second.is_none());
    assert_eq!(release(&mut acks, place), 1);
    assert!(poll(&mut acks, &mut third).is_some());
    assert!(poll(&mut acks, &mut first).is_some());
    assert_eq!(acks.try_take(), None);
}

#[test]
fn who_comes_later_waits_behind_those_who_wait() {
    let mut acks = AcksInFlight::new(2);
    let (one, _other) = (take(&mut acks), take(&mut acks));
    let (mut early, mut late) = (None, None);
    assert_eq!(poll(&mut acks, &mut early), None);
    let mut wake = Vec::new();
    acks.leave(early.take().expect("it waits"), &mut wake);
    assert!(wake.is_empty());
    release(&mut acks, one);
    assert!(poll(&mut acks, &mut late).is_some(), "nobody is before it any more");
}

#[test]
fn a_place_that_was_handed_to_somebody_who_left_goes_to_the_next() {
    let mut acks = AcksInFlight::new(1);
    let place = take(&mut acks);
    let (mut first, mut second) = (None, None);
    assert_eq!(poll(&mut acks, &mut first), None);
    let (wakes, waker) = Wakes::new();
    assert!(acks
        .poll_take(&mut second, &mut Context::from_waker(&waker))
        .is_pending());
    release(&mut acks, place);
    assert_eq!(wakes.take(), 0);
    let mut wake = Vec::new();
    acks.leave(first.take().expect("it waits"), &mut wake);
    wake.into_iter().for_each(Waker::wake);
    assert_eq!(wakes.take(), 1);
    let place = poll(&mut acks, &mut second).expect("it was handed on");
    assert_eq!(release(&mut acks, place), 0);
    take(&mut acks);
}

#[test]
fn the_last_waker_is_the_one_that_counts() {
    let mut acks = AcksInFlight::new(1);
    let place = take(&mut acks);
    let (old, old_waker) = Wakes::new();
    let (new, new_waker) = Wakes::new();
    let (mut candidate, mut observer) = (None, None);
    for waker in [&old_waker, &new_waker] {
        let cx = &mut Context::from_waker(waker);
        assert!(acks.poll_take(&mut candidate, cx).is_pending());
        assert!(acks.poll_settled(&mut observer, cx).is_pending());
    }
    assert_eq!(release(&mut acks, place), 2);
    assert_eq!((old.take(), new.take()), (0, 2));
}

#[test]
fn who_waits_for_acks_waits_for_those_that_were_in_flight() {
    let mut acks = AcksInFlight::new(10);
    assert!(settled(&mut acks, &mut None), "nothing is in flight");
    let (first, second) = (take(&mut acks), take(&mut acks));
    let mut observer = None;
    assert!(!settled(&mut acks, &mut observer));
    let later = take(&mut acks);
    assert_eq!(release(&mut acks, second), 0);
    assert!(!settled(&mut acks, &mut observer));
    assert_eq!(release(&mut acks, later), 0, "a later one does not count");
    assert!(!settled(&mut acks, &mut observer));
    let _latest = take(&mut acks);
    assert_eq!(release(&mut acks, first), 1);
    assert!(settled(&mut acks, &mut observer));
    assert!(observer.is_none());
}

#[test]
fn who_waits_for_acks_does_not_wait_for_who_waits_for_a_place() {
    let mut acks = AcksInFlight::new(1);
    let place = take(&mut acks);
    let mut candidate = None;
    assert_eq!(poll(&mut acks, &mut candidate), None);
    let mut observer = None;
    assert!(!settled(&mut acks, &mut observer));
    assert_eq!(release(&mut acks, place), 2);
    assert!(
        settled(&mut acks, &mut None),
        "the place that was handed over is not taken yet"
    );
    let place = poll(&mut acks, &mut candidate).expect("it was handed over");
    assert!(settled(&mut acks, &mut observer));
    assert!(
        !settled(&mut acks, &mut observer),
        "asked again, it is another question"
    );
    acks.stop_observing(observer.take().expect("it waits"));
    assert_eq!(release(&mut acks, place), 0);
}

/// Whatever is taken, given back, waited for and given up: the bound holds, and at the end all places are free.
#[test]
fn any_order_of_events() {
    for seed in 0..200 {
        let mut rng = Rng::from_seed(seed);
        let capacity = 1 + rng.below(5) as usize;
        let mut acks = AcksInFlight::new(capacity);
        let (mut held, mut waiting, mut wake) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..300 {
            match rng.below(4) {
                0 => held.extend(acks.try_take()),
                1 => {
                    let mut ticket = None;
                    held.extend(poll(&mut acks, &mut ticket));
                    waiting.extend(ticket.map(Some));
                }
                2 if !held.is_empty() => {
                    let at = rng.below(held.len() as u64) as usize;
                    release(&mut acks, held.swap_remove(at));
                }
                3 if !waiting.is_empty() => {
                    let at = rng.below(waiting.len() as u64) as usize;
                    if rng.below(2) == 0 {
                        acks.leave(waiting.swap_remove(at).expect("it waits"), &mut wake);
                    } else if let Some(place) = poll(&mut acks, &mut waiting[at]) {
                        held.push(place);
                        waiting.swap_remove(at);
                    }
                }
                _ => {}
            }
            assert!(held.len() <= capacity, "seed {seed}");
        }
        for ticket in waiting.drain(..) {
            acks.leave(ticket.expect("it waits"), &mut wake);
        }
        held.drain(..).for_each(|place| acks.release(place, &mut wake));
        held.extend(std::iter::from_fn(|| acks.try_take()));
        assert_eq!(held.len(), capacity, "seed {seed}");
    }
}
