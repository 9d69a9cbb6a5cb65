//! The README shows the example as it is, and prints what it says.
use std::path::Path;
use std::process::Command;

#[path = "../../examples/hello.rs"]
#[allow(dead_code, reason = "its main is called by the process that is started here")]
mod hello;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .expect("a file that can be read")
}

#[test]
fn prints_what_the_readme_says() {
    if std::env::var_os("OROCHI_EMBED_HELLO").is_some() {
        println!("<<<");
        hello::main().expect("the example runs");
        println!(">>>");
        return;
    }
    let output = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "example::prints_what_the_readme_says", "--nocapture"])
        .env("OROCHI_EMBED_HELLO", "1")
        .output()
        .expect("a process");
    let text = String::from_utf8(output.stdout).expect("text");
    let printed = text.split_once("<<<\n").and_then(|(_, rest)| rest.split_once(">>>\n")).expect(&text).0;
    let readme = read("README.md");
    let indented: String = printed
        .lines()
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") })
        .collect();
    assert!(readme.contains(&indented), "the README does not show this output:\n{printed}");
}

#[test]
fn the_readme_shows_its_code() {
    let (readme, example) = (read("README.md"), read("examples/hello.rs"));
    let shown =
        readme.split_once("```rust\n").and_then(|(_, rest)| rest.split_once("```")).expect("Rust code").0;
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        squeezed(&example).contains(&squeezed(shown)),
        "the README's code is not the example's:\n{shown}"
    );
}
