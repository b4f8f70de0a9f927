//! What can be said on the command line. The doc comments are the help text.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::known::KnownArgs;
use crate::model::MemoryBudget;

/// Stop secrets before they land in git
///
/// stanch looks for secrets in staged changes, in the full history and in the working tree, and keeps .env files out of
/// the repository. It says what it looked at, never prints a secret's value, and tells what to do next.
#[derive(Debug, Parser)]
#[command(name = "stanch", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  stanch scan                      the working tree: tracked files and new ones
  stanch staged                    what the next commit would record
  stanch history                   every object that git still keeps
  stanch history main..feature     what a branch adds
  stanch scan --format sarif --output stanch.sarif

Exit codes:
  0    clean, and everything asked for was read
  1    a secret or a banned file was found
  2    wrong usage or configuration
  3    nothing found, but something could not be read
  130  interrupted";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Scan files: the working tree, any directory or file, or standard input
    Scan(ScanArgs),
    /// Scan what the next commit would record
    Staged(StagedArgs),
    /// Scan the history: every object, or a range of commits
    History(HistoryArgs),
    /// Check what a push would publish (the pre-push and pre-receive hooks)
    Push(PushArgs),
    /// Check what an event in CI brings: a pull request, a push, a tag, a merge group
    Ci(super::ci::CiArgs),
    /// Check a commit message (the commit-msg hook)
    CommitMsg(CommitMsgArgs),
    /// Prove that the gates stand, through the hooks that git would really run
    Doctor(super::doctor::DoctorArgs),
    /// Install, remove and look at the git hooks
    Hook(super::hook::HookArgs),
    /// Say why something is reported, or is not
    Explain(ExplainArgs),
    /// Go through the security checklist: ignore rules, hooks, CI, workflows, logs
    Audit(super::audit::AuditArgs),
    /// Say what to do about what a sweep found: rotate, rewrite, verify, write down
    Respond(super::respond::RespondArgs),
    /// Keep the rotation log: append a line
    Rotation(super::register::RotationArgs),
    /// Keep the incident log: append a line
    Incident(super::register::IncidentArgs),
    /// Keep decisions about values: false positives, test data, what was rotated
    Baseline(super::baseline::BaselineArgs),
    /// List, show and test rules
    Rules(RulesArgs),
    /// Write a configuration to start from, made of what the repository shows
    Init(super::init::InitArgs),
    /// Print the JSON schema of the configuration
    Config(super::config::ConfigArgs),
    /// Import and list the inventory: the secrets that there are, without their values
    Inventory(super::inventory::InventoryArgs),
    /// Seal known values: slow hashes that can be committed, for machines that may not hold the values
    Known(super::seal::SealArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page, or write all of them into a folder
    Man(ManArgs),
}

