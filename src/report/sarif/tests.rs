//! The official schema, and the laws of code scanning that no schema knows.

use std::collections::BTreeSet;

use serde_json::Value;

use super::write;
use crate::model::{Finding, Origin, Severity, Verdict};
use crate::report::Report;
use crate::report::canonical::{finding, report, value};
use crate::report::teller::Teller;

fn sarif(report: &Report) -> Value {
    let mut bytes = Vec::new();
    write(report, "stanch/history", &mut bytes).expect("memory takes everything");
    serde_json::from_slice(&bytes).expect("it is JSON")
}

fn many(count: usize) -> Report {
    let mut report = report();
    report.findings = (0..count).map(|at| finding("acme-api-key", b"a.txt", at + 1, 1)).collect();
    if let Some(last) = report.findings.last_mut() {
        last.severity = Severity::Critical;
    }
    report
}

fn results(log: &Value) -> &Vec<Value> {
    log["runs"][0]["results"].as_array().expect("results are always there")
}

fn rules(log: &Value) -> &Vec<Value> {
    log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules are always there")
}

fn notifications(log: &Value) -> String {
    log["runs"][0]["invocations"][0]["toolExecutionNotifications"].to_string()
}

#[test]
fn the_official_schema_is_kept() {
    let schema = include_str!("../../../fixtures/sarif/sarif-schema-2.1.0.json");
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let empty = Report { findings: Vec::new(), notices: Vec::new(), rules: Vec::new(), ..report() };
    for report in [report(), empty, many(30)] {
        let errors: Vec<String> =
            validator.iter_errors(&sarif(&report)).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, Vec::<String>::new());
    }
    assert!(!validator.is_valid(&serde_json::json!({"version": "2.1.0"})), "the schema refuses something");
}

#[test]
fn every_law_of_code_scanning_is_kept() {
    let log = sarif(&report());
    assert!(log["$schema"].as_str().is_some_and(|schema| schema.contains("2.1.0")));
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    assert_eq!(run["automationDetails"]["id"], "stanch/history/");
    let ids: BTreeSet<&str> = rules(&log).iter().filter_map(|rule| rule["id"].as_str()).collect();
    assert_eq!(ids.len(), rules(&log).len(), "rule ids are unique");
    for rule in rules(&log) {
        for text in ["shortDescription", "fullDescription", "help"] {
            assert!(rule[text]["text"].as_str().is_some_and(|text| !text.is_empty()), "{text} of {rule}");
        }
        assert!(rule["help"]["markdown"].as_str().is_some_and(|help| help.contains("What to do")));
        let score: f64 = rule["properties"]["security-severity"].as_str().and_then(|text| text.parse().ok()).unwrap();
        assert!(score > 0.0 && score <= 10.0);
        let tags = rule["properties"]["tags"].as_array().unwrap();
        assert!(tags.len() <= 10 && tags.contains(&Value::from("security")));
        assert!(["very-high", "high", "medium", "low"].contains(&rule["properties"]["precision"].as_str().unwrap()));
    }
    for result in results(&log) {
        let rule = &rules(&log)[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()));
        assert!(result.get("kind").is_none_or(|kind| kind == "fail"));
        let location = &result["locations"][0]["physicalLocation"];
        let uri = location["artifactLocation"]["uri"].as_str().unwrap();
        assert!(!uri.starts_with(['/', '.']) || uri.starts_with(".git/") || uri.starts_with(".env"), "{uri}");
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte);
        assert!(uri.bytes().all(allowed) && !uri.is_empty(), "{uri}");
        assert_eq!(location["artifactLocation"]["uriBaseId"], "%SRCROOT%");
        let number = |name: &str| location["region"][name].as_u64().unwrap();
        assert!(number("startLine") >= 1 && number("startColumn") >= 1);
        assert!((number("endLine"), number("endColumn")) >= (number("startLine"), number("startColumn")));
        assert!(result["partialFingerprints"]["secretFingerprint/v1"].as_str().unwrap().starts_with("v1:"));
        assert!(location["region"].get("snippet").is_none());
    }
}

#[test]
fn nothing_personal_and_no_commit_in_a_uri_or_rule() {
    let report = report();
    let log = sarif(&report);
    let text = log.to_string();
    assert!(!text.contains("Jane Doe") && !text.contains("mail.example"));
    for finding in &report.findings {
        let value = finding.secret.iter().map(|secret| String::from_utf8_lossy(secret.expose()).into_owned()).next();
        assert!(value.is_none_or(|value| !text.contains(&value)));
    }
    for result in results(&log) {
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].to_string();
        for id in ["1a1a1a1a1a", "0909090909", "b1b1b1b1b1", "c0c0c0c0c0"] {
            assert!(!uri.contains(id) && !result["ruleId"].to_string().contains(id), "{uri}");
        }
    }
}

#[test]
fn a_severity_that_is_not_the_rules_makes_a_rule_of_its_own() {
    let log = sarif(&report());
    let score = |id: &str| {
        let rule = rules(&log).iter().find(|rule| rule["id"] == id);
        rule.map(|rule| rule["properties"]["security-severity"].as_str().unwrap().to_owned())
    };
    assert_eq!(score("acme-api-key").as_deref(), Some("8.0"));
    assert_eq!(score("acme-api-key/critical").as_deref(), Some("9.5"));
    assert_eq!(score("acme-api-key/low").as_deref(), Some("2.0"));
    assert_eq!(score("team-rule-without-a-description").as_deref(), Some("5.5"));
    assert_eq!(score("acme-api-key/high"), None);
}

