//! The same content read in two ways: by one thread and many, as a tree and as its archive, staged and whole.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use stanch::model::{Finding, LineIndex};
use stanch::report::Report;
use stanch::source::content::ContentLimits;
use stanch::source::git::lines;
use stanch::source::history::Selection;

use crate::grow::{self, Texts};
use crate::inside::Inside;
use crate::support::Sandbox;

/// What a finding is, wherever it was found: rule, identity, innermost path.
type Told = (String, String, String);

fn told(finding: &Finding) -> Told {
    let path = finding.provenance.innermost().map(ToString::to_string).unwrap_or_default();
    (finding.rule.to_string(), finding.fingerprint.to_string(), path)
}

fn all(report: &Report) -> BTreeSet<Told> {
    report.findings.iter().map(told).collect()
}

/// A report's JSON without what a clock says.
fn timeless(sandbox: &Sandbox, args: &[&str]) -> String {
    let cache: &[&str] = if args[0] == "history" { &["--no-cache"] } else { &[] };
    let run = sandbox.stanch(&[args, cache, &["--format", "json"]].concat());
    let mut json = run.json();
    for key in ["started", "duration_ms"] {
        assert!(json.as_object_mut().unwrap().remove(key).is_some(), "{key}");
    }
    json.to_string()
}

proptest! {
    #![proptest_config(grow::cases(2))]

    #[test]
    fn any_number_of_threads_says_the_same(seed in any::<u64>()) {
        let sandbox = grow::repository(seed, 20);
        sandbox.write("new.txt", Texts::new(seed ^ 1).text(20));
        sandbox.git(&["add", "new.txt"]);
        for command in ["scan", "staged", "history"] {
            let one = timeless(&sandbox, &[command, "--jobs", "1"]);
            prop_assert!(one.contains("fingerprint"), "{} finds nothing", command);
            for jobs in ["2", "4"] {
                prop_assert_eq!(&timeless(&sandbox, &[command, "--jobs", jobs]), &one, "{} --jobs {}", command, jobs);
            }
        }
    }
}

proptest! {
    #![proptest_config(grow::cases(4))]

    #[test]
    fn a_history_holds_what_the_work_tree_of_its_head_holds(seed in any::<u64>()) {
        let sandbox = grow::repository(seed, 25);
        let inside = Inside::new();
        let tree = all(&inside.scan(&sandbox.dir, ContentLimits::default()).unwrap());
        prop_assert!(!tree.is_empty());
        for selection in [Selection::Everything, Selection::Reachable] {
            let history = all(&inside.history(&sandbox.dir, &selection, 2).unwrap());
            let missing: Vec<&Told> = tree.difference(&history).collect();
            prop_assert!(missing.is_empty(), "{:?}: {:#?}", selection, missing);
        }
    }

    #[test]
    fn the_archive_of_a_tree_holds_what_the_tree_holds(seed in any::<u64>()) {
        let sandbox = grow::repository(seed, 25);
        let inside = Inside::new();
        let tree = all(&inside.scan(&sandbox.dir, ContentLimits::default()).unwrap());
        for format in ["tar", "zip", "tar.gz"] {
            let archive = sandbox.beside(&format!("tree.{format}"));
            sandbox.git(&["archive", "--format", format, "--output", archive.to_str().unwrap(), "HEAD"]);
            let packed = all(&inside.scan(&archive, ContentLimits::default()).unwrap());
            // What stands across the borders of members, or in their headers, is the archive's own.
            let packed: BTreeSet<Told> = packed.into_iter().filter(|(_, _, path)| !path.starts_with('/')).collect();
            prop_assert_eq!(&packed, &tree, "{}", format);
        }
    }
}

/// Whether a finding stands in one of the lines of its file that are `new`.
fn is_new(finding: &Finding, dir: &Path, old: impl Fn(&str) -> Option<Vec<u8>>) -> bool {
    let path = finding.provenance.path.as_ref().unwrap().to_string();
    let Some(place) = finding.place else { return old(&path).is_none() };
    let text = std::fs::read(dir.join(&path)).unwrap();
    let scope = match old(&path) {
        Some(old) => lines::added(&[&old], &text),
        None => stanch::model::Scope::All,
    };
    let index = LineIndex::new(&text);
    let line = |number| index.span(number, &text);
    let own = (place.start.line..=place.end.line).map(line);
    let parts = finding.parts.iter().map(|part| part.span);
    own.chain(parts).any(|span| scope.touches(span))
}

proptest! {
    #![proptest_config(grow::cases(24))]

    #[test]
    fn what_is_staged_is_what_stands_in_added_lines(seed in any::<u64>()) {
        let mut texts = Texts::new(seed);
        let sandbox = Sandbox::repository();
        let names = ["a.txt", "src/b.py", "c.yml"];
        let old: Vec<Vec<u8>> = names[..2].iter().map(|_| texts.text(20)).collect();
        names.iter().zip(&old).for_each(|(name, text)| drop(sandbox.write(name, text)));
        sandbox.commit("Old");
        old.iter().zip(names).for_each(|(text, name)| drop(sandbox.write(name, texts.edited(text))));
        sandbox.write(names[2], texts.text(10));
        sandbox.git(&["add", "--all"]);
        let inside = Inside::new();
        let staged = inside.staged(&sandbox.dir).unwrap();
        let whole = inside.scan(&sandbox.dir, ContentLimits::default()).unwrap();
        let before = |path: &str| Some(old.get(names.iter().position(|name| *name == path)?)?.clone());
        let new = whole.findings.iter().filter(|finding| is_new(finding, &sandbox.dir, before));
        let new: BTreeSet<Told> = new.map(told).collect();
        let staged = all(&staged);
        prop_assert_eq!(&staged, &new);
    }
}
