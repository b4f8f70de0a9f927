//! Every format against its golden file, and the laws that hold for all of them.
//!
//! `UPDATE_GOLDEN=1 cargo test --lib report::golden` writes the files anew; read the difference before you commit it.

use std::path::PathBuf;

use bstr::BString;
use proptest::prelude::*;

use super::canonical::{HOSTILE, finding, report, value};
use super::{Format, Report, Style, write, write_sarif};
use crate::model::{Attribution, CommitRef, Notice, NoticeKind, ObjectId, Origin, Provenance, Secret, Verdict};

fn print(format: Format, report: &Report, style: Style) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(format, report, style, &mut bytes).expect("memory takes everything");
    bytes
}

fn check(name: &str, bytes: &[u8]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden").join(name);
    let text = std::str::from_utf8(bytes).expect("every format is UTF-8");
    let text = text.replace(&format!("\"{}\"", env!("CARGO_PKG_VERSION")), "\"0.0.0\"");
    let text = text.replace(&format!("stanch {}", env!("CARGO_PKG_VERSION")), "stanch 0.0.0");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).expect("fixtures/golden can be written");
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    let difference = golden.lines().zip(text.lines()).enumerate().find(|(_, (golden, now))| golden != now);
    assert!(golden == text, "{name} differs: {difference:?}");
}

#[test]
fn every_format_prints_the_canonical_report() {
    let report = report();
    for &format in Format::ALL {
        let extension = match format {
            Format::Text => "txt",
            Format::Github => "github.txt",
            Format::Markdown => "md",
            Format::Sarif => "sarif",
            Format::Gitlab => "gitlab.json",
            Format::Junit => "junit.xml",
            Format::Receipt => "receipt.json",
            other => other.as_str(),
        };
        check(&format!("report.{extension}"), &print(format, &report, Style::default()));
    }
    check("report.color.txt", &print(Format::Text, &report, Style { color: true, verbose: 1 }));
}

#[test]
fn a_clean_and_an_incomplete_report_say_so_in_every_format() {
    let clean = Report { findings: Vec::new(), notices: Vec::new(), rules: Vec::new(), mode: "staged", ..report() };
    let notices = vec![Notice::new(NoticeKind::Missing, "blob 0123456789", "not in the object database")];
    let incomplete = Report { notices, ..clean.clone() };
    for (report, word) in [(&clean, "clean"), (&incomplete, "incomplete")] {
        for &format in Format::ALL {
            let text = String::from_utf8(print(format, report, Style::default())).unwrap().to_lowercase();
            match format {
                Format::Csv => assert_eq!(text.lines().count(), 1),
                Format::Gitlab => assert_eq!(text.contains("\"status\": \"success\""), word == "clean", "{text}"),
                Format::Junit => assert_eq!(text.contains("<error"), word == "incomplete", "{text}"),
                _ => assert!(text.contains(&format!("{word}: ")), "{} of {word}: {text}", format.as_str()),
            }
        }
        let text = print(Format::Text, report, Style::default());
        check(&format!("{word}.txt"), &text);
    }
}

#[test]
fn nothing_controls_a_terminal_or_begins_a_command() {
    for &format in Format::ALL {
        let text = String::from_utf8(print(format, &report(), Style::default())).unwrap();
        let lines = text.split('\n').map(|line| if format == Format::Csv { line.trim_end_matches('\r') } else { line });
        for line in lines {
            assert!(!line.contains(super::safe::is_unsafe), "{}: {line:?}", format.as_str());
            let command = line.trim_start().starts_with("::");
            assert!(!command || format == Format::Github, "{}: {line:?}", format.as_str());
        }
    }
}

#[test]
fn mark_up_of_names_stays_text() {
    let html = String::from_utf8(print(Format::Html, &report(), Style::default())).unwrap();
    assert!(!html.contains("<script") && !html.contains("<x y="));
    let junit = String::from_utf8(print(Format::Junit, &report(), Style::default())).unwrap();
    assert!(!junit.contains("<script") && junit.matches("</failure>").count() == junit.matches("<failure").count());
    let markdown = String::from_utf8(print(Format::Markdown, &report(), Style::default())).unwrap();
    assert!(!markdown.contains("<script") && !markdown.contains("](https://evil") && !markdown.contains("@everyone"));
    let csv = String::from_utf8(print(Format::Csv, &report(), Style::default())).unwrap();
    assert!(!csv.contains(",=HYPER") && !csv.contains("\"=HYPER"));
}

