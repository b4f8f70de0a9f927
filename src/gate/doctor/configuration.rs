//! Does the configuration take effect, everywhere, and is anything in it dead?

use bstr::ByteSlice;

use super::{Patient, around};
use crate::gate::audit::{Check, Spot, Status};
use crate::report::safe;

/// Names that look like the configuration's and are never read.
const NEVER_READ: [&str; 7] =
    [".stanch.yaml", "stanch.yml", "stanch.yaml", ".stanch.toml", "stanch.toml", ".stanch.json", ".github/.stanch.yml"];

/// The line about it.
pub(super) fn check(patient: &Patient<'_>) -> Check {
    const TITLE: &str = "The configuration is alive";
    let line = |status, why: &str| around("configuration", TITLE, status, why);
    let name = patient.configuration;
    let policy = match &patient.policy {
        Ok(policy) => policy,
        Err(problem) => {
            let why =
                format!("it cannot be used: {}", safe::inline(problem.lines().next().unwrap_or_default().as_bytes()));
            return line(Status::Fail, &why).todo("stanch scan says everything that is wrong with it");
        }
    };
    let mut dead = Vec::new();
    let mut say = |path: &str, note: String| {
        dead.push(Spot { path: path.to_owned(), line: None, note: safe::inline(note.as_bytes()) });
    };
    for other in NEVER_READ.iter().filter(|other| patient.root.join(other).exists()) {
        say(other, format!("is never read: the name is {name}"));
    }
    let is_there = patient.root.join(name).exists();
    if is_there && patient.files.find(name.as_bytes()).is_none() {
        say(name, "is not tracked by git: nobody but this clone goes by it".to_owned());
    }
    for allow in &policy.allow {
        if allow.expires.is_some_and(|last| last < patient.today) {
            say(name, format!("an exception has expired ({})", allow.reason));
        }
        if let Some((glob, matcher)) = &allow.path
            && !patient.files.all.iter().any(|file| matcher.is_match(&*file.path.to_str_lossy()))
        {
            say(name, format!("an exception for `{glob}` covers no file that git tracks"));
        }
    }
    for path in &policy.spec.rules.load {
        if !patient.root.join(path).exists() {
            say(name, "names rules that are not there".to_owned());
        }
    }
    match (dead.is_empty(), is_there) {
        (true, true) => line(Status::Pass, "it can be read, is tracked, and every exception covers something"),
        (true, false) => line(Status::Pass, "there is none, so that the built-in one is in force"),
        (false, _) => line(Status::Fail, "part of it has no effect").at(dead).todo("Mend or delete what has no effect"),
    }
}
