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
        // Nobody is in the middle of changing importlib's tables.
        self.vm().import_lock.acquire(self);
        let forking = self.core().world().before_fork(self.core());
        // Threads that begin or end change these when they are detached.
        let vm = self.vm();
        let lists = (vm.threads.lock(), vm.joinable.lock(), vm.adopted.lock());
        match process::fork() {
            Ok(0) => {
                drop(lists);
                forking.after_fork_child();
                self.only_thread();
                Ok(0)
            }
            result => {
                drop(lists);
                forking.after_fork_parent();
                self.vm().import_lock.release(self);
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
        self.vm().import_lock.reset_after_fork();
        self.vm().joinable.lock().retain(|shared| shared.belongs_to(self.ident));
        self.vm().adopted.lock().retain(|shared| shared.upgrade().is_some_and(|s| s.belongs_to(self.ident)));
        self.vm().running_threads.store(0, Ordering::Relaxed);
        if self.vm().config.install_signal_handlers {
            crate::signals::take_signals(self);
        }
    }
}
