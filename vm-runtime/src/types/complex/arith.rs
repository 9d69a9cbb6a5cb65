//! Complex arithmetic on pairs of floats; infinities and zeros that come out as NaN are recovered as C11 annex G says.
use crate::prelude::{Raised, Thread};

/// Real and imaginary part.
pub type Pair = (f64, f64);

/// Why a power has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerError {
    /// Zero to a negative or complex power.
    Zero,
    /// The result overflows.
    Overflow,
}

impl PowerError {
    /// Raises the exception.
    pub fn raise(self, th: &Thread) -> Raised {
        match self {
            PowerError::Zero => th.zero_division_error("zero to a negative or complex power"),
            PowerError::Overflow => th.overflow_error("complex exponentiation"),
        }
    }
}

/// `z + w`.
#[must_use]
pub fn add(z: Pair, w: Pair) -> Pair {
    (z.0 + w.0, z.1 + w.1)
}

/// `z - w`.
#[must_use]
pub fn sub(z: Pair, w: Pair) -> Pair {
    (z.0 - w.0, z.1 - w.1)
}

/// 1 for an infinity and 0 for others, with the sign.
fn boxed(x: f64) -> f64 {
    (if x.is_infinite() { 1.0_f64 } else { 0.0 }).copysign(x)
}

fn nan_to_zero(x: f64) -> f64 {
    if x.is_nan() { 0.0_f64.copysign(x) } else { x }
}

/// `z * w`.
#[must_use]
pub fn mul(z: Pair, w: Pair) -> Pair {
    let ((mut a, mut b), (mut c, mut d)) = (z, w);
    let (ac, bd, ad, bc) = (a * c, b * d, a * d, b * c);
    let product = (ac - bd, ad + bc);
    if !(product.0.is_nan() && product.1.is_nan()) {
        return product;
    }
    let mut again = false;
    if a.is_infinite() || b.is_infinite() {
        (a, b) = (boxed(a), boxed(b));
        (c, d) = (nan_to_zero(c), nan_to_zero(d));
        again = true;
    }
    if c.is_infinite() || d.is_infinite() {
        (c, d) = (boxed(c), boxed(d));
        (a, b) = (nan_to_zero(a), nan_to_zero(b));
        again = true;
    }
    if !again && (ac.is_infinite() || bd.is_infinite() || ad.is_infinite() || bc.is_infinite()) {
        (a, b) = (nan_to_zero(a), nan_to_zero(b));
        (c, d) = (nan_to_zero(c), nan_to_zero(d));
        again = true;
    }
    if again { (f64::INFINITY * (a * c - b * d), f64::INFINITY * (a * d + b * c)) } else { product }
}

/// `z / w`; None if `w` is zero.
#[must_use]
pub fn div(z: Pair, w: Pair) -> Option<Pair> {
    let (size_re, size_im) = (w.0.abs(), w.1.abs());
    let mut quotient = if size_re >= size_im {
        if size_re == 0.0 {
            return None;
        }
        let ratio = w.1 / w.0;
        let denominator = w.0 + w.1 * ratio;
        ((z.0 + z.1 * ratio) / denominator, (z.1 - z.0 * ratio) / denominator)
    } else if size_im >= size_re {
        let ratio = w.0 / w.1;
        let denominator = w.0 * ratio + w.1;
        ((z.0 * ratio + z.1) / denominator, (z.1 * ratio - z.0) / denominator)
    } else {
        (f64::NAN, f64::NAN)
    };
    if quotient.0.is_nan() && quotient.1.is_nan() {
        if (z.0.is_infinite() || z.1.is_infinite()) && w.0.is_finite() && w.1.is_finite() {
            let (x, y) = (boxed(z.0), boxed(z.1));
            quotient = (f64::INFINITY * (x * w.0 + y * w.1), f64::INFINITY * (y * w.0 - x * w.1));
        } else if (size_re.is_infinite() || size_im.is_infinite()) && z.0.is_finite() && z.1.is_finite() {
            let (x, y) = (boxed(w.0), boxed(w.1));
            quotient = (0.0 * (z.0 * x + z.1 * y), 0.0 * (z.1 * x - z.0 * y));
        }
    }
    Some(quotient)
}

/// `x / w` for a real `x`; None if `w` is zero.
#[must_use]
pub fn div_real(x: f64, w: Pair) -> Option<Pair> {
    let (size_re, size_im) = (w.0.abs(), w.1.abs());
    let mut quotient = if size_re >= size_im {
        if size_re == 0.0 {
            return None;
        }
        let ratio = w.1 / w.0;
        let denominator = w.0 + w.1 * ratio;
        (x / denominator, (-x * ratio) / denominator)
    } else if size_im >= size_re {
        let ratio = w.0 / w.1;
        let denominator = w.0 * ratio + w.1;
        ((x * ratio) / denominator, -x / denominator)
    } else {
        (f64::NAN, f64::NAN)
    };
    if quotient.0.is_nan()
        && quotient.1.is_nan()
        && x.is_finite()
        && (size_re.is_infinite() || size_im.is_infinite())
    {
        let (a, b) = (boxed(w.0), boxed(w.1));
        quotient = (0.0 * (x * a), 0.0 * (-x * b));
    }
    Some(quotient)
}

fn power_unsigned(z: Pair, n: u32) -> Pair {
    let mut result = (1.0, 0.0);
    let mut square = z;
    let mut mask = 1;
    while n >= mask {
        if n & mask != 0 {
            result = mul(result, square);
        }
        mask <<= 1;
        square = mul(square, square);
    }
    result
}

/// `z ** w`.
///
/// # Errors
/// See `PowerError`.
pub fn power(z: Pair, w: Pair) -> Result<Pair, PowerError> {
    let result = if w.1 == 0.0 && w.0 == w.0.floor() && w.0.abs() <= 100.0 {
        let n = w.0.abs() as u32;
        if w.0 > 0.0 {
            power_unsigned(z, n)
        } else {
            div((1.0, 0.0), power_unsigned(z, n)).ok_or(PowerError::Zero)?
        }
    } else if z == (0.0, 0.0) {
        if w.1 != 0.0 || w.0 < 0.0 {
            return Err(PowerError::Zero);
        }
        (0.0, 0.0)
    } else {
        let magnitude = z.0.hypot(z.1);
        let mut length = magnitude.powf(w.0);
        let angle = z.1.atan2(z.0);
        let mut phase = angle * w.0;
        if w.1 != 0.0 {
            length *= (-angle * w.1).exp();
            phase += w.1 * magnitude.ln();
        }
        (length * phase.cos(), length * phase.sin())
    };
    if result.0.is_infinite() || result.1.is_infinite() {
        return Err(PowerError::Overflow);
    }
    Ok(result)
}
