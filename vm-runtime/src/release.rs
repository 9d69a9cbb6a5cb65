//! References that threads give up which are not attached and so may not touch objects: they queue here, and the next thread
//! of the VM at a safepoint drops them.
use crate::thread::Thread;
use crate::vm::VmState;
use parking_lot::Mutex;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};
use vm_core::Value;
use vm_core::thread::poll;

/// The queue. What is in it when the VM goes is not dropped: the heap goes as a whole.
#[derive(Default)]
pub struct ReleaseQueue {
    values: Mutex<Vec<ManuallyDrop<Value>>>,
    waiting: AtomicBool,
}

impl VmState {
    /// Takes over a reference; any thread, attached to this VM or not.
    pub fn release_later(&self, v: Value) {
        let v = ManuallyDrop::new(v);
        if !v.is_heap() {
            return;
        }
        let mut values = self.released.values.lock();
        values.push(v);
        let first = values.len() == 1;
        // Release: pairs with `release_pending`, which looks again under the lock.
        self.released.waiting.store(true, Ordering::Release);
        drop(values);
        if first {
            self.world.request_all(poll::CALLS);
        }
    }
}

impl Thread {
    /// Drops the references that wait; the objects' finalizers may run.
    #[inline]
    pub fn release_pending(&self) {
        // Acquire: pairs with `release_later`.
        if self.vm().released.waiting.load(Ordering::Acquire) {
            self.release_pending_slow();
        }
    }

    #[cold]
    fn release_pending_slow(&self) {
        let queue = &self.vm().released;
        let values = {
            let mut values = queue.values.lock();
            queue.waiting.store(false, Ordering::Relaxed);
            std::mem::take(&mut *values)
        };
        for v in values {
            drop(ManuallyDrop::into_inner(v));
        }
    }
}
