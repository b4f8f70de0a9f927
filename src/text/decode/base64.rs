//! Base64 in all its dresses: standard and URL-safe, padded or not, in one run or wrapped into lines.
//!
//! Lines may be indented, quoted, commented out or strung together with operators, as long as all but the last have
//! the same length.

use super::scan::{self, is_word};
use super::{Layer, Output, SpanMap, look};
use crate::model::Span;

/// A long run is decoded in parts of this many characters, which overlap by [`OVERLAP`]. Multiples of four.
const PART: usize = 4 << 20;
const OVERLAP: usize = 64 << 10;

/// The shortest line that can be one of several.
const LINE: usize = 16;

/// How many bytes may stand between two lines.
const SEAM: usize = 128;

/// From this length on a run may be data with text in it: a message of a protocol, a pickled object, a document.
const DATA: usize = 60;

/// A run that is no text as a whole is tried in parts only up to this length.
const SPLIT: usize = 4096;

/// Takes the runs of word characters in ranges, in order.
///
/// Runs that stand below one another make a chain. In a chain a block begins at the first line that decodes to something, and
/// goes on for as long as its lines fit; then the next may begin. So what a line is part of depends on the chain alone.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// Everything before this has been seen to its end.
    done: usize,
    /// Where the chain of the last block begins.
    chain: usize,
    /// The next run may stand in a chain whose beginning has not been seen.
    is_first: bool,
    /// Data has been looked at up to here.
    data: usize,
}

impl Runs {
    /// Runs of a range are to come.
    pub(super) fn enter(&mut self, range: Span) {
        self.is_first = range.start > 0;
    }

    /// Decodes `run` if it is base64, together with the lines that belong to it.
    pub(super) fn run(&mut self, bytes: &[u8], run: Span, output: &mut Output<'_, '_>) {
        if run.start < self.done {
            return;
        }
        let mut first = run;
        if std::mem::take(&mut self.is_first) {
            let Some(line) = first_of_block(bytes, run) else { return };
            first = line;
        }
        if is_promising(bytes, first) {
            let lines = block(bytes, first);
            let end = lines.last().map_or(run.end, |line| line.end);
            // Lines of a chain that has been followed need not be followed again.
            let start = chain_start(bytes, first, self.done);
            self.chain = if start < self.done { self.chain } else { start };
            self.done = end;
            let context = Span::new(self.chain, bytes.len().min(end + SEAM));
            push(bytes, &lines, context, output);
            // Lines of an unusual length may be a list of separate values.
            if lines.len() > 1 && !matches!(first.len(), 60 | 64 | 72 | 76) {
                let values = lines.iter().filter(|line| is_promising(bytes, **line));
                values.for_each(|line| push(bytes, &[*line], context, output));
            }
            return;
        }
        if run.len() >= DATA && run.start >= self.data {
            self.data = data(bytes, run, output);
        }
        if run.len() <= SPLIT {
            split(bytes, run, output);
        }
    }
}

/// Tells of the lines that begin with `run`, when there are many.
pub(super) fn chain(bytes: &[u8], run: Span, output: &mut Output<'_, '_>) {
    let is_known = output.long.last().is_some_and(|long| run.start < long.end);
    let mut end = run.end;
    while !is_known
        && end - run.start <= super::LONG
        && let Some(line) = next_line(bytes, end)
    {
        end = line.end;
    }
    output.tell(Span::new(run.start, end));
}

/// Decodes the lines around `run` that are as long as it; shows them if there is text in them. Returns where they end.
fn data(bytes: &[u8], run: Span, output: &mut Output<'_, '_>) -> usize {
    let head = &run.of(bytes)[..DATA];
    let has = |kind: fn(&u8) -> bool| head.iter().any(kind);
    // Numbers and most names are of one kind.
    if !has(u8::is_ascii_digit) || !has(u8::is_ascii_uppercase) || !has(u8::is_ascii_lowercase) {
        return run.end;
    }
    let mut first = run;
    while let Some(line) = previous_line(bytes, first.start)
        && line.len() == first.len()
    {
        first = line;
    }
    let lines = block(bytes, first);
    let end = lines.last().map_or(run.end, |line| line.end).max(run.end);
    push_if(bytes, &lines, Span::new(first.start, end), look::has_text, output);
    end
}

