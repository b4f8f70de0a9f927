//! Process managers, compose files, Kubernetes manifests and systemd units carry no secrets of their own.

use bstr::ByteSlice;

use super::files::leaf;
use super::{Check, Context, GUARDS, Spot, Status, entries, program, unit};
use crate::policy::tree::Node;

mod manifest;

/// A variable, or a value that is one by where it stands.
struct Entry {
    line: usize,
    name: String,
    value: String,
    /// Whether whatever stands there is a secret, whatever its name.
    is_secret: bool,
}

impl Entry {
    fn variable((line, name, value): (usize, String, String)) -> Self {
        Self { line, name, value, is_secret: false }
    }

    fn secret((line, name, value): (usize, String, String)) -> Self {
        Self { line, name, value, is_secret: true }
    }
}

/// What kind of file it is by its name.
enum Kind {
    Program,
    /// A program's configuration, if it lists applications.
    PerhapsProgram,
    Unit,
    /// Lines `NAME=value` that systemd reads.
    Lines,
    /// PM2 and compose files as YAML or JSON.
    Tree,
    /// YAML or JSON that may be a compose file or a manifest.
    Perhaps,
}

/// Endings of templates: what they make is named before.
const TEMPLATES: [&str; 6] = [".j2", ".in", ".tmpl", ".tpl", ".erb", ".template"];
/// Units that set variables; the last four are Podman's.
const UNITS: [&str; 8] = [".service", ".socket", ".mount", ".swap", ".container", ".pod", ".build", ".kube"];

fn kind(path: &[u8]) -> Option<Kind> {
    let path = path.to_ascii_lowercase();
    let path = TEMPLATES.iter().find_map(|end| path.strip_suffix(end.as_bytes())).unwrap_or(&path);
    let name = leaf(path);
    let ends = |list: &[&str]| list.iter().any(|end| name.ends_with(end.as_bytes()));
    let is_manager = name.starts_with(b"ecosystem.")
        || name.starts_with(b"ecosystem-")
        || name.starts_with(b"pm2")
        || name.starts_with(b"process.")
        || name.starts_with(b"processes.");
    let is_compose =
        name.starts_with(b"docker-compose") || name.starts_with(b"compose.") || name.starts_with(b"docker-stack");
    let is_systemd = |part: &str| path.find(part).is_some() || path.starts_with(&part.as_bytes()[1..]);
    if ends(&[".js", ".cjs", ".mjs", ".ts"]) {
        return match is_manager {
            true => Some(Kind::Program),
            false => ends(&[".config.js", ".config.cjs", ".config.mjs", ".config.ts"]).then_some(Kind::PerhapsProgram),
        };
    }
    if ends(&[".json", ".yml", ".yaml"]) {
        return match is_compose || name == b"process.json" || is_manager && !name.starts_with(b"process") {
            true => Some(Kind::Tree),
            false => (!path.starts_with(b".github/")).then_some(Kind::Perhaps),
        };
    }
    if ends(&[".conf"]) {
        if is_systemd("/environment.d/") {
            return Some(Kind::Lines);
        }
        let is_unit = path.find(b".service.d/").is_some()
            || ["/service.d/", "/system.conf.d/", "/user.conf.d/", "/systemd/system.conf", "/systemd/user.conf"]
                .into_iter()
                .any(is_systemd);
        return is_unit.then_some(Kind::Unit);
    }
    ends(&UNITS).then_some(Kind::Unit)
}

/// The line about it.
pub(super) fn check(context: &Context<'_>) -> Check {
    const TITLE: &str = "Process managers, compose files, manifests and units carry no secrets";
    let line = |status, why: String| Check::new("process-env", GUARDS, TITLE, status, why);
    let (mut spots, mut unread, mut seen) = (Vec::new(), Vec::new(), 0_usize);
    for file in context.files.all.iter().filter(|file| !file.is_link) {
        let Some(kind) = kind(&file.path) else { continue };
        let Some(bytes) = context.files.read(file) else {
            // Large data in JSON is nobody's configuration.
            if !matches!(kind, Kind::Perhaps) || !context.files.is_large(file) {
                unread.push(context.spot(&file.path, None, "cannot be read"));
            }
            continue;
        };
        let text = String::from_utf8_lossy(&bytes);
        let plain = |found: Vec<(usize, String, String)>| found.into_iter().map(Entry::variable);
        let found = match kind {
            Kind::PerhapsProgram if !(text.contains("apps") && program::has_apps(&text)) => continue,
            Kind::Program | Kind::PerhapsProgram => Some(plain(program::entries(&text)).collect()),
            Kind::Unit => {
                let credentials = unit::credentials(&text).into_iter().map(Entry::secret);
                Some(plain(unit::entries(&text)).chain(credentials).collect())
            }
            Kind::Lines => Some(plain(lines(0, &text)).collect()),
            Kind::Tree => manifest::variables(&text, true),
            Kind::Perhaps if !manifest::is_likely(&text) => continue,
            Kind::Perhaps => manifest::variables(&text, false),
        };
        match found {
            None if matches!(kind, Kind::Perhaps) && !manifest::is_certain(&text) => {}
            None => unread.push(context.spot(&file.path, None, "is no YAML that can be taken apart")),
            Some(found) => {
                seen += 1;
                spots.extend(judged(context, &file.path, found));
            }
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
    let judge = |entry: Entry| {
        let why = match entry.is_secret {
            true => is_secret(&entry.value).then_some("a value where only secrets stand")?,
            false => entries::judge(context, &entry.name, &entry.value)?,
        };
        Some(context.spot(path, Some(entry.line), format!("{}: {why}", context.speak(entry.name.as_bytes()))))
    };
    found.into_iter().filter_map(judge).collect()
}

/// Says whether what stands where only secrets stand is one; documents are looked into.
fn is_secret(value: &str) -> bool {
    let is_document = value.trim_start().starts_with(['{', '[']);
    let Some(documents) = is_document.then(|| Node::read(value)).flatten() else { return entries::is_real(value) };
    let mut is_real = false;
    documents.iter().for_each(|document| {
        document.each_scalar("", &mut |key, node| {
            is_real |= !key.is_empty() && node.text().is_some_and(entries::is_real);
        });
    });
    is_real
}

/// Lines `NAME=value`, behind the line `from`.
fn lines(from: usize, text: &str) -> Vec<(usize, String, String)> {
    let pairs = text.lines().enumerate().filter_map(|(at, line)| Some((at, entries::pair(line)?)));
    pairs.map(|(at, (name, value))| (from + at + 1, name, value)).collect()
}
