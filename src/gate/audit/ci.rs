//! Is there secret scanning in CI, and does nothing take its teeth out? And what does GitHub's own scanning pass over?

use bstr::ByteSlice;

use super::files::Content;
use super::script::{self, Call};
use super::{Check, Context, GUARDS, Spot, Status, workflow};
use crate::policy::paths_ignore::{self, Complaint, PathsIgnore};
use crate::policy::tree::Node;

/// Scanners by the words with which pipelines call them.
const SCANNERS: [&str; 8] = [
    "stanch",
    "gitleaks",
    "trufflehog",
    "ggshield",
    "detect-secrets",
    "kingfisher",
    "secret_detection",
    "secret-detection",
];
/// Pipelines of other hosts.
const PIPELINES: [&str; 6] = [
    ".gitlab-ci.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    ".circleci/config.yml",
    "Jenkinsfile",
    ".woodpecker.yml",
];

fn scanner(text: &str) -> Option<&'static str> {
    let text = text.to_ascii_lowercase();
    SCANNERS.into_iter().find(|word| text.contains(word))
}

/// Events by which a workflow sees what is committed without anybody's doing.
const EVENTS: [&str; 6] = ["push", "pull_request", "pull_request_target", "merge_group", "schedule", "workflow_run"];
/// So deep are actions and workflows of the repository followed.
const DEEPEST: usize = 4;

/// The line about scanning in CI.
pub(super) fn scanning(context: &Context<'_>) -> Check {
    const TITLE: &str = "Secrets are scanned for in CI";
    let line = |status, why: String| Check::new("ci-scanning", GUARDS, TITLE, status, why);
    let mut seen =
        Seen { context, framework: framework(context), good: Vec::new(), toothless: Vec::new(), unread: Vec::new() };
    for file in context.files.all.iter().filter(|file| workflow::is_run(&file.path)) {
        let Some(documents) = seen.documents(&file.path) else { continue };
        for document in &documents {
            let idle = (!runs_by_itself(document)).then_some("nothing that is committed starts it");
            seen.jobs(&file.path, document, idle, 0);
        }
    }
    for path in PIPELINES {
        seen.pipeline(path);
    }
    let Seen { good, toothless, unread, .. } = seen;
    match (good.is_empty(), toothless.is_empty()) {
        (false, _) => line(Status::Pass, format!("{} runs in CI", good[0].note)).at(good),
        (true, false) => line(Status::Fail, "it runs, but nothing comes of it".to_owned())
            .at(toothless)
            .todo("Let it run for pull requests and pushes, and let it fail the build"),
        (true, true) if !unread.is_empty() => {
            line(Status::Unknown, "no pipeline that could be read runs a scanner".to_owned()).at(unread).todo(REMEDY)
        }
        (true, true)
            if !workflow::any(context)
                && !PIPELINES.iter().any(|path| context.files.find(path.as_bytes()).is_some()) =>
        {
            line(Status::Fail, "no pipeline is tracked".to_owned()).todo(REMEDY)
        }
        (true, true) => line(Status::Fail, "no pipeline runs a scanner".to_owned()).todo(REMEDY),
    }
}

/// What was seen of scanners in pipelines.
struct Seen<'a, 'c> {
    context: &'a Context<'c>,
    /// The scanner that pre-commit runs here.
    framework: Option<&'static str>,
    good: Vec<Spot>,
    toothless: Vec<Spot>,
    unread: Vec<Spot>,
}

impl Seen<'_, '_> {
    fn documents(&mut self, path: &[u8]) -> Option<Vec<Node>> {
        let documents = self.context.files.text(path).and_then(|text| Node::read(&text));
        if documents.is_none() {
            self.unread.push(self.context.spot(path, None, "is no YAML that can be taken apart"));
        }
        documents
    }

    fn say(&mut self, path: &[u8], at: usize, name: &str, excuse: Option<&str>) {
        let spot = self.context.spot(path, Some(at), name);
        match excuse {
            None => self.good.push(spot),
            Some(excuse) => self.toothless.push(Spot { note: format!("{name}, but {excuse}"), ..spot }),
        }
    }

    /// The jobs of a workflow. `idle` says why nothing comes of them anyway.
    fn jobs(&mut self, path: &[u8], document: &Node, idle: Option<&'static str>, depth: usize) {
        for (_, job) in document.get("jobs").map(Node::entries).unwrap_or_default() {
            let idle = idle.or_else(|| excuse(job));
            if let Some(used) = job.get("uses") {
                self.used(path, used, idle, depth);
            }
            self.steps(path, job, idle, asks_for_bash(document), depth);
        }
    }

    fn steps(&mut self, path: &[u8], job: &Node, idle: Option<&'static str>, bash: bool, depth: usize) {
        for step in job.get("steps").map(Node::items).unwrap_or_default() {
            let idle = idle.or_else(|| excuse(step));
            if let Some(used) = step.get("uses") {
                self.used(path, used, idle, depth);
            }
            let Some((text, at)) = step.get("run").and_then(|run| Some((run.text()?, step.line))) else { continue };
            let framework = self.framework.filter(|_| text.contains("pre-commit"));
            let tool = |word: &str| scanner(word).or(framework.filter(|_| word.ends_with("pre-commit")));
            // Where bash is asked for, GitHub has pipes fail as well.
            let text = if bash { format!("set -o pipefail\n{text}") } else { text.to_owned() };
            match script::call(&text, true, &tool) {
                Some(Call::Runs(_, name)) => self.say(path, at, name, idle),
                Some(Call::Passes(_, name, why)) => self.say(path, at, name, Some(why)),
                None => {}
            }
        }
    }

