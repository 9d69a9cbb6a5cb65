//! Showing an exception without the library: headers, frames with their source lines, groups, notes, chained exceptions.
use super::Traceback;
use crate::prelude::*;
use crate::types::exception::{extra, group, payload};
use std::fmt::Write;

/// Frames of one function that repeat are shown this many times.
const REPEATS: usize = 3;
const GROUP_WIDTH: usize = 15;
const GROUP_DEPTH: usize = 10;

struct Printer<'a> {
    th: &'a Thread,
    out: String,
    indent: usize,
    depth: usize,
    seen: Vec<u64>,
}

/// The text for an exception.
#[must_use]
pub fn format(th: &Thread, exc: &Value) -> String {
    let mut p = Printer { th, out: String::new(), indent: 0, depth: 0, seen: Vec::new() };
    p.exception(exc);
    p.out
}

/// The text of a traceback and the last line, without chained exceptions.
#[must_use]
pub fn format_one(th: &Thread, exc: &Value) -> String {
    let mut p = Printer { th, out: String::new(), indent: 0, depth: 0, seen: Vec::new() };
    p.traceback(exc, "");
    p.last_line(exc);
    p.out
}

impl Printer<'_> {
    fn line(&mut self, text: &str) {
        for line in text.split('\n') {
            if self.indent > 0 {
                self.out.push_str(&" ".repeat(self.indent));
                self.out.push_str("| ");
            }
            self.out.push_str(line);
            self.out.push('\n');
        }
    }

    fn exception(&mut self, exc: &Value) {
        let th = self.th;
        self.seen.push(exc.identity());
        if let Some(e) = payload(exc) {
            let (cause, context) = (e.cause(th), e.context(th));
            let chained = if !cause.is_none() {
                Some((cause, "\nThe above exception was the direct cause of the following exception:\n"))
            } else if !context.is_none() && !e.suppress_context(th) {
                Some((context, "\nDuring handling of the above exception, another exception occurred:\n"))
            } else {
                None
            };
            if let Some((other, text)) = chained
                && !self.seen.contains(&other.identity())
                && self.seen.len() < 1000
            {
                self.exception(&other);
                self.line(text);
            }
        }
        match group::exceptions(th, exc) {
            Some(items) => self.group(exc, &items),
            None => {
                self.traceback(exc, "");
                self.last_line(exc);
            }
        }
    }

    fn group(&mut self, exc: &Value, items: &[Value]) {
        if self.depth > GROUP_DEPTH {
            let n = items.len();
            return self.line(&format!("... (max_group_depth is {GROUP_DEPTH}, {n} sub-exceptions)"));
        }
        let outer = self.indent == 0;
        if outer {
            self.indent = 2;
            self.out.push_str("  + Exception Group Traceback (most recent call last):\n");
            self.frames(exc);
        } else {
            self.traceback(exc, "Exception Group ");
        }
        self.last_line(exc);
        let n = items.len();
        for (i, item) in items.iter().enumerate() {
            let first = if i == 0 { "+-" } else { "  " };
            let title = if i < GROUP_WIDTH { (i + 1).to_string() } else { "...".to_owned() };
            let _ = writeln!(
                self.out,
                "{}{first}+---------------- {title} ----------------",
                " ".repeat(self.indent)
            );
            self.indent += 2;
            self.depth += 1;
            if i < GROUP_WIDTH {
                self.exception(item);
            } else {
                let more = n - GROUP_WIDTH;
                self.line(&format!("and {more} more exception{}", if more == 1 { "" } else { "s" }));
            }
            self.depth -= 1;
            self.indent -= 2;
            if i >= GROUP_WIDTH || i + 1 == n {
                let _ = writeln!(
                    self.out,
                    "{}+------------------------------------",
                    " ".repeat(self.indent + 2)
                );
                break;
            }
        }
        if outer {
            self.indent = 0;
        }
    }

    fn traceback(&mut self, exc: &Value, kind: &str) {
        if payload(exc).is_some_and(|e| !e.traceback(self.th).is_none()) {
            self.line(&format!("{kind}Traceback (most recent call last):"));
            self.frames(exc);
        }
    }

    fn frames(&mut self, exc: &Value) {
        let th = self.th;
        let mut at = payload(exc).map_or(Value::NONE, |e| e.traceback(th));
        let mut last: Option<(String, String, String)> = None;
        let mut repeats = 0;
        while let Some(tb) = at.payload::<Traceback>() {
            if let Ok(row) = row(th, tb) {
                if last.as_ref() == Some(&row) {
                    repeats += 1;
                } else {
                    self.repeated(repeats);
                    repeats = 0;
                }
                if repeats < REPEATS {
                    let (file, line, name) = &row;
                    self.line(&format!("  File \"{file}\", line {line}, in {name}"));
                    if let Some(source) = source_line(file, line) {
                        self.line(&format!("    {source}"));
                    }
                }
                last = Some(row);
            } else {
                th.clear_error();
            }
            let next = tb.next(th);
            at = next;
        }
        self.repeated(repeats);
    }

    fn repeated(&mut self, repeats: usize) {
        if repeats >= REPEATS {
            let more = repeats + 1 - REPEATS;
            let s = if more == 1 { "" } else { "s" };
            self.line(&format!("  [Previous line repeated {more} more time{s}]"));
        }
    }

    fn last_line(&mut self, exc: &Value) {
        let th = self.th;
        self.syntax_position(exc);
        let name = class_name(th, exc);
        let text = match th.str_text(exc) {
            Ok(text) => text,
            Err(_) => {
                th.clear_error();
                "<exception str() failed>".to_owned()
            }
        };
        let text = if is_syntax(th, exc) {
            payload(exc)
                .map_or(text, |e| th.str_text(&e.extra_or_none(th, extra::SYNTAX_MSG)).unwrap_or_default())
        } else {
            text
        };
        if text.is_empty() {
            self.line(&name);
        } else {
            self.line(&format!("{name}: {text}"));
        }
        self.notes(exc);
    }

    fn notes(&mut self, exc: &Value) {
        let th = self.th;
        let notes = th.get_attr_opt(exc, &th.names().__notes__);
        let Ok(Some(notes)) = notes else {
            th.clear_error();
            return;
        };
        let Some(list) = notes.payload::<List>() else { return };
        for note in list.to_vec(th) {
            match th.str_text(&note) {
                Ok(text) => self.line(&text),
                Err(_) => {
                    th.clear_error();
                    self.line("<note str() failed>");
                }
            }
        }
    }

    fn syntax_position(&mut self, exc: &Value) {
        let th = self.th;
        let Some(e) = payload(exc).filter(|_| is_syntax(th, exc)) else { return };
        let Some(line) = e.extra(th, extra::SYNTAX_LINENO).as_small_int() else { return };
        let file = e.extra_or_none(th, extra::SYNTAX_FILENAME);
        let file =
            if file.is_none() { "<string>".to_owned() } else { th.str_text(&file).unwrap_or_default() };
        self.line(&format!("  File \"{file}\", line {line}"));
        let text = e.extra_or_none(th, extra::SYNTAX_TEXT);
        let Some(text) = text.as_str().map(|s| s.as_wtf8().to_string_lossy().into_owned()) else { return };
        let text = text.trim_end_matches(['\n', '\r']);
        let shown = text.trim_start_matches([' ', '\t', '\x0c']);
        self.line(&format!("    {shown}"));
        let skipped = text.chars().count() - shown.chars().count();
        let number = |i| e.extra(th, i).as_small_int().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
        let offset = number(extra::SYNTAX_OFFSET);
        if offset > skipped {
            let start = offset - skipped - 1;
            let end = number(extra::SYNTAX_END_OFFSET).saturating_sub(skipped + 1).max(start + 1);
            self.line(&format!("    {}{}", " ".repeat(start), "^".repeat(end - start)));
        }
    }
}

