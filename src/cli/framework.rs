//! What the pre-commit framework leaves of a push: it reads git's lines itself and tells hooks of the first ref alone.
//!
//! So everything that this clone could push is judged. It must never judge less than what is pushed.

use bstr::BString;

use super::error::CliError;
use crate::source::git::revision::resolve;
use crate::source::git::{Objects, Repository};
use crate::source::push::{self, Side, Update};

/// The framework's variables.
#[derive(Debug)]
pub struct Framework {
    remote: BString,
    branch: BString,
    tip: Option<BString>,
}

impl Framework {
    /// The framework that runs this process, if there is one.
    pub fn from_process() -> Option<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty()).map(BString::from);
        variable("PRE_COMMIT")?;
        Some(Self {
            remote: variable("PRE_COMMIT_REMOTE_NAME").unwrap_or_else(|| "origin".into()),
            branch: variable("PRE_COMMIT_REMOTE_BRANCH").unwrap_or_else(|| "HEAD".into()),
            tip: variable("PRE_COMMIT_TO_REF"),
        })
    }

    /// What may be pushed, and where to.
    pub fn updates(self, repository: &Repository) -> Result<(Vec<Update>, Side), CliError> {
        let objects = Objects::open(repository);
        let named =
            [self.tip.as_ref().map(|tip| (self.branch.clone(), tip.clone())), Some(("HEAD".into(), "HEAD".into()))];
        let mut also = Vec::new();
        for (name, revision) in named.into_iter().flatten() {
            match resolve(repository, &objects, &revision) {
                Ok(id) => also.push((name, id)),
                // On an unborn branch there is no HEAD; the tip that is pushed must be there.
                Err(_) if revision == "HEAD" => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok((push::everything(repository, &also)?, Side::Sending { remote: self.remote }))
    }
}
