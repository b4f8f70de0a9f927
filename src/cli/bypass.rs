//! The bypass of `stanch push`: asked for by an option or a push option, granted by the protected side's policy, and written
//! down either way.
//!
//! It must never let anything through that was not written down.

use std::path::Path;

use super::error::CliError;
use super::{author, register};
use crate::gate::register::INCIDENT_LOGS;
use crate::gate::register::incident::{self, Incident};
use crate::model::{Finding, Severity, Suppressor, Verdict};
use crate::report::{self, Report};
use crate::scan::Setup;
use crate::source::git::Repository;
use crate::source::push::Update;
use crate::triage::{Bypass, BypassReason};

/// The push option that asks for it: `git push -o stanch.bypass=REASON`.
const PUSH_OPTION: &str = "stanch.bypass=";

/// A bypass that was asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    reason: BypassReason,
    is_granted: bool,
}

/// Takes the request and puts it into effect where the policy allows that.
pub fn ask(option: Option<BypassReason>, setup: &mut Setup) -> Result<Option<Asked>, CliError> {
    let Some(reason) = option.map_or_else(pushed, |reason| Ok(Some(reason)))? else { return Ok(None) };
    let spec = &setup.policy.spec.bypass;
    if spec.allow {
        setup.exceptions.bypass = Some(Bypass { reason, env_files: spec.env_files });
    } else {
        anstream::eprintln!("stanch: a bypass ({reason}) is not allowed by the policy: {}", setup.policy.source);
        anstream::eprintln!("  `bypass: {{allow: true}}` in .stanch.yml on the receiving side would allow it");
    }
    Ok(Some(Asked { reason, is_granted: spec.allow }))
}

/// The reason that came with the push, as git tells a hook.
fn pushed() -> Result<Option<BypassReason>, CliError> {
    let count = std::env::var("GIT_PUSH_OPTION_COUNT").ok().and_then(|count| count.parse::<usize>().ok()).unwrap_or(0);
    // Git tells no more than fit into its environment.
    let mut options =
        (0..count.min(10_000)).filter_map(|number| std::env::var(format!("GIT_PUSH_OPTION_{number}")).ok());
    let asked = options.find_map(|option| option.strip_prefix(PUSH_OPTION).map(str::to_owned));
    let reason = asked.map(|reason| reason.parse::<BypassReason>()).transpose();
    reason.map_err(|problem| CliError::user(anyhow::anyhow!("push option {PUSH_OPTION}: {problem}")))
}

impl Asked {
    /// Writes a line to the incident log, if there was anything to let through.
    pub fn record(
        self,
        repository: &Repository,
        setup: &Setup,
        updates: &[Update],
        report: &Report,
    ) -> Result<(), CliError> {
        let concerns = |finding: &Finding| match &finding.verdict {
            Verdict::Suppressed { by, .. } => *by == Suppressor::Bypass,
            Verdict::Deny => !self.is_granted,
            Verdict::Warn => false,
        };
        let told = report::tell(report);
        let concerned: Vec<_> = report.findings.iter().zip(&told).filter(|(finding, _)| concerns(finding)).collect();
        if concerned.is_empty() {
            return Ok(());
        }
        const SHOWN: usize = 5;
        let mut places: Vec<String> =
            concerned.iter().take(SHOWN).map(|(finding, told)| format!("{} at {}", finding.rule, told.place)).collect();
        if concerned.len() > SHOWN {
            places.push(format!("{} more", concerned.len() - SHOWN));
        }
        let refs: Vec<String> = updates.iter().map(|update| report::harmless(&update.name)).collect();
        let who = author::name(None, Some(repository)).unwrap_or_else(|| "somebody without a name".to_owned());
        let severity = concerned.iter().map(|(finding, _)| finding.severity).max().unwrap_or(Severity::High);
        let plain = |text: String| text.replace('|', "/");
        let resolution = match self.is_granted {
            true => format!("let through as {} by {who}", self.reason),
            false => format!("refused: the policy allows no bypass ({}, asked for by {who})", self.reason),
        };
        let line = Incident {
            line: 0,
            date: setup.today,
            severity,
            secrets: Vec::new(),
            happened: plain(format!("push to {} with {}", refs.join(", "), places.join(", "))),
            resolution: plain(resolution),
        }
        .to_line();
        append(repository, setup, &line)
    }
}

/// Into the log of the work tree; on a server, into stanch's own folder below the git directory.
fn append(repository: &Repository, setup: &Setup, line: &str) -> Result<(), CliError> {
    let configured = setup.policy.spec.audit.incident_log.as_deref();
    let check = |text: &str| {
        let problems = incident::read(text, setup.today).1;
        problems.into_iter().map(|problem| (problem.line, problem.what)).collect()
    };
    let own = repository.common_dir.join("stanch");
    let (root, place): (&Path, Option<&str>) = match (&repository.work_dir, configured) {
        (Some(root), configured) if configured != Some("vault") => (root, configured),
        _ => (&own, Some("incident-log.txt")),
    };
    register::append(root, place, INCIDENT_LOGS, incident::HEADER, line, &check).map(|_| ())
}
