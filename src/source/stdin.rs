//! Standard input, or any other stream that has no name.

use std::io::Read;

use crate::model::{Notice, NoticeKind, Origin, Provenance};

use super::Sink;
use super::content::{ContentLimits, ContentReader};

/// Reads `stream` to its end. What was read before an error is scanned, the error is a notice.
pub fn scan(stream: &mut dyn Read, limits: ContentLimits, sink: &dyn Sink) {
    let provenance = Provenance::new(Origin::Stdin, None);
    let mut stream = Tolerant { stream, error: None };
    let result = ContentReader::new(limits).feed(&mut stream, None, &provenance, &mut Vec::new(), sink);
    if let Some(error) = stream.error.or(result.err()) {
        sink.notice(Notice::new(
            NoticeKind::Unreadable,
            "standard input",
            format!("could not be read to its end: {error}"),
        ));
    }
}

/// Ends the stream at its first error, so that what came before is not lost.
struct Tolerant<'a> {
    stream: &'a mut dyn Read,
    error: Option<std::io::Error>,
}

impl Read for Tolerant<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.stream.read(buffer) {
            Err(error) if error.kind() != std::io::ErrorKind::Interrupted => {
                self.error = Some(error);
                Ok(0)
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::collect::Collected;

    #[test]
    fn all_of_it_is_one_item_without_a_path() {
        let sink = Collected::default();
        scan(&mut &b"some text"[..], ContentLimits::default(), &sink);
        assert_eq!(sink.listing(), ["=some text"]);
        assert_eq!(sink.notices(), [""; 0]);
    }

    #[test]
    fn an_error_in_the_middle_is_a_notice_and_loses_nothing_before_it() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("gone"))
            }
        }
        let sink = Collected::default();
        scan(&mut b"before".chain(Broken), ContentLimits::default(), &sink);
        assert_eq!(sink.listing(), ["=before"]);
        assert_eq!(sink.notices(), ["unreadable standard input"]);
    }
}
