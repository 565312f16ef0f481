//! ASTM F2077 and F2267 in the computer: the implant between blocks that conform to its end faces.

use ossein_design::kinds::vertebral_body_replacement::Design;
use ossein_field::Field;
use ossein_geom::{Aabb, Choices, Finding, Found, Grid, Implant, Job, Point, Severity};
use ossein_mechanics::composite::Shared;
use ossein_mechanics::homogenized::{self, lattice_yield_ratio};
use ossein_mechanics::loads::load_set;
use ossein_mechanics::safety::{Safety, lattice_safety, safety};
use ossein_mechanics::stress::{Stress, stress};
use ossein_mechanics::subsidence::{Contact, endplate_load};
use ossein_mechanics::virtual_test::{
    BlockMaterial, F2077, F2267, FOAM_GRADE_15, POLYACETAL, STEEL, foam_stiffness,
    relative_stiffness,
};
use ossein_mechanics::{
    Islands, Loads, OrthotropicModel, Solution, SolveOptions, Unconverged, cubic, isotropic,
    solve_cases,
};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::VerifyError;
use super::construct::{Materials, Metal, metal_shares, normal_at};
use super::figures::method_row;
use super::judge::named;
use crate::steps::resolution::{Difference, Key, Table, beside, beside_rows, text};

/// Height of a block beyond the implant.
const BLOCK_MM: f64 = 10.0;
/// How far a block reaches beyond the implant's sides.
const MARGIN_MM: f64 = 4.0;
/// Residual to which tests are solved.
const TOLERANCE: f64 = 1e-5;

/// The implant between blocks.
struct Rig {
    grid: Grid<Implant>,
    metal: Vec<Metal>,
    /// Share of block in each voxel: positive in the upper one, negative in the lower one.
    block: Vec<f32>,
}

/// Runs the tests that the recipe names.
///
/// # Errors
/// What the lattice's table, the solver or the job report.
pub fn virtual_tests(
    design: &Design,
    materials: &Materials,
    choices: &Choices,
    voxel_mm: f64,
    job: &Job,
) -> Result<Found<Value>, VerifyError> {
    let word = choices.word("mechanics.virtual_tests");
    if word == "none" {
        return Ok(Found::clean(Value::Null));
    }
    let rig = Rig::new(design, choices.number("implant.gap_mm"), voxel_mm);
    let steel = rig.run("astm_f2077", &STEEL, materials, job)?;
    let mut rows = Vec::new();
    let mut methods = Vec::new();
    let mut findings = failures(&steel);
    if word != "astm_f2267" {
        rows.extend(steel.iter().map(|t| t.row(&rig, design, materials, false)));
        let plastic = rig.run("astm_f2077", &POLYACETAL, materials, job)?;
        findings.extend(failures(&plastic));
        rows.extend(plastic.iter().map(|t| t.row(&rig, design, materials, true)));
        methods.push(method_row(&F2077));
    }
    let mut foam = Value::Null;
    if word != "astm_f2077" {
        let soft = rig.run("astm_f2267", &FOAM_GRADE_15, materials, job)?;
        findings.extend(failures(&soft));
        foam = rig.subsidence(&steel[0], &soft[0], &mut findings);
        methods.push(method_row(&F2267));
    }
    let block = |b: BlockMaterial| {
        json!({
            "id": b.id, "title": b.title, "modulus_mpa": b.modulus.0, "poisson": b.poisson,
            "strength_mpa": b.strength.0, "source": b.source, "confidence": b.confidence.word(),
        })
    };
    let blocks = [STEEL, POLYACETAL, FOAM_GRADE_15].map(block);
    let value = json!({
        "voxel_mm": voxel_mm, "block_mm": BLOCK_MM, "margin_mm": MARGIN_MM,
        "f2077": rows, "f2267": foam, "methods": methods,
        "blocks": blocks,
    });
    Ok(Found { value, findings })
}

