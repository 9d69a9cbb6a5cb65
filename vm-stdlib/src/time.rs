//! `time`: clocks, sleeping, and the calendar.
pub mod calendar;

use vm_runtime::host::clock;
use vm_runtime::prelude::*;
use vm_runtime::types::int::IntRef;

const NANOS: i128 = 1_000_000_000;

fn arg(args: &[Value], i: usize) -> &Value {
    args.get(i).unwrap_or(Value::none_ref())
}

fn os_error(th: &Thread, errno: i32) -> Raised {
    th.os_error(errno, None)
}

/// The time of a clock that always exists.
fn now(th: &Thread, id: i32) -> PyResult<i128> {
    clock::gettime(id).map_err(|e| os_error(th, e))
}

/// Nanoseconds as seconds.
fn seconds(th: &Thread, nanos: i128) -> Value {
    // Whole seconds and the rest apart, as CPython divides: exact where the quotient is.
    if nanos % NANOS == 0 { th.float((nanos / NANOS) as f64) } else { th.float(nanos as f64 / 1e9) }
}

macro_rules! clocks {
    ($($name:ident $name_ns:ident: $id:expr;)*) => {
        $(
            fn $name(th: &Thread, _m: &Value, _args: &[Value]) -> PyResult<Value> {
                Ok(seconds(th, now(th, $id)?))
            }
            fn $name_ns(th: &Thread, _m: &Value, _args: &[Value]) -> PyResult<Value> {
                Ok(th.int_from(BigInt::from(now(th, $id)?)))
            }
        )*
    };
}

clocks! {
    time time_ns: libc::CLOCK_REALTIME;
    monotonic monotonic_ns: libc::CLOCK_MONOTONIC;
    perf_counter perf_counter_ns: libc::CLOCK_MONOTONIC;
    process_time process_time_ns: libc::CLOCK_PROCESS_CPUTIME_ID;
    thread_time thread_time_ns: libc::CLOCK_THREAD_CPUTIME_ID;
}

/// A number of seconds as nanoseconds, rounded away from zero.
///
/// # Errors
/// TypeError, ValueError for NaN, OverflowError.
pub fn duration(th: &Thread, v: &Value) -> PyResult<i64> {
    let overflow = || th.overflow_error("timestamp out of range for C PyTime_t");
    if let Some(x) = vm_runtime::types::float::value_of(v) {
        if x.is_nan() {
            return Err(th.value_error("Invalid value NaN (not a number)"));
        }
        let nanos = x * 1e9;
        let nanos = if nanos >= 0.0 { nanos.ceil() } else { nanos.floor() };
        if !(-9.223_372_036_854_776e18..9.223_372_036_854_776e18).contains(&nanos) {
            return Err(overflow());
        }
        return Ok(nanos as i64);
    }
    let Some(index) = th.index_opt(v)? else {
        return Err(th.type_error(format!(
            "'{}' object cannot be interpreted as an integer or float",
            v.type_of(th).full_name()
        )));
    };
    IntRef::of(&index).and_then(IntRef::to_i64).and_then(|n| n.checked_mul(NANOS as i64)).ok_or_else(overflow)
}

fn sleep(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let nanos = duration(th, arg(args, 0))?;
    if nanos < 0 {
        return Err(th.value_error("sleep length must be non-negative"));
    }
    let start = i64::try_from(now(th, libc::CLOCK_MONOTONIC)?).unwrap_or(i64::MAX);
    let deadline = start.saturating_add(nanos);
    loop {
        match th.detach(|| clock::sleep_until(deadline)) {
            Ok(()) => return Ok(Value::NONE),
            Err(libc::EINTR) => th.check_signals()?,
            Err(e) => return Err(os_error(th, e)),
        }
    }
}

fn clock_id(th: &Thread, v: &Value) -> PyResult<i32> {
    match th.index_opt(v)? {
        Some(_) => th.as_c_int(v),
        None => Err(th.type_error(format!("clk_id should be integer, not {}", v.type_of(th).full_name()))),
    }
}

fn clock_gettime(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(seconds(th, now(th, clock_id(th, arg(args, 0))?)?))
}

fn clock_gettime_ns(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(th.int_from(BigInt::from(now(th, clock_id(th, arg(args, 0))?)?)))
}

