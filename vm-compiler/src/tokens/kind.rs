//! The numbers of the kinds of tokens, as in `token.py`.

/// A kind of token.
pub type Kind = u8;

pub const ENDMARKER: Kind = 0;
pub const NAME: Kind = 1;
pub const NUMBER: Kind = 2;
pub const STRING: Kind = 3;
pub const NEWLINE: Kind = 4;
pub const INDENT: Kind = 5;
pub const DEDENT: Kind = 6;
/// Any operator; those of `operators` lie between [`DEDENT`] and this.
pub const OP: Kind = 55;
pub const FSTRING_START: Kind = 59;
pub const FSTRING_MIDDLE: Kind = 60;
pub const FSTRING_END: Kind = 61;
pub const TSTRING_START: Kind = 62;
pub const TSTRING_MIDDLE: Kind = 63;
pub const TSTRING_END: Kind = 64;
pub const COMMENT: Kind = 65;
pub const NL: Kind = 66;

/// Whether tokens of this kind are parts of string literals, whose lines are all shown.
#[must_use]
pub fn is_string(kind: Kind) -> bool {
    kind == STRING || (FSTRING_START..=TSTRING_END).contains(&kind)
}
