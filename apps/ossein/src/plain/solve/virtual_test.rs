//! What a body between test blocks bears: figures of virtual ASTM F2077 and F2267.

use ossein_geom::Finding;
use ossein_mechanics::stress::stress;
use ossein_mechanics::subsidence::{Contact, endplate_load};
use ossein_mechanics::virtual_test::{
    BlockMaterial, F2077, F2267, FOAM_GRADE_15, STEEL, foam_stiffness,
};
use ossein_mechanics::{Moduli, Solution, SolveError, cubic, isotropic};
use serde_json::{Value, json};

use super::blocks::BLOCKS;
use super::refine::{Solve, Solved};
use super::specimen::Specimen;

/// Figures of the tests, one a load, and what should be looked at. Foam is solved between steel too:
/// its own stiffness follows from both.
///
/// # Errors
/// What the solver reports.
pub fn figures<M: Moduli>(
    solved: &Solved<M>,
    block: &BlockMaterial,
    cases: &[Value],
    solve: &Solve<'_, M>,
) -> Result<(Value, Vec<Finding>), SolveError> {
    let of_foam = block.id == FOAM_GRADE_15.id;
    let steel = match of_foam {
        true => Some(solve(&with_blocks(&solved.specimen, &STEEL))?),
        false => None,
    };
    let mut findings = Vec::new();
    let mut tests = Vec::new();
    for (n, (solution, case)) in solved.solutions.iter().zip(cases).enumerate() {
        let mut test = borne(solution, case);
        if let Some(steel) = &steel {
            let body = solved.specimen.without(&solution.left_out);
            let (foam, more) = subsidence(&body, solution, &steel[n]);
            test["foam"] = foam;
            findings.extend(more);
        }
        tests.push(test);
    }
    let method = if of_foam { F2267 } else { F2077 };
    let value = json!({
        "method": {
            "id": method.id, "title": method.title, "formula": method.formula,
            "source": method.source, "limits": method.limits,
        },
        "block": {
            "id": block.id, "title": block.title, "modulus_mpa": block.modulus.0,
            "poisson": block.poisson, "strength_mpa": block.strength.0, "source": block.source,
            "confidence": block.confidence.word(),
        },
        "tests": tests,
    });
    Ok((value, findings))
}

/// The same body between blocks of another material.
fn with_blocks<M: Moduli>(specimen: &Specimen<M>, block: &BlockMaterial) -> Specimen<M> {
    let around = M::of(&cubic(isotropic(block.modulus, block.poisson)));
    let mut other = specimen.clone();
    let numbers = BLOCKS.map(|name| number(specimen, name));
    for (moduli, region) in other.model.moduli.iter_mut().zip(&other.regions) {
        if numbers.contains(region) {
            *moduli = around;
        }
    }
    other
}

/// Number of a block's region.
fn number<M>(specimen: &Specimen<M>, name: &str) -> u8 {
    specimen.names.iter().position(|own| own == name).map_or(0, |place| place as u8 + 1)
}

