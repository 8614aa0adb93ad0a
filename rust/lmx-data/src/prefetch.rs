//! Preparing items on a second thread while the first one uses the last.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{Builder, JoinHandle};

use crate::error::DataError;

/// Items that wait, prepared.
const DEPTH: usize = 2;

/// An iterator that yields what another one yields, in the same order, made ahead on one worker thread.
///
/// At most two items wait. A panic of the inner iterator goes on in the caller's `next`, after the items made before it; an inner
/// iterator of `Result`s hands its errors through. Dropping stops the worker and waits for it: at most the time of one item.
#[derive(Debug)]
pub struct Prefetch<T> {
    // `None` once the worker is done or stopped.
    items: Option<Receiver<T>>,
    worker: Option<JoinHandle<()>>,
    left: (usize, Option<usize>),
}

impl<T: Send + 'static> Prefetch<T> {
    /// Starts the worker.
    ///
    /// # Errors
    /// [`DataError::Thread`] if the system has no thread left.
    pub fn new<I>(iter: I) -> Result<Prefetch<T>, DataError>
    where
        I: Iterator<Item = T> + Send + 'static,
    {
        let left = iter.size_hint();
        let (sender, items) = sync_channel(DEPTH);
        let work = move || {
            for item in iter {
                // The receiver is gone: nobody wants the rest.
                if sender.send(item).is_err() {
                    break;
                }
            }
        };
        let worker = Builder::new()
            .name("lmx-prefetch".to_owned())
            .spawn(work)
            .map_err(DataError::Thread)?;
        Ok(Prefetch {
            items: Some(items),
            worker: Some(worker),
            left,
        })
    }
}

impl<T> Iterator for Prefetch<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if let Ok(item) = self.items.as_ref()?.recv() {
            self.left = (
                self.left.0.saturating_sub(1),
                self.left.1.map(|n| n.saturating_sub(1)),
            );
            return Some(item);
        }
        self.items = None;
        self.left = (0, Some(0));
        if let Some(Err(panic)) = self.worker.take().map(JoinHandle::join) {
            resume_unwind(panic);
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left
    }
}

impl<T> std::iter::FusedIterator for Prefetch<T> {}

impl<T> Drop for Prefetch<T> {
    fn drop(&mut self) {
        // A worker that waits for room in the queue wakes up when the receiver goes.
        self.items = None;
        if let Some(worker) = self.worker.take() {
            // Its panic has no one left to go to; unwinding out of a drop would abort.
            let _ = worker.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn same_items_in_the_same_order() {
        let fetched = Prefetch::new(0..1000).unwrap();
        assert_eq!(fetched.size_hint(), (1000, Some(1000)));
        assert!(fetched.eq(0..1000));
    }

    #[test]
    fn runs_ahead_by_the_queue_and_no_further() {
        let made = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&made);
        let mut fetched = Prefetch::new((0..100).inspect(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
        }))
        .unwrap();
        let start = Instant::now();
        // Two in the queue and one in the worker's hands.
        while made.load(Ordering::SeqCst) < DEPTH + 1 && start.elapsed() < Duration::from_secs(10) {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(made.load(Ordering::SeqCst), DEPTH + 1);
        assert_eq!(fetched.next(), Some(0));
    }

    #[test]
    fn a_panic_arrives_after_the_items_before_it() {
        let iter = (0..10).inspect(|&i| assert!(i != 3, "item 3 is bad"));
        let mut fetched = Prefetch::new(iter).unwrap();
        assert_eq!(fetched.by_ref().take(3).collect::<Vec<_>>(), [0, 1, 2]);
        let panic = catch_unwind(AssertUnwindSafe(|| fetched.next())).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"item 3 is bad"));
        assert_eq!(fetched.next(), None);
    }

    #[test]
    fn errors_go_through() {
        let items = vec![Ok(1), Err("no"), Ok(2)];
        assert_eq!(
            Prefetch::new(items.clone().into_iter())
                .unwrap()
                .collect::<Vec<_>>(),
            items
        );
    }

    #[test]
    fn dropping_ends_the_worker() {
        let alive = Arc::new(());
        let held = Arc::clone(&alive);
        let mut fetched = Prefetch::new((0u64..).inspect(move |_| {
            let _ = &held;
        }))
        .unwrap();
        assert_eq!(fetched.next(), Some(0));
        drop(fetched);
        assert_eq!(Arc::strong_count(&alive), 1);
    }

    #[test]
    fn dropping_a_panicked_worker_is_quiet() {
        let fetched = Prefetch::new((0..1).inspect(|_| panic!("unseen"))).unwrap();
        drop(fetched);
    }
}