fn clock_getres(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let resolution = clock::getres(th.as_c_int(arg(args, 0))?).map_err(|e| os_error(th, e))?;
    Ok(th.float(resolution as f64 * 1e-9))
}

fn clock_settime(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let nanos = duration(th, arg(args, 1))?;
    clock::settime(th.as_c_int(arg(args, 0))?, nanos).map_err(|e| os_error(th, e))?;
    Ok(Value::NONE)
}

fn clock_settime_ns(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let nanos = th.as_c_long(arg(args, 1))?;
    clock::settime(th.as_c_int(arg(args, 0))?, nanos).map_err(|e| os_error(th, e))?;
    Ok(Value::NONE)
}

fn pthread_getcpuclockid(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    // Only the calling thread is sure to live.
    let own = u64::try_from(th.as_c_long(arg(args, 0))?).is_ok_and(|id| id == th.ident);
    match clock::own_cpu_clock().filter(|_| own) {
        Some(id) => Ok(th.int(i64::from(id))),
        None => Err(os_error(th, libc::ESRCH)),
    }
}

fn get_clock_info(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let Some(name) = arg(args, 0).as_str() else {
        return Err(th.type_error(format!(
            "get_clock_info() argument 1 must be str, not {}",
            arg(args, 0).type_of(th).full_name()
        )));
    };
    let (id, clock_name, monotonic, adjustable) = match name.to_str() {
        Some("time") => (libc::CLOCK_REALTIME, "CLOCK_REALTIME", false, true),
        Some("monotonic" | "perf_counter") => (libc::CLOCK_MONOTONIC, "CLOCK_MONOTONIC", true, false),
        Some("process_time") => (libc::CLOCK_PROCESS_CPUTIME_ID, "CLOCK_PROCESS_CPUTIME_ID", true, false),
        Some("thread_time") => (libc::CLOCK_THREAD_CPUTIME_ID, "CLOCK_THREAD_CPUTIME_ID", true, false),
        _ => return Err(th.value_error("unknown clock")),
    };
    let resolution = clock::getres(id).map_err(|e| os_error(th, e))? as f64 * 1e-9;
    let namespace = th.getattr_str(&th.import("types")?, "SimpleNamespace")?;
    th.call_kw(
        &namespace,
        &[],
        &[
            ("implementation", th.str(&format!("clock_gettime({clock_name})"))),
            ("monotonic", Value::bool(monotonic)),
            ("adjustable", Value::bool(adjustable)),
            ("resolution", th.float(resolution)),
        ],
    )
}

