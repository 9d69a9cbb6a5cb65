//! `cmath`: elementary functions of complex numbers.
pub mod functions;
pub mod special;

use crate::math::{domain_error, range_error, tolerances};
use functions::{MathError, Outcome};
use vm_runtime::prelude::*;
use vm_runtime::types::complex::arith;

fn arg(args: &[Value], i: usize) -> &Value {
    args.get(i).unwrap_or(Value::none_ref())
}

fn raise(th: &Thread, e: MathError) -> Raised {
    match e {
        MathError::Domain => domain_error(th),
        MathError::Range => range_error(th),
    }
}

fn made(th: &Thread, r: Outcome) -> PyResult<Value> {
    match r {
        Ok((re, im)) => Ok(th.complex(re, im)),
        Err(e) => Err(raise(th, e)),
    }
}

macro_rules! unary {
    ($($name:ident)*) => {
        $(fn $name(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
            made(th, functions::$name(th.as_complex(arg(args, 0))?))
        })*
    };
}

unary! { acos acosh asin asinh atan atanh cos cosh exp log10 sin sinh sqrt tan tanh }

fn log(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let z = th.as_complex(arg(args, 0))?;
    let base = arg(args, 1);
    if base.is_unbound() {
        return made(th, functions::log(z));
    }
    let base = th.as_complex(base)?;
    let denominator = functions::log(base).map_err(|e| raise(th, e))?;
    match arith::div(functions::log_or_limit(z), denominator) {
        Some((re, im)) => Ok(th.complex(re, im)),
        None => Err(domain_error(th)),
    }
}

fn phase(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let (re, im) = th.as_complex(arg(args, 0))?;
    Ok(th.float(im.atan2(re)))
}

fn polar(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let (re, im) = th.as_complex(arg(args, 0))?;
    let r = re.hypot(im);
    if r.is_infinite() && re.is_finite() && im.is_finite() {
        return Err(range_error(th));
    }
    Ok(th.tuple(vec![th.float(r), th.float(im.atan2(re))]))
}

fn rect(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    made(th, functions::rect(th.as_f64(arg(args, 0))?, th.as_f64(arg(args, 1))?))
}

fn isfinite(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let (re, im) = th.as_complex(arg(args, 0))?;
    Ok(Value::bool(re.is_finite() && im.is_finite()))
}

fn isinf(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let (re, im) = th.as_complex(arg(args, 0))?;
    Ok(Value::bool(re.is_infinite() || im.is_infinite()))
}

fn isnan(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let (re, im) = th.as_complex(arg(args, 0))?;
    Ok(Value::bool(re.is_nan() || im.is_nan()))
}

fn isclose(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let (a, b) = (th.as_complex(arg(args, 0))?, th.as_complex(arg(args, 1))?);
    let (relative, absolute) = tolerances(th, arg(args, 2), arg(args, 3))?;
    if a == b {
        return Ok(Value::TRUE);
    }
    if [a.0, a.1, b.0, b.1].iter().any(|x| x.is_infinite()) {
        return Ok(Value::FALSE);
    }
    let difference = (a.0 - b.0).hypot(a.1 - b.1);
    Ok(Value::bool(
        difference <= relative * b.0.hypot(b.1)
            || difference <= relative * a.0.hypot(a.1)
            || difference <= absolute,
    ))
}

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    for (name, v) in [
        ("pi", th.float(std::f64::consts::PI)),
        ("e", th.float(std::f64::consts::E)),
        ("tau", th.float(std::f64::consts::TAU)),
        ("inf", th.float(f64::INFINITY)),
        ("infj", th.complex(0.0, f64::INFINITY)),
        ("nan", th.float(f64::NAN)),
        ("nanj", th.complex(0.0, f64::NAN)),
    ] {
        th.set_module_attr(module, name, v)?;
    }
    Ok(())
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "cmath",
    doc: "This module provides access to mathematical functions for complex\nnumbers.",
    functions: &[
        m("acos", "(z, /)", acos, "Return the arc cosine of z."),
        m("acosh", "(z, /)", acosh, "Return the inverse hyperbolic cosine of z."),
        m("asin", "(z, /)", asin, "Return the arc sine of z."),
        m("asinh", "(z, /)", asinh, "Return the inverse hyperbolic sine of z."),
        m("atan", "(z, /)", atan, "Return the arc tangent of z."),
        m("atanh", "(z, /)", atanh, "Return the inverse hyperbolic tangent of z."),
        m("cos", "(z, /)", cos, "Return the cosine of z."),
        m("cosh", "(z, /)", cosh, "Return the hyperbolic cosine of z."),
        m("exp", "(z, /)", exp, "Return the exponential value e**z."),
        m(
            "isclose",
            "(a, b, *, rel_tol=1e-09, abs_tol=0.0)",
            isclose,
            "Determine whether two complex numbers are close in value.\n\n  rel_tol\n    maximum difference for being considered \"close\", relative to the\n    magnitude of the input values\n  abs_tol\n    maximum difference for being considered \"close\", regardless of the\n    magnitude of the input values\n\nReturn True if a is close in value to b, and False otherwise.\n\nFor the values to be considered close, the difference between them must\nbe smaller than at least one of the tolerances.\n\n-inf, inf and NaN behave similarly to the IEEE 754 Standard.  That is,\nNaN is not close to anything, even itself. inf and -inf are only close\nto themselves.",
        ),
        m(
            "isfinite",
            "(z, /)",
            isfinite,
            "Return True if both the real and imaginary parts of z are finite, else False.",
        ),
        m("isinf", "(z, /)", isinf, "Checks if the real or imaginary part of z is infinite."),
        m("isnan", "(z, /)", isnan, "Checks if the real or imaginary part of z not a number (NaN)."),
        m(
            "log",
            "(z, base=None, /)",
            log,
            "log(z[, base]) -> the logarithm of z to the given base.\n\nIf the base is not specified, returns the natural logarithm (base e)\nof z.",
        ),
        m("log10", "(z, /)", log10, "Return the base-10 logarithm of z."),
        m("phase", "(z, /)", phase, "Return argument, also known as the phase angle, of a complex."),
        m(
            "polar",
            "(z, /)",
            polar,
            "Convert a complex from rectangular coordinates to polar coordinates.\n\nr is the distance from 0 and phi the phase angle.",
        ),
        m("rect", "(r, phi, /)", rect, "Convert from polar coordinates to rectangular coordinates."),
        m("sin", "(z, /)", sin, "Return the sine of z."),
        m("sinh", "(z, /)", sinh, "Return the hyperbolic sine of z."),
        m("sqrt", "(z, /)", sqrt, "Return the square root of z."),
        m("tan", "(z, /)", tan, "Return the tangent of z."),
        m("tanh", "(z, /)", tanh, "Return the hyperbolic tangent of z."),
    ],
    init: Some(init),
    ..ModuleSpec::EMPTY
};
