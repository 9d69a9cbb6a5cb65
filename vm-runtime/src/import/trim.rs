//! Tracebacks of failed imports: without the frames of importlib, as `remove_importlib_frames` of CPython's import.c.
use crate::prelude::*;
use crate::traceback::Traceback;
use crate::types::exception;

/// The function of importlib that calls a module's own code.
const CALLS_MODULES: &str = "_call_with_frames_removed";

/// Takes importlib's frames out of the current error's traceback: all of an ImportError's, of others those that led to a
/// module's own code. `-v` keeps them.
#[cold]
pub(super) fn remove_importlib_frames(th: &Thread) {
    if th.vm().config.verbose != 0 {
        return;
    }
    let all = th.error_is(th.types().exc.import_error);
    let error = th.take_error();
    if let Some(e) = exception::payload(&error) {
        trim(th, e, all);
    }
    th.clear_error();
    th.restore_error(error);
}

fn trim(th: &Thread, error: &exception::BaseException, all: bool) {
    // Where the present run of importlib's frames hangs, and where the entry looked at does: an entry, or the exception.
    let (mut outer, mut previous) = (None, None);
    let mut inside = false;
    let mut at = error.traceback(th);
    while let Some(entry) = at.payload::<Traceback>() {
        let Ok((file, function)) = names(th, entry) else { return };
        let next = entry.next(th);
        let now =
            matches!(&*file, "<frozen importlib._bootstrap>" | "<frozen importlib._bootstrap_external>");
        if now && !inside {
            outer.clone_from(&previous);
        }
        inside = now;
        if inside && (all || function == CALLS_MODULES) {
            link(th, error, outer.as_ref(), next.clone());
            previous.clone_from(&outer);
        } else {
            previous = Some(at.clone());
        }
        at = next;
    }
}

fn link(th: &Thread, error: &exception::BaseException, entry: Option<&Value>, next: Value) {
    match entry.and_then(|v| v.payload::<Traceback>()) {
        Some(entry) => entry.set_next(th, next),
        None => error.set_traceback(th, next),
    }
}

/// File and function of an entry.
fn names(th: &Thread, entry: &Traceback) -> PyResult<(String, String)> {
    let code = th.getattr_str(entry.frame(), "f_code")?;
    let text = |name| th.getattr_str(&code, name).and_then(|v| th.str_text(&v));
    Ok((text("co_filename")?, text("co_name")?))
}