    /// An action or a workflow: by its name, or, where it is the repository's own, by what it does.
    fn used(&mut self, path: &[u8], used: &Node, idle: Option<&'static str>, depth: usize) {
        let Some(text) = used.text() else { return };
        let Some(own) = text.strip_prefix("./").filter(|_| depth < DEEPEST) else {
            let framework = self.framework.filter(|_| text.starts_with("pre-commit/action"));
            if let Some(name) = scanner(text).or(framework) {
                self.say(path, used.line, name, idle);
            }
            return;
        };
        let own = own.trim_end_matches('/');
        let files = [own.to_owned(), format!("{own}/action.yml"), format!("{own}/action.yaml")];
        let Some(file) = files.into_iter().find(|file| self.context.files.find(file.as_bytes()).is_some()) else {
            return;
        };
        for document in self.documents(file.as_bytes()).unwrap_or_default() {
            self.jobs(file.as_bytes(), &document, idle, depth + 1);
            if let Some(runs) = document.get("runs") {
                self.steps(file.as_bytes(), runs, idle, asks_for_bash(runs), depth + 1);
            }
        }
    }

    /// Pipelines of other hosts, line by line.
    fn pipeline(&mut self, path: &str) {
        let text = match self.context.files.content(path.as_bytes()) {
            Content::Absent => return,
            Content::Unread => {
                self.unread.push(self.context.spot(path.as_bytes(), None, "cannot be read"));
                return;
            }
            Content::Text(text) => text,
        };
        // Jobs of GitLab that may fail, by the lines from which they go on.
        let documents = Node::read(&text).unwrap_or_default();
        let jobs: Vec<(usize, bool)> = documents
            .iter()
            .flat_map(Node::entries)
            .map(|(name, job)| (name.line, job.get("allow_failure").and_then(Node::text) == Some("true")))
            .collect();
        for (at, said) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with(['#', '/'])) {
            let Some(name) = scanner(said) else { continue };
            let job = jobs.iter().rev().find(|(line, _)| *line <= at + 1);
            let may_fail = job.is_some_and(|(_, may_fail)| *may_fail);
            self.say(path.as_bytes(), at + 1, name, may_fail.then_some("it may fail (allow_failure)"));
        }
    }
}

/// Says whether `shell: bash` stands anywhere in it.
fn asks_for_bash(node: &Node) -> bool {
    let mut asks = false;
    node.each_scalar("", &mut |key, value| asks |= key == "shell" && value.text() == Some("bash"));
    asks
}

/// The scanner among the hooks of pre-commit.
fn framework(context: &Context<'_>) -> Option<&'static str> {
    let text = context.files.text(b".pre-commit-config.yaml")?;
    text.lines().filter(|line| !line.trim_start().starts_with('#')).find_map(scanner)
}

/// Says whether a workflow runs for what is committed, or by the clock.
fn runs_by_itself(document: &Node) -> bool {
    // `on` is a truth value to readers of YAML 1.1.
    let Some(on) = document.get("on").or_else(|| document.get("true")) else { return false };
    let names = on.text().into_iter().chain(on.items().iter().filter_map(Node::text));
    let keys = on.entries().iter().filter_map(|(key, _)| key.text());
    names.chain(keys).any(|event| EVENTS.contains(&event))
}

const REMEDY: &str = "Add a job with the stanch action, for pull requests and for pushes";

/// What keeps a job or step from failing the build.
fn excuse(node: &Node) -> Option<&'static str> {
    if node.get("continue-on-error").and_then(Node::text).is_some_and(|text| text != "false") {
        return Some("it may fail (continue-on-error)");
    }
    let condition = node.get("if").and_then(Node::text)?;
    (condition.trim_matches(['$', '{', '}', ' ']) == "false").then_some("it never runs (if: false)")
}

/// The line about `.github/secret_scanning.yml`.
pub(super) fn paths_ignore(context: &Context<'_>) -> Check {
    const TITLE: &str = ".github/secret_scanning.yml excludes nothing that it should not";
    const PATH: &[u8] = paths_ignore::FILE.as_bytes();
    let line = |status, why: String| Check::new("secret-scanning-yml", GUARDS, TITLE, status, why);
    if context.files.find(PATH).is_none() {
        return line(Status::Pass, "there is none, so nothing is excluded".to_owned());
    }
    let Some(text) = context.files.text(PATH) else {
        return line(Status::Unknown, "it cannot be read".to_owned());
    };
    let list = PathsIgnore::parse(&text, "");
    let mut covered = vec![0; list.len()];
    for file in &context.files.all {
        list.matching(&file.path.to_str_lossy()).for_each(|number| covered[number] += 1);
    }
    let all = context.files.all.len();
    let broad = (0..list.len()).filter(|&number| all >= 10 && covered[number] * 2 > all);
    let mut complaints = list.complaints(&context.policy.env);
    complaints.extend(list.idle(|number| covered[number] > 0));
    complaints
        .extend(broad.map(|number| list.about(number, &format!("covers {} of {all} tracked files", covered[number]))));
    let spot = |complaint: &Complaint| context.spot(PATH, complaint.line, context.speak(complaint.text.as_bytes()));
    let spots: Vec<Spot> = complaints.iter().map(spot).collect();
    if spots.is_empty() {
        return line(Status::Pass, "its entries are narrow".to_owned());
    }
    line(Status::Fail, "GitHub's scanning and push protection are blind there".to_owned())
        .at(spots)
        .todo("Name the exact folder of test data, with a comment that says why")
}
