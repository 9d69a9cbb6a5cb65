//! Terminals: attributes, sizes, pseudo terminals.
use super::{SysResult, sys, zeroed};

/// A terminal's attributes: input, output, control and local flags, control characters, speeds.
#[derive(Clone)]
pub struct Attributes {
    /// Input modes.
    pub input: u32,
    /// Output modes.
    pub output: u32,
    /// Control modes.
    pub control: u32,
    /// Local modes.
    pub local: u32,
    /// Control characters.
    pub characters: [u8; 32],
    /// Input speed.
    pub input_speed: u32,
    /// Output speed.
    pub output_speed: u32,
}

/// `tcgetattr`.
pub fn tcgetattr(fd: i32) -> SysResult<Attributes> {
    let mut t = zeroed!(libc::termios);
    sys!(libc::tcgetattr(fd, &raw mut t))?;
    let mut characters = [0; 32];
    for (to, from) in characters.iter_mut().zip(t.c_cc) {
        *to = from;
    }
    // SAFETY: R1 (host).
    let (input_speed, output_speed) =
        unsafe { (libc::cfgetispeed(&raw const t), libc::cfgetospeed(&raw const t)) };
    Ok(Attributes {
        input: t.c_iflag,
        output: t.c_oflag,
        control: t.c_cflag,
        local: t.c_lflag,
        characters,
        input_speed,
        output_speed,
    })
}

/// `tcsetattr`.
pub fn tcsetattr(fd: i32, when: i32, attributes: &Attributes) -> SysResult<()> {
    let mut t = zeroed!(libc::termios);
    sys!(libc::tcgetattr(fd, &raw mut t))?;
    t.c_iflag = attributes.input;
    t.c_oflag = attributes.output;
    t.c_cflag = attributes.control;
    t.c_lflag = attributes.local;
    for (to, from) in t.c_cc.iter_mut().zip(attributes.characters) {
        *to = from;
    }
    sys!(libc::cfsetispeed(&raw mut t, attributes.input_speed))?;
    sys!(libc::cfsetospeed(&raw mut t, attributes.output_speed))?;
    sys!(libc::tcsetattr(fd, when, &raw const t)).map(drop)
}

/// `tcsendbreak`.
pub fn tcsendbreak(fd: i32, duration: i32) -> SysResult<()> {
    sys!(libc::tcsendbreak(fd, duration)).map(drop)
}

/// `tcdrain`.
pub fn tcdrain(fd: i32) -> SysResult<()> {
    sys!(libc::tcdrain(fd)).map(drop)
}

/// `tcflush`.
pub fn tcflush(fd: i32, queue: i32) -> SysResult<()> {
    sys!(libc::tcflush(fd, queue)).map(drop)
}

/// `tcflow`.
pub fn tcflow(fd: i32, action: i32) -> SysResult<()> {
    sys!(libc::tcflow(fd, action)).map(drop)
}

/// The window's (rows, columns).
pub fn window_size(fd: i32) -> SysResult<(u16, u16)> {
    let mut size = zeroed!(libc::winsize);
    sys!(libc::ioctl(fd, libc::TIOCGWINSZ, &raw mut size))?;
    Ok((size.ws_row, size.ws_col))
}

/// Sets the window's (rows, columns).
pub fn set_window_size(fd: i32, rows: u16, columns: u16) -> SysResult<()> {
    let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    sys!(libc::ioctl(fd, libc::TIOCSWINSZ, &raw const size)).map(drop)
}

/// `ttyname`.
pub fn ttyname(fd: i32) -> SysResult<Vec<u8>> {
    let mut name = [0u8; 1024];
    // SAFETY: R1 (host).
    match unsafe { libc::ttyname_r(fd, name.as_mut_ptr().cast(), name.len()) } {
        0 => Ok(name.iter().copied().take_while(|&b| b != 0).collect()),
        errno => Err(errno),
    }
}

/// `posix_openpt`.
pub fn posix_openpt(flags: i32) -> SysResult<i32> {
    sys!(libc::posix_openpt(flags))
}

/// `grantpt`.
pub fn grantpt(fd: i32) -> SysResult<()> {
    sys!(libc::grantpt(fd)).map(drop)
}

/// `unlockpt`.
pub fn unlockpt(fd: i32) -> SysResult<()> {
    sys!(libc::unlockpt(fd)).map(drop)
}

/// `ptsname`.
pub fn ptsname(fd: i32) -> SysResult<Vec<u8>> {
    let mut name = [0u8; 256];
    // SAFETY: R1 (host).
    match unsafe { libc::ptsname_r(fd, name.as_mut_ptr().cast(), name.len()) } {
        0 => Ok(name.iter().copied().take_while(|&b| b != 0).collect()),
        errno => Err(errno),
    }
}

/// `openpty`: (master, slave), both closed on exec.
pub fn openpty() -> SysResult<(i32, i32)> {
    let master = posix_openpt(libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC)?;
    let slave =
        grantpt(master).and_then(|()| unlockpt(master)).and_then(|()| ptsname(master)).and_then(|name| {
            let name = std::ffi::CString::new(name).map_err(|_| libc::EINVAL)?;
            super::file::open(libc::AT_FDCWD, &name, libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC, 0)
        });
    match slave {
        Ok(slave) => Ok((master, slave)),
        Err(errno) => {
            let _ = super::file::close(master);
            Err(errno)
        }
    }
}

/// `login_tty`.
pub fn login_tty(fd: i32) -> SysResult<()> {
    sys!(libc::login_tty(fd)).map(drop)
}
