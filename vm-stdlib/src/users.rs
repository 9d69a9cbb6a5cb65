//! `pwd` and `grp`: the user and group databases.
use crate::numbers::{id, id_value};
use crate::path_arg::{fs_decode, fs_text};
use vm_runtime::host::user::{self, Group, User};
use vm_runtime::prelude::*;
use vm_runtime::struct_sequence::StructSpec;

pub static PWD: ModuleSpec = ModuleSpec {
    name: "pwd",
    doc: "This module provides access to the Unix password database.\nIt is available on all Unix versions.\n\nPassword database entries are reported as 7-tuples containing the following\nitems from the password database (see `<pwd.h>'), in order:\npw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell.\nThe uid and gid items are integers, all others are strings. An\nexception is raised if the entry asked for cannot be found.",
    functions: &[
        m(
            "getpwuid",
            "(uidobj, /)",
            getpwuid,
            "Return the password database entry for the given numeric user ID.\n\nSee `help(pwd)` for more on password database entries.",
        ),
        m(
            "getpwnam",
            "(name, /)",
            getpwnam,
            "Return the password database entry for the given user name.\n\nSee `help(pwd)` for more on password database entries.",
        ),
        m(
            "getpwall",
            "()",
            getpwall,
            "Return a list of all available password database entries, in arbitrary order.\n\nSee help(pwd) for more on password database entries.",
        ),
    ],
    init: Some(|th: &Thread, module: &Value| th.set_module_attr(module, "struct_passwd", PASSWD.class(th)?)),
    ..ModuleSpec::EMPTY
};

pub static GRP: ModuleSpec = ModuleSpec {
    name: "grp",
    doc: "Access to the Unix group database.\n\nGroup entries are reported as 4-tuples containing the following fields\nfrom the group database, in order:\n\n  name   - name of the group\n  passwd - group password (encrypted); often empty\n  gid    - numeric ID of the group\n  mem    - list of members\n\nThe gid is an integer, name and password are strings.  (Note that most\nusers are not explicitly listed as members of the groups they are in\naccording to the password database.  Check both databases to get\ncomplete membership information.)",
    functions: &[
        m(
            "getgrgid",
            "(id)",
            getgrgid,
            "Return the group database entry for the given numeric group ID.\n\nIf id is not valid, raise KeyError.",
        ),
        m(
            "getgrnam",
            "(name)",
            getgrnam,
            "Return the group database entry for the given group name.\n\nIf name is not valid, raise KeyError.",
        ),
        m(
            "getgrall",
            "()",
            getgrall,
            "Return a list of all available group entries, in arbitrary order.\n\nAn entry whose name starts with '+' or '-' represents an instruction\nto use YP/NIS and may not be accessible via getgrnam or getgrgid.",
        ),
    ],
    init: Some(|th: &Thread, module: &Value| th.set_module_attr(module, "struct_group", GROUP.class(th)?)),
    ..ModuleSpec::EMPTY
};

static PASSWD: StructSpec = StructSpec::new(
    "pwd.struct_passwd",
    "pwd.struct_passwd: Results from getpw*() routines.\n\nThis object may be accessed either as a tuple of\n  (pw_name,pw_passwd,pw_uid,pw_gid,pw_gecos,pw_dir,pw_shell)\nor via the object attributes as named in the above tuple.",
    &[
        ("pw_name", "user name"),
        ("pw_passwd", "password"),
        ("pw_uid", "user id"),
        ("pw_gid", "group id"),
        ("pw_gecos", "real name"),
        ("pw_dir", "home directory"),
        ("pw_shell", "shell program"),
    ],
    7,
);

static GROUP: StructSpec = StructSpec::new(
    "grp.struct_group",
    "grp.struct_group: Results from getgr*() routines.\n\nThis object may be accessed either as a tuple of\n  (gr_name,gr_passwd,gr_gid,gr_mem)\nor via the object attributes as named in the above tuple.\n",
    &[
        ("gr_name", "group name"),
        ("gr_passwd", "password"),
        ("gr_gid", "group id"),
        ("gr_mem", "group members"),
    ],
    4,
);

