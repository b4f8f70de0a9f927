//! Reads the literal values of `env` blocks out of JavaScript and TypeScript, without running it.
//!
//! It follows strings, comments and brackets and nothing else: what an expression computes it does not know.

/// A literal in an `env` block: line, name, value.
pub(super) type Entry = (usize, String, String);

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

/// All literals in blocks called `env` or `env_…`.
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
    found
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
        let text = "// env: { A: 'comment' }\nmodule.exports = { apps: [{ name: 'env',\n  env: { NODE_ENV: 'production', \"B\": `x`,\n    C: process.env.C, D: process.env.D || 'y', E: 'a' + 'b', ...rest },\n  env_production: {\n    F: \"z\" } }], other: { G: 'no' } }";
        let found = entries(text);
        let found: Vec<(usize, &str, &str)> =
            found.iter().map(|(line, name, value)| (*line, name.as_str(), value.as_str())).collect();
        assert_eq!(found, [(3, "NODE_ENV", "production"), (3, "B", "x"), (4, "D", "y"), (4, "E", "ab"), (6, "F", "z")]);
        assert!(entries("env: { A").is_empty() && entries("{ env: { A: 'x'").len() == 1);
    }
}
