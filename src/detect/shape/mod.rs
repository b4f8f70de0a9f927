//! Credentials that a grammar announces: credential files, commands, SQL, addresses, manifests.
//!
//! Where the grammar says that a value is a password, the value itself need not look like one. Each shape is a small
//! file with the literals that call it. A shape sees a bounded window around its literal and nothing else: it must
//! never need more, for a scan of changed bytes has to agree with a scan of the whole file.

mod ansible;
mod argument;
pub(super) mod belief;
#[macro_use]
mod calls;
mod command;
mod cookie;
mod crypt;
mod django;
mod docker;
mod insert;
mod keystore;
mod kubernetes;
mod listed;
mod lone;
mod netrc;
mod network;
mod option_file;
mod otp;
mod pgp;
mod pgpass;
mod rails;
mod sql;
mod terraform;
mod transfer;
mod userinfo;
mod wallet;
mod weak;
mod wordpress;

use std::borrow::Cow;

pub use super::hit::Hit;
use crate::model::{Confidence, Span};

/// What a shape looks at.
struct Sight<'a> {
    /// The window.
    text: &'a [u8],
    /// Where the literal begins in it, and where it ends.
    hit: usize,
    end: usize,
    out: &'a mut Vec<Hit>,
}

type Shape = fn(&mut Sight<'_>);

macro_rules! shapes {
    ($($shape:path: $($literal:literal)+;)+) => {
        /// The literals that call the shapes, lower case.
        pub const KEYWORDS: &[&str] = &[$($($literal,)+)+];

        const SHAPES: &[Shape] = &[$($(shapes!(@one $literal $shape),)+)+];
    };
    (@one $literal:literal $shape:path) => { $shape };
}

calls!(shapes);

/// The rules that the shapes report under.
pub const RULES: &[&str] = &[
    "ansible-inventory-password",
    "argument-key",
    "argument-password",
    "command-line-password",
    "connection-weak-password",
    "django-secret-key",
    "docker-config-auth",
    "file-transfer-password",
    "htpasswd-entry",
    "keystore-base64",
    "kubernetes-secret-value",
    "maven-server-password",
    "netrc-password",
    "network-device-password",
    "network-device-snmp-community",
    "option-file-password",
    "otp-seed",
    "password-file-entry",
    "password-hash",
    "private-key-pgp-packet",
    "private-key-store",
    "pgpass-password",
    "rails-master-key",
    "secret-file-value",
    "session-cookie",
    "shadow-entry",
    "sql-password",
    "table-password",
    "terraform-sensitive-output",
    "tomcat-user-password",
    "url-credentials",
    "wallet-key-array",
    "wallet-seed-phrase",
    "wordpress-database-password",
    "wordpress-secret-key",
];

/// How many bytes before a literal, and how many after it, a shape may look at.
const REACH: usize = 490;

/// A text of at most so many bytes is also looked at as a whole.
pub const SMALL: usize = 2048;

/// Looks at literal number `keyword` that stands at `hit`.
pub fn at(text: &[u8], hit: usize, keyword: usize, out: &mut Vec<Hit>) {
    let (Some(literal), Some(shape)) = (KEYWORDS.get(keyword), SHAPES.get(keyword)) else { return };
    let window = Span::new(hit.saturating_sub(REACH), (hit + REACH).min(text.len()));
    let end = hit + literal.len();
    if end > window.end {
        return;
    }
    let first = out.len();
    shape(&mut Sight { text: window.of(text), hit: hit - window.start, end: end - window.start, out });
    for found in &mut out[first..] {
        found.span = Span::new(found.span.start + window.start, found.span.end + window.start);
        found.window = window;
    }
}

/// Looks at a text of at most [`SMALL`] bytes as a whole: files that hold credentials and nothing else. A word by itself is
/// suspicious only as the content of a file: names and messages are made of words.
pub fn whole(text: &[u8], is_content: bool, out: &mut Vec<Hit>) {
    rails::whole(text, out);
    if is_content {
        lone::whole(text, out);
    }
    if wallet::may_be_whole(text) {
        wallet::whole(text, out);
    }
}

impl Sight<'_> {
    /// Reports a value.
    fn report(&mut self, rule: &'static str, span: Span, confidence: Confidence, reasons: &[&'static str]) {
        self.report_decoded(rule, span, None, confidence, reasons);
    }

    /// Reports a value that is not the bytes of its span.
    fn report_decoded(
        &mut self,
        rule: &'static str,
        span: Span,
        value: Option<Vec<u8>>,
        confidence: Confidence,
        reasons: &[&'static str],
    ) {
        let reasons = reasons.iter().map(|&reason| Cow::Borrowed(reason)).collect();
        self.out.push(Hit {
            rule,
            span,
            window: span,
            confidence,
            value: value.map(crate::model::Secret::new),
            reasons,
            visible: 0,
        });
    }

    /// Reports a password that the grammar announces, if its value is believable.
    fn report_password(&mut self, rule: &'static str, span: Span, announcement: &'static str) {
        if let Some((confidence, why)) = belief::of(span.of(self.text)) {
            self.report(rule, span, confidence, &[announcement, why]);
        }
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(b'\n')
    }

    /// The line around a byte, without its break.
    fn line(&self, at: usize) -> Span {
        let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let at = at.min(self.text.len());
        let start = self.text[..at].iter().rposition(is_break).map_or(0, |at| at + 1);
        let end = self.text[at..].iter().position(is_break).map_or(self.text.len(), |length| at + length);
        Span::new(start, end)
    }

    /// Whether the window begins or ends within `line`, so that the line may be longer than what is seen of it.
    fn is_cut(&self, line: Span) -> bool {
        (line.start == 0 && self.hit == REACH) || (line.end == self.text.len() && self.hit + REACH == self.text.len())
    }

    /// The end of the run of bytes that begins at `at` and for which `holds`.
    fn run(&self, at: usize, holds: impl Fn(u8) -> bool) -> usize {
        self.text[at.min(self.text.len())..]
            .iter()
            .position(|&byte| !holds(byte))
            .map_or(self.text.len(), |length| at + length)
    }

    fn skip_blanks(&self, at: usize) -> usize {
        self.run(at, |byte| matches!(byte, b' ' | b'\t'))
    }
}

/// Where `needle` stands in `text`, ASCII case aside.
fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let (lower, upper) = (needle.first()?.to_ascii_lowercase(), needle.first()?.to_ascii_uppercase());
    memchr::memchr2_iter(lower, upper, text)
        .find(|&at| text.get(at..at + needle.len()).is_some_and(|found| found.eq_ignore_ascii_case(needle)))
}

#[cfg(test)]
mod tests;
