//! What stands around an assignment and makes it less credible: hashes, test assertions, documentation, data.
//!
//! It looks at a few hundred bytes on both sides and must never look further.

use super::at_most;
use super::name::{Kind, Name, Strength};
use super::value::{DRAWN, Look};
use crate::model::Confidence;
use crate::text::keyvalue::{Assignment, Operator, Quote};
use crate::text::{charset, holds};

/// The confidence that the surroundings leave; none when they deny it.
pub(super) fn weigh(text: &[u8], name: &Name, assignment: &Assignment, look: &Look) -> Option<Confidence> {
    let mut confidence = look.confidence;
    let wrapper = assignment.wrapper.of(text);
    if is_lookup(wrapper) {
        return None;
    }
    let is_environment = is_environment(text, name, assignment)
        || matches!(assignment.operator, Operator::Pair | Operator::Default)
        || text[..name.span.start].ends_with(b"${");
    if assignment.quote == Quote::Bare
        && assignment.operator != Operator::Space
        && !is_environment
        && !is_flag(text, name, assignment)
        && goes_on(text, assignment.value.end)
        && !is_one_of_many(text, name, assignment, look)
    {
        return None;
    }
    let is_word_of_line = is_flag(text, name, assignment)
        || is_one_of_many(text, name, assignment, look)
        || is_cell(text, name, assignment);
    if assignment.quote == Quote::Bare
        && !is_environment
        && !(is_word_of_line && look.confidence >= Confidence::Medium && name.kind == Kind::Password)
        && look.surplus < 15.0
        && !charset::is_uuid(assignment.value.of(text))
    {
        // Unquoted in code: an expression more often than not.
        if name.kind != Kind::Password || look.surplus < 2.0 {
            return None;
        }
        confidence = at_most(confidence, Confidence::Low);
    }
    let own = name.span.of(text);
    match assignment.operator {
        // An attribute of markup, a part of a header, a parameter: `<script nonce="…">`, `Digest realm="…", nonce="…"`.
        Operator::Assign if own.ends_with(b"nonce") && assignment.value.start <= name.span.end + 3 => {
            return None;
        }
        // What a server is to expect.
        _ if own.to_ascii_lowercase().ends_with(b"nonce") && text.get(name.span.end) == Some(&b'(') => return None,
        // `salt 0a1b…`: a line of a list, and no assignment.
        Operator::Space if own.eq_ignore_ascii_case(b"salt") => return None,
        // `must_pass(open("file"))`: what a test expects.
        Operator::Call if own.ends_with(b"_pass") && memchr::memchr(b'(', wrapper).is_some() => return None,
        Operator::Comma if name.strength < Strength::Strong && !is_sure_of(text, name, look) => return None,
        Operator::Comma if look.surplus < 10.0 && name.kind != Kind::Password => {
            confidence = at_most(confidence, Confidence::Low);
        }
        Operator::Compare if look.surplus < if name.kind == Kind::Password { 4.0 } else { 10.0 } => {
            confidence = at_most(confidence, Confidence::Low);
        }
        _ => {}
    }
    // `trafkey=…` in an address that somebody visited.
    let is_anything = name.strength == Strength::Weak && name.kind == Kind::Key;
    if assignment.quote == Quote::Query && (expires(text, assignment) || is_anything) {
        confidence = at_most(confidence, Confidence::Low);
    }
    // A manual does not draw what it shows behind a `#`; settings that were commented out hold what was set. Code is none.
    let is_set_aside = is_indented(text, name.span.start)
        && line_before(text, name.span.start).iter().all(|byte| b"# \t\"'-".contains(byte))
        && look.why == DRAWN
        && !is_called_example(text, name.span.start);
    if is_documentation(text, name.span.start) && !is_set_aside {
        confidence = at_most(confidence, Confidence::Low);
    }
    if assignment.is_listed && look.surplus < 15.0 && name.kind != Kind::Password {
        return None;
    }
    Some(confidence)
}

/// Whether a further argument belongs to a name that is no more than fair: it is a flag's, or a long draw.
fn is_sure_of(text: &[u8], name: &Name, look: &Look) -> bool {
    let before = &text[..name.span.start];
    let is_flag = before.ends_with(b"\"--") || before.ends_with(b"'--") || name.span.of(text).starts_with(b"--");
    name.strength == Strength::Fair && (is_flag || look.surplus >= 45.0)
}

/// Whether a word is given to a password as a value is.
pub(super) fn gives_word(text: &[u8], name: &Name, assignment: &Assignment) -> bool {
    // `'passwords' => 'users'`: the name of a table.
    let is_plural = name.span.of(text).to_ascii_lowercase().ends_with(b"passwords");
    name.kind == Kind::Password && !is_plural && gives_whole(text, name, assignment)
}

