//! From an event to commits of this clone, with the reasons in words, and with what the clone lacks.

use std::sync::Mutex;

use bstr::{BStr, BString, ByteSlice};

use super::Event;
use crate::model::{Notice, NoticeKind, ObjectId, Receipt};
use crate::source::git::revision::peeled_commit;
use crate::source::git::{Commit, Kind, Objects, Repository};
use crate::source::history::range::{Bounds, walk};
use crate::source::{Item, PolicyFiles, Sink, SourceError};

/// What is to be scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// What some commits bring.
    Range(Bounds),
    /// Everything that git keeps.
    Everything,
    /// Nothing: the event brings nothing, or the clone lacks what it would take.
    Nothing,
}

/// What an event means in one clone.
#[derive(Debug)]
pub struct Plan {
    /// What is to be scanned.
    pub asked: Asked,
    /// The protected revision that the policy is read from, and what to call it.
    pub policy: Option<(ObjectId, String)>,
    /// What was decided and why, one sentence a line, harmless to print.
    pub told: Vec<String>,
    /// Commits without which the event cannot be judged.
    pub wants: Vec<ObjectId>,
    /// The default branch, where this clone lacks it: the policy is read from it.
    pub wants_branch: Option<String>,
    /// What the clone lacks.
    pub notices: Vec<Notice>,
    /// Whether it is in order that the range holds no commit.
    pub may_be_empty: bool,
}

/// The remedy for a clone that is not deep enough.
const REMEDY: &str =
    "fetch the whole history (`fetch-depth: 0` of actions/checkout, or `git fetch --unshallow origin`) and run again";

impl Plan {
    /// Finds out what `event` means in `repository`.
    pub fn of(event: &Event, repository: &Repository) -> Result<Self, SourceError> {
        let objects = Objects::open(repository);
        let is_shallow = !repository.shallow()?.is_empty();
        let mut planner = Planner { repository, objects: &objects, is_shallow, plan: Self::nothing() };
        match event {
            Event::PullRequest { number, base, base_branch, head } => {
                planner.tell(format!("pull request {number} into {base_branch}"));
                let name = BString::from(format!("refs/pull/{number}/head"));
                planner.change((name, *head), *base, format!("{base_branch} as the event names it"));
                planner.synthetic_merge(*head, *number)?;
                // The branch may have gone on, and the pull request with it.
                planner.exclude_branch(base_branch)?;
            }
            Event::MergeGroup { base, head } => {
                planner.tell("merge group".to_owned());
                planner.change(("the merge group".into(), *head), *base, "the group's base".to_owned());
            }
            Event::Range { base, head } => {
                planner.tell("range given by hand".to_owned());
                planner.change((head.to_string().into(), *head), *base, base.to_string());
            }
            Event::Push { name, before, after, forced, default_branch } => {
                planner.push(name, *before, *after, *forced, default_branch.as_deref())?;
            }
            Event::Tag { name, target, default_branch } => {
                planner.tell(format!("tag {}", shown(name)));
                planner.beside_default(name, *target, default_branch.as_deref())?;
                planner.plan.may_be_empty = true;
            }
            Event::Deleted { name } => planner.tell(format!("{} was deleted: nothing is new", shown(name))),
            Event::Sweep { event, default_branch } => {
                planner.tell(format!("event {}: the whole history, reachable or not", event.escape_debug()));
                planner.plan.asked = Asked::Everything;
                planner.plan.policy = match planner.default_tip(default_branch.as_deref())? {
                    Some(found) => Some(found),
                    // Whoever starts a run by hand names the branch, which may be one of their own.
                    None if default_branch.is_some() => None,
                    None => repository.head()?.target.map(|head| (head, "HEAD".to_owned())),
                };
            }
        }
        Ok(planner.plan)
    }

    fn nothing() -> Self {
        Self {
            asked: Asked::Nothing,
            policy: None,
            told: Vec::new(),
            wants: Vec::new(),
            wants_branch: None,
            notices: Vec::new(),
            may_be_empty: false,
        }
    }

