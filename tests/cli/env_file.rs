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

#[test]
fn a_template_may_hold_placeholders_only_and_the_finding_names_the_key() {
    let sandbox = Sandbox::repository();
    let drawn = crate::support::token(21)[4..28].to_owned();
    sandbox.write(
        ".env.example",
        "# copy me\nPORT=3000\nLOG_LEVEL=info\nDATABASE_URL=postgres://user:password@localhost:5432/db\nJWT_SECRET=\nAPI_KEY=your-key-here\nVITE_API_URL=https://api.acme.org\n",
    );
    let _ = sandbox.stanch(&["scan"]).exits(0);
    sandbox.write(".env.example", format!("PORT=3000\nSOME_SETTING={drawn}\n"));
    let run = sandbox.stanch(&["scan"]).exits(1).says("SOME_SETTING").says(".env.example:2:14");
    assert!(!run.stdout.contains(&drawn));
    // What a rule knows by itself is told with its key as well.
    let token = crate::support::token(23);
    sandbox.write(".env.example", format!("PORT=3000\nDEPLOY_TOKEN={token}\n"));
    let run = sandbox.stanch(&["scan"]).exits(1).says("the value of DEPLOY_TOKEN");
    assert!(!run.stdout.contains(&token));
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["commit", "--quiet", "--no-verify", "-m", "Leak"]);
    let _ = sandbox.stanch(&["history"]).exits(1).says("the value of DEPLOY_TOKEN");
    sandbox.git(&["reset", "--quiet", "HEAD~1"]);
    // The template of a file that has its name in front.
    sandbox.write(".env.example", format!("PORT=3000\nSOME_SETTING={drawn}\n"));
    std::fs::rename(sandbox.dir.join(".env.example"), sandbox.dir.join("backend.env.example")).unwrap();
    let _ = sandbox.stanch(&["scan"]).exits(1).says("SOME_SETTING").says("backend.env.example:2:14");
    std::fs::rename(sandbox.dir.join("backend.env.example"), sandbox.dir.join(".env.example")).unwrap();
    // The same text elsewhere is no template.
    std::fs::rename(sandbox.dir.join(".env.example"), sandbox.dir.join("settings.txt")).unwrap();
    let run = sandbox.stanch(&["scan"]);
    assert!(!run.stdout.contains("stanch-env-template"), "{}", run.stdout);
    std::fs::rename(sandbox.dir.join("settings.txt"), sandbox.dir.join(".env.dist")).unwrap();
    sandbox.git(&["add", "--all"]);
    let _ = sandbox.stanch(&["staged"]).exits(1).says("SOME_SETTING");
    sandbox.commit("Leak");
    sandbox.write(".env.dist", "PORT=\nSOME_SETTING=\n");
    sandbox.commit("Empty it");
    let _ = sandbox.stanch(&["scan"]).exits(0);
    let _ = sandbox.stanch(&["history"]).exits(1).says("SOME_SETTING");
}

#[test]
fn a_dotenv_file_under_another_name_is_banned() {
    let sandbox = Sandbox::repository();
    let secret = crate::support::token(22);
    sandbox.write("config/production", format!("PORT=3000\nDEPLOY_TOKEN={secret}\n"));
    let _ = sandbox.stanch(&["scan"]).exits(1).says("stanch-env-content");
    sandbox.write("config/production", "PORT=3000\nDEPLOY_TOKEN=\n");
    let _ = sandbox.stanch(&["scan"]).exits(0);
}

