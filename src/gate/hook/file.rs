//! One hook as a file: looked at, written without a moment in which nothing is there, and taken away.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::script::{self, KEPT, Kind};
use super::{Outcome, State};
use crate::gate::GateError;

/// The place of one hook.
#[derive(Debug, Clone)]
pub struct Slot {
    hook: &'static str,
    file: PathBuf,
    kept: PathBuf,
}

/// What is in a slot.
enum Content {
    Nothing,
    Ours(Vec<u8>),
    Edited,
    Foreign,
}

impl Slot {
    /// The slot of the hook called `hook` in `folder`.
    pub fn new(folder: &Path, hook: &'static str) -> Self {
        Self { hook, file: folder.join(hook), kept: folder.join(format!("{hook}{KEPT}")) }
    }

    /// Says whether the hook can be written; an error says why not.
    pub fn check(&self) -> Result<(), GateError> {
        match self.content()? {
            Content::Foreign if exists(&self.kept) => {
                Err(GateError::Occupied { hook: self.file.clone(), kept: self.kept.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Writes our hook; somebody else's is kept beside it.
    pub fn install(&self, text: &str) -> Result<Outcome, GateError> {
        self.check()?;
        let state = match self.content()? {
            Content::Nothing => State::Installed,
            Content::Ours(old) if old == text.as_bytes() && is_executable(&self.file) => {
                return Ok(self.outcome(State::Present));
            }
            Content::Ours(_) => State::Renewed,
            // Kept beside a new one it would run itself again and again.
            Content::Edited => return Ok(self.outcome(State::Edited)),
            Content::Foreign => {
                // A second name first, so that there is a hook at every moment; a move where links are not known.
                fs::hard_link(&self.file, &self.kept)
                    .or_else(|_| fs::rename(&self.file, &self.kept))
                    .map_err(GateError::io(&self.kept))?;
                State::Chained
            }
        };
        write_executable(&self.file, text.as_bytes())?;
        Ok(self.outcome(state))
    }

    /// Takes our hook away and puts back what was there before it.
    pub fn remove(&self) -> Result<Outcome, GateError> {
        let state = match self.content()? {
            Content::Nothing => State::Absent,
            Content::Foreign => State::Foreign,
            Content::Edited => State::Edited,
            Content::Ours(_) if exists(&self.kept) => {
                fs::rename(&self.kept, &self.file).map_err(GateError::io(&self.file))?;
                State::Restored
            }
            Content::Ours(_) => {
                fs::remove_file(&self.file).map_err(GateError::io(&self.file))?;
                State::Removed
            }
        };
        Ok(self.outcome(state))
    }

    /// Says how the hook stands; `by_shell` if it is run whether it is executable or not.
    pub fn look(&self, by_shell: bool) -> Result<Outcome, GateError> {
        let state = match self.content()? {
            Content::Nothing => State::Absent,
            Content::Foreign => State::Foreign,
            Content::Edited => State::Edited,
            Content::Ours(_) if !by_shell && !is_executable(&self.file) => State::NotExecutable,
            Content::Ours(_) => State::Present,
        };
        Ok(self.outcome(state))
    }

    /// Says whether the hook is ours and its folder was made for it.
    pub fn made_folder(&self) -> bool {
        matches!(self.content(), Ok(Content::Ours(text)) if script::made_folder(&text))
    }

    fn outcome(&self, state: State) -> Outcome {
        Outcome { hook: self.hook, file: self.file.clone(), state }
    }

    fn content(&self) -> Result<Content, GateError> {
        let metadata = match fs::symlink_metadata(&self.file) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Content::Nothing),
            Err(error) => return Err(GateError::io(&self.file)(error)),
        };
        if !metadata.is_file() {
            return Ok(Content::Foreign);
        }
        let text = fs::read(&self.file).map_err(GateError::io(&self.file))?;
        Ok(match script::recognise(&text) {
            Kind::Ours => Content::Ours(text),
            Kind::Edited => Content::Edited,
            Kind::Foreign => Content::Foreign,
        })
    }
}

/// Makes a folder unless it is there; says whether it made it.
pub fn make_folder(folder: &Path) -> Result<bool, GateError> {
    if folder.is_dir() {
        return Ok(false);
    }
    fs::create_dir_all(folder).map_err(GateError::io(folder))?;
    Ok(true)
}

/// Writes a file that can be run beside its place and renames it.
pub fn write_executable(path: &Path, bytes: &[u8]) -> Result<(), GateError> {
    write_whole(path, bytes, Some(0o755))
}

/// Writes a file beside its place and renames it; the mode of an existing file stays unless another is given.
pub fn write_whole(path: &Path, bytes: &[u8], mode: Option<u32>) -> Result<(), GateError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".stanch-").tempfile_in(folder).map_err(GateError::io(folder))?;
    file.write_all(bytes).map_err(GateError::io(path))?;
    set_mode(file.as_file(), path, mode).map_err(GateError::io(path))?;
    file.as_file().sync_all().map_err(GateError::io(path))?;
    file.persist(path).map_err(|error| GateError::io(path)(error.error))?;
    Ok(())
}

#[cfg(unix)]
fn set_mode(file: &fs::File, place: &Path, mode: Option<u32>) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let before = fs::metadata(place).ok().map(|metadata| metadata.permissions().mode());
    file.set_permissions(fs::Permissions::from_mode(mode.or(before).unwrap_or(0o644)))
}

#[cfg(not(unix))]
fn set_mode(_file: &fs::File, _place: &Path, _mode: Option<u32>) -> std::io::Result<()> {
    Ok(())
}

/// Says whether git would run this file.
#[cfg(unix)]
pub fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Says whether git would run this file.
#[cfg(not(unix))]
pub fn is_executable(path: &Path) -> bool {
    path.is_file()
}

fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}
