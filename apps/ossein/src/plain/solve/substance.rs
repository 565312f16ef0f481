//! What a `[[material]]` is made of: isotropic, cubic, orthotropic, a metal on record, a lattice.

use ossein_geom::Mpa;
use ossein_mechanics::homogenized::{self, Cell};
use ossein_mechanics::material::{METALS, Metal, OrthotropicConstants, metal, turned};
use ossein_mechanics::{Orthotropic, cubic, isotropic};

use super::setup::{Axis, Constants, Lattice, Material, POISSON, Setup};

/// Whether some element may be stiff in another way along each axis: by its material, or because
/// two share it.
pub fn has_orthotropic(setup: &Setup) -> bool {
    setup.material.iter().any(|material| material.orthotropic.is_some() || material.path.is_some())
}

/// Moduli of a material and its metal's card, where it is one. A lattice has no card: its stress is
/// not that of its walls.
///
/// # Errors
/// The label, the key and the value.
pub fn made_of(material: &Material) -> Result<(Orthotropic, Option<&'static Metal>), String> {
    let told = |e: String| format!("[[material]] {}: {e}", material.title());
    let Material { modulus_mpa, cubic_mpa, poisson, .. } = *material;
    if material.axes.is_some() && material.orthotropic.is_none() {
        return Err(told("axes turn the constants of orthotropic, and there are none".into()));
    }
    let made = match (&material.metal, cubic_mpa, modulus_mpa, material.orthotropic) {
        (Some(id), None, None, None) if poisson.is_none() => {
            let card = card(id).map_err(told)?;
            match &material.lattice {
                Some(lattice) => Ok((of_lattice(lattice, card.modulus).map_err(told)?, None)),
                None => Ok((cubic(isotropic(card.modulus, card.poisson)), Some(card))),
            }
        }
        (None, None, Some(modulus), None) => match &material.lattice {
            Some(_) if poisson.is_some_and(|nu| nu != POISSON) => {
                let (ratio, table) = (poisson.unwrap_or(POISSON), POISSON);
                Err(format!("poisson = {ratio}: the table of lattices holds for {table} alone"))
            }
            Some(lattice) => of_lattice(lattice, Mpa(modulus)).map(|moduli| (moduli, None)),
            None => of_modulus(modulus, poisson.unwrap_or(POISSON)).map(|moduli| (moduli, None)),
        },
        (None, Some(three), None, None) if poisson.is_none() && material.lattice.is_none() => {
            of_cubic(three).map(|moduli| (moduli, None))
        }
        (None, None, None, Some(nine)) if poisson.is_none() && material.lattice.is_none() => {
            of_constants(nine, material.axes).map(|moduli| (moduli, None))
        }
        _ => {
            let words = "give modulus_mpa, cubic_mpa, orthotropic or metal, one or the other; \
                         poisson goes with modulus_mpa, lattice with modulus_mpa or metal";
            Err(words.into())
        }
    };
    made.map_err(told)
}

fn card(id: &str) -> Result<&'static Metal, String> {
    metal(id).ok_or_else(|| {
        let known: Vec<&str> = METALS.iter().map(|m| m.id).collect();
        format!("metal = \"{id}\": there are {}", known.join(", "))
    })
}

/// Beyond, elements of whole integration are too stiff by far.
pub const POISSON_MAX: f64 = 0.495;

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

fn of_constants(nine: Constants, axes: Option<[Axis; 3]>) -> Result<Orthotropic, String> {
    let Constants { young_mpa, shear_mpa, poisson } = nine;
    let constants = OrthotropicConstants { young_mpa, shear_mpa, poisson };
    let moduli = constants.moduli().map_err(|e| format!("orthotropic: {e}"))?;
    let along = axes.unwrap_or([Axis::X, Axis::Y, Axis::Z]).map(|axis| axis as usize);
    if (0..3).any(|a| !along.contains(&a)) {
        let named = along.map(|axis| ["x", "y", "z"][axis]).join(", ");
        return Err(format!("axes = [{named}]: each of x, y, z once"));
    }
    Ok(turned(&moduli, along))
}

fn of_lattice(lattice: &Lattice, solid: Mpa) -> Result<Orthotropic, String> {
    let cell = Cell::from_id(&lattice.cell).ok_or_else(|| {
        let known: Vec<&str> = Cell::ALL.iter().map(|cell| cell.id()).collect();
        format!("lattice.cell = \"{}\": there are {}", lattice.cell, known.join(", "))
    })?;
    let moduli = homogenized::moduli(cell, lattice.fraction, solid);
    moduli.map(cubic).map_err(|e| format!("lattice: {e}"))
}
