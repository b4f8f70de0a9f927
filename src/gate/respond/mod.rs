//! What now? From a sweep's report to what is to be done: which secrets, whose, by when, exposed since when and to whom; then how
//! the history is rewritten. Rotation comes first: a rewritten history takes nothing back from those who have read it.
//!
//! No value is in anything that is said here. Values are read again from the repository, to be masked, searched and written
//! into the file of replacements, which is the only way out for them.

mod cases;
mod exposure;
pub mod format;
pub mod input;
mod past;
mod reach;
mod record;
pub mod rewrite;
mod values;
pub mod verify;

use std::collections::BTreeSet;

use bstr::BString;
use jiff::Timestamp;
use jiff::civil::Date;

pub use cases::{Case, Place};
pub use exposure::Exposure;
pub use input::{Input, InputError, Sweep, Traces};
pub use record::Record;
pub use rewrite::Rewrite;

use crate::detect::{Engine, public};
use crate::model::{FingerprintKey, Severity};
use crate::policy::{EnvFile, Policy};
use crate::report::safe;
use crate::source::SourceError;
use crate::source::git::{Objects, Repository};
use input::Found;
use values::Value;

/// The rule under which banned files are reported.
const ENV_FILE_RULE: &str = "stanch-env-file";
/// The rule under which known values are reported.
const KNOWN_RULE: &str = "known-value";

/// The rule under which dotenv files under another name are reported.
const DISGUISE_RULE: &str = "stanch-env-content";

/// Says whether a rule is about code that gives values away and holds none: no rewrite takes it out of the history.
fn is_about_code(rule: &str) -> bool {
    matches!(rule, public::NAME_RULE | public::BUNDLE_RULE)
}

/// Everything that is to be done.
pub struct Response {
    /// When the sweep found it, seconds since 1970 UTC.
    pub detected: i64,
    /// The secrets, in order of deadline.
    pub cases: Vec<Case>,
    /// Variables of banned files that nothing marks as secrets, to be looked at.
    pub other_names: Vec<String>,
    /// What is written down about it.
    pub record: Record,
    /// How the history is rewritten.
    pub rewrite: Rewrite,
    /// What must not be left afterwards.
    pub traces: Traces,
    /// What could not be read, in the sweep or now.
    pub gaps: Vec<String>,
    /// Address of the remote, without credentials; none when there is no remote.
    pub remote: Option<String>,
    /// How the sweep's report was given, for commands.
    pub source: String,
    values: Vec<Value>,
}

/// What a response goes by.
pub struct Context<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// The rules.
    pub engine: &'a Engine,
    /// What the owner decided.
    pub policy: &'a Policy,
    /// As of when log lines are dated.
    pub today: Date,
    /// How the report was given, for commands.
    pub source: &'a str,
    /// The key of identities.
    pub key: &'a FingerprintKey,
}

/// Masks values and makes text harmless.
struct Voice<'a> {
    values: &'a [Value],
}

impl Voice<'_> {
    fn speak(&self, text: &[u8]) -> String {
        use bstr::ByteSlice;
        let mut masked = text.to_vec();
        for value in self.values.iter().map(|value| value.raw.expose()).filter(|value| value.len() >= 4) {
            if masked.find(value).is_some() {
                masked = masked.replace(value, b"***");
            }
        }
        safe::inline(&masked)
    }
}

/// Says what is to be done about what a sweep found.
pub fn respond(context: &Context<'_>, sweep: &Sweep) -> Result<Response, SourceError> {
    let found: Vec<Found> = sweep.findings.iter().filter(|one| one.verdict != "suppressed").cloned().collect();
    let objects = Objects::open(context.repository);
    let (mut values, unread) = values::read(&objects, &found, context.key, context.engine.known());
    let env_paths: BTreeSet<BString> =
        found.iter().filter(|one| one.rule == ENV_FILE_RULE).filter_map(Found::path).collect();
    // What stood in the banned files is masked, searched and replaced as well, whatever the rules made of it.
    let (mut names, mut named) = Default::default();
    if !env_paths.is_empty() {
        let files = past::look(context.repository, &[], &env_paths)?;
        let variables = cases::variables(context, &files, found.len());
        names = variables.names;
        named = variables.owners;
        values.extend(variables.values);
    }
    let past = past::look(context.repository, &values, &env_paths)?;
    let voice = Voice { values: &values };
    let speak = |text: &[u8]| voice.speak(text);
    let detected = seconds(&sweep.started);
    let told =
        cases::Telling { context, found: &found, values: &values, named: &named, past: &past, speak: &speak, detected };
    let (cases, other_names) = told.cases(&names)?;
    let rewrite = rewrite::plan(&found, &values, &unread, &past, context.policy, &speak);
    let mut gaps: Vec<String> = sweep
        .notices
        .iter()
        .filter(|notice| notice.incomplete)
        .map(|notice| format!("{}: {}", speak(notice.subject.as_bytes()), speak(notice.detail.as_bytes())))
        .collect();
    gaps.extend(past.gaps.iter().map(|gap| format!("{}: {}", speak(&gap.subject), speak(gap.detail.as_bytes()))));
    let gone = unread.iter().filter(|at| found[**at].object().is_none_or(|id| !objects.store().contains(&id))).count();
    if gone > 0 {
        gaps.push(format!("{gone} values could not be read again: their objects are not in this repository"));
    }
    gaps.sort();
    gaps.dedup();
    let remote = remote(context.repository).map(|url| speak(url.as_bytes()));
    let traces = traces(context.key, &found, &past, &env_paths, &unread);
    let source = context.source.to_owned();
    let record = Record::of(context, &cases, detected);
    Ok(Response { detected, cases, other_names, record, rewrite, traces, gaps, remote, source, values })
}

