//! `stanch:allow RULE-ID reason…`: an exception written beside the value that it excuses.
//!
//! It counts on the value's own line and on the next one, for the rules that it names, and only with a reason. It must
//! never excuse a banned file or a rule that it does not name.

use crate::model::{LineIndex, Span};

const MARK: &[u8] = b"stanch:allow";

/// A well-formed exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The rules that it names.
    pub rules: Vec<String>,
    /// Why.
    pub reason: String,
}

impl Comment {
    /// Finds the exception that covers a value at `span` of `text`, on its first line or the line before.
    pub fn covering(text: &[u8], lines: &LineIndex, span: Span, rule: &str) -> Option<Self> {
        let line = lines.line(span.start);
        let last = lines.line(span.end.saturating_sub(1).max(span.start));
        [Some(line), line.checked_sub(1), Some(last)]
            .into_iter()
            .flatten()
            .filter(|&line| line > 0)
            .filter_map(|line| Self::parse(lines.span(line, text).of(text)))
            .find(|comment| comment.rules.iter().any(|name| name == rule))
    }

    /// Reads the exception in one line; none without a rule or without a reason.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let at = memchr::memmem::find(line, MARK)? + MARK.len();
        let rest = String::from_utf8_lossy(&line[at..]);
        let rest = rest.trim_start_matches([':', ' ', '\t']);
        let (rules, reason) = rest.split_once(|c: char| c.is_whitespace())?;
        let reason = reason.trim().trim_end_matches("*/").trim_end_matches("-->").trim();
        let is_id = |id: &str| id.contains('-') && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let rules: Vec<String> = rules.split(',').filter(|id| is_id(id)).map(str::to_owned).collect();
        (!rules.is_empty() && reason.len() >= 3).then(|| Self { rules, reason: reason.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_needs_a_rule_and_a_reason() {
        let parse =
            |line: &str| Comment::parse(line.as_bytes()).map(|comment| (comment.rules.join(","), comment.reason));
        let expected = Some(("a-b,c-d".to_owned(), "test vector".to_owned()));
        assert_eq!(parse("x = 1 /* stanch:allow a-b,c-d test vector */"), expected);
        assert_eq!(parse("<!-- stanch:allow a-b,c-d test vector -->"), expected);
        for line in ["# stanch:allow", "# stanch:allow a-b", "# stanch:allow because I say so", "# allow a-b reason"] {
            assert_eq!(parse(line), None, "{line}");
        }
    }

    #[test]
    fn it_covers_its_own_line_and_the_next() {
        let text = b"# stanch:allow a-b sample data\nkey = value\nother = value\n";
        let lines = LineIndex::new(text);
        let covers = |at: usize, rule: &str| Comment::covering(text, &lines, Span::new(at, at + 5), rule).is_some();
        assert!(covers(37, "a-b"));
        assert!(!covers(37, "c-d"));
        assert!(!covers(51, "a-b"));
    }
}
