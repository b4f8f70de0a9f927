//! The sink of every walk: scans what sources push, from many threads, and makes the report at the end.

use std::collections::HashMap;
use std::sync::Mutex;

use bstr::{BString, ByteSlice};
use globset::{Glob, GlobSet, GlobSetBuilder};

use super::Setup;
use super::content;
use super::inside::Inside;
use super::remarks;
use super::spot::{self, Spot};
use crate::detect::{Engine, Scratch};
use crate::model::{
    Attribution, Candidate, Chunk, Concern, Confidence, Evidence, Finding, Fingerprint, Notice, NoticeKind, ObjectId,
    Origin, Provenance, Receipt, RuleIndex, Scope, Severity, Span, Verdict,
};
use crate::policy::EnvFile;
use crate::report::Report;
use crate::source::{Item, Sink, archive};
use crate::triage::comment::{self, Comment};
use crate::triage::{Breadth, Judge, whereabouts};

pub use crate::triage::verdict::ENV_FILE_RULE;

/// Collects what a run finds.
pub struct Collector<'a> {
    setup: &'a Setup,
    judge: Judge<'a>,
    /// Where alone a rule counts, for the rules that found something.
    paths: Mutex<HashMap<RuleIndex, GlobSet>>,
    scratches: Mutex<Vec<Scratch>>,
    state: Mutex<State>,
    /// Slow fingerprints of known values, by digest.
    identities: Mutex<HashMap<[u8; 32], Fingerprint>>,
}

/// A finding that concerns a file as such.
#[derive(Debug)]
pub struct FileFinding<'f> {
    /// The rule's id.
    pub rule: &'static str,
    /// Which file.
    pub provenance: &'f Provenance,
    /// Since when and from where.
    pub attribution: Option<&'f Attribution>,
    /// What its fingerprint is made of.
    pub identity: &'f [u8],
    /// Why.
    pub evidence: &'static str,
    /// What to do about it.
    pub advice: String,
    /// Whether it may block, or is only told.
    pub denies: bool,
}

#[derive(Default)]
struct State {
    findings: Vec<Finding>,
    notices: Vec<Notice>,
    receipt: Receipt,
}

impl<'a> Collector<'a> {
    /// Starts with nothing.
    pub fn new(setup: &'a Setup) -> Self {
        Self {
            setup,
            judge: Judge::new(&setup.policy, &setup.exceptions, setup.today),
            paths: Mutex::new(HashMap::new()),
            scratches: Mutex::new(Vec::new()),
            state: Mutex::new(State::default()),
            identities: Mutex::default(),
        }
    }

