//! Texts as the engine sees them, and running it.
//!
//! The engine knows nothing of threads: a drive polls for signals as it moves, and leaves the engine by unwinding if one
//! raised. The engine's state is dropped on the way.
use rustpython_sre_engine::{Request, State, StrDrive, StringCursor};
use rustpython_wtf8::Wtf8;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use vm_runtime::buffer::BytesLike;
use vm_runtime::prelude::*;

/// Moves between two looks for signals.
const PATIENCE: u32 = 200_000;

thread_local! {
    static MOVES: Cell<u32> = const { Cell::new(0) };
}

/// What unwinds through the engine when a signal handler raised.
struct Interrupted(Raised);

#[inline(always)]
fn step() {
    let moves = MOVES.get();
    if moves >= PATIENCE { poll() } else { MOVES.set(moves + 1) }
}

#[cold]
fn poll() {
    MOVES.set(0);
    if let Some(th) = Thread::current()
        && let Err(raised) = th.check_signals()
    {
        resume_unwind(Box::new(Interrupted(raised)));
    }
}

/// A text of one byte a character.
#[derive(Clone, Copy)]
pub struct Narrow<'a>(&'a [u8]);

/// Any text.
#[derive(Clone, Copy)]
pub struct Wide<'a>(&'a Str);

impl StrDrive for Narrow<'_> {
    fn count(&self) -> usize {
        self.0.len()
    }
    fn create_cursor(&self, n: usize) -> StringCursor {
        self.0.create_cursor(n.min(self.0.len()))
    }
    fn adjust_cursor(&self, cursor: &mut StringCursor, n: usize) {
        *cursor = self.create_cursor(n);
    }
    #[inline(always)]
    fn advance(cursor: &mut StringCursor) -> u32 {
        step();
        // Not the slice's own `advance`, which reads the character after.
        let c = <&[u8]>::peek(cursor);
        <&[u8]>::skip(cursor, 1);
        c
    }
    #[inline(always)]
    fn peek(cursor: &StringCursor) -> u32 {
        <&[u8]>::peek(cursor)
    }
    #[inline(always)]
    fn skip(cursor: &mut StringCursor, n: usize) {
        step();
        <&[u8]>::skip(cursor, n);
    }
    #[inline(always)]
    fn back_advance(cursor: &mut StringCursor) -> u32 {
        step();
        <&[u8]>::back_advance(cursor)
    }
    #[inline(always)]
    fn back_peek(cursor: &StringCursor) -> u32 {
        <&[u8]>::back_peek(cursor)
    }
    #[inline(always)]
    fn back_skip(cursor: &mut StringCursor, n: usize) {
        step();
        <&[u8]>::back_skip(cursor, n);
    }
}

impl StrDrive for Wide<'_> {
    fn count(&self) -> usize {
        self.0.char_len()
    }
    fn create_cursor(&self, n: usize) -> StringCursor {
        let rest = self.0.as_bytes().get(self.0.byte_of(n)..).unwrap_or_default();
        let mut cursor = rest.create_cursor(0);
        cursor.position = n;
        cursor
    }
    fn adjust_cursor(&self, cursor: &mut StringCursor, n: usize) {
        *cursor = self.create_cursor(n);
    }
    #[inline(always)]
    fn advance(cursor: &mut StringCursor) -> u32 {
        step();
        <&Wtf8>::advance(cursor)
    }
    #[inline(always)]
    fn peek(cursor: &StringCursor) -> u32 {
        <&Wtf8>::peek(cursor)
    }
    #[inline(always)]
    fn skip(cursor: &mut StringCursor, n: usize) {
        step();
        <&Wtf8>::skip(cursor, n);
    }
    #[inline(always)]
    fn back_advance(cursor: &mut StringCursor) -> u32 {
        step();
        <&Wtf8>::back_advance(cursor)
    }
    #[inline(always)]
    fn back_peek(cursor: &StringCursor) -> u32 {
        <&Wtf8>::back_peek(cursor)
    }
    #[inline(always)]
    fn back_skip(cursor: &mut StringCursor, n: usize) {
        step();
        <&Wtf8>::back_skip(cursor, n);
    }
}

/// A text to be searched, held for as long as that takes.
pub enum Subject {
    /// A string.
    Text(Value),
    /// A bytes-like object.
    Bytes(BytesLike),
}

