//! Submodules are repositories of their own: a commit there runs the hooks of theirs, and none of the superproject's.

use super::canary::Bench;
use super::{Patient, gate};
use crate::gate::GateError;
use crate::gate::audit::{Check, Spot, Status};
use crate::gate::hook::Hook;
use crate::report::safe;

/// The line about submodules; none where no submodule is checked out.
pub(super) fn check(patient: &Patient<'_>) -> Result<Option<Check>, GateError> {
    let (mut open, mut unclear, mut count) = (Vec::new(), Vec::new(), 0);
    let spot = |name: &[u8], note: String| Spot { path: safe::inline(name), line: None, note };
    for (name, module) in patient.repository.modules() {
        let module = match module {
            Ok(Some(module)) => module,
            // Nobody can commit in what is not here.
            Ok(None) => continue,
            Err(error) => {
                unclear.push(spot(&name, safe::inline(error.to_string().as_bytes())));
                continue;
            }
        };
        let Some(root) = module.work_dir.clone().filter(|root| root.join(".git").exists()) else { continue };
        count += 1;
        let bench = Bench::new(&root, &module, patient.patience)?;
        for hook in Hook::CLIENT {
            let line = bench.check(hook)?;
            let told = spot(&name, format!("{}: {}", hook.name(), line.why));
            match line.status {
                Status::Pass => {}
                Status::Fail => open.push(told),
                _ => unclear.push(told),
            }
        }
    }
    const TITLE: &str = "Submodules have gates of their own";
    let line = |status, why: String| gate("gate-submodules", TITLE, status, why);
    let remedy = "In each: stanch hook install; or for all repositories of yours: stanch hook install --global";
    Ok(match (open.is_empty(), unclear.is_empty()) {
        (false, _) => {
            Some(line(Status::Fail, "what is committed there is stopped by nothing".to_owned()).at(open).todo(remedy))
        }
        (true, false) => Some(line(Status::Unknown, "some could not be proven".to_owned()).at(unclear)),
        (true, true) if count == 0 => None,
        (true, true) => Some(line(Status::Pass, format!("each hook of {count} refused a generated token"))),
    })
}
