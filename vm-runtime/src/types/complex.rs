//! `complex`: pairs of floats. Arithmetic with real numbers does not convert them (C99 annex G), as of 3.14.
pub mod arith;
pub mod construct;

use crate::prelude::*;
use crate::types::float;
use crate::types::format_spec::{self, number::complex_repr};
use crate::types::int::IntRef;
use crate::types::int::methods::spec_of;
use arith::Pair;

/// A complex number.
#[derive(Clone, Copy)]
pub struct Complex {
    /// The real part.
    pub re: f64,
    /// The imaginary part.
    pub im: f64,
}
payload!(Complex, "complex");

/// The number in a complex or an instance of a subclass.
#[must_use]
pub fn value_of(v: &Value) -> Option<Pair> {
    v.payload::<Complex>().map(|z| (z.re, z.im))
}

fn receiver(th: &Thread, v: &Value) -> PyResult<Pair> {
    match value_of(v) {
        Some(z) => Ok(z),
        None => Err(th.type_error(format!(
            "descriptor requires a 'complex' object but received a '{}'",
            v.type_of(th).full_name()
        ))),
    }
}

/// An operand of a complex operator.
enum Operand {
    Complex(Pair),
    Real(f64),
}

impl Operand {
    fn of(th: &Thread, v: &Value) -> PyResult<Option<Operand>> {
        if let Some(z) = value_of(v) {
            return Ok(Some(Operand::Complex(z)));
        }
        if let Some(x) = float::value_of(v) {
            return Ok(Some(Operand::Real(x)));
        }
        match IntRef::of(v) {
            Some(n) => th.int_to_f64(n).map(|x| Some(Operand::Real(x))),
            None => Ok(None),
        }
    }

    const fn pair(&self) -> Pair {
        match self {
            Operand::Complex(z) => *z,
            Operand::Real(x) => (*x, 0.0),
        }
    }
}

macro_rules! operands {
    ($th:expr, $a:expr, $b:expr) => {{
        let Some(x) = Operand::of($th, $a)? else { return Ok(Value::NOT_IMPLEMENTED) };
        let Some(y) = Operand::of($th, $b)? else { return Ok(Value::NOT_IMPLEMENTED) };
        (x, y)
    }};
}

fn made(th: &Thread, (re, im): Pair) -> PyResult<Value> {
    Ok(th.complex(re, im))
}

fn add(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    made(
        th,
        match operands!(th, a, b) {
            (Operand::Complex(z), Operand::Real(x)) | (Operand::Real(x), Operand::Complex(z)) => {
                (z.0 + x, z.1)
            }
            (z, w) => arith::add(z.pair(), w.pair()),
        },
    )
}

fn sub(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    made(
        th,
        match operands!(th, a, b) {
            (Operand::Complex(z), Operand::Real(x)) => (z.0 - x, z.1),
            (Operand::Real(x), Operand::Complex(z)) => (x - z.0, -z.1),
            (z, w) => arith::sub(z.pair(), w.pair()),
        },
    )
}

fn mul(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    made(
        th,
        match operands!(th, a, b) {
            (Operand::Complex(z), Operand::Real(x)) | (Operand::Real(x), Operand::Complex(z)) => {
                (z.0 * x, z.1 * x)
            }
            (z, w) => arith::mul(z.pair(), w.pair()),
        },
    )
}

fn true_div(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let quotient = match operands!(th, a, b) {
        (Operand::Complex(z), Operand::Real(x)) if x != 0.0 => Some((z.0 / x, z.1 / x)),
        (Operand::Complex(_), Operand::Real(_)) => None,
        (Operand::Real(x), Operand::Complex(z)) => arith::div_real(x, z),
        (z, w) => arith::div(z.pair(), w.pair()),
    };
    match quotient {
        Some(z) => made(th, z),
        None => Err(th.zero_division_error("division by zero")),
    }
}

