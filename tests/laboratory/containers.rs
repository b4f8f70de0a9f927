//! Places inside of containers that real programs write; Python's own library makes most of them.

use std::fs;

use super::places::{Expected, Lab, filler};
use super::support::Sandbox;

/// What every script may use: `t` is the text to be hidden (`s` as a string), `out` the file to be made.
const PRELUDE: &str = r#"
import sys, io, os, json, struct, gzip, bz2, lzma, zlib, zipfile, tarfile, sqlite3, base64, binascii, hashlib, py_compile
def zipped(files, method=zipfile.ZIP_DEFLATED):
    b = io.BytesIO()
    with zipfile.ZipFile(b, 'w', method) as z:
        for name, data in files: z.writestr(name, data)
    return b.getvalue()
def tarred(files, mode='w', format=tarfile.PAX_FORMAT):
    b = io.BytesIO()
    with tarfile.open(fileobj=b, mode=mode, format=format) as a:
        for name, data in files:
            i = tarfile.TarInfo(name); i.size = len(data); a.addfile(i, io.BytesIO(data))
    return b.getvalue()
def xml(s): return s.replace('&', '&amp;').replace('<', '&lt;')
def write(data): open(out, 'wb').write(data)
for script, s, out in json.load(sys.stdin):
    t = s.encode()
    exec(script)
"#;

