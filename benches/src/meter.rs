//! What a piece of work cost this process: wall seconds, CPU seconds of all threads, peak memory.

use std::fs;
use std::time::Instant;

use serde_json::{Map, Value, json};

/// Figures of one run, by name: `wall_s`, `cpu_s`, `peak_mib`, then what the task adds.
pub type Figures = Map<String, Value>;

/// A running measurement.
pub struct Meter {
    began: Instant,
    cpu_s: f64,
    resident_mib: f64,
}

impl Meter {
    /// Starts to measure; the peak counts from here.
    pub fn start() -> Self {
        // Linux forgets the old peak on request; where it does not, the peak stays an upper bound.
        let _ = fs::write("/proc/self/clear_refs", "5");
        Self { began: Instant::now(), cpu_s: cpu_s(), resident_mib: status_mib("VmRSS:") }
    }

    /// Ends the measurement. `peak_mib` is what the work added to the memory it began with.
    pub fn stop(self) -> Figures {
        let (wall, cpu) = (self.began.elapsed().as_secs_f64(), cpu_s() - self.cpu_s);
        let peak = status_mib("VmHWM:") - self.resident_mib;
        let mut figures = Figures::new();
        for (name, value) in [("wall_s", wall), ("cpu_s", cpu), ("peak_mib", peak)] {
            figures.insert(name.into(), json!(value));
        }
        figures
    }
}

/// CPU seconds of all threads that live, from the scheduler's own count.
fn cpu_s() -> f64 {
    let Ok(tasks) = fs::read_dir("/proc/self/task") else { return 0.0 };
    let of_task = |path: std::path::PathBuf| -> Option<f64> {
        let text = fs::read_to_string(path.join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    };
    tasks.flatten().filter_map(|t| of_task(t.path())).sum::<f64>() * 1e-9
}

fn status_mib(key: &str) -> f64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix(key));
    line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
