//! However a stream is cut into pieces, it says the same.

use super::*;
use crate::proto::testing::slices;

/// Each kind of frame once, short enough to cut everywhere.
const STREAM: &[u8] =
    b"INFO {\"headers\":true}\r\nMSG a.b 7 3\r\nabc\r\n+OK\r\nHMSG c 18446744 reply.to 12 14\r\nNATS/1.0\r\n\r\nhi\r\n\
    PING\r\nMSG\td  1\tr.r   0 \n\r\n-ERR 'no'\r\nPONG\r\nmsg e 2 2\r\n\r\n\r\n";

fn contents() -> Vec<Content> {
    vec![
        Content::Info(b"{\"headers\":true}".to_vec()),
        message(7, "a.b", None, None, "abc"),
        Content::Ok,
        message(18_446_744, "c", Some("reply.to"), Some("NATS/1.0\r\n\r\n"), "hi"),
        Content::Ping,
        message(1, "d", Some("r.r"), None, ""),
        Content::Error(b"'no'".to_vec()),
        Content::Pong,
        message(2, "e", None, None, "\r\n"),
    ]
}

#[test]
fn a_stream_says_the_same_whole_and_byte_by_byte() {
    for compacts in [false, true] {
        assert_eq!(decode(STREAM, [STREAM.len()], compacts), (contents(), false));
        assert_eq!(decode(STREAM, vec![1; STREAM.len()], compacts), (contents(), false));
    }
}

#[test]
fn a_stream_says_the_same_cut_in_two_or_three_anywhere() {
    for first in 0..=STREAM.len() {
        for second in first..=STREAM.len() {
            let cuts = [first, second - first, STREAM.len() - second];
            assert_eq!(
                decode(STREAM, cuts, (first + second) % 2 == 0),
                (contents(), false),
                "{cuts:?}"
            );
        }
    }
}

#[test]
fn a_long_stream_says_the_same_in_random_slices() {
    for seed in 0..40 {
        let mut rng = Rng::from_seed(seed);
        let (stream, contents) = random_stream(&mut rng, 60);
        for compacts in [false, true] {
            let cuts = slices(&mut rng, stream.len());
            assert!(
                decode(&stream, cuts, compacts) == (contents.clone(), false),
                "seed {seed}"
            );
        }
    }
}

#[test]
fn what_was_searched_for_the_end_of_a_line_is_not_searched_again() {
    let mut decoder = Decoder::new();
    for known in 1..9 {
        assert_eq!(decoder.next(&b"PINGMSG a 1 0"[..4 + known], 4), Ok(Step::NeedMore));
        assert!(matches!(decoder.state, State::Line { searched } if searched == known));
    }
}

#[test]
fn a_body_that_is_missing_is_announced_and_follows_its_frame_when_it_moves() {
    let mut decoder = Decoder::new();
    let input = b"PING\r\nHMSG sub 5 rep 12 15\r\nNATS/1.0\r\n\r\nab";
    assert!(matches!(decoder.next(input, 0), Ok(Step::Frame { end: 6, .. })));
    let Ok(Step::NeedBody { message, end }) = decoder.next(input, 6) else {
        panic!("the body is not whole")
    };
    assert_eq!(
        (message.subject_at, message.reply_at, message.body_at, end),
        (11, 17, 28, 45)
    );
    assert_eq!((message.body_len(), message.weight()), (15, 21));

    decoder.moved(6);
    let moved = MessageFrame {
        subject_at: 5,
        reply_at: 11,
        body_at: 22,
        ..message
    };
    assert_eq!(
        decoder.next(&input[6..], 0),
        Ok(Step::NeedBody {
            message: moved,
            end: 39
        })
    );
    let whole = b"HMSG sub 5 rep 12 15\r\nNATS/1.0\r\n\r\nabc\r\n";
    assert_eq!(
        decoder.next(whole, 0),
        Ok(Step::Frame {
            frame: Frame::Message(moved),
            end: 39
        })
    );
}

#[test]
fn a_message_without_a_reply_moves_too() {
    let mut decoder = Decoder::new();
    let input = b"PING\r\nMSG sub 5 3\r\nab";
    assert!(matches!(decoder.next(input, 6), Ok(Step::NeedBody { .. })));
    decoder.moved(6);
    assert!(matches!(decoder.next(&input[6..], 0), Ok(Step::NeedBody { .. })));
    let Ok(Step::Frame { frame, end: 18 }) = decoder.next(b"MSG sub 5 3\r\nabc\r\n", 0) else {
        panic!("the frame is whole")
    };
    assert_eq!(
        content(frame, b"MSG sub 5 3\r\nabc\r\n"),
        message(5, "sub", None, None, "abc")
    );
}

#[test]
fn a_body_that_is_read_elsewhere_is_skipped() {
    let mut decoder = Decoder::new();
    assert!(matches!(
        decoder.next(b"MSG a 1 10000\r\nabc", 0),
        Ok(Step::NeedBody { .. })
    ));
    decoder.skip_body();
    assert_eq!(
        decoder.next(b"PING\r\n", 0),
        Ok(Step::Frame {
            frame: Frame::Ping,
            end: 6
        })
    );
}
