//! The only thread of a VM knows that it is alone, and pays for no lock and no grace period.
//!
//! Turning it off: the thread that registers the second one is either the first thread itself, inside a native call,
//! or it is attached to nothing here, and then it stops the first thread at a safepoint. Either way the first thread's
//! sections are suspended when `exclusive` is cleared, and the top one takes its locks for real before its body goes on;
//! the second thread attaches only after that is decided. Turning it on: at the remaining thread's own safepoint,
//! with the registry locked.

use super::{StoppedWorld, World};
use crate::lock::byte_lock;
use crate::sync::atomic::Ordering;
use crate::thread::{self, ThreadCore, poll};

impl World {
    /// Makes sure that no thread believes itself alone. The result, if any, keeps the world stopped until the new thread is
    /// in the registry.
    pub(super) fn end_solo(&self) -> Option<StoppedWorld<'_>> {
        let id = self.registry.lock().solo?;
        if cfg!(feature = "gil") {
            return None;
        }
        match thread::current() {
            Some(me) if std::ptr::eq(me.world(), self) && me.id() == id => {
                self.end_own_solo(me);
                None
            }
            // Attached to another VM.
            Some(elsewhere) => elsewhere.detached(|| self.end_solo_outside()),
            None => self.end_solo_outside(),
        }
    }

    fn end_own_solo(&self, me: &ThreadCore) {
        if crate::mutant!("solo_sections_stay") {
            self.registry.lock().solo = None;
            me.exclusive.store(false, Ordering::Relaxed);
            return;
        }
        me.sections.suspend_all();
        self.registry.lock().solo = None;
        // Relaxed: R4 (world): our own; the second thread is not attached yet.
        me.exclusive.store(false, Ordering::Relaxed);
        me.sections.resume_top(me);
    }

    fn end_solo_outside(&self) -> Option<StoppedWorld<'_>> {
        if crate::mutant!("solo_no_stop") {
            let id = self.registry.lock().solo.take()?;
            self.slot(id)?.exclusive.store(false, Ordering::Relaxed);
            return None;
        }
        if !byte_lock::try_lock(&self.stop_lock) {
            byte_lock::lock_slow(&self.stop_lock);
        }
        let stopped = self.stop_others(None);
        let solo = self.registry.lock().solo.take();
        if let Some(core) = solo.and_then(|id| self.slot(id)) {
            // Relaxed: R4 (world): the thread is suspended, and its state word orders this.
            core.exclusive.store(false, Ordering::Relaxed);
        }
        Some(stopped)
    }

    /// At a safepoint of `me`, after threads have unregistered.
    #[cold]
    pub(crate) fn look_solo(&self, me: &ThreadCore) {
        me.transition_take(poll::SOLO);
        let mut registry = self.registry.lock();
        if registry.tenants[..] == [me.id()] && !registry.stopping {
            registry.solo = Some(me.id());
            // Relaxed: R4 (world): our own. The registry's lock orders what the threads that left did.
            me.exclusive.store(true, Ordering::Relaxed);
        }
    }
}
