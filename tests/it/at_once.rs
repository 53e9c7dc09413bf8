//! Looks at many things at one time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Scans at one time: most of what they do is start and wait.
const AT_ONCE: usize = 4;

/// What is wrong with any of these.
pub fn problems_of<T: Sync>(items: &[T], look: impl Fn(&T) -> Vec<String> + Sync) -> Vec<String> {
    let problems = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    problems.lock().unwrap().extend(look(item));
                }
            });
        }
    });
    problems.into_inner().unwrap()
}