/// Options that every command has.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Configuration file [default: .stanch.yml at the repository's root]
    #[arg(long, global = true, value_name = "FILE", env = "STANCH_CONFIG")]
    pub config: Option<PathBuf>,
    /// Further rules: a file, or a folder of .yml files
    #[arg(long, global = true, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// Report format; may be given several times, each followed by its --output
    #[arg(long, short, global = true, value_name = "FORMAT", value_enum)]
    pub format: Vec<FormatArg>,
    /// Where the report goes; `-` is standard output
    #[arg(long, short, global = true, value_name = "FILE")]
    pub output: Vec<PathBuf>,
    /// Least confidence that is reported: low, medium, high or certain
    #[arg(long, global = true, value_name = "LEVEL")]
    pub min_confidence: Option<String>,
    /// SARIF category; a later report of the same category replaces this one [default: stanch/MODE]
    #[arg(long, global = true, value_name = "NAME")]
    pub sarif_category: Option<String>,
    /// Show the secrets' values in the report (never in SARIF)
    #[arg(long, global = true)]
    pub show_secrets: bool,
    /// Exit with 0 even if something could not be read; it is still reported
    #[arg(long, global = true)]
    pub allow_incomplete: bool,
    /// Do not enter archives and compressed files
    #[arg(long, global = true)]
    pub no_archives: bool,
    /// Read every text backwards as well
    #[arg(long, global = true)]
    pub reversed: bool,
    /// Write the receipt as JSON
    #[arg(long, global = true, value_name = "FILE")]
    pub receipt: Option<PathBuf>,
    /// Number of threads [default: one per processor]
    #[arg(long, short, global = true, value_name = "N")]
    pub jobs: Option<usize>,
    /// Memory that contents may take (256M, 2G); what does not fit is read in pieces, or reported as not read [default: 512M]
    #[arg(long, global = true, value_name = "SIZE")]
    pub max_memory: Option<MemoryBudget>,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = ColorArg::Auto)]
    pub color: ColorArg,
    /// Say nothing on standard error but errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Say more: -v the policy and what is read from, -vv every pack, ref and commit, -vvv every file and object
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Judge expiry dates as of this day (YYYY-MM-DD)
    #[arg(long, global = true, value_name = "DATE")]
    pub today: Option<String>,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Report formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// For people.
    Text,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitHub workflow annotations.
    Github,
    /// Markdown, for a step summary.
    Markdown,
    /// A table for spreadsheets.
    Csv,
    /// One page that stands alone.
    Html,
    /// JUnit XML.
    Junit,
    /// GitLab's secret detection report.
    Gitlab,
}

/// Arguments of `stanch scan`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stanch scan
  stanch scan src config/prod.yml
  git show HEAD:app.py | stanch scan -")]
pub struct ScanArgs {
    /// Files and folders; `-` is standard input [default: the current folder]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Include files that git ignores
    #[arg(long)]
    pub ignored: bool,
    /// Compare the names in .env templates (.env.example and its kin) with the inventory: missing and unknown ones are denied
    #[arg(long)]
    pub template_parity: bool,
    /// Known values.
    #[command(flatten)]
    pub known: KnownArgs,
}

/// Arguments of `stanch staged`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stanch staged                                what `git commit` would record now
  infisical run -- stanch staged --known env   the same, and the vault's own values")]
pub struct StagedArgs {
    /// Known values.
    #[command(flatten)]
    pub known: KnownArgs,
}

/// Arguments of `stanch history`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stanch history                      every object, reachable or not
  stanch history --reachable          only what a ref still reaches
  stanch history v1.0..HEAD           what these commits brought
  stanch history --since 2026-01-01   what was committed since then")]
pub struct HistoryArgs {
    /// Revisions and ranges, as for git log [default: every object of the repository]
    #[arg(value_name = "RANGE")]
    pub ranges: Vec<String>,
    /// Only what refs, reflogs and worktrees reach
    #[arg(long)]
    pub reachable: bool,
    /// Only what these branches reach
    #[arg(long, value_name = "NAME")]
    pub branch: Vec<String>,
    /// Only commits of this day or later (YYYY-MM-DD)
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// A range without a commit is no failure
    #[arg(long)]
    pub allow_empty: bool,
    /// The repository [default: the one around the current folder]
    #[arg(long, value_name = "DIR")]
    pub repo: Option<PathBuf>,
    /// Read every object again, and remember nothing
    ///
    /// A sweep remembers the ids of the blobs that it read whole and that hold nothing, in the folder stanch/verdicts of
    /// the git directory, for the same program with the same rules and options. The next one reads the others only.
    #[arg(long)]
    pub no_cache: bool,
    /// In a sweep, look for the values of the seal as well: slow, for every stretch of every text is weighed (a range always does)
    #[arg(long)]
    pub sealed: bool,
    /// Match every byte of every object instead of what is new in it (slow; the two must agree)
    #[arg(long, hide = true)]
    pub full_scan: bool,
    /// Known values.
    #[command(flatten)]
    pub known: KnownArgs,
}

/// Arguments of `stanch push`.
#[derive(Debug, Args)]
#[command(after_help = "\
As .git/hooks/pre-push:
  #!/bin/sh
  exec stanch push \"$@\"

