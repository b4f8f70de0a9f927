//! Passwords among the arguments of commands: `mysql -psecret`, `curl -u user:secret`, `sshpass -p secret`.
//!
//! Each tool has its own flags; the same `-p` is a port for another. Nothing is executed and no shell is parsed beyond
//! words, quotes and the end of a command.

use super::{Sight, belief, find};
use crate::model::{Confidence, Span};
use crate::text::{Proof, validate::Validator};

const RULE: &str = "command-line-password";
const TAKEN: &str = "is an argument of a command that takes a password there";

/// How a flag takes its password.
#[derive(Clone, Copy, PartialEq)]
enum Take {
    /// In the same word: `-psecret`.
    Joined,
    /// In the same or the next word.
    Either,
    /// As the next word, or after `=`.
    Next,
    /// Next or joined, after a user and a colon.
    AfterColon,
    /// Next, after a user and a per cent sign.
    AfterPercent,
    /// Next, after `pass:`.
    AfterPass,
    /// Next, after a user and a comma.
    AfterComma,
}

use Take::{AfterColon, AfterComma, AfterPass, AfterPercent, Either, Joined, Next};

/// Flags that take a password, and how.
type Flags = &'static [(&'static [u8], Take)];

/// Tools, by the beginning of their names, and their flags.
const TOOLS: &[(&[u8], Flags)] = &[
    (b"sshpass", &[(b"-p", Either)]),
    (b"mysql", &[(b"-p", Joined), (b"--password", Next)]),
    (b"mariadb", &[(b"-p", Joined), (b"--password", Next)]),
    (b"curl", &[(b"-u", AfterColon), (b"--user", AfterColon), (b"-U", AfterColon), (b"--proxy-user", AfterColon)]),
    (b"docker login", &[(b"-p", Either), (b"--password", Next)]),
    (b"podman login", &[(b"-p", Either), (b"--password", Next)]),
    (b"registry login", &[(b"-p", Next), (b"--password", Next)]),
    (
        b"wget",
        &[(b"--password", Next), (b"--http-password", Next), (b"--ftp-password", Next), (b"--proxy-password", Next)],
    ),
    (b"redis-cli", &[(b"-a", Next), (b"--pass", Next)]),
    (b"smbclient", &[(b"-U", AfterPercent), (b"--user", AfterPercent), (b"--password", Next)]),
    (b"ldap", &[(b"-w", Next)]),
    (b"plink", &[(b"-pw", Next)]),
    (b"pscp", &[(b"-pw", Next)]),
    (b"sqlcmd", &[(b"-P", Either)]),
    (b"mongo", &[(b"-p", Next), (b"--password", Next)]),
    (b"keytool", &[(b"-storepass", Next), (b"-keypass", Next), (b"-srcstorepass", Next), (b"-deststorepass", Next)]),
    (b"jarsigner", &[(b"-storepass", Next), (b"-keypass", Next)]),
    (
        b"openssl",
        &[
            (b"-passin", AfterPass),
            (b"-passout", AfterPass),
            (b"-pass", AfterPass),
            (b"-password", AfterPass),
            (b"-k", Next),
            (b"-K", Next),
        ],
    ),
    (b"zip", &[(b"-P", Either), (b"--password", Next)]),
    (b"unzip", &[(b"-P", Either)]),
    (b"7z", &[(b"-p", Joined)]),
    (b"svn", &[(b"--password", Next)]),
    (b"gpg", &[(b"--passphrase", Next)]),
    (b"lftp", &[(b"-u", AfterComma)]),
    (b"az login", &[(b"-p", Next), (b"--password", Next)]),
    (b"cqlsh", &[(b"-p", Next), (b"--password", Next)]),
    (b"clickhouse-client", &[(b"--password", Next)]),
    (b"htpasswd", &[]),
    (b"rsync", &[(b"--password", Next)]),
    (b"snmp", &[(b"-c", Next), (b"-A", Next), (b"-X", Next)]),
    (b"net-snmp-create", &[(b"-A", Next), (b"-X", Next), (b"-a", Next), (b"-x", Next)]),
    (b"psexec", &[(b"-p", Next)]),
    (b"user", &[(b"-p", Next), (b"--password", Next)]),
    (b"bcp", &[(b"-P", Either)]),
    (b"osql", &[(b"-P", Either)]),
    (b"ipmitool", &[(b"-P", Next)]),
    (b"racadm", &[(b"-p", Next)]),
    (b"steghide", &[(b"-p", Next), (b"--passphrase", Next)]),
    (b"veracrypt", &[(b"-p", Next), (b"--password", Next)]),
    (b"redis-server", &[(b"--requirepass", Next), (b"--masterauth", Next)]),
    (b"schtasks", &[(b"/rp", Next), (b"/RP", Next)]),
    (b"murmurd", &[(b"-supw", Next)]),
    (b"open", &[(b"-u", AfterComma)]),
    (b"twine upload", &[(b"-p", Next), (b"--password", Next)]),
];

