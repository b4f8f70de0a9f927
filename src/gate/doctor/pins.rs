//! Is there a gate behind the hooks, which `--no-verify` does not open, and is it the same stanch?

use std::process::Command;

use bstr::ByteSlice;

use super::{Patient, around, gate};
use crate::gate::GateError;
use crate::gate::audit::{Check, Spot, Status};
use crate::gate::git::Git;
use crate::gate::hook::{Hook, script};
use crate::policy::tree::Node;

/// Pipelines of other hosts, which are read line by line.
const PIPELINES: [&str; 8] = [
    ".gitlab-ci.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    ".circleci/config.yml",
    ".buildkite/pipeline.yml",
    ".travis.yml",
    ".woodpecker.yml",
    "Jenkinsfile",
];

/// The pre-commit framework's configuration.
const FRAMEWORK: &str = ".pre-commit-config.yaml";

/// The line about CI.
pub(super) fn ci(patient: &Patient<'_>) -> Check {
    const TITLE: &str = "CI looks again at what --no-verify lets pass";
    let line = |status, why: String| gate("ci", TITLE, status, why);
    let (mut good, mut toothless, mut unread) = (Vec::new(), Vec::new(), Vec::new());
    for (path, text) in workflows(patient) {
        let Some(documents) = Node::read(&text) else {
            unread.push(spot(&path, None, "is no YAML"));
            continue;
        };
        for (_, job) in documents.iter().filter_map(|one| one.get("jobs")).flat_map(Node::entries) {
            for step in job.get("steps").map(Node::items).unwrap_or_default() {
                let uses = step.get("uses").and_then(Node::text).is_some_and(is_action);
                let command = step.get("run").and_then(Node::text).unwrap_or_default();
                if !uses && !runs(patient, command) {
                    continue;
                }
                let found = spot(&path, Some(step.line), "runs stanch");
                match [job, step].into_iter().find_map(excuse).or_else(|| shrug(command)) {
                    Some(excuse) => toothless.push(Spot { note: format!("runs stanch, but {excuse}"), ..found }),
                    None => good.push(found),
                }
            }
        }
    }
    for path in PIPELINES {
        let text = patient.files.text(path.as_bytes()).unwrap_or_default();
        for (at, said) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with(['#', '/'])) {
            if runs(patient, said) {
                let found = spot(path, Some(at + 1), "runs stanch");
                match shrug(said) {
                    Some(excuse) => toothless.push(Spot { note: format!("runs stanch, but {excuse}"), ..found }),
                    None => good.push(found),
                }
            }
        }
    }
    match (good.is_empty(), toothless.is_empty(), unread.is_empty()) {
        (false, ..) => line(Status::Pass, "a pipeline runs stanch and fails when it does".to_owned()).at(good),
        (true, false, _) => line(Status::Fail, "a pipeline runs stanch, but passes whatever it says".to_owned())
            .at(toothless)
            .todo("Let the job fail when stanch does"),
        (true, true, false) => line(Status::Unknown, "a workflow cannot be read".to_owned()).at(unread),
        (true, true, true) => {
            let why = "no pipeline that git tracks runs stanch: whoever commits with --no-verify is stopped by nothing";
            line(Status::Fail, why.to_owned())
                .todo("Add a job with the stanch action, for pull requests and pushes")
                .todo("If CI is elsewhere, or there is none: stanch doctor --local")
        }
    }
}

/// The line about versions.
pub(super) fn versions(patient: &Patient<'_>) -> Result<Check, GateError> {
    const TITLE: &str = "Hooks, configuration and CI run this version";
    let (mut other, mut unclear, mut same) = (Vec::new(), Vec::new(), 0);
    let mut judge = |path: &str, at: usize, pin: &str, remark: &str| {
        let named = if is_commit(pin) { remark } else { pin };
        match named.trim_start_matches('v') {
            version if version == patient.version => same += 1,
            version if version.starts_with(|c: char| c.is_ascii_digit()) => {
                other.push(spot(path, Some(at), format!("version {version}")));
            }
            _ => unclear.push(spot(path, Some(at), format!("`{pin}` does not say which version it is"))),
        }
    };
    for (path, text) in workflows(patient) {
        for (at, line) in text.lines().enumerate() {
            let Some((_, uses)) = line.split_once("uses:").filter(|_| !line.trim_start().starts_with('#')) else {
                continue;
            };
            let (used, remark) = uses.split_once('#').unwrap_or((uses, ""));
            let used = used.trim().trim_matches(['"', '\'']);
            if let Some((_, pin)) = used.rsplit_once('@').filter(|_| is_action(used)) {
                judge(&path, at + 1, pin, remark.split_whitespace().next().unwrap_or_default());
            }
        }
    }
    let framework = patient.files.text(FRAMEWORK.as_bytes()).unwrap_or_default();
    for repo in
        Node::read(&framework).unwrap_or_default().iter().filter_map(|one| one.get("repos")).flat_map(Node::items)
    {
        let is_ours =
            repo.get("repo").and_then(Node::text).is_some_and(|url| url.trim_end_matches('/').ends_with("/stanch"));
        if let (true, Some(rev)) = (is_ours, repo.get("rev")) {
            let remark = framework.lines().nth(rev.line.saturating_sub(1)).and_then(|line| line.split_once('#'));
            let remark =
                remark.map(|(_, remark)| remark.trim().trim_start_matches("frozen:").trim()).unwrap_or_default();
            judge(FRAMEWORK, rev.line, rev.text().unwrap_or_default(), remark);
        }
    }
    let mut gone = Vec::new();
    let git = Git::new(&patient.root);
    for hook in Hook::CLIENT {
        let file = patient.root.join(git.ask(&["rev-parse", "--git-path", &format!("hooks/{}", hook.name())])?);
        let Some(program) = std::fs::read(&file).ok().and_then(|text| script::program(&text)) else { continue };
        let name = file.strip_prefix(&patient.root).unwrap_or(&file).display().to_string();
        match Command::new(&program).arg("--version").output() {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stdout);
                judge(&name, 1, said.split_whitespace().last().unwrap_or_default(), "");
            }
            Err(_) => gone.push(spot(&name, None, "its program is gone: it takes what is on the PATH")),
        }
    }
    unclear.append(&mut gone);
    let line = |status, why: String| around("versions", TITLE, status, why);
    Ok(match (other.is_empty(), unclear.is_empty()) {
        (false, _) => line(Status::Fail, format!("this is {}, and elsewhere it is another", patient.version))
            .at(other)
            .todo("Run the same version everywhere: what one lets through, the other may refuse"),
        (true, false) => line(Status::Unknown, "a pin does not say which version it is".to_owned())
            .at(unclear)
            .todo("Pin a version tag, or write it behind the commit id: # v1.2.3"),
        (true, true) if same == 0 => line(Status::Pass, "nothing pins another version".to_owned()),
        (true, true) => line(Status::Pass, format!("this is {}, as in all other places", patient.version)),
    })
}

