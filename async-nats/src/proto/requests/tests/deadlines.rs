//! One timer ends all requests whose time is over.

use std::sync::Arc;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn requests_end_by_their_deadlines_and_not_before() {
    let start = Instant::now();
    let mut requests = requests();
    let mut wake = Vec::new();
    assert_eq!(requests.expire(start, &mut wake), None);
    let deadlines = [3, 1, 2, 1, 5].map(|seconds| start + seconds * SECOND);
    let accepted = deadlines.map(|deadline| requests.begin(Some(deadline), None).expect("there is room"));
    assert_eq!(
        accepted.each_ref().map(|accepted| accepted.earliest),
        [true, true, false, false, false]
    );
    let tokens = accepted.map(|accepted| accepted.token);
    let forever = begin(&mut requests);
    let wakes: Vec<(Arc<Wakes>, Waker)> = (0..5).map(|_| Wakes::new()).collect();
    for (token, (_, waker)) in tokens.iter().zip(&wakes) {
        assert!(requests.poll(*token, &mut Context::from_waker(waker)).is_pending());
    }
    let just_before = start + SECOND - Duration::from_nanos(1);
    assert_eq!(requests.expire(just_before, &mut wake), Some(start + SECOND));
    assert!(wake.is_empty());
    assert_eq!(requests.expire(start + SECOND, &mut wake), Some(start + 2 * SECOND));
    wake.drain(..).for_each(Waker::wake);
    assert_eq!(
        wakes.iter().map(|(wakes, _)| wakes.take()).collect::<Vec<_>>(),
        [0, 1, 0, 1, 0]
    );
    let outcomes = tokens.map(|token| ended(&mut requests, token));
    let timed_out = Some(Unanswered::TimedOut);
    assert_eq!(outcomes, [None, timed_out, None, timed_out, None]);

    // The third was answered and the first is gone: neither is woken by its deadline.
    answer(&mut requests, &reply_to(tokens[2]), "x");
    requests.end(tokens[0]);
    assert_eq!(requests.expire(start + 3 * SECOND, &mut wake), Some(start + 5 * SECOND));
    assert!(wake.is_empty());
    assert_eq!(payload(&mut requests, tokens[2]).as_deref(), Some("x"));
    assert_eq!(requests.expire(start + 100 * SECOND, &mut wake), None);
    assert_eq!(ended(&mut requests, tokens[4]), timed_out);
    assert!(poll(&mut requests, forever).is_pending());
}

#[test]
fn an_answer_behind_the_deadline_comes_too_late() {
    let start = Instant::now();
    let mut requests = requests();
    let token = requests.begin(Some(start), None).expect("there is room").token;
    requests.expire(start, &mut Vec::new());
    answer(&mut requests, &reply_to(token), "late");
    assert_eq!(ended(&mut requests, token), Some(Unanswered::TimedOut));
    assert_eq!(requests.live, 0, "its place is free");
}

#[test]
fn a_place_that_is_used_again_has_the_deadline_of_its_new_owner() {
    let start = Instant::now();
    let mut requests = requests();
    let first = requests.begin(Some(start + SECOND), None).expect("there is room").token;
    requests.end(first);
    let second = requests.begin(Some(start + 10 * SECOND), None).expect("there is room");
    assert!(
        !second.earliest,
        "the timer is set to an earlier time: it will be set anew then"
    );
    assert_eq!(
        requests.expire(start + SECOND, &mut Vec::new()),
        Some(start + 10 * SECOND)
    );
    assert!(poll(&mut requests, second.token).is_pending());
    let third = requests.begin(Some(start + 5 * SECOND), None).expect("there is room");
    assert!(third.earliest);
    requests.end(second.token);
    let forever = begin(&mut requests);
    requests.end(third.token);
    assert_eq!(requests.expire(start + 100 * SECOND, &mut Vec::new()), None);
    assert!(
        poll(&mut requests, forever).is_pending(),
        "no deadline was left behind in its place"
    );
}

#[test]
fn deadlines_close_together_do_not_cost_a_look_at_all_requests_each() {
    const COUNT: u32 = 10_000;
    let apart = Duration::from_micros(1);
    let start = Instant::now();
    let mut requests = requests();
    for at in 0..COUNT {
        requests
            .begin(Some(start + SECOND + apart * at), None)
            .expect("there is room");
    }
    let (mut looks, mut latest) = (0, Duration::ZERO);
    let mut next = requests.expire(start, &mut Vec::new());
    while let Some(now) = next {
        looks += 1;
        next = requests.expire(now, &mut Vec::new());
        let waiting = requests
            .slots
            .iter()
            .filter(|slot| matches!(slot.state, State::Waiting(_)));
        let oldest = waiting.filter_map(|slot| slot.deadline).min();
        latest = latest.max(next.zip(oldest).map_or(Duration::ZERO, |(next, oldest)| next - oldest));
    }
    assert!(looks <= 30, "{looks} looks");
    assert!(latest <= PAUSE_BY_SLOT * COUNT, "{latest:?} too late");
}