/// Figures of a compression, a shear or a torsion.
const F2077_FIGURES: Table<'_> = Table {
    name: "ASTM F2077",
    keys: &[
        Key::plain("stiffness", "Stiffness"),
        Key::plain("relative_stiffness", "Stiffness of solid metal"),
        Key::plain("bears", "Load that it bears"),
    ],
};
/// Figures of the system in foam.
const F2267_FIGURES: Table<'_> = Table {
    name: "ASTM F2267",
    keys: &[
        Key::plain("device_n_per_mm", "Stiffness of the device"),
        Key::plain("system_n_per_mm", "Stiffness of the system"),
        Key::plain("stiffness_ratio", "Ratio of both"),
        Key::plain("foam_n_per_mm", "Stiffness of the foam"),
    ],
};
/// Figures of an end in foam.
const ENDS: Table<'_> = Table {
    name: "ASTM F2267, ends",
    keys: &[
        Key::plain("contact_mm2", "Contact with the foam"),
        Key::plain("pressure_mpa_p95", "Pressure on the foam"),
        Key::plain("first_crush_n", "First crush"),
        Key::plain("limit_n", "Limit load"),
    ],
};

/// Puts beside each figure of the tests what the same tests on other voxels say of it. Sizes are
/// those of both, mm.
pub fn compared(tests: &mut Value, second: &Value, sizes_mm: [f64; 2]) -> Vec<Difference> {
    let mut differences = Vec::new();
    let rows = |of: &Value| of.as_array().cloned().unwrap_or_default();
    if let Some(own) = tests["f2077"].as_array_mut() {
        let place = |row: &Value| format!("{}, {}", text(row, "name"), text(row, "block"));
        differences = beside_rows(own, &rows(&second["f2077"]), &F2077_FIGURES, place, sizes_mm);
    }
    if tests["f2267"].is_object() {
        let foam = &mut tests["f2267"];
        let other = &second["f2267"];
        differences.extend(beside(foam, Some(other), &F2267_FIGURES, "", sizes_mm));
        if let Some(ends) = foam["ends"].as_array_mut() {
            let end = |row: &Value| text(row, "end");
            differences.extend(beside_rows(ends, &rows(&other["ends"]), &ENDS, end, sizes_mm));
        }
    }
    differences
}

/// Tests that the solver did not bring to an end; slivers of a cut block are no failure.
fn failures(tests: &[Tested]) -> Vec<Finding> {
    let all = tests.iter().flat_map(|t| named(t.block.title, &t.solution));
    all.filter(|finding| finding.severity == Severity::Failure).collect()
}

/// A solved test.
struct Tested {
    block: &'static BlockMaterial,
    solution: Solution,
    stresses: Vec<Stress>,
    dense: Option<Safety>,
    core: Option<Safety>,
}

impl Rig {
    fn new(design: &Design, gap_mm: f64, voxel_mm: f64) -> Self {
        let hull = design.shapes.hull.bounds().intersection(design.shapes.part.bounds());
        let grow = [MARGIN_MM, MARGIN_MM, BLOCK_MM];
        let (min, max) = (hull.min.array(), hull.max.array());
        let low: [f64; 3] = [0, 1, 2].map(|a| min[a] - grow[a]);
        let high: [f64; 3] = [0, 1, 2].map(|a| max[a] + grow[a]);
        let bounds = Aabb::<Implant>::new(Point::from(low), Point::from(high));
        let size = [0, 1, 2].map(|a| (bounds.size()[a] / voxel_mm).ceil() as usize + 1);
        let grid = Grid::aligned(bounds.min, [voxel_mm; 3], size);
        // Screws are no part of the test.
        let mut shapes = design.shapes.clone();
        shapes.screws.clear();
        let [lower, upper] = &design.faces;
        let plane = |k: usize| {
            let metal = metal_shares(&shapes, &grid, k);
            let one = |(n, metal): (usize, Metal)| {
                let p = grid.center([n % size[0], n / size[0], k]);
                let above = p.z - (upper.heights.at(p.x, p.y) - gap_mm);
                let below = (lower.heights.at(p.x, p.y) + gap_mm) - p.z;
                let part = |depth: f64| (depth / voxel_mm + 0.5).clamp(0.0, 1.0) as f32;
                let rest = 1.0 - metal.dense - metal.porous;
                let block = if above > below {
                    part(above).min(rest).max(0.0)
                } else {
                    -part(below).min(rest).max(0.0)
                };
                (metal, block)
            };
            metal.into_iter().enumerate().map(one).collect::<Vec<_>>()
        };
        let voxels: Vec<(Metal, f32)> =
            (0..size[2]).into_par_iter().map(plane).collect::<Vec<_>>().concat();
        let (metal, block) = voxels.into_iter().unzip();
        Self { grid, metal, block }
    }

