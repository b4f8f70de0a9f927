//! Git's delta: copies from a base, and insertions. Applied with all bounds checked, and remembered as a copy map.
//!
//! The copy map is what makes a sweep cheap: what lies inside a copied run was already seen in the base.

use super::PackError;

pub use crate::model::CopyRun;

/// The two sizes that a delta begins with, and where its instructions start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeltaHeader {
    /// Size of the base.
    pub base_size: u64,
    /// Size of the result.
    pub result_size: u64,
    /// Bytes of the header.
    pub len: usize,
}

impl DeltaHeader {
    /// Reads the header of a delta.
    pub fn parse(delta: &[u8]) -> Result<Self, PackError> {
        let (base_size, first) = size(delta)?;
        let (result_size, second) = size(delta.get(first..).unwrap_or_default())?;
        Ok(Self { base_size, result_size, len: first + second })
    }
}

fn size(bytes: &[u8]) -> Result<(u64, usize), PackError> {
    let mut value = 0_u64;
    for (i, &byte) in bytes.iter().enumerate() {
        let group = u64::from(byte & 0x7f);
        if i > 9 || (i == 9 && group > 1) {
            return Err(PackError::Delta("size overflows"));
        }
        value |= group << (7 * i);
        if byte & 0x80 == 0 {
            return Ok((value, i + 1));
        }
    }
    Err(PackError::Delta("no size"))
}

/// Builds `out` from `base` by the instructions of `delta`, whose header was read before. `runs` then holds the copied
/// runs in order, those that continue each other on both sides joined.
pub fn apply(
    header: DeltaHeader,
    delta: &[u8],
    base: &[u8],
    out: &mut Vec<u8>,
    runs: &mut Vec<CopyRun>,
) -> Result<(), PackError> {
    out.clear();
    runs.clear();
    if header.base_size != base.len() as u64 {
        return Err(PackError::Delta("base has another size"));
    }
    let result_size = usize::try_from(header.result_size).map_err(|_| PackError::Delta("size overflows"))?;
    let mut rest = delta.get(header.len..).unwrap_or_default();
    // An instruction of 7 bytes copies less than 16 MiB: a short delta can't fill a large buffer.
    if result_size >> 24 > rest.len() {
        return Err(PackError::Delta("result is shorter than promised"));
    }
    out.reserve(result_size);
    while let [op, tail @ ..] = rest {
        if op & 0x80 != 0 {
            let (offset, len, used) = copy_operands(*op, tail).ok_or(PackError::Delta("instruction is cut"))?;
            rest = &tail[used..];
            let source = base.get(offset..offset + len).ok_or(PackError::Delta("copies beyond the base"))?;
            let start = out.len();
            if len > result_size - start {
                return Err(PackError::Delta("result is longer than promised"));
            }
            out.extend_from_slice(source);
            match runs.last_mut() {
                Some(last) if last.target_start + last.len == start && last.base_start + last.len == offset => {
                    last.len += len;
                }
                _ => runs.push(CopyRun { target_start: start, base_start: offset, len }),
            }
        } else if *op > 0 {
            let len = usize::from(*op);
            let inserted = tail.get(..len).ok_or(PackError::Delta("instruction is cut"))?;
            if len > result_size - out.len() {
                return Err(PackError::Delta("result is longer than promised"));
            }
            out.extend_from_slice(inserted);
            rest = &tail[len..];
        } else {
            return Err(PackError::Delta("unknown instruction"));
        }
    }
    if out.len() != result_size {
        return Err(PackError::Delta("result is shorter than promised"));
    }
    Ok(())
}

