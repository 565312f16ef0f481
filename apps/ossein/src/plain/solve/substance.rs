//! What a `[[material]]` is made of: isotropic, cubic, orthotropic, a metal on record, a lattice.

use std::path::Path;

use ossein_geom::Mpa;
use ossein_mechanics::homogenized::{self, Cell};
use ossein_mechanics::material::{METALS, Metal, OrthotropicConstants, metal, turned};
use ossein_mechanics::{Orthotropic, cubic, isotropic};

use super::maps::Maps;
use super::setup::{Amount, Axis, Constants, Lattice, Material, POISSON, Setup};

/// Whether some element may be stiff in another way along each axis: by its material, or because
/// two share it.
pub fn has_orthotropic(setup: &Setup) -> bool {
    setup.material.iter().any(|material| material.orthotropic.is_some() || material.path.is_some())
}

/// What a material is made of, its keys checked.
pub enum Substance {
    /// A metal on record.
    Metal(&'static Metal),
    /// Young's modulus and Poisson's ratio.
    Isotropic(Amount, f64),
    /// C11, C12, C44.
    Cubic([f64; 3]),
    /// Nine constants, and the axes of the image along which theirs lie.
    Orthotropic(Constants, [usize; 3]),
    /// A cell, its solid fraction, and Young's modulus of its solid.
    Lattice(Cell, Amount, Amount),
}

/// Beyond, elements of whole integration are too stiff by far.
pub const POISSON_MAX: f64 = 0.495;

impl Substance {
    /// What the keys of a material say.
    ///
    /// # Errors
    /// Keys that do not go together, a name that is none.
    pub fn of(material: &Material) -> Result<Self, String> {
        let Material { modulus_mpa, cubic_mpa, orthotropic, metal, lattice, poisson, .. } =
            material;
        if material.axes.is_some() && orthotropic.is_none() {
            return Err("axes turn the constants of orthotropic, and there are none".into());
        }
        match (metal, modulus_mpa, cubic_mpa, orthotropic, lattice) {
            (Some(id), None, None, None, None) if poisson.is_none() => {
                card(id).map(Substance::Metal)
            }
            (Some(id), None, None, None, Some(lattice)) if poisson.is_none() => {
                of_lattice(lattice, Amount::Number(card(id)?.modulus.0))
            }
            (None, Some(_), None, None, Some(_)) if poisson.is_some_and(|nu| nu != POISSON) => {
                let (ratio, table) = (poisson.unwrap_or(POISSON), POISSON);
                Err(format!("poisson = {ratio}: the table of lattices holds for {table} alone"))
            }
            (None, Some(solid), None, None, Some(lattice)) => of_lattice(lattice, solid.clone()),
            (None, Some(modulus), None, None, None) => {
                Ok(Substance::Isotropic(modulus.clone(), poisson.unwrap_or(POISSON)))
            }
            (None, None, Some(three), None, None) if poisson.is_none() => {
                Ok(Substance::Cubic(*three))
            }
            (None, None, None, Some(nine), None) if poisson.is_none() => {
                Ok(Substance::Orthotropic(nine.clone(), along(material.axes)?))
            }
            _ => {
                let words = "give modulus_mpa, cubic_mpa, orthotropic or metal, one or the other; \
                             poisson goes with modulus_mpa, lattice with modulus_mpa or metal";
                Err(words.into())
            }
        }
    }

    /// The card of a metal. A lattice has none: its stress is not that of its walls.
    pub fn card(&self) -> Option<&'static Metal> {
        match self {
            Self::Metal(metal) => Some(metal),
            _ => None,
        }
    }

    /// Images that hold a number for each voxel.
    pub fn images(&self) -> impl Iterator<Item = &Path> {
        let amounts: Vec<&Amount> = match self {
            Self::Metal(_) | Self::Cubic(_) => Vec::new(),
            Self::Isotropic(modulus, _) => vec![modulus],
            Self::Orthotropic(Constants { young_mpa, shear_mpa, poisson }, _) => {
                young_mpa.iter().chain(shear_mpa).chain(poisson).collect()
            }
            Self::Lattice(_, fraction, solid) => vec![fraction, solid],
        };
        amounts.into_iter().filter_map(|amount| match amount {
            Amount::Image(path) => Some(path.as_path()),
            Amount::Number(_) => None,
        })
    }