impl Subject {
    /// The subject of an argument.
    ///
    /// # Errors
    /// TypeError.
    pub fn new(th: &Thread, v: &Value) -> PyResult<Subject> {
        if v.as_str().is_some() {
            return Ok(Subject::Text(v.clone()));
        }
        if !th.has_buffer(v) {
            return Err(
                th.type_error(format!("expected string or bytes-like object, got '{}'", v.type_name(th)))
            );
        }
        Ok(Subject::Bytes(th.bytes_like(v)?))
    }

    /// Whether this is bytes.
    #[must_use]
    pub fn is_bytes(&self) -> bool {
        matches!(self, Subject::Bytes(_))
    }

    fn text(&self) -> Option<&Str> {
        match self {
            Subject::Text(v) => v.as_str(),
            Subject::Bytes(_) => None,
        }
    }

    /// Number of characters.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Subject::Text(v) => v.as_str().map_or(0, Str::char_len),
            Subject::Bytes(b) => b.len(),
        }
    }

    /// A part of the text as an object.
    ///
    /// # Errors
    /// MemoryError.
    pub fn slice(&self, th: &Thread, start: usize, end: usize) -> PyResult<Value> {
        let end = end.min(self.len());
        let start = start.min(end);
        match self {
            Subject::Text(v) => match v.as_str() {
                Some(text) if start == 0 && end == text.char_len() && th.is_exact(v, th.types().str) => {
                    Ok(v.clone())
                }
                Some(text) => th.try_str(text.chars_range(start, end)),
                None => Ok(th.empty_str()),
            },
            Subject::Bytes(BytesLike::Bytes(v))
                if start == 0 && end == self.len() && th.is_exact(v, th.types().bytes) =>
            {
                Ok(v.clone())
            }
            Subject::Bytes(b) => th.try_bytes(b.get(start..end).unwrap_or_default()),
        }
    }
}

/// What to look for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A match that begins at the start.
    Match,
    /// A match of everything from start to end.
    Full,
    /// The first match anywhere.
    Search,
}

/// Where a match and its groups were found.
pub struct Found {
    /// The whole match, then its groups.
    pub spans: Vec<Option<(usize, usize)>>,
    /// The group that was closed last; 0: none.
    pub last_index: usize,
}

impl Found {
    /// Start and end of the whole match.
    #[must_use]
    pub fn whole(&self) -> (usize, usize) {
        self.spans.first().copied().flatten().unwrap_or((0, 0))
    }
}

/// One run of the engine.
pub struct Search<'a> {
    /// The compiled code.
    pub code: &'a [u32],
    /// Number of groups.
    pub groups: usize,
    /// Where to begin.
    pub start: usize,
    /// Where the text ends.
    pub end: usize,
    /// Whether an empty match at the start is not wanted.
    pub must_advance: bool,
    /// What to look for.
    pub mode: Mode,
}

impl Search<'_> {
    /// Runs the engine.
    ///
    /// # Errors
    /// What a signal handler raised; RuntimeError for invalid code.
    pub fn run(&self, th: &Thread, subject: &Subject) -> PyResult<Option<Found>> {
        if self.start > self.end {
            return Ok(None);
        }
        let run = AssertUnwindSafe(|| match subject {
            Subject::Bytes(b) => self.run_on(Narrow(b)),
            Subject::Text(_) => match subject.text() {
                Some(text) if text.is_ascii() => self.run_on(Narrow(text.as_bytes())),
                Some(text) => self.run_on(Wide(text)),
                None => None,
            },
        });
        match catch_unwind(run) {
            Ok(found) => Ok(found),
            Err(payload) => Err(match payload.downcast::<Interrupted>() {
                Ok(interrupted) => interrupted.0,
                // Only code that `re` did not make can do this.
                Err(_) => th.runtime_error("invalid SRE code"),
            }),
        }
    }

    fn run_on<S: StrDrive>(&self, drive: S) -> Option<Found> {
        let mut request = Request::new(drive, self.start, self.end, self.code, self.mode == Mode::Full);
        request.must_advance = self.must_advance;
        let mut state = State::default();
        let matched = match self.mode {
            Mode::Search => state.search(request),
            Mode::Match | Mode::Full => state.py_match(&request),
        };
        if !matched {
            return None;
        }
        let mut spans = Vec::with_capacity(self.groups + 1);
        spans.push(Some((state.start, state.cursor.position)));
        for group in 0..self.groups {
            let (start, end) = state.marks.get(group);
            spans.push(start.into_option().zip(end.into_option()));
        }
        Some(Found { spans, last_index: usize::try_from(state.marks.last_index()).unwrap_or(0) })
    }
}