    /// What the run needs besides its source.
    pub fn setup(&self) -> &'a Setup {
        self.setup
    }

    /// Lends a scratch; each thread uses its own.
    pub fn with_scratch<R>(&self, run: impl FnOnce(&mut Scratch) -> R) -> R {
        let mut scratch = lock(&self.scratches).pop().unwrap_or_default();
        let result = run(&mut scratch);
        lock(&self.scratches).push(scratch);
        result
    }

    /// Judges a path by the `.env` policy and records a finding when it is banned.
    pub fn judge_path(&self, provenance: &Provenance, attribution: Option<&Attribution>) {
        let Some(path) = provenance.innermost() else { return };
        if self.setup.policy.env.judge(path) != EnvFile::Banned {
            return;
        }
        self.file(FileFinding {
            rule: ENV_FILE_RULE,
            provenance,
            attribution,
            identity: &provenance.display(),
            evidence: "its name is of the banned family",
            advice: advice(provenance),
            denies: true,
        });
    }

    /// Records a finding that concerns a file as such, unless its rule is switched off.
    pub fn file(&self, found: FileFinding<'_>) {
        let Some(index) = self.setup.engine.rules().find(found.rule) else { return };
        let signature = self.setup.engine.rules().signature(index);
        if !signature.enabled {
            return;
        }
        let mut evidence = Evidence::default();
        evidence.add(found.evidence);
        let finding = Finding {
            rule: signature.id.clone(),
            fingerprint: self.setup.key.fingerprint(&signature.id, found.identity),
            severity: signature.severity,
            confidence: Confidence::Certain,
            provenance: found.provenance.clone(),
            place: None,
            secret: None,
            visible: 0,
            evidence,
            parts: Vec::new(),
            layers: Vec::new(),
            attribution: found.attribution.cloned(),
            concern: None,
            advice: Some(found.advice),
            verdict: if found.denies { Verdict::Deny } else { Verdict::Warn },
            line_hash: None,
        };
        self.record(finding, None);
    }

    /// The identity of a finding. A known value may be a password that could be guessed from a quick hash: it gets a slow one.
    fn identity(&self, rule: &str, candidate: &Candidate) -> Fingerprint {
        let value = candidate.secret.expose();
        if candidate.known.is_none() {
            return self.setup.key.fingerprint(rule, value);
        }
        let mut identities = lock(&self.identities);
        *identities.entry(candidate.secret.digest()).or_insert_with(|| self.setup.key.slow_fingerprint(rule, value))
    }

    /// The steps to rotate an inventoried secret, where it has its own.
    fn playbook(&self, name: &str) -> Option<String> {
        let steps = &self.setup.policy.inventory.find(name)?.playbook;
        (!steps.is_empty()).then(|| steps.join("\n"))
    }

    /// What the inventory says: the secret's severity where it states one, its owner, and the deadline.
    fn concern(&self, spot: &Spot, severity: Severity) -> (Severity, Option<Concern>) {
        let inventory = &self.setup.policy.inventory;
        let secret = spot.concerns.as_deref().and_then(|name| inventory.find(name));
        let severity = secret.and_then(|secret| secret.severity).unwrap_or(severity);
        let known = spot.candidate.known.as_deref();
        let Some(name) = secret.map(|secret| secret.name.as_str()).or(known) else { return (severity, None) };
        let deadline = self.setup.clock.started + inventory.deadline(severity);
        let owner = secret.and_then(|secret| secret.owner.clone());
        (severity, Some(Concern { name: name.to_owned(), owner, deadline }))
    }

    /// Judges a placed candidate at one path.
    pub fn adopt(&self, spot: Spot, provenance: Provenance, attribution: Option<Attribution>) {
        let rules = self.setup.engine.rules();
        let signature = rules.signature(spot.candidate.rule);
        if signature.public {
            return;
        }
        if !signature.paths.is_empty() {
            let path = spot.members.last().or(provenance.innermost()).map(|path| path.to_str_lossy());
            let mut paths = lock(&self.paths);
            let globs = paths.entry(spot.candidate.rule).or_insert_with(|| glob_set(&signature.paths));
            if !path.is_some_and(|path| globs.is_match(&*path)) {
                return;
            }
        }
        let path = spot.members.last().or(provenance.innermost()).map(|path| path.as_slice()).unwrap_or_default();
        if !content::counts(&signature.id, path, self.setup) {
            return;
        }
        let (severity, concern) = self.concern(&spot, signature.severity);
        let mut advice = spot.concerns.as_deref().and_then(|name| self.playbook(name));
        if content::is_valueless(&signature.id) {
            // Without a value there is no line that says why.
            let why = spot.candidate.evidence.0.join("; ");
            advice = Some(format!("{why}\n{}", rules.info(spot.candidate.rule).revoke));
        }
        let fingerprint = self.identity(&signature.id, &spot.candidate);
        let mut provenance = provenance;
        provenance.members.extend(spot.members);
        let mut candidate = spot.candidate;
        // A known value is one wherever it stands.
        let is_policy = signature.builtin() == Some("policy");
        if !is_policy && !whereabouts::weigh(&mut candidate, signature, &provenance, self.setup.root.as_deref()) {
            return;
        }
        let finding = Finding {
            rule: signature.id.clone(),
            fingerprint,
            severity,
            confidence: candidate.confidence,
            provenance,
            place: Some(spot.place),
            secret: (!content::is_valueless(&signature.id)).then_some(candidate.secret),
            visible: candidate.visible,
            evidence: candidate.evidence,
            parts: candidate.parts,
            layers: candidate.layers,
            attribution,
            concern,
            advice,
            verdict: Verdict::Deny,
            line_hash: spot.line_hash,
        };
        if !self.judge.is_below(&finding) {
            self.record(finding, spot.comment);
        }
    }

    fn record(&self, mut finding: Finding, comment: Option<Comment>) {
        if let Some(comment) = &comment
            && let Some(objection) = self.judge.objection(comment)
        {
            self.notice(remarks::told(&finding.provenance, comment.line, objection));
        }
        let at_most = std::mem::replace(&mut finding.verdict, Verdict::Deny);
        finding.verdict = match self.judge.decide(&finding, comment) {
            Verdict::Deny => at_most,
            milder => milder,
        };
        lock(&self.state).findings.push(finding);
    }

    /// Looks for secrets in the name of a file. Names in a history come as items of their own.
    fn scan_name(&self, item: &Item<'_>) {
        let Some(path) = &item.provenance.path else { return };
        if !matches!(item.provenance.origin, Origin::File | Origin::Index) {
            return;
        }
        let found = self.with_scratch(|scratch| self.setup.engine.scan(Chunk::whole(path), scratch));
        for spot in spot::place(found, path, None, self.setup) {
            let provenance = Provenance { origin: Origin::Name, ..item.provenance.clone() };
            self.adopt(spot, provenance, item.attribution.cloned());
        }
    }

    /// Says that something was too much to be decoded, once for the text that `name` names.
    pub fn tell_cut(&self, scratch: &mut Scratch, name: impl FnOnce() -> BString) {
        if std::mem::take(&mut scratch.is_cut) {
            let detail = "holds more encoded text than is decoded: some of it was not read";
            self.notice(Notice::new(NoticeKind::Limit, name(), detail));
        }
    }

    fn scan_item(&self, item: &Item<'_>) {
        let candidates = self.with_scratch(|scratch| {
            let found = self.setup.engine.scan(Chunk { bytes: item.bytes, scope: &item.scope }, scratch);
            self.note(|receipt| receipt.layers += std::mem::take(&mut scratch.layers));
            self.tell_cut(scratch, || item.provenance.display());
            found
        });
        let mut more = Vec::new();
        if item.piece.is_none() {
            more = content::dotenv(item.bytes, &item.scope, &candidates, self.setup);
            more.extend(content::public(item.bytes, &item.scope, self.setup));
        }
        let mut spots = spot::place(candidates, item.bytes, item.piece, self.setup);
        spots.extend(more);
        if item.piece.is_none() && item.scope == Scope::All && comment::is_marked(item.bytes) {
            remarks::idle(item, &spots, self.setup.engine.rules()).into_iter().for_each(|notice| self.notice(notice));
        }
        for spot in spots {
            self.adopt(spot, item.provenance.clone(), item.attribution.cloned());
        }
    }

    /// Adds to findings in commits and tags who wrote them and from where they can be reached.
    pub fn attribute_texts(&self, find: impl FnOnce(&[ObjectId]) -> HashMap<ObjectId, Attribution>) {
        let is_text = |finding: &Finding| finding.provenance.path.is_none() && finding.attribution.is_none();
        let mut state = lock(&self.state);
        let ids: Vec<ObjectId> = state
            .findings
            .iter()
            .filter(|finding| is_text(finding))
            .filter_map(|finding| finding.provenance.object)
            .collect();
        if ids.is_empty() {
            return;
        }
        let found = find(&ids);
        for finding in state.findings.iter_mut().filter(|finding| is_text(finding)) {
            finding.attribution = finding.provenance.object.and_then(|id| found.get(&id).cloned());
        }
    }

    fn note(&self, change: impl FnOnce(&mut Receipt)) {
        change(&mut lock(&self.state).receipt);
    }

    /// Ends the run: sorted, deduplicated, complete.
    pub fn finish(self, mode: &'static str) -> Report {
        let mut state = self.state.into_inner().unwrap_or_else(|poison| poison.into_inner());
        state.notices.extend(self.judge.notices(self.setup.breadth));
        let mut scratch = Scratch::default();
        for notice in &mut state.notices {
            notice.subject = redacted(&self.setup.engine, &notice.subject, &mut scratch).into();
            notice.detail =
                redacted(&self.setup.engine, notice.detail.as_bytes(), &mut scratch).to_str_lossy().into_owned();
        }
        state.notices.sort();
        state.notices.dedup();
        state.findings.sort_by(|one, other| sort_key(one).cmp(&sort_key(other)));
        state.findings.dedup_by(|one, other| sort_key(one) == sort_key(other));
        drop_outer(&mut state.findings);
        let rules = self.setup.engine.rules();
        let mut ids: Vec<&str> = state.findings.iter().map(|finding| &*finding.rule).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut infos: Vec<_> = ids.into_iter().filter_map(|id| Some(rules.info(rules.find(id)?))).collect();
        infos.sort_by(|one, other| one.id.cmp(&other.id));
        Report {
            mode,
            findings: state.findings,
            notices: state.notices,
            receipt: state.receipt,
            rules: infos,
            root: self.setup.root.clone(),
            rule_set: (rules.len(), rules.hash()),
            policy_source: self.setup.policy.source.clone(),
            started: self.setup.clock.started,
            duration_ms: self.setup.clock.instant.elapsed().as_millis() as u64,
            show_secrets: self.setup.show_secrets,
            allow_incomplete: self.setup.allow_incomplete,
        }
    }
}

