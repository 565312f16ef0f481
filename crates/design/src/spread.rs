//! How lengths are spread over a surface.

use serde::{Deserialize, Serialize};

/// Lengths over a surface, mm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Least.
    pub min_mm: f64,
    /// Mean.
    pub mean_mm: f64,
    /// 95th percentile.
    pub p95_mm: f64,
    /// Greatest.
    pub max_mm: f64,
}

impl Spread {
    /// Of these lengths; none where there are none.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (first, last) = (values.first()?, values.last()?);
        Some(Self {
            min_mm: *first,
            mean_mm: values.iter().sum::<f64>() / values.len() as f64,
            p95_mm: values[(values.len() - 1) * 95 / 100],
            max_mm: *last,
        })
    }
}
