//! Known defects: sound bone is cut, completed, and held against what was cut.

mod chosen;
pub mod jaw;
pub mod skull;

pub use chosen::{Chosen, chosen};

use std::collections::BTreeMap;

use ossein_geom::{Lps, Point, TriMesh};
use serde::Serialize;

use crate::completion::{Method, Trials};

/// How far a completed part lies from what was cut.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Score {
    /// Mean distance, mm.
    pub mean_mm: f64,
    /// 95 % is nearer, mm.
    pub p95_mm: f64,
    /// Root mean square distance, mm.
    pub rmse_mm: f64,
    /// Root mean square error of the outer surface alone, mm.
    pub outer_rmse_mm: f64,
    /// Of the inner surface, where there is one, mm.
    pub inner_rmse_mm: Option<f64>,
    /// Of the thickness, where there are two surfaces, mm.
    pub thickness_rmse_mm: Option<f64>,
    /// Error that the completion itself expected, from cuts beside the defect.
    pub expected: Option<Trials>,
    /// Error on the outer table around the defect, by which a method is chosen, mm.
    pub ring_mm: Option<f64>,
}

/// What came of one defect by one method.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was completed.
    Completed(Score),
    /// It was refused, for this reason.
    Refused(String),
}

/// One defect completed by one method.
#[derive(Clone, Debug, Serialize)]
pub struct Trial {
    /// Which bone.
    pub bone: String,
    /// Where in the bone: `side`, `midline`, `both sides`, `body`, ...
    pub place: &'static str,
    /// Size of the defect, mm.
    pub size_mm: f64,
    /// Middle of the defect.
    pub center: Point<Lps>,
    /// How it was completed.
    pub method: Method,
    /// What came of it.
    pub outcome: Outcome,
    /// The completed part with the distance of each vertex from the truth, mm.
    #[serde(skip)]
    pub made: Option<(TriMesh<Lps>, Vec<f32>)>,
}

impl Trial {
    /// The score, where it was completed.
    pub fn score(&self) -> Option<&Score> {
        match &self.outcome {
            Outcome::Completed(score) => Some(score),
            Outcome::Refused(_) => None,
        }
    }
}

/// All trials of one place and method.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Kind of bone: `skull`, `jaw`.
    pub kind: String,
    /// Where.
    pub place: String,
    /// How.
    pub method: Method,
    /// Defects that were completed.
    pub completed: usize,
    /// Defects that were refused.
    pub refused: usize,
    /// Median over the defects of the mean distance, mm.
    pub mean_mm: f64,
    /// Median of the 95th percentiles, mm.
    pub p95_mm: f64,
    /// Median of the root mean square errors, mm.
    pub rmse_mm: f64,
    /// Worst root mean square error, mm.
    pub rmse_mm_max: f64,
    /// Median of the root mean square errors of the outer surface alone, mm.
    pub outer_rmse_mm: f64,
    /// Of the inner surface, where there is one, mm.
    pub inner_rmse_mm: f64,
    /// Of the thickness, where there are two surfaces, mm.
    pub thickness_rmse_mm: f64,
    /// Median of the errors that were expected, mm.
    pub expected_mm: f64,
}

/// Trials by place and method, and over all places by method.
pub fn rows(kind: &str, trials: &[Trial]) -> Vec<Row> {
    let mut groups: BTreeMap<(bool, &str, Method), Vec<&Trial>> = BTreeMap::new();
    for trial in trials {
        for (all, place) in [(false, trial.place), (true, "all")] {
            groups.entry((all, place, trial.method)).or_default().push(trial);
        }
    }
    let row = |((_, place, method), group): ((bool, &str, Method), Vec<&Trial>)| {
        let scores: Vec<&Score> = group.iter().filter_map(|t| t.score()).collect();
        let of = |f: &dyn Fn(&Score) -> f64| median(scores.iter().map(|s| f(s)).collect());
        Row {
            kind: kind.into(),
            place: place.into(),
            method,
            completed: scores.len(),
            refused: group.len() - scores.len(),
            mean_mm: of(&|s| s.mean_mm),
            p95_mm: of(&|s| s.p95_mm),
            rmse_mm: of(&|s| s.rmse_mm),
            rmse_mm_max: scores.iter().map(|s| s.rmse_mm).fold(f64::NAN, f64::max),
            outer_rmse_mm: of(&|s| s.outer_rmse_mm),
            inner_rmse_mm: of(&|s| s.inner_rmse_mm.unwrap_or(f64::NAN)),
            thickness_rmse_mm: of(&|s| s.thickness_rmse_mm.unwrap_or(f64::NAN)),
            expected_mm: of(&|s| s.expected.map_or(f64::NAN, |e| e.rms_mm)),
        }
    };
    groups.into_iter().map(row).collect()
}

/// The median of the numbers among `values`; no number where there are none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.retain(|v| v.is_finite());
    values.sort_by(f64::total_cmp);
    let n = values.len();
    if n == 0 {
        return f64::NAN;
    }
    0.5 * (values[(n - 1) / 2] + values[n / 2])
}

/// Mean, 95th percentile and root mean square of distances, mm.
fn spread_of(mut distances: Vec<f64>) -> [f64; 3] {
    distances.iter_mut().for_each(|d| *d = d.abs());
    distances.sort_by(f64::total_cmp);
    let count = distances.len() as f64;
    let Some(last) = distances.len().checked_sub(1) else { return [f64::NAN; 3] };
    let mean = distances.iter().sum::<f64>() / count;
    let square = distances.iter().map(|d| d * d).sum::<f64>() / count;
    [mean, distances[(last as f64 * 0.95).round() as usize], square.sqrt()]
}
