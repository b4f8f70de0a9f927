//! One walk through a container and everything in it: names, limits and notices.
//!
//! All readers of formats take their bytes through this, so that no limit can be forgotten by one of them.

use std::io::{self, Read};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bstr::{BStr, BString, ByteSlice};

use super::stream::{self, Compression};
use super::{
    Container, Limits, Member, Outcome, Visitor, ar, avro, document, dump, framed, git, is_misnamed, mail, obstacle,
    ole, patch, pdf, png, sqlite, strings, tar, zip,
};
use crate::model::{Notice, NoticeKind};
use crate::text::sniff::{self, Format};

/// How much is read at once.
const CHUNK: usize = 64 << 10;

/// A walk that holds more than this waits until no other one does, so that threads do not multiply the limit.
const LARGE: u64 = 16 << 20;

static LARGE_WALK: Mutex<()> = Mutex::new(());

pub(super) struct Walk<'a> {
    limits: Limits,
    visitor: &'a mut dyn Visitor,
    subject: &'a BStr,
    names: Vec<BString>,
    /// Bytes that all members together may have.
    allowed: u64,
    spent: u64,
    /// Bytes in memory.
    live: u64,
    archives: u64,
    members: u64,
    stopped: bool,
    large: Option<MutexGuard<'static, ()>>,
}

/// How reading a member ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// At its end.
    Whole,
    /// At a limit.
    Cut(String),
    /// With an error.
    Broken(String),
}

impl<'a> Walk<'a> {
    pub(super) fn new(len: u64, subject: &'a BStr, limits: Limits, visitor: &'a mut dyn Visitor) -> Self {
        let most = limits.total.max(len.saturating_mul(4));
        let allowed = len.saturating_mul(limits.ratio).max(limits.free).min(most);
        Self {
            limits,
            visitor,
            subject,
            names: Vec::new(),
            allowed,
            spent: 0,
            live: 0,
            archives: 0,
            members: 0,
            stopped: false,
            large: None,
        }
    }

    pub(super) fn outermost(mut self, bytes: &[u8]) -> Outcome {
        self.descend(bytes);
        Outcome { archives: self.archives, members: self.members }
    }

