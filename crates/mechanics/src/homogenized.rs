//! Effective elasticity and strength of lattices, as cubic materials.

use ossein_geom::{Mpa, float};

mod table;

/// A periodic cell with cubic symmetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Sheet gyroid.
    GyroidSheet,
    /// Network gyroid.
    GyroidNetwork,
    /// Sheet diamond.
    DiamondSheet,
    /// Network diamond.
    DiamondNetwork,
    /// Sheet primitive.
    PrimitiveSheet,
    /// Network primitive.
    PrimitiveNetwork,
    /// Sheet I-WP.
    IwpSheet,
    /// Network I-WP.
    IwpNetwork,
    /// Body-centred cubic struts.
    BccStrut,
    /// Simple cubic struts.
    SimpleCubicStrut,
    /// Octet truss.
    OctetStrut,
}

/// Why a lattice has no figure.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LatticeError {
    /// Outside the computed fractions.
    #[error("a solid fraction of {fraction} lies outside {min} to {max}, the range of `{cell}`")]
    Fraction {
        /// Cell.
        cell: &'static str,
        /// Fraction that was asked for.
        fraction: f64,
        /// Lowest computed.
        min: f64,
        /// Highest computed.
        max: f64,
    },
    /// A modulus that is not positive and finite.
    #[error("the solid has a Young's modulus of {0}")]
    Modulus(Mpa),
}

impl Cell {
    /// Every cell with figures.
    pub const ALL: [Self; 11] = [
        Self::GyroidSheet,
        Self::GyroidNetwork,
        Self::DiamondSheet,
        Self::DiamondNetwork,
        Self::PrimitiveSheet,
        Self::PrimitiveNetwork,
        Self::IwpSheet,
        Self::IwpNetwork,
        Self::BccStrut,
        Self::SimpleCubicStrut,
        Self::OctetStrut,
    ];

    /// The word that recipes use.
    pub const fn id(self) -> &'static str {
        match self {
            Self::GyroidSheet => "gyroid-sheet",
            Self::GyroidNetwork => "gyroid",
            Self::DiamondSheet => "diamond-sheet",
            Self::DiamondNetwork => "diamond",
            Self::PrimitiveSheet => "primitive-sheet",
            Self::PrimitiveNetwork => "primitive",
            Self::IwpSheet => "iwp-sheet",
            Self::IwpNetwork => "iwp",
            Self::BccStrut => "bcc",
            Self::SimpleCubicStrut => "simple-cubic",
            Self::OctetStrut => "octet",
        }
    }

    /// The cell with this name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cell| cell.id() == id)
    }

    /// Lowest and highest solid fraction with figures.
    pub fn fractions(self) -> [f64; 2] {
        let rows = table::rows(self);
        [rows[0][0], rows[rows.len() - 1][0]]
    }
}

/// C11, C12 and C44 in MPa of a lattice of `cell` with this solid fraction, made of a solid with
/// this Young's modulus; the cell's axes are the grid's.
///
/// Monotone cubic interpolation between rows that were computed for a solid with a Poisson's ratio
/// of 0.3; other ratios are not corrected for.
///
/// # Errors
/// [`LatticeError::Fraction`] outside the computed range: nothing is extrapolated.
///
/// # Source
/// Facts D3.13 and the finer computation that supersedes it.
pub fn moduli(cell: Cell, fraction: f64, solid: Mpa) -> Result<[f32; 3], LatticeError> {
    if !(solid.0 > 0.0 && solid.0.is_finite()) {
        return Err(LatticeError::Modulus(solid));
    }
    Ok(ratios(cell, fraction)?.map(|ratio| (ratio * solid.0) as f32))
}

/// C11, C12 and C44 of a lattice over Young's modulus of its solid.
///
/// # Errors
/// [`LatticeError::Fraction`].
pub fn ratios(cell: Cell, fraction: f64) -> Result<[f64; 3], LatticeError> {
    let rows = table::rows(cell);
    let [min, max] = cell.fractions();
    // Rounding of a recipe's decimals must not fall out of the table.
    if !(fraction >= min - 2e-3 && fraction <= max + 2e-3) {
        return Err(LatticeError::Fraction { cell: cell.id(), fraction, min, max });
    }
    let at = fraction.clamp(min, max);
    Ok([1, 2, 3].map(|column| interpolate(rows, column, at)))
}

