//! Prints a response. The order is the order of work: rotate, coordinate, rewrite, verify, purge, write down.

mod json;
mod markdown;
mod text;

use std::io::{self, Write};

use super::verify::Verification;
use super::{Case, Place, Response, sev, time};
use crate::gate::register::incident::{self, Incident};
use crate::gate::register::rotation::Rotation;
use crate::report::Format;

/// Prints the response in a format, if it has that one: text, Markdown or JSON.
pub fn write(format: Format, response: &Response, color: bool, out: &mut dyn Write) -> Option<io::Result<()>> {
    Some(match format {
        Format::Text => text::write(&outline(response), color, out),
        Format::Markdown => markdown::write(&outline(response), out),
        Format::Json => json::write(response, out),
        _ => return None,
    })
}

/// Prints what a verification found out.
pub fn write_verification(
    format: Format,
    verification: &Verification,
    color: bool,
    out: &mut dyn Write,
) -> Option<io::Result<()>> {
    Some(match format {
        Format::Text => text::write(&verified(verification), color, out),
        Format::Markdown => markdown::write(&verified(verification), out),
        Format::Json => json::write_verification(verification, out),
        _ => return None,
    })
}

/// A part of what is printed.
enum Block {
    /// A heading of level 1 to 3.
    Heading(u8, String),
    /// A sentence or two.
    Say(String),
    /// Points.
    List(Vec<String>),
    /// Steps in their order.
    Steps(Vec<String>),
    /// Commands.
    Code(Vec<String>),
}

/// The name of the file of replacements in commands.
const EXPRESSIONS: &str = "../stanch-expressions.txt";

fn outline(response: &Response) -> Vec<Block> {
    let mut blocks = vec![Block::Heading(1, "Response to leaked secrets".to_owned())];
    if response.cases.is_empty() {
        blocks.push(Block::Say("The sweep found nothing that asks for a response.".to_owned()));
        gaps(response, &mut blocks);
        return blocks;
    }
    blocks.push(Block::Say(format!(
        "{} to be replaced, found {}. Rotate first, rewrite second: a rewritten history takes nothing back from those who have read it.",
        counted(response.cases.len(), "secret"),
        time(response.detected)
    )));
    gaps(response, &mut blocks);
    blocks.push(Block::Heading(2, "1. Rotate, in order of deadline".to_owned()));
    for case in &response.cases {
        one(case, &mut blocks);
    }
    if !response.other_names.is_empty() {
        blocks.push(Block::Heading(3, "Further variables of the committed .env files".to_owned()));
        blocks.push(Block::Say(
            "Nothing marks these as secrets. Assume that all of them leaked, and rotate those that are:".to_owned(),
        ));
        blocks.push(Block::List(response.other_names.clone()));
    }
    coordinate(&mut blocks);
    rewrite(response, &mut blocks);
    purge(response, &mut blocks);
    write_down(response, &mut blocks);
    blocks
}

