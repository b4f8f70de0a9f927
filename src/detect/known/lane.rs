//! Where windows of patterns are looked up: every fourth place of a text is enough to meet each of them.
//!
//! A window is entered with the grams at four neighbouring places, so that wherever it stands in a text, one of them begins
//! at a place that is looked at. A filter denies nearly all places, and a table tells the rest. Case does not count here:
//! whoever asks compares the bytes. Windows differ in what a text must have to be looked through for them: in most a digit
//! stands and no blank, and in most grams of a text it is the other way round. Nothing in here outlives the run unwiped.

use fearless_simd::{Level, Simd, SimdBase, SimdMask, dispatch, u8x64};
use zeroize::Zeroizing;

use super::forms::Form;
use crate::model::Span;

/// Every so many places of a text one is looked at.
const STEP: usize = 4;

/// So many places are glanced at before those that pass are looked at.
const BLOCK: usize = 256;

/// A long pattern has a window in each stretch of so many bytes: a change inside of it leaves one nearby.
pub(super) const STRETCH: usize = 256;

/// Sets the bit that tells lower from upper case, in each of eight bytes.
const FOLD: u64 = 0x2020_2020_2020_2020;

/// Bits of the largest filter's number of words: half a mebibyte, which stays near the processor.
const MOST: u32 = 16;

/// All windows.
pub(super) struct Lanes {
    /// With a digit in each gram, without blanks and control characters: nearly all.
    drawn: Lane,
    /// Without blanks and control characters.
    plain: Lane,
    /// With blanks, but without NUL.
    blank: Lane,
    /// With NUL: UTF-16.
    wide: Lane,
    /// Of patterns that are too short for the others.
    short: Lane,
}

impl Lanes {
    /// Lanes in which about so many windows will stand.
    pub(super) fn new(expected: usize) -> Self {
        Self {
            drawn: Lane::new(8, Gate::Drawn, expected),
            plain: Lane::new(8, Gate::Plain, expected / 8),
            blank: Lane::new(8, Gate::Any, expected / 8),
            wide: Lane::new(8, Gate::Any, expected / 8),
            short: Lane::new(5, Gate::Any, expected / 8),
        }
    }

    /// Enters a window in each stretch of a pattern.
    pub(super) fn learn(&mut self, pattern: &[u8], place: Place) {
        let window = if pattern.len() < WINDOW { self.short.window() } else { WINDOW };
        let Some(last) = pattern.len().checked_sub(window) else { return };
        for start in (0..=last).step_by(STRETCH) {
            let end = last.min(start + STRETCH - window);
            self.learn_one(pattern, tried(start, end), &[], place);
        }
    }

    /// Enters one window of a pattern that is no longer than a stretch, where it can without any of the bytes in `avoided`.
    /// Returns where it begins.
    pub(super) fn learn_short(&mut self, pattern: &[u8], avoided: &[u8], place: Place) -> Option<usize> {
        let window = if pattern.len() < WINDOW { self.short.window() } else { WINDOW };
        let last = pattern.len().checked_sub(window)?;
        Some(self.learn_one(pattern, tried(0, last), avoided, place))
    }

    /// Enters the window at one of some places, and tells which: the first whose gram the fewest windows begin with.
    pub(super) fn learn_one(
        &mut self,
        pattern: &[u8],
        places: impl IntoIterator<Item = usize>,
        avoided: &[u8],
        place: Place,
    ) -> usize {
        let mut best = ((u8::MAX, true, u32::MAX), 0);
        for at in places {
            let kind = kind(pattern, at);
            let window = pattern.get(at..at + WINDOW).unwrap_or(&pattern[at..]);
            let is_poor = !avoided.is_empty() && window.iter().any(|byte| avoided.contains(byte));
            let crowd = (kind, is_poor, self.lane(kind).crowd(pattern, at));
            if crowd < best.0 {
                best = (crowd, at);
            }
            if crowd == (DRAWN, false, 0) {
                break;
            }
        }
        let ((kind, ..), at) = best;
        self.lane(kind).enter(pattern, at, Place { offset: at as u32, ..place });
        at
    }

    /// Enters the window that a pattern begins with, as `place` says.
    pub(super) fn learn_at(&mut self, pattern: &[u8], place: Place) {
        self.lane(kind(pattern, 0)).enter(pattern, 0, place);
    }

    /// Takes over what other lanes of the same size hold.
    pub(super) fn absorb(&mut self, other: Self) {
        let Self { drawn, plain, blank, wide, short } = other;
        self.drawn.absorb(drawn);
        self.plain.absorb(plain);
        self.blank.absorb(blank);
        self.wide.absorb(wide);
        self.short.absorb(short);
    }

