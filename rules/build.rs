//! Packs the rules into the binary.

fn main() {}
