//! `struct_time` and the functions that make and take it.
use rustpython_wtf8::Wtf8Buf;
use std::ffi::CString;
use vm_runtime::host::clock::{self, Calendar};
use vm_runtime::prelude::*;
use vm_runtime::struct_sequence::StructSpec;
use vm_runtime::types::int::{IntRef, convert};

/// `time.struct_time`.
pub static STRUCT_TIME: StructSpec = StructSpec::new(
    "time.struct_time",
    "The time value as returned by gmtime(), localtime(), and strptime(), and\n accepted by asctime(), mktime() and strftime().  May be considered as a\n sequence of 9 integers.\n\n Note that several fields' values are not the same as those defined by\n the C language standard for struct tm.  For example, the value of the\n field tm_year is the actual year, not year - 1900.  See individual\n fields' descriptions for details.",
    &[
        ("tm_year", "year, for example, 1993"),
        ("tm_mon", "month of year, range [1, 12]"),
        ("tm_mday", "day of month, range [1, 31]"),
        ("tm_hour", "hours, range [0, 23]"),
        ("tm_min", "minutes, range [0, 59]"),
        ("tm_sec", "seconds, range [0, 61])"),
        ("tm_wday", "day of week, range [0, 6], Monday is 0"),
        ("tm_yday", "day of year, range [1, 366]"),
        ("tm_isdst", "1 if summer time is in effect, 0 if not, and -1 if unknown"),
        ("tm_zone", "abbreviation of timezone name"),
        ("tm_gmtoff", "offset from UTC in seconds"),
    ],
    9,
);

fn arg(args: &[Value], i: usize) -> &Value {
    args.get(i).unwrap_or(Value::none_ref())
}

fn struct_time(th: &Thread, c: &Calendar) -> PyResult<Value> {
    let int = |n: i32| th.int(i64::from(n));
    let zone = match &c.zone {
        Some(zone) => th.str(&zone.to_string_lossy()),
        None => Value::NONE,
    };
    STRUCT_TIME.make(
        th,
        vec![
            th.int(i64::from(c.year) + 1900),
            int(c.month + 1),
            int(c.day),
            int(c.hour),
            int(c.minute),
            int(c.second),
            // Monday is 0.
            int((c.weekday + 6) % 7),
            int(c.yearday + 1),
            int(c.dst),
            zone,
            th.int(c.offset),
        ],
    )
}

/// Seconds since the epoch, rounded down; now, if not given.
fn timestamp(th: &Thread, v: &Value) -> PyResult<i64> {
    let overflow = || th.overflow_error("timestamp out of range for platform time_t");
    if v.is_unbound() || v.is_none() {
        let nanos = clock::gettime(libc::CLOCK_REALTIME).map_err(|e| th.os_error(e, None))?;
        return Ok(nanos.div_euclid(1_000_000_000) as i64);
    }
    if let Some(x) = vm_runtime::types::float::value_of(v) {
        if x.is_nan() {
            return Err(th.value_error("Invalid value NaN (not a number)"));
        }
        let whole = convert::from_f64(x.floor());
        return whole.and_then(|n| i64::try_from(n).ok()).ok_or_else(overflow);
    }
    let index = th.index(v)?;
    IntRef::of(&index).and_then(IntRef::to_i64).ok_or_else(overflow)
}

pub(super) fn gmtime(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let c = clock::gmtime(timestamp(th, arg(args, 0))?).map_err(|e| th.os_error(e, None))?;
    struct_time(th, &c)
}

pub(super) fn localtime(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let c = clock::localtime(timestamp(th, arg(args, 0))?).map_err(|e| th.os_error(e, None))?;
    struct_time(th, &c)
}

/// A time tuple, or the local time if not given.
fn calendar_of(th: &Thread, v: &Value, function: &str) -> PyResult<Calendar> {
    if v.is_unbound() {
        let now = timestamp(th, &Value::NONE)?;
        return clock::localtime(now).map_err(|e| th.os_error(e, None));
    }
    let Some(tuple) = v.payload::<Tuple>() else {
        return Err(th.type_error("Tuple or struct_time argument required"));
    };
    let [year, month, day, hour, minute, second, weekday, yearday, dst] = tuple.as_slice() else {
        return Err(th.type_error(format!("{function}(): illegal time tuple argument")));
    };
    let year = th.as_c_int(year)?;
    let Some(year) = year.checked_sub(1900) else { return Err(th.overflow_error("year out of range")) };
    let mut c = Calendar {
        year,
        month: th.as_c_int(month)?.wrapping_sub(1),
        day: th.as_c_int(day)?,
        hour: th.as_c_int(hour)?,
        minute: th.as_c_int(minute)?,
        second: th.as_c_int(second)?,
        weekday: th.as_c_int(weekday)?.wrapping_add(1) % 7,
        yearday: th.as_c_int(yearday)?.wrapping_sub(1),
        dst: th.as_c_int(dst)?,
        offset: 0,
        zone: None,
    };
    if th.isinstance(v, th.types().tuple) && v.type_of(th).value().is(&STRUCT_TIME.class(th)?) {
        let zone = th.getattr_str(v, "tm_zone")?;
        if let Some(zone) = zone.as_str().and_then(|s| s.to_str()) {
            c.zone = CString::new(zone).ok();
        }
        let offset = th.getattr_str(v, "tm_gmtoff")?;
        if !offset.is_none() {
            c.offset = th.as_c_long(&offset)?;
        }
    }
    Ok(c)
}

