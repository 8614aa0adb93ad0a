//! Lets `eerie`'s objects be used from any thread, one thread at a time.

use std::mem::ManuallyDrop;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eerie::runtime::{BufferView, Function, Program, Runtime};

/// The lock of a device. Everything that IREE is asked to do for a device is asked under it.
#[derive(Clone, Default)]
pub(super) struct Lock(Arc<Mutex<()>>);

impl Lock {
    fn hold(&self) -> Held<'_> {
        // The mutex guards no data of its own that a panic could have left half-changed.
        Held {
            _guard: self.0.lock().unwrap_or_else(PoisonError::into_inner),
            lock: self,
        }
    }

    /// Whether two handles are of one device.
    pub(super) fn same(&self, other: &Lock) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Proof that a device's lock is held.
pub(super) struct Held<'a> {
    _guard: MutexGuard<'a, ()>,
    lock: &'a Lock,
}

/// The `eerie` types that may move between threads when all use of them is serialised.
///
/// # Safety
/// An implementor holds nothing that is bound to a thread, and shares no unsynchronised state with an object
/// outside of its own [`Shared`].
pub(super) unsafe trait Movable {}

// SAFETY: a `Runtime` holds C handles (instance, driver registry, driver, device) whose counts IREE keeps atomically and
// which it lets any thread use. It holds no `Rc`: its marker is a `PhantomData<Rc<()>>`.
unsafe impl Movable for Runtime {}

// SAFETY: as for `Runtime`; the handles are a buffer view and its device.
unsafe impl Movable for BufferView<f32> {}

// SAFETY: a `Function` and its `Program` share an `Rc` (VM context and archive) with each other and with nothing else.
// Both are kept in this one pair, so that every clone of the `Rc` moves, and is counted, with the others. The VM context is
// "thread-compatible and must be externally synchronized" (iree/vm/context.h), which the lock does.
unsafe impl Movable for (Function, Program) {}

/// An object of a device that is used, and dropped, under the device's lock alone.
///
/// The lock is not reentrant: what runs under it must not open or drop a `Shared` of the same device, except through
/// [`Shared::under`].
pub(super) struct Shared<T: Movable> {
    object: ManuallyDrop<T>,
    lock: Lock,
}

// SAFETY: by `Movable` an object may move between threads when its use is serialised. It is reached in `with`, `under`
// and `drop` only, all of which hold the device's lock, and no reference outlives the lock's guard.
unsafe impl<T: Movable> Send for Shared<T> {}

// SAFETY: as for `Send`; a shared `Shared` gives access under the lock alone.
unsafe impl<T: Movable> Sync for Shared<T> {}

impl<T: Movable> Shared<T> {
    pub(super) fn new(object: T, lock: &Lock) -> Shared<T> {
        Shared {
            object: ManuallyDrop::new(object),
            lock: lock.clone(),
        }
    }

    pub(super) fn lock(&self) -> &Lock {
        &self.lock
    }

    /// Opens the object under the lock.
    pub(super) fn with<R>(&self, f: impl FnOnce(&T, &Held<'_>) -> R) -> R {
        let held = self.lock.hold();
        f(&self.object, &held)
    }

    /// Opens the object under a lock that is held already; `None` if it belongs to another device.
    pub(super) fn under<'a>(&'a self, held: &'a Held<'_>) -> Option<&'a T> {
        held.lock.same(&self.lock).then_some(&*self.object)
    }
}

impl<T: Movable> Drop for Shared<T> {
    fn drop(&mut self) {
        let _held = self.lock.hold();
        // SAFETY: the object is dropped here and nowhere else, and `self` is not used again.
        unsafe { ManuallyDrop::drop(&mut self.object) }
    }
}
