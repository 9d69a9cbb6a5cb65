//! Values at infinities, zeros and NaN: one table a function, by kinds of real and imaginary part.
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

/// Real and imaginary part.
pub type Pair = (f64, f64);

/// Seven by seven values: -inf, negative, -0, +0, positive, +inf, NaN; rows by the real part.
pub type Table = [[Pair; 7]; 7];

const N: f64 = f64::NAN;
const I: f64 = f64::INFINITY;
const P: f64 = PI;
const H: f64 = FRAC_PI_2;
const Q: f64 = FRAC_PI_4;
const T: f64 = 3.0 * FRAC_PI_4;
/// Never looked at: both parts are finite.
const U: Pair = (N, N);
const NN: Pair = (N, N);

const fn kind(x: f64) -> usize {
    if x.is_nan() {
        return 6;
    }
    let negative = x.is_sign_negative();
    if x.is_infinite() {
        if negative { 0 } else { 5 }
    } else if x == 0.0 {
        if negative { 2 } else { 3 }
    } else if negative {
        1
    } else {
        4
    }
}

/// The entry for `z`.
#[must_use]
pub fn lookup(table: &Table, z: Pair) -> Pair {
    table.get(kind(z.0)).and_then(|row| row.get(kind(z.1))).copied().unwrap_or(NN)
}

