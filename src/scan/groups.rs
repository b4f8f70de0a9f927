//! From what blobs hold, and where they were, to findings.
//!
//! Of a value that many versions of a file hold one finding remains per path: the earliest one, with the last commit and all
//! refs of all of them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use bstr::BString;

use super::Collector;
use super::held::Held;
use super::spot::Spot;
use crate::model::{Attribution, CommitRef, ObjectId, Provenance};
use crate::source::outcome::{Find, Part, Way};

/// Findings on their way to be joined, by path (or object, where there is no path) and key.
#[derive(Default)]
pub(super) struct Groups<'a>(BTreeMap<Slot, Group<'a>>);

/// Path, object (where there is no path), archive members, and what makes it one finding.
type Slot = (Option<BString>, Option<ObjectId>, Vec<BString>, Key);

/// What makes two sightings one finding: the same rule and value, or the same banned file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    File,
    Member(Vec<BString>),
    Value(u32, [u8; 32]),
}

struct Group<'a> {
    held: Option<&'a Held>,
    way: Way,
    part: Part,
    provenance: Provenance,
    attribution: Attribution,
    /// The lists of refs, by where they are in memory: many sightings have the same.
    refs: HashMap<usize, Arc<Vec<BString>>>,
}

impl<'a> Groups<'a> {
    /// Adds all that a content holds at one place.
    pub fn add_all(&mut self, held: &'a Held, way: Way, provenance: &Provenance, attribution: &Attribution) {
        for (number, members) in (0..).zip(&held.banned) {
            let provenance = Provenance { members: members.clone(), ..provenance.clone() };
            let key = Key::Member(members.clone());
            self.add(Vec::new(), key, (Some(held), way, Part::Name(number)), &provenance, attribution);
        }
        for (number, spot) in (0..).zip(&held.spots) {
            let key = Key::Value(spot.candidate.rule, spot.candidate.secret.digest());
            self.add(spot.members.clone(), key, (Some(held), way, Part::Value(number)), provenance, attribution);
        }
    }

    /// Adds a file that is banned for its name.
    pub fn add_file(&mut self, provenance: &Provenance, attribution: &Attribution) {
        self.add(Vec::new(), Key::File, (None, Way::Bytes, Part::File), provenance, attribution);
    }

    fn add(
        &mut self,
        members: Vec<BString>,
        key: Key,
        (held, way, part): (Option<&'a Held>, Way, Part),
        provenance: &Provenance,
        attribution: &Attribution,
    ) {
        let object = provenance.path.is_none().then_some(provenance.object).flatten();
        let slot = (provenance.path.clone(), object, members, key);
        let Some(group) = self.0.get_mut(&slot) else {
            let (provenance, attribution) = (provenance.clone(), attribution.clone());
            let refs = HashMap::from([list(&attribution.refs)]);
            self.0.insert(slot, Group { held, way, part, provenance, attribution, refs });
            return;
        };
        let time = |commit: &Option<CommitRef>| commit.as_ref().map(|commit| (commit.commit_time, commit.id));
        let (old, new) = (time(&group.attribution.first), time(&attribution.first));
        let is_earlier = match (new, old) {
            (Some(new), Some(old)) => (new, provenance.object) < (old, group.provenance.object),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => provenance.object < group.provenance.object,
        };
        if is_earlier {
            (group.held, group.way, group.part) = (held, way, part);
            group.provenance = provenance.clone();
            group.attribution.first = attribution.first.clone();
        }
        if time(&attribution.last) > time(&group.attribution.last) {
            group.attribution.last = attribution.last.clone();
        }
        group.refs.extend([list(&attribution.refs)]);
    }

    /// Records what all of it comes to. Returns where each of the findings is found again.
    pub fn report(self, collector: &Collector<'_>) -> Vec<Find> {
        let mut finds = Vec::new();
        for group in self.0.into_values() {
            let attribution = group.attributed();
            let Group { held, way, part, provenance, .. } = group;
            if !part.is_counted(held, &provenance, collector) {
                continue;
            }
            finds.extend(provenance.object.map(|blob| Find {
                blob,
                path: provenance.path.clone(),
                way,
                part,
                mark: held.map_or(0, Held::mark),
                trace: (&attribution).into(),
            }));
            part.tell(held, provenance, attribution, collector);
        }
        finds
    }
}

impl Group<'_> {
    /// The attribution, with the refs of all that was joined.
    fn attributed(&self) -> Attribution {
        let mut attribution = self.attribution.clone();
        if self.refs.len() > 1 {
            let all: HashSet<&BString> = self.refs.values().flat_map(|refs| refs.iter()).collect();
            let mut all: Vec<BString> = all.into_iter().cloned().collect();
            all.sort_unstable();
            attribution.refs = all.into();
        }
        attribution
    }
}

impl Part {
    /// The value that it is.
    fn spot(self, held: Option<&Held>) -> Option<&Spot> {
        if let Self::Value(number) = self { held?.spots.get(number as usize) } else { None }
    }

    /// Says whether there is such a part.
    pub(super) fn is_there(self, held: Option<&Held>) -> bool {
        match self {
            Self::File => true,
            Self::Name(number) => held.is_some_and(|held| (number as usize) < held.banned.len()),
            Self::Value(_) => self.spot(held).is_some(),
        }
    }

    /// Says whether it can count at its path; no later run would have another answer.
    fn is_counted(self, held: Option<&Held>, provenance: &Provenance, collector: &Collector<'_>) -> bool {
        self.spot(held).is_none_or(|spot| collector.can_count(spot, provenance))
    }

    /// Records the finding that it is.
    pub(super) fn tell(
        self,
        held: Option<&Held>,
        mut provenance: Provenance,
        attribution: Attribution,
        collector: &Collector<'_>,
    ) {
        if let Some(spot) = self.spot(held) {
            return collector.adopt(spot.clone(), provenance, Some(attribution));
        }
        if let Self::Name(number) = self {
            provenance.members = held.and_then(|held| held.banned.get(number as usize)).cloned().unwrap_or_default();
        }
        collector.judge_path(&provenance, Some(&attribution));
    }
}

/// A list of refs, by where it is in memory.
fn list(refs: &Arc<Vec<BString>>) -> (usize, Arc<Vec<BString>>) {
    (Arc::as_ptr(refs).addr(), Arc::clone(refs))
}