    /// The policy that counts.
    pub fn policy_files(&self, repository: &Repository) -> Result<PolicyFiles, SourceError> {
        match &self.policy {
            Some((id, name)) => PolicyFiles::at(repository, id, name),
            None => Ok(PolicyFiles::nothing(repository, "no protected revision is known here")),
        }
    }

    /// Says what of the range this clone lacks, without scanning it.
    pub fn gaps(&self, repository: &Repository) -> Result<Vec<Notice>, SourceError> {
        let sink = Notices(Mutex::new(self.notices.clone()));
        match &self.asked {
            Asked::Range(bounds) => {
                walk(repository, &Objects::open(repository), bounds, &sink)?;
            }
            Asked::Everything => {
                if let Some(id) = repository.shallow()?.first() {
                    sink.notice(Notice::new(
                        NoticeKind::Shallow,
                        id.to_string(),
                        format!("the clone is shallow; {REMEDY}"),
                    ));
                }
            }
            Asked::Nothing => {}
        }
        Ok(sink.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

struct Planner<'r> {
    repository: &'r Repository,
    objects: &'r Objects,
    is_shallow: bool,
    plan: Plan,
}

impl Planner<'_> {
    fn tell(&mut self, text: String) {
        self.plan.told.push(text);
    }

    fn is_here(&self, id: &ObjectId) -> bool {
        matches!(peeled_commit(self.objects, id), Ok(Some(_)))
    }

    /// Notes that a commit is needed; says whether it is here.
    fn need(&mut self, id: ObjectId, what: &str) -> bool {
        self.plan.wants.push(id);
        let is_here = self.is_here(&id);
        if !is_here {
            let detail = format!("it is {what}, and it is not in this clone; {REMEDY}");
            self.plan.notices.push(Notice::new(NoticeKind::Missing, id.to_string(), detail));
        }
        is_here
    }

    /// What `head` has and `base` has not; the policy is that of `base`.
    fn change(&mut self, head: (BString, ObjectId), base: ObjectId, base_name: String) {
        let head_is_here = self.need(head.1, "the head of the change");
        let base_is_here = self.need(base, "the base of the change");
        if base_is_here {
            self.plan.policy = Some((base, base.to_string()));
        }
        self.tell(format!("judged: what {} has and {} has not ({base_name})", head.1.short(), base.short()));
        if head_is_here && base_is_here {
            self.plan.asked = Asked::Range(Bounds { include: vec![head], exclude: vec![base], since: None });
        }
    }

    /// The merge that the host made for the pull request belongs to it, where it is what is checked out.
    fn synthetic_merge(&mut self, head: ObjectId, number: u64) -> Result<(), SourceError> {
        let Asked::Range(bounds) = &mut self.plan.asked else { return Ok(()) };
        let Some(merge) = self.repository.head()?.target.filter(|merge| *merge != head) else { return Ok(()) };
        let parents = self.objects.read_kind(&merge, Kind::Commit).ok();
        let parents = parents.and_then(|bytes| Commit::parse(&bytes).ok().map(|commit| commit.parents));
        if parents.is_some_and(|parents| parents.len() == 2 && parents[1] == head) {
            bounds.include.push((BString::from(format!("refs/pull/{number}/merge")), merge));
        }
        Ok(())
    }

    fn exclude_branch(&mut self, branch: &str) -> Result<(), SourceError> {
        let tip = self.tip_here(&format!("refs/remotes/origin/{branch}"))?;
        if let (Asked::Range(bounds), Some(tip)) = (&mut self.plan.asked, tip) {
            bounds.exclude.push(tip);
        }
        Ok(())
    }

    fn push(
        &mut self,
        name: &BString,
        before: ObjectId,
        after: ObjectId,
        forced: bool,
        default_branch: Option<&str>,
    ) -> Result<(), SourceError> {
        let is_default =
            default_branch.is_some_and(|branch| name == format!("refs/heads/{branch}").as_bytes().as_bstr());
        self.tell(format!("push to {}{}", shown(name), if forced { ", forced" } else { "" }));
        if before.is_zero() {
            self.tell("the branch is new".to_owned());
            self.plan.may_be_empty = true;
            return if is_default { self.first(name, after) } else { self.beside_default(name, after, default_branch) };
        }
        if !self.is_here(&before) && !self.is_shallow {
            self.tell(format!("its tip before, {}, is not known here: it was rewritten", before.short()));
            self.plan.may_be_empty = true;
            return if is_default { self.first(name, after) } else { self.beside_default(name, after, default_branch) };
        }
        self.plan.may_be_empty = forced;
        self.change((name.clone(), after), before, "its tip before".to_owned());
        // Whoever pushes to a branch of their own owns its tip the second time: it serves only where no default branch is named.
        if !is_default {
            match self.default_tip(default_branch)? {
                None if default_branch.is_none() => {}
                found => self.plan.policy = found,
            }
        }
        Ok(())
    }

    /// A branch without anything to compare it with: all of it.
    fn first(&mut self, name: &BString, tip: ObjectId) -> Result<(), SourceError> {
        self.tell(format!("judged: all that {} has, for nothing tells what was there before", tip.short()));
        if self.need(tip, "the head of the change") {
            let bounds = Bounds { include: vec![(name.clone(), tip)], ..Bounds::default() };
            self.plan.asked = Asked::Range(bounds);
        }
        Ok(())
    }

    /// What `tip` has and the default branch has not.
    fn beside_default(
        &mut self,
        name: &BString,
        tip: ObjectId,
        default_branch: Option<&str>,
    ) -> Result<(), SourceError> {
        let Some((base, base_name)) = self.default_tip(default_branch)? else {
            self.tell("the default branch is not known here".to_owned());
            return self.first(name, tip);
        };
        self.tell(format!("judged: what {} has and {base_name} has not ({})", tip.short(), base.short()));
        self.plan.policy = Some((base, base_name));
        self.plan.wants.push(base);
        if self.need(tip, "the head of the change") {
            let bounds = Bounds { include: vec![(name.clone(), tip)], exclude: vec![base], since: None };
            self.plan.asked = Asked::Range(bounds);
        }
        Ok(())
    }

    /// The tip of the default branch, which the policy is read from. One that is named and not here is a gap: another branch's
    /// policy must never stand in for it.
    fn default_tip(&mut self, branch: Option<&str>) -> Result<Option<(ObjectId, String)>, SourceError> {
        let Some(branch) = branch else {
            let found = crate::gate::protected::of_remote(self.repository, BStr::new("origin"))?;
            return Ok(found.map(|(name, tip)| (tip, shown(&name).trim_start_matches("refs/remotes/").to_owned())));
        };
        for (folder, word) in [("refs/remotes/origin", "origin/"), ("refs/heads", "")] {
            if let Some(tip) = self.tip_here(&format!("{folder}/{branch}"))? {
                return Ok(Some((tip, format!("{word}{branch}"))));
            }
        }
        if self.plan.wants_branch.is_none() {
            self.plan.wants_branch = Some(branch.to_owned());
            let detail = format!(
                "it is the default branch, which the policy is read from, and it is not in this clone; \
                 `git fetch origin +refs/heads/{branch}:refs/remotes/origin/{branch}` and run again"
            );
            self.plan.notices.push(Notice::new(NoticeKind::Missing, format!("origin/{branch}"), detail));
        }
        Ok(None)
    }

    fn tip_here(&self, name: &str) -> Result<Option<ObjectId>, SourceError> {
        Ok(self.repository.find_ref(name.as_bytes())?.filter(|tip| self.is_here(tip)))
    }
}

/// A name that a log can show: a foreign text must not begin a line or hold a control character.
fn shown(name: &BString) -> String {
    name.to_str_lossy().escape_debug().to_string()
}

/// Keeps notices and nothing else.
struct Notices(Mutex<Vec<Notice>>);

impl Sink for Notices {
    fn item(&self, _: Item<'_>) {}
    fn notice(&self, notice: Notice) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(notice);
    }
    fn count(&self, _: &Receipt) {}
}
