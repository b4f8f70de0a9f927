//! The interactive part: shows a value, asks, and writes each decision at once.
//!
//! It reads lines, so that a script can answer as well as a person. It must never take silence for a decision: at the end of
//! the input everything that was not answered stays as it was.

use std::io::{self, BufRead, Write};

use jiff::civil::Date;

use super::survey::{Reach, Survey};
use super::{AuditArgs, Place, open_ends, say};
use crate::cli::args::Global;
use crate::cli::error::CliError;
use crate::report::Told;
use crate::triage::Baseline;
use crate::triage::baseline::{Entry, Standing, State};

const CHOICES: &str = "[f]alse positive  [t]est data  [r]otated  [a]ccept for a time  [d]rop the entry  [s]kip  [q]uit";

/// Runs the command.
pub(super) fn run(global: &Global, place: &Place, args: &AuditArgs) -> Result<u8, CliError> {
    let author = place.author(args.author.as_ref())?;
    let mut baseline = place.read()?;
    let mut survey = Survey::take(global, place, &baseline, Reach::Tree)?;
    let is_found = |survey: &Survey, at: usize| survey.values().any(|value| value.known.contains(&at));
    let open = open(&baseline, survey.today);
    if open.iter().any(|&at| !is_found(&survey, at)) && place.repository.is_some() {
        survey = Survey::take(global, place, &baseline, Reach::TreeAndHistory)?;
    }
    let mut questions: Vec<(Entry, Vec<Told>)> = open
        .into_iter()
        .map(|at| {
            let sightings = survey.values().filter(|value| value.known.contains(&at));
            (baseline.entries()[at].clone(), sightings.flat_map(|value| value.sightings.to_vec()).collect())
        })
        .collect();
    // What belongs together is asked together: by rule, then by place.
    questions.sort_by(|(one, seen), (other, also)| {
        let place = |told: &[Told]| told.first().map(|told| told.place.clone());
        (&one.rule, place(seen)).cmp(&(&other.rule, place(also)))
    });
    let mut session =
        Session { input: io::stdin().lock(), out: io::stderr().lock(), author: &author, today: survey.today };
    let count = questions.len();
    for (number, (entry, sightings)) in questions.into_iter().enumerate() {
        session.show(number + 1, count, &entry, &sightings).map_err(|error| CliError::output(error, "the question"))?;
        let answer = session.ask(&entry).map_err(|error| CliError::output(error, "the question"))?;
        let mut entries: Vec<Entry> = baseline.entries().iter().filter(|other| **other != entry).cloned().collect();
        match answer {
            Answer::Decide(decided) => entries.push(decided),
            Answer::Drop => {}
            Answer::Skip => continue,
            Answer::Quit => break,
        }
        baseline.set(entries);
        place.write(&baseline)?;
    }
    drop(session);
    let open = open_ends(&baseline, survey.today)?;
    if open == 0 {
        say(&["Every entry is decided."])?;
    }
    survey.exit_code(u8::from(open > 0))
}

/// Numbers of the entries that want a decision.
fn open(baseline: &Baseline, today: Date) -> Vec<usize> {
    let wants = |entry: &Entry| matches!(entry.standing(today), Standing::Undecided | Standing::Expired(_));
    (0..baseline.entries().len()).filter(|&at| wants(&baseline.entries()[at])).collect()
}

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Decide(Entry),
    Drop,
    Skip,
    Quit,
}

struct Session<'a, R, W> {
    input: R,
    out: W,
    author: &'a str,
    today: Date,
}

