//! Module `_locale`: the locales C, POSIX and C.UTF-8.
//!
//! The C library's locale belongs to the whole process and cannot be changed safely while threads run, so it is left alone:
//! the VM remembers the names that a program sets, and answers as those three locales do.
use crate::module_error::ModuleError;
use vm_runtime::prelude::*;

const STATE: &str = "locale.names";
const CATEGORIES: [(&str, i64); 7] = [
    ("LC_CTYPE", 0),
    ("LC_NUMERIC", 1),
    ("LC_TIME", 2),
    ("LC_COLLATE", 3),
    ("LC_MONETARY", 4),
    ("LC_MESSAGES", 5),
    ("LC_ALL", 6),
];
const LC_ALL: i64 = 6;

static ERROR: ModuleError =
    ModuleError { key: "locale.Error", module: "locale", name: "Error", base: |th| th.types().exc.exception };

/// The items of `nl_langinfo`, as glibc numbers them, and their values.
const ITEMS: [(&str, i64, &str); 56] = [
    ("ABDAY_1", 0x2_0000, "Sun"),
    ("ABDAY_2", 0x2_0001, "Mon"),
    ("ABDAY_3", 0x2_0002, "Tue"),
    ("ABDAY_4", 0x2_0003, "Wed"),
    ("ABDAY_5", 0x2_0004, "Thu"),
    ("ABDAY_6", 0x2_0005, "Fri"),
    ("ABDAY_7", 0x2_0006, "Sat"),
    ("DAY_1", 0x2_0007, "Sunday"),
    ("DAY_2", 0x2_0008, "Monday"),
    ("DAY_3", 0x2_0009, "Tuesday"),
    ("DAY_4", 0x2_000a, "Wednesday"),
    ("DAY_5", 0x2_000b, "Thursday"),
    ("DAY_6", 0x2_000c, "Friday"),
    ("DAY_7", 0x2_000d, "Saturday"),
    ("ABMON_1", 0x2_000e, "Jan"),
    ("ABMON_2", 0x2_000f, "Feb"),
    ("ABMON_3", 0x2_0010, "Mar"),
    ("ABMON_4", 0x2_0011, "Apr"),
    ("ABMON_5", 0x2_0012, "May"),
    ("ABMON_6", 0x2_0013, "Jun"),
    ("ABMON_7", 0x2_0014, "Jul"),
    ("ABMON_8", 0x2_0015, "Aug"),
    ("ABMON_9", 0x2_0016, "Sep"),
    ("ABMON_10", 0x2_0017, "Oct"),
    ("ABMON_11", 0x2_0018, "Nov"),
    ("ABMON_12", 0x2_0019, "Dec"),
    ("MON_1", 0x2_001a, "January"),
    ("MON_2", 0x2_001b, "February"),
    ("MON_3", 0x2_001c, "March"),
    ("MON_4", 0x2_001d, "April"),
    ("MON_5", 0x2_001e, "May"),
    ("MON_6", 0x2_001f, "June"),
    ("MON_7", 0x2_0020, "July"),
    ("MON_8", 0x2_0021, "August"),
    ("MON_9", 0x2_0022, "September"),
    ("MON_10", 0x2_0023, "October"),
    ("MON_11", 0x2_0024, "November"),
    ("MON_12", 0x2_0025, "December"),
    ("AM_STR", 0x2_0026, "AM"),
    ("PM_STR", 0x2_0027, "PM"),
    ("D_T_FMT", 0x2_0028, "%a %b %e %H:%M:%S %Y"),
    ("D_FMT", 0x2_0029, "%m/%d/%y"),
    ("T_FMT", 0x2_002a, "%H:%M:%S"),
    ("T_FMT_AMPM", 0x2_002b, "%I:%M:%S %p"),
    ("ERA", 0x2_002c, ""),
    ("ERA_D_FMT", 0x2_002e, ""),
    ("ALT_DIGITS", 0x2_002f, ""),
    ("ERA_D_T_FMT", 0x2_0030, ""),
    ("ERA_T_FMT", 0x2_0031, ""),
    ("_DATE_FMT", 0x2_006c, "%a %b %e %H:%M:%S %Z %Y"),
    ("CODESET", 14, "UTF-8"),
    ("CRNCYSTR", 0x4_000f, "-"),
    ("RADIXCHAR", 0x1_0000, "."),
    ("THOUSEP", 0x1_0001, ""),
    ("YESEXPR", 0x5_0000, "^[yY]"),
    ("NOEXPR", 0x5_0001, "^[nN]"),
];

