//! The help of every command: complete, narrow enough for a terminal, and its examples are commands that exist.

use crate::support::{Sandbox, shell_words};

/// Every command with its subcommands, as words.
fn commands(sandbox: &Sandbox) -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    let mut at = 0;
    while at < all.len() {
        let words: Vec<String> = all[at].clone();
        at += 1;
        let help = help(sandbox, &words);
        let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        for line in listed {
            let name = line.split_whitespace().next().unwrap();
            let is_name = line.starts_with("  ") && !line.starts_with("   ");
            if is_name && name != "help" {
                all.push([words.clone(), vec![name.to_owned()]].concat());
            }
        }
    }
    all
}

fn help(sandbox: &Sandbox, words: &[String]) -> String {
    let mut args: Vec<&str> = words.iter().map(String::as_str).collect();
    args.push("--help");
    sandbox.stanch(&args).exits(0).stdout
}

#[test]
fn every_command_says_what_it_does_in_lines_that_fit() {
    let sandbox = Sandbox::new();
    let commands = commands(&sandbox);
    assert!(commands.len() > 12, "{commands:?}");
    for words in commands {
        let help = help(&sandbox, &words);
        let first = help.lines().next().unwrap_or_default();
        let is_sentence = first.chars().next().is_some_and(char::is_uppercase) && !first.starts_with("Usage");
        assert!(is_sentence && !first.ends_with('.'), "{words:?} begins with {first:?}");
        assert!(help.contains("Usage: stanch"), "{words:?}");
        for line in help.lines() {
            assert!(line.chars().count() <= 120, "{words:?}: {line}");
            assert!(
                line.trim_end().len() == line.len() || line.trim().is_empty(),
                "{words:?} ends in blanks: {line:?}"
            );
        }
        // An option without a word of help ends its line with its name and value, and nothing deeper follows.
        let lines: Vec<&str> = help.lines().take_while(|line| !line.starts_with("Example")).collect();
        for pair in lines.windows(2).filter(|pair| pair[0].trim_start().starts_with("--")) {
            let is_alone = !pair[0].trim().contains("  ");
            let goes_on = pair[1].starts_with("          ");
            assert!(!is_alone || goes_on, "{words:?}: no help for {}", pair[0].trim());
        }
    }
}

#[test]
fn every_example_is_a_command_that_exists() {
    let sandbox = Sandbox::new();
    let mut count = 0;
    for words in commands(&sandbox) {
        for line in help(&sandbox, &words).lines().filter_map(|line| line.strip_prefix("  stanch ")) {
            // The comment stands behind at least two blanks.
            let command = line.split("  ").next().unwrap();
            let words_of_it = shell_words(command);
            let mut args: Vec<&str> = words_of_it.iter().map(String::as_str).collect();
            args.push("--help");
            let run = sandbox.stanch(&args);
            assert_eq!(run.code, 0, "{words:?}: stanch {command}: {}", run.stderr);
            count += 1;
        }
    }
    assert!(count >= 10, "{count} examples");
}
