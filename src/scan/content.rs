//! What a file holds by its nature: templates with values, dotenv files under another name, public names for secrets.
//!
//! Adds to what the engine found; a value that the engine reports already is not reported twice. Whether a path makes the
//! difference is decided where the path is known.

use bstr::ByteSlice;

use super::Setup;
use super::spot::{self, Spot};
use crate::detect::public;
use crate::model::{Candidate, Confidence, Evidence, Scope, Secret, Span};
use crate::policy::public::is_telling;
use crate::policy::{EnvFile, template};
use crate::text::dotenv::Dotenv;

/// A template of a `.env` file holds what is not proven a placeholder.
pub const TEMPLATE_RULE: &str = "stanch-env-template";
/// A dotenv file under another name.
pub const DISGUISE_RULE: &str = "stanch-env-content";

/// Dotenv files are small.
const LARGEST: usize = 256 << 10;

/// Says whether a finding of the rule is about a name or a file, and has no value of its own.
pub fn is_valueless(rule: &str) -> bool {
    matches!(rule, DISGUISE_RULE | public::NAME_RULE | public::BUNDLE_RULE)
}

/// Says whether a rule of this module counts at a path; none for rules of others.
pub fn counts(rule: &str, path: &[u8], setup: &Setup) -> bool {
    let judged = || setup.policy.env.judge(path);
    match rule {
        TEMPLATE_RULE => judged() == EnvFile::Template,
        DISGUISE_RULE => judged() == EnvFile::Other,
        public::NAME_RULE | public::BUNDLE_RULE => {
            let lower = path.to_ascii_lowercase();
            ![&b".md"[..], b".mdx", b".rst", b".adoc", b".txt"].iter().any(|ending| lower.ends_with(ending))
        }
        _ => true,
    }
}

/// What a text of the dotenv shape must not hold at a path: a template what is not proven a placeholder, any other file
/// what makes it a dotenv file in disguise.
pub fn dotenv(text: &[u8], path: &[u8], scope: &Scope, found: &[Candidate], setup: &Setup) -> Vec<Spot> {
    match setup.policy.env.judge(path) {
        EnvFile::Template if may_be_dotenv(text) => judged(text, Dotenv::parse(text), scope, found, setup),
        EnvFile::Other => disguised(text, scope, found, setup),
        _ => Vec::new(),
    }
}

/// The same of a text that no path makes a template: unless it is a dotenv file from end to end, nothing is read.
pub fn disguised(text: &[u8], scope: &Scope, found: &[Candidate], setup: &Setup) -> Vec<Spot> {
    if !may_be_dotenv(text) {
        return Vec::new();
    }
    let file = Dotenv::parse_whole(text);
    let spots = file.map(|file| judged(text, file, scope, found, setup)).unwrap_or_default();
    let rule = setup.engine.rules().find(DISGUISE_RULE);
    spots.into_iter().filter(|spot| Some(spot.candidate.rule) == rule).collect()
}

fn judged(text: &[u8], file: Dotenv, scope: &Scope, found: &[Candidate], setup: &Setup) -> Vec<Spot> {
    let rules = setup.engine.rules();
    let index = |id: &str| rules.find(id).filter(|&index| rules.is_enabled(index));
    let is_reported = |place: Span| {
        // What counts in certain files only need not count in this one.
        let counts = |candidate: &&Candidate| {
            let signature = rules.signature(candidate.rule);
            candidate.confidence >= setup.policy.min_confidence && !signature.public && signature.paths.is_empty()
        };
        found.iter().filter(counts).any(|candidate| candidate.span.overlaps(place))
    };
    let mut candidates = Vec::new();
    let mut secret: Option<Span> = None;
    for entry in &file.entries {
        let name = String::from_utf8_lossy(entry.name.of(text)).into_owned();
        let reported = is_reported(entry.place);
        let is_proven = template::is_proven(&name, &entry.value, &setup.policy.public);
        let is_inventoried = setup.policy.inventory.find(&name).is_some_and(|secret| secret.sensitive);
        if reported || !is_proven && (is_telling(&name) || is_inventoried) {
            secret = secret.or(Some(entry.name));
        }
        if let Some(rule) = index(TEMPLATE_RULE).filter(|_| !reported && !is_proven && scope.touches(entry.place)) {
            let reason = format!("the value of {name} is not proven to be a placeholder");
            candidates.push(candidate(rule, entry.place, entry.value.to_vec(), reason));
        }
    }
    if let Some((rule, place)) = index(DISGUISE_RULE).zip(secret).filter(|_| file.is_whole(text) && !scope.is_empty()) {
        let value = place.of(text).to_vec();
        candidates.push(candidate(
            rule,
            place,
            value,
            "its content is that of a .env file, with secrets in it".to_owned(),
        ));
    }
    spot::place(candidates, text, None, setup)
}

fn candidate(rule: u32, span: Span, value: Vec<u8>, reason: String) -> Candidate {
    let mut evidence = Evidence::default();
    evidence.add(reason);
    Candidate {
        rule,
        span,
        window: span,
        secret: Secret::new(value),
        confidence: Confidence::High,
        visible: 0,
        evidence,
        parts: Vec::new(),
        layers: Vec::new(),
        guessed: false,
        known: None,
    }
}

/// It is small, and the first line that says something is an entry.
fn may_be_dotenv(text: &[u8]) -> bool {
    if text.len() > LARGEST {
        return false;
    }
    let is_said = |line: &&[u8]| !line.trim_ascii().is_empty() && !line.trim_ascii().starts_with(b"#");
    let Some(line) = text.lines().take(200).find(is_said) else { return false };
    let line = line.trim_ascii();
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let line = line.strip_prefix(b"export ").unwrap_or(line);
    let name =
        line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')).count();
    name > 0 && line[name..].trim_ascii_start().starts_with(b"=")
}