pub(super) fn read(sight: &mut Sight<'_>) {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if sight.hit > 0
        && (is_name(sight.text[sight.hit - 1]) || matches!(sight.text[sight.hit - 1], b'@' | b'$' | b':' | b'#'))
    {
        return;
    }
    let name = sight.text[sight.hit..sight.end].to_ascii_lowercase();
    let Some((tool, flags)) = TOOLS.iter().find(|(tool, _)| name.starts_with(tool)) else { return };
    // `mysqldump`, `mongosh`, `ldapsearch`: the rest of the name, then an argument.
    let end = sight.run(sight.hit + tool.len(), |byte| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
    });
    if !matches!(sight.byte(end), b' ' | b'\t' | b'"' | b'\'') {
        return;
    }
    // In a list of words, the quotation mark after the name closes it.
    let is_listed = sight.hit > 0 && sight.text[sight.hit - 1] == sight.byte(end) && sight.byte(end) != b' ';
    let words = words(sight, if is_listed { end + 1 } else { end });
    if *tool == b"htpasswd" {
        return htpasswd(sight, &words);
    }
    if sight.text[sight.hit..end].eq_ignore_ascii_case(b"mysqladmin") {
        // `mysqladmin … password NEW`.
        let given = words.iter().position(|word| word.of(sight.text) == b"password").and_then(|at| words.get(at + 1));
        given.into_iter().for_each(|value| report(sight, *value));
    }
    for (at, word) in words.iter().enumerate() {
        for (flag, take) in *flags {
            if let Some(value) = taken(sight.text, *word, words.get(at + 1).copied(), flag, *take) {
                report(sight, value);
                break;
            }
        }
    }
}

/// The words of a command up to its end.
fn words(sight: &Sight<'_>, start: usize) -> Vec<Span> {
    let mut words = Vec::new();
    let mut at = start;
    while at < sight.text.len() && words.len() < 40 {
        match sight.byte(at) {
            b' ' | b'\t' | b',' | b'[' | b']' => at += 1,
            b'\\' if matches!(sight.byte(at + 1), b'\n' | b'\r') => {
                at = sight.run(at + 1, |byte| byte.is_ascii_whitespace());
            }
            b'\n' | b'\r' | b'|' | b';' | b'&' | b')' | b'`' | b'#' | b'<' | b'>' => break,
            quote @ (b'"' | b'\'') => {
                let end = sight.run(at + 1, |byte| byte != quote && byte != b'\n');
                if end > at + 1 {
                    words.push(Span::new(at + 1, end));
                }
                at = end + 1;
            }
            _ => {
                let mut end = sight.run(at, |byte| !byte.is_ascii_whitespace() && !b"\"'|;&)`<>,".contains(&byte));
                if sight.byte(end) == b',' && !matches!(sight.byte(end + 1), b' ' | b'"') {
                    end = sight.run(end, |byte| !byte.is_ascii_whitespace() && !b"\"'|;&)`<>".contains(&byte));
                }
                if end == at {
                    at += 1;
                    continue;
                }
                // `--password="…"`: the quoted part belongs to the word.
                let quote = sight.byte(end);
                if matches!(quote, b'"' | b'\'') && (sight.byte(end - 1) == b'=' || end - at <= 3) {
                    let close = sight.run(end + 1, |byte| byte != quote && byte != b'\n');
                    words.push(Span::new(at, close));
                    at = close + 1;
                } else {
                    words.push(Span::new(at, end));
                    at = end;
                }
            }
        }
    }
    words
}

