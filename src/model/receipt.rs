//! The proof of coverage: what a run looked at, in numbers that git itself can confirm.

macro_rules! counts {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// Counts of one run. A source fills in what it knows; the scan adds the rest.
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct Receipt {
            $($(#[doc = $doc])+ pub $name: u64,)+
        }

        impl Receipt {
            /// Adds another part's counts.
            pub fn add(&mut self, other: &Self) {
                $(self.$name += other.$name;)+
            }

            /// Every count under its name, in the order in which they are told.
            pub fn counts(&self) -> [(&'static str, u64); [$(stringify!($name)),+].len()] {
                [$((stringify!($name), self.$name)),+]
            }
        }
    };
}

// One list: what is not in it is not added up, and not told.
counts! {
    /// Refs from which a history was walked.
    refs,
    /// Commits whose messages and trees were read, now or by the sweep whose outcome is remembered; likewise tags and trees.
    commits,
    /// Annotated tags read.
    tags,
    /// Trees read for names.
    trees,
    /// Unique blobs scanned.
    blobs,
    /// Paths that were come to, whether they were scanned or not.
    seen,
    /// Files (or index entries) scanned.
    files,
    /// Bytes of all of these objects and files, after inflation.
    bytes,
    /// Bytes that were new and had to be matched; the rest were copies of scanned bytes.
    matched_bytes,
    /// Blobs whose verdict a previous run had remembered.
    remembered,
    /// Archives and compressed files entered.
    archives,
    /// Members of these.
    members,
    /// Bytes of these, after decompression.
    member_bytes,
    /// Decoded layers scanned. Not counted in a sweep, which decodes what it has seen before no second time.
    layers,
}

impl Receipt {
    /// Git objects read, of all kinds.
    pub fn objects(&self) -> u64 {
        self.commits + self.tags + self.trees + self.blobs
    }
}
