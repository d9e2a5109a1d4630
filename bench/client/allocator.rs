//! An allocator that counts live bytes, as they were asked for.
//!
//! It counts only in runs that measure memory; in all others it costs a load and a branch an allocation.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering};

static COUNTS: AtomicBool = AtomicBool::new(false);
static LIVE: AtomicIsize = AtomicIsize::new(0);

/// The system's allocator, counted.
pub(crate) struct Counting;

/// Begins to count. What was allocated before and is freed later makes the count a little too low; differences of two
/// counts are right all the same once the program has settled.
pub(crate) fn count_from_now() {
    COUNTS.store(true, Ordering::Relaxed);
}

/// Bytes that were allocated and not freed since counting began.
pub(crate) fn live() -> isize {
    LIVE.load(Ordering::Relaxed)
}

fn add(bytes: isize) {
    if COUNTS.load(Ordering::Relaxed) {
        LIVE.fetch_add(bytes, Ordering::Relaxed);
    }
}

// SAFETY: every call goes to the system's allocator with the arguments it came with, so what that one promises holds here.
// A layout never has more than `isize::MAX` bytes, so the casts lose nothing.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size() as isize);
        // SAFETY: the caller keeps the contract of this very method.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size() as isize);
        // SAFETY: the caller keeps the contract of this very method.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        add(-(layout.size() as isize));
        // SAFETY: the caller keeps the contract of this very method.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        add(size as isize - layout.size() as isize);
        // SAFETY: the caller keeps the contract of this very method.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
