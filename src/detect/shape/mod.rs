//! Credentials that a grammar announces: credential files, commands, SQL, addresses, manifests.
//!
//! Where the grammar says that a value is a password, the value itself need not look like one. Each shape is a small
//! file with the literals that call it. A shape sees a bounded window around its literal and nothing else: it must
//! never need more, for a scan of changed bytes has to agree with a scan of the whole file.

mod ansible;
mod argument;
pub(super) mod belief;
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

shapes! {
    netrc::read: "machine " "default login";
    pgpass::read: ":5432:" ":5433:" ":5439:" ":6543:" ":6432:" ":*:*:";
    userinfo::read: "http://" "https://";
    crypt::read: ":$6$" ":$5$" ":$1$" ":$y$" "\"$1$" "\"$5$" "'$6$" "'$5$" "'$1$" "\"$6$" "$2a$" "$2b$" "$2y$" "$apr1$" "$argon2" "pbkdf2_sha" "{ssha" ":{sha}" "$p$b" "=$6$" " $6$";
    docker::read: "\"auth\"";
    transfer::filezilla: "<pass>" "<pass encoding";
    transfer::sftp: "uploadonsave" "upload_on_save" "remotepath" "remote_path";
    transfer::jetbrains: "<filetransfer";
    transfer::dreamweaver: "<remoteinfo";
    transfer::server: "<server>";
    transfer::tomcat: "roles=\"";
    wordpress::read: "db_password" "_salt" "auth_key" "logged_in_key" "nonce_key";
    django::read: "secret_key";
    kubernetes::read: "kind: secret" "kind:  secret" "kind:   secret" "kind: \"secret\"" "kind: 'secret'" "\"kind\": \"secret\"" "\"kind\":\"secret\"" "\"kind\" : \"secret\"";
    terraform::read: "\"sensitive\": true" "\"sensitive\":true";
    terraform::drawn: "\"random_password\"";
    ansible::read: "ansible_pass" "ansible_ssh_pass" "ansible_become_pass" "ansible_sudo_pass" "ansible_winrm_pass" "ansible_become_password";
    command::read: "sshpass" "mysql" "mariadb" "curl " "curl\"" "docker login" "podman login" "registry login" "wget " "redis-cli" "smbclient" "ldapsearch" "ldapadd" "ldapmodify"
        "ldapwhoami" "plink " "pscp " "sqlcmd" "mongo" "keytool" "jarsigner" "openssl" "htpasswd" "az login" "cqlsh" "clickhouse-client" "zip -" "unzip -" "7z " "7za " "svn " "gpg " "gpg2 " "lftp " "rsync " "snmpwalk" "snmpget" "snmpset" "snmpbulk" "snmptrap" "snmpstatus" "net-snmp-create" "twine upload" "psexec" "useradd" "usermod" "bcp " "osql" "ipmitool" "racadm" "steghide" "veracrypt" "redis-server" "schtasks" "murmurd" "open -u ";
    command::piped: "chpasswd";
    command::echoed: "kinit" "cryptsetup" "sudo -" "--password-stdin" "passwd --stdin" "gpg --passphrase-fd";
    command::net_user: "net user ";
    sql::read: "identified by" "identified with" "password '" "password='" "password = '" "password=n'" "password = n'" "= password('";
    insert::read: "insert into ";
    option_file::read: "[client]" "[mysqldump]" "[mysql]" "[pypi]" "[testpypi]" "[server-login]" "[distutils]";
    option_file::subversion: "k 8\npassword";
    otp::read: "otpauth://";
    otp::google: "\n\" rate_limit" "\n\" window_size" "\n\" disallow_reuse" "\n\" totp_auth" "\n\" hotp_counter";
    wallet::read: "mnemonic" "seed phrase" "seed_phrase" "seedphrase" "seed words" "recovery phrase" "recovery_phrase" "wallet_seed" "seed: " "seed = " "seed\": " "seed\":[" "words = [" "words=[" "words: [" "words: \"" "words\": [" "words\":[" "words:\n" "words:\r\n" "seedwords" "phrase = [" "phrase: [" "phrase\": " "phrase\":\"" "phrase = \"" "phrase = '";
    wallet::numbered: "\n12. " "\n12) " "\n 12. " "\n  12. ";
    wallet::array: "uint8array.from([" "uint8array([" "private_key=[" "private_key = [" "secret_key = [" "secretkey = [" "secretkey: [" "secretkey\":[" "secretkey\": [";
    listed::table: "username,password" "user,password" "email,password" "login,password" "login_password" "username\",\"password" "name\",\"password" "username;password" "user;password" "login;password" "email;password"
        "username\tpassword" "user\tpassword" "email\tpassword" "user name,password" "login name\",\"password" "url,password" "username,passwd" "username,pass," "password,url" "password,email";
    listed::chpasswd: "chpasswd:";
    argument::read: "passwordauthentication(" "passwordcredentials(" "networkcredential(" "httpbasicauth(" ".basicauth(" "httpdigestauth("
        "authenticationheadervalue(" "authorization_basic(" "basic_auth(" "basic_auth '" "basic_auth \"" "simple_bind_s(" "setbasicauth("
        "getconnection(" "mysqli(" "mysqli_connect(" "mysql_connect(" "mysql_real_connect(" "new pdo(" "dbi->connect(" "odbc_connect(" "oci_connect("
        "new sequelize(" "auth=(" "auth = (" "plainauth(" "ftp_login(" "ldap_bind(" "imap_open(" "ssh2_auth_password(" "withemailandpassword("
        "create_user(" "create_superuser(" "x509certificate2(" "wifi.begin(" "generate_password_hash(" "make_password(" "hashsync(" "bcrypt.hash("
        " ftp(" "credentials::new(" " credentials(" "sp_addlogin " "sp_addlinkedsrvlogin " "convertto-securestring" "jwt.sign(" "jwt.verify("
        "jwt.encode(" "jwt.decode(" "jwt::encode(" "jwt::decode(" "jwt.encode " "jwt.decode " "secretkeyspec(" "ivparameterspec("
        "symmetricsecuritykey(" "signwith(" "hmac256(" "hmac384(" "hmac512(" "hmacsha1(" "hmacsha256(" "hmacsha512(" "hmac.hexdigest("
        "hmac_sha256_hex(" "createcipher(" "createdecipher(" "createcipheriv(" "createdecipheriv(" "createhmac(" "aes.encrypt(" "aes.decrypt("
        "aes.new(" "aes.newcipher(" "newcookiestore(" "cookieparser(" "timedserializer(" "oauthhandler(" "fernet(" "hmac.new(" "signedstring("
        "key::from_secret(" "pyotp.totp(" "pyotp.hotp(" "authenticator.generate(" "hash_hmac(" "openssl_encrypt(" "openssl_decrypt(" "provider :"
        ".login(" ".connect(" ".authenticate(" ".auth(" ">login(" ">connect(" ">authenticate(";
    argument::characters: "\".tochararray(";
    cookie::read: "sessionid" "session_id" "phpsessid" "jsessionid" "connect.sid" "asp.net_sessionid" "_session=" "laravel_session" "session=" "aspxauth" "remember_token=";
    network::reversible: "password 7 " "key 7 " "secret 7 " "key-string 7 ";
    network::hashed: "secret 4 " "secret 5 " "secret 8 " "secret 9 ";
    network::community: "snmp-server community " "snmp community " "rocommunity " "rwcommunity " "rocommunity6 ";
    network::user: "snmp-server user " "createuser ";
    network::shared: "isakmp key " "radius-server key " "tacacs-server key " "ascii-text " "bindpw " "rootpw " "password 0 " "secret 0 " "authentication-key ";
    network::given: "enable password " "key-string " "wpa-psk ascii " "pre-shared-key " "psksecret " "password simple " "password cipher " "irreversible-cipher " "encrypted-password " "password password " "-again password "
        "_again password " "\npasswd " "set passwd " "password enc " "secret \"$9$";
    network::later: "tacacs-server host " "radius-server host " "neighbor " "message-digest-key " "\nusername " "chap password " "com2sec ";
    network::vty: "\n password ";
    command::net_use: "net use ";
    keystore::raw: "+\u{6}\u{1}\u{4}\u{1}*\u{2}\u{11}\u{1}\u{1}" "+\u{6}\u{1}\u{4}\u{1}*\u{2}\u{13}\u{1}" "\r\u{1}\u{c}\n\u{1}\u{2}";
    pgp::rsa: "\0\u{11}\u{1}\0\u{1}";
    pgp::ed25519: "\u{16}\t+\u{6}\u{1}\u{4}\u{1}";
    pgp::encoded: "lqoxbf" "lqoxbg" "lqoybf" "lqoybg" "lqpfbf" "lqpfbg" "lqpgbf" "lqpgbg" "lqo+bf" "lqo+bg" "lqo9bf" "lqo9bg" "lqvxbf" "lqvxbg" "lqvybf" "lqvybg" "lqwfbf" "lqwfbg" "lqwgbf" "lqwgbg" "lqcxbf" "lqcxbg" "lqcybf" "lqcybg" "lqdfbf" "lqdfbg" "lqdgbf" "lqdgbg" "lqc+bf" "lqc+bg" "lqc9bf" "lqc9bg" "lfgex" "lfgey" "lfgez" "liyex" "liyey" "liyez";
    keystore::read: "/u3+7qaaa" "ibazcc" "zs7ozgaaa";
}

/// The rules that the shapes report under.
pub const RULES: &[&str] = &[
    "ansible-inventory-password",
    "argument-key",
    "argument-password",
    "command-line-password",
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
