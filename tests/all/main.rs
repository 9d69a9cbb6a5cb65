//! The integration tests: every .py case under tests/cases, one test an area.
//!
//! `cargo test --test all classes` runs one area; `cargo xtask cases --python target/debug/orochi classes/slots` one
//! case. How a case is written stands in xtask/src/cases.rs.

use std::path::Path;

use xtask::cases;

fn area(name: &str) {
    match cases::check_area(name, Path::new(env!("CARGO_BIN_EXE_orochi"))) {
        Ok(summary) => println!("{summary}"),
        Err(faults) => panic!("{faults}"),
    }
}

macro_rules! areas {
    ($($name:ident)*) => {
        const AREAS: &[&str] = &[$(stringify!($name)),*];
        $(#[test] fn $name() { area(stringify!($name)); })*
    };
}

areas! {
    bad_input basics bytes classes command comprehensions coroutines decorators dicts exceptions floats formatting functions
    generators imports ints library lists memory patterns programs recursion sets slicing strings threads tracebacks tuples
}

#[test]
fn every_area_is_listed() {
    assert_eq!(cases::areas().expect("tests/cases can be read"), AREAS);
}

#[test]
fn every_known_failure_is_a_case() {
    let mut names = Vec::new();
    for area in AREAS {
        names.extend(cases::of_area(area).expect("an area can be read").into_iter().map(|case| case.name));
    }
    for name in cases::expected_failures().expect("the list can be read") {
        assert!(names.contains(&name), "{name} stands in expected_failures.txt and is no case");
    }
}
