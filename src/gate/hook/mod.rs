//! Puts stanch into the hooks that git runs, for one repository or for all of them, and takes it out again.
//!
//! Whoever else is there stays: an existing hook is kept beside ours and both must pass; a hook manager is asked in
//! its own files. Removing leaves, byte for byte, what was found. It must never lose a hook.

pub mod file;
pub mod global;
pub mod lefthook;
pub mod script;
pub mod site;

use std::path::{Path, PathBuf};

use super::GateError;
use file::Slot;
use script::{Earlier, Plan};
use site::{Manager, Site};

/// The hooks that are gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hook {
    /// Before a commit is recorded.
    PreCommit,
    /// Before a merge without conflicts is recorded.
    PreMergeCommit,
    /// When a commit's message is written.
    CommitMsg,
    /// Before a push is sent.
    PrePush,
    /// Before a server takes a push.
    PreReceive,
}

impl Hook {
    /// The gates of a repository with a work tree.
    pub const CLIENT: [Self; 4] = [Self::PreCommit, Self::PreMergeCommit, Self::CommitMsg, Self::PrePush];
    /// The gates of a bare repository.
    pub const SERVER: [Self; 1] = [Self::PreReceive];

    /// Git's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::PreMergeCommit => "pre-merge-commit",
            Self::CommitMsg => "commit-msg",
            Self::PrePush => "pre-push",
            Self::PreReceive => "pre-receive",
        }
    }

    /// Whether git tells it something on standard input.
    pub fn reads_input(self) -> bool {
        matches!(self, Self::PrePush | Self::PreReceive)
    }

    /// What stanch is called with, in the shell's words.
    pub fn arguments(self) -> &'static str {
        match self {
            Self::PreCommit | Self::PreMergeCommit => "staged",
            Self::CommitMsg => "commit-msg \"$1\"",
            Self::PrePush => "push \"$@\"",
            Self::PreReceive => "push --pre-receive",
        }
    }
}

/// What became of one hook, or how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Git's name of the hook.
    pub hook: &'static str,
    /// The file that it concerns.
    pub file: PathBuf,
    /// What was done or found.
    pub state: State,
}

/// States of a hook, before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Written now.
    Installed,
    /// Written now; the hook that was there is kept and still runs.
    Chained,
    /// Written now in place of our own older one.
    Renewed,
    /// There already.
    Present,
    /// Taken away now.
    Removed,
    /// Taken away now, and the earlier hook put back.
    Restored,
    /// Not there.
    Absent,
    /// Somebody else's hook is there, and not ours.
    Foreign,
    /// Ours, but somebody has changed it.
    Edited,
    /// Ours, but git passes over it because it is not executable.
    NotExecutable,
}

/// The result of an installation, a removal or a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcomes {
    /// Who looks after hooks here.
    pub manager: Manager,
    /// Hook by hook.
    pub hooks: Vec<Outcome>,
    /// What the user should know or do.
    pub notes: Vec<String>,
}

impl Outcomes {
    /// Says whether all gates are there and git runs them.
    pub fn stands(&self) -> bool {
        let is_there = |state| matches!(state, State::Installed | State::Chained | State::Renewed | State::Present);
        self.hooks.iter().all(|hook| is_there(hook.state))
    }

    /// Says whether something is left that only its author can take away.
    pub fn has_edited(&self) -> bool {
        self.hooks.iter().any(|hook| hook.state == State::Edited)
    }
}

/// Installs the gates of the repository around `folder`; hooks run `program`, or what is on the PATH if it is gone.
pub fn install(folder: &Path, program: &Path) -> Result<Outcomes, GateError> {
    let site = Site::find(folder)?;
    let mut notes = site.notes.clone();
    if let Manager::Lefthook { config } = &site.manager {
        let hooks = lefthook::install(config)?;
        notes.push("run `lefthook install` so that git runs them".to_owned());
        return Ok(Outcomes { manager: site.manager.clone(), hooks, notes });
    }
    if site.manager == Manager::Global {
        return status(folder);
    }
    let plan = Plan {
        // A file that is shared with others must not name a place on this machine.
        program: (!site.is_shared).then(|| program.to_owned()),
        earlier: if matches!(site.manager, Manager::Husky { .. }) { Earlier::Shell } else { Earlier::Executable },
        made_folder: false,
    };
    let hooks = install_all(&site.folder, site.hooks, &plan)?;
    if site.is_shared && hooks.iter().any(|hook| hook.state != State::Present) {
        notes.push(format!("{} is part of the work tree: commit it, and everybody is covered", site.folder.display()));
    }
    Ok(Outcomes { manager: site.manager, hooks, notes })
}

/// Takes the gates of the repository around `folder` away.
pub fn remove(folder: &Path) -> Result<Outcomes, GateError> {
    let site = Site::find(folder)?;
    if let Manager::Lefthook { config } = &site.manager {
        let hooks = lefthook::remove(config)?;
        return Ok(Outcomes { manager: site.manager.clone(), hooks, notes: Vec::new() });
    }
    if site.manager == Manager::Global {
        let notes = vec!["the hooks of all repositories are taken away by `stanch hook remove --global`".to_owned()];
        return Ok(Outcomes { notes, ..status(folder)? });
    }
    let hooks = remove_all(&site.folder, site.hooks.iter().map(|hook| hook.name()))?;
    Ok(Outcomes { manager: site.manager, hooks, notes: Vec::new() })
}

/// Looks at the gates of the repository around `folder`.
pub fn status(folder: &Path) -> Result<Outcomes, GateError> {
    let site = Site::find(folder)?;
    let hooks = match &site.manager {
        Manager::Lefthook { config } => lefthook::status(config)?,
        manager => {
            let by_shell = matches!(manager, Manager::Husky { .. });
            site.hooks
                .iter()
                .map(|hook| Slot::new(&site.folder, hook.name()).look(by_shell))
                .collect::<Result<_, _>>()?
        }
    };
    Ok(Outcomes { manager: site.manager, hooks, notes: site.notes })
}

/// Writes all hooks, or none: whether each can be written is known before the first is.
fn install_all(folder: &Path, hooks: &[Hook], plan: &Plan) -> Result<Vec<Outcome>, GateError> {
    let slots: Vec<(Hook, Slot)> = hooks.iter().map(|hook| (*hook, Slot::new(folder, hook.name()))).collect();
    slots.iter().try_for_each(|(_, slot)| slot.check())?;
    let made_folder = file::make_folder(folder)? || slots.iter().any(|(_, slot)| slot.made_folder());
    let plan = Plan { made_folder, ..plan.clone() };
    slots.iter().map(|(hook, slot)| slot.install(&script::write(*hook, &plan))).collect()
}

/// Takes the hooks with these names away, and the folder if it was made for them.
fn remove_all(folder: &Path, names: impl Iterator<Item = &'static str>) -> Result<Vec<Outcome>, GateError> {
    let slots: Vec<Slot> = names.map(|name| Slot::new(folder, name)).collect();
    let made_folder = slots.iter().any(Slot::made_folder);
    let outcomes = slots.iter().map(Slot::remove).collect::<Result<_, _>>()?;
    if made_folder {
        // Left as it is when somebody has put something into it since.
        drop(std::fs::remove_dir(folder));
    }
    Ok(outcomes)
}