fn gaps(response: &Response, blocks: &mut Vec<Block>) {
    if !response.gaps.is_empty() {
        blocks.push(Block::Say("Incomplete: not everything could be read, so there may be more.".to_owned()));
        blocks.push(Block::List(response.gaps.clone()));
    }
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn one(case: &Case, blocks: &mut Vec<Block>) {
    let owner = case.owner.as_deref().unwrap_or("not named in the inventory; ask whoever runs the service");
    blocks
        .push(Block::Heading(3, format!("{}: rotate by {} ({})", case.title, time(case.deadline), sev(case.severity))));
    let listed = if case.is_listed || case.owner.is_none() { "" } else { "; it is not in the inventory" };
    blocks.push(Block::Say(format!("Owner: {owner}{listed}.")));
    blocks.push(Block::Steps(case.playbook.clone()));
    blocks.push(Block::Say("Exposed:".to_owned()));
    blocks.push(Block::List(case.places.iter().map(exposed).collect()));
    let first =
        case.places.iter().filter_map(|place| place.exposure.first.as_ref()).map(|commit| &commit.commit_date).min();
    if let Some(first) = first {
        blocks.push(Block::Say(format!("Look through its access logs from {first} until it is rotated.")));
    }
}

fn exposed(place: &Place) -> String {
    let exposure = &place.exposure;
    let mut parts = vec![format!("{} ({}, {})", place.display, place.rule, counted(place.objects, "object"))];
    if let Some(first) = &exposure.first {
        let id = first.id.get(..10).unwrap_or(&first.id);
        parts.push(format!(
            "since commit {id} by {}, authored {}, committed {}",
            first.author, first.author_date, first.commit_date
        ));
    }
    match (&exposure.removed, exposure.current.is_empty()) {
        (Some(commit), _) => {
            let id = commit.id.get(..10).unwrap_or(&commit.id);
            parts.push(format!("taken out of the current branch by {id} on {}", commit.commit_date));
        }
        (None, false) => parts.push("never taken out".to_owned()),
        (None, true) => {}
    }
    for (what, names) in [
        ("in the latest version of", &exposure.current),
        ("branches", &exposure.branches),
        ("tags", &exposure.tags),
        ("remotes", &exposure.remotes),
        ("other refs", &exposure.others),
    ] {
        if !names.is_empty() {
            parts.push(format!("{what} {}", names.join(", ")));
        }
    }
    parts.push(exposure.how.clone());
    parts.join("; ")
}

fn coordinate(blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, "2. Coordinate".to_owned()));
    blocks.push(Block::Steps(vec![
        "Name one person who rewrites, and a time.".to_owned(),
        "Ask everybody to push what they have, then to stop pushing; merge or close open pull requests, for they pin old commits.".to_owned(),
        "Stop automation that pushes: release bots, dependency updates, mirrors.".to_owned(),
        "Lift branch protection against forced pushes for that time, and put it back afterwards.".to_owned(),
    ]));
}

fn rewrite(response: &Response, blocks: &mut Vec<Block>) {
    let plan = &response.rewrite;
    blocks.push(Block::Heading(2, "3. Rewrite the history".to_owned()));
    if plan.is_empty() {
        blocks.push(Block::Say("Nothing has to be rewritten.".to_owned()));
    } else {
        let mut what = Vec::new();
        if !plan.drop.is_empty() {
            what.push(format!("files that go, in every version: {}", plan.drop.join(", ")));
        }
        if !plan.binary.is_empty() {
            what.push(format!("files that go because no text can be replaced in them: {}", plan.binary.join(", ")));
        }
        if plan.values > 0 {
            what.push(format!("{} replaced by ***REMOVED*** wherever they stand", counted(plan.values, "value")));
        }
        blocks.push(Block::List(what));
        let address = response.remote.as_deref().map_or_else(|| "ADDRESS".to_owned(), quoted);
        let mut commands = Vec::new();
        let source = &response.source;
        commands.push(format!("stanch respond {source} --format json --output ../stanch-response.json"));
        if plan.values > 0 {
            commands.push(format!(
                "stanch respond {source} --expressions {EXPRESSIONS}   # mode 0600, outside of the repository"
            ));
        }
        commands.push(format!("git clone --mirror --no-local {address} ../rewrite.git && cd ../rewrite.git"));
        commands.push(plan.command(EXPRESSIONS));
        commands.push("stanch respond ../stanch-response.json --verify   # must end with 0".to_owned());
        commands.push(format!("git push --force --mirror {address}"));
        if plan.values > 0 {
            commands.push(format!("stanch respond --cleanup {EXPRESSIONS}"));
        }
        blocks.push(Block::Code(commands));
        blocks.push(Block::Say("GitHub refuses refs/pull/*: that is expected, see below. Commits change their ids; signatures on them are lost.".to_owned()));
    }
    if !plan.by_hand.is_empty() {
        blocks.push(Block::Say("By hand:".to_owned()));
        blocks.push(Block::List(plan.by_hand.clone()));
    }
}

