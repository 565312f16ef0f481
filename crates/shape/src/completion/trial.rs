//! How well a way to close a hole does: on the bone around the hole, and on sound vault beside it.

use ossein_geom::{Frame, Job, float};

use super::chart::Chart;
use super::sheet::{Sheet, Sight};
use super::thin_plate::{Radii, fill};
use super::vault::{CompletionError, RAY_MM, Trials, Vault};
use crate::plane::Plane;

/// A hole is made larger by this part of its collar to see how well the ring comes back.
const RING: f64 = 0.5;

impl<F: Frame> Vault<'_, F> {
    /// Root mean square error on the outer table of the bone around the hole, as if the hole had
    /// taken it along, mm: the same bone by the same other side, so that it tells which method the
    /// place favours. None where too little bone is left.
    pub(super) fn ring_mm(&self, prior: Option<&[Option<[f64; 2]>]>) -> Option<f64> {
        let collar = &self.options.collar;
        let from_hole = self.sheet.distances_mm(&self.hole);
        let grown: Vec<bool> = from_hole.iter().map(|&d| d <= RING * collar.width_mm).collect();
        let near = |n: usize| grown[n] && from_hole[n] >= collar.margin_mm;
        let ring: Vec<bool> = (0..grown.len()).map(near).collect();
        let radii = fill(&self.sheet, &grown, prior, collar).ok()?;
        let misses = misses_mm(&self.sheet, &ring, &radii);
        (!misses.is_empty()).then(|| root_mean_square(misses.iter().map(|m| m[1])))
    }

    /// Cuts the same hole into sound vault around this one and closes it there.
    pub(super) fn trials(
        &self,
        plane: Option<&Plane<F>>,
        job: &Job,
    ) -> Result<Option<Trials>, CompletionError> {
        let mut misses: Vec<[f64; 2]> = Vec::new();
        let mut count = 0;
        for sheet in self.sound_places() {
            if count == self.options.trial_count_max {
                break;
            }
            job.step(count, self.options.trial_count_max)?;
            let mut cut = sheet.clone();
            (0..cut.cells.len()).filter(|&n| self.hole[n]).for_each(|n| cut.cells[n] = None);
            let Ok(radii) = self.closed_again(&cut, plane, job) else { continue };
            misses.extend(misses_mm(&sheet, &self.hole, &radii));
            count += 1;
        }
        Ok(summary(count, &misses))
    }

    fn closed_again(
        &self,
        cut: &Sheet<F>,
        plane: Option<&Plane<F>>,
        job: &Job,
    ) -> Result<Radii, CompletionError> {
        let prior = |plane| {
            self.check_mirrored(cut, plane)?;
            self.prior(cut, plane, job)
        };
        let prior = plane.map(prior).transpose()?;
        Ok(fill(cut, &self.hole, prior.as_deref(), &self.options.collar)?)
    }

    /// The vault seen beside the hole, wherever the hole would lie in sound bone.
    fn sound_places(&self) -> impl Iterator<Item = Sheet<F>> + '_ {
        let far = |n: usize| {
            let [u, v] = self.sheet.place(n);
            (u * u + v * v).sqrt()
        };
        let reach = (0..self.hole.len()).filter(|&n| self.hole[n]).map(far).fold(0.0, f64::max);
        let apart = 2.0 * reach + self.options.collar.margin_mm + 5.0;
        let golden = 2.399_963_229_728_653;
        (0..16).filter_map(move |n| {
            let (s, c) = float::sin_cos(golden * f64::from(n));
            let apart = apart * (1.0 + 0.05 * f64::from(n));
            let chart = &self.sheet.chart;
            let towards = chart.direction([apart * c, apart * s]);
            let chart = Chart::new(chart.middle, towards, chart.radius_mm);
            let sight = Sight { surface: self.surface, mirror: None, reach_mm: RAY_MM };
            let sheet = Sheet::seen(&sight, chart, self.sheet.step_mm, self.sheet.half);
            let wanted = self.hole.iter().filter(|&&h| h).count();
            let held = (0..self.hole.len()).filter(|&n| self.hole[n] && sheet.cells[n].is_some());
            (held.count() as f64 >= 0.97 * wanted as f64).then_some(sheet)
        })
    }
}

/// How far rebuilt tables lie from those of a sheet, along the normals, in the cells of a hole, mm.
pub fn misses_mm<F: Frame>(sheet: &Sheet<F>, hole: &[bool], radii: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let miss = |n: usize| {
        let tables = sheet.cells[n].as_ref()?;
        let ray = sheet.chart.direction(sheet.place(n));
        let inner = (radii[n][0] - tables.inner_mm) * tables.inner_normal.dot(ray).abs();
        let outer = (radii[n][1] - tables.outer_mm) * tables.outer_normal.dot(ray).abs();
        (inner.is_finite() && outer.is_finite()).then_some([inner, outer])
    };
    (0..hole.len()).filter(|&n| hole[n]).filter_map(miss).collect()
}

fn summary(count: usize, misses: &[[f64; 2]]) -> Option<Trials> {
    if misses.is_empty() {
        return None;
    }
    let mut all: Vec<f64> = misses.iter().flatten().map(|m| m.abs()).collect();
    all.sort_by(f64::total_cmp);
    Some(Trials {
        count,
        rms_mm: root_mean_square(misses.iter().flatten().copied()),
        outer_rms_mm: root_mean_square(misses.iter().map(|m| m[1])),
        p95_mm: all[((all.len() - 1) as f64 * 0.95).round() as usize],
    })
}

fn root_mean_square(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), v| (sum + v * v, count + 1.0));
    f64::sqrt(sum / count)
}
