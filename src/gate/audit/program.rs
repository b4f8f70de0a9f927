//! Reads the literal values of variables out of JavaScript and TypeScript, without running it.
//!
//! It follows strings, comments and brackets and nothing else: what an expression computes it does not know. Which object becomes an
//! environment is such a thing, so that outside of `env` blocks whatever is named as a variable counts as one.

/// A literal in an `env` block: line, name, value.
pub(super) type Entry = (usize, String, String);

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

/// All literals in blocks called `env` or `env_…`, and those that are given to names of variables anywhere.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at + 2 < tokens.len() {
        let is_block = name(&tokens[at].1).is_some_and(|name| name == "env" || name.starts_with("env_"))
            && tokens[at + 1].1 == Token::Sign(':')
            && tokens[at + 2].1 == Token::Sign('{');
        if is_block { at = block(&tokens, at + 3, &mut found) } else { at += 1 }
    }
    for at in 0..tokens.len() {
        let Some(variable) = name(&tokens[at].1).filter(|name| is_variable(name)) else { continue };
        // `['NAME']: …` as well.
        let after = at + 1 + usize::from(tokens.get(at + 1).is_some_and(|next| next.1 == Token::Sign(']')));
        let is_given = matches!(tokens.get(after), Some((_, Token::Sign(':' | '='))));
        let mut literal = None;
        let mut next = after + 1;
        while let (true, Some((_, Token::Text(text)))) = (is_given, tokens.get(next)) {
            literal.get_or_insert_with(String::new).push_str(text);
            next += 1 + usize::from(tokens.get(next + 1).is_some_and(|sign| sign.1 == Token::Sign('+')));
        }
        let entry = literal.map(|literal| (tokens[at].0, variable.to_owned(), literal));
        found.extend(entry.filter(|entry| !found.contains(entry)));
    }
    found
}

/// Says whether a text lists the applications of a process manager.
pub(super) fn has_apps(text: &str) -> bool {
    tokens(text).windows(2).any(|pair| name(&pair[0].1) == Some("apps") && pair[1].1 == Token::Sign(':'))
}

/// A name as variables of the environment have.
fn is_variable(name: &str) -> bool {
    name.len() >= 3
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

fn name(token: &Token) -> Option<&str> {
    match token {
        Token::Word(name) | Token::Text(name) => Some(name),
        Token::Sign(_) => None,
    }
}

/// Reads `name: value, …` up to the closing bracket; returns what follows.
fn block(tokens: &[(usize, Token)], mut at: usize, found: &mut Vec<Entry>) -> usize {
    while at < tokens.len() && tokens[at].1 != Token::Sign('}') {
        let key = name(&tokens[at].1).filter(|_| tokens.get(at + 1).is_some_and(|next| next.1 == Token::Sign(':')));
        let key = key.map(|key| (tokens[at].0, key.to_owned()));
        at += if key.is_some() { 2 } else { 0 };
        let (mut depth, mut literals, mut is_sum) = (0_usize, Vec::new(), true);
        while let Some((_, token)) = tokens.get(at) {
            match token {
                Token::Sign('{' | '(' | '[') => depth += 1,
                Token::Sign('}' | ')' | ']') if depth > 0 => depth -= 1,
                Token::Sign('}' | ',') if depth == 0 => break,
                Token::Text(text) => literals.push(text.clone()),
                Token::Sign('+') => {}
                _ => is_sum = false,
            }
            at += 1;
        }
        if let Some((line, key)) = key {
            let values = if is_sum && literals.len() > 1 { vec![literals.concat()] } else { literals };
            found.extend(values.into_iter().map(|value| (line, key.clone(), value)));
        }
        if tokens.get(at).is_some_and(|(_, token)| *token == Token::Sign(',')) {
            at += 1;
        }
    }
    at + 1
}

fn tokens(text: &str) -> Vec<(usize, Token)> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    let mut line = 1;
    while let Some(character) = rest.next() {
        match character {
            '\n' => line += 1,
            '/' if rest.peek() == Some(&'/') => while rest.next_if(|&next| next != '\n').is_some() {},
            '/' if rest.peek() == Some(&'*') => {
                let mut last = ' ';
                rest.next();
                for next in rest.by_ref() {
                    line += usize::from(next == '\n');
                    if last == '*' && next == '/' {
                        break;
                    }
                    last = next;
                }
            }
            '"' | '\'' | '`' => {
                let (mut value, start) = (String::new(), line);
                while let Some(next) = rest.next() {
                    line += usize::from(next == '\n');
                    match next {
                        '\\' => value.extend(rest.next()),
                        _ if next == character => break,
                        _ => value.push(next),
                    }
                }
                tokens.push((start, Token::Text(value)));
            }
            _ if character.is_alphanumeric() || character == '_' || character == '$' => {
                let mut word = String::from(character);
                while let Some(next) = rest.next_if(|next| next.is_alphanumeric() || *next == '_' || *next == '$') {
                    word.push(next);
                }
                tokens.push((line, Token::Word(word)));
            }
            _ if character.is_whitespace() => {}
            _ => tokens.push((line, Token::Sign(character))),
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::entries;

    #[test]
    fn literals_of_env_blocks_are_read_and_nothing_else() {
        let text = "// env: { A: 'comment' }\nmodule.exports = { apps: [{ name: 'env',\n  env: { NODE_ENV: 'production', \"B\": `x`,\n    C: process.env.C, D: process.env.D || 'y', E: 'a' + 'b', ...rest },\n  env_production: {\n    F: \"z\" } }], other: { g: 'no' } }";
        let found = entries(text);
        let found: Vec<(usize, &str, &str)> =
            found.iter().map(|(line, name, value)| (*line, name.as_str(), value.as_str())).collect();
        assert_eq!(found, [(3, "NODE_ENV", "production"), (3, "B", "x"), (4, "D", "y"), (4, "E", "ab"), (6, "F", "z")]);
        let text =
            "const shared = { API_KEY: 'a' + 'b', ['DB_PASS']: 'c' }; process.env.JWT_KEY = 'd'; if (NAME == 'e') {}";
        let found: Vec<String> = entries(text).into_iter().map(|(_, name, value)| format!("{name}={value}")).collect();
        assert_eq!(found, ["API_KEY=ab", "DB_PASS=c", "JWT_KEY=d"]);
        assert!(entries("env: { A").is_empty() && entries("{ env: { A: 'x'").len() == 1);
    }
}
