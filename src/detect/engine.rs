//! Literal seen, rule called, value checked: from bytes to candidates.
//!
//! Each hit of a literal is decided by itself, from the bytes in its rule's window alone, so that scanning a part of a
//! text with enough margin gives what scanning all of it gives. Nothing here may look further than that window.

mod given;

use std::sync::Arc;

use regex_automata::meta::{Cache, Regex};
use regex_automata::util::captures::Captures;
use regex_automata::{Anchored, Input};

use super::known::{self, Known};
use super::overlap;
use super::prefilter::table::Table;
use super::prefilter::{LiteralIndex, Part, Places, Prefilter};
use super::seal::Seal;
use super::seen::{Key, Seen, Survey};
use super::watch::{Watched, Watcher, Watchers};
use super::{assign, check, gate, layer};
use crate::detect::{generic, public, shape};
use crate::model::{Candidate, Chunk, Confidence, Evidence, RuleIndex, Scope, Secret, Span};
use crate::policy::PublicNames;
use crate::rule::built_in::packed;
use crate::rule::byte_set::ByteSet;
use crate::rule::pack::{self, Texts};
use crate::rule::{Matcher, RuleSet, Signature, Trigger};
use crate::text::validate::Validator;
use crate::text::{decode, edge};

/// The compiled rules; shared by all workers.
#[derive(Debug)]
pub struct Engine {
    rules: Arc<RuleSet>,
    prefilter: Prefilter,
    /// Who watches for the literals that the binary holds, and for those that this run adds.
    ready: Watchers,
    added: Watchers,
    first_added: usize,
    generic_rules: Vec<(&'static str, RuleIndex)>,
    known: Option<(Arc<Known>, RuleIndex)>,
    sealed: Option<(Arc<Seal>, RuleIndex)>,
    public: Option<Arc<PublicNames>>,
    reversed: bool,
}

/// What one worker needs again and again; never shared.
#[derive(Default)]
pub struct Scratch {
    regexes: Vec<Option<Box<Searcher>>>,
    hits: Vec<(LiteralIndex, usize)>,
    places: Places,
    raw: Vec<generic::Hit>,
    matches: Vec<known::Match>,
    pub(super) survey: Survey,
    pub(super) seen: Option<Arc<Seen>>,
    /// Decoded layers scanned so far, where nothing is remembered: what is, depends on who comes first.
    pub layers: u64,
    /// Something encoded was not decoded, for lack of budget.
    pub is_cut: bool,
    /// More looked like a sealed value than is looked at.
    pub is_crowded: bool,
    /// The text is the content of a file: names that are public by nature count in it, and words that are all that it holds.
    pub is_content: bool,
}

impl Scratch {
    /// For one who sees the same text again and again, as all of a history's versions.
    pub fn remembering(seen: Option<Arc<Seen>>) -> Self {
        Self { seen, ..Self::default() }
    }

    /// The key of a decoded text; none where nothing is remembered.
    pub(super) fn text_key(&self, bytes: &[u8], new: &Scope, depth: usize) -> Option<Key> {
        Some(self.seen.as_ref()?.text_key(bytes, new, depth, self.is_content))
    }

    /// Says whether it has been seen to hold nothing.
    pub(super) fn knows(&self, key: Option<Key>) -> bool {
        key.zip(self.seen.as_ref()).is_some_and(|(key, seen)| seen.knows(key))
    }

    /// Remembers that it holds nothing.
    pub(super) fn remember(&self, key: Option<Key>) {
        key.zip(self.seen.as_ref()).into_iter().for_each(|(key, seen)| seen.remember(key));
    }
}

/// What a rule's pattern needs to be searched for, and how often it was.
struct Searcher {
    uses: u32,
    cache: Cache,
    captures: Captures,
}

/// Where a far rule's literal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FarHit {
    /// Its first byte.
    pub at: usize,
    /// Which literal.
    pub literal: LiteralIndex,
}

/// What a search collects.
#[derive(Debug, Default)]
pub struct Found {
    /// Candidates, not yet resolved against one another.
    pub candidates: Vec<Candidate>,
    /// Literals of far rules.
    pub far: Vec<FarHit>,
}

impl Engine {
    /// Joins the literals that the binary holds with those of a team's own rules and prefixes.
    pub fn new(rules: Arc<RuleSet>) -> Self {
        Self::build(rules, None)
    }