/// Brings fields in range that may be left zero; ValueError for those that are out of it.
fn check(th: &Thread, c: &mut Calendar) -> PyResult<()> {
    if c.month == -1 {
        c.month = 0;
    }
    if c.day == 0 {
        c.day = 1;
    }
    if c.yearday == -1 {
        c.yearday = 0;
    }
    for (value, most, message) in [
        (c.month, 11, "month out of range"),
        (c.day, 31, "day of month out of range"),
        (c.hour, 23, "hour out of range"),
        (c.minute, 59, "minute out of range"),
        (c.second, 61, "seconds out of range"),
        (c.weekday, 6, "day of week out of range"),
        (c.yearday, 365, "day of year out of range"),
    ] {
        if value < 0 || value > most {
            return Err(th.value_error(message));
        }
    }
    Ok(())
}

fn asctime_text(c: &Calendar) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let pick = |names: &[&'static str], i: i32| {
        usize::try_from(i).ok().and_then(|i| names.get(i).copied()).unwrap_or("???")
    };
    format!(
        "{} {}{:3} {:02}:{:02}:{:02} {}",
        pick(&DAYS, c.weekday),
        pick(&MONTHS, c.month),
        c.day,
        c.hour,
        c.minute,
        c.second,
        i64::from(c.year) + 1900
    )
}

pub(super) fn asctime(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let mut c = calendar_of(th, arg(args, 0), "asctime")?;
    check(th, &mut c)?;
    Ok(th.str(&asctime_text(&c)))
}

pub(super) fn ctime(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let c = clock::localtime(timestamp(th, arg(args, 0))?).map_err(|e| th.os_error(e, None))?;
    Ok(th.str(&asctime_text(&c)))
}

pub(super) fn mktime(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let c = calendar_of(th, arg(args, 0), "mktime")?;
    match clock::mktime(&c) {
        Some(seconds) => Ok(th.float(seconds as f64)),
        None => Err(th.overflow_error("mktime argument out of range")),
    }
}

pub(super) fn strftime(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let format = arg(args, 0);
    let Some(text) = format.as_str() else {
        return Err(th.type_error(format!(
            "strftime() argument 1 must be str, not {}",
            format.type_of(th).full_name()
        )));
    };
    let mut c = calendar_of(th, arg(args, 1), "strftime")?;
    check(th, &mut c)?;
    c.dst = c.dst.clamp(-1, 1);
    // The C library sees ASCII only; everything else, and NUL, is copied.
    let mut out = Wtf8Buf::new();
    let mut run = Vec::new();
    let flush = |run: &mut Vec<u8>, out: &mut Wtf8Buf| {
        if let Ok(part) = CString::new(std::mem::take(run)) {
            out.push_str(&String::from_utf8_lossy(&clock::strftime(&part, &c)));
        }
    };
    for code in text.as_wtf8().code_points() {
        match u8::try_from(code.to_u32()) {
            Ok(byte @ 1..=127) => run.push(byte),
            _ => {
                flush(&mut run, &mut out);
                out.push(code);
            }
        }
    }
    flush(&mut run, &mut out);
    Ok(th.str_wtf8(&out))
}

pub(super) fn tzset(th: &Thread, module: &Value, _args: &[Value]) -> PyResult<Value> {
    clock::tzset();
    set_zone(th, module)?;
    Ok(Value::NONE)
}

/// `timezone`, `altzone`, `daylight` and `tzname`, from the offsets in January and July of this year.
pub(super) fn set_zone(th: &Thread, module: &Value) -> PyResult<()> {
    const YEAR: i64 = (365 * 24 + 6) * 3600;
    let january = timestamp(th, &Value::NONE)? / YEAR * YEAR;
    let zone = |at: i64| -> PyResult<(i64, Value)> {
        let c = clock::localtime(at).map_err(|e| th.os_error(e, None))?;
        let name = c.zone.as_ref().map(|zone| zone.to_string_lossy().into_owned()).unwrap_or_default();
        Ok((-c.offset, th.str(&name)))
    };
    let (winter, summer) = (zone(january)?, zone(january + YEAR / 2)?);
    // South of the equator daylight saving time is in January.
    let (standard, daylight) = if winter.0 < summer.0 { (summer, winter) } else { (winter, summer) };
    th.set_module_attr(module, "timezone", th.int(standard.0))?;
    th.set_module_attr(module, "altzone", th.int(daylight.0))?;
    th.set_module_attr(module, "daylight", th.int(i64::from(standard.0 != daylight.0)))?;
    th.set_module_attr(module, "tzname", th.tuple(vec![standard.1, daylight.1]))
}
