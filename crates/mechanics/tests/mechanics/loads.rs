//! Load sets: their cases as published, and their resultants on a model.

use crate::common::{assert_close, block, to};
use ossein_geom::{Job, Mpa};
use ossein_mechanics::loads::{
    Action, Clench, Hold, LOAD_SETS, LoadError, LoadSet, MUSCLE_NAMES, RegionCase, Regions, clench,
    load_set, nodal_load, scaled,
};
use ossein_mechanics::{Model, isotropic, solve_forces};

fn set(id: &str) -> &'static LoadSet {
    load_set(id).unwrap_or_else(|| panic!("{id}"))
}

#[test]
fn sets_for_columns_have_their_published_cases() {
    let thoracic = set("thoracic_moments").column_cases().unwrap();
    assert_eq!(thoracic.len(), 7);
    assert!(thoracic.iter().all(|case| case.force_n == [0.0, 0.0, -200.0]));
    assert_eq!(thoracic[0].moment_nmm, [0.0; 3]);
    assert_eq!(thoracic[1].moment_nmm, [7500.0, 0.0, 0.0]);
    let pure = set("pure_moments").column_cases().unwrap();
    assert!(pure.iter().all(|case| case.force_n == [0.0; 3]));
    let moments = |cases: &[ossein_mechanics::LoadCase]| -> Vec<[f64; 3]> {
        cases.iter().map(|case| case.moment_nmm).collect()
    };
    assert_eq!(moments(&pure), moments(&thoracic[1..]));
    let lumbar = set("lumbar_combined").column_cases().unwrap();
    let row = |name: &str| lumbar.iter().find(|case| case.name == name).unwrap();
    assert_eq!((row("standing").force_n[2], row("standing").moment_nmm), (-500.0, [0.0; 3]));
    assert_eq!((row("flexion").force_n[2], row("flexion").moment_nmm[0]), (-1175.0, 7500.0));
    assert_eq!((row("extension").force_n[2], row("extension").moment_nmm[0]), (-500.0, -7500.0));
    let bending = row("bending_left");
    assert_eq!((bending.force_n[2], bending.moment_nmm[1]), (-700.0, 7800.0));
    let rotation = row("rotation_right");
    assert_eq!((rotation.force_n[2], rotation.moment_nmm[2]), (-720.0, -5500.0));
    let peak = scaled(&set("peak_compression").column_cases().unwrap(), 0.5);
    assert_eq!(peak[0].force_n[2], -825.0);
}

