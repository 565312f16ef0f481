//! What the stresses and strains mean for bone: slip, shielding, ingrowth.
//!
//! These stand on voxels coarser by a step than those of stress, and their second resolution is
//! coarser by a step again. Slip and shielding need a solution of their own: one with end faces that
//! slide, and one with bone in the implant's place.

use ossein_geom::{Finding, Job, Mpa, Severity};
use ossein_mechanics::ingrowth::{Biology, Site, ingrowth, stimulus};
use ossein_mechanics::micromotion::{Micromotion, micromotion, open_fraction, sliding, slip_mm};
use ossein_mechanics::shielding::{BoneElement, LAZY_ZONE, Shielding, shielding, strain_windows};
use ossein_mechanics::stress::{
    Stress, energy_density, principal_strain, strain, stress, von_mises,
};
use ossein_mechanics::{
    Islands, Moduli, Solution, SolveError, SolveOptions, Unconverged, cubic, isotropic,
};

use super::VerifyError;
use super::cases::{Case, solve};
use super::construct::{BONE_POISSON, Construct, Contact, Materials};

/// Residual to which the extra solutions are taken: their figures are estimates.
const TOLERANCE: f64 = 1e-4;
/// Thickness of a zone along the axis.
const ZONE_MM: f64 = 5.0;
/// Zones of one body; the last takes what lies farther.
const ZONE_COUNT: usize = 4;
/// Weeks at which ingrowth is told, and drawn.
pub const WEEKS: [f64; 13] =
    [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.0, 24.0];
/// Row of [`WEEKS`] whose voxels are drawn: twelve weeks.
const DRAWN: usize = 6;

/// What the solutions of a model leave for judgement.
#[derive(Default)]
pub struct Felt {
    /// Energy density of the first case, MPa.
    energy_mpa: Vec<f32>,
    /// Von Mises stress of the first case, MPa.
    stress_mpa: Vec<f32>,
    /// Largest absolute principal strain of the first case.
    strain_abs: Vec<f32>,
    /// Largest stimulus of all cases in porous voxels.
    stimulus: Vec<f32>,
    /// Failures of the solver, where nothing else tells them.
    pub findings: Vec<Finding>,
}

impl Felt {
    /// Takes up a solution.
    pub fn take(
        &mut self,
        construct: &Construct,
        solid_fraction: f64,
        (case, solution): (usize, &Solution),
        stresses: &[Stress],
    ) {
        let strains = strain(&construct.model, solution);
        if case == 0 {
            let none = || vec![0.0; construct.model.element_count()];
            (self.stress_mpa, self.strain_abs, self.stimulus) = (none(), none(), none());
            self.energy_mpa = energy_density(&construct.model, solution);
        }
        for (n, (stress, strain)) in stresses.iter().zip(&strains).enumerate() {
            if case == 0 {
                let [high, _, low] = principal_strain(strain);
                self.stress_mpa[n] = von_mises(stress);
                self.strain_abs[n] = high.abs().max(low.abs());
            }
            if construct.porous[n] > 0.5 {
                let main = principal_strain(strain).map(f64::from);
                let here = stimulus(main, solid_fraction) as f32;
                self.stimulus[n] = self.stimulus[n].max(here);
            }
        }
    }
}

/// Bone beside the implant.
pub struct BoneJudgement {
    /// Against the reference; nothing where there is no bone to compare.
    pub shielding: Option<Shielding>,
    /// Parts of the bone's volume in the strain windows, with the implant and without.
    pub windows: [Option<[f64; 4]>; 2],
    /// Modulus of the reference's filling, MPa.
    pub filling_mpa: f64,
    /// Stimulus over reference of each voxel of bone; not a number elsewhere.
    pub ratio: Vec<f32>,
    /// What the solver wants looked at in the reference.
    pub findings: Vec<Finding>,
}

/// What is judged of the bone at one voxel size.
pub struct Estimates {
    /// Edge of a voxel.
    pub voxel_mm: f64,
    /// Bone beside the implant.
    pub bone: BoneJudgement,
    /// Slip.
    pub slip: SlipJudgement,
    /// Ingrowth.
    pub growth: GrowthJudgement,
}

