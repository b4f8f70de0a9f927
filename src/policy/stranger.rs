//! Keys of a configuration that mean nothing, all of them at once: the parser stops at the first.

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
        // What has another shape is told by the parser, under the file's own name.
        let error = Policy::parse("rules: [1\n", "conf/x.yml").unwrap_err().to_string();
        assert!(error.contains("conf/x.yml:") && !error.contains("<input>"), "{error}");
    }
}
