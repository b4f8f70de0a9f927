//! stanch: a secret scanner for git.

fn main() {}