    fn lane(&mut self, kind: u8) -> &mut Lane {
        match kind {
            DRAWN => &mut self.drawn,
            PLAIN => &mut self.plain,
            BLANK => &mut self.blank,
            WIDE => &mut self.wide,
            _ => &mut self.short,
        }
    }

    /// Tells of all windows that may stand in `range`: where, how long, and of what.
    pub(super) fn scan(&self, bytes: &[u8], range: Span, mut tell: impl FnMut(usize, usize, Place)) {
        for lane in [&self.drawn, &self.plain, &self.blank, &self.short] {
            lane.scan(bytes, range, |at, place| tell(at, lane.window(), place));
        }
        if !self.wide.windows.is_empty() && memchr::memchr(0, range.of(bytes)).is_some() {
            self.wide.scan(bytes, range, |at, place| tell(at, WINDOW, place));
        }
    }
}

/// Where a window of a stretch may begin.
fn tried(start: usize, end: usize) -> [usize; 5] {
    [start, end, (start + end) / 2, start + (end - start) / 4, end - (end - start) / 4]
}

/// Length of the windows of all but short patterns.
pub(super) const WINDOW: usize = 8 + STEP - 1;

const DRAWN: u8 = 0;
const PLAIN: u8 = 1;
const BLANK: u8 = 2;
const WIDE: u8 = 3;
const SHORT: u8 = 4;

/// In which lane the window at a place stands.
fn kind(pattern: &[u8], at: usize) -> u8 {
    let Some(window) = pattern.get(at..at + WINDOW) else { return SHORT };
    let (mut least, mut digits) = (u8::MAX, 0);
    for &byte in window {
        least = least.min(byte);
        digits = digits << 1 | u32::from(byte.is_ascii_digit());
    }
    match least {
        0 => WIDE,
        1..=b' ' => BLANK,
        _ if is_drawn(digits) => DRAWN,
        _ => PLAIN,
    }
}

/// Says whether each gram of a window holds a digit; a bit for each of its last bytes tells digits.
pub(super) fn is_drawn(digits: u32) -> bool {
    (0..STEP).all(|step| digits >> step & 0xff != 0)
}

/// Windows of one length.
struct Lane {
    /// Length of a gram, at most eight.
    width: usize,
    /// Keeps so many bytes of eight.
    mask: u64,
    /// What all grams of its windows have.
    gate: Gate,
    /// So many windows are expected.
    expected: usize,
    /// Open addressing: what the first gram of a window is known by, the last such window counted from one, and their number.
    slots: Zeroizing<Vec<[u32; 3]>>,
    used: usize,
    windows: Vec<Window>,
    /// Three bits for each gram.
    filter: Zeroizing<Vec<u64>>,
    shift: u32,
}

/// What a gram must have to be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    /// Nothing.
    Any,
    /// No byte up to the blank.
    Plain,
    /// The same, and a digit.
    Drawn,
}

struct Window {
    place: Place,
    /// The window before this one that has the same first gram, counted from one.
    next: u32,
}

/// What a window is a part of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Whose.
    pub value: u32,
    /// Where the window begins in the pattern, or in the value where forms share it.
    pub offset: u32,
    /// How the value is written there.
    pub form: Form,
}

impl Lane {
    /// A lane for grams of `width` bytes. It takes no memory before something is entered.
    fn new(width: usize, gate: Gate, expected: usize) -> Self {
        Self {
            width,
            gate,
            mask: u64::MAX >> (64 - 8 * width),
            expected,
            slots: Zeroizing::default(),
            used: 0,
            windows: Vec::new(),
            filter: Zeroizing::default(),
            shift: 0,
        }
    }

    fn begin(&mut self) {
        let bits = (self.expected / 2).next_power_of_two().trailing_zeros().clamp(6, MOST);
        self.shift = 32 - bits;
        self.filter = Zeroizing::new(zeros(1 << bits));
        self.slots = Zeroizing::new(zeros((self.expected * 3 / 2).next_power_of_two().max(1 << 6)));
        self.windows.reserve(self.expected);
    }

    /// Length of a window: no shorter pattern can be entered.
    const fn window(&self) -> usize {
        self.width + STEP - 1
    }

