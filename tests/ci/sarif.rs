//! SARIF as code scanning wants it, from a generated repository that has every odd thing in it.

use serde_json::Value;

use crate::support::{Sandbox, token};

/// A history with secrets in odd places: a path that must be encoded, a column after characters outside of the basic plane, a file
/// that is gone, a commit message, a banned file, an excused value.
fn repository() -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::repository();
    let secrets: Vec<String> = (1..=5).map(|seed| token(900 + seed)).collect();
    sandbox.write("dir é/100% [a]#b.txt", format!("first\n🔑🔑 key {}\n", secrets[0]));
    sandbox.write("gone.txt", format!("{}\n", secrets[1]));
    sandbox.write("excused/a.txt", format!("{}\n", secrets[2]));
    sandbox.write(".env", "A=1\n");
    sandbox.write(".stanch.yml", "allow:\n  - path: 'excused/**'\n    reason: a test value\n");
    sandbox.commit(&format!("Deploy with {}", secrets[3]));
    sandbox.write("gone.txt", format!("moved\n{}\n", secrets[1]));
    sandbox.git(&["add", "gone.txt"]);
    let later = [("GIT_COMMITTER_DATE", "2026-01-03T03:04:05Z"), ("GIT_AUTHOR_DATE", "2026-01-03T03:04:05Z")];
    let moved = sandbox.command("git").args(["commit", "--quiet", "-m", "Move the line"]).envs(later).status().unwrap();
    assert!(moved.success());
    sandbox.git(&["rm", "--quiet", "gone.txt", ".env"]);
    sandbox.commit("Remove");
    (sandbox, secrets)
}

fn sarif(sandbox: &Sandbox, args: &[&str]) -> (Value, String) {
    let run = sandbox.stanch(&[args, &["--format", "sarif", "--show-secrets"]].concat()).exits(1);
    (run.json(), run.stdout)
}

#[test]
fn every_clause_of_code_scanning_holds_for_a_generated_repository() {
    let (sandbox, secrets) = repository();
    let (log, text) = sarif(&sandbox, &["history"]);
    let schema = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sarif/sarif-schema-2.1.0.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let errors: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&log).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    for secret in &secrets {
        assert!(!text.contains(secret), "a value is in the report");
    }
    assert!(!text.contains("ada@") && !text.contains("example.com\""), "an address is in the report");
    let run = &log["runs"][0];
    assert_eq!(
        (&run["columnKind"], &run["automationDetails"]["id"]),
        (&"utf16CodeUnits".into(), &"stanch/history/".into())
    );
    let commits = sandbox.git(&["log", "--format=%H", "--all"]);
    let results = run["results"].as_array().unwrap();
    let mut uris = Vec::new();
    for result in results {
        let location = &result["locations"][0]["physicalLocation"];
        let (uri, rule) = (location["artifactLocation"]["uri"].as_str().unwrap(), result["ruleId"].as_str().unwrap());
        assert!(!uri.starts_with(['/', '.']) || uri.starts_with(".env") || uri.starts_with(".git/"), "{uri}");
        assert!(uri.is_ascii() && !uri.contains([' ', '#', '[', '\\']), "{uri} is not encoded");
        for commit in commits.lines() {
            assert!(!uri.contains(&commit[..7]) && !rule.contains(&commit[..7]), "{uri} {rule} names a commit");
        }
        let region = &location["region"];
        for field in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(region[field].as_i64().is_some_and(|value| value >= 1), "{field} of {uri}: {region}");
        }
        assert!(result["suppressions"].is_array(), "one result that may be suppressed makes all of them say so");
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        let described = &run["tool"]["driver"]["rules"][index];
        assert_eq!(described["id"], result["ruleId"]);
        let score: f64 = described["properties"]["security-severity"].as_str().unwrap().parse().unwrap();
        assert!(score > 0.0 && score <= 10.0);
        assert!(
            !described["help"]["text"].as_str().unwrap().is_empty()
                && described["help"]["markdown"].as_str().unwrap().contains("What to do")
        );
        assert!(described["properties"]["tags"].as_array().unwrap().len() <= 10);
        uris.push(uri.to_owned());
    }
    let of = |uri: &str| {
        results.iter().find(|result| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri)
    };
    let encoded = of("dir%20%C3%A9/100%25%20%5Ba%5D%23b.txt").unwrap_or_else(|| panic!("{uris:?}"));
    let region = &encoded["locations"][0]["physicalLocation"]["region"];
    // Two keys of two units each, a blank, `key`, a blank.
    assert_eq!((&region["startLine"], &region["startColumn"]), (&2.into(), &10.into()));
    assert_eq!(region["endColumn"].as_u64().unwrap(), 10 + secrets[0].len() as u64);
    let content = format!("first\n🔑🔑 key {}\n", secrets[0]);
    let hash = line_hash(&content, 2);
    assert_eq!(encoded["partialFingerprints"]["primaryLocationLineHash"], hash);
    // Gone since, in two versions: one result, placed where the first version had it.
    let gone: Vec<&Value> = results
        .iter()
        .filter(|result| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "gone.txt")
        .collect();
    assert_eq!(gone.len(), 1, "{uris:?}");
    assert_eq!(gone[0]["locations"][0]["physicalLocation"]["region"]["startLine"], 1);
    let first = line_hash(&format!("{}\n", secrets[1]), 1);
    assert_eq!(gone[0]["partialFingerprints"]["primaryLocationLineHash"], first);
    assert!(gone[0]["message"]["text"].as_str().unwrap().contains("First seen in"));
    let excused = of("excused/a.txt").unwrap_or_else(|| panic!("{uris:?}"));
    assert_eq!(excused["suppressions"][0]["kind"], "external");
    assert!(excused["suppressions"][0]["justification"].as_str().unwrap().contains("a test value"));
    assert!(of(".env").is_some() && of(".git/commits").is_some(), "{uris:?}");
}

#[test]
fn the_category_tells_modes_apart_and_can_be_named() {
    let (sandbox, _) = repository();
    let category = |args: &[&str]| sarif(&sandbox, args).0["runs"][0]["automationDetails"]["id"].clone();
    assert_eq!(category(&["history"]), "stanch/history/");
    assert_eq!(category(&["scan"]), "stanch/scan/");
    assert_eq!(category(&["ci", "--base", "HEAD~3", "--head", "HEAD"]), "stanch/range/");
    assert_eq!(category(&["history", "--sarif-category", "nightly/sweep"]), "nightly/sweep/");
}

fn line_hash(text: &str, line: usize) -> String {
    let index = stanch::model::LineIndex::new(text.as_bytes());
    stanch::report::line_hash::of_lines(text.as_bytes(), &index, &[line]).remove(0).unwrap()
}
