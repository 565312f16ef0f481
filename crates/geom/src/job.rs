//! Progress and cancellation of long work. A job changes when a result comes, never the result.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The work was stopped by its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the work was cancelled")]
pub struct Cancelled;

type Listener = dyn Fn(&str, usize, usize) + Send + Sync;

/// Handle to report progress and to be stopped.
#[derive(Clone)]
pub struct Job {
    cancelled: Arc<AtomicBool>,
    listener: Option<Arc<Listener>>,
    label: Arc<str>,
}

impl Job {
    /// A job that reports to nobody.
    pub fn quiet() -> Self {
        Self { cancelled: Arc::default(), listener: None, label: "".into() }
    }

    /// A job that reports `(label, done, total)` to `listener`.
    pub fn new(listener: impl Fn(&str, usize, usize) + Send + Sync + 'static) -> Self {
        Self { listener: Some(Arc::new(listener)), ..Self::quiet() }
    }

    /// The same job under another label.
    pub fn labelled(&self, label: &str) -> Self {
        Self { label: label.into(), ..self.clone() }
    }

    /// The same job, its label followed by `words`: a residual, say.
    pub fn detailed(&self, words: impl std::fmt::Display) -> Self {
        // Nobody reads the label of a quiet job.
        if self.listener.is_none() {
            return self.clone();
        }
        self.labelled(&format!("{}{words}", self.label))
    }

    /// Asks the work to stop at its next step.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Reports that `done` of `total` is done.
    ///
    /// # Errors
    /// [`Cancelled`] if the caller asked to stop.
    pub fn step(&self, done: usize, total: usize) -> Result<(), Cancelled> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(Cancelled);
        }
        if let Some(listener) = &self.listener {
            listener(&self.label, done, total);
        }
        Ok(())
    }
}
