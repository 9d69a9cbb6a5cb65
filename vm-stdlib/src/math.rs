//! `math`: the C library's functions of floats, with CPython's treatment of errors, and functions of integers.
pub mod gamma;
pub mod integer;
#[allow(unsafe_code)]
pub mod libm;
pub mod sums;

use gamma::GammaError;
use vm_runtime::prelude::*;
use vm_runtime::types::float::{digits::repr, value_of};
use vm_runtime::types::int::{IntRef, convert};

fn arg(args: &[Value], i: usize) -> &Value {
    args.get(i).unwrap_or(Value::none_ref())
}

fn real(th: &Thread, args: &[Value], i: usize) -> PyResult<f64> {
    th.as_f64(arg(args, i))
}

pub(crate) fn domain_error(th: &Thread) -> Raised {
    th.value_error("math domain error")
}

pub(crate) fn range_error(th: &Thread) -> Raised {
    th.overflow_error("math range error")
}

/// Applies `f`; a NaN from a number is a ValueError saying what was `expected`, an infinity from a finite number overflow.
fn unary(th: &Thread, args: &[Value], f: fn(f64) -> f64, expected: &str) -> PyResult<Value> {
    let x = real(th, args, 0)?;
    let r = f(x);
    if r.is_nan() && !x.is_nan() {
        return Err(th.value_error(format!("expected {expected}, got {}", repr(x))));
    }
    if r.is_infinite() && x.is_finite() {
        return Err(range_error(th));
    }
    Ok(th.float(r))
}

macro_rules! unary {
    ($($name:ident: $f:expr, $expected:literal;)*) => {
        $(fn $name(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
            unary(th, args, $f, $expected)
        })*
    };
}

unary! {
    acos: f64::acos, "a number in range from -1 up to 1";
    acosh: |x| libm::acosh(x), "argument value not less than 1";
    asin: f64::asin, "a number in range from -1 up to 1";
    asinh: |x| libm::asinh(x), "a number";
    atan: f64::atan, "a number";
    cbrt: f64::cbrt, "a number";
    cos: f64::cos, "a finite input";
    cosh: f64::cosh, "a number";
    erf: |x| libm::erf(x), "a number";
    erfc: |x| libm::erfc(x), "a number";
    exp: f64::exp, "a number";
    exp2: |x| libm::exp2(x), "a number";
    expm1: f64::exp_m1, "a number";
    fabs: f64::abs, "a number";
    sin: f64::sin, "a finite input";
    sinh: f64::sinh, "a number";
    sqrt: f64::sqrt, "a nonnegative input";
    tan: f64::tan, "a finite input";
    tanh: f64::tanh, "a number";
}

fn atanh(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let x = real(th, args, 0)?;
    if x.abs() >= 1.0 {
        return Err(th.value_error(format!("expected a number between -1 and 1, got {}", repr(x))));
    }
    Ok(th.float(libm::atanh(x)))
}

fn log1p(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let x = real(th, args, 0)?;
    if x <= -1.0 {
        return Err(th.value_error(format!("expected argument value > -1, got {}", repr(x))));
    }
    // ln_1p(-0.0) is -0.0, as it should.
    Ok(th.float(if x == 0.0 { x } else { x.ln_1p() }))
}

fn gamma_error(th: &Thread, e: GammaError, x: f64) -> Raised {
    match e {
        GammaError::Domain => {
            th.value_error(format!("expected a noninteger or positive integer, got {}", repr(x)))
        }
        GammaError::Range => range_error(th),
    }
}

fn gamma_function(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let x = real(th, args, 0)?;
    gamma::gamma(x).map(|r| th.float(r)).map_err(|e| gamma_error(th, e, x))
}

fn lgamma(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let x = real(th, args, 0)?;
    gamma::lgamma(x).map(|r| th.float(r)).map_err(|e| gamma_error(th, e, x))
}

/// Applies `f` to two numbers; NaN from numbers is a domain error, infinity from finite ones overflow.
fn binary(th: &Thread, args: &[Value], f: impl Fn(f64, f64) -> f64) -> PyResult<Value> {
    let (x, y) = (real(th, args, 0)?, real(th, args, 1)?);
    let r = f(x, y);
    if r.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain_error(th));
    }
    if r.is_infinite() && x.is_finite() && y.is_finite() {
        return Err(range_error(th));
    }
    Ok(th.float(r))
}

fn atan2(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    binary(th, args, f64::atan2)
}

fn copysign(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    binary(th, args, f64::copysign)
}

fn fmod(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    binary(th, args, |x, y| if y.is_infinite() && x.is_finite() { x } else { x % y })
}

