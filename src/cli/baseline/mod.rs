//! `stanch baseline`: what people have decided about values, kept in one file.
//!
//! It must never decide for anybody: what is found enters the file as `undecided`, which excuses nothing, unless a state
//! and a reason are given for all of it.

mod audit;
mod survey;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::args::Global;
use super::error::CliError;
use super::{author, output, setup};
use crate::source::PolicyFiles;
use crate::source::git::{GitEnvironment, Repository};
use crate::triage::Baseline;
use crate::triage::baseline::{Entry, Standing, State};
use survey::{Reach, Survey};

/// Arguments of `stanch baseline`.
#[derive(Debug, Args)]
#[command(after_help = "\
The file .stanch.baseline holds one line for each value: a keyed hash of value and rule, a state, a last day, who
decided and why. It names no line and no path, so moving code changes nothing. A fresh entry is `undecided` and
excuses nothing; a decided one excuses its value in every command until its last day. Banned files are not for the
baseline: see `env_files` and `allow` of .stanch.yml.

Examples:
  stanch baseline create                what the working tree holds, undecided
  stanch baseline audit                 decide, one value after the other
  stanch baseline create --history --state accepted --expires 2027-06-30 --reason 'before adoption'
  stanch baseline update                add what is new
  stanch baseline prune                 take out what is found nowhere any more")]
pub struct BaselineArgs {
    /// What to do with the baseline.
    #[command(subcommand)]
    pub command: BaselineCommand,
}

/// What can be done with a baseline.
#[derive(Debug, Subcommand)]
pub enum BaselineCommand {
    /// Write a new baseline of what is found now
    Create(EnterArgs),
    /// Add what is found now and is not in the baseline
    Update(EnterArgs),
    /// Decide about undecided and expired entries, one after the other
    Audit(AuditArgs),
    /// Take out entries that match nothing in the working tree and in the history, expired ones and doubles
    Prune,
}

/// Arguments of `create` and `update`.
#[derive(Debug, Args)]
pub struct EnterArgs {
    /// Look through the whole history as well
    #[arg(long)]
    pub history: bool,
    /// Decide for all new entries: false-positive, test, rotated@DATE or accepted [default: undecided]
    #[arg(long, value_name = "STATE", requires = "reason")]
    pub state: Option<State>,
    /// Why all new entries are decided so
    #[arg(long, value_name = "TEXT", requires = "state")]
    pub reason: Option<String>,
    /// Last day on which the new entries count (YYYY-MM-DD); `accepted` needs one
    #[arg(long, value_name = "DATE", requires = "state")]
    pub expires: Option<jiff::civil::Date>,
    /// Who decides [default: git's user.name]
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
}

/// Arguments of `audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Who decides [default: git's user.name]
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
}

/// Runs the command.
pub fn run(global: &Global, args: &BaselineArgs) -> Result<u8, CliError> {
    let place = Place::find(global)?;
    match &args.command {
        BaselineCommand::Create(args) => create(global, &place, args),
        BaselineCommand::Update(args) => update(global, &place, args),
        BaselineCommand::Audit(args) => audit::run(global, &place, args),
        BaselineCommand::Prune => prune(global, &place),
    }
}

/// Where the baseline and what it speaks of are.
struct Place {
    root: PathBuf,
    repository: Option<Repository>,
    file: PathBuf,
}

impl Place {
    fn find(global: &Global) -> Result<Self, CliError> {
        let repository = Repository::discover(Path::new("."), &GitEnvironment::from_process())?;
        let root = match &repository {
            Some(repository) => repository.work_dir()?.to_owned(),
            None => PathBuf::from("."),
        };
        let (policy, folder) = setup::read_policy(global, &PolicyFiles::on_disk(Some(&root)))?;
        let file = root.join(setup::baseline_path(&policy, &folder));
        Ok(Self { root, repository, file })
    }

    fn read(&self) -> Result<Baseline, CliError> {
        let text = std::fs::read_to_string(&self.file).map_err(|error| {
            CliError::user(anyhow::anyhow!("{}: {error}", self.file.display()))
                .hint("stanch baseline create writes a new one")
        })?;
        Ok(Baseline::parse(&text, &self.file.display().to_string())?)
    }

    fn write(&self, baseline: &Baseline) -> Result<(), CliError> {
        output::write_file(&self.file, |out| write!(out, "{baseline}"))
    }

    /// Who decides: the one named, or git's user.
    fn author(&self, named: Option<&String>) -> Result<String, CliError> {
        author::name(named.map(String::as_str), self.repository.as_ref()).ok_or_else(|| {
            CliError::user(anyhow::anyhow!("nobody is named who decides"))
                .hint("--author NAME, or git config user.name NAME")
        })
    }
}

fn create(global: &Global, place: &Place, args: &EnterArgs) -> Result<u8, CliError> {
    if place.file.exists() {
        return Err(CliError::user(anyhow::anyhow!("{} is there already", place.file.display()))
            .hint("stanch baseline update adds what is new"));
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| CliError::user(anyhow::anyhow!("no random key: {error}")))?;
    let baseline = Baseline::new(key, &place.file.display().to_string());
    let code = enter(global, place, args, baseline)?;
    match keep_both_sides(place)? {
        Some(attributes) => {
            say(&[format!("{}: merges keep the lines of both sides. Commit both files.", attributes.display())])?;
        }
        None => say(&["Commit it."])?,
    }
    Ok(code)
}

