//! The rotation log and the incident log, held against each other and against the inventory.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{Check, Context, ROTATION, Spot, Status};
use crate::gate::register::incident::{self, Incident};
use crate::gate::register::rotation::{self, Rotation};
use crate::gate::register::{INCIDENT_LOGS, Problem, ROTATION_LOGS, discretion};
use crate::model::Severity;
use crate::policy::InventoriedSecret;

/// Names and aliases of inventoried secrets that are sensitive.
pub(super) fn sensitive(context: &Context<'_>) -> BTreeSet<String> {
    let secrets = context.policy.inventory.secrets.iter().filter(|secret| secret.sensitive);
    secrets.flat_map(|secret| std::iter::once(&secret.name).chain(&secret.aliases)).cloned().collect()
}

/// A log that was found.
struct Log<T> {
    path: String,
    entries: Vec<T>,
}

/// The lines about both logs.
pub(super) fn check(context: &Context<'_>) -> Vec<Check> {
    let configured = &context.policy.spec.audit;
    let (first, rotations) = read(
        context,
        ("rotation-log", "The rotation log is well-formed, names known secrets and holds no values"),
        configured.rotation_log.as_deref(),
        ROTATION_LOGS,
        &|text| {
            let (entries, mut problems) = rotation::read(text, context.today);
            let names = entries.iter().map(|entry| (entry.line, entry.name.as_str()));
            problems.extend(unknown(context, names));
            (entries, problems)
        },
    );
    let (last, incidents) = read(
        context,
        ("incident-log", "The incident log is well-formed, names known secrets and holds no values"),
        configured.incident_log.as_deref(),
        INCIDENT_LOGS,
        &|text| {
            let (entries, mut problems) = incident::read(text, context.today);
            let names = entries.iter().flat_map(|entry| entry.secrets.iter().map(|name| (entry.line, name.as_str())));
            problems.extend(unknown(context, names));
            (entries, problems)
        },
    );
    let mut checks = vec![first];
    checks.extend(by_date(context, rotations.as_ref()));
    checks.push(after_incidents(context, rotations.as_ref(), incidents.as_ref()));
    checks.push(last);
    checks
}

/// Names that are not in the inventory, if there is one. `.env` stands for all that was in it.
fn unknown<'n>(context: &Context<'_>, names: impl Iterator<Item = (usize, &'n str)>) -> Vec<Problem> {
    let inventory = &context.policy.inventory;
    if inventory.secrets.is_empty() {
        return Vec::new();
    }
    names
        .filter(|(_, name)| inventory.find(name).is_none() && !is_env(context, name))
        .map(|(line, name)| Problem {
            line,
            what: format!("{} is not in the inventory", context.speak(name.as_bytes())),
        })
        .collect()
}

fn is_env(context: &Context<'_>, name: &str) -> bool {
    context.policy.env.judge(name.as_bytes()) == crate::policy::EnvFile::Banned
}

/// Entries of a log, and what is wrong with it.
type Parse<'a, T> = &'a dyn Fn(&str) -> (Vec<T>, Vec<Problem>);

