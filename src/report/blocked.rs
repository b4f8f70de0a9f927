//! What a refused push is told besides the report: type, commit and line, and the commands that get out of it.
//!
//! The skeleton is the one that people know from GitHub. The commands depend on where a commit stands: the tip is amended,
//! an older one is edited in a rebase; and what others may have seen is rotated before anything else.

use std::collections::BTreeMap;
use std::io::{self, Write};

use bstr::BString;

use super::Report;
use super::teller::{Teller, short_ref};
use crate::model::{Finding, ObjectId, Origin, Verdict};

/// A push, as far as its way out depends on it.
#[derive(Debug, Clone, Default)]
pub struct Blocked {
    /// What is checked out.
    pub head: Option<ObjectId>,
    /// The commits that would be published, parents first.
    pub commits: Vec<BlockedCommit>,
    /// Set on the server: the values have left the machine already.
    pub is_received: bool,
}

/// A commit that would be published.
#[derive(Debug, Clone)]
pub struct BlockedCommit {
    /// Its id.
    pub id: ObjectId,
    /// Its first parent.
    pub parent: Option<ObjectId>,
    /// Whether it joins branches.
    pub is_merge: bool,
    /// The refs that would be moved to it or beyond it.
    pub refs: Vec<BString>,
    /// Those of them that would be moved to this very commit.
    pub tip_of: Vec<BString>,
    /// A remote's branch from which it can be reached already.
    pub published: Option<BString>,
}

/// Writes it, if the report denies something.
pub fn write(report: &Report, push: &Blocked, out: &mut dyn Write) -> io::Result<()> {
    let denied: Vec<&Finding> = report.findings.iter().filter(|finding| finding.verdict == Verdict::Deny).collect();
    if denied.is_empty() {
        return Ok(());
    }
    let teller = Teller::new(report);
    writeln!(out, "\nPush blocked: it cannot contain secrets")?;
    locations(&teller, &denied, out)?;
    writeln!(out, "\nTo push, remove them from these commits:")?;
    rotation(&teller, push, &denied, out)?;
    let by_commit = in_commits(push, &denied);
    for (refs, group) in by_branch(&by_commit) {
        branch(&teller, push, refs, &group, out)?;
    }
    names_and_tags(&teller, &denied, out)?;
    writeln!(out, "  Then push again.")
}

/// Type by type, the commits and their files.
fn locations(teller: &Teller<'_>, denied: &[&Finding], out: &mut dyn Write) -> io::Result<()> {
    let mut types: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
    for finding in denied {
        types.entry(teller.title(finding)).or_default().push(finding);
    }
    for (title, findings) in types {
        writeln!(out, "\n  —— {title} ——\n    locations:")?;
        for finding in findings {
            let commit = finding.attribution.as_ref().and_then(|known| known.first.as_ref()).map(|first| first.id);
            match commit {
                Some(id) => writeln!(out, "      - commit: {id}")?,
                None => {
                    let id = finding.provenance.object.map(|id| format!(" {id}")).unwrap_or_default();
                    writeln!(out, "      - {}:{id}", finding.provenance.origin.noun())?;
                }
            }
            if finding.provenance.path.is_some() {
                let line = finding.place.map(|place| format!(":{}", place.start.line)).unwrap_or_default();
                writeln!(out, "        path: {}{line}", teller.source(finding))?;
            } else if commit.is_some() {
                writeln!(out, "        in its message")?;
            }
        }
    }
    Ok(())
}

/// Whether something has to be rotated before anything else.
fn rotation(teller: &Teller<'_>, push: &Blocked, denied: &[&Finding], out: &mut dyn Write) -> io::Result<()> {
    let holds = |commit: &&BlockedCommit| denied.iter().any(|finding| commit_of(finding) == Some(commit.id));
    let published =
        push.commits.iter().filter(holds).find_map(|commit| commit.published.as_ref().map(|by| (commit, by)));
    if push.is_received {
        return writeln!(out, "  Rotate first: the values have left the machine and reached this server.");
    }
    match published {
        Some((commit, by)) => {
            let by = teller.line(short_ref(by));
            writeln!(
                out,
                "  Rotate first: {} is on {by} already, and whoever reads that has the value.",
                commit.id.short()
            )
        }
        None => writeln!(
            out,
            "  No other remote that this clone knows of has these commits. If they were ever shown to anybody, rotate first."
        ),
    }
}

fn commit_of(finding: &Finding) -> Option<ObjectId> {
    finding.attribution.as_ref()?.first.as_ref().map(|first| first.id)
}

