//! Reads event payloads. Everything in them is foreign text: it is checked, and names only ever serve as names.

use bstr::BString;
use serde_json::Value;

use crate::model::ObjectId;

/// What happened, as far as it decides a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A pull request: what is in `head` and not in `base`.
    PullRequest {
        /// Its number.
        number: u64,
        /// The tip of the branch that it is to be merged into.
        base: ObjectId,
        /// That branch's name.
        base_branch: String,
        /// The tip of its own branch.
        head: ObjectId,
    },
    /// A group of the merge queue.
    MergeGroup {
        /// What it is built upon.
        base: ObjectId,
        /// What is to become the branch.
        head: ObjectId,
    },
    /// A branch was pushed.
    Push {
        /// Full name of the ref.
        name: BString,
        /// Its tip before; zero for a new branch.
        before: ObjectId,
        /// Its tip now.
        after: ObjectId,
        /// Whether the push says that it was forced.
        forced: bool,
        /// Name of the repository's default branch.
        default_branch: Option<String>,
    },
    /// A tag was pushed.
    Tag {
        /// Full name of the ref.
        name: BString,
        /// The object that it names.
        target: ObjectId,
        /// Name of the repository's default branch.
        default_branch: Option<String>,
    },
    /// A ref was deleted: nothing is new.
    Deleted {
        /// Full name of the ref.
        name: BString,
    },
    /// No change is meant (a schedule, a run by hand): the whole history.
    Sweep {
        /// The event's name.
        event: String,
        /// Name of the repository's default branch.
        default_branch: Option<String>,
    },
    /// Two commits named by hand, for other systems.
    Range {
        /// What is there already.
        base: ObjectId,
        /// What is to be judged.
        head: ObjectId,
    },
}

/// An event cannot be understood. Whoever gave it is to blame.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The payload is no JSON object.
    #[error("the payload of event `{event}` is no JSON object")]
    NotJson {
        /// The event's name.
        event: String,
    },
    /// A field is missing or makes no sense.
    #[error("the payload of event `{event}` lacks a usable `{field}`")]
    Field {
        /// The event's name.
        event: String,
        /// Which field.
        field: &'static str,
    },
}

impl Event {
    /// Reads the payload of the event `name`. Events that bring no commits ask for the whole history.
    pub fn parse(name: &str, payload: &[u8]) -> Result<Self, EventError> {
        let payload: Value = serde_json::from_slice(payload).unwrap_or_default();
        if !payload.is_object() {
            return Err(EventError::NotJson { event: name.to_owned() });
        }
        let fields = Fields { event: name, payload: &payload };
        let default_branch = fields.branch("/repository/default_branch");
        match name {
            "pull_request" | "pull_request_target" | "pull_request_review" | "pull_request_review_comment" => {
                Ok(Self::PullRequest {
                    number: payload.pointer("/pull_request/number").and_then(Value::as_u64).unwrap_or_default(),
                    base: fields.commit("/pull_request/base/sha")?,
                    base_branch: fields
                        .branch("/pull_request/base/ref")
                        .ok_or_else(|| fields.lacks("/pull_request/base/ref"))?,
                    head: fields.commit("/pull_request/head/sha")?,
                })
            }
            "merge_group" => Ok(Self::MergeGroup {
                base: fields.commit("/merge_group/base_sha")?,
                head: fields.commit("/merge_group/head_sha")?,
            }),
            "push" => {
                let name = fields.text("/ref").filter(|name| is_ref(name)).ok_or_else(|| fields.lacks("/ref"))?;
                let name = BString::from(name);
                let (before, after) = (fields.id("/before")?, fields.id("/after")?);
                if after.is_zero() {
                    Ok(Self::Deleted { name })
                } else if name.starts_with(b"refs/tags/") {
                    Ok(Self::Tag { name, target: after, default_branch })
                } else {
                    let forced = payload.pointer("/forced").and_then(Value::as_bool).unwrap_or_default();
                    Ok(Self::Push { name, before, after, forced, default_branch })
                }
            }
            "delete" => {
                let name = fields.text("/ref").filter(|name| is_word(name)).ok_or_else(|| fields.lacks("/ref"))?;
                Ok(Self::Deleted { name: name.into() })
            }
            _ => Ok(Self::Sweep { event: name.to_owned(), default_branch }),
        }
    }