fn is_syntax(th: &Thread, exc: &Value) -> bool {
    th.isinstance(exc, th.types().exc.syntax_error)
}

/// The class's name as the last line of a traceback has it.
pub fn class_name(th: &Thread, exc: &Value) -> String {
    let ty = exc.type_of(th);
    let class = ty.value();
    let qualname = th.getattr(&class, &th.names().__qualname__).and_then(|q| th.str_text(&q));
    let module = th.getattr(&class, &th.names().__module__).and_then(|q| th.str_text(&q));
    if th.has_error() {
        th.clear_error();
    }
    let qualname = qualname.unwrap_or_else(|_| ty.name());
    match module {
        Ok(module) if module != "builtins" && module != "__main__" => format!("{module}.{qualname}"),
        _ => qualname,
    }
}

fn row(th: &Thread, tb: &Traceback) -> PyResult<(String, String, String)> {
    let code = th.getattr_str(tb.frame(), "f_code")?;
    let file = th.str_text(&th.getattr_str(&code, "co_filename")?)?;
    let name = th.str_text(&th.getattr_str(&code, "co_name")?)?;
    let line = th.str_text(&tb.line(th)?)?;
    Ok((file, line, name))
}

/// A line of a source file, without its indentation.
fn source_line(file: &str, line: &str) -> Option<String> {
    let line = crate::hooks::source_line(file, line.parse().ok()?)?;
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}