fn remainder(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    binary(th, args, |x, y| {
        if x.is_nan() {
            return x;
        }
        if y.is_nan() {
            return y;
        }
        if x.is_infinite() || y == 0.0 {
            return f64::NAN;
        }
        if y.is_infinite() {
            return x;
        }
        let (size_x, size_y) = (x.abs(), y.abs());
        let m = size_x % size_y;
        let c = size_y - m;
        let r = if m < c {
            m
        } else if m > c {
            -c
        } else {
            m - 2.0 * ((0.5 * (size_x - m)) % size_y)
        };
        1.0_f64.copysign(x) * r
    })
}

fn pow(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let (x, y) = (real(th, args, 0)?, real(th, args, 1)?);
    let r = x.powf(y);
    if !r.is_finite() && x.is_finite() && y.is_finite() {
        if r.is_nan() || x == 0.0 {
            return Err(domain_error(th));
        }
        return Err(range_error(th));
    }
    Ok(th.float(r))
}

fn fma(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let (x, y, z) = (real(th, args, 0)?, real(th, args, 1)?, real(th, args, 2)?);
    let r = x.mul_add(y, z);
    if r.is_nan() && !x.is_nan() && !y.is_nan() && !z.is_nan() {
        return Err(th.value_error("invalid operation in fma"));
    }
    if r.is_infinite() && x.is_finite() && y.is_finite() && z.is_finite() {
        return Err(th.overflow_error("overflow in fma"));
    }
    Ok(th.float(r))
}

fn logarithm(th: &Thread, v: &Value, f: fn(f64) -> f64) -> PyResult<f64> {
    if let Some(n) = IntRef::of(v) {
        if n.is_negative() || n.is_zero() {
            return Err(th.value_error("expected a positive input"));
        }
        if let Some(x) = n.to_f64() {
            return Ok(f(x));
        }
        let (x, e) = convert::frexp(&n.to_bigint());
        return Ok(f(x) + f(2.0) * e as f64);
    }
    let x = th.as_f64(v)?;
    if x <= 0.0 {
        return Err(th.value_error(format!("expected a positive input, got {}", repr(x))));
    }
    Ok(f(x))
}

fn log(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    if args.is_empty() {
        return Err(th.type_error("log expected at least 1 argument, got 0"));
    }
    if args.len() > 2 {
        return Err(th.type_error(format!("log expected at most 2 arguments, got {}", args.len())));
    }
    let numerator = logarithm(th, arg(args, 0), f64::ln)?;
    let Some(base) = args.get(1) else { return Ok(th.float(numerator)) };
    let denominator = logarithm(th, base, f64::ln)?;
    if denominator == 0.0 {
        return Err(th.zero_division_error("division by zero"));
    }
    Ok(th.float(numerator / denominator))
}

fn log2(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(th.float(logarithm(th, arg(args, 0), |x| libm::log2(x))?))
}

fn log10(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(th.float(logarithm(th, arg(args, 0), f64::log10)?))
}

fn rounding(th: &Thread, v: &Value, name: &Value, f: fn(f64) -> f64) -> PyResult<Value> {
    if v.is_small_int() {
        return Ok(v.clone());
    }
    if !th.is_exact(v, th.types().float)
        && let Some(result) = th.call_special(v, name, &[])?
    {
        return Ok(result);
    }
    vm_runtime::types::float::to_int(th, f(th.as_f64(v)?))
}

fn ceil(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    rounding(th, arg(args, 0), &th.names().__ceil__, f64::ceil)
}

fn floor(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    rounding(th, arg(args, 0), &th.names().__floor__, f64::floor)
}

fn trunc(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let v = arg(args, 0);
    if th.is_exact(v, th.types().float)
        && let Some(x) = value_of(v)
    {
        return vm_runtime::types::float::to_int(th, x);
    }
    match th.call_special(v, &th.names().__trunc__, &[])? {
        Some(result) => Ok(result),
        None => {
            Err(th.type_error(format!("type {} doesn't define __trunc__ method", v.type_of(th).full_name())))
        }
    }
}

fn frexp(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let (m, e) = libm::frexp(real(th, args, 0)?);
    Ok(th.tuple(vec![th.float(m), th.int(i64::from(e))]))
}

fn ldexp(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let x = real(th, args, 0)?;
    let Some(n) = IntRef::of(arg(args, 1)) else {
        return Err(th.type_error("Expected an int as second argument to ldexp."));
    };
    if x == 0.0 || !x.is_finite() {
        return Ok(th.float(x));
    }
    let n = n.to_i64().unwrap_or(if n.is_negative() { i64::MIN } else { i64::MAX });
    let r = libm::ldexp(x, n.clamp(-100_000, 100_000) as i32);
    if r.is_infinite() {
        return Err(range_error(th));
    }
    Ok(th.float(r))
}