/// Slip at both ends.
pub struct SlipJudgement {
    /// Cranial and caudal: largest of all cases at each place.
    pub ends: [Option<Micromotion>; 2],
    /// The places, with their slip in mm.
    pub sites: Vec<(Contact, f64)>,
    /// Case with the largest 95th percentile.
    pub case: String,
    /// What the solver wants looked at with faces that slide.
    pub findings: Vec<Finding>,
}

/// Bone in the core over [`WEEKS`]: slow, middle and quick.
pub struct GrowthJudgement {
    /// Part of the pores' volume that bone fills.
    pub fraction: [Vec<f64>; 3],
    /// Part of each voxel's pores at twelve weeks, middle estimate; not a number outside the core.
    pub bone: Vec<f32>,
    /// Median of the stimulus in the pores.
    pub stimulus_p50: f64,
}

fn options() -> SolveOptions {
    SolveOptions {
        islands: Islands::Drop,
        unconverged: Unconverged::Keep,
        tolerance: TOLERANCE,
        balance_tolerance: TOLERANCE,
        ..SolveOptions::default()
    }
}

/// What a construct's solutions leave for judgement, where nothing else is asked of them.
///
/// # Errors
/// What the solver reports.
pub fn felt(
    construct: &Construct,
    solid_fraction: f64,
    cases: &[Case],
    job: &Job,
) -> Result<Felt, SolveError> {
    let mut felt = Felt::default();
    for (n, solution) in solve(construct, cases, &options(), job)?.iter().enumerate() {
        let stresses = stress(&construct.model, solution);
        felt.take(construct, solid_fraction, (n, solution), &stresses);
        felt.findings.extend(solution.findings.iter().cloned());
    }
    felt.findings.retain(|finding| finding.severity == Severity::Failure);
    Ok(felt)
}

/// Judges the bone at one voxel size.
///
/// # Errors
/// What the solver reports, or if the job was stopped.
pub fn estimates(
    construct: &Construct,
    materials: &Materials,
    cases: &[Case],
    felt: &Felt,
    job: &Job,
) -> Result<Estimates, VerifyError> {
    let slip = slip(construct, cases, job)?;
    let bone = bone(construct, materials, cases, felt, job)?;
    let growth = growth(construct, felt, &slip, job)?;
    Ok(Estimates { voxel_mm: construct.model.voxel_mm, bone, slip, growth })
}

/// The bone under the first case against the same construct with bone in the implant's place.
///
/// # Errors
/// What the solver reports.
fn bone(
    construct: &Construct,
    materials: &Materials,
    cases: &[Case],
    felt: &Felt,
    job: &Job,
) -> Result<BoneJudgement, SolveError> {
    let (reference, filling_mpa) = without_implant(construct, materials);
    let first = &cases[..cases.len().min(1)];
    let solutions = solve(&reference, first, &options(), job)?;
    let [solution] = solutions.as_slice() else { unreachable!("one case was asked for") };
    let stresses = stress(&reference.model, solution);
    let strains = strain(&reference.model, solution);
    let energies_mpa = energy_density(&reference.model, solution);
    let (mut elements, mut ratio) = (Vec::new(), vec![f32::NAN; stresses.len()]);
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for (n, zone) in zones(construct) {
        let reference_energy_mpa = f64::from(energies_mpa[n]);
        let hu = f64::from(construct.bone_hu[n]);
        let density = materials.bone.calibration.density(hu).to_apparent().g_per_cm3;
        elements.push(BoneElement {
            density_g_per_cm3: density.max(0.0),
            energy_mpa: f64::from(felt.energy_mpa[n]),
            reference_energy_mpa,
            stress_mpa: f64::from(felt.stress_mpa[n]),
            reference_stress_mpa: f64::from(von_mises(&stresses[n])),
            zone,
        });
        let [high, _, low] = principal_strain(&strains[n]);
        with.push(f64::from(felt.strain_abs[n]));
        without.push(f64::from(high.abs().max(low.abs())));
        if reference_energy_mpa > 0.0 {
            ratio[n] = (f64::from(felt.energy_mpa[n]) / reference_energy_mpa) as f32;
        }
    }
    Ok(BoneJudgement {
        shielding: shielding(&elements, LAZY_ZONE),
        windows: [strain_windows(with), strain_windows(without)],
        filling_mpa,
        ratio,
        findings: named("reference of shielding", solution),
    })
}

