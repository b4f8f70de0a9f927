//! Which bytes of a new version were not in an old one, line by line, with git's own line matching.

use git2::{DiffOptions, Patch};

use crate::model::{Scope, Span};

/// The lines of `new` that none of `olds` has at that place. Without an old version every byte counts.
pub fn added(olds: &[&[u8]], new: &[u8]) -> Scope {
    let mut scope: Option<Vec<Span>> = None;
    for old in olds {
        let added = added_to(old, new);
        scope = Some(match scope {
            None => added,
            Some(before) => intersection(&before, &added),
        });
    }
    scope.map_or(Scope::All, Scope::from_ranges)
}

/// Lines longer than this side of a comparison are not matched: libgit2 refuses texts of about a gigabyte.
const MOST: usize = 512 << 20;

fn added_to(old: &[u8], new: &[u8]) -> Vec<Span> {
    // What both share at their ends is found faster than libgit2 would, and most changes are small.
    let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    if prefix == old.len() && prefix == new.len() {
        return Vec::new();
    }
    let from = memchr::memrchr(b'\n', &new[..prefix]).map_or(0, |at| at + 1);
    let (old_rest, new_rest) = (&old[from..], &new[from..]);
    let common = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    // The common end begins just after a line break that both have.
    let tail = &new_rest[new_rest.len() - common..];
    let suffix = memchr::memchr(b'\n', tail).map_or(0, |at| tail.len() - at - 1);
    let (old_middle, new_middle) = (&old_rest[..old_rest.len() - suffix], &new_rest[..new_rest.len() - suffix]);
    if new_middle.is_empty() {
        return Vec::new();
    }
    let all = vec![Span::new(from, from + new_middle.len())];
    if old_middle.is_empty() || old_middle.len() > MOST || new_middle.len() > MOST {
        return all;
    }
    hunks(old_middle, new_middle, from).unwrap_or(all)
}

/// The added lines of `new` as spans, `base` bytes further on; none when libgit2 declines.
fn hunks(old: &[u8], new: &[u8], base: usize) -> Option<Vec<Span>> {
    let mut options = DiffOptions::new();
    options.context_lines(0).interhunk_lines(0).force_text(true);
    let patch = Patch::from_buffers(old, None, new, None, Some(&mut options)).ok()?;
    let mut starts = vec![0];
    starts.extend(memchr::memchr_iter(b'\n', new).map(|at| at + 1));
    let offset = |line: usize| starts.get(line).copied().unwrap_or(new.len());
    let mut spans = Vec::with_capacity(patch.num_hunks());
    for number in 0..patch.num_hunks() {
        let (hunk, _) = patch.hunk(number).ok()?;
        let first = (hunk.new_start() as usize).saturating_sub(1);
        let count = hunk.new_lines() as usize;
        if count > 0 {
            spans.push(Span::new(base + offset(first), base + offset(first + count)));
        }
    }
    Some(spans)
}

fn intersection(left: &[Span], right: &[Span]) -> Vec<Span> {
    let mut shared = Vec::new();
    let (mut i, mut j) = (0, 0);
    while let (Some(a), Some(b)) = (left.get(i), right.get(j)) {
        if a.overlaps(*b) {
            shared.push(Span::new(a.start.max(b.start), a.end.min(b.end)));
        }
        if a.end <= b.end { i += 1 } else { j += 1 }
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;
    use bstr::ByteSlice;

    fn check(olds: &[&str], new: &str, expected: &[&str]) {
        let olds: Vec<&[u8]> = olds.iter().map(|old| old.as_bytes()).collect();
        let found: Vec<String> = match added(&olds, new.as_bytes()) {
            Scope::All => vec!["*".to_owned()],
            Scope::Ranges(ranges) => {
                ranges.iter().map(|range| range.of(new.as_bytes()).as_bstr().to_string()).collect()
            }
        };
        assert_eq!(found, expected, "{olds:?} -> {new:?}");
    }

    #[test]
    fn added_and_changed_lines_are_found() {
        check(&[], "a\n", &["*"]);
        check(&["a\n"], "a\n", &[]);
        check(&[""], "a\nb", &["a\nb"]);
        check(&["a\nb\nc\n"], "a\nc\n", &[]);
        check(&["a\nb\nc\n"], "a\nX\nc\n", &["X\n"]);
        check(&["a\nb\nc\nd\ne\n"], "a\nX\nc\nd\nY\nZ\ne\n", &["X\n", "Y\nZ\n"]);
        check(&["a\nb"], "a\nb\n", &["b\n"]);
        check(&["a\nb\n"], "a\nb", &["b"]);
        check(&["one"], "one two", &["one two"]);
        check(&["x\na\n"], "xa\na\n", &["xa\n"]);
        check(&["a\0b\nc\n"], "a\0b\nd\n", &["d\n"]);
    }

    #[test]
    fn a_line_that_any_parent_has_is_not_added() {
        check(&["a\nb\n", "b\nc\n"], "a\nb\nc\n", &[]);
        check(&["a\nb\n", "b\nc\n"], "a\nX\nb\nc\n", &["X\n"]);
        check(&["a\n", "a\nb\n", "z\n"], "a\nb\nz\nq\n", &["q\n"]);
    }

    #[test]
    fn scattered_changes_in_a_long_text_are_found_one_by_one() {
        let old: String = (0..500).map(|at| format!("line {at}\n")).collect();
        let mut lines: Vec<String> = old.lines().map(|line| format!("{line}\n")).collect();
        lines[17] = "changed\n".to_owned();
        lines.insert(400, "inserted\n".to_owned());
        lines.remove(250);
        check(&[&old], &lines.concat(), &["changed\n", "inserted\n"]);
    }
}