/// Two branches that each enter something would conflict, for git cannot know that every line stands by itself. Says which file
/// tells it now; none if that was so before, or there is no repository.
fn keep_both_sides(place: &Place) -> Result<Option<PathBuf>, CliError> {
    let Some(inside) = place.file.strip_prefix(&place.root).ok().filter(|_| place.repository.is_some()) else {
        return Ok(None);
    };
    let inside = inside.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    // A blank would end the pattern.
    let pattern = format!("/{inside}");
    let pattern = if inside.contains(char::is_whitespace) { format!("\"{pattern}\"") } else { pattern };
    let path = place.root.join(".gitattributes");
    let mut text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(CliError::user(anyhow::anyhow!("{}: {error}", path.display()))),
    };
    if String::from_utf8_lossy(&text).lines().any(|line| line.contains(&inside) && line.contains("merge=")) {
        return Ok(None);
    }
    if text.last().is_some_and(|&byte| byte != b'\n') {
        text.push(b'\n');
    }
    text.extend_from_slice(format!("{pattern} merge=union\n").as_bytes());
    output::write_file(&path, |out| out.write_all(&text))?;
    Ok(Some(path))
}

fn update(global: &Global, place: &Place, args: &EnterArgs) -> Result<u8, CliError> {
    enter(global, place, args, place.read()?)
}

/// Adds what is found and not in the baseline yet.
fn enter(global: &Global, place: &Place, args: &EnterArgs, mut baseline: Baseline) -> Result<u8, CliError> {
    let author = args.state.map(|_| place.author(args.author.as_ref())).transpose()?;
    let reach = if args.history { Reach::TreeAndHistory } else { Reach::Tree };
    let survey = Survey::take(global, place, &baseline, reach)?;
    let mut entries = baseline.entries().to_vec();
    let mut fresh = BTreeSet::new();
    for finding in survey.values() {
        if finding.known.is_empty() {
            let entry = Entry::undecided(finding.fingerprint, finding.rule);
            fresh.insert(match (args.state, &author) {
                (Some(state), Some(author)) => {
                    let reason = args.reason.as_deref().unwrap_or_default();
                    entry.decided(state, args.expires, author, reason).map_err(|what| {
                        CliError::user(anyhow::anyhow!("{what}")).hint("--state STATE --reason TEXT --expires DATE")
                    })?
                }
                _ => entry,
            });
        }
    }
    let (count, file) = (fresh.len(), place.file.display());
    entries.extend(fresh);
    baseline.set(entries);
    place.write(&baseline)?;
    let total = baseline.entries().len();
    say(&[&format!("{file}: {count} new, {total} in all")])?;
    if survey.files > 0 {
        say(&[&format!(
            "{} banned: not for the baseline. Take them out, or excuse them in .stanch.yml (env_files, allow).",
            counted(survey.files, "file is", "files are")
        )])?;
    }
    open_ends(&baseline, survey.today)?;
    survey.exit_code(0)
}

/// Takes out what matches nowhere, what has expired and what another line says better.
fn prune(global: &Global, place: &Place) -> Result<u8, CliError> {
    let mut baseline = place.read()?;
    let survey = Survey::take(global, place, &baseline, Reach::TreeAndHistory)?;
    let found: BTreeSet<usize> = survey.values().flat_map(|value| value.known.to_vec()).collect();
    let entries = baseline.entries();
    let is_decided = |entry: &Entry| entry.standing(survey.today) == Standing::InForce;
    let (mut kept, mut gone) = (Vec::new(), Vec::new());
    for (at, entry) in entries.iter().enumerate() {
        let is_double = !is_decided(entry)
            && entries.iter().any(|other| other.fingerprint == entry.fingerprint && is_decided(other));
        let why = match entry.standing(survey.today) {
            Standing::Expired(last) => Some(format!("expired on {last}")),
            _ if is_double => Some("decided in another line".to_owned()),
            _ if !found.contains(&at) && survey.is_complete() => Some("matches nothing".to_owned()),
            _ => None,
        };
        match why {
            Some(why) => gone.push(format!("{}  {}  {}  {why}", entry.fingerprint, entry.rule, entry.state)),
            None => kept.push(entry.clone()),
        }
    }
    say(&gone)?;
    say(&[format!("{}: {} taken out, {} kept", place.file.display(), gone.len(), kept.len())])?;
    if !gone.is_empty() {
        baseline.set(kept);
        place.write(&baseline)?;
    }
    if !survey.is_complete() {
        say(&["What matches nothing was kept, for not everything could be read."])?;
    }
    survey.exit_code(0)
}

/// Tells how many entries excuse nothing yet.
fn open_ends(baseline: &Baseline, today: jiff::civil::Date) -> Result<usize, CliError> {
    let open = baseline.entries().iter().filter(|entry| entry.standing(today) == Standing::Undecided).count();
    if open > 0 {
        let entries = counted(open, "entry is", "entries are");
        say(&[format!("{entries} undecided, which excuses nothing: stanch baseline audit")])?;
    }
    Ok(open)
}

fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

fn say<T: AsRef<str>>(lines: &[T]) -> Result<(), CliError> {
    let text: String = lines.iter().map(|line| format!("{}\n", line.as_ref())).collect();
    io::stdout().write_all(text.as_bytes()).map_err(|error| CliError::output(error, "what was done"))
}
