//! The proof of coverage: what a run looked at, in numbers that git itself can confirm.

/// Counts of one run. A source fills in what it knows; the scan adds the rest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Receipt {
    /// Refs from which a history was walked.
    pub refs: u64,
    /// Commits whose messages and trees were read, now or by the sweep whose outcome is remembered; likewise tags and trees.
    pub commits: u64,
    /// Annotated tags read.
    pub tags: u64,
    /// Trees read for names.
    pub trees: u64,
    /// Unique blobs scanned.
    pub blobs: u64,
    /// Paths that were come to, whether they were scanned or not.
    pub seen: u64,
    /// Files (or index entries) scanned.
    pub files: u64,
    /// Bytes of all of these objects and files, after inflation.
    pub bytes: u64,
    /// Bytes that were new and had to be matched; the rest were copies of scanned bytes.
    pub matched_bytes: u64,
    /// Blobs whose verdict a previous run had remembered.
    pub remembered: u64,
    /// Archives and compressed files entered.
    pub archives: u64,
    /// Members of these.
    pub members: u64,
    /// Bytes of these, after decompression.
    pub member_bytes: u64,
    /// Decoded layers scanned.
    pub layers: u64,
}

impl Receipt {
    /// Git objects read, of all kinds.
    pub fn objects(&self) -> u64 {
        self.commits + self.tags + self.trees + self.blobs
    }

    /// Adds another part's counts.
    pub fn add(&mut self, other: &Self) {
        let Self {
            refs,
            commits,
            tags,
            trees,
            blobs,
            seen,
            files,
            bytes,
            matched_bytes,
            remembered,
            archives,
            members,
            member_bytes,
            layers,
        } = other;
        self.refs += refs;
        self.commits += commits;
        self.tags += tags;
        self.trees += trees;
        self.blobs += blobs;
        self.seen += seen;
        self.files += files;
        self.bytes += bytes;
        self.matched_bytes += matched_bytes;
        self.remembered += remembered;
        self.archives += archives;
        self.members += members;
        self.member_bytes += member_bytes;
        self.layers += layers;
    }
}
