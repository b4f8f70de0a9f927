//! Tokens that say themselves when they end: one that has ended is marked, and told like any other.
//!
//! It must never lower a finding: the claim is the token's own, and whoever checks it may not look at the date.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::model::Candidate;
use crate::rule::Signature;
use crate::text::validate::Validator;
use crate::text::validate::jwt::Jwt;

/// Adds the day on which a token ended, if that was before `today`.
pub fn mark(candidate: &mut Candidate, signature: &Signature, today: Date) {
    if signature.checks.validate != Some(Validator::Jwt) {
        return;
    }
    let expires = Jwt::read(candidate.secret.expose()).and_then(|jwt| jwt.expires);
    let Some(last) = expires.and_then(|expires| Timestamp::from_second(expires).ok()) else { return };
    let last = last.to_zoned(TimeZone::UTC).date();
    if last < today {
        candidate.evidence.add(format!("says that it expired on {last}"));
    }
}
