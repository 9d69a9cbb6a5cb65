//! Clocks and calendar of the operating system, as safe functions.
use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;

/// An `errno`.
pub type Errno = i32;

fn errno() -> Errno {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL)
}

/// Seconds and nanoseconds in one.
fn nanos(time: libc::timespec) -> i128 {
    i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec)
}

/// The time of a clock, in nanoseconds.
///
/// # Errors
/// EINVAL for unknown clocks.
pub fn gettime(clock: i32) -> Result<i128, Errno> {
    let mut time = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: the pointer is to memory for a timespec.
    match unsafe { libc::clock_gettime(clock, time.as_mut_ptr()) } {
        // SAFETY: zeroed, or written by the call.
        0 => Ok(nanos(unsafe { time.assume_init() })),
        _ => Err(errno()),
    }
}

/// The resolution of a clock, in nanoseconds.
///
/// # Errors
/// EINVAL for unknown clocks.
pub fn getres(clock: i32) -> Result<i128, Errno> {
    let mut time = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: as in `gettime`.
    match unsafe { libc::clock_getres(clock, time.as_mut_ptr()) } {
        // SAFETY: as in `gettime`.
        0 => Ok(nanos(unsafe { time.assume_init() })),
        _ => Err(errno()),
    }
}

/// A timespec of nanoseconds since the clock's epoch.
fn timespec(nanos: i64) -> libc::timespec {
    libc::timespec { tv_sec: nanos.div_euclid(1_000_000_000), tv_nsec: nanos.rem_euclid(1_000_000_000) }
}

/// Sets a clock.
///
/// # Errors
/// EPERM without the right, EINVAL for clocks that cannot be set.
pub fn settime(clock: i32, nanos: i64) -> Result<(), Errno> {
    let time = timespec(nanos);
    // SAFETY: the pointer is to a timespec.
    match unsafe { libc::clock_settime(clock, &raw const time) } {
        0 => Ok(()),
        _ => Err(errno()),
    }
}

/// Sleeps until `deadline` on the monotonic clock.
///
/// # Errors
/// EINTR if a signal came.
pub fn sleep_until(deadline: i64) -> Result<(), Errno> {
    let time = timespec(deadline);
    // SAFETY: the pointers are to a timespec and null.
    match unsafe {
        libc::clock_nanosleep(
            libc::CLOCK_MONOTONIC,
            libc::TIMER_ABSTIME,
            &raw const time,
            std::ptr::null_mut(),
        )
    } {
        0 => Ok(()),
        e => Err(e),
    }
}

/// A moment taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// The year, less 1900.
    pub year: i32,
    /// 0 to 11.
    pub month: i32,
    /// 1 to 31.
    pub day: i32,
    /// 0 to 23.
    pub hour: i32,
    /// 0 to 59.
    pub minute: i32,
    /// 0 to 61.
    pub second: i32,
    /// Days since Sunday.
    pub weekday: i32,
    /// Days since January 1.
    pub yearday: i32,
    /// Daylight saving time: above 0 yes, 0 no, below 0 unknown.
    pub dst: i32,
    /// Seconds east of UTC.
    pub offset: i64,
    /// The zone's abbreviation.
    pub zone: Option<CString>,
}

impl Calendar {
    fn of(tm: &libc::tm) -> Calendar {
        Calendar {
            year: tm.tm_year,
            month: tm.tm_mon,
            day: tm.tm_mday,
            hour: tm.tm_hour,
            minute: tm.tm_min,
            second: tm.tm_sec,
            weekday: tm.tm_wday,
            yearday: tm.tm_yday,
            dst: tm.tm_isdst,
            offset: tm.tm_gmtoff,
            // SAFETY: null or a string of the C library, which never frees zone names.
            zone: (!tm.tm_zone.is_null()).then(|| unsafe { CStr::from_ptr(tm.tm_zone) }.to_owned()),
        }
    }

    /// The C structure; it borrows the zone's name.
    fn tm(&self) -> libc::tm {
        // SAFETY: integers and a pointer, for which zeros are valid.
        let mut tm: libc::tm = unsafe { std::mem::zeroed() };
        tm.tm_year = self.year;
        tm.tm_mon = self.month;
        tm.tm_mday = self.day;
        tm.tm_hour = self.hour;
        tm.tm_min = self.minute;
        tm.tm_sec = self.second;
        tm.tm_wday = self.weekday;
        tm.tm_yday = self.yearday;
        tm.tm_isdst = self.dst;
        tm.tm_gmtoff = self.offset;
        tm.tm_zone = self.zone.as_ref().map_or(std::ptr::null(), |zone| zone.as_ptr());
        tm
    }
}

/// A time in seconds since the epoch, taken apart in UTC.
///
/// # Errors
/// EOVERFLOW.
pub fn gmtime(seconds: i64) -> Result<Calendar, Errno> {
    let mut tm = MaybeUninit::<libc::tm>::zeroed();
    // SAFETY: both pointers are to memory of their types; null is failure.
    if unsafe { libc::gmtime_r(&raw const seconds, tm.as_mut_ptr()) }.is_null() {
        return Err(errno());
    }
    // SAFETY: written by the call.
    Ok(Calendar::of(unsafe { tm.assume_init_ref() }))
}

/// A time in seconds since the epoch, taken apart in local time.
///
/// # Errors
/// EOVERFLOW.
pub fn localtime(seconds: i64) -> Result<Calendar, Errno> {
    let mut tm = MaybeUninit::<libc::tm>::zeroed();
    // SAFETY: as in `gmtime`.
    if unsafe { libc::localtime_r(&raw const seconds, tm.as_mut_ptr()) }.is_null() {
        return Err(errno());
    }
    // SAFETY: written by the call.
    Ok(Calendar::of(unsafe { tm.assume_init_ref() }))
}

/// Seconds since the epoch of a local time; None if there are none.
#[must_use]
pub fn mktime(calendar: &Calendar) -> Option<i64> {
    let mut tm = calendar.tm();
    // A value that mktime changes if it succeeds.
    tm.tm_wday = -1;
    // SAFETY: the pointer is to a tm.
    let seconds = unsafe { libc::mktime(&raw mut tm) };
    if seconds == -1 && tm.tm_wday == -1 { None } else { Some(seconds) }
}

/// `strftime`, in the C library's locale.
#[must_use]
pub fn strftime(format: &CStr, calendar: &Calendar) -> Vec<u8> {
    if format.is_empty() {
        return Vec::new();
    }
    let tm = calendar.tm();
    let mut size = 256;
    loop {
        let mut out = vec![0_u8; size];
        // SAFETY: the pointers are to `size` bytes, a C string and a tm whose zone outlives the call.
        let n = unsafe { libc::strftime(out.as_mut_ptr().cast(), size, format.as_ptr(), &raw const tm) };
        // Zero is failure or an empty result: no format needs 256 times its length.
        if n > 0 || size > 256 * format.to_bytes().len().max(4) {
            out.truncate(n);
            return out;
        }
        size *= 2;
    }
}

/// Reads the time zone anew from the environment.
pub fn tzset() {
    unsafe extern "C" {
        fn tzset();
    }
    // SAFETY: no arguments; the C library locks its zone data.
    unsafe { tzset() }
}

/// The CPU-time clock of the calling thread.
#[must_use]
pub fn own_cpu_clock() -> Option<i32> {
    let mut clock = 0;
    // SAFETY: the calling thread lives; the pointer is to a clock id.
    match unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), &raw mut clock) } {
        0 => Some(clock),
        _ => None,
    }
}
