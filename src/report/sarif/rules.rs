//! The rules of a run as SARIF describes them.
//!
//! Code scanning reads severity from the rule, not from the result. A finding whose severity is not its rule's (because an
//! inventory or a policy says so) therefore names a rule of its own tier: `acme-api-key/critical`.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor};

use crate::model::{Confidence, Finding, Severity};
use crate::report::safe::{cut, markdown};
use crate::report::teller::Teller;

/// The ids in use, each with its place in the list.
pub(super) struct Index {
    places: BTreeMap<(String, Severity), usize>,
    descriptors: Vec<ReportingDescriptor>,
}

impl Index {
    /// Describes the rules that `findings` name, sorted by id and severity.
    pub(super) fn of(teller: &Teller<'_>, findings: &[&Finding]) -> Self {
        let mut examples: BTreeMap<(String, Severity), &Finding> = BTreeMap::new();
        for finding in findings {
            examples.entry((finding.rule.to_string(), finding.severity)).or_insert(finding);
        }
        let descriptors = examples.values().map(|finding| describe(teller, finding)).collect();
        let places = examples.into_keys().enumerate().map(|(at, key)| (key, at)).collect();
        Self { places, descriptors }
    }

    /// The id and the place of a finding's rule.
    pub(super) fn place(&self, finding: &Finding) -> (String, i64) {
        let at = self.places.get(&(finding.rule.to_string(), finding.severity)).copied().unwrap_or_default();
        (self.descriptors.get(at).map(|rule| rule.id.clone()).unwrap_or_default(), at as i64)
    }

    pub(super) fn into_descriptors(self) -> Vec<ReportingDescriptor> {
        self.descriptors
    }
}

/// `error` breaks a build, `warning` and `note` do not.
pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// GitHub: above 9.0 is critical, 7.0 to 8.9 high, 4.0 to 6.9 medium, below low.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}

fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Certain => "very-high",
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    }
}

fn describe(teller: &Teller<'_>, finding: &Finding) -> ReportingDescriptor {
    let rule = teller.rule(finding);
    let id = teller.line(finding.rule.as_bytes());
    let own = rule.map_or(finding.severity, |rule| rule.severity);
    let id = if own == finding.severity { id } else { format!("{id}/{}", finding.severity) };
    let title = teller.title(finding);
    let description = rule.map(|rule| teller.line(&rule.description)).filter(|text| !text.is_empty());
    let description = description.unwrap_or_else(|| format!("{title}."));
    let grants = teller.grants(finding);
    let full = [Some(description.as_str()), grants.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    // A name that only repeats the id is none.
    let name = (title != *finding.rule).then(|| cut(&title, 255));
    let builder = ReportingDescriptor::builder()
        .id(id)
        .short_description(plain(cut(&title, 1024)))
        .full_description(plain(cut(&full, 1024)))
        .help(help(teller, finding, &full))
        .default_configuration(ReportingConfiguration::builder().level(json!(level(finding.severity))).build())
        .properties(properties(teller, finding));
    let link = rule.and_then(|rule| rule.references.iter().find(|link| link.starts_with("https://")));
    ReportingDescriptor { name, help_uri: link.map(|link| teller.line(link)), ..builder.build() }
}

fn plain(text: String) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

/// The runbook: what it is, what it opens, what to do, where to read on.
fn help(teller: &Teller<'_>, finding: &Finding, full: &str) -> MultiformatMessageString {
    let rule = teller.rule(finding);
    let general = rule.map(|rule| teller.line(&rule.revoke)).filter(|text| !text.is_empty());
    let remedy = general.unwrap_or_else(|| "Revoke it where it was issued, then replace it.".to_owned());
    let always = "A secret that was pushed is known: removing it from the files or from the history does not make it safe again. \
                  Revoke and replace it first, then remove it.";
    let mut rich = format!("{}\n\n### What to do\n\n{}\n\n{always}\n", markdown(full), markdown(&remedy));
    let links: Vec<String> = rule
        .iter()
        .flat_map(|rule| &rule.references)
        .filter(|link| link.starts_with("https://") && !link.contains(['<', '>', ' ', '"']))
        .map(|link| format!("- <{}>\n", teller.line(link)))
        .collect();
    if !links.is_empty() {
        rich.push_str(&format!("\n### References\n\n{}", links.concat()));
    }
    MultiformatMessageString::builder().text(format!("{full} What to do: {remedy} {always}")).markdown(rich).build()
}

fn properties(teller: &Teller<'_>, finding: &Finding) -> PropertyBag {
    let rule = teller.rule(finding);
    let mut tags = vec!["security".to_owned(), "secret".to_owned(), "external/cwe/cwe-798".to_owned()];
    tags.extend(rule.map(|rule| teller.line(&rule.provider)).filter(|tag| !tag.is_empty()));
    tags.dedup();
    let bag = super::bag([
        ("security-severity", json!(score(finding.severity))),
        ("precision", json!(precision(rule.map_or(finding.confidence, |rule| rule.confidence)))),
        (
            "githubSecretTypes",
            rule.filter(|rule| !rule.github.is_empty()).map(|rule| json!(rule.github)).unwrap_or_default(),
        ),
    ]);
    PropertyBag { tags: Some(tags), ..bag }
}
