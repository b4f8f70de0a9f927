//! ".env is banned".

use crate::support::Sandbox;

#[test]
fn the_family_is_banned_in_all_walks_whatever_it_holds() {
    let sandbox = Sandbox::repository();
    sandbox.write("backend/.ENV.Production", "");
    let _ = sandbox.stanch(&["scan"]).exits(1).says(".ENV.Production");
    sandbox.git(&["add", "--all"]);
    let _ = sandbox.stanch(&["staged"]).exits(1).says("git restore --staged").says(".gitignore");
    sandbox.commit("Leak");
    sandbox.git(&["rm", "--quiet", "-r", "backend"]);
    let _ = sandbox.stanch(&["staged"]).exits(0);
    sandbox.commit("Remove it");
    let _ = sandbox.stanch(&["scan"]).exits(0);
    let _ = sandbox.stanch(&["history"]).exits(1).says(".ENV.Production");
}

#[test]
fn templates_are_allowed_and_a_rename_is_no_way_out() {
    let sandbox = Sandbox::repository();
    for name in [".env.example", "a/.env.sample", ".env.local.example", ".env.template", ".env.dist"] {
        sandbox.write(name, "KEY=\n");
    }
    let _ = sandbox.stanch(&["scan"]).exits(0);
    sandbox.write("settings.txt", "A=1\n");
    sandbox.commit("Templates");
    sandbox.git(&["mv", "settings.txt", "prod.env"]);
    let _ = sandbox.stanch(&["staged"]).exits(1).says("prod.env");
}

#[test]
fn the_configuration_decides_what_is_banned() {
    let sandbox = Sandbox::repository();
    sandbox.write(".stanch.yml", "env_files:\n  banned: ['*.secrets']\n  allowed: ['docs/*.secrets']\n");
    sandbox.write("docs/a.secrets", "");
    sandbox.write(".env", "");
    let _ = sandbox.stanch(&["scan"]).exits(0);
    sandbox.write("b.secrets", "");
    let _ = sandbox.stanch(&["scan"]).exits(1).says("b.secrets");
}

#[test]
fn a_banned_name_inside_an_archive_is_found_and_so_is_a_secret() {
    let sandbox = Sandbox::repository();
    let secret = crate::support::token(9);
    sandbox.write("in/.env", "A=1\n");
    sandbox.write("in/config.txt", format!("{secret}\n"));
    let packed = sandbox.command("tar").args(["-czf", "pack.tar.gz", "-C", "in", "."]).status().unwrap();
    assert!(packed.success());
    std::fs::remove_dir_all(sandbox.dir.join("in")).unwrap();
    let run = sandbox.stanch(&["scan"]).exits(1).says("pack.tar.gz!").says(".env").says("config.txt");
    assert!(!run.stdout.contains(&secret));
    sandbox.commit("Add a package");
    std::fs::remove_file(sandbox.dir.join("pack.tar.gz")).unwrap();
    sandbox.commit("Remove it");
    let _ = sandbox.stanch(&["scan"]).exits(0);
    let _ = sandbox.stanch(&["history"]).exits(1).says("pack.tar.gz!").says(".env").says("config.txt");
}
