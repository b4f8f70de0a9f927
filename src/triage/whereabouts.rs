//! What a path says about a value: most keys and passwords among tests are made for the test, and manuals invent theirs.
//!
//! Only what rests on likeness is believed less. A token that carries its provider's mark, and whatever a checksum
//! proves, is as live in a test as anywhere else and must never be lowered here. What was believed at all stays at `low` at
//! least; only a faint likeness in a place full of them is not told. A candidate is judged once for each path of its blob.

use std::path::Path;

use bstr::{BStr, BString, ByteSlice};

use crate::detect::generic::{CALLED_EXAMPLE, COMPOSED, COUNTED, DRAWN, IN_ADDRESS};
use crate::model::{Candidate, Confidence, Provenance};
use crate::rule::{Signature, Trigger};
use crate::text::words::surplus;
use crate::text::{charset, entropy};

/// Places that take credibility from a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Test,
    /// A file among tests that is a key and nothing else.
    TestKey,
    /// A script that is called a test and stands among none: somebody tries something out with what he has.
    Trial,
    Document,
    Translation,
    Lock,
    Vendored,
}

/// How a rule comes to believe in a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ground {
    /// A provider's mark or a checksum.
    Proof,
    /// The value is a key by its structure: it is one, but perhaps one that opens nothing.
    Structure,
    /// An address with a user and a password.
    Address,
    /// A name, a grammar or a word beside a plain value.
    Likeness,
}

/// Believes a candidate less where one of its paths says that it is made up, and says why; false when it is not to be told.
#[must_use]
pub fn weigh(candidate: &mut Candidate, signature: &Signature, provenance: &Provenance, root: Option<&Path>) -> bool {
    let ground = ground(candidate, signature);
    let Some(path) = provenance.path.as_ref().filter(|_| ground != Ground::Proof) else { return true };
    let path = below(path.as_bstr(), root);
    let says = |told: &str| candidate.evidence.0.iter().any(|reason| reason == told);
    let is_drawn = says(DRAWN);
    let (is_counted, is_composed) = (says(COUNTED), says(COMPOSED));
    let mut places = provenance
        .members
        .iter()
        .map(|member| member.as_bstr())
        .chain([path])
        .filter_map(place)
        .filter(|place| *place != Place::Trial || !is_drawn)
        .map(|place| if place == Place::Trial { Place::Test } else { place });
    let is_weak = matches!(&*signature.id, "generic-weak-password" | "connection-weak-password");
    if is_weak || &*signature.id == "generic-word-password" {
        let has_digits = candidate.secret.expose().iter().any(u8::is_ascii_digit);
        let place = places.next();
        // Of the weak ones, those that hide what they are made of.
        let is_sure = candidate.confidence >= Confidence::Medium && !is_counted;
        // A number is no word of a program, in a test as little as elsewhere.
        let is_number = &*signature.id == "generic-weak-password"
            && candidate.secret.expose().len() >= 6
            && candidate.secret.expose().iter().all(u8::is_ascii_digit)
            && candidate.evidence.0.iter().any(|reason| reason == "which the value is assigned to");
        let is_told = match place {
            Some(Place::Test) => has_digits && (!is_weak || is_sure || is_number),
            Some(Place::Document) => has_digits && is_weak && is_sure,
            _ => false,
        };
        if is_told {
            candidate.confidence = Confidence::Low;
            return true;
        }
        if place.is_some() {
            candidate.evidence.add("is a faint likeness in a place that is full of them");
        }
        return place.is_none();
    }
    // What is made of words is a faint likeness wherever such values are made up.
    if is_composed && candidate.confidence == Confidence::Medium && places.clone().next().is_some() {
        candidate.confidence = Confidence::Low;
    }
    if candidate.confidence == Confidence::Low {
        let is_made_up =
            matches!(&*signature.id, "password-hash" | "htpasswd-entry" | "argument-password" | "argument-key");
        // A manual is full of examples, and lowers them once.
        let is_lowered = candidate.evidence.0.iter().any(|reason| reason == CALLED_EXAMPLE);
        let is_left = |place: Place| is_lowered && place == Place::Document;
        let is_faint = ground == Ground::Likeness
            && places.any(|place| is_made_up || is_full_of_likeness(place) && !is_left(place));
        if is_faint {
            candidate.evidence.add("is a faint likeness in a place that is full of them");
        }
        return !is_faint;
    }
    let is_alone = ground == Ground::Structure && provenance.members.is_empty() && is_key_file(candidate, path);
    let lowered = places
        .map(|place| if is_alone && place == Place::Test { Place::TestKey } else { place })
        .filter_map(|place| lowered(candidate.confidence, ground, place))
        .min_by_key(|(left, _)| *left);
    // Nobody draws the password of a database that a test makes up.
    let is_live = signature.id.starts_with("connection-string-") && is_long_draw(candidate.secret.expose());
    let least = if is_live { candidate.confidence.min(Confidence::Medium) } else { Confidence::Low };
    let lowered = lowered.map(|(left, reason)| (left.max(least), reason));
    if let Some((confidence, reason)) = lowered.filter(|(left, _)| *left < candidate.confidence) {
        candidate.confidence = confidence;
        candidate.evidence.add(reason);
    }
    true
}

