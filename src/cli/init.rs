//! `stanch init`: a configuration to start from, made of what the repository shows.
//!
//! Names of secrets come from templates of `.env` files and from workflows, never their values. Nothing is overwritten.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::Args;

use super::args::Global;
use super::error::CliError;
use super::{output, setup};
use crate::model::{Notice, Receipt};
use crate::policy::public::is_telling;
use crate::policy::{EnvFile, EnvPolicy, Policy, PublicNames};
use crate::source::content::ContentLimits;
use crate::source::git::{GitEnvironment, Repository};
use crate::source::{Item, Sink, worktree};
use crate::text::dotenv::Dotenv;

/// Arguments of `stanch init`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stanch init --print    look at it first
  stanch init            write .stanch.yml")]
pub struct InitArgs {
    /// Print the configuration instead of writing it
    #[arg(long)]
    pub print: bool,
}

/// What the files of the repository name.
#[derive(Default)]
struct Names {
    env: EnvPolicy,
    /// What paths are told relative to.
    root: String,
    /// Where each name was first seen, in the order of names.
    found: Mutex<BTreeMap<String, String>>,
}

impl Sink for Names {
    fn item(&self, item: Item<'_>) {
        let Some(path) = item.provenance.path.as_ref().map(ToString::to_string) else { return };
        let path =
            path.strip_prefix(&self.root).unwrap_or(&path).trim_start_matches("./").trim_start_matches('/').to_owned();
        let mut names: Vec<String> = Vec::new();
        if self.env.judge(path.as_bytes()) == EnvFile::Template {
            let file = Dotenv::parse(item.bytes);
            names.extend(
                file.entries.iter().map(|entry| String::from_utf8_lossy(entry.name.of(item.bytes)).into_owned()),
            );
        } else if path.starts_with(".github/workflows/") {
            let text = String::from_utf8_lossy(item.bytes);
            let name =
                |rest: &str| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().map(str::to_owned);
            names.extend(text.split("secrets.").skip(1).filter_map(name));
        }
        let mut found = self.found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for name in
            names.into_iter().filter(|name| crate::policy::inventory::is_variable(name) && name != "GITHUB_TOKEN")
        {
            let known = found.entry(name).or_insert_with(|| path.clone());
            if path < *known {
                known.clone_from(&path);
            }
        }
    }

    fn notice(&self, _notice: Notice) {}

    fn count(&self, _part: &Receipt) {}

    fn cancelled(&self) -> bool {
        false
    }
}

/// Runs the command.
pub fn run(global: &Global, args: &InitArgs) -> Result<u8, CliError> {
    let environment = GitEnvironment::from_process();
    let found = Repository::discover(Path::new("."), &environment)?;
    let root =
        found.and_then(|repository| repository.work_dir().ok().map(Path::to_owned)).unwrap_or(PathBuf::from("."));
    let path = global.config.clone().unwrap_or_else(|| root.join(setup::CONFIG));
    if !args.print && path.exists() {
        return Err(CliError::user(anyhow::anyhow!("{} exists already", path.display()))
            .hint("stanch init --print shows what would be written"));
    }
    let names = Names { root: root.display().to_string(), ..Names::default() };
    let request = worktree::Request {
        paths: &[root],
        ignored: false,
        threads: 1,
        limits: ContentLimits::default(),
        environment: &environment,
    };
    worktree::scan(&request, &names)?;
    let yaml = compose(&names.found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner));
    Policy::parse(&yaml, "the new configuration")?;
    if args.print {
        std::io::stdout().write_all(yaml.as_bytes()).map_err(|error| CliError::output(error, "the configuration"))?;
        return Ok(0);
    }
    output::write_file(&path, |out| out.write_all(yaml.as_bytes()))?;
    if !global.quiet {
        anstream::eprintln!("stanch: wrote {}; review it, then commit it", path.display());
    }
    Ok(0)
}

const HEAD: &str = "\
# What stanch looks for in this repository, and what it lets pass. Unknown keys are errors.
# Every key, for editors: stanch config schema
version: 1

# The least that is reported: low, medium, high or certain.
# min_confidence: medium

# Files of the .env family are banned; templates such as .env.example may hold placeholders only.
# env_files:
#   allowed: ['docs/**/*.env']

# Exceptions need a reason, and better a last day.
# allow:
#   - path: 'tests/fixtures/**'
#     rule: private-key-pem
#     reason: made for tests, opens nothing
#     expires: 2027-01-01

# By when a leaked secret must be replaced.
# deadlines: { critical: 1 h, high: 4 h, medium: 24 h, low: 7 days }
";

fn compose(found: &BTreeMap<String, String>) -> String {
    let mut yaml = HEAD.to_owned();
    let public = PublicNames::default();
    let is_key = |name: &str| {
        is_telling(name)
            || ["_KEY", "_TOKEN", "DATABASE_URL", "REDIS_URL", "_DSN"].iter().any(|end| name.ends_with(end))
    };
    let (open, rest): (Vec<_>, Vec<_>) = found.iter().partition(|(name, _)| public.stem(name).is_some());
    let (secret, plain): (Vec<_>, Vec<_>) =
        rest.into_iter().partition(|(name, path)| is_key(name) || path.starts_with(".github/"));
    if !open.is_empty() {
        yaml.push_str(
            "\n# Bundlers give these to every visitor. Names that are meant to be public:\n# public:\n#   names:\n",
        );
        open.iter().for_each(|(name, path)| yaml.push_str(&format!("#     - {name}  # {path}\n")));
    }
    yaml.push_str("\n# The secrets that there are: names, owners, deadlines. Never a value.\n");
    yaml.push_str("# From a written procedure: stanch inventory import FILE.md\n");
    if secret.is_empty() {
        yaml.push_str("# secrets:\n#   - name: DATABASE_URL\n#     owner: Backend\n#     severity: CRITICAL\n#     rotation: 90 days or on compromise\n#     playbook: ['Rotate the password at the provider.', 'Update the vault.', 'Redeploy.']\n");
        return yaml;
    }
    yaml.push_str("secrets:\n");
    for (name, path) in secret {
        yaml.push_str(&format!("  - name: {name}  # {path}\n    severity: HIGH\n    # owner: who rotates it\n    # rotation: 90 days or on compromise\n"));
    }
    for (name, path) in plain {
        yaml.push_str(&format!("  # - name: {name}  # {path}\n  #   sensitive: false\n"));
    }
    yaml
}
