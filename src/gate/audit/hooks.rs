//! Does a hook check each commit in this clone?

use bstr::ByteSlice;

use super::script::{self, Call};
use super::{Check, Context, GUARDS, Status};
use crate::gate::git::Git;
use crate::gate::hook;

const TITLE: &str = "A pre-commit hook that scans stands";

/// The line about it.
pub(super) fn check(context: &Context<'_>) -> Check {
    let line = |status, why: String| Check::new("hooks", GUARDS, TITLE, status, why);
    // What `stanch hook install` put there, wherever git looks for hooks.
    if let Ok(outcomes) = hook::status(context.files.root())
        && !outcomes.hooks.is_empty()
        && outcomes.stands()
    {
        let names: Vec<&str> = outcomes.hooks.iter().map(|outcome| outcome.hook).collect();
        return line(Status::Pass, format!("{} stand ({})", names.join(", "), outcomes.manager.name()));
    }
    let shared = shared(context);
    // Git knows where, whoever's settings say so and however they write it.
    let folder = match Git::new(context.files.root()).ask(&["rev-parse", "--git-path", "hooks"]) {
        Ok(path) => context.files.root().join(path),
        Err(_) => context.repository.common_dir.join("hooks"),
    };
    // Husky's own folder leads to the one that people write in.
    let is_husky = folder.ends_with(".husky/_");
    let folder = if is_husky { folder.with_file_name("") } else { folder };
    let file = folder.join("pre-commit");
    let text = std::fs::read(&file).unwrap_or_default();
    // It has them end with the first command that fails.
    let stops = is_husky || text.find(b"husky.sh").is_some();
    let call = script::call(&text.to_str_lossy(), stops, &stanch);
    let mut said = text.lines().filter(|line| !line.trim_start().starts_with(b"#"));
    if call.is_none() && !said.any(is_manager) {
        return match shared {
            Some(shared) => line(Status::Beyond, format!("{shared} names it, and this clone has not installed it"))
                .todo("Install it in every clone that commits: pre-commit install, lefthook install or npm install"),
            None => line(Status::Fail, "no hook calls stanch, and no tracked file would install one".to_owned())
                .todo("stanch hook install"),
        };
    }
    if !is_executable(&file) {
        return line(Status::Fail, "the hook is not executable, so git passes it over".to_owned())
            .todo("chmod +x on the hook");
    }
    match call {
        Some(Call::Runs(..)) => return line(Status::Pass, "the hook of this clone calls stanch".to_owned()),
        Some(Call::Passes(at, _, why)) => {
            return line(Status::Fail, format!("the hook calls stanch in line {at}, but passes all the same: {why}"))
                .todo("exec stanch staged, or: stanch staged || exit 1");
        }
        None => {}
    }
    match shared {
        Some(shared) => line(Status::Pass, format!("the hook of this clone runs what {shared} names")),
        None => line(Status::Fail, "the hook runs a hook manager that does not call stanch".to_owned())
            .todo("Add stanch to the manager's configuration"),
    }
}

/// The word by which a script calls stanch.
fn stanch(word: &str) -> Option<&'static str> {
    word.rsplit('/').next().is_some_and(|leaf| matches!(leaf, "stanch" | "stanch.exe")).then_some("stanch")
}

/// A command line that runs a hook manager.
fn is_manager(line: &[u8]) -> bool {
    const WORDS: [&[u8]; 4] = [b"pre_commit", b"pre-commit", b"husky", b"lefthook"];
    WORDS.iter().any(|word| line.find(word).is_some())
}

/// The tracked file by which clones get the hook.
fn shared(context: &Context<'_>) -> Option<&'static str> {
    const FILES: [&str; 8] = [
        ".pre-commit-config.yaml",
        ".husky/pre-commit",
        "lefthook.yml",
        "lefthook.yaml",
        ".lefthook.yml",
        ".githooks/pre-commit",
        "hooks/pre-commit",
        "package.json",
    ];
    FILES.into_iter().find(|path| {
        let text = context.files.text(path.as_bytes()).unwrap_or_default();
        text.lines().any(|line| line.contains("stanch") && !line.trim_start().starts_with('#'))
    })
}

#[cfg(unix)]
fn is_executable(file: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &std::path::Path) -> bool {
    file.is_file()
}
