//! Any YAML, as a tree that knows its lines: for files whose shape belongs to other programs (workflows, compose files).
//!
//! It judges nothing. A text that is no YAML gives none, never a partial tree: whoever asks must then say that it could
//! not be read.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

/// A node of a YAML document.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Line on which it begins, from 1; 0 when that is not known.
    pub line: usize,
    /// What it is.
    pub kind: NodeKind,
}

/// The kinds of nodes.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// Nothing.
    Null,
    /// Text, a number, a truth value: as text.
    Scalar(String),
    /// A list.
    List(Vec<Node>),
    /// Keys and values in their order.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// Reads all documents of a text; none if it is no YAML.
    pub fn read(yaml: &str) -> Option<Vec<Self>> {
        let documents: Vec<Spanned<Bare>> = serde_saphyr::from_multiple(yaml).ok()?;
        Some(documents.into_iter().map(Self::of).collect())
    }

    fn of(bare: Spanned<Bare>) -> Self {
        Self { line: bare.referenced.line() as usize, kind: bare.value.0 }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The entries of a map; none for anything else.
    pub fn entries(&self) -> &[(Node, Node)] {
        match &self.kind {
            NodeKind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            NodeKind::List(items) => items,
            _ => &[],
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// Calls `visit` for every scalar below, with the key that leads to it (empty in lists at the top).
    pub fn each_scalar<'a>(&'a self, key: &'a str, visit: &mut dyn FnMut(&'a str, &'a Self)) {
        match &self.kind {
            NodeKind::Null => {}
            NodeKind::Scalar(_) => visit(key, self),
            NodeKind::List(items) => items.iter().for_each(|item| item.each_scalar(key, visit)),
            NodeKind::Map(entries) => {
                for (name, value) in entries {
                    name.each_scalar("", visit);
                    value.each_scalar(name.text().unwrap_or_default(), visit);
                }
            }
        }
    }
}

/// A node without its line.
struct Bare(NodeKind);

impl<'de> Deserialize<'de> for Bare {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Shape)
    }
}

struct Shape;

impl<'de> Visitor<'de> for Shape {
    type Value = Bare;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Bare, E> {
        Ok(Bare(NodeKind::Null))
    }

    fn visit_none<E: de::Error>(self) -> Result<Bare, E> {
        Ok(Bare(NodeKind::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Bare, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Bare, E> {
        Ok(Bare(NodeKind::Scalar(value.to_string())))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Bare, E> {
        Ok(Bare(NodeKind::Scalar(value.to_string())))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Bare, E> {
        Ok(Bare(NodeKind::Scalar(value.to_string())))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Bare, E> {
        Ok(Bare(NodeKind::Scalar(value.to_string())))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Bare, E> {
        Ok(Bare(NodeKind::Scalar(value.to_owned())))
    }

    fn visit_bytes<E: de::Error>(self, value: &[u8]) -> Result<Bare, E> {
        Ok(Bare(NodeKind::Scalar(String::from_utf8_lossy(value).into_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Bare, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element::<Spanned<Bare>>()? {
            items.push(Node::of(item));
        }
        Ok(Bare(NodeKind::List(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Bare, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, value)) = map.next_entry::<Spanned<Bare>, Spanned<Bare>>()? {
            entries.push((Node::of(key), Node::of(value)));
        }
        Ok(Bare(NodeKind::Map(entries)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_knows_its_line() {
        let yaml = "on:\n  push: {branches: [main]}\nenv:\n  A: 1\n  B: yes\n---\nrun: |\n  one\n  two\nnothing:\n";
        let documents = Node::read(yaml).unwrap();
        assert_eq!(documents.len(), 2);
        let env = documents[0].get("env").unwrap();
        assert_eq!((env.get("A").unwrap().line, env.get("A").unwrap().text()), (4, Some("1")));
        assert_eq!(env.get("B").unwrap().line, 5);
        assert!(documents[0].entries()[0].0.text().is_some());
        assert_eq!(documents[1].get("run").unwrap().text(), Some("one\ntwo\n"));
        assert_eq!(documents[1].get("nothing").unwrap().kind, NodeKind::Null);
        let mut seen = Vec::new();
        documents[0].each_scalar("", &mut |key, node| seen.push((key, node.text().unwrap_or_default())));
        assert!(seen.contains(&("branches", "main")), "{seen:?}");
    }

    #[test]
    fn what_is_no_yaml_gives_nothing() {
        assert_eq!(Node::read("a: {{ .Values.x }}\n- b"), None);
    }
}