    /// Its moduli at an element.
    ///
    /// # Errors
    /// The key and the value, where no stable material has it.
    pub fn moduli(&self, maps: &Maps, element: usize) -> Result<Orthotropic, String> {
        let at = |amount: &Amount| maps.at(amount, element);
        match self {
            Self::Metal(card) => Ok(cubic(isotropic(card.modulus, card.poisson))),
            Self::Isotropic(modulus, poisson) => of_modulus(at(modulus)?, *poisson),
            Self::Cubic(three) => of_cubic(*three),
            Self::Orthotropic(nine, along) => {
                let three = |[x, y, z]: &[Amount; 3]| Ok::<_, String>([at(x)?, at(y)?, at(z)?]);
                let constants = OrthotropicConstants {
                    young_mpa: three(&nine.young_mpa)?,
                    shear_mpa: three(&nine.shear_mpa)?,
                    poisson: three(&nine.poisson)?,
                };
                let moduli = constants.moduli().map_err(|e| format!("orthotropic: {e}"))?;
                Ok(turned(&moduli, *along))
            }
            Self::Lattice(cell, fraction, solid) => {
                let moduli = homogenized::moduli(*cell, at(fraction)?, Mpa(at(solid)?));
                moduli.map(cubic).map_err(|e| format!("lattice: {e}"))
            }
        }
    }
}

fn card(id: &str) -> Result<&'static Metal, String> {
    metal(id).ok_or_else(|| {
        let known: Vec<&str> = METALS.iter().map(|m| m.id).collect();
        format!("metal = \"{id}\": there are {}", known.join(", "))
    })
}

fn of_lattice(lattice: &Lattice, solid: Amount) -> Result<Substance, String> {
    let cell = Cell::from_id(&lattice.cell).ok_or_else(|| {
        let known: Vec<&str> = Cell::ALL.iter().map(|cell| cell.id()).collect();
        format!("lattice.cell = \"{}\": there are {}", lattice.cell, known.join(", "))
    })?;
    Ok(Substance::Lattice(cell, lattice.fraction.clone(), solid))
}

fn of_modulus(modulus: f64, poisson: f64) -> Result<Orthotropic, String> {
    if !(modulus.is_finite() && modulus > 0.0) {
        return Err(format!("modulus_mpa = {modulus}; above 0"));
    }
    if !(poisson > -1.0 && poisson <= POISSON_MAX) {
        let locks = "trilinear elements lock where a material keeps its volume";
        return Err(format!("poisson = {poisson}; above -1, and up to {POISSON_MAX}: {locks}"));
    }
    Ok(cubic(isotropic(Mpa(modulus), poisson)))
}

fn of_cubic(three: [f64; 3]) -> Result<Orthotropic, String> {
    let [c11, c12, c44] = three;
    let stable = c11 - c12 > 0.0 && c11 + 2.0 * c12 > 0.0 && c44 > 0.0;
    if !(stable && three.iter().all(|c| c.is_finite())) {
        return Err(format!("cubic_mpa = {three:?}, which no stable material has"));
    }
    Ok(cubic(three.map(|c| c as f32)))
}

/// Axes of the image along which a material's own lie.
fn along(axes: Option<[Axis; 3]>) -> Result<[usize; 3], String> {
    let along = axes.unwrap_or([Axis::X, Axis::Y, Axis::Z]).map(|axis| axis as usize);
    if (0..3).any(|a| !along.contains(&a)) {
        let named = along.map(|axis| ["x", "y", "z"][axis]).join(", ");
        return Err(format!("axes = [{named}]: each of x, y, z once"));
    }
    Ok(along)
}
