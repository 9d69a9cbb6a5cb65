//! Waiting for descriptors: `select`, `poll`, `epoll`.
use super::{SysResult, sys, zeroed};

/// The number of descriptors that `select` can watch.
pub const FD_SETSIZE: usize = libc::FD_SETSIZE;

fn set_of(fds: &[i32]) -> libc::fd_set {
    let mut set = zeroed!(libc::fd_set);
    for &fd in fds {
        if (0..FD_SETSIZE as i32).contains(&fd) {
            // SAFETY: R1 (host), and the descriptor is within the set.
            unsafe { libc::FD_SET(fd, &raw mut set) };
        }
    }
    set
}

fn left_in(set: &libc::fd_set, fds: &[i32]) -> Vec<bool> {
    fds.iter()
        .map(|&fd| {
            // SAFETY: R1 (host), and the descriptor is within the set.
            (0..FD_SETSIZE as i32).contains(&fd) && unsafe { libc::FD_ISSET(fd, &raw const *set) }
        })
        .collect()
}

/// `select`: for each descriptor of the three lists, whether it is ready. No timeout: wait for ever.
pub fn select(lists: [&[i32]; 3], timeout: Option<libc::timeval>) -> SysResult<[Vec<bool>; 3]> {
    let [mut r, mut w, mut x] = lists.map(set_of);
    let highest = lists.iter().flat_map(|list| list.iter()).copied().max().unwrap_or(-1);
    let mut timeout = timeout;
    let limit = timeout.as_mut().map_or(std::ptr::null_mut(), |t| &raw mut *t);
    sys!(libc::select(highest + 1, &raw mut r, &raw mut w, &raw mut x, limit))?;
    Ok([left_in(&r, lists[0]), left_in(&w, lists[1]), left_in(&x, lists[2])])
}

/// One row of `poll`: descriptor, events asked for, events that happened.
pub type PollFd = libc::pollfd;

/// `poll`; a negative timeout waits for ever.
pub fn poll(fds: &mut [PollFd], timeout_ms: i32) -> SysResult<usize> {
    sys!(libc::poll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, timeout_ms)).map(|n| n as usize)
}

/// Waits for one descriptor; false if the time ran out.
pub fn wait_for(fd: i32, events: i16, timeout_ms: i32) -> SysResult<bool> {
    let mut row = [libc::pollfd { fd, events, revents: 0 }];
    Ok(poll(&mut row, timeout_ms)? > 0)
}

/// `epoll_create1`.
pub fn epoll_create(flags: i32) -> SysResult<i32> {
    sys!(libc::epoll_create1(flags))
}

/// `epoll_ctl`.
pub fn epoll_ctl(epoll: i32, operation: i32, fd: i32, events: u32) -> SysResult<()> {
    let mut event = libc::epoll_event { events, u64: fd as u32 as u64 };
    sys!(libc::epoll_ctl(epoll, operation, fd, &raw mut event)).map(drop)
}

/// `epoll_wait`: (descriptor, events) of what is ready.
pub fn epoll_wait(epoll: i32, max_events: usize, timeout_ms: i32) -> SysResult<Vec<(i32, u32)>> {
    let mut events = vec![libc::epoll_event { events: 0, u64: 0 }; max_events];
    let n = sys!(libc::epoll_wait(epoll, events.as_mut_ptr(), max_events as i32, timeout_ms))?;
    Ok(events.iter().take(n as usize).map(|event| (event.u64 as i32, event.events)).collect())
}
