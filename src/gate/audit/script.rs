//! Does a shell script run a scanner, and does it end as the scanner says? Commands are told apart and never run.
//!
//! A script that merely speaks of a scanner protects nobody, nor does one that runs it and then passes all the same.

/// How a script treats a scanner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    /// It runs it, and fails with it: the line, and the tool.
    Runs(usize, &'static str),
    /// It runs it, but passes whatever it says: the line, the tool, and why.
    Passes(usize, &'static str, &'static str),
}

/// Commands that speak of tools, look for them or fetch them, and do not run them.
const TALK: [&str; 36] = [
    "echo", "printf", ":", "true", "false", "cat", "test", "[", "[[", "grep", "which", "type", "hash", "command",
    "curl", "wget", "apt", "apt-get", "apk", "brew", "dnf", "yum", "pip", "pip3", "git", "tar", "unzip", "chmod", "mv",
    "cp", "ln", "rm", "cd", "export", "return", "exit",
];
/// Words before a command that are none themselves.
const PREFIXES: [&str; 14] =
    ["if", "elif", "then", "else", "do", "while", "until", "!", "{", "(", "exec", "time", "sudo", "eval"];
/// What asks a tool about itself.
const ABOUT: [&str; 14] = [
    "--version",
    "-V",
    "version",
    "--help",
    "-h",
    "help",
    "rules",
    "doctor",
    "hook",
    "init",
    "config",
    "inventory",
    "completions",
    "install",
];

/// A command, and what stands behind it.
#[derive(Debug, Default, PartialEq)]
struct Command {
    line: usize,
    words: Vec<String>,
    /// `;`, `&&`, `||`, `|`, `&`, or empty at the end of a line.
    then: &'static str,
}

/// Finds the first call that counts, or else one that does not. `tool` knows a tool by a word; `stops` says that the shell ends with the
/// first command that fails.
pub(super) fn call(text: &str, stops: bool, tool: &dyn Fn(&str) -> Option<&'static str>) -> Option<Call> {
    let commands = commands(text);
    let mut stops = stops || text.lines().next().is_some_and(|line| line.starts_with("#!") && line.contains(" -e"));
    let (mut depth, mut gone, mut toothless) = (0_i32, false, None);
    for (at, command) in commands.iter().enumerate() {
        let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
        if words.first() == Some(&"set") {
            stops |= words.iter().any(|word| {
                *word == "errexit" || word.starts_with('-') && !word.starts_with("--") && word.contains('e')
            });
        }
        let is_opened = words.iter().any(|word| matches!(*word, "if" | "case" | "for" | "while" | "until" | "{"));
        let is_closed = words.iter().any(|word| matches!(*word, "fi" | "esac" | "done" | "}"));
        // Behind `&&` and `||` it depends.
        let is_chained = at.checked_sub(1).is_some_and(|before| matches!(commands[before].then, "&&" | "||"));
        gone |= depth == 0 && !is_opened && !is_chained && words.first() == Some(&"exit");
        if let Some(name) = run(&words, tool) {
            let is_asked = words
                .iter()
                .take_while(|word| PREFIXES.contains(word))
                .any(|word| matches!(*word, "if" | "elif" | "!" | "while" | "until"));
            let why = if gone {
                Some("an exit comes before it")
            } else {
                excuse(&commands[at..], stops || is_asked || words.contains(&"exec"), text)
            };
            match why {
                None => return Some(Call::Runs(command.line, name)),
                Some(why) => toothless = toothless.or(Some(Call::Passes(command.line, name, why))),
            }
        }
        depth += i32::from(is_opened) - i32::from(is_closed);
    }
    toothless
}

/// The tool that a command runs.
fn run(words: &[&str], tool: &dyn Fn(&str) -> Option<&'static str>) -> Option<&'static str> {
    let is_setting = |word: &str| {
        word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
    };
    let at = words.iter().position(|word| !PREFIXES.contains(word) && !is_setting(word))?;
    let words = &words[at..];
    let leaf = words[0].rsplit('/').next().unwrap_or_default();
    let installs = words.get(1).is_some_and(|word| matches!(*word, "install" | "add" | "i" | "get" | "pull" | "build"));
    if TALK.contains(&leaf) || installs {
        return None;
    }
    let (named, name) = words.iter().enumerate().find_map(|(at, word)| Some((at, tool(word)?)))?;
    let is_about = words.get(named + 1).is_some_and(|word| ABOUT.contains(word));
    (!is_about).then_some(name)
}

/// Why the script passes although the first of these commands fails.
fn excuse(commands: &[Command], stops: bool, text: &str) -> Option<&'static str> {
    let fails = |command: &Command| {
        let first = command.words.iter().position(|word| matches!(word.as_str(), "exit" | "return" | "false"));
        first.is_some_and(|at| command.words[at] == "false" || command.words.get(at + 1).is_none_or(|code| code != "0"))
    };
    // A pipe ends as its last command does, unless the shell was told otherwise.
    let piped = commands.iter().take_while(|command| command.then == "|").count();
    if piped > 0 && text.contains("pipefail") {
        return excuse(&commands[piped..], stops, text);
    }
    if piped > 0 && stops {
        return Some("the pipe behind it decides");
    }
    let on_line = commands[1..].iter().take_while(|next| next.line == commands[0].line);
    match commands[0].then {
        "&" => Some("it runs in the background"),
        "||" if !on_line.clone().any(fails) => {
            let next: Vec<&str> =
                commands.get(1).map(|next| next.words.iter().map(String::as_str).collect()).unwrap_or_default();
            let is_talk =
                next.first().is_some_and(|word| matches!(*word, "true" | ":" | "echo" | "printf" | "exit" | "return"));
            is_talk.then_some("what it says is thrown away (||)")
        }
        // Without `set -e` the last command decides, unless somebody asks.
        ";" | "" | "|" if !stops && !text.contains("$?") => {
            let ends = |command: &&Command| {
                matches!(command.words.first().map(String::as_str), Some("fi" | "}" | "done" | "esac" | "else"))
            };
            let next = commands[1..].iter().find(|command| !ends(command))?;
            (!fails(next)).then_some("the commands after it decide how the script ends")
        }
        _ => None,
    }
}

