//! Registers: reading in place, overwriting, taking, consuming (R2 (interp)).
use vm_compiler::bytecode::ops::CONSUME;
use vm_core::Value;

/// Reads a register in place.
#[inline(always)]
pub(crate) unsafe fn reg<'a>(regs: *mut Value, i: u16) -> &'a Value {
    // SAFETY: validated code stays within its window.
    unsafe { &*regs.add((i & !CONSUME) as usize) }
}

/// Overwrites a register, dropping what it held.
#[inline(always)]
pub(crate) unsafe fn put(regs: *mut Value, i: u16, v: Value) {
    // SAFETY: as `reg`; R1 (frame).
    unsafe { drop(std::ptr::replace(regs.add(i as usize), v)) }
}

/// Takes a register's value, leaving UNBOUND.
#[inline(always)]
pub(crate) unsafe fn take(regs: *mut Value, i: u16) -> Value {
    // SAFETY: as `reg`.
    unsafe { std::ptr::replace(regs.add((i & !CONSUME) as usize), Value::UNBOUND) }
}

/// Drops a consumed operand. Borrowed words go as well: a leftover would keep a deferred object alive (R4 (gc)).
#[inline(always)]
pub(crate) unsafe fn consume(regs: *mut Value, i: u16) {
    if i & CONSUME != 0 {
        // SAFETY: as `reg`.
        unsafe {
            let slot = regs.add((i & !CONSUME) as usize);
            if (*slot).is_heap() {
                drop(std::ptr::replace(slot, Value::UNBOUND));
            }
        }
    }
}

/// An operand as an owned value: moved if it is consumed, else copied.
#[inline(always)]
pub(crate) unsafe fn owned(regs: *mut Value, i: u16) -> Value {
    // SAFETY: as `reg`.
    unsafe { if i & CONSUME != 0 { take(regs, i).into_owned() } else { reg(regs, i).clone() } }
}

/// Counts a borrowed register's value, so that it outlives what it was borrowed from.
#[inline(always)]
pub(crate) unsafe fn own(regs: *mut Value, i: u16) {
    // SAFETY: as `reg`.
    unsafe {
        let slot = regs.add(i as usize);
        if (*slot).is_borrowed() {
            let v = (*slot).clone();
            std::ptr::write(slot, v);
        }
    }
}
