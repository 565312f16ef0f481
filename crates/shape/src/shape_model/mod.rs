//! A statistical shape model: the mean of a set of bones of one kind, and the modes in which they
//! differ from it.
//!
//! Built ([`build()`]) from surfaces that one reference is warped onto; fitted to what is left of a
//! bone ([`fit()`]), it tells what is missing and how sure that is; kept as an archive of NumPy
//! arrays ([`ShapeModel::to_bytes`]).
//!
//! # Source
//! Cootes et al.: Active shape models, Comput. Vis. Image Underst. 61 (1995); the posterior given
//! what is left: Albrecht et al.: Posterior shape models, Med. Image Anal. 17 (2013).

mod build;
mod correspond;
mod file;
mod fit;
mod pose;

pub use build::{BuildError, BuildOptions, Built, Specimen, build};
pub use file::FileError;
pub use fit::{FitOptions, ModelFit, fit};

use ossein_geom::{Frame, TriMesh, Vector};

/// Mean and modes of a set of bones.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapeModel<F: Frame> {
    /// The mean; its vertices are places that all bones of the set share.
    pub mean: TriMesh<F>,
    /// For each mode the way of every vertex per standard deviation, mm; the largest mode first.
    pub modes: Vec<Vec<Vector<F>>>,
    /// Share of the variance that all modes hold, 0 to 1.
    pub kept: f64,
    /// Bones that it was built from.
    pub shape_count: usize,
    /// How far a bone that was left out stays from its best fit, root mean square, mm.
    pub residual_mm: f64,
}

impl<F: Frame> ShapeModel<F> {
    /// The shape at so many standard deviations of each mode; modes without a number stay at nought.
    pub fn at(&self, weights: &[f64]) -> TriMesh<F> {
        let mut mesh = self.mean.clone();
        for (mode, &weight) in self.modes.iter().zip(weights) {
            mesh.vertices.iter_mut().zip(mode).for_each(|(v, &way)| *v = *v + way * weight);
        }
        mesh
    }

    /// Variance of each mode as share of what all modes hold.
    pub fn shares(&self) -> Vec<f64> {
        let square = |mode: &Vec<Vector<F>>| mode.iter().map(|w| w.dot(*w)).sum::<f64>();
        let all: Vec<f64> = self.modes.iter().map(square).collect();
        let sum: f64 = all.iter().sum();
        all.iter().map(|v| v / sum).collect()
    }
}
