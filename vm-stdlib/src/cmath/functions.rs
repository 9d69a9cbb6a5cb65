//! The elementary functions of complex numbers (C99 annex G; W. Kahan, "Branch cuts for complex elementary functions").
use super::special::{self, Pair, lookup};
use crate::math::libm::{asinh as real_asinh, ldexp};
use std::f64::consts::{E, FRAC_PI_2, LN_2, LN_10};

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MathError {
    /// ValueError.
    Domain,
    /// OverflowError.
    Range,
}

/// A value, or why there is none.
pub type Outcome = Result<Pair, MathError>;

const LARGE: f64 = f64::MAX / 4.0;
/// The logarithm of `LARGE`.
const LOG_LARGE: f64 = 708.396_418_532_264_1;

fn sqrt_large() -> f64 {
    LARGE.sqrt()
}

const fn finite(z: Pair) -> bool {
    z.0.is_finite() && z.1.is_finite()
}

fn checked(z: Pair) -> Outcome {
    if z.0.is_infinite() || z.1.is_infinite() { Err(MathError::Range) } else { Ok(z) }
}

/// An infinite real part with a finite, non-zero imaginary one: the direction is known.
fn directed(z: Pair) -> bool {
    z.0.is_infinite() && z.1.is_finite() && z.1 != 0.0
}

pub fn acos(z: Pair) -> Outcome {
    if !finite(z) {
        return Ok(lookup(&special::ACOS, z));
    }
    let (x, y) = z;
    if x.abs() > LARGE || y.abs() > LARGE {
        let re = y.abs().atan2(x);
        let size = (x / 2.0).hypot(y / 2.0).ln() + LN_2 * 2.0;
        // Cases that keep the branch cut continuous.
        return Ok((re, if x < 0.0 { -size.copysign(y) } else { size.copysign(-y) }));
    }
    let (a, b) = (sqrt((1.0 - x, -y))?, sqrt((1.0 + x, y))?);
    Ok((2.0 * a.0.atan2(b.0), real_asinh(b.0 * a.1 - b.1 * a.0)))
}

pub fn acosh(z: Pair) -> Outcome {
    if !finite(z) {
        return Ok(lookup(&special::ACOSH, z));
    }
    let (x, y) = z;
    if x.abs() > LARGE || y.abs() > LARGE {
        return Ok(((x / 2.0).hypot(y / 2.0).ln() + LN_2 * 2.0, y.atan2(x)));
    }
    let (a, b) = (sqrt((x - 1.0, y))?, sqrt((x + 1.0, y))?);
    Ok((real_asinh(a.0 * b.0 + a.1 * b.1), 2.0 * a.1.atan2(b.0)))
}

pub fn asin(z: Pair) -> Outcome {
    asinh((-z.1, z.0)).map(|s| (s.1, -s.0))
}

pub fn asinh(z: Pair) -> Outcome {
    if !finite(z) {
        return Ok(lookup(&special::ASINH, z));
    }
    let (x, y) = z;
    if x.abs() > LARGE || y.abs() > LARGE {
        let size = (x / 2.0).hypot(y / 2.0).ln() + LN_2 * 2.0;
        let re = if y.is_sign_positive() { size.copysign(x) } else { -size.copysign(-x) };
        return Ok((re, y.atan2(x.abs())));
    }
    let (a, b) = (sqrt((1.0 + y, -x))?, sqrt((1.0 - y, x))?);
    Ok((real_asinh(a.0 * b.1 - b.0 * a.1), y.atan2(a.0 * b.0 - a.1 * b.1)))
}

pub fn atan(z: Pair) -> Outcome {
    atanh((-z.1, z.0)).map(|s| (s.1, -s.0))
}

pub fn atanh(z: Pair) -> Outcome {
    if !finite(z) {
        return Ok(lookup(&special::ATANH, z));
    }
    let (x, y) = z;
    if x.is_sign_negative() {
        return atanh((-x, -y)).map(|s| (-s.0, -s.1));
    }
    let size = y.abs();
    if x > sqrt_large() || size > sqrt_large() {
        let h = (x / 2.0).hypot(y / 2.0);
        // The sign of the imaginary part is that of y.
        return Ok((x / 4.0 / h / h, -FRAC_PI_2.copysign(-y)));
    }
    if x == 1.0 && size < f64::MIN_POSITIVE.sqrt() {
        if size == 0.0 {
            return Err(MathError::Domain);
        }
        return Ok((-(size.sqrt() / size.hypot(2.0).sqrt()).ln(), (2.0_f64.atan2(-size) / 2.0).copysign(y)));
    }
    Ok((
        (4.0 * x / ((1.0 - x) * (1.0 - x) + size * size)).ln_1p() / 4.0,
        -(-2.0 * y).atan2((1.0 - x) * (1.0 + x) - size * size) / 2.0,
    ))
}

pub fn cos(z: Pair) -> Outcome {
    cosh((-z.1, z.0))
}

pub fn cosh(z: Pair) -> Outcome {
    let (x, y) = z;
    if !finite(z) {
        if directed(z) {
            let im = f64::INFINITY.copysign(y.sin());
            return Ok((f64::INFINITY.copysign(y.cos()), if x > 0.0 { im } else { -im }));
        }
        if y.is_infinite() && !x.is_nan() {
            return Err(MathError::Domain);
        }
        return Ok(lookup(&special::COSH, z));
    }
    checked(if x.abs() > LOG_LARGE {
        let less = x - 1.0_f64.copysign(x);
        (y.cos() * less.cosh() * E, y.sin() * less.sinh() * E)
    } else {
        (y.cos() * x.cosh(), y.sin() * x.sinh())
    })
}

