//! Judgement by place: tests, documentation, lock files.

use crate::support::{Sandbox, token};

/// A password that looks drawn, different for every seed.
fn password(seed: u64) -> String {
    format!("{}x!{}", &token(seed)[5..12], &token(seed + 100)[6..11])
}

fn key() -> String {
    let validator = stanch::text::validate::Validator::from_name("pem").unwrap();
    let mut state = 77_u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 3
    };
    validator.generate("RSA PRIVATE KEY", &mut random)
}

fn line(password: &str) -> String {
    format!("db_password = \"{password}\"\n")
}

#[test]
fn likeness_among_tests_is_told_at_low_confidence_only() {
    let sandbox = Sandbox::repository();
    sandbox.write("tests/settings.py", line(&password(1)));
    sandbox.write("tests/keys.py", format!("KEY = \"\"\"{}\"\"\"\n", key()));
    let _ = sandbox.stanch(&["scan"]).exits(0);
    let run = sandbox.stanch(&["scan", "--min-confidence", "low"]).exits(1).says("tests/settings.py");
    let _ = run.says("tests/keys.py");
    sandbox.write("src/settings.py", line(&password(1)));
    sandbox.write("src/keys.py", format!("KEY = \"\"\"{}\"\"\"\n", key()));
    let run = sandbox.stanch(&["scan"]).exits(1).says("src/settings.py:1").says("src/keys.py");
    assert!(!run.stdout.contains("tests/"), "{}", run.stdout);
}

#[test]
fn a_key_file_is_denied_among_tests_too() {
    let sandbox = Sandbox::repository();
    sandbox.write("tests/certs/server.key", key());
    let _ = sandbox.stanch(&["scan"]).exits(1).says("tests/certs/server.key").says("is a key file among tests");
}

#[test]
fn what_is_proven_is_told_in_every_place() {
    for path in ["tests/a.py", "docs/a.md", "vendor/x/a.go", "go.sum", "locale/de.po"] {
        let sandbox = Sandbox::repository();
        sandbox.write(path, format!("x = \"{}\"\n", token(3)));
        let _ = sandbox.stanch(&["scan"]).exits(1).says(path);
    }
}

#[test]
fn explain_looks_at_the_column_that_it_is_given() {
    let sandbox = Sandbox::new();
    let (one, two) = (token(70), token(71));
    sandbox.write("a.txt", format!("é {one} {two}\n"));
    let second = 3 + one.len() + 1;
    let both = sandbox.stanch(&["explain", "a.txt:1"]).exits(0).says("a.txt:1:3").says(&format!("a.txt:1:{second}"));
    assert_eq!(both.stdout.matches("value:").count(), 2);
    for column in [3, 20, second - 2] {
        let run = sandbox.stanch(&["explain", &format!("a.txt:1:{column}")]).exits(0).says("a.txt:1:3 ");
        assert_eq!(run.stdout.matches("value:").count(), 1, "{column}: {}", run.stdout);
    }
    let _ = sandbox.stanch(&["explain", &format!("a.txt:1:{second}")]).exits(0).says(&format!("a.txt:1:{second} "));
    let run = sandbox.stanch(&["explain", "a.txt:1:1"]).exits(0).says("a.txt:1:1: no rule").says("does at a.txt:1:3");
    assert!(!run.stdout.contains("value:"), "{}", run.stdout);
    for wrong in ["a.txt", "a.txt:0", "a.txt:1:0", "a.txt:x", ":1"] {
        let _ = sandbox.stanch(&["explain", wrong]).exits(2);
    }
}

#[test]
fn explain_tells_the_place() {
    let sandbox = Sandbox::repository();
    sandbox.write("tests/unit/settings.py", line(&password(4)));
    let run = sandbox.stanch(&["explain", "tests/unit/settings.py:1"]).exits(0);
    let _ = run.says("stands among tests").says("low confidence").says("not reported");
    let inside = sandbox
        .command(crate::support::binary())
        .current_dir(sandbox.dir.join("tests/unit"))
        .args(["explain", "settings.py:1"])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&inside.stdout).contains("stands among tests"));
}

#[test]
fn every_walk_judges_each_path_of_a_blob() {
    let sandbox = Sandbox::repository();
    sandbox.write("tests/settings.py", line(&password(5)));
    sandbox.git(&["add", "--all"]);
    let _ = sandbox.stanch(&["staged"]).exits(0);
    sandbox.commit("Add settings of tests");
    let _ = sandbox.stanch(&["history"]).exits(0);
    sandbox.write("src/settings.py", line(&password(5)));
    sandbox.git(&["add", "--all"]);
    let _ = sandbox.stanch(&["staged"]).exits(1).says("src/settings.py");
    sandbox.commit("Add settings");
    let run = sandbox.stanch(&["history"]).exits(1).says("src/settings.py");
    assert!(!run.stdout.contains("tests/settings.py"), "{}", run.stdout);
}

