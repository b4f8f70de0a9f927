//! Tokens that end with a CRC-32 of what stands before.

use super::arithmetic::{base36, base62, crc32};
use crate::text::Proof;
use crate::text::random::{self, BASE62, Random};

/// Random part, then six base-62 digits of its CRC-32.
fn six_digits(body: &str, length: usize) -> Option<Proof> {
    let (random, check) = body.split_at_checked(body.len().checked_sub(6)?)?;
    (body.len() == length).then(|| Proof::of(base62(crc32(random.as_bytes()), 6) == check))
}

fn make_six_digits(prefix: &str, length: usize, random: &mut Random<'_>) -> String {
    let body = random::text(random, BASE62, length - 6);
    let check = base62(crc32(body.as_bytes()), 6);
    format!("{prefix}{body}{check}")
}

/// GitHub: "the last 6 digits are a 32-bit checksum … CRC32 … Base62 with leading zeros"
/// (<https://github.blog/engineering/behind-githubs-new-authentication-token-formats/>), over the 30 random characters.
///
/// Of fine-grained tokens only the layout is public. They, and lengths other than 36 (refresh and server tokens), are
/// never failed, but pass when one of the plausible ranges agrees.
pub(super) fn github(token: &str) -> Proof {
    if let Some(body) = token.strip_prefix("github_pat_") {
        return any_range(token, body);
    }
    let Some((_, body)) = token.split_once('_') else { return Proof::NotApplicable };
    six_digits(body, 36).unwrap_or_else(|| any_range(token, body))
}

/// Passes when the six digits at the end fit the token, its body, or the body's last part.
fn any_range(token: &str, body: &str) -> Proof {
    let last = body.rsplit('_').next().unwrap_or(body);
    let fits = |text: &str| six_digits(text, text.len()) == Some(Proof::Passed);
    Proof::only_passes(fits(body) || fits(token) || fits(last))
}

pub(super) fn make_github(arg: &str, random: &mut Random<'_>) -> String {
    make_six_digits(or(arg, concat!("ghp", "_")), 36, random)
}

/// npm took over GitHub's scheme (<https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/>).
pub(super) fn npm(token: &str) -> Proof {
    token.strip_prefix("npm_").and_then(|body| six_digits(body, 36)).unwrap_or(Proof::NotApplicable)
}

pub(super) fn make_npm(arg: &str, random: &mut Random<'_>) -> String {
    make_six_digits(or(arg, "npm_"), 36, random)
}

/// Polar: 37 random characters and GitHub's scheme (`server/polar/kit/crypto.py` of polarsource/polar).
pub(super) fn polar(token: &str) -> Proof {
    token.rsplit_once('_').and_then(|(_, body)| six_digits(body, 43)).unwrap_or(Proof::NotApplicable)
}

pub(super) fn make_polar(arg: &str, random: &mut Random<'_>) -> String {
    make_six_digits(or(arg, "polar_oat_"), 43, random)
}

/// GitLab: `PREFIX PAYLOAD . VERSION . LENGTH CRC`, the payload in base64url, the last three in base 36 and of 2, 2 and 7 digits;
/// the CRC covers everything before it. Tokens of the first months have no version.
/// (<https://handbook.gitlab.com/handbook/engineering/architecture/design-documents/cells/routable_tokens/> and
/// `lib/authn/token_field/generator/routable_token.rb` of GitLab.) Tokens without a dot are of the older, random kind.
pub(super) fn gitlab(token: &str) -> Proof {
    let Some((head, tail)) = token.rsplit_once('.') else { return Proof::NotApplicable };
    if tail.len() != 9 || !tail.is_ascii() {
        return Proof::NotApplicable;
    }
    let payload = head.split('.').next().unwrap_or(head);
    let length = usize::from_str_radix(&tail[..2], 36).unwrap_or(usize::MAX);
    let covered = &token[..token.len() - 7];
    Proof::of(length <= payload.len() && base36(crc32(covered.as_bytes()), 7) == tail[2..])
}