    /// What the gram in the first bytes of `eight` is known by.
    #[inline(always)]
    fn tag(&self, eight: u64) -> u32 {
        (((eight | FOLD) & self.mask).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
    }

    fn tag_at(&self, bytes: &[u8], at: usize) -> u32 {
        self.tag(match bytes.get(at..).and_then(<[u8]>::first_chunk) {
            Some(eight) => u64::from_le_bytes(*eight),
            None => {
                let mut eight = [0; 8];
                let rest = bytes.get(at..).unwrap_or_default();
                eight[..rest.len()].copy_from_slice(rest);
                u64::from_le_bytes(eight)
            }
        })
    }

    /// Where a gram's slot is; there must be slots.
    fn slot(&self, tag: u32) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = tag as usize & mask;
        while self.slots[at][1] != 0 && self.slots[at][0] != tag {
            at = (at + 1) & mask;
        }
        at
    }

    /// How many windows begin with the gram at a place.
    fn crowd(&self, pattern: &[u8], at: usize) -> u32 {
        if self.slots.is_empty() { 0 } else { self.slots[self.slot(self.tag_at(pattern, at))][2] }
    }

    /// Enters the window that begins `at` there.
    fn enter(&mut self, pattern: &[u8], at: usize, place: Place) {
        if self.slots.is_empty() {
            self.begin();
        }
        if (self.used + 1) * 3 > self.slots.len() * 2 {
            self.grow();
        }
        for step in 0..STEP {
            let (word, [first, second, third]) = self.bits(self.tag_at(pattern, at + step));
            self.filter[word] |= 1 << first | 1 << second | 1 << third;
        }
        let tag = self.tag_at(pattern, at);
        let slot = self.slot(tag);
        let [_, next, count] = self.slots[slot];
        self.used += usize::from(next == 0);
        self.windows.push(Window { place, next });
        self.slots[slot] = [tag, self.windows.len() as u32, count + 1];
    }

    /// Takes over what another lane of the same size holds.
    fn absorb(&mut self, mut other: Self) {
        if self.slots.is_empty() {
            *self = other;
            return;
        }
        self.filter.iter_mut().zip(other.filter.iter()).for_each(|(own, word)| *own |= word);
        let base = self.windows.len() as u32;
        for &[tag, head, count] in other.slots.iter().filter(|entry| entry[1] != 0) {
            if (self.used + 1) * 3 > self.slots.len() * 2 {
                self.grow();
            }
            let slot = self.slot(tag);
            let [_, own, own_count] = self.slots[slot];
            self.used += usize::from(own == 0);
            // The chain of the other goes on with the own one.
            let mut last = head as usize - 1;
            while other.windows[last].next != 0 {
                last = other.windows[last].next as usize - 1;
            }
            other.windows[last].next = own.wrapping_sub(base);
            self.slots[slot] = [tag, head + base, own_count + count];
        }
        // Where a chain ended nothing follows; the rest has moved by so many.
        self.windows
            .extend(other.windows.into_iter().map(|window| Window { next: window.next.wrapping_add(base), ..window }));
    }

    fn grow(&mut self) {
        let slots = Zeroizing::new(zeros(self.slots.len() * 2));
        let old = std::mem::replace(&mut self.slots, slots);
        for entry in old.iter().filter(|entry| entry[1] != 0) {
            let slot = self.slot(entry[0]);
            self.slots[slot] = *entry;
        }
    }

    /// The word of a gram in the filter, and the numbers of its bits.
    #[inline(always)]
    fn bits(&self, tag: u32) -> (usize, [u32; 3]) {
        ((tag >> self.shift) as usize, [tag & 63, tag >> 6 & 63, tag >> 12 & 63])
    }

    /// Tells of all windows that may stand in `range`, and where.
    fn scan(&self, bytes: &[u8], range: Span, mut tell: impl FnMut(usize, Place)) {
        if self.windows.is_empty() || range.len() < self.width {
            return;
        }
        let (mut steps, mut tags) = ([0; BLOCK], [0; BLOCK]);
        let level = Level::new();
        // Where a gram is looked for and eight bytes can be read; after it, where they cannot.
        let last = range.end - self.width;
        let whole = (last + 1).min((bytes.len() + 1).saturating_sub(8)).max(range.start);
        let mut at = range.start;
        while at < whole {
            let end = whole.min(at + BLOCK * STEP);
            let text = &bytes[at..end + 7];
            let open = match self.gate {
                Gate::Drawn => dispatch!(level, simd => without_blank(simd, text, true, &mut steps)),
                Gate::Plain => dispatch!(level, simd => without_blank(simd, text, false, &mut steps)),
                Gate::Any => any(text, &mut steps),
            };
            let count = self.glance(text, &mut steps, &mut tags, open);
            for &step in &steps[..count] {
                self.look_up(bytes, at + usize::from(step) * STEP, &mut tell);
            }
            at += (end - at).div_ceil(STEP) * STEP;
        }
        for at in (at..=last).step_by(STEP) {
            self.look_up(bytes, at, &mut tell);
        }
    }

