//! A readable difference of two texts, line by line.

/// Lines of a difference that are shown.
const SHOWN: usize = 40;
/// Lines beyond which the longest common subsequence is not looked for.
const MOST: usize = 1500;

/// The difference of two texts as `-` (expected) and `+` (got) lines with their line numbers.
pub fn lines(title: &str, expected: &str, got: &str) -> String {
    let (want, have): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), got.lines().collect());
    let mut out = format!("{title} differs (- expected, + got):\n");
    if want == have {
        return out + "    only in how it ends: a newline more or less\n";
    }
    let rows = if want.len().max(have.len()) > MOST { plain(&want, &have) } else { common(&want, &have) };
    for row in rows.iter().take(SHOWN) {
        out += &format!("    {row}\n");
    }
    if rows.len() > SHOWN {
        out += &format!("    ... {} more lines differ\n", rows.len() - SHOWN);
    }
    out
}

/// The last `count` lines of a text, indented.
pub fn tail(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].iter().map(|line| format!("    {line}\n")).collect()
}

fn row(sign: char, number: usize, line: &str) -> String {
    format!("{sign}{:<4} {line}", number + 1)
}

/// Compares line by line at the same place.
fn plain(want: &[&str], have: &[&str]) -> Vec<String> {
    let mut rows = Vec::new();
    for i in 0..want.len().max(have.len()) {
        if want.get(i) != have.get(i) {
            rows.extend(want.get(i).map(|line| row('-', i, line)));
            rows.extend(have.get(i).map(|line| row('+', i, line)));
        }
    }
    rows
}

/// Compares by the longest common subsequence, so that one line too many shows as one line.
fn common(want: &[&str], have: &[&str]) -> Vec<String> {
    let width = have.len() + 1;
    // longest[i * width + j]: length of the longest common subsequence of want[i..] and have[j..].
    let mut longest = vec![0u16; (want.len() + 1) * width];
    for i in (0..want.len()).rev() {
        for j in (0..have.len()).rev() {
            longest[i * width + j] = if want[i] == have[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut rows) = (0, 0, Vec::new());
    while i < want.len() || j < have.len() {
        if i < want.len() && j < have.len() && want[i] == have[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == have.len()
            || (i < want.len() && longest[(i + 1) * width + j] >= longest[i * width + j + 1])
        {
            rows.push(row('-', i, want[i]));
            i += 1;
        } else {
            rows.push(row('+', j, have[j]));
            j += 1;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_too_many_is_one_row() {
        let text = lines("stdout", "a\nb\nc\n", "a\nx\nb\nc\n");
        assert_eq!(text, "stdout differs (- expected, + got):\n    +2    x\n");
    }

    #[test]
    fn a_missing_last_newline_is_named() {
        assert!(lines("stdout", "a\n", "a").contains("newline"));
    }
}
