use super::*;
use crate::text::random::{BASE62, tests::seeded, text as draw};
use crate::text::validate::Validator;

/// Everything that the shapes find in a text, called as the engine calls them.
fn see(text: &str) -> Vec<(&'static str, Confidence, String)> {
    let lower = text.to_ascii_lowercase();
    let mut hits = Vec::new();
    for (keyword, literal) in KEYWORDS.iter().enumerate() {
        for (place, _) in lower.match_indices(literal) {
            at(text.as_bytes(), place, keyword, &mut hits);
        }
    }
    let mut found: Vec<_> = hits
        .into_iter()
        .map(|hit| {
            let value =
                hit.value.map_or_else(|| hit.span.of(text.as_bytes()).to_vec(), |value| value.expose().to_vec());
            (hit.rule, hit.confidence, String::from_utf8_lossy(&value).into_owned())
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

#[track_caller]
fn check(rule: &str, template: &str) {
    let mut random = seeded(template.len() as u64 + 40);
    for round in 0..10 {
        let password = format!("{}4{}x!", draw(&mut random, BASE62, 5), draw(&mut random, BASE62, 4 + round % 4));
        let encoded = data_encoding::BASE64.encode(password.as_bytes());
        let pair = data_encoding::BASE64.encode(format!("deploy:{password}").as_bytes());
        let text = template.replace("§64", &encoded).replace("§pair", &pair).replace('§', &password);
        let value = if template.contains("§pair") { pair } else { password };
        let found = see(&text);
        let is_found = found
            .iter()
            .any(|(id, confidence, found)| *id == rule && *found == value && *confidence >= Confidence::Medium);
        assert!(is_found, "{rule} is missing in {text}: {found:?}");
    }
}

#[test]
fn credential_files() {
    for (rule, template) in [
        ("netrc-password", "machine api.acme.io\n  login deploy\n  password §\n"),
        ("netrc-password", "machine api.acme.io login deploy password §"),
        ("netrc-password", "machine imap.acme.io login me port 993 password \"§\""),
        ("netrc-password", "default login deploy password §\n"),
        ("pgpass-password", "db.acme.io:5432:app:deploy:§\n"),
        ("pgpass-password", "*:*:*:deploy:§"),
        ("url-credentials", "https://deploy:§@git.acme.io\n"),
        ("url-credentials", "git clone https://deploy:§@git.acme.io/app.git"),
        ("docker-config-auth", "{\"auths\": {\"registry.acme.io\": {\"auth\": \"§pair\"}}}"),
        (
            "file-transfer-password",
            "<Server><Host>ftp.acme.io</Host><User>deploy</User><Pass encoding=\"base64\">§64</Pass></Server>",
        ),
        ("file-transfer-password", "<Host>ftp.acme.io</Host>\n<User>deploy</User>\n<Pass>§</Pass>"),
        (
            "file-transfer-password",
            "{\n \"host\": \"acme.io\",\n \"username\": \"deploy\",\n \"password\": \"§\",\n \"remotePath\": \"/srv\",\n \"uploadOnSave\": true\n}",
        ),
        (
            "maven-server-password",
            "<server>\n<id>nexus</id>\n<username>deploy</username>\n<password>§</password>\n</server>",
        ),
        ("tomcat-user-password", "<user username=\"deploy\" password=\"§\" roles=\"manager-gui\"/>"),
        ("wordpress-database-password", "define( 'DB_PASSWORD', '§' );"),
        ("option-file-password", "[client]\nuser = deploy\npassword = \"§\"\n"),
        ("option-file-password", "[distutils]\nindex-servers = pypi\n\n[pypi]\nusername: deploy\npassword: §\n"),
        ("ansible-inventory-password", "web1 ansible_host=10.0.0.4 ansible_ssh_pass=§ ansible_user=root"),
        ("ansible-inventory-password", "ansible_become_password: '§'\n"),
        ("kubernetes-secret-value", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  value: §64\n"),
        ("kubernetes-secret-value", "apiVersion: v1\nstringData:\n  value: \"§\"\nkind: Secret\n"),
        (
            "kubernetes-secret-value",
            "{\"kind\": \"Secret\", \"data\": {\"username\": \"ZGVwbG95\", \"value\": \"§64\"}}",
        ),
        (
            "terraform-sensitive-output",
            "\"db\": {\n \"value\": \"§\",\n \"type\": \"string\",\n \"sensitive\": true\n}",
        ),
    ] {
        check(rule, template);
    }
}

#[test]
fn commands_and_statements() {
    for (rule, template) in [
        ("command-line-password", "sshpass -p '§' ssh root@acme.io"),
        ("command-line-password", "sshpass -p§ scp a b"),
        ("command-line-password", "mysql -u root -p§ app < dump.sql"),
        ("command-line-password", "mysqldump --user=root --password=§ app"),
        ("command-line-password", "curl -u deploy:§ https://acme.io/x"),
        ("command-line-password", "curl --user \"deploy:§\" https://acme.io/x"),
        ("command-line-password", "docker login -u deploy -p § registry.acme.io"),
        ("command-line-password", "docker login --password \"§\" registry.acme.io"),
        ("command-line-password", "redis-cli -h acme.io -a § ping"),
        ("command-line-password", "wget --user=deploy --password=§ https://acme.io"),
        ("command-line-password", "ldapsearch -x -D cn=admin -w § -b dc=acme"),
        ("command-line-password", "keytool -genkey -keystore k.jks \\\n  -storepass § -alias a"),
        ("command-line-password", "openssl pkcs12 -in k.p12 -passin pass:§ -nodes"),
        ("command-line-password", "[\"mysqldump\", \"-p§\", \"app\"]"),
        ("command-line-password", "echo 'deploy:§' | chpasswd"),
        ("command-line-password", "htpasswd -bc /etc/nginx/.htpasswd deploy §"),
        ("command-line-password", "smbclient //acme/share -U 'deploy%§'"),
        ("sql-password", "CREATE USER 'deploy'@'%' IDENTIFIED BY '§';"),
        ("sql-password", "ALTER USER deploy IDENTIFIED WITH mysql_native_password BY '§';"),
        ("sql-password", "CREATE ROLE deploy LOGIN PASSWORD '§';"),
        ("sql-password", "CREATE LOGIN deploy WITH PASSWORD = N'§';"),
        ("sql-password", "psql -c \"ALTER USER deploy WITH ENCRYPTED PASSWORD '§'\""),
    ] {
        check(rule, template);
    }
}

#[test]
fn weak_passwords_of_connections_are_told_and_believed_little() {
    for (rule, text, value) in [
        ("connection-weak-password", "postgresql://postgres:admin3366@localhost:5433/sms", "admin3366"),
        ("connection-weak-password", "postgresql+asyncpg://postgres:admin3366@db/sms", "admin3366"),
        ("connection-weak-password", "mongodb://root:root@10.0.0.7:27017/basic", "root"),
        ("connection-weak-password", "amqp://guest:guest@localhost:5672/%2F", "guest"),
        ("connection-weak-password", "f'mysql://app:admin123@{host}:3306/app'", "admin123"),
        ("connection-weak-password", "\"https://admin:admin@127.0.0.1\"", "admin"),
        (
            "connection-weak-password",
            "Host=db; Port=5432; Username=admin; Password=321;Include Error Detail=true",
            "321",
        ),
        ("connection-weak-password", "\"Server=sql;Database=app;User Id=sa;Pwd=sa\"", "sa"),
        ("argument-password", "DriverManager.getConnection(\"jdbc:mysql://db/x\", \"root\", \"root\")", "root"),
        ("argument-password", "driver->connect(\"tcp://127.0.0.1:3306/x\", \"root\", \"123456\")", "123456"),
        ("connection-weak-password", "postgresql://lantern:lantern@localhost:5432/sms", "lantern"),
        ("connection-weak-password", "\"10.0.0.7:6349,password=wapps,ConnectTimeout=10000\"", "wapps"),
        ("command-line-password", "mysql -u root -ps00u < data.sql", "s00u"),
        ("sql-password", "CREATE USER app IDENTIFIED BY 'root';", "root"),
        ("argument-key", "md5('adklsj[]999875sssee,'.$id)", "adklsj[]999875sssee,"),
        ("argument-key", "sha1(\"kJ8xpQ2zR4v\" + name)", "kJ8xpQ2zR4v"),
    ] {
        assert_eq!(see(text), [(rule, Confidence::Low, value.to_owned())], "{text}");
    }
    assert_eq!(see("amqp://app:lantern84@mq.northwind.dev:5672")[0].1, Confidence::Medium);
    for text in [
        "postgres://user:password@localhost/app",
        "mysql://root:${PASSWORD}@db/app",
        "amqp://queue:5672/guest@x",
        "redis://cache:6379",
        "https://admin:admin@example.com",
        "https://u:u@127.0.0.1",
        "postgres://username:username@localhost/app",
        "postgres://test:test@localhost/app",
        "name,password=wapps,role",
        "\"cache:6380,password={0},ssl=True\"",
        "socket->connect(\"tcp://127.0.0.1:3306\", timeout, \"123456\")",
        "Host=db; Username=admin; Password={0};",
        "Title=Settings; Password=321;",
        "Server=db;User Id=sa;Password=SET_A_PASSWORD_HERE_123",
        "getConnection(\"jdbc:mysql://db/x\", user, \"password\")",
        "mysql -u root -p3306",
        "md5('kJ8xpQ2zR4v')",
        "md5('user_profile_' . $id)",
    ] {
        assert!(see(text).is_empty(), "{text}: {:?}", see(text));
    }
}

#[test]
fn hashes_of_identity_are_told_by_their_form() {
    let hash = |random: &mut dyn FnMut() -> u32| {
        let head = [1, 0, 0, 0, 1, 0, 0, 0x27, 0x10, 0, 0, 0, 16];
        let rest = (0..48).map(|_| random().to_le_bytes()[0]);
        data_encoding::BASE64.encode(&head.into_iter().chain(rest).collect::<Vec<u8>>())
    };
    let hash = hash(&mut seeded(52));
    let found = |text: String| see(&text).into_iter().map(|(rule, confidence, _)| (rule, confidence)).next();
    assert_eq!(found(format!("PasswordHash = \"{hash}\",")), Some(("password-hash", Confidence::Medium)));
    assert_eq!(found(format!("f(\"{hash}\")")), Some(("password-hash", Confidence::Low)));
    assert_eq!(found(format!("PasswordHash = \"{}\"", &hash[..60])), None);
}

#[test]
fn look_alikes_without_a_secret() {
    for text in [
        "machine learning login flow password reset",
        "machine api.acme.io login deploy password ${TOKEN}",
        "curl -u \"$USER:$PASSWORD\" https://acme.io",
        "curl -u user:password https://acme.io",
        "mysql -p -u root",
        "mysql -P 3306 -p$PASSWORD",
        "docker login -u deploy --password-stdin",
        "sshpass -p \"$PASS\" ssh x",
        "https://example.com:8443/path@2x.png",
        "https://user:pass@example.com/",
        "https://acme.io/@scope/name",
        "CREATE USER x IDENTIFIED BY 'password';",
        "the device is identified by a serial number",
        "// the interface, identified by 'hostConfig.NetworkMode'",
        "# the secret identified by 'mailmap.blob'.",
        "define('DB_PASSWORD', getenv('DB_PASSWORD'));",
        "define('AUTH_KEY', 'put your unique phrase here');",
        "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP",
        "mnemonic: abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
        "ansible_ssh_pass={{ vault_pass }}",
        "kind: Secret\ndata:\n  username: ZGVwbG95NDJ4\n",
        "kind: SecretList\ndata:\n  value: a0o4eCFwUTI=\n",
        "\"auth\": \"not base64 at all\"",
        "a:b:5432:c",
        "SECRET_KEY = os.environ['SECRET_KEY']",
        "price is $6$ or $5$",
    ] {
        let found = see(text);
        assert!(found.is_empty(), "{text}: {found:?}");
    }
}

#[test]
fn hashes_are_told_apart_by_their_place() {
    let hash = Validator::Crypt.generate("6", &mut seeded(3));
    let rule = |text: String| see(&text).into_iter().map(|(rule, confidence, _)| (rule, confidence)).next();
    assert_eq!(rule(format!("root:{hash}:18000:0:99999:7:::\n")), Some(("shadow-entry", Confidence::High)));
    assert_eq!(rule(format!("deploy:{hash}\n")), Some(("htpasswd-entry", Confidence::Medium)));
    assert_eq!(rule(format!("INSERT INTO users VALUES (1,'{hash}');")), Some(("password-hash", Confidence::Medium)));
    assert_eq!(rule(format!("assert check('{hash}')")), Some(("password-hash", Confidence::Low)));
}

#[test]
fn seeds_and_keys() {
    let phrase = Validator::Bip39.generate("12", &mut seeded(21));
    assert_eq!(see(&format!("MNEMONIC=\"{phrase}\""))[0].1, Confidence::Certain);
    let seed = Validator::OtpBase32.generate("", &mut seeded(22));
    assert_eq!(see(&format!("otpauth://totp/acme:me?secret={seed}&issuer=acme"))[0].2, seed);
    let key = draw(&mut seeded(23), b"abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)", 50);
    assert_eq!(see(&format!("SECRET_KEY = '{key}'"))[0].0, "django-secret-key");
    let salt = draw(&mut seeded(24), b"abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*() ABCDEFGH|~{}", 64);
    assert_eq!(see(&format!("define('SECURE_AUTH_SALT', '{salt}');"))[0].0, "wordpress-secret-key");
    let mut hits = Vec::new();
    whole(b"8f1c2e9a7b3d4056e1a2b3c4d5f60798\n", false, &mut hits);
    assert_eq!(hits.len(), 1);
    whole(b"00000000000000000000000000000000", true, &mut hits);
    assert_eq!(hits.len(), 1);
}

#[test]
fn a_column_of_a_table_tells_the_hash_of_a_password() {
    let hash = "8f1c2e9a7b3d4056e1a2b3c4d5f60798";
    for text in [
        format!("INSERT INTO users (id, login, password) VALUES (1, 'ada', '{hash}');"),
        format!("insert into `t` (`passwd_md5`,`n`)\nvalues\n('{hash}', NULL), ('', 2);"),
        format!("INSERT INTO t (n, pass) VALUES ('a, (b)', ''), ('c', '{hash}');"),
    ] {
        let found: Vec<_> = see(&text).into_iter().filter(|(_, _, value)| *value == hash).collect();
        assert_eq!(found, [("password-hash", Confidence::Medium, hash.to_owned())], "{text}");
    }
    for text in [
        format!("INSERT INTO files (id, digest, password) VALUES (1, '{hash}', '');"),
        format!("INSERT INTO users (id, passport) VALUES (1, '{hash}');"),
        format!("INSERT INTO users (password) VALUES (MD5('{hash}'));"),
        format!("INSERT INTO users (password) SELECT '{hash}';"),
        "INSERT INTO users (password) VALUES ('00000000000000000000000000000000');".to_owned(),
    ] {
        assert!(see(&text).is_empty(), "{text}");
    }
    let row = "COPY users (id, name, password) FROM stdin;\n1\tada\t§\n\\.\n";
    let hash = Validator::Bcrypt.generate("", &mut seeded(41));
    assert_eq!(see(&row.replace('§', &hash)), [("password-hash", Confidence::Medium, hash)]);
}

#[test]
fn what_terraform_draws_lies_in_its_state() {
    let state = |kind: &str| {
        format!(r#"{{"type": "{kind}", "name": "db", "instances": [{{"attributes": {{"result": "kJ8x!pQ2zR4v"}}}}]}}"#)
    };
    assert_eq!(see(&state("random_password"))[0].2, "kJ8x!pQ2zR4v");
    assert!(see(&state("random_pet")).is_empty());
    let other = r#"{"type": "random_password", "instances": []}, {"type": "x", "result": "kJ8x!pQ2zR4v"}"#;
    assert!(see(other).is_empty());
}

#[test]
fn keys_stand_where_functions_take_them() {
    for template in [
        "mac := hmac.New(sha256.New, []byte(\"§\"))",
        "token.SignedString([]byte(\"§\"))",
        "pyotp.TOTP(\"§\").now()",
        "authenticator.generate('§')",
    ] {
        check("argument-key", template);
    }
    check("argument-password", "new AuthenticationHeaderValue(\"Bearer\", \"§\")");
    check("argument-password", "conn.simple_bind_s(\"cn=admin,dc=acme,dc=io\", \"§\")");
    check("network-device-password", "bindpw §\n");
    check("network-device-password", "rootpw §\n");
    assert!(see("hmac.new(key, \"kJ8x!pQ2zR4v\")").is_empty());
    let phrase = Validator::Bip39.generate("12", &mut seeded(42));
    assert_eq!(see(&format!("seed: {phrase}\n"))[0].1, Confidence::Certain);
}

#[test]
fn stored_credentials_of_subversion() {
    let found = see("K 8\npassword\nV 12\nkJ8x!pQ2zR4v\nK 8\nusername\nV 2\nme\nEND\n");
    assert_eq!(found[0].2, "kJ8x!pQ2zR4v");
}

#[test]
fn the_reversible_encoding_of_jetbrains_is_undone() {
    let password = "kJ8x!pQ2zR4v";
    let hex: String = password.bytes().map(|byte| format!("{:04x}", u16::from(byte) ^ 0xdfaa)).collect();
    let text = format!("<fileTransfer host=\"acme.io\" port=\"22\" password=\"{hex}\" username=\"deploy\">");
    assert_eq!(see(&text)[0].2, password);
}

#[test]
fn no_text_makes_it_panic() {
    let mut random = seeded(31);
    let pieces =
        ["\"", "'", ":", "=", "\\", "\n", " ", "<", ">", "-p", "x1", "{", "[", "%", "@", "V 9", "password", "$6$a$b"];
    for _ in 0..6000 {
        let mut text = String::new();
        for _ in 0..random() % 10 {
            text.push_str(match random() % 3 {
                0 => KEYWORDS[random() as usize % KEYWORDS.len()],
                _ => pieces[random() as usize % pieces.len()],
            });
        }
        see(&text);
    }
}

#[test]
fn a_pkcs12_file_with_a_private_key_is_told_by_its_key_bag() {
    let at_bag = |head: &[u8]| {
        let text = [b"0\x82\x0a\x39\x02\x01\x030\x82", head, b"\r\x01\x0c\n\x01\x02\xa0\x82"].concat();
        let literal = b"\r\x01\x0c\n\x01\x02";
        let keyword = KEYWORDS.iter().position(|known| known.as_bytes() == literal).expect("the literal of key bags");
        let place = memchr::memmem::find(&text, literal).expect("the literal");
        let mut hits = Vec::new();
        at(&text, place, keyword, &mut hits);
        hits.iter().map(|hit| hit.rule).collect::<Vec<_>>()
    };
    assert_eq!(at_bag(b"\x06\x0b\x2a\x86\x48\x86\xf7"), ["private-key-store"]);
    assert!(at_bag(b"\x06\x0b\x2a\x86\x48\x86\xf8").is_empty());
}
