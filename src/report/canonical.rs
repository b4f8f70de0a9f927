//! One report with everything in it that a format must cope with, for the golden tests.

use std::sync::Arc;

use bstr::BString;

use super::Report;
use crate::model::{
    Attribution, CommitRef, Concern, Confidence, Evidence, Finding, FingerprintKey, Notice, NoticeKind, ObjectId,
    Origin, Part, Place, Position, Provenance, Receipt, Secret, Severity, Suppressor, Verdict,
};
use crate::rule::RuleInfo;
use crate::text::random::{self, BASE62};

/// Names that try to break out of every format.
pub(super) const HOSTILE: &[&[u8]] = &[
    b"\x1b]0;owned\x07\x1b[2J",
    b"a\r\n::error file=x::owned",
    b"<script>alert(1)</script>",
    b"=HYPERLINK(\"https://evil.example\")",
    b"a|b`c`[d](https://evil.example)@everyone",
    b"not utf-8 \xff\xfe",
    "right to left \u{202e}txt.exe".as_bytes(),
    b"]]></failure><x y='\"&amp;",
];

/// A value that no file of the repository holds.
pub(super) fn value(seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) as u32
    };
    format!("acme_{}", random::text(&mut random, BASE62, 32))
}

/// A plain denied finding in a file.
pub(super) fn finding(rule: &str, path: &[u8], line: usize, seed: u64) -> Finding {
    let secret = value(seed);
    let position = |column| Position { line, column, column_utf16: column };
    Finding {
        rule: Arc::from(rule),
        fingerprint: FingerprintKey::shared().fingerprint(rule, secret.as_bytes()),
        severity: Severity::High,
        confidence: Confidence::High,
        provenance: Provenance::new(Origin::File, Some(BString::from(path))),
        place: Some(Place { start: position(9), end: position(9 + secret.len()) }),
        again: Vec::new(),
        secret: Some(Secret::new(secret)),
        visible: 5,
        evidence: Evidence::default(),
        parts: Vec::new(),
        layers: Vec::new(),
        attribution: None,
        concern: None,
        advice: None,
        verdict: Verdict::Deny,
        line_hash: Some("5e536e90a7094d15:1".to_owned()),
    }
}

fn rule(id: &str, name: &str, severity: Severity) -> RuleInfo {
    RuleInfo {
        id: id.to_owned(),
        name: name.to_owned(),
        provider: id.split('-').next().unwrap_or_default().to_owned(),
        severity,
        confidence: Confidence::High,
        description: format!("An {name} of an account."),
        grants: "Full access to the account's orders and customers.".to_owned(),
        revoke: "Dashboard › Settings › API keys › Revoke, then create a new key.".to_owned(),
        references: vec!["https://docs.acme.example/authentication".to_owned()],
        github: vec![id.replace('-', "_")],
        public: false,
    }
}

fn commit(digit: u8, time: i64, author: &str) -> CommitRef {
    let id = ObjectId::from_bytes(&[digit; 20]).expect("invariant: twenty bytes are an id");
    CommitRef { id, author: BString::from(author), author_time: time, commit_time: time + 60 }
}

/// The report.
pub(super) fn report() -> Report {
    let mut findings = vec![env_file()];
    findings.extend(HOSTILE.iter().zip(100..).map(|(name, seed)| {
        let path = [b"hostile/", *name].concat();
        Finding { verdict: Verdict::Warn, severity: Severity::Low, ..finding("acme-api-key", &path, 1, seed) }
    }));
    findings.extend(history());
    findings.extend(odd_places());
    findings.sort_by(|one, other| {
        (&one.provenance.path, &one.provenance, one.place).cmp(&(
            &other.provenance.path,
            &other.provenance,
            other.place,
        ))
    });
    Report {
        mode: "history",
        findings,
        notices: notices(),
        receipt: Receipt {
            refs: 12,
            commits: 4310,
            tags: 3,
            trees: 9120,
            blobs: 20_417,
            seen: 1210,
            files: 1204,
            bytes: 812_345_678,
            matched_bytes: 91_234_567,
            remembered: 3000,
            archives: 2,
            members: 17,
            member_bytes: 90_000,
            layers: 5,
        },
        rules: vec![
            rule("acme-api-key", "Acme API key", Severity::High),
            rule("acme-signing-key", "Acme signing key", Severity::Medium),
            RuleInfo {
                description: "A file of environment variables.".to_owned(),
                grants: "Whatever its variables open.".to_owned(),
                revoke: "Take it out of the repository and replace what it held.".to_owned(),
                references: Vec::new(),
                github: Vec::new(),
                ..rule("policy-env-file", "Banned .env file", Severity::High)
            },
        ],
        root: Some("/srv/shop".into()),
        rule_set: (512, "a1b2c3d4e5f60718".to_owned()),
        policy_source: ".stanch.yml at main".to_owned(),
        started: 1_790_000_000,
        duration_ms: 4210,
        show_secrets: false,
        allow_incomplete: false,
    }
}