pub fn exp(z: Pair) -> Outcome {
    let (x, y) = z;
    if !finite(z) {
        if directed(z) {
            let size = if x > 0.0 { f64::INFINITY } else { 0.0 };
            return Ok((size.copysign(y.cos()), size.copysign(y.sin())));
        }
        if y.is_infinite() && (x.is_finite() || x == f64::INFINITY) {
            return Err(MathError::Domain);
        }
        return Ok(lookup(&special::EXP, z));
    }
    checked(if x > LOG_LARGE {
        let size = (x - 1.0).exp();
        (size * y.cos() * E, size * y.sin() * E)
    } else {
        let size = x.exp();
        (size * y.cos(), size * y.sin())
    })
}

/// The logarithm; at zero, its limit.
#[must_use]
pub fn log_or_limit(z: Pair) -> Pair {
    if !finite(z) {
        return lookup(&special::LOG, z);
    }
    let (ax, ay) = (z.0.abs(), z.1.abs());
    let re = if ax > LARGE || ay > LARGE {
        (ax / 2.0).hypot(ay / 2.0).ln() + LN_2
    } else if ax < f64::MIN_POSITIVE && ay < f64::MIN_POSITIVE {
        if ax > 0.0 || ay > 0.0 {
            ldexp(ax, 53).hypot(ldexp(ay, 53)).ln() - 53.0 * LN_2
        } else {
            f64::NEG_INFINITY
        }
    } else {
        let h = ax.hypot(ay);
        if (0.71..=1.73).contains(&h) {
            let (more, less) = if ax > ay { (ax, ay) } else { (ay, ax) };
            ((more - 1.0) * (more + 1.0) + less * less).ln_1p() / 2.0
        } else {
            h.ln()
        }
    };
    (re, z.1.atan2(z.0))
}

pub fn log(z: Pair) -> Outcome {
    if z == (0.0, 0.0) { Err(MathError::Domain) } else { Ok(log_or_limit(z)) }
}

pub fn log10(z: Pair) -> Outcome {
    log(z).map(|r| (r.0 / LN_10, r.1 / LN_10))
}

pub fn sin(z: Pair) -> Outcome {
    sinh((-z.1, z.0)).map(|s| (s.1, -s.0))
}

pub fn sinh(z: Pair) -> Outcome {
    let (x, y) = z;
    if !finite(z) {
        if directed(z) {
            let re = f64::INFINITY.copysign(y.cos());
            return Ok((if x > 0.0 { re } else { -re }, f64::INFINITY.copysign(y.sin())));
        }
        if y.is_infinite() && !x.is_nan() {
            return Err(MathError::Domain);
        }
        return Ok(lookup(&special::SINH, z));
    }
    checked(if x.abs() > LOG_LARGE {
        let less = x - 1.0_f64.copysign(x);
        (y.cos() * less.sinh() * E, y.sin() * less.cosh() * E)
    } else {
        (y.cos() * x.sinh(), y.sin() * x.cosh())
    })
}

pub fn sqrt(z: Pair) -> Outcome {
    if !finite(z) {
        return Ok(lookup(&special::SQRT, z));
    }
    let (x, y) = z;
    if x == 0.0 && y == 0.0 {
        return Ok((0.0, y));
    }
    let (ax, ay) = (x.abs(), y.abs());
    let s = if ax < f64::MIN_POSITIVE && ay < f64::MIN_POSITIVE && (ax > 0.0 || ay > 0.0) {
        // Scaled so that hypot does not underflow.
        let ax = ldexp(ax, 53);
        ldexp((ax + ax.hypot(ldexp(ay, 53))).sqrt(), -27)
    } else {
        let ax = ax / 8.0;
        2.0 * (ax + ax.hypot(ay / 8.0)).sqrt()
    };
    let d = ay / (2.0 * s);
    Ok(if x >= 0.0 { (s, d.copysign(y)) } else { (d, s.copysign(y)) })
}

pub fn tan(z: Pair) -> Outcome {
    tanh((-z.1, z.0)).map(|s| (s.1, -s.0))
}

pub fn tanh(z: Pair) -> Outcome {
    let (x, y) = z;
    if !finite(z) {
        if directed(z) {
            return Ok((1.0_f64.copysign(x), 0.0_f64.copysign(2.0 * y.sin() * y.cos())));
        }
        if y.is_infinite() && x.is_finite() {
            return Err(MathError::Domain);
        }
        return Ok(lookup(&special::TANH, z));
    }
    if x.abs() > LOG_LARGE {
        return Ok((1.0_f64.copysign(x), 4.0 * y.sin() * y.cos() * (-2.0 * x.abs()).exp()));
    }
    let (tx, ty) = (x.tanh(), y.tan());
    let cx = 1.0 / x.cosh();
    let product = tx * ty;
    let denominator = 1.0 + product * product;
    Ok((tx * (1.0 + ty * ty) / denominator, ((ty / denominator) * cx) * cx))
}

/// Polar coordinates to rectangular ones.
pub fn rect(r: f64, phi: f64) -> Outcome {
    if !finite((r, phi)) {
        if directed((r, phi)) {
            let (re, im) = (f64::INFINITY.copysign(phi.cos()), f64::INFINITY.copysign(phi.sin()));
            return Ok(if r > 0.0 { (re, im) } else { (-re, -im) });
        }
        if r != 0.0 && !r.is_nan() && phi.is_infinite() {
            return Err(MathError::Domain);
        }
        return Ok(lookup(&special::RECT, (r, phi)));
    }
    Ok(if phi == 0.0 { (r, r * phi) } else { (r * phi.cos(), r * phi.sin()) })
}
