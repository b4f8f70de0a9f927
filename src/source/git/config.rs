//! Reads git's configuration files, as far as the format of a repository depends on them.
//!
//! Includes are not followed (git does not follow them for these settings either) and no value is ever run.

use std::path::Path;

use bstr::{BString, ByteSlice};

use crate::source::SourceError;

/// The settings of one or more files, later ones win.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    entries: Vec<(BString, Option<BString>)>,
}

impl Config {
    /// Adds the settings of `file`, if it exists.
    pub fn read(&mut self, file: &Path) -> Result<(), SourceError> {
        match crate::source::file::read(file) {
            Ok(text) => {
                self.parse(&text).map_err(|line| SourceError::damaged(file, format!("bad setting in line {line}")))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(SourceError::io(file, error)),
        }
    }

    /// The last value of `key` (`section.subsection.name`, section and name in lower case).
    pub fn get(&self, key: &str) -> Option<&BString> {
        self.entries.iter().rev().find(|(name, _)| name == key).and_then(|(_, value)| value.as_ref())
    }

    /// The last value of `key` as a boolean: a name without a value is true. Something that is no boolean is none.
    pub fn bool(&self, key: &str) -> Option<bool> {
        let (_, value) = self.entries.iter().rev().find(|(name, _)| name == key)?;
        let Some(value) = value else { return Some(true) };
        match value.to_ascii_lowercase().as_slice() {
            b"true" | b"yes" | b"on" | b"1" => Some(true),
            b"false" | b"no" | b"off" | b"0" | b"" => Some(false),
            _ => None,
        }
    }

    /// All keys and their values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&BString, Option<&BString>)> {
        self.entries.iter().map(|(key, value)| (key, value.as_ref()))
    }

    /// Adds the settings of `text`, or says which line is wrong.
    fn parse(&mut self, text: &[u8]) -> Result<(), usize> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut section = BString::default();
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let mut rest = line.trim_ascii_start();
            if let Some(header) = rest.strip_prefix(b"[") {
                let (name, after) = section_header(header).ok_or(number + 1)?;
                section = name;
                rest = after.trim_ascii_start();
            }
            if rest.is_empty() || rest.starts_with(b"#") || rest.starts_with(b";") {
                continue;
            }
            let name_len = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
            if name_len == 0 || section.is_empty() {
                return Err(number + 1);
            }
            let mut key = section.clone();
            key.push(b'.');
            key.extend(rest[..name_len].to_ascii_lowercase());
            let after = rest[name_len..].trim_ascii_start();
            let value = match after.strip_prefix(b"=") {
                Some(first) => {
                    let mut value = Value::default();
                    let mut goes_on = value.line(first).ok_or(number + 1)?;
                    while goes_on {
                        let Some((_, next)) = lines.next() else { break };
                        goes_on = value.line(next).ok_or(number + 1)?;
                    }
                    Some(value.finish().ok_or(number + 1)?)
                }
                None if after.is_empty() || after.starts_with(b"#") || after.starts_with(b";") => None,
                None => return Err(number + 1),
            };
            self.entries.push((key, value));
        }
        Ok(())
    }
}

/// Splits `section "sub"] rest` into `section.sub` and the rest.
fn section_header(header: &[u8]) -> Option<(BString, &[u8])> {
    let name_len = header.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(byte)).count();
    let mut name = BString::from(header[..name_len].to_ascii_lowercase());
    let mut rest = header[name_len..].trim_ascii_start();
    if let Some(quoted) = rest.strip_prefix(b"\"") {
        name.push(b'.');
        let mut bytes = quoted.iter().enumerate();
        let end = loop {
            match bytes.next()? {
                (_, b'\\') => name.push(*bytes.next()?.1),
                (at, b'"') => break at,
                (_, &byte) => name.push(byte),
            }
        };
        rest = &quoted[end + 1..];
    }
    Some((name, rest.strip_prefix(b"]")?)).filter(|(name, _)| !name.is_empty())
}

/// A value that is being read, line by line.
#[derive(Default)]
struct Value {
    text: BString,
    trailing_blanks: usize,
    in_quotes: bool,
}

impl Value {
    /// Takes a line; says whether the next line belongs to the value. Nothing for a bad escape.
    fn line(&mut self, line: &[u8]) -> Option<bool> {
        let mut bytes = line.iter();
        while let Some(&byte) = bytes.next() {
            match byte {
                b'\\' => {
                    let Some(&escaped) = bytes.next() else { return Some(true) };
                    self.push(match escaped {
                        b'n' => b'\n',
                        b't' => b'\t',
                        b'b' => 8,
                        b'"' | b'\\' => escaped,
                        _ => return None,
                    });
                }
                b'"' => self.in_quotes = !self.in_quotes,
                b'#' | b';' if !self.in_quotes => break,
                b' ' | b'\t' if !self.in_quotes => {
                    if !self.text.is_empty() {
                        self.text.push(byte);
                        self.trailing_blanks += 1;
                    }
                }
                _ => self.push(byte),
            }
        }
        Some(false)
    }

    fn push(&mut self, byte: u8) {
        self.text.push(byte);
        self.trailing_blanks = 0;
    }

    fn finish(mut self) -> Option<BString> {
        let len = self.text.len() - self.trailing_blanks;
        self.text.truncate(len);
        (!self.in_quotes).then_some(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Config, usize> {
        let mut config = Config::default();
        config.parse(text.as_bytes()).map(|()| config)
    }

    #[test]
    fn values_are_read_as_git_reads_them() {
        let config = parsed(concat!(
            "[core]\n\tBare = false # no\n\tworktree = \"a # b\" \n[Remote \"Or\\\"igin\"] promisor\n",
            "; note\n[x]\ny = one \\\n two ;end\nz=\n[a.B]\nc = d\n"
        ))
        .unwrap();
        assert_eq!(config.bool("core.bare"), Some(false));
        assert_eq!(config.get("core.worktree").unwrap(), "a # b");
        assert_eq!(config.bool("remote.Or\"igin.promisor"), Some(true));
        assert_eq!(config.get("x.y").unwrap(), "one  two");
        assert_eq!(config.bool("x.z"), Some(false));
        assert_eq!(config.get("a.b.c").unwrap(), "d");
    }

    #[test]
    fn damage_names_the_line() {
        for (text, line) in [("a = b", 1), ("[core]\n x", 0), ("[core]\n= 1", 2), ("[core\nx=1", 1), ("[c]\nx=\"a", 2)]
        {
            assert_eq!(parsed(text).err().unwrap_or(0), line, "{text}");
        }
    }
}
