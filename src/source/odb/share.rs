//! Work that threads hand each other: a thread without work waits here, a busy one leaves a branch for it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Tasks that are left for other threads.
pub struct Share<T> {
    state: Mutex<State<T>>,
    wake: Condvar,
    threads: usize,
    hungry: AtomicUsize,
}

struct State<T> {
    tasks: Vec<T>,
    waiting: usize,
    over: bool,
}

impl<T> Share<T> {
    /// Work for this many threads; all of them must call [`Self::take`] until it ends.
    pub fn new(threads: usize) -> Self {
        Self {
            state: Mutex::new(State { tasks: Vec::new(), waiting: 0, over: false }),
            wake: Condvar::new(),
            threads,
            hungry: AtomicUsize::new(0),
        }
    }

    /// Says whether a thread waits for work. Cheap: asked for each object.
    pub fn is_wanted(&self) -> bool {
        self.hungry.load(Ordering::Relaxed) > 0
    }

    /// Leaves a task.
    pub fn leave(&self, task: T) {
        let mut state = self.lock();
        state.tasks.push(task);
        self.hungry.store(state.waiting.saturating_sub(state.tasks.len()), Ordering::Relaxed);
        drop(state);
        self.wake.notify_one();
    }

    /// Waits for a task; none when all threads wait, which is the end.
    pub fn take(&self) -> Option<T> {
        let mut state = self.lock();
        state.waiting += 1;
        loop {
            if state.over {
                return None;
            }
            if let Some(task) = state.tasks.pop() {
                state.waiting -= 1;
                self.hungry.store(state.waiting.saturating_sub(state.tasks.len()), Ordering::Relaxed);
                return Some(task);
            }
            if state.waiting == self.threads {
                state.over = true;
                drop(state);
                self.wake.notify_all();
                return None;
            }
            self.hungry.store(state.waiting, Ordering::Relaxed);
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Sends everybody home; a guard of a thread that panics would otherwise be waited for.
    pub fn stop(&self) {
        self.lock().over = true;
        self.wake.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stops a share if its thread panics.
pub struct StopOnPanic<'a, T>(pub &'a Share<T>);

impl<T> Drop for StopOnPanic<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}
