//! How often a secret is replaced, in the words that procedures use: `90 days or on compromise`, `on team change`, `never`.

use std::fmt;
use std::str::FromStr;

/// When a secret must be replaced, besides after a leak, which always counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cadence {
    /// At least every so many days.
    pub days: Option<u32>,
    /// When something happens.
    pub occasions: Vec<Occasion>,
}

/// Something that makes a rotation necessary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occasion {
    /// The secret may have leaked.
    Compromise,
    /// Somebody joined or left.
    TeamChange,
    /// Anything else, in the words of the inventory: `clerk tenant change`.
    Other(String),
}

/// A cadence in no known words. Its author is to blame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no rotation cadence; write `90 days`, `on compromise`, `on team change`, `never`, or several with `or`"
)]
pub struct UnknownCadence(String);

impl Cadence {
    /// Says whether no rotation is planned at all.
    pub fn is_never(&self) -> bool {
        self.days.is_none() && self.occasions.is_empty()
    }
}

impl FromStr for Cadence {
    type Err = UnknownCadence;

    fn from_str(text: &str) -> Result<Self, UnknownCadence> {
        let unknown = || UnknownCadence(text.trim().to_owned());
        let lower = text.trim().trim_end_matches('.').to_lowercase();
        if matches!(lower.as_str(), "never" | "none" | "-" | "–" | "—" | "n/a") {
            return Ok(Self::default());
        }
        let mut cadence = Self::default();
        let mut is_occasion = false;
        for part in lower.split(" or ").flat_map(|part| part.split([',', ';', '/'])) {
            let part = part.trim().trim_start_matches("every ").trim();
            let word = part.strip_prefix("on ").or(part.strip_prefix("after ")).map(str::trim);
            match (word, days(part)) {
                (_, Some(days)) if cadence.days.is_none() => cadence.days = Some(days),
                // `on staff change or compromise`: what follows an occasion is one.
                (Some(word), _) if !word.is_empty() => {
                    is_occasion = true;
                    cadence.add(word);
                }
                (None, None) if is_occasion && !part.is_empty() => cadence.add(part),
                _ => return Err(unknown()),
            }
        }
        if cadence.is_never() { Err(unknown()) } else { Ok(cadence) }
    }
}

impl Cadence {
    fn add(&mut self, word: &str) {
        let occasion = match word.trim_start_matches("a ") {
            "compromise" | "leak" | "suspected leak" | "incident" => Occasion::Compromise,
            "team change" | "staff change" | "offboarding" | "personnel change" => Occasion::TeamChange,
            other => Occasion::Other(other.to_owned()),
        };
        if !self.occasions.contains(&occasion) {
            self.occasions.push(occasion);
        }
    }
}

/// `90 days`, `90d`, `12 weeks`, `6 months`, `1 year`, `quarterly`.
fn days(text: &str) -> Option<u32> {
    let unit = |word: &str| match word {
        "d" | "day" | "days" => Some(1),
        "w" | "week" | "weeks" => Some(7),
        "month" | "months" => Some(30),
        "year" | "years" => Some(365),
        _ => None,
    };
    match text {
        "weekly" => return Some(7),
        "monthly" => return Some(30),
        "quarterly" => return Some(90),
        "yearly" | "annually" => return Some(365),
        _ => {}
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let count: u32 = text[..digits].parse().ok().filter(|&count| count > 0)?;
    count.checked_mul(unit(text[digits..].trim_start_matches(['-', ' ']))?)
}

impl fmt::Display for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_never() {
            return f.write_str("never");
        }
        let days = self.days.map(|days| format!("{days} days"));
        let parts: Vec<String> = days.into_iter().chain(self.occasions.iter().map(ToString::to_string)).collect();
        f.write_str(&parts.join(" or "))
    }
}

impl fmt::Display for Occasion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compromise => f.write_str("on compromise"),
            Self::TeamChange => f.write_str("on team change"),
            Self::Other(word) => write!(f, "on {word}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_procedures_are_understood_and_print_back() {
        for (text, printed) in [
            ("90 days", "90 days"),
            ("90 days or on compromise", "90 days or on compromise"),
            ("On staff change or compromise", "on team change or on compromise"),
            ("On team change", "on team change"),
            ("On compromise", "on compromise"),
            ("On Clerk tenant change", "on clerk tenant change"),
            ("On rotation", "on rotation"),
            ("every 6 months", "180 days"),
            ("Never", "never"),
            ("—", "never"),
        ] {
            let cadence: Cadence = text.parse().unwrap();
            assert_eq!(cadence.to_string(), printed);
            assert_eq!(printed.parse(), Ok(cadence));
        }
        for text in ["", "sometimes", "90", "0 days", "90 days or", "on "] {
            assert!(text.parse::<Cadence>().is_err(), "{text}");
        }
    }
}
