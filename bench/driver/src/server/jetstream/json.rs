//! The JSON of streams and consumers: what is looked for in that of clients, and what they are told.

/// What stands behind a name.
fn after<'a>(json: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let key = format!("\"{name}\":");
    let at = memchr::memmem::find(json, key.as_bytes())?;
    Some(json[at + key.len()..].trim_ascii_start())
}

/// A number by its name.
pub(super) fn number(json: &[u8], name: &str) -> Option<usize> {
    let value = after(json, name)?;
    let end = value.iter().position(|byte| !byte.is_ascii_digit())?;
    std::str::from_utf8(&value[..end]).ok()?.parse().ok()
}

/// A text by its name, when it is not empty. Texts of our programs have no quotes in them.
pub(super) fn text<'a>(json: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let value = after(json, name)?.strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', value)?;
    Some(&value[..end]).filter(|text| !text.is_empty())
}

/// An object by its name. Texts of our programs have no braces in them.
pub(super) fn object<'a>(json: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let value = after(json, name)?;
    let mut depth = 0;
    for (at, byte) in value.iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&value[..=at]).filter(|object| object.len() > 1);
        }
    }
    None
}

/// A consumer as it was asked for.
pub(super) fn consumer(config: &[u8]) -> String {
    let config = String::from_utf8_lossy(config);
    format!(
        r#"{{"type":"io.nats.jetstream.api.v1.consumer_create_response","stream_name":"BENCH","name":"consumer","created":"2025-11-24T16:00:00Z","config":{config},"delivered":{{"consumer_seq":0,"stream_seq":0}},"ack_floor":{{"consumer_seq":0,"stream_seq":0}},"num_ack_pending":0,"num_redelivered":0,"num_waiting":0,"num_pending":1000000,"ts":"2025-11-24T16:00:00Z"}}"#
    )
}

/// A stream that may be a bucket, and allows direct reads.
pub(super) fn stream(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    let subject = match name.strip_prefix("KV_") {
        Some(bucket) => format!("$KV.{bucket}.>"),
        None => bench_common::STORED.to_owned(),
    };
    format!(
        r#"{{"type":"io.nats.jetstream.api.v1.stream_info_response","config":{{"name":"{name}","subjects":["{subject}"],"retention":"limits","max_consumers":-1,"max_msgs":-1,"max_bytes":-1,"max_age":0,"max_msgs_per_subject":1,"max_msg_size":-1,"discard":"new","storage":"memory","num_replicas":1,"duplicate_window":120000000000,"compression":"none","allow_direct":true,"mirror_direct":false,"sealed":false,"deny_delete":true,"deny_purge":false,"allow_rollup_hdrs":true}},"created":"2025-11-24T16:00:00Z","state":{{"messages":1000000,"bytes":100000000,"first_seq":1,"first_ts":"2025-11-24T16:00:00Z","last_seq":1000000,"last_ts":"2025-11-24T16:00:00Z","num_subjects":1,"consumer_count":0}},"ts":"2025-11-24T16:00:00Z"}}"#
    )
}