/// A commit with what was found in it.
type Found<'a> = (&'a BlockedCommit, Vec<&'a Finding>);

fn in_commits<'a>(push: &'a Blocked, denied: &[&'a Finding]) -> Vec<Found<'a>> {
    let found =
        |commit: &BlockedCommit| denied.iter().copied().filter(|one| commit_of(one) == Some(commit.id)).collect();
    let all = push.commits.iter().map(|commit| (commit, found(commit)));
    all.filter(|(_, found): &(_, Vec<_>)| !found.is_empty()).collect()
}

/// Commits of one branch are mended in one go.
fn by_branch<'a>(commits: &'a [Found<'a>]) -> BTreeMap<&'a BString, Vec<&'a Found<'a>>> {
    let mut branches: BTreeMap<&BString, Vec<&Found<'_>>> = BTreeMap::new();
    for found in commits {
        if let Some(name) = found.0.refs.first() {
            branches.entry(name).or_default().push(found);
        }
    }
    branches
}

fn branch(
    teller: &Teller<'_>,
    push: &Blocked,
    name: &BString,
    group: &[&Found<'_>],
    out: &mut dyn Write,
) -> io::Result<()> {
    let tip = push.commits.iter().find(|commit| commit.tip_of.contains(name));
    let is_here = tip.is_some_and(|tip| push.head == Some(tip.id));
    let shown = teller.line(short_ref(name));
    let enter = || if is_here { String::new() } else { format!("    git switch {}\n", word(&shown)) };
    let (tips, older): (Vec<_>, Vec<_>) =
        group.iter().copied().partition(|(commit, _)| Some(commit.id) == tip.map(|tip| tip.id));
    if let (Some((first, _)), false) = (older.first(), tips.len() == group.len()) {
        let ids: Vec<String> = group.iter().map(|(commit, _)| commit.id.short()).collect();
        let merges = push.commits.iter().any(|commit| commit.is_merge && commit.refs.contains(name));
        let merges = if merges { "--rebase-merges " } else { "" };
        let onto = first.parent.map_or_else(|| "--root".to_owned(), |parent| parent.short());
        writeln!(
            out,
            "  {} is behind the tip of {shown}: write `edit` before {} in the list:",
            first.id.short(),
            ids.join(", ")
        )?;
        write!(out, "{}", enter())?;
        writeln!(out, "    git rebase -i {merges}{onto}")?;
        for (commit, found) in group {
            writeln!(out, "    # at {}:", commit.id.short())?;
            mend(teller, found, out)?;
            writeln!(out, "    git rebase --continue")?;
        }
        return Ok(());
    }
    for (commit, found) in tips {
        writeln!(out, "  {} is the tip of {shown}:", commit.id.short())?;
        write!(out, "{}", enter())?;
        mend(teller, found, out)?;
    }
    Ok(())
}

/// What to do where one commit is checked out and can be amended.
fn mend(teller: &Teller<'_>, found: &[&Finding], out: &mut dyn Write) -> io::Result<()> {
    let mut files: BTreeMap<String, bool> = BTreeMap::new();
    let mut in_message = false;
    for finding in found {
        match &finding.provenance.path {
            Some(path) => {
                let is_banned = files.entry(word(&teller.line(path.as_slice()))).or_default();
                *is_banned |= finding.place.is_none();
            }
            None => in_message = true,
        }
    }
    for (file, is_banned) in &files {
        match is_banned {
            true => writeln!(out, "    git rm --cached -- {file}")?,
            false => writeln!(out, "    # take the value out of {file}, then\n    git add -- {file}")?,
        }
    }
    match in_message {
        true => writeln!(out, "    git commit --amend    # and take the value out of the message"),
        false => writeln!(out, "    git commit --amend --no-edit"),
    }
}

/// What stands in no commit: the names of refs, and tags.
fn names_and_tags(teller: &Teller<'_>, denied: &[&Finding], out: &mut dyn Write) -> io::Result<()> {
    let without = denied.iter().filter(|finding| commit_of(finding).is_none());
    for finding in without {
        let what = match (finding.provenance.origin, finding.provenance.object) {
            (Origin::Tag, Some(id)) => {
                format!("  tag {}: make it anew with another message: git tag --force --annotate NAME", id.short())
            }
            (Origin::Name, _) => {
                "  the name of a branch or tag: give it another one: git branch --move NEW-NAME".to_owned()
            }
            _ => format!("  {}: it belongs to no commit; do not push what leads to it", teller.source(finding)),
        };
        writeln!(out, "{what}")?;
    }
    Ok(())
}

/// A word of the shell.
fn word(text: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "/._-+@%".contains(character);
    match !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}
