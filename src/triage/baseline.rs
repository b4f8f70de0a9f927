//! The baseline: what people have looked at and decided, one line for each value.
//!
//! An entry names a value by its keyed hash and its rule, never by line, position, path or time, so that moving code
//! changes nothing and lines that two branches add do not conflict. It must never excuse what nobody decided: a fresh
//! entry is `undecided` and excuses nothing. It never excuses a banned file: that is the configuration's matter.

use std::collections::HashMap;
use std::fmt::{self, Write};

use jiff::civil::Date;

use crate::model::{Fingerprint, FingerprintKey};

/// The file's name at a repository's root, unless the configuration names another.
pub const FILE: &str = ".stanch.baseline";

const HEADER: &str = "\
# stanch baseline, version 1
# One value a line: identity, rule, state, last day, who decided, why; separated by tabs, sorted.
# States: false-positive, test, rotated@DATE, accepted. An `undecided` entry excuses nothing: stanch baseline audit
";

/// A parsed baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// Where it was read from, for messages.
    pub source: String,
    /// The keys of the identities: one, or several where branches that each created a baseline were merged.
    keys: Vec<FingerprintKey>,
    entries: Vec<Entry>,
    places: HashMap<Fingerprint, Vec<usize>>,
}

/// A value that somebody has looked at, or should.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Identity of the value as its rule found it.
    pub fingerprint: Fingerprint,
    /// The rule's id.
    pub rule: String,
    /// What was decided.
    pub state: State,
    /// Last day on which it counts.
    pub expires: Option<Date>,
    /// Who decided.
    pub author: String,
    /// Why.
    pub reason: String,
}

/// What was decided about a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing yet: excuses nothing.
    Undecided,
    /// No secret at all.
    FalsePositive,
    /// Made for tests, opens nothing.
    Test,
    /// Was replaced on that day and opens nothing any more.
    Rotated(Date),
    /// A live secret that is tolerated until the entry's last day.
    Accepted,
}

/// What an entry is worth on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It excuses.
    InForce,
    /// Nobody has decided.
    Undecided,
    /// Its last day is over.
    Expired(Date),
    /// It claims a rotation that is still to come.
    Early(Date),
}

/// A baseline cannot be used. Its author is to blame.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct BaselineError(Vec<String>);

impl Baseline {
    /// An empty baseline under a random key.
    pub fn new(key: [u8; 32], source: &str) -> Self {
        let keys = vec![FingerprintKey::new(key)];
        Self { source: source.to_owned(), keys, entries: Vec::new(), places: HashMap::new() }
    }

    /// Reads a baseline's text; every problem is told at once, with its line.
    pub fn parse(text: &str, source: &str) -> Result<Self, BaselineError> {
        let mut problems = Vec::new();
        let (mut keys, mut entries) = (Vec::new(), Vec::new());
        for (number, line) in text.lines().enumerate() {
            let parsed = match line.split('\t').collect::<Vec<_>>().as_slice() {
                _ if line.trim().is_empty() || line.starts_with('#') => Ok(()),
                ["key", hex] => key(hex).map(|key| keys.push(key)),
                [identity, rule, state, expires, author, reason] => {
                    Entry::read([identity, rule, state, expires, author, reason]).map(|entry| entries.push(entry))
                }
                _ if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark)) => {
                    Err("a merge conflict: keep the lines of both sides".to_owned())
                }
                fields => Err(format!("an entry has 6 fields separated by tabs, this line has {}", fields.len())),
            };
            if let Err(problem) = parsed {
                problems.push(format!("{source}:{}: {problem}", number + 1));
            }
        }
        if keys.is_empty() {
            problems.push(format!("{source}: holds no key; `stanch baseline create` makes a new one"));
        }
        if !problems.is_empty() {
            return Err(BaselineError(problems));
        }
        keys.sort_unstable_by(|one: &FingerprintKey, other| one.as_bytes().cmp(other.as_bytes()));
        keys.dedup();
        let mut baseline = Self { source: source.to_owned(), keys, entries: Vec::new(), places: HashMap::new() };
        baseline.set(entries);
        Ok(baseline)
    }

    /// The key under which new identities are made.
    pub fn key(&self) -> &FingerprintKey {
        &self.keys[0]
    }

    /// All entries, sorted.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Replaces all entries; sorts them and drops lines that say the same twice.
    pub fn set(&mut self, mut entries: Vec<Entry>) {
        entries.sort();
        entries.dedup();
        self.places.clear();
        for (at, entry) in entries.iter().enumerate() {
            self.places.entry(entry.fingerprint).or_default().push(at);
        }
        self.entries = entries;
    }

    /// Numbers of the entries that name `value` as rule `rule` found it.
    pub fn find(&self, rule: &str, value: &[u8]) -> Vec<usize> {
        let of_key = |key: &FingerprintKey| self.places.get(&key.fingerprint(rule, value)).into_iter().flatten();
        let found = self.keys.iter().flat_map(of_key).copied();
        found.filter(|&at| self.entries[at].rule == rule).collect()
    }
}

