use super::*;
use crate::text::random::{BASE62, tests::seeded, text as draw};

/// Everything that the detector finds in a text, called as the engine calls it.
pub(crate) fn find(text: &str) -> Vec<(String, Confidence, String)> {
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
            (hit.rule.to_owned(), hit.confidence, String::from_utf8_lossy(hit.span.of(text.as_bytes())).into_owned())
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn random_values_are_found_in_every_notation() {
    let mut random = seeded(5);
    let mut missed = Vec::new();
    for template in [
        "DB_PASSWORD=§",
        "tool --password=§ backup",
        "var tokens = []string{\"§\"}",
        "API_TOKENS = (\"§\",)",
        "export API_TOKEN=§\n",
        "password: §\n",
        "password = \"§\"",
        "\"clientSecret\": \"§\",",
        "'api_key' => '§',",
        "define('AUTH_TOKEN', '§');",
        "<password>§</password>",
        "<add key=\"ApiKey\" value=\"§\"/>",
        "{\"name\":\"PASSWORD\",\"value\":\"§\"}",
        "- name: API_SECRET\n  value: §\n",
        "setPassword(\"§\")",
        "process.env.SECRET_KEY || '§'",
        "ENV API_TOKEN §\n",
        "tool --password=§ -v",
        "https://host/p?access_token=§&x=1",
        "Authorization: Bearer §\n",
        "X-Api-Key: §\n",
        "String apiKey = new String(\"§\");",
        "accessToken := \"§\"",
        "{\\\"password\\\":\\\"§\\\"}",
        "private static final String SECRET_KEY = \"§\";",
    ] {
        for _ in 0..20 {
            let value = format!("{}7k{}", draw(&mut random, BASE62, 11), draw(&mut random, BASE62, 11));
            let text = template.replace('§', &value);
            let found = find(&text);
            if !found.iter().any(|(_, confidence, found)| *found == value && *confidence >= Confidence::Medium) {
                missed.push(text);
            }
        }
    }
    // A draw may look odd by chance; a notation that is not read would lose twenty.
    assert!(missed.len() <= 4, "{missed:#?}");
}

#[test]
fn what_is_no_secret_stays_silent() {
    for text in [
        "password = getPassword()",
        "password: String",
        "token = lexer.next_token()",
        "self.password = password",
        "password = os.environ['DB_PASSWORD']",
        "DB_PASSWORD=${DB_PASSWORD}",
        "DB_PASSWORD=changeme",
        "password: \"<your-password>\"",
        "api_key = 'YOUR_API_KEY_HERE'",
        "token: {{ .Values.token }}",
        "\"password\": \"Password is required\"",
        "placeholder_password = \"Enter 12 chars\"",
        "passwordField: '#login-form-x1'",
        "publicKey: 'k3J9sLq0aZxP7mN2vB5c'",
        "secret: xxxxxxxxxxxxxxxx",
        "password = '********'",
        "token_url = \"https://auth.example.org/oauth2/token\"",
        "nextPageToken: 'CAUQAA2x9sLqPz8k3J7m'",
        "secretName: my-app-tls-secret-2",
        "token == TokenType::Identifier1",
        "key=abcdefghijklmnop",
        "author: 'a8f3k2x9q1z7'",
    ] {
        let found = find(text);
        assert!(found.is_empty(), "{text}: {found:?}");
    }
}

#[test]
fn weak_passwords_are_told_and_believed_little() {
    for (text, value) in [
        ("password = 54321\n", "54321"),
        ("DB_PASSWORD=secret\n", "secret"),
        ("REDIS_PASSWORD=secretpass\n", "secretpass"),
        ("- MYSQL_ROOT_PASSWORD=db_dev  # of the service\n", "db_dev"),
        ("url=jdbc:mysql://db/app?user=root&password=root\n", "root"),
        ("body = \"username=ada&password=130928&code=\" + code", "130928"),
        ("passwordInput.setText(\"154246\");", "154246"),
        ("page.fill('#password', '654321')", "654321"),
        ("password: \"123456!a\",", "123456!a"),
        ("\"demoPassword\" : \"123456a\"", "123456a"),
        ("helm install shop --set db.password=Lantern84 \\\n", "Lantern84"),
        ("tool user create ada --password Lantern84\n", "Lantern84"),
        ("driver.find_element_by_name('password').send_keys('654321')", "654321"),
    ] {
        let expected = ("generic-weak-password".to_owned(), Confidence::Low, value.to_owned());
        assert_eq!(find(text), [expected], "{text}");
    }
    for text in [
        "password = 0",
        "password_length = 222222",
        "spring.datasource.password=000000\n",
        "x = \"?password=secure%20password\"",
        "password = secret\n",
        "DB_PASSWORD=your_pass\n",
        "DB_PASSWORD=db_password\n",
        "https://acme.io/?user=root&password=root\n",
        "assert password == 20170514",
        "  storePassword 'android'\n",
        "print password 'copperlantern' if asked\n",
        "helm install shop --set db.password=$DB_PASSWORD\n",
    ] {
        assert!(find(text).is_empty(), "{text}: {:?}", find(text));
    }
}

#[test]
fn basic_authentication_is_decoded() {
    let encoded = data_encoding::BASE64.encode(b"deploy:kJ8x!pQ2zR");
    let found = find(&format!("Authorization: Basic {encoded}\n"));
    assert!(
        found.iter().any(|(rule, confidence, _)| rule == "generic-basic-auth" && *confidence == Confidence::Medium),
        "{found:?}"
    );
    let encoded = data_encoding::BASE64.encode(b"user:password");
    assert!(find(&format!("Authorization: Basic {encoded}\n")).is_empty());
}

#[test]
fn no_text_makes_it_panic() {
    let mut random = seeded(9);
    for _ in 0..4000 {
        let pieces = [
            "password", "key=", "\"", "\\", ":", "=", "<", ">", "\n", "'", "(", " ", "value", "[", "Basic ", "api_key",
            "-", "x1",
        ];
        let text: String = (0..random() % 12).map(|_| pieces[random() as usize % pieces.len()]).collect();
        find(&text);
    }
}

#[test]
fn what_is_assigned_whole_is_meant() {
    for (text, value) in [
        ("spring.datasource.password=222222\n", "222222"),
        ("sms.pwd=20170514\n", "20170514"),
        ("pwd: 20170514\n", "20170514"),
        ("  storePassword '123456'\n", "123456"),
        ("const char* password = \"12345678\";", "12345678"),
        ("sql = \"update t set PassWord='777777' where id=1\"", "777777"),
        ("new_password: \"Sommer#48\"\n", "Sommer#48"),
        ("String adminPassword = \"Sommer_1\";", "Sommer_1"),
        ("#    password: 'Rk7%41x9QvTz'\n", "Rk7%41x9QvTz"),
    ] {
        let found = find(text);
        assert!(
            found.iter().any(|(_, confidence, found)| *confidence >= Confidence::Medium && found == value),
            "{text}: {found:?}"
        );
    }
    for text in [
        "passwordInput.setText(\"154246\");",
        "driver.find_element_by_name('password').send_keys('654321')",
        "password = 's3cret'\n",
        "password: 2016-09-08T21:47:36Z\n",
        "#    password: 'Lantern81'\n",
        "#   user = User.new(name: 'ada', password: 'Rk7m41x9QvTz')\n",
        "password = \"sha512\"",
    ] {
        let found = find(text);
        assert!(found.iter().all(|(_, confidence, _)| *confidence == Confidence::Low), "{text}: {found:?}");
    }
}

#[test]
fn a_number_beside_the_address_of_a_database_is_believed() {
    let found = find("url: jdbc:mysql://db-1:3306/shop\nusername: root\npassword: 222222\n");
    assert!(
        found.iter().any(|(_, confidence, value)| *confidence == Confidence::Medium && value == "222222"),
        "{found:?}"
    );
    let found = find("url: jdbc:mysql://db-1:3306/shop\nusername: root\npassword: root\n");
    assert!(
        found.iter().any(|(_, confidence, value)| *confidence == Confidence::Medium && value == "root"),
        "{found:?}"
    );
    let found = find("{\"host\": \"db-1\", \"port\": 3306, \"user\": \"app\", \"password\": \"222222\"}");
    assert!(found.iter().any(|(_, confidence, _)| *confidence == Confidence::Medium), "{found:?}");
    let found = find("form:\n  username: ada\n  password: 22222\n");
    assert!(found.iter().all(|(_, confidence, _)| *confidence == Confidence::Low), "{found:?}");
}

#[test]
fn what_code_and_hashes_leave_beside_a_name_is_no_value() {
    let mut random = seeded(11);
    let drawn = draw(&mut random, BASE62, 53);
    for text in [
        "\" User:\"+rs.getString(\"User\")+\" Password:\"+rs.getString(\"Password\")",
        "return Mapper.Map<Core.Entities.Secret>(entity);\n",
        "genPasswd = asn1_NOVALUE}).\n",
        "'password' => ['string', 'max:10'],",
        "new TestingToken(\"user\", \"password\", \"ROLE_1\", \"ROLE_2\")",
        "\"@acme/password\": \"npm:^4.0.23\"",
        "expect \"Certificate key : 303b300906052b0e03021a050004148a83e0060faff709ca7e9b95522a2e81635fda0a\"",
        "const val PREFERENCE_PASSCODE_D1 = \"PrefPinCode1\"",
        &format!("password = \"{{bcrypt}}$2a$10${drawn}\""),
        &format!("\"password_hash\": \"…\", \"salt\": \"{}\"", &drawn[..32].to_lowercase()),
    ] {
        assert_eq!(find(text), [], "{text}");
    }
    let plain = format!("password = \"{{noop}}{}\"", &drawn[..24]);
    assert_eq!(find(&plain).len(), 1, "{plain}");
}

#[test]
fn what_prose_calls_an_example_is_believed_little() {
    let mut random = seeded(12);
    let drawn = draw(&mut random, BASE62, 32);
    for before in [
        "Put the secret into the header. For example:\n\n    ",
        "   :caption: Example credentials file:\n\n   ",
        "The key is sent, for instance:\n```bash\n",
        "An example of the settings:\n\nuser = ada\n",
        ">>> ",
        "    iex> ",
    ] {
        let found = find(&format!("{before}client_secret = \"{drawn}\"\n"));
        assert_eq!(found.iter().map(|(_, confidence, _)| *confidence).max(), Some(Confidence::Low), "{before}");
    }
    for before in [
        "db.example.com:\n    ",
        "https://example.com:8080\n",
        "# see example.py:\n",
        "example = True\n",
        "# The example needs no settings\n",
    ] {
        let found = find(&format!("{before}client_secret = \"{drawn}\"\n"));
        assert_eq!(found.iter().map(|(_, confidence, _)| *confidence).max(), Some(Confidence::Medium), "{before}");
    }
    assert_eq!(find("MSSQL_PASS: \"@@mssql_pass@@\""), []);
}
