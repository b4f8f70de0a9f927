//! Connection passwords of Ansible inventories: `ansible_ssh_pass=…`, `ansible_become_password: …`.

use super::Sight;
use crate::model::Span;
use crate::text::keyvalue::{self, Operator};

pub(super) fn read(sight: &mut Sight<'_>) {
    let end = sight.run(sight.end, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let name = Span::new(sight.hit, end);
    if !matches!(name.of(sight.text), [.., b's', b's'] | [.., b'w', b'o', b'r', b'd'])
        || sight.hit > 0 && sight.text[sight.hit - 1].is_ascii_alphanumeric()
    {
        return;
    }
    let mut values = Vec::new();
    keyvalue::values(sight.text, name, |assignment| {
        if matches!(assignment.operator, Operator::Assign | Operator::Colon) {
            values.push(assignment.value);
        }
    });
    for value in values {
        // `ansible_password=connection.password` is an argument of a program.
        let is_member = value
            .of(sight.text)
            .split(|&byte| byte == b'.')
            .next_back()
            .is_some_and(|last| last.len() < value.len() && [&b"password"[..], b"passwd", b"pass"].contains(&last));
        let is_expression = is_member || value.of(sight.text).iter().any(|byte| b"({[|".contains(byte));
        if !is_expression {
            sight.report_password(
                "ansible-inventory-password",
                value,
                "is a connection password of an Ansible inventory",
            );
        }
    }
}