impl Entry {
    /// A fresh entry, which excuses nothing.
    pub fn undecided(fingerprint: Fingerprint, rule: &str) -> Self {
        let (author, reason) = (String::new(), String::new());
        Self { fingerprint, rule: rule.to_owned(), state: State::Undecided, expires: None, author, reason }
    }

    /// The same value with a decision; refused when something that the decision needs is missing.
    pub fn decided(
        &self,
        state: State,
        expires: Option<Date>,
        author: &str,
        reason: &str,
    ) -> Result<Self, &'static str> {
        let (author, reason) = (clean(author), clean(reason));
        let entry = Self { state, expires, author, reason, ..self.clone() };
        entry.check().map(|()| entry)
    }

    /// What it is worth on that day.
    pub fn standing(&self, today: Date) -> Standing {
        match (self.state, self.expires) {
            (State::Undecided, _) => Standing::Undecided,
            (_, Some(last)) if last < today => Standing::Expired(last),
            (State::Rotated(day), _) if day > today => Standing::Early(day),
            _ => Standing::InForce,
        }
    }

    fn read([identity, rule, state, expires, author, reason]: [&str; 6]) -> Result<Self, String> {
        let fingerprint =
            Fingerprint::parse(identity).ok_or("the identity is not of the form v1: and 32 hexadecimal digits")?;
        let optional = |text: &str| if text == "-" { String::new() } else { text.to_owned() };
        let entry = Self {
            fingerprint,
            rule: rule.to_owned(),
            state: state.parse()?,
            expires: (expires != "-").then(|| date(expires)).transpose()?,
            author: optional(author),
            reason: optional(reason),
        };
        entry.check()?;
        Ok(entry)
    }

    fn check(&self) -> Result<(), &'static str> {
        if self.rule.is_empty() {
            return Err("the rule is missing");
        }
        if self.state == State::Undecided {
            return Ok(());
        }
        if self.reason.chars().count() < 3 {
            return Err("a decision needs a reason of at least three characters");
        }
        if self.author.is_empty() {
            return Err("a decision needs the name of who decided");
        }
        if self.state == State::Accepted && self.expires.is_none() {
            return Err("`accepted` needs a last day: a live secret is not tolerated for ever");
        }
        Ok(())
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEADER)?;
        for key in &self.keys {
            writeln!(f, "key\t{}", data_encoding::HEXLOWER.encode(key.as_bytes()))?;
        }
        let or_dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
        for entry in &self.entries {
            let expires = entry.expires.map_or_else(|| "-".to_owned(), |day| day.to_string());
            let (author, reason) = (or_dash(&entry.author), or_dash(&entry.reason));
            writeln!(f, "{}\t{}\t{}\t{expires}\t{author}\t{reason}", entry.fingerprint, entry.rule, entry.state)?;
        }
        Ok(())
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undecided => f.write_str("undecided"),
            Self::FalsePositive => f.write_str("false-positive"),
            Self::Test => f.write_str("test"),
            Self::Rotated(day) => write!(f, "rotated@{day}"),
            Self::Accepted => f.write_str("accepted"),
        }
    }
}

impl std::str::FromStr for State {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("rotated@")) {
            ("undecided", _) => Ok(Self::Undecided),
            ("false-positive", _) => Ok(Self::FalsePositive),
            ("test", _) => Ok(Self::Test),
            ("accepted", _) => Ok(Self::Accepted),
            (_, Some(day)) => date(day).map(Self::Rotated),
            _ => {
                let mut told = format!("`{text}` is no state; there are ");
                told.write_str("false-positive, test, rotated@DATE, accepted and undecided").unwrap_or_default();
                Err(told)
            }
        }
    }
}

