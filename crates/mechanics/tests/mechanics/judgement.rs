//! Figures of judgement against values by hand, and the laws they obey.

use crate::common;
use crate::common::{assert_close, block, to};
use ossein_geom::{Job, Mpa};
use ossein_mechanics::ingrowth::{BelowWindow, Biology, Site, ingrowth, stimulus};
use ossein_mechanics::method::{METHODS, method};
use ossein_mechanics::micromotion::{micromotion, open_fraction, sliding, slip_mm};
use ossein_mechanics::shielding::{BoneElement, shielding, strain_windows};
use ossein_mechanics::stress::{energy_density, principal_strain, strain};
use ossein_mechanics::subsidence::{Contact, endplate_load};
use ossein_mechanics::virtual_test::{STEEL, foam_stiffness, relative_stiffness};
use ossein_mechanics::{Loads, OrthotropicModel, cubic, isotropic, solve};

#[test]
fn every_method_has_a_formula_a_source_and_limits() {
    for m in METHODS {
        assert!(!m.formula.is_empty() && !m.source.is_empty() && !m.limits.is_empty(), "{}", m.id);
        assert_eq!(method(m.id), Some(m));
    }
}

#[test]
fn an_endplate_bears_what_its_bone_bears() {
    let contact = |pressure_mpa, strength_mpa| Contact { pressure_mpa, strength_mpa };
    // 20 voxels at 1 MPa on 4 MPa, one of them at 8 MPa.
    let mut contacts = vec![contact(1.0, 4.0); 20];
    contacts[7].pressure_mpa = 8.0;
    let load = endplate_load(&contacts).unwrap();
    assert_close(load.index, (19.0 + 8.0) / 80.0, 1e-12);
    assert_close(load.overloaded_fraction, 0.05, 1e-12);
    assert_close(load.ratio_p05, 4.0, 1e-12);
    // Twice the load: twice the index and half the ratio.
    let twice: Vec<Contact> = contacts.iter().map(|c| contact(2.0 * c.pressure_mpa, 4.0)).collect();
    let heavy = endplate_load(&twice).unwrap();
    assert_close(heavy.index, 2.0 * load.index, 1e-12);
    assert_close(heavy.ratio_p05, 0.5 * load.ratio_p05, 1e-12);
    assert!(heavy.overloaded_fraction >= load.overloaded_fraction);
    assert_eq!(endplate_load(&[]), None);
    assert_eq!(endplate_load(&[contact(1.0, 0.0)]), None);
}

#[test]
fn bone_that_feels_less_is_at_risk() {
    let bone = |ratio: f64, density: f64, zone: usize| BoneElement {
        density_g_per_cm3: density,
        energy_mpa: ratio * 0.02,
        reference_energy_mpa: 0.02,
        stress_mpa: 2.0 * ratio,
        reference_stress_mpa: 2.0,
        zone,
    };
    // Lazy zone 0.25 to 1.75: masses 0.2 below, 0.3 within, 0.5 above.
    let elements = [bone(0.2, 0.2, 0), bone(1.0, 0.3, 0), bone(2.0, 0.5, 2)];
    let found = shielding(&elements, 0.75).unwrap();
    assert_close(found.resorbed_mass_fraction, 0.2, 1e-12);
    assert_close(found.formed_mass_fraction, 0.5, 1e-12);
    assert_close(found.stimulus_ratio_p50, 1.0, 1e-12);
    let zones: Vec<usize> = found.zones.iter().map(|z| z.zone).collect();
    assert_eq!(zones, [0, 2]);
    assert_close(found.zones[0].stress_increase, (4.0 - 2.4) / 4.0, 1e-12);
    assert_close(found.zones[1].stress_increase, -1.0, 1e-12);
    // A wider lazy zone resorbs no more.
    let narrow = shielding(&elements, 0.35).unwrap();
    assert!(narrow.resorbed_mass_fraction >= found.resorbed_mass_fraction);
    assert_eq!(shielding(&[], 0.75), None);
}

#[test]
fn strains_fall_into_four_windows() {
    let windows = strain_windows([100e-6, 200e-6, 1999e-6, 2500e-6, 5000e-6]).unwrap();
    assert_eq!(windows, [0.2, 0.4, 0.2, 0.2]);
    assert_eq!(strain_windows([]), None);
}

