//! Places and the table of what was found in them.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use serde_json::Value;

use super::bait::{Bait, Baits};
use super::support::Sandbox;

/// A hiding place.
pub struct Place {
    /// What it is called in the table.
    name: String,
    bait: Bait,
    /// Where the report has to say that it is.
    expected: Expected,
}

/// What the report has to say about a place.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// How the display of the location begins.
    display: Option<String>,
    lines: Option<RangeInclusive<usize>>,
    layers: Option<Vec<&'static str>>,
    /// How the innermost member is called.
    member: String,
}

impl Expected {
    pub fn at(display: impl Into<String>) -> Self {
        Self { display: Some(display.into()), ..Self::default() }
    }

    pub fn lines(self, lines: RangeInclusive<usize>) -> Self {
        Self { lines: Some(lines), ..self }
    }

    /// The innermost member of a container ends so.
    pub fn member(self, member: &str) -> Self {
        Self { member: member.to_owned(), ..self }
    }

    pub fn layers(self, layers: &[&'static str]) -> Self {
        Self { layers: Some(layers.to_vec()), ..self }
    }

    fn fits(&self, finding: &Value) -> bool {
        let location = &finding["location"];
        let member = location["members"].as_array().unwrap().last().and_then(Value::as_str).unwrap_or_default();
        let line = || location["start"]["line"].as_u64().unwrap_or(0) as usize;
        self.display.as_ref().is_none_or(|display| location["display"].as_str().unwrap().starts_with(display))
            && self.lines.as_ref().is_none_or(|lines| lines.contains(&line()))
            && member.contains(&self.member)
            && self.layers.as_ref().is_none_or(|layers| finding["layers"] == Value::from(layers.clone()))
    }
}

/// The places of a sandbox.
pub struct Lab {
    pub sandbox: Sandbox,
    pub baits: Baits,
    places: Vec<Place>,
}

impl Lab {
    pub fn new(sandbox: Sandbox) -> Self {
        Self { sandbox, baits: Baits::new(), places: Vec::new() }
    }

    pub fn add(&mut self, name: impl Into<String>, bait: Bait, expected: Expected) {
        self.places.push(Place { name: name.into(), bait, expected });
    }

    /// A place for a single token, which is returned to be hidden.
    pub fn token(&mut self, name: &str, expected: Expected) -> String {
        let bait = self.baits.prefixed();
        let token = bait.text.clone();
        self.add(name, bait, expected);
        token
    }

    /// All values that are hidden.
    pub fn values(&self) -> impl Iterator<Item = &String> {
        self.places.iter().flat_map(|place| &place.bait.values)
    }

    /// Runs stanch with `args` and checks that every place was found.
    pub fn check(&self, args: &[&str]) -> Value {
        let args = [args, &["--format", "json", "--show-secrets", "--quiet"]].concat();
        let run = self.sandbox.stanch(&args);
        assert!(run.code == 1, "{args:?} ended with {}\n{}", run.code, run.stderr);
        let report = run.json();
        let missing = self.missing(report["findings"].as_array().unwrap(), &args);
        assert!(
            missing.is_empty(),
            "{} of {} not found by {args:?} (STANCH_LAB_SEED={}):\n{}\nnotices: {:#}",
            missing.len(),
            self.places.len(),
            self.baits.seed,
            missing.join("\n"),
            report["notices"]
        );
        report
    }

    fn missing(&self, findings: &[Value], args: &[&str]) -> Vec<String> {
        let mut table = format!("stanch {}: {} places\n", args.join(" "), self.places.len());
        let mut missing = Vec::new();
        for place in &self.places {
            for (number, value) in place.bait.values.iter().enumerate() {
                let holds = |finding: &&Value| {
                    let parts = finding["parts"].as_array().unwrap();
                    finding["value"] == value.as_str() || parts.iter().any(|part| part["value"] == value.as_str())
                };
                let all: Vec<&Value> = findings.iter().filter(holds).collect();
                let right = all.iter().find(|finding| place.expected.fits(finding));
                let shown = right.or(all.first()).map_or("-".to_owned(), |finding| {
                    let chain: Vec<&str> =
                        finding["layers"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
                    let location = finding["location"]["display"].as_str().unwrap();
                    format!("{} {} [{}]", finding["rule"].as_str().unwrap(), location, chain.join(" > "))
                });
                let mark = match (right, all.is_empty()) {
                    (Some(_), _) => "found",
                    (None, true) => "MISSING",
                    (None, false) => "WRONG",
                };
                let line = format!("{mark:8} {:34} {:8} {number} {shown}", place.name, place.bait.kind);
                if right.is_none() {
                    missing.push(format!("{line}\n         expected {:?}", place.expected));
                }
                writeln!(table, "{line}").unwrap();
            }
        }
        println!("{table}");
        missing
    }
}

/// Harmless lines, so that a place's line is not the first.
pub fn filler(lines: usize) -> String {
    (1..=lines).map(|line| format!("line {line} says nothing of interest\n")).collect()
}
