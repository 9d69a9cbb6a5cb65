//! What `compile()` is asked for.

/// The shape of the source, as the third argument of Python's `compile()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A module: statements.
    Exec,
    /// One expression; the code returns its value.
    Eval,
    /// One interactive statement; expression statements go to `sys.displayhook`.
    Single,
}

/// Flags of `compile()` that have a meaning here.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Options {
    /// 0 keeps everything, 1 drops asserts and `__debug__`, 2 drops docstrings as well.
    pub optimize: i32,
    /// Future features that are already in force, as [`future`] flags (inherited ones are the caller's to pass).
    pub future_flags: u32,
    /// `ast.PyCF_ALLOW_TOP_LEVEL_AWAIT`.
    pub allow_top_level_await: bool,
    /// `PyCF_DONT_IMPLY_DEDENT`: an interactive block must be closed by an empty line.
    pub dont_imply_dedent: bool,
    /// `PyCF_ALLOW_INCOMPLETE_INPUT`: source that ends too early is [`crate::ErrorKind::Incomplete`].
    pub allow_incomplete_input: bool,
}

/// `CO_FUTURE_*` flags, as in `__future__`'s `compiler_flag` attributes.
pub mod future {
    /// `nested_scopes`: no effect; accepted by `compile()`.
    pub const NESTED: u32 = 0x10;
    pub const DIVISION: u32 = 0x2_0000;
    pub const ABSOLUTE_IMPORT: u32 = 0x4_0000;
    pub const WITH_STATEMENT: u32 = 0x8_0000;
    pub const PRINT_FUNCTION: u32 = 0x10_0000;
    pub const UNICODE_LITERALS: u32 = 0x20_0000;
    pub const BARRY_AS_BDFL: u32 = 0x40_0000;
    pub const GENERATOR_STOP: u32 = 0x80_0000;
    pub const ANNOTATIONS: u32 = 0x100_0000;
    /// All of them.
    pub const MASK: u32 = DIVISION
        | ABSOLUTE_IMPORT
        | WITH_STATEMENT
        | PRINT_FUNCTION
        | UNICODE_LITERALS
        | BARRY_AS_BDFL
        | GENERATOR_STOP
        | ANNOTATIONS;
}
