use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use bstr::ByteSlice;
use proptest::prelude::*;

use super::*;

/// Everything that a container gave.
#[derive(Default)]
struct Collected {
    members: BTreeMap<String, Option<Vec<u8>>>,
    order: Vec<String>,
    notices: Vec<Notice>,
    bytes: usize,
    /// Keep no content: for what is large.
    is_counting: bool,
}

impl Visitor for Collected {
    fn member(&mut self, member: Member<'_>) {
        let name = bstr::join("!", member.names).to_str_lossy().into_owned();
        self.bytes += member.content.map_or(0, <[u8]>::len);
        if !self.is_counting {
            self.order.push(name.clone());
            self.members.insert(name, member.content.map(<[u8]>::to_vec));
        }
    }

    fn notice(&mut self, notice: Notice) {
        self.notices.push(notice);
    }
}

impl Collected {
    fn of(bytes: &[u8]) -> (Self, Outcome) {
        let mut collected = Self::default();
        let outcome = expand(bytes, "outer".into(), &Limits::default(), &mut collected);
        (collected, outcome)
    }

    /// The names of members that hold `token`.
    fn holding(&self, token: &str) -> Vec<&str> {
        let holds = |content: &Option<Vec<u8>>| content.as_ref().is_some_and(|content| content.contains_str(token));
        self.members.iter().filter(|(_, content)| holds(content)).map(|(name, _)| name.as_str()).collect()
    }

    fn kinds(&self) -> Vec<(NoticeKind, String)> {
        self.notices.iter().map(|notice| (notice.kind, notice.subject.to_string())).collect()
    }
}

/// A value that no test knows beforehand.
fn token() -> String {
    use std::hash::{BuildHasher, RandomState};
    let random = || RandomState::new().hash_one(0_u8);
    format!("Tok_{:016x}{:016x}", random(), random())
}

/// Runs a Python script in `dir`; `sys.argv[1]` is the token.
fn python(dir: &Path, token: &str, script: &str) {
    let status = Command::new("python3").args(["-c", script, token]).current_dir(dir).status().expect("python3 runs");
    assert!(status.success(), "{script}");
}

/// Makes `file` with a Python script and expands it.
fn made(token: &str, file: &str, script: &str) -> (Collected, Outcome, Vec<u8>) {
    let dir = tempfile::tempdir().expect("a folder");
    python(dir.path(), token, &format!("import sys,io,os\nt=sys.argv[1]\nout={file:?}\n{script}"));
    let bytes = std::fs::read(dir.path().join(file)).expect("the script wrote it");
    let (collected, outcome) = Collected::of(&bytes);
    (collected, outcome, bytes)
}

const TAR: &str = "
import tarfile
def tar(mode, dest, files):
    with tarfile.open(dest, mode) as a:
        for name, data in files:
            i = tarfile.TarInfo(name); i.size = len(data); a.addfile(i, io.BytesIO(data))
";