/// The names of the locales by category: a list of six strings.
fn names(th: &Thread) -> Value {
    th.vm_state_or(STATE, || th.list((0..LC_ALL).map(|_| th.intern(from_environment())).collect()))
}

/// The locale that the environment stands for, of those there are.
const fn from_environment() -> &'static str {
    "C.UTF-8"
}

fn known(name: &str) -> Option<&str> {
    match name {
        "" => Some(from_environment()),
        "C" | "POSIX" => Some("C"),
        "C.UTF-8" | "C.utf8" | "C.UTF8" => Some(name),
        _ => None,
    }
}

fn query(th: &Thread, category: i64) -> PyResult<Value> {
    let names = names(th);
    let all = names.payload::<List>().map(|l| l.to_vec(th)).unwrap_or_default();
    if category != LC_ALL {
        return all
            .get(usize::try_from(category).unwrap_or(usize::MAX))
            .cloned()
            .ok_or_else(|| ERROR.raise(th, "locale query failed"));
    }
    let texts: Vec<String> = all
        .iter()
        .map(|v| v.as_str().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default())
        .collect();
    if texts.windows(2).all(|pair| pair[0] == pair[1]) {
        return Ok(all.first().cloned().unwrap_or(Value::NONE));
    }
    let named: Vec<String> =
        CATEGORIES.iter().zip(&texts).map(|((category, _), name)| format!("{category}={name}")).collect();
    Ok(th.str(&named.join(";")))
}

fn setlocale(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let category = i64::from(th.as_c_int(&args[0])?);
    let locale = &args[1];
    let valid = (0..=LC_ALL).contains(&category);
    if locale.is_unbound() || locale.is_none() {
        return if valid { query(th, category) } else { Err(ERROR.raise(th, "locale query failed")) };
    }
    let text = th.expect_str(locale, "setlocale() argument 2")?.to_string_lossy().into_owned();
    let unsupported = || ERROR.raise(th, "unsupported locale setting");
    if !valid {
        return Err(ERROR.raise(th, "invalid locale category"));
    }
    let mut changes = Vec::new();
    if text.contains(';') && category == LC_ALL {
        for part in text.split(';') {
            let (name, value) = part.split_once('=').ok_or_else(unsupported)?;
            let value = known(value).ok_or_else(unsupported)?;
            // Categories that only the C library has are of no interest.
            if let Some((_, n)) = CATEGORIES.iter().find(|(c, n)| *c == name && *n != LC_ALL) {
                changes.push((*n, value.to_owned()));
            }
        }
    } else {
        let value = known(&text).ok_or_else(unsupported)?;
        let range = if category == LC_ALL { 0..LC_ALL } else { category..category + 1 };
        changes.extend(range.map(|n| (n, value.to_owned())));
    }
    let names = names(th);
    for (n, value) in changes {
        th.setitem(&names, &th.int(n), &th.str(&value))?;
    }
    query(th, category)
}

fn localeconv(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    let made = th.dict();
    for name in ["int_curr_symbol", "currency_symbol", "mon_decimal_point", "mon_thousands_sep"] {
        th.setitem(&made, &th.intern(name), &th.empty_str())?;
    }
    th.setitem(&made, &th.intern("mon_grouping"), &th.list(vec![]))?;
    for name in ["positive_sign", "negative_sign"] {
        th.setitem(&made, &th.intern(name), &th.empty_str())?;
    }
    let numbers = [
        "int_frac_digits",
        "frac_digits",
        "p_cs_precedes",
        "p_sep_by_space",
        "n_cs_precedes",
        "n_sep_by_space",
        "p_sign_posn",
        "n_sign_posn",
    ];
    for name in numbers {
        th.setitem(&made, &th.intern(name), &th.int(127))?;
    }
    th.setitem(&made, &th.intern("decimal_point"), &th.str("."))?;
    th.setitem(&made, &th.intern("thousands_sep"), &th.empty_str())?;
    th.setitem(&made, &th.intern("grouping"), &th.list(vec![]))?;
    Ok(made)
}

