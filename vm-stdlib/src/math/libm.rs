//! Functions of the C library's mathematics that Rust's `f64` has not, or computes otherwise.
unsafe extern "C" {
    /// Inverse hyperbolic cosine.
    pub safe fn acosh(x: f64) -> f64;
    /// Inverse hyperbolic sine.
    pub safe fn asinh(x: f64) -> f64;
    /// Inverse hyperbolic tangent.
    pub safe fn atanh(x: f64) -> f64;
    /// Error function.
    pub safe fn erf(x: f64) -> f64;
    /// Complementary error function.
    pub safe fn erfc(x: f64) -> f64;
    /// Two to the power of `x`.
    pub safe fn exp2(x: f64) -> f64;
    /// `x * 2**n`.
    pub safe fn ldexp(x: f64, n: i32) -> f64;
    /// Logarithm to base two.
    pub safe fn log2(x: f64) -> f64;
    /// The next float towards `y`.
    pub safe fn nextafter(x: f64, y: f64) -> f64;
}

/// `x` as `m * 2**e` with `0.5 <= |m| < 1`.
#[must_use]
pub fn frexp(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let (scaled, shift) = if x.abs() < f64::MIN_POSITIVE { (x * (1_u64 << 60) as f64, 60) } else { (x, 0) };
    let bits = scaled.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32 - 1022;
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent - shift)
}
