//! What is wrong with the shape of a configuration, all of it at once: the parser stops at the first. Keys that mean nothing or
//! are missing, and values of another kind.

use serde_json::Value;

use super::complaint::Complaint;
use super::schema::schema;
use super::tree::{Node, NodeKind};

/// What is wrong with the shape of `yaml`, and the same configuration without that, each value on its line; none if it is no
/// YAML.
pub(super) fn strangers(yaml: &str) -> Option<(Vec<Complaint>, String)> {
    let documents = Node::read(yaml)?;
    let mut search = Search { yaml, complaints: Vec::new() };
    let rest = search.without(documents.first()?, &schema());
    let (mut text, mut line) = (String::new(), 1);
    if let Some(rest) = rest {
        write(&rest, &mut text, &mut line);
    }
    Some((search.complaints, text))
}

/// Writes a node as JSON, which is YAML as well, with line breaks for its lines.
fn write(node: &Node, text: &mut String, line: &mut usize) {
    while *line < node.line {
        text.push('\n');
        *line += 1;
    }
    let string = |text: &str| Value::from(text).to_string();
    match &node.kind {
        NodeKind::Null => text.push_str("null"),
        NodeKind::Scalar(scalar) => match serde_json::from_str(scalar) {
            Ok(Value::Bool(_) | Value::Number(_)) => text.push_str(scalar),
            _ => text.push_str(&string(scalar)),
        },
        NodeKind::List(items) => {
            text.push('[');
            for item in items {
                write(item, text, line);
                text.push(',');
            }
            text.push(']');
        }
        NodeKind::Map(entries) => {
            text.push('{');
            for (key, value) in entries {
                while *line < key.line {
                    text.push('\n');
                    *line += 1;
                }
                text.push_str(&string(key.text().unwrap_or_default()));
                text.push_str(": ");
                write(value, text, line);
                text.push(',');
            }
            text.push('}');
        }
    }
}

struct Search<'y> {
    yaml: &'y str,
    complaints: Vec<Complaint>,
}

impl Search<'_> {
    /// A node without what its schema does not know; none if it is of another kind itself.
    fn without(&mut self, node: &Node, schema: &Value) -> Option<Node> {
        if !is_of(node, schema) {
            let message = format!("must be {}", kind(schema));
            let place = beginning(self.yaml, node.line);
            self.complaints.push(Complaint { place, message, hidden: true, shown: 0 });
            return None;
        }
        let kind = match &node.kind {
            NodeKind::List(items) => {
                // Every item keeps its number: one without the right kind is nothing.
                let rest = items.iter().map(|item| {
                    let empty = Node { line: item.line, kind: NodeKind::Scalar(String::new()) };
                    self.without(item, &schema["items"]).unwrap_or(empty)
                });
                NodeKind::List(rest.collect())
            }
            NodeKind::Map(entries) => {
                let known = schema["properties"].as_object();
                let mut rest: Vec<(Node, Node)> = Vec::new();
                for (key, value) in entries {
                    let name = key.text().unwrap_or_default();
                    if let Some(known) = known.filter(|known| !known.contains_key(name) && name != TRAP) {
                        self.complain(key, name, known.keys());
                        continue;
                    }
                    let below =
                        known.map_or(&schema["additionalProperties"], |known| known.get(name).unwrap_or(&Value::Null));
                    // What has another kind is left out, as if it had not been set.
                    rest.extend(self.without(value, below).map(|value| (key.clone(), value)));
                }
                for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                    if !entries.iter().any(|(key, _)| key.text() == Some(name)) {
                        let place = beginning(self.yaml, node.line);
                        let message = format!("missing field `{name}`");
                        self.complaints.push(Complaint { place, message, hidden: true, shown: 0 });
                    }
                    if !rest.iter().any(|(key, _)| key.text() == Some(name)) {
                        // Something that nothing else is called, so that the rest can be checked.
                        let scalar = |text: String| Node { line: node.line, kind: NodeKind::Scalar(text) };
                        rest.push((scalar(name.to_owned()), scalar(format!("MISSING_{}", node.line))));
                    }
                }
                NodeKind::Map(rest)
            }
            other => other.clone(),
        };
        Some(Node { line: node.line, kind })
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

/// Says whether a node is of the kind that its schema wants. Nothing is of every kind, and the words of a choice are checked
/// elsewhere.
fn is_of(node: &Node, schema: &Value) -> bool {
    let is_truth = |text: &str| matches!(text, "true" | "false");
    match (&node.kind, schema["type"].as_str()) {
        (NodeKind::Null, _) => true,
        (NodeKind::Scalar(text), Some("boolean")) => is_truth(text),
        (NodeKind::Scalar(text), Some("integer")) => text.parse::<i64>().is_ok(),
        (NodeKind::Scalar(_), Some("array" | "object")) => false,
        (NodeKind::List(_), Some(kind)) => kind == "array",
        (NodeKind::Map(_), Some(kind)) => kind == "object",
        (NodeKind::Map(_), None) => !schema["oneOf"].is_array() && !schema["enum"].is_array(),
        (NodeKind::List(_), None) => !schema["enum"].is_array(),
        (NodeKind::Scalar(_), _) => true,
    }
}

/// The kind that a schema wants, in words.
fn kind(schema: &Value) -> &'static str {
    match schema["type"].as_str() {
        Some("boolean") => "true or false",
        Some("integer") => "a whole number",
        Some("array") => "a list",
        Some("object") => "a map of keys and values",
        Some(_) => "one text",
        None if schema["oneOf"].is_array() => "a text or a list of texts",
        None => "one word",
    }
}

/// Where what a line says begins, behind the signs of lists.
pub(super) fn beginning(yaml: &str, line: usize) -> Option<(usize, usize)> {
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
        // So is what has another kind, and what is wrong below a wrong key's neighbours keeps its line.
        let yaml = "nope: 1\nsecrets:\n  - name: A\n    severity: HUGE\n    sensitive: perhaps\n  - name: B\n    aliases: C\n\
                    env_files:\n  banned: 5\naudit:\n  actions_secrets:\n    - 1\n    - two: 2\n";
        let Err(PolicyError::Values(problems)) = Policy::parse(yaml, ".stanch.yml") else { panic!("must be refused") };
        let text = problems.join("\n");
        for part in [
            "line 1 column 1: unknown field `nope`",
            "line 4 column 5: ",
            "line 5 column 5: must be true or false",
            "line 7 column 5: must be a list",
            "line 9 column 3: must be a list",
            "line 13 column 7: must be one text",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert!(text.contains("HUGE") && problems.len() == 6, "{text}");
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