    /// Says whether there is a reason to go no further.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped || self.visitor.cancelled()
    }

    /// How much memory is left for what can't be read in pieces.
    pub(super) fn memory(&self) -> u64 {
        self.limits.memory.saturating_sub(self.live)
    }

    /// Counts memory that is taken until it is given back with [`Self::release`]; says no when there is not so much.
    pub(super) fn hold(&mut self, len: u64) -> bool {
        if len > self.memory() {
            self.notice(
                NoticeKind::Limit,
                format!("needs more than {} bytes of memory, it was not read", self.limits.memory),
            );
            return false;
        }
        self.grow(len);
        self.live += len;
        true
    }

    /// Gives memory back.
    pub(super) fn release(&mut self, len: u64) {
        self.live = self.live.saturating_sub(len);
    }

    /// Waits for its turn when there is much to be held.
    fn grow(&mut self, len: u64) {
        if self.large.is_none() && self.live.saturating_add(len) > LARGE {
            self.large = Some(LARGE_WALK.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Tells about the container that is being read.
    pub(super) fn notice(&mut self, kind: NoticeKind, detail: impl Into<String>) {
        let mut subject = BString::from(self.subject);
        for name in &self.names {
            subject.push(b'!');
            subject.extend_from_slice(name);
        }
        self.visitor.notice(Notice::new(kind, subject, detail));
    }

    /// Tells about a member, and lets its name be judged.
    pub(super) fn refuse(&mut self, name: impl Into<BString>, kind: NoticeKind, detail: impl Into<String>) {
        if self.enter(name.into()) {
            self.visitor.member(Member { names: &self.names, content: None });
            self.notice(kind, detail);
            self.names.pop();
        }
    }

    /// Hands over a member that has a name and nothing in it.
    pub(super) fn empty(&mut self, name: impl Into<BString>) {
        if self.enter(name.into()) {
            self.visitor.member(Member { names: &self.names, content: None });
            self.names.pop();
        }
    }

    /// Hands over a member that was decoded from the container's bytes.
    pub(super) fn made(&mut self, name: impl Into<BString>, bytes: &[u8]) {
        if self.hold(bytes.len() as u64) {
            self.bytes(name, bytes);
            self.release(bytes.len() as u64);
        }
    }

    /// Hands over a decoded member, and below it the text that it shows.
    pub(super) fn with_text(&mut self, name: impl Into<BString>, bytes: &[u8], text: &[u8]) {
        if !self.hold(bytes.len() as u64) {
            return;
        }
        if self.charge(bytes.len()) && self.enter(name.into()) {
            self.content(bytes, &End::Whole);
            if !text.is_empty() {
                self.made("(text)", text);
            }
            self.names.pop();
        }
        self.release(bytes.len() as u64);
    }

    /// Hands over a member that stands in the container's bytes as it is.
    pub(super) fn bytes(&mut self, name: impl Into<BString>, bytes: &[u8]) {
        if !self.charge(bytes.len()) || !self.enter(name.into()) {
            return;
        }
        self.content(bytes, &End::Whole);
        self.names.pop();
    }

    /// Reads a member and hands it over. `is_sound` may find fault with what was read.
    pub(super) fn stream(
        &mut self,
        name: impl Into<BString>,
        source: &mut dyn Read,
        is_sound: &dyn Fn(&[u8]) -> Result<(), String>,
    ) {
        if !self.enter(name.into()) {
            return;
        }
        let mut content = Vec::new();
        let mut end = self.read(source, &mut content);
        if end == End::Whole
            && let Err(fault) = is_sound(&content)
        {
            end = End::Broken(fault);
        }
        let held = content.len() as u64;
        self.live += held;
        self.content(&content, &end);
        self.live -= held;
        self.names.pop();
    }

    /// Reads a compressed file: an archive in it is read as it comes, anything else becomes its one member.
    fn compressed(&mut self, bytes: &[u8], compression: Compression) {
        let window = compression.window(bytes);
        if !self.hold(window) {
            return;
        }
        self.unpack(bytes, compression);
        self.release(window);
    }

    fn unpack(&mut self, bytes: &[u8], compression: Compression) {
        let mut source = compression.open(bytes);
        let mut head = Vec::new();
        let end = match (&mut source).take(512).read_to_end(&mut head) {
            Ok(_) => End::Whole,
            Err(error) => End::Broken(error.to_string()),
        };
        if head.is_empty() && end != End::Whole && compression.is_guess() {
            return;
        }
        self.archives += 1;
        let mut source = head.as_slice().chain(stream::Rest::new(source, end));
        if Container::of(&head) == Some(Container::Tar) {
            tar::read(self, &mut source);
        } else {
            let outer = self.names.last().map_or(self.subject, |name| name.as_bstr());
            let name = compression.inner_name(bytes, outer);
            self.stream(name, &mut source, &|_| Ok(()));
        }
    }

    /// Enters a member, unless there have been too many.
    fn enter(&mut self, name: BString) -> bool {
        if self.is_stopped() {
            return false;
        }
        if self.members == self.limits.members {
            self.stopped = true;
            self.notice(NoticeKind::Limit, format!("holds more than {} members, the rest was not read", self.members));
            return false;
        }
        self.members += 1;
        self.names.push(name);
        true
    }

    /// Pays for bytes that came out of a container.
    pub(super) fn charge(&mut self, len: usize) -> bool {
        self.spent = self.spent.saturating_add(len as u64);
        if self.spent > self.allowed && !self.stopped {
            self.stopped = true;
            self.notice(
                NoticeKind::Limit,
                format!("expands to more than {} bytes, the rest was not read", self.allowed),
            );
        }
        !self.is_stopped()
    }

    /// Reads `source` to its end or to a limit.
    pub(super) fn read(&mut self, source: &mut dyn Read, content: &mut Vec<u8>) -> End {
        let most = self.limits.member.min(self.memory());
        let mut filled = content.len();
        let end = loop {
            let room = most.saturating_add(1).saturating_sub(filled as u64).min(CHUNK as u64) as usize;
            if room == 0 {
                filled = most as usize;
                break End::Cut(format!("is larger than {most} bytes, the rest was not read"));
            }
            // What is read is often less than what there is room for: the rest is made once.
            if content.len() < filled + room {
                content.resize(filled + room, 0);
            }
            match source.read(&mut content[filled..filled + room]) {
                Ok(0) => break End::Whole,
                Ok(len) => {
                    filled += len.min(room);
                    if !self.charge(len) {
                        break End::Cut("was not read to its end".to_owned());
                    }
                    self.grow(filled as u64);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break End::Broken(broken(&error)),
            }
        };
        content.truncate(filled);
        end
    }

    /// Hands over the member that was entered, and looks into it.
    fn content(&mut self, bytes: &[u8], end: &End) {
        self.visitor.member(Member { names: &self.names, content: Some(bytes) });
        match end {
            End::Whole => self.descend(bytes),
            End::Cut(detail) if !self.stopped => self.notice(NoticeKind::Limit, detail.as_str()),
            End::Cut(_) => {}
            End::Broken(detail) => {
                self.notice(NoticeKind::Damaged, detail.as_str());
                self.descend(bytes);
            }
        }
    }

    /// Looks into `bytes`, if they are a container.
    fn descend(&mut self, bytes: &[u8]) {
        let most = self.limits.member.min(self.limits.free);
        let format = sniff::format(bytes);
        if format == Some(Format::LfsPointer)
            && self.names.len() < self.limits.depth
            && let Some(mut content) = self.visitor.kept(bytes, most)
        {
            self.archives += 1;
            self.stream("(Git LFS)", &mut content, &|_| Ok(()));
            return;
        }
        if let Some((kind, detail)) = obstacle(format) {
            self.notice(kind, detail);
            return;
        }
        let name = self.names.last().map_or(self.subject, |name| name.as_bstr());
        let Some(container) = Container::in_format(format, bytes).or_else(|| Container::by_name(name, bytes)) else {
            if format.is_none() && is_misnamed(name, bytes) {
                self.notice(
                    NoticeKind::Damaged,
                    "is no archive, although it is called one: its bytes as they are were read",
                );
            } else if !self.names.is_empty() {
                document::read(self, bytes);
            }
            return;
        };
        if self.is_stopped() {
            return;
        }
        if self.names.len() >= self.limits.depth {
            self.notice(
                NoticeKind::Limit,
                format!("lies {} containers deep and was not looked into", self.names.len()),
            );
            return;
        }
        if let Container::Compressed(compression) = container {
            self.compressed(bytes, compression);
            return;
        }
        self.archives += 1;
        match container {
            Container::Zip => zip::read(self, bytes),
            Container::Tar => tar::read(self, &mut &*bytes),
            Container::Ar => ar::read_ar(self, bytes),
            Container::Cpio => ar::read_cpio(self, bytes),
            Container::Sqlite => sqlite::read(self, bytes),
            Container::Pdf => pdf::read(self, bytes),
            Container::Png => png::read(self, bytes),
            Container::Mail => mail::read(self, bytes),
            Container::GitBundle => git::read_bundle(self, bytes),
            Container::GitPack => git::read_pack(self, bytes, None),
            Container::Strings => strings::read(self, bytes),
            Container::Rpm => framed::read_rpm(self, bytes),
            Container::Flash => framed::read_flash(self, bytes),
            Container::Avro => avro::read(self, bytes),
            Container::Ole => ole::read(self, bytes),
            Container::Patch => patch::read(self, bytes),
            Container::Dump(layout) => dump::read(self, bytes, layout),
            Container::Compressed(_) => {}
        }
    }
}

/// Why a stream could not be read, in words.
pub(super) fn broken(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "ends too early".to_owned(),
        _ => format!("is damaged: {error}"),
    }
}
