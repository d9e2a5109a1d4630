use serde_json::{json, Value};

use super::*;

fn config() -> Value {
    json!({ "name": "events", "discard": "old", "retention": "limits", "storage": "file", "num_replicas": 1 })
}

fn state() -> Value {
    json!({
        "messages": 3,
        "bytes": 120,
        "first_seq": 1,
        "first_ts": "2024-05-01T10:00:00.123456789Z",
        "last_seq": 4,
        "last_ts": "2024-05-01T10:00:01+02:00",
        "consumer_count": 2,
        "num_subjects": 2,
        "num_deleted": 1,
        "deleted": [2],
        "subjects": { "events.a": 2, "events.b": 1 },
    })
}

#[test]
fn an_answer_with_everything() {
    let info: Info = serde_json::from_value(json!({
        "type": "io.nats.jetstream.api.v1.stream_info_response",
        "config": config(),
        "created": "2024-05-01T09:59:59Z",
        "ts": "2024-05-01T10:00:02Z",
        "state": state(),
        "cluster": {
            "name": "cluster",
            "raft_group": "S-R3F-abc",
            "leader": "node1",
            "leader_since": "2024-05-01T09:59:59Z",
            "system_account": true,
            "traffic_account": "$G",
            "replicas": [
                { "name": "node2", "current": true, "active": 1000, "peer": "x" },
                { "name": "node3", "current": false, "active": 2000, "offline": true, "lag": 5 },
            ],
        },
        "mirror": { "name": "other", "lag": 9, "active": -1 },
        "sources": [{
            "name": "another",
            "lag": 0,
            "active": 1_000_000,
            "filter_subject": "a.>",
            "subject_transform_dest": "b.>",
            "subject_transforms": [{ "src": "a.>", "dest": "b.>" }],
        }],
        "offset": 0,
        "total": 7,
        "limit": 2,
    }))
    .unwrap();

    assert_eq!(info.config.name, "events");
    assert_eq!(info.total_subjects(), Some(7));
    let state = &info.state;
    assert_eq!((state.messages, state.bytes, state.consumer_count), (3, 120, 2));
    assert_eq!((state.first_sequence, state.last_sequence), (1, 4));
    assert!(state.first_timestamp > info.created && state.last_timestamp < info.created);
    assert_eq!((state.subjects_count, state.deleted_count), (2, Some(1)));
    assert_eq!(state.deleted, Some(vec![2]));
    assert_eq!(state.subjects.as_ref().unwrap()["events.a"], 2);

    let cluster = info.cluster.as_ref().unwrap();
    assert_eq!(cluster.leader.as_deref(), Some("node1"));
    assert_eq!(cluster.leader_since, Some(info.created));
    assert_eq!(cluster.replicas[0].active, Duration::from_micros(1));
    assert_eq!((cluster.replicas[0].offline, cluster.replicas[0].lag), (false, None));
    assert_eq!((cluster.replicas[1].offline, cluster.replicas[1].lag), (true, Some(5)));

    let mirror = info.mirror.as_ref().unwrap();
    assert_eq!((mirror.name.as_str(), mirror.lag, mirror.active), ("other", 9, None));
    assert_eq!(info.sources[0].active, Some(Duration::from_millis(1)));
    assert_eq!(info.sources[0].subject_transforms[0].destination, "b.>");
    assert_eq!(info, info.clone());
}

#[test]
fn an_answer_of_a_server_that_says_little() {
    let info: Info = serde_json::from_value(json!({
        "config": config(),
        "created": "0001-01-01T00:00:00Z",
        "state": {
            "messages": 0, "bytes": 0, "first_seq": 0, "first_ts": "0001-01-01T00:00:00Z",
            "last_seq": 0, "last_ts": "0001-01-01T00:00:00Z", "consumer_count": 0,
        },
    }))
    .unwrap();
    assert_eq!(info.total_subjects(), None);
    assert!(info.cluster.is_none() && info.mirror.is_none() && info.sources.is_empty());
    assert!(info.state.subjects.is_none() && info.state.deleted.is_none() && info.state.deleted_count.is_none());
}

#[test]
fn clocks_that_differ_do_not_spoil_an_answer() {
    let peer: PeerInfo = serde_json::from_str(r#"{"name":"node2","current":true,"active":-5}"#).unwrap();
    assert_eq!(peer.active, Duration::ZERO);
}
