//! ".env is banned": which names belong to the family, and which of them are templates.
//!
//! Judges names alone, in any letter case and any directory. Whether a template holds placeholders only is decided from
//! its content, elsewhere.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// What a path is to the `.env` policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvFile {
    /// Not of the family.
    Other,
    /// Allowed by name: `.env.example` and its kin.
    Template,
    /// Must never enter the repository.
    Banned,
}

/// The family and its exceptions.
#[derive(Debug, Clone)]
pub struct EnvPolicy {
    banned: GlobSet,
    allowed: GlobSet,
    is_default: bool,
}

/// What is banned unless the configuration says otherwise.
pub const BANNED: &[&str] = &[".env", ".env.*", "*.env"];
const TEMPLATE_ENDINGS: &[&[u8]] = &[b"example", b"sample", b"template", b"dist", b"defaults", b"schema"];

impl Default for EnvPolicy {
    fn default() -> Self {
        Self { banned: GlobSet::empty(), allowed: GlobSet::empty(), is_default: true }
    }
}

impl EnvPolicy {
    /// Takes globs from the configuration; an empty list of bans means the usual family.
    pub fn new(banned: &[String], allowed: &[String]) -> Result<Self, globset::Error> {
        Ok(Self { banned: set(banned)?, allowed: set(allowed)?, is_default: banned.is_empty() })
    }

    /// Judges a path (slashes, any case).
    pub fn judge(&self, path: &[u8]) -> EnvFile {
        let leaf = &path[memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1)..];
        // Nearly every path ends here.
        if self.is_default && !shows_env(leaf) && !is_template(leaf) {
            return EnvFile::Other;
        }
        let text = String::from_utf8_lossy(path);
        let is_banned = if self.is_default { is_family(leaf) } else { self.banned.is_match(&*text) };
        if !is_banned {
            EnvFile::Other
        } else if is_template(leaf) || self.allowed.is_match(&*text) {
            EnvFile::Template
        } else {
            EnvFile::Banned
        }
    }
}

/// Says whether a name may be of the family, which shows at one of its ends.
fn shows_env(leaf: &[u8]) -> bool {
    let ends = [&leaf[..leaf.len().min(5)], &leaf[leaf.len().saturating_sub(5)..]];
    ends.iter().any(|end| end.windows(3).any(|word| word.eq_ignore_ascii_case(b"env")))
}

fn is_family(leaf: &[u8]) -> bool {
    let leaf = leaf.to_ascii_lowercase();
    // `backend.env.example` is the template of `backend.env`.
    let is_of_one = |ending: &&[u8]| leaf.strip_suffix(*ending).is_some_and(|rest| rest.ends_with(b".env."));
    leaf == b".env" || leaf.starts_with(b".env.") || leaf.ends_with(b".env") || TEMPLATE_ENDINGS.iter().any(is_of_one)
}

/// `.env.example`, `.env.local.example`, `.env.example.local` is none: the last word decides.
fn is_template(leaf: &[u8]) -> bool {
    let is_word = |word: &[u8]| TEMPLATE_ENDINGS.iter().any(|ending| ending.eq_ignore_ascii_case(word));
    let mut words = leaf.rsplit(|&byte| byte == b'.');
    match words.next() {
        Some(last) if is_word(last) => true,
        // `example.env` and `sample.env`: the same thing with the name in front.
        Some(last) if last.eq_ignore_ascii_case(b"env") => {
            words.next().is_some_and(is_word) && words.all(<[u8]>::is_empty)
        }
        _ => false,
    }
}

fn set(globs: &[String]) -> Result<GlobSet, globset::Error> {
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        let anywhere = if glob.contains('/') { glob.trim_start_matches('/').to_owned() } else { format!("**/{glob}") };
        builder.add(GlobBuilder::new(&anywhere).case_insensitive(true).literal_separator(true).build()?);
    }
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_family_is_banned_in_any_place_and_case_and_templates_are_not() {
        let policy = EnvPolicy::default();
        for path in [
            ".env",
            "a/b/.env",
            ".ENV",
            ".Env.Local",
            "prod.env",
            "x/.env.production",
            ".env.example.local",
            ".env.keys",
        ] {
            assert_eq!(policy.judge(path.as_bytes()), EnvFile::Banned, "{path}");
        }
        for path in [
            ".env.example",
            "a/.env.sample",
            ".ENV.TEMPLATE",
            ".env.local.example",
            ".env.dist",
            "example.env",
            "ops/backend.env.example",
        ] {
            assert_eq!(policy.judge(path.as_bytes()), EnvFile::Template, "{path}");
        }
        for path in
            ["env", "env.js", ".environment", ".envrc", "src/envelope.rs", "environments/prod.rb", ".env/bin/python"]
        {
            assert_eq!(policy.judge(path.as_bytes()), EnvFile::Other, "{path}");
        }
    }

    #[test]
    fn the_configuration_replaces_bans_and_adds_exceptions() {
        let policy = EnvPolicy::new(&["*.secrets".into()], &["docs/*.secrets".into()]).unwrap();
        assert_eq!(policy.judge(b"a/x.secrets"), EnvFile::Banned);
        assert_eq!(policy.judge(b"docs/x.secrets"), EnvFile::Template);
        assert_eq!(policy.judge(b".env"), EnvFile::Other);
    }
}
