//! The secrets that leaked: whose, how bad, by when, where, and how they are replaced.

use std::collections::{BTreeMap, BTreeSet};

use bstr::{BString, ByteSlice};
use zeroize::Zeroizing;

use super::exposure::{Exposure, Windows};
use super::input::Found;
use super::past::Past;
use super::values::Value;
use super::{Context, ENV_FILE_RULE, KNOWN_RULE};
use crate::detect::Scratch;
use crate::gate::audit::entries;
use crate::model::{Chunk, Confidence, ObjectId, Secret, Severity};
use crate::source::SourceError;
use crate::source::git::{Kind, Objects};
use crate::text::dotenv::Dotenv;

/// A secret that leaked.
pub struct Case {
    /// Its name in the inventory, or of the variable; none when only the kind is known.
    pub name: Option<String>,
    /// What to call it.
    pub title: String,
    /// Whether the inventory knows it.
    pub is_listed: bool,
    /// Who rotates it.
    pub owner: Option<String>,
    /// How bad.
    pub severity: Severity,
    /// By when it must be replaced, seconds since 1970 UTC.
    pub deadline: i64,
    /// Where it stands.
    pub places: Vec<Place>,
    /// How to replace it.
    pub playbook: Vec<String>,
}

/// A place where it stands.
pub struct Place {
    /// For people.
    pub display: String,
    /// What found it.
    pub rule: String,
    /// Its identity.
    pub fingerprint: String,
    /// Objects that hold it.
    pub objects: usize,
    /// For how long, and from where.
    pub exposure: Exposure,
}

/// Variables of the banned files.
pub(super) struct Variables {
    /// By path: names, and whether they are secrets.
    pub names: BTreeMap<BString, BTreeMap<String, bool>>,
    /// Values, to be masked and replaced wherever they stand.
    pub values: Vec<Value>,
    /// Whose values they are.
    pub owners: Vec<(Secret, String)>,
}

/// Reads all versions of all banned files. `finding` numbers values that no finding stands for.
pub(super) fn variables(context: &Context<'_>, past: &Past<'_>, finding: usize) -> Variables {
    let mut variables = Variables { names: BTreeMap::new(), values: Vec::new(), owners: Vec::new() };
    let mut seen = BTreeSet::new();
    for (path, blobs) in &past.files {
        let names = variables.names.entry(path.clone()).or_default();
        for (name, forms) in blobs.iter().flat_map(|blob| pairs(past.objects(), blob)) {
            let value = forms.first().map(|form| form.to_str_lossy()).unwrap_or_default();
            let listed = context.policy.inventory.find(&name);
            let is_secret = match listed {
                Some(secret) => secret.sensitive && entries::is_real(&value),
                None => entries::why(&name, &value, false, &|text| sees(context, text)).is_some(),
            };
            *names.entry(name.clone()).or_default() |= is_secret;
            for form in forms.iter().filter(|form| is_secret && form.len() >= SHORTEST) {
                if seen.insert(Secret::new(&form[..]).digest()) {
                    variables.values.push(Value { raw: Secret::new(&form[..]), finding });
                    variables.owners.push((Secret::new(&form[..]), name.clone()));
                }
            }
        }
    }
    variables
}

/// Shorter values stand everywhere by chance.
const SHORTEST: usize = 8;

/// The names in a version of a file, each with its value: as programs read it, and as it is written there.
fn pairs(objects: &Objects, blob: &ObjectId) -> Vec<(String, Vec<Zeroizing<Vec<u8>>>)> {
    let text = Zeroizing::new(objects.read_kind(blob, Kind::Blob).unwrap_or_default());
    let file = Dotenv::parse(&text);
    let entry = |entry: &crate::text::dotenv::Entry| {
        let written = entry.place.of(&text);
        let other = (written != &entry.value[..]).then(|| Zeroizing::new(written.to_vec()));
        (entry.name.of(&text).to_str_lossy().into_owned(), [entry.value.clone()].into_iter().chain(other).collect())
    };
    let mut pairs: Vec<_> = file.entries.iter().map(entry).collect();
    // What is no entry may still be an assignment.
    let lines = text.lines().filter(|_| file.strange > 0).filter_map(|line| entries::pair(&line.to_str_lossy()));
    pairs.extend(lines.map(|(name, value)| {
        let bare = value.trim().trim_matches(['"', '\'']).as_bytes();
        (name, vec![Zeroizing::new(bare.to_vec())])
    }));
    pairs
}

