//! One run of a case: the process with its fixed environment and limits, and its output made comparable.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::Case;

/// KiB of address space that a case may use, so that a runaway one fails alone.
const MEMORY_KIB: u64 = 8 << 20;

/// What a run gave, its texts normalised.
#[derive(Debug)]
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    /// The exit code; None when a signal ended it.
    pub code: Option<i32>,
    pub timed_out: bool,
    status: ExitStatus,
}

impl Outcome {
    /// Runs `case` on `interpreter`.
    pub fn of(case: &Case, interpreter: &Path) -> Result<Outcome, String> {
        // A sanitizer takes terabytes of addresses.
        let limit =
            if case.sanitizer.is_some() { String::new() } else { format!("ulimit -v {MEMORY_KIB}; ") };
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", &format!("{limit}ulimit -c 0; exec \"$0\" \"$@\"")])
            .arg(interpreter)
            .args(&case.args)
            .current_dir(&case.folder)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .envs([
                ("HOME", "/tmp"),
                ("LC_ALL", "C.UTF-8"),
                ("TERM", "dumb"),
                ("NO_COLOR", "1"),
                ("TZ", "UTC"),
            ])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .envs(case.sanitizer.iter().map(|(variable, options)| (*variable, options)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|e| format!("{}: {e}", interpreter.display()))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program that never reads its input closes the pipe; that is its own affair.
            let _ = stdin.write_all(case.stdin.as_bytes());
        }
        let (stdout, stderr) = (reader(child.stdout.take()), reader(child.stderr.take()));
        let start = Instant::now();
        let (status, timed_out) = loop {
            match child.try_wait().map_err(|e| e.to_string())? {
                Some(status) => break (status, false),
                None if start.elapsed() > case.limit => {
                    let _ = child.kill();
                    break (child.wait().map_err(|e| e.to_string())?, true);
                }
                None => std::thread::sleep(Duration::from_millis(3)),
            }
        };
        let text = |thread: std::thread::JoinHandle<Vec<u8>>| {
            normalise(&String::from_utf8_lossy(&thread.join().unwrap_or_default()), &case.folder, interpreter)
        };
        Ok(Outcome { stdout: text(stdout), stderr: text(stderr), code: status.code(), timed_out, status })
    }

    /// How the process ended, in words.
    pub fn ending(&self) -> String {
        self.status.to_string()
    }
}

fn reader<R: Read + Send + 'static>(pipe: Option<R>) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// Fails unless `interpreter` is CPython 3.14.
pub fn require_reference(interpreter: &Path) -> Result<(), String> {
    let probe = "import sys; print(sys.implementation.name, *sys.version_info[:2])";
    let done = Command::new(interpreter).args(["-c", probe]).output().map_err(|e| e.to_string())?;
    let name = String::from_utf8_lossy(&done.stdout).trim().to_string();
    if name == "cpython 3 14" {
        Ok(())
    } else {
        Err(format!("expected output comes from CPython 3.14, not {name:?}"))
    }
}

/// Replaces what differs between machines: the case's folder by `$DIR`, the interpreter by `$EXE`, the library's folder
/// by `$LIB`, and addresses of objects by `0x...`.
pub fn normalise(text: &str, folder: &Path, interpreter: &Path) -> String {
    let text = text.replace("\r\n", "\n").replace(&*folder.to_string_lossy(), "$DIR");
    let text = text.replace(&*interpreter.to_string_lossy(), "$EXE").replace("`orochi -h'", "`python -h'");
    addresses(&library(&text))
}

/// `"/any/where/lib/python3.14/x.py", line 5` becomes `"$LIB/x.py", line ...`: patch releases of the library differ in
/// their line numbers.
fn library(text: &str) -> String {
    const MARK: &str = "/lib/python3.14/";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(MARK) {
        let start = rest[..at].rfind(['"', '\'', ' ', '\n', '(']).map_or(0, |i| i + 1);
        out += &rest[..start];
        out += "$LIB/";
        rest = &rest[at + MARK.len()..];
        if let Some(end) = rest.find(".py\", line ") {
            let end = end + ".py\", line ".len();
            if !rest[..end].contains('\n') {
                out += &rest[..end];
                out += "...";
                rest = rest[end..].trim_start_matches(|c: char| c.is_ascii_digit());
            }
        }
    }
    out + rest
}

/// `0x7f12ab34cd56` becomes `0x...`; shorter numbers are results, not addresses.
fn addresses(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(" 0x") {
        let digits = rest[at + 3..].bytes().take_while(u8::is_ascii_hexdigit).count();
        let end = at + 3 + digits;
        let is_address = digits >= 8 && (rest[..at].ends_with(" at") || rest[..at].ends_with("to"));
        out += &rest[..at];
        out += if is_address { " 0x..." } else { &rest[at..end] };
        rest = &rest[end..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_between_machines_is_replaced() {
        let text = "File \"/home/me/lib/python3.14/re/x.py\", line 12, in f <C object at 0x7f00aa11bb22> 0xff /tmp/d/a.py /bin/py";
        let got = normalise(text, Path::new("/tmp/d"), Path::new("/bin/py"));
        assert_eq!(got, "File \"$LIB/re/x.py\", line ..., in f <C object at 0x...> 0xff $DIR/a.py $EXE");
    }
}