/// Name in the table, file, script, how the member is called in the end.
const MADE: &[(&str, &str, &str, &str)] = &[
    ("zip, deflated", "a.zip", "write(zipped([('other', b'x'), ('dir/in.txt', t)]))", "dir/in.txt"),
    ("zip, stored", "b.zip", "write(zipped([('in.txt', t)], zipfile.ZIP_STORED))", "in.txt"),
    ("zip, bzip2", "c.zip", "write(zipped([('in.txt', t*9)], zipfile.ZIP_BZIP2))", "in.txt"),
    ("zip, lzma", "d.zip", "write(zipped([('in.txt', t*9)], zipfile.ZIP_LZMA))", "in.txt"),
    ("zip behind a script", "tool", "write(b'#!/usr/bin/env python3\\n' + zipped([('in.txt', t)]))", "in.txt"),
    (
        "jar",
        "app.jar",
        "write(zipped([('META-INF/MANIFEST.MF', b'Manifest-Version: 1.0\\n'), ('application.properties', t)]))",
        "application.properties",
    ),
    ("wheel", "p.whl", "write(zipped([('p/__init__.py', t), ('p.dist-info/RECORD', b'')]))", "p/__init__.py"),
    ("tar", "a.tar", "write(tarred([('in.txt', t)]))", "in.txt"),
    ("tar, GNU, long name", "g.tar", "write(tarred([('d/'*80+'in.txt', t)], format=tarfile.GNU_FORMAT))", "in.txt"),
    ("tar, old", "u.tar", "write(tarred([('in.txt', t)], format=tarfile.USTAR_FORMAT))", "in.txt"),
    ("tar.gz", "a.tar.gz", "write(tarred([('in.txt', t)], 'w:gz'))", "in.txt"),
    ("tar.xz", "a.tar.xz", "write(tarred([('in.txt', t)], 'w:xz'))", "in.txt"),
    ("tar.bz2", "a.tar.bz2", "write(tarred([('in.txt', t)], 'w:bz2'))", "in.txt"),
    ("gzip log", "app.log.1.gz", "write(gzip.compress(b'started\\n') + gzip.compress(t))", ""),
    ("xz", "app.log.xz", "write(lzma.compress(t))", ""),
    ("lzma", "app.lzma", "write(lzma.compress(t, format=lzma.FORMAT_ALONE))", ""),
    ("bzip2", "app.log.bz2", "write(bz2.compress(t))", ""),
    (
        "binary patch",
        "new.patch",
        "z = zlib.compress(t)\nparts = [z[i:i+52] for i in range(0, len(z), 52)]\nline = lambda p: bytes([64+len(p) if len(p) < 27 else 70+len(p)]) + base64.b85encode(p + bytes(-len(p) % 4)) + b'\\n'\nwrite(b'diff --git a/in.bin b/in.bin\\nnew file mode 100644\\nindex 0000000..1111111\\nGIT binary patch\\nliteral %d\\n' % len(t) + b''.join(map(line, parts)) + b'\\nliteral 0\\nHcmV?d00001\\n\\n')",
        "in.bin",
    ),
    (
        "uuencode",
        "in.uu",
        "write(b'begin 644 in.txt\\n' + b''.join(binascii.b2a_uu(t[i:i+45]) for i in range(0, len(t), 45)) + b'`\\nend\\n')",
        "bytes",
    ),
    (
        "yEnc",
        "in.ync",
        "write(b'=ybegin line=128 size=%d name=in\\r\\n' % len(t) + bytes((c+42) % 256 for c in t).replace(b'=', b'=}') + b'\\r\\n=yend size=%d\\r\\n' % len(t))",
        "bytes",
    ),
    (
        "hex dump",
        "in.dump",
        "write(b''.join(b'%08x: %s  ................\\n' % (i, b' '.join(t[i:i+16].hex().encode()[j:j+4] for j in range(0, 32, 4))) for i in range(0, len(t), 16)))",
        "bytes",
    ),
    (
        "Intel HEX",
        "in.hex",
        "r = lambda d: b':' + (d + bytes([-sum(d) & 255])).hex().upper().encode() + b'\\r\\n'\nwrite(b''.join(r(bytes([len(t[i:i+16])]) + struct.pack('>H', i) + b'\\0' + t[i:i+16]) for i in range(0, len(t), 16)) + b':00000001FF\\r\\n')",
        "bytes",
    ),
    (
        "S-records",
        "in.srec",
        "r = lambda d: b'S1' + (d + bytes([~sum(d) & 255])).hex().upper().encode() + b'\\n'\nwrite(b''.join(r(bytes([len(t[i:i+16])+3]) + struct.pack('>H', i) + t[i:i+16]) for i in range(0, len(t), 16)) + b'S9030000FC\\n')",
        "bytes",
    ),
    (
        "LDIF, folded",
        "in.ldif",
        "write(('dn: cn=x\\n' + ''.join('description: ' + l[:len(l)-9] + '\\n ' + l[len(l)-9:] + '\\n' for l in s.splitlines())).encode())",
        "(text)",
    ),
    (
        "macro of an old document",
        "letter.doc",
        "c = b'Attribute VB_Name = \"Module1\"\\r\\n' + t\nc += b' ' * (-len(c) % 8)\nraw = b''.join(b'\\0' + c[i:i+8] for i in range(0, len(c), 8))\nwrite(b'\\xd0\\xcf\\x11\\xe0\\xa1\\xb1\\x1a\\xe1' + bytes(504) + b'\\1' + struct.pack('<H', 0xb000 | len(raw)-1) + raw + bytes(99))",
        "macro",
    ),
    (
        "lzip",
        "app.log.lz",
        "raw=lzma.compress(t, format=lzma.FORMAT_RAW, filters=[{'id':lzma.FILTER_LZMA1,'dict_size':1<<16,'lc':3,'lp':0,'pb':2}]); write((b'LZIP\\1\\x10' + raw + struct.pack('<IQQ', zlib.crc32(t), len(t), len(raw)+26)) * 2)",
        "",
    ),
    (
        // As a block that is not compressed.
        "brotli",
        "app.js.br",
        "t = b'\\xff' + t; write(((len(t) - 1 << 4) | 1 << 20).to_bytes(3, 'little') + t + b'\\3')",
        "",
    ),
    (
        "rpm",
        "tool.rpm",
        "head = b'\\x8e\\xad\\xe8\\1' + bytes(12)\nfield = lambda *n: b'070701' + b''.join(b'%08X' % x for x in n)\npad = lambda b: b + bytes(-len(b) % 4)\nentry = lambda name, data: pad(field(1,0o100644,0,0,1,0,len(data),0,0,0,0,len(name)+1,0) + name + b'\\0') + pad(data)\nwrite(b'\\xed\\xab\\xee\\xdb\\3' + bytes(91) + head + head + lzma.compress(entry(b'./etc/in.conf', t) + entry(b'TRAILER!!!', b'')))",
        "in.conf",
    ),
    ("flash", "film.swf", "write(b'CWS\\x0a' + struct.pack('<I', len(t)*9+8) + zlib.compress(t*9))", "film"),
    (
        "avro",
        "rows.avro",
        "n = lambda v: bytes([v*2]) if v < 64 else bytes([v*2 & 127 | 128, v*2 >> 7])\nb = lambda d: n(len(d)) + d\nrows = zlib.compress(b''.join(b(l) for l in t.splitlines()) + b(t))[2:-4]\nwrite(b'Obj\\1' + n(2) + b(b'avro.codec') + b(b'deflate') + b(b'avro.schema') + b(b'\"string\"') + n(0) + b'0'*16 + n(1) + b(rows) + b'0'*16)",
        "strings",
    ),
    ("zlib", "app.zz", "write(zlib.compress(t))", ""),
    ("loose git object", "loose", "write(zlib.compress(b'blob %d\\0' % len(t) + t))", ""),
    (
        "zip in tar.gz in zip",
        "n.zip",
        "write(zipped([('mid.tar.gz', tarred([('inner.zip', zipped([('in.txt', t)]))], 'w:gz'))]))",
        "in.txt",
    ),
    (
        "tar in tar in tar",
        "n.tar",
        "write(tarred([('b.tar', tarred([('c.tar', tarred([('in.txt', t)]))]))]))",
        "in.txt",
    ),
    (
        "comment of a zip",
        "comment.zip",
        "z=zipfile.ZipFile(out,'w'); z.writestr('a', 'x'); z.comment=t; z.close()",
        "(comment)",
    ),
    (
        "comment of a zip's member",
        "remark.zip",
        "z=zipfile.ZipFile(out,'w'); i=zipfile.ZipInfo('a'); i.comment=t.strip(); z.writestr(i, 'x'); z.close()",
        "a (comment)",
    ),
    (
        "member that was deleted",
        "deleted.zip",
        "z=zipfile.ZipFile(out,'w',zipfile.ZIP_DEFLATED); z.writestr('old', t); z.writestr('new', b'y'); z.filelist.pop(0); z.close()",
        "old",
    ),
    (
        "docx",
        "letter.docx",
        r#"write(zipped([('[Content_Types].xml', b'<Types/>'), ('word/document.xml', ('<?xml version="1.0"?>\n<w:document><w:body>' + ''.join('\n<w:p><w:r><w:t>%s</w:t></w:r></w:p>' % xml(l) for l in s.splitlines()) + '</w:body></w:document>').encode())]))"#,
        "word/document.xml",
    ),
    (
        "docx, words in several runs",
        "runs.docx",
        r#"write(zipped([('word/document.xml', ('<w:document><w:body>' + ''.join('\n<w:p>' + ''.join('<w:r><w:t xml:space="preserve">%s</w:t></w:r>' % xml(l[i:i+7]) for i in range(0, len(l), 7)) + '</w:p>' for l in s.splitlines()) + '</w:body></w:document>').encode())]))"#,
        "(text)",
    ),
    (
        "xlsx",
        "table.xlsx",
        r#"write(zipped([('[Content_Types].xml', b'<Types/>'), ('xl/sharedStrings.xml', ('<sst>' + ''.join('\n<si><t>%s</t></si>' % xml(l) for l in s.splitlines()) + '</sst>').encode())]))"#,
        "xl/sharedStrings.xml",
    ),
    (
        "odt",
        "letter.odt",
        r#"write(zipped([('mimetype', b'application/vnd.oasis.opendocument.text'), ('content.xml', ('<office:document-content>' + ''.join('\n<text:p>%s</text:p>' % xml(l) for l in s.splitlines()) + '</office:document-content>').encode())]))"#,
        "content.xml",
    ),
    (
        "notebook, source",
        "source.ipynb",
        r#"write(json.dumps({"cells": [{"cell_type": "code", "metadata": {}, "source": s.splitlines(keepends=True), "outputs": []}], "nbformat": 4}, indent=1).encode())"#,
        "",
    ),
    (
        "notebook, output",
        "output.ipynb",
        r#"write(json.dumps({"cells": [{"cell_type": "code", "source": ["print(x)"], "outputs": [{"output_type": "stream", "name": "stdout", "text": s.splitlines(keepends=True)}]}]}, indent=1).encode())"#,
        "",
    ),
    (
        "notebook on one line",
        "line.ipynb",
        r#"write(json.dumps({"cells": [{"source": s, "outputs": []}]}).encode())"#,
        "",
    ),
    (
        "SQLite",
        "app.db",
        "c=sqlite3.connect(out); c.execute('create table k(a text,b text)'); c.executemany('insert into k values(?,?)', [('x'*n, 'y') for n in range(0,2000,37)]); c.execute('insert into k values(?,?)', ('note', s)); c.commit(); c.close()",
        "rows",
    ),
    (
        "SQLite, long value",
        "long.db",
        "c=sqlite3.connect(out); c.execute('create table k(a text)'); c.execute('insert into k values(?)', ('x\\n'*2020 + s + '\\ny'*5000,)); c.commit(); c.close()",
        "rows",
    ),
    (
        "SQLite, blob",
        "blob.db",
        "c=sqlite3.connect(out); c.execute('create table k(a blob)'); c.execute('insert into k values(?)', (gzip.compress(t),)); c.commit(); c.close()",
        "",
    ),
    (
        "Python bytecode",
        "c.pyc",
        "open('c.py','w').write('def f():\\n    return (1, %r)\\n' % s); py_compile.compile('c.py', cfile=out); os.remove('c.py')",
        "strings",
    ),
    (
        "PDF",
        "a.pdf",
        r#"
p = b'BT /F1 12 Tf 72 720 Td ' + b''.join(b'(%s) Tj T* ' % l.replace(b'(',b'\\(').replace(b')',b'\\)') for l in t.splitlines()) + b'ET'
z = zlib.compress(p)
write(b'%%PDF-1.4\n1 0 obj\n<</Length %d/Filter/FlateDecode>>\nstream\n' % len(z) + z + b'\nendstream\nendobj\n')"#,
        "",
    ),
    (
        "PDF, kerned text",
        "b.pdf",
        r#"
p = b'BT /F1 12 Tf 72 720 Td ' + b''.join(b'[' + b' -20 '.join(b'(%s)' % l[i:i+3] for i in range(0, len(l), 3)) + b'] TJ T* ' for l in t.splitlines()) + b'ET'
z = zlib.compress(p)
write(b'%%PDF-1.4\n1 0 obj\n<</Length %d/Filter/FlateDecode>>\nstream\n' % len(z) + z + b'\nendstream\nendobj\n')"#,
        "",
    ),
    (
        "e-mail, attachment",
        "m.eml",
        "from email.message import EmailMessage\nm=EmailMessage(); m['Subject']='s'; m['From']='a@b.c'; m.set_content('hello'); m.add_attachment(t, maintype='application', subtype='octet-stream', filename='in.bin')\nwrite(bytes(m))",
        "in.bin",
    ),
    (
        "e-mail, attached zip",
        "z.eml",
        "from email.message import EmailMessage\nm=EmailMessage(); m['Subject']='s'; m.set_content('hello'); m.add_attachment(zipped([('in.txt', t)]), maintype='application', subtype='zip', filename='in.zip')\nwrite(bytes(m))",
        "in.txt",
    ),
    (
        "e-mail, quoted-printable",
        "q.eml",
        "from email.message import EmailMessage\nm=EmailMessage(); m['Subject']='s'; m.set_content('é '*30 + '\\n' + s + '\\n', cte='quoted-printable')\nwrite(bytes(m))",
        "",
    ),
    (
        "mailbox",
        "m.mbox",
        "import mailbox\nfrom email.message import EmailMessage\nb=mailbox.mbox(out)\nfor d in (b'x', t):\n m=EmailMessage(); m['Subject']='s'; m.set_content('hello'); m.add_attachment(d, maintype='a', subtype='b', filename='in.bin'); b.add(m)\nb.flush()",
        "in.bin",
    ),
    (
        "container image, OCI",
        "oci.tar",
        r#"
layer = tarred([('etc/passwd', b'root\n'), ('app/config', t)], 'w:gz')
d = lambda data: hashlib.sha256(data).hexdigest()
manifest = json.dumps({"layers": [{"digest": "sha256:" + d(layer)}]}).encode()
write(tarred([('oci-layout', b'{"imageLayoutVersion":"1.0.0"}'), ('index.json', b'{}'), ('blobs/sha256/' + d(manifest), manifest), ('blobs/sha256/' + d(layer), layer)]))"#,
        "app/config",
    ),
    (
        "container image, docker save",
        "image.tar",
        r#"
layer = tarred([('app/config', t)])
write(tarred([('manifest.json', b'[{"Layers":["abc/layer.tar"]}]'), ('abc/json', b'{}'), ('abc/layer.tar', layer)]))"#,
        "app/config",
    ),
    (
        "environment in an image's config",
        "config.tar",
        r#"
config = json.dumps({"config": {"Env": s.splitlines()}}).encode()
write(tarred([('manifest.json', b'[]'), ('abc.json', config)]))"#,
        "abc.json",
    ),
    (
        "PNG, text",
        "a.png",
        r#"
def chunk(kind, data): return len(data).to_bytes(4, 'big') + kind + data + zlib.crc32(kind + data).to_bytes(4, 'big')
write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', bytes(13)) + chunk(b'tEXt', b'Comment\0' + t) + chunk(b'IEND', b''))"#,
        "",
    ),
    (
        "PNG, compressed text",
        "z.png",
        r#"
def chunk(kind, data): return len(data).to_bytes(4, 'big') + kind + data + zlib.crc32(kind + data).to_bytes(4, 'big')
write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', bytes(13)) + chunk(b'zTXt', b'Comment\0\0' + zlib.compress(t)) + chunk(b'iTXt', b'Other\0\1\0\0\0' + zlib.compress(b'x')) + chunk(b'IEND', b''))"#,
        "",
    ),
    (
        "PNG, text before a letter",
        "glued.png",
        r#"
def chunk(kind, data): return len(data).to_bytes(4, 'big') + kind + data + b'abcd'
write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', bytes(13)) + chunk(b'iTXt', b'Comment\0\0\0en\0x\0' + t.strip()) + chunk(b'IEND', b''))"#,
        "text 1",
    ),
    ("JPEG, comment", "a.jpg", r"write(b'\xff\xd8\xff\xfe' + (len(t)+2).to_bytes(2, 'big') + t + b'\xff\xd9')", ""),
    (
        "cpio",
        "a.cpio",
        r#"
def entry(name, data):
    h = b'070701' + b'%08X' % 1 + b'%08X' % 0o100644 + b'0'*32 + b'%08X' % len(data) + b'0'*32 + b'%08X' % (len(name)+1) + b'0'*8
    pad = lambda b: b + bytes(-len(b) % 4)
    return pad(h + name + b'\0') + pad(data)
write(entry(b'in.txt', t) + entry(b'TRAILER!!!', b''))"#,
        "in.txt",
    ),
    (
        "Debian package",
        "a.deb",
        r#"
data = tarred([('./etc/app.conf', t)], 'w:xz')
def entry(name, data): return b'%-16s%-12d%-6d%-6d%-8s%-10d`\n' % (name, 0, 0, 0, b'100644', len(data)) + data + (b'\n' if len(data) % 2 else b'')
write(b'!<arch>\n' + entry(b'debian-binary', b'2.0\n') + entry(b'data.tar.xz', data))"#,
        "./etc/app.conf",
    ),
];