#[test]
fn energy_of_a_pulled_bar_is_half_stress_times_strain() {
    let model = block([4, 4, 8], 0.5, isotropic(Mpa(1000.0), 0.3));
    let load = common::case([0.0, 0.0, 8.0], [0.0; 3]); // 2 MPa on 4 mm2
    let solution =
        solve(&model, &common::rollers(&model), &load, &to(1e-10), &Job::quiet()).unwrap();
    let (energies, strains) = (energy_density(&model, &solution), strain(&model, &solution));
    assert_close(f64::from(energies[40]), 0.5 * 2.0 * 2e-3, 1e-5);
    let main = principal_strain(&strains[40]);
    assert_close(f64::from(main[0]), 2e-3, 1e-5);
    assert_close(f64::from(main[2]), -0.6e-3, 1e-5);
    let sum: f64 = energies.iter().map(|&e| f64::from(e)).sum();
    assert_close(sum * 0.125, solution.strain_energy_nmm, 1e-5);
}

#[test]
fn pure_shear_has_its_principal_strains() {
    let main = principal_strain(&[0.0, 0.0, 0.0, 0.0, 0.0, 4e-3]);
    assert_close(f64::from(main[0]), 2e-3, 1e-5);
    assert_close(f64::from(main[2]), -2e-3, 1e-5);
}

/// A block of two halves with one sliding layer between, pushed sideways: what the layer shears is
/// the shear force over its stiffness, and pressure is carried as before.
#[test]
fn a_sliding_layer_slips_by_its_shear() {
    let bone = isotropic(Mpa(500.0), 0.3);
    let moduli = vec![cubic(bone); 12 * 12 * 9];
    let mut model = OrthotropicModel { size: [12, 12, 9], voxel_mm: 1.0, moduli };
    let layer = 4 * 144..5 * 144;
    model.moduli[layer.clone()].fill(sliding(&cubic(bone)));
    let push = common::case([0.0, 14.4, 0.0], [0.0; 3]); // 0.1 MPa of shear
    let loads = Loads::column(&model);
    let solution = solve(&model, &loads, &push, &to(1e-8), &Job::quiet()).unwrap();
    let slips: Vec<f64> = layer.map(|n| slip_mm(&model, &solution, n, 2)).collect();
    let mean = slips.iter().sum::<f64>() / slips.len() as f64;
    let shear_modulus = f64::from(bone[2]) * 1e-3;
    assert_close(mean, 0.1 / shear_modulus, 2e-3);
    let press = common::case([0.0, 0.0, -144.0], [0.0; 3]);
    let stiffness = |model: &OrthotropicModel| {
        let solution = solve(model, &loads, &press, &to(1e-8), &Job::quiet()).unwrap();
        solution.axial_stiffness_n_per_mm.unwrap()
    };
    let bonded = OrthotropicModel { moduli: vec![cubic(bone); 12 * 12 * 9], ..model.clone() };
    assert_close(stiffness(&model), stiffness(&bonded), 0.02);
}

#[test]
fn slip_lets_bone_in_or_keeps_it_out() {
    let found = micromotion(&[0.0, 0.02, 0.06, 0.2]).unwrap();
    assert_eq!((found.ingrowth_fraction, found.fibrous_fraction), (0.5, 0.25));
    assert_eq!(found.p95_mm, 0.2);
    assert_eq!(micromotion(&[]), None);
    assert_eq!((open_fraction(0.05), open_fraction(0.2)), (1.0, 0.0));
    assert_close(open_fraction(0.10), 0.5, 1e-12);
}

const ALL: Biology = Biology { below: BelowWindow::All, ..Biology::MIDDLE };

fn row(length: usize, stimulus: f64) -> Vec<Site> {
    [Site::Source(1.0)].into_iter().chain(vec![Site::Pores(stimulus); length]).collect()
}

