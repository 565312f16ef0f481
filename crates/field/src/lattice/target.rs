//! From what is wanted to a lattice: cell period and solid fraction.

use ossein_geom::{Frame, Mm, Point};

use super::stiffness::{fraction_of_modulus, modulus_ratio};
use super::{CellFigures, Form, Kind, LatticeError, Network, Shape, Sheet, Struts, sizes};
use crate::boolean::Solid;

/// What is wanted of a lattice: two of the five.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// The lattice.
    pub kind: Kind,
    /// Edge of its cell.
    pub period: Option<Mm>,
    /// Void over volume.
    pub porosity: Option<f64>,
    /// Diameter of the largest ball in the void.
    pub pore: Option<Mm>,
    /// Wall or strut; of a network, its largest diameter.
    pub thickness: Option<Mm>,
    /// Young's modulus along an edge of the cell, over that of the solid.
    pub modulus_ratio: Option<f64>,
}

/// A lattice that is decided and can be made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// The lattice.
    pub kind: Kind,
    /// Edge of its cell, mm.
    pub period_mm: f64,
    /// Solid over volume.
    pub solid_fraction: f64,
    /// Wall or strut, mm; of a network, its largest diameter.
    pub thickness_mm: f64,
    /// The sizes to expect.
    pub figures: CellFigures,
    /// Young's modulus along an edge of the cell over that of the solid, where the tables have it.
    pub modulus_ratio: Option<f64>,
}

impl Target {
    /// Nothing wanted yet of `kind`.
    pub fn of(kind: Kind) -> Self {
        Self {
            kind,
            period: None,
            porosity: None,
            pore: None,
            thickness: None,
            modulus_ratio: None,
        }
    }
}

/// The lengths that may be wanted.
#[derive(Clone, Copy, PartialEq)]
enum Length {
    Period,
    Pore,
    Thickness,
}

impl Length {
    fn what(self) -> &'static str {
        match self {
            Self::Period => "a period of",
            Self::Pore => "a pore of",
            Self::Thickness => "a thickness of",
        }
    }

    /// This length of a cell of edge one.
    fn unit(self, kind: Kind, fraction: f64) -> f64 {
        match self {
            Self::Period => 1.0,
            Self::Pore => sizes::figures(kind, Mm(1.0), fraction).pore_mm,
            Self::Thickness => sizes::thickness(kind, Mm(1.0), fraction),
        }
    }
}

/// The lattice that fulfils a target.
///
/// # Errors
/// [`LatticeError`] where the target does not decide a lattice, none fulfils it, or the one that
/// does falls apart or cannot be made: with the nearest that can.
pub fn plan(target: &Target) -> Result<Plan, LatticeError> {
    check_numbers(target)?;
    let kind = target.kind;
    let wanted = [
        (Length::Period, target.period),
        (Length::Pore, target.pore),
        (Length::Thickness, target.thickness),
    ];
    let lengths: Vec<(Length, f64)> =
        wanted.iter().filter_map(|(length, mm)| mm.map(|mm| (*length, mm.0))).collect();
    let ratios =
        usize::from(target.porosity.is_some()) + usize::from(target.modulus_ratio.is_some());
    if lengths.len() + ratios != 2 {
        return Err(LatticeError::NotTwo(lengths.len() + ratios));
    }
    let fraction = match (target.porosity, target.modulus_ratio) {
        (Some(porosity), None) => 1.0 - porosity,
        (None, Some(ratio)) => fraction_of_modulus(kind, ratio)?,
        (Some(_), Some(_)) => return Err(LatticeError::NoLength),
        (None, None) => fraction_of_lengths(kind, lengths[0], lengths[1])?,
    };
    let (min, max) = sizes::connected(kind);
    if !(min..=max).contains(&fraction) {
        return Err(LatticeError::FallsApart { cell: kind.title(), fraction, min, max });
    }
    let (length, mm) = lengths[0];
    at(kind, Mm(mm / length.unit(kind, fraction)), fraction)
}

/// The lattice of a period and a solid fraction.
///
/// # Errors
/// [`LatticeError`] where it falls apart or cannot be made.
pub fn at(kind: Kind, period: Mm, solid_fraction: f64) -> Result<Plan, LatticeError> {
    let figures = sizes::check(kind, period, solid_fraction)?;
    Ok(Plan {
        kind,
        period_mm: period.0,
        solid_fraction,
        thickness_mm: figures.strut_mm,
        figures,
        modulus_ratio: modulus_ratio(kind, solid_fraction).ok(),
    })
}

fn check_numbers(target: &Target) -> Result<(), LatticeError> {
    let lengths = [
        ("the period", target.period),
        ("the pore", target.pore),
        ("the thickness", target.thickness),
    ];
    for (what, length) in lengths {
        let value = length.map_or(1.0, |mm| mm.0);
        if !(value > 0.0 && value < 1e3) {
            return Err(LatticeError::BadNumber {
                what,
                value,
                must_be: "above 0 and below 1000 mm",
            });
        }
    }
    let ratios = [("the porosity", target.porosity), ("the modulus", target.modulus_ratio)];
    for (what, ratio) in ratios {
        let value = ratio.unwrap_or(0.5);
        if !(value > 0.0 && value < 1.0) {
            return Err(LatticeError::BadNumber { what, value, must_be: "between 0 and 1" });
        }
    }
    Ok(())
}

/// The solid fraction at which two lengths stand in the wanted ratio. Thickness over period, and
/// both over the pore, rise with it.
fn fraction_of_lengths(
    kind: Kind,
    a: (Length, f64),
    b: (Length, f64),
) -> Result<f64, LatticeError> {
    let (low, high) = sizes::connected(kind);
    // Order them so that the ratio rises: pore first, then period, then thickness below.
    let ((upper, upper_mm), (lower, lower_mm)) = match (a.0, b.0) {
        (Length::Period, Length::Pore) => (a, b),
        _ => (b, a),
    };
    let ratio = |f: f64| upper.unit(kind, f) / lower.unit(kind, f).max(1e-9);
    let wanted = upper_mm / lower_mm;
    let (min, max) = (ratio(low), ratio(high));
    if !(min..=max).contains(&wanted) {
        let (what, cell) = (upper.what(), kind.title());
        let (min, max) = (min * lower_mm, max * lower_mm);
        return Err(LatticeError::OutOfReach { cell, what, wanted: upper_mm, min, max });
    }
    // The pore may vanish at the upper end, so the inverse is what stays finite.
    Ok(sizes::solve_few(-1.0 / wanted, low, high, |f| -1.0 / ratio(f).max(1e-9)))
}

impl Plan {
    /// The lattice as a solid, its cell corner at `origin`. Unbounded: intersect it with a body.
    pub fn solid<F: Frame>(&self, origin: Point<F>) -> Solid<F> {
        let (period, wall) = (Mm(self.period_mm), Mm(self.thickness_mm));
        match (self.kind.form, &self.kind.cell.shape) {
            (Form::Network, Shape::Level(surface)) => {
                let level = sizes::level(self.kind, self.solid_fraction);
                Box::new(Network::new(*surface, origin, period, level))
            }
            (_, Shape::Level(surface)) => Box::new(Sheet::new(*surface, origin, period, wall)),
            (_, Shape::Struts(_)) => {
                let fillet = Mm(sizes::FILLET * wall.0);
                Box::new(Struts::along(sizes::axes(self.kind), origin, period, wall, fillet))
            }
        }
    }
}
