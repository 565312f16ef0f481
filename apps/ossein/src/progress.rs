//! What standard error shows of a run: one line a step, and on a terminal a line that moves.

use std::io::{IsTerminal, Write, stderr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ossein_case::Event;
use ossein_geom::{Finding, Job, Severity};

/// The moving line is drawn at most this often.
const REDRAW: Duration = Duration::from_millis(100);

/// Whether a moving line stands on the terminal.
static MOVING: AtomicBool = AtomicBool::new(false);

/// A job that shows its progress on a terminal. Ctrl-C ends the process; the next run goes on.
pub fn job() -> Job {
    let terminal = stderr().is_terminal();
    let last: Mutex<Option<Instant>> = Mutex::new(None);
    Job::new(move |label, done, total| {
        if !terminal {
            return;
        }
        let Ok(mut last) = last.try_lock() else { return };
        if last.is_some_and(|at| at.elapsed() < REDRAW) {
            return;
        }
        *last = Some(Instant::now());
        MOVING.store(true, Ordering::Relaxed);
        let colon = if label.is_empty() { "" } else { ": " };
        let _ = write!(stderr(), "\r\x1b[K  {label}{colon}{done} of {total}");
        let _ = stderr().flush();
    })
}

/// Clears the moving line.
pub fn clear() {
    if MOVING.swap(false, Ordering::Relaxed) {
        let _ = write!(stderr(), "\r\x1b[K");
    }
}

/// Shows what happens in a run.
pub fn show(event: &Event) {
    clear();
    match event {
        Event::Started(step) if stderr().is_terminal() => {
            MOVING.store(true, Ordering::Relaxed);
            let _ = write!(stderr(), "  {step} ...");
            let _ = stderr().flush();
        }
        Event::Started(_) => {}
        Event::Reused(step) => eprintln!("  {step:<10} up to date"),
        Event::OutOfDate(step) => eprintln!("  {step:<10} out of date"),
        Event::Finished { step, seconds, peak_rss_mib, findings } => {
            eprintln!("  {step:<10} {seconds:8.1} s  {peak_rss_mib:6} MiB");
            for finding in *findings {
                self::finding(finding);
            }
        }
    }
}

/// Shows a finding; notes are left to the report.
pub fn finding(finding: &Finding) {
    let word = match finding.severity {
        Severity::Note => return,
        Severity::Warning => "warning",
        Severity::Failure => "failed",
    };
    eprintln!("    {word}: {} ({}, {})", finding.message, finding.place, finding.code);
}