    /// The word for the mode, which also tells SARIF categories apart.
    pub fn mode(&self) -> &'static str {
        match self {
            Self::PullRequest { .. } => "pull-request",
            Self::MergeGroup { .. } => "merge-group",
            Self::Push { .. } | Self::Deleted { .. } => "push",
            Self::Tag { .. } => "tag",
            Self::Sweep { .. } => "history",
            Self::Range { .. } => "range",
        }
    }
}

struct Fields<'a> {
    event: &'a str,
    payload: &'a Value,
}

impl Fields<'_> {
    fn lacks(&self, field: &'static str) -> EventError {
        EventError::Field { event: self.event.to_owned(), field }
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.payload.pointer(field).and_then(Value::as_str)
    }

    fn id(&self, field: &'static str) -> Result<ObjectId, EventError> {
        let id = self.text(field).and_then(|text| ObjectId::from_hex(text.as_bytes()));
        id.ok_or_else(|| self.lacks(field))
    }

    fn commit(&self, field: &'static str) -> Result<ObjectId, EventError> {
        self.id(field).and_then(|id| if id.is_zero() { Err(self.lacks(field)) } else { Ok(id) })
    }

    fn branch(&self, field: &'static str) -> Option<String> {
        self.text(field).filter(|name| is_word(name)).map(str::to_owned)
    }
}

fn is_ref(name: &str) -> bool {
    name.starts_with("refs/") && is_word(name)
}

/// Says whether a text can be (part of) a ref's name, as git has it.
fn is_word(name: &str) -> bool {
    let is_odd = |byte: u8| byte.is_ascii_control() || b" ~^:?*[\\".contains(&byte);
    !name.is_empty() && !name.starts_with(['-', '/']) && !name.contains("..") && !name.bytes().any(is_odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "1111111111111111111111111111111111111111";
    const B: &str = "2222222222222222222222222222222222222222";
    const ZERO: &str = "0000000000000000000000000000000000000000";

    fn parsed(name: &str, payload: &str) -> Event {
        let payload = payload.replace("$A", A).replace("$B", B).replace("$0", ZERO);
        Event::parse(name, payload.as_bytes()).unwrap()
    }

    #[test]
    fn each_event_says_what_it_asks_for() {
        let id = |text: &str| ObjectId::from_hex(text.as_bytes()).unwrap();
        let pull = r#"{"pull_request": {"number": 7, "base": {"sha": "$A", "ref": "main"}, "head": {"sha": "$B", "ref": "x"}}}"#;
        assert_eq!(
            parsed("pull_request", pull),
            Event::PullRequest { number: 7, base: id(A), base_branch: "main".into(), head: id(B) }
        );
        let group = r#"{"merge_group": {"base_sha": "$A", "head_sha": "$B"}}"#;
        assert_eq!(parsed("merge_group", group), Event::MergeGroup { base: id(A), head: id(B) });
        let push = |name: &str, before: &str, after: &str| {
            parsed(
                "push",
                &format!(
                    r#"{{"ref": "{name}", "before": "{before}", "after": "{after}", "repository": {{"default_branch": "main"}}}}"#
                ),
            )
        };
        assert_eq!(push("refs/heads/x", "$A", "$B").mode(), "push");
        assert_eq!(push("refs/tags/v1", "$0", "$B").mode(), "tag");
        assert_eq!(push("refs/heads/x", "$A", "$0"), Event::Deleted { name: "refs/heads/x".into() });
        for event in ["schedule", "workflow_dispatch", "release"] {
            assert_eq!(parsed(event, "{}").mode(), "history");
        }
    }

    #[test]
    fn a_payload_that_makes_no_sense_is_refused() {
        for (name, payload) in [
            ("push", "[]"),
            ("push", "not json"),
            ("push", r#"{"ref": "refs/heads/x", "before": "main", "after": "main"}"#),
            ("push", r#"{"ref": "--upload-pack=x", "before": "$A", "after": "$B"}"#),
            ("pull_request", r#"{"pull_request": {"base": {"sha": "$0", "ref": "main"}, "head": {"sha": "$B"}}}"#),
            ("pull_request", r#"{"pull_request": {"base": {"sha": "$A", "ref": "a..b"}, "head": {"sha": "$B"}}}"#),
            ("merge_group", "{}"),
        ] {
            let payload = payload.replace("$A", A).replace("$B", B).replace("$0", ZERO);
            assert!(Event::parse(name, payload.as_bytes()).is_err(), "{name}: {payload}");
        }
    }
}
