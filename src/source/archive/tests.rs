//! Archives that real tools made.

use std::fs;
use std::process::Command;

use super::{Limits, each_member};

/// Runs Python, which ships writers for every format, and returns the file that it wrote.
fn made(script: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let status = Command::new("python3").arg("-c").arg(script).current_dir(&folder).status().unwrap();
    assert!(status.success());
    fs::read(folder.path().join("out")).unwrap()
}

fn listed(bytes: &[u8], limits: Limits) -> (Vec<(String, String)>, Vec<String>) {
    let mut members = Vec::new();
    let outcome = each_member("file".into(), bytes, limits, &mut |member| {
        let path: Vec<String> = member.path.iter().map(ToString::to_string).collect();
        members.push((path.join("!"), String::from_utf8_lossy(member.bytes).into_owned()));
        true
    });
    (members, outcome.notices.iter().map(|notice| format!("{}: {}", notice.subject, notice.detail)).collect())
}

fn pair(path: &str, text: &str) -> (String, String) {
    (path.to_owned(), text.to_owned())
}

#[test]
fn zip_members_are_shown_deflated_and_stored_and_nested() {
    let bytes = made(
        "import zipfile,io\n\
         b=io.BytesIO()\n\
         z=zipfile.ZipFile(b,'w'); z.writestr('deep.txt','deep'); z.close()\n\
         z=zipfile.ZipFile('out','w',zipfile.ZIP_DEFLATED); z.writestr('a/b.txt','hello '*50)\n\
         z.writestr(zipfile.ZipInfo('stored'),'x'); z.writestr('in.zip',b.getvalue()); z.close()",
    );
    let (members, notices) = listed(&bytes, Limits::default());
    assert_eq!(notices, [""; 0]);
    assert_eq!(members[0], pair("a/b.txt", &"hello ".repeat(50)));
    assert_eq!(members[1], pair("stored", "x"));
    assert_eq!(members[3], pair("in.zip!deep.txt", "deep"));
}

#[test]
fn tar_and_gzip_members_are_shown_with_long_names() {
    let bytes = made(
        "import tarfile,io\n\
         t=tarfile.open('out','w:gz')\n\
         for n in ['a.txt','d/'*60+'long.txt']:\n\
         \x20i=tarfile.TarInfo(n); i.size=4; t.addfile(i,io.BytesIO(b'text'))\n\
         t.close()",
    );
    let (members, notices) = listed(&bytes, Limits::default());
    assert_eq!(notices, [""; 0]);
    assert_eq!(members[1], pair("gunzip!a.txt", "text"));
    assert_eq!(members[2], pair(&format!("gunzip!{}long.txt", "d/".repeat(60)), "text"));
}

#[test]
fn bombs_damage_and_encryption_are_told() {
    let bomb = made("import gzip; open('out','wb').write(gzip.compress(b'0'*10_000_000))");
    let limits = Limits { member: 1 << 20, ..Limits::default() };
    let (members, notices) = listed(&bomb, limits);
    assert_eq!(members[0].1.len(), 1 << 20);
    assert!(notices[0].contains("more than is followed"), "{notices:?}");
    let zip = made(
        "import zipfile; z=zipfile.ZipFile('out','w',zipfile.ZIP_DEFLATED); z.writestr('a','hello '*99); z.close()",
    );
    for cut in [zip.len() / 2, zip.len() - 10] {
        let (_, notices) = listed(&zip[..cut], Limits::default());
        assert_eq!(notices.len(), 1, "cut at {cut}");
    }
    let mut encrypted = zip.clone();
    let directory = memchr::memmem::find(&encrypted, b"PK\x01\x02").unwrap();
    encrypted[directory + 8] |= 1;
    let (members, notices) = listed(&encrypted, Limits::default());
    assert_eq!((members[0].0.as_str(), notices[0].as_str()), ("a", "file!a: it is encrypted"));
    for at in 0..zip.len() {
        let mut flipped = zip.clone();
        flipped[at] ^= 0x10;
        let _ = listed(&flipped, Limits::default());
    }
}

#[test]
fn what_cannot_be_entered_is_told_and_never_passed_over() {
    for (writer, name) in [("lzma", "xz"), ("bz2", "bzip2")] {
        let bytes = made(&format!("import {writer}; open('out','wb').write({writer}.compress(b'hidden'*99))"));
        let (members, notices) = listed(&bytes, Limits::default());
        assert_eq!((members.len(), notices.len()), (0, 1), "{name}");
    }
}
