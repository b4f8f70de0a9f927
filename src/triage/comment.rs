//! `stanch:allow RULE-ID reason…`: an exception written beside the value that it excuses.
//!
//! It counts on the value's own line and on the next one, for the rules that it names, and only with a reason;
//! `until YYYY-MM-DD` before the reason gives it a last day. It must never excuse a banned file or a rule that it does not name.

use std::sync::LazyLock;

use jiff::civil::Date;

use crate::model::{LineIndex, Span};

const MARK: &[u8] = b"stanch:allow";
/// Every text is asked.
static MARKS: LazyLock<memchr::memmem::Finder<'static>> = LazyLock::new(|| memchr::memmem::Finder::new(MARK));

/// A well-formed exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its line, from 1.
    pub line: usize,
    /// The rules that it names.
    pub rules: Vec<String>,
    /// Last day on which it counts.
    pub expires: Option<Date>,
    /// Why.
    pub reason: String,
}

/// What stands behind the mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// An exception.
    Exception(Comment),
    /// Rules without a reason.
    NoReason(Vec<String>),
    /// Something else: prose about the mark.
    Other,
}

impl Comment {
    /// Finds the exception that covers a value at `span` of `text`, on its first line, the line before or its last line.
    pub fn covering(text: &[u8], lines: &LineIndex, span: Span, rule: &str) -> Option<Self> {
        let line = lines.line(span.start);
        let last = lines.line(span.end.saturating_sub(1).max(span.start));
        [Some(line), line.checked_sub(1), Some(last)]
            .into_iter()
            .flatten()
            .filter(|&line| line > 0)
            .filter_map(|line| match remark(lines.span(line, text).of(text), line)? {
                Remark::Exception(comment) => Some(comment),
                Remark::NoReason(_) | Remark::Other => None,
            })
            .find(|comment| comment.rules.iter().any(|name| name == rule))
    }
}

/// Says whether a text holds the mark at all.
pub fn is_marked(text: &[u8]) -> bool {
    MARKS.find(text).is_some()
}

/// All remarks of a text with their lines.
pub fn remarks(text: &[u8], lines: &LineIndex) -> Vec<(usize, Remark)> {
    let mut found: Vec<usize> = memchr::memmem::find_iter(text, MARK).map(|at| lines.line(at)).collect();
    found.dedup();
    found.into_iter().filter_map(|line| Some((line, remark(lines.span(line, text).of(text), line)?))).collect()
}

/// Reads the remark in one line; none without the mark.
fn remark(text: &[u8], line: usize) -> Option<Remark> {
    let at = memchr::memmem::find(text, MARK)? + MARK.len();
    let rest = String::from_utf8_lossy(&text[at..]);
    let rest = without_end(rest.trim_start_matches([':', ' ', '\t']));
    let (rules, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let is_id = |id: &str| id.contains('-') && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let rules: Vec<String> = rules.split(',').filter(|id| is_id(id)).map(str::to_owned).collect();
    if rules.is_empty() {
        return Some(Remark::Other);
    }
    let (expires, reason) = last_day(reason.trim());
    if reason.len() < 3 {
        return Some(Remark::NoReason(rules));
    }
    Some(Remark::Exception(Comment { line, rules, expires, reason: reason.to_owned() }))
}

/// The text without what ends a comment.
fn without_end(text: &str) -> &str {
    ["*/", "-->", "--}}", "%>", "#}"].iter().fold(text.trim(), |text, end| text.trim_end_matches(end).trim_end())
}

/// `until 2027-01-31 reason`. A date that is none stays part of the reason and the comment ends at once: a last day that
/// cannot be read must not become none.
fn last_day(reason: &str) -> (Option<Date>, &str) {
    let Some(rest) = reason.strip_prefix("until ") else { return (None, reason) };
    let (day, rest) = rest.trim_start().split_once(char::is_whitespace).unwrap_or((rest, ""));
    match day.trim_end_matches([',', ':', ';']).parse() {
        Ok(date) => (Some(date), rest.trim_start()),
        Err(_) if day.starts_with(|c: char| c.is_ascii_digit()) => (Some(Date::MIN), reason),
        Err(_) => (None, reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Option<(String, Option<String>, String)> {
        match remark(line.as_bytes(), 1)? {
            Remark::Exception(comment) => {
                Some((comment.rules.join(","), comment.expires.map(|day| day.to_string()), comment.reason))
            }
            Remark::NoReason(_) | Remark::Other => None,
        }
    }

    #[test]
    fn a_comment_needs_a_rule_and_a_reason() {
        let expected = Some(("a-b,c-d".to_owned(), None, "test vector".to_owned()));
        assert_eq!(parse("x = 1 /* stanch:allow a-b,c-d test vector */"), expected);
        assert_eq!(parse("<!-- stanch:allow a-b,c-d test vector -->"), expected);
        for line in ["# stanch:allow", "# stanch:allow a-b", "# stanch:allow because I say so", "# allow a-b reason"] {
            assert_eq!(parse(line), None, "{line}");
        }
        assert_eq!(remark(b"/* stanch:allow a-b */", 1), Some(Remark::NoReason(vec!["a-b".to_owned()])));
        assert_eq!(remark(b"use `stanch:allow RULE`", 1), Some(Remark::Other));
    }

    #[test]
    fn a_last_day_is_read_and_a_bad_one_ends_the_comment() {
        let parsed = |line: &str| parse(line).map(|(_, expires, reason)| (expires.unwrap_or_default(), reason));
        let is = |day: &str, reason: &str| Some((day.to_owned(), reason.to_owned()));
        assert_eq!(parsed("# stanch:allow a-b until 2027-01-31 sample data"), is("2027-01-31", "sample data"));
        assert_eq!(parsed("# stanch:allow a-b until 2027-01-31"), None);
        assert_eq!(parsed("# stanch:allow a-b until 2027-13-31 sample").unwrap().0, Date::MIN.to_string());
        assert_eq!(parsed("# stanch:allow a-b until the move"), is("", "until the move"));
    }

    #[test]
    fn it_covers_its_own_line_and_the_next() {
        let text = b"# stanch:allow a-b sample data\nkey = value\nother = value\n";
        let lines = LineIndex::new(text);
        let covers = |at: usize, rule: &str| Comment::covering(text, &lines, Span::new(at, at + 5), rule).is_some();
        assert!(covers(37, "a-b"));
        assert!(!covers(37, "c-d"));
        assert!(!covers(51, "a-b"));
        assert_eq!(remarks(text, &lines).len(), 1);
    }
}
