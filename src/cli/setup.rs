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
use crate::rule::RuleSet;
use crate::scan::{Clock, Setup, apply_policy};

/// The configuration's name at a repository's root.
pub const CONFIG: &str = ".stanch.yml";

/// Builds the setup of a run; `root` is where the configuration is looked for.
pub fn build(global: &Global, root: Option<&Path>) -> Result<Setup, CliError> {
    let (policy, folder) = read_policy(global, root)?;
    with_policy(global, root, policy, &folder)
}

/// Builds the setup of a run under a policy that was read elsewhere; `folder` is what its paths are relative to.
pub fn with_policy(global: &Global, root: Option<&Path>, mut policy: Policy, folder: &Path) -> Result<Setup, CliError> {
    let clock = Clock { started: now(), instant: Instant::now() };
    if let Some(word) = &global.min_confidence {
        policy.min_confidence =
            word.parse().map_err(|error| CliError::user(anyhow::anyhow!("--min-confidence: {error}")))?;
    }
    if let Some(jobs) = global.jobs {
        rayon::ThreadPoolBuilder::new().num_threads(jobs).build_global().map_err(CliError::user)?;
    }
    let rules = rules(global, &policy, folder)?;
    Ok(Setup {
        engine: Engine::new(Arc::new(rules)),
        policy,
        key: FingerprintKey::shared(),
        root: root.map(Path::to_owned),
        today: today(global)?,
        clock,
        interrupted: signal::flag(),
        archives: !global.no_archives,
        show_secrets: global.show_secrets,
        allow_incomplete: global.allow_incomplete,
    })
}

/// The rules in force: built in, the configuration's, and those of the command line.
pub fn rules(global: &Global, policy: &Policy, folder: &Path) -> Result<RuleSet, CliError> {
    let mut rules = RuleSet::embedded();
    let configured = policy.spec.rules.load.iter().map(|path| folder.join(path));
    for path in configured.chain(global.rules.iter().cloned()) {
        rules.extend(crate::rule::load(&path)?)?;
    }
    apply_policy(&mut rules, policy)?;
    Ok(rules)
}

/// The configuration: the one named, or the one at the root, or none. With it the folder that its paths are relative to.
pub fn read_policy(global: &Global, root: Option<&Path>) -> Result<(Policy, PathBuf), CliError> {
    let (path, is_named) = match (&global.config, root) {
        (Some(path), _) => (path.clone(), true),
        (None, Some(root)) => (root.join(CONFIG), false),
        (None, None) => return Ok((Policy::default(), PathBuf::new())),
    };
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    match std::fs::read_to_string(&path) {
        Ok(yaml) => Ok((Policy::parse(&yaml, &path.display().to_string())?, folder)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_named => Ok((Policy::default(), folder)),
        Err(error) => Err(CliError::user(anyhow::anyhow!("{}: {error}", path.display()))),
    }
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

/// Seconds since 1970 UTC.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs() as i64)
}
