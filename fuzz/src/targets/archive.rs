//! Containers of any bytes: what comes out stays within the limits, and what does not come out is told.

use bstr::BStr;
use stanch::model::Notice;
use stanch::source::archive::{Limits, Member, Visitor, expand};

const LIMITS: Limits =
    Limits { depth: 4, members: 300, member: 1 << 20, memory: 4 << 20, total: 8 << 20, ratio: 50, free: 1 << 20 };

/// The first byte masks the others, so that the corpus holds no containers: a scan of this repository would enter them,
/// and rightly say what is damaged.
pub fn run(data: &[u8]) {
    let Some((mask, rest)) = data.split_first() else { return };
    let bytes: Vec<u8> = rest.iter().map(|byte| byte ^ mask).collect();
    let mut counter = Counter::default();
    let outcome = expand(&bytes, BStr::new("fuzz"), &LIMITS, &mut counter);
    assert!(counter.members <= LIMITS.members && counter.bytes <= LIMITS.total + LIMITS.member);
    assert_eq!(counter.members, outcome.members);
    assert!(outcome.archives > 0 || counter.members == 0);
}

#[derive(Default)]
struct Counter {
    members: u64,
    bytes: u64,
}

impl Visitor for Counter {
    fn member(&mut self, member: Member<'_>) {
        assert!(!member.names.is_empty() && member.names.len() <= 3 * LIMITS.depth + 3);
        self.members += 1;
        let len = member.content.map_or(0, |content| content.len() as u64);
        assert!(len <= LIMITS.member.max(LIMITS.free));
        self.bytes += len;
    }

    fn notice(&mut self, notice: Notice) {
        assert!(notice.subject.starts_with(b"fuzz") && !notice.detail.is_empty());
    }
}
