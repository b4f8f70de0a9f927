//! Passwords in the sections of well-known option files (`.my.cnf`, `.pypirc`) and in Subversion's cache.

use super::Sight;
use crate::model::Span;

/// `password = …` between a known section's head and the next section.
pub(super) fn read(sight: &mut Sight<'_>) {
    let line = sight.line(sight.hit);
    if !line.of(sight.text).trim_ascii().eq_ignore_ascii_case(&sight.text[sight.hit..sight.end]) {
        return;
    }
    let mut at = line.end + 1;
    while at < sight.text.len() {
        let line = sight.line(at);
        let text = line.of(sight.text);
        let content = text.trim_ascii_start();
        if content.starts_with(b"[") && !is_indexed(content) {
            return;
        }
        let name = content.split(|byte| matches!(byte, b'=' | b':')).next().unwrap_or_default().trim_ascii_end();
        if name.eq_ignore_ascii_case(b"password") && content.len() > name.len() && !sight.is_cut(line) {
            let border = sight.run(line.start, |byte| !matches!(byte, b'=' | b':'));
            let start = sight.skip_blanks(border + 1);
            let mut value = Span::new(start, line.start + text.trim_ascii_end().len());
            if matches!(sight.byte(start), b'"' | b'\'')
                && value.len() > 2
                && sight.byte(value.end - 1) == sight.byte(start)
            {
                value = Span::new(start + 1, value.end - 1);
            }
            let is_reference = value.of(sight.text).contains(&b' ');
            if !is_reference {
                sight.report_password("option-file-password", value, "is the password of a section of an option file");
            }
        }
        at = line.end + 1;
    }
}

/// The list of servers in `.pypirc` is followed by the sections that hold the passwords.
fn is_indexed(content: &[u8]) -> bool {
    [&b"[pypi]"[..], b"[testpypi]", b"[server-login]"].iter().any(|head| content.starts_with(head))
}

/// `K 8`, `password`, `V 12`, the value: Subversion's stored credentials.
pub(super) fn subversion(sight: &mut Sight<'_>) {
    let line = sight.run(sight.end, |byte| matches!(byte, b'\r' | b'\n'));
    if sight.byte(line) != b'V' || sight.byte(line + 1) != b' ' {
        return;
    }
    let digits = sight.run(line + 2, |byte| byte.is_ascii_digit());
    let length: usize =
        std::str::from_utf8(&sight.text[line + 2..digits]).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let start = sight.run(digits, |byte| matches!(byte, b'\r' | b'\n'));
    let value = Span::new(start, start + length.min(200));
    if length > 0 && sight.byte(value.end) == b'\n' {
        sight.report_password("option-file-password", value, "is the password of Subversion's stored credentials");
    }
}
