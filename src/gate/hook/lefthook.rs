//! The gates in lefthook's own configuration, because it writes git's hooks anew whenever that changes.
//!
//! Lines are inserted and marked, nothing else is touched: the file is never parsed and printed again. A configuration
//! of another shape is left alone, and its owner is told what to add.

use std::fs;
use std::path::Path;

use super::file::write_whole;
use super::{Hook, Outcome, State};
use crate::gate::GateError;

/// Ends every line that we insert.
const MARK: &str = " # stanch hook";
/// Ends the first of them if the line before it had no line break.
const MARK_AFTER_BREAK: &str = " # stanch hook, with the line break before it";

/// Inserts the gates that are not there.
pub fn install(config: &Path) -> Result<Vec<Outcome>, GateError> {
    let before = read(config)?;
    let is_yaml = config.extension().is_some_and(|extension| extension == "yml" || extension == "yaml");
    let mut text = before.clone();
    let mut outcomes = Vec::new();
    for hook in Hook::CLIENT {
        let mut state = State::Present;
        if !has(&text, hook) {
            text =
                Some(&text).filter(|_| is_yaml).and_then(|text| insert(text, hook)).ok_or_else(|| by_hand(config))?;
            state = State::Installed;
        }
        outcomes.push(Outcome { hook: hook.name(), file: config.to_owned(), state });
    }
    if text != before {
        write_whole(config, text.as_bytes(), None)?;
    }
    Ok(outcomes)
}

/// Takes out the lines that we inserted.
pub fn remove(config: &Path) -> Result<Vec<Outcome>, GateError> {
    let before = read(config)?;
    let mut after = String::with_capacity(before.len());
    for line in before.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        if bare.ends_with(MARK_AFTER_BREAK) {
            after.truncate(after.trim_end_matches('\n').len());
        } else if !bare.ends_with(MARK) {
            after.push_str(line);
        }
    }
    if after != before {
        write_whole(config, after.as_bytes(), None)?;
    }
    let state = |hook| match (is_marked(&before, hook), has(&after, hook)) {
        (true, _) => State::Removed,
        (false, true) => State::Foreign,
        (false, false) => State::Absent,
    };
    Ok(Hook::CLIENT
        .iter()
        .map(|&hook| Outcome { hook: hook.name(), file: config.to_owned(), state: state(hook) })
        .collect())
}

/// Says which gates are there.
pub fn status(config: &Path) -> Result<Vec<Outcome>, GateError> {
    let text = read(config)?;
    let state = |hook| if has(&text, hook) { State::Present } else { State::Absent };
    Ok(Hook::CLIENT
        .iter()
        .map(|&hook| Outcome { hook: hook.name(), file: config.to_owned(), state: state(hook) })
        .collect())
}

fn read(config: &Path) -> Result<String, GateError> {
    fs::read_to_string(config).map_err(GateError::io(config))
}

fn by_hand(config: &Path) -> GateError {
    let lines: String = Hook::CLIENT.iter().map(|&hook| block(hook, 0, "  ", "").concat()).collect();
    GateError::ByHand { file: config.to_owned(), lines }
}

/// The command in lefthook's words.
fn command(hook: Hook) -> &'static str {
    match hook {
        Hook::PreCommit | Hook::PreMergeCommit => "stanch staged",
        Hook::CommitMsg => "stanch commit-msg {1}",
        Hook::PrePush => "stanch push {1} {2}",
        Hook::PreReceive => "stanch push --pre-receive",
    }
}

/// The lines of a hook, from the given depth on: 0 with the hook's name, 1 with `commands`, 2 with the command alone.
fn block(hook: Hook, depth: usize, indent: &str, mark: &str) -> Vec<String> {
    let mut lines = vec![format!("{}:", hook.name()), "commands:".to_owned(), "stanch:".to_owned()];
    lines.push(format!("run: {}", command(hook)));
    if hook.reads_input() {
        lines.push("use_stdin: true".to_owned());
    }
    let indented = lines.into_iter().enumerate().skip(depth);
    indented.map(|(level, line)| format!("{}{line}{mark}\n", indent.repeat(level.min(3)))).collect()
}

/// The lines of a hook in the configuration: where its key stands, and where it ends.
fn section(lines: &[&str], hook: Hook) -> Option<(usize, usize)> {
    let start = lines.iter().position(|line| line.split_once(':').is_some_and(|(key, _)| key == hook.name()))?;
    let is_next = |line: &&str| !line.trim().is_empty() && !line.starts_with([' ', '\t', '#']);
    let end = lines[start + 1..].iter().position(is_next).map_or(lines.len(), |at| start + 1 + at);
    Some((start, end))
}

