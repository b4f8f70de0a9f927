//! Reads an export in JSON without a copy of any value that is not wiped: each goes from the text straight into a `Secret`.
//!
//! Takes one object of names and scalars, or a list of objects with `key` and `value` (`secretKey`, `secretValue`); whatever else
//! such objects hold is passed over. It must never put a part of the text into an error.

use zeroize::Zeroizing;

use crate::model::Secret;

/// How deep passed-over values may be nested.
const DEEPEST: usize = 64;

/// Names with values; else the number of the line where the reader stopped.
pub(super) fn read(text: &[u8]) -> Result<Vec<(String, Secret)>, u64> {
    let mut reader = Reader { text: text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text), at: 0 };
    match reader.export() {
        Some(pairs) => Ok(pairs),
        None => {
            let read = &reader.text[..reader.at.min(reader.text.len())];
            Err(memchr::memchr_iter(b'\n', read).count() as u64 + 1)
        }
    }
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn export(&mut self) -> Option<Vec<(String, Secret)>> {
        let mut pairs = Vec::new();
        match self.peek()? {
            b'{' => self.members(&mut |reader, name| {
                pairs.extend(reader.scalar()?.map(|value| (name, value)));
                Some(())
            })?,
            _ => self.items(&mut |reader| {
                let (mut key, mut value) = (None, None);
                reader.members(&mut |reader, name| {
                    match name.as_str() {
                        "key" | "secretKey" => key = Some(reader.name()?),
                        "value" | "secretValue" => value = Some(reader.scalar()?),
                        _ => reader.pass(0)?,
                    }
                    Some(())
                })?;
                pairs.extend(value?.map(|value| Some((key?, value))).unwrap_or(None));
                Some(())
            })?,
        }
        (self.peek().is_none() && self.at == self.text.len()).then_some(pairs)
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> Option<u8> {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn take(&mut self, sign: u8) -> Option<()> {
        (self.peek()? == sign).then(|| self.at += 1)
    }

    /// `{"name": …, …}`
    fn members(&mut self, each: &mut dyn FnMut(&mut Self, String) -> Option<()>) -> Option<()> {
        self.take(b'{')?;
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            let name = self.name()?;
            self.take(b':')?;
            each(self, name)?;
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
        }
    }

    /// `[…, …]`
    fn items(&mut self, each: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.take(b'[')?;
        if self.take(b']').is_some() {
            return Some(());
        }
        loop {
            each(self)?;
            if self.take(b',').is_none() {
                return self.take(b']');
            }
        }
    }

    fn name(&mut self) -> Option<String> {
        let text = self.string()?;
        std::str::from_utf8(text.expose()).ok().map(str::to_owned)
    }

    /// A string, or a number as it is written; nothing for `true`, `false` and `null`.
    fn scalar(&mut self) -> Option<Option<Secret>> {
        if self.peek()? == b'"' {
            return self.string().map(Some);
        }
        let rest = &self.text[self.at..];
        let len = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
        let word = &rest[..len];
        let is_number = word.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'-')
            && word.iter().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte));
        let is_word = matches!(word, b"true" | b"false" | b"null");
        if !is_number && !is_word {
            return None;
        }
        self.at += len;
        Some(is_number.then(|| Secret::new(word)))
    }

    /// Passes a value over.
    fn pass(&mut self, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match self.peek()? {
            b'{' => self.members(&mut |reader, _| reader.pass(depth + 1)),
            b'[' => self.items(&mut |reader| reader.pass(depth + 1)),
            _ => self.scalar().map(|_| ()),
        }
    }

    fn string(&mut self) -> Option<Secret> {
        self.take(b'"')?;
        // As long as what is written, so that it never grows and leaves a copy behind.
        let end = self.at + self.closing()?;
        let mut value = Zeroizing::new(Vec::with_capacity(end - self.at));
        while self.at < end {
            let byte = self.text[self.at];
            self.at += 1;
            match byte {
                b'\\' => self.escape(&mut value)?,
                0..0x20 => return None,
                _ => value.push(byte),
            }
        }
        self.at = end + 1;
        std::str::from_utf8(&value).ok()?;
        Some(Secret::new(std::mem::take(&mut *value)))
    }

    /// How far the quote is that ends the string.
    fn closing(&self) -> Option<usize> {
        let rest = self.text.get(self.at..)?;
        let mut at = 0;
        loop {
            match rest.get(at)? {
                b'"' => return Some(at),
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
    }

    fn escape(&mut self, value: &mut Vec<u8>) -> Option<()> {
        let sign = *self.text.get(self.at)?;
        self.at += 1;
        let plain = match sign {
            b'"' | b'\\' | b'/' => sign,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let high = self.unit()?;
                let code = if (0xd800..0xdc00).contains(&high) {
                    self.text.get(self.at..self.at + 2).filter(|next| *next == b"\\u")?;
                    self.at += 2;
                    let low = self.unit()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                    0x10000 + ((high - 0xd800) << 10) + low
                } else {
                    high
                };
                let mut buffer = Zeroizing::new([0; 4]);
                value.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut *buffer).as_bytes());
                return Some(());
            }
            _ => return None,
        };
        value.push(plain);
        Some(())
    }

    fn unit(&mut self) -> Option<u32> {
        let digits = std::str::from_utf8(self.text.get(self.at..self.at + 4)?).ok()?;
        self.at += 4;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values(text: &str) -> Option<Vec<(String, Vec<u8>)>> {
        let pairs = read(text.as_bytes()).ok()?;
        Some(pairs.into_iter().map(|(name, value)| (name, value.expose().to_vec())).collect())
    }

    proptest! {
        #[test]
        fn whatever_an_encoder_writes_is_read_back(pairs in prop::collection::vec((any::<String>(), any::<String>()), 0..6)) {
            let expected: Vec<(String, Vec<u8>)> = pairs.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
            let list: Vec<_> = pairs.iter().map(|(key, value)| serde_json::json!({"tags": [1, {"x": null}], "key": key, "value": value})).collect();
            prop_assert_eq!(values(&serde_json::to_string(&list).unwrap()), Some(expected.clone()));
            prop_assert_eq!(values(&serde_json::to_string_pretty(&list).unwrap()), Some(expected));
        }

        #[test]
        fn nothing_makes_it_panic(text in any::<Vec<u8>>()) {
            let _ = read(&text);
        }
    }

    #[test]
    fn what_is_no_export_is_refused_with_its_line() {
        for (text, line) in [
            ("", 1),
            ("{\"A\": x}", 1),
            ("{\n\"A\": {\"B\": 1}}", 2),
            ("{\"A\": \"\\q\"}", 1),
            ("{\"A\": \"b\"} x", 1),
            ("[{\"value\": \"b\"", 1),
            ("{\"A\":\n\"\\ud800\"}", 2),
            ("{\"A\" \"b\"}", 1),
            ("[\"A\"]", 1),
            ("{\"A\": \"unended}", 1),
        ] {
            assert_eq!(read(text.as_bytes()).err(), Some(line), "{text}");
        }
        assert_eq!(
            values("{\"A\": \"\\u00e9\\ud83d\\ude00\\/\", \"B\": 012, \"C\": null}").unwrap()[0].1,
            "é😀/".as_bytes()
        );
    }
}