/// Cells in a long row follow `erfc(x / sqrt(4 D t))`; bone that forms slowly is their integral
/// over time.
#[test]
fn cells_diffuse_as_the_error_function_says() {
    let (h, days) = (0.1, 20.0);
    let slow = Biology { rate_per_day: 1e-6, ..ALL };
    let sites = row(120, 0.1);
    let at =
        |day: f64| ingrowth(&sites, [121, 1, 1], h, &slow, &[day], &Job::quiet()).unwrap().bone;
    let (before, after) = (at(days - 0.5), at(days + 0.5));
    // D t = 2 mm2: erfc(0.5) at sqrt(2) mm * ... x = 2 * 0.5 * sqrt(D t).
    for (x_over, erfc) in [(0.25, 0.723_674), (0.5, 0.479_500), (1.0, 0.157_299)] {
        let place = 2.0 * x_over * (0.1f64 * days).sqrt() / h;
        let low = place as usize;
        let part = place - low as f64;
        let cells = |n: usize| f64::from(after[n] - before[n]) / 1e-6;
        assert_close(cells(low) * (1.0 - part) + cells(low + 1) * part, erfc, 0.01);
    }
}

/// With cells everywhere bone fills up as `1 - exp(-r t)`.
#[test]
fn bone_fills_pores_exponentially() {
    let sites = row(1, 0.1);
    let quick = Biology { diffusivity_mm2_per_day: 50.0, ..ALL };
    let found = ingrowth(&sites, [2, 1, 1], 1.0, &quick, &[20.0, 40.0], &Job::quiet()).unwrap();
    assert_close(found.fraction[0], 0.632_12, 2e-3);
    assert_close(found.fraction[1], 0.864_66, 2e-3);
}

#[test]
fn ingrowth_obeys_its_laws() {
    let days = [42.0, 84.0, 168.0];
    let grow = |sites: &[Site], biology: &Biology| {
        ingrowth(sites, [21, 1, 1], 0.5, biology, &days, &Job::quiet()).unwrap().fraction
    };
    let middle = grow(&row(20, 0.005), &Biology::MIDDLE);
    assert!(middle[0] < middle[1] && middle[1] < middle[2] && middle[2] < 1.0);
    let (low, high) = (grow(&row(20, 0.005), &Biology::LOW), grow(&row(20, 0.005), &Biology::HIGH));
    assert!((0..3).all(|n| low[n] <= middle[n] && middle[n] <= high[n]));
    assert!(grow(&row(20, 0.008), &Biology::MIDDLE)[2] > middle[2], "more strain, more bone");
    assert_eq!(grow(&row(20, 2.0), &Biology::HIGH), [0.0; 3], "too much strain, none");
    let mut closed = row(20, 0.1);
    closed[0] = Site::Source(0.0);
    assert_eq!(grow(&closed, &Biology::HIGH), [0.0; 3], "no cells, no bone");
    closed[0] = Site::Closed;
    assert_eq!(grow(&closed, &Biology::HIGH), [0.0; 3]);
}

#[test]
fn stimulus_is_the_octahedral_shear_over_its_unit() {
    // Uniaxial strain e: gamma = 2/3 sqrt(2) e, over porosity 0.7.
    let expected = 2.0 / 3.0 * 2f64.sqrt() * 1e-3 / 0.7 / 0.0375;
    assert_close(stimulus([1e-3, 0.0, 0.0], 0.3), expected, 1e-12);
    assert_eq!(stimulus([1e-3; 3], 0.3), 0.0);
    assert_eq!(Biology::MIDDLE.rate_part(0.005), 0.5);
    assert_eq!(Biology::LOW.rate_part(0.005), 0.0);
    assert_eq!(Biology::HIGH.rate_part(0.005), 1.0);
    assert_eq!(Biology::HIGH.rate_part(1.1), 0.0);
}

#[test]
fn foam_and_device_are_springs_in_series() {
    let (foam, device) = (2_000.0, 30_000.0);
    let system = 1.0 / (1.0 / foam + 1.0 / device);
    assert_close(foam_stiffness(system, device).unwrap(), foam, 1e-12);
    assert_eq!(foam_stiffness(device, device), None);
    assert_eq!(foam_stiffness(-1.0, device), None);
    // A prism of the metal itself.
    let solid = STEEL.modulus.0 * 100.0 / 20.0;
    assert_close(relative_stiffness(solid, 20.0, 2000.0, STEEL.modulus), 1.0, 1e-12);
}
