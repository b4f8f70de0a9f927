//! Readers of names and values in any text: dotenv files, assignments, kinds of content, line numbers.

use stanch::model::{LineIndex, Span};
use stanch::text::dotenv::Dotenv;
use stanch::text::{keyvalue, sniff};

/// Runs it.
pub fn run(data: &[u8]) {
    let file = Dotenv::parse(data);
    let mut last = 0;
    for entry in &file.entries {
        assert!(last <= entry.name.start && entry.name.end <= entry.place.start && entry.place.end <= data.len());
        assert!(entry.value.len() <= entry.place.len());
        last = entry.place.end;
    }
    let _ = file.is_whole(data);
    // Every word is a name.
    let mut start = 0;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    for (at, &byte) in data.iter().enumerate().chain([(data.len(), &0)]) {
        if is_word(byte) {
            continue;
        }
        if start < at {
            keyvalue::values(data, Span::new(start, at), |found| {
                assert!(found.value.end <= data.len() && found.wrapper.end <= data.len());
            });
        }
        start = at + 1;
    }
    let _ = (sniff::format(data), sniff::unicode(data), sniff::is_binary(data), sniff::is_minified(data));
    let index = LineIndex::new(data);
    for at in [0, data.len() / 2, data.len()] {
        let position = index.position(data, at);
        assert!(index.span(position.line, data).start <= at && position.column_utf16 <= 2 * position.column);
    }
}