fn nl_langinfo(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let key = i64::from(th.as_c_int(&args[0])?);
    match ITEMS.iter().find(|(_, n, _)| *n == key) {
        Some((_, _, text)) => Ok(th.str(text)),
        None => Err(th.value_error("unsupported langinfo constant")),
    }
}

fn strcoll(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let a = th.expect_str(&args[0], "strcoll() argument 1")?;
    let b = th.expect_str(&args[1], "strcoll() argument 2")?;
    Ok(th.int(a.as_bytes().cmp(b.as_bytes()) as i64))
}

fn strxfrm(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let text = th.expect_str(&args[0], "strxfrm() argument")?;
    if text.as_bytes().contains(&0) {
        return Err(th.value_error("embedded null character"));
    }
    th.try_str(text)
}

fn getencoding(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.str(if th.vm().config.utf8_mode { "utf-8" } else { "UTF-8" }))
}

fn gettext(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let text = th.expect_str(&args[0], "gettext() argument")?;
    th.try_str(text)
}

fn dgettext(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let text = th.expect_str(&args[1], "dgettext() argument 2")?;
    th.try_str(text)
}

fn textdomain(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    if args[0].is_none() {
        return Ok(th.str("messages"));
    }
    let text = th.expect_str(&args[0], "textdomain() argument")?;
    th.try_str(text)
}

fn bindtextdomain(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let domain = th.expect_str(&args[0], "bindtextdomain() argument 1")?;
    if domain.is_empty() {
        return Err(ERROR.raise(th, "domain must be a non-empty string"));
    }
    Ok(args[1].clone())
}

fn bind_textdomain_codeset(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    th.expect_str(&args[0], "bind_textdomain_codeset() argument 1")?;
    Ok(args[1].clone())
}

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    for (name, value) in CATEGORIES {
        th.set_module_attr(module, name, th.int(value))?;
    }
    for (name, value, _) in ITEMS {
        th.set_module_attr(module, name, th.int(value))?;
    }
    th.set_module_attr(module, "CHAR_MAX", th.int(127))?;
    th.set_module_attr(module, "Error", ERROR.class(th)?)
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_locale",
    doc: "Support for POSIX locales.",
    functions: &[
        m("setlocale", "(category, locale=None, /)", setlocale, "Activates/queries locale processing."),
        m("localeconv", "()", localeconv, "Returns numeric and monetary locale-specific parameters."),
        m(
            "nl_langinfo",
            "(key, /)",
            nl_langinfo,
            "Return the value for the locale information associated with key.",
        ),
        m("strcoll", "(os1, os2, /)", strcoll, "Compares two strings according to the locale."),
        m(
            "strxfrm",
            "(string, /)",
            strxfrm,
            "Return a string that can be used as a key for locale-aware comparisons.",
        ),
        m("getencoding", "()", getencoding, "Get the current locale encoding."),
        m("gettext", "(msg, /)", gettext, "gettext(msg) -> string"),
        m("dgettext", "(domain, msg, /)", dgettext, "dgettext(domain, msg) -> string"),
        m(
            "dcgettext",
            "(domain, msg, category, /)",
            dgettext,
            "Return translation of msg in domain and category.",
        ),
        m(
            "textdomain",
            "(domain, /)",
            textdomain,
            "Set the C library's textdmain to domain, returning the new domain.",
        ),
        m("bindtextdomain", "(domain, dir, /)", bindtextdomain, "Bind the C library's domain to dir."),
        m(
            "bind_textdomain_codeset",
            "(domain, codeset, /)",
            bind_textdomain_codeset,
            "Bind the C library's domain to codeset.",
        ),
    ],
    init: Some(init),
    ..ModuleSpec::EMPTY
};
