//! Passwords of database users in SQL: `IDENTIFIED BY '…'`, `CREATE ROLE … PASSWORD '…'`, `WITH PASSWORD = N'…'`.

use super::{Sight, belief, find};
use crate::model::{Confidence, Span};

const RULE: &str = "sql-password";

pub(super) fn read(sight: &mut Sight<'_>) {
    let is_identified = sight.byte(sight.hit).eq_ignore_ascii_case(&b'i');
    if sight.hit > 0 && (sight.text[sight.hit - 1].is_ascii_alphanumeric() || sight.text[sight.hit - 1] == b'_') {
        return;
    }
    let mut at = sight.skip_blanks(sight.end);
    if is_identified && is_prose(sight) {
        return;
    }
    if is_identified {
        // `WITH plugin BY`, `BY PASSWORD`, `BY VALUES`.
        for _ in 0..3 {
            let word = sight.run(at, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let next = sight.skip_blanks(word);
            let is_word = word > at && matches!(sight.byte(next), b'\'' | b'"' | b'B' | b'b' | b'A' | b'a');
            if !is_word || next == word {
                break;
            }
            at = next;
        }
    } else {
        let before = &sight.text[sight.hit.saturating_sub(200)..sight.hit];
        let statement = before.iter().rposition(|&byte| byte == b';').map_or(before, |at| &before[at..]);
        let creates = find(statement, b"create ").is_some()
            || find(statement, b"alter ").is_some()
            || find(statement, b"set ").is_some();
        let user = [&b"user"[..], b"role", b"login", b"credential", b"master key", b"certificate", b"for "]
            .iter()
            .any(|word| find(statement, word).is_some());
        if !creates || !user {
            return;
        }
        at = sight.end - 1;
    }
    // A backslash before the quote, or two quotes: SQL inside another literal.
    let open = sight.run(at, |byte| byte == b'\\');
    let quote = sight.byte(open);
    if !matches!(quote, b'\'' | b'"') {
        return oracle(sight, at, is_identified);
    }
    let start = sight.run(open, |byte| byte == quote);
    let end = sight.run(start, |byte| byte != quote && byte != b'\\' && byte != b'\n');
    let value = Span::new(start, end);
    if sight.byte(end) == b'\n' || value.is_empty() {
        return;
    }
    let text = value.of(sight.text);
    let is_hash = text.len() == 41 && text[0] == b'*' && text[1..].iter().all(u8::is_ascii_hexdigit);
    if is_hash {
        return sight.report(
            RULE,
            value,
            Confidence::Medium,
            &["identifies a database user", "is MySQL's hash of a password"],
        );
    }
    if text.contains(&b' ')
        || text.iter().any(|byte| b"{}<>".contains(byte))
        || matches!(text, [b'%' | b':' | b'@' | b'?', ..])
    {
        return;
    }
    if let Some((confidence, why)) = belief::of(text) {
        sight.report(RULE, value, confidence, &["identifies a database user", why]);
    } else if let Some((_, why)) = belief::of_weak(text) {
        sight.report(RULE, value, Confidence::Low, &["identifies a database user", why]);
    }
}

/// `the blob identified by the 'x' setting`: in small letters, and no statement about users before it.
fn is_prose(sight: &Sight<'_>) -> bool {
    let before = &sight.text[sight.hit.saturating_sub(200)..sight.hit];
    let is_statement =
        [&b"create "[..], b"alter ", b"grant ", b"connect "].iter().any(|word| find(before, word).is_some());
    sight.byte(sight.hit).is_ascii_lowercase() && !is_statement
}

/// Oracle's unquoted form: `IDENTIFIED BY word;`.
fn oracle(sight: &mut Sight<'_>, at: usize, is_identified: bool) {
    let end = sight.run(at, |byte| byte.is_ascii_alphanumeric() || b"_#$!".contains(&byte));
    let value = Span::new(at, end);
    let ends = matches!(sight.byte(end), b';' | b' ' | b'\n' | b'\r' | b'"' | b'\'');
    let text = value.of(sight.text);
    let is_mixed = text.iter().any(u8::is_ascii_digit) && text.iter().any(u8::is_ascii_alphabetic);
    let statement = &sight.text[sight.hit.saturating_sub(120)..sight.hit];
    let is_statement = find(statement, b"user").is_some() || find(statement, b"connect").is_some();
    if is_identified && ends && is_mixed && is_statement && value.len() >= 6 {
        sight.report_password(RULE, value, "identifies a database user");
    }
}
