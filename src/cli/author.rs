//! Who decides: the name that git would put on a commit, asked of files and variables, never of a program.

use std::path::PathBuf;

use crate::source::git::Repository;
use crate::source::git::config::Config;

/// The name given, or `GIT_AUTHOR_NAME`, or `user.name` of the repository's or the user's configuration.
pub fn name(named: Option<&str>, repository: Option<&Repository>) -> Option<String> {
    let named = named.map(str::to_owned).or_else(|| std::env::var("GIT_AUTHOR_NAME").ok());
    named.or_else(|| configured(repository)).filter(|name| !name.trim().is_empty())
}

fn configured(repository: Option<&Repository>) -> Option<String> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let mut config = Config::default();
    for file in home.iter().flat_map(|home| [home.join(".config/git/config"), home.join(".gitconfig")]) {
        // A configuration that cannot be read names nobody.
        drop(config.read(&file));
    }
    let own = repository.and_then(|repository| repository.config.get("user.name"));
    own.or_else(|| config.get("user.name")).map(ToString::to_string)
}
