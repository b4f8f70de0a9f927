//! What the threads of a sweep share: branches that one leaves for another, and the turn for what is large.

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
        let mut state = lock(&self.state);
        state.tasks.push(task);
        self.hungry.store(state.waiting.saturating_sub(state.tasks.len()), Ordering::Relaxed);
        drop(state);
        self.wake.notify_one();
    }

    /// Waits for a task; none when all threads wait, which is the end.
    pub fn take(&self) -> Option<T> {
        let mut state = lock(&self.state);
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

    /// Sends everybody home.
    fn stop(&self) {
        lock(&self.state).over = true;
        self.wake.notify_all();
    }
}

/// A turn that one thread has at a time: for objects so large that several at once would exceed the memory limit.
#[derive(Default)]
pub struct Turn {
    state: Mutex<TurnState>,
    wake: Condvar,
}

#[derive(Default)]
struct TurnState {
    taken: bool,
    over: bool,
}

impl Turn {
    /// Waits for the turn. Whoever has it must not wait for anybody.
    pub fn take(&self) {
        let mut state = lock(&self.state);
        while state.taken && !state.over {
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.taken = true;
    }

    /// Gives it back.
    pub fn give_back(&self) {
        lock(&self.state).taken = false;
        self.wake.notify_one();
    }

    /// Lets everybody pass.
    fn stop(&self) {
        lock(&self.state).over = true;
        self.wake.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets nobody wait for a thread that panics: the panic is to be seen, not a standstill.
pub struct StopOnPanic<'a, T>(pub &'a Share<T>, pub &'a Turn);

impl<T> Drop for StopOnPanic<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
            self.1.stop();
        }
    }
}
