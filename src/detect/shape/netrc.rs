//! `.netrc`, `.authinfo` and `_netrc`: `machine HOST login NAME password WORD`, on one line or several.

use super::Sight;
use crate::model::Span;

const MOST_TOKENS: usize = 12;

pub(super) fn read(sight: &mut Sight<'_>) {
    let before = sight.hit.checked_sub(1).map_or(b'\n', |at| sight.byte(at));
    // In a script the line may be a literal.
    let starts = before.is_ascii_whitespace()
        || matches!(before, b'"' | b'\'')
        || before == b'n' && sight.hit > 1 && sight.byte(sight.hit - 2) == b'\\';
    if !starts {
        return;
    }
    let is_default = sight.byte(sight.hit).eq_ignore_ascii_case(&b'd');
    let mut at = if is_default { sight.hit + b"default ".len() } else { sight.end };
    let mut key = if is_default { None } else { Some(token(sight, &mut at)) };
    if key.take().is_some_and(|host| host.is_empty()) {
        return;
    }
    let mut has_login = false;
    for _ in 0..MOST_TOKENS {
        let key = token(sight, &mut at);
        let key = key.of(sight.text).to_ascii_lowercase();
        match key.as_slice() {
            b"login" | b"user" | b"username" => has_login = !token(sight, &mut at).is_empty(),
            b"account" | b"port" => drop(token(sight, &mut at)),
            b"password" | b"passwd" => {
                let value = token(sight, &mut at);
                // `bbbb`, of a test.
                let is_one_letter = value.of(sight.text).windows(2).all(|two| two[0] == two[1]);
                if (has_login || !is_default) && !is_one_letter {
                    sight.report_password("netrc-password", value, "stands after a machine and its login");
                }
                return;
            }
            _ => return,
        }
    }
}

/// The next word; quotation marks around it do not count.
fn token(sight: &Sight<'_>, at: &mut usize) -> Span {
    let start = sight.run(*at, |byte| byte.is_ascii_whitespace());
    if sight.byte(start) == b'"' {
        let end = sight.run(start + 1, |byte| !matches!(byte, b'"' | b'\n'));
        *at = end + 1;
        return Span::new(start + 1, end);
    }
    *at = sight.run(start, |byte| !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b'\\' | b'`' | b'<'));
    Span::new(start, *at)
}