fn sees(context: &Context<'_>, text: &[u8]) -> bool {
    let found = context.engine.scan(Chunk::whole(text), &mut Scratch::default());
    let rules = context.engine.rules();
    found.iter().any(|one| one.confidence >= Confidence::Medium && !rules.signature(one.rule).public)
}

/// Everything that cases are told from.
pub(super) struct Telling<'t> {
    pub context: &'t Context<'t>,
    pub found: &'t [Found],
    pub values: &'t [Value],
    pub named: &'t [(Secret, String)],
    pub past: &'t Past<'t>,
    pub speak: &'t dyn Fn(&[u8]) -> String,
    pub detected: i64,
}

impl Telling<'_> {
    /// The cases in order of deadline, and the names of variables that may be none.
    pub fn cases(
        &self,
        names: &BTreeMap<BString, BTreeMap<String, bool>>,
    ) -> Result<(Vec<Case>, Vec<String>), SourceError> {
        let mut windows = Windows::new(self.context.repository, self.past, self.speak)?;
        let mut cases: BTreeMap<String, Case> = BTreeMap::new();
        let mut others = BTreeSet::new();
        for (at, found) in self.found.iter().enumerate() {
            let path = found.path();
            if found.rule == ENV_FILE_RULE {
                let held = path.as_ref().and_then(|path| self.past.files.get(path)).cloned().unwrap_or_default();
                let held = if held.is_empty() { found.object().into_iter().collect() } else { held };
                let variables = path.as_ref().and_then(|path| names.get(path));
                let secrets: Vec<&String> =
                    variables.into_iter().flatten().filter(|(_, is)| **is).map(|(name, _)| name).collect();
                for (name, _) in variables.into_iter().flatten().filter(|(_, is)| !**is) {
                    let is_open = self.context.policy.inventory.find(name).is_some_and(|secret| !secret.sensitive);
                    if !is_open {
                        others.insert((self.speak)(name.as_bytes()));
                    }
                }
                for name in &secrets {
                    let place = self.place(found, &mut windows, path.as_ref(), &held);
                    self.add(&mut cases, Some(name), found, place);
                }
                if secrets.is_empty() {
                    let place = self.place(found, &mut windows, path.as_ref(), &held);
                    self.add(&mut cases, None, found, place);
                }
                continue;
            }
            let holders = self.values.iter().position(|value| value.finding == at);
            let held = holders.and_then(|at| self.past.holders.get(at)).cloned();
            let held = held.unwrap_or_else(|| found.object().into_iter().collect());
            let place = self.place(found, &mut windows, path.as_ref(), &held);
            let name = self.name_of(at, found);
            self.add(&mut cases, name.as_ref(), found, place);
        }
        let mut cases: Vec<Case> = cases.into_values().collect();
        cases.sort_by(|one, other| {
            (one.deadline, std::cmp::Reverse(one.severity), &one.title).cmp(&(
                other.deadline,
                std::cmp::Reverse(other.severity),
                &other.title,
            ))
        });
        Ok((cases, others.into_iter().collect()))
    }

    /// The secret that a finding concerns: by the sweep's word for it or for another place of the same value, or because a banned
    /// file says whose value it is.
    fn name_of(&self, at: usize, found: &Found) -> Option<String> {
        let same = self.found.iter().filter(|one| one.fingerprint == found.fingerprint);
        let told = std::iter::once(found).chain(same).find_map(|one| one.concern.as_ref());
        if let Some(concern) = told {
            return Some(concern.name.clone());
        }
        let is_same =
            |other: usize| other == at || self.found.get(other).is_some_and(|one| one.fingerprint == found.fingerprint);
        let value = self.values.iter().find(|value| is_same(value.finding))?;
        // A password of eight characters and more inside of an address is that address's.
        let is_of = |whole: &Secret| {
            whole == &value.raw || value.raw.len() >= 8 && whole.expose().find(value.raw.expose()).is_some()
        };
        self.named.iter().find(|(whole, _)| is_of(whole)).map(|(_, name)| name.clone())
    }

    fn place(
        &self,
        found: &Found,
        windows: &mut Windows<'_, '_>,
        path: Option<&BString>,
        held: &BTreeSet<ObjectId>,
    ) -> Place {
        Place {
            display: (self.speak)(found.location.display.as_bytes()),
            rule: (self.speak)(found.rule.as_bytes()),
            fingerprint: found.fingerprint.clone(),
            objects: held.len(),
            exposure: match found.location.origin.as_str() {
                "reflog" => Exposure { how: "a reflog of this clone says it".to_owned(), ..Exposure::default() },
                "name" => Exposure {
                    how: "the name of a branch, tag, file or folder says it".to_owned(),
                    ..Exposure::default()
                },
                _ => windows.of(found.history.as_ref(), path, held),
            },
        }
    }

    fn add(&self, cases: &mut BTreeMap<String, Case>, name: Option<&String>, found: &Found, place: Place) {
        let inventory = &self.context.policy.inventory;
        let listed = name.and_then(|name| inventory.find(name));
        let name = listed.map(|secret| &secret.name).or(name).map(|name| (self.speak)(name.as_bytes()));
        let key = name.clone().map_or_else(|| format!("\u{1}{}", found.fingerprint), |name| format!("\0{name}"));
        let severity = listed.and_then(|secret| secret.severity).unwrap_or_else(|| found.severity());
        let stated = found.concern.as_ref().filter(|concern| Some(&concern.name) == name.as_ref());
        let deadline = match stated.map(|concern| super::seconds(&concern.deadline)).filter(|at| *at > 0) {
            Some(deadline) => deadline,
            None => self.detected + inventory.deadline(severity),
        };
        if let Some(case) = cases.get_mut(&key) {
            case.severity = case.severity.max(severity);
            case.deadline = case.deadline.min(deadline);
            case.places.push(place);
            return;
        }
        let speak = |text: &String| (self.speak)(text.as_bytes());
        let mut playbook: Vec<String> =
            listed.map(|secret| inventory.playbook(secret)).unwrap_or_default().iter().map(speak).collect();
        if let Some(name) = &name {
            playbook.iter_mut().for_each(|step| *step = addressed(step, name));
        }
        if playbook.is_empty() && found.rule != ENV_FILE_RULE && found.rule != KNOWN_RULE {
            playbook = found.remedy.iter().map(speak).collect();
        }
        if playbook.is_empty() {
            playbook = general(name.as_deref());
        }
        let owner =
            listed.and_then(|secret| secret.owner.as_ref()).or(stated.and_then(|concern| concern.owner.as_ref()));
        let title = name.clone().unwrap_or_else(|| (self.speak)(found.name.as_bytes()));
        let owner = owner.map(speak);
        cases.insert(
            key,
            Case { name, title, is_listed: listed.is_some(), owner, severity, deadline, places: vec![place], playbook },
        );
    }
}

/// A step of a playbook for all secrets, with this one's name where it leaves a gap for it.
fn addressed(step: &str, name: &str) -> String {
    ["<SECRET_KEY>", "<SECRET_NAME>", "<SECRET>", "<NAME>", "<KEY>"]
        .iter()
        .fold(step.to_owned(), |step, gap| step.replace(gap, name))
}

/// The steps for a secret that has no playbook.
fn general(name: Option<&str>) -> Vec<String> {
    let name = name.unwrap_or("NAME");
    [
        "Revoke it where it was issued: this takes effect at once.".to_owned(),
        "Generate a new one there.".to_owned(),
        format!("Set {name} in the vault (its dashboard, or a prompt: a value on the command line stays in the shell's history)."),
        "Redeploy what uses it, and check its health.".to_owned(),
        "Assess the damage: look through the provider's access logs for the time of the exposure.".to_owned(),
    ]
    .into()
}
