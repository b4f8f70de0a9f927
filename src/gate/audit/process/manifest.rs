//! The variables of compose files, Kubernetes manifests, Kustomize and PM2's lists, by what is in them: their names say little.

use super::{Entry, lines};
use crate::gate::audit::entries;
use crate::policy::tree::{Node, NodeKind};

/// Says whether a text may be one of them, before it is taken apart: large files of data are most often not.
pub(super) fn is_likely(text: &str) -> bool {
    let is_json = text.trim_start().starts_with('{') && text.contains("\":");
    let has = |word: &str| if is_json { text.contains(&format!("\"{word}\"")) } else { text.contains(word) };
    has("apiVersion") && has("kind")
        || has("services") && ["image", "build", "environment"].into_iter().any(has)
        || has("secretGenerator")
        || has("configMapGenerator")
        || has("apps") && ["script", "env"].into_iter().any(has)
}

/// Says whether a text that is no YAML was certainly meant to be a manifest or a compose file.
pub(super) fn is_certain(text: &str) -> bool {
    let has = |key: &str| text.lines().any(|line| line.starts_with(key));
    has("apiVersion:") && has("kind:")
        || has("services:") && text.lines().any(|line| line.trim_start().starts_with("image:"))
}

/// The variables of a YAML or JSON file; templates in it count as text. `is_named` says that the file's name tells what it is.
pub(super) fn variables(text: &str, is_named: bool) -> Option<Vec<Entry>> {
    let documents = Node::read(text).or_else(|| Node::read(&without_templates(text)))?;
    let mut found = Vec::new();
    for document in
        documents.iter().filter(|document| is_named || is_one(document) || document.items().iter().any(is_one))
    {
        walk(document, &mut found);
    }
    Some(found)
}

/// Says whether a document is one of them.
fn is_one(document: &Node) -> bool {
    let has = |node: &Node, keys: &[&str]| keys.iter().any(|key| node.get(key).is_some());
    let is_manifest = document.get("apiVersion").is_some() && document.get("kind").is_some();
    let services = document.get("services").map(Node::entries).unwrap_or_default();
    let is_compose =
        services.iter().any(|(_, service)| has(service, &["image", "build", "extends", "environment", "env_file"]));
    let apps = document.get("apps").map(Node::items).unwrap_or_default();
    let is_env = |(key, _): &(Node, Node)| key.text().is_some_and(|key| key == "env" || key.starts_with("env_"));
    let is_list = apps.iter().any(|app| has(app, &["script", "exec_mode"]) || app.entries().iter().any(is_env));
    is_manifest || is_compose || is_list || has(document, &["secretGenerator", "configMapGenerator"])
}

/// A chart's template with its `{{ … }}` taken for text, so that the rest can be read.
fn without_templates(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for line in text.lines() {
        let bare = line.trim();
        if bare.starts_with("{{") && bare.ends_with("}}") {
            plain.push('\n');
            continue;
        }
        let mut rest = line;
        while let Some((before, after)) = rest.split_once("{{") {
            plain.push_str(before);
            plain.push_str("$TEMPLATE");
            rest = after.split_once("}}").map_or("", |(_, rest)| rest);
        }
        plain.push_str(rest);
        plain.push('\n');
    }
    plain
}

fn walk(node: &Node, found: &mut Vec<Entry>) {
    match node.get("kind").and_then(Node::text) {
        Some("Secret") => {
            let of = |key: &str| node.get(key).map(Node::entries).unwrap_or_default();
            let plain = of("stringData").iter().map(|entry| (entry, false));
            for ((name, value), is_encoded) in plain.chain(of("data").iter().map(|entry| (entry, true))) {
                let (Some(key), Some(text)) = (name.text(), value.text()) else { continue };
                let bare: String = text.split_whitespace().collect();
                let decoded = data_encoding::BASE64.decode(bare.as_bytes()).ok().filter(|_| is_encoded);
                let plain =
                    decoded.map_or_else(|| text.to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned());
                found.push(Entry::secret((name.line, key.to_owned(), plain)));
            }
        }
        Some("ConfigMap") => {
            for (name, value) in node.get("data").map(Node::entries).unwrap_or_default() {
                push(name, value, found);
            }
        }
        _ => {}
    }
    for (key, value) in node.entries() {
        match key.text().unwrap_or_default() {
            "env" | "environment" => block(value, found),
            key if key.starts_with("env_") => block(value, found),
            // What an image is built with stays in its layers.
            "build" => value.get("args").into_iter().for_each(|args| block(args, found)),
            "configs" => {
                for (_, config) in value.entries() {
                    let content = config.get("content");
                    let text = content.and_then(|content| Some((content.line, content.text()?)));
                    let pairs = text.map(|(line, text)| lines(line, text)).unwrap_or_default();
                    found.extend(pairs.into_iter().map(Entry::variable));
                }
            }
            "secretGenerator" => generated(value, Entry::secret, found),
            "configMapGenerator" => generated(value, Entry::variable, found),
            _ => {}
        }
        walk(value, found);
    }
    node.items().iter().for_each(|item| walk(item, found));
}

/// Kustomize's `literals`: a list of `key=value`.
fn generated(list: &Node, entry: fn((usize, String, String)) -> Entry, found: &mut Vec<Entry>) {
    for literal in list.items().iter().filter_map(|one| one.get("literals")).flat_map(Node::items) {
        let pair = literal.text().and_then(|text| text.split_once('='));
        found.extend(pair.map(|(name, value)| entry((literal.line, name.to_owned(), value.to_owned()))));
    }
}

/// A map, a list of `NAME=value`, or a list of `name` and `value`.
fn block(node: &Node, found: &mut Vec<Entry>) {
    for (name, value) in node.entries() {
        push(name, value, found);
    }
    for item in node.items() {
        match &item.kind {
            NodeKind::Scalar(text) => {
                let pair = entries::pair(text);
                found.extend(pair.map(|(name, value)| variable(item.line, name, &value)));
            }
            NodeKind::Map(_) => {
                if let (Some(name), Some(value)) = (item.get("name"), item.get("value")) {
                    push(name, value, found);
                }
            }
            NodeKind::Null | NodeKind::List(_) => {}
        }
    }
}

fn push(name: &Node, value: &Node, found: &mut Vec<Entry>) {
    if let (Some(key), Some(text)) = (name.text(), value.text()) {
        found.push(variable(name.line, key.to_owned(), text));
    }
}

/// Two dollars stand for one in a compose file: `$$2y$$…` is no reference.
fn variable(line: usize, name: String, value: &str) -> Entry {
    Entry::variable((line, name, value.replace("$$", "$")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let found = variables(text, false).unwrap_or_default();
        found.into_iter().map(|entry| format!("{} {}={}", entry.line, entry.name, entry.value)).collect()
    }

    #[test]
    fn documents_are_known_by_what_is_in_them() {
        assert_eq!(read("services:\n  a:\n    image: x\n    environment: [A=b]\n"), ["4 A=b"]);
        assert_eq!(read("services:\n  a:\n    build:\n      args:\n        A: b\n"), ["5 A=b"]);
        assert_eq!(read("{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"data\": {\"a\": \"Yg==\"}}"), ["1 a=b"]);
        assert_eq!(read("secretGenerator:\n- literals:\n  - a-b=c=d\n"), ["3 a-b=c=d"]);
        assert_eq!(read("services:\n  App\\Mailer:\n    arguments: [x]\nenv:\n  A: b\n"), Vec::<String>::new());
    }
}