#[test]
fn the_names_above_the_scanned_folder_say_nothing() {
    let sandbox = Sandbox::new();
    sandbox.write("tests/app/src/settings.py", line(&password(6)));
    let folder = sandbox.dir.join("tests/app");
    let _ = sandbox.stanch(&["scan", folder.to_str().unwrap()]).exits(1).says("settings.py");
    let _ = sandbox.stanch(&["scan", "tests/app"]).exits(1).says("settings.py");
    let _ = sandbox.stanch(&["scan", "."]).exits(0);
}

#[test]
fn a_lock_file_hides_no_address_with_a_password_and_its_hashes_are_no_keys() {
    let sandbox = Sandbox::repository();
    let hash = data_encoding::BASE64.encode(&token(7).as_bytes()[4..36]);
    sandbox.write("go.sum", format!("github.com/akamai/edgegrid-golang/v13 v13.2.0 h1:{hash}\n"));
    sandbox.write("package.json", format!("{{\"datadog\": {{\"integrity\": \"sha256-{hash}\"}}}}\n"));
    let _ = sandbox.stanch(&["scan", "--min-confidence", "low"]).exits(0);
    let secret = password(8);
    sandbox.write(
        "yarn.lock",
        format!(
            "left-pad@^1.3.0:\n  resolved \"https://deploy:{secret}@npm.acme.io/left-pad-1.3.0.tgz#{}\"\n",
            &hash[..40]
        ),
    );
    let _ = sandbox.stanch(&["scan"]).exits(1).says("yarn.lock:2");
}

#[test]
fn a_faint_likeness_is_told_in_code_and_not_in_a_manual() {
    let sandbox = Sandbox::repository();
    sandbox.write("src/a.py", "db_password = \"Summer2019x\"\n");
    sandbox.write("docs/a.py", "db_password = \"Summer2019x\"\n");
    let run = sandbox.stanch(&["scan", "--min-confidence", "low"]).exits(1).says("src/a.py");
    assert!(!run.stdout.contains("docs/a.py"), "{}", run.stdout);
    let _ = sandbox.stanch(&["explain", "docs/a.py:1"]).exits(0).says("faint likeness").says("not reported");
}

#[test]
fn numbers_and_disguised_words_are_told_at_low_confidence_where_they_are_made_up() {
    let sandbox = Sandbox::repository();
    let number = 123_456_u32.to_string();
    let (number, words) = (format!("password: \"{number}\"\n"), format!("DB_PASSWORD={}{}\n", "Adm1n", "istrat0r1"));
    for (path, text, is_told) in [
        ("spec/factories/users.rb", &number, true),
        ("spec/factories/digits.rb", &"password: \"12345\"\n".to_owned(), false),
        ("docs/setup.md", &words, true),
        ("docs/plain.md", &"DB_PASSWORD=administrator\n".to_owned(), false),
    ] {
        sandbox.write(path, text.as_str());
        let run = sandbox.stanch(&["scan", "--min-confidence", "low"]);
        assert_eq!(run.stdout.contains(path), is_told, "{path}: {}", run.stdout);
    }
    let _ = sandbox.stanch(&["scan"]).exits(0);
}

#[test]
fn code_that_somebody_commented_out_is_no_manual() {
    let sandbox = Sandbox::repository();
    for (path, mark, is_denied) in [("a.cs", "////", true), ("b.cs", "//", true), ("c.cs", "///", false)] {
        sandbox.write(path, format!("{mark} password = \"{}{}\";\n", "Lantern", 84));
        let run = sandbox.stanch(&["scan", path]);
        assert_eq!(run.stdout.contains(path), is_denied, "{path}: {}", run.stdout);
    }
}

#[test]
fn a_script_that_tries_something_out_is_no_test_of_a_program() {
    let sandbox = Sandbox::repository();
    sandbox.write("test_request.py", format!("api_key = \"{}\"\n", &token(31)[4..36]));
    let _ = sandbox.stanch(&["scan"]).exits(1).says("test_request.py:1");
    sandbox.write("tests/test_request.py", format!("api_key = \"{}\"\n", &token(32)[4..36]));
    let run = sandbox.stanch(&["scan"]).exits(1);
    assert!(!run.stdout.contains("tests/"), "{}", run.stdout);
}
