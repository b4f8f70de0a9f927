//! Azure's identifiable keys: a fixed signature at a fixed place of the base64 text.
//!
//! Microsoft publishes lengths and signatures in its definitions of sensitive information types
//! (<https://learn.microsoft.com/purview/sit-common-signature-azure-storage-account-key> and its siblings; for Azure DevOps
//! "84 characters … fixed signature AZDO at positions 76–80"). The keys also hold a Marvin checksum whose seeds are not
//! documented there; it is not computed.

use crate::text::random::{self, BASE62, Random};
use crate::text::{Proof, base64};

/// A family of keys: signatures, where they stand, and how long the keys are without padding.
struct Family {
    signatures: &'static [&'static str],
    at: usize,
    length: usize,
}

const FAMILIES: &[Family] = &[
    // 64 bytes: storage, batch, Cosmos DB, machine learning.
    Family { signatures: &["+ASt", "+ABa", "ACDb", "+AMC"], at: 76, length: 86 },
    // 32 bytes: service bus, event hubs, relay, IoT hub.
    Family { signatures: &["+ASb", "+AEh", "+ARm", "AIoT"], at: 33, length: 43 },
    // 32 bytes: cache for Redis.
    Family { signatures: &["AzCa"], at: 33, length: 43 },
    // 39 bytes: container registry, search.
    Family { signatures: &["+ACR", "AzSe"], at: 42, length: 52 },
    // 40 bytes: functions.
    Family { signatures: &["AzFu"], at: 44, length: 54 },
    // Common annotated keys: Azure DevOps, OpenAI and newer services.
    Family { signatures: &[ANNOTATED], at: 52, length: 84 },
];

const ANNOTATED: &str = "JQQJ99";

pub(super) fn verify(token: &str) -> Proof {
    let bare = token.trim_end_matches('=');
    if base64::decode(bare.as_bytes()).is_none() && !bare.contains(ANNOTATED) {
        return Proof::NotApplicable;
    }
    let stands = |family: &Family| {
        bare.len() == family.length
            && bare.get(family.at..).is_some_and(|rest| family.signatures.iter().any(|mark| rest.starts_with(mark)))
    };
    Proof::only_passes(FAMILIES.iter().any(stands))
}

pub(super) fn generate(arg: &str, random: &mut Random<'_>) -> String {
    let arg = if arg.is_empty() { "+ASt" } else { arg };
    let family = FAMILIES.iter().find(|family| family.signatures.contains(&arg)).unwrap_or(&FAMILIES[0]);
    let head = random::text(random, BASE62, family.at);
    let tail = random::text(random, BASE62, family.length - family.at - arg.len() - 1);
    // The last character holds the bits left over, which are zero; `A` is all zero.
    let padding = match family.length % 4 {
        2 => "==",
        3 => "=",
        _ => "",
    };
    format!("{head}{arg}{tail}A{padding}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::random::tests::seeded;

    #[test]
    fn every_signature_passes_in_its_place_only() {
        let mut random = seeded(3);
        for mark in FAMILIES.iter().flat_map(|family| family.signatures) {
            let key = generate(mark, &mut random);
            assert_eq!(verify(&key), Proof::Passed, "{mark}");
            assert_eq!(verify(&format!("AAAA{key}")), Proof::NotApplicable, "{mark}");
            assert_eq!(verify(&key.replace(mark, &"z".repeat(mark.len()))), Proof::NotApplicable, "{mark}");
        }
    }
}