/// Offset, length and number of operand bytes of a copy.
fn copy_operands(op: u8, operands: &[u8]) -> Option<(usize, usize, usize)> {
    let mut used = 0;
    let mut value = [0_u8; 8];
    for (bit, byte) in value.iter_mut().take(7).enumerate() {
        if op & (1 << bit) != 0 {
            *byte = *operands.get(used)?;
            used += 1;
        }
    }
    let offset = u32::from_le_bytes([value[0], value[1], value[2], value[3]]) as usize;
    let len = u32::from_le_bytes([value[4], value[5], value[6], 0]) as usize;
    Some((offset, if len == 0 { 0x1_0000 } else { len }, used))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One instruction of a delta, as a test thinks of it.
    #[derive(Debug, Clone)]
    pub(crate) enum Op {
        Copy(usize, usize),
        Insert(Vec<u8>),
    }

    pub(crate) fn varint(mut value: usize) -> Vec<u8> {
        let mut out = Vec::new();
        loop {
            let byte = (value & 0x7f) as u8;
            value >>= 7;
            out.push(if value > 0 { byte | 0x80 } else { byte });
            if value == 0 {
                return out;
            }
        }
    }

    /// The delta that these instructions make, and its result.
    pub(crate) fn encode(base: &[u8], ops: &[Op]) -> (Vec<u8>, Vec<u8>) {
        let (mut code, mut result) = (Vec::new(), Vec::new());
        for op in ops {
            match op {
                Op::Copy(start, len) => {
                    let start = start % base.len();
                    let len = (*len).clamp(1, base.len() - start).min(0xff_ffff);
                    result.extend_from_slice(&base[start..start + len]);
                    let (at, mut op) = (code.len(), 0x80_u8);
                    code.push(0);
                    let mut value = [0; 7];
                    value[..4].copy_from_slice(&(start as u32).to_le_bytes());
                    if len != 0x1_0000 {
                        value[4..].copy_from_slice(&(len as u32).to_le_bytes()[..3]);
                    }
                    for (bit, byte) in value.into_iter().enumerate().filter(|(_, byte)| *byte != 0) {
                        op |= 1 << bit;
                        code.push(byte);
                    }
                    code[at] = op;
                }
                Op::Insert(bytes) => {
                    code.push(bytes.len() as u8);
                    code.extend_from_slice(bytes);
                    result.extend_from_slice(bytes);
                }
            }
        }
        let mut delta = varint(base.len());
        delta.extend(varint(result.len()));
        delta.extend(code);
        (delta, result)
    }

    fn run(base: &[u8], delta: &[u8]) -> Result<(Vec<u8>, Vec<CopyRun>), PackError> {
        let (mut out, mut runs) = (Vec::new(), Vec::new());
        apply(DeltaHeader::parse(delta)?, delta, base, &mut out, &mut runs)?;
        Ok((out, runs))
    }

    fn ops() -> impl Strategy<Value = Vec<Op>> {
        let copy = (0_usize..200_000, 1_usize..0x1_8000).prop_map(|(start, len)| Op::Copy(start, len));
        let insert = prop::collection::vec(any::<u8>(), 1..=127).prop_map(Op::Insert);
        prop::collection::vec(prop_oneof![copy, insert], 0..20)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn a_chain_of_deltas_gives_the_bytes_and_a_true_copy_map(
            base in prop::collection::vec(any::<u8>(), 1..100_000), chain in prop::collection::vec(ops(), 1..6)
        ) {
            let mut base = base;
            for ops in chain {
                if base.is_empty() {
                    break;
                }
                let (delta, expected) = encode(&base, &ops);
                let (out, runs) = run(&base, &delta).unwrap();
                prop_assert!(out == expected);
                let mut end = 0;
                for pair in runs.windows(2) {
                    let joined = pair[0].target_start + pair[0].len == pair[1].target_start
                        && pair[0].base_start + pair[0].len == pair[1].base_start;
                    prop_assert!(!joined, "{:?}", pair);
                }
                for run in &runs {
                    prop_assert!(run.target_start >= end && run.len > 0);
                    end = run.target_start + run.len;
                    prop_assert!(out[run.target_start..end] == base[run.base_start..run.base_start + run.len]);
                }
                let copied: usize = runs.iter().map(|run| run.len).sum();
                let inserted: usize = ops.iter().map(|op| if let Op::Insert(b) = op { b.len() } else { 0 }).sum();
                prop_assert_eq!(copied + inserted, out.len());
                base = out;
            }
        }

        #[test]
        fn damage_is_an_error_or_a_result_of_the_promised_size(
            base in prop::collection::vec(any::<u8>(), 1..300), ops in ops(), at in any::<prop::sample::Index>(), to in any::<u8>()
        ) {
            let (mut delta, _) = encode(&base, &ops);
            let at = at.index(delta.len());
            delta[at] = to;
            if let Ok((out, _)) = run(&base, &delta) {
                prop_assert_eq!(out.len() as u64, DeltaHeader::parse(&delta).unwrap().result_size);
            }
        }

        #[test]
        fn any_bytes_are_answered(base in prop::collection::vec(any::<u8>(), 0..64), delta in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = run(&base, &delta);
        }
    }

    #[test]
    fn a_huge_promise_costs_no_memory() {
        let mut delta = varint(1);
        delta.extend(varint(usize::MAX / 4));
        delta.push(0x90);
        delta.push(1);
        assert!(run(b"x", &delta).is_err());
    }
}