#[test]
fn secrets_under_public_names_are_found_and_declared_names_are_not() {
    let sandbox = Sandbox::repository();
    for (path, text) in [
        (".env.example", "VITE_STRIPE_SECRET=\n"),
        (".github/workflows/ci.yml", "env:\n  NEXT_PUBLIC_DB_PASSWORD: ${{ secrets.X }}\n"),
        ("Dockerfile", "FROM scratch\nARG REACT_APP_JWT_SECRET\n"),
        ("src/a.ts", "const a = import.meta.env.VITE_ADMIN_PASSWORD\n"),
        ("src/b.js", "const b = process.env['EXPO_PUBLIC_PRIVATE_KEY']\n"),
        ("src/c.js", "const { NEXT_PUBLIC_A, NEXT_PUBLIC_JWT_SECRET } = process.env\n"),
        ("src/d.ts", "const {\n  MODE,\n  VITE_JWT_SECRET,\n} = import.meta.env;\n"),
        ("vite.config.ts", "export default { envPrefix: '' }\n"),
        ("vite.config.mjs", "export default { envPrefix: ['VITE_', \"\"] }\n"),
        ("esbuild.config.js", "build({ define: process.env })\n"),
        ("rollup.config.js", "export default { define: { ...process.env } }\n"),
        ("vite.config.js", "export default { define: { __ENV__: JSON.stringify(process.env) } }\n"),
        ("webpack.config.js", "new DefinePlugin({ 'process.env': JSON.stringify(process.env) })\n"),
        ("webpack.config.cjs", "new webpack.EnvironmentPlugin(Object.keys(process.env))\n"),
        ("webpack.config.mjs", "new webpack.DefinePlugin({ ...process.env })\n"),
        ("webpack.config.ts", "new DefinePlugin({\n  'process.env': JSON.stringify(dotenv.config().parsed),\n})\n"),
        ("rollup.config.mjs", "replace({ preventAssignment: true, __ENV__: JSON.stringify(process.env) })\n"),
        ("next.config.js", "const nextConfig = { env: { ...process.env } }\n"),
        ("next.config.mjs", "export default { publicRuntimeConfig: process.env }\n"),
        ("nuxt.config.ts", "export default defineNuxtConfig({ runtimeConfig: { public: { ...process.env } } })\n"),
        ("app.config.js", "export default { expo: { extra: process.env } }\n"),
        ("esbuild.config.mjs", "build({ define: Object.fromEntries(Object.entries(process.env).map(f)) })\n"),
        (
            "vite.config.a.ts",
            "const env = loadEnv(mode, process.cwd(), '')\nreturn { define: { 'process.env': env } }\n",
        ),
        (
            "vite.config.b.ts",
            "const all: string = ''\nconst env = loadEnv(mode, dir, all)\nreturn { define: { ...env } }\n",
        ),
        ("vite.config.c.ts", "export default { define: { 'process.env': loadEnv(mode, process.cwd(), \"\") } }\n"),
        ("vite.config.d.ts", "const env = { ...process.env }\nreturn { define: { E: JSON.stringify(env) } }\n"),
    ] {
        sandbox.write(path, text);
        let rule = if path.contains("config.") { "stanch-public-bundle" } else { "stanch-public-name" };
        let _ = sandbox.stanch(&["scan"]).exits(1).says(path).says(rule);
        std::fs::remove_file(sandbox.dir.join(path)).unwrap();
    }
    // A value that looks like a secret, whatever its name; not the value itself is told.
    let drawn = crate::support::token(24)[4..28].to_owned();
    for (path, text) in [
        ("web/settings", format!("MODE=production\nVITE_THING={drawn}\n")),
        (".github/workflows/ci.yml", format!("on: push\nenv:\n  NEXT_PUBLIC_THING: {drawn}\n")),
        ("Dockerfile", format!("FROM scratch\nENV PUBLIC_THING {drawn}\n")),
        ("Dockerfile", format!("FROM scratch\nARG GATSBY_THING=\"{drawn}\"\n")),
        ("src/a.ts", format!("const a = process.env.VITE_THING || '{drawn}';\n")),
        ("src/a.ts", format!("const a = import.meta.env['VITE_THING'] ?? '{drawn}';\n")),
    ] {
        sandbox.write(path, text);
        let run = sandbox.stanch(&["scan"]).exits(1).says("stanch-public-name").says("looks like a secret");
        assert!(!run.stdout.contains(&drawn));
        std::fs::remove_file(sandbox.dir.join(path)).unwrap();
    }
    sandbox.write(
        ".github/workflows/ok.yml",
        format!(
            "on: push\nenv:\n  VITE_SITE_KEY: {drawn}\n  VITE_THING: ${{{{ vars.THING }}}}\n  VITE_KEY: pk_{drawn}\n  VITE_TITLE: production\n"
        ),
    );
    let run = sandbox.stanch(&["scan"]);
    assert!(!run.stdout.contains("stanch-public-name"), "{}", run.stdout);
    std::fs::remove_file(sandbox.dir.join(".github/workflows/ok.yml")).unwrap();
    sandbox.write(
        "src/ok.ts",
        "import.meta.env.VITE_CLERK_PUBLISHABLE_KEY; process.env.NEXT_PUBLIC_SENTRY_DSN; // VITE_X_SECRET is wrong\n\
         const c = { define: { 'process.env.NODE_ENV': '\"production\"' }, envPrefix: 'APP_' }\n\
         const env = loadEnv(mode, process.cwd(), ''); const d = { define: { X: JSON.stringify(env.APP_X) } }\n\
         const own = loadEnv(mode, process.cwd(), 'APP_'); const e = { define: { ...own } }\n\
         spawn('make', { env: { ...process.env, CI: '1' } }); const all = { ...process.env }; text.replace(process.env, '')\n\
         build({ define: Object.fromEntries(Object.entries(process.env).filter(([k]) => k.startsWith('APP_'))) })\n\
         new EnvironmentPlugin(['NODE_ENV', 'APP_X']); const { extra } = process.env\n",
    );
    sandbox.write("README.md", "```\nVITE_DB_PASSWORD=never\n```\n");
    let _ = sandbox.stanch(&["scan"]).exits(0);
    sandbox.write(".stanch.yml", "public: {names: [VITE_OPEN_SECRET]}\nsecrets: [{name: DATABASE_URL}]\n");
    sandbox.write("src/d.ts", "import.meta.env.VITE_OPEN_SECRET\n");
    let _ = sandbox.stanch(&["scan"]).exits(0);
    sandbox.write("src/d.ts", "import.meta.env.VITE_DATABASE_URL\n");
    let _ = sandbox.stanch(&["scan"]).exits(1).says("inventory");
}
