//! Small messages one behind the other in one buffer, each behind a record of where its parts lie.
//!
//! This is how messages wait whose subscription got only a part of what was read: they are copied, so that nobody who is
//! slow holds on to much more than its own messages, into a buffer that is used again, so that none is allocated a message.

use super::assemble::{copied_payload, headers, reply, shared_subject, slice, Parts};
use crate::proto::decode::MessageFrame;
use crate::subject::Subject;

/// What stands before each message.
const RECORD: usize = 16;

/// A buffer that is empty keeps no more than this for the messages that come next.
pub(super) const KEPT: usize = 1024;

/// Memory for so many messages that need so many bytes of the input together.
#[inline]
pub(super) fn room_for(messages: u32, bytes: u32) -> usize {
    messages as usize * RECORD + bytes as usize
}

/// Appends a message that lies in `chunk`.
#[inline(always)]
pub(super) fn push(packed: &mut Vec<u8>, frame: &MessageFrame, chunk: &[u8]) {
    // Lines are short enough for sixteen bits: `MAX_CONTROL_LINE`.
    let in_line = |at: u32| u64::from(at.wrapping_sub(frame.subject_at) as u16);
    let line = u64::from(frame.subject_len)
        | in_line(frame.body_at) << 16
        | in_line(frame.reply_at) << 32
        | u64::from(frame.reply_len) << 48;
    let body = u64::from(frame.header_len) | u64::from(frame.payload_len) << 32;
    packed.extend_from_slice(&(u128::from(line) | u128::from(body) << 64).to_le_bytes());
    packed.extend_from_slice(&chunk[frame.extent()]);
}

/// Takes the message at `at` out, and moves `at` behind it.
#[inline(always)]
pub(super) fn pop(packed: &[u8], at: &mut usize, last: &mut Subject) -> Option<Parts> {
    let (record, rest) = packed.get(*at..)?.split_first_chunk::<RECORD>()?;
    let record = u128::from_le_bytes(*record);
    let (line, body) = (record as u64, (record >> 64) as u64);
    let (subject_len, body_at) = (line as u16, (line >> 16) as u16);
    let (reply_at, reply_len) = ((line >> 32) as u16, (line >> 48) as u16);
    let (header_len, payload_len) = (body as u32 as usize, (body >> 32) as usize);
    let payload_at = usize::from(body_at) + header_len;
    let end = payload_at + payload_len;
    *at += RECORD + end;
    Some(Parts {
        subject: shared_subject(slice(rest, 0, subject_len.into()), last),
        reply: reply(slice(rest, reply_at.into(), reply_len.into())),
        headers: headers(slice(rest, body_at.into(), header_len)),
        payload: copied_payload(slice(rest, payload_at, payload_len)),
        length: usize::from(subject_len) + usize::from(reply_len) + header_len + payload_len,
    })
}

/// Takes the message at `at` if it has no headers.
#[cfg(feature = "jetstream")]
#[inline(always)]
pub(super) fn pop_plain(packed: &[u8], at: &mut usize, last: &mut Subject) -> Option<Parts> {
    let (record, _) = packed.get(*at..)?.split_first_chunk::<RECORD>()?;
    let header_len = (u128::from_le_bytes(*record) >> 64) as u32;
    match header_len {
        0 => pop(packed, at, last),
        _ => None,
    }
}
