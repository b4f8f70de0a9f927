//! Reports about names of any bytes, in every format: well-formed, harmless to whoever reads them, and without the value.

use std::sync::LazyLock;

use bstr::{BString, ByteSlice};
use stanch::model::{
    Confidence, Evidence, Finding, FingerprintKey, Notice, NoticeKind, Origin, Place, Position, Provenance, Receipt,
    Secret, Severity, Verdict,
};
use stanch::report::{Format, Report, Style, write};
use stanch::rule::RuleSet;

/// The value of every finding; it stands in no input unless somebody means it to.
const VALUE: &str = "Qz7vLk29XmWp4TrB";

static RULES: LazyLock<RuleSet> = LazyLock::new(RuleSet::embedded);

/// Parts between 0xff bytes: a path, a member's name, the subject and detail of a notice, evidence.
pub fn run(data: &[u8]) {
    let mut parts = data.split(|&byte| byte == 0xff);
    let mut part = || BString::from(parts.next().unwrap_or_default());
    let mut provenance = Provenance::new(Origin::File, Some(part()));
    let member = part();
    if !member.is_empty() {
        provenance.members.push(member);
    }
    let notice = Notice::new(NoticeKind::Unreadable, part(), part().to_str_lossy().into_owned());
    let mut evidence = Evidence::default();
    evidence.add(part().to_str_lossy().into_owned());
    let rules = &*RULES;
    let index = rules.iter().next().map(|(index, _)| index).expect("there are rules");
    let rule = rules.signature(index).id.clone();
    let at = |column| Position { line: 3, column, column_utf16: column };
    let finding = Finding {
        fingerprint: FingerprintKey::shared().fingerprint(&rule, VALUE.as_bytes()),
        rule,
        severity: Severity::High,
        confidence: Confidence::High,
        provenance,
        place: Some(Place { start: at(5), end: at(21) }),
        again: Vec::new(),
        secret: Some(Secret::new(VALUE.as_bytes().to_vec())),
        visible: 2,
        evidence,
        parts: Vec::new(),
        layers: vec!["base64"],
        attribution: None,
        concern: None,
        advice: None,
        verdict: Verdict::Deny,
        line_hash: None,
    };
    let report = Report {
        mode: "scan",
        findings: vec![finding],
        notices: vec![notice],
        receipt: Receipt::default(),
        rules: vec![rules.info(index)],
        root: None,
        rule_set: (1, "0000000000000000".to_owned()),
        policy_source: "built in".to_owned(),
        started: 0,
        duration_ms: 0,
        show_secrets: false,
        allow_incomplete: false,
    };
    for &format in Format::ALL {
        let mut out = Vec::new();
        write(format, &report, Style::default(), &mut out).expect("memory takes everything");
        let text = String::from_utf8(out).expect("every format is UTF-8");
        check(format, &text);
    }
}

fn check(format: Format, text: &str) {
    assert!(!text.contains(VALUE), "{} holds the value", format.as_str());
    let text = if format == Format::Csv { text.replace("\r\n", "\n") } else { text.to_owned() };
    let is_control =
        |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!text.contains(is_control), "{} holds a control character", format.as_str());
    let is_own = |line: &str| {
        format == Format::Github && ["::error ", "::warning ", "::notice "].iter().any(|word| line.starts_with(word))
    };
    for line in text.lines().map(str::trim_start) {
        assert!(!line.starts_with("::") || is_own(line), "{} holds a workflow command: {line}", format.as_str());
    }
    match format {
        Format::Json | Format::Sarif | Format::Gitlab | Format::Receipt => {
            let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            assert!(json.is_object());
        }
        Format::Jsonl => {
            let objects = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
            assert!(objects.into_iter().all(|object| object.is_object()));
        }
        Format::Html => assert_eq!(text.matches("<script").count(), 0, "a script in a page without one"),
        _ => {}
    }
}
