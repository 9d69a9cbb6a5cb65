//! Exceptions that cannot be raised anywhere: in `__del__`, in callbacks, at exit.
use crate::prelude::*;
use crate::traceback;

impl Thread {
    /// Reports the current error through `sys.unraisablehook`. Without `msg`, `object` is what could not raise it; with
    /// `msg`, its repr is the end of the message (`PyErr_WriteUnraisable` and `PyErr_FormatUnraisable`).
    pub fn unraisable(&self, msg: Option<&str>, object: Option<&Value>) {
        let exc = self.take_error();
        if self.is_killed() {
            return;
        }
        match (msg, object) {
            (Some(msg), Some(object)) => {
                let shown = self.repr_text(object).unwrap_or_else(|_| {
                    self.clear_error();
                    "<object repr() failed>".to_owned()
                });
                self.unraisable_value(exc, Some(&format!("{msg} {shown}")), None);
            }
            _ => self.unraisable_value(exc, msg, object),
        }
    }

    /// As `unraisable`, for an exception that was taken already.
    pub fn unraisable_value(&self, exc: Value, msg: Option<&str>, object: Option<&Value>) {
        let hook = self.sys_attr("unraisablehook");
        let msg = msg.map_or(Value::NONE, |m| self.str(m));
        let object = object.cloned().unwrap_or(Value::NONE);
        let args = match traceback::unraisable_args(self, exc.clone(), msg.clone(), object.clone()) {
            Ok(args) => args,
            Err(_) => {
                self.clear_error();
                return traceback::write_unraisable(self, &exc, &msg, &object);
            }
        };
        match hook {
            Some(hook) if !hook.is_none() => {
                if self.call(&hook, std::slice::from_ref(&args)).is_err() {
                    let second = self.take_error();
                    let msg = self.str("Exception ignored in sys.unraisablehook");
                    traceback::write_unraisable(self, &second, &msg, &hook);
                }
            }
            _ => traceback::write_unraisable(self, &exc, &msg, &object),
        }
    }
}
