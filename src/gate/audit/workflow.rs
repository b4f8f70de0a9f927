//! Which secrets GitHub Actions hands to workflows: only those that are allowed by name.
//!
//! Every way to reach a secret counts: `secrets.X`, `secrets['X']`, `secrets[…]`, `secrets.*`, `toJSON(secrets)`, `secrets: inherit`,
//! and what reusable workflows ask for. Expressions are read, never evaluated.

use super::{Check, Context, GUARDS, Spot, Status};
use crate::policy::tree::{Node, NodeKind};

/// How an expression reaches into the secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Access {
    /// One, by name.
    Name(String),
    /// One whose name is computed.
    Dynamic,
    /// All of them.
    All,
}

/// The line about it.
pub(super) fn check(context: &Context<'_>) -> Check {
    const TITLE: &str = "GitHub Actions uses only the secrets that are allowed";
    let line = |status, why: String| Check::new("actions-secrets", GUARDS, TITLE, status, why);
    let allowed = &context.policy.spec.audit.actions_secrets;
    let (mut spots, mut unread, mut seen) = (Vec::new(), Vec::new(), 0_usize);
    for file in context.files.all.iter().filter(|file| is_workflow(&file.path) && !file.is_link) {
        seen += 1;
        let text = context.files.read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let Some((text, documents)) = text.and_then(|text| Some((text.clone(), Node::read(&text)?))) else {
            let text = context.files.read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            // What does not depend on the shape of the file is told all the same.
            let mut look = Look { context, allowed, path: &file.path, text: "", spots: &mut spots };
            text.iter().for_each(|text| look.plain(text));
            unread.push(context.spot(&file.path, None, "is no YAML that can be taken apart"));
            continue;
        };
        let mut look = Look { context, allowed, path: &file.path, text: &text, spots: &mut spots };
        documents.iter().for_each(|document| look.document(document));
    }
    if !spots.is_empty() {
        return line(Status::Fail, format!("more than {} can be reached", list(allowed))).at(spots).todo(
            "Move them to the vault and inject them (Infisical/secrets-action); what is no secret belongs into `vars.`; \
             what is meant to stay: audit.actions_secrets in .stanch.yml",
        );
    }
    if !unread.is_empty() {
        return line(Status::Unknown, "not every workflow could be taken apart".to_owned()).at(unread);
    }
    line(Status::Pass, format!("{seen} workflows and actions were looked at; allowed are {}", list(allowed)))
}

fn list(allowed: &[String]) -> String {
    allowed.iter().map(String::as_str).chain(["GITHUB_TOKEN"]).collect::<Vec<_>>().join(", ")
}

fn is_workflow(path: &[u8]) -> bool {
    let is_yaml = path.ends_with(b".yml") || path.ends_with(b".yaml");
    let name = super::files::leaf(path);
    is_yaml && (path.starts_with(b".github/workflows/") || name == b"action.yml" || name == b"action.yaml")
}

struct Look<'a, 'c> {
    context: &'a Context<'c>,
    allowed: &'a [String],
    path: &'a [u8],
    text: &'a str,
    spots: &'a mut Vec<Spot>,
}

impl Look<'_, '_> {
    fn document(&mut self, document: &Node) {
        // `on` is a truth value to readers of YAML 1.1.
        let on = document.get("on").or_else(|| document.get("true"));
        let asked = on.and_then(|on| on.get("workflow_call")).and_then(|call| call.get("secrets"));
        for (name, _) in asked.map(Node::entries).unwrap_or_default() {
            self.named(name.text().unwrap_or_default(), name.line, "a reusable workflow asks for it");
        }
        for (_, job) in document.get("jobs").map(Node::entries).unwrap_or_default() {
            match job.get("secrets") {
                Some(node) if node.text() == Some("inherit") => {
                    self.say(node.line, "`secrets: inherit` hands over every secret".to_owned());
                }
                Some(node) => {
                    for (name, _) in node.entries() {
                        self.named(name.text().unwrap_or_default(), name.line, "handed to a reusable workflow");
                    }
                }
                None => {}
            }
        }
        document.each_scalar("", &mut |key, node| self.scalar(key, node));
    }

