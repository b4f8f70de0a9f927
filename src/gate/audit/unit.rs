//! Reads variables and credentials out of systemd units, with their quoting and continued lines.

/// Line, name and value of each assignment.
type Entry = (usize, String, String);

/// Lists of assignments.
const LISTS: [&str; 3] = ["Environment", "DefaultEnvironment", "ManagerEnvironment"];

/// The variables: of the unit, and those that a command line sets.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    let mut found = Vec::new();
    for (line, key, value) in settings(text) {
        let is_command = key.starts_with("Exec");
        if !is_command && !LISTS.contains(&key.as_str()) {
            continue;
        }
        for (name, value) in words(&value).iter().filter_map(|word| super::entries::pair(word)) {
            let is_variable = name.bytes().all(|byte| !byte.is_ascii_lowercase());
            if (!is_command || is_variable) && !is_specifier(&value) {
                found.push((line, name, value));
            }
        }
    }
    found
}

/// Credentials whose values stand in the unit.
pub(super) fn credentials(text: &str) -> Vec<Entry> {
    let credentials = settings(text).into_iter().filter(|(_, key, _)| key == "SetCredential");
    credentials
        .filter_map(|(line, _, value)| {
            value.split_once(':').map(|(name, value)| (line, name.to_owned(), value.to_owned()))
        })
        .collect()
}

/// What systemd fills in: `%i`, `%h/x`.
fn is_specifier(value: &str) -> bool {
    let mut rest = value.trim_matches(['"', '\'']).split('%');
    let first = rest.next().unwrap_or_default();
    let is_plain = |text: &str| text.bytes().all(|byte| !byte.is_ascii_alphanumeric());
    value.contains('%') && is_plain(first) && rest.all(|part| part.get(1..).is_some_and(is_plain))
}

/// Line, key and value of each setting.
fn settings(text: &str) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut joined = String::new();
    let mut start = 1;
    for (at, line) in text.lines().enumerate() {
        if joined.is_empty() {
            start = at + 1;
        } else if line.trim_start().starts_with(['#', ';']) {
            // A remark does not end what goes on after it.
            continue;
        }
        if let Some(part) = line.strip_suffix('\\') {
            joined.push_str(part);
            joined.push(' ');
            continue;
        }
        joined.push_str(line);
        let whole = std::mem::take(&mut joined);
        if let Some((key, value)) = whole.split_once('=').filter(|_| !whole.trim_start().starts_with(['#', ';'])) {
            found.push((start, key.trim().to_owned(), value.trim().to_owned()));
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
        let text = "Environment=A=b \\\n# remark\n  C=d\n;Environment=E=f\nExecStart=/usr/bin/env G=h x --i=j\nEnvironment=T=%i-%h\nSetCredential=k:l\n";
        let found: Vec<String> = super::entries(text).into_iter().map(|(_, name, _)| name).collect();
        assert_eq!(found, ["A", "C", "G"]);
        assert_eq!(super::credentials(text), [(7, "k".to_owned(), "l".to_owned())]);
    }
}