macro_rules! table {
    ($(#[$doc:meta])* $name:ident: $($row:expr;)*) => {
        $(#[$doc])*
        pub static $name: Table = [$($row,)*];
    };
}

table! {
    /// Inverse cosine.
    ACOS:
    [(T, I), (P, I), (P, I), (P, -I), (P, -I), (T, -I), (N, I)];
    [(H, I), U, U, U, U, (H, -I), NN];
    [(H, I), U, (H, 0.0), (H, -0.0), U, (H, -I), (H, N)];
    [(H, I), U, (H, 0.0), (H, -0.0), U, (H, -I), (H, N)];
    [(H, I), U, U, U, U, (H, -I), NN];
    [(Q, I), (0.0, I), (0.0, I), (0.0, -I), (0.0, -I), (Q, -I), (N, I)];
    [(N, I), NN, NN, NN, NN, (N, -I), NN];
}
table! {
    /// Inverse hyperbolic cosine.
    ACOSH:
    [(I, -T), (I, -P), (I, -P), (I, P), (I, P), (I, T), (I, N)];
    [(I, -H), U, U, U, U, (I, H), NN];
    [(I, -H), U, (0.0, -H), (0.0, H), U, (I, H), (N, H)];
    [(I, -H), U, (0.0, -H), (0.0, H), U, (I, H), (N, H)];
    [(I, -H), U, U, U, U, (I, H), NN];
    [(I, -Q), (I, -0.0), (I, -0.0), (I, 0.0), (I, 0.0), (I, Q), (I, N)];
    [(I, N), NN, NN, NN, NN, (I, N), NN];
}
table! {
    /// Inverse hyperbolic sine.
    ASINH:
    [(-I, -Q), (-I, -0.0), (-I, -0.0), (-I, 0.0), (-I, 0.0), (-I, Q), (-I, N)];
    [(-I, -H), U, U, U, U, (-I, H), NN];
    [(-I, -H), U, (-0.0, -0.0), (-0.0, 0.0), U, (-I, H), NN];
    [(I, -H), U, (0.0, -0.0), (0.0, 0.0), U, (I, H), NN];
    [(I, -H), U, U, U, U, (I, H), NN];
    [(I, -Q), (I, -0.0), (I, -0.0), (I, 0.0), (I, 0.0), (I, Q), (I, N)];
    [(I, N), NN, (N, -0.0), (N, 0.0), NN, (I, N), NN];
}
table! {
    /// Inverse hyperbolic tangent.
    ATANH:
    [(-0.0, -H), (-0.0, -H), (-0.0, -H), (-0.0, H), (-0.0, H), (-0.0, H), (-0.0, N)];
    [(-0.0, -H), U, U, U, U, (-0.0, H), NN];
    [(-0.0, -H), U, (-0.0, -0.0), (-0.0, 0.0), U, (-0.0, H), (-0.0, N)];
    [(0.0, -H), U, (0.0, -0.0), (0.0, 0.0), U, (0.0, H), (0.0, N)];
    [(0.0, -H), U, U, U, U, (0.0, H), NN];
    [(0.0, -H), (0.0, -H), (0.0, -H), (0.0, H), (0.0, H), (0.0, H), (0.0, N)];
    [(0.0, -H), NN, NN, NN, NN, (0.0, H), NN];
}
table! {
    /// Hyperbolic cosine.
    COSH:
    [(I, N), U, (I, 0.0), (I, -0.0), U, (I, N), (I, N)];
    [NN, U, U, U, U, NN, NN];
    [(N, 0.0), U, (1.0, 0.0), (1.0, -0.0), U, (N, 0.0), (N, 0.0)];
    [(N, 0.0), U, (1.0, -0.0), (1.0, 0.0), U, (N, 0.0), (N, 0.0)];
    [NN, U, U, U, U, NN, NN];
    [(I, N), U, (I, -0.0), (I, 0.0), U, (I, N), (I, N)];
    [NN, NN, (N, 0.0), (N, 0.0), NN, NN, NN];
}
table! {
    /// Exponential.
    EXP:
    [(0.0, 0.0), U, (0.0, -0.0), (0.0, 0.0), U, (0.0, 0.0), (0.0, 0.0)];
    [NN, U, U, U, U, NN, NN];
    [NN, U, (1.0, -0.0), (1.0, 0.0), U, NN, NN];
    [NN, U, (1.0, -0.0), (1.0, 0.0), U, NN, NN];
    [NN, U, U, U, U, NN, NN];
    [(I, N), U, (I, -0.0), (I, 0.0), U, (I, N), (I, N)];
    [NN, NN, (N, -0.0), (N, 0.0), NN, NN, NN];
}
table! {
    /// Natural logarithm.
    LOG:
    [(I, -T), (I, -P), (I, -P), (I, P), (I, P), (I, T), (I, N)];
    [(I, -H), U, U, U, U, (I, H), NN];
    [(I, -H), U, (-I, -P), (-I, P), U, (I, H), NN];
    [(I, -H), U, (-I, -0.0), (-I, 0.0), U, (I, H), NN];
    [(I, -H), U, U, U, U, (I, H), NN];
    [(I, -Q), (I, -0.0), (I, -0.0), (I, 0.0), (I, 0.0), (I, Q), (I, N)];
    [(I, N), NN, NN, NN, NN, (I, N), NN];
}
table! {
    /// Hyperbolic sine.
    SINH:
    [(I, N), U, (-I, -0.0), (-I, 0.0), U, (I, N), (I, N)];
    [NN, U, U, U, U, NN, NN];
    [(0.0, N), U, (-0.0, -0.0), (-0.0, 0.0), U, (0.0, N), (0.0, N)];
    [(0.0, N), U, (0.0, -0.0), (0.0, 0.0), U, (0.0, N), (0.0, N)];
    [NN, U, U, U, U, NN, NN];
    [(I, N), U, (I, -0.0), (I, 0.0), U, (I, N), (I, N)];
    [NN, NN, (N, -0.0), (N, 0.0), NN, NN, NN];
}
table! {
    /// Square root.
    SQRT:
    [(I, -I), (0.0, -I), (0.0, -I), (0.0, I), (0.0, I), (I, I), (N, I)];
    [(I, -I), U, U, U, U, (I, I), NN];
    [(I, -I), U, (0.0, -0.0), (0.0, 0.0), U, (I, I), NN];
    [(I, -I), U, (0.0, -0.0), (0.0, 0.0), U, (I, I), NN];
    [(I, -I), U, U, U, U, (I, I), NN];
    [(I, -I), (I, -0.0), (I, -0.0), (I, 0.0), (I, 0.0), (I, I), (I, N)];
    [(I, -I), NN, NN, NN, NN, (I, I), NN];
}
table! {
    /// Hyperbolic tangent.
    TANH:
    [(-1.0, 0.0), U, (-1.0, -0.0), (-1.0, 0.0), U, (-1.0, 0.0), (-1.0, 0.0)];
    [NN, U, U, U, U, NN, NN];
    [(-0.0, N), U, (-0.0, -0.0), (-0.0, 0.0), U, (-0.0, N), (-0.0, N)];
    [(0.0, N), U, (0.0, -0.0), (0.0, 0.0), U, (0.0, N), (0.0, N)];
    [NN, U, U, U, U, NN, NN];
    [(1.0, 0.0), U, (1.0, -0.0), (1.0, 0.0), U, (1.0, 0.0), (1.0, 0.0)];
    [NN, NN, (N, -0.0), (N, 0.0), NN, NN, NN];
}
table! {
    /// Polar coordinates to rectangular ones.
    RECT:
    [(I, N), U, (-I, 0.0), (-I, -0.0), U, (I, N), (I, N)];
    [NN, U, U, U, U, NN, NN];
    [(0.0, 0.0), U, (-0.0, 0.0), (-0.0, -0.0), U, (0.0, 0.0), (0.0, 0.0)];
    [(0.0, 0.0), U, (0.0, -0.0), (0.0, 0.0), U, (0.0, 0.0), (0.0, 0.0)];
    [NN, U, U, U, U, NN, NN];
    [(I, N), U, (I, -0.0), (I, 0.0), U, (I, N), (I, N)];
    [NN, NN, (N, 0.0), (N, 0.0), NN, NN, NN];
}
