//! Is there secret scanning in CI, and does nothing take its teeth out? And what does GitHub's own scanning pass over?

use bstr::ByteSlice;

use super::{Check, Context, GUARDS, Spot, Status, workflow};
use crate::policy::paths_ignore::{self, Complaint, PathsIgnore};
use crate::policy::tree::Node;

/// Scanners by the words with which pipelines call them.
const SCANNERS: [&str; 7] =
    ["stanch", "gitleaks", "trufflehog", "ggshield", "detect-secrets", "kingfisher", "secret_detection"];
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

/// The line about scanning in CI.
pub(super) fn scanning(context: &Context<'_>) -> Check {
    const TITLE: &str = "Secrets are scanned for in CI";
    let line = |status, why: String| Check::new("ci-scanning", GUARDS, TITLE, status, why);
    let (mut good, mut toothless, mut unread) = (Vec::new(), Vec::new(), Vec::new());
    for file in context.files.all.iter().filter(|file| file.path.starts_with_str(".github/workflows/")) {
        let text = context.files.read(file);
        let Some(documents) = text.and_then(|text| Node::read(&String::from_utf8_lossy(&text))) else {
            unread.push(context.spot(&file.path, None, "is no YAML that can be taken apart"));
            continue;
        };
        for document in documents {
            for (_, job) in document.get("jobs").map(Node::entries).unwrap_or_default() {
                for step in job.get("steps").map(Node::items).unwrap_or_default() {
                    let said = ["uses", "run"].into_iter().filter_map(|key| step.get(key)?.text());
                    let Some(name) = said.filter_map(scanner).next() else { continue };
                    let spot = context.spot(&file.path, Some(step.line), name);
                    match [job, step].into_iter().find_map(excuse) {
                        Some(excuse) => toothless.push(Spot { note: format!("{name}, but {excuse}"), ..spot }),
                        None => good.push(spot),
                    }
                }
            }
        }
    }
    for path in PIPELINES {
        let text = context.files.text(path.as_bytes()).unwrap_or_default();
        for (at, said) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with(['#', '/'])) {
            if let Some(name) = scanner(said) {
                good.push(context.spot(path.as_bytes(), Some(at + 1), name));
            }
        }
    }
    match (good.is_empty(), toothless.is_empty()) {
        (false, _) => line(Status::Pass, format!("{} runs in CI", good[0].note)).at(good),
        (true, false) => line(Status::Fail, "it runs, but cannot fail a build".to_owned())
            .at(toothless)
            .todo("Delete continue-on-error and `if: false`"),
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