fn power(th: &Thread, a: &Value, b: &Value, modulus: &Value) -> PyResult<Value> {
    let (z, w) = operands!(th, a, b);
    if !modulus.is_none() {
        return Err(th.value_error("complex modulo"));
    }
    made(th, arith::power(z.pair(), w.pair()).map_err(|e| e.raise(th))?)
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let Some(z) = value_of(a) else { return Ok(Value::NOT_IMPLEMENTED) };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let _ = th;
    let equal = if let Some(n) = IntRef::of(b) {
        z.1 == 0.0 && float::methods::equals_int(z.0, n)
    } else if let Some(x) = float::value_of(b) {
        z.0 == x && z.1 == 0.0
    } else if let Some(w) = value_of(b) {
        z.0 == w.0 && z.1 == w.1
    } else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    Ok(Value::bool(equal == (op == CompareOp::Eq)))
}

fn hash(th: &Thread, v: &Value) -> PyResult<i64> {
    let (re, im) = receiver(th, v)?;
    let hash = float::hash_in(re, v).wrapping_add(float::hash_in(im, v).wrapping_mul(1_000_003));
    Ok(if hash == -1 { -2 } else { hash })
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let (re, im) = receiver(th, v)?;
    Ok(th.str(&complex_repr(re, im)))
}

fn truth(th: &Thread, v: &Value) -> PyResult<bool> {
    let (re, im) = receiver(th, v)?;
    Ok(re != 0.0 || im != 0.0)
}

fn neg(th: &Thread, v: &Value) -> PyResult<Value> {
    let (re, im) = receiver(th, v)?;
    made(th, (-re, -im))
}

fn exact(th: &Thread, v: &Value) -> PyResult<Value> {
    if th.is_exact(v, th.types().complex) { Ok(v.clone()) } else { made(th, receiver(th, v)?) }
}

fn abs(th: &Thread, v: &Value) -> PyResult<Value> {
    let (re, im) = receiver(th, v)?;
    let magnitude = re.hypot(im);
    if magnitude.is_infinite() && re.is_finite() && im.is_finite() {
        return Err(th.overflow_error("absolute value too large"));
    }
    Ok(th.float(magnitude))
}

fn conjugate(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let (re, im) = receiver(th, v)?;
    made(th, (re, -im))
}

fn complex(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    exact(th, v)
}

fn getnewargs(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let (re, im) = receiver(th, v)?;
    Ok(th.tuple(vec![th.float(re), th.float(im)]))
}

fn format(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let spec = spec_of(th, args)?;
    if spec.is_empty() {
        return th.to_str(v);
    }
    let (re, im) = receiver(th, v)?;
    let text = format_spec::format_complex(re, im, spec, &v.type_of(th).full_name());
    Ok(th.str_wtf8(&text.map_err(|e| th.format_error(e))?))
}

fn get_real(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(th.float(receiver(th, v)?.0))
}

fn get_imag(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(th.float(receiver(th, v)?.1))
}

/// The type.
pub static SPEC: TypeSpec = TypeSpec {
    name: "complex",
    doc: "Create a complex number from a string or numbers.\n\nIf a string is given, parse it as a complex number.\nIf a single number is given, convert it to a complex number.\nIf the 'real' or 'imag' arguments are given, create a complex number\nwith the specified real and imaginary components.",
    flags: BASETYPE,
    new_sig: "(real=0, imag=0)",
    slots: &[
        Slot::NewRaw(construct::new),
        Slot::Repr(repr),
        Slot::Hash(hash),
        Slot::Bool(truth),
        Slot::RichCompare(compare),
        Slot::Binary(BinaryOp::Add, add),
        Slot::Binary(BinaryOp::Sub, sub),
        Slot::Binary(BinaryOp::Mul, mul),
        Slot::Binary(BinaryOp::TrueDiv, true_div),
        Slot::Power(power),
        Slot::Neg(neg),
        Slot::Pos(exact),
        Slot::Abs(abs),
    ],
    methods: &[
        cm(
            "from_number",
            "(number, /)",
            construct::from_number,
            "Convert number to a complex floating-point number.",
        ),
        m(
            "conjugate",
            "()",
            conjugate,
            "Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j.",
        ),
        m("__complex__", "()", complex, "Convert this value to exact type complex."),
        m("__getnewargs__", "()", getnewargs, ""),
        m("__format__", "(format_spec, /)", format, "Convert to a string according to format_spec."),
    ],
    getset: &[
        mb("real", get_real, None, "the real part of a complex number"),
        mb("imag", get_imag, None, "the imaginary part of a complex number"),
    ],
    ..TypeSpec::of::<Complex>()
};