/// The line about a log's form, and what is in it.
fn read<T>(
    context: &Context<'_>,
    (id, title): (&'static str, &'static str),
    configured: Option<&str>,
    usual: [&str; 2],
    parse: Parse<'_, T>,
) -> (Check, Option<Log<T>>) {
    let line = |status, why: String| Check::new(id, ROTATION, title, status, why);
    if configured == Some("vault") {
        return (line(Status::Beyond, "the vault's version history is the log".to_owned()), None);
    }
    let candidates: Vec<&str> = configured.map_or_else(|| usual.to_vec(), |path| vec![path]);
    let found: Vec<&str> =
        candidates.iter().copied().filter(|path| context.files.find(path.as_bytes()).is_some()).collect();
    let [path, others @ ..] = found.as_slice() else {
        let is_needed = configured.is_some() || !sensitive(context).is_empty();
        let status = if is_needed { Status::Fail } else { Status::Beyond };
        let check = line(status, format!("{} is not tracked", candidates.join(" or ")));
        let command =
            if id == "rotation-log" { "stanch rotation log NAME --reason WHY" } else { "stanch incident log" };
        return (check.todo(format!("{command} begins one")), None);
    };
    let Some(text) = context.files.text(path.as_bytes()) else {
        return (line(Status::Unknown, format!("{path} cannot be read")), None);
    };
    let (entries, mut problems) = parse(&text);
    for (at, said) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        // A tab separates as well as spaces do.
        if let Some(objection) = discretion::objection(&said.replace('\t', " "), context.engine) {
            problems.push(Problem { line: at + 1, what: objection.to_owned() });
        }
    }
    let mut spots: Vec<Spot> =
        problems.into_iter().map(|problem| context.spot(path.as_bytes(), Some(problem.line), problem.what)).collect();
    spots.extend(others.iter().map(|other| context.spot(other.as_bytes(), None, "a second log: one of them is stale")));
    let log = Log { path: (*path).to_owned(), entries };
    if spots.is_empty() {
        return (line(Status::Pass, format!("{path}: {} entries", log.entries.len())), Some(log));
    }
    (line(Status::Fail, format!("{path} is not in order")).at(spots), Some(log))
}

/// The last rotation of each inventoried secret, by its name.
fn latest(context: &Context<'_>, log: &Log<Rotation>) -> BTreeMap<String, Date> {
    let mut latest = BTreeMap::new();
    // What is dated ahead has not happened.
    for entry in log.entries.iter().filter(|entry| entry.date <= context.today) {
        let name = context.policy.inventory.find(&entry.name).map_or(&entry.name, |secret| &secret.name);
        let slot = latest.entry(name.clone()).or_insert(entry.date);
        *slot = entry.date.max(*slot);
    }
    latest
}

fn days_between(from: Date, to: Date) -> i64 {
    i64::from((to - from).get_days())
}

fn days(count: i64) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}

/// The two lines about time: each secret's own cadence, and the limits by severity.
fn by_date(context: &Context<'_>, log: Option<&Log<Rotation>>) -> Vec<Check> {
    const CADENCE: &str = "Every secret was rotated within its cadence";
    const LIMIT: &str = "Severe secrets were rotated within the limits of the checklist";
    let secrets: Vec<&InventoriedSecret> =
        context.policy.inventory.secrets.iter().filter(|secret| secret.sensitive).collect();
    let limits = &context.policy.spec.audit.rotate_within_days;
    let own = |secret: &InventoriedSecret| secret.rotation.as_ref().and_then(|cadence| cadence.days);
    let limit = |secret: &InventoriedSecret| {
        let is_never = secret.rotation.as_ref().is_some_and(|cadence| cadence.is_never());
        secret.severity.filter(|_| !is_never).and_then(|severity| limits.get(severity.as_str()).copied())
    };
    let judge = |id: &'static str, title: &'static str, most: &dyn Fn(&InventoriedSecret) -> Option<u32>| {
        let line = |status, why: String| Check::new(id, ROTATION, title, status, why);
        if secrets.is_empty() {
            return line(Status::Beyond, "the configuration has no inventory of secrets".to_owned())
                .todo("List them under `secrets:` in .stanch.yml (stanch inventory import FILE.md reads tables)");
        }
        let Some(log) = log else {
            return if context.policy.spec.audit.rotation_log.as_deref() == Some("vault") {
                line(Status::Beyond, "the vault's version history is the log".to_owned())
            } else {
                line(Status::Fail, "there is no rotation log".to_owned())
            };
        };
        let latest = latest(context, log);
        let (mut spots, mut due) = (Vec::new(), 0_usize);
        for secret in &secrets {
            let Some(most) = most(secret) else { continue };
            due += 1;
            let name = context.speak(secret.name.as_bytes());
            let owner = secret.owner.as_ref().map(|owner| format!(" ({})", context.speak(owner.as_bytes())));
            let owner = owner.unwrap_or_default();
            let note = match latest.get(&secret.name) {
                None => format!("{name}{owner}: no rotation is recorded"),
                Some(last) => {
                    let over = days_between(*last, context.today) - i64::from(most);
                    if over <= 0 {
                        continue;
                    }
                    format!("{name}{owner}: {} overdue; last rotated {last}, every {}", days(over), days(most.into()))
                }
            };
            spots.push(context.spot(log.path.as_bytes(), None, note));
        }
        if spots.is_empty() {
            return line(
                Status::Pass,
                format!("{due} of {} secrets are due by date, and none is overdue", secrets.len()),
            );
        }
        line(Status::Fail, format!("{} of {due} secrets are overdue", spots.len()))
            .at(spots)
            .todo("Rotate them by their playbooks, then: stanch rotation log NAME --reason 'Scheduled rotation'")
    };
    vec![judge("rotation-cadence", CADENCE, &own), judge("rotation-limits", LIMIT, &limit)]
}

