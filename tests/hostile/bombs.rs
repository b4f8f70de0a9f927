//! Files that grow when they are opened, and texts that are slow to read.

use sirocco::Format;
use sirocco::deflate::Level;

use crate::measure::bounded;
use crate::support::{Sandbox, token};

/// A member of a ZIP archive: its name, its deflated bytes, their CRC and the size that it claims.
struct Member<'a> {
    name: &'a str,
    packed: &'a [u8],
    crc: u32,
    size: u32,
}

/// A ZIP archive; with `overlapping` all entries of the directory lead to the first member.
fn zip(members: &[Member<'_>], overlapping: bool) -> Vec<u8> {
    let (mut body, mut directory) = (Vec::new(), Vec::new());
    for (number, member) in members.iter().enumerate() {
        let at = if overlapping { 0 } else { body.len() as u32 };
        let mut fields = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
        fields.extend(member.crc.to_le_bytes());
        fields.extend((member.packed.len() as u32).to_le_bytes());
        fields.extend(member.size.to_le_bytes());
        fields.extend((member.name.len() as u16).to_le_bytes());
        fields.extend([0, 0]);
        if number == 0 || !overlapping {
            body.extend(b"PK\x03\x04");
            body.extend(&fields);
            body.extend(member.name.as_bytes());
            body.extend(member.packed);
        }
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&fields);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(member.name.as_bytes());
    }
    let (start, size, count) = (body.len() as u32, directory.len() as u32, members.len() as u16);
    body.extend(directory);
    body.extend(b"PK\x05\x06\0\0\0\0");
    body.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    body.extend(size.to_le_bytes());
    body.extend(start.to_le_bytes());
    body.extend([0, 0]);
    body
}

/// A bare deflate stream: that of zlib without its frame.
fn deflate(content: &[u8]) -> Vec<u8> {
    let framed = sirocco::compress(Format::Zlib, Level::DEFAULT, content);
    framed[2..framed.len() - 4].to_vec()
}

fn zipped(name: &str, content: &[u8]) -> Vec<u8> {
    let packed = deflate(content);
    let crc = crc32fast::hash(content);
    zip(&[Member { name, packed: &packed, crc, size: content.len() as u32 }], false)
}

fn gzip(content: &[u8]) -> Vec<u8> {
    sirocco::compress(Format::Gzip, Level::DEFAULT, content)
}

#[test]
fn containers_that_explode_are_cut_and_told() {
    let zeros = vec![0; 100 << 20];
    let mut nested = gzip(&zeros);
    for _ in 0..3 {
        nested = gzip(&nested);
    }
    let mut deep = format!("{}\n", token(1)).into_bytes();
    for level in 0..40 {
        deep = zipped(&format!("level-{level}.zip"), &deep);
    }
    let packed = deflate(&zeros[..8 << 20]);
    let crc = crc32fast::hash(&zeros[..8 << 20]);
    let names: Vec<String> = (0..2000).map(|number| format!("{number}.txt")).collect();
    let members: Vec<Member<'_>> =
        names.iter().map(|name| Member { name, packed: &packed, crc, size: 8 << 20 }).collect();
    for (name, bytes) in [
        ("one.zip", zipped("zeros.txt", &zeros)),
        ("one.txt.gz", gzip(&zeros)),
        ("nested.gz", nested),
        ("deep.zip", deep),
        ("overlapping.zip", zip(&members, true)),
    ] {
        let sandbox = Sandbox::repository();
        sandbox.write(name, bytes);
        sandbox.git(&["add", name]);
        let commands: &[&str] = if name == "one.zip" { &["scan", "staged", "history"] } else { &["scan"] };
        for command in commands {
            let run = bounded(&sandbox, &format!("{name}, {command}"), &[command]);
            assert!(run.code == 3, "{name}, {command}: exit {}\n{}", run.code, run.stdout);
        }
        if name == "deep.zip" {
            // The rest is read all the same.
            sandbox.write("leak.txt", format!("{}\n", token(2)));
            let _ = bounded(&sandbox, name, &["scan"]).exits(1).says("leak.txt");
        }
    }
}

#[test]
fn texts_that_are_slow_to_read_are_read() {
    const SIZE: usize = 1 << 18;
    let repeated = |text: &str| text.repeat(SIZE / text.len());
    let inputs = [
        repeated("ghp_"),
        repeated("AKIA"),
        repeated("password="),
        repeated("key: \""),
        repeated("a@"),
        repeated("://a:b@"),
        repeated("eyJ"),
        repeated("-----BEGIN PRIVATE KEY-----"),
        repeated("A"),
        repeated("%25"),
        repeated("\\u005c"),
        repeated("&amp;"),
        repeated("'\" + \"'"),
        repeated("["),
        repeated("{\"a\":"),
        repeated("- "),
        repeated("<a>"),
        (0..20_000).map(|depth| format!("{}a:\n", " ".repeat(depth % 150))).collect(),
    ];
    let sandbox = Sandbox::new();
    for (number, input) in inputs.iter().enumerate() {
        let extension = ["txt", "json", "yaml", "xml"][number % 4];
        sandbox.write(&format!("slow-{number}.{extension}"), format!("{input}\n{}\n", token(100 + number as u64)));
    }
    let run = bounded(&sandbox, "slow texts", &["scan", "--format", "json"]).exits(1);
    let json = run.json();
    for number in 0..inputs.len() {
        let name = format!("slow-{number}.");
        let findings = json["findings"].as_array().unwrap();
        let is_found = findings.iter().any(|one| one["location"]["path"].as_str().unwrap().starts_with(&name));
        assert!(is_found, "the token at the end of {name} is not found");
    }
}