#[test]
fn every_container_is_entered() {
    let mut lab = Lab::new(Sandbox::repository());
    hidden(&mut lab);
    lab.check(&["scan"]);
    lab.sandbox.commit("Leak");
    lab.check(&["history"]);
    lab.check(&["history", "main", "--full-scan"]);
}

/// All containers, in files of the work tree.
pub fn hidden(lab: &mut Lab) {
    let mut jobs = Vec::new();
    for (name, file, script, member) in MADE {
        for bait in lab.baits.all() {
            let path = format!("{}/{file}", bait.kind);
            fs::create_dir_all(lab.sandbox.dir.join(bait.kind)).unwrap();
            jobs.push((script.to_string(), format!("{}{}\n", filler(2), bait.text), path.clone()));
            expect(lab, name, &path, member, bait);
        }
    }
    python(lab, &jobs);
    zstd(lab);
    git(lab);
}

fn expect(lab: &mut Lab, name: &str, path: &str, member: &str, bait: super::bait::Bait) {
    let display = if member.is_empty() { path.to_owned() } else { format!("{path}!") };
    lab.add(name, bait, Expected::at(display).member(member));
}

/// Runs scripts, each with the text that it is to hide and the file that it is to make.
fn python(lab: &Lab, jobs: &[(String, String, String)]) {
    let input = lab.sandbox.beside("jobs");
    fs::write(&input, serde_json::to_vec(jobs).unwrap()).unwrap();
    let mut command = lab.sandbox.command("python3");
    let run = command.args(["-c", PRELUDE]).stdin(fs::File::open(&input).unwrap()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

fn zstd(lab: &mut Lab) {
    for bait in lab.baits.all() {
        let path = format!("{}/app.log.zst", bait.kind);
        let text = format!("{}{}\n", filler(40), bait.text);
        let packed = ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
        assert!(packed.len() < text.len() / 2, "it is compressed");
        lab.sandbox.write(&path, packed);
        expect(lab, "zstd", &path, "", bait);
        let bait = lab.baits.assigned();
        let path = format!("{}/more.tar.zst", bait.kind);
        let text = format!("{}{}\n", filler(2), bait.text);
        python(lab, &[("write(tarred([('in.txt', t)]))".to_owned(), text, path.clone())]);
        let tar = fs::read(lab.sandbox.dir.join(&path)).unwrap();
        let packed = ruzstd::encoding::compress_to_vec(&tar[..], ruzstd::encoding::CompressionLevel::Fastest);
        let path = format!("{path}-{}", bait.values[0].len() + lab.values().count());
        lab.sandbox.write(&path, packed);
        expect(lab, "tar.zst", &path, "in.txt", bait);
    }
}

fn git(lab: &mut Lab) {
    for bait in lab.baits.all() {
        let other = Sandbox::repository();
        other.write("in.txt", format!("{}{}\n", filler(2), bait.text));
        other.commit("Leak");
        other.write("in.txt", filler(2));
        other.commit("Clean");
        let bundle = lab.sandbox.dir.join(bait.kind).join("backup.bundle");
        other.git(&["bundle", "create", "-q", bundle.to_str().unwrap(), "--all"]);
        let path = format!("{}/backup.bundle", bait.kind);
        expect(lab, "git bundle", &path, "in.txt", bait.clone());
        other.git(&["repack", "-adq"]);
        let packs = fs::read_dir(other.dir.join(".git/objects/pack")).unwrap();
        let pack = packs.map(|entry| entry.unwrap().path()).find(|path| path.extension().unwrap() == "pack").unwrap();
        let path = format!("{}/lost.pack", bait.kind);
        fs::copy(pack, lab.sandbox.dir.join(&path)).unwrap();
        expect(lab, "git pack", &path, "in.txt", bait);
    }
}

/// What can't be read is told by name, and ends the run with 3.
#[test]
fn what_is_not_read_is_told() {
    for (file, script, told) in [
        ("a.7z", "write(b'7z\\xbc\\xaf\\x27\\x1c' + bytes(99))", "7z"),
        ("a.rar", "write(b'Rar!\\x1a\\x07\\x01\\0' + bytes(99))", "rar"),
        ("a.lz4", "write(b'\\x04\\x22\\x4d\\x18' + bytes(99))", "lz4"),
        ("a.lz", "write(b'LZIP\\x01\\x0c' + bytes(99))", "damaged"),
        ("a.rpm", "write(b'\\xed\\xab\\xee\\xdb' + bytes(199))", "damaged"),
        ("a.br", "write(b'\\x8b\\x01\\x80' + os.urandom(99))", "brotli"),
        ("a.AppImage", "write(b'\\x7fELF\\2\\1\\1\\0AI\\2' + bytes(99))", "squashfs"),
        ("a.qcow2", "write(b'QFI\\xfb\\0\\0\\0\\3' + bytes(99))", "disk image"),
        ("a.vmdk", "write(b'KDMV\\1\\0\\0\\0' + bytes(99))", "disk image"),
        ("a.vhd", "write(b'conectix' + bytes(99))", "disk image"),
        ("a.vhdx", "write(b'vhdxfile' + bytes(99))", "disk image"),
        ("a.iso", "write(bytes(32769) + b'CD001' + bytes(99))", "iso 9660"),
        ("a.parquet", "write(b'PAR1' + bytes(99) + b'PAR1')", "tables in columns"),
        ("a.orc", "write(b'ORC' + bytes(99) + b'ORC\\x10')", "tables in columns"),
        ("a.h5", "write(b'\\x89HDF\\r\\n\\x1a\\n' + bytes(99))", "tables in columns"),
        ("a.avro", "write(b'Obj\\1\\2\\x14avro.codec\\x0csnappy\\0' + bytes(99))", "snappy"),
        ("cut.avro", "write(b'Obj\\1\\2\\x14avro')", "damaged"),
        ("cut.swf", "write(b'CWS\\x0a' + bytes(4) + zlib.compress(os.urandom(999))[:500])", "too early"),
        (
            "lock.docx",
            "write(b'\\xd0\\xcf\\x11\\xe0\\xa1\\xb1\\x1a\\xe1' + bytes(504) + 'EncryptedPackage'.encode('utf-16le'))",
            "encrypted",
        ),
        ("a.snap", "write(b'hsqs' + bytes(24) + b'\\4\\0' + bytes(99))", "squashfs"),
        ("a.dmg", "write(bytes(600) + b'koly\\0\\0\\0\\4\\0\\0\\2\\0' + bytes(500))", "dmg"),
        ("a.kdbx", "write(b'\\x03\\xd9\\xa2\\x9a\\x67\\xfb\\x4b\\xb5' + bytes(99))", "keepass"),
        ("a.zip", "write(b'QK' + zipped([('in.txt', b'x' * 99)])[2:60])", "is no archive"),
        ("b.tar.gz", "write(b'\\x1e' + tarred([('in.txt', b'x' * 99)], 'w:gz')[1:])", "is no archive"),
        ("b.xz", "write(b'\\xfd7')", "is no archive"),
        ("b.deb", "write(b'!<arcH>\\n' + bytes(range(99)))", "is no archive"),
        ("cut.tar", "write(tarred([('in.txt', b'x' * 99)])[:700])", "too early"),
        (
            "cut.pdf",
            "write(b'%PDF-1.4\\n1 0 obj\\n<</Filter/FlateDecode>>\\nstream\\n' + zlib.compress(os.urandom(9999))[:5000])",
            "too early",
        ),
        ("cut.tar.gz", "write(tarred([('in.txt', os.urandom(9999))], 'w:gz')[:5000])", "too early"),
        ("cut.xz", "write(lzma.compress(os.urandom(9999))[:5000])", "too early"),
        ("cut.zip", "write(zipped([('in.txt', os.urandom(9999))])[:5000])", "damaged"),
        ("deep.gz", "d = b'x'\nfor n in range(12): d = gzip.compress(d)\nwrite(d)", "deep"),
        ("bomb.gz", "write(gzip.compress(bytes(1 << 20)) * 300)", "not read"),
        (
            "lock.zip",
            "d = bytearray(zipped([('in.txt', t)])); d[6] |= 1; d[d.rfind(b'PK\\1\\2') + 8] |= 1; write(d)",
            "encrypted",
        ),
        ("lock.pdf", "write(b'%PDF-1.4\\n1 0 obj<</Encrypt 2 0 R>>endobj\\n')", "encrypted"),
    ] {
        let lab = Lab::new(Sandbox::repository());
        python(&lab, &[(script.to_owned(), "text\n".to_owned(), file.to_owned())]);
        let run = lab.sandbox.stanch(&["scan"]).exits(3);
        let all = format!("{}{}", run.stdout, run.stderr);
        assert!(all.contains(file) && all.contains(told), "{file}: {all}");
        let _ = lab.sandbox.stanch(&["scan", "--no-archives"]).exits(0);
        // In the past as well, where names are known last; and again, where it is remembered.
        lab.sandbox.commit("Add");
        lab.sandbox.git(&["rm", "-q", file]);
        lab.sandbox.commit("Remove");
        for _ in 0..2 {
            let run = lab.sandbox.stanch(&["history"]).exits(3);
            assert!(format!("{}{}", run.stdout, run.stderr).contains(told), "{file} in history");
        }
    }
}

/// A format without a signature is read in the past, too.
#[test]
fn what_only_a_name_tells_is_found_in_history() {
    let mut lab = Lab::new(Sandbox::repository());
    let bait = lab.baits.assigned();
    // In two blocks that are not compressed, so that the value does not stand in the bytes as they are.
    let script = "k = len(t) - 9\nwrite(((k - 1 << 4) | 1 << 20).to_bytes(3, 'little') + t[:k] + ((8 << 3) | 1 << 19).to_bytes(3, 'little') + t[k:] + b'\\3')";
    python(&lab, &[(script.to_owned(), bait.text, "app.js.br".to_owned())]);
    let first = lab.sandbox.commit("Add");
    lab.sandbox.git(&["rm", "-q", "app.js.br"]);
    lab.sandbox.commit("Remove");
    for _ in 0..2 {
        let report = lab.sandbox.stanch(&["history", "--format", "json"]).exits(1).json();
        let findings = report["findings"].as_array().unwrap();
        assert_eq!(findings.len(), 1, "{report}");
        let text = findings[0].to_string();
        assert!(text.contains("app.js.br") && text.contains(&first), "{text}");
    }
}