    /// Keeps those steps of a text at which a gram may be, and says how many those are. There must be no branch that nobody can
    /// foresee, and short loops, of which the processor does many turns at once while it waits for memory.
    #[inline(always)]
    fn glance(&self, text: &[u8], steps: &mut [u16; BLOCK], tags: &mut [u32; BLOCK], open: usize) -> usize {
        let open = open.min(BLOCK);
        for (tag, &step) in tags.iter_mut().zip(&steps[..open]) {
            *tag = self.tag_at(text, usize::from(step) * STEP);
        }
        let mut count = 0;
        for at in 0..open {
            let (word, [first, second, third]) = self.bits(tags[at]);
            let word = self.filter.get(word).copied().unwrap_or_default();
            steps[count % BLOCK] = steps[at];
            count += (word >> first & word >> second & word >> third & 1) as usize;
        }
        count
    }

    /// Tells of the windows that may begin at one of the four places that end here.
    fn look_up(&self, bytes: &[u8], at: usize, tell: &mut impl FnMut(usize, Place)) {
        for at in at.saturating_sub(STEP - 1)..=at {
            let tag = self.tag_at(bytes, at);
            let [known, mut next, _] = self.slots[self.slot(tag)];
            if known != tag {
                continue;
            }
            while let Some(window) = next.checked_sub(1).and_then(|window| self.windows.get(window as usize)) {
                next = window.next;
                tell(at, window.place);
            }
        }
    }
}

/// Notes all steps of a text at which eight bytes can be read.
fn any(text: &[u8], steps: &mut [u16; BLOCK]) -> usize {
    let count = text.len().saturating_sub(7).div_ceil(STEP).min(BLOCK);
    steps[..count].iter_mut().zip(0..).for_each(|(step, number)| *step = number);
    count
}

/// Notes the steps whose eight bytes hold none up to the blank; with a digit, if it `is_drawn`. Nearly all time goes here.
#[inline(always)]
fn without_blank<S: Simd>(simd: S, text: &[u8], is_drawn: bool, steps: &mut [u16; BLOCK]) -> usize {
    /// A bit for each step of a block.
    const STEPS: u64 = 0x1111_1111_1111_1111;
    let (blocks, rest) = text.as_chunks::<64>();
    let mut last = [b' '; 64];
    last[..rest.len()].copy_from_slice(rest);
    let (mut digits, mut blanks) = classify(simd, blocks.first().unwrap_or(&last));
    let mut count = 0;
    for number in 0..text.len().div_ceil(64) {
        // Behind the end is a blank.
        let (next_digits, next_blanks) = match number + 1 {
            next if next < blocks.len() => classify(simd, &blocks[next]),
            next if next == blocks.len() => classify(simd, &last),
            _ => (0, 1),
        };
        let is_near = |mask: u64, next: u64| {
            let both = u128::from(next) << 64 | u128::from(mask);
            [1, 2, 4].iter().fold(both, |near, shift| near | near >> shift) as u64
        };
        let is_near_digit = if is_drawn { is_near(digits, next_digits) } else { u64::MAX };
        let mut open = is_near_digit & !is_near(blanks, next_blanks) & STEPS;
        while open != 0 {
            steps[count % BLOCK] = (number * (64 / STEP)) as u16 + (open.trailing_zeros() / STEP as u32) as u16;
            open &= open - 1;
            count += 1;
        }
        (digits, blanks) = (next_digits, next_blanks);
    }
    count
}

/// Where digits stand in a block, and where bytes up to the blank.
#[inline(always)]
fn classify<S: Simd>(simd: S, block: &[u8; 64]) -> (u64, u64) {
    let (bytes, all) = (u8x64::from_slice(simd, block), |byte| u8x64::splat(simd, byte));
    let is_digit = (bytes - all(b'0')).simd_lt(all(10));
    (is_digit.to_bitmask(), bytes.simd_le(all(b' ')).to_bitmask())
}
/// Zeros whose pages are written to at once: a page that is read first is taken a second time when it is written, and every
/// other processor is told.
fn zeros<T: Copy + Default>(count: usize) -> Vec<T> {
    const PAGE: usize = 4096;
    let mut zeros = vec![T::default(); count];
    for page in std::hint::black_box(zeros.as_mut_slice()).chunks_mut((PAGE / size_of::<T>()).max(1)) {
        page[0] = T::default();
    }
    zeros
}