/// The first line of the block that `run` belongs to, or `run` itself: what the search from the chain's beginning arrives at.
fn first_of_block(bytes: &[u8], run: Span) -> Option<Span> {
    let start = chain_start(bytes, run, 0);
    let mut line = Span::new(start, scan::word_end(bytes, start));
    while line.start < run.start {
        let mut last = line;
        if is_run(line.of(bytes)) && is_promising(bytes, line) {
            last = block(bytes, line).last().copied()?;
            if last.end > run.start {
                return Some(line);
            }
        }
        line = next_line(bytes, last.end)?;
    }
    Some(run)
}

/// Says whether the search reports a line by itself: see [`scan::Event::Run`].
fn is_run(line: &[u8]) -> bool {
    let is_core = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'/';
    line.split(|byte| !is_core(byte)).any(|core| core.len() >= scan::RUN)
}

fn is_promising(bytes: &[u8], run: Span) -> bool {
    let mut head = [0; look::HEAD];
    let mut len = 0;
    for (index, group) in run.of(bytes).chunks(4).take(look::HEAD / 3).enumerate() {
        let bits = group.iter().fold(0, |bits, &byte| bits << 6 | sextet(byte)) << (6 * (4 - group.len()));
        head[3 * index..3 * index + 3].copy_from_slice(&bits.to_be_bytes()[1..]);
        len += group.len() * 3 / 4;
        // Two groups are enough to refuse nearly everything.
        if index == 1 && !look::may_begin(&head[..6]) {
            return false;
        }
    }
    look::promising(&head[..len])
}

/// Tries the parts of a path or of an identifier: `/`, `-`, `_` and `+` are rare in text that was encoded.
fn split(bytes: &[u8], run: Span, output: &mut Output<'_, '_>) {
    let is_separator = |byte: &u8| matches!(byte, b'/' | b'-' | b'_' | b'+');
    let mut at = run.start;
    while at + scan::RUN <= run.end {
        // From the far end of the shortest part backwards.
        if let Some(separator) = bytes[at..at + scan::RUN].iter().rposition(is_separator) {
            at += separator + 1;
            continue;
        }
        let len = bytes[at..run.end].iter().position(is_separator).unwrap_or(run.end - at);
        let part = Span::new(at, at + len);
        if part != run && is_promising(bytes, part) {
            push(bytes, &[part], part, output);
        }
        at = part.end + 1;
    }
}

fn push(bytes: &[u8], lines: &[Span], context: Span, output: &mut Output<'_, '_>) {
    push_if(bytes, lines, context, |_| true, output);
}

/// Decodes `lines`, and passes on what `is_wanted`.
fn push_if(bytes: &[u8], lines: &[Span], context: Span, is_wanted: fn(&[u8]) -> bool, output: &mut Output<'_, '_>) {
    let width = lines.first().map_or(1, |line| line.len().max(1));
    let end = lines.iter().map(|line| line.len()).sum::<usize>();
    let mut start = 0;
    loop {
        // All lines but the last have the same width.
        let mut part = Vec::with_capacity(PART.min(end) / width + 2);
        for (index, line) in lines.iter().enumerate().skip(start / width) {
            let before = index * width;
            if before >= start + PART {
                break;
            }
            let cut = |offset: usize| line.start + offset.saturating_sub(before).min(line.len());
            part.push(Span::new(cut(start), cut(start + PART)));
        }
        let Some((first, last)) = part.first().zip(part.last()) else { return };
        if !output.affords(end.min(PART) / 4 * 3) {
            return;
        }
        let span = Span::new(first.start, last.end);
        let decoded = decode(&part, bytes);
        if is_wanted(&decoded) {
            output.push(Layer { kind: "base64", bytes: decoded, span, context, map: SpanMap::scaled(4, 3, &part) });
        }
        if start + PART >= end {
            return;
        }
        start += PART - OVERLAP;
    }
}