#[test]
fn annotations_keep_githubs_caps_and_count_the_rest() {
    let mut report = report();
    report.findings = (0..40).map(|at| finding("acme-api-key", b"a.txt", at + 1, at as u64)).collect();
    report.findings[39].severity = crate::model::Severity::Critical;
    report.findings[20..39].iter_mut().for_each(|finding| finding.verdict = Verdict::Warn);
    let text = String::from_utf8(print(Format::Github, &report, Style::default())).unwrap();
    let count = |command: &str| text.lines().filter(|line| line.starts_with(command)).count();
    assert_eq!((count("::error "), count("::warning "), count("::notice ")), (10, 10, 1));
    assert!(text.starts_with("::error file=a.txt,line=40,"), "the most severe comes first");
    assert!(text.contains("11 more denied findings, 11 more warnings"), "{text}");
}

#[test]
fn markdown_stays_below_a_step_summarys_limit() {
    let mut report = report();
    report.findings = (0..9000).map(|at| finding("acme-api-key", &[b'x'; 120], at + 1, at as u64)).collect();
    let text = print(Format::Markdown, &report, Style::default());
    assert!(text.len() < 1 << 20, "{}", text.len());
    assert!(String::from_utf8_lossy(&text).contains("for which there is no room here"));
}

#[test]
fn values_are_shown_on_request_and_never_to_code_scanning() {
    let shown = Report { show_secrets: true, ..report() };
    let secret = value(2);
    for &format in Format::ALL {
        let text = String::from_utf8(print(format, &shown, Style::default())).unwrap();
        let never = matches!(format, Format::Sarif | Format::Gitlab | Format::Receipt);
        // The summary of annotations and the receipt name no value at all.
        assert_eq!(text.contains(&secret), !never, "{}", format.as_str());
    }
    let mut sarif = Vec::new();
    write_sarif(&shown, "own/category", &mut sarif).unwrap();
    assert!(!String::from_utf8(sarif).unwrap().contains(&secret));
}

fn arbitrary_value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        "[A-Za-z0-9_-]{20,60}".prop_map(String::into_bytes),
        "[ -~]{20,80}".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 20..120),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Wherever a value stands (path, member, branch, author, notice), no format lets it out.
    #[test]
    fn no_format_contains_a_value(value in arbitrary_value(), hostile in 0..HOSTILE.len(), verbose in 0..2_u8) {
        let around = [HOSTILE[hostile], &value, b"/x"].concat();
        let mut report = report();
        let id = ObjectId::from_bytes(&[7; 20]).unwrap();
        let author = CommitRef { id, author: BString::from(around.clone()), author_time: 1, commit_time: 2 };
        let mut leak = finding("acme-api-key", &around, 3, 1);
        leak.secret = Some(Secret::new(value.clone()));
        leak.provenance.members = vec![BString::from(around.clone())];
        leak.attribution = Some(Attribution {
            first: Some(author.clone()),
            last: Some(author),
            refs: vec![BString::from(around.clone())].into(),
        });
        let mut name = leak.clone();
        name.provenance = Provenance::new(Origin::Name, Some(BString::from(around.clone())));
        report.notices.push(Notice::new(NoticeKind::Damaged, around, "damaged"));
        report.findings = vec![leak, name];
        for &format in Format::ALL {
            let text = print(format, &report, Style { color: false, verbose });
            let escaped = super::safe::inline(&value);
            prop_assert!(!contains(&text, &value), "{}", format.as_str());
            prop_assert!(!contains(&text, escaped.as_bytes()), "{} escaped", format.as_str());
            prop_assert!(!contains(&text, super::safe::uri(&value).as_bytes()), "{} in a URI", format.as_str());
        }
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}