    /// The same, with the names that are public by nature.
    pub fn with_names(rules: Arc<RuleSet>, public: Arc<PublicNames>) -> Self {
        Self::build(rules, Some(public))
    }

    fn build(rules: Arc<RuleSet>, public: Option<Arc<PublicNames>>) -> Self {
        let (ready, first_added, part) = if rules.ready() > 0 {
            let literals = Texts::packed(packed!("literals"), packed!("literals.ends"));
            let tables = [
                Table::packed([packed!("long-head.filter"), packed!("long-head.slots")]),
                Table::packed([packed!("short-head.filter"), packed!("short-head.slots")]),
                Table::packed([packed!("eight.filter"), packed!("eight.slots")]),
                Table::packed([packed!("six.filter"), packed!("six.slots")]),
                Table::packed([packed!("five.filter"), packed!("five.slots")]),
                Table::packed([packed!("four.filter"), packed!("four.slots")]),
                Table::packed([packed!("any.filter"), packed!("any.slots")]),
            ];
            let longest = pack::number(packed!("literals.longest"), 0) as usize;
            let watchers = Watchers::packed(Texts::packed(packed!("watchers"), packed!("watchers.ends")));
            (watchers, literals.count(), Part::packed(literals, tables, longest))
        } else {
            Default::default()
        };
        let mut watched = Vec::new();
        for index in rules.ready()..rules.len() {
            let (index, matcher) = (index as RuleIndex, &rules.signature(index as RuleIndex).matcher);
            watched.extend(Watched::of_rule(index, matcher));
        }
        let of = |ids: &[&'static str]| -> Vec<(&'static str, RuleIndex)> {
            let found = ids.iter().filter_map(|&id| Some((id, rules.find(id)?)));
            found.filter(|&(_, index)| rules.is_enabled(index)).collect()
        };
        let (mut generic_rules, shape_rules) = (of(generic::RULES), of(shape::RULES));
        let is_ready = rules.ready() > 0;
        if !is_ready && !generic_rules.is_empty() {
            watched.extend(Watched::keywords(generic::KEYWORDS.iter().copied(), Watcher::Generic));
        }
        if !is_ready && !shape_rules.is_empty() {
            watched.extend(Watched::keywords(shape::KEYWORDS.iter().copied(), Watcher::Shape));
        }
        generic_rules.extend(shape_rules);
        let public_rules = of(public::RULES);
        if let Some(names) = public.as_ref().filter(|_| !public_rules.is_empty()) {
            let held = if is_ready { public::HELD } else { 0 };
            watched.extend(Watched::keywords(public::words(names), Watcher::Public).skip(held));
        }
        generic_rules.extend(public_rules);
        let (literals, places, added) = Watchers::gather(watched);
        let prefilter = Prefilter::new(part, Part::of(literals, &places));
        Self {
            rules,
            prefilter,
            ready,
            added,
            first_added,
            generic_rules,
            known: None,
            sealed: None,
            public,
            reversed: false,
        }
    }

    /// Reads every text backwards as well.
    pub fn reading_backwards(self, reversed: bool) -> Self {
        Self { reversed, ..self }
    }

    /// Says whether texts are read backwards as well: then none can be judged by what is new in it.
    pub fn reads_backwards(&self) -> bool {
        self.reversed
    }

    /// What looks at every byte first.
    pub fn prefilter(&self) -> &Prefilter {
        &self.prefilter
    }

    /// The rules that the engine runs.
    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// Finds what the chunk holds: resolved, sorted, restricted to the chunk's scope.
    pub fn scan(&self, chunk: Chunk<'_>, scratch: &mut Scratch) -> Vec<Candidate> {
        if chunk.scope.is_empty() {
            return Vec::new();
        }
        let mut found = Found::default();
        self.find_all(chunk.bytes, scratch, &mut found);
        let mut resolved = overlap::resolve(found.candidates, &self.rules);
        resolved.retain(|candidate| {
            let parts = candidate.parts.iter().map(|part| part.span);
            std::iter::once(candidate.span).chain(parts).any(|span| chunk.scope.touches(span))
        });
        resolved
    }

    /// Finds what the plain text of `ranges` holds, and where far literals stand in it.
    pub(super) fn find(&self, bytes: &[u8], ranges: &[Span], scratch: &mut Scratch, found: &mut Found) {
        self.find_plain(bytes, ranges, scratch, found);
        self.find_given(bytes, ranges, scratch, &mut found.candidates);
    }