#[test]
fn archives_of_all_formats_are_entered() {
    let token = token();
    for (file, script, expected) in [
        (
            "a.zip",
            "import zipfile\nz=zipfile.ZipFile(out,'w',zipfile.ZIP_DEFLATED); z.writestr('dir/in.txt','x '*99+t); z.close()",
            "dir/in.txt",
        ),
        ("s.zip", "import zipfile\nz=zipfile.ZipFile(out,'w'); z.writestr('in.txt',t); z.close()", "in.txt"),
        (
            "b.zip",
            "import zipfile\nz=zipfile.ZipFile(out,'w',zipfile.ZIP_BZIP2); z.writestr('in.txt',t*9); z.close()",
            "in.txt",
        ),
        (
            "l.zip",
            "import zipfile\nz=zipfile.ZipFile(out,'w',zipfile.ZIP_LZMA); z.writestr('in.txt',t*9); z.close()",
            "in.txt",
        ),
        (
            "app",
            "import zipfile\nf=open(out,'wb'); f.write(b'#!/usr/bin/env python3\\n'*9); z=zipfile.ZipFile(f,'a',zipfile.ZIP_DEFLATED); z.writestr('in.txt','x '*99+t); z.close()",
            "in.txt",
        ),
        ("a.tar", &format!("{TAR}\ntar('w',out,[('in.txt',t.encode()),('z',b'')])"), "in.txt"),
        (
            "long.tar",
            &format!("{TAR}\ntar('w:',out,[('d/'*99+'in.txt',t.encode())])"),
            &format!("{}in.txt", "d/".repeat(99)),
        ),
        ("a.tar.gz", &format!("{TAR}\ntar('w:gz',out,[('in.txt',t.encode())])"), "in.txt"),
        ("a.tar.xz", &format!("{TAR}\ntar('w:xz',out,[('in.txt',t.encode())])"), "in.txt"),
        ("a.tar.bz2", &format!("{TAR}\ntar('w:bz2',out,[('in.txt',t.encode())])"), "in.txt"),
        ("log.gz", "import gzip\nopen(out,'wb').write(gzip.compress(b'a')+gzip.compress(t.encode()))", "content"),
        ("log.xz", "import lzma\nopen(out,'wb').write(lzma.compress(t.encode()))", "content"),
        (
            "log.lzma",
            "import lzma\nopen(out,'wb').write(lzma.compress(t.encode()*3,format=lzma.FORMAT_ALONE))",
            "content",
        ),
        ("log.bz2", "import bz2\nopen(out,'wb').write(bz2.compress(b'a')+bz2.compress(t.encode()))", "content"),
        ("loose", "import zlib\nopen(out,'wb').write(zlib.compress(b'blob 9\\0'+t.encode()))", "content"),
        (
            "n.zip",
            &format!(
                "{TAR}\nimport zipfile,gzip\nb=io.BytesIO()\nwith tarfile.open(fileobj=b,mode='w') as a:\n i=tarfile.TarInfo('in.txt'); d=gzip.compress(t.encode()); i.size=len(d); a.addfile(i,io.BytesIO(d))\nz=zipfile.ZipFile(out,'w',zipfile.ZIP_DEFLATED); z.writestr('a.tar',b.getvalue()); z.close()"
            ),
            "a.tar!in.txt!content",
        ),
    ] {
        let (collected, outcome, _) = made(&token, file, script);
        assert_eq!(collected.notices, [], "{file}");
        assert!(collected.holding(&token).contains(&expected), "{file}: {:?}", collected.order);
        assert!(outcome.archives > 0 && outcome.members > 0, "{file}");
    }
}

#[test]
fn zstd_and_ar_and_cpio_are_entered() {
    let token = token();
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("in.txt"), &token).expect("writes");
    let frame = |content: &[u8]| {
        // One raw block in a frame of a known size.
        let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x20, content.len() as u8];
        let block = (content.len() as u32) << 3 | 1;
        frame.extend_from_slice(&block.to_le_bytes()[..3]);
        frame.extend_from_slice(content);
        frame
    };
    let skipped = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
    let zstd = [&frame(b"first ")[..], &skipped, &frame(token.as_bytes())].concat();
    let ar = format!("!<arch>\n{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n{token}", "in.txt/", 0, 0, 0, 644, token.len());
    let name = "in.txt\0";
    let mut cpio = format!("070701{:048}{:08X}{:032}{:08X}{:08}{name}", 0, token.len(), 0, name.len(), 0);
    while cpio.len() % 4 > 0 {
        cpio.push('\0');
    }
    cpio += &token;
    while cpio.len() % 4 > 0 {
        cpio.push('\0');
    }
    cpio += &format!("070701{:088}{:08X}{:08}TRAILER!!!\0", 0, 11, 0);
    for (bytes, expected) in [(zstd, "content"), (ar.into_bytes(), "in.txt"), (cpio.into_bytes(), "in.txt")] {
        let (collected, _) = Collected::of(&bytes);
        assert_eq!((collected.holding(&token), &collected.notices[..]), (vec![expected], &[][..]));
    }
}

