//! Lists of bytes that spell text: `0x6b, 0x65, 0x79`, `6b 65 79`, `6b:65:79`, `107, 101, 121`, `hex(1):6b,00,65,00`.
//!
//! Programs write them for files that become part of a program, keys among them. Nothing in the text promises a list, so this
//! looks at few bytes here and there: a list long enough to matter has one of those places in it, wherever they lie.

use super::map::Writer;
use super::{Layer, Output, hex, look};
use crate::model::Span;

/// How far the places that are looked at lie apart, and how many bytes are looked at.
const STRIDE: usize = 64;
const WINDOW: usize = 24;

/// The shortest list, in bytes of the text: there is always a whole window in it.
const SHORTEST: usize = STRIDE + WINDOW;

/// The fewest values that are a text.
const FEWEST: usize = 20;

/// A long list is decoded in parts of so many values, which overlap.
const PART: usize = 1 << 18;
const OVERLAP: usize = 1 << 14;

/// Takes ranges, in order.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Lists have been seen up to here.
    done: usize,
}

impl Lists {
    /// Decodes the lists that touch `range`.
    pub(super) fn layers(&mut self, bytes: &[u8], range: Span, output: &mut Output<'_, '_>) {
        let range = range.widened(SHORTEST, bytes.len());
        let mut at = range.start.next_multiple_of(STRIDE);
        while at < range.end {
            let place = at;
            at += STRIDE;
            let Some(window) = bytes.get(place..place + WINDOW) else { return };
            // A few bytes that lie apart deny nearly all.
            let is_denied = [0, 7, 12, 18].into_iter().any(|at| !is_part(window[at]));
            if is_denied || place < self.done || !window.iter().all(|&byte| is_part(byte)) || !is_list(window) {
                continue;
            }
            let start = bytes[..place].iter().rposition(|&byte| !is_part(byte)).map_or(0, |before| before + 1);
            let end = bytes[place..].iter().position(|&byte| !is_part(byte)).map_or(bytes.len(), |len| place + len);
            self.done = end;
            output.tell(Span::new(start, end));
            if end - start >= SHORTEST {
                list(bytes, Span::new(start, end), output);
            }
        }
    }
}

/// What lists are made of: digits, the sign of a number's base, space, commas, colons, and what continues a line.
fn is_part(byte: u8) -> bool {
    const TABLE: [bool; 256] = {
        let mut table = [false; 256];
        let mut index = 0;
        while index < 31 {
            table[b"0123456789abcdefABCDEFxX,: \t\r\n\\"[index] as usize] = true;
            index += 1;
        }
        table
    };
    TABLE[usize::from(byte)]
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || byte | 0x20 == b'x'
}

/// Says whether several short numbers stand in a window.
fn is_list(window: &[u8]) -> bool {
    let numbers = window.split(|&byte| !is_digit(byte)).filter(|number| !number.is_empty());
    numbers.clone().count() >= 3 && numbers.into_iter().all(|number| number.len() <= 4)
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `0x6b`.
    Prefixed,
    /// `6b`.
    Hex,
    /// `107`.
    Decimal,
}

/// The value of a number in a style; a list that is told by commas alone may be of either base.
fn value(number: &[u8], style: Style) -> Option<u8> {
    match (style, number) {
        (Style::Prefixed, [b'0', b'x' | b'X', digits @ ..]) if matches!(digits.len(), 1 | 2) => {
            hex::value(digits, 0, digits.len()).map(|value| value as u8)
        }
        (Style::Hex, [_, _]) => hex::value(number, 0, 2).map(|value| value as u8),
        (Style::Decimal, [_] | [_, _] | [_, _, _]) => number
            .iter()
            .try_fold(0_u32, |value, &byte| byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0')))
            .and_then(|value| u8::try_from(value).ok()),
        _ => None,
    }
}

/// Decodes the rows of numbers of one style in a list.
fn list(bytes: &[u8], whole: Span, output: &mut Output<'_, '_>) {
    for style in [Style::Prefixed, Style::Hex, Style::Decimal] {
        let mut row: Vec<(Span, u8)> = Vec::new();
        let mut at = whole.start;
        let mut is_continued = false;
        while at < whole.end {
            if !is_digit(bytes[at]) {
                at += 1;
                continue;
            }
            let len = bytes[at..whole.end].iter().take(8).take_while(|&&byte| is_digit(byte)).count();
            let number = Span::new(at, at + len);
            at = number.end;
            // Numbers below one another without a comma are rows of a table, not one text: only hexadecimal ones go on.
            match value(number.of(bytes), style) {
                Some(value) => row.push((number, value)),
                None => {
                    push(bytes, whole, &row, is_continued, output);
                    (row, is_continued) = (Vec::new(), false);
                }
            }
            if row.len() == PART {
                push(bytes, whole, &row, true, output);
                row.drain(..PART - OVERLAP);
                is_continued = true;
            }
        }
        push(bytes, whole, &row, is_continued, output);
    }
}

fn push(bytes: &[u8], context: Span, row: &[(Span, u8)], is_part: bool, output: &mut Output<'_, '_>) {
    let (Some((first, _)), Some((last, _))) = (row.first(), row.last()) else { return };
    if row.len() < FEWEST {
        return;
    }
    let text: Vec<u8> = row.iter().map(|&(_, value)| value).collect();
    if !(look::has_text(&text) || !is_part && look::promising(&text)) || !output.affords(text.len()) {
        return;
    }
    let span = Span::new(first.start, last.end);
    let mut writer = Writer::default();
    row.iter().for_each(|(number, value)| writer.replace(number.start, number.len(), &[*value]));
    let (text, map) = writer.finish(span);
    debug_assert!(span.end <= bytes.len());
    output.push(Layer { kind: "numbers", bytes: text, span, context, map });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::decode::{Budget, layers};

    fn decoded(text: &str) -> Option<String> {
        let mut found = Vec::new();
        layers(text.as_bytes(), &[Span::new(0, text.len())], &mut Budget::new(text.len()), &mut found);
        let layer = found.into_iter().find(|layer| layer.kind == "numbers")?;
        Some(String::from_utf8_lossy(&layer.bytes).into_owned())
    }

    #[test]
    fn lists_of_bytes_are_read() {
        let text = "key: aB3dE6gH9jK2mN5pQ8 and more";
        let join =
            |separator: &str, write: fn(u8) -> String| text.bytes().map(write).collect::<Vec<_>>().join(separator);
        for list in [
            format!("char k[] = {{{}}};", join(", ", |byte| format!("0x{byte:02x}"))),
            format!("{{\n  {},\n}}", join(",\n  ", |byte| format!("0X{byte:02X}"))),
            format!("Buffer.from([{}])", join(", ", |byte| byte.to_string())),
            join(" ", |byte| format!("{byte:02x}")),
            join(":", |byte| format!("{byte:02X}")),
            format!("\"Key\"=hex:{}", join(",", |byte| format!("{byte:02x}")).replacen(",61,", ",61,\\\r\n  ", 1)),
        ] {
            for shift in 0..70 {
                let shifted = format!("{}\"{list}", " ".repeat(shift));
                assert_eq!(decoded(&shifted).as_deref(), Some(text), "{shifted}");
            }
        }
        let random: String =
            (0..400_u32).map(|at| format!("0x{:02x}, ", at.wrapping_mul(2_654_435_761) >> 24)).collect();
        for other in [random.as_str(), &"1, 2, 3, 4, ".repeat(99), &"ab cd ef 01 ".repeat(99), &"3.5, ".repeat(99)] {
            assert_eq!(decoded(other), None, "{other}");
        }
    }
}
