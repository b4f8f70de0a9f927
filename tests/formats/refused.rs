//! What this version does not know is refused, and never read as something else.

use crate::plant::planted;
use crate::support::Sandbox;

/// No command may call it clean: the reason is said, and the code is 2 or 3.
#[track_caller]
fn is_refused(sandbox: &Sandbox, word: &str, commands: &[&str]) {
    for command in commands {
        let run = sandbox.stanch(&[command]);
        assert!(matches!(run.code, 2 | 3), "{command}: exit {}\n{}\n{}", run.code, run.stdout, run.stderr);
        assert!(run.stderr.contains(word) || run.stdout.contains(word), "{command}: {}{}", run.stdout, run.stderr);
    }
}

#[test]
fn unknown_format_versions_and_extensions() {
    for (key, value, word) in [
        ("core.repositoryFormatVersion", "2", "version 2"),
        ("core.repositoryFormatVersion", "nonsense", "nonsense"),
        ("extensions.futureThing", "true", "futurething"),
        ("extensions.objectFormat", "sha512", "sha512"),
        ("extensions.refStorage", "database", "database"),
    ] {
        let sandbox = Sandbox::repository();
        sandbox.git(&["config", "core.repositoryFormatVersion", "1"]);
        sandbox.git(&["config", key, value]);
        is_refused(&sandbox, word, &["history", "staged", "scan"]);
    }
    // Version 0 knows no extensions: as in git, these are not looked at.
    let sandbox = planted(&[]);
    sandbox.git(&["config", "core.repositoryFormatVersion", "0"]);
    sandbox.git(&["config", "extensions.futureThing", "true"]);
    crate::plant::all_is_found(&sandbox);
}

#[test]
fn unknown_index_versions_and_extensions() {
    let sandbox = Sandbox::repository();
    let file = sandbox.dir.join(".git/index");
    let sound = std::fs::read(&file).unwrap();
    let sealed = |mut bytes: Vec<u8>| {
        let end = bytes.len() - 20;
        bytes[end..].fill(0);
        bytes
    };
    let mut future = sealed(sound.clone());
    future[7] = 9;
    std::fs::write(&file, &future).unwrap();
    is_refused(&sandbox, "version 9", &["staged", "history", "scan"]);
    let mut extended = sound[..sound.len() - 20].to_vec();
    extended.extend(b"what\0\0\0\x04abcd");
    extended.extend([0; 20]);
    std::fs::write(&file, extended).unwrap();
    is_refused(&sandbox, "what", &["staged", "history", "scan"]);
}

#[test]
fn a_configuration_that_cannot_be_read() {
    let sandbox = Sandbox::repository();
    std::fs::write(sandbox.dir.join(".git/config"), "[core\nrepositoryformatversion = 0\n").unwrap();
    is_refused(&sandbox, "config", &["history", "staged", "scan"]);
}

#[test]
fn a_git_file_that_leads_nowhere() {
    let sandbox = Sandbox::new();
    sandbox.write(".git", "gitdir: /no/such/place\n");
    sandbox.write("a.txt", "a\n");
    is_refused(&sandbox, ".git", &["history", "staged", "scan"]);
}
