//! Proofs that providers build into their tokens, each from public documentation or the issuer's own published code.
//!
//! A proof is arithmetic on the token alone and never asks a network. Where the issuer has not said how a checksum is
//! computed, a match still counts (it happens by chance once in four thousand million times), but a mismatch must never
//! count against a token. Formats without a known checksum have no entry here: crates.io (`cio…`), Hugging Face (`hf_…`),
//! Doppler (`dp.…`), DigitalOcean (`dop_v1_…`) and others are random text behind a prefix.

pub mod arithmetic;
mod azure;
mod crc;
mod payload;
mod shape;

use super::Proof;
use super::random::Random;

macro_rules! checksums {
    ($($variant:ident = $name:literal, $module:ident :: $verify:ident / $generate:ident, $doc:literal;)+) => {
        /// A named proof, as `checks.checksum` of a rule names it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Checksum {
            $(#[doc = $doc] $variant,)+
        }

        /// The names that a rule may use.
        pub const NAMES: &[&str] = &[$($name),+];

        impl Checksum {
            /// Every proof.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Finds a proof by its name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// The name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// Judges a whole token, its prefix included.
            pub fn verify(self, token: &[u8]) -> Proof {
                // Every one of these formats is ASCII.
                let Ok(token) = std::str::from_utf8(token) else { return Proof::Failed };
                match self { $(Self::$variant => $module::$verify(token)),+ }
            }

            /// Makes a token that passes; `arg` is its prefix (or what the variant's documentation says), empty for the usual one.
            pub fn generate(self, arg: &str, random: &mut Random<'_>) -> String {
                match self { $(Self::$variant => $module::$generate(arg, random)),+ }
            }
        }
    };
}

checksums! {
    GitHub = "github", crc::github / make_github, "GitHub `ghp_`, `gho_`, `ghu_`, `ghs_`, `ghr_` and fine-grained `github_pat_`.";
    Npm = "npm", crc::npm / make_npm, "npm `npm_`.";
    Polar = "polar", crc::polar / make_polar, "Polar `polar_…_`.";
    GitLab = "gitlab", crc::gitlab / make_gitlab, "GitLab routable tokens of any prefix (`glpat-`, `glrt-t1_`, …).";
    Grafana = "grafana", crc::grafana / make_grafana, "Grafana service accounts, `glsa_`.";
    Atlassian = "atlassian", crc::hex_suffix / make_atlassian, "Atlassian `ATATT3…`, `ATCTT3…`, `ATBB…`: eight hexadecimal digits at the end.";
    Cloudflare = "cloudflare", crc::hex_suffix / make_cloudflare, "Cloudflare `cfut_`, `cfat_`, `cfk_`: eight hexadecimal digits at the end.";
    PyPi = "pypi", payload::pypi / make_pypi, "PyPI `pypi-`: a macaroon. The argument names the host, `pypi.org` or `test.pypi.org`.";
    Sentry = "sentry", payload::sentry / make_sentry, "Sentry `sntrys_` (a JSON payload) and `sntryu_`.";
    GrafanaCloud = "grafana-cloud", payload::grafana_cloud / make_grafana_cloud, "Grafana Cloud access policies, `glc_`: a JSON payload.";
    OnePassword = "1password", payload::one_password / make_one_password, "1Password service accounts, `ops_`: a JSON payload.";
    Mapbox = "mapbox", payload::mapbox / make_mapbox, "Mapbox `sk.`, `pk.`, `tk.`: a JSON payload.";
    CloudflareTunnel = "cloudflare-tunnel", payload::cloudflare_tunnel / make_cloudflare_tunnel, "Cloudflare Tunnel: base64 of a JSON object with `a`, `t`, `s`.";
    Discord = "discord", payload::discord / make_discord, "Discord bots: the first part is the bot's numeric id.";
    JFrog = "jfrog-reference", payload::jfrog / make_jfrog, "JFrog reference tokens: base64 of `reftkn:…`.";
    WorkOs = "workos", payload::workos / make_workos, "WorkOS `sk_…`: base64 of a key id and a secret.";
    Clerk = "clerk-publishable", payload::clerk / make_clerk, "Clerk publishable keys (public): base64 of a host.";
    Azure = "azure", azure::verify / generate, "Azure keys with a fixed signature. The argument is the signature: `+ASt`, `AzCa`, `JQQJ99`, …";
    Slack = "slack", shape::slack / make_slack, "Slack `xoxb-`, `xoxp-`, `xapp-`: numeric ids in their places.";
    Stripe = "stripe", shape::stripe / make_stripe, "Stripe `sk_`, `rk_`, `pk_`: long keys begin with `51` and the account.";
    Luhn = "luhn", shape::luhn / make_luhn, "Card numbers and alike: the Luhn digit.";
    Mod97 = "mod97", shape::mod97 / make_mod97, "IBAN: ISO 7064, remainder 1 of 97.";
}

impl Checksum {
    /// Whether a token that does not fit is something else altogether. The other formats have a mark of their own and
    /// arithmetic behind it: what bears the mark and does not fit was mistyped, cut or made up, and is still told.
    pub fn excludes(self) -> bool {
        !matches!(
            self,
            Self::GitHub
                | Self::Npm
                | Self::GitLab
                | Self::Grafana
                | Self::GrafanaCloud
                | Self::OnePassword
                | Self::Mapbox
                | Self::CloudflareTunnel
                | Self::JFrog
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::random::tests::seeded;

    #[test]
    fn names_read_back_and_are_unique() {
        for &checksum in Checksum::ALL {
            assert_eq!(Checksum::from_name(checksum.name()), Some(checksum));
        }
        assert_eq!(NAMES.len(), Checksum::ALL.len());
        assert_eq!(Checksum::from_name("gitHub"), None);
    }

    #[test]
    fn every_generator_makes_tokens_that_pass() {
        let mut random = seeded(7);
        for &checksum in Checksum::ALL {
            for _ in 0..50 {
                let token = checksum.generate("", &mut random);
                let weak = matches!(checksum, Checksum::Luhn | Checksum::Mod97);
                let expected = if weak { Proof::NotApplicable } else { Proof::Passed };
                assert_eq!(checksum.verify(token.as_bytes()), expected, "{} {token}", checksum.name());
            }
        }
    }

    #[test]
    fn a_changed_character_fails_where_the_checksum_covers_the_token() {
        let mut random = seeded(9);
        let covered = [
            Checksum::GitHub,
            Checksum::Npm,
            Checksum::Polar,
            Checksum::GitLab,
            Checksum::Grafana,
            Checksum::Luhn,
            Checksum::Mod97,
        ];
        for checksum in covered {
            let token = checksum.generate("", &mut random);
            for at in [token.len() - 8, token.len() - 1] {
                let mut changed = token.clone().into_bytes();
                changed[at] = if changed[at] == b'1' { b'2' } else { b'1' };
                assert_eq!(checksum.verify(&changed), Proof::Failed, "{} at {at}", checksum.name());
            }
        }
    }

    #[test]
    fn no_input_panics() {
        let mut random = seeded(11);
        let alphabet = b"0123456789abcABC._-=+/{}\"\\: xyzgh\xc3\xa9\xff";
        for length in 0..180 {
            let noise: Vec<u8> = (0..length).map(|_| alphabet[random() as usize % alphabet.len()]).collect();
            for &checksum in Checksum::ALL {
                checksum.verify(&noise);
                let token = checksum.generate("", &mut random).into_bytes();
                checksum.verify(&token[..length.min(token.len())]);
                checksum.verify(&[&token[..token.len() / 2], &noise].concat());
            }
        }
    }
}
