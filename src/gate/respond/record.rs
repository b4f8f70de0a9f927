//! What is written down about a leak: lines that both logs take as they are, because they follow the rules by which the logs are judged.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{Case, Context, time};
use crate::gate::register::discretion;
use crate::gate::register::incident::{self, Incident};
use crate::gate::register::rotation::Rotation;
use crate::model::Severity;

/// So many places are named in a line.
const NAMED: usize = 3;
/// So many are asked whether they may be named.
const ASKED: usize = 30;

/// Entries for both logs.
#[derive(Debug, Default)]
pub struct Record {
    /// One a severity.
    pub incidents: Vec<Incident>,
    /// One a secret.
    pub rotations: Vec<Rotation>,
    /// Names that the logs may not hold, for the inventory does not know them.
    pub unlisted: Vec<String>,
}

impl Record {
    /// Writes down what leaked.
    pub(super) fn of(context: &Context<'_>, cases: &[Case], detected: i64) -> Self {
        let may_stand = |text: &str| discretion::objection(text, context.engine).is_none();
        let is_open = context.policy.inventory.secrets.is_empty();
        let can_be_logged = |case: &&Case| {
            (case.is_listed || is_open)
                && case.name.as_ref().is_some_and(|name| incident::is_name(name) && may_stand(name))
        };
        let logged: BTreeSet<&String> =
            cases.iter().filter(can_be_logged).filter_map(|case| case.name.as_ref()).collect();
        let names = || cases.iter().filter_map(|case| case.name.as_ref());
        let reason = format!("Leak found {}", &time(detected)[..10]);
        let rotation =
            |name: &String| Rotation { line: 0, date: context.today, name: name.clone(), reason: reason.clone() };
        Self {
            incidents: incidents(cases, &logged, context.today, &may_stand),
            rotations: names().filter(|name| logged.contains(name)).map(rotation).collect(),
            unlisted: names().filter(|name| !logged.contains(name)).cloned().collect(),
        }
    }
}

fn incidents(
    cases: &[Case],
    logged: &BTreeSet<&String>,
    date: Date,
    may_stand: &dyn Fn(&str) -> bool,
) -> Vec<Incident> {
    let of = |severity: Severity| {
        let cases: Vec<&Case> = cases.iter().filter(|case| case.severity == severity).collect();
        if cases.is_empty() {
            return None;
        }
        let names: BTreeSet<&String> = cases.iter().filter_map(|case| case.name.as_ref()).collect();
        let places: BTreeSet<String> =
            cases.iter().flat_map(|case| &case.places).map(|place| place.display.replace('|', "/")).collect();
        let secrets: Vec<String> = names.intersection(logged).map(|name| (*name).clone()).collect();
        let incident = |shown: &[&str]| Incident {
            line: 0,
            date,
            severity,
            secrets: secrets.clone(),
            happened: happened(cases.len(), shown, places.len() - shown.len()),
            resolution: "rotated; history rewritten and verified; caches purged".to_owned(),
        };
        // A path can look like a value, more so behind a secret's name, and the log must not hold what does.
        let mut shown: Vec<&str> = Vec::new();
        for place in places.iter().take(ASKED) {
            let more: Vec<&str> = shown.iter().copied().chain([place.as_str()]).collect();
            if more.len() <= NAMED && may_stand(&incident(&more).to_line()) {
                shown = more;
            }
        }
        Some(incident(&shown))
    };
    Severity::ALL.iter().rev().copied().filter_map(of).collect()
}

/// What happened, with some of the places.
fn happened(cases: usize, shown: &[&str], more: usize) -> String {
    let counted = |count: usize, noun: &str| if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") };
    let places = match (shown.is_empty(), more) {
        (true, _) => format!(" in {}", counted(more, "place")),
        (false, 0) => format!(": {}", shown.join(", ")),
        (false, _) => format!(": {} and {}", shown.join(", "), counted(more, "more place")),
    };
    format!("{} committed{places}", counted(cases, "secret"))
}

#[cfg(test)]
mod tests {
    use super::happened;

    #[test]
    fn places_are_named_or_counted() {
        assert_eq!(happened(1, &["a:1"], 0), "1 secret committed: a:1");
        assert_eq!(happened(2, &["a:1", "b"], 1), "2 secrets committed: a:1, b and 1 more place");
        assert_eq!(happened(2, &[], 4), "2 secrets committed in 4 places");
    }
}