#[test]
fn documents_and_databases_are_read() {
    let token = token();
    for (file, script) in [
        (
            "a.db",
            "import sqlite3\nc=sqlite3.connect(out); c.execute('create table k(a text,b text)'); c.executemany('insert into k values(?,?)',[('x'*n,'y') for n in range(0,4000,37)]); c.execute('insert into k values(?,?)',('word',t)); c.commit(); c.close()",
        ),
        (
            "overflow.db",
            "import sqlite3\nc=sqlite3.connect(out); c.execute('create table k(a text)'); c.execute('insert into k values(?)',('x'*(4061-20)+' '+t+' '+'y'*9000,)); c.commit(); c.close()",
        ),
        (
            "norowid.db",
            "import sqlite3\nc=sqlite3.connect(out); c.execute('create table k(a text primary key,b text) without rowid'); c.execute('insert into k values(?,?)',('word',t)); c.commit(); c.close()",
        ),
        (
            "blob.db",
            "import sqlite3,gzip\nc=sqlite3.connect(out); c.execute('create table k(a blob)'); c.execute('insert into k values(?)',(gzip.compress(t.encode()),)); c.commit(); c.close()",
        ),
        (
            "a.pdf",
            "import zlib\ns=zlib.compress(b'BT /F1 12 Tf 72 720 Td [('+t[:9].encode()+b') -20 ('+t[9:].encode()+b')] TJ ET')\nopen(out,'wb').write(b'%%PDF-1.4\\n1 0 obj\\n<</Length %d/Filter/FlateDecode>>\\nstream\\n'%len(s)+s+b'\\nendstream\\nendobj\\n')",
        ),
        (
            "b.pdf",
            "import zlib,base64\ns=base64.a85encode(zlib.compress(b'BT (key ) Tj ('+t[:9].encode()+b'\\\\\\n'+t[9:].encode()+b') Tj ET'))+b'~>'\nopen(out,'wb').write(b'%PDF-1.4\\n1 0 obj\\n<< /Filter [ /ASCII85Decode /FlateDecode ] /Length 9 >>\\nstream\\r\\n'+s+b'\\r\\nendstream\\nendobj\\n')",
        ),
        (
            "m.eml",
            "from email.message import EmailMessage\nm=EmailMessage(); m['Subject']='s'; m['From']='a@b.c'; m.set_content('hello'); m.add_attachment(t.encode()*3,maintype='application',subtype='octet-stream',filename='in.bin')\nopen(out,'wb').write(bytes(m))",
        ),
        (
            "q.eml",
            "from email.message import EmailMessage\nfrom email import policy\nm=EmailMessage(); m['Subject']='s'; m.set_content('é '*30+t+' é'*30,cte='quoted-printable')\nopen(out,'wb').write(bytes(m))",
        ),
        (
            "m.mbox",
            "import mailbox\nfrom email.message import EmailMessage\nb=mailbox.mbox(out)\nfor d in ('x',t):\n m=EmailMessage(); m['Subject']='s'; m.set_content('hello'); m.add_attachment(d.encode(),maintype='a',subtype='b',filename='in.bin'); b.add(m)\nb.flush()",
        ),
        (
            "c.pyc",
            "import py_compile\nopen('c.py','w').write('def f():\\n    return (1, %r, [%r])\\n' % (t, 'x'+t))\npy_compile.compile('c.py',cfile=out)",
        ),
    ] {
        let (collected, _, _) = made(&token, file, script);
        assert_eq!(collected.notices, [], "{file}");
        assert!(!collected.holding(&token).is_empty(), "{file}: {:?}", collected.members.keys());
        if file == "c.pyc" {
            let strings = collected.members["strings"].as_ref().expect("has content");
            assert!(strings.lines().any(|line| line == token.as_bytes()), "{:?}", strings.as_bstr());
        }
        if matches!(file, "a.db" | "norowid.db") {
            assert_eq!(collected.holding(&format!("word\t{token}\n")), ["rows"], "{file}");
        }
    }
}

fn git(dir: &Path, args: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"])
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("git runs");
    assert!(status.status.success(), "{args:?}: {}", status.stderr.as_bstr());
}

#[test]
fn bundles_and_packs_are_entered() {
    for format in ["sha1", "sha256"] {
        let token = token();
        let dir = tempfile::tempdir().expect("a folder");
        git(dir.path(), &["init", "-q", "--object-format", format]);
        std::fs::write(dir.path().join(".env"), format!("KEY={token}")).expect("writes");
        git(dir.path(), &["add", "-f", ".env"]);
        git(dir.path(), &["commit", "-qm", &format!("message {token}")]);
        git(dir.path(), &["bundle", "create", "-q", "all.bundle", "--all"]);
        git(dir.path(), &["repack", "-adq"]);
        let packs = dir.path().join(".git/objects/pack");
        let pack = std::fs::read_dir(packs).expect("lists").map(|entry| entry.expect("is there").path());
        let pack = pack.into_iter().find(|path| path.extension().is_some_and(|end| end == "pack")).expect("a pack");
        for file in [dir.path().join("all.bundle"), pack] {
            let (collected, _) = Collected::of(&std::fs::read(file).expect("reads"));
            assert_eq!(collected.notices, []);
            let found = collected.holding(&token);
            assert_eq!(found.len(), 2, "{:?}", collected.order);
            assert!(found.iter().any(|name| name.ends_with("/.env")), "{found:?}");
        }
    }
}

