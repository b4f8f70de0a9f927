//! Packs the rules into the binary: reads `rules/*.yml`, holds each rule against its laws, derives literals and
//! windows, and writes them in the form in which the program uses them: each rule as JSON, the literals of all rules with
//! those of the hand-written detectors and the prefilter's tables. All problems are listed at once; any of them fails the build.

use std::collections::HashMap;
use std::path::Path;
use std::{env, fs};

#[allow(dead_code, reason = "the program asks what is only gathered here")]
#[path = "../src/rule/byte_set.rs"]
mod byte_set;
#[path = "../src/rule/compile.rs"]
mod compile;
#[path = "../src/rule/gate.rs"]
mod gate;
#[path = "../src/rule/lint.rs"]
mod lint;
#[path = "../src/rule/literal.rs"]
mod literal;
#[allow(dead_code, reason = "the program reads what is only written here")]
#[path = "../src/rule/pack.rs"]
mod pack;
#[path = "../src/rule/service.rs"]
mod service;
#[path = "../src/rule/spec.rs"]
mod spec;
#[allow(dead_code, reason = "the program reads what is only written here")]
#[path = "../src/detect/prefilter/table.rs"]
mod table;
#[allow(dead_code, reason = "the program reads what is only written here")]
#[path = "../src/detect/watch.rs"]
mod watch;

#[macro_use]
#[path = "../src/detect/shape/calls.rs"]
mod calls;
#[path = "../src/detect/generic/keywords.rs"]
mod generic;
#[path = "../src/policy/prefixes.rs"]
mod prefixes;
#[path = "../src/detect/public/words.rs"]
mod words;

macro_rules! shapes {
    ($($shape:path: $($literal:literal)+;)+) => {
        /// The literals that call the shapes.
        const SHAPES: &[&str] = &[$($($literal,)+)+];
    };
}

calls!(shapes);

use pack::Texts;
use table::{Kind, Needle};
use watch::{Watched, Watcher, Watchers};

fn main() {
    println!("cargo::rerun-if-changed=rules");
    for source in [
        "rule/byte_set",
        "rule/compile",
        "rule/lint",
        "rule/literal",
        "rule/pack",
        "rule/service",
        "rule/spec",
        "detect/prefilter/table",
        "detect/watch",
        "detect/generic/keywords",
        "detect/public/words",
        "detect/shape/calls",
        "policy/prefixes",
    ] {
        println!("cargo::rerun-if-changed=src/{source}.rs");
    }
    let mut paths: Vec<_> = fs::read_dir("rules")
        .expect("rules/ can be read")
        .map(|entry| entry.expect("rules/ can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
        .collect();
    paths.sort();
    let (mut rules, mut texts, mut services, mut problems) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for path in &paths {
        read(path, &mut rules, &mut texts, &mut services, &mut problems);
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
    write_rules(&rules, &texts);
    write_tables(&rules, services);
}

fn write(name: &str, bytes: &[u8]) {
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join(name), bytes).expect("OUT_DIR can be written");
}

fn write_texts(name: &str, texts: &Texts) {
    let (bytes, ends) = texts.parts();
    write(name, bytes);
    write(&format!("{name}.ends"), ends);
}

/// Tells one set of rules from another; FNV-1a, 128 bits.
fn fnv(bytes: &[u8]) -> u128 {
    let start = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    bytes
        .iter()
        .fold(start, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b))
}

/// Each rule by itself, and where the rule of an id is.
fn write_rules(rules: &[compile::PackedRule], texts: &[compile::PackedText]) {
    let packed = Texts::of(rules.iter().map(|rule| serde_json::to_string(rule).expect("packed rules are JSON")));
    write("rules.hash", &fnv(packed.parts().0).to_le_bytes());
    write_texts("rules", &packed);
    write_texts("texts", &Texts::of(texts.iter().map(|text| serde_json::to_string(text).expect("texts are JSON"))));
    let mut ids: Vec<(&str, u32)> = rules.iter().map(|rule| rule.id.as_str()).zip(0..).collect();
    ids.sort_unstable();
    write_texts("ids", &Texts::of(ids.iter().map(|(id, _)| id)));
    write("ids.rules", &pack::numbers(ids.iter().map(|(_, index)| *index)));
}

/// The literals of all rules and detectors, who watches for them, and the tables of the prefilter.
fn write_tables(rules: &[compile::PackedRule], services: Vec<Watched>) {
    let watched = (0..).zip(rules).flat_map(|(index, rule)| Watched::of_rule(index, &rule.matcher)).chain(services);
    let public = words::BUNDLERS.iter().chain(prefixes::PREFIXES).copied();
    let watched = watched
        .chain(Watched::keywords(generic::KEYWORDS.iter().copied(), Watcher::Generic))
        .chain(Watched::keywords(SHAPES.iter().copied(), Watcher::Shape))
        .chain(Watched::keywords(public, Watcher::Public));
    let (literals, places, watchers) = Watchers::gather(watched.collect());
    let each = || (0..literals.count()).map(|index| literals.get(index));
    let needles = each().zip(places).map(|(literal, place)| Needle { literal, place });
    let tables = table::tables(needles);
    write("literals.longest", &pack::numbers(each().map(|literal| literal.len() as u32).max()));
    write_texts("literals", &literals);
    write_texts("watchers", watchers.texts());
    for (kind, table) in Kind::ALL.into_iter().zip(tables) {
        for (part, bytes) in ["filter", "slots"].into_iter().zip(table.parts()) {
            write(&format!("{}.{part}", kind.name()), bytes);
        }
    }
}

fn read(
    path: &Path,
    rules: &mut Vec<compile::PackedRule>,
    texts: &mut Vec<compile::PackedText>,
    services: &mut Vec<Watched>,
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
    let watched = service::names(&file);
    services.extend(watched.iter().map(|(at, name)| Watched::service(name, (rules.len() + at) as u32)));
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