/// The value that a flag takes.
fn taken(text: &[u8], word: Span, next: Option<Span>, flag: &[u8], take: Take) -> Option<Span> {
    let rest = word.of(text).strip_prefix(flag)?;
    let begin = |skip: usize| Span::new(word.start + flag.len() + skip, word.end);
    let next = next.filter(|next| !next.of(text).starts_with(b"-"));
    let given = match (rest.first(), take) {
        (None, Joined) => return None,
        (None, _) => next?,
        (Some(b'='), Next | AfterColon | AfterPercent | Either) => begin(1),
        (Some(b'"' | b'\''), Joined | Either | AfterColon) => begin(1),
        (Some(_), Joined | Either) if flag.len() == 2 => begin(0),
        (Some(_), AfterColon) if flag.len() == 2 => begin(0),
        _ => return None,
    };
    let given = match text.get(given.start) {
        Some(b'"' | b'\'') => Span::new(given.start + 1, given.end),
        _ => given,
    };
    let after = |sign: u8| memchr::memchr(sign, given.of(text)).map(|at| Span::new(given.start + at + 1, given.end));
    match take {
        AfterColon => after(b':').filter(|_| !given.of(text).starts_with(b":") || given.len() > 16),
        AfterPercent => after(b'%'),
        AfterComma => after(b','),
        AfterPass => given.of(text).starts_with(b"pass:").then(|| Span::new(given.start + 5, given.end)),
        _ => Some(given),
    }
}

/// `htpasswd -b FILE USER PASSWORD`, `htpasswd -nb USER PASSWORD`.
fn htpasswd(sight: &mut Sight<'_>, words: &[Span]) {
    let is_flag = |word: &&Span| word.of(sight.text).starts_with(b"-");
    let takes = words.iter().filter(is_flag).any(|word| word.of(sight.text).contains(&b'b'));
    let plain: Vec<Span> = words.iter().filter(|word| !is_flag(word)).copied().collect();
    if let (true, Some(&last)) = (takes, plain.last().filter(|_| plain.len() >= 2)) {
        report(sight, last);
    }
}

/// `echo 'user:password' | chpasswd`.
pub(super) fn piped(sight: &mut Sight<'_>) {
    let line = sight.line(sight.hit);
    let before = &sight.text[line.start..sight.hit];
    let Some(pipe) = memchr::memrchr(b'|', before) else { return };
    let Some(echo) = find(&before[..pipe], b"echo ").map(|at| at + 5) else { return };
    let text = &before[echo..pipe];
    let Some(colon) = memchr::memchr(b':', text) else { return };
    let start = line.start + echo + colon + 1;
    let end = sight.run(start, |byte| byte > b' ' && !b"\"'|\\".contains(&byte));
    report(sight, Span::new(start, end));
}