/// What the solver wants looked at, with the model's name before the case's.
pub fn named(model: &str, solution: &Solution) -> Vec<Finding> {
    let one = |finding: &Finding| {
        let message = format!("{model}: {}", finding.message);
        Finding { message, ..finding.clone() }
    };
    solution.findings.iter().map(one).collect()
}

/// Name of a zone.
pub fn zone_name(zone: usize) -> String {
    let (body, slab) =
        if zone < ZONE_COUNT { ("caudal", zone) } else { ("cranial", zone - ZONE_COUNT) };
    let from = slab as f64 * ZONE_MM;
    if slab + 1 == ZONE_COUNT {
        format!("{body}, from {from:.0} mm")
    } else {
        format!("{body}, {from:.0} to {:.0} mm", from + ZONE_MM)
    }
}

/// Voxels of bone without metal and their zones: slabs of each body by their distance from the
/// mean height of its contact. Two planes at either end of the grid, where load comes in, are left
/// out.
fn zones(construct: &Construct) -> Vec<(usize, usize)> {
    let [ni, nj, nk] = construct.grid.size;
    let plane = ni * nj;
    let contacts = construct.contacts();
    let height = |upper: bool| {
        let own = || contacts.iter().filter(|c| c.is_upper == upper);
        let sum: usize = own().map(|c| c.voxel / plane).sum();
        (own().count() > 0).then(|| sum as f64 / own().count() as f64)
    };
    let heights = [height(false), height(true)];
    let zone = |n: usize| {
        let k = n / plane;
        let free = construct.dense[n] + construct.porous[n] == 0.0;
        if construct.bone_hu[n].is_nan() || !free || k < 2 || k + 2 >= nk {
            return None;
        }
        let upper = construct.is_upper[n];
        let from = heights[usize::from(upper)]?;
        let along = if upper { k as f64 - from } else { from - k as f64 };
        let slab =
            ((along * construct.model.voxel_mm / ZONE_MM).max(0.0) as usize).min(ZONE_COUNT - 1);
        Some((n, slab + if upper { ZONE_COUNT } else { 0 }))
    };
    (0..construct.bone_hu.len()).filter_map(zone).collect()
}

/// The construct with bone for metal, and the modulus of that bone: the mean of both bodies. Holes
/// of the implant are filled, screws become the bone they stand in.
fn without_implant(construct: &Construct, materials: &Materials) -> (Construct, f64) {
    let [ni, nj, _] = construct.grid.size;
    let count = construct.bone_hu.len();
    let modulus =
        |n: usize| materials.bone.modulus(f64::from(construct.bone_hu[n])).unwrap_or(Mpa(0.0)).0;
    let bone = || (0..count).filter(|&n| construct.is_bone(n));
    let filling_mpa = bone().map(modulus).sum::<f64>() / bone().count().max(1) as f64;
    // A void between metal on both sides of its row and of its column is a hole of the implant.
    let metal = |n: usize| construct.implant[n] > 0.3;
    let hole = |n: usize| {
        let (i, j) = (n % ni, n / ni % nj);
        (0..i).any(|d| metal(n - 1 - d))
            && (i + 1..ni).any(|at| metal(n + at - i))
            && (0..j).any(|d| metal(n - (1 + d) * ni))
            && (j + 1..nj).any(|at| metal(n + (at - j) * ni))
    };
    let mut reference = construct.clone();
    for n in 0..count {
        let in_bone = !construct.bone_hu[n].is_nan();
        let has_metal = construct.dense[n] + construct.porous[n] > 0.0;
        let filled = (has_metal && !construct.model.moduli[n].is_void()) || hole(n);
        reference.model.moduli[n] = match (in_bone, filled) {
            (true, _) => cubic(isotropic(Mpa(modulus(n)), BONE_POISSON)),
            (false, true) => cubic(isotropic(Mpa(filling_mpa), BONE_POISSON)),
            (false, false) => [0.0; 9],
        };
    }
    (reference, filling_mpa)
}

