//! Rails' `master.key`: a file of thirty-two hexadecimal digits and nothing else. Its rule counts by path.

use std::borrow::Cow;

use super::Hit;
use crate::model::{Confidence, Span};
use crate::text::{charset, entropy};

pub(super) fn whole(text: &[u8], out: &mut Vec<Hit>) {
    let key = text.trim_ascii_end();
    let is_hex =
        matches!(key.len(), 32 | 64) && key.iter().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte));
    if is_hex && entropy::shannon(key) >= 2.8 && !charset::is_sequence(key) {
        let reasons =
            vec![Cow::Borrowed("is all that the file holds"), Cow::Borrowed("has the form of a Rails master key")];
        out.push(Hit {
            rule: "rails-master-key",
            span: Span::new(0, key.len()),
            window: Span::new(0, text.len()),
            confidence: Confidence::High,
            value: None,
            reasons,
            visible: 0,
        });
    }
}
