//! Every credential file and code shape in many renderings, with random values: all found at the default confidence,
//! and as many look-alikes without a secret: none.
//!
//! The seed is printed; `STANCH_SEED` sets another.

#![allow(clippy::print_stdout, reason = "the seed and the table are what a failure is read with")]
#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that goes wrong")]

use std::sync::{Arc, OnceLock};

use stanch::detect::{Engine, Scratch};
use stanch::model::{Candidate, Chunk, Confidence, Span};
use stanch::rule::example::{self, Example, Seeded};
use stanch::rule::{RuleSet, load_texts};
use stanch::text::{charset, entropy, placeholder, words};

#[path = "shapes/calls.rs"]
mod calls;
#[path = "shapes/code.rs"]
mod code;
#[path = "shapes/files.rs"]
mod files;
#[path = "shapes/given.rs"]
mod given;
#[path = "shapes/keys.rs"]
mod keys;
#[path = "shapes/lookalikes.rs"]
mod lookalikes;
#[path = "shapes/servers.rs"]
mod servers;
#[path = "shapes/services.rs"]
mod services;

/// A shape: templates with a marked value, and what looks like it and holds no secret.
struct Shape {
    name: &'static str,
    /// Templates as in rules; `§pw` is a drawn password, `§word` one made of words, `§64(…)` the base64 of a text.
    secrets: &'static [&'static str],
    /// Templates without a secret. When empty, the marked value is replaced by each of [`STAND_INS`].
    harmless: &'static [&'static str],
    /// Whether lines must begin where they begin.
    is_fixed: bool,
}

/// How many renderings of each shape at least, and of each of its templates.
const RENDERINGS: usize = 24;
const OF_EACH: usize = 20;

/// What stands where a secret will be.
const STAND_INS: &[&str] = &[
    "changeme",
    "${SECRET_VALUE}",
    "$SECRET_VALUE",
    "xxxxxxxxxxxx",
    "********",
    "your-password-here",
    "placeholder",
    "REDACTED",
    "{{secret_value}}",
    "<secret>",
    "%SECRET_VALUE%",
    "example",
];

const WORDS: &[&str] = &[
    "Copper", "Lantern", "Meadow", "Harvest", "Falcon", "Thunder", "Granite", "Velvet", "Cobalt", "Juniper", "Saffron",
    "Tundra", "Walnut", "Zephyr", "Orchid", "Marble", "Pepper", "Canyon", "Glacier", "Bramble",
];

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut rules = RuleSet::embedded();
        // What an organisation adds to them.
        let own = ("lanternworks.yml".into(), include_str!("shapes/lanternworks.yml").to_owned());
        rules.extend(load_texts(vec![own]).unwrap()).unwrap();
        Engine::new(Arc::new(rules))
    })
}

