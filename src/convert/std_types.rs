//! Durations.
use super::{Borrowed, FromPyObject, IntoPyObject};
use crate::bound::Bound;
use crate::err::{PyErr, PyResult};
use crate::python::Python;
use crate::types::{PyAny, PyTypeError, PyValueError};
use std::time::Duration;

const DAY: u64 = 86_400;

/// `datetime.timedelta`, to the microsecond.
impl<'py> IntoPyObject<'py> for Duration {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let seconds = self.as_secs();
        let class = py.import("datetime")?.getattr("timedelta")?;
        class.call1((seconds / DAY, seconds % DAY, self.subsec_micros()))
    }
}

impl<'py> FromPyObject<'_, 'py> for Duration {
    type Error = PyErr;
    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<Duration> {
        let class = obj.py().import("datetime")?.getattr("timedelta")?;
        if !obj.is_instance(&class)? {
            let name = obj.type_name();
            return Err(PyTypeError::new_err(format!("'{name}' object is not an instance of 'timedelta'")));
        }
        let days: i64 = obj.getattr("days")?.extract()?;
        let Ok(days) = u64::try_from(days) else {
            return Err(PyValueError::new_err(
                "It is not possible to convert a negative timedelta to a Rust Duration",
            ));
        };
        let seconds: u64 = obj.getattr("seconds")?.extract()?;
        let micros: u32 = obj.getattr("microseconds")?.extract()?;
        Ok(Duration::new(days * DAY + seconds, micros * 1000))
    }
}
