//! The inventory: imported from procedures as they stand, listed, and what findings take from it.

use crate::support::{Sandbox, token};

const PLATFORM: &str = include_str!("../../fixtures/procedures/platform.txt");
const PRODUCT: &str = include_str!("../../fixtures/procedures/product.md");

fn listed(sandbox: &Sandbox) -> Vec<serde_json::Value> {
    sandbox.stanch(&["inventory", "list", "--format", "json"]).exits(0).json().as_array().unwrap().clone()
}

fn of<'a>(listed: &'a [serde_json::Value], name: &str) -> &'a serde_json::Value {
    listed.iter().find(|secret| secret["name"] == name).unwrap_or_else(|| panic!("{name} is missing"))
}

#[test]
fn a_copied_page_is_read_with_its_folders_cadences_and_playbooks() {
    let sandbox = Sandbox::repository();
    sandbox.write("platform.txt", PLATFORM);
    let run = sandbox.stanch(&["inventory", "import", "platform.txt", "--write"]).exits(0);
    // What was written is all that is to be said.
    assert!(run.stderr.contains("27 secrets written") && run.stderr.lines().count() == 1, "{}", run.stderr);
    let listed = listed(&sandbox);
    assert_eq!(listed.len(), 27);
    let database = of(&listed, "DATABASE_URL");
    assert_eq!(database["rotation"], "90 days or on compromise");
    assert_eq!(database["rotation_days"], 90);
    assert_eq!(database["folders"], serde_json::json!(["/backend/"]));
    assert_eq!(database["syncs_to"], serde_json::json!(["Render"]));
    assert_eq!(database["environments"], serde_json::json!(["prod"]));
    assert_eq!(database["playbook"][0], "Rotate password in Supabase dashboard (or new DB provider when migrated).");
    let clerk = of(&listed, "CLERK_SECRET_KEY");
    assert_eq!(clerk["folders"], serde_json::json!(["/backend/", "/frontend/"]));
    assert_eq!(clerk["rotation"], "on team change or on compromise");
    assert_eq!(clerk["playbook"].as_array().unwrap().len(), 6);
    assert_eq!(of(&listed, "SENTRY_DSN")["sensitive"], false);
    assert_eq!(of(&listed, "CLERK_ISSUER")["rotation"], "on clerk tenant change");
    assert_eq!(of(&listed, "Slack webhook URLs")["playbook"].as_array().unwrap().len(), 5);
    assert_eq!(of(&listed, "Prism API keys (per-org)")["owner"], "Per-org admin");
    // What has no playbook of its own follows the general process.
    assert_eq!(of(&listed, "GRAFANA_ADMIN_PASSWORD")["playbook"].as_array().unwrap().len(), 6);
    let _ = sandbox.stanch(&["inventory", "import", "platform.txt", "--write"]).exits(2).warns("already");
}

#[test]
fn severities_come_from_the_table_and_the_classification_must_agree() {
    let sandbox = Sandbox::repository();
    sandbox.write("product.md", PRODUCT);
    let run = sandbox.stanch(&["inventory", "import", "product.md", "--write"]).exits(0);
    assert!(run.stderr.contains("14 secrets written") && run.stderr.lines().count() == 1, "{}", run.stderr);
    let all = listed(&sandbox);
    assert_eq!(all.len(), 14);
    for (name, severity, rotation) in [
        ("JWT_SECRET", "critical", "180 days"),
        ("GEMINI_API_KEY", "high", "90 days"),
        ("R2_ACCESS_KEY_ID", "medium", "180 days"),
        ("SENTRY_DSN", "low", "never"),
        ("STRIPE_SECRET_KEY", "critical", "on team change"),
        ("STRIPE_WEBHOOK_SECRET", "high", "on rotation"),
    ] {
        let secret = of(&all, name);
        assert_eq!((&secret["severity"], &secret["rotation"]), (&severity.into(), &rotation.into()), "{name}");
    }
    assert_eq!(of(&all, "JWT_SECRET")["impact"], "auth bypass");
    assert_eq!(of(&all, "JWT_SECRET")["playbook"].as_array().unwrap().len(), 6);
    // Without the table's column, the list decides; with another word in it, the contradiction is told.
    let without = PRODUCT.replace("| Production | 180 days | Critical — auth bypass |", "| Production | 180 days |");
    sandbox.write(
        "without.md",
        without.replace("| Production | 90 days | High — AI costs |", "| Production | 90 days | Low |"),
    );
    let run = sandbox.stanch(&["inventory", "import", "without.md"]).exits(0);
    assert!(run.stdout.contains("name: JWT_SECRET\n    description: Session token signing\n    severity: CRITICAL"));
    let _ = run.warns("GEMINI_API_KEY: severity is low in the table and high in the classification");
}

#[test]
fn a_text_without_a_table_is_refused() {
    let sandbox = Sandbox::repository();
    let _ = sandbox.stanch(&["inventory", "import", "README.md"]).exits(2).warns("no table");
    let _ = sandbox.stanch(&["inventory", "import", "nowhere.md"]).exits(2).warns("nowhere.md");
}

#[test]
fn a_finding_takes_severity_owner_and_deadline_in_every_format() {
    let sandbox = Sandbox::repository();
    sandbox.write(
        ".stanch.yml",
        "deadlines: {low: 3 days}\nsecrets:\n  - {name: DEPLOY_TOKEN, owner: Backend Lead, severity: LOW}\n",
    );
    let secret = token(11);
    sandbox.write("deploy.sh", format!("export DEPLOY_TOKEN={secret}\n"));
    let json = sandbox.stanch(&["scan", "--format", "json"]).exits(1).json();
    let finding = &json["findings"][0];
    assert_eq!(finding["severity"], "low");
    assert_eq!(
        (&finding["concern"]["name"], &finding["concern"]["owner"]),
        (&"DEPLOY_TOKEN".into(), &"Backend Lead".into())
    );
    let seconds = |value: &serde_json::Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second();
    assert_eq!(seconds(&finding["concern"]["deadline"]) - seconds(&json["started"]), 3 * 86400);
    for format in ["text", "jsonl", "sarif", "github", "markdown", "html", "csv", "junit", "gitlab"] {
        let run = sandbox.stanch(&["scan", "--format", format]).exits(1);
        assert!(run.stdout.contains("DEPLOY_TOKEN") && run.stdout.contains("Backend Lead"), "{format}: {}", run.stdout);
    }
    let sarif = sandbox.stanch(&["scan", "--format", "sarif"]).exits(1).json();
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][0]["properties"]["security-severity"], "2.0");
    // By rule, where no name stands beside the value.
    let rule = finding["rule"].as_str().unwrap();
    sandbox.write(".stanch.yml", format!("secrets: [{{name: BOT, severity: MEDIUM, rules: [{rule}]}}]\n"));
    sandbox.write("deploy.sh", format!("login '{secret}'\n"));
    let json = sandbox.stanch(&["scan", "--format", "json"]).exits(1).json();
    assert_eq!(
        (&json["findings"][0]["concern"]["name"], &json["findings"][0]["severity"]),
        (&"BOT".into(), &"medium".into())
    );
}
