//! `fork` of the whole process: the world stops, the child keeps the calling thread alone.
use crate::host::{SysResult, process};
use crate::thread::{Thread, ThreadPtr};
use std::sync::atomic::Ordering;

impl Thread {
    /// Forks: 0 in the child, whose only thread this becomes.
    ///
    /// # Errors
    /// errno.
    pub fn fork(&self) -> SysResult<i32> {
        let forking = self.core().world().before_fork(self.core());
        match process::fork() {
            Ok(0) => {
                forking.after_fork_child();
                self.only_thread();
                Ok(0)
            }
            result => {
                forking.after_fork_parent();
                result
            }
        }
    }

    /// What the runtime knows of threads that do not exist in the child.
    fn only_thread(&self) {
        let me = ThreadPtr(std::ptr::from_ref(self));
        self.vm().threads.lock().retain(|thread| *thread == me);
        // Relaxed: there is no other thread.
        self.vm().main_ident.store(self.ident, Ordering::Relaxed);
        self.vm().joinable.lock().clear();
        self.vm().running_threads.store(0, Ordering::Relaxed);
        if self.vm().config.install_signal_handlers {
            crate::signals::take_signals(self);
        }
    }
}
