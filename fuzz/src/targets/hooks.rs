//! What git tells a hook on standard input, and what a host tells a job about an event, of any bytes.

use stanch::gate::ci::event::Event;
use stanch::source::push::{parse_pre_push, parse_pre_receive};

use super::place;

const EVENTS: [&str; 8] =
    ["push", "pull_request", "pull_request_target", "merge_group", "delete", "schedule", "workflow_dispatch", "create"];

/// The first byte decides who is told.
pub fn run(data: &[u8]) {
    let Some((&kind, rest)) = data.split_first() else { return };
    if kind % 3 == 0 {
        if let Ok(event) = Event::parse(EVENTS[usize::from(kind / 3) % EVENTS.len()], rest) {
            assert!(!event.mode().is_empty());
        }
        return;
    }
    place::write(place::folder(), "config", b"[core]\n\trepositoryformatversion = 0\n\tbare = true\n");
    place::write(place::folder(), "HEAD", b"ref: refs/heads/main\n");
    let repository = place::repository().expect("an empty repository is one");
    let parsed = if kind % 3 == 1 { parse_pre_push(rest, &repository) } else { parse_pre_receive(rest, &repository) };
    if let Ok(updates) = parsed {
        let is_safe = |name: &[u8]| !name.iter().any(|byte| byte.is_ascii_control() || *byte == b' ');
        assert!(updates.iter().all(|update| is_safe(&update.name)));
    }
}
