//! Escapes inside otherwise readable text: gathers those that stand close together and rewrites the text around them.
//!
//! A family says what an escape is at a given byte, what it stands for and how much it promises. A cluster is a group
//! of escapes with short gaps; it becomes a layer, with some readable text around it, when its escapes promise enough:
//! a line break in a message hides nothing, a letter written as a number does.

use super::map::Writer;
use super::{Layer, Output, entity, escape, literal, percent, quoted, scan, unseen};
use crate::model::Span;

/// Escapes with at most so many bytes between them form one cluster.
const GAP: usize = 256;

/// So much readable text is kept around a cluster, and then up to the end of the word.
const MARGIN: usize = 128;
const WORD: usize = 4096;

/// How far a cluster is followed out of the range that is looked at.
pub(super) const REACH: usize = 8 << 10;

/// A long cluster is rewritten in parts of about this size, which overlap by [`REACH`].
const PART: usize = 1 << 20;

/// An escape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Escape {
    /// Number of bytes that it takes, never 0.
    pub(super) len: usize,
    bytes: [u8; 4],
    wrote: u8,
    /// How much it promises.
    pub(super) weight: u32,
}

impl Escape {
    /// Stands for one byte.
    pub(super) fn byte(len: usize, byte: u8, weight: u32) -> Self {
        Self { len, bytes: [byte, 0, 0, 0], wrote: 1, weight }
    }

    /// Stands for a character.
    pub(super) fn character(len: usize, character: char, weight: u32) -> Self {
        let mut bytes = [0; 4];
        let wrote = character.encode_utf8(&mut bytes).len() as u8;
        Self { len, bytes, wrote, weight }
    }

    /// Stands for nothing.
    pub(super) fn nothing(len: usize, weight: u32) -> Self {
        Self { len, bytes: [0; 4], wrote: 0, weight }
    }
}

/// A way to write characters.
pub(super) struct Family {
    /// Name of its layers.
    pub(super) kind: &'static str,
    /// Bytes at which its escapes begin.
    pub(super) marks: &'static [u8],
    /// The escape at a mark.
    pub(super) step: fn(&[u8], usize) -> Option<Escape>,
    /// The least weight that makes a layer.
    pub(super) threshold: u32,
}

static FAMILIES: [&Family; 8] = [
    &escape::FAMILY,
    &literal::JOINED,
    &literal::NOTEBOOK,
    &percent::FAMILY,
    &entity::FAMILY,
    &quoted::FAMILY,
    &unseen::FAMILY,
    &unseen::RARE,
];

/// The families that have `mark` among their marks, before such a byte.
fn families(mark: u8, next: u8) -> &'static [usize] {
    match mark {
        b'\\' if next == b'n' => &[0, 2],
        b'\\' if matches!(next, b'\n' | b'\r') => &[0, 1],
        b'\\' => &[0],
        b'"' | b'\'' | b'`' | b'$' => &[1],
        b'%' => &[3],
        b'&' => &[4],
        0x1b | 0xe2 | 0xef => &[6],
        0x80.. => &[7],
        _ => &[5],
    }
}

/// The open clusters in a range, one for each family.
pub(super) struct Clusters {
    range: Span,
    clusters: [Cluster; FAMILIES.len()],
}

#[derive(Debug, Clone, Copy, Default)]
struct Cluster {
    /// First byte of the first escape.
    start: usize,
    /// Just after the last escape.
    end: usize,
    weight: u32,
    /// It goes on from a part that has been passed on.
    is_continued: bool,
}

impl Clusters {
    /// For the values that touch `range`.
    pub(super) fn new(range: Span, len: usize) -> Self {
        let range = range.widened(MARGIN, len);
        Self { range, clusters: [Cluster::default(); FAMILIES.len()] }
    }

    /// Where marks are wanted: a value that touches the range may have its escape a little beside it.
    pub(super) fn range(&self) -> Span {
        self.range
    }

    /// Takes the mark at `at`; marks must come in order.
    pub(super) fn mark(&mut self, bytes: &[u8], at: usize, output: &mut Output<'_, '_>) {
        let byte = bytes[at];
        for &index in families(byte, bytes.get(at + 1).copied().unwrap_or_default()) {
            let (family, cluster) = (FAMILIES[index], &mut self.clusters[index]);
            if at < cluster.end {
                continue;
            }
            // In a row of backslashes every second one is escaped: count from the first.
            if byte == b'\\' && at == self.range.start && is_escaped(bytes, at) {
                continue;
            }
            let Some(escape) = (family.step)(bytes, at) else { continue };
            if cluster.end + GAP < at || cluster.end == 0 {
                cluster.flush(family, bytes, self.range, output);
                *cluster = Cluster { start: at, ..Cluster::default() };
            }
            cluster.end = at + escape.len;
            cluster.weight = cluster.weight.saturating_add(escape.weight);
            if cluster.end - cluster.start > PART {
                cluster.flush(family, bytes, self.range, output);
                let start = cluster.end - REACH;
                *cluster = Cluster { start, is_continued: true, ..*cluster };
            }
        }
    }

    /// Ends the range.
    pub(super) fn finish(self, bytes: &[u8], output: &mut Output<'_, '_>) {
        for (family, cluster) in FAMILIES.iter().zip(self.clusters) {
            cluster.flush(family, bytes, self.range, output);
        }
    }
}