impl Response {
    /// The replacements for `git filter-repo --replace-text`. They hold the values: for a protected file only.
    pub fn expressions(&self) -> zeroize::Zeroizing<Vec<u8>> {
        rewrite::expressions(&self.values)
    }
}

/// What must not be left anywhere.
fn traces(
    key: &FingerprintKey,
    found: &[Found],
    past: &past::Past<'_>,
    paths: &BTreeSet<BString>,
    unread: &[usize],
) -> Traces {
    let mut objects: BTreeSet<String> = past.holders.iter().flatten().map(ToString::to_string).collect();
    objects.extend(past.files.values().flatten().map(ToString::to_string));
    let leaks = || found.iter().filter(|one| !is_about_code(&one.rule));
    objects.extend(leaks().filter_map(Found::object).map(|id| id.to_string()));
    let fingerprints: BTreeSet<String> = leaks().map(|one| one.fingerprint.clone()).collect();
    Traces {
        fingerprints: fingerprints.into_iter().collect(),
        objects: objects.into_iter().collect(),
        paths: paths.iter().map(|path| safe::uri(path)).collect(),
        key: Some(key_mark(key)),
        is_complete: unread.is_empty() && past.gaps.is_empty(),
        needs_known: unread.iter().any(|at| found[*at].rule == KNOWN_RULE),
    }
}

impl Traces {
    /// As much as a sweep's report alone shows.
    pub fn of(sweep: &Sweep) -> Self {
        let is_leak = |one: &&Found| one.verdict != "suppressed" && !is_about_code(&one.rule);
        let found = || sweep.findings.iter().filter(is_leak);
        let set = |items: BTreeSet<String>| items.into_iter().collect();
        Self {
            fingerprints: set(found().map(|one| one.fingerprint.clone()).collect()),
            objects: set(found().filter_map(Found::object).map(|id| id.to_string()).collect()),
            paths: set(found()
                .filter(|one| one.rule == ENV_FILE_RULE)
                .filter_map(Found::path)
                .map(|path| safe::uri(&path))
                .collect()),
            key: None,
            is_complete: false,
            needs_known: found().any(|one| one.rule == KNOWN_RULE),
        }
    }
}

/// Tells keys of identities apart without telling the key.
fn key_mark(key: &FingerprintKey) -> String {
    key.fingerprint("key", b"mark").to_string()
}

/// The address that is pushed to, without user and password.
fn remote(repository: &Repository) -> Option<String> {
    use bstr::ByteSlice;
    let names = repository.config.iter().filter_map(|(key, value)| {
        let name = key.strip_prefix(b"remote.")?.strip_suffix(b".url")?;
        Some((name != b"origin", name.to_owned(), value?.to_str_lossy().into_owned()))
    });
    let (_, _, url) = names.min()?;
    Some(match url.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let host = rest[..end].rsplit_once('@').map_or(&rest[..end], |(_, host)| host);
            format!("{scheme}://{host}{}", &rest[end..])
        }
        None => url,
    })
}

/// Says whether a path is banned, as the sweep judged it.
fn is_banned(policy: &Policy, path: &[u8]) -> bool {
    policy.env.judge(path) == EnvFile::Banned
}

/// Seconds since 1970 of a time in a report.
fn seconds(text: &str) -> i64 {
    text.parse::<Timestamp>().map_or(0, Timestamp::as_second)
}

/// A time for people, in UTC.
pub(super) fn time(seconds: i64) -> String {
    let shown = Timestamp::from_second(seconds).map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    shown.unwrap_or_else(|_| format!("@{seconds}"))
}

/// The word for a severity in the incident log, with its name.
fn sev(severity: Severity) -> String {
    format!("{} {}", crate::gate::register::incident::word(severity), severity.as_str().to_uppercase())
}
