//! What bundlers give to everybody: names with a public prefix, and what must never stand under one.

use std::collections::HashSet;

use super::inventory::Inventory;
pub use super::prefixes::PREFIXES;

/// The last words of names that promise a secret to keep.
const TELLING: &[&str] = &[
    "SECRET",
    "SECRETS",
    "SECRET_KEY",
    "SECRET_ACCESS_KEY",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PRIVATE_KEY",
    "SIGNING_KEY",
    "ENCRYPTION_KEY",
    "SERVICE_ROLE_KEY",
    "ADMIN_KEY",
    "AUTH_TOKEN",
    "CREDENTIALS",
];

/// Which names are public, which are allowed to be, and which must not.
#[derive(Debug, Clone, Default)]
pub struct PublicNames {
    further: Vec<String>,
    declared: HashSet<String>,
    secret: HashSet<String>,
}

impl PublicNames {
    /// From the configuration and the inventory.
    pub(super) fn new(prefixes: &[String], names: &[String], inventory: &Inventory) -> Self {
        let mut public = Self { further: prefixes.to_vec(), ..Self::default() };
        public.declared.extend(names.iter().cloned());
        for secret in &inventory.secrets {
            let names = std::iter::once(&secret.name).chain(&secret.aliases).cloned();
            if secret.sensitive { public.secret.extend(names) } else { public.declared.extend(names) }
        }
        public
    }

    /// All of it as text, always the same for the same names.
    pub(super) fn mark(&self) -> String {
        let sorted = |names: &HashSet<String>| {
            let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
            names.sort_unstable();
            names.join(" ")
        };
        format!("{}\n{}\n{}", self.further.join(" "), sorted(&self.declared), sorted(&self.secret))
    }

    /// All prefixes.
    pub fn prefixes(&self) -> impl Iterator<Item = &str> {
        PREFIXES.iter().copied().chain(self.further.iter().map(String::as_str))
    }

    /// What follows the longest public prefix of a name; none when the name is not public.
    pub fn stem<'a>(&self, name: &'a str) -> Option<&'a str> {
        self.prefixes()
            .filter_map(|prefix| name.strip_prefix(prefix))
            .filter(|stem| !stem.is_empty())
            .min_by_key(|s| s.len())
    }

    /// Says whether the owner declared the name public.
    pub fn is_declared(&self, name: &str) -> bool {
        self.declared.contains(name)
    }

    /// Why a public name must not exist; none when nothing is wrong with it.
    pub fn fault(&self, name: &str) -> Option<&'static str> {
        let stem = self.stem(name)?;
        if self.secret.contains(name) || self.secret.contains(stem) {
            return Some("names a secret of the inventory");
        }
        (!self.is_declared(name) && is_telling(stem)).then_some("its name promises a secret")
    }
}

/// Words of names whose values are meant for everybody, however drawn they look: identifiers, addresses, hashes, public keys.
const OPEN: &[&str] = &[
    "ID",
    "DSN",
    "URL",
    "URI",
    "HOST",
    "DOMAIN",
    "ADDRESS",
    "CONTRACT",
    "PUBLISHABLE",
    "PUBLIC",
    "PUBKEY",
    "ANON",
    "SITE",
    "SITEKEY",
    "SEARCH",
    "CLIENT",
    "HASH",
    "SHA",
    "COMMIT",
    "REVISION",
    "VERSION",
    "BUILD",
    "RELEASE",
    "CHECKSUM",
    "INTEGRITY",
    "FINGERPRINT",
    "TRACKING",
    "ANALYTICS",
    "MEASUREMENT",
    "BUCKET",
    "PATH",
    "NAME",
    "VAPID",
];

/// How values begin that services give out for everybody.
const OPEN_VALUES: &[&[u8]] =
    &[b"pk_", b"pk.", b"phc_", b"AIza", b"G-", b"UA-", b"GTM-", b"6L", b"0x", b"sha", b"InstrumentationKey="];

/// Says whether a value under a public name may be meant for everybody, although it looks drawn.
pub fn is_open(stem: &str, value: &[u8]) -> bool {
    stem.split('_').any(|word| OPEN.contains(&word)) || OPEN_VALUES.iter().any(|start| value.starts_with(start))
}

/// Says whether a variable's name promises a secret: its last words do.
pub fn is_telling(name: &str) -> bool {
    TELLING.iter().any(|word| name.strip_suffix(word).is_some_and(|rest| rest.is_empty() || rest.ends_with('_')))
}

#[cfg(test)]
mod tests {
    #[test]
    fn telling_and_inventoried_names_are_faults_and_declared_ones_are_not() {
        let yaml = "public: {prefixes: [APP_], names: [VITE_OPEN_SECRET]}\nsecrets: [{name: DATABASE_URL}, {name: VITE_DSN_SECRET, sensitive: false}]\n";
        let public = crate::policy::Policy::parse(yaml, "x").unwrap().public;
        for name in ["VITE_STRIPE_SECRET", "NEXT_PUBLIC_DB_PASSWORD", "VITE_DATABASE_URL", "APP_PRIVATE_KEY"] {
            assert!(public.fault(name).is_some(), "{name}");
        }
        for name in [
            "VITE_OPEN_SECRET",
            "VITE_DSN_SECRET",
            "VITE_API_KEY",
            "STRIPE_SECRET",
            "VITE_PASSWORD_MIN",
            "VITE_NOSECRET",
        ] {
            assert!(public.fault(name).is_none(), "{name}");
        }
        assert_eq!(public.stem("NEXT_PUBLIC_A"), Some("A"));
    }
}
