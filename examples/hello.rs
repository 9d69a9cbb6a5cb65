//! Rust and Python call each other: values, functions both ways, an exception's traceback.
//!
//! What it prints stands in the README, and a test holds the two together.
use orochi::prelude::*;

const RATIOS: &str = "\
def ratio(a, b):
    return a / b

try:
    ratio(1, 0)
except ZeroDivisionError as error:
    raise ValueError('no ratio') from error
";

pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let vm = Vm::builder().build()?;
    vm.attach(|py| {
        // Python from Rust.
        let greet = py.eval("lambda name: f'hello, {name}'")?;
        println!("{}", greet.call1(("Rust",))?.extract::<String>()?);

        // Rust from Python.
        let shout = py.function("shout", |text: String| text.to_uppercase() + "!")?;
        py.globals()?.set_item("shout", shout)?;
        py.run("print(shout('hello, Python'))")?;

        // An exception is an error of Rust, and shows as Python shows it.
        let error = py.run(RATIOS).unwrap_err();
        println!("{error}");
        PyResult::Ok(())
    })?;
    Ok(())
}