    /// Expressions in a file that is no YAML, line by line.
    fn plain(&mut self, text: &str) {
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#')) {
            let node = Node { line: at + 1, kind: NodeKind::Scalar(line.to_owned()) };
            self.scalar("", &node);
        }
    }

    fn scalar(&mut self, key: &str, node: &Node) {
        let NodeKind::Scalar(text) = &node.kind else { return };
        let mut expressions: Vec<&str> = Vec::new();
        let mut rest = text.as_str();
        while let Some((_, after)) = rest.split_once("${{") {
            let end = end_of_expression(after);
            expressions.push(&after[..end]);
            rest = &after[end..];
        }
        // A condition is an expression without brackets.
        if key == "if" && expressions.is_empty() {
            expressions.push(text);
        }
        for expression in expressions {
            let line = self.line_of(expression, node.line);
            for access in accesses(expression) {
                match access {
                    Access::Name(name) => self.named(&name, line, "used"),
                    Access::Dynamic => {
                        self.say(line, "`secrets[…]` with a computed name reaches every secret".to_owned());
                    }
                    Access::All => self.say(line, "the whole `secrets` context is handed on".to_owned()),
                }
            }
        }
    }

    fn named(&mut self, name: &str, line: usize, how: &str) {
        let is_allowed = |allowed: &str| allowed.eq_ignore_ascii_case(name);
        if !is_allowed("GITHUB_TOKEN") && !self.allowed.iter().any(|allowed| is_allowed(allowed)) {
            let name = self.context.speak(name.as_bytes());
            self.say(line, format!("{name} is not on the list ({how})"));
        }
    }

    fn say(&mut self, line: usize, note: String) {
        self.spots.push(self.context.spot(self.path, Some(line), note));
    }

    /// The line of an expression in a text of several lines: the first at or after `from` that holds its first line.
    fn line_of(&self, expression: &str, from: usize) -> usize {
        let first = expression.lines().find(|line| !line.trim().is_empty()).unwrap_or(expression);
        let lines = self.text.lines().enumerate().skip(from.saturating_sub(1));
        lines.filter(|(_, line)| line.contains(first)).map(|(at, _)| at + 1).next().unwrap_or(from)
    }
}

/// Where `}}` ends an expression: not inside of quotes.
fn end_of_expression(text: &str) -> usize {
    let mut is_quoted = false;
    for (at, character) in text.char_indices() {
        match character {
            '\'' => is_quoted = !is_quoted,
            '}' if !is_quoted && text[at..].starts_with("}}") => return at,
            _ => {}
        }
    }
    text.len()
}

/// Every way in which an expression reaches into the secrets.
fn accesses(expression: &str) -> Vec<Access> {
    let tokens = tokens(expression);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let is_context = matches!(token, Token::Word(word) if word.eq_ignore_ascii_case("secrets"));
        let is_member = at > 0 && tokens[at - 1] == Token::Sign('.');
        if !is_context || is_member {
            continue;
        }
        found.push(match (tokens.get(at + 1), tokens.get(at + 2), tokens.get(at + 3)) {
            (Some(Token::Sign('.')), Some(Token::Word(name)), _) => Access::Name(name.clone()),
            (Some(Token::Sign('[')), Some(Token::Text(name)), Some(Token::Sign(']'))) => Access::Name(name.clone()),
            (Some(Token::Sign('[')), ..) => Access::Dynamic,
            _ => Access::All,
        });
    }
    found
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

fn tokens(expression: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = expression.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\'' => {
                let mut text = String::new();
                while let Some(next) = rest.next() {
                    // Two quotes stand for one.
                    if next == '\'' && rest.next_if_eq(&'\'').is_none() {
                        break;
                    }
                    text.push(next);
                }
                tokens.push(Token::Text(text));
            }
            _ if character.is_ascii_alphanumeric() || character == '_' => {
                let mut word = String::from(character);
                while let Some(next) = rest.next_if(|&next| next.is_ascii_alphanumeric() || next == '_' || next == '-')
                {
                    word.push(next);
                }
                tokens.push(Token::Word(word));
            }
            _ if character.is_whitespace() => {}
            _ => tokens.push(Token::Sign(character)),
        }
    }
    tokens
}

/// Says whether GitHub runs the file at this path as a workflow: those in folders below and those of other names it passes over.
pub(super) fn is_run(path: &[u8]) -> bool {
    let name = path.strip_prefix(b".github/workflows/").filter(|name| !name.contains(&b'/'));
    name.is_some_and(|name| name.ends_with(b".yml") || name.ends_with(b".yaml"))
}

/// Says whether any workflow file is tracked.
pub(super) fn any(context: &Context<'_>) -> bool {
    context.files.all.iter().any(|file| is_run(&file.path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_a_secret_is_seen() {
        let name = |name: &str| vec![Access::Name(name.to_owned())];
        assert_eq!(accesses(" secrets.A "), name("A"));
        assert_eq!(accesses("Secrets . A"), name("A"));
        assert_eq!(accesses("secrets['A-b']"), name("A-b"));
        assert_eq!(accesses("secrets[format('{0}', 'A')]"), [Access::Dynamic]);
        assert_eq!(accesses("secrets[inputs.name]"), [Access::Dynamic]);
        for all in ["toJSON(secrets)", "secrets.*", "secrets", "contains(secrets, 'x')"] {
            assert_eq!(accesses(all), [Access::All], "{all}");
        }
        for none in ["inputs.secrets", "'secrets.A'", "my_secrets.A", "needs.secrets.outputs.x"] {
            assert_eq!(accesses(none), [], "{none}");
        }
        assert_eq!(end_of_expression(" 'a}}b' }} c"), 8);
    }
}