fn strptime(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let module = th.import("_strptime")?;
    th.call_method(&module, "_strptime_time", args)
}

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    th.set_module_attr(module, "struct_time", calendar::STRUCT_TIME.class(th)?)?;
    th.set_module_attr(module, "_STRUCT_TM_ITEMS", th.int(11))?;
    for (name, id) in [
        ("CLOCK_REALTIME", libc::CLOCK_REALTIME),
        ("CLOCK_MONOTONIC", libc::CLOCK_MONOTONIC),
        ("CLOCK_MONOTONIC_RAW", libc::CLOCK_MONOTONIC_RAW),
        ("CLOCK_PROCESS_CPUTIME_ID", libc::CLOCK_PROCESS_CPUTIME_ID),
        ("CLOCK_THREAD_CPUTIME_ID", libc::CLOCK_THREAD_CPUTIME_ID),
        ("CLOCK_BOOTTIME", libc::CLOCK_BOOTTIME),
        ("CLOCK_TAI", libc::CLOCK_TAI),
    ] {
        th.set_module_attr(module, name, th.int(i64::from(id)))?;
    }
    calendar::set_zone(th, module)
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "time",
    doc: "This module provides various functions to manipulate time values.\n\nThere are two standard representations of time.  One is the number\nof seconds since the Epoch, in UTC (a.k.a. GMT).  It may be an integer\nor a floating-point number (to represent fractions of seconds).\nThe epoch is the point where the time starts, the return value of time.gmtime(0).\nIt is January 1, 1970, 00:00:00 (UTC) on all platforms.\n\nThe other representation is a tuple of 9 integers giving local time.\nThe tuple items are:\n  year (including century, e.g. 1998)\n  month (1-12)\n  day (1-31)\n  hours (0-23)\n  minutes (0-59)\n  seconds (0-59)\n  weekday (0-6, Monday is 0)\n  Julian day (day in the year, 1-366)\n  DST (Daylight Savings Time) flag (-1, 0 or 1)\nIf the DST flag is 0, the time is given in the regular time zone;\nif it is 1, the time is given in the DST time zone;\nif it is -1, mktime() should guess based on the date and time.\n",
    functions: &[
        m(
            "asctime",
            "(time_tuple=None, /)",
            calendar::asctime,
            "asctime([time_tuple]) -> string\n\nConvert a time tuple to a string, e.g. 'Sat Jun 06 16:26:11 1998'.\nWhen the time tuple is not present, current time as returned by localtime()\nis used.",
        ),
        m(
            "clock_getres",
            "(clk_id, /)",
            clock_getres,
            "clock_getres(clk_id) -> floating-point number\n\nReturn the resolution (precision) of the specified clock clk_id.",
        ),
        m(
            "clock_gettime",
            "(clk_id, /)",
            clock_gettime,
            "Return the time of the specified clock clk_id as a float.",
        ),
        m(
            "clock_gettime_ns",
            "(clk_id, /)",
            clock_gettime_ns,
            "Return the time of the specified clock clk_id as nanoseconds (int).",
        ),
        m(
            "clock_settime",
            "(clk_id, time, /)",
            clock_settime,
            "clock_settime(clk_id, time)\n\nSet the time of the specified clock clk_id.",
        ),
        m(
            "clock_settime_ns",
            "(clk_id, time, /)",
            clock_settime_ns,
            "clock_settime_ns(clk_id, time)\n\nSet the time of the specified clock clk_id with nanoseconds.",
        ),
        m(
            "ctime",
            "(seconds=None, /)",
            calendar::ctime,
            "ctime([seconds]) -> string\n\nConvert a time in seconds since the Epoch to a string in local time.\nThis is equivalent to asctime(localtime(seconds)). When 'seconds' is not\npassed in, convert the current time instead.",
        ),
        m(
            "get_clock_info",
            "(name, /)",
            get_clock_info,
            "get_clock_info(name: str) -> dict\n\nGet information of the specified clock.",
        ),
        m(
            "gmtime",
            "(seconds=None, /)",
            calendar::gmtime,
            "gmtime([seconds]) -> (tm_year, tm_mon, tm_mday, tm_hour, tm_min,\n                       tm_sec, tm_wday, tm_yday, tm_isdst)\n\nConvert seconds since the Epoch to a time tuple expressing UTC (a.k.a.\nGMT).  When 'seconds' is not passed in, convert the current time instead.\n\nIf the platform supports the tm_gmtoff and tm_zone, they are available as\nattributes only.",
        ),
        m(
            "localtime",
            "(seconds=None, /)",
            calendar::localtime,
            "localtime([seconds]) -> (tm_year,tm_mon,tm_mday,tm_hour,tm_min,\n                          tm_sec,tm_wday,tm_yday,tm_isdst)\n\nConvert seconds since the Epoch to a time tuple expressing local time.\nWhen 'seconds' is not passed in, convert the current time instead.",
        ),
        m(
            "mktime",
            "(object, /)",
            calendar::mktime,
            "mktime(time_tuple) -> floating-point number\n\nConvert a time tuple in local time to seconds since the Epoch.\nNote that mktime(gmtime(0)) will not generally return zero for most\ntime zones; instead the returned value will either be equal to that\nof the timezone or altzone attributes on the time module.",
        ),
        m("monotonic", "()", monotonic, "monotonic() -> float\n\nMonotonic clock, cannot go backward."),
        m(
            "monotonic_ns",
            "()",
            monotonic_ns,
            "monotonic_ns() -> int\n\nMonotonic clock, cannot go backward, as nanoseconds.",
        ),
        m(
            "perf_counter",
            "()",
            perf_counter,
            "perf_counter() -> float\n\nPerformance counter for benchmarking.",
        ),
        m(
            "perf_counter_ns",
            "()",
            perf_counter_ns,
            "perf_counter_ns() -> int\n\nPerformance counter for benchmarking as nanoseconds.",
        ),
        m(
            "process_time",
            "()",
            process_time,
            "process_time() -> float\n\nProcess time for profiling: sum of the kernel and user-space CPU time.",
        ),
        m(
            "process_time_ns",
            "()",
            process_time_ns,
            "process_time() -> int\n\nProcess time for profiling as nanoseconds:\nsum of the kernel and user-space CPU time.",
        ),
        m(
            "pthread_getcpuclockid",
            "(thread_id, /)",
            pthread_getcpuclockid,
            "pthread_getcpuclockid(thread_id) -> int\n\nReturn the clk_id of a thread's CPU time clock.",
        ),
        m(
            "sleep",
            "(object, /)",
            sleep,
            "sleep(seconds)\n\nDelay execution for a given number of seconds.  The argument may be\na floating-point number for subsecond precision.",
        ),
        m(
            "strftime",
            "(format, time_tuple=None, /)",
            calendar::strftime,
            "strftime(format[, time_tuple]) -> string\n\nConvert a time tuple to a string according to a format specification.\nSee the library reference manual for formatting codes. When the time tuple\nis not present, current time as returned by localtime() is used.\n\nCommonly used format codes:\n\n%Y  Year with century as a decimal number.\n%m  Month as a decimal number [01,12].\n%d  Day of the month as a decimal number [01,31].\n%H  Hour (24-hour clock) as a decimal number [00,23].\n%M  Minute as a decimal number [00,59].\n%S  Second as a decimal number [00,61].\n%z  Time zone offset from UTC.\n%a  Locale's abbreviated weekday name.\n%A  Locale's full weekday name.\n%b  Locale's abbreviated month name.\n%B  Locale's full month name.\n%c  Locale's appropriate date and time representation.\n%I  Hour (12-hour clock) as a decimal number [01,12].\n%p  Locale's equivalent of either AM or PM.\n\nOther codes may be available on your platform.  See documentation for\nthe C library strftime function.\n",
        ),
        m(
            "strptime",
            "(*args)",
            strptime,
            "strptime(string[, format]) -> struct_time\n\nParse a string to a time tuple according to a format specification.\nSee the library reference manual for formatting codes (same as\nstrftime()).\n\nCommonly used format codes:\n\n%Y  Year with century as a decimal number.\n%m  Month as a decimal number [01,12].\n%d  Day of the month as a decimal number [01,31].\n%H  Hour (24-hour clock) as a decimal number [00,23].\n%M  Minute as a decimal number [00,59].\n%S  Second as a decimal number [00,61].\n%z  Time zone offset from UTC.\n%a  Locale's abbreviated weekday name.\n%A  Locale's full weekday name.\n%b  Locale's abbreviated month name.\n%B  Locale's full month name.\n%c  Locale's appropriate date and time representation.\n%I  Hour (12-hour clock) as a decimal number [01,12].\n%p  Locale's equivalent of either AM or PM.\n\nOther codes may be available on your platform.  See documentation for\nthe C library strftime function.\n",
        ),
        m(
            "thread_time",
            "()",
            thread_time,
            "thread_time() -> float\n\nThread time for profiling: sum of the kernel and user-space CPU time.",
        ),
        m(
            "thread_time_ns",
            "()",
            thread_time_ns,
            "thread_time() -> int\n\nThread time for profiling as nanoseconds:\nsum of the kernel and user-space CPU time.",
        ),
        m(
            "time",
            "()",
            time,
            "time() -> floating-point number\n\nReturn the current time in seconds since the Epoch.\nFractions of a second may be present if the system clock provides them.",
        ),
        m(
            "time_ns",
            "()",
            time_ns,
            "time_ns() -> int\n\nReturn the current time in nanoseconds since the Epoch.",
        ),
        m(
            "tzset",
            "()",
            calendar::tzset,
            "tzset()\n\nInitialize, or reinitialize, the local timezone to the value stored in\nos.environ['TZ']. The TZ environment variable should be specified in\nstandard Unix timezone format as documented in the tzset man page\n(eg. 'US/Eastern', 'Europe/Amsterdam'). Unknown timezones will silently\nfall back to UTC. If the TZ environment variable is not set, the local\ntimezone is set to the systems best guess of wallclock time.\nChanging the TZ environment variable without calling tzset *may* change\nthe local timezone used by methods such as localtime, but this behaviour\nshould not be relied on.",
        ),
    ],
    init: Some(init),
    ..ModuleSpec::EMPTY
};
