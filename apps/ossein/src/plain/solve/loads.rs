//! What the model file says of loads.

use ossein_mechanics::LoadCase;
use ossein_mechanics::loads::RegionCase;

use super::repeats::Repeat;
use super::setup::{Hold, Load, Setup, Shift};
use super::{regions, repeats};
use crate::commands::AnyError;

/// What a load does.
#[derive(Clone, Debug)]
pub enum Act {
    /// Moves the top plate, or a region.
    Plate(Plate),
    /// Pulls and turns the top plane.
    Force(LoadCase),
    /// Presses on the surface in a box.
    Pressure { pressure_mpa: f64, within_mm: [[f64; 3]; 2] },
    /// Moves the top plate of a model that repeats itself, stretches it, or both.
    Repeat(Repeat),
    /// Acts on regions; regions hold it, or the planes of `[support]` where it names none.
    Regions(RegionCase),
}

/// A motion of the top plate, or of a region.
#[derive(Clone, Debug)]
pub struct Plate {
    /// The region; the highest plane without one.
    pub region: Option<String>,
    /// Counts along z.
    pub strain: f64,
    /// Translation in mm; an axis with `None` stays free.
    pub shift_mm: [Option<f64>; 3],
    /// About the centroid of the nodes.
    pub rotation_deg: [f64; 3],
}

impl Act {
    /// Whether forces act, and nothing is moved.
    pub fn is_force(&self) -> bool {
        matches!(self, Self::Force(_) | Self::Pressure { .. } | Self::Regions(_))
    }

    /// Names of the regions that it loads, moves or holds.
    pub fn regions(&self) -> Vec<&str> {
        match self {
            Self::Regions(case) => {
                let loaded = case.actions.iter().map(|action| action.region.as_str());
                loaded.chain(case.holds.iter().map(|hold| hold.region.as_str())).collect()
            }
            Self::Plate(plate) => plate.region.iter().map(String::as_str).collect(),
            Self::Force(_) | Self::Pressure { .. } | Self::Repeat(_) => Vec::new(),
        }
    }

    /// Regions that hold against it; none where the planes of `[support]` do.
    pub fn holds(&self) -> &[ossein_mechanics::loads::Hold] {
        match self {
            Self::Regions(case) => &case.holds,
            _ => &[],
        }
    }
}

/// A load with its name.
#[derive(Clone, Debug)]
pub struct Named {
    /// For reports, and for files of fields.
    pub name: String,
    /// What it does.
    pub act: Act,
}

/// Checks the loads before any work and says what each does.
///
/// # Errors
/// The load with what is wrong: a name that is none, no load, more than one kind, no finite number.
pub fn acts(setup: &Setup) -> Result<Vec<Named>, AnyError> {
    if let Some((set, factor)) = regions::chosen(setup)? {
        return Ok(regions::acts(set, factor, &setup.region));
    }
    if setup.load.is_empty() {
        return Err("no [[load]] says what acts on the model, and no [load_set]".into());
    }
    // Names become names of files.
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    for (n, load) in setup.load.iter().enumerate() {
        let name = &load.name;
        if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
            return Err(format!("load name {name:?}: letters, digits, -, _ and . only").into());
        }
        if setup.load[..n].iter().any(|other| other.name == *name) {
            return Err(format!("two loads are named `{name}`").into());
        }
    }
    let told = |load: &Load, e: String| AnyError::from(format!("load `{}`: {e}", load.name));
    let named = |load: &Load| {
        let act = act(load, setup).map_err(|e| told(load, e))?;
        Ok(Named { name: load.name.clone(), act })
    };
    setup.load.iter().map(named).collect()
}

