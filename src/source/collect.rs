//! A sink for tests: keeps everything that a source reads.

use std::sync::Mutex;

use bstr::{BString, ByteSlice};

use crate::model::{Attribution, Notice, Provenance, Receipt, Scope};

use super::{Item, Piece, Sink};

/// Everything that a source gave.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    items: Mutex<Vec<Collection>>,
    notices: Mutex<Vec<Notice>>,
    receipt: Mutex<Receipt>,
}

/// An item that owns its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Collection {
    pub provenance: Provenance,
    pub bytes: Vec<u8>,
    pub scope: Scope,
    pub piece: Option<Piece>,
    pub attribution: Option<Attribution>,
}

impl Collection {
    /// The path as text, or nothing.
    pub fn path(&self) -> String {
        self.provenance.path.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    /// The bytes that count, joined.
    pub fn counted(&self) -> BString {
        match &self.scope {
            Scope::All => self.bytes.clone().into(),
            Scope::Ranges(ranges) => {
                ranges.iter().map(|range| range.of(&self.bytes)).collect::<Vec<_>>().concat().into()
            }
        }
    }
}

impl Collected {
    /// All items, sorted by path and content.
    pub fn into_items(self) -> Vec<Collection> {
        let mut items = self.items.into_inner().unwrap();
        items.sort_by(|a, b| {
            (&a.provenance, a.piece.map(|piece| piece.offset)).cmp(&(&b.provenance, b.piece.map(|piece| piece.offset)))
        });
        items
    }

    /// A copy of all items, sorted.
    pub fn items(&self) -> Vec<Collection> {
        let copy = Self { items: Mutex::new(self.items.lock().unwrap().clone()), ..Self::default() };
        copy.into_items()
    }

    /// `path=content that counts` of every item with a path, sorted.
    pub fn listing(&self) -> Vec<String> {
        self.items().iter().map(|item| format!("{}={}", item.path(), item.counted())).collect()
    }

    /// The paths of all items, sorted.
    pub fn paths(&self) -> Vec<String> {
        self.items().iter().map(Collection::path).collect()
    }

    /// `kind subject` of every notice, sorted.
    pub fn notices(&self) -> Vec<String> {
        let mut notices: Vec<String> = self
            .notices
            .lock()
            .unwrap()
            .iter()
            .map(|notice| format!("{} {}", notice.kind.as_str(), notice.subject.as_bstr()))
            .collect();
        notices.sort();
        notices
    }

    /// What was counted.
    pub fn receipt(&self) -> Receipt {
        self.receipt.lock().unwrap().clone()
    }
}

impl Sink for Collected {
    fn item(&self, item: Item<'_>) {
        self.items.lock().unwrap().push(Collection {
            provenance: item.provenance,
            bytes: item.bytes.to_vec(),
            scope: item.scope,
            piece: item.piece,
            attribution: item.attribution.cloned(),
        });
    }

    fn notice(&self, notice: Notice) {
        self.notices.lock().unwrap().push(notice);
    }

    fn count(&self, part: &Receipt) {
        self.receipt.lock().unwrap().add(part);
    }
}