    /// Finds what the rules find.
    pub(super) fn find_plain(&self, bytes: &[u8], ranges: &[Span], scratch: &mut Scratch, found: &mut Found) {
        let mut hits = std::mem::take(&mut scratch.hits);
        for &range in ranges {
            hits.clear();
            self.prefilter.scan(bytes, range, &mut scratch.places, |literal, at| hits.push((literal, at)));
            for &(literal, at) in &hits {
                self.call(bytes, literal, at, scratch, found);
            }
        }
        scratch.hits = hits;
    }

    /// Finds what a small text is as a whole.
    pub(super) fn find_whole(&self, bytes: &[u8], scratch: &mut Scratch, found: &mut Found) {
        if bytes.len() <= shape::SMALL {
            shape::whole(bytes, scratch.is_content, &mut scratch.raw);
            self.adopt(bytes, scratch, &mut found.candidates);
        }
    }

    /// Those who watch for a literal.
    #[inline]
    fn watchers(&self, literal: LiteralIndex) -> impl Iterator<Item = Watcher> {
        let (watchers, index) = match (literal as usize).checked_sub(self.first_added) {
            None => (&self.ready, literal as usize),
            Some(index) => (&self.added, index),
        };
        watchers.of(index)
    }

    fn call(&self, bytes: &[u8], literal: LiteralIndex, at: usize, scratch: &mut Scratch, found: &mut Found) {
        let mut is_far = false;
        for watcher in self.watchers(literal) {
            match watcher {
                Watcher::Rule { index, far } => {
                    is_far |= far;
                    self.confirm(bytes, index, literal, at, scratch, &mut found.candidates);
                }
                Watcher::Generic(keyword) => {
                    generic::at(bytes, at, keyword, &mut scratch.raw);
                    self.adopt(bytes, scratch, &mut found.candidates);
                }
                Watcher::Public(word) => {
                    if let Some(names) = self.public.as_ref().filter(|_| scratch.is_content) {
                        public::at(bytes, at, word, names, &mut scratch.raw);
                        self.adopt(bytes, scratch, &mut found.candidates);
                    }
                }
                Watcher::Service(rule) => {
                    let (length, signature) = (self.prefilter.literal(literal).len(), self.rules.signature(rule));
                    let hit = generic::service(bytes, at, length).filter(|_| signature.enabled);
                    if let Some(hit) = hit.filter(|hit| !check::is_excepted(hit.span.of(bytes), signature)) {
                        self.add(bytes, rule, hit, true, &mut found.candidates);
                    }
                }
                Watcher::Shape(keyword) => {
                    shape::at(bytes, at, keyword, &mut scratch.raw);
                    self.adopt(bytes, scratch, &mut found.candidates);
                }
            }
        }
        if is_far {
            found.far.push(FarHit { literal, at });
        }
    }

    /// Calls the far rules of a literal whose window a delta has changed.
    pub(super) fn call_far(&self, bytes: &[u8], hit: FarHit, scratch: &mut Scratch, out: &mut Vec<Candidate>) {
        for watcher in self.watchers(hit.literal) {
            if let Watcher::Rule { index, far: true } = watcher {
                self.confirm(bytes, index, hit.literal, hit.at, scratch, out);
            }
        }
    }

    /// The widest window of a literal's far rules around a hit.
    pub(super) fn far_window(&self, bytes: &[u8], hit: FarHit) -> Span {
        let mut window = Span::new(hit.at, hit.at + self.prefilter.literal(hit.literal).len());
        for watcher in self.watchers(hit.literal) {
            if let Watcher::Rule { index, far: true } = watcher {
                let own = window_of(self.rules.signature(index), hit.at, bytes.len());
                window = Span::new(window.start.min(own.start), window.end.max(own.end));
            }
        }
        window
    }

    /// The bytes of a far literal itself.
    pub(super) fn far_literal(&self, hit: FarHit) -> Span {
        Span::new(hit.at, hit.at + self.prefilter.literal(hit.literal).len())
    }