#[test]
fn virtual_tests_act_as_their_standards_say() {
    let f2077 = set("astm_f2077").column_cases().unwrap();
    let size = |v: [f64; 3]| (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
    assert_eq!(f2077.len(), 3);
    assert_eq!(f2077[0].force_n, [0.0, 0.0, -1000.0]);
    assert_close(size(f2077[1].force_n), 1000.0, 1e-15);
    assert_eq!(f2077[1].force_n[1], f2077[1].force_n[2]); // 45 degrees
    assert_eq!(f2077[2].moment_nmm, [0.0, 0.0, 1000.0]);
    assert_eq!(set("astm_f2267").column_cases().unwrap().len(), 1);
    // ISO 14801: the moment at the clamp is F sin 30 times the lever of 11 mm.
    let dental = set("iso_14801").outline();
    assert!(set("iso_14801").column_cases().is_none());
    assert_close(size(dental[0].force_n()), 100.0, 1e-12);
    assert_close(dental[0].force_n()[0] * 11.0, 550.0, 1e-12);
    assert_close(size(dental[1].force_n()), 10.0, 1e-12);
}

#[test]
fn muscles_pull_with_their_published_force() {
    let clench = set("mandible_muscles").outline();
    assert_eq!(clench.len(), 2);
    for case in &clench {
        assert_eq!(case.actions.len(), 18);
        let sum = case.force_n();
        assert!(sum[0].abs() < 1e-9 && sum[2] > 0.0, "mirrored and upwards: {sum:?}");
    }
    let size = |a: &Action| a.force_n.iter().map(|f| f * f).sum::<f64>().sqrt();
    // D2.31: 190.4 N in full clench; 40 % of it in the incisal one.
    assert_close(size(&clench[0].actions[0]), 190.4, 1e-12);
    assert_close(size(&clench[1].actions[0]), 0.4 * 190.4, 1e-12);
    let bites = set("mandible_bite").outline();
    assert!(bites.iter().all(|case| (100.0..=300.0).contains(&-case.force_n()[2])));
    assert_eq!(set("cranial_point").outline()[0].force_n(), [0.0, 0.0, -50.0]);
    let asked = set("mandible_guideline").column_cases().unwrap();
    assert_eq!(asked.iter().map(|case| -case.force_n[2]).collect::<Vec<_>>(), [2500.0, 497.0]);
}

/// A clench on the right molars, and the same on the left.
fn one_sided(right: [f64; 9], left: [f64; 9], tooth: &str) -> RegionCase {
    clench(&Clench { name: "own".into(), teeth: vec![tooth.into()], right, left })
}

#[test]
fn a_clench_on_one_side_has_its_resultant() {
    // Both superficial masseters: 190.4 N along (-0.207, -0.419, 0.885) / 1.000817 in full.
    let masseter = |part: f64| [part, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let case = one_sided(masseter(0.5), [0.0; 9], "molar_right");
    let [pull] = case.actions.as_slice() else { panic!("one muscle pulls: {case:?}") };
    assert_eq!(pull.region, "superficial_masseter_right");
    for (is, wanted) in pull.force_n.into_iter().zip([-19.6903, -39.8562, 84.1832]) {
        assert!((is - wanted).abs() < 1e-3, "{is} for {wanted}");
    }
    let both = one_sided(masseter(0.5), masseter(0.25), "molar_right").force_n();
    for (is, wanted) in both.into_iter().zip([-19.6903 / 2.0, -39.8562 * 1.5, 84.1832 * 1.5]) {
        assert!((is - wanted).abs() < 2e-3, "{is} for {wanted}");
    }
    let held = |region: &str| case.holds.iter().find(|hold| hold.region == region).unwrap().axes;
    assert_eq!((case.holds.len(), held("molar_right")), (3, [false, false, true]));
    assert_eq!((held("condyle_right"), held("condyle_left")), ([true; 3], [true; 3]));
}

#[test]
fn a_clench_on_the_other_side_is_its_mirror_image() {
    let working = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1];
    let balancing = [0.5, 0.6, 0.4, 0.3, 0.6, 0.2, 0.7, 0.0, 0.3];
    let right = one_sided(working, balancing, "molar_right");
    let left = one_sided(balancing, working, "molar_left");
    assert_eq!((right.actions.len(), left.actions.len()), (17, 17));
    let other = |region: &str| match region.strip_suffix("_right") {
        Some(name) => format!("{name}_left"),
        None => region.replace("_left", "_right"),
    };
    for action in &right.actions {
        let image = left.actions.iter().find(|a| a.region == other(&action.region)).unwrap();
        let [x, y, z] = action.force_n;
        assert_eq!(image.force_n, [-x, y, z], "{}", action.region);
    }
    let known = |name: &str| MUSCLE_NAMES.contains(&name);
    let muscle = |a: &Action| a.region.rsplit_once('_').is_some_and(|(name, _)| known(name));
    assert!(right.actions.iter().all(muscle));
}

fn bar() -> Model {
    let mut model = block([9, 7, 12], 0.5, isotropic(Mpa(1000.0), 0.3));
    // A ragged outline: the shares of the nodes differ.
    for (n, c) in model.moduli.iter_mut().enumerate() {
        let [i, j] = [n % 9, n / 9 % 7];
        if i + j < 3 || (i > 6 && j > 4) {
            *c = [0.0; 3];
        }
    }
    model
}

/// Nodes of every region that the sets name: patches all over the surface of a bar.
fn regions(model: &Model) -> Regions {
    let mut names: Vec<String> = Vec::new();
    for case in LOAD_SETS.iter().flat_map(LoadSet::outline) {
        names.extend(case.actions.into_iter().map(|action| action.region));
        names.extend(case.holds.into_iter().map(|hold| hold.region));
    }
    names.sort();
    names.dedup();
    let patch = |n: usize| {
        let [i, j, k] = [2 + n % 4, 2 + n / 4 % 3, n % 12];
        model.nodes_where(|[a, b, c]| (i..i + 4).contains(&a) && b.abs_diff(j) < 2 && c == k)
    };
    names.into_iter().enumerate().map(|(n, name)| (name, patch(n))).collect()
}

#[test]
fn every_set_has_exact_resultants_on_a_model() {
    let model = bar();
    let regions = regions(&model);
    for case in LOAD_SETS.iter().flat_map(LoadSet::outline) {
        let load = nodal_load(&model, &regions, &case).unwrap();
        let (mut force, mut moment, mut wanted) = ([0.0; 3], [0.0; 3], [0.0; 3]);
        for (&node, f) in load.loads.loaded.iter().zip(&load.forces_n) {
            add_moment(&mut moment, model.node_mm(node as usize), *f);
            (0..3).for_each(|a| force[a] += f[a]);
        }
        for action in &case.actions {
            let center = centroid(&model, &regions[&action.region]);
            add_moment(&mut wanted, center, action.force_n);
            (0..3).for_each(|a| wanted[a] += action.moment_nmm[a]);
        }
        for a in 0..3 {
            assert!((force[a] - case.force_n()[a]).abs() < 1e-9, "{}: {force:?}", case.name);
            assert!((moment[a] - wanted[a]).abs() < 1e-8, "{}: {moment:?}", case.name);
        }
        assert_eq!(load.loads.supports.len(), case.holds.len());
    }
}

fn add_moment(sum: &mut [f64; 3], at: [f64; 3], f: [f64; 3]) {
    sum[0] += at[1] * f[2] - at[2] * f[1];
    sum[1] += at[2] * f[0] - at[0] * f[2];
    sum[2] += at[0] * f[1] - at[1] * f[0];
}

/// By each node's count of elements with material.
fn centroid(model: &Model, nodes: &[u32]) -> [f64; 3] {
    let (mut sum, mut total) = ([0.0; 3], 0.0);
    for &node in nodes {
        let share = model.solid_around(model.node(node as usize)) as f64;
        let at = model.node_mm(node as usize);
        (0..3).for_each(|a| sum[a] += share * at[a]);
        total += share;
    }
    sum.map(|s| s / total)
}

fn push(region: &str, force_n: [f64; 3], moment_nmm: [f64; 3]) -> RegionCase {
    RegionCase {
        name: "own".into(),
        actions: vec![Action { region: region.into(), force_n, moment_nmm }],
        holds: vec![Hold { region: "floor".into(), axes: [true; 3] }],
    }
}

#[test]
fn a_case_on_a_region_is_solved_and_balances() {
    let model = bar();
    let mut regions = Regions::from([("floor".into(), model.bottom_nodes())]);
    regions.insert("top".into(), model.top_nodes());
    regions.insert("spot".into(), vec![model.top_nodes()[20]]);
    let case = push("top", [3.0, 0.0, -40.0], [10.0, -20.0, 5.0]);
    let load = nodal_load(&model, &regions, &case).unwrap();
    let solution =
        solve_forces(&model, &load.loads, "own", &load.forces_n, &to(1e-8), &Job::quiet());
    let solution = solution.unwrap();
    assert!(solution.balance_error < 1e-6);
    assert_close(solution.reaction_force_n[2], 40.0, 1e-6);
    assert_close(solution.moment_nmm[1], -20.0, 1e-9);
    // A spot carries a force and no moment.
    assert!(nodal_load(&model, &regions, &push("spot", [0.0, 0.0, -1.0], [0.0; 3])).is_ok());
    let error = nodal_load(&model, &regions, &push("spot", [0.0; 3], [1.0, 0.0, 0.0]));
    assert!(matches!(error, Err(LoadError::Degenerate { .. })), "{error:?}");
}

#[test]
fn regions_that_are_not_there_are_named() {
    let model = bar();
    let mut regions = Regions::from([("floor".into(), model.bottom_nodes())]);
    let case = push("top", [0.0, 0.0, -1.0], [0.0; 3]);
    let error = nodal_load(&model, &regions, &case).unwrap_err();
    assert!(error.to_string().contains("`top`"), "{error}");
    regions.insert("top".into(), vec![999_999]);
    let error = nodal_load(&model, &regions, &case).unwrap_err();
    assert!(matches!(error, LoadError::Node { node: 999_999, .. }), "{error}");
    let void = block([2, 2, 2], 1.0, [0.0; 3]);
    assert!(matches!(nodal_load(&void, &regions, &case), Err(LoadError::Model(_))));
}
