//! Schoen's gyroid: `sin x cos y + sin y cos z + sin z cos x` (facts D3.1).

use ossein_geom::{Aabb, Frame, Mm, Point};

use super::level_set::Wave::{Cos, One, Sin};
use super::level_set::{LevelSet, Term};
use super::{Cell, CellFigures, Form, Kind, LatticeError, Network, Shape, sizes};
use crate::{Block, Field, Interval};

/// The cell.
pub const CELL: Cell = Cell { word: "gyroid", title: "Gyroid", shape: Shape::Level(SURFACE) };

/// The surface.
pub const SURFACE: LevelSet = LevelSet {
    terms: &[Term(1.0, [Sin, Cos, One]), Term(1.0, [One, Sin, Cos]), Term(1.0, [Cos, One, Sin])],
    extremes: [-1.5, 1.5],
    gradient_max: 1.7321,
    connected: [0.017, 0.983],
    sample_count: 96,
};

const NETWORK: Kind = Kind { cell: &CELL, form: Form::Network, seed: 1 };

/// The network gyroid as a solid. Unbounded: intersect it with a body.
#[derive(Clone, Copy, Debug)]
pub struct GyroidNetwork<F: Frame>(Network<F>);

impl<F: Frame> GyroidNetwork<F> {
    /// The gyroid of period `period` and `solid_fraction`, its cell corner at `origin`.
    ///
    /// # Errors
    /// [`LatticeError`] where it falls apart, or cannot be printed or cleared of powder.
    pub fn new(origin: Point<F>, period: Mm, solid_fraction: f64) -> Result<Self, LatticeError> {
        check(period, solid_fraction)?;
        Ok(Self(Network::new(SURFACE, origin, period, level(solid_fraction))))
    }
}

/// Level constant `c` for a solid fraction: `F < c` fills that part of space (facts D3.4).
pub fn level(solid_fraction: f64) -> f64 {
    sizes::level(NETWORK, solid_fraction)
}

/// Sizes to expect (facts D3.12, D3.7), measured on one period.
pub fn figures(period: Mm, solid_fraction: f64) -> CellFigures {
    sizes::figures(NETWORK, period, solid_fraction)
}

/// Whether a gyroid network of these choices holds together and can be made.
///
/// # Errors
/// [`LatticeError`] with the nearest choice that would do.
pub fn check(period: Mm, solid_fraction: f64) -> Result<(), LatticeError> {
    sizes::check(NETWORK, period, solid_fraction).map(|_| ())
}

impl<F: Frame> Field<F> for GyroidNetwork<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        self.0.distance(p)
    }
    fn bounds(&self) -> Aabb<F> {
        self.0.bounds()
    }
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        self.0.sample(block, distances);
    }
    fn range(&self, region: &Aabb<F>) -> Interval {
        self.0.range(region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossein_geom::Implant;

    #[test]
    fn solid_fraction_is_as_asked() {
        for fraction in [0.15, 0.2, 0.3, 0.4, 0.5, 0.7] {
            let lattice = GyroidNetwork::<Implant>::new(Point::ORIGIN, Mm(2.0), fraction).unwrap();
            let n = 120;
            let block = Block {
                origin: Point::new(0.5 / 60.0, 0.5 / 60.0, 0.5 / 60.0),
                step: [1.0 / 60.0; 3],
                size: [n; 3],
            };
            let mut values = vec![0.0; n * n * n];
            lattice.sample(&block, &mut values);
            let solid = values.iter().filter(|&&v| v < 0.0).count() as f64 / (n * n * n) as f64;
            assert!((solid - fraction).abs() < 0.001, "{fraction}: {solid}");
        }
    }

    #[test]
    fn what_cannot_be_made_is_refused() {
        assert!(matches!(check(Mm(1.5), 0.01), Err(LatticeError::FallsApart { .. })));
        assert!(matches!(check(Mm(0.6), 0.3), Err(LatticeError::StrutTooThin { .. })));
        assert!(matches!(check(Mm(0.62), 0.48), Err(LatticeError::ThroatTooNarrow { .. })));
        assert!(check(Mm(1.5), 0.3).is_ok());
    }
}
