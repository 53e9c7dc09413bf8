//! How many calls may be in flight: as many as AWS bears, found out service by service and region by region.
//!
//! Every service and region has a lane of its own with an additive-increase, multiplicative-decrease limit, as TCP has
//! for a connection: it doubles until the first throttling, then grows by one for each limit's worth of good answers
//! and halves when throttled. A throttled service slows down alone. One bound over all lanes keeps memory in check.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

const FIRST_LIMIT: f64 = 16.0;

/// Bounds the calls in flight.
#[derive(Debug)]
pub struct Limiter {
    max_in_flight: usize,
    total: Arc<Semaphore>,
    lanes: Mutex<HashMap<(String, String), Arc<Lane>>>,
}

impl Limiter {
    /// At most `max_in_flight` calls at once, whatever the lanes allow (at least one).
    pub fn new(max_in_flight: usize) -> Self {
        let max_in_flight = max_in_flight.max(1);
        Self { max_in_flight, total: Arc::new(Semaphore::new(max_in_flight)), lanes: Mutex::default() }
    }

    /// The bound over all lanes.
    pub fn max_in_flight(&self) -> usize {
        self.max_in_flight
    }

    /// Waits for a free slot. The lane comes first, so that calls waiting for a slow service keep no other waiting.
    pub async fn acquire(&self, service: &str, region: &str) -> Slot {
        let lane = self.lane(service, region);
        lane.enter().await;
        // The semaphore is never closed, so a refusal cannot happen; without a permit the call would still be bounded
        // by its lane.
        let permit = Arc::clone(&self.total).acquire_owned().await.ok();
        Slot { lane, started: Instant::now(), throttled: false, _permit: permit }
    }

    fn lane(&self, service: &str, region: &str) -> Arc<Lane> {
        let key = (service.to_owned(), region.to_owned());
        let lane = || Arc::new(Lane::new(self.max_in_flight as f64));
        Arc::clone(lock(&self.lanes).entry(key).or_insert_with(lane))
    }
}

/// The right to have one call in flight; given back when dropped.
#[derive(Debug)]
pub struct Slot {
    lane: Arc<Lane>,
    started: Instant,
    throttled: bool,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Slot {
    /// Says that AWS throttled the call.
    pub fn throttled(&mut self) {
        self.throttled = true;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.lane.leave(self.started, self.throttled);
    }
}

#[derive(Debug)]
struct Lane {
    max: f64,
    state: Mutex<LaneState>,
    freed: Notify,
}

#[derive(Debug)]
struct LaneState {
    limit: f64,
    in_flight: usize,
    slow_start: bool,
    last_decrease: Option<Instant>,
}

impl Lane {
    fn new(max: f64) -> Self {
        let limit = FIRST_LIMIT.min(max);
        let state = LaneState { limit, in_flight: 0, slow_start: true, last_decrease: None };
        Self { max, state: Mutex::new(state), freed: Notify::new() }
    }

    async fn enter(&self) {
        loop {
            let freed = self.freed.notified();
            {
                let mut state = lock(&self.state);
                if (state.in_flight as f64) < state.limit.floor() {
                    state.in_flight += 1;
                    return;
                }
            }
            freed.await;
        }
    }

    fn leave(&self, started: Instant, throttled: bool) {
        let mut state = lock(&self.state);
        state.in_flight -= 1;
        if throttled {
            state.decrease(started);
        } else {
            let growth = if state.slow_start { 1.0 } else { 1.0 / state.limit };
            state.limit = (state.limit + growth).min(self.max);
        }
        let free = (state.limit.floor() as usize).saturating_sub(state.in_flight);
        drop(state);
        // One slot was given back and growth may have made another.
        for _ in 0..free.min(2) {
            self.freed.notify_one();
        }
    }
}

impl LaneState {
    /// Halves the limit, once for all calls that were in flight together.
    fn decrease(&mut self, started: Instant) {
        if self.last_decrease.is_some_and(|last| started < last) {
            return;
        }
        self.limit = (self.limit / 2.0).max(1.0);
        self.slow_start = false;
        self.last_decrease = Some(Instant::now());
    }
}

/// A panic elsewhere does not make these plain numbers wrong.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(limiter: &Limiter) -> f64 {
        lock(&limiter.lane("s3", "r").state).limit
    }

    #[tokio::test]
    async fn grows_while_answers_are_good_and_halves_once_when_throttled() {
        let limiter = Limiter::new(64);
        for _ in 0..100 {
            drop(limiter.acquire("s3", "r").await);
        }
        assert_eq!(limit(&limiter), 64.0);
        let mut together = Vec::new();
        for _ in 0..10 {
            together.push(limiter.acquire("s3", "r").await);
        }
        for mut slot in together {
            slot.throttled();
        }
        assert_eq!(limit(&limiter), 32.0, "calls that were in flight together count once");
        drop(limiter.acquire("s3", "r").await);
        assert!(limit(&limiter) < 33.0, "after throttling it grows slowly");
    }

    #[tokio::test]
    async fn never_more_in_flight_than_allowed_and_nobody_waits_forever() {
        let limiter = Arc::new(Limiter::new(4));
        let running = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let mut tasks = tokio::task::JoinSet::new();
        for call in 0..200 {
            let (limiter, running) = (Arc::clone(&limiter), Arc::clone(&running));
            tasks.spawn(async move {
                use std::sync::atomic::Ordering::SeqCst;
                let mut slot = limiter.acquire(["s3", "rds"][call % 2], "r").await;
                assert!(running.fetch_add(1, SeqCst) < 4);
                tokio::task::yield_now().await;
                running.fetch_sub(1, SeqCst);
                if call % 7 == 0 {
                    slot.throttled();
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.expect("no task panicked");
        }
    }
}
