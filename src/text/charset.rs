//! Alphabets and patterns of characters: what a value is drawn from, and whether it was drawn at all.

/// The smallest usual alphabet that holds a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// `0-9`.
    Digits,
    /// `0-9a-f` or `0-9A-F`, with a letter.
    Hex,
    /// Letters of one case.
    Letters,
    /// Letters of one case and digits.
    Alphanumeric,
    /// Letters of both cases.
    MixedLetters,
    /// Letters of both cases and digits.
    Base62,
    /// Base62 and the signs of one base64 alphabet: `+/=` or `-_=`.
    Base64,
    /// Anything printable.
    Printable,
}

impl Alphabet {
    /// The alphabet of `value`.
    pub fn of(value: &[u8]) -> Self {
        let classes = Classes::of(value);
        if classes.symbols > 0 {
            let is_in = |signs: &[u8]| value.iter().all(|byte| byte.is_ascii_alphanumeric() || signs.contains(byte));
            let is_base64 = classes.digits + classes.upper + classes.lower >= classes.symbols * 4;
            return if is_base64 && (is_in(b"+/=") || is_in(b"-_=")) { Self::Base64 } else { Self::Printable };
        }
        let both = classes.lower > 0 && classes.upper > 0;
        match (classes.digits > 0, classes.lower + classes.upper > 0) {
            (_, false) => Self::Digits,
            (_, true) if !both && value.iter().all(u8::is_ascii_hexdigit) => Self::Hex,
            (true, true) if both => Self::Base62,
            (true, true) => Self::Alphanumeric,
            (false, true) if both => Self::MixedLetters,
            (false, true) => Self::Letters,
        }
    }

    /// How many characters it has.
    pub fn size(self) -> usize {
        match self {
            Self::Digits => 10,
            Self::Hex => 16,
            Self::Letters => 26,
            Self::Alphanumeric => 36,
            Self::MixedLetters => 52,
            Self::Base62 => 62,
            Self::Base64 => 64,
            Self::Printable => 94,
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Hex => "hexadecimal",
            Self::Letters => "letters",
            Self::Alphanumeric => "letters and digits",
            Self::MixedLetters => "letters of both cases",
            Self::Base62 => "base62",
            Self::Base64 => "base64",
            Self::Printable => "printable characters",
        }
    }
}

/// How many characters of each class a value has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Classes {
    /// `a-z`.
    pub lower: usize,
    /// `A-Z`.
    pub upper: usize,
    /// `0-9`.
    pub digits: usize,
    /// Everything else.
    pub symbols: usize,
}

impl Classes {
    /// Counts the classes of `value`.
    pub fn of(value: &[u8]) -> Self {
        let mut classes = Self::default();
        for byte in value {
            match byte {
                b'a'..=b'z' => classes.lower += 1,
                b'A'..=b'Z' => classes.upper += 1,
                b'0'..=b'9' => classes.digits += 1,
                _ => classes.symbols += 1,
            }
        }
        classes
    }

    /// How many of the four classes occur.
    pub fn count(self) -> usize {
        [self.lower, self.upper, self.digits, self.symbols].into_iter().filter(|&count| count > 0).count()
    }
}

/// Says whether most of the value is a run of equal or consecutive characters: `aaaa…`, `1234…`, `abcd…`, `fedc…`, or
/// one short piece again and again.
pub fn is_sequence(value: &[u8]) -> bool {
    if value.len() < 4 {
        return false;
    }
    let steps = value.windows(2).filter(|pair| {
        let (one, two) = (pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase());
        let wraps = matches!((one, two), (b'9', b'0' | b'a') | (b'f', b'0') | (b'z', b'0' | b'a') | (b'0', b'z'));
        two.abs_diff(one) <= 1 || wraps
    });
    if steps.count() * 10 >= (value.len() - 1) * 7 {
        return true;
    }
    // Two sequences in turns: `A1B2C3D4`.
    let turns =
        value.windows(3).filter(|three| three[2].to_ascii_lowercase().abs_diff(three[0].to_ascii_lowercase()) <= 1);
    if value.len() >= 8 && turns.count() * 10 >= (value.len() - 2) * 8 {
        return true;
    }
    (2..=value.len() / 3).take(16).any(|period| is_periodic(value, period))
}