/// By when a rotation must be in the log: whole days, for the logs have no times.
fn due(context: &Context<'_>, incident: &Incident, secret: &InventoriedSecret) -> Date {
    let deadline = |severity: Severity| context.policy.inventory.deadline(severity);
    let own = secret.severity.map(deadline);
    let seconds = own.map_or(deadline(incident.severity), |own| own.min(deadline(incident.severity)));
    let days = seconds.div_euclid(86_400) + i64::from(seconds % 86_400 != 0);
    incident.date.checked_add(jiff::Span::new().days(days.clamp(0, 10_000))).unwrap_or(Date::MAX)
}

fn after_incidents(
    context: &Context<'_>,
    rotations: Option<&Log<Rotation>>,
    incidents: Option<&Log<Incident>>,
) -> Check {
    const TITLE: &str = "Every secret was rotated within its deadline after each incident";
    let line = |status, why: String| Check::new("rotation-after-incident", ROTATION, TITLE, status, why);
    let Some(incidents) = incidents else {
        return line(Status::Beyond, "there is no incident log to hold the rotations against".to_owned());
    };
    let empty = Vec::new();
    let rotated = rotations.map_or(&empty, |log| &log.entries);
    let is_in_vault = context.policy.spec.audit.rotation_log.as_deref() == Some("vault");
    if is_in_vault && !incidents.entries.is_empty() {
        return line(Status::Beyond, "the vault's version history is the rotation log".to_owned());
    }
    let inventory = &context.policy.inventory;
    let (mut spots, mut seen) = (Vec::new(), 0_usize);
    for incident in &incidents.entries {
        for name in &incident.secrets {
            if is_env(context, name) {
                continue;
            }
            seen += 1;
            let unlisted = InventoriedSecret { name: name.clone(), ..InventoriedSecret::default() };
            let secret = inventory.find(name).unwrap_or(&unlisted);
            let is_same = |rotation: &&Rotation| {
                rotation.name == secret.name
                    || inventory.find(&rotation.name).is_some_and(|own| own.name == secret.name)
            };
            let due = due(context, incident, secret);
            let has_been = |date: &Date| (incident.date..=context.today).contains(date);
            let first = rotated.iter().filter(is_same).map(|one| one.date).filter(has_been).min();
            let spoken = context.speak(name.as_bytes());
            let note = match first {
                Some(date) if date > due => format!("{spoken}: rotated {date}, {} late", days(days_between(due, date))),
                None if context.today > due => {
                    format!("{spoken}: not rotated, {} overdue", days(days_between(due, context.today)))
                }
                _ => continue,
            };
            spots.push(context.spot(incidents.path.as_bytes(), Some(incident.line), note));
        }
    }
    if spots.is_empty() {
        return line(Status::Pass, format!("{seen} leaked secrets in {} incidents", incidents.entries.len()));
    }
    line(Status::Fail, "what leaked was not replaced in time".to_owned())
        .at(spots)
        .todo("Rotate now, by the playbook; then: stanch rotation log NAME --reason 'Leak of DATE'")
}
