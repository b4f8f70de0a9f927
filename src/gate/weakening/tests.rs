use super::*;

fn weakened(kind: Kind, old: &str, new: &str) -> Vec<String> {
    let of = |text: &str| (text != "-").then(|| text.as_bytes().to_vec());
    let found = effects(kind, of(old).as_deref(), of(new).as_deref(), &RuleSet::embedded());
    found.into_iter().filter(|effect| effect.weakens).map(|effect| effect.text).collect()
}

fn told(kind: Kind, old: &str, new: &str) -> usize {
    effects(kind, Some(old.as_bytes()), Some(new.as_bytes()), &RuleSet::embedded()).len()
}

#[test]
fn every_way_to_weaken_a_configuration_is_seen() {
    let rule = "github-personal-access-token";
    for (old, new) in [
        ("-", format!("rules: {{ disable: [{rule}] }}")),
        ("-", format!("rules: {{ severity: {{ {rule}: low }} }}")),
        ("-", format!("rules: {{ confidence: {{ {rule}: low }} }}")),
        ("rules: { load: [own] }", "version: 1".into()),
        ("rules: { load: [own] }", "-".into()),
        (&format!("rules: {{ severity: {{ {rule}: critical }} }}"), "-".into()),
        ("-", "min_severity: high".into()),
        ("min_confidence: low", "-".into()),
        ("-", "env_files: { banned: ['*.secrets'] }".into()),
        ("-", "env_files: { allowed: ['docs/*.env'] }".into()),
        ("-", format!("allow: [{{ rule: {rule}, reason: because }}]")),
        (
            &format!("allow: [{{ rule: {rule}, reason: because, expires: 2026-01-01 }}]"),
            format!("allow: [{{ rule: {rule}, reason: because, expires: 2027-01-01 }}]"),
        ),
        ("comments: { allow: false }", "-".into()),
        ("-", "what: ever".into()),
    ] {
        assert!(!weakened(Kind::Config, old, &new).is_empty(), "{old} to {new}");
        if old != "-" {
            assert_eq!(weakened(Kind::Config, old, old), Vec::<String>::new(), "{old}");
        }
    }
}

#[test]
fn what_makes_the_gate_stronger_is_no_weakening() {
    let rule = "github-personal-access-token";
    for (old, new) in [
        (format!("rules: {{ disable: [{rule}] }}"), "-".to_owned()),
        ("-".into(), "rules: { load: [own] }".into()),
        ("-".into(), format!("rules: {{ severity: {{ {rule}: critical }} }}")),
        ("-".into(), "env_files: { banned: ['.env', '.env.*', '*.env', '*.pfx'] }".into()),
        (format!("allow: [{{ rule: {rule}, reason: because }}]"), "version: 1".into()),
        ("-".into(), "comments: { allow: false }".into()),
    ] {
        assert_eq!(weakened(Kind::Config, &old, &new), Vec::<String>::new(), "{old} to {new}");
    }
    assert_eq!(weakened(Kind::Baseline, "# key\na\nb\n", "# key\nb\n"), Vec::<String>::new());
    assert_eq!(weakened(Kind::Baseline, "a\n", "b\na\n").len(), 1);
    assert!(weakened(Kind::Baseline, "-", "v1:00\ta-b\tundecided\t-\t-\t-\n").is_empty());
}

#[test]
fn files_beside_the_policy_are_judged_by_what_they_hide() {
    for broad in ["**", "*", "**/*", "**/*.*", ".env*", "**/.env"] {
        assert_eq!(weakened(Kind::Scanning, "-", &format!("paths-ignore:\n  - '{broad}'\n")).len(), 1, "{broad}");
    }
    assert_eq!(weakened(Kind::Scanning, "-", "paths-ignore: ['**']\n").len(), 1);
    assert!(weakened(Kind::Scanning, "-", "paths-ignore:\n  - 'docs/samples/**'\n").is_empty());
    assert_eq!(told(Kind::Scanning, "", "paths-ignore:\n  - \"docs/samples/**\" # prose\n"), 1);
    for hiding in
        ["* -diff", ".stanch.yml binary", ".github/** linguist-generated", "*.yml diff=nothing", "[attr]x -diff"]
    {
        assert_eq!(weakened(Kind::Attributes, "-", hiding).len(), 1, "{hiding}");
    }
    for (line, count) in [("*.conf -diff", 1), ("*.png binary", 1), ("*.sh text eol=lf", 0), ("* text=auto", 0)] {
        assert_eq!(weakened(Kind::Attributes, "-", line), Vec::<String>::new(), "{line}");
        assert_eq!(told(Kind::Attributes, "", line), count, "{line}");
    }
    assert_eq!(told(Kind::Ignore, ".env\ntarget\n", "target\n"), 1);
    assert_eq!(told(Kind::Ignore, ".env*\n", ".env*\n!.env.production\n"), 1);
    assert_eq!(told(Kind::Ignore, ".env*\n", ".env*\n!.env.example\n"), 0);
}
