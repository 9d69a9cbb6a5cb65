//! Source text: decoding, and from byte offsets to lines and columns.

use crate::error::{CompileError, DecodeError, ErrorKind};
use std::borrow::Cow;

/// Where the lines of a source begin.
#[derive(Debug)]
pub struct Lines<'a> {
    pub source: &'a str,
    starts: Vec<u32>,
}

impl<'a> Lines<'a> {
    #[must_use]
    pub fn new(source: &'a str) -> Lines<'a> {
        let bytes = source.as_bytes();
        let mut starts = vec![0];
        for (i, &b) in bytes.iter().enumerate() {
            if b == b'\n' || (b == b'\r' && bytes.get(i + 1) != Some(&b'\n')) {
                starts.push(i as u32 + 1);
            }
        }
        Lines { source, starts }
    }

    /// 1-based line of a byte offset.
    #[must_use]
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|s| *s <= offset) as u32
    }

    /// 1-based line and 0-based byte column.
    #[must_use]
    pub fn line_col(&self, offset: u32) -> (u32, u32) {
        let line = self.line(offset);
        let mut start = self.starts.get(line as usize - 1).copied().unwrap_or(0);
        if line == 1 && self.source.starts_with('\u{feff}') {
            start = 3.min(offset);
        }
        (line, offset.saturating_sub(start))
    }

    /// The byte offset at which a 1-based line begins.
    #[must_use]
    pub fn start_of(&self, line: u32) -> u32 {
        self.starts.get((line as usize).wrapping_sub(1)).copied().unwrap_or(self.source.len() as u32)
    }

    /// The text of a 1-based line, with its line end.
    #[must_use]
    pub fn text(&self, line: u32) -> Option<&'a str> {
        let start = *self.starts.get((line as usize).checked_sub(1)?)? as usize;
        let end = self.starts.get(line as usize).map_or(self.source.len(), |e| *e as usize);
        self.source.get(start..end)
    }

    /// Number of lines.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.starts.len() as u32
    }
}

/// A source with every end of a line as a newline, which is also what stands in its strings.
#[must_use]
pub fn with_newlines(source: &str) -> Cow<'_, str> {
    if !source.contains('\r') {
        return Cow::Borrowed(source);
    }
    Cow::Owned(source.replace("\r\n", "\n").replace('\r', "\n"))
}

fn fault(line: u32, msg: String) -> DecodeError {
    DecodeError::Syntax(CompileError {
        kind: ErrorKind::Syntax,
        msg,
        filename: String::new(),
        lineno: line,
        offset: 0,
        end_lineno: line,
        text: None,
        ..CompileError::default()
    })
}

fn placed(line: u32, offset: u32, end: u32, msg: String, text: String) -> DecodeError {
    DecodeError::Syntax(CompileError {
        msg,
        lineno: line,
        offset,
        end_lineno: line,
        end_offset: i32::try_from(end).unwrap_or(0),
        text: Some(text),
        ..CompileError::default()
    })
}

/// The error of a source with a byte order mark, a line of which names another encoding.
fn with_mark(body: &[u8], number: u32, name: &str) -> DecodeError {
    let line = body.split(|b| *b == b'\n').nth(number as usize - 1).unwrap_or_default();
    let text = String::from_utf8_lossy(line).into_owned();
    let end = u32::try_from(text.chars().count()).unwrap_or(0) + u32::from(number > 1);
    placed(number, 0, end, format!("encoding problem: {name} with BOM"), text)
}

/// What is wrong with the bytes of a source file, line by line as CPython reads it: a byte that is not UTF-8 where no
/// encoding is declared, or a null byte.
#[must_use]
pub fn file_fault(bytes: &[u8], filename: &str) -> Option<CompileError> {
    let declared = bytes.split(|b| *b == b'\n').take(2).any(|line| cookie(line).is_some());
    for (i, line) in bytes.split(|b| *b == b'\n').enumerate() {
        let bad = std::str::from_utf8(line).err().filter(|_| !declared).map(|e| e.valid_up_to());
        let nul = line.iter().position(|b| *b == 0);
        let number = u32::try_from(i + 1).unwrap_or(u32::MAX);
        let (msg, offset, shown) = match (bad, nul) {
            (Some(at), _) => {
                let byte = line.get(at).copied().unwrap_or(0);
                let before = String::from_utf8_lossy(line.get(..at).unwrap_or_default()).chars().count();
                let msg = format!(
                    "Non-UTF-8 code starting with '\\x{byte:02x}' in file {filename} on line {number}, but no encoding declared; see https://peps.python.org/pep-0263/ for details"
                );
                (msg, u32::try_from(before + 1).unwrap_or(u32::MAX), line)
            }
            (None, Some(at)) => {
                ("source code cannot contain null bytes".to_owned(), 0, line.get(..at).unwrap_or_default())
            }
            (None, None) => continue,
        };
        return Some(CompileError {
            kind: ErrorKind::Syntax,
            msg,
            filename: filename.to_owned(),
            lineno: number,
            offset,
            end_lineno: number,
            end_offset: i32::try_from(offset).unwrap_or(0),
            text: Some(format!("{}\n", String::from_utf8_lossy(shown))),
            ..CompileError::default()
        });
    }
    None
}

