//! What the model file says of loads.

use ossein_mechanics::LoadCase;
use ossein_mechanics::loads::RegionCase;

use super::repeats::Repeat;
use super::setup::{Hold, Load, LoadAction, Setup, Shift};
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
    /// Forces and pressures at once.
    Several(Vec<Act>),
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
        !matches!(self, Self::Plate(_) | Self::Repeat(_))
    }

    /// Names of the regions that it loads, moves or holds.
    pub fn regions(&self) -> Vec<&str> {
        match self {
            Self::Regions(case) => {
                let loaded = case.actions.iter().map(|action| action.region.as_str());
                loaded.chain(case.holds.iter().map(|hold| hold.region.as_str())).collect()
            }
            Self::Plate(plate) => plate.region.iter().map(String::as_str).collect(),
            Self::Several(acts) => acts.iter().flat_map(Self::regions).collect(),
            Self::Force(_) | Self::Pressure { .. } | Self::Repeat(_) => Vec::new(),
        }
    }

    /// Whether it acts on the highest plane, or moves it.
    pub fn is_on_top(&self) -> bool {
        match self {
            Self::Plate(plate) => plate.region.is_none(),
            Self::Force(_) => true,
            Self::Repeat(repeat) => repeat.moves_plate(),
            Self::Several(acts) => acts.iter().any(Self::is_on_top),
            Self::Pressure { .. } | Self::Regions(_) => false,
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
    let (own, moves) = (load.own(), load.moves());
    let act = match (load.action.is_empty(), moves || !own.is_empty()) {
        (false, true) => {
            let text = "its [[load.action]] say all that acts at once: put into one of them what \
                        stands beside its name (a motion is a load of its own)";
            return Err(text.into());
        }
        (false, false) => {
            let one = |(n, action): (usize, &LoadAction)| {
                pressing(action, &load.name, "").map_err(|e| format!("action {}: {e}", n + 1))
            };
            Act::Several(load.action.iter().enumerate().map(one).collect::<Result<_, _>>()?)
        }
        (true, _) if moves => moving(load, setup)?,
        (true, _) => pressing(&own, &load.name, MOTIONS)?,
    };
    check_size(&act)?;
    Ok(act)
}

impl Load {
    /// Whether it moves something.
    fn moves(&self) -> bool {
        self.strain.is_some() || self.displacement_mm.is_some() || self.rotation_deg.is_some()
    }

    /// What it says of forces and pressures itself.
    fn own(&self) -> LoadAction {
        let Self { force_n, moment_nmm, pressure_mpa, within_mm, .. } = *self;
        LoadAction { force_n, moment_nmm, region: self.region.clone(), pressure_mpa, within_mm }
    }
}

impl LoadAction {
    fn is_empty(&self) -> bool {
        let Self { force_n, moment_nmm, region, pressure_mpa, within_mm } = self;
        let forces = force_n.is_some() || moment_nmm.is_some() || pressure_mpa.is_some();
        !forces && region.is_none() && within_mm.is_none()
    }
}

/// What a load may be beside a force, a moment or a pressure.
const MOTIONS: &str = "strain, displacement_mm, rotation_deg, ";

/// A force and a moment, or a pressure; `more` is what could be given in their place.
fn pressing(action: &LoadAction, name: &str, more: &str) -> Result<Act, String> {
    let LoadAction { force_n, moment_nmm, region, pressure_mpa, within_mm } = action;
    let force = force_n.is_some() || moment_nmm.is_some();
    match (force, pressure_mpa) {
        (false, None) => {
            Err(format!("it does nothing: give {more}force_n, moment_nmm or pressure_mpa"))
        }
        (true, Some(_)) => {
            let text = "either a force and moment, or a pressure: what acts at once stands in \
                        [[load.action]], one each";
            Err(text.into())
        }
        (false, Some(_)) if region.is_some() => Err(no_region()),
        (false, Some(pressure_mpa)) => {
            let everywhere = [[f64::NEG_INFINITY; 3], [f64::INFINITY; 3]];
            let within_mm = within_mm.unwrap_or(everywhere);
            Ok(Act::Pressure { pressure_mpa: *pressure_mpa, within_mm })
        }
        (true, None) if within_mm.is_some() => Err(no_pressure()),
        (true, None) => {
            let (force_n, moment_nmm) =
                (force_n.unwrap_or_default(), moment_nmm.unwrap_or_default());
            let case = LoadCase { name: name.into(), force_n, moment_nmm };
            Ok(match region {
                Some(region) => Act::Regions(regions::own(case, region)),
                None => Act::Force(case),
            })
        }
    }
}

fn no_region() -> String {
    "region says where a force, a moment, displacement_mm or rotation_deg acts, and there is none: a \
     pressure has within_mm, a strain the whole height"
        .into()
}

fn no_pressure() -> String {
    "within_mm says where a pressure acts, and there is none".into()
}

/// A motion.
fn moving(load: &Load, setup: &Setup) -> Result<Act, String> {
    let LoadAction { force_n, moment_nmm, region, pressure_mpa, within_mm } = load.own();
    if force_n.is_some() || moment_nmm.is_some() || pressure_mpa.is_some() {
        return Err("either a motion, or a force and moment, or a pressure".into());
    }
    if load.strain.is_some() && load.displacement_mm.is_some() {
        return Err("give strain or displacement_mm".into());
    }
    if within_mm.is_some() {
        return Err(no_pressure());
    }
    if region.is_some() && load.strain.is_some() {
        return Err(no_region());
    }
    Ok(motion(load, setup))
}

/// Refuses a load, or one of several actions, whose numbers are none.
fn check_size(act: &Act) -> Result<(), String> {
    if let Act::Several(acts) = act {
        let one =
            |(n, act): (usize, &Act)| check_size(act).map_err(|e| format!("action {}: {e}", n + 1));
        return acts.iter().enumerate().try_for_each(one);
    }
    let size = size(act);
    if !size.is_finite() {
        return Err(format!("it holds a number that is {size}"));
    }
    if size == 0.0 { Err("all its numbers are zero".into()) } else { Ok(()) }
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
        Act::Several(acts) => acts.iter().map(size).sum(),
        Act::Regions(case) => {
            let numbers = case.actions.iter().flat_map(|a| a.force_n.iter().chain(&a.moment_nmm));
            sum(&mut numbers.copied())
        }
    }
}
