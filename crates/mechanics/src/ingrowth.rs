//! Bone that grows into a porous core: a mechano-regulation estimate over time.
//!
//! Cells wander from the endplates into the pores by diffusion. Where they are, bone forms at a
//! rate that the strain of the tissue in the pores sets: none outside a window of strain, and less
//! than all below it. Diffusion is explicit on the core's voxels, with a step that keeps it stable.

use ossein_geom::{Cancelled, Job};

use crate::method::Method;

/// The estimate.
pub const METHOD: Method = Method {
    id: "ingrowth",
    title: "Bone ingrowth over time",
    formula: "dc/dt = D lap(c), c at the endplates as slip allows; db/dt = r c w(S) (1 - b); S = \
              gamma / 0.0375, gamma the octahedral shear strain of the tissue in the pores, the \
              core's strain / porosity; w = S / 0.01 below 0.01, 1 up to 1, 0 above; D = 0.1 \
              mm2/day, r = 0.05 /day",
    source: "stimulus and window: Prendergast 1997, Lacroix and Prendergast 2002, without their \
             fluid flow; slip: facts D1.39; D and r: chosen so that 2 to 3 mm are reached at 12 \
             weeks, the order of published animal work",
    limits: "cannot say when or whether this patient fuses: no biology of age, drugs, radiation \
             or tumour, no graft, no blood supply, constant load, constant stiffness. D and r are \
             known to a factor of two at best: read the band, and compare designs",
};

/// Octahedral shear strain that makes a stimulus of one (Prendergast 1997).
const SHEAR_STRAIN_UNIT: f64 = 0.0375;
/// Largest time step in days.
const STEP_DAYS_MAX: f64 = 0.5;
/// Steps at most: a year at the largest step of the finest grid that is of use.
const STEP_COUNT_MAX: usize = 200_000;

/// What becomes of strain below the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BelowWindow {
    /// No bone, as in the full theory.
    Nothing,
    /// Less bone in proportion: stiff lattices keep their pores below the window, and bone is
    /// found in them.
    Less,
    /// As much bone as within the window.
    All,
}

/// Constants of the estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Biology {
    /// Diffusivity of cells in mm²/day.
    pub diffusivity_mm2_per_day: f64,
    /// Rate of bone formation per day.
    pub rate_per_day: f64,
    /// Stimulus from which on bone forms at full rate.
    pub stimulus_min: f64,
    /// Stimulus above which no bone forms.
    pub stimulus_max: f64,
    /// What becomes of less stimulus.
    pub below: BelowWindow,
}

impl Biology {
    /// The middle estimate.
    pub const MIDDLE: Self = Self {
        diffusivity_mm2_per_day: 0.1,
        rate_per_day: 0.05,
        stimulus_min: 0.01,
        stimulus_max: 1.0,
        below: BelowWindow::Less,
    };
    /// Half as fast, and no bone below the window.
    pub const LOW: Self = Self {
        diffusivity_mm2_per_day: 0.05,
        rate_per_day: 0.025,
        below: BelowWindow::Nothing,
        ..Self::MIDDLE
    };
    /// Twice as fast, and no lower end of the window.
    pub const HIGH: Self = Self {
        diffusivity_mm2_per_day: 0.2,
        rate_per_day: 0.1,
        below: BelowWindow::All,
        ..Self::MIDDLE
    };

    /// Part of the full rate at a stimulus.
    pub fn rate_part(&self, stimulus: f64) -> f64 {
        if stimulus > self.stimulus_max {
            return 0.0;
        }
        let share = (stimulus / self.stimulus_min).clamp(0.0, 1.0);
        match self.below {
            _ if share >= 1.0 => 1.0,
            BelowWindow::Nothing => 0.0,
            BelowWindow::Less => share,
            BelowWindow::All => 1.0,
        }
    }
}

/// A voxel of the grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Site {
    /// Neither pores nor a source of cells.
    Closed,
    /// Bone that gives cells, from 0 to 1 of its supply.
    Source(f64),
    /// Pores, with the stimulus of the tissue in them.
    Pores(f64),
}

/// Stimulus of the tissue in the pores of a core of this solid fraction, from the principal
/// strains of the core: the mean strain of the pores is at most the core's over its porosity.
///
/// `S = gamma / 0.0375`, `gamma = 2/3 sqrt((a - b)^2 + (b - c)^2 + (c - a)^2)`.
pub fn stimulus(principal_strains: [f64; 3], solid_fraction: f64) -> f64 {
    let [a, b, c] = principal_strains;
    let squares = (a - b) * (a - b) + (b - c) * (b - c) + (c - a) * (c - a);
    2.0 / 3.0 * squares.sqrt() / (1.0 - solid_fraction).max(0.01) / SHEAR_STRAIN_UNIT
}

/// Bone in the pores over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Ingrowth {
    /// Days of the rows, ascending.
    pub days: Vec<f64>,
    /// Part of the pores' volume that bone fills, at each day.
    pub fraction: Vec<f64>,
    /// Part of each voxel's pores that bone fills at the last day; 0 outside the pores.
    pub bone: Vec<f32>,
}