/// The codec that a PEP 263 cookie in this line names.
fn cookie(line: &[u8]) -> Option<String> {
    let start = line.iter().position(|b| !matches!(b, b' ' | b'\t' | b'\x0c'))?;
    let comment = line.get(start..).filter(|c| c.first() == Some(&b'#'))?;
    let mut rest = comment;
    while let Some(i) = rest.windows(6).position(|w| w == b"coding") {
        let after = rest.get(i + 6..)?;
        if let Some((b':' | b'=', tail)) = after.split_first() {
            let name: Vec<u8> = tail
                .iter()
                .skip_while(|b| matches!(b, b' ' | b'\t'))
                .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
                .copied()
                .collect();
            if !name.is_empty() {
                return String::from_utf8(name).ok();
            }
        }
        rest = after;
    }
    None
}

/// Source bytes to text: a byte order mark, else the coding cookie of the first two lines, else UTF-8.
///
/// # Errors
/// [`DecodeError::OtherCodec`] where another codec is named; a SyntaxError where the bytes are not valid.
pub fn decode_source(bytes: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
    let bom = bytes.starts_with(b"\xef\xbb\xbf");
    let body = if bom { bytes.get(3..).unwrap_or_default() } else { bytes };
    if body.contains(&0) {
        return Err(fault(0, "source code cannot contain null bytes".into()));
    }
    let mut codec = None;
    let mut number = 0;
    for line in body.split(|b| *b == b'\n' || *b == b'\r').take(2) {
        number += 1;
        codec = cookie(line);
        let blank = line.iter().find(|b| !matches!(b, b' ' | b'\t' | b'\x0c'));
        if codec.is_some() || blank.is_some_and(|b| *b != b'#') {
            break;
        }
    }
    let normal = codec.as_deref().map(|c| {
        let c: String =
            c.chars().take(12).map(|ch| if ch == '_' { '-' } else { ch.to_ascii_lowercase() }).collect();
        c
    });
    let is = |name: &str| {
        normal
            .as_deref()
            .is_some_and(|n| n == name || n.strip_prefix(name).is_some_and(|r| r.starts_with('-')))
    };
    if bom && normal.as_deref() == Some("utf8") {
        return Err(with_mark(body, number, &codec.unwrap_or_default()));
    }
    if normal.is_none() || is("utf-8") || normal.as_deref() == Some("utf8") {
        return match std::str::from_utf8(body) {
            Ok(s) => Ok(Cow::Borrowed(s)),
            Err(e) => {
                let at = e.valid_up_to();
                let line = 1 + body.iter().take(at).filter(|b| **b == b'\n').count() as u32;
                let byte = body.get(at).copied().unwrap_or(0);
                if normal.as_deref() == Some("utf8") {
                    let reason = if body.len() - at < 4 && e.error_len().is_none() {
                        "unexpected end of data"
                    } else if matches!(byte, 0xc2..=0xf4) {
                        "invalid continuation byte"
                    } else {
                        "invalid start byte"
                    };
                    let msg =
                        format!("'utf-8' codec can't decode byte 0x{byte:02x} in position {at}: {reason}");
                    return Err(fault(0, msg));
                }
                let msg = format!(
                    "Non-UTF-8 code starting with '\\x{byte:02x}' on line {line}, but no encoding declared; see https://peps.python.org/pep-0263/ for details"
                );
                let before = body.get(..at).unwrap_or_default();
                let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |p| p + 1);
                let end = body.iter().skip(at).position(|b| *b == b'\n').map_or(body.len(), |p| at + p);
                let valid = std::str::from_utf8(before.get(start..).unwrap_or_default()).unwrap_or_default();
                let offset = u32::try_from(valid.chars().count() + 1).unwrap_or(u32::MAX);
                let text = String::from_utf8_lossy(body.get(start..end).unwrap_or_default()).into_owned();
                Err(placed(line, offset, offset, msg, text))
            }
        };
    }
    let name = codec.unwrap_or_default();
    if bom {
        let latin = is("latin-1") || is("iso-8859-1") || is("iso-latin-1");
        let name = if latin { "iso-8859-1" } else { &name };
        return Err(with_mark(body, number, name));
    }
    if is("latin-1") || is("iso-8859-1") || is("iso-latin-1") || is("latin1") {
        return Ok(Cow::Owned(body.iter().map(|b| char::from(*b)).collect()));
    }
    if is("ascii") || is("us-ascii") {
        return match body.iter().position(|b| !b.is_ascii()) {
            None => Ok(String::from_utf8_lossy(body)),
            Some(i) => {
                let byte = body.get(i).copied().unwrap_or(0);
                Err(fault(
                    0,
                    format!(
                        "'ascii' codec can't decode byte 0x{byte:02x} in position {i}: ordinal not in range(128)"
                    ),
                ))
            }
        };
    }
    Err(DecodeError::OtherCodec(name))
}
