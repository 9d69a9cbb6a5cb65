//! What the embedded library must hold.

use super::*;

#[test]
fn modules_are_found_by_name() {
    let json = find("json").expect("json is there");
    assert!(json.is_package);
    assert_eq!(json.file(), format!("{LIB_DIR}/json/__init__.py"));
    assert!(json.source().expect("its source is there").contains("JSONDecoder"));
    assert!(find("json.decoder").is_some_and(|module| !module.is_package));
    assert!(find("no.such.module").is_none());
    assert!(find("idlelib").is_none());
}

#[test]
fn names_are_sorted_and_every_source_thaws() {
    let names: Vec<_> = names().collect();
    assert!(names.len() > 500);
    assert!(names.is_sorted());
    for module in modules() {
        assert!(module.source().is_some(), "{}", module.name);
    }
}

#[test]
fn no_trace_of_another_interpreter_is_left() {
    for module in modules() {
        let text = module.source().unwrap_or_default();
        assert!(!text.to_lowercase().contains("rustpython"), "{}", module.name);
    }
}

#[test]
fn every_module_has_valid_code() {
    for module in modules() {
        let code = module.code().unwrap_or_else(|| panic!("{} did not compile", module.name));
        let unit = vm_compiler::image::deserialize(&code).unwrap_or_else(|e| panic!("{}: {e}", module.name));
        assert_eq!(unit.filename, module.filename());
        let opened = vm_compiler::image::open(code).unwrap_or_else(|e| panic!("{}: {e}", module.name));
        assert_eq!(opened, unit, "{}: read when asked for", module.name);
    }
}

#[test]
fn data_files_are_found_by_path() {
    assert!(data("pydoc_data/_pydoc.css").is_some());
    assert!(data("json/decoder.py").is_some());
    assert!(data("nothing").is_none());
}
