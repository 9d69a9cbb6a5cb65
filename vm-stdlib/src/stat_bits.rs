//! `_stat`: the bits of a file's mode.
use num_traits::ToPrimitive;
use vm_runtime::prelude::*;

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_stat",
    doc: "S_IFMT_: file type bits\nS_IFDIR: directory\nS_IFCHR: character device\nS_IFBLK: block device\nS_IFREG: regular file\nS_IFIFO: fifo (named pipe)\nS_IFLNK: symbolic link\nS_IFSOCK: socket file\nS_IFDOOR: door\nS_IFPORT: event port\nS_IFWHT: whiteout",
    functions: &[
        m(
            "S_ISDIR",
            "(mode, /)",
            |th, _, a| is(th, a, 0o040000),
            "S_ISDIR(mode) -> bool\n\nReturn True if mode is from a directory.",
        ),
        m(
            "S_ISCHR",
            "(mode, /)",
            |th, _, a| is(th, a, 0o020000),
            "S_ISCHR(mode) -> bool\n\nReturn True if mode is from a character special device file.",
        ),
        m(
            "S_ISBLK",
            "(mode, /)",
            |th, _, a| is(th, a, 0o060000),
            "S_ISBLK(mode) -> bool\n\nReturn True if mode is from a block special device file.",
        ),
        m(
            "S_ISREG",
            "(mode, /)",
            |th, _, a| is(th, a, 0o100000),
            "S_ISREG(mode) -> bool\n\nReturn True if mode is from a regular file.",
        ),
        m(
            "S_ISFIFO",
            "(mode, /)",
            |th, _, a| is(th, a, 0o010000),
            "S_ISFIFO(mode) -> bool\n\nReturn True if mode is from a FIFO (named pipe).",
        ),
        m(
            "S_ISLNK",
            "(mode, /)",
            |th, _, a| is(th, a, 0o120000),
            "S_ISLNK(mode) -> bool\n\nReturn True if mode is from a symbolic link.",
        ),
        m(
            "S_ISSOCK",
            "(mode, /)",
            |th, _, a| is(th, a, 0o140000),
            "S_ISSOCK(mode) -> bool\n\nReturn True if mode is from a socket.",
        ),
        m(
            "S_ISDOOR",
            "(mode, /)",
            |th, _, a| never(th, a),
            "S_ISDOOR(mode) -> bool\n\nReturn True if mode is from a door.",
        ),
        m(
            "S_ISPORT",
            "(mode, /)",
            |th, _, a| never(th, a),
            "S_ISPORT(mode) -> bool\n\nReturn True if mode is from an event port.",
        ),
        m(
            "S_ISWHT",
            "(mode, /)",
            |th, _, a| never(th, a),
            "S_ISWHT(mode) -> bool\n\nReturn True if mode is from a whiteout.",
        ),
        m(
            "S_IMODE",
            "(mode, /)",
            |th, _, a| Ok(th.int(i64::from(mode(th, a)? & 0o7777))),
            "Return the portion of the file's mode that can be set by os.chmod().",
        ),
        m(
            "S_IFMT",
            "(mode, /)",
            |th, _, a| Ok(th.int(i64::from(mode(th, a)? & 0o170000))),
            "Return the portion of the file's mode that describes the file type.",
        ),
        m("filemode", "(mode, /)", filemode, "Convert a file's mode to a string of the form '-rwxrwxrwx'"),
    ],
    init: Some(|th: &Thread, module: &Value| {
        for (name, value) in CONSTANTS {
            th.set_module_attr(module, name, th.int(*value))?;
        }
        Ok(())
    }),
    ..ModuleSpec::EMPTY
};

const CONSTANTS: &[(&str, i64)] = &[
    ("SF_APPEND", 0o1000000),
    ("SF_ARCHIVED", 0o200000),
    ("SF_DATALESS", 0o10000000000),
    ("SF_FIRMLINK", 0o40000000),
    ("SF_IMMUTABLE", 0o400000),
    ("SF_NOUNLINK", 0o4000000),
    ("SF_SETTABLE", 0o37777600000),
    ("SF_SNAPSHOT", 0o10000000),
    ("ST_ATIME", 0o7),
    ("ST_CTIME", 0o11),
    ("ST_DEV", 0o2),
    ("ST_GID", 0o5),
    ("ST_INO", 0o1),
    ("ST_MODE", 0),
    ("ST_MTIME", 0o10),
    ("ST_NLINK", 0o3),
    ("ST_SIZE", 0o6),
    ("ST_UID", 0o4),
    ("S_ENFMT", 0o2000),
    ("S_IEXEC", 0o100),
    ("S_IFBLK", 0o60000),
    ("S_IFCHR", 0o20000),
    ("S_IFDIR", 0o40000),
    ("S_IFDOOR", 0),
    ("S_IFIFO", 0o10000),
    ("S_IFLNK", 0o120000),
    ("S_IFPORT", 0),
    ("S_IFREG", 0o100000),
    ("S_IFSOCK", 0o140000),
    ("S_IFWHT", 0),
    ("S_IREAD", 0o400),
    ("S_IRGRP", 0o40),
    ("S_IROTH", 0o4),
    ("S_IRUSR", 0o400),
    ("S_IRWXG", 0o70),
    ("S_IRWXO", 0o7),
    ("S_IRWXU", 0o700),
    ("S_ISGID", 0o2000),
    ("S_ISUID", 0o4000),
    ("S_ISVTX", 0o1000),
    ("S_IWGRP", 0o20),
    ("S_IWOTH", 0o2),
    ("S_IWRITE", 0o200),
    ("S_IWUSR", 0o200),
    ("S_IXGRP", 0o10),
    ("S_IXOTH", 0o1),
    ("S_IXUSR", 0o100),
    ("UF_APPEND", 0o4),
    ("UF_COMPRESSED", 0o40),
    ("UF_DATAVAULT", 0o200),
    ("UF_HIDDEN", 0o100000),
    ("UF_IMMUTABLE", 0o2),
    ("UF_NODUMP", 0o1),
    ("UF_NOUNLINK", 0o20),
    ("UF_OPAQUE", 0o10),
    ("UF_SETTABLE", 0o177777),
    ("UF_TRACKED", 0o100),
];

fn mode(th: &Thread, args: &[Value]) -> PyResult<u32> {
    let number = th.as_bigint(&th.index(&args[0])?)?;
    match number.to_u64() {
        Some(n) => u32::try_from(n).map_err(|_| th.overflow_error("mode out of range")),
        None => Err(th.overflow_error("can't convert negative value to unsigned int")),
    }
}

fn is(th: &Thread, args: &[Value], kind: u32) -> PyResult<Value> {
    Ok(Value::bool(mode(th, args)? & 0o170000 == kind))
}

fn never(th: &Thread, args: &[Value]) -> PyResult<Value> {
    mode(th, args).map(|_| Value::FALSE)
}

fn filemode(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let mode = mode(th, args)?;
    let kind = match mode & 0o170000 {
        0o100000 => '-',
        0o040000 => 'd',
        0o120000 => 'l',
        0o060000 => 'b',
        0o020000 => 'c',
        0o010000 => 'p',
        0o140000 => 's',
        _ => '?',
    };
    let mut text = String::from(kind);
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    Ok(th.str(&text))
}
