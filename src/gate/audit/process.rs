//! Process managers, compose files, Kubernetes manifests and systemd units carry no secrets of their own.

use bstr::ByteSlice;

use super::files::leaf;
use super::{Check, Context, GUARDS, Spot, Status, entries, program, unit};
use crate::policy::tree::{Node, NodeKind};

/// Line, name and value of a variable.
type Entry = (usize, String, String);

/// What kind of file it is by its name.
enum Kind {
    Program,
    Unit,
    /// PM2 and compose files as YAML or JSON.
    Tree,
    /// YAML that may be a Kubernetes manifest.
    Perhaps,
}

fn kind(path: &[u8]) -> Option<Kind> {
    let name = leaf(path).to_ascii_lowercase();
    let ends = |list: &[&str]| list.iter().any(|end| name.ends_with(end.as_bytes()));
    let is_manager = name.starts_with(b"ecosystem.") || name.starts_with(b"ecosystem-") || name.starts_with(b"pm2");
    let is_compose =
        name.starts_with(b"docker-compose") || name.starts_with(b"compose.") || name.starts_with(b"docker-stack");
    if is_manager && ends(&[".js", ".cjs", ".mjs", ".ts"]) {
        Some(Kind::Program)
    } else if (is_manager || is_compose || name == b"process.json") && ends(&[".json", ".yml", ".yaml"]) {
        Some(Kind::Tree)
    } else if ends(&[".service"]) || ends(&[".conf"]) && path.find(b".service.d/").is_some() {
        Some(Kind::Unit)
    } else if ends(&[".yml", ".yaml"]) && !path.starts_with(b".github/") {
        Some(Kind::Perhaps)
    } else {
        None
    }
}

/// The line about it.
pub(super) fn check(context: &Context<'_>) -> Check {
    const TITLE: &str = "Process managers, compose files, manifests and units carry no secrets";
    let line = |status, why: String| Check::new("process-env", GUARDS, TITLE, status, why);
    let (mut spots, mut unread, mut seen) = (Vec::new(), Vec::new(), 0_usize);
    for file in context.files.all.iter().filter(|file| !file.is_link) {
        let Some(kind) = kind(&file.path) else { continue };
        let Some(bytes) = context.files.read(file) else {
            unread.push(context.spot(&file.path, None, "cannot be read"));
            continue;
        };
        let text = String::from_utf8_lossy(&bytes);
        let found = match kind {
            Kind::Program => Some(program::entries(&text)),
            Kind::Unit => Some(unit::entries(&text)),
            Kind::Tree => tree(&text),
            Kind::Perhaps if is_manifest(&text) => tree(&text),
            Kind::Perhaps => continue,
        };
        seen += 1;
        match found {
            None => unread.push(context.spot(&file.path, None, "is no YAML that can be taken apart")),
            Some(found) => spots.extend(judged(context, &file.path, found)),
        }
    }
    if !spots.is_empty() {
        return line(Status::Fail, "variables are set to secrets in files".to_owned()).at(spots).todo(
            "Take the values out, rotate them, and inject them at start: infisical run --env=production -- COMMAND",
        );
    }
    if !unread.is_empty() {
        return line(Status::Unknown, "not every file could be taken apart".to_owned()).at(unread);
    }
    line(Status::Pass, format!("{seen} such files were looked at"))
}

fn judged(context: &Context<'_>, path: &[u8], found: Vec<Entry>) -> Vec<Spot> {
    let judge = |(line, name, value): Entry| {
        let why = entries::judge(context, &name, &value)?;
        Some(context.spot(path, Some(line), format!("{}: {why}", context.speak(name.as_bytes()))))
    };
    found.into_iter().filter_map(judge).collect()
}

fn is_manifest(text: &str) -> bool {
    let has = |key: &str| text.lines().any(|line| line.starts_with(key));
    has("apiVersion:") && has("kind:")
}

/// The variables of a YAML or JSON file; templates in it count as text.
fn tree(text: &str) -> Option<Vec<Entry>> {
    let documents = Node::read(text).or_else(|| Node::read(&without_templates(text)))?;
    let mut found = Vec::new();
    documents.iter().for_each(|document| walk(document, &mut found));
    Some(found)
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
                let decoded = data_encoding::BASE64.decode(text.trim().as_bytes()).ok().filter(|_| is_encoded);
                let plain =
                    decoded.map_or_else(|| text.to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned());
                // Whatever stands in a Secret is one, whatever its name.
                if entries::is_real(&plain) {
                    found.push((name.line, format!("{key}_SECRET"), plain));
                }
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
        let is_block = key.text().is_some_and(|key| matches!(key, "env" | "environment") || key.starts_with("env_"));
        if is_block {
            block(value, found);
        }
        walk(value, found);
    }
    node.items().iter().for_each(|item| walk(item, found));
}

/// A map, a list of `NAME=value`, or a list of `name` and `value`.
fn block(node: &Node, found: &mut Vec<Entry>) {
    for (name, value) in node.entries() {
        push(name, value, found);
    }
    for item in node.items() {
        match &item.kind {
            NodeKind::Scalar(text) => found.extend(entries::pair(text).map(|(name, value)| (item.line, name, value))),
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
        found.push((name.line, key.to_owned(), text.to_owned()));
    }
}