/// `echo password | sudo -S …`, `echo password | docker login --password-stdin`: what is echoed, whole.
pub(super) fn echoed(sight: &mut Sight<'_>) {
    let line = sight.line(sight.hit);
    let rest = &sight.text[sight.end..line.end];
    let is_sudo = sight.text[sight.hit..sight.end].eq_ignore_ascii_case(b"sudo -");
    let flags = rest.split(|&byte| byte == b' ').next().unwrap_or_default();
    let reads = !is_sudo || flags.contains(&b'S') || flags == b"-stdin";
    let before = &sight.text[line.start..sight.hit];
    if !reads {
        return;
    }
    let given = match memchr::memrchr(b'|', before) {
        Some(pipe) => {
            let said = [&b"echo "[..], b"printf "]
                .into_iter()
                .find_map(|word| Some(find(&before[..pipe], word)? + word.len()));
            said.map(|at| Span::new(line.start + at, line.start + pipe))
        }
        None => find(rest, b"<<<").map(|at| Span::new(sight.end + at + 3, line.end)),
    };
    let Some(given) = given else { return };
    // Flags of `echo`, then the word.
    let mut at = sight.skip_blanks(given.start);
    while sight.byte(at) == b'-' && matches!(sight.byte(at + 1), b'n' | b'e' | b'E') {
        at = sight.skip_blanks(sight.run(at, |byte| byte > b' '));
    }
    let quote = sight.byte(at);
    let value = if matches!(quote, b'"' | b'\'') {
        Span::new(at + 1, sight.run(at + 1, |byte| byte != quote && byte != b'\n'))
    } else {
        Span::new(at, sight.run(at, |byte| byte > b' ' && !b"|;&\"'".contains(&byte)))
    };
    if value.end <= given.end {
        report(sight, value);
    }
}

/// `net user NAME PASSWORD /add`.
pub(super) fn net_user(sight: &mut Sight<'_>) {
    let words = words(sight, sight.end);
    let text = |word: &Span| word.of(sight.text);
    let is_made = words.iter().any(|word| text(word).eq_ignore_ascii_case(b"/add"));
    if let (true, Some(value)) = (is_made, words.get(1).copied().filter(|word| !text(word).starts_with(b"/")))
        && text(&value) != b"*"
    {
        report(sight, value);
    }
}

fn report(sight: &mut Sight<'_>, value: Span) {
    let text = value.of(sight.text);
    if Validator::Crypt.check(text) == Proof::Passed {
        return sight.report(RULE, value, Confidence::Medium, &[TAKEN, "is the hash of a password"]);
    }
    let is_expression =
        text.iter().any(|byte| b"$`{}<>()".contains(byte)) || text.starts_with(b"%") || text.contains(&b' ');
    // The names of what an SNMP user is authenticated and encrypted with.
    let is_method =
        [&b"MD5"[..], b"SHA", b"DES", b"AES"].iter().any(|method| text.starts_with(method)) && text.len() <= 8;
    if is_expression || is_method || text.starts_with(b"@") || text.starts_with(b"/") {
        return;
    }
    if let Some((confidence, why)) = belief::of(text) {
        // Manuals are full of commands.
        if confidence > Confidence::Low || text.len() >= 8 {
            return sight.report(RULE, value, confidence, &[TAKEN, why]);
        }
    }
    // A client of a database is given few other words; a number is a port more often than not.
    let is_client = [&b"mysql"[..], b"mariadb", b"mongo", b"redis-cli", b"sqlcmd"]
        .iter()
        .any(|client| sight.text[sight.hit..sight.end].eq_ignore_ascii_case(client));
    let is_number = text.iter().all(u8::is_ascii_digit) && text.len() < 6;
    if let Some((_, why)) = belief::of_weak(text).filter(|_| is_client && !is_number) {
        sight.report(RULE, value, Confidence::Low, &[TAKEN, why]);
    }
}

/// `net use Z: \\\\server\\share PASSWORD /user:NAME`: the word after the share, or the one after the user.
pub(super) fn net_use(sight: &mut Sight<'_>) {
    let words = words(sight, sight.end);
    let text = |word: &Span| word.of(sight.text);
    let is_share = |word: &Span| text(word).starts_with(b"\\\\");
    let Some(share) = words.iter().position(is_share) else { return };
    let is_user = |word: &&Span| text(word).get(..6).is_some_and(|head| head.eq_ignore_ascii_case(b"/user:"));
    if !words.iter().any(|word| is_user(&word)) {
        return;
    }
    let Some(value) = words[share + 1..].iter().find(|word| !text(word).starts_with(b"/")).copied() else { return };
    if text(&value) != b"*" {
        report(sight, value);
    }
}
