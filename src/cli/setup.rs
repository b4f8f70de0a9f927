//! From arguments, configuration and environment to everything that a run needs, validated and built once.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::args::Global;
use super::error::CliError;
use super::signal;
use crate::detect::Engine;
use crate::model::FingerprintKey;
use crate::policy::Policy;
use crate::policy::paths_ignore::{self, PathsIgnore};
use crate::report::bytes;
use crate::rule::{PackedRule, PackedText, RuleSet};
use crate::scan::{Clock, Setup, apply_policy};
use crate::source::content::ContentLimits;
use crate::source::lfs::Store;
use crate::source::{PolicyFiles, SourceError};
use crate::triage::baseline::FILE as BASELINE;
use crate::triage::{Baseline, Breadth, Exceptions};

/// The configuration's name at a repository's root.
pub const CONFIG: &str = ".stanch.yml";

/// Builds the setup of a run that looks at its own files; `root` is where the configuration is looked for.
pub fn build(global: &Global, root: Option<&Path>) -> Result<Setup, CliError> {
    build_from(global, root, &PolicyFiles::on_disk(root))
}

/// Builds the setup of a run whose policy comes through `files`.
pub fn build_from(global: &Global, root: Option<&Path>, files: &PolicyFiles) -> Result<Setup, CliError> {
    let (policy, folder) = read_policy(global, files)?;
    with_policy(global, root, policy, &folder, files)
}

/// Builds the setup of a run under a policy that was read elsewhere; `folder` is what its paths are relative to.
pub fn with_policy(
    global: &Global,
    root: Option<&Path>,
    mut policy: Policy,
    folder: &Path,
    files: &PolicyFiles,
) -> Result<Setup, CliError> {
    let clock = Clock { started: now(), instant: Instant::now() };
    if let Some(word) = &global.min_confidence {
        policy.min_confidence =
            word.parse().map_err(|error| CliError::user(anyhow::anyhow!("--min-confidence: {error}")))?;
    }
    if let Some(jobs) = global.jobs {
        rayon::ThreadPoolBuilder::new().num_threads(jobs).build_global().map_err(CliError::user)?;
    }
    let rules = rules(global, &policy, folder, files)?;
    let path = baseline_path(&policy, folder);
    let baseline = text(&path, files)?.map(|text| Baseline::parse(&text, &files.label(&path))).transpose()?;
    let github = Path::new(paths_ignore::FILE);
    let paths_ignore =
        files.read(github)?.map(|bytes| PathsIgnore::parse(&String::from_utf8_lossy(&bytes), &files.label(github)));
    log::info!(
        "policy: {}; baseline: {}",
        policy.source,
        if baseline.is_some() { files.label(&path) } else { "none".to_owned() }
    );
    log::info!("{} rules, set {}; reported from {} confidence on", rules.len(), rules.hash(), policy.min_confidence);
    let limits = ContentLimits::default();
    log::info!(
        "files above {} are scanned in pieces; at most {} are held",
        bytes(limits.whole as u64),
        bytes(limits.budget as u64)
    );
    let key = baseline.as_ref().map_or_else(FingerprintKey::shared, |baseline| baseline.key().clone());
    let rules = Arc::new(rules);
    // The process ends with the run: to give thousands of rules back one by one would only delay that.
    std::mem::forget(Arc::clone(&rules));
    Ok(Setup {
        engine: Engine::with_names(rules, Arc::new(policy.public.clone())).reading_backwards(global.reversed),
        policy,
        exceptions: Exceptions { baseline, paths_ignore, bypass: None },
        breadth: Breadth::Part,
        key,
        root: root.map(Path::to_owned),
        today: today(global)?,
        clock,
        interrupted: signal::flag(),
        meter: Arc::default(),
        deadline: None,
        archives: !global.no_archives,
        lfs: root.and_then(Store::of),
        show_secrets: global.show_secrets,
        allow_incomplete: global.allow_incomplete,
    })
}

/// The rules in force: built in, the configuration's, and those of the command line.
pub fn rules(global: &Global, policy: &Policy, folder: &Path, files: &PolicyFiles) -> Result<RuleSet, CliError> {
    let mut rules = RuleSet::embedded();
    let configured = policy.spec.rules.load.iter().map(|path| folder.join(path));
    for path in configured.chain(global.rules.iter().map(|path| absolute(path))) {
        rules.extend(load_rules(&path, files)?)?;
    }
    apply_policy(&mut rules, policy)?;
    Ok(rules)
}