    fn model(
        &self,
        block: &BlockMaterial,
        materials: &Materials,
    ) -> Result<OrthotropicModel, VerifyError> {
        let (cell, fraction) = materials.lattice;
        let metal = isotropic(materials.metal.modulus, materials.metal.poisson);
        let core = homogenized::moduli(cell, fraction, materials.metal.modulus)?;
        let around = cubic(isotropic(block.modulus, block.poisson));
        let size = self.grid.size;
        let shares: Vec<f32> = self.metal.iter().map(Metal::share).collect();
        let one = |n: usize| {
            let moduli = [self.metal[n].mixed(metal, core), around];
            let shared = Shared { shares: [shares[n], self.block[n].abs()], moduli };
            shared.moduli(normal_at(&shares, size, n))
        };
        let moduli = (0..shares.len()).into_par_iter().map(one).collect();
        Ok(OrthotropicModel { size, voxel_mm: self.grid.spacing[0], moduli })
    }

    /// Solves a set between blocks of one material.
    fn run(
        &self,
        set: &str,
        block: &'static BlockMaterial,
        materials: &Materials,
        job: &Job,
    ) -> Result<Vec<Tested>, VerifyError> {
        let model = self.model(block, materials)?;
        let set = load_set(set).expect("a listed set");
        let cases = set.column_cases().expect("a set for columns");
        let options = SolveOptions {
            islands: Islands::Drop,
            unconverged: Unconverged::Keep,
            tolerance: TOLERANCE,
            balance_tolerance: TOLERANCE,
            ..SolveOptions::default()
        };
        let solutions = solve_cases(&model, &Loads::column(&model), &cases, &options, job)?;
        let solid: Vec<bool> = self.metal.iter().map(|m| m.dense > 0.95).collect();
        let pores: Vec<bool> = self.metal.iter().map(|m| m.porous > 0.95).collect();
        let (cell, fraction) = materials.lattice;
        let yields = lattice_yield_ratio(cell, fraction)?;
        let one = |solution: Solution| {
            let stresses = stress(&model, &solution);
            Tested {
                block,
                dense: safety(&stresses, &solid, materials.metal),
                core: lattice_safety(&stresses, &pores, materials.metal, &yields),
                stresses,
                solution,
            }
        };
        Ok(solutions.into_iter().map(one).collect())
    }

