//! The operators and their kinds.

use super::kind::{Kind, OP};

const ONE: [(&[u8; 1], Kind); 24] = [
    (b"(", 7),
    (b")", 8),
    (b"[", 9),
    (b"]", 10),
    (b":", 11),
    (b",", 12),
    (b";", 13),
    (b"+", 14),
    (b"-", 15),
    (b"*", 16),
    (b"/", 17),
    (b"|", 18),
    (b"&", 19),
    (b"<", 20),
    (b">", 21),
    (b"=", 22),
    (b".", 23),
    (b"%", 24),
    (b"{", 25),
    (b"}", 26),
    (b"~", 31),
    (b"^", 32),
    (b"@", 49),
    (b"!", 54),
];
const TWO: [(&[u8; 2], Kind); 19] = [
    (b"==", 27),
    (b"!=", 28),
    (b"<=", 29),
    (b">=", 30),
    (b"<<", 33),
    (b">>", 34),
    (b"**", 35),
    (b"+=", 36),
    (b"-=", 37),
    (b"*=", 38),
    (b"/=", 39),
    (b"%=", 40),
    (b"&=", 41),
    (b"|=", 42),
    (b"^=", 43),
    (b"//", 47),
    (b"@=", 50),
    (b"->", 51),
    (b":=", 53),
];
const THREE: [(&[u8; 3], Kind); 5] = [(b"<<=", 44), (b">>=", 45), (b"**=", 46), (b"//=", 48), (b"...", 52)];

/// The kind of a character alone; [`OP`] if it is no operator.
pub fn one(c: u8) -> Kind {
    ONE.iter().find(|(o, _)| o[0] == c).map_or(OP, |o| o.1)
}

/// The kind of two characters, if they are an operator.
pub fn two(a: u8, b: u8) -> Option<Kind> {
    TWO.iter().find(|(o, _)| **o == [a, b]).map(|o| o.1)
}

/// The kind of three characters, if they are an operator.
pub fn three(a: u8, b: u8, c: u8) -> Option<Kind> {
    THREE.iter().find(|(o, _)| **o == [a, b, c]).map(|o| o.1)
}