#[test]
fn what_is_not_read_is_told() {
    let token = token();
    let zip = "import zipfile\nz=zipfile.ZipFile('x','w',zipfile.ZIP_DEFLATED); z.writestr('.env','x '*99+t); z.close()\nd=bytearray(open('x','rb').read())\n";
    let encrypted = format!("{zip}d[6]|=1; d[d.rfind(b'PK\\1\\2')+8]|=1; open(out,'wb').write(d)");
    let damaged = format!("{zip}d[50]^=255; open(out,'wb').write(d)");
    let cut = format!("{zip}open(out,'wb').write(d[:60])");
    let strange = format!("{zip}d[8]=9; d[d.rfind(b'PK\\1\\2')+10]=9; open(out,'wb').write(d)");
    let tar =
        format!("{TAR}\ntar('w','x',[('in.txt',t.encode()*99)]); open(out,'wb').write(open('x','rb').read()[:999])");
    for (script, kind, subject) in [
        (encrypted.as_str(), NoticeKind::Damaged, "outer!.env"),
        (&damaged, NoticeKind::Damaged, "outer!.env"),
        (&cut, NoticeKind::Damaged, "outer"),
        (&strange, NoticeKind::Unreadable, "outer!.env"),
        (&tar, NoticeKind::Damaged, "outer!in.txt"),
        (
            "import gzip\nopen(out,'wb').write(gzip.compress(os.urandom(999))[:500])",
            NoticeKind::Damaged,
            "outer!content",
        ),
        (
            "import lzma\nopen(out,'wb').write(lzma.compress(os.urandom(999))[:500])",
            NoticeKind::Damaged,
            "outer!content",
        ),
        ("import bz2\nopen(out,'wb').write(bz2.compress(os.urandom(999))[:500])", NoticeKind::Damaged, "outer!content"),
        ("open(out,'wb').write(b'Rar!\\x1a\\x07\\x00abc')", NoticeKind::Unreadable, "outer"),
        (
            "open(out,'wb').write(b'version https://git-lfs.github.com/spec/v1\\noid sha256:00\\nsize 1\\n')",
            NoticeKind::Skipped,
            "outer",
        ),
        ("open(out,'wb').write(b'PACK\\0\\0\\0\\2\\0\\0\\0\\1abcdefgh')", NoticeKind::Damaged, "outer"),
    ] {
        let (collected, _, _) = made(&token, "made", script);
        assert!(collected.kinds().contains(&(kind, subject.to_owned())), "{script}: {:?}", collected.notices);
        if script.contains(".env") {
            assert!(collected.members.contains_key(".env"), "{script}");
        }
    }
}