/// Cuts a script into commands: quotes and remarks are understood, nothing else.
fn commands(text: &str) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    let (mut command, mut word, mut is_word) = (Command { line: 1, ..Command::default() }, String::new(), false);
    let mut line = 1;
    let mut rest = text.chars().peekable();
    let mut quote = None;
    let mut end = |command: &mut Command, word: &mut String, is_word: &mut bool, then: &'static str, line: usize| {
        if std::mem::take(is_word) {
            command.words.push(std::mem::take(word));
        }
        if !command.words.is_empty() {
            commands.push(Command { then, ..std::mem::take(command) });
        }
        command.line = line;
    };
    while let Some(character) = rest.next() {
        line += usize::from(character == '\n');
        match (character, quote) {
            (_, Some(open)) if character == open => quote = None,
            ('\\', None | Some('"')) => {
                let next = rest.next();
                line += usize::from(next == Some('\n'));
                // A continued line.
                if next != Some('\n') {
                    word.extend(next);
                    is_word = true;
                }
            }
            (_, Some(_)) => word.push(character),
            ('\'' | '"', None) => {
                quote = Some(character);
                is_word = true;
            }
            ('#', None) if !is_word => while rest.next_if(|&next| next != '\n').is_some() {},
            ('\n', None) => end(&mut command, &mut word, &mut is_word, "", line),
            (';', None) => end(&mut command, &mut word, &mut is_word, ";", line),
            // `2>&1` is no end.
            ('&', None) if word.ends_with('>') || rest.peek() == Some(&'>') => word.push('&'),
            ('&', None) => {
                let then = if rest.next_if_eq(&'&').is_some() { "&&" } else { "&" };
                end(&mut command, &mut word, &mut is_word, then, line);
            }
            ('|', None) => {
                let then = if rest.next_if_eq(&'|').is_some() { "||" } else { "|" };
                end(&mut command, &mut word, &mut is_word, then, line);
            }
            (_, None) if character.is_whitespace() => {
                if std::mem::take(&mut is_word) {
                    command.words.push(std::mem::take(&mut word));
                }
            }
            (_, None) => {
                word.push(character);
                is_word = true;
            }
        }
    }
    end(&mut command, &mut word, &mut is_word, "", line);
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str, stops: bool) -> Option<bool> {
        let tool =
            |word: &str| word.rsplit('/').next().is_some_and(|leaf| leaf.starts_with("stanch")).then_some("stanch");
        call(text, stops, &tool).map(|call| matches!(call, Call::Runs(..)))
    }

    #[test]
    fn what_runs_a_scanner_and_fails_with_it_counts() {
        for text in [
            "#!/bin/sh\nexec stanch staged\n",
            "stanch staged || exit 1\nnpm test\n",
            "set -eu\n/usr/local/bin/stanch staged --quiet\nnpm test\n",
            "if ! stanch staged; then\n  echo no\n  exit 1\nfi\nnpm test\n",
            "npx lint-staged\nstanch staged\n",
            "stanch staged && npm test\n",
            "LANG=C stanch staged 2>&1\n",
            "docker run --rm -v .:/x ghcr.io/x/stanch scan /x\n",
            "stanch staged || { echo 'secrets!'; exit 1; }\nnpm test\n",
            "if command -v stanch >/dev/null; then\n  stanch staged\nfi\n",
            "stanch staged\nstatus=$?\nnpm test\nexit $status\n",
            "[ -d .git ] || exit 0\nstanch staged\n",
            "set -eo pipefail\nstanch staged 2>&1 | tee log\nnpm test\n",
        ] {
            assert_eq!(judged(text, false), Some(true), "{text}");
        }
        assert_eq!(judged("stanch ci\nnpm test\n", true), Some(true));
    }

    #[test]
    fn what_passes_all_the_same_is_told() {
        for text in [
            "stanch staged || true\n",
            "stanch staged || echo 'never mind'\n",
            "stanch staged &\n",
            "stanch staged; exit 0\n",
            "stanch staged\nnpm test\n",
            "exit 0\nstanch staged\n",
            "stanch staged | tee log\n",
            "set -e\nstanch staged | tee log\n",
        ] {
            assert_eq!(judged(text, false), Some(false), "{text}");
        }
    }

    #[test]
    fn words_about_a_scanner_are_no_call() {
        for text in [
            "# stanch staged\n",
            "echo \"run stanch staged\"\n",
            "stanch --version\n",
            "command -v stanch\n",
            "cargo install stanch\n",
            "git clone https://example.com/stanch\n",
            "npm test # stanch\n",
        ] {
            assert_eq!(judged(text, false), None, "{text}");
        }
    }
}
