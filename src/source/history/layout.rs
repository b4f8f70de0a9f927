//! Where the entries of a tree begin, so that of a tree that differs little from another only the difference is read.
//!
//! Trees are stored as differences; an entry that is copied whole was seen where it was copied from. A copy is only
//! believed when it begins at an entry on both sides: a forged one could otherwise hide a name.

use crate::source::git::object::Malformed;
use crate::source::git::{TreeEntries, TreeEntry};
use crate::source::odb::CopyRun;

use super::notes::Place;

/// The starts of a tree's entries, and the end of the last one.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Layout {
    starts: Vec<u32>,
    /// Where its note stands, if it was noted.
    pub(super) note: Option<Place>,
}

/// A part of a tree, in order.
pub(super) enum Part<'a> {
    /// An entry that is not copied, and where it begins.
    New(u32, TreeEntry<'a>),
    /// Entries that are copied whole: where the first begins in the base and here, and how many bytes they are.
    Copied { from: u32, to: u32, len: u32 },
}

/// Calls `each` for the entries of the tree `bytes`, one by one where they are not copied from `base`.
pub(super) fn entries<'a>(
    bytes: &'a [u8],
    id_len: usize,
    base: Option<&Layout>,
    copies: &[CopyRun],
    mut each: impl FnMut(Part<'a>),
) -> (Layout, Result<(), Malformed>) {
    let mut starts = Vec::with_capacity(base.map_or(0, |base| base.starts.len()) + 4);
    let mut runs = copies.iter().peekable();
    let mut at = 0;
    let mut result = Ok(());
    while at < bytes.len() {
        while runs.next_if(|run| run.target_start + run.len <= at).is_some() {}
        let run = runs.peek().filter(|run| run.target_start <= at);
        if let (Some(base), Some(run)) = (base, run)
            && let Some(len) = base.copied(run, at, &mut starts)
        {
            let from = run.base_start + (at - run.target_start);
            each(Part::Copied { from: from as u32, to: at as u32, len: len as u32 });
            at += len;
            continue;
        }
        let mut entries = TreeEntries::new(&bytes[at..], id_len);
        match entries.next() {
            Some(Ok(entry)) => {
                each(Part::New(at as u32, entry));
                starts.push(at as u32);
                at = bytes.len() - entries.remaining();
            }
            Some(Err(malformed)) => {
                result = Err(malformed);
                break;
            }
            None => break,
        }
    }
    starts.push(at as u32);
    (Layout { starts, note: None }, result)
}

impl Layout {
    /// Adds the starts of the entries that lie whole in `run` from `at` on; how many bytes they are, if any.
    fn copied(&self, run: &CopyRun, at: usize, starts: &mut Vec<u32>) -> Option<usize> {
        let begin = run.base_start + (at - run.target_start);
        let end = run.base_start + run.len;
        let first = self.starts.binary_search(&(u32::try_from(begin).ok()?)).ok()?;
        let last = self.starts.partition_point(|&start| start as usize <= end).checked_sub(1)?;
        if last <= first {
            return None;
        }
        starts.extend(self.starts[first..last].iter().map(|&start| (start as usize - begin + at) as u32));
        Some((self.starts[last] - self.starts[first]) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(names: &[&str]) -> Vec<u8> {
        names.iter().flat_map(|name| [b"100644 ", name.as_bytes(), &[0], &[name.as_bytes()[0]; 20]].concat()).collect()
    }

    fn read(bytes: &[u8], base: Option<&Layout>, copies: &[CopyRun]) -> (Vec<String>, Layout) {
        let mut names = Vec::new();
        let (layout, result) = entries(bytes, 20, base, copies, |part| {
            if let Part::New(_, entry) = part {
                names.push(entry.name.to_string());
            }
        });
        assert_eq!(result, Ok(()));
        (names, layout)
    }

    fn run(target_start: usize, base_start: usize, len: usize) -> CopyRun {
        CopyRun { target_start, base_start, len }
    }

    #[test]
    fn only_entries_that_are_not_copied_are_shown() {
        let base = tree(&["aa", "bbb", "c", "dddd"]);
        let (names, layout) = read(&base, None, &[]);
        assert_eq!(names, ["aa", "bbb", "c", "dddd"]);
        // `bbb` is replaced by `new`; the copies begin and end inside of entries, as they do in real packs.
        let target = tree(&["aa", "new", "c", "dddd"]);
        let copies = [run(0, 0, 30 + 7), run(30 + 10, 30 + 10, 0), run(61, 61, base.len() - 61)];
        let (names, of_target) = read(&target, Some(&layout), &copies);
        assert_eq!(names, ["new"]);
        assert_eq!(of_target, read(&target, None, &[]).1, "the layout is as if all had been read");
        // An entry is dropped, and what follows it moves.
        let target = tree(&["aa", "c", "dddd"]);
        let (names, of_target) = read(&target, Some(&layout), &[run(0, 0, 30), run(30, 61, base.len() - 61)]);
        assert_eq!(names, [""; 0]);
        assert_eq!(of_target, read(&target, None, &[]).1);
    }

    #[test]
    fn a_copy_from_the_middle_of_an_entry_hides_nothing() {
        let inner = tree(&[".env"]);
        let base = [b"100644 ", inner.as_slice()].concat();
        let (names, layout) = read(&base, None, &[]);
        assert_eq!(names, ["100644 .env"]);
        let (names, _) = read(&inner, Some(&layout), &[run(0, 7, inner.len())]);
        assert_eq!(names, [".env"]);
    }

    #[test]
    fn a_cut_tree_is_malformed_whatever_it_copies() {
        let base = tree(&["a", "b"]);
        let (_, layout) = read(&base, None, &[]);
        let cut = &base[..base.len() - 3];
        let (_, result) = entries(cut, 20, Some(&layout), &[run(0, 0, cut.len())], |_| {});
        assert!(result.is_err());
    }
}
