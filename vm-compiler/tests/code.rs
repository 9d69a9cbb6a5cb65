//! Compiled code holds what the interpreter relies on, and survives its binary form.

mod verifier;

use vm_compiler::{Compiled, Mode, Options, compile, decode_source, disassemble, image, validate};

const EVERYTHING: &str = include_str!("samples/everything.py");

fn check(name: &str, c: &Compiled) {
    validate(&c.unit).unwrap_or_else(|e| panic!("{name}: {e}"));
    let problems = verifier::verify(&c.unit);
    assert!(problems.is_empty(), "{name}:\n{}", problems.join("\n"));
    let bytes = image::serialize(&c.unit);
    assert_eq!(image::deserialize(&bytes).as_ref(), Ok(&c.unit), "{name}");
}

/// The sample without what only an asynchronous function may hold.
fn everything(options: &Options) -> Compiled {
    let source = EVERYTHING.replace(", {v async for v in b} if 0 else None", "");
    compile(&source, "everything.py", Mode::Exec, options).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn every_construct_is_well_formed() {
    for optimize in 0..3 {
        let c = everything(&Options { optimize, ..Options::default() });
        check("everything", &c);
        assert!(disassemble(&c.unit).contains("LoadSuperMethod"));
    }
    let future = "from __future__ import annotations\n";
    let source = EVERYTHING.replace(", {v async for v in b} if 0 else None", "");
    let source = source.replacen("import a,", &format!("{future}import a,"), 1);
    let c = compile(&source, "f.py", Mode::Exec, &Options::default()).unwrap_or_else(|e| panic!("{e}"));
    check("future", &c);
}

#[test]
fn damaged_images_are_refused() {
    let c = everything(&Options::default());
    let bytes = image::serialize(&c.unit);
    for n in (0..bytes.len()).step_by(97) {
        assert!(image::deserialize(&bytes[..n]).is_err(), "cut at {n}");
    }
    // With a right hash, damage must still be found or be harmless.
    for i in (32..bytes.len()).step_by(29) {
        for flip in [1u8, 0x80] {
            let mut b = bytes.clone();
            b[i] ^= flip;
            assert!(image::deserialize(&b).is_err(), "byte {i}");
            let hash = image::hash(&b[32..]).to_le_bytes();
            b[24..32].copy_from_slice(&hash);
            if let Ok(u) = image::deserialize(&b) {
                assert!(validate(&u).is_ok());
            }
        }
    }
}

#[test]
fn a_swap_needs_no_tuple_and_a_sum_one_instruction() {
    let source = "def f(a, b):\n a, b = b, a\n a = a + b\n b += 1\n return a\n";
    let c = compile(source, "s", Mode::Exec, &Options::default()).unwrap_or_else(|e| panic!("{e}"));
    let text = disassemble(&c.unit);
    assert!(!text.contains("BuildTuple"), "{text}");
    assert!(text.contains("Add                  a a b"), "{text}");
    assert!(text.contains("IAddI                b b 1"), "{text}");
}

#[test]
fn sources_decode() {
    assert_eq!(decode_source(b"\xef\xbb\xbfx = 1").as_deref(), Ok("x = 1"));
    assert_eq!(
        decode_source(b"# -*- coding: latin-1 -*-\nx = '\xe9'").as_deref(),
        Ok("# -*- coding: latin-1 -*-\nx = '\u{e9}'")
    );
    assert!(matches!(
        decode_source(b"# coding: koi8-r\n"),
        Err(vm_compiler::DecodeError::OtherCodec(n)) if n == "koi8-r"
    ));
    assert!(decode_source(b"x = '\xff'").is_err());
    assert!(decode_source(b"x\0").is_err());
}

#[test]
fn interactive_input() {
    let kind = |source: &str| {
        let options = Options { dont_imply_dedent: true, allow_incomplete_input: true, ..Options::default() };
        compile(source, "s", Mode::Single, &options).err().map(|e| e.kind)
    };
    use vm_compiler::ErrorKind::{Incomplete, Indentation, Syntax};
    for s in ["if 1:\n  pass\n", "x = 1", "a; b", "if 1: pass\n"] {
        assert_eq!(kind(s), None, "{s:?}");
    }
    for s in [
        "if 1:\n  pass",
        "def f():",
        "x = (",
        "x = '''a",
        "if 1: pass",
        "try:\n  x\n",
        "@d\n",
        "if 1:\n  x\nelse:",
        "\n",
        "# c",
        "",
        "x = 'a",
        "1 +",
        "for x in y: pass\nz",
    ] {
        assert_eq!(kind(s), Some(Incomplete), "{s:?}");
    }
    assert_eq!(kind("x = 1\ny = 2"), Some(Syntax));
    assert_eq!(kind("  x"), Some(Indentation));
}

/// Compiles every Python file below the folder that `ORO_TEST_PYTHON` names (CPython's Lib, say).
#[test]
fn a_whole_library() {
    let Some(root) = std::env::var_os("ORO_TEST_PYTHON") else { return };
    let mut folders = vec![std::path::PathBuf::from(root)];
    let mut files = 0;
    while let Some(dir) = folders.pop() {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "py") && !path.to_string_lossy().contains("bad") {
                let Ok(raw) = std::fs::read(&path) else { continue };
                let Ok(source) = decode_source(&raw) else { continue };
                let name = path.to_string_lossy();
                match compile(&source, &name, Mode::Exec, &Options::default()) {
                    Ok(c) => check(&name, &c),
                    Err(e) => panic!("{name}: {e}"),
                }
                files += 1;
            }
        }
    }
    assert!(files > 0);
}
