use super::*;

/// Finds `NAME` in the text and returns the first value that it is given.
fn read(text: &str) -> Option<(Operator, Quote, String)> {
    let start = text.find("NAME").expect("the text holds NAME");
    let mut found = None;
    values(text.as_bytes(), Span::new(start, start + 4), |assignment| {
        let value = String::from_utf8_lossy(assignment.value.of(text.as_bytes())).into_owned();
        found.get_or_insert((assignment.operator, assignment.quote, value));
    });
    found
}

#[test]
fn every_language_has_its_assignment() {
    for (text, operator, value) in [
        (r#"NAME = "v1""#, Operator::Assign, "v1"),
        ("NAME='v1';", Operator::Assign, "v1"),
        ("NAME := `v1`", Operator::Assign, "v1"),
        (r#"NAME ||= "v1""#, Operator::Assign, "v1"),
        (r#""NAME": "v1","#, Operator::Colon, "v1"),
        (r#"'NAME' => 'v1',"#, Operator::Colon, "v1"),
        (":NAME => 'v1'", Operator::Colon, "v1"),
        ("NAME: 'v1'", Operator::Colon, "v1"),
        (r#"$cfg['NAME'] = 'v1';"#, Operator::Assign, "v1"),
        (r#"config["NAME"]="v1""#, Operator::Assign, "v1"),
        (r#"let NAME: &str = "v1";"#, Operator::Assign, "v1"),
        (r#"NAME?: string = 'v1'"#, Operator::Assign, "v1"),
        (r#"char NAME[] = "v1";"#, Operator::Assign, "v1"),
        (r#"char NAME[32] = "v1";"#, Operator::Assign, "v1"),
        (r#"@"NAME" : @"v1""#, Operator::Colon, "v1"),
        (r#"#define NAME "v1""#, Operator::Space, "v1"),
        (r#"define('NAME', 'v1');"#, Operator::Comma, "v1"),
        (r#"setNAME("v1")"#, Operator::Call, "v1"),
        (r#"NAME = new String("v1")"#, Operator::Assign, "v1"),
        (r#"NAME: aws.String("v1"),"#, Operator::Colon, "v1"),
        (r#"NAME = []byte("v1")"#, Operator::Assign, "v1"),
        (r#"NAME = b"v1""#, Operator::Assign, "v1"),
        (r#"NAME = base64.b64decode(b'v1')"#, Operator::Assign, "v1"),
        (r#"getenv("NAME", "v1")"#, Operator::Comma, "v1"),
        (r#"getenv("NAME", "v=1&2")"#, Operator::Comma, "v=1&2"),
        (r#"env("NAME", default="v1")"#, Operator::Pair, "v1"),
        (r#"getenv('NAME') ?: 'v1'"#, Operator::Default, "v1"),
        (r#"process.env.NAME || 'v1'"#, Operator::Default, "v1"),
        (r#"os.environ.get("NAME") or "v1""#, Operator::Default, "v1"),
        ("${NAME:-v1}", Operator::Default, "v1"),
        (r#"if (NAME == "v1")"#, Operator::Compare, "v1"),
        ("NAME =\n    \"v1\"", Operator::Assign, "v1"),
        ("NAME <- 'v1'", Operator::Assign, ""),
    ] {
        let found = read(text).filter(|_| !value.is_empty());
        let expected = (!value.is_empty()).then(|| (operator, Quote::Closed, value.to_owned()));
        match (&found, &expected) {
            (Some((_, Quote::Bare, _)), Some((_, _, value))) if text.starts_with("${") => {
                assert_eq!(&found.as_ref().expect("found").2, value);
            }
            _ => assert_eq!(found, expected, "{text}"),
        }
    }
}

#[test]
fn files_have_values_without_quotes() {
    for (text, operator, quote, value) in [
        ("NAME=v1#x;y,z", Operator::Assign, Quote::Line, "v1#x;y,z"),
        ("export NAME=v1\n", Operator::Assign, Quote::Line, "v1"),
        ("NAME = v1 # note\n", Operator::Assign, Quote::Line, "v1"),
        ("  NAME: v1\n", Operator::Colon, Quote::Line, "v1"),
        ("x = f(NAME=v1, b)", Operator::Assign, Quote::Bare, "v1"),
        ("ENV NAME v1\n", Operator::Space, Quote::Line, "v1"),
        ("tool --NAME=v1 --other", Operator::Assign, Quote::Bare, "v1"),
        ("tool --NAME v1 --other", Operator::Space, Quote::Bare, "v1"),
        ("https://h/p?a=b&NAME=v1&c=d", Operator::Assign, Quote::Query, "v1"),
        ("NAME: |\n  v1\n", Operator::Colon, Quote::Line, "v1"),
        ("NAME:\n  - 'v1'\n", Operator::Colon, Quote::Closed, "v1"),
    ] {
        assert_eq!(read(text), Some((operator, quote, value.to_owned())), "{text}");
    }
}

#[test]
fn documents_have_elements_and_pairs() {
    for (text, operator, value) in [
        ("<NAME>v1</NAME>", Operator::Element, "v1"),
        ("<string name=\"NAME\">v1</string>", Operator::Element, "v1"),
        ("<x NAME=\"v1\"/>", Operator::Assign, "v1"),
        ("<add key=\"NAME\" value=\"v1\"/>", Operator::Pair, "v1"),
        ("<name>NAME</name>\n  <value>v1</value>", Operator::Pair, "v1"),
        ("<key>NAME</key>\n  <string>v1</string>", Operator::Pair, "v1"),
        (r#"{"name":"NAME","value":"v1"}"#, Operator::Pair, "v1"),
        ("- name: NAME\n  value: 'v1'\n", Operator::Pair, "v1"),
        ("- name: NAME\n  value: v1\n", Operator::Pair, "v1"),
        (r#""{\"NAME\":\"v1\",\"b\":1}""#, Operator::Colon, "v1"),
    ] {
        let found = read(text).map(|(operator, _, value)| (operator, value));
        assert_eq!(found, Some((operator, value.to_owned())), "{text}");
    }
}

#[test]
fn lists_are_read_whole() {
    let text = br#"NAME = ["v1", "v2",
        "v3"]"#;
    let mut found = Vec::new();
    values(text, Span::new(0, 4), |assignment| found.push(assignment.value.of(text).to_vec()));
    assert_eq!(found, [b"v1", b"v2", b"v3"]);
}

#[test]
fn prose_and_code_are_no_assignments() {
    for text in
        ["the NAME is", "NAME.length", "NAME)", "fn NAME()", "NAME::new()", "NAME;", "NAME", "a NAME, b", "NAME =~ /x/"]
    {
        assert_eq!(read(text), None, "{text}");
    }
}