fn user_value(th: &Thread, u: &User) -> PyResult<Value> {
    let text = |bytes: &[u8]| fs_decode(th, bytes);
    PASSWD.make(
        th,
        vec![
            text(&u.name),
            text(&u.password),
            id_value(th, u.uid),
            id_value(th, u.gid),
            text(&u.gecos),
            text(&u.dir),
            text(&u.shell),
        ],
    )
}

fn group_value(th: &Thread, g: &Group) -> PyResult<Value> {
    let members = th.list(g.members.iter().map(|member| fs_decode(th, member)).collect());
    GROUP.make(th, vec![fs_decode(th, &g.name), fs_decode(th, &g.password), id_value(th, g.gid), members])
}

fn not_found(th: &Thread, text: String) -> Raised {
    let message = th.str(&text);
    th.key_error(message)
}

/// An id that is out of range names nobody.
fn id_or_missing(th: &Thread, value: &Value, function: &str) -> PyResult<u32> {
    match id(th, value, "uid") {
        Ok(id) => Ok(id),
        Err(_) if th.error_is(th.types().exc.overflow_error) => {
            th.clear_error();
            let shown = th.str_string(value)?;
            Err(not_found(
                th,
                format!("{function}(): uid not found: {shown}").replace("getgrgid(): uid", "getgrgid(): gid"),
            ))
        }
        Err(raised) => Err(raised),
    }
}

fn getpwuid(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let uid = id_or_missing(th, &args[0], "getpwuid")?;
    match th.detach(|| user::user_by_id(uid)) {
        Ok(Some(user)) => user_value(th, &user),
        Ok(None) => {
            let shown = th.str_string(&id_value(th, uid))?;
            Err(not_found(th, format!("getpwuid(): uid not found: {shown}")))
        }
        Err(errno) => Err(th.os_error(errno, None)),
    }
}

fn getpwnam(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let name = fs_text(th, &args[0], "getpwnam() argument")?;
    match th.detach(|| user::user_by_name(&name)) {
        Ok(Some(user)) => user_value(th, &user),
        Ok(None) => {
            let shown = th.repr_string(&args[0])?;
            Err(not_found(th, format!("getpwnam(): name not found: {shown}")))
        }
        Err(errno) => Err(th.os_error(errno, None)),
    }
}

fn getpwall(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    let users = th.detach(user::users);
    Ok(th.list(users.iter().map(|u| user_value(th, u)).collect::<PyResult<_>>()?))
}

fn getgrgid(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let gid = match id(th, &args[0], "gid") {
        Ok(gid) => gid,
        Err(_) if th.error_is(th.types().exc.overflow_error) => {
            th.clear_error();
            let shown = th.str_string(&args[0])?;
            return Err(not_found(th, format!("getgrgid(): gid not found: {shown}")));
        }
        Err(raised) => return Err(raised),
    };
    match th.detach(|| user::group_by_id(gid)) {
        Ok(Some(group)) => group_value(th, &group),
        Ok(None) => {
            let shown = th.str_string(&id_value(th, gid))?;
            Err(not_found(th, format!("getgrgid(): gid not found: {shown}")))
        }
        Err(errno) => Err(th.os_error(errno, None)),
    }
}

fn getgrnam(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let name = fs_text(th, &args[0], "getgrnam() argument 'name'")?;
    match th.detach(|| user::group_by_name(&name)) {
        Ok(Some(group)) => group_value(th, &group),
        Ok(None) => {
            let shown = th.repr_string(&args[0])?;
            Err(not_found(th, format!("getgrnam(): name not found: {shown}")))
        }
        Err(errno) => Err(th.os_error(errno, None)),
    }
}

fn getgrall(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    let groups = th.detach(user::groups);
    Ok(th.list(groups.iter().map(|g| group_value(th, g)).collect::<PyResult<_>>()?))
}
