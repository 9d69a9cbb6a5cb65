//! Writes the blobs: `code.bin`, `text.bin` and the index of both, `index.rs`.
//!
//! Each file is compressed by itself, so that one module is thawed without touching its neighbours' pages. The code of
//! the modules that every start imports is stored as it is and used in place.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::collect::File;

/// A file with its code.
pub struct Packed<'a> {
    pub file: &'a File,
    pub image: Option<Vec<u8>>,
    /// Whether the code stays uncompressed.
    pub essential: bool,
}

#[derive(Default)]
struct Blob(Vec<u8>);

impl Blob {
    /// Appends `bytes` and gives the `Slot` that finds them, as Rust source.
    fn add(&mut self, bytes: &[u8], compress: bool) -> String {
        let start = self.0.len();
        if compress {
            self.0.extend(lz4_flex::block::compress(bytes));
        } else {
            // An image begins at a multiple of 8, so that it can be read in place.
            self.0.resize(start.next_multiple_of(8), 0);
            self.0.extend(bytes);
        }
        let start = if compress { start } else { start.next_multiple_of(8) };
        format!(
            "Slot {{ start: {start}, stored: {}, full: {}, packed: {compress} }}",
            self.0.len() - start,
            bytes.len()
        )
    }
}

/// Writes the three files to `out`.
pub fn write(out: &Path, packed: &[Packed<'_>]) -> Result<(), String> {
    let (mut code, mut text) = (Blob::default(), Blob::default());
    let (mut modules, mut data) = (String::new(), String::new());
    for Packed { file, image, essential } in packed {
        let source = text.add(&file.bytes, true);
        let Some(name) = &file.module else {
            let _ = writeln!(data, "    ({:?}, {source}),", file.path);
            continue;
        };
        let code = match image {
            Some(image) => format!("Some({})", code.add(image, !essential)),
            None => String::from("None"),
        };
        let _ = writeln!(
            modules,
            "    Module {{ name: {name:?}, path: {:?}, is_package: {}, code: {code}, text: {source} }},",
            file.path, file.package
        );
    }
    let index = format!(
        "/// Every module, sorted by name.\npub(crate) static MODULES: &[Module] = &[\n{modules}];\n\
         /// Every data file, sorted by path.\npub(crate) static DATA: &[(&str, Slot)] = &[\n{data}];\n"
    );
    let write =
        |name: &str, bytes: &[u8]| fs::write(out.join(name), bytes).map_err(|e| format!("{name}: {e}"));
    write("code.bin", &code.0)?;
    write("text.bin", &text.0)?;
    write("index.rs", index.as_bytes())
}