    fn confirm(
        &self,
        bytes: &[u8],
        index: RuleIndex,
        literal: LiteralIndex,
        at: usize,
        scratch: &mut Scratch,
        out: &mut Vec<Candidate>,
    ) {
        let signature = self.rules.signature(index);
        if !signature.enabled {
            return;
        }
        let matcher = &signature.matcher;
        if matcher.trigger == Trigger::Prefix && !may_begin(matcher, bytes, at)
            || matcher.trigger == Trigger::Assign && bytes[at].is_ascii_alphanumeric() && !edge::begins_word(bytes, at)
        {
            return;
        }
        let window = window_of(signature, at, bytes.len());
        if matcher.gate.as_ref().is_some_and(|gate| !gate::lets(gate, bytes, at, window))
            || !has_run(&bytes[window.start..window.end], signature.run.as_ref())
        {
            return;
        }
        let slot = index as usize;
        if scratch.regexes.len() <= slot {
            scratch.regexes.resize_with(self.rules.len(), || None);
        }
        let known = scratch.regexes[slot].take();
        let uses = known.as_ref().map_or(0, |known| known.uses + 1);
        let Some(regex) = signature.regex(uses) else { return };
        // What was kept belongs to the pattern as it was compiled then.
        let patience = signature.patience();
        let known = known.filter(|_| uses != patience).map(|known| (known.cache, known.captures));
        let (mut cache, mut captures) = known.unwrap_or_else(|| (regex.create_cache(), regex.create_captures()));
        let start = if matches!(matcher.trigger, Trigger::Prefix | Trigger::Assign) { at } else { window.start };
        let anchored = if start == at { Anchored::Yes } else { Anchored::No };
        let anchored =
            if matches!(matcher.trigger, Trigger::Prefix | Trigger::Assign) { anchored } else { Anchored::No };
        let literal = Span::new(at, at + self.prefilter.literal(literal).len());
        let mut from = start;
        while from <= window.end {
            let input = Input::new(bytes).range(from..window.end).anchored(anchored);
            search(regex, &mut cache, &input, &mut captures);
            let Some(matched) = captures.get_match() else { break };
            let matched = Span::new(matched.start(), matched.end());
            let group = captures.get_group(1).map_or(matched, |group| Span::new(group.start, group.end));
            let counts = matcher.trigger != Trigger::Inside || matched.contains(literal);
            if counts && !group.is_empty() {
                self.judge(bytes, index, Match { at, window, span: group }, out);
            }
            if anchored == Anchored::Yes {
                break;
            }
            from = if matched.is_empty() { matched.end + 1 } else { matched.end };
        }
        scratch.regexes[slot] = Some(Box::new(Searcher { uses: uses.min(patience), cache, captures }));
    }

    /// Applies a rule's checks to a match.
    fn judge(&self, bytes: &[u8], index: RuleIndex, matched: Match, out: &mut Vec<Candidate>) {
        let signature = self.rules.signature(index);
        // The same value under another window is another candidate: a delta may leave one of the windows whole and not the
        // other. So is the same value behind an encoding.
        let is_same = |other: &Candidate| {
            other.rule == index
                && other.span == matched.span
                && other.window == matched.window
                && other.layers.is_empty()
                && !other.guessed
        };
        if out.iter().rev().take(8).any(is_same) {
            return;
        }
        let value = matched.span.of(bytes);
        let mut evidence = Evidence::default();
        let mut confidence = signature.confidence;
        if signature.matcher.trigger == Trigger::Assign {
            match assign::judge(bytes, matched.at, matched.span, signature, &mut evidence) {
                Some(allowed) => confidence = confidence.min(allowed),
                None => return,
            }
        }
        let Some(mut confidence) = check::check(value, signature, confidence, &mut evidence) else { return };
        let before = &bytes[matched.window.start.min(matched.span.start)..matched.span.start];
        if signature.checks.validate == Some(Validator::Pem) && check::is_called_fake(before) {
            evidence.add("is called a fake by the name that it is given to");
            confidence = confidence.min(Confidence::Low);
        }
        let Some(parts) = check::parts(bytes, matched.span, signature, &mut evidence) else { return };
        out.push(Candidate {
            rule: index,
            span: matched.span,
            window: matched.window,
            secret: Secret::new(value),
            confidence,
            visible: visible(signature, value),
            evidence,
            parts,
            layers: Vec::new(),
            guessed: false,
            known: None,
        });
    }

