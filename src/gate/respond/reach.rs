//! What still leads to what is left: branches, tags, stash, index, reflogs. Whoever removes it must know where to look.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use bstr::ByteSlice;

use crate::gate::objects::{self, Gaps};
use crate::model::{Attribution, ObjectId};
use crate::source::SourceError;
use crate::source::git::Repository;
use crate::source::history::Sought;

/// So many refs are named.
const NAMED: usize = 6;

/// Says for each object how it is reached, in words that follow a colon. `speak` makes names harmless.
pub(super) fn ways(
    repository: &Repository,
    ids: &BTreeSet<ObjectId>,
    speak: &dyn Fn(&[u8]) -> String,
) -> Result<BTreeMap<ObjectId, String>, SourceError> {
    let gaps = Gaps::default();
    let history = objects::look(repository, &gaps, &|_| ())?;
    let graph = history.graph();
    let blobs: HashSet<ObjectId> = ids.iter().copied().collect();
    let mut found: BTreeMap<ObjectId, Vec<Attribution>> = BTreeMap::new();
    for sighting in history.attribute(&Sought::new(blobs, HashSet::new()), &gaps) {
        found.entry(sighting.blob).or_default().push(sighting.attribution);
    }
    let texts: Vec<ObjectId> = ids.iter().copied().collect();
    let mut of_texts = history.attribute_texts(&texts);
    for id in texts {
        found.entry(id).or_default().extend(of_texts.remove(&id));
    }
    let (logs, _) = repository.reflogs()?;
    let logs: Vec<(Vec<u8>, Vec<bool>)> = logs
        .into_iter()
        .map(|log| (log.name.into(), graph.ancestors(log.ids.iter().filter_map(|id| graph.find(id)))))
        .collect();
    let way = |id: &ObjectId| {
        let attributions = found.get(id).map(Vec::as_slice).unwrap_or_default();
        let refs: BTreeSet<&[u8]> =
            attributions.iter().flat_map(|one| one.refs.iter()).map(|name| name.as_slice()).collect();
        if !refs.is_empty() {
            return format!("reached by {}", listed(refs.into_iter().map(|name| speak(&noun(name)))));
        }
        let commits: Vec<_> = attributions
            .iter()
            .flat_map(|one| [&one.first, &one.last])
            .flatten()
            .filter_map(|commit| graph.find(&commit.id))
            .collect();
        let leads = |reached: &[bool]| commits.iter().any(|&commit| reached[commit as usize]);
        let names: Vec<String> =
            logs.iter().filter(|(_, reached)| leads(reached)).map(|(name, _)| speak(&noun(name))).collect();
        if names.is_empty() {
            "nothing reaches it any more, git gc --prune=now removes it".to_owned()
        } else {
            format!("no ref reaches it, but the reflog of {} does", listed(names.into_iter()))
        }
    };
    Ok(ids.iter().map(|id| (*id, way(id))).collect())
}

/// What a ref is, with its name.
fn noun(name: &[u8]) -> Vec<u8> {
    const KINDS: [(&[u8], &str); 4] = [
        (b"refs/heads/", "branch "),
        (b"refs/tags/", "tag "),
        (b"refs/remotes/", "remote branch "),
        (b"refs/notes/", "notes "),
    ];
    if name == b"refs/stash" {
        return b"stash".to_vec();
    }
    let known = KINDS.iter().find_map(|(prefix, noun)| Some((name.strip_prefix(*prefix)?, noun)));
    known.map_or_else(|| name.to_vec(), |(rest, noun)| [noun.as_bytes(), rest].concat())
}

fn listed(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.collect();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let text = bstr::join(", ", &names).to_str_lossy().into_owned();
    if more > 0 { format!("{text} and {more} more") } else { text }
}
