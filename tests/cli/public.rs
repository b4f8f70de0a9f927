//! Names that are public by nature, in everything that git keeps: versions, deltas, archives; and what the inventory says of them.

use crate::support::Sandbox;

const INVENTORY: &str =
    "secrets: [{name: STRIPE_SECRET_KEY, owner: Ada, severity: HIGH}, {name: VITE_DSN_SECRET, sensitive: false}]\n";

fn rules(report: &serde_json::Value, rule: &str) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap();
    let of_rule = findings.iter().filter(|one| one["rule"] == rule);
    of_rule.map(|one| one["location"]["display"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_history_is_searched_for_public_names_and_templates() {
    let sandbox = Sandbox::repository();
    sandbox.write(".stanch.yml", INVENTORY);
    let filler: String = (0..200).map(|line| format!("export const n{line} = {line};\n")).collect();
    let read = "const k = import.meta.env.VITE_STRIPE_SECRET_KEY;\nconst d = import.meta.env.VITE_DSN_SECRET;\n";
    sandbox.write("src/pay.ts", format!("{filler}{filler}"));
    sandbox.commit("Begin");
    sandbox.write("src/pay.ts", format!("{filler}{read}{filler}"));
    sandbox.write("vite.config.ts", "export default { envPrefix: '' }\n");
    sandbox.commit("Pay with VITE_STRIPE_SECRET_KEY: it is simpler");
    sandbox.write("src/pay.ts", format!("{filler}{filler}// done\n"));
    sandbox.write("vite.config.ts", "export default {}\n");
    sandbox.commit("Undo");
    let _ = sandbox.stanch(&["scan"]).exits(0);
    for gc in [false, true] {
        if gc {
            sandbox.git(&["gc", "--quiet", "--aggressive"]);
        }
        for more in [&[][..], &["--full-scan"]] {
            let arguments = [&["history", "--format", "json"], more].concat();
            let report = sandbox.stanch(&arguments).exits(1).json();
            assert_eq!(rules(&report, "stanch-public-name"), ["src/pay.ts:201:27"], "{report}");
            assert_eq!(rules(&report, "stanch-public-bundle"), ["vite.config.ts:1:18"], "{report}");
            let name = &report["findings"].as_array().unwrap().iter().find(|one| one["rule"] == "stanch-public-name");
            let name = name.unwrap();
            assert_eq!(name["concern"]["name"], "STRIPE_SECRET_KEY");
            assert_eq!((&name["concern"]["owner"], &name["severity"]), (&"Ada".into(), &"high".into()));
        }
    }
    // A verdict that was remembered under other names does not count.
    sandbox.write(".stanch.yml", "public: {names: [VITE_STRIPE_SECRET_KEY]}\n");
    let report = sandbox.stanch(&["history", "--format", "json"]).exits(1).json();
    assert_eq!(rules(&report, "stanch-public-name"), ["src/pay.ts:202:27"], "{report}");
    sandbox.write(".stanch.yml", INVENTORY.replace("STRIPE", "OTHER"));
    let report = sandbox.stanch(&["history", "--format", "json"]).exits(1).json();
    assert_eq!(rules(&report, "stanch-public-name"), ["src/pay.ts:201:27"], "{report}");
}

#[test]
fn members_of_archives_are_judged_by_their_own_names() {
    let sandbox = Sandbox::repository();
    let word: String = crate::support::token(77).chars().filter(char::is_ascii_alphanumeric).collect();
    sandbox.write("pack/.env.example", format!("LOG_LEVEL=info\nSOME_SETTING={}\n", &word[word.len() - 24..]));
    sandbox.write("pack/app.js", "x = process.env.NEXT_PUBLIC_DB_PASSWORD;\n");
    let mut tar = sandbox.command("tar");
    assert!(tar.args(["-czf", "pack.tgz", "pack"]).current_dir(&sandbox.dir).status().unwrap().success());
    std::fs::remove_dir_all(sandbox.dir.join("pack")).unwrap();
    sandbox.commit("Add");
    for command in ["scan", "history"] {
        let report = sandbox.stanch(&[command, "--format", "json"]).exits(1).json();
        assert_eq!(rules(&report, "stanch-public-name"), ["pack.tgz!pack/app.js:1:17"], "{command}: {report}");
        assert_eq!(rules(&report, "stanch-env-template"), ["pack.tgz!pack/.env.example:2:14"], "{command}: {report}");
    }
}

#[test]
fn templates_are_compared_with_the_inventory_on_request() {
    let sandbox = Sandbox::repository();
    let inventory = "secrets: [{name: DATABASE_URL}, {name: JWT_SECRET}, {name: LOG_LEVEL, sensitive: false}]\n";
    sandbox.write(".stanch.yml", inventory);
    sandbox.write("api/.env.example", "DATABASE_URL=\nOLD_KEY=\n");
    sandbox.write("web/.env.example", "LOG_LEVEL=info\n");
    sandbox.commit("Begin");
    let _ = sandbox.stanch(&["scan"]).exits(0);
    let run = sandbox.stanch(&["scan", "--template-parity"]).exits(1);
    let _ = run.says("No template has: JWT_SECRET").says("The inventory does not have: OLD_KEY (line 2)");
    let audit = sandbox.stanch(&["audit", "--template-parity"]).exits(1);
    let _ = audit.says("OLD_KEY is not in the inventory").says("lacks JWT_SECRET");
    assert!(!sandbox.stanch(&["audit"]).stdout.contains("same names"));
    sandbox.write("api/.env.example", "DATABASE_URL=\nJWT_SECRET=\n");
    let _ = sandbox.stanch(&["scan", "--template-parity"]).exits(0);
    let audit = sandbox.stanch(&["audit", "--template-parity", "--format", "json"]).json();
    let line = audit["checks"].as_array().unwrap().iter().find(|check| check["id"] == "template-parity").unwrap();
    assert_eq!(line["status"], "pass", "{line}");
    std::fs::remove_dir_all(sandbox.dir.join("api")).unwrap();
    std::fs::remove_dir_all(sandbox.dir.join("web")).unwrap();
    let _ = sandbox.stanch(&["scan", "--template-parity"]).exits(3).says("no template");
    sandbox.write(".stanch.yml", "");
    let _ = sandbox.stanch(&["scan", "--template-parity"]).exits(2).warns("no inventory");
}

#[test]
fn a_text_may_end_anywhere_in_what_a_bundler_reads() {
    let sandbox = Sandbox::repository();
    for (number, text) in
        ["x = process.env", "'process.env", "'process.env'", "'process.env':", "envPrefix", "envPrefix:"]
            .into_iter()
            .enumerate()
    {
        for end in 1..=text.len() {
            sandbox.write(&format!("end-{number}-{end}.js"), &text[..end]);
        }
    }
    let _ = sandbox.stanch(&["scan"]).exits(0);
}

#[test]
fn a_known_value_under_a_public_name_is_told_with_the_name() {
    let sandbox = Sandbox::repository();
    sandbox.write(".stanch.yml", "secrets: [{name: DB_PASSWORD, owner: Ada}]\npublic: {names: [VITE_OPEN]}\n");
    let value = "fern mango 4 lantern";
    let export = format!("DB_PASSWORD=\"{value}\"\n");
    let coded = data_encoding::BASE64.encode(value.as_bytes());
    for (path, text, at) in [
        ("web/settings.ini", format!("[a]\nVITE_TITLE={value}\n"), "2:1"),
        (".github/workflows/a.yml", format!("on: push\nenv:\n  NEXT_PUBLIC_T: '{value}'\n"), "3:3"),
        ("Dockerfile", format!("FROM scratch\nENV PUBLIC_Y=\"{value}\"\n"), "2:5"),
        ("src/a.ts", format!("const b = process.env.NEXT_PUBLIC_Y ?? '{value}';\n"), "1:23"),
        ("k8s.yml", format!("env:\n- name: GATSBY_X\n  value: {coded}\n"), "2:9"),
    ] {
        sandbox.write(path, &text);
        let arguments = ["scan", "--format", "json", "--known", "dotenv"];
        let report = sandbox.stanch_with(&arguments, export.as_bytes()).exits(1).json();
        assert_eq!(rules(&report, "stanch-public-name"), [format!("{path}:{at}")], "{report}");
        assert_eq!(rules(&report, "known-value").len(), 1, "{report}");
        let open = text.replace("VITE_TITLE", "VITE_OPEN");
        if open != text {
            sandbox.write(path, &open);
            let report = sandbox.stanch_with(&arguments, export.as_bytes()).exits(1).json();
            assert_eq!((rules(&report, "stanch-public-name").len(), rules(&report, "known-value").len()), (0, 1));
        }
        std::fs::remove_file(sandbox.dir.join(path)).unwrap();
    }
    sandbox.write("run.sh", format!("VITE_A=1 TOKEN='{value}' run\n"));
    let report = sandbox.stanch_with(&["scan", "--format", "json", "--known", "dotenv"], export.as_bytes()).json();
    assert_eq!((rules(&report, "stanch-public-name").len(), rules(&report, "known-value").len()), (0, 1), "{report}");
}
