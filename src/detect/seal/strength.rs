//! Which values nobody can guess. The same measure serves twice: weaker values are not sealed, and a text that is weaker than
//! any sealed value is none of them, so that prose costs no slow hash.
//!
//! A pure function of the value, and conservative: a phrase of words is refused although nobody might guess it.

use zeroize::Zeroizing;

use crate::detect::known::{self, Unmatchable};
use crate::text::charset::Alphabet;
use crate::text::words;

/// The least number of bits that a value must have.
pub const LEAST_BITS: f32 = 64.0;

/// Parts shorter than this cannot have so many bits.
const SHORTEST: usize = 10;

/// Of longer parts the beginning decides.
const LONG_ENOUGH: usize = 64;

/// By which share a part must be dearer as human writing than as a draw, for its value to be sealed.
const CLEARLY: f32 = 0.15;

/// The same where a text is looked for: less, so that values stay found when the measure of words is mended.
const HARDLY: f32 = 0.0;

/// Why a value is not sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// It would be found by chance.
    #[error("{0}")]
    Unmatchable(#[from] Unmatchable),
    /// A guesser would come upon it.
    #[error(
        "its value could be guessed from the file: nothing in it has 64 random bits (a drawn password of 11 characters has)"
    )]
    Guessable,
    /// No text.
    #[error("its value is no text, or longer than 8 KiB")]
    NoText,
}

/// Says why a value cannot be sealed.
pub fn check(value: &[u8]) -> Result<(), Weak> {
    if !is_strong(value, CLEARLY) {
        known::check(value)?;
        return Err(if is_text(value) && value.len() <= super::LONGEST { Weak::Guessable } else { Weak::NoText });
    }
    Ok(known::check(value)?)
}

/// Says whether a text could be a sealed value; every value that was ever sealed must pass.
pub(super) fn may_be_sealed(text: &[u8]) -> bool {
    is_strong(text, HARDLY)
}

/// Says whether a machine drew some part of the value, and enough of it.
fn is_strong(value: &[u8], share: f32) -> bool {
    if value.len() < SHORTEST || value.len() > super::LONGEST || !is_text(value) {
        return false;
    }
    let is_delimiter = |byte: &u8| byte.is_ascii_whitespace() || b":/@?&=,;|\"'".contains(byte);
    let has_blank = value.iter().any(u8::is_ascii_whitespace);
    !has_blank && value.len() <= 40 && is_drawn(value, share)
        || value.split(is_delimiter).any(|part| is_drawn(part, share))
}

fn is_drawn(part: &[u8], share: f32) -> bool {
    if part.len() < SHORTEST {
        return false;
    }
    let part = &part[..part.len().min(LONG_ENOUGH)];
    let mut seen = [false; 256];
    part.iter().for_each(|&byte| seen[usize::from(byte)] = true);
    let distinct = seen.iter().filter(|&&is_seen| is_seen).count();
    let bits = drawn(part);
    if bits < LEAST_BITS || distinct < 8 || words::surplus(part) < bits * share {
        return false;
    }
    // `P4ssw0rd` is a word as well.
    let mut plain = Zeroizing::new([0; LONG_ENOUGH]);
    let plain = &mut plain[..part.len()];
    plain.iter_mut().zip(part).for_each(|(plain, &byte)| *plain = letter(byte));
    let cost = words::surplus(plain) + drawn(plain);
    cost >= bits * (1.0 + share)
}

fn drawn(part: &[u8]) -> f32 {
    part.len() as f32 * (Alphabet::of(part).size() as f32).log2()
}

/// The letter that people write as this sign.
fn letter(byte: u8) -> u8 {
    match byte {
        b'0' => b'o',
        b'1' | b'!' | b'|' => b'i',
        b'3' => b'e',
        b'4' | b'@' => b'a',
        b'5' | b'$' => b's',
        b'7' | b'+' => b't',
        b'8' => b'b',
        other => other,
    }
}

/// Says whether a text editor could hold it.
fn is_text(value: &[u8]) -> bool {
    let is_odd = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\n' | b'\r' | b'\t');
    !value.iter().any(is_odd) && std::str::from_utf8(value).is_ok()
}
