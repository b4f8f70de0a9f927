//! What stands inside containers: members go through the engine one by one, and their names through the `.env` policy.
//!
//! Findings are kept without the outer path, for a blob has many of them. It must never hold a member's content.

use std::fs::File;

use bstr::{BStr, BString, ByteSlice};

use super::collector::Collector;
use super::content;
use super::spot::{self, Spot};
use crate::detect::Scratch;
use crate::model::{Chunk, Notice, Receipt, Scope};
use crate::policy::EnvFile;
use crate::source::Sink;
use crate::source::archive::{self, Limits, Member, Visitor};

/// What stands inside a container.
#[derive(Debug, Default)]
pub struct Inside {
    /// What its members hold.
    pub spots: Vec<Spot>,
    /// Members whose names are banned.
    pub banned: Vec<Vec<BString>>,
    /// Whether something of it could not be read.
    pub is_cut: bool,
}

impl Inside {
    /// Enters `bytes` if they are a container; `name` is what notices call them.
    pub fn of(collector: &Collector<'_>, name: &BStr, bytes: &[u8], scratch: &mut Scratch) -> Self {
        if !collector.setup().archives {
            return Self::default();
        }
        let mut looker = Looker { collector, name, scratch, inside: Self::default(), counted: Receipt::default() };
        let outcome = archive::expand(bytes, name, &Limits::default(), &mut looker);
        let Looker { inside, mut counted, .. } = looker;
        if outcome.archives > 0 {
            counted.archives = outcome.archives;
            collector.count(&counted);
        }
        inside
    }
}

struct Looker<'a, 'c> {
    collector: &'a Collector<'c>,
    name: &'a BStr,
    scratch: &'a mut Scratch,
    inside: Inside,
    counted: Receipt,
}

impl Visitor for Looker<'_, '_> {
    fn member(&mut self, member: Member<'_>) {
        let setup = self.collector.setup();
        self.counted.members += 1;
        if member.names.last().is_some_and(|name| setup.policy.env.judge(name.as_bstr()) == EnvFile::Banned) {
            self.inside.banned.push(member.names.to_vec());
        }
        let Some(bytes) = member.content else { return };
        self.counted.member_bytes += bytes.len() as u64;
        let is_content = std::mem::replace(&mut self.scratch.is_content, true);
        let found = setup.engine.scan(Chunk::whole(bytes), self.scratch);
        self.scratch.is_content = is_content;
        let path = member.names.last().map(|name| name.as_slice()).unwrap_or_default();
        let templates = content::dotenv(bytes, path, &Scope::All, &found, setup);
        let outer = self.name;
        let name = || format!("{outer}!{}", bstr::join("!", member.names).as_bstr()).into();
        self.inside.is_cut |= self.collector.tell_cut(self.scratch, name);
        let spots = spot::place(found, bytes, None, setup).into_iter().chain(templates);
        self.inside.spots.extend(spots.map(|spot| Spot { members: member.names.to_vec(), ..spot }));
    }

    fn notice(&mut self, notice: Notice) {
        self.inside.is_cut = true;
        self.collector.notice(notice);
    }

    fn kept(&mut self, pointer: &[u8], most: u64) -> Option<File> {
        self.collector.setup().lfs.as_ref()?.open(pointer, most)
    }

    fn cancelled(&self) -> bool {
        self.collector.cancelled()
    }
}