impl<R: BufRead, W: Write> Session<'_, R, W> {
    fn show(&mut self, number: usize, count: usize, entry: &Entry, sightings: &[Told]) -> io::Result<()> {
        const SHOWN: usize = 5;
        writeln!(self.out, "\n{number} of {count}  {}  {}", entry.rule, entry.fingerprint)?;
        if let Standing::Expired(last) = entry.standing(self.today) {
            writeln!(self.out, "  expired   {last}; was {}: {}", entry.state, entry.reason)?;
        }
        let Some(first) = sightings.first() else {
            return writeln!(self.out, "  at        nowhere in what was read; `stanch baseline prune` takes it out");
        };
        writeln!(self.out, "  is        {}", first.title)?;
        for told in sightings.iter().take(SHOWN) {
            writeln!(self.out, "  at        {}{}", told.place, told.history)?;
        }
        if sightings.len() > SHOWN {
            writeln!(self.out, "            and {} more places", sightings.len() - SHOWN)?;
        }
        writeln!(self.out, "  value     {}  {}", first.value, first.sureness)?;
        if !first.grants.is_empty() {
            writeln!(self.out, "  grants    {}", first.grants)?;
        }
        Ok(())
    }

    fn ask(&mut self, entry: &Entry) -> io::Result<Answer> {
        loop {
            let Some(answer) = self.line(CHOICES)? else { return Ok(Answer::Quit) };
            let (state, expires) = match answer.to_lowercase().chars().next() {
                Some('f') => (State::FalsePositive, None),
                Some('t') => (State::Test, None),
                Some('r') => match self.date("replaced on (YYYY-MM-DD)", Some(self.today))? {
                    Some(day) => (State::Rotated(day), None),
                    None => return Ok(Answer::Quit),
                },
                Some('a') => match self.date("last day (YYYY-MM-DD)", None)? {
                    Some(day) => (State::Accepted, Some(day)),
                    None => return Ok(Answer::Quit),
                },
                Some('d') => return Ok(Answer::Drop),
                Some('s') => return Ok(Answer::Skip),
                Some('q') => return Ok(Answer::Quit),
                _ => continue,
            };
            let Some(reason) = self.line("why")? else { return Ok(Answer::Quit) };
            match entry.decided(state, expires, self.author, &reason) {
                Ok(decided) => return Ok(Answer::Decide(decided)),
                Err(problem) => writeln!(self.out, "  {problem}")?,
            }
        }
    }

    /// A date; an empty answer means `usual`. None at the end of the input.
    fn date(&mut self, question: &str, usual: Option<Date>) -> io::Result<Option<Date>> {
        let prompt = usual.map_or_else(|| question.to_owned(), |day| format!("{question} [{day}]"));
        loop {
            let Some(answer) = self.line(&prompt)? else { return Ok(None) };
            match (answer.parse(), usual) {
                (Ok(day), _) => return Ok(Some(day)),
                (Err(_), Some(day)) if answer.is_empty() => return Ok(Some(day)),
                (Err(_), _) => writeln!(self.out, "  `{}` is no date of the form YYYY-MM-DD", answer.escape_debug())?,
            }
        }
    }

    /// One answer; none at the end of the input.
    fn line(&mut self, prompt: &str) -> io::Result<Option<String>> {
        write!(self.out, "  {prompt} > ")?;
        self.out.flush()?;
        let mut answer = Vec::new();
        if self.input.read_until(b'\n', &mut answer)? == 0 {
            writeln!(self.out)?;
            return Ok(None);
        }
        Ok(Some(String::from_utf8_lossy(&answer).trim().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FingerprintKey;

    fn answer(input: &str) -> (Answer, String) {
        let entry = Entry::undecided(FingerprintKey::shared().fingerprint("a-b", b"value"), "a-b");
        let mut out = Vec::new();
        let today = "2026-03-01".parse().unwrap();
        let mut session = Session { input: input.as_bytes(), out: &mut out, author: "Ada", today };
        let answer = session.ask(&entry).unwrap();
        (answer, String::from_utf8(out).unwrap())
    }

    fn decision(input: &str) -> String {
        match answer(input).0 {
            Answer::Decide(entry) => {
                let expires = entry.expires.map(|day| day.to_string()).unwrap_or_default();
                format!("{} {expires} {} {}", entry.state, entry.author, entry.reason)
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn answers_become_decisions_and_silence_does_not() {
        assert_eq!(decision("f\nnot a secret\n"), "false-positive  Ada not a secret");
        assert_eq!(decision("r\n\nreplaced it\n"), "rotated@2026-03-01  Ada replaced it");
        assert_eq!(decision("r\nyesterday\n2026-02-28\nreplaced it\n"), "rotated@2026-02-28  Ada replaced it");
        assert_eq!(decision("a\n2026-06-30\nuntil the move\n"), "accepted 2026-06-30 Ada until the move");
        assert_eq!(decision("?\n\ns\n"), "Skip");
        assert_eq!(decision("t\n\ns\n"), "Skip", "a decision without a reason is none");
        for silence in ["", "f\n", "a\n", "a\n2026-06-30\n", "t\n\n"] {
            assert_eq!(decision(silence), "Quit", "{silence:?}");
        }
        assert!(answer("a\nsoon\n").1.contains("`soon` is no date"));
    }
}
