//! Control lines, written by hand into a buffer on the stack.
//!
//! Formatting happens before the outbound lock is taken, so that one copy is all that happens under it.

/// Room for a control line on the stack; longer ones (long subjects) go to the heap. It is small enough to be cleared and
/// copied whole, without a call.
pub(crate) const BLOCK: usize = 128;

/// Length of a stack that is in use no more: nothing fits behind it.
const SPILLED: usize = usize::MAX / 2;

/// The longest decimal number of 64 bits.
const DIGITS: usize = 20;

/// A short run of bytes that is built before it is appended: on the stack while it fits.
#[derive(Debug)]
pub(crate) struct Line {
    stack: [u8; BLOCK],
    len: usize,
    heap: Vec<u8>,
}

impl Line {
    /// An empty line.
    #[inline]
    pub(crate) fn new() -> Self {
        Line {
            stack: [0; BLOCK],
            len: 0,
            heap: Vec::new(),
        }
    }

    /// Appends `bytes`.
    #[inline(always)]
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        // Nothing is on the stack any more once the heap is in use, because `len` says that the stack is full.
        match self.stack.get_mut(self.len..self.len + bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.len += bytes.len();
            }
            None => self.spill(bytes),
        }
    }

    #[cold]
    fn spill(&mut self, bytes: &[u8]) {
        if self.heap.is_empty() {
            self.heap.reserve(self.len + bytes.len() + BLOCK);
            self.heap.extend_from_slice(&self.stack[..self.len]);
        }
        self.heap.extend_from_slice(bytes);
        self.len = SPILLED;
    }

    /// Appends `number` in decimal.
    #[inline]
    pub(crate) fn push_number(&mut self, mut number: usize) {
        let width = width(number);
        let Some(room) = self.stack.get_mut(self.len..self.len + width) else {
            return self.spill_number(number);
        };
        // Byte by byte: a call to copy so few costs more.
        for digit in room.iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
        self.len += width;
    }

    #[cold]
    fn spill_number(&mut self, number: usize) {
        let mut digits = [0; DIGITS];
        let start = write_digits(number as u64, &mut digits);
        self.spill(&digits[start..]);
    }

    /// Whether `more` bytes still fit on the stack.
    #[inline]
    pub(crate) fn fits(&self, more: usize) -> bool {
        self.len + more <= BLOCK
    }

    /// The block that holds all that was written, and how much that is; `None` when it went to the heap.
    #[inline]
    pub(crate) fn block(&self) -> Option<(&[u8; BLOCK], usize)> {
        (self.len <= BLOCK).then_some((&self.stack, self.len))
    }

    /// How many bytes were written.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        match self.len <= BLOCK {
            true => self.len,
            false => self.heap.len(),
        }
    }

    /// What was written.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        self.stack.get(..self.len).unwrap_or(&self.heap)
    }
}

/// How many digits `number` has. Lengths of messages have few.
#[inline]
const fn width(number: usize) -> usize {
    match number {
        0..10 => 1,
        10..100 => 2,
        100..1_000 => 3,
        1_000..10_000 => 4,
        _ => number.ilog10() as usize + 1,
    }
}

/// Writes `number` to the end of `digits` and returns where it begins.
#[inline]
fn write_digits(mut number: u64, digits: &mut [u8; DIGITS]) -> usize {
    let mut at = DIGITS;
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return at;
        }
    }
}

/// `PUB <subject> [reply] <bytes>` or, with a header block, `HPUB <subject> [reply] <header bytes> <bytes>`. The reply
/// subject comes in two parts.
#[inline]
pub(crate) fn publish(
    line: &mut Line,
    subject: &str,
    reply: Option<[&[u8]; 2]>,
    headers: Option<usize>,
    payload: usize,
) {
    line.push(if headers.is_some() { b"HPUB " } else { b"PUB " });
    line.push(subject.as_bytes());
    line.push(b" ");
    if let Some([beginning, end]) = reply {
        line.push(beginning);
        line.push(end);
        line.push(b" ");
    }
    if let Some(headers) = headers {
        line.push_number(headers);
        line.push(b" ");
    }
    line.push_number(headers.unwrap_or(0) + payload);
    line.push(b"\r\n");
}

/// `SUB <subject> [queue group] <sid>`.
pub(crate) fn subscribe(out: &mut Vec<u8>, subject: &str, queue: Option<&str>, sid: u64) {
    out.extend_from_slice(b"SUB ");
    out.extend_from_slice(subject.as_bytes());
    if let Some(queue) = queue {
        out.push(b' ');
        out.extend_from_slice(queue.as_bytes());
    }
    out.push(b' ');
    push_number(out, sid);
    out.extend_from_slice(b"\r\n");
}

/// `UNSUB <sid> [max]`.
pub(crate) fn unsubscribe(out: &mut Vec<u8>, sid: u64, max: Option<u64>) {
    out.extend_from_slice(b"UNSUB ");
    push_number(out, sid);
    if let Some(max) = max {
        out.push(b' ');
        push_number(out, max);
    }
    out.extend_from_slice(b"\r\n");
}

fn push_number(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0; DIGITS];
    let start = write_digits(number, &mut digits);
    out.extend_from_slice(&digits[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publish_line(subject: &str, reply: Option<&str>, headers: Option<usize>, payload: usize) -> String {
        let mut line = Line::new();
        let reply = reply.map(|reply| {
            let (beginning, end) = reply.as_bytes().split_at(reply.len() / 2);
            [beginning, end]
        });
        publish(&mut line, subject, reply, headers, payload);
        String::from_utf8(line.bytes().to_vec()).expect("ascii")
    }

    #[test]
    fn publish_lines() {
        assert_eq!(publish_line("a", None, None, 0), "PUB a 0\r\n");
        assert_eq!(publish_line("a.b", Some("r"), None, 12), "PUB a.b r 12\r\n");
        assert_eq!(publish_line("a", None, Some(30), 5), "HPUB a 30 35\r\n");
        assert_eq!(publish_line("a", Some("r"), Some(30), 5), "HPUB a r 30 35\r\n");
    }

    #[test]
    fn a_line_grows_beyond_the_stack() {
        for len in BLOCK - 12..BLOCK + 12 {
            let subject = "s".repeat(len);
            assert_eq!(
                publish_line(&subject, Some("rr"), None, 7),
                format!("PUB {subject} rr 7\r\n")
            );
        }
    }

    #[test]
    fn numbers() {
        for number in [0, 9, 10, 99, 100, 999, 1_000, 9_999, 10_000, 12_345, usize::MAX] {
            let mut line = Line::new();
            line.push_number(number);
            assert_eq!(line.bytes(), number.to_string().as_bytes());
            assert_eq!(line.len(), line.bytes().len());
        }
    }

    #[test]
    fn subscriptions() {
        let mut out = Vec::new();
        subscribe(&mut out, "a.*", None, 3);
        subscribe(&mut out, "b", Some("q"), 40);
        unsubscribe(&mut out, 3, None);
        unsubscribe(&mut out, 40, Some(5));
        assert_eq!(out, b"SUB a.* 3\r\nSUB b q 40\r\nUNSUB 3\r\nUNSUB 40 5\r\n");
    }
}