/// The lines of the block that begins with `first`.
fn block(bytes: &[u8], first: Span) -> Vec<Span> {
    let mut lines = vec![first];
    let width = first.len();
    if width < LINE {
        return lines;
    }
    while let Some(line) = lines.last().and_then(|last| next_line(bytes, last.end)) {
        // Lines whose length is no multiple of four are parts of one run only if they mean nothing by themselves.
        if line.len() > width || (!width.is_multiple_of(4) && is_promising(bytes, line)) {
            break;
        }
        lines.push(line);
        if line.len() < width {
            break;
        }
    }
    lines
}

/// The run after the line break that follows `end`, and after nothing else of weight.
pub(super) fn next_line(bytes: &[u8], end: usize) -> Option<Span> {
    let near = &bytes[end..bytes.len().min(end + SEAM)];
    let mut len = 0;
    let mut has_break = false;
    loop {
        match near.get(len)? {
            b'\r' | b'\n' => has_break = true,
            // The signs of a comment, not the beginning of a line of base64.
            b'/' | b'-' if has_break && near.get(len + 1) == near.get(len) && near.get(len + 2) == Some(&b' ') => {
                len += 1;
            }
            // An operator, not the first character of a line.
            b'+' if !near.get(len + 1).is_some_and(|&next| is_word(next)) => {}
            &byte if is_word(byte) => break,
            &byte if is_seam(byte) => {}
            _ => return None,
        }
        len += 1;
    }
    has_break.then(|| Span::new(end + len, scan::word_end(bytes, end + len)))
}

/// What may stand between two lines: space, quotes, operators, signs of comments and citations. No padding: that ends it.
fn is_seam(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'`' | b'.' | b'&' | b',' | b'\\' | b'#' | b'*' | b'>' | b'|')
}

/// Goes back from `run` to the beginning of its chain, or into what is `known`. A line that is too short to be one of several
/// ends every block: what stands above it decides nothing.
fn chain_start(bytes: &[u8], run: Span, known: usize) -> usize {
    let mut start = run.start;
    while start >= known
        && let Some(line) = previous_line(bytes, start)
        && line.len() >= LINE
    {
        start = line.start;
    }
    start
}

pub(super) fn previous_line(bytes: &[u8], start: usize) -> Option<Span> {
    let low = start.saturating_sub(SEAM);
    let near = &bytes[low..start];
    // A plus sign by itself is an operator.
    let is_operator =
        |index: usize| near[index] == b'+' && !bytes[..low + index].last().is_some_and(|&byte| is_word(byte));
    let is_end = |index: &usize| {
        is_word(near[*index])
            && !is_operator(*index)
            && next_line(bytes, low + index + 1).is_some_and(|line| line.start == start)
    };
    let end = low + (0..near.len()).rev().take_while(|&index| near[index] != b'=').find(is_end)? + 1;
    Some(Span::new(scan::word_start(bytes, end), end))
}

/// Decodes the characters of `lines`, all of which must be of the alphabets. An incomplete last group gives what it has.
fn decode(lines: &[Span], bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(lines.iter().map(|line| line.len()).sum::<usize>() / 4 * 3 + 3);
    let (mut group, mut held) = (0_u32, 0);
    for line in lines {
        let mut rest = line.of(bytes);
        while held != 0
            && let Some((&byte, tail)) = rest.split_first()
        {
            (group, held, rest) = (group << 6 | sextet(byte), held + 1, tail);
            if held == 4 {
                text.extend_from_slice(&group.to_be_bytes()[1..]);
                (group, held) = (0, 0);
            }
        }
        let (groups, tail) = rest.as_chunks::<4>();
        for &[a, b, c, d] in groups {
            let group = sextet(a) << 18 | sextet(b) << 12 | sextet(c) << 6 | sextet(d);
            text.extend_from_slice(&group.to_be_bytes()[1..]);
        }
        for &byte in tail {
            (group, held) = (group << 6 | sextet(byte), held + 1);
        }
    }
    if held >= 2 {
        let group = group << (6 * (4 - held));
        text.extend_from_slice(&group.to_be_bytes()[1..held]);
    }
    text
}

fn sextet(byte: u8) -> u32 {
    const VALUES: [u8; 256] = {
        let mut values = [0; 256];
        let mut index = 0;
        while index < 64 {
            values[b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[index] as usize] = index as u8;
            index += 1;
        }
        values[b'-' as usize] = 62;
        values[b'_' as usize] = 63;
        values
    };
    u32::from(VALUES[usize::from(byte)])
}