impl Sink for Collector<'_> {
    fn item(&self, item: Item<'_>) {
        let is_first = item.piece.is_none_or(|piece| piece.offset == 0);
        self.note(|receipt| match item.provenance.origin {
            // Names are parts of trees and refs: no contents of their own.
            Origin::Name | Origin::Reflog => {}
            origin => {
                receipt.blobs += u64::from(origin == Origin::Blob && is_first);
                receipt.files += u64::from(origin != Origin::Blob && item.provenance.path.is_some() && is_first);
                receipt.bytes += item.bytes.len() as u64;
                receipt.matched_bytes += item.bytes.len() as u64;
            }
        });
        if is_first {
            if let Some(path) = item.provenance.path.as_ref().filter(|_| self.setup.breadth == Breadth::Tree) {
                self.judge.see(path);
            }
            self.judge_path(&item.provenance, item.attribution);
            self.scan_name(&item);
        }
        self.scan_item(&item);
        if item.piece.is_some_and(|piece| piece.offset == 0) && self.setup.archives && archive::is_container(item.bytes)
        {
            let detail = "is a container too large to be entered: only its bytes as they are were read";
            self.notice(Notice::new(NoticeKind::Limit, item.provenance.display(), detail));
        }
        if item.piece.is_none() && !item.scope.is_empty() {
            let name = item.provenance.display();
            let inside = self.with_scratch(|scratch| Inside::of(self, name.as_bstr(), item.bytes, scratch));
            for members in inside.banned {
                self.judge_path(&Provenance { members, ..item.provenance.clone() }, item.attribution);
            }
            for spot in inside.spots {
                self.adopt(spot, item.provenance.clone(), item.attribution.cloned());
            }
        }
    }

    fn notice(&self, notice: Notice) {
        lock(&self.state).notices.push(notice);
    }

    fn count(&self, part: &Receipt) {
        self.note(|receipt| receipt.add(part));
    }

    fn cancelled(&self) -> bool {
        self.setup.cancelled()
    }
}