fn workflows(patient: &Patient<'_>) -> Vec<(String, String)> {
    const FOLDERS: [&str; 3] = [".github/workflows/", ".forgejo/workflows/", ".gitea/workflows/"];
    let is_one = |path: &[u8]| FOLDERS.iter().any(|folder| path.starts_with_str(folder));
    let tracked = patient.files.all.iter().filter(|file| is_one(&file.path));
    tracked
        .filter_map(|file| {
            let text = patient.files.read(file)?;
            Some((file.path.to_string(), String::from_utf8_lossy(&text).into_owned()))
        })
        .collect()
}

/// An action of the name `stanch`, of whatever owner, or the repository's own one where that is it.
fn is_action(uses: &str) -> bool {
    let name = uses.split('@').next().unwrap_or_default();
    name.ends_with("/stanch") || name.contains("/stanch/")
}

/// Says whether a command runs stanch: itself, through the framework, or in a script that git tracks.
fn runs(patient: &Patient<'_>, command: &str) -> bool {
    const MODES: [&str; 5] = ["ci", "scan", "history", "push", "staged"];
    let calls = |text: &str| {
        text.lines().filter(|line| !line.trim_start().starts_with('#')).any(|line| {
            let mut words =
                line.split(|c: char| c.is_whitespace() || "\"';|&()".contains(c)).filter(|word| !word.is_empty());
            words.any(|word| word == "stanch" || word.ends_with("/stanch"))
                && MODES.iter().any(|mode| line.contains(mode))
        })
    };
    let by_framework = || {
        let is_ours = |line: &str| line.trim_start().trim_start_matches("- ").starts_with("id: stanch");
        command.contains("pre-commit run")
            && patient.files.text(FRAMEWORK.as_bytes()).is_some_and(|text| text.lines().any(is_ours))
    };
    let by_script = || {
        let words = command.split_whitespace().map(|word| word.trim_matches(['"', '\'']).trim_start_matches("./"));
        words
            .filter(|word| word.contains(['/', '.']))
            .any(|word| patient.files.text(word.as_bytes()).is_some_and(|text| calls(&text)))
    };
    calls(command) || by_framework() || by_script()
}

/// What keeps a job or step from failing the build.
fn excuse(node: &Node) -> Option<&'static str> {
    if node.get("continue-on-error").and_then(Node::text).is_some_and(|text| text != "false") {
        return Some("it may fail (continue-on-error)");
    }
    let condition = node.get("if").and_then(Node::text)?;
    (condition.trim_matches(['$', '{', '}', ' ']) == "false").then_some("it never runs (if: false)")
}

/// What takes the exit code from a command.
fn shrug(command: &str) -> Option<&'static str> {
    let line = command.lines().find(|line| line.contains("stanch"))?;
    let is_dropped = ["|| true", "|| :", "||true", "|| exit 0", "; true"].iter().any(|end| line.contains(end));
    match () {
        () if is_dropped => Some("its exit code is dropped"),
        () if line.contains("--allow-incomplete") => {
            Some("what it could not read counts as clean (--allow-incomplete)")
        }
        () => None,
    }
}

fn is_commit(pin: &str) -> bool {
    pin.len() >= 40 && pin.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn spot(path: &str, line: Option<usize>, note: impl Into<String>) -> Spot {
    Spot {
        path: crate::report::safe::inline(path.as_bytes()),
        line,
        note: crate::report::safe::inline(note.into().as_bytes()),
    }
}