fn modf(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let x = real(th, args, 0)?;
    let (fraction, whole) =
        if x.is_infinite() { (0.0_f64.copysign(x), x) } else { (x.fract().copysign(x), x.trunc()) };
    let fraction = if x.is_nan() { x } else { fraction };
    Ok(th.tuple(vec![th.float(fraction), th.float(whole)]))
}

fn degrees(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(th.float(real(th, args, 0)? * (180.0 / std::f64::consts::PI)))
}

fn radians(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(th.float(real(th, args, 0)? * (std::f64::consts::PI / 180.0)))
}

fn isfinite(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(real(th, args, 0)?.is_finite()))
}

fn isinf(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(real(th, args, 0)?.is_infinite()))
}

fn isnan(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(real(th, args, 0)?.is_nan()))
}

/// `rel_tol` and `abs_tol` of `isclose`.
pub(crate) fn tolerances(th: &Thread, relative: &Value, absolute: &Value) -> PyResult<(f64, f64)> {
    let relative = if relative.is_unbound() { 1e-9 } else { th.as_f64(relative)? };
    let absolute = if absolute.is_unbound() { 0.0 } else { th.as_f64(absolute)? };
    if relative < 0.0 || absolute < 0.0 {
        return Err(th.value_error("tolerances must be non-negative"));
    }
    Ok((relative, absolute))
}

fn isclose(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let (a, b) = (real(th, args, 0)?, real(th, args, 1)?);
    let (relative, absolute) = tolerances(th, arg(args, 2), arg(args, 3))?;
    if a == b {
        return Ok(Value::TRUE);
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(Value::FALSE);
    }
    let difference = (b - a).abs();
    Ok(Value::bool(
        difference <= (relative * b).abs() || difference <= (relative * a).abs() || difference <= absolute,
    ))
}

fn nextafter(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    const SIGN: u64 = 1 << 63;
    let (x, y) = (real(th, args, 0)?, real(th, args, 1)?);
    let steps = arg(args, 2);
    if steps.is_unbound() || steps.is_none() {
        return Ok(th.float(libm::nextafter(x, y)));
    }
    let steps = th.index(steps)?;
    let steps = match IntRef::of(&steps) {
        Some(n) if n.is_negative() => return Err(th.value_error("steps must be a non-negative integer")),
        Some(n) => n.to_u64().unwrap_or(u64::MAX),
        None => 0,
    };
    if steps == 0 || x.is_nan() {
        return Ok(th.float(x));
    }
    if y.is_nan() {
        return Ok(th.float(y));
    }
    let (from, to) = (x.to_bits(), y.to_bits());
    let (size_from, size_to) = (from & !SIGN, to & !SIGN);
    let result = if from == to {
        from
    } else if (from ^ to) & SIGN != 0 {
        if size_from + size_to <= steps {
            to
        } else if size_from < steps {
            to & SIGN | (steps - size_from)
        } else {
            from - steps
        }
    } else if size_from > size_to {
        if size_from - size_to >= steps { from - steps } else { to }
    } else if size_to - size_from >= steps {
        from + steps
    } else {
        to
    };
    Ok(th.float(f64::from_bits(result)))
}