/// Whether a password is a draw that no keyboard suggests.
fn is_long_draw(value: &[u8]) -> bool {
    (16..=128).contains(&value.len())
        && value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~!*".contains(byte))
        && surplus(value) >= 25.0
        && entropy::is_normal(value)
        && !charset::has_keyboard_run(value, 4)
        && !charset::is_digest(value)
}

/// Manuals, translations, hashes and the code of others: whatever is doubtful there is nothing, except among tests, which
/// people do fill with what they have at hand.
fn is_full_of_likeness(place: Place) -> bool {
    place != Place::Test
}

fn ground(candidate: &Candidate, signature: &Signature) -> Ground {
    let is_of = |families: &[&str]| families.iter().any(|family| signature.id.starts_with(family));
    let is_proven = candidate.confidence == Confidence::Certain && signature.checks.checksum.is_some();
    let is_refuted = candidate.evidence.0.iter().any(|reason| reason.contains("checksum is wrong"));
    match signature.matcher.trigger {
        _ if candidate.guessed || is_refuted => Ground::Likeness,
        _ if candidate.evidence.0.iter().any(|reason| reason == IN_ADDRESS) => Ground::Address,
        // What a passphrase protects is as little a key as what a passphrase protects in PEM.
        _ if is_of(&["private-key-", "credential-file-ethereum-keystore"]) => Ground::Structure,
        // The hash of a user of a test, whatever the notation.
        _ if is_of(&["password-hash-", "credential-file-ldif-password"]) => Ground::Likeness,
        _ if is_of(&["connection-string-", "url-credentials"]) => Ground::Address,
        _ if is_of(&["jwt-"]) => Ground::Likeness,
        // The id beside it carries the provider's mark for both.
        _ if is_of(&["aws-secret-access-key-beside-id"]) => Ground::Proof,
        _ if is_proven => Ground::Proof,
        // A seed phrase has its own checksum, and knows no other.
        Trigger::Builtin if candidate.confidence == Confidence::Certain => Ground::Proof,
        Trigger::Builtin if matches!(signature.builtin(), Some("generic" | "shape")) => Ground::Likeness,
        Trigger::Assign => Ground::Likeness,
        Trigger::Near if !signature.matcher.marked => Ground::Likeness,
        _ => Ground::Proof,
    }
}

/// What is left of a confidence, and the reason.
fn lowered(confidence: Confidence, ground: Ground, place: Place) -> Option<(Confidence, &'static str)> {
    match (place, ground) {
        (_, Ground::Proof) => None,
        (Place::TestKey, _) => {
            Some((confidence.min(Confidence::Medium), "is a key file among tests, which may be trusted nowhere else"))
        }
        (Place::Test | Place::Trial, _) => {
            Some((Confidence::Low, "stands among tests, where keys and passwords are made up"))
        }
        (Place::Document, Ground::Likeness | Ground::Address) => {
            Some((confidence.lowered(), "stands in documentation, which invents its examples"))
        }
        (Place::Translation, Ground::Likeness) => Some((Confidence::Low, "stands in a file of translated texts")),
        (Place::Lock, Ground::Likeness) => Some((Confidence::Low, "stands in a lock file, which is full of hashes")),
        (Place::Vendored, Ground::Likeness) => Some((confidence.lowered(), "came with the code of somebody else")),
        _ => None,
    }
}