fn env_file() -> Finding {
    Finding {
        secret: None,
        place: None,
        line_hash: None,
        visible: 0,
        confidence: Confidence::Certain,
        provenance: Provenance::new(Origin::Index, Some(BString::from(".env.production"))),
        advice: Some(
            "git rm --cached -- .env.production\nprintf '%s\\n' '.env*' '!.env.example' >> .gitignore\nIf it was ever pushed, replace what it held."
                .to_owned(),
        ),
        ..finding("policy-env-file", b"", 1, 1)
    }
}

/// A secret with everything that is known about it, again in another place, and in an older version of the same file.
fn history() -> Vec<Finding> {
    let blob = |digit: u8| Provenance {
        object: ObjectId::from_bytes(&[digit; 20]),
        ..Provenance::new(Origin::Blob, Some(BString::from("config/prod.yml")))
    };
    let refs = ["refs/heads/main", "refs/heads/\x1b[31mred", "refs/pull/7/head", "refs/tags/v1.2", "refs/tags/v1.3"];
    let full = Finding {
        severity: Severity::Critical,
        confidence: Confidence::Certain,
        provenance: blob(0xb1),
        evidence: Evidence(vec!["checksum agrees".into(), "name `api_key`".into()]),
        parts: vec![Part {
            name: "client id".to_owned(),
            span: crate::model::Span::new(0, 0),
            secret: Secret::new(value(77)),
        }],
        layers: vec!["base64", "gzip"],
        attribution: Some(Attribution {
            first: Some(commit(0x1a, 1_740_000_000, "Jane Doe")),
            last: Some(commit(0x2b, 1_780_000_000, "someone@mail.example")),
            refs: refs.iter().map(|name| BString::from(*name)).collect::<Vec<_>>().into(),
        }),
        concern: Some(Concern {
            name: "ACME_API_KEY (production)".to_owned(),
            owner: Some("payments".to_owned()),
            deadline: 1_790_003_600,
        }),
        ..finding("acme-api-key", b"", 12, 2)
    };
    let again = Finding { place: finding("", b"", 40, 2).place, ..full.clone() };
    let older = Finding {
        provenance: blob(0xb0),
        attribution: Some(Attribution {
            first: Some(commit(0x09, 1_730_000_000, "Jane Doe")),
            last: Some(commit(0x09, 1_730_000_000, "Jane Doe")),
            refs: Arc::default(),
        }),
        ..full.clone()
    };
    vec![full, again, older]
}

/// Archives, commits, names, and what was excused.
fn odd_places() -> Vec<Finding> {
    let object = ObjectId::from_bytes(&[0xc0; 20]);
    let named = value(5);
    vec![
        Finding {
            provenance: Provenance {
                members: vec![BString::from("inner.tar"), BString::from("app/settings.py")],
                ..Provenance::new(Origin::File, Some(BString::from("backup/old site.zip")))
            },
            line_hash: None,
            ..finding("acme-signing-key", b"", 3, 4)
        },
        Finding {
            provenance: Provenance { object, ..Provenance::new(Origin::Commit, None) },
            line_hash: None,
            ..finding("acme-api-key", b"", 2, 6)
        },
        Finding {
            provenance: Provenance::new(Origin::Name, Some(BString::from(format!("refs/heads/try-{named}")))),
            place: None,
            line_hash: None,
            ..finding("acme-api-key", b"", 1, 5)
        },
        Finding {
            verdict: Verdict::Suppressed { by: Suppressor::Baseline, reason: "rotated on 2026-02-01".to_owned() },
            ..finding("acme-api-key", b"docs/old.md", 8, 7)
        },
        Finding {
            verdict: Verdict::Suppressed { by: Suppressor::Comment, reason: "a made-up key of the manual".to_owned() },
            ..finding("acme-signing-key", b"docs/old.md", 9, 8)
        },
        Finding {
            severity: Severity::Medium,
            confidence: Confidence::Low,
            again: [12, 40].into_iter().filter_map(|line| finding("", b"", line, 9).place).collect(),
            ..finding("team-rule-without-a-description", "src/käse 𝄞.rs".as_bytes(), 5, 9)
        },
    ]
}

fn notices() -> Vec<Notice> {
    vec![
        Notice::new(NoticeKind::Unreadable, &b"secret\x1b[8m/dir"[..], "permission denied"),
        Notice::new(NoticeKind::Limit, "dumps/all.tar.gz", "cut at 1.0 GB of decompressed content"),
        Notice::new(NoticeKind::Skipped, "vendor/lib", "a submodule that is not checked out"),
        Notice::new(NoticeKind::Warning, ".stanch.yml", "the allow entry for `acme-api-key` expires in 3 days"),
    ]
}