/// A value that stands in an archive's member stands in the archive's own bytes as well, where they are not compressed:
/// only the innermost place is told.
fn drop_outer(findings: &mut Vec<Finding>) {
    let key = |finding: &Finding| (finding.fingerprint, finding.provenance.path.clone(), finding.provenance.object);
    let mut inner: HashMap<_, Vec<Vec<BString>>> = HashMap::new();
    for finding in findings.iter().filter(|finding| !finding.provenance.members.is_empty()) {
        inner.entry(key(finding)).or_default().push(finding.provenance.members.clone());
    }
    if inner.is_empty() {
        return;
    }
    findings.retain(|finding| {
        let own = &finding.provenance.members;
        let is_outer = |members: &Vec<BString>| members.len() > own.len() && members.starts_with(own);
        !inner.get(&key(finding)).is_some_and(|all| all.iter().any(is_outer))
    });
}

type SortKey<'a> = (BString, Option<crate::model::Place>, &'a str, Fingerprint, &'a Provenance);

fn sort_key(finding: &Finding) -> SortKey<'_> {
    (finding.provenance.display(), finding.place, &finding.rule, finding.fingerprint, &finding.provenance)
}

/// What to do about a banned file, with the commands ready to be copied.
fn advice(provenance: &Provenance) -> String {
    let path = provenance.path.clone().unwrap_or_default().to_string();
    let quoted = format!("'{}'", path.replace('\'', "'\\''"));
    let ignore = "printf '.env\\n.env.*\\n*.env\\n!.env.example\\n' >> .gitignore";
    match provenance.origin {
        Origin::Index => format!(
            "Take it out of the commit: git restore --staged -- {quoted}  (already tracked: git rm --cached -- {quoted})\nKeep it out: {ignore}\nIf it was ever pushed, rotate every secret in it first."
        ),
        Origin::Blob => format!(
            "Rotate every secret in it first; then rewrite the history: git filter-repo --invert-paths --path {quoted}\nKeep it out: {ignore}"
        ),
        _ => format!(
            "If git tracks it: git rm --cached -- {quoted}\nKeep it out: {ignore}\nIf it was ever pushed, rotate every secret in it first. Run the program with: infisical run -- COMMAND"
        ),
    }
}

/// The globs of a rule; its laws saw to it that each of them is one.
fn glob_set(globs: &[String]) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    globs.iter().filter_map(|glob| Glob::new(glob).ok()).for_each(|glob| {
        builder.add(glob);
    });
    builder.build().unwrap_or_default()
}

/// `text` with three asterisks for everything in it that the rules find: for texts about things whose names nobody has scanned.
pub fn redacted(engine: &Engine, text: &[u8], scratch: &mut Scratch) -> Vec<u8> {
    let found = engine.scan(Chunk::whole(text), scratch);
    let mut masked = Vec::with_capacity(text.len());
    let mut done = 0;
    let mut spans: Vec<Span> = found
        .iter()
        .flat_map(|candidate| std::iter::once(candidate.span).chain(candidate.parts.iter().map(|part| part.span)))
        .collect();
    spans.sort_unstable();
    for span in spans.into_iter().filter(|span| !span.is_empty()) {
        if span.end > done {
            masked.extend_from_slice(&text[done..span.start.max(done)]);
            masked.extend_from_slice(b"***");
            done = span.end;
        }
    }
    masked.extend_from_slice(&text[done..]);
    masked
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
