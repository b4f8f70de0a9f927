//! GitHub's own hash of a line, `primaryLocationLineHash`: what code scanning tells two alerts of a file apart by.
//!
//! It must be exactly GitHub's, for `upload-sarif` computes it again where it can open the file. In words: decode as UTF-8
//! and walk the UTF-16 units without spaces and tabs; CR, LF and CR LF are one LF. A line's hash is a polynomial (base 37,
//! wrapping at 64 bits) over the hundred units from the line's start on, running into the following lines; the text ends
//! with one unit 65535, then zeros. Printed in hexadecimal without padding, a colon, and how often the value has occurred.

use std::collections::{BTreeSet, HashMap};

use crate::model::LineIndex;

const BLOCK: usize = 100;
const BASE: u64 = 37;
const END: u16 = 65535;
const LINE_END: u16 = b'\n' as u16;
/// GitHub takes no larger file, so nothing larger has alerts.
const LARGEST: usize = 100 << 20;

/// The hashes of several lines (from 1) of `text`, in the order asked for; none where there is no such line.
pub fn of_lines(text: &[u8], index: &LineIndex, lines: &[usize]) -> Vec<Option<String>> {
    if text.len() > LARGEST {
        return vec![None; lines.len()];
    }
    let wanted: BTreeSet<usize> =
        lines.iter().copied().filter(|line| (1..=index.starts().len()).contains(line)).collect();
    let found = counted(text, index, &wanted);
    lines.iter().map(|line| found.get(line).map(|(hash, count)| format!("{hash:x}:{count}"))).collect()
}

/// By line: its hash, and how often that has occurred up to it.
fn counted(text: &[u8], index: &LineIndex, wanted: &BTreeSet<usize>) -> HashMap<usize, (u64, u32)> {
    let line = |number: usize| &text[index.starts()[number - 1]..];
    let mut found: HashMap<usize, (u64, u32)> =
        wanted.iter().map(|&number| (number, (hash(line(number)), 0))).collect();
    let mut counts: HashMap<u64, u32> = found.values().map(|(hash, _)| (*hash, 0)).collect();
    // Most lines begin like none of those that are asked for, so that their hash need not be known.
    let mut beginnings = [0_u64; 64];
    for &number in wanted {
        let (word, bit) = beginning(line(number));
        beginnings[word] |= bit;
    }
    for number in 1..=wanted.last().copied().unwrap_or_default() {
        let (word, bit) = beginning(line(number));
        if beginnings[word] & bit == 0 {
            continue;
        }
        let own = found.get_mut(&number);
        let hash = own.as_ref().map_or_else(|| hash(line(number)), |(hash, _)| *hash);
        let Some(count) = counts.get_mut(&hash) else { continue };
        *count += 1;
        own.into_iter().for_each(|(_, before)| *before = *count);
    }
    found
}

/// The place of a bit for the first characters that count, up to one that is not of ASCII.
fn beginning(line: &[u8]) -> (usize, u64) {
    const LEN: usize = 6;
    let blanks = line.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(line.len());
    // Nearly all lines go on with that many characters that count.
    let plain = line[blanks..]
        .first_chunk::<LEN>()
        .map(|&[a, b, c, d, e, f]| u64::from_be_bytes([b'!', b'!', a, b, c, d, e, f]));
    let key = match plain.filter(|&first| are_graphic(first)) {
        Some(first) => first & ((1 << (8 * LEN)) - 1),
        None => {
            let first = line[blanks..].iter().filter(|byte| !matches!(byte, b' ' | b'\t')).take(LEN);
            let ascii = first.take_while(|byte| byte.is_ascii() && !matches!(byte, b'\n' | b'\r'));
            ascii.fold(0_u64, |key, &byte| key << 8 | u64::from(byte))
        }
    };
    let mixed = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52;
    ((mixed >> 6) as usize, 1 << (mixed & 63))
}

/// Says whether eight bytes are graphic characters of ASCII.
fn are_graphic(bytes: u64) -> bool {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    const ONES: u64 = 0x0101_0101_0101_0101;
    let is_ascii = bytes & HIGH == 0;
    let is_blank = !((bytes | HIGH) - 0x21 * ONES) & HIGH != 0;
    is_ascii && !is_blank && (bytes + ONES) & HIGH == 0
}

/// The hash of the line that `text` begins with.
fn hash(text: &[u8]) -> u64 {
    let units = Units { text, second: None, after_return: false };
    let padded = units.chain([END]).chain(std::iter::repeat(0));
    padded.take(BLOCK).fold(0, |hash: u64, unit| hash.wrapping_mul(BASE).wrapping_add(u64::from(unit)))
}

/// The UTF-16 units of a text that count, line ends made alike.
struct Units<'t> {
    text: &'t [u8],
    /// The other half of a pair.
    second: Option<u16>,
    after_return: bool,
}

