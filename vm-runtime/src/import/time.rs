//! `-X importtime`: how long each import takes, as CPython prints it.
use crate::prelude::*;
use std::cell::Cell;
use std::time::{Duration, Instant};

thread_local! {
    /// Whether this thread has printed the table's head.
    static HEADED: Cell<bool> = const { Cell::new(false) };
    /// How many imports surround the next one.
    static LEVEL: Cell<usize> = const { Cell::new(0) };
    /// Time of the imports inside the current one.
    static INNER: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// One import that is under way, if imports are timed.
pub(super) struct Timer(Option<Running>);

struct Running {
    name: String,
    since: Instant,
    /// Time of what the surrounding import had imported before.
    before: Duration,
}

impl Timer {
    /// Begins to time the import of a module.
    pub fn start(th: &Thread, name: &Value) -> Timer {
        if !th.vm().config.import_time {
            return Timer(None);
        }
        if !HEADED.replace(true) {
            eprintln!("import time: self [us] | cumulative | imported package");
        }
        LEVEL.set(LEVEL.get() + 1);
        let name = name.as_str().map(|name| name.as_wtf8().to_string()).unwrap_or_default();
        Timer(Some(Running { name, since: Instant::now(), before: INNER.take() }))
    }

    /// Prints the line of a module that was found; one that failed counts for what surrounds it.
    pub fn finish(self, found: bool) {
        let Some(Running { name, since, before }) = self.0 else { return };
        let level = LEVEL.get().saturating_sub(1);
        LEVEL.set(level);
        let whole = since.elapsed();
        let own = whole.saturating_sub(INNER.get());
        INNER.set(before + whole);
        if found {
            let (own, whole, indent) = (own.as_micros(), whole.as_micros(), level * 2);
            eprintln!("import time: {own:>9} | {whole:>10} | {:indent$}{name}", "");
        }
    }
}