/// Whether the candidate is the key that the file of this name is for. A key behind a passphrase opens nothing by
/// itself, and what a test of Java has among its resources is a collection of every kind of key.
fn is_key_file(candidate: &Candidate, path: &BStr) -> bool {
    let leaf = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let is_named = [&b".pem"[..], b".key", b".ppk", b".p8"].iter().any(|tail| leaf.ends_with(tail));
    let sealed = |mark: &[u8]| memchr::memmem::find(candidate.secret.expose(), mark).is_some();
    is_named
        && candidate.layers.is_empty()
        && candidate.span.start < 8
        && !path.split(|&byte| byte == b'/').any(|folder| folder == b"resources")
        && ![&b"ENCRYPTED"[..], b"CmFlczI1Ni1j", b"Encryption: aes"].into_iter().any(sealed)
}

/// The part of a path that the scanned tree decides: folders above it are named for other reasons.
fn below<'a>(path: &'a BStr, root: Option<&Path>) -> &'a BStr {
    let given = root.map(|root| root.components().filter(|part| *part != std::path::Component::CurDir));
    let given = given.map(|parts| BString::from(parts.collect::<std::path::PathBuf>().to_string_lossy().as_bytes()));
    let rest = given.filter(|given| !given.is_empty()).and_then(|given| path.strip_prefix(given.as_slice()));
    if let Some(rest) = rest.and_then(|rest| rest.strip_prefix(b"/")) {
        return rest.as_bstr();
    }
    let is_elsewhere = path.starts_with(b"/") || path.starts_with(b"..");
    if is_elsewhere { path.rsplit_str("/").next().unwrap_or_default().as_bstr() } else { path }
}

fn place(path: &BStr) -> Option<Place> {
    let mut components = path.rsplit(|&byte| byte == b'/' || byte == b'\\');
    let leaf = components.next().unwrap_or_default();
    if is_identity(leaf) {
        return None;
    }
    let folders: Vec<Vec<u8>> = components.map(<[u8]>::to_ascii_lowercase).collect();
    let holds = |names: &[&[u8]]| folders.iter().any(|folder| names.contains(&folder.as_slice()));
    let split = || path.split(|&byte| byte == b'/' || byte == b'\\');
    if split().take(folders.len()).any(is_test_folder) {
        Some(Place::Test)
    } else if is_test_file(leaf) {
        Some(if is_trial(leaf) { Place::Trial } else { Place::Test })
    } else if is_lock(leaf) {
        Some(Place::Lock)
    } else if holds(&[b"vendor", b"node_modules", b"third_party", b"third-party", b"bower_components"]) {
        Some(Place::Vendored)
    } else if holds(&[b"locale", b"locales", b"i18n", b"l10n", b"lang", b"langs", b"translations"])
        || is_catalogue(leaf)
        // `res/values-fr/strings.xml`; the folder without a language holds settings as well.
        || folders.first().is_some_and(|folder| folder.starts_with(b"values-")) && leaf.ends_with(b".xml")
    {
        Some(Place::Translation)
    } else if holds(&[b"doc", b"docs", b"documentation", b"javadoc"]) || is_document(leaf) {
        Some(Place::Document)
    } else {
        None
    }
}

/// An SSH identity is a person's or a machine's, in whatever folder it was left.
fn is_identity(leaf: &[u8]) -> bool {
    matches!(leaf, b"id_rsa" | b"id_dsa" | b"id_ecdsa" | b"id_ed25519")
}

/// The words of a name, cut at signs and at changes of case.
fn words(name: &[u8]) -> impl DoubleEndedIterator<Item = Vec<u8>> {
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut last = 0_u8;
    for &byte in name {
        let is_start = !last.is_ascii_alphanumeric() || byte.is_ascii_uppercase() && !last.is_ascii_uppercase();
        if byte.is_ascii_alphanumeric() {
            match words.last_mut().filter(|_| !is_start) {
                Some(word) => word.push(byte.to_ascii_lowercase()),
                None => words.push(vec![byte.to_ascii_lowercase()]),
            }
        }
        last = byte;
    }
    words.into_iter()
}

