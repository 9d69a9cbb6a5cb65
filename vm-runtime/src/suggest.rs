//! "Did you mean": the closest of some names, by the measure of CPython's `suggestions.c` (a weighted edit distance).

const MOVE: usize = 2;
const CASE: usize = 1;
const MAX_NAMES: usize = 750;
const MAX_SIZE: usize = 40;

fn cost(a: u8, b: u8) -> usize {
    if a & 31 != b & 31 {
        return MOVE;
    }
    if a == b {
        return 0;
    }
    if a.eq_ignore_ascii_case(&b) { CASE } else { MOVE }
}

/// The edit distance, or anything greater than `max` if it is greater.
fn distance(a: &str, b: &str, max: usize) -> usize {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while let (Some(x), Some(y)) = (a.first(), b.first()) {
        if x != y {
            break;
        }
        (a, b) = (&a[1..], &b[1..]);
    }
    while let (Some(x), Some(y)) = (a.last(), b.last()) {
        if x != y {
            break;
        }
        (a, b) = (&a[..a.len() - 1], &b[..b.len() - 1]);
    }
    if a.is_empty() || b.is_empty() {
        return (a.len() + b.len()) * MOVE;
    }
    if a.len() > MAX_SIZE || b.len() > MAX_SIZE {
        return max + 1;
    }
    if b.len() < a.len() {
        (a, b) = (b, a);
    }
    if (b.len() - a.len()) * MOVE > max {
        return max + 1;
    }
    let mut row: Vec<usize> = (1..=a.len()).map(|i| i * MOVE).collect();
    let mut result = 0;
    for (i, bc) in b.iter().enumerate() {
        let mut diagonal = i * MOVE;
        result = diagonal;
        let mut least = usize::MAX;
        for (j, ac) in a.iter().enumerate() {
            let substitute = diagonal + cost(*bc, *ac);
            diagonal = row[j];
            result = substitute.min(result.min(diagonal) + MOVE);
            row[j] = result;
            least = least.min(result);
        }
        if least > max {
            return max + 1;
        }
    }
    result
}

/// The name closest to `wanted`, if one is close enough.
#[must_use]
pub fn closest<'a>(wanted: &str, names: &[&'a str]) -> Option<&'a str> {
    if names.len() > MAX_NAMES {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for name in names.iter().filter(|n| **n != wanted) {
        let mut max = (name.len() + wanted.len() + 3) * MOVE / 6;
        if let Some((d, _)) = best {
            max = max.min(d.saturating_sub(1));
        }
        let d = distance(wanted, name, max);
        if d <= max {
            best = Some((d, name));
        }
    }
    best.map(|(_, name)| name)
}