/// Lets bone grow on a grid of cubic voxels, `[k][j][i]`, and reports it at `days`, ascending.
///
/// # Errors
/// [`Cancelled`] if the job was stopped.
///
/// # Panics
/// If there are not as many sites as voxels, or more steps are needed than the bound allows.
pub fn ingrowth(
    sites: &[Site],
    size: [usize; 3],
    voxel_mm: f64,
    biology: &Biology,
    days: &[f64],
    job: &Job,
) -> Result<Ingrowth, Cancelled> {
    let mut bed = Bed::new(sites, size);
    let diffusivity = biology.diffusivity_mm2_per_day;
    let stable_days = voxel_mm * voxel_mm / (6.0 * diffusivity);
    let step_max = STEP_DAYS_MAX.min(0.9 * stable_days);
    let rates: Vec<f64> = bed
        .stimulus
        .iter()
        .map(|&stimulus| biology.rate_per_day * biology.rate_part(stimulus))
        .collect();
    let (mut today, mut fraction) = (0.0, Vec::new());
    for (row, &day) in days.iter().enumerate() {
        job.step(row, days.len())?;
        let step_count = ((day - today) / step_max).ceil().max(0.0) as usize;
        assert!(step_count <= STEP_COUNT_MAX, "{step_count} steps to day {day}");
        let step = (day - today) / step_count.max(1) as f64;
        for _ in 0..step_count {
            bed.step(diffusivity * step / (voxel_mm * voxel_mm), &rates, step);
        }
        today = day;
        fraction.push(bed.filled());
    }
    let mut bone = vec![0.0; sites.len()];
    for (&place, &b) in bed.places.iter().zip(&bed.bone) {
        bone[place] = b as f32;
    }
    Ok(Ingrowth { days: days.to_vec(), fraction, bone })
}

/// The pores as a list, with what lies beside each.
struct Bed {
    places: Vec<usize>,
    stimulus: Vec<f64>,
    /// Six neighbours: a number of the list, or `CLOSED`.
    beside: Vec<[u32; 6]>,
    /// What sources give to each, summed, and how many there are.
    supply: Vec<(f64, f64)>,
    cells: Vec<f64>,
    next: Vec<f64>,
    bone: Vec<f64>,
}

const CLOSED: u32 = u32::MAX;

impl Bed {
    fn new(sites: &[Site], size: [usize; 3]) -> Self {
        assert_eq!(sites.len(), size.iter().product::<usize>(), "a site for each voxel");
        let mut number = vec![CLOSED; sites.len()];
        let (mut places, mut stimulus) = (Vec::new(), Vec::new());
        for (place, site) in sites.iter().enumerate() {
            if let Site::Pores(s) = site {
                number[place] = places.len() as u32;
                places.push(place);
                stimulus.push(*s);
            }
        }
        let mut beside = Vec::with_capacity(places.len());
        let mut supply = Vec::with_capacity(places.len());
        for &place in &places {
            let (mut six, mut given, mut count) = ([CLOSED; 6], 0.0, 0.0);
            for (slot, other) in neighbours(place, size).into_iter().enumerate() {
                let Some(other) = other else { continue };
                six[slot] = number[other];
                if let Site::Source(part) = sites[other] {
                    given += part;
                    count += 1.0;
                }
            }
            beside.push(six);
            supply.push((given, count));
        }
        let zeros = vec![0.0; places.len()];
        let (cells, next, bone) = (zeros.clone(), zeros.clone(), zeros);
        Self { places, stimulus, beside, supply, cells, next, bone }
    }

    /// One step: `courant` is diffusivity times step over the square of the voxel.
    fn step(&mut self, courant: f64, rates: &[f64], days: f64) {
        for n in 0..self.places.len() {
            let here = self.cells[n];
            let (given, count) = self.supply[n];
            let mut flow = given - count * here;
            for &other in self.beside[n].iter().filter(|&&other| other != CLOSED) {
                flow += self.cells[other as usize] - here;
            }
            self.next[n] = here + courant * flow;
            self.bone[n] += days * rates[n] * here * (1.0 - self.bone[n]);
        }
        std::mem::swap(&mut self.cells, &mut self.next);
    }

    fn filled(&self) -> f64 {
        let sum: f64 = self.bone.iter().sum();
        if self.bone.is_empty() { 0.0 } else { sum / self.bone.len() as f64 }
    }
}

/// The six voxels that share a face with one; `None` beyond the grid.
fn neighbours(place: usize, size: [usize; 3]) -> [Option<usize>; 6] {
    let at = [place % size[0], place / size[0] % size[1], place / (size[0] * size[1])];
    let stride = [1, size[0], size[0] * size[1]];
    let side = |slot: usize| {
        let axis = slot / 2;
        if slot.is_multiple_of(2) {
            (at[axis] > 0).then(|| place - stride[axis])
        } else {
            (at[axis] + 1 < size[axis]).then(|| place + stride[axis])
        }
    };
    [0, 1, 2, 3, 4, 5].map(side)
}