/// Load, stiffness, and the load at which the weakest metal yields or has run out.
fn borne(solution: &Solution, case: &Value) -> Value {
    let size = |v: [f64; 3]| (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
    // The sum of the forces of a pure moment is rounding.
    let is_torsion = size(solution.force_n) < 1e-6 * size(solution.moment_nmm);
    let (load, unit, stiffness, stiffness_unit) = if is_torsion {
        let turn = solution.rotational_stiffness_nm_per_deg;
        (1e-3 * size(solution.moment_nmm), "N m", turn, "N m/deg")
    } else {
        (size(solution.force_n), "N", solution.axial_stiffness_n_per_mm, "N/mm")
    };
    let least = |key: &str| {
        let regions = case["regions"].as_array().into_iter().flatten();
        let factors = regions.filter_map(|region| region["safety"][key].as_f64());
        factors.reduce(f64::min).map(|factor| load * factor)
    };
    json!({
        "name": solution.name, "load": load, "unit": unit,
        "stiffness": stiffness, "stiffness_unit": stiffness_unit,
        "first_yield": least("static_p99"), "run_out": least("fatigue_p99"),
    })
}

/// What foam bears at both ends, and its own stiffness.
fn subsidence<M: Moduli>(
    specimen: &Specimen<M>,
    foam: &Solution,
    steel: &Solution,
) -> (Value, Option<Finding>) {
    let stiffness = |s: &Solution| s.axial_stiffness_n_per_mm.unwrap_or(f64::NAN);
    let (device, system) = (stiffness(steel), stiffness(foam));
    let strength_mpa = FOAM_GRADE_15.strength.0;
    let stresses = stress(&specimen.model, foam);
    let face_mm2 = specimen.model.voxel_mm * specimen.model.voxel_mm;
    let force_n = -foam.force_n[2];
    let ends = BLOCKS.map(|name| {
        let pressed: Vec<f64> = contacts(specimen, name)
            .into_iter()
            .map(|n| f64::from(-stresses[n][2]).max(0.0))
            .collect();
        // In the middles of elements the pressure has spread: at the contact it bears all the force.
        let share = force_n / (pressed.iter().sum::<f64>() * face_mm2).max(f64::MIN_POSITIVE);
        let contact = |p: f64| Contact { pressure_mpa: share * p, strength_mpa };
        let contacts: Vec<Contact> = pressed.into_iter().map(contact).collect();
        endplate_load(&contacts).map(|load| {
            let area_mm2 = load.count as f64 * face_mm2;
            json!({
                "block": name, "contact_mm2": area_mm2,
                "pressure_mpa_p95": load.pressure_mpa_p95,
                "first_crush_n": force_n * strength_mpa / load.pressure_mpa_p95.max(1e-9),
                "limit_n": strength_mpa * area_mm2,
            })
        })
    });
    let own = foam_stiffness(system, device);
    let silent = own.is_none() || ends.iter().any(Option::is_none);
    let finding = silent.then(|| {
        let text = "the body between foam is not softer than between steel, or no foam touches it: \
                    the foam's stiffness says nothing";
        Finding::warning("solve.virtual_test", &foam.name, text)
    });
    let value = json!({
        "device_n_per_mm": device, "system_n_per_mm": system, "foam_n_per_mm": own, "ends": ends,
    });
    (value, finding)
}

/// Elements of a block that touch the body along z.
fn contacts<M: Moduli>(specimen: &Specimen<M>, name: &str) -> Vec<usize> {
    let plane = specimen.model.size[0] * specimen.model.size[1];
    let own = number(specimen, name);
    let blocks = BLOCKS.map(|name| number(specimen, name));
    let body = |n: usize| {
        let region = specimen.regions.get(n).copied().unwrap_or(0);
        region != 0 && !blocks.contains(&region)
    };
    let touches = |&n: &usize| {
        let beside = if name == BLOCKS[1] { n.checked_sub(plane) } else { Some(n + plane) };
        specimen.regions[n] == own && beside.is_some_and(body)
    };
    (0..specimen.regions.len()).filter(touches).collect()
}

/// The figures for people.
pub fn print(value: &Value) {
    let block = value["block"]["title"].as_str().unwrap_or_default();
    println!("between blocks of {block} ({})", value["method"]["id"].as_str().unwrap_or_default());
    for test in value["tests"].as_array().into_iter().flatten() {
        let word = |key: &str| test[key].as_str().unwrap_or_default();
        let load = test["load"].as_f64().unwrap_or(f64::NAN);
        println!("  {} of {load:.4} {}", word("name"), word("unit"));
        for (key, unit) in [
            ("stiffness", word("stiffness_unit")),
            ("first_yield", word("unit")),
            ("run_out", word("unit")),
        ] {
            if let Some(figure) = test[key].as_f64() {
                println!("    {:<32} {figure:.6e} {unit}", key.replace('_', " "));
            }
        }
        for key in ["device_n_per_mm", "system_n_per_mm", "foam_n_per_mm"] {
            if let Some(figure) = test["foam"][key].as_f64() {
                println!("    {key:<32} {figure:.6e} N/mm");
            }
        }
        for end in test["foam"]["ends"].as_array().into_iter().flatten() {
            let figure = |key: &str| end[key].as_f64().unwrap_or(f64::NAN);
            println!(
                "    {}: {:.3} mm2 in contact, first crush at {:.3} N, all of it at {:.3} N",
                end["block"].as_str().unwrap_or_default(),
                figure("contact_mm2"),
                figure("first_crush_n"),
                figure("limit_n")
            );
        }
    }
}
