//! Audit hooks (PEP 578): `sys.addaudithook` and the events that native code reports.
use crate::prelude::*;
use crate::types::list::List;
use std::sync::atomic::Ordering;

const HOOKS: &str = "sys.audit hooks";

impl Thread {
    /// Whether anybody listens; without hooks an event costs this test.
    #[inline]
    #[must_use]
    pub fn is_audited(&self) -> bool {
        // Relaxed: a hook hears what happens after it was added on its own thread, and soon on others.
        self.vm().audited.load(Ordering::Relaxed)
    }

    /// Reports an event to the audit hooks.
    ///
    /// # Errors
    /// What a hook raises, to stop the action.
    #[inline]
    pub fn audit(&self, event: &str, args: &[Value]) -> PyResult<()> {
        if self.is_audited() { self.run_audit_hooks(event, args) } else { Ok(()) }
    }

    #[cold]
    fn run_audit_hooks(&self, event: &str, args: &[Value]) -> PyResult<()> {
        let Some(hooks) = self.vm_state(HOOKS) else { return Ok(()) };
        let args = self.tuple(args.to_vec());
        let hooks = hooks.payload::<List>().map(|l| l.to_vec(self)).unwrap_or_default();
        for hook in hooks {
            self.call(&hook, &[self.str(event), args.clone()])?;
        }
        Ok(())
    }
}

/// `sys.audit`.
pub(crate) fn audit(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let Some(event) = a[0].as_str() else {
        return Err(th.type_error(format!("expected str for argument 'event', not {}", a[0].type_name(th))));
    };
    if th.is_audited() {
        th.run_audit_hooks(&event.as_wtf8().to_string(), &a[1..])?;
    }
    Ok(Value::NONE)
}

/// `sys.addaudithook`.
pub(crate) fn add_hook(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    // Hooks that are there already may refuse by an Exception, which is swallowed.
    if th.audit("sys.addaudithook", &[]).is_err() {
        if !th.error_is(th.types().exc.exception) {
            return Err(Raised::set_in_thread());
        }
        th.clear_error();
        return Ok(Value::NONE);
    }
    let hooks = th.vm_state_or(HOOKS, || th.list(Vec::new()));
    th.call_method(&hooks, "append", &[a[0].clone()])?;
    th.vm().audited.store(true, Ordering::Relaxed);
    Ok(Value::NONE)
}
