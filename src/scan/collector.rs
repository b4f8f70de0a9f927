//! The sink of every walk: scans what sources push, from many threads, and makes the report at the end.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bstr::{BString, ByteSlice};

use super::assess::Judging;
use super::inside::Inside;
use super::redact::{logged, redacted};
use super::{Setup, content, order, remarks, spot};
use crate::detect::Scratch;
use crate::model::{
    Attribution, Chunk, CommitRef, Finding, Notice, NoticeKind, ObjectId, Origin, Provenance, Receipt, Scope,
};
use crate::report::Report;
use crate::source::{Item, Sink, archive};
use crate::triage::{Breadth, comment};

/// Collects what a run finds.
pub struct Collector<'a> {
    setup: &'a Setup,
    pub(super) judging: Judging<'a>,
    listener: Option<&'a dyn Listener>,
    /// Set when the listener has heard enough.
    is_stopped: AtomicBool,
    /// In boxes, for they are large and handed on for each content.
    scratches: Mutex<Vec<Box<Scratch>>>,
    state: Mutex<State>,
}

/// Hears of findings while the run goes on, as soon as nothing can change about them any more.
pub trait Listener: Sync {
    /// Takes findings that belong together: those of one file. Says whether the run is to go on.
    fn hear(&self, part: &Report) -> bool;
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
            judging: Judging::new(setup),
            listener: None,
            is_stopped: AtomicBool::new(false),
            scratches: Mutex::default(),
            state: Mutex::default(),
        }
    }

    /// The same with somebody who hears what items hold as soon as it is known. Not for a sweep, whose findings are attributed
    /// at its end.
    pub fn telling(self, listener: Option<&'a dyn Listener>) -> Self {
        Self { listener, ..self }
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

    /// Looks for secrets in the name of a file. Names in a history come as items of their own.
    fn scan_name(&self, item: &Item<'_>, found: &mut Vec<Finding>) {
        let Some(path) = &item.provenance.path else { return };
        if !matches!(item.provenance.origin, Origin::File | Origin::Index) {
            return;
        }
        let candidates = self.with_scratch(|scratch| self.setup.engine.scan(Chunk::whole(path), scratch));
        for spot in spot::place(candidates, path, None, self.setup) {
            let provenance = Provenance { origin: Origin::Name, ..item.provenance.clone() };
            found.extend(self.assess(spot, provenance, item.attribution.cloned()));
        }
    }

    /// Says, once for the text that `name` names, that something was too much to be decoded; and whether it was.
    pub fn tell_cut(&self, scratch: &mut Scratch, name: impl FnOnce() -> BString) -> bool {
        let (is_cut, is_crowded) = (std::mem::take(&mut scratch.is_cut), std::mem::take(&mut scratch.is_crowded));
        if is_cut {
            let detail = "holds more encoded text than is decoded: some of it was not read";
            self.notice(Notice::new(NoticeKind::Limit, name(), detail));
        } else if is_crowded {
            let detail = "holds more that looks like a sealed value than is looked at: scan it with --known";
            self.notice(Notice::new(NoticeKind::Limit, name(), detail));
        }
        is_cut || is_crowded
    }

    /// Says whether the text is what a file holds: messages and names are none.
    fn is_content(item: &Item<'_>) -> bool {
        matches!(item.provenance.origin, Origin::File | Origin::Stdin | Origin::Index | Origin::Blob)
    }

    fn scan_item(&self, item: &Item<'_>, found: &mut Vec<Finding>) {
        let candidates = self.with_scratch(|scratch| {
            scratch.is_content = Self::is_content(item);
            let candidates = self.setup.engine.scan(Chunk { bytes: item.bytes, scope: &item.scope }, scratch);
            scratch.is_content = false;
            self.note(|receipt| receipt.layers += std::mem::take(&mut scratch.layers));
            self.tell_cut(scratch, || item.provenance.display());
            candidates
        });
        let mut more = Vec::new();
        if item.piece.is_none() {
            let path = item.provenance.innermost().map(|path| path.as_slice()).unwrap_or_default();
            more = content::dotenv(item.bytes, path, &item.scope, &candidates, self.setup);
        }
        let mut spots = spot::place(candidates, item.bytes, item.piece, self.setup);
        spots.extend(more);
        if item.piece.is_none() && item.scope == Scope::All && comment::is_marked(item.bytes) {
            remarks::idle(item, &spots, self.setup.engine.rules()).into_iter().for_each(|notice| self.notice(notice));
        }
        for spot in spots {
            found.extend(self.assess(spot, item.provenance.clone(), item.attribution.cloned()));
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

    /// Gives findings the refs that reach the commits that brought them, where `find` knows better than the walk.
    pub fn attribute_refs<E>(
        &self,
        find: impl FnOnce() -> Result<HashMap<ObjectId, Vec<BString>>, E>,
    ) -> Result<(), E> {
        let mut state = lock(&self.state);
        let brought = |finding: &Finding| finding.attribution.as_ref()?.first.as_ref().map(|commit| commit.id);
        if !state.findings.iter().any(|finding| brought(finding).is_some()) {
            return Ok(());
        }
        // Nobody has looked for values in these names.
        let mut scratch = Scratch::default();
        let mut harmless: HashMap<BString, BString> = HashMap::new();
        let mut named = |name: BString| {
            let known =
                harmless.entry(name).or_insert_with_key(|name| redacted(&self.setup.engine, name, &mut scratch).into());
            known.clone()
        };
        let found = find()?;
        for finding in &mut state.findings {
            let names = |id| found.get(&id).cloned().unwrap_or_default();
            let refs = brought(finding).map(|id| Arc::new(names(id).into_iter().map(&mut named).collect()));
            if let Some((attribution, refs)) = finding.attribution.as_mut().zip(refs) {
                attribution.refs = refs;
            }
        }
        Ok(())
    }

    /// Gives findings in files the last commit that had them, where `find` knows better than the walk.
    pub fn attribute_last(
        &self,
        find: impl FnOnce(HashSet<(BString, ObjectId)>) -> HashMap<(BString, ObjectId), CommitRef>,
    ) {
        let mut state = lock(&self.state);
        let file = |finding: &Finding| finding.provenance.path.clone().zip(finding.provenance.object);
        let files: HashSet<_> = state.findings.iter().filter_map(file).collect();
        if files.is_empty() {
            return;
        }
        let found = find(files);
        for finding in &mut state.findings {
            let last = file(finding).and_then(|file| found.get(&file));
            if let Some((attribution, last)) = finding.attribution.as_mut().zip(last) {
                attribution.last = Some(last.clone());
            }
        }
    }

    /// What was counted until now.
    pub(super) fn counted(&self) -> Receipt {
        lock(&self.state).receipt.clone()
    }

    /// How many notices there are.
    pub(super) fn notice_count(&self) -> usize {
        lock(&self.state).notices.len()
    }

    /// The notices from the `first` on, without the values that names in them may hold.
    pub(super) fn notices_from(&self, first: usize) -> Vec<Notice> {
        let mut notices = lock(&self.state).notices.split_off(first);
        self.redact(&mut notices);
        lock(&self.state).notices.extend(notices.iter().cloned());
        notices
    }

    fn redact(&self, notices: &mut [Notice]) {
        let (engine, mut scratch) = (&self.setup.engine, Scratch::default());
        for notice in notices {
            notice.subject = redacted(engine, &notice.subject, &mut scratch).into();
            notice.detail = redacted(engine, notice.detail.as_bytes(), &mut scratch).to_str_lossy().into_owned();
        }
    }

    /// Says whether a name of a file or a ref holds what was found.
    pub(super) fn has_telling_names(&self) -> bool {
        lock(&self.state).findings.iter().any(|finding| finding.provenance.origin == Origin::Name)
    }

    fn note(&self, change: impl FnOnce(&mut Receipt)) {
        change(&mut lock(&self.state).receipt);
    }

    /// Ends the run: sorted, deduplicated, complete.
    pub fn finish(self, mode: &'static str) -> Report {
        let mut state = std::mem::take(&mut *lock(&self.state));
        state.notices.extend(self.judging.judge.notices(self.setup.breadth));
        self.redact(&mut state.notices);
        state.notices.sort();
        state.notices.dedup();
        order::settle(&mut state.findings);
        Report { notices: state.notices, receipt: state.receipt, ..self.setup.report(mode, state.findings) }
    }

    /// Records findings.
    pub(super) fn keep(&self, findings: impl IntoIterator<Item = Finding>) {
        let mut state = lock(&self.state);
        let before = state.findings.len();
        state.findings.extend(findings);
        self.setup.meter.find((state.findings.len() - before) as u64);
    }

    /// Tells what one item holds to whoever listens.
    fn tell(&self, findings: &[Finding]) {
        let Some(listener) = self.listener.filter(|_| !findings.is_empty()) else { return };
        let mut findings = findings.to_vec();
        order::settle(&mut findings);
        if !listener.hear(&self.setup.report("", findings)) {
            self.is_stopped.store(true, Ordering::Relaxed);
        }
    }
}

impl Sink for Collector<'_> {
    fn item(&self, item: Item<'_>) {
        let is_first = item.piece.is_none_or(|piece| piece.offset == 0);
        let mut found = Vec::new();
        self.setup.meter.advance(u64::from(is_first), item.bytes.len() as u64);
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
                self.judging.judge.see(path);
            }
            found.extend(self.banned(&item.provenance, item.attribution));
            self.scan_name(&item, &mut found);
        }
        self.scan_item(&item, &mut found);
        if item.piece.is_some_and(|piece| piece.offset == 0) && self.setup.archives && archive::is_container(item.bytes)
        {
            let detail = "is a container too large to be entered: only its bytes as they are were read";
            self.notice(Notice::new(NoticeKind::Limit, item.provenance.display(), detail));
        }
        if item.piece.is_none() && !item.scope.is_empty() {
            let name = item.provenance.display();
            let inside = self.with_scratch(|scratch| Inside::of(self, name.as_bstr(), item.bytes, scratch));
            for members in inside.banned {
                found.extend(self.banned(&Provenance { members, ..item.provenance.clone() }, item.attribution));
            }
            for spot in inside.spots {
                found.extend(self.assess(spot, item.provenance.clone(), item.attribution.cloned()));
            }
        }
        // Of a change, each place is somebody's own.
        if item.scope == Scope::All && matches!(item.provenance.origin, Origin::File | Origin::Stdin) {
            order::gather(&mut found);
        }
        if log::log_enabled!(log::Level::Trace) {
            let name = logged(self.setup, &item.provenance.display());
            log::trace!("{name}: {} bytes, {} found", item.bytes.len(), found.len());
        }
        self.tell(&found);
        self.keep(found);
    }

    fn notice(&self, notice: Notice) {
        lock(&self.state).notices.push(notice);
    }

    fn count(&self, part: &Receipt) {
        self.note(|receipt| receipt.add(part));
    }

    fn cancelled(&self) -> bool {
        self.setup.cancelled() || self.is_stopped.load(Ordering::Relaxed)
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
