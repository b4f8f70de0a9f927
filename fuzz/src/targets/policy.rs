//! What a repository decides about itself, of any text: the configuration, the baseline, an inventory, ignored paths.

use stanch::policy::Policy;
use stanch::policy::inventory::import;
use stanch::policy::paths_ignore::PathsIgnore;
use stanch::triage::Baseline;

/// Runs it.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(policy) = Policy::parse(text, "fuzz.yml") {
        for path in ["a", ".env", "config/.env.example", "..", ""] {
            let _ = policy.env.judge(bstr::BStr::new(path));
        }
    }
    if let Ok(mut baseline) = Baseline::parse(text, "fuzz.json") {
        let entries = baseline.entries().to_vec();
        baseline.set(entries);
    }
    let ignored = PathsIgnore::parse(text, "fuzz.yml");
    let _ = (ignored.excuse("a/b.txt").is_some(), ignored.len());
    drop(import::read(text));
}