fn is_test_word(word: &[u8]) -> bool {
    matches!(
        word,
        b"test" | b"tests" | b"testing" | b"testdata" | b"testsuite" | b"fixture" | b"fixtures" | b"mock" | b"mocks"
    )
}

fn is_test_folder(name: &[u8]) -> bool {
    let whole = matches!(
        name,
        b"t" | b"spec"
            | b"specs"
            | b"Spec"
            | b"e2e"
            | b"regress"
            | b"regression"
            | b"testutil"
            | b"testutils"
            | b"cassettes"
            | b"__snapshots__"
    );
    whole || words(name).any(|word| is_test_word(&word))
}

fn is_test_file(leaf: &[u8]) -> bool {
    let leaf = rendered(leaf);
    let stem = leaf.iter().rposition(|&byte| byte == b'.').map_or(leaf, |dot| &leaf[..dot]);
    let all: Vec<Vec<u8>> = words(stem).collect();
    let [first, .., last] = all.as_slice() else { return stem == b"conftest" };
    let is_data = all.windows(2).any(|pair| pair[0] == b"test" && matches!(pair[1].as_slice(), b"data" | b"keys"));
    is_test_word(last)
        || first == b"test"
        || is_data
        || [&b".spec"[..], b"_spec", b"Spec", b"TestCase", b"_testcase"].into_iter().any(|tail| stem.ends_with(tail))
}

/// What a template's result is called: `login_test.exs` of `login_test.exs.eex`.
fn rendered(leaf: &[u8]) -> &[u8] {
    let endings = [&b".eex"[..], b".ejs", b".erb", b".hbs", b".j2", b".jinja", b".mustache", b".tmpl", b".tpl", b".tt"];
    endings.into_iter().find_map(|ending| leaf.strip_suffix(ending)).unwrap_or(leaf)
}

/// `test_request.py`, `test-mail.sh`: a script that is run by itself, where tests have a folder or say it last.
fn is_trial(leaf: &[u8]) -> bool {
    let is_script =
        [&b".py"[..], b".js", b".sh", b".php", b".rb", b".ps1", b".bat"].iter().any(|tail| leaf.ends_with(tail));
    let stem = leaf.iter().rposition(|&byte| byte == b'.').map_or(leaf, |dot| &leaf[..dot]);
    let all: Vec<Vec<u8>> = words(stem).collect();
    is_script && all.len() >= 2 && all[0] == b"test" && !all[1..].iter().any(|word| is_test_word(word))
}

fn is_lock(leaf: &[u8]) -> bool {
    const NAMES: &[&[u8]] = &[
        b"go.sum",
        b"package-lock.json",
        b"npm-shrinkwrap.json",
        b"pnpm-lock.yaml",
        b"packages.lock.json",
        b"Package.resolved",
        b"gradle.lockfile",
        b"bun.lockb",
        b"MODULE.bazel.lock",
        b"flake.lock",
        b"mix.lock",
    ];
    NAMES.contains(&leaf) || leaf.ends_with(b".lock") || leaf.ends_with(b"SUMS") || leaf.ends_with(b".sha256")
}

fn is_catalogue(leaf: &[u8]) -> bool {
    let ends = |tail: &&[u8]| leaf.ends_with(tail);
    [&b".po"[..], b".pot", b".xliff", b".xlf", b".strings", b".arb", b".resx"].iter().any(ends)
        || leaf.starts_with(b"messages_") && leaf.ends_with(b".properties")
}