fn is_periodic(value: &[u8], period: usize) -> bool {
    value.len() >= period * 3 && value[period..].iter().zip(value).all(|(one, other)| one == other)
}

/// Says whether the value holds `least` keys in a row as they lie on a keyboard: `qwerty`, `asdf`, `!@#$`.
pub fn has_keyboard_run(value: &[u8], least: usize) -> bool {
    /// Where a key lies: rows are far apart. Some keys lie in two patterns.
    const fn places(rows: &[&[u8]]) -> [u8; 256] {
        let mut places = [0; 256];
        let (mut row, mut at) = (0, 0);
        while row < rows.len() {
            if at == rows[row].len() {
                (row, at) = (row + 1, 0);
                continue;
            }
            let key = rows[row][at];
            places[key as usize] = (20 * row + at + 2) as u8;
            places[key.to_ascii_uppercase() as usize] = places[key as usize];
            at += 1;
        }
        places
    }
    static PATTERNS: [[u8; 256]; 2] =
        [places(&[b"qwertyuiop", b"asdfghjkl", b"zxcvbnm", b"!@#$%^&*()"]), places(&[b"1qaz2wsx3edc"])];
    PATTERNS.iter().any(|places| {
        let (mut up, mut down) = (1, 1);
        value.array_windows().any(|keys| {
            let [one, other] = keys.map(|key: u8| places[usize::from(key)]);
            let is_key = one > 0 && other > 0;
            up = if is_key && other == one + 1 { up + 1 } else { 1 };
            down = if is_key && one == other + 1 { down + 1 } else { 1 };
            up.max(down) >= least
        })
    })
}

/// Says whether the value has the length of a digest, in hexadecimal digits of one case, figures and letters.
pub fn is_digest(value: &[u8]) -> bool {
    let count = |is: fn(&u8) -> bool| value.iter().filter(|byte| is(byte)).count();
    let (lower, upper) = (count(u8::is_ascii_lowercase), count(u8::is_ascii_uppercase));
    matches!(value.len(), 32 | 40 | 48 | 56 | 64 | 96 | 128)
        && value.iter().all(u8::is_ascii_hexdigit)
        && lower.min(upper) == 0
        && lower.max(upper) * 16 >= value.len()
        && count(u8::is_ascii_digit) * 4 >= value.len()
}

/// Says whether the value is a UUID: 8-4-4-4-12 hexadecimal digits.
pub fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alphabets_are_the_smallest_that_fit() {
        for (value, expected) in [
            ("0123", Alphabet::Digits),
            ("0a1b", Alphabet::Hex),
            ("0A1B", Alphabet::Hex),
            ("0a1B", Alphabet::Base62),
            ("zebra", Alphabet::Letters),
            ("zebra1", Alphabet::Alphanumeric),
            ("Zebra", Alphabet::MixedLetters),
            ("Zebra1xx/", Alphabet::Base64),
            ("Zebra1xx_", Alphabet::Base64),
            ("Zebra1x+_", Alphabet::Printable),
        ] {
            assert_eq!(Alphabet::of(value.as_bytes()), expected, "{value}");
        }
    }

    #[test]
    fn sequences_and_repetitions_are_no_draws() {
        for value in [
            "aaaaaaaa",
            "12345678",
            "abcdefgh",
            "0123456789abcdef",
            "fedcba98",
            "abcabcabc",
            "A1B2C3D4E5F6",
            "deadbeefdeadbeefdeadbeef",
        ] {
            assert!(is_sequence(value.as_bytes()), "{value}");
        }
        for value in ["a8f3k2x9", "hunter2", "deadbeef", "3f9a1c7e"] {
            assert!(!is_sequence(value.as_bytes()), "{value}");
        }
        assert!(has_keyboard_run(b"xQwErTy1", 5) && has_keyboard_run(b"poiuy", 5) && !has_keyboard_run(b"qwxerty", 5));
    }
}
