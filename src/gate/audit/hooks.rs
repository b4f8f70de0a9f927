//! Does a hook check each commit in this clone?

use bstr::ByteSlice;

use super::{Check, Context, GUARDS, Status};
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
    let folder = match context.repository.config.get("core.hookspath").map(|path| path.to_path_lossy().into_owned()) {
        Some(path) => context.files.root().join(path),
        None => context.repository.common_dir.join("hooks"),
    };
    let file = folder.join("pre-commit");
    let text = std::fs::read(&file).unwrap_or_default();
    let calls = text.lines().filter(|line| !line.trim_start().starts_with(b"#"));
    let calls: Vec<&[u8]> = calls.filter(|line| is_call(line)).collect();
    if calls.is_empty() {
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
    let is_direct = calls.iter().any(|call| call.find(b"stanch").is_some());
    match shared {
        _ if is_direct => line(Status::Pass, "the hook of this clone calls stanch".to_owned()),
        Some(shared) => line(Status::Pass, format!("the hook of this clone runs what {shared} names")),
        None => line(Status::Fail, "the hook runs a hook manager that does not call stanch".to_owned())
            .todo("Add stanch to the manager's configuration"),
    }
}

/// A command line that runs stanch or a hook manager.
fn is_call(line: &[u8]) -> bool {
    const WORDS: [&[u8]; 5] = [b"stanch", b"pre_commit", b"pre-commit", b"husky", b"lefthook"];
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