fn act(load: &Load, setup: &Setup) -> Result<Act, String> {
    if setup.support().periodic_axes() != [false; 3] {
        return repeats::act(load, &setup.support()).map(Act::Repeat);
    }
    if load.mean_strain.is_some() {
        return Err("mean_strain lies between periodic faces: name them in [support]".into());
    }
    let moves = load.strain.is_some() || load.displacement_mm.is_some();
    let plate = moves || load.rotation_deg.is_some();
    let force = load.force_n.is_some() || load.moment_nmm.is_some();
    let kinds = usize::from(plate) + usize::from(force) + usize::from(load.pressure_mpa.is_some());
    match kinds {
        0 => {
            let known =
                "strain, displacement_mm, rotation_deg, force_n, moment_nmm or pressure_mpa";
            return Err(format!("it does nothing: give {known}"));
        }
        1 => {}
        _ => return Err("either a motion, or a force and moment, or a pressure".into()),
    }
    if load.strain.is_some() && load.displacement_mm.is_some() {
        return Err("give strain or displacement_mm".into());
    }
    if load.within_mm.is_some() && load.pressure_mpa.is_none() {
        return Err("within_mm says where a pressure acts, and there is none".into());
    }
    if load.region.is_some() && (load.pressure_mpa.is_some() || load.strain.is_some()) {
        let told = "region says where a force, a moment, displacement_mm or rotation_deg acts, and \
                    there is none: a pressure has within_mm, a strain the whole height";
        return Err(told.into());
    }
    let act = if let Some(pressure_mpa) = load.pressure_mpa {
        let everywhere = [[f64::NEG_INFINITY; 3], [f64::INFINITY; 3]];
        Act::Pressure { pressure_mpa, within_mm: load.within_mm.unwrap_or(everywhere) }
    } else if let (Some(region), true) = (&load.region, force) {
        Act::Regions(regions::own(load, region))
    } else if force {
        let force_n = load.force_n.unwrap_or_default();
        let moment_nmm = load.moment_nmm.unwrap_or_default();
        Act::Force(LoadCase { name: load.name.clone(), force_n, moment_nmm })
    } else {
        motion(load, setup)
    };
    let size = size(&act);
    if !size.is_finite() {
        return Err(format!("it holds a number that is {size}"));
    }
    if size == 0.0 { Err("all its numbers are zero".into()) } else { Ok(act) }
}

fn motion(load: &Load, setup: &Setup) -> Act {
    let bonded = setup.support().top == Hold::Fixed && load.region.is_none();
    let sideways = bonded.then_some(0.0);
    let shift_mm = match load.displacement_mm {
        Some(Shift::Vector(shift)) => shift.map(Some),
        Some(Shift::Axial(z)) => [sideways, sideways, Some(z)],
        None if load.strain.is_some() => [sideways, sideways, Some(0.0)],
        None => [Some(0.0); 3],
    };
    // A turned plate takes all its nodes along.
    let turned = load.rotation_deg.is_some_and(|r| r != [0.0; 3]);
    let shift_mm = if turned { shift_mm.map(|s| s.or(Some(0.0))) } else { shift_mm };
    let rotation_deg = load.rotation_deg.unwrap_or_default();
    let (region, strain) = (load.region.clone(), load.strain.unwrap_or(0.0));
    Act::Plate(Plate { region, strain, shift_mm, rotation_deg })
}

/// Sum of the sizes of a load's numbers.
fn size(act: &Act) -> f64 {
    let sum = |numbers: &mut dyn Iterator<Item = f64>| numbers.map(f64::abs).sum::<f64>();
    match act {
        Act::Plate(Plate { strain, shift_mm, rotation_deg, .. }) => {
            let shifts = shift_mm.iter().flatten().copied();
            sum(&mut shifts.chain(rotation_deg.iter().copied()).chain([*strain]))
        }
        Act::Force(case) => sum(&mut case.force_n.iter().chain(&case.moment_nmm).copied()),
        Act::Pressure { pressure_mpa, .. } => pressure_mpa.abs(),
        Act::Repeat(repeat) => sum(&mut repeat.numbers()),
        Act::Regions(case) => {
            let numbers = case.actions.iter().flat_map(|a| a.force_n.iter().chain(&a.moment_nmm));
            sum(&mut numbers.copied())
        }
    }
}
