//! A delta scan of any text against any base, with any copies, finds what a scan of the whole text finds.

use stanch::model::{Chunk, CopyRun};

use super::scan::{ENGINE, with_scratch};

/// Three bytes a step (what, from where, how much) in the first part, the base in the second; 0xff stands between.
pub fn run(data: &[u8]) {
    let border = memchr::memchr(0xff, data).unwrap_or(data.len());
    let (steps, base) = (&data[..border], data.get(border + 1..).unwrap_or_default());
    let (mut text, mut copies): (Vec<u8>, Vec<CopyRun>) = (Vec::new(), Vec::new());
    for step in steps.chunks_exact(3).take(16) {
        let base_start = base.len() * usize::from(step[1]) / 255;
        let len = (base.len() - base_start) * usize::from(step[2]) / 255;
        if len == 0 {
            continue;
        }
        if step[0] & 1 == 0 {
            match copies.last_mut() {
                Some(last) if last.target().end == text.len() && last.base().end == base_start => last.len += len,
                _ => copies.push(CopyRun { target_start: text.len(), base_start, len }),
            }
            text.extend_from_slice(&base[base_start..base_start + len]);
        } else {
            // Something new: a part of the base with another byte in front.
            text.push(step[0]);
            text.extend_from_slice(&base[base_start..base_start + len.min(40)]);
        }
    }
    let by_delta = with_scratch(|scratch| {
        let state = ENGINE.scan_base(base, scratch);
        ENGINE.scan_delta(&text, &copies, &state, scratch).resolved(&ENGINE)
    });
    let whole = with_scratch(|scratch| ENGINE.scan(Chunk::whole(&text), scratch));
    let told = |found: &[stanch::model::Candidate]| {
        let one = |one: &stanch::model::Candidate| (one.span, one.rule, one.layers.clone(), one.confidence);
        found.iter().map(one).collect::<Vec<_>>()
    };
    assert_eq!(told(&by_delta), told(&whole));
}