    /// Turns what hand-written detectors reported into candidates.
    fn adopt(&self, bytes: &[u8], scratch: &mut Scratch, out: &mut Vec<Candidate>) {
        for hit in scratch.raw.drain(..) {
            if let Some(&(_, rule)) = self.generic_rules.iter().find(|(id, _)| *id == hit.rule) {
                self.add(bytes, rule, hit, false, out);
            }
        }
    }

    fn add(&self, bytes: &[u8], rule: RuleIndex, hit: generic::Hit, guessed: bool, out: &mut Vec<Candidate>) {
        let secret = hit.value.unwrap_or_else(|| Secret::new(hit.span.of(bytes)));
        if check::is_template(secret.expose()) {
            return;
        }
        let mut evidence = Evidence::default();
        hit.reasons.into_iter().for_each(|reason| evidence.add(reason));
        out.push(Candidate {
            rule,
            span: hit.span,
            window: hit.window,
            secret,
            confidence: hit.confidence,
            visible: hit.visible,
            evidence,
            parts: Vec::new(),
            layers: Vec::new(),
            guessed,
            known: None,
        });
    }

    /// Finds what stands in the whole text: in it as it is, behind encodings, and backwards if that is asked for.
    pub(super) fn find_all(&self, bytes: &[u8], scratch: &mut Scratch, found: &mut Found) {
        let whole = [Span::new(0, bytes.len())];
        self.survey(bytes, &whole, scratch);
        self.find_new(bytes, &whole, scratch, found);
        self.find_whole(bytes, scratch, found);
        self.find_new_layers(bytes, (&whole, Vec::new()), scratch, found);
        if self.reversed {
            layer::find_reversed(self, bytes, scratch, &mut found.candidates);
        }
    }

    /// Finds what stands in decoded layers; returns the structures that are too long to be judged from everywhere in them.
    pub(super) fn find_layers(
        &self,
        bytes: &[u8],
        place: layer::Where<'_>,
        scratch: &mut Scratch,
        out: &mut Vec<Candidate>,
    ) -> Vec<Span> {
        let mut budget = decode::Budget::new(bytes.len());
        let long = layer::find(self, bytes, place, &mut budget, scratch, out);
        scratch.is_cut |= budget.is_cut();
        long
    }
}

/// A regex match on its way to judgement.
#[derive(Debug, Clone, Copy)]
struct Match {
    at: usize,
    window: Span,
    span: Span,
}

fn window_of(signature: &Signature, at: usize, len: usize) -> Span {
    Span::new(at.saturating_sub(signature.matcher.before), (at + signature.matcher.after).min(len))
}

fn search(regex: &Regex, cache: &mut Cache, input: &Input<'_>, captures: &mut Captures) {
    regex.search_captures_with(cache, input, captures);
}

/// Says whether a match of a prefix rule can begin at `at`, where a literal of it stands in any case.
fn may_begin(matcher: &Matcher, bytes: &[u8], at: usize) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_inside = matcher.bounded && at > 0 && is_word(bytes[at - 1]) && is_word(bytes[at]);
    let is_exact = |exact: &String| bytes[at..].starts_with(exact.as_bytes());
    !is_inside && (matcher.exact.is_empty() || matcher.exact.iter().any(is_exact))
}

/// Says whether `bytes` hold a run of the class that is long enough; a look at every n-th byte suffices to deny it.
fn has_run(bytes: &[u8], run: Option<&(ByteSet, usize)>) -> bool {
    let Some((class, needed)) = run else { return true };
    let mut at = needed - 1;
    while at < bytes.len() {
        if !class.has(bytes[at]) {
            at += needed;
            continue;
        }
        let start = bytes[..at].iter().rposition(|&byte| !class.has(byte)).map_or(0, |position| position + 1);
        let end = bytes[at..].iter().position(|&byte| !class.has(byte)).map_or(bytes.len(), |position| at + position);
        if end - start >= *needed {
            return true;
        }
        at = end + needed;
    }
    false
}

/// How much of a value is a fixed mark of its provider.
fn visible(signature: &Signature, value: &[u8]) -> usize {
    if signature.matcher.trigger != Trigger::Prefix {
        return 0;
    }
    let starts = |literal: &&String| {
        value.len() >= literal.len() && value[..literal.len()].eq_ignore_ascii_case(literal.as_bytes())
    };
    signature.matcher.literals.iter().filter(starts).map(String::len).max().unwrap_or(0)
}
