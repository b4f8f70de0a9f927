//! Keys of a configuration that mean nothing or are missing, all of them at once: the parser stops at the first.

use serde_json::Value;

use super::complaint::Complaint;
use super::schema::schema;
use super::tree::{Node, NodeKind};

/// What is wrong with the keys of `yaml`, and the same configuration without them, as JSON; none if it is no YAML.
pub(super) fn strangers(yaml: &str) -> Option<(Vec<Complaint>, String)> {
    let documents = Node::read(yaml)?;
    let mut search = Search { yaml, complaints: Vec::new() };
    let rest = search.without(documents.first()?, &schema());
    Some((search.complaints, rest.to_string()))
}

struct Search<'y> {
    yaml: &'y str,
    complaints: Vec<Complaint>,
}

impl Search<'_> {
    /// A node as JSON, without the keys that its schema does not know.
    fn without(&mut self, node: &Node, schema: &Value) -> Value {
        match &node.kind {
            NodeKind::Null => Value::Null,
            NodeKind::Scalar(text) => match serde_json::from_str(text) {
                Ok(value @ (Value::Bool(_) | Value::Number(_))) => value,
                _ => Value::String(text.clone()),
            },
            NodeKind::List(items) => items.iter().map(|item| self.without(item, &schema["items"])).collect(),
            NodeKind::Map(entries) => {
                let known = schema["properties"].as_object();
                let mut rest = serde_json::Map::new();
                for (key, value) in entries {
                    let name = key.text().unwrap_or_default();
                    match known.filter(|known| !known.contains_key(name) && name != TRAP) {
                        Some(known) => self.complain(key, name, known.keys()),
                        None => {
                            let below = self.without(value, &schema["properties"][name]);
                            rest.insert(name.to_owned(), below);
                        }
                    }
                }
                for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                    if !rest.contains_key(name) {
                        let place = beginning(self.yaml, node.line);
                        let message = format!("missing field `{name}`");
                        self.complaints.push(Complaint { place, message, hidden: true, shown: 0 });
                        // Something that nothing else is called, so that the rest can be checked.
                        rest.insert(name.to_owned(), Value::String(format!("MISSING_{}", node.line)));
                    }
                }
                Value::Object(rest)
            }
        }
    }

    fn complain<'k>(&mut self, key: &Node, name: &str, known: impl Iterator<Item = &'k String>) {
        let line = self.yaml.lines().nth(key.line.wrapping_sub(1)).unwrap_or_default();
        let column = line.find(name).map(|at| line[..at].chars().count() + 1);
        let known = known.map(String::as_str).collect::<Vec<_>>().join(", ");
        let message = format!("unknown field `{name}`, expected one of {known}");
        let place = column.map(|column| (key.line, column));
        // Nobody knows what stands behind a key that nobody knows.
        self.complaints.push(Complaint { place, message, hidden: true, shown: name.chars().count() + 2 });
    }
}

/// Where what a line says begins, behind the signs of lists.
fn beginning(yaml: &str, line: usize) -> Option<(usize, usize)> {
    let text = yaml.lines().nth(line.checked_sub(1)?)?;
    Some((line, 1 + text.chars().take_while(|sign| matches!(sign, ' ' | '\t' | '-')).count()))
}

/// Where a key, a number in a list, and so on lead to in a configuration, with the length of what stands there.
pub(super) fn place(yaml: &str, root: &Node, path: &[&str]) -> Option<((usize, usize), usize)> {
    let (name, rest) = path.split_first()?;
    if let Ok(number) = name.parse::<usize>() {
        let item = root.items().get(number)?;
        return if rest.is_empty() { Some((beginning(yaml, item.line)?, 0)) } else { place(yaml, item, rest) };
    }
    let (key, value) = root.entries().iter().find(|(key, _)| key.text() == Some(name))?;
    if let Some(found) = place(yaml, value, rest) {
        return Some(found);
    }
    let line = yaml.lines().nth(key.line.checked_sub(1)?)?;
    let at = line.find(name)?;
    Some(((key.line, line[..at].chars().count() + 1), name.chars().count() + 2))
}

/// The parser refuses this one in better words.
const TRAP: &str = "value";

#[cfg(test)]
mod tests {
    use crate::policy::{Policy, PolicyError};

    #[test]
    fn every_unknown_key_is_told_with_its_line_and_what_else_is_wrong_as_well() {
        let yaml = "version: 1\nnope: 1\nmin_confidence: huge\nrules:\n  disabel: [a-b]\nallow:\n  - pahts: x\n    rule: a-b\n    reason: ''\n";
        let Err(PolicyError::Values(problems)) = Policy::parse(yaml, ".stanch.yml") else { panic!("must be refused") };
        let text = problems.join("\n");
        for part in [
            "--> .stanch.yml:2:1",
            "unknown field `disabel`, expected one of confidence, disable, load, severity",
            "--> .stanch.yml:5:3\n  |\n5 |   disabel: ***\n  |   ^",
            "--> .stanch.yml:7:5",
            "min_confidence: ",
            "allow, entry 1: needs a reason",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert_eq!(problems.len(), 5, "{text}");
        // What is missing is told beside what is wrong, each at its place.
        let yaml =
            "min_confidence: huge\nallow:\n  - path: x\nsecrets:\n  - name: A\n    severity: HUGE\n  - owner: Ada\n";
        let Err(PolicyError::Values(problems)) = Policy::parse(yaml, ".stanch.yml") else { panic!("must be refused") };
        let text = problems.join("\n");
        for part in ["3:5: missing field `reason`", "7:5: missing field `name`", "1:1: min_confidence: ", "HUGE"] {
            let part = part.replace("3:5: ", "line 3 column 5: ").replace("7:5: ", "line 7 column 5: ");
            let part = part.replace("1:1: ", "line 1 column 1: ");
            assert!(text.contains(&part), "{part} is not in\n{text}");
        }
        assert_eq!(problems.len(), 4, "{text}");
        let yaml = "version: 1\nrules:\n  severity:\n    a-b: huge\nallow:\n  - rule: a-b\n    reason: ''\n";
        let text = Policy::parse(yaml, ".stanch.yml").unwrap_err().to_string();
        for part in ["--> .stanch.yml:4:5\n  |\n4 |     a-b: ***", "--> .stanch.yml:6:5"] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        // What has another shape is told by the parser, under the file's own name.
        let error = Policy::parse("rules: [1\n", "conf/x.yml").unwrap_err().to_string();
        assert!(error.contains("conf/x.yml:") && !error.contains("<input>"), "{error}");
    }
}