pub(super) fn make_gitlab(arg: &str, random: &mut Random<'_>) -> String {
    let routing = format!("o:{}\nu:{}", random::below(random, 9), base36(random::below(random, 9_999_999), 1));
    let mut payload = random::bytes(random, 16);
    payload.extend_from_slice(routing.as_bytes());
    payload.push(routing.len() as u8);
    let payload = data_encoding::BASE64URL_NOPAD.encode(&payload);
    let covered = format!("{}{payload}.01.{}", or(arg, concat!("gl", "pat-")), base36(payload.len() as u32, 2));
    let check = base36(crc32(covered.as_bytes()), 7);
    format!("{covered}{check}")
}

/// Grafana: `glsa_`, 32 characters, `_`, and the CRC-32 of all before that as eight hexadecimal digits, lowest byte first
/// (`pkg/components/satokengen/tokengen.go` of grafana/grafana).
pub(super) fn grafana(token: &str) -> Proof {
    match token.rsplit_once('_') {
        Some((covered, check)) if check.len() == 8 => Proof::of(little_endian_hex(covered) == check),
        _ => Proof::NotApplicable,
    }
}

fn little_endian_hex(covered: &str) -> String {
    data_encoding::HEXLOWER.encode(&crc32(covered.as_bytes()).to_le_bytes())
}

pub(super) fn make_grafana(arg: &str, random: &mut Random<'_>) -> String {
    let covered = format!("{}{}", or(arg, concat!("gl", "sa_")), random::text(random, BASE62, 32));
    let check = little_endian_hex(&covered);
    format!("{covered}_{check}")
}

/// Eight hexadecimal digits at the end. Atlassian and Cloudflare say that it is a checksum
/// (<https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/>) and not of what: CRC-32 of the text before, with or
/// without its separator or prefix, in either byte order, passes; nothing fails.
pub(super) fn hex_suffix(token: &str) -> Proof {
    let Some((before, check)) = token.len().checked_sub(8).and_then(|at| token.split_at_checked(at)) else {
        return Proof::NotApplicable;
    };
    let Ok(check) = u32::from_str_radix(check, 16) else { return Proof::NotApplicable };
    let bare = before.trim_end_matches(['=', '_']);
    let body = bare.split_once('_').map_or(bare, |(_, body)| body);
    let fits = |text: &str| {
        let crc = crc32(text.as_bytes());
        crc == check || crc.swap_bytes() == check
    };
    Proof::only_passes([before, bare, body].iter().any(|text| fits(text)))
}

pub(super) fn make_atlassian(arg: &str, random: &mut Random<'_>) -> String {
    let body = format!("{}{}", or(arg, concat!("ATAT", "T3xFfGF0")), random::text(random, BASE62, 171));
    let check = crc32(body.as_bytes());
    format!("{body}={check:08X}")
}

pub(super) fn make_cloudflare(arg: &str, random: &mut Random<'_>) -> String {
    let body = random::text(random, BASE62, 40);
    let check = crc32(body.as_bytes());
    format!("{}{body}{check:08x}", or(arg, concat!("cf", "ut_")))
}

fn or<'a>(arg: &'a str, usual: &'a str) -> &'a str {
    if arg.is_empty() { usual } else { arg }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_example_of_githubs_announcement() {
        let token = ["ghp", "_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat();
        assert_eq!(github(&token), Proof::Passed);
        assert_eq!(github(&token.replace("0mLq17", "0mLq18")), Proof::Failed);
    }

    #[test]
    fn unknown_layouts_are_never_failed() {
        let body = "A".repeat(76);
        assert_eq!(github(&format!("ghr_{body}")), Proof::NotApplicable);
        assert_eq!(github(&format!("github_pat_{body}")), Proof::NotApplicable);
        assert_eq!(gitlab(&format!("glpat-{}", &body[..20])), Proof::NotApplicable);
        assert_eq!(hex_suffix(&format!("cfut_{}0badcafe", &body[..40])), Proof::NotApplicable);
        assert_eq!(npm("npm_short"), Proof::NotApplicable);
    }

    #[test]
    fn grafana_counts_the_lowest_byte_first() {
        let covered = "glsa_123456789";
        let check = crc32(covered.as_bytes());
        let token = |digits: String| format!("{covered}_{digits}");
        assert_eq!(grafana(&token(format!("{:08x}", check.swap_bytes()))), Proof::Passed);
        assert_eq!(grafana(&token(format!("{check:08x}"))), Proof::Failed);
    }
}
