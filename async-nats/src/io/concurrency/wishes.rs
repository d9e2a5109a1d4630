//! What handles ask of the driver reaches it.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use shuttle::future::block_on;
use shuttle::thread;

use super::{check, core};
use crate::client::Client;

/// What would be found: a wish between the look and the waker (`poll_wishes` without its second look), a last handle that
/// nobody notices.
#[test]
fn no_wish_is_missed() {
    check(|| {
        let core = core(1, 1_000, 1);
        let handles = [(); 2].map(|()| Client::new(&core));
        let threads = handles.map(|client| {
            let core = Arc::clone(&core);
            thread::spawn(move || {
                core.wish(|wishes| wishes.reconnect = true);
                drop(client);
            })
        });
        let (mut registered, mut reconnects) = (false, 0);
        block_on(poll_fn(|cx| {
            while core.poll_wishes(cx, &mut registered).is_ready() {
                let mut wishes = core.wishes.lock();
                reconnects += usize::from(std::mem::take(&mut wishes.reconnect));
                if wishes.abandoned {
                    return Poll::Ready(());
                }
            }
            Poll::Pending
        }));
        for thread in threads {
            thread.join().expect("a wish does not fail");
        }
        assert!((1..=2).contains(&reconnects));
    });
}