#[test]
fn one_result_for_a_value_and_path_of_a_history_told_by_the_earliest() {
    let log = sarif(&report());
    let at_path = |uri: &str| -> Vec<&Value> {
        let at = |result: &&Value| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri;
        results(&log).iter().filter(at).collect()
    };
    let prod = at_path("config/prod.yml");
    assert_eq!(prod.len(), 1);
    assert!(prod[0]["message"]["text"].as_str().unwrap().contains("First seen in 0909090909"));
    let odd = at_path("src/k%C3%A4se%20%F0%9D%84%9E.rs");
    assert_eq!(odd.len(), 1);
    let mut twice = report();
    let object = |digit| crate::model::ObjectId::from_bytes(&[digit; 20]);
    let commit = |digit| {
        let mut finding = finding("acme-api-key", b"", 1, 3);
        finding.provenance.origin = Origin::Commit;
        finding.provenance.path = None;
        finding.provenance.object = object(digit);
        finding
    };
    twice.findings = vec![commit(1), commit(2)];
    assert_eq!(results(&sarif(&twice)).len(), 2, "commits are never merged");
}

#[test]
fn exceptions_stay_as_suppressions() {
    let log = sarif(&report());
    let kinds: Vec<&str> =
        results(&log).iter().filter_map(|result| result["suppressions"][0]["kind"].as_str()).collect();
    assert_eq!(kinds, ["external", "inSource"]);
    assert!(results(&log).iter().all(|result| result["suppressions"].is_array()));
}

#[test]
fn the_limits_are_kept_and_told() {
    let small = sarif(&many(10));
    assert_eq!(results(&small)[0]["level"], "error");
    assert!(!notifications(&small).contains("Code scanning"));
    let soft = sarif(&many(5_001));
    assert_eq!(results(&soft).len(), 5_001);
    assert_eq!(results(&soft)[0]["ruleId"], "acme-api-key/critical");
    assert!(notifications(&soft).contains("most severe come first"));
    let report = many(25_007);
    let (findings, cut) = super::selected(&report, super::HARD_LIMIT);
    assert_eq!((findings.len(), cut, findings[0].severity), (25_000, 7, Severity::Critical));
    let told = super::invocation(&Teller::discreet(&report), cut).tool_execution_notifications.unwrap_or_default();
    assert!(
        told.iter().any(|note| note.message.text.as_ref().is_some_and(|text| text.starts_with("7 findings are not")))
    );
    // Too large when it is compressed: the most severe stay, and what is left out is counted.
    let report = many(3000);
    let text = super::fitting(&Teller::discreet(&report), "stanch/history", 30_000).expect("memory takes everything");
    assert!(super::compressed(&text) <= 30_000);
    let cut: Value = serde_json::from_str(&text).expect("it is JSON");
    let listed = results(&cut).len();
    assert!((100..3000).contains(&listed), "{listed}");
    assert_eq!(results(&cut)[0]["ruleId"], "acme-api-key/critical");
    let left_out = crate::report::number((3000 - listed) as u64);
    assert!(notifications(&cut).contains(&format!("{left_out} findings are not listed")), "{}", notifications(&cut));
    assert_eq!(cut["runs"][0]["invocations"][0]["exitCode"], 1);
    let mut long = super::super::canonical::report();
    long.rules[0].name = "n".repeat(2000);
    long.rules[0].description = "d".repeat(2000);
    for rule in rules(&sarif(&long)) {
        let length = |text: &Value| text.as_str().unwrap_or_default().chars().count();
        assert!(length(&rule["name"]) <= 255);
        assert!(length(&rule["shortDescription"]["text"]) <= 1024 && length(&rule["fullDescription"]["text"]) <= 1024);
    }
}

#[test]
fn the_invocation_tells_how_it_ended() {
    let invocation = |report: &Report| sarif(report)["runs"][0]["invocations"][0].clone();
    let denied = invocation(&report());
    assert_eq!((&denied["exitCode"], &denied["executionSuccessful"]), (&Value::from(1), &Value::from(true)));
    assert!(denied["toolExecutionNotifications"].to_string().contains("cut at 1.0 GB"));
    let incomplete = invocation(&Report { findings: Vec::new(), ..report() });
    assert_eq!((&incomplete["exitCode"], &incomplete["executionSuccessful"]), (&Value::from(3), &Value::from(false)));
}

#[test]
fn columns_are_utf16_and_a_warning_breaks_nothing() {
    let mut report = report();
    let mut wide = finding("acme-api-key", b"a.txt", 1, 1);
    if let Some(place) = &mut wide.place {
        place.start.column_utf16 += 5;
        place.end.column_utf16 += 5;
    }
    report.findings = vec![Finding { verdict: Verdict::Warn, severity: Severity::Critical, ..wide }];
    let log = sarif(&report);
    let region = &results(&log)[0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!((&region["startColumn"], &region["endColumn"]), (&Value::from(14), &Value::from(14 + value(1).len())));
    assert_eq!(results(&log)[0]["level"], "warning");
}