#[test]
fn a_name_tells_of_a_container_only_where_the_bytes_could_be_one() {
    let zlib: &[u8] = b"\x1e\x8b\x08\0\xff\xfe\xfd";
    for (name, bytes, is_told) in [
        ("logs.tar.gz", zlib, true),
        ("LOGS.GZ", zlib, true),
        ("page.js.br", zlib, true),
        ("logs.bin", zlib, false),
        (".gz", zlib, false),
        ("gz", zlib, false),
        ("empty.tar", &[0; 1024], false),
        ("empty.zip", b"", false),
        ("words.zip", "a placeholder, in wörds\n".as_bytes(), false),
        ("real.zip", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", false),
        ("picture.zip", b"\x89PNG\r\n\x1a\n\0\xff", false),
    ] {
        assert_eq!(is_told_by_name(bytes, name.into()), is_told, "{name}");
        assert!(!is_told || asks_for_name(bytes) && is_name_of_one(name.into()), "{name}");
    }
}

#[test]
fn members_that_the_directory_does_not_list_are_found() {
    let token = token();
    let script = "import zipfile\nz=zipfile.ZipFile(out,'w',zipfile.ZIP_DEFLATED); z.writestr('old',('x '*99+t)); z.writestr('new','y'); z.comment=b'see '+t.encode()\nz.filelist.pop(0); z.close()";
    let (collected, _, _) = made(&token, "made.zip", script);
    assert_eq!(collected.holding(&token), ["(comment)", "old"]);
}

#[test]
fn bombs_are_bounded() {
    let token = token();
    let quine = "import zipfile\nd=b'x'\nfor n in range(20):\n b=io.BytesIO(); z=zipfile.ZipFile(b,'w',zipfile.ZIP_DEFLATED); [z.writestr('%d.zip'%k,d) for k in range(12)]; z.close(); d=b.getvalue()\nopen(out,'wb').write(d)";
    let overlap = "import zipfile\nb=io.BytesIO(); z=zipfile.ZipFile(b,'w',zipfile.ZIP_DEFLATED); z.writestr('a',b'a'*9000000); i=z.filelist[0]\nimport copy\nfor n in range(3000):\n j=copy.copy(i); j.filename='a%d'%n; z.filelist.append(j)\nz._didModify=True; z.close(); open(out,'wb').write(b.getvalue())";
    let single = "import gzip\nc=gzip.compress(b'a'*(1<<20))\nopen(out,'wb').write(c*999)";
    for (script, limits) in [
        (quine, Limits { members: 500, ..Limits::default() }),
        (quine, Limits { depth: 3, ..Limits::default() }),
        (overlap, Limits { ratio: 100, ..Limits::default() }),
        (single, Limits { member: 10 << 20, ..Limits::default() }),
        (single, Limits { memory: 10 << 20, ..Limits::default() }),
        (single, Limits { total: 10 << 20, ..Limits::default() }),
    ] {
        let dir = tempfile::tempdir().expect("a folder");
        python(dir.path(), &token, &format!("import sys,io,os\nout='made'\n{script}"));
        let bytes = std::fs::read(dir.path().join("made")).expect("the script wrote it");
        let mut collected = Collected { is_counting: true, ..Collected::default() };
        let limits = Limits { free: limits.free.min(20 << 20), ..limits };
        let outcome = expand(&bytes, "outer".into(), &limits, &mut collected);
        assert!(
            collected.notices.iter().any(|notice| notice.kind == NoticeKind::Limit),
            "{script}: {:?}",
            collected.notices
        );
        assert!(collected.bytes <= 25 << 20 && outcome.members <= limits.members, "{script}: {}", collected.bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_are_too_strange(
        magic in prop::sample::select(vec![
            &b"PK\x03\x04"[..], b"PK\x05\x06", b"\x1f\x8b\x08\0\0\0\0\0\0\0", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"BZh91AY&SY",
            b"!<arch>\n", b"070701", b"070707", b"SQLite format 3\0\x02\0\x01\x01\0", b"%PDF-1.4\n1 0 obj<</Filter/FlateDecode>>stream\n",
            b"# v2 git bundle\n\nPACK\0\0\0\x02\0\0\0\x03", b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n--a\n",
            b"\xca\xfe\xba\xbe\0\0\0\x41", b"\x78\x9c", b"\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff",
        ]),
        tail in prop::collection::vec(any::<u8>(), 0..3000),
        end in prop::sample::select(vec![&b""[..], b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x20\0\0\0\0\0\0\0\0\0", b"endstream"]),
    ) {
        Collected::of(&[magic, &tail, end].concat());
    }

    #[test]
    fn damage_anywhere_is_survived(at in any::<prop::sample::Index>(), value in any::<u8>(), kind in 0..4_usize) {
        let mut bytes = SAMPLES.with(|samples| samples[kind].clone());
        let at = at.index(bytes.len());
        bytes[at] = value;
        Collected::of(&bytes);
        bytes.truncate(at);
        Collected::of(&bytes);
    }
}

thread_local! {
    static SAMPLES: [Vec<u8>; 4] = [
        "import zipfile\nz=zipfile.ZipFile(out,'w',zipfile.ZIP_DEFLATED); z.writestr('a','x '*99+t); z.writestr('b',t); z.close()",
        "import tarfile\na=tarfile.open(out,'w'); a.add(sys.executable[:0] or '/etc/hostname'); a.close()",
        "import sqlite3\nc=sqlite3.connect(out); c.execute('create table k(a text)'); c.execute('insert into k values(?)',('x'*9000+t,)); c.commit(); c.close()",
        "import lzma\nopen(out,'wb').write(lzma.compress(t.encode()*50))",
    ]
    .map(|script| made(&token(), "sample", script).2);
}
