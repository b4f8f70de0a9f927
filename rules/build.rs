//! Packs the rules into the binary: reads `rules/*.yml`, holds each rule against its laws, derives literals and
//! windows, and writes two JSON files. All problems are listed at once; any of them fails the build.

use std::collections::HashMap;
use std::path::Path;
use std::{env, fs};

#[path = "../src/rule/compile.rs"]
mod compile;
#[path = "../src/rule/lint.rs"]
mod lint;
#[path = "../src/rule/literal.rs"]
mod literal;
#[path = "../src/rule/spec.rs"]
mod spec;

fn main() {
    println!("cargo::rerun-if-changed=rules");
    for source in ["compile", "lint", "literal", "spec"] {
        println!("cargo::rerun-if-changed=src/rule/{source}.rs");
    }
    let mut paths: Vec<_> = fs::read_dir("rules")
        .expect("rules/ can be read")
        .map(|entry| entry.expect("rules/ can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
        .collect();
    paths.sort();
    let (mut rules, mut texts, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for path in &paths {
        read(path, &mut rules, &mut texts, &mut problems);
    }
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for rule in &rules {
        if let Some(other) = (!rule.matcher.pattern.is_empty())
            .then(|| seen.insert(&rule.matcher.pattern, &rule.id))
            .flatten()
            .filter(|_| rule.parts.is_empty() && rule.paths.is_empty())
        {
            problems.push(format!("{}: has the same pattern as {other}", rule.id));
        }
    }
    if !problems.is_empty() {
        for problem in &problems {
            println!("cargo::error={problem}");
        }
        std::process::exit(1);
    }
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let write = |name: &str, json: String| fs::write(Path::new(&out).join(name), json).expect("OUT_DIR can be written");
    write("rules.json", serde_json::to_string(&rules).expect("packed rules are JSON"));
    write("texts.json", serde_json::to_string(&texts).expect("packed texts are JSON"));
}

fn read(
    path: &Path,
    rules: &mut Vec<compile::PackedRule>,
    texts: &mut Vec<compile::PackedText>,
    problems: &mut Vec<String>,
) {
    let name = path.display();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let yaml = fs::read_to_string(path).expect("a rule file is UTF-8");
    if !yaml.ends_with('\n') {
        problems.push(format!("{name}: does not end with a line break"));
    }
    let file: spec::FileSpec = match serde_saphyr::from_str(&yaml) {
        Ok(file) => file,
        Err(error) => return problems.push(format!("{name}: {}", error.to_string().replace('\n', " "))),
    };
    problems.extend(
        lint::lint(&file, &stem, None)
            .into_iter()
            .map(|problem| format!("{name}: {}: {}", problem.rule, problem.message)),
    );
    for spec in file.rules {
        let id = spec.id.clone();
        if rules.iter().any(|rule| rule.id == id) {
            problems.push(format!("{name}: {id}: another rule has this id"));
        }
        match compile::pack(&file.provider, spec) {
            Ok((rule, text)) => {
                rules.push(rule);
                texts.push(text);
            }
            Err(message) => problems.push(format!("{name}: {id}: {message}")),
        }
    }
}