As hooks/pre-receive of a bare repository:
  #!/bin/sh
  exec stanch push --pre-receive")]
pub struct PushArgs {
    /// Name of the remote, as git tells the hook
    pub remote: Option<String>,
    /// Address of the remote, as git tells the hook
    pub url: Option<String>,
    /// Read what a pre-receive hook gets, on the server's side
    #[arg(long)]
    pub pre_receive: bool,
    /// Let the push through: used-in-tests, false-positive or will-fix-later; the policy must allow it, and it is logged
    #[arg(long, value_name = "REASON")]
    pub bypass: Option<crate::triage::BypassReason>,
    /// Refuse the push (exit code 3) when the check is not done in this time, for servers that end slow hooks and let the push
    /// pass; give less than the server does
    #[arg(long, value_name = "SECONDS", value_parser = super::push::seconds)]
    pub deadline: Option<std::time::Duration>,
    /// Let edits of the policy pass that weaken it; they are still reported
    #[arg(long, env = "STANCH_ALLOW_POLICY_CHANGE", value_parser = clap::builder::FalseyValueParser::new())]
    pub allow_policy_change: bool,
    /// Read the policy from this revision, or `none` for the built-in one [default: the receiving side's default branch]
    #[arg(long, value_name = "REVISION")]
    pub policy_from: Option<String>,
    /// Known values.
    #[command(flatten)]
    pub known: KnownArgs,
}

/// Arguments of `stanch commit-msg`.
#[derive(Debug, Args)]
#[command(after_help = "\
Comment lines, and what stands below the scissors line, are no part of the message.

As .git/hooks/commit-msg:
  #!/bin/sh
  exec stanch commit-msg \"$1\"")]
pub struct CommitMsgArgs {
    /// The file that holds the message
    pub file: PathBuf,
}

/// Arguments of `stanch explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stanch explain config/prod.yml:12
  stanch explain src/app.py:3:10    a place as reports print it")]
pub struct ExplainArgs {
    /// A place, as reports print it: FILE:LINE or FILE:LINE:COLUMN
    #[arg(value_name = "FILE:LINE[:COLUMN]")]
    pub place: String,
}

/// Arguments of `stanch rules`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stanch rules list
  stanch rules show generic-password
  stanch rules test my-rules/     the self-test of your own rules")]
pub struct RulesArgs {
    /// What to do with rules.
    #[command(subcommand)]
    pub command: RulesCommand,
}

/// What can be done with rules.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// List the rules in force (with --format json: everything about them)
    List,
    /// Show one rule: what it finds, what it grants, how to revoke it
    Show {
        /// The rule's id
        id: String,
    },
    /// Run the examples of rules: the built-in ones, or those of files
    Test {
        /// Rule files or folders [default: every rule in force]
        files: Vec<PathBuf>,
    },
    /// Compare the rules with a table of GitHub's secret types
    Coverage {
        /// The table: tab-separated, with the columns provider, secret_type, push_protection
        #[arg(long, value_name = "TABLE.tsv")]
        github: PathBuf,
    },
}

/// Arguments of `stanch completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stanch completions bash > ~/.local/share/bash-completion/completions/stanch
  stanch completions zsh > ~/.zfunc/_stanch
  stanch completions fish > ~/.config/fish/completions/stanch.fish")]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// Arguments of `stanch man`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stanch man | man -l -
  stanch man ~/.local/share/man/man1")]
pub struct ManArgs {
    /// Write one page per command into this folder
    #[arg(value_name = "DIR")]
    pub directory: Option<PathBuf>,
}

/// Prints what clap has to say: help and version are no errors.
pub fn refuse(error: &clap::Error) -> ExitCode {
    let is_failed = if error.use_stderr() {
        // It quotes the argument that is wrong; without colours, whose codes would stand beside it like letters.
        anstream::eprint!("{}", super::error::discreet(&error.render().to_string()));
        false
    } else {
        error.print().is_err()
    };
    ExitCode::from(if error.use_stderr() || is_failed { 2 } else { 0 })
}