/// How much is believed of a weak password at most, by the way in which it is given.
pub(super) fn believes(text: &[u8], name: &Name, assignment: &Assignment) -> Option<Confidence> {
    if gives_whole(text, name, assignment) {
        return Some(Confidence::Certain);
    }
    let is_passed = matches!(assignment.operator, Operator::Call | Operator::Comma | Operator::Compare)
        && assignment.quote == Quote::Closed
        && name.kind == Kind::Password
        && name.strength == Strength::Strong
        && !assignment.is_listed
        && assignment.wrapper.is_empty()
        && !is_documentation(text, name.span.start);
    // `${DB_PASSWORD:-123456}`.
    let is_default = assignment.operator == Operator::Default
        && name.kind == Kind::Password
        && name.strength == Strength::Strong
        && assignment.wrapper.is_empty();
    if is_passed || is_default {
        return Some(Confidence::Medium);
    }
    // `--set db.password=Lantern84 --wait`, `DB_PASSWORD=Lantern84 ./migrate`.
    let is_of_command = assignment.quote == Quote::Bare
        && name.kind == Kind::Password
        && (is_flag(text, name, assignment)
            || is_set(text, name, assignment)
            || is_environment(text, name, assignment));
    if is_of_command && !is_documentation(text, name.span.start) {
        return Some(Confidence::Low);
    }
    // `"user=ada&password=130928"`: the fields of a form that a program sends.
    let is_field = assignment.quote == Quote::Query && !assignment.value.of(text).contains(&b'%');
    if is_field && name.kind == Kind::Password && name.strength == Strength::Strong {
        return Some(Confidence::Low);
    }
    is_told(text, name, assignment).then_some(Confidence::Low)
}

/// Whether the settings beside a password are those of a connection: a user, a host, and a port or a database.
pub(super) fn connects(text: &[u8], name: &Name) -> bool {
    let near = &text[name.span.start.saturating_sub(240)..(name.span.end + 240).min(text.len())].to_ascii_lowercase();
    let has = |mark: &[u8]| holds(near, mark);
    let is_any = |marks: &[&[u8]]| marks.iter().any(|mark| has(mark));
    has(b"user")
        && is_any(&[b"host", b"addr", b"server", b"url"])
        && is_any(&[b"port", b"jdbc:", b"database", b"\"db", b"dbname"])
}

/// Whether the address of a driver stands beside a password, and its user.
pub(super) fn is_of_driver(text: &[u8], name: &Name) -> bool {
    let near = &text[name.span.start.saturating_sub(240)..(name.span.end + 240).min(text.len())].to_ascii_lowercase();
    let has = |mark: &[u8]| holds(near, mark);
    has(b"user") && has(b"url") && has(b"jdbc:")
}

/// `User: ada, password: …`: said of a user at the end of a line or of an element.
fn is_told(text: &[u8], name: &Name, assignment: &Assignment) -> bool {
    let before = &text[name.span.start.saturating_sub(60)..name.span.start];
    let line = memchr::memrchr(b'\n', before).map_or(before, |at| &before[at + 1..]).to_ascii_lowercase();
    let is_end = matches!(text.get(assignment.value.end), None | Some(b'\n' | b'\r' | b'<'));
    let is_of_user = [&b"user"[..], b"login"].iter().any(|word| holds(&line, word));
    name.kind == Kind::Password
        && name.strength == Strength::Strong
        && assignment.quote == Quote::Bare
        && assignment.operator == Operator::Colon
        && is_end
        && is_of_user
}

/// PHP's `define('NAME', 'value')` assigns.
fn is_defined(text: &[u8], name: &Name, assignment: &Assignment) -> bool {
    let before = &text[name.span.start.saturating_sub(16)..name.span.start];
    let before = before.strip_suffix(b"'").or_else(|| before.strip_suffix(b"\"")).map(<[u8]>::trim_ascii_end);
    assignment.operator == Operator::Comma && before.is_some_and(|before| before.ends_with(b"define("))
}

/// `storePassword 'lantern'`: a name and a literal that are a line by themselves, as build files and recipes set them.
fn is_statement(text: &[u8], name: &Name, assignment: &Assignment) -> bool {
    let before = &text[name.span.start.saturating_sub(60)..name.span.start];
    let line = memchr::memrchr(b'\n', before).map_or(before, |at| &before[at + 1..]);
    let after = &text[assignment.value.end..];
    let rest = after.get(1..).unwrap_or_default();
    let rest = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    assignment.operator == Operator::Space
        && assignment.quote == Quote::Closed
        && line.trim_ascii().is_empty()
        && rest.trim_ascii().is_empty()
}