fn purge(response: &Response, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, "4. Purge what is kept elsewhere".to_owned()));
    let remotes: std::collections::BTreeSet<&str> = response
        .cases
        .iter()
        .flat_map(|case| &case.places)
        .flat_map(|place| &place.exposure.remotes)
        .map(String::as_str)
        .collect();
    let known = if remotes.is_empty() {
        "Remotes: this clone knows of none that holds it; ask each remote itself (git ls-remote).".to_owned()
    } else {
        format!(
            "Remotes that hold it, as far as this clone knows: {}.",
            remotes.into_iter().collect::<Vec<_>>().join("; ")
        )
    };
    blocks.push(Block::List(vec![
        known,
        "GitHub: ask support to purge cached views and refs/pull/*, with the first changed commits that filter-repo prints. Never send the value.".to_owned(),
        "Forks keep their copies: ask their owners to delete or rewrite them.".to_owned(),
        "Every clone: delete it and clone again. Never merge or pull an old clone: that brings everything back. Where a clone must stay: git fetch --prune, git reset --hard to the new branch, git stash clear, git reflog expire --expire=now --all, git gc --prune=now.".to_owned(),
        "CI: caches, artefacts, logs, self-hosted runners' work folders.".to_owned(),
        "What was built from it: releases, packages, container images, source maps, deployed bundles.".to_owned(),
        "Mirrors, backups, search indexes, error reports, chat.".to_owned(),
    ]));
}

fn write_down(response: &Response, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, "5. Write it down".to_owned()));
    blocks.push(Block::Say("For the incident log:".to_owned()));
    blocks.push(Block::Code(incidents(response).iter().map(|(line, _)| line.clone()).collect()));
    blocks.push(Block::Code(incidents(response).into_iter().map(|(_, command)| command).collect()));
    if !response.record.rotations.is_empty() {
        blocks.push(Block::Say("For the rotation log, once each is rotated:".to_owned()));
        blocks.push(Block::Code(rotations(response).iter().map(|(line, _)| line.clone()).collect()));
        blocks.push(Block::Code(rotations(response).into_iter().map(|(_, command)| command).collect()));
    }
    if !response.record.unlisted.is_empty() {
        blocks.push(Block::Say(
            "The logs name secrets of the inventory only. List these under `secrets:` in .stanch.yml, then log their rotations too:".to_owned(),
        ));
        blocks.push(Block::List(response.record.unlisted.clone()));
    }
    blocks.push(Block::Say("Then make sure that it stays out: stanch audit".to_owned()));
}

/// The lines of the incident log, with the commands that append them.
fn incidents(response: &Response) -> Vec<(String, String)> {
    let command = |one: &Incident| {
        let options: String = one.secrets.iter().map(|name| format!(" --secret {}", quoted(name))).collect();
        let (what, resolution) = (quoted(&one.happened), quoted(&one.resolution));
        let severity = incident::word(one.severity);
        format!("stanch incident log --severity {severity}{options} --what {what} --resolution {resolution}")
    };
    response.record.incidents.iter().map(|one| (one.to_line(), command(one))).collect()
}

/// The lines of the rotation log, with the commands that append them.
fn rotations(response: &Response) -> Vec<(String, String)> {
    let command =
        |one: &Rotation| format!("stanch rotation log {} --reason {}", quoted(&one.name), quoted(&one.reason));
    response.record.rotations.iter().map(|one| (one.to_line(), command(one))).collect()
}

fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'_' | b'-' | b':' | b'@');
    if !text.is_empty() && text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

fn verified(verification: &Verification) -> Vec<Block> {
    let (identities, objects, paths) = verification.sought;
    let sought = format!(
        "{}, {} and {}",
        counted(identities, "value"),
        counted(objects, "object"),
        counted(paths, "banned path")
    );
    let mut blocks = Vec::new();
    if !verification.left.is_empty() {
        blocks.push(Block::Say("Still there:".to_owned()));
        blocks.push(Block::List(verification.left.clone()));
    }
    if !verification.unsure.is_empty() {
        blocks.push(Block::Say("Not read:".to_owned()));
        blocks.push(Block::List(verification.unsure.clone()));
    }
    blocks.push(Block::Say(match verification.exit_code() {
        0 if verification.has_known => {
            format!("Clean: no ref, reflog, stash or unreachable object holds any of {sought}.")
        }
        0 => format!(
            "Clean: no ref, reflog, stash or unreachable object holds any of {sought}, where a rule finds it. With --known the vault's values are looked for everywhere and in every form."
        ),
        1 => format!(
            "Not clean: of {sought} something is left. If only unreachable objects are: git reflog expire --expire=now --all && git gc --prune=now"
        ),
        _ => format!("Incomplete: nothing of {sought} was seen, but not everything could be read."),
    }));
    blocks
}
