//! The gamma function and its logarithm, by the Lanczos approximation with N = 13 and g = 6.024680040776729583740234375.
#![allow(clippy::excessive_precision, reason = "the published coefficients, in full")]

use std::f64::consts::PI;

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GammaError {
    /// A pole.
    Domain,
    /// Overflow.
    Range,
}

const G: f64 = 6.024680040776729583740234375;
const G_MINUS_HALF: f64 = 5.524680040776729583740234375;
const LOG_PI: f64 = 1.144729885849400174143427351353058711647;
#[rustfmt::skip]
const NUMERATOR: [f64; 13] = [
    23531376880.410759688572007674451636754734846804940,
    42919803642.649098768957899047001988850926355848959,
    35711959237.355668049440185451547166705960488635843,
    17921034426.037209699919755754458931112671403265390,
    6039542586.3520280050642916443072979210699388420708,
    1439720407.3117216736632230727949123939715485786772,
    248874557.86205415651146038641322942321632125127801,
    31426415.585400194380614231628318205362874684987640,
    2876370.6289353724412254090516208496135991145378768,
    186056.26539522349504029498971604569928220784236328,
    8071.6720023658162106380029022722506138218516325024,
    210.82427775157934587250973392071336271166969580291,
    2.5066282746310002701649081771338373386264310793408,
];
const DENOMINATOR: [f64; 13] = [
    0.0,
    39916800.0,
    120543840.0,
    150917976.0,
    105258076.0,
    45995730.0,
    13339535.0,
    2637558.0,
    357423.0,
    32670.0,
    1925.0,
    66.0,
    1.0,
];

fn lanczos_sum(x: f64) -> f64 {
    let pairs = NUMERATOR.iter().zip(&DENOMINATOR);
    let (num, den) = if x < 5.0 {
        pairs.rev().fold((0.0, 0.0), |(num, den), (n, d)| (num * x + n, den * x + d))
    } else {
        pairs.fold((0.0, 0.0), |(num, den), (n, d)| (num / x + n, den / x + d))
    };
    num / den
}

/// `sin(pi * x)`, exact in the sense that it has no error from the argument.
fn sin_pi(x: f64) -> f64 {
    let y = x.abs() % 2.0;
    let r = match (2.0 * y).round() as i32 {
        0 => (PI * y).sin(),
        1 => (PI * (y - 0.5)).cos(),
        // Written so, the result is right for y just below 1.
        2 => (PI * (1.0 - y)).sin(),
        3 => -(PI * (y - 1.5)).cos(),
        _ => (PI * (y - 2.0)).sin(),
    };
    1.0_f64.copysign(x) * r
}

/// The gamma function.
///
/// # Errors
/// See `GammaError`.
pub fn gamma(x: f64) -> Result<f64, GammaError> {
    if !x.is_finite() {
        return if x.is_nan() || x > 0.0 { Ok(x) } else { Err(GammaError::Domain) };
    }
    if x == 0.0 {
        return Err(GammaError::Domain);
    }
    if x == x.floor() {
        if x < 0.0 {
            return Err(GammaError::Domain);
        }
        if x <= 23.0 {
            return Ok((2..x as u64).map(|i| i as f64).product());
        }
    }
    let size = x.abs();
    if size < 1e-20 {
        let r = 1.0 / x;
        return if r.is_infinite() { Err(GammaError::Range) } else { Ok(r) };
    }
    if size > 200.0 {
        return if x < 0.0 { Ok(0.0 / sin_pi(x)) } else { Err(GammaError::Range) };
    }
    let y = size + G_MINUS_HALF;
    // The rounding error of y.
    let z = if size > G_MINUS_HALF { (y - size) - G_MINUS_HALF } else { (y - G_MINUS_HALF) - size };
    let z = z * G / y;
    let mut r;
    if x < 0.0 {
        r = -PI / sin_pi(size) / size * y.exp() / lanczos_sum(size);
        r -= z * r;
        if size < 140.0 {
            r /= y.powf(size - 0.5);
        } else {
            let root = y.powf(size / 2.0 - 0.25);
            r /= root;
            r /= root;
        }
    } else {
        r = lanczos_sum(size) / y.exp();
        r += z * r;
        if size < 140.0 {
            r *= y.powf(size - 0.5);
        } else {
            let root = y.powf(size / 2.0 - 0.25);
            r *= root;
            r *= root;
        }
    }
    if r.is_infinite() { Err(GammaError::Range) } else { Ok(r) }
}

/// The logarithm of the gamma function's magnitude.
///
/// # Errors
/// See `GammaError`.
pub fn lgamma(x: f64) -> Result<f64, GammaError> {
    if !x.is_finite() {
        return Ok(if x.is_nan() { x } else { f64::INFINITY });
    }
    if x == x.floor() && x <= 2.0 {
        return if x <= 0.0 { Err(GammaError::Domain) } else { Ok(0.0) };
    }
    let size = x.abs();
    if size < 1e-20 {
        return Ok(-size.ln());
    }
    let mut r = lanczos_sum(size).ln() - G;
    r += (size - 0.5) * ((size + G - 0.5).ln() - 1.0);
    if x < 0.0 {
        r = LOG_PI - sin_pi(size).abs().ln() - size.ln() - r;
    }
    if r.is_infinite() { Err(GammaError::Range) } else { Ok(r) }
}