fn ulp(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let x = real(th, args, 0)?.abs();
    if !x.is_finite() {
        return Ok(th.float(x));
    }
    let up = libm::nextafter(x, f64::INFINITY);
    Ok(th.float(if up.is_infinite() { x - libm::nextafter(x, 0.0) } else { up - x }))
}

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    for (name, x) in [
        ("pi", std::f64::consts::PI),
        ("e", std::f64::consts::E),
        ("tau", std::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ] {
        th.set_module_attr(module, name, th.float(x))?;
    }
    Ok(())
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "math",
    doc: "This module provides access to the mathematical functions\ndefined by the C standard.",
    functions: &[
        m(
            "acos",
            "(x, /)",
            acos,
            "Return the arc cosine (measured in radians) of x.\n\nThe result is between 0 and pi.",
        ),
        m("acosh", "(x, /)", acosh, "Return the inverse hyperbolic cosine of x."),
        m(
            "asin",
            "(x, /)",
            asin,
            "Return the arc sine (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2.",
        ),
        m("asinh", "(x, /)", asinh, "Return the inverse hyperbolic sine of x."),
        m(
            "atan",
            "(x, /)",
            atan,
            "Return the arc tangent (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2.",
        ),
        m(
            "atan2",
            "(y, x, /)",
            atan2,
            "Return the arc tangent (measured in radians) of y/x.\n\nUnlike atan(y/x), the signs of both x and y are considered.",
        ),
        m("atanh", "(x, /)", atanh, "Return the inverse hyperbolic tangent of x."),
        m("cbrt", "(x, /)", cbrt, "Return the cube root of x."),
        m(
            "ceil",
            "(x, /)",
            ceil,
            "Return the ceiling of x as an Integral.\n\nThis is the smallest integer >= x.",
        ),
        m(
            "comb",
            "(n, k, /)",
            integer::comb,
            "Number of ways to choose k items from n items without repetition and without order.\n\nEvaluates to n! / (k! * (n - k)!) when k <= n and evaluates\nto zero when k > n.\n\nAlso called the binomial coefficient because it is equivalent\nto the coefficient of k-th term in polynomial expansion of the\nexpression (1 + x)**n.\n\nRaises TypeError if either of the arguments are not integers.\nRaises ValueError if either of the arguments are negative.",
        ),
        m(
            "copysign",
            "(x, y, /)",
            copysign,
            "Return a float with the magnitude (absolute value) of x but the sign of y.\n\nOn platforms that support signed zeros, copysign(1.0, -0.0)\nreturns -1.0.\n",
        ),
        m("cos", "(x, /)", cos, "Return the cosine of x (measured in radians)."),
        m("cosh", "(x, /)", cosh, "Return the hyperbolic cosine of x."),
        m("degrees", "(x, /)", degrees, "Convert angle x from radians to degrees."),
        m(
            "dist",
            "(p, q, /)",
            sums::dist,
            "Return the Euclidean distance between two points p and q.\n\nThe points should be specified as sequences (or iterables) of\ncoordinates.  Both inputs must have the same dimension.\n\nRoughly equivalent to:\n    sqrt(sum((px - qx) ** 2.0 for px, qx in zip(p, q)))",
        ),
        m("erf", "(x, /)", erf, "Error function at x."),
        m("erfc", "(x, /)", erfc, "Complementary error function at x."),
        m("exp", "(x, /)", exp, "Return e raised to the power of x."),
        m("exp2", "(x, /)", exp2, "Return 2 raised to the power of x."),
        m(
            "expm1",
            "(x, /)",
            expm1,
            "Return exp(x)-1.\n\nThis function avoids the loss of precision involved in the direct evaluation of exp(x)-1 for small x.",
        ),
        m("fabs", "(x, /)", fabs, "Return the absolute value of the float x."),
        m("factorial", "(n, /)", integer::factorial, "Find n!."),
        m(
            "floor",
            "(x, /)",
            floor,
            "Return the floor of x as an Integral.\n\nThis is the largest integer <= x.",
        ),
        m(
            "fma",
            "(x, y, z, /)",
            fma,
            "Fused multiply-add operation.\n\nCompute (x * y) + z with a single round.",
        ),
        m("fmod", "(x, y, /)", fmod, "Return fmod(x, y), according to platform C.\n\nx % y may differ."),
        m(
            "frexp",
            "(x, /)",
            frexp,
            "Return the mantissa and exponent of x, as pair (m, e).\n\nIf x is a finite nonzero number, then m is a float with\n0.5 <= abs(m) < 1.0 and an integer e is such that\nx == m * 2**e exactly.  Else, return (x, 0).",
        ),
        m(
            "fsum",
            "(seq, /)",
            sums::fsum,
            "Return an accurate floating-point sum of values in the iterable seq.\n\nAssumes IEEE-754 floating-point arithmetic.",
        ),
        m("gamma", "(x, /)", gamma_function, "Gamma function at x."),
        m("gcd", "(*integers)", integer::gcd, "Greatest Common Divisor."),
        m(
            "hypot",
            "(*coordinates)",
            sums::hypot,
            "Multidimensional Euclidean distance from the origin to a point.\n\nRoughly equivalent to:\n    sqrt(sum(x**2 for x in coordinates))\n\nFor a two dimensional point (x, y), gives the hypotenuse\nusing the Pythagorean theorem:  sqrt(x*x + y*y).\n\nFor example, the hypotenuse of a 3/4/5 right triangle is:\n\n    >>> hypot(3.0, 4.0)\n    5.0",
        ),
        m(
            "isclose",
            "(a, b, *, rel_tol=1e-09, abs_tol=0.0)",
            isclose,
            "Determine whether two floating-point numbers are close in value.\n\n  rel_tol\n    maximum difference for being considered \"close\", relative to the\n    magnitude of the input values\n  abs_tol\n    maximum difference for being considered \"close\", regardless of the\n    magnitude of the input values\n\nReturn True if a is close in value to b, and False otherwise.\n\nFor the values to be considered close, the difference between them\nmust be smaller than at least one of the tolerances.\n\n-inf, inf and NaN behave similarly to the IEEE 754 Standard.  That\nis, NaN is not close to anything, even itself.  inf and -inf are\nonly close to themselves.",
        ),
        m(
            "isfinite",
            "(x, /)",
            isfinite,
            "Return True if x is neither an infinity nor a NaN, and False otherwise.",
        ),
        m(
            "isinf",
            "(x, /)",
            isinf,
            "Return True if x is a positive or negative infinity, and False otherwise.",
        ),
        m("isnan", "(x, /)", isnan, "Return True if x is a NaN (not a number), and False otherwise."),
        m("isqrt", "(n, /)", integer::isqrt, "Return the integer part of the square root of the input."),
        m("lcm", "(*integers)", integer::lcm, "Least Common Multiple."),
        m("ldexp", "(x, i, /)", ldexp, "Return x * (2**i).\n\nThis is essentially the inverse of frexp()."),
        m("lgamma", "(x, /)", lgamma, "Natural logarithm of absolute value of Gamma function at x."),
        m(
            "log",
            "(*args)",
            log,
            "log(x, [base=math.e])\nReturn the logarithm of x to the given base.\n\nIf the base is not specified, returns the natural logarithm (base e) of x.",
        ),
        m("log10", "(x, /)", log10, "Return the base 10 logarithm of x."),
        m(
            "log1p",
            "(x, /)",
            log1p,
            "Return the natural logarithm of 1+x (base e).\n\nThe result is computed in a way which is accurate for x near zero.",
        ),
        m("log2", "(x, /)", log2, "Return the base 2 logarithm of x."),
        m(
            "modf",
            "(x, /)",
            modf,
            "Return the fractional and integer parts of x.\n\nBoth results carry the sign of x and are floats.",
        ),
        m(
            "nextafter",
            "(x, y, /, *, steps=None)",
            nextafter,
            "Return the floating-point value the given number of steps after x towards y.\n\nIf steps is not specified or is None, it defaults to 1.\n\nRaises a TypeError, if x or y is not a double, or if steps is not\nan integer.  Raises ValueError if steps is negative.",
        ),
        m(
            "perm",
            "(n, k=None, /)",
            integer::perm,
            "Number of ways to choose k items from n items without repetition and with order.\n\nEvaluates to n! / (n - k)! when k <= n and evaluates\nto zero when k > n.\n\nIf k is not specified or is None, then k defaults to n\nand the function returns n!.\n\nRaises TypeError if either of the arguments are not integers.\nRaises ValueError if either of the arguments are negative.",
        ),
        m("pow", "(x, y, /)", pow, "Return x**y (x to the power of y)."),
        m(
            "prod",
            "(iterable, /, *, start=1)",
            sums::prod,
            "Calculate the product of all the elements in the input iterable.\n\nThe default start value for the product is 1.\n\nWhen the iterable is empty, return the start value.  This function is\nintended specifically for use with numeric values and may reject\nnon-numeric types.",
        ),
        m("radians", "(x, /)", radians, "Convert angle x from degrees to radians."),
        m(
            "remainder",
            "(x, y, /)",
            remainder,
            "Difference between x and the closest integer multiple of y.\n\nReturn x - n*y where n*y is the closest integer multiple of y.\nIn the case where x is exactly halfway between two multiples of\ny, the nearest even value of n is used. The result is always exact.",
        ),
        m("sin", "(x, /)", sin, "Return the sine of x (measured in radians)."),
        m("sinh", "(x, /)", sinh, "Return the hyperbolic sine of x."),
        m("sqrt", "(x, /)", sqrt, "Return the square root of x."),
        m(
            "sumprod",
            "(p, q, /)",
            sums::sumprod,
            "Return the sum of products of values from two iterables p and q.\n\nRoughly equivalent to:\n\n    sum(map(operator.mul, p, q, strict=True))\n\nFor float and mixed int/float inputs, the intermediate products\nand sums are computed with extended precision.",
        ),
        m("tan", "(x, /)", tan, "Return the tangent of x (measured in radians)."),
        m("tanh", "(x, /)", tanh, "Return the hyperbolic tangent of x."),
        m(
            "trunc",
            "(x, /)",
            trunc,
            "Truncates the Real x to the nearest Integral toward 0.\n\nUses the __trunc__ magic method.",
        ),
        m("ulp", "(x, /)", ulp, "Return the value of the least significant bit of the float x."),
    ],
    init: Some(init),
    ..ModuleSpec::EMPTY
};
