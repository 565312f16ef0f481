//! Faces inside a solid: where parts of one mesh overlap or touch, the surface of each is inside
//! the whole, and a sample that lies on it is no end of the solid.

use ossein_geom::Frame;

use super::{MeshField, Samples};

/// A place nearer to a triangle than this lies on it, mm; it is told to lie this deep, so that it
/// counts as inside at steps of up to a millimetre.
const ON_MM: f64 = 1e-5;
/// The solid goes on around such a place if it does so far off, mm.
const BESIDE_MM: f64 = 1e-4;

impl<F: Frame> MeshField<F> {
    /// The signed distance at a place, which is deeper where it lies on a face inside the solid.
    pub(super) fn within(&self, p: [f64; 3], signed: f64) -> f64 {
        if signed.abs() < ON_MM && self.goes_on(p) { -ON_MM } else { signed }
    }

    /// The same for samples.
    pub(super) fn set_within(&self, samples: &Samples, distances: &mut [f32]) {
        let [ni, nj, _] = samples.size;
        let on = |d: &f32| f64::from(d.abs()) < ON_MM;
        for (n, d) in distances.iter_mut().enumerate().filter(|(_, d)| on(d)) {
            let at = [n % ni, n / ni % nj, n / (ni * nj)];
            let p = [0, 1, 2].map(|a| samples.origin[a] + samples.step[a] * at[a] as f64);
            *d = self.within(p, f64::from(*d)) as f32;
        }
    }

    /// Whether the solid lies on all sides of a place.
    fn goes_on(&self, p: [f64; 3]) -> bool {
        (0..6).all(|n: usize| {
            let mut beside = p;
            beside[n / 2] += if n.is_multiple_of(2) { BESIDE_MM } else { -BESIDE_MM };
            self.winding(beside).abs() > 0.5
        })
    }
}
