//! What clients are answered.

use super::*;

fn inbox() -> Subscriptions {
    let mut subscriptions = Subscriptions::default();
    subscriptions.add(3, b"_INBOX.a.*");
    subscriptions
}

fn asked(jetstream: &mut JetStream, subject: &str, payload: &str) -> Result<String, String> {
    let mut answers = Vec::new();
    let request = (subject.as_bytes(), &b"_INBOX.a.1"[..], payload.as_bytes());
    let is_ours = jetstream.request(request, &inbox(), &mut answers)?;
    let text = String::from_utf8(answers).expect("all of it is ASCII");
    is_ours.then_some(text).ok_or_else(|| "not JetStream's".to_owned())
}

#[test]
fn a_pull_is_answered_with_as_many_messages_as_it_asks_for() {
    let mut jetstream = JetStream::default();
    for count in [1, 500, 250] {
        let answer = asked(
            &mut jetstream,
            "$JS.API.CONSUMER.MSG.NEXT.BENCH.c",
            &format!("{{\"batch\":{count},\"expires\":1}}"),
        );
        let answer = answer.expect("it is one");
        assert_eq!(answer.matches("MSG bench.stored 3 ").count(), count);
        assert!(answer.ends_with(&format!(
            ".{count}.{count}.{TIME}.1000000 16\r\n{}\r\n",
            "x".repeat(SIZE)
        )));
    }
}

#[test]
fn a_value_comes_with_its_place_in_its_stream() {
    let answer = asked(&mut JetStream::default(), "$JS.API.DIRECT.GET.KV_b.$KV.b.key", "").expect("it is one");
    assert!(answer.starts_with("HMSG _INBOX.a.1 3 "), "{answer}");
    assert!(answer.contains("Nats-Subject: $KV.b.key\r\n"), "{answer}");
}

#[test]
fn what_is_published_is_acked_in_order() {
    let mut jetstream = JetStream::default();
    for (subject, sequence) in [(STORED, 1), ("$KV.b.key", 2)] {
        let answer = asked(&mut jetstream, subject, "").expect("it is one");
        assert!(answer.contains(&format!("\"seq\":{sequence}}}")), "{answer}");
    }
}

#[test]
fn other_requests_are_not_touched_and_unknown_ones_refused() {
    assert!(asked(&mut JetStream::default(), "bench.echo", "").is_err());
    assert!(asked(&mut JetStream::default(), "$JS.API.INFO", "").is_err());
}

#[test]
fn a_consumer_pushes_without_a_gap_until_it_is_not_answered() {
    let mut jetstream = JetStream::default();
    let create = r#"{"config":{"deliver_subject":"_INBOX.a.9","metadata":{}},"action":""}"#;
    let answer = asked(&mut jetstream, "$JS.API.CONSUMER.CREATE.BENCH", create).expect("it is one");
    assert!(
        answer.contains(r#""config":{"deliver_subject":"_INBOX.a.9","metadata":{}},"#),
        "{answer}"
    );
    let mut pushed = jetstream.pushed.expect("it has where to push to");
    let mut came = String::new();
    while let Some(block) = pushed.next(&inbox()) {
        came += std::str::from_utf8(block).expect("all of it is ASCII");
    }
    assert_eq!(pushed.next(&Subscriptions::default()), None);
    let numbers = came
        .lines()
        .filter_map(|line| line.split("consumer.1.").nth(1)?.split('.').next());
    for (at, number) in numbers.enumerate() {
        assert_eq!(number, (at + 1).to_string());
    }
    assert!(came.contains("$JS.FC.BENCH.consumer.1 "), "it asks");
    pushed.answered();
    assert!(pushed.next(&inbox()).is_some());
}

#[test]
fn numbers_are_written_as_they_are_formatted() {
    for number in [0, 9, 10, 4711, u64::MAX] {
        let mut block = Vec::new();
        digits(&mut block, number);
        assert_eq!(block, number.to_string().as_bytes());
    }
}