fn own_lines(text: &str, hook: Hook) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    section(&lines, hook).map(|(start, end)| lines[start..end].to_vec()).unwrap_or_default()
}

/// Says whether the hook runs stanch already, whoever wrote it.
fn has(text: &str, hook: Hook) -> bool {
    let wanted = command(hook).split(" {").next().unwrap_or_default();
    let is_it = |line: &&str| {
        let line = line.trim_start().trim_start_matches("- ");
        line.strip_prefix("run:").is_some_and(|run| run.contains(wanted))
    };
    own_lines(text, hook).iter().any(is_it)
}

fn is_marked(text: &str, hook: Hook) -> bool {
    own_lines(text, hook).iter().any(|line| line.ends_with(MARK) || line.ends_with(MARK_AFTER_BREAK))
}

/// The text with the lines of a hook inserted; none if its shape leaves a doubt.
fn insert(text: &str, hook: Hook) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let Some((start, end)) = section(&lines, hook) else {
        let mut text = text.to_owned();
        let mut inserted = block(hook, 0, "  ", MARK);
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
            inserted[0] = block(hook, 0, "  ", MARK_AFTER_BREAK).swap_remove(0);
        }
        return Some(text + &inserted.concat());
    };
    if !is_bare_key(lines[start]) || !lines[end - 1].ends_with('\n') {
        return None;
    }
    let body = &lines[start + 1..end];
    let indent_of = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let content = |line: &&&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let first = body.iter().find(content)?;
    let step = indent_of(first);
    if step == 0 || body.iter().any(|line| line.starts_with('\t')) {
        return None;
    }
    let indent = " ".repeat(step);
    let commands = body.iter().position(|line| indent_of(line) == step && line.trim_start().starts_with("commands:"));
    let (at, depth) = match commands {
        Some(at) if is_bare_key(body[at]) => {
            // The entries of the map must be indented as ours will be.
            let entry = body[at + 1..].iter().find(content).filter(|line| indent_of(line) == 2 * step);
            entry?;
            (start + 1 + at + 1, 2)
        }
        Some(_) => return None,
        None => (start + 1, 1),
    };
    let inserted = block(hook, depth, &indent, MARK);
    Some([&lines[..at].concat(), &inserted.concat(), &lines[at..].concat()].map(String::as_str).concat())
}

/// Says whether a line is a key whose value stands below it.
fn is_bare_key(line: &str) -> bool {
    line.split_once(':').is_some_and(|(_, value)| value.trim().is_empty() || value.trim_start().starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(before: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("lefthook.yml");
        fs::write(&config, before).unwrap();
        install(&config).unwrap();
        let installed = fs::read_to_string(&config).unwrap();
        assert!(install(&config).unwrap().iter().all(|outcome| outcome.state == State::Present));
        assert_eq!(fs::read_to_string(&config).unwrap(), installed, "a second time changes nothing");
        assert!(status(&config).unwrap().iter().all(|outcome| outcome.state == State::Present));
        remove(&config).unwrap();
        assert_eq!(fs::read_to_string(&config).unwrap(), before, "removing leaves what was found");
        installed
    }

    #[test]
    fn commands_are_added_to_those_that_are_there() {
        let text = round_trip(
            "pre-commit:\n    parallel: true\n    commands:\n        lint:\n            run: x\n\npre-push: # slow\n  jobs:\n    - run: y\n",
        );
        assert!(text.contains("    commands:\n        stanch: # stanch hook\n            run: stanch staged # stanch hook\n        lint:\n"));
        assert!(text.contains("pre-push: # slow\n  commands: # stanch hook\n    stanch: # stanch hook\n"));
        assert!(text.contains("use_stdin: true"));
        for other in
            ["", "# nothing\n", "colors: false", "commit-msg:\n  # none\n  scripts:\n    x:\n      runner: sh\n"]
        {
            round_trip(other);
        }
    }

    #[test]
    fn other_shapes_are_left_alone_and_the_lines_are_told() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("lefthook.yml", "pre-commit: { commands: { a: { run: x } } }\n"),
            ("lefthook.yml", "pre-commit:\n  commands: { a: { run: x } }\n"),
            ("lefthook.yml", "pre-commit:\n  commands:\n   a:\n     run: x\n"),
            ("lefthook.toml", "[pre-commit]\n"),
        ] {
            let config = folder.path().join(name);
            fs::write(&config, text).unwrap();
            let error = install(&config).unwrap_err().to_string();
            assert!(error.contains("run: stanch push {1} {2}"), "{error}");
            assert_eq!(fs::read_to_string(&config).unwrap(), text);
        }
    }
}
