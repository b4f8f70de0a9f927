//! A progress line on standard error: only on a terminal, never with --quiet, gone when the work is done.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::args::Global;
use crate::report::{bytes, number};
use crate::scan::{Meter, Reading};

/// Width of the bar in characters.
const WIDTH: u64 = 24;

/// Starts a line that says what is being done and how far it has come; it disappears when it is dropped.
pub fn start(global: &Global, what: &'static str, meter: &Arc<Meter>) -> Progress {
    if global.quiet || !std::io::stderr().is_terminal() {
        return Progress(ProgressBar::hidden());
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {meter}") {
        let meter = Arc::clone(meter);
        bar.set_style(style.with_key("meter", move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            // A line that cannot be drawn is drawn the next time.
            let _ = out.write_str(&told(meter.read(), state.elapsed()));
        }));
    }
    bar.set_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    Progress(bar)
}

/// `[======      ] 1,200 of 4,800, 1.2 GB, 310.5 MB/s, 3 found, 0:04`; without the bar where nobody knows how much there is.
fn told(now: Reading, elapsed: Duration) -> String {
    let mut text = String::new();
    if let Some(filled) = (now.done.min(now.total) * WIDTH).checked_div(now.total) {
        text = format!("[{}{}] ", "=".repeat(filled as usize), " ".repeat((WIDTH - filled) as usize));
    }
    text.push_str(&number(now.done));
    if now.total > 0 {
        text.push_str(&format!(" of {}", number(now.total)));
    }
    text.push_str(&format!(", {}", bytes(now.bytes)));
    let seconds = elapsed.as_secs_f64();
    if seconds >= 1.0 {
        text.push_str(&format!(", {}/s", bytes((now.bytes as f64 / seconds) as u64)));
    }
    if now.found > 0 {
        text.push_str(&format!(", {} found", number(now.found)));
    }
    let seconds = elapsed.as_secs();
    text.push_str(&format!(", {}:{:02}", seconds / 60, seconds % 60));
    text
}

/// The running line.
pub struct Progress(ProgressBar);

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_how_far_the_work_has_come() {
        let half = Reading { done: 1200, total: 2400, bytes: 1_240_000_000, found: 3 };
        let bar = format!("[{}{}]", "=".repeat(12), " ".repeat(12));
        let four = Duration::from_secs(4);
        assert_eq!(told(half, four), format!("{bar} 1,200 of 2,400, 1.2 GB, 310.0 MB/s, 3 found, 0:04"));
        // Nobody knows how much there is, and nothing can be said of its speed yet.
        let begun = Reading { done: 7, bytes: 900, ..Reading::default() };
        assert_eq!(told(begun, Duration::from_millis(200)), "7, 900 B, 0:00");
        // More than was expected is no more than all.
        let over = Reading { done: 9, total: 4, bytes: 0, found: 0 };
        assert!(told(over, Duration::from_secs(75)).starts_with(&format!("[{}] 9 of 4, 0 B", "=".repeat(24))));
        assert!(told(over, Duration::from_secs(75)).ends_with(", 1:15"));
    }
}