/// Slip at both end faces, largest of all cases at each place.
///
/// # Errors
/// What the solver reports.
fn slip(construct: &Construct, cases: &[Case], job: &Job) -> Result<SlipJudgement, SolveError> {
    let contacts = construct.contacts();
    let mut loose = construct.clone();
    for n in construct.beside_implant() {
        loose.model.moduli[n] = sliding(&loose.model.moduli[n]);
    }
    let solutions = solve(&loose, cases, &options(), job)?;
    let mut most = vec![0.0f64; contacts.len()];
    let mut worst = (-1.0, String::new());
    for solution in &solutions {
        let slips: Vec<f64> =
            contacts.iter().map(|c| slip_mm(&loose.model, solution, c.voxel, 2)).collect();
        if let Some(found) = micromotion(&slips)
            && found.p95_mm > worst.0
        {
            worst = (found.p95_mm, solution.name.clone());
        }
        most.iter_mut().zip(&slips).for_each(|(most, slip)| *most = most.max(*slip));
    }
    let sites: Vec<(Contact, f64)> = contacts.into_iter().zip(most).collect();
    let end = |upper: bool| {
        let own = sites.iter().filter(|(c, _)| c.is_upper == upper).map(|(_, slip)| *slip);
        micromotion(&own.collect::<Vec<f64>>())
    };
    let ends = [end(true), end(false)];
    // Pieces that hang on a corner are the same for all cases.
    let mut findings: Vec<Finding> = Vec::new();
    for finding in solutions.iter().flat_map(|solution| named("sliding end faces", solution)) {
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    Ok(SlipJudgement { ends, sites, case: worst.1, findings })
}

/// Bone in the core's pores over time.
///
/// # Errors
/// If the job was stopped.
fn growth(
    construct: &Construct,
    felt: &Felt,
    slip: &SlipJudgement,
    job: &Job,
) -> Result<GrowthJudgement, VerifyError> {
    let pores = |n: usize| construct.porous[n] > 0.5;
    let mut sites: Vec<Site> = (0..felt.stimulus.len())
        .map(|n| if pores(n) { Site::Pores(f64::from(felt.stimulus[n])) } else { Site::Closed })
        .collect();
    for (contact, slip_mm) in &slip.sites {
        sites[contact.voxel] = Site::Source(open_fraction(*slip_mm));
    }
    let days = WEEKS.map(|week| 7.0 * week);
    let (size, h) = (construct.grid.size, construct.model.voxel_mm);
    let grow = |biology: &Biology| ingrowth(&sites, size, h, biology, &days, job);
    let fraction = [Biology::LOW, Biology::MIDDLE, Biology::HIGH];
    let [low, middle, high] = fraction.map(|biology| grow(&biology));
    let drawn = ingrowth(&sites, size, h, &Biology::MIDDLE, &days[..=DRAWN], job)?;
    let bone = drawn.bone.iter().enumerate().map(|(n, &b)| if pores(n) { b } else { f32::NAN });
    let mut felt: Vec<f32> =
        (0..felt.stimulus.len()).filter(|&n| pores(n)).map(|n| felt.stimulus[n]).collect();
    felt.sort_unstable_by(f32::total_cmp);
    let stimulus_p50 = felt.get(felt.len() / 2).map_or(0.0, |&s| f64::from(s));
    Ok(GrowthJudgement {
        fraction: [low?.fraction, middle?.fraction, high?.fraction],
        bone: bone.collect(),
        stimulus_p50,
    })
}
