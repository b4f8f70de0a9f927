//! Numbers with a check digit, and tokens whose parts stand in documented places.

use super::arithmetic;
use crate::text::Proof;
use crate::text::random::{self, BASE62, Random};

const DIGITS: &[u8] = b"0123456789";

/// Slack: team and user as numbers, then the secret (<https://docs.slack.dev/authentication/tokens/>). Other layouts are not judged.
pub(super) fn slack(token: &str) -> Proof {
    let parts: Vec<&str> = token.split('-').collect();
    let number = |text: &str| {
        let counts = "12345678901234".starts_with(text);
        (9..=14).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) && !counts && varied(text, 3)
    };
    let word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric()) && varied(text, 8);
    let holds = match parts[..] {
        ["xoxb", team, bot, secret] => number(team) && number(bot) && secret.len() == 24 && word(secret),
        ["xoxp" | "xoxo", team, user, app, secret] => {
            number(team) && number(user) && number(app) && secret.len() >= 28 && word(secret)
        }
        ["xapp", "1", app, number_, secret] => {
            app.starts_with('A') && number(number_) && secret.len() == 64 && word(secret)
        }
        _ => false,
    };
    Proof::only_passes(holds)
}

pub(super) fn make_slack(arg: &str, random: &mut Random<'_>) -> String {
    let mut number = |count: usize| format!("2{}", random::text(random, DIGITS, count - 1));
    let (team, user, app) = (number(12), number(13), number(13));
    match arg.trim_end_matches('-') {
        "xoxp" => format!("xoxp-{team}-{user}-{app}-{}", random::text(random, b"0123456789abcdef", 32)),
        "xapp" => {
            let id = random::text(random, b"ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", 10);
            format!("xapp-1-A{id}-{user}-{}", random::text(random, b"0123456789abcdef", 64))
        }
        _ => format!("xoxb-{team}-{user}-{}", random::text(random, BASE62, 24)),
    }
}

/// Stripe: keys made since 2019 are long and begin with `51` and the account's id (`acct_1…`, of which the `1` is the second digit)
/// (<https://docs.stripe.com/keys>). Short keys are older and not judged.
pub(super) fn stripe(token: &str) -> Proof {
    let body = token.rsplit('_').next().unwrap_or(token);
    let alphanumeric = body.bytes().all(|byte| byte.is_ascii_alphanumeric());
    Proof::only_passes(body.starts_with("51") && body.len() >= 90 && alphanumeric && varied(body, 20))
}

/// Says whether `text` has at least `least` different characters: what stands in a manual often has not.
fn varied(text: &str, least: usize) -> bool {
    text.bytes().collect::<std::collections::BTreeSet<u8>>().len() >= least
}

pub(super) fn make_stripe(arg: &str, random: &mut Random<'_>) -> String {
    let prefix = if arg.is_empty() { concat!("sk", "_live_") } else { arg };
    format!("{prefix}51{}00{}", random::text(random, BASE62, 14), random::text(random, BASE62, 81))
}

/// Digits, with spaces or hyphens between them, of which the last is the Luhn digit (ISO/IEC 7812-1). One in ten is right by
/// chance, so that a right one proves nothing.
pub(super) fn luhn(token: &str) -> Proof {
    let digits: Option<Vec<u8>> = token
        .bytes()
        .filter(|byte| !matches!(byte, b' ' | b'-'))
        .map(|byte| byte.is_ascii_digit().then(|| byte - b'0'))
        .collect();
    match digits {
        Some(digits) if digits.len() >= 2 => Proof::only_fails(arithmetic::luhn(&digits)),
        _ => Proof::NotApplicable,
    }
}

pub(super) fn make_luhn(arg: &str, random: &mut Random<'_>) -> String {
    let body = format!("{arg}{}", random::text(random, DIGITS, 15_usize.saturating_sub(arg.len())));
    let last = (0..10).find(|digit| luhn(&format!("{body}{digit}")) != Proof::Failed).unwrap_or_default();
    format!("{body}{last}")
}

/// IBAN (ISO 13616): country, two check digits, account; the first four characters read last. One in 97 is right by chance,
/// so that a right one proves nothing.
pub(super) fn mod97(token: &str) -> Proof {
    let text: Vec<u8> = token.bytes().filter(|byte| *byte != b' ').collect();
    match text.split_at_checked(4) {
        Some((head, account)) if (15..=34).contains(&text.len()) && text.iter().all(u8::is_ascii_alphanumeric) => {
            Proof::only_fails(arithmetic::mod97(account.iter().chain(head).copied()) == Some(1))
        }
        _ => Proof::NotApplicable,
    }
}

pub(super) fn make_mod97(arg: &str, random: &mut Random<'_>) -> String {
    let country = if arg.is_empty() { "DE" } else { arg };
    let account = random::text(random, DIGITS, 18);
    let rest = arithmetic::mod97(account.bytes().chain(country.bytes()).chain(*b"00")).unwrap_or_default();
    format!("{country}{:02}{account}", 98 - rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::random::tests::seeded;

    #[test]
    fn layouts_of_slack() {
        for kind in ["xoxb-", "xoxp-", "xapp-"] {
            assert_eq!(slack(&make_slack(kind, &mut seeded(4))), Proof::Passed, "{kind}");
        }
        let secret = "a1B2c3D4e5F6g7H8i9J0k1L2";
        for (token, expected) in [
            (format!("xoxb-294857361057-3958471625308-{secret}"), Proof::Passed),
            (format!("xoxb-123456789012-1234567890123-{secret}"), Proof::NotApplicable),
            (format!("xoxb-294857361057-3958471625308-{}", "x".repeat(24)), Proof::NotApplicable),
            ("xoxb-not-a-real-token".to_owned(), Proof::NotApplicable),
        ] {
            assert_eq!(slack(&token), expected, "{token}");
        }
    }

    #[test]
    fn only_long_stripe_keys_name_their_account() {
        assert_eq!(stripe(&["sk", "_live_", &"a".repeat(24)].concat()), Proof::NotApplicable);
        assert_eq!(stripe(&["sk", "_live_", &"a".repeat(99)].concat()), Proof::NotApplicable);
    }

    #[test]
    fn check_digits_of_published_examples() {
        assert_eq!(luhn("4111 1111 1111 1111"), Proof::NotApplicable);
        assert_eq!(luhn("4111-1111-1111-1112"), Proof::Failed);
        assert_eq!(mod97("GB82 WEST 1234 5698 7654 32"), Proof::NotApplicable);
        assert_eq!(mod97("GB83WEST12345698765432"), Proof::Failed);
        assert_eq!(luhn("x"), Proof::NotApplicable);
    }
}
