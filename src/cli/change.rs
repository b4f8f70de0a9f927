//! What `push` and `ci` have in common: a change is judged by the protected side's policy, and its edits of that policy are told.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use bstr::{BString, ByteSlice};

use super::args::Global;
use super::error::CliError;
use super::setup;
use crate::gate::policy_change::{self, Deciding, PolicyChange, Watch};
use crate::gate::weakening::Kind;
use crate::model::{Notice, NoticeKind, Origin, Provenance};
use crate::scan::{Collector, FileFinding, Setup};
use crate::source::git::{Objects, Repository};
use crate::source::history::range::Range;
use crate::source::{PolicyFiles, Sink, SourceError};

/// The rule under which edits of the policy are reported.
pub const POLICY_RULE: &str = "stanch-policy-change";

/// Judges a change: `scan` shows it to the sink that it is given and returns its commits.
pub fn judge(
    global: &Global,
    repository: &Repository,
    files: &PolicyFiles,
    collector: &Collector<'_>,
    allow_policy_change: bool,
    scan: impl FnOnce(&dyn Sink) -> Result<Range, SourceError>,
) -> Result<Range, CliError> {
    let deciding = deciding(global, collector.setup(), files)?;
    let watch = Watch::new(collector, &deciding);
    let range = scan(&watch)?;
    log::info!("the change has {} commits and {} tags of its own", range.commits.len(), range.tags.len());
    range.commits.iter().for_each(|one| log::debug!("commit {}", one.commit.id));
    let setup = collector.setup();
    if !setup.cancelled() {
        let objects = Objects::open(repository);
        for change in policy_change::find(&objects, &range, &watch, files, setup.engine.rules())? {
            report(collector, &change, files.has_revision() && !allow_policy_change);
        }
    }
    if setup.is_late() && !setup.interrupted.load(Ordering::SeqCst) {
        let detail = "the time that --deadline gives was up before everything was scanned, so the change is refused; \
                      push less at once, or give more time";
        collector.notice(Notice::new(NoticeKind::Limit, "deadline", detail));
    }
    Ok(range)
}

/// The files that decide: those of the protected side, and where the change could put others.
fn deciding(global: &Global, setup: &Setup, files: &PolicyFiles) -> Result<Deciding, CliError> {
    let mut deciding = Deciding::default();
    let config = setup::config_path(global);
    let mut add = |path: &Path, kind: Kind| {
        if let Some(inside) = files.inside(path) {
            deciding.files.insert(inside, kind);
        }
    };
    add(&config, Kind::Config);
    // The next run without the option would read it.
    add(Path::new(setup::CONFIG), Kind::Config);
    add(Path::new(".github/secret_scanning.yml"), Kind::Scanning);
    let folder = config.parent().map(Path::to_owned).unwrap_or_default();
    add(&setup::baseline_path(&setup.policy, &folder), Kind::Baseline);
    add(Path::new(crate::triage::baseline::FILE), Kind::Baseline);
    add(&super::seal::path(&setup.policy, &folder), Kind::Seal);
    add(Path::new(crate::detect::seal::FILE), Kind::Seal);
    let configured = setup.policy.spec.rules.load.iter().map(|path| folder.join(path));
    let rules: Vec<PathBuf> = configured.chain(global.rules.iter().map(|path| setup::absolute(path))).collect();
    for path in &rules {
        for file in setup::rule_files(path, files)? {
            add(&file, Kind::Rules);
        }
    }
    deciding.rule_folders = rules.iter().filter_map(|path| files.inside(path)).collect();
    Ok(deciding)
}

fn report(collector: &Collector<'_>, change: &PolicyChange, may_deny: bool) {
    let mut provenance = Provenance::new(Origin::Blob, Some(change.path.clone()));
    provenance.object = change.object;
    let mut identity = change.path.clone();
    let mut advice = Vec::new();
    for effect in &change.effects {
        identity.push(0);
        identity.extend_from_slice(effect.text.as_bytes());
        advice.push(format!("{}{}.", if effect.weakens { "Weakens the gate: " } else { "" }, capital(&effect.text)));
    }
    if change.object.is_none() {
        advice.push("The file is deleted.".to_owned());
    }
    let denies = may_deny && change.weakens();
    advice.push(if denies {
        let path = change.path.to_str_lossy();
        format!(
            "Let it land as a change of its own that its reviewers allow: with --allow-policy-change, or with an entry of `allow` \
             (rule: {POLICY_RULE}, path: '{path}') in the configuration of the protected side."
        )
    } else {
        "It counts only once it has landed; this change was judged by the protected side's policy.".to_owned()
    });
    collector.file(FileFinding {
        rule: POLICY_RULE,
        provenance: &provenance,
        attribution: Some(&change.attribution()),
        identity: &identity,
        evidence: "a commit of the change edits it",
        advice: advice.join("\n"),
        denies,
    });
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// Says what a change is called where it holds no commit.
pub fn empty(subject: impl Into<BString>, is_allowed: bool) -> Notice {
    let kind = if is_allowed { NoticeKind::Warning } else { NoticeKind::Empty };
    Notice::new(kind, subject, "the range holds no commit (--allow-empty if that is right)")
}