fn is_document(leaf: &[u8]) -> bool {
    let lower = leaf.to_ascii_lowercase();
    [&b".md"[..], b".mdx", b".markdown", b".rst", b".adoc", b".asciidoc", b".rdoc", b".pod", b".ronn", b".textile"]
        .iter()
        .any(|tail| lower.ends_with(tail))
        || lower.starts_with(b"changelog")
        || lower.starts_with(b"readme")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str) -> Option<Place> {
        place(path.into())
    }

    #[test]
    fn tests_are_told_by_folder_and_file() {
        for path in [
            "test/a.rb",
            "src/test/java/A.java",
            "pkg/x/testdata/a.yml",
            "a/b_test.go",
            "templates/a_live_test.exs.eex",
            "src/a.spec.ts",
            "tests/unit/a.py",
            "App.Tests/A.cs",
            "src/FooTest.java",
            "src/FooTests.java",
            "spec/models/a_spec.rb",
            "t/t5563.sh",
            "src/dockerTest/resources/ssl.key",
            "src/testFixtures/resources/a.pem",
            "smoke-test/src/main/resources/a.txt",
            "openpgp/keys_test_data.go",
            "conftest.py",
            "test_client.c",
            "test_client_test.py",
            "config.test.json",
            "vendor/x/testdata/a.json",
            "regress/keys/rsa.prv",
        ] {
            assert_eq!(of(path), Some(Place::Test), "{path}");
        }
        for path in [
            "src/main/java/A.java",
            "config/latest.yml",
            "contest/a.py",
            "test.env",
            "protest.txt",
            "attest/a.go",
            "inventory/manifest.ini",
            "Test",
            "pod-spec.yaml",
            "src/inspect.py",
            "tests/docker/ssh/id_rsa",
            "examples/app.py",
            ".env.example",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
    }

    #[test]
    fn other_places() {
        for (path, expected) in [
            ("test_client.py", Place::Trial),
            ("scripts/test-mail.sh", Place::Trial),
            ("tests/test_client.py", Place::Test),
            ("docs/setup.html", Place::Document),
            ("README.md", Place::Document),
            ("guide/a.rst", Place::Document),
            ("guide/a.ronn", Place::Document),
            ("config/locales/de.yml", Place::Translation),
            ("app/messages_de.properties", Place::Translation),
            ("app/src/main/res/values-nl/strings.xml", Place::Translation),
            ("a/b/yarn.lock", Place::Lock),
            ("go.sum", Place::Lock),
            ("vendor/github.com/x/y.go", Place::Vendored),
            ("web/node_modules/x/index.js", Place::Vendored),
        ] {
            assert_eq!(of(path), Some(expected), "{path}");
        }
    }

    #[test]
    fn folders_above_the_scanned_tree_do_not_count() {
        let rest = |path: &'static str, root: &str| below(path.into(), Some(Path::new(root))).to_string();
        assert_eq!(rest("/var/tests/x/src/a.py", "/var/tests/x"), "src/a.py");
        assert_eq!(rest("/var/tests/x/tests/a.py", "/var/tests/x/"), "tests/a.py");
        assert_eq!(rest("/var/tests/other/a.py", "/var/tests/x"), "a.py");
        assert_eq!(rest("../tests/a.py", "."), "a.py");
        assert_eq!(rest("tests/a.py", "."), "tests/a.py");
    }

    #[test]
    fn long_draws() {
        assert!(is_long_draw(b"mzQ4xVp8kW2rTn6bYc3hLd9s"));
        for value in [
            "asdfqwer1234asdf",
            "lantern-harbour-copper",
            "0b1946ac92492d2347c6235b4d2611184f2b8a1c",
            "p%40ssword1234567",
        ] {
            assert!(!is_long_draw(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn a_place_never_raises_and_never_denies() {
        for &confidence in Confidence::ALL {
            for ground in [Ground::Proof, Ground::Structure, Ground::Address, Ground::Likeness] {
                for place in
                    [Place::Test, Place::TestKey, Place::Document, Place::Translation, Place::Lock, Place::Vendored]
                {
                    let left = lowered(confidence, ground, place).map_or(confidence, |(left, _)| left);
                    assert!(left <= confidence, "{confidence} {ground:?} {place:?}");
                    assert!(ground != Ground::Proof || left == confidence);
                }
            }
        }
        assert_eq!(lowered(Confidence::Certain, Ground::Structure, Place::Document), None);
        assert_eq!(lowered(Confidence::High, Ground::Address, Place::Lock), None);
    }
}
