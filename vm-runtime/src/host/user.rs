//! The user and group databases.
use super::{SysResult, copy_c_string, zeroed};
use std::ffi::CStr;

/// A row of the user database.
pub struct User {
    /// Login name.
    pub name: Vec<u8>,
    /// Password field.
    pub password: Vec<u8>,
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
    /// Real name.
    pub gecos: Vec<u8>,
    /// Home directory.
    pub dir: Vec<u8>,
    /// Shell.
    pub shell: Vec<u8>,
}

/// A row of the group database.
pub struct Group {
    /// Group name.
    pub name: Vec<u8>,
    /// Password field.
    pub password: Vec<u8>,
    /// Group id.
    pub gid: u32,
    /// Members' names.
    pub members: Vec<Vec<u8>>,
}

/// # Safety
/// The row's strings are valid.
unsafe fn user_of(row: &libc::passwd) -> User {
    // SAFETY: the caller's promise.
    unsafe {
        User {
            name: copy_c_string(row.pw_name).unwrap_or_default(),
            password: copy_c_string(row.pw_passwd).unwrap_or_default(),
            uid: row.pw_uid,
            gid: row.pw_gid,
            gecos: copy_c_string(row.pw_gecos).unwrap_or_default(),
            dir: copy_c_string(row.pw_dir).unwrap_or_default(),
            shell: copy_c_string(row.pw_shell).unwrap_or_default(),
        }
    }
}

/// # Safety
/// The row's strings are valid.
unsafe fn group_of(row: &libc::group) -> Group {
    let mut members = Vec::new();
    // SAFETY: the caller's promise; the members end with null.
    unsafe {
        let mut at = row.gr_mem;
        while !at.is_null() && !(*at).is_null() {
            members.push(copy_c_string(*at).unwrap_or_default());
            at = at.add(1);
        }
        Group {
            name: copy_c_string(row.gr_name).unwrap_or_default(),
            password: copy_c_string(row.gr_passwd).unwrap_or_default(),
            gid: row.gr_gid,
            members,
        }
    }
}

/// Calls with a growing scratch buffer until it suffices.
fn with_scratch<T>(mut call: impl FnMut(&mut [u8]) -> (i32, Option<T>)) -> SysResult<Option<T>> {
    let mut size = 1024;
    loop {
        let mut scratch = vec![0u8; size];
        match call(&mut scratch) {
            (libc::ERANGE, _) if size < 1 << 24 => size *= 2,
            (0 | libc::ENOENT | libc::ESRCH, row) => return Ok(row),
            (errno, _) => return Err(errno),
        }
    }
}

/// `getpwuid_r`.
pub fn user_by_id(uid: u32) -> SysResult<Option<User>> {
    with_scratch(|scratch| {
        let mut row = zeroed!(libc::passwd);
        let mut found = std::ptr::null_mut();
        // SAFETY: R1 and R3 (host).
        unsafe {
            let rc = libc::getpwuid_r(
                uid,
                &raw mut row,
                scratch.as_mut_ptr().cast(),
                scratch.len(),
                &raw mut found,
            );
            (rc, (rc == 0 && !found.is_null()).then(|| user_of(&row)))
        }
    })
}

/// `getpwnam_r`.
pub fn user_by_name(name: &CStr) -> SysResult<Option<User>> {
    with_scratch(|scratch| {
        let mut row = zeroed!(libc::passwd);
        let mut found = std::ptr::null_mut();
        // SAFETY: R1 and R3 (host).
        unsafe {
            let rc = libc::getpwnam_r(
                name.as_ptr(),
                &raw mut row,
                scratch.as_mut_ptr().cast(),
                scratch.len(),
                &raw mut found,
            );
            (rc, (rc == 0 && !found.is_null()).then(|| user_of(&row)))
        }
    })
}

/// `getgrgid_r`.
pub fn group_by_id(gid: u32) -> SysResult<Option<Group>> {
    with_scratch(|scratch| {
        let mut row = zeroed!(libc::group);
        let mut found = std::ptr::null_mut();
        // SAFETY: R1 and R3 (host).
        unsafe {
            let rc = libc::getgrgid_r(
                gid,
                &raw mut row,
                scratch.as_mut_ptr().cast(),
                scratch.len(),
                &raw mut found,
            );
            (rc, (rc == 0 && !found.is_null()).then(|| group_of(&row)))
        }
    })
}

/// `getgrnam_r`.
pub fn group_by_name(name: &CStr) -> SysResult<Option<Group>> {
    with_scratch(|scratch| {
        let mut row = zeroed!(libc::group);
        let mut found = std::ptr::null_mut();
        // SAFETY: R1 and R3 (host).
        unsafe {
            let rc = libc::getgrnam_r(
                name.as_ptr(),
                &raw mut row,
                scratch.as_mut_ptr().cast(),
                scratch.len(),
                &raw mut found,
            );
            (rc, (rc == 0 && !found.is_null()).then(|| group_of(&row)))
        }
    })
}

/// The enumerations share one cursor a process, so they are taken by one thread at a time.
static ENUMERATION: parking_lot::Mutex<()> = parking_lot::Mutex::new(());

/// Every row of the user database.
#[must_use]
pub fn users() -> Vec<User> {
    let _one = ENUMERATION.lock();
    let mut rows = Vec::new();
    // SAFETY: R3 (host), under the lock.
    unsafe {
        libc::setpwent();
        loop {
            let row = libc::getpwent();
            if row.is_null() {
                break;
            }
            rows.push(user_of(&*row));
        }
        libc::endpwent();
    }
    rows
}

/// Every row of the group database.
#[must_use]
pub fn groups() -> Vec<Group> {
    let _one = ENUMERATION.lock();
    let mut rows = Vec::new();
    // SAFETY: R3 (host), under the lock.
    unsafe {
        libc::setgrent();
        loop {
            let row = libc::getgrent();
            if row.is_null() {
                break;
            }
            rows.push(group_of(&*row));
        }
        libc::endgrent();
    }
    rows
}
