//! The names by which people call a service: beside one of them, whatever looks drawn is a key of that service.
//!
//! The build script takes them from the rules that know a provider's plain keys by a name. It must never offer a word of
//! everyday code: each of them is watched for in every text.

use super::literal::HOT;
use super::spec::{FileSpec, RuleSpec};

/// The shortest name.
const SHORTEST: usize = 4;

/// Words that say what a value is and not whose.
#[rustfmt::skip]
const TELLING: &[&str] = &[
    "access", "admin", "api", "apikey", "app", "application", "auth", "bearer", "bot", "client", "consumer", "credential",
    "credentials", "dev", "developer", "id", "integration", "jwt", "key", "keys", "license", "live", "master", "oauth",
    "oauth2", "password", "pat", "personal", "private", "project", "prod", "public", "read", "rest", "secret", "server",
    "service", "signing", "space", "team", "test", "token", "tokens", "user", "web", "webhook", "workspace", "write",
];

/// Names of services that are words of code and prose.
#[rustfmt::skip]
const COMMON: &[&str] = &[
    "abstract", "access", "account", "activation", "adjust", "amazon", "apple", "archive", "arm", "authtoken", "avatax", "aws",
    "azure", "batch", "blob", "block", "blockchain", "box", "bright", "bucket", "buffer", "bump", "bundle",
    "calendar", "canvas", "captcha", "channel", "circle", "client", "clock", "close", "cluster", "code", "column",
    "command", "command_line", "compose", "connect", "connection_string", "convert", "credential",
    "credential_file", "currency", "current", "customer", "demo", "detect", "device", "did", "endpoint", "envoy",
    "eth", "event", "exchange", "export", "face", "feed", "fingerprint", "flat", "float", "form", "free", "front",
    "function", "functions", "galaxy", "generic", "google", "hash", "here", "home", "host", "ibm", "image",
    "import", "inf", "intervals", "iterable", "json", "jump", "jwt", "kafka", "keeper", "known", "kubernetes",
    "language", "light", "line", "mail", "main", "make", "maps", "matrix", "meaning", "medium", "merge", "message",
    "meta", "microsoft", "mobile", "model", "monitor", "mux", "name", "network", "next", "nomad", "notify", "now",
    "object", "open", "order", "owner", "package", "packet", "page", "password", "patch", "payment", "platform",
    "polygon", "power", "prediction", "press", "private_key", "project", "protocols", "queue", "record", "relay",
    "reply", "report", "retention", "review", "root", "router", "sanity", "sasl", "scale", "scrapy", "search",
    "seed", "segment", "semaphore", "server", "settings", "shared", "shortcut", "signer", "space", "spaces", "sql",
    "sqs", "stability", "stanch", "stash", "status", "storage", "store", "stream", "style", "summary", "support",
    "system", "table", "talk", "task", "team", "template", "tenant", "test", "testing", "third", "ticket",
    "tickets", "time", "timezone", "together", "token", "tool", "tracker", "training", "translator", "trigger",
    "typing", "uplink", "url", "user", "value", "vault", "verifier", "version", "video", "view", "vision", "wallet",
    "web", "widget", "window", "word", "work", "workspace", "write", "zoom",
];

#[cfg_attr(test, allow(dead_code, reason = "the build script asks for it"))]
/// The names of the services whose rules these are, in every spelling, each with the index of the rule that describes what
/// is found beside it: the one that knows the name, or else the first; none where all that they know is public or a file.
pub fn names(file: &FileSpec) -> Vec<(usize, String)> {
    let known = |rule: &RuleSpec| !rule.public && rule.paths.is_empty() && rule.builtin.is_none();
    let named = |rule: &RuleSpec| known(rule) && rule.assign.is_some() && rule.parts.is_empty();
    let FileSpec { provider, names, rules } = file;
    let unknown = |rule: &RuleSpec| !rule.public && !names.is_empty();
    let place = |of: &dyn Fn(&RuleSpec) -> bool| rules.iter().position(of);
    let Some(first) = place(&named).or_else(|| place(&known)).or_else(|| place(&unknown)) else { return Vec::new() };
    let own = std::iter::once(provider).chain(names).map(|name| (first, name));
    let assigned = rules.iter().enumerate().filter(|(_, rule)| named(rule));
    let assigned = assigned.filter_map(|(at, rule)| Some((at, rule.assign.as_ref()?)));
    let all = own.chain(assigned.flat_map(|(at, assign)| assign.names.iter().map(move |name| (at, name))));
    let mut found: Vec<(usize, String)> = Vec::new();
    for (at, name) in all.filter_map(|(at, name)| Some((at, owner(name)?))) {
        for name in ["", "_", "-", ".", " "].map(|joint| name.replace('_', joint)) {
            if !found.iter().any(|(_, known)| *known == name) {
                found.push((at, name));
            }
        }
    }
    found
}

/// A name without the words behind it that say what the value is.
fn owner(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let mut words: Vec<&str> = lower.split(['_', '-', '.', ' ']).filter(|word| !word.is_empty()).collect();
    while words.len() > 1 && words.last().is_some_and(|last| TELLING.contains(last)) {
        words.pop();
    }
    let flat = words.concat();
    let is_own = flat.len() >= SHORTEST
        && flat.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && !words.iter().all(|word| COMMON.contains(word) || TELLING.contains(word))
        && !COMMON.contains(&flat.as_str())
        && !HOT.contains(&flat.as_str());
    is_own.then(|| words.join("_"))
}

#[cfg(test)]
mod tests {
    use super::owner;

    #[test]
    fn a_service_is_called_by_what_is_its_own() {
        assert_eq!(owner("accuweather").as_deref(), Some("accuweather"));
        assert_eq!(owner("dead-mans-snitch").as_deref(), Some("dead_mans_snitch"));
        assert_eq!(owner("mapbox_access_token").as_deref(), Some("mapbox"));
        assert_eq!(owner("ABSTRACT_API").as_deref(), None);
        assert_eq!(owner("segment"), None);
        assert_eq!(owner("client_secret"), None);
        assert_eq!(owner("dd"), None);
    }
}
