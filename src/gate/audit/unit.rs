//! Reads `Environment=` out of systemd units, with their quoting and continued lines.

/// Line, name and value of each assignment.
pub(super) fn entries(text: &str) -> Vec<(usize, String, String)> {
    let mut found = Vec::new();
    let mut joined = String::new();
    let mut start = 1;
    for (at, line) in text.lines().enumerate() {
        if joined.is_empty() {
            start = at + 1;
        }
        if let Some(part) = line.strip_suffix('\\') {
            joined.push_str(part);
            joined.push(' ');
            continue;
        }
        joined.push_str(line);
        let whole = std::mem::take(&mut joined);
        let Some(list) =
            whole.trim_start().strip_prefix("Environment").and_then(|rest| rest.trim_start().strip_prefix('='))
        else {
            continue;
        };
        for word in words(list) {
            if let Some((name, value)) = super::entries::pair(&word) {
                found.push((start, name, value));
            }
        }
    }
    found
}

/// Words as systemd cuts them: at spaces outside of quotes.
fn words(list: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for character in list.chars() {
        match (character, quote) {
            (_, Some(open)) if character == open => quote = None,
            ('"' | '\'', None) => quote = Some(character),
            (_, None) if character.is_whitespace() => words.push(std::mem::take(&mut word)),
            _ => word.push(character),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    #[test]
    fn assignments_are_cut_at_spaces_outside_of_quotes() {
        let text = "[Service]\nEnvironment=\"A=b c\" D=e\nEnvironmentFile=/etc/x\nEnvironment=F=g \\\n  'H=i j'\n";
        let found = super::entries(text);
        let found: Vec<(usize, &str, &str)> =
            found.iter().map(|(line, name, value)| (*line, name.as_str(), value.as_str())).collect();
        assert_eq!(found, [(2, "A", "b c"), (2, "D", "e"), (4, "F", "g"), (4, "H", "i j")]);
    }
}
