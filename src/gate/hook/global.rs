//! Hooks for all of a user's repositories: a folder of our own that `core.hooksPath` leads to.
//!
//! Git then passes over every repository's own hooks, so ours pass on to them, and there is one for each hook that git
//! knows. The setting is a marked block in the user's git configuration, which removing takes out byte for byte.

use std::fs;
use std::path::{Path, PathBuf};

use super::file::{self, Slot};
use super::script::{self, Earlier, Plan};
use super::site::Manager;
use super::{Hook, Outcomes, install_all, remove_all};
use crate::gate::GateError;
use crate::gate::git::Git;

/// Hooks that are no gates, and that must go on working.
const OTHERS: [&str; 19] = [
    "applypatch-msg",
    "pre-applypatch",
    "post-applypatch",
    "prepare-commit-msg",
    "post-commit",
    "pre-rebase",
    "post-checkout",
    "post-merge",
    "pre-receive",
    "update",
    "proc-receive",
    "post-receive",
    "post-update",
    "reference-transaction",
    "push-to-checkout",
    "pre-auto-gc",
    "post-rewrite",
    "sendemail-validate",
    "post-index-change",
];

const BEGIN: &str = "# >>> stanch hook install --global\n";
const BEGIN_AFTER_BREAK: &str = "\n# >>> stanch hook install --global, with the line break before it\n";
const END: &str = "# <<< stanch\n";

/// A user's places.
#[derive(Debug, Clone)]
pub struct Home {
    /// Where our hooks go.
    pub hooks: PathBuf,
    /// The user's git configuration.
    pub git_config: PathBuf,
}

/// Says whether `folder` holds hooks of ours that pass on to the repositories' own.
pub fn is_ours(folder: &Path) -> bool {
    let passes_on = |name: &str| {
        fs::read(folder.join(name)).is_ok_and(|text| {
            script::recognise(&text) != script::Kind::Foreign
                && memchr::memmem::find(&text, b"git-common-dir").is_some()
        })
    };
    passes_on(Hook::PreCommit.name()) && passes_on("post-commit")
}

/// Installs the gates for all repositories of the user.
pub fn install(home: &Home, program: &Path) -> Result<Outcomes, GateError> {
    let plan = |earlier| Plan { program: Some(program.to_owned()), earlier, made_folder: false };
    if let Some(folder) = configured(home)?.filter(|folder| *folder != home.hooks) {
        // The user has such a folder: ours join the hooks that are in it.
        if folder.exists() && !folder.is_dir() {
            return Err(GateError::NoFolder { path: folder });
        }
        let hooks = install_all(&folder, &Hook::CLIENT, &plan(Earlier::Executable))?;
        return Ok(Outcomes { manager: Manager::Global, hooks, notes: Vec::new() });
    }
    let hooks = install_all(&home.hooks, &Hook::CLIENT, &plan(Earlier::Repository))?;
    for name in OTHERS {
        file::write_executable(&home.hooks.join(name), script::pass_on(name).as_bytes())?;
    }
    let mut notes = vec![
        "a repository that sets core.hooksPath itself (husky does) is not covered: run `stanch hook install` there"
            .to_owned(),
    ];
    if configured(home)?.is_none() {
        write_block(home)?;
        notes.insert(0, format!("core.hooksPath is set in {}", home.git_config.display()));
    }
    Ok(Outcomes { manager: Manager::Global, hooks, notes })
}

/// Takes them away.
pub fn remove(home: &Home) -> Result<Outcomes, GateError> {
    let configured = configured(home)?;
    if let Some(folder) = configured.filter(|folder| *folder != home.hooks) {
        let hooks = remove_all(&folder, Hook::CLIENT.iter().map(|hook| hook.name()))?;
        return Ok(Outcomes { manager: Manager::Global, hooks, notes: Vec::new() });
    }
    remove_block(home)?;
    let hooks = remove_all(&home.hooks, Hook::CLIENT.iter().map(|hook| hook.name()).chain(OTHERS))?;
    let hooks = hooks.into_iter().filter(|outcome| !OTHERS.contains(&outcome.hook)).collect();
    // The folders are ours; what somebody else has put into them stays.
    drop(fs::remove_dir(&home.hooks));
    if let Some(parent) = home.hooks.parent() {
        drop(fs::remove_dir(parent));
    }
    Ok(Outcomes { manager: Manager::Global, hooks, notes: Vec::new() })
}

/// Looks at them.
pub fn status(home: &Home) -> Result<Outcomes, GateError> {
    let configured = configured(home)?;
    let mut notes = Vec::new();
    if configured.is_none() {
        notes.push(format!("core.hooksPath is not set in {}", home.git_config.display()));
    }
    let is_set = configured.is_some();
    let folder = configured.unwrap_or_else(|| home.hooks.clone());
    let mut hooks: Vec<_> =
        Hook::CLIENT.iter().map(|hook| Slot::new(&folder, hook.name()).look(false)).collect::<Result<_, _>>()?;
    if !is_set {
        hooks.iter_mut().for_each(|outcome| outcome.state = super::State::Absent);
    }
    Ok(Outcomes { manager: Manager::Global, hooks, notes })
}

/// The folder that the user's configuration names for the hooks of all repositories.
fn configured(home: &Home) -> Result<Option<PathBuf>, GateError> {
    let folder = home.git_config.parent().filter(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    let git = Git::new(folder);
    let value = git.try_ask(&["config", "--global", "--includes", "--type=path", "--get", "core.hooksPath"])?;
    Ok(value.filter(|value| !value.is_empty()).map(PathBuf::from))
}

fn read(path: &Path) -> Result<Option<String>, GateError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(GateError::io(path)(error)),
    }
}

/// The file behind a link, which must stay one.
fn target(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn write_block(home: &Home) -> Result<(), GateError> {
    let file = target(&home.git_config);
    let before = read(&file)?.unwrap_or_default();
    let begin = if before.is_empty() || before.ends_with('\n') { BEGIN } else { BEGIN_AFTER_BREAK };
    let value = home.hooks.display().to_string().replace('\\', "\\\\").replace('"', "\\\"");
    let text = format!("{before}{begin}[core]\n\thooksPath = \"{value}\"\n{END}");
    file::write_whole(&file, text.as_bytes(), None)
}

fn remove_block(home: &Home) -> Result<(), GateError> {
    let file = target(&home.git_config);
    let Some(text) = read(&file)? else { return Ok(()) };
    let begin = [BEGIN_AFTER_BREAK, BEGIN].iter().find_map(|begin| text.find(begin));
    let Some(start) = begin else { return Ok(()) };
    let Some(length) = text[start..].find(END) else { return Ok(()) };
    let rest = format!("{}{}", &text[..start], &text[start + length + END.len()..]);
    if rest.is_empty() {
        return fs::remove_file(&file).map_err(GateError::io(&file));
    }
    file::write_whole(&file, rest.as_bytes(), None)
}