/// Whether a value is assigned whole to a strong name, and not as an argument or one of a list.
pub(super) fn gives_whole(text: &[u8], name: &Name, assignment: &Assignment) -> bool {
    let is_given =
        matches!(assignment.operator, Operator::Assign | Operator::Colon | Operator::Element | Operator::Pair)
            || is_defined(text, name, assignment)
            || is_statement(text, name, assignment);
    // `password = content` is code.
    let is_tight = assignment.operator == Operator::Colon
        || assignment.value.start == name.span.end + 1
        || is_beyond_code(assignment.value.of(text));
    let is_whole = assignment.quote == Quote::Closed || assignment.quote == Quote::Line && is_tight;
    name.strength == Strength::Strong
        && is_given
        && is_whole
        && !assignment.is_listed
        && assignment.wrapper.is_empty()
        && !is_documentation(text, name.span.start)
}

/// `PASS = Lantern81!`: a sign where no expression has one, or a number, which nobody computes a password from.
fn is_beyond_code(value: &[u8]) -> bool {
    let is_sign = |byte: &u8| b"!@#$%^&?~".contains(byte);
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || is_sign(byte) || b"_-+*.,".contains(byte);
    let is_number = value.len() >= 5 && value.iter().all(u8::is_ascii_digit);
    let has_digit = value.iter().any(u8::is_ascii_digit);
    is_number || has_digit && value.iter().all(is_plain) && value.iter().skip(1).any(is_sign)
}

/// `NAME=value command`: a shell's assignment for one command, or one after `export` or `-e`.
fn is_environment(text: &[u8], name: &Name, assignment: &Assignment) -> bool {
    let is_loud = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    let starts = name.span.start.checked_sub(1).is_none_or(|at| text[at].is_ascii_whitespace());
    starts
        && name.span.of(text).iter().all(is_loud)
        && assignment.operator == Operator::Assign
        && assignment.value.start == name.span.end + 1
}

/// `--password=value`, and further words of the command behind it.
fn is_flag(text: &[u8], name: &Name, assignment: &Assignment) -> bool {
    let is_inner = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'-' | b'_' | b'.');
    let before = text[..name.span.start].iter().rev().take_while(is_inner).count();
    let word = &text[name.span.start - before..name.span.end];
    let is_joined = assignment.operator == Operator::Assign || assignment.operator == Operator::Space;
    word.starts_with(b"--") && is_joined && assignment.value.start == name.span.end + 1
}

/// `--set db.password=value`: what a chart is installed with.
fn is_set(text: &[u8], name: &Name, assignment: &Assignment) -> bool {
    let before = &text[name.span.start.saturating_sub(24)..name.span.start];
    let is_tight = assignment.operator == Operator::Assign && assignment.value.start == name.span.end + 1;
    is_tight && [&b"--set "[..], b"--set-string "].iter().any(|flag| before.ends_with(flag))
}

/// Whether a getter is given the value for want of another: `os.getenv("SESSION_KEY", "…")`.
pub(super) fn is_default(text: &[u8], name: &Name, assignment: &Assignment) -> bool {
    let before = &text[name.span.start.saturating_sub(40)..name.span.start];
    let before = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or_default();
    let is_getter =
        [&b"env("[..], b"environ.get(", b"OrDefault(", b"config("].iter().any(|call| before.ends_with(call));
    let is_of_getter = assignment.operator == Operator::Comma && is_getter;
    (is_of_getter || assignment.operator == Operator::Default)
        && name.strength == Strength::Strong
        && assignment.quote == Quote::Closed
        && assignment.wrapper.is_empty()
        && !is_documentation(text, name.span.start)
}

/// `| password | value |`: the cells of a table hold no expressions.
fn is_cell(text: &[u8], name: &Name, assignment: &Assignment) -> bool {
    let before = text[..name.span.start].trim_ascii_end();
    let rest = text[assignment.value.end..].trim_ascii_start();
    before.ends_with(b"|") && rest.starts_with(b"|") && text[name.span.end..].trim_ascii_start().starts_with(b"|")
}

/// Whether a signed address says when it is over: what it grants is over soon after it was made.
fn expires(text: &[u8], assignment: &Assignment) -> bool {
    let near = &text[assignment.value.start.saturating_sub(120)..(assignment.value.end + 60).min(text.len())];
    [&b"?e="[..], b"&e=", b"xpires=", b"xpires_in=", b"&se=", b"?se="].into_iter().any(|mark| holds(near, mark))
}

