//! What an exception does: a traceback entry for each frame it passes, then the handler of the frame or the end of it.
use super::{calls, put};
use crate::frame::{Frame, Resume};
use crate::native::monitoring::Event;
use crate::thread::{PyResult, Raised, Thread};
use vm_core::Value;
use vm_core::thread::poll;

/// Unwinds from the thread's current frame to the nearest handler; the frame's pc is then the handler's. Err if the
/// exception leaves `entry`. `trace`: the current frame gets a traceback entry (not when an exception is raised again).
///
/// # Errors
/// The exception, still set.
///
/// # Safety
/// As `run`.
#[cold]
#[inline(never)]
pub(super) unsafe fn unwind(th: &Thread, entry: *mut Frame, mut trace: bool) -> PyResult<()> {
    // SAFETY: the caller's promise.
    unsafe {
        loop {
            let frame = th.frame.get();
            let killed = th.is_killed();
            if trace && !killed {
                super::frames::trace_exception(th, frame);
                if th.core().poll() & poll::TRACE != 0 {
                    super::trace::raised(th, frame);
                    super::trace::exception_event(th, frame, Event::Raise);
                }
            }
            trace = true;
            let code = (*frame).code();
            let at = code.index_of((*frame).pc.get()) as u32;
            if let Some(handler) = code.unit().handler_at(at).filter(|_| !killed) {
                if th.core().poll() & poll::TRACE != 0 {
                    super::trace::exception_event(th, frame, Event::ExceptionHandled);
                }
                let regs = (*frame).regs.get();
                for i in (usize::from(handler.depth)..code.nregs).rev() {
                    drop(std::ptr::replace(regs.add(i), Value::UNBOUND));
                }
                let exc = th.take_error();
                put(regs, handler.reg, exc.clone());
                let previous = th.handled.replace(exc);
                put(regs, handler.reg + 1, previous);
                (*frame).pc.set(code.address(handler.target as usize, (*frame).pc.get()));
                return Ok(());
            }
            if th.core().poll() & poll::TRACE != 0 {
                super::trace::unwound(th, frame);
                super::trace::exception_event(th, frame, Event::PyUnwind);
            }
            let is_entry = frame == entry;
            // Temporaries may hold references here, unlike at a return.
            let regs = (*frame).regs.get();
            if (*frame).object.is_unbound() {
                for i in (code.ntotal..code.nregs).rev() {
                    drop(std::ptr::replace(regs.add(i), Value::UNBOUND));
                }
            }
            let resume = (*frame).resume.get();
            if (*frame).generator.is_null() {
                calls::pop(th, frame);
            } else {
                super::generator::failed(th, frame);
            }
            if is_entry {
                return Err(Raised::set_in_thread());
            }
            debug_assert!(resume != Resume::Rust);
        }
    }
}