impl Iterator for Units<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        if let Some(second) = self.second.take() {
            return Some(second);
        }
        loop {
            let (&byte, rest) = self.text.split_first()?;
            if !byte.is_ascii() {
                self.after_return = false;
                return Some(self.character());
            }
            self.text = rest;
            let follows_return = std::mem::replace(&mut self.after_return, byte == b'\r');
            match byte {
                b' ' | b'\t' => {}
                b'\n' if follows_return => {}
                b'\r' => return Some(LINE_END),
                _ => return Some(u16::from(byte)),
            }
        }
    }
}

impl Units<'_> {
    /// The first unit of the character that comes; bytes that are none are replaced as a whole.
    fn character(&mut self) -> u16 {
        let near = &self.text[..self.text.len().min(4)];
        let (character, len) = match near.utf8_chunks().next() {
            Some(chunk) => match chunk.valid().chars().next() {
                Some(character) => (character, character.len_utf8()),
                None => (char::REPLACEMENT_CHARACTER, chunk.invalid().len()),
            },
            None => (char::REPLACEMENT_CHARACTER, 1),
        };
        self.text = &self.text[len..];
        let mut pair = [0; 2];
        let units = character.encode_utf16(&mut pair);
        self.second = units.get(1).copied();
        units[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &[u8], lines: &[usize]) -> Vec<Option<String>> {
        of_lines(text, &LineIndex::new(text), lines)
    }

    fn check(text: &str, expected: &[&str]) {
        let lines: Vec<usize> = (1..=expected.len()).collect();
        let hashes: Vec<String> = told(text.as_bytes(), &lines).into_iter().flatten().collect();
        assert_eq!(hashes, expected, "{text:?}");
    }

    #[test]
    fn eight_bytes_are_graphic_if_each_is() {
        for byte in 0..=255_u8 {
            for at in 0..8 {
                let mut bytes = *b"!~aZ09#x";
                bytes[at] = byte;
                assert_eq!(are_graphic(u64::from_be_bytes(bytes)), byte.is_ascii_graphic(), "{byte} at {at}");
            }
        }
    }

    #[test]
    fn vectors() {
        check("", &["c129715d7a2bc9a3:1"]);
        check("hello\n", &["5e536e90a7094d15:1", "c129715d7a2bc9a3:1"]);
        check("a b\tc\r\nabc\nabc", &["f81046d3f136450d:1", "ae317d1cb8ba0c95:1", "cba6a0809d21a39d:1"]);
    }

    #[test]
    fn line_ends_and_spaces_make_no_difference() {
        let lines = [1, 2, 3];
        let plain = told(b"x = 1\ny = 2\nz", &lines);
        for other in ["x = 1\r\ny = 2\r\nz", "x = 1\ry = 2\rz", "\tx=1\n  y =\t2 \n z"] {
            assert_eq!(told(other.as_bytes(), &lines), plain, "{other:?}");
        }
    }

    #[test]
    fn equal_blocks_are_numbered_and_lines_beyond_the_end_have_none() {
        let text = format!("{}\n", "x".repeat(99)).repeat(3);
        let hashes = told(text.as_bytes(), &[1, 2, 3, 4, 5]);
        let number = |at: usize| hashes[at].as_deref().and_then(|hash| hash.split_once(':'));
        assert_eq!(number(0).map(|(hash, _)| hash), number(1).map(|(hash, _)| hash));
        assert_eq!((number(0).unwrap().1, number(1).unwrap().1, number(2).unwrap().1), ("1", "2", "3"));
        assert_eq!((hashes[3].as_deref(), hashes[4].as_deref()), (Some("c129715d7a2bc9a3:1"), None));
        assert_eq!(told(text.as_bytes(), &[2]), hashes[1..2]);
        assert_eq!(told(b"x", &[0]), [None]);
    }

    #[test]
    fn a_slow_reading_of_the_definition_agrees() {
        agrees(&"fn main() {\n    let s = \"é𝄞\u{1}\";\r\n\n}\n\tx\n".repeat(900));
        agrees(&"fn main() {\n    let s = \"e\u{1}\";\r\n\n}\n\tx\n".repeat(900));
        agrees(&format!("{}\n{}", "a long line ".repeat(3000), "x\n".repeat(9000)));
    }

    fn agrees(text: &str) {
        let mut kept = Vec::new();
        let plain = text.replace("\r\n", "\n").replace('\r', "\n");
        kept.extend(plain.encode_utf16().filter(|unit| !matches!(unit, 9 | 32)));
        kept.push(END);
        let mut starts = vec![0];
        starts.extend(kept.iter().enumerate().filter(|(_, unit)| **unit == 10).map(|(at, _)| at + 1));
        let lines: Vec<usize> = (1..=starts.len()).collect();
        let ours = told(text.as_bytes(), &lines);
        for (number, start) in starts.iter().enumerate() {
            let block = kept[*start..].iter().copied().chain(std::iter::repeat(0)).take(BLOCK);
            let hash = block.fold(0_u64, |hash, unit| hash.wrapping_mul(BASE).wrapping_add(u64::from(unit)));
            let ours = ours[number].as_deref().unwrap();
            assert_eq!(ours.split(':').next(), Some(format!("{hash:x}").as_str()), "line {}", number + 1);
        }
    }
}