/// The rules of a file or folder.
fn load_rules(path: &Path, files: &PolicyFiles) -> Result<Vec<(PackedRule, PackedText)>, CliError> {
    let mut texts = Vec::new();
    for file in rule_files(path, files)? {
        let Some(yaml) = text(&file, files)? else {
            let message = anyhow::anyhow!("{}: there is no such file or folder", files.label(&file));
            return Err(CliError::user(message));
        };
        texts.push((file, yaml));
    }
    if texts.is_empty() {
        let message = anyhow::anyhow!("{} holds no rule file (*.yml or *.yaml)", files.label(path));
        return Err(CliError::user(message));
    }
    Ok(crate::rule::load_texts(texts)?)
}

/// The rule files that `path` names: itself, or the YAML files of a folder.
pub fn rule_files(path: &Path, files: &PolicyFiles) -> Result<Vec<PathBuf>, CliError> {
    Ok(match files.list(path)? {
        Some(listed) => listed.into_iter().filter(|file| crate::rule::is_rule_file(file)).collect(),
        None => vec![path.to_owned()],
    })
}

/// The configuration: the one named, or the one at the root, or none. With it the folder that its paths are relative to.
pub fn read_policy(global: &Global, files: &PolicyFiles) -> Result<(Policy, PathBuf), CliError> {
    let path = config_path(global);
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    match text(&path, files)? {
        Some(yaml) => Ok((Policy::parse(&yaml, &files.label(&path))?, folder)),
        // What was asked for by name must be there, but on the protected side it may be new.
        None if global.config.is_some() && !files.is_protected() => {
            Err(CliError::user(anyhow::anyhow!("{}: there is no such file", path.display())))
        }
        None if global.config.is_some() && files.inside(&path).is_none() => {
            Err(CliError::user(anyhow::anyhow!("{}: there is no such file", path.display())))
        }
        None => Ok((Policy { source: files.absence(), ..Policy::default() }, folder)),
    }
}

/// Where the configuration is: as named, or at the root.
pub fn config_path(global: &Global) -> PathBuf {
    global.config.as_deref().map_or_else(|| PathBuf::from(CONFIG), absolute)
}

/// A policy file's text, which must be UTF-8.
pub fn text(path: &Path, files: &PolicyFiles) -> Result<Option<String>, CliError> {
    let bytes = files.read(path).map_err(|error| match error {
        // A file that the user named and that cannot be read is the user's matter.
        SourceError::Io { .. } => CliError::user(error),
        _ => CliError::from(error),
    })?;
    let text = bytes.map(String::from_utf8).transpose();
    text.map_err(|_| CliError::user(anyhow::anyhow!("{}: it is not UTF-8", files.label(path))))
}

/// Paths of the command line are relative to the current folder, wherever the root is.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Where the baseline is: where the configuration says, or at the root.
pub fn baseline_path(policy: &Policy, folder: &Path) -> PathBuf {
    policy.spec.baseline.as_ref().map_or_else(|| PathBuf::from(BASELINE), |name| folder.join(name))
}

/// Today, or the day that was given.
pub fn today(global: &Global) -> Result<jiff::civil::Date, CliError> {
    match &global.today {
        Some(text) => text
            .parse()
            .map_err(|_| CliError::user(anyhow::anyhow!("--today: `{text}` is no date of the form YYYY-MM-DD"))),
        None => Ok(jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()),
    }
}

/// What a verdict on a blob depends on besides the blob: the program itself, its rules, its options, the names that the
/// configuration gives a meaning. None if the
/// program cannot tell which build it is, and where known values are searched for: nothing may be kept that depends on
/// them.
pub fn reading(setup: &Setup) -> Option<String> {
    if setup.engine.has_learned() {
        return None;
    }
    let program = std::env::current_exe().ok()?.metadata().ok()?;
    let built = program.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos();
    let (version, size, rules) = (env!("CARGO_PKG_VERSION"), program.len(), setup.engine.rules().hash());
    let names = setup.policy.names_mark();
    let (archives, least, reversed) = (setup.archives, setup.policy.min_confidence, setup.engine.reads_backwards());
    Some(format!("{version} {size} {built} {rules} {archives} {names} {least} {reversed}"))
}

/// Seconds since 1970 UTC.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs() as i64)
}
