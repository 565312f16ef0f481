//! Lattices, one a file.

pub mod gyroid;

pub use gyroid::GyroidNetwork;

use serde::{Deserialize, Serialize};

/// What a lattice of a given size can be expected to be, before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellFigures {
    /// Diameter of the largest ball in the void, mm.
    pub pore_mm: f64,
    /// Diameter of the largest ball that passes through the void, mm.
    pub throat_mm: f64,
    /// Largest diameter of a strut, mm.
    pub strut_mm: f64,
    /// Smallest diameter of a strut, mm.
    pub neck_mm: f64,
    /// Surface per volume of the cell, 1/mm.
    pub surface_per_mm: f64,
}

/// A lattice that cannot be made, with the nearest that can.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LatticeError {
    /// The solid or the void falls apart (facts D3.8).
    #[error(
        "a {cell} of solid fraction {fraction} falls apart: it holds together from {min} to {max}"
    )]
    FallsApart {
        /// Name of the cell.
        cell: &'static str,
        /// Wanted solid fraction.
        fraction: f64,
        /// Lowest fraction that holds.
        min: f64,
        /// Highest fraction whose void stays open.
        max: f64,
    },
    /// A strut too thin to print (facts D3.33).
    #[error(
        "struts of {strut_mm:.3} mm cannot be printed: at least {limit_mm} mm, so a period of at \
         least {period_min_mm:.2} mm at this solid fraction"
    )]
    StrutTooThin {
        /// Thinnest place of the struts, mm.
        strut_mm: f64,
        /// Thinnest that prints, mm.
        limit_mm: f64,
        /// Smallest period that would do, mm.
        period_min_mm: f64,
    },
    /// A throat too narrow to clear of powder (facts D3.33).
    #[error(
        "throats of {throat_mm:.3} mm keep their powder: at least {limit_mm} mm, so a period of \
         at least {period_min_mm:.2} mm at this solid fraction"
    )]
    ThroatTooNarrow {
        /// Narrowest passage, mm.
        throat_mm: f64,
        /// Narrowest that clears, mm.
        limit_mm: f64,
        /// Smallest period that would do, mm.
        period_min_mm: f64,
    },
}