impl Cluster {
    fn flush(self, family: &Family, bytes: &[u8], range: Span, output: &mut Output<'_, '_>) {
        if self.end == 0 {
            return;
        }
        let (mut inner, mut weight) = (Span::new(self.start, self.end), self.weight);
        if !self.is_continued && self.start < range.start + GAP {
            weight = weight.saturating_add(extend_back(family, bytes, &mut inner));
        }
        if self.end + GAP > range.end {
            weight = weight.saturating_add(extend(family, bytes, &mut inner));
        }
        if weight > 0 {
            output.tell(inner);
        }
        if weight < family.threshold {
            return;
        }
        let outer = Span::new(word_start(bytes, inner.start), word_end(bytes, inner.end));
        if output.affords(outer.len()) {
            let layer = rewrite(family, bytes, outer);
            if !layer.changed().is_empty() {
                output.push(layer);
            }
        }
    }
}

/// Follows a cluster to the right, out of the range.
fn extend(family: &Family, bytes: &[u8], inner: &mut Span) -> u32 {
    let limit = bytes.len().min(inner.end + REACH);
    let mut weight = 0;
    let mut at = inner.end;
    while at < limit.min(inner.end + GAP) {
        match mark_step(family, bytes, at) {
            Some(escape) => {
                weight += escape.weight;
                at += escape.len;
                inner.end = at;
            }
            None => at += 1,
        }
    }
    weight
}

/// Follows a cluster to the left, out of the range.
fn extend_back(family: &Family, bytes: &[u8], inner: &mut Span) -> u32 {
    let limit = inner.start.saturating_sub(REACH);
    let mut weight = 0;
    let mut at = inner.start;
    while at > limit.max(inner.start.saturating_sub(GAP)) {
        at -= 1;
        if let Some(escape) = mark_step(family, bytes, at)
            && at + escape.len <= inner.start
            && !(bytes[at] == b'\\' && is_escaped(bytes, at))
        {
            weight += escape.weight;
            inner.start = at;
        }
    }
    weight
}

fn mark_step(family: &Family, bytes: &[u8], at: usize) -> Option<Escape> {
    family.marks.contains(bytes.get(at)?).then(|| (family.step)(bytes, at)).flatten()
}

/// Says whether an odd number of backslashes stands before `at`.
fn is_escaped(bytes: &[u8], at: usize) -> bool {
    bytes[..at].iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1
}

fn word_start(bytes: &[u8], at: usize) -> usize {
    let margin = at.saturating_sub(MARGIN);
    let word = bytes[..margin].iter().rev().take(WORD).take_while(|byte| scan::is_word(**byte)).count();
    margin - word
}

fn word_end(bytes: &[u8], at: usize) -> usize {
    let margin = bytes.len().min(at + MARGIN);
    margin + bytes[margin..].iter().take(WORD).take_while(|byte| scan::is_word(**byte)).count()
}

/// Writes `span` with its escapes undone.
fn rewrite(family: &Family, bytes: &[u8], span: Span) -> Layer {
    let mut is_mark = [false; 256];
    for &mark in family.marks {
        is_mark[usize::from(mark)] = true;
    }
    let mut writer = Writer::default();
    writer.bytes.reserve(span.len());
    let (mut copied, mut at) = (span.start, span.start);
    if is_escaped(bytes, at) {
        at += 1;
    }
    while let Some(found) =
        bytes.get(at..span.end).and_then(|rest| rest.iter().position(|&byte| is_mark[usize::from(byte)]))
    {
        at += found;
        let Some(escape) = (family.step)(bytes, at).filter(|escape| at + escape.len <= span.end) else {
            at += 1;
            continue;
        };
        writer.copy(copied, &bytes[copied..at]);
        writer.replace(at, escape.len, &escape.bytes[..usize::from(escape.wrote)]);
        at += escape.len;
        copied = at;
    }
    writer.copy(copied, &bytes[copied.min(span.end)..span.end]);
    let (bytes, map) = writer.finish(span);
    Layer { kind: family.kind, bytes, span, context: span, map }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn every_escape_stands_at_a_mark_that_is_reported(
            text in "([a-zA-Z0-9]{0,4}|[ \t\"'`.&+\\\\%=$#;{}n]{0,6}|[\"'`] {0,70}[+.&~|<>^_\\\\@a-z\"'/*# -]{0,4}[\"'`a][a-z]|\n|é){0,60}",
            start: proptest::sample::Index,
        ) {
            let bytes = text.as_bytes();
            let range = Span::new(start.index(bytes.len() + 1), bytes.len());
            let mut marks = Vec::new();
            scan::walk(bytes, range, &mut |event| {
                if let scan::Event::Mark(at) = event {
                    marks.push(at);
                }
            });
            proptest::prop_assert!(marks.is_sorted());
            for at in range.start..range.end {
                let next = bytes.get(at + 1).copied().unwrap_or_default();
                let is_mark = |index: &&usize| FAMILIES[**index].marks.contains(&bytes[at]) && bytes[at] < 0x80;
                for index in families(bytes[at], next).iter().filter(is_mark) {
                    let is_escape = (FAMILIES[*index].step)(bytes, at).is_some();
                    proptest::prop_assert!(!is_escape || marks.contains(&at), "{} at {at} of {text:?}", FAMILIES[*index].kind);
                }
            }
        }
    }
}