fn seed() -> usize {
    std::env::var("STANCH_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_122)
}

/// Fills in the passwords of a template.
fn fill(template: &str, random: &mut Seeded) -> String {
    let mut text = template.to_owned();
    while let Some(at) = text.find("§pw") {
        let tail = ["!", "#", "-", "_", "."][random.draw() as usize % 5];
        let password =
            example::expand(&format!("%{{base62:5}}4%{{base62:4-7}}{tail}%{{lower:1}}%{{upper:1}}"), random).unwrap();
        text.replace_range(at..at + "§pw".len(), &String::from_utf8(password.text).unwrap());
    }
    while let Some(at) = text.find("§word") {
        let mut word = || WORDS[random.draw() as usize % WORDS.len()];
        let (one, mut other) = (word(), word());
        while one == other {
            other = word();
        }
        let sign = ["-", "_", "!", "#"][random.draw() as usize % 4];
        let password = format!("{one}{sign}{other}{}", 12 + random.draw() % 80);
        text.replace_range(at..at + "§word".len(), &password);
    }
    while let Some(at) = text.find("§64(") {
        let close = at + text[at..].find(")64").unwrap();
        let inner = text[at + "§64(".len()..close].replace(['«', '»'], "");
        let inner = example::expand(&inner, random).unwrap();
        text.replace_range(at..close + 3, &data_encoding::BASE64.encode(&inner.text));
    }
    text
}

/// The same text among other lines, with other line ends, at another depth.
fn dress(text: &str, kind: usize, is_fixed: bool) -> String {
    let indent = |by: &str| text.lines().map(|line| format!("{by}{line}\n")).collect::<String>();
    match kind % 10 {
        1 => format!("# settings of the second stage\n\n{text}"),
        2 => text.replace('\n', "\r\n"),
        3 if !is_fixed => indent("    "),
        // Where lines are indented by blanks, a tab would mean something else.
        4 if !is_fixed && text.contains("\n  ") => indent("        "),
        4 if !is_fixed => indent("\t"),
        5 => format!("{text}\n\nNothing else is written here.\n"),
        6 => format!("\n\n{text}\n\n"),
        7 if !is_fixed => indent("            "),
        8 => format!("# settings of the second stage\r\n{}", text.replace('\n', "\r\n")),
        9 => text.trim_end().to_owned(),
        _ => text.to_owned(),
    }
}

/// What is believed of a text in a file of any name.
fn believed(text: &[u8]) -> Vec<Candidate> {
    let mut found = believed_somewhere(text);
    // These count in files of certain names.
    found.retain(|candidate| {
        !["secret-file-value", "password-file-entry"].contains(&&*engine().rules().signature(candidate.rule).id)
    });
    found
}

/// What is believed of a text in a file of some name.
fn believed_somewhere(text: &[u8]) -> Vec<Candidate> {
    let rules = engine().rules();
    let mut scratch = Scratch::default();
    scratch.is_content = true;
    let mut found = engine().scan(Chunk::whole(text), &mut scratch);
    found.retain(|candidate| candidate.confidence >= Confidence::Medium && !rules.signature(candidate.rule).public);
    found
}

fn run(shapes: &[Shape]) {
    let seed = seed();
    println!("seed {seed}");
    let mut wrong = Vec::new();
    for shape in shapes {
        let (mut missed, mut noisy) = (Vec::new(), Vec::new());
        let rounds = RENDERINGS.max(shape.secrets.len() * OF_EACH);
        for round in 0..rounds {
            let template = shape.secrets[round % shape.secrets.len()];
            let kind = round / shape.secrets.len();
            let (text, value) = render(shape, template, kind, seed.wrapping_mul(10_000) + round);
            if !believed(&text.text).iter().any(|candidate| touches(candidate, value)) {
                missed.push(String::from_utf8_lossy(&text.text).into_owned());
            }
        }
        for round in 0..rounds {
            let mut random = Seeded::new(shape.name, seed.wrapping_mul(10_000) + 5_000 + round);
            let template = match shape.harmless {
                [] => stand_in(shape.secrets[round % shape.secrets.len()], STAND_INS[round % STAND_INS.len()]),
                harmless => harmless[round % harmless.len()].to_owned(),
            };
            let template = dress(&fill(&template, &mut random), round / 3, shape.is_fixed);
            let text = example::expand(&template, &mut random).unwrap().text;
            for candidate in believed(&text) {
                let rule = &engine().rules().signature(candidate.rule).id;
                noisy.push(format!("{rule}: {}", String::from_utf8_lossy(&text)));
            }
        }
        println!(
            "{:40} found {:3} of {rounds}, look-alikes found {:3} of {rounds}",
            shape.name,
            rounds - missed.len(),
            noisy.len()
        );
        wrong.extend(missed.iter().map(|text| format!("missing: {}:\n{text}", shape.name)));
        wrong.extend(noisy.iter().map(|text| format!("noisy: {}: {text}", shape.name)));
    }
    assert!(wrong.is_empty(), "seed {seed}: {} wrong\n{}", wrong.len(), wrong.join("\n----\n"));
}

/// A template filled in and dressed, and where its value stands. A draw that nobody can tell from what people write (it spells
/// `pass`, or repeats itself as one in some ten thousand does) is drawn again.
fn render(shape: &Shape, template: &str, kind: usize, number: usize) -> (Example, Span) {
    let mut again = 0;
    loop {
        let mut random = Seeded::new(shape.name, number + again * 100_000_000);
        let dressed = dress(&fill(template, &mut random), kind, shape.is_fixed);
        let text = example::expand(&dressed, &mut random).unwrap();
        let value = text.value.expect("a marked value");
        let drawn = value.of(&text.text);
        again += 1;
        // What a template says in words is meant so.
        let is_drawn = template.contains("%{") || template.contains("§pw");
        let is_odd = is_drawn && drawn.len() <= 64 && is_odd(drawn);
        if again == 4 || !is_odd {
            return (text, value);
        }
    }
}

/// Whether a draw spells a word that people build passwords of, repeats itself, or reads as a name does.
fn is_odd(drawn: &[u8]) -> bool {
    let is_hex = drawn.iter().all(u8::is_ascii_hexdigit);
    let reads = drawn.len() >= 12 && !is_hex && words::surplus(drawn) < 1.2 * drawn.len().min(20) as f32;
    placeholder::is_placeholder(drawn)
        || placeholder::is_worn(drawn)
        || charset::has_keyboard_run(drawn, 5)
        || !entropy::is_normal(drawn)
        || reads
}

fn touches(candidate: &Candidate, value: Span) -> bool {
    std::iter::once(candidate.span).chain(candidate.parts.iter().map(|part| part.span)).any(|span| span.overlaps(value))
}

/// The template with something else in the place of its value.
fn stand_in(template: &str, other: &str) -> String {
    let (Some(open), Some(close)) = (template.find('«'), template.find('»')) else { return template.to_owned() };
    let value = &template[open..close + '»'.len_utf8()];
    let other = match (value.contains("§64("), value.split_once("§pw").or(value.split_once("§word"))) {
        (true, _) => format!("§64({other})64"),
        (false, Some((before, after))) => {
            format!("{}{other}{}", &before['«'.len_utf8()..], after.trim_end_matches('»'))
        }
        (false, None) => other.to_owned(),
    };
    // Whatever else in the template was the same secret.
    format!("{}{other}{}", &template[..open], &template[close + '»'.len_utf8()..])
}

#[test]
fn a_rails_master_key_is_all_that_its_file_holds() {
    for round in 0..RENDERINGS {
        let mut random = Seeded::new("master.key", seed().wrapping_mul(1000) + round);
        let end = ["", "\n", "\r\n"][round % 3];
        let key = example::expand("%{hex:32}", &mut random).unwrap().text;
        let text = [&key[..], end.as_bytes()].concat();
        assert!(!believed(&text).is_empty(), "seed {}: {}", seed(), String::from_utf8_lossy(&text));
        let listed = [&key[..], b"  a.tar.gz\n"].concat();
        assert!(believed(&listed).is_empty(), "seed {}: {}", seed(), String::from_utf8_lossy(&listed));
    }
}

#[test]
fn stores_of_keys_as_files() {
    for round in 0..RENDERINGS * keys::STORES.len() {
        let mut random = Seeded::new("stores", seed().wrapping_mul(1000) + round);
        let mut file = |heads: &[&[u8]]| {
            let body: Vec<u8> = (0..900).map(|_| (random.draw() >> 8) as u8).collect();
            [heads[round % heads.len()], &body].concat()
        };
        let (store, trust) = (file(keys::STORES), file(keys::TRUST_STORES));
        assert!(!believed(&store).is_empty(), "seed {}: {round}", seed());
        assert!(believed(&trust).is_empty(), "seed {}: {round}", seed());
    }
}

#[test]
fn credential_files() {
    run(files::SHAPES);
}

#[test]
fn files_that_hold_nothing_else() {
    for (name, secrets, harmless) in servers::LONE {
        for round in 0..RENDERINGS {
            let mut random = Seeded::new(name, seed().wrapping_mul(1000) + round);
            let render = |template: &str, random: &mut Seeded| {
                let template = fill(template, random);
                let head = ["", "\n", "\n\n"][round % 3];
                let text = format!("{head}{}{}", template.trim_end(), ["", "\n", "\n\n"][round / 3 % 3]);
                example::expand(&if round % 2 == 0 { text } else { text.replace('\n', "\r\n") }, random).unwrap()
            };
            let secret = render(secrets[round % secrets.len()], &mut random);
            let value = secret.value.expect("a marked value");
            let found = believed_somewhere(&secret.text);
            let text = String::from_utf8_lossy(&secret.text);
            assert!(found.iter().any(|candidate| touches(candidate, value)), "seed {}: {name}: {text}", seed());
            let other = render(harmless[round % harmless.len()], &mut random).text;
            let text = String::from_utf8_lossy(&other);
            assert!(believed_somewhere(&other).is_empty(), "seed {}: {name}: {text}", seed());
        }
    }
}

#[test]
fn servers_and_networks() {
    run(servers::SHAPES);
}

#[test]
fn secrets_in_code() {
    run(code::SHAPES);
}

#[test]
fn secrets_that_are_passed() {
    run(calls::SHAPES);
}

#[test]
fn secrets_that_are_given() {
    run(given::SHAPES);
}

#[test]
fn keys_and_stores() {
    run(keys::SHAPES);
}

#[test]
fn services() {
    run(services::SHAPES);
}

#[test]
fn what_looks_drawn_and_opens_nothing_is_not_told() {
    let mut noisy = Vec::new();
    for kind in lookalikes::KINDS {
        for round in 0..RENDERINGS.max(kind.texts.len() * 3) {
            let mut random = Seeded::new(kind.name, seed().wrapping_mul(1000) + round);
            let template = dress(kind.texts[round % kind.texts.len()], round / kind.texts.len(), false);
            let text = example::expand(&template, &mut random).unwrap().text;
            for candidate in believed(&text) {
                let rule = &engine().rules().signature(candidate.rule).id;
                noisy.push(format!("{}: {rule}: {}", kind.name, String::from_utf8_lossy(&text)));
            }
        }
    }
    assert!(noisy.is_empty(), "seed {}: {} told\n{}", seed(), noisy.len(), noisy.join("\n----\n"));
}

#[test]
fn private_registries_in_lock_files() {
    run(lookalikes::SHAPES);
}