/// Whether a line belongs to a comment that explains: it begins with ` * `, `///` or `//!`, or it is indented behind its
/// `#` as examples are. Code that somebody commented out is none, be it with four strokes.
fn is_documentation(text: &[u8], at: usize) -> bool {
    let line = line_before(text, at);
    let is_of_item = line.starts_with(b"///") && !line.starts_with(b"////");
    // What somebody typed to show it.
    let is_session = line.starts_with(b">>> ") || line.starts_with(b"iex> ");
    line.starts_with(b"* ")
        || is_of_item
        || line.starts_with(b"//!")
        || is_indented(text, at)
        || is_session
        || is_called_example(text, at)
}

/// How far before a value the words that call it an example may stand.
const EXAMPLE: usize = 200;

/// Whether a line of prose ends in a colon and speaks of an example: `For example:`, `An example of the settings:`.
pub(super) fn is_called_example(text: &[u8], at: usize) -> bool {
    let is_part =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"._-@/\"'".contains(byte));
    let lower = text[at.saturating_sub(EXAMPLE)..at].to_ascii_lowercase();
    for word in [&b"example"[..], b"for instance"] {
        for at in memchr::memmem::find_iter(&lower, word) {
            let end = at + word.len();
            let rest = &lower[end..];
            // What the window cuts off or the value's own line says of itself ends nothing.
            let Some(stop) = memchr::memchr(b'\n', rest) else { continue };
            let is_word = at > 0 && !is_part(lower.get(at - 1)) && !is_part(lower.get(end));
            if is_word && rest[..stop].trim_ascii_end().ends_with(b":") {
                return true;
            }
        }
    }
    false
}

/// Whether a line is indented behind its `#`.
fn is_indented(text: &[u8], at: usize) -> bool {
    line_before(text, at).starts_with(b"#   ")
}

fn line_before(text: &[u8], at: usize) -> &[u8] {
    let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |at| at + 1);
    text[start..at].trim_ascii_start()
}

/// `name=app password=… state=present`: a drawn password behind a word that is given a value so.
fn is_one_of_many(text: &[u8], name: &Name, assignment: &Assignment, look: &Look) -> bool {
    let is_tight = assignment.operator == Operator::Assign && assignment.value.start == name.span.end + 1;
    let is_given = |word: &[u8]| memchr::memchr(b'=', word).is_some_and(|at| at > 0 && at + 1 < word.len());
    let before =
        text[..name.span.start].strip_suffix(b" ").and_then(|text| text.rsplit(u8::is_ascii_whitespace).next());
    is_tight && name.kind == Kind::Password && look.confidence >= Confidence::Medium && before.is_some_and(is_given)
}

/// Whether prose goes on after a bare value.
fn goes_on(text: &[u8], end: usize) -> bool {
    match text.get(end..end + 2) {
        Some([b' ', next]) => next.is_ascii_alphabetic(),
        _ => false,
    }
}

/// Functions that take a name and give a value: their argument is no secret.
fn is_lookup(wrapper: &[u8]) -> bool {
    const LOOKUPS: &[&[u8]] = &[
        b"getenv",
        b"env",
        b"t",
        b"i18n",
        b"translate",
        b"gettext",
        b"_",
        b"require",
        b"import",
        b"find",
        b"query",
        b"select",
        b"lookup",
        b"open",
        b"load",
        b"print",
        b"printf",
        b"sprintf",
        b"println",
        b"test",
        b"match",
        b"matches",
        b"getproperty",
        b"getstring",
        b"getparameter",
        b"property",
        b"get",
        b"fetch",
        b"read",
        b"readfile",
        b"file",
        b"path",
        b"join",
        b"url",
        b"uri",
        b"regexp",
        b"compile",
        b"label",
        b"text",
        b"message",
        b"error",
        b"tr",
        b"__",
        b"_e",
        b"_t",
        b"lang",
        b"config",
        b"param",
        b"ref",
        b"symbol",
        b"queryselector",
        b"getelementbyid",
        b"by",
        b"id",
        b"xpath",
        b"css",
        b"contains",
        b"replace",
        b"split",
        b"startswith",
        b"endswith",
        b"hasattribute",
        b"type",
        b"field",
        b"column",
        b"var",
    ];
    let name = wrapper.trim_ascii_end();
    let name = name.strip_suffix(b"(").unwrap_or(name).trim_ascii_end();
    let start = name.iter().rposition(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_')).map_or(0, |at| at + 1);
    let name = &name[start..];
    let lower = name.to_ascii_lowercase();
    let finds = [&b"xpath"[..], b"selector", b"byid", b"byname", b"byclassname", b"bytagname"];
    !name.is_empty() && (LOOKUPS.contains(&lower.as_slice()) || finds.iter().any(|tail| lower.ends_with(tail)))
}