    /// F2267 from the test between steel and the one between foam.
    fn subsidence(&self, steel: &Tested, foam: &Tested, findings: &mut Vec<Finding>) -> Value {
        let stiffness = |t: &Tested| t.solution.axial_stiffness_n_per_mm.unwrap_or(f64::NAN);
        let (device, system) = (stiffness(steel), stiffness(foam));
        let force = -foam.solution.force_n[2];
        let h = self.grid.spacing[0];
        let ends = [false, true].map(|upper| {
            let contacts: Vec<Contact> = self
                .contacts(upper)
                .into_iter()
                .map(|n| Contact {
                    pressure_mpa: f64::from(-foam.stresses[n][2]).max(0.0),
                    strength_mpa: FOAM_GRADE_15.strength.0,
                })
                .collect();
            endplate_load(&contacts).map(|load| {
                let area_mm2 = load.count as f64 * h * h;
                let crush = force * FOAM_GRADE_15.strength.0 / load.pressure_mpa_p95.max(1e-9);
                json!({
                    "end": if upper { "cranial" } else { "caudal" },
                    "contact_mm2": area_mm2,
                    "pressure_mpa_p95": load.pressure_mpa_p95,
                    "first_crush_n": crush,
                    "limit_n": FOAM_GRADE_15.strength.0 * area_mm2,
                })
            })
        });
        let foam_stiffness = foam_stiffness(system, device);
        if foam_stiffness.is_none() || ends.iter().any(Option::is_none) {
            let message = "the system between foam is not softer than the device between steel, \
                           or no foam touches it: K_p says nothing";
            findings.push(Finding::warning("verify.virtual_test", "ASTM F2267", message));
        }
        json!({
            "force_n": force,
            "device_n_per_mm": device,
            "system_n_per_mm": system,
            "stiffness_ratio": system / device,
            "foam_n_per_mm": foam_stiffness,
            "ends": ends,
            "converged": foam.solution.converged,
        })
    }

    /// Voxels of a block that touch an end face along the axis.
    fn contacts(&self, upper: bool) -> Vec<usize> {
        let plane = self.grid.size[0] * self.grid.size[1];
        let metal = |n: usize| self.metal[n].share();
        let touches = |&n: &usize| {
            let beside = if upper { n.checked_sub(plane) } else { Some(n + plane) };
            let share = if upper { self.block[n] } else { -self.block[n] };
            let near = beside.filter(|&b| b < self.metal.len());
            share > 0.5 && metal(n) < 0.3 && near.is_some_and(|b| metal(b) >= 0.3)
        };
        (0..self.metal.len()).filter(touches).collect()
    }
}

impl Tested {
    /// A row of the report; fatigue where the blocks are those of fatigue tests.
    fn row(&self, rig: &Rig, design: &Design, materials: &Materials, is_fatigue: bool) -> Value {
        let solution = &self.solution;
        let size = |v: [f64; 3]| (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
        // The sum of the forces of a pure moment is rounding.
        let is_torsion = size(solution.force_n) < 1e-6 * size(solution.moment_nmm);
        let (load, stiffness) = if is_torsion {
            let turn = solution.rotational_stiffness_nm_per_deg;
            (1e-3 * size(solution.moment_nmm), turn)
        } else {
            (size(solution.force_n), solution.axial_stiffness_n_per_mm)
        };
        let factor = |s: Safety| if is_fatigue { s.fatigue_p99 } else { s.static_p99 };
        let factors = [self.dense, self.core].map(|s| s.map_or(f64::INFINITY, factor));
        let least = factors[0].min(factors[1]);
        let bears = least.is_finite().then_some(load * least);
        let height = rig.grid.size[2] as f64 * rig.grid.spacing[0] - 2.0 * BLOCK_MM;
        let relative = stiffness.filter(|_| solution.name == "compression").map(|k| {
            relative_stiffness(k, height, design.report.envelope_mm3, materials.metal.modulus)
        });
        json!({
            "name": solution.name,
            "block": self.block.title,
            "load": load,
            "unit": if is_torsion { "N m" } else { "N" },
            "stiffness": stiffness,
            "stiffness_unit": if is_torsion { "N m/deg" } else { "N/mm" },
            "relative_stiffness": relative,
            "kind": if is_fatigue { "run-out" } else { "first yield" },
            "bears": bears,
            "bears_per_height": bears.map(|b| b / design.report.height_mm),
            "weakest": if factors[1] < factors[0] { "core" } else { "solid" },
            "converged": solution.converged,
        })
    }
}