fn key(hex: &str) -> Result<FingerprintKey, String> {
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok().filter(|bytes| bytes.len() == 32);
    bytes.map(FingerprintKey::new).ok_or_else(|| "a key is 64 hexadecimal digits".to_owned())
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("`{text}` is no date of the form YYYY-MM-DD"))
}

/// One line without tabs and control characters.
fn clean(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn entry(value: &str) -> Entry {
        Entry::undecided(FingerprintKey::new([7; 32]).fingerprint("a-b", value.as_bytes()), "a-b")
    }

    #[test]
    fn what_is_written_is_read_and_the_order_of_lines_means_nothing() {
        let mut baseline = Baseline::new([7; 32], "x");
        let accepted = entry("one").decided(State::Accepted, Some(day("2026-03-01")), "Ada", "until the move").unwrap();
        let rotated =
            entry("two").decided(State::Rotated(day("2026-01-02")), None, "Ada L", "old\tdeploy\nkey").unwrap();
        baseline.set(vec![accepted.clone(), rotated, entry("three"), accepted]);
        let text = baseline.to_string();
        assert_eq!(Baseline::parse(&text, "x").unwrap(), baseline);
        let reversed: Vec<&str> = text.lines().rev().collect();
        assert_eq!(Baseline::parse(&reversed.join("\n"), "x").unwrap(), baseline);
        assert_eq!(baseline.entries().len(), 3);
        assert_eq!(baseline.find("a-b", b"two").len(), 1);
        assert_eq!(baseline.find("a-c", b"two").len(), 0);
    }

    #[test]
    fn two_baselines_in_one_file_keep_both_keys() {
        let mut one = Baseline::new([7; 32], "x");
        one.set(vec![entry("one")]);
        let mut other = Baseline::new([8; 32], "x");
        other.set(vec![Entry::undecided(FingerprintKey::new([8; 32]).fingerprint("a-b", b"two"), "a-b")]);
        let both = Baseline::parse(&format!("{one}{other}"), "x").unwrap();
        assert_eq!((both.find("a-b", b"one").len(), both.find("a-b", b"two").len()), (1, 1));
        assert_eq!(Baseline::parse(&both.to_string(), "x").unwrap(), both);
    }

    #[test]
    fn all_problems_are_told_with_their_lines() {
        let text = "key\tshort\nv1:00\ta-b\ttest\t-\tAda\treason\n<<<<<<< ours\nv1:00112233445566778899aabbccddeeff\ta-b\taccepted\t-\tAda\treason\n\
                    v1:00112233445566778899aabbccddeeff\ta-b\ttest\t-\tAda\t-\nv1:00112233445566778899aabbccddeeff\ta-b\tfine\t-\tAda\treason\n";
        let told = Baseline::parse(text, "b").unwrap_err().to_string();
        for line in [
            "b:1:",
            "b:2:",
            "b:3: a merge conflict",
            "b:4: `accepted`",
            "b:5: a decision",
            "b:6: `fine`",
            "b: holds no key",
        ] {
            assert!(told.contains(line), "{line}: {told}");
        }
    }

    #[test]
    fn only_decisions_in_force_excuse() {
        let today = day("2026-03-02");
        let decided =
            |state, expires: Option<&str>| entry("v").decided(state, expires.map(day), "Ada", "because").unwrap();
        assert_eq!(entry("v").standing(today), Standing::Undecided);
        assert_eq!(decided(State::Test, None).standing(today), Standing::InForce);
        assert_eq!(decided(State::Test, Some("2026-03-02")).standing(today), Standing::InForce);
        let last = day("2026-03-01");
        assert_eq!(decided(State::Accepted, Some("2026-03-01")).standing(today), Standing::Expired(last));
        let later = day("2026-03-03");
        assert_eq!(decided(State::Rotated(later), None).standing(today), Standing::Early(later));
        assert!(entry("v").decided(State::Accepted, None, "Ada", "because").is_err());
        assert!(entry("v").decided(State::Test, None, "", "because").is_err());
        assert!(entry("v").decided(State::Test, None, "Ada", " ").is_err());
    }
}