/// Young's modulus along a cell axis, from C11, C12, C44 in any unit.
pub fn axial_modulus([c11, c12, _]: [f64; 3]) -> f64 {
    (c11 - c12) * (c11 + 2.0 * c12) / (c11 + c12)
}

/// Monotone cubic interpolation (Fritsch and Carlson, SIAM J. Numer. Anal. 17 (1980) 238-246, with
/// the harmonic slopes of Fritsch and Butland).
fn interpolate(rows: &[table::Row], column: usize, at: f64) -> f64 {
    let last = rows.len() - 2;
    let n = (0..=last).find(|&n| at <= rows[n + 1][0]).unwrap_or(last);
    let width = |n: usize| rows[n + 1][0] - rows[n][0];
    let secant = |n: usize| (rows[n + 1][column] - rows[n][column]) / width(n);
    let slope = |n: usize| {
        if n == 0 {
            return end_slope(width(0), width(1), secant(0), secant(1));
        }
        if n == rows.len() - 1 {
            return end_slope(width(n - 1), width(n - 2), secant(n - 1), secant(n - 2));
        }
        let (before, after) = (secant(n - 1), secant(n));
        if before * after <= 0.0 {
            return 0.0;
        }
        let (a, b) = (2.0 * width(n) + width(n - 1), width(n) + 2.0 * width(n - 1));
        (a + b) / (a / before + b / after)
    };
    let (h, t) = (width(n), (at - rows[n][0]) / width(n));
    let (t2, t3) = (t * t, t * t * t);
    rows[n][column] * (2.0 * t3 - 3.0 * t2 + 1.0)
        + rows[n + 1][column] * (3.0 * t2 - 2.0 * t3)
        + slope(n) * h * (t3 - 2.0 * t2 + t)
        + slope(n + 1) * h * (t3 - t2)
}

/// Slope at an end from the two nearest secants, limited so that nothing overshoots.
fn end_slope(near: f64, far: f64, secant: f64, next: f64) -> f64 {
    let slope = ((2.0 * near + far) * secant - near * next) / (near + far);
    if slope * secant <= 0.0 {
        0.0
    } else if secant * next <= 0.0 && slope.abs() > 3.0 * secant.abs() {
        3.0 * secant
    } else {
        slope
    }
}

/// Yield stress of a lattice over that of its solid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LatticeYield {
    /// Macroscopic stress at yield over the solid's yield stress.
    pub ratio: f64,
    /// Whether it is carried over from another cell by stiffness.
    pub estimated: bool,
    /// Where it comes from.
    pub source: &'static str,
}

/// Published yields of the network gyroid: fraction, yield ratio, stiffness ratio.
const YIELD_LOW: [f64; 3] = [0.1333, 0.0175, 0.0105];
const YIELD_HIGH: [f64; 3] = [0.50, 0.1739, 0.2077];

/// Yield ratio of a lattice under uniaxial compression along a cell axis.
///
/// The network gyroid follows a power law through two published simulations, 0.0175 at a fraction
/// of 0.1333 and 0.1739 at 0.50 (facts D3.14). Other cells take the yield of a network gyroid as
/// stiff as they are, and say so: an estimate for screening, without a test of its own.
///
/// # Errors
/// [`LatticeError::Fraction`] outside the cell's range.
pub fn lattice_yield_ratio(cell: Cell, fraction: f64) -> Result<LatticeYield, LatticeError> {
    let stiffness = axial_modulus(ratios(cell, fraction)?);
    let power = |column: usize, x: f64| {
        let rise = float::ln(YIELD_HIGH[1] / YIELD_LOW[1]);
        let exponent = rise / float::ln(YIELD_HIGH[column] / YIELD_LOW[column]);
        YIELD_HIGH[1] * float::pow(x / YIELD_HIGH[column], exponent)
    };
    if cell == Cell::GyroidNetwork {
        let ratio = power(0, fraction);
        return Ok(LatticeYield { ratio, estimated: false, source: "JMMP 2024 (facts D3.14)" });
    }
    let source = "network gyroid of equal stiffness (facts D3.14)";
    Ok(LatticeYield { ratio: power(2, stiffness), estimated: true, source })
}
