//! Material laws, lattices, load sets and safety factors against their published figures.

use crate::common::assert_close;
use ossein_geom::{Mpa, Severity};
use ossein_mechanics::homogenized::{
    Cell, LatticeError, axial_modulus, lattice_yield_ratio, moduli, ratios,
};
use ossein_mechanics::material::*;
use ossein_mechanics::safety::{FACTOR_MAX, factors, lattice_safety, safety};
use ossein_mechanics::stress::{percentiles, principal, von_mises};

fn density(kind: DensityKind, g_per_cm3: f64) -> Density {
    Density { kind, g_per_cm3 }
}

#[track_caller]
fn check_law(id: &str, rho: f64, modulus_mpa: f64) {
    let law = bone_law(id).unwrap();
    assert_close(law.modulus(density(law.kind, rho)).unwrap().0, modulus_mpa, 1e-12);
}

#[test]
fn laws_give_their_formulas() {
    check_law("morgan_vertebra", 0.3, 4730.0 * 0.3f64.powf(1.56));
    check_law("kopperdahl_vertebra", 0.15, 2980.0 * 0.15f64.powf(1.05));
    check_law("crawford_vertebra", 0.15, 3230.0 * 0.15 - 34.7);
    check_law("keller_general", 0.5, 10_500.0 * 0.5f64.powf(2.29));
    check_law("keyak_femur_piecewise", 0.2, 33_900.0 * 0.2f64.powf(2.2));
    check_law("keyak_femur_piecewise", 0.5, 5307.0 * 0.5 + 469.0);
    check_law("keyak_femur_piecewise", 1.0, 10_200.0);
    let thin = density(DensityKind::QctHydroxyapatite, 0.005);
    assert_eq!(bone_law("crawford_vertebra").unwrap().modulus(thin).unwrap().0, 0.0);
    for (n, law) in BONE_LAWS.iter().enumerate() {
        assert!(BONE_LAWS[..n].iter().all(|other| other.id != law.id));
    }
}

#[test]
fn densities_convert_or_refuse() {
    let ha = density(DensityKind::QctHydroxyapatite, 0.2);
    assert_close(ha.to_ash().g_per_cm3, 0.877 * 0.2 + 0.079, 1e-12);
    assert_close(ha.to_apparent().g_per_cm3, (0.877 * 0.2 + 0.079) / 0.6, 1e-12);
    let potassium = density(DensityKind::QctPotassiumPhosphate, 0.2);
    assert_close(potassium.to_ash().g_per_cm3, 1.22 * 0.2 + 0.0526, 1e-12);
    let ash = density(DensityKind::Ash, 0.2);
    let error = bone_law("kopperdahl_vertebra").unwrap().modulus(ash).unwrap_err();
    assert!(matches!(error, MaterialError::DensityKind { given: DensityKind::Ash, .. }));
    assert_close(local_yield_mpa(ha).unwrap().0, 37.4 * 0.2f64.powf(1.39), 1e-12);
    let heavy = density(DensityKind::Apparent, 9.0);
    assert!(matches!(BONE_LAWS[0].modulus(heavy), Err(MaterialError::OutOfRange { .. })));
    assert!(BONE_LAWS[0].modulus(density(DensityKind::Apparent, f64::NAN)).is_err());
}

/// What recipes and model files write down, in their words.
#[test]
fn a_record_is_a_calibration() {
    let record = |method| CalibrationRecord {
        method,
        slope: 8e-4,
        intercept: 0.01,
        kind: DensityKind::from_word("ash").unwrap(),
        error_g_per_cm3: 0.004,
        preset: preset("rho_vertebra"),
        source: "a test",
    };
    let density = |method| Calibration::of_record(&record(method)).unwrap().density(100.0);
    let ash = Density { kind: DensityKind::Ash, g_per_cm3: 8e-4 * 100.0 + 0.01 };
    assert_eq!((density("phantom"), density("phantomless")), (ash, ash));
    assert_eq!(density("uncalibrated_preset").kind, DensityKind::Apparent);
    assert_eq!(density("density_image"), Density { g_per_cm3: 100.0, ..ash });
    assert_eq!(Calibration::of_record(&record("none")), None);
    assert!(Calibration::METHODS.iter().all(|m| Calibration::of_record(&record(m)).is_some()));
    assert_eq!(DensityKind::WORDS.map(|word| DensityKind::from_word(word).is_some()), [true; 4]);
    assert_eq!(DensityKind::from_word("pseudo"), None);
    let image = Calibration::of_record(&record("density_image")).unwrap();
    let map = bone_map(Some(&image), bone_law("keller_general").unwrap(), BoneRange::default());
    let modulus = map.unwrap().value.modulus(0.5).unwrap().0;
    assert_close(modulus, 10_500.0 * 0.5f64.powf(2.29), 1e-12);
}

#[test]
fn hu_need_a_calibration_on_record() {
    let law = bone_law("morgan_vertebra").unwrap();
    let range = BoneRange::default();
    assert_eq!(hu_to_modulus(200.0, None, law, range), Err(MaterialError::NotCalibrated));
    let preset = Calibration::UncalibratedPreset(PRESETS[0]);
    let found = hu_to_modulus(200.0, Some(&preset), law, range).unwrap();
    assert_eq!(found.findings[0].severity, Severity::Warning);
    let expected = 4730.0 * (0.047 + 1.122e-3 * 200.0f64).powf(1.56);
    assert_close(found.value.unwrap().0, expected, 1e-12);
    let phantom = Calibration::Phantom {
        slope: 8e-4,
        intercept: -0.005,
        kind: DensityKind::QctHydroxyapatite,
        source: "test phantom".into(),
    };
    let map = bone_map(Some(&phantom), bone_law("kopperdahl_vertebra").unwrap(), range).unwrap();
    assert!(map.findings.is_empty());
    assert_eq!(map.value.modulus(-1000.0), Some(Mpa(1.0)));
    assert_eq!(map.value.modulus(30_000.0).map(|m| m.0 < 20_000.0), Some(true));
    let void = BoneRange { below: BelowFloor::Void, ..range };
    assert_eq!(hu_to_modulus(-1000.0, Some(&phantom), law, void).unwrap().value, None);
    assert_eq!(hu_to_modulus(f64::NAN, Some(&phantom), law, void).unwrap().value, None);
    let keller = bone_map(Some(&phantom), bone_law("keller_general").unwrap(), void).unwrap();
    assert_eq!(keller.value.modulus(-1000.0), None);
}

#[test]
fn lattices_have_their_table_and_its_range() {
    // Another program's finite elements on 128 cubed voxels, of the same fraction to a voxel.
    let at = ratios(Cell::GyroidNetwork, 0.3).unwrap();
    let theirs = [0.103385, 0.051314, 0.042796];
    (0..3).for_each(|n| assert_close(at[n], theirs[n], 1e-3));
    let at = ratios(Cell::IwpNetwork, 0.4).unwrap();
    let theirs = [0.224738, 0.036695, 0.031357];
    (0..3).for_each(|n| assert_close(at[n], theirs[n], 1e-3));
    // Another group's finite elements: 0.2077 at a fraction of one half (D3.14).
    assert_close(axial_modulus(ratios(Cell::GyroidNetwork, 0.5).unwrap()), 0.2077, 0.01);
    // Smooth nodes make struts stiffer than bare cylinders, 55.65 GPa of 1000, and not by much.
    let octet = f64::from(moduli(Cell::OctetStrut, 0.2007, Mpa(1e6)).unwrap()[0]);
    assert!(octet > 55_649.0 && octet < 1.1 * 55_649.0, "{octet}");
    let error = moduli(Cell::IwpNetwork, 0.1, Mpa(1e5)).unwrap_err();
    let LatticeError::Fraction { min, max, .. } = error else { panic!("{error}") };
    assert!((min - 0.15).abs() < 1e-3 && (max - 0.65).abs() < 1e-3, "{min} to {max}");
    assert!(ratios(Cell::GyroidSheet, f64::NAN).is_err());
    assert!(moduli(Cell::GyroidSheet, 0.2, Mpa(-1.0)).is_err());
}

#[test]
fn lattices_rise_with_fraction_and_obey_hashin_and_shtrikman() {
    for cell in Cell::ALL {
        assert_eq!(Cell::from_id(cell.id()), Some(cell));
        let [min, max] = cell.fractions();
        let mut last = [0.0; 3];
        for n in 0..=100 {
            let rho = min + (max - min) * f64::from(n) / 100.0;
            let c = ratios(cell, rho).unwrap();
            assert!((0..3).all(|m| c[m] > last[m]), "{cell:?} at {rho}: {c:?} after {last:?}");
            last = c;
            let (bulk_s, shear_s) = (1.0 / 1.2, 1.0 / 2.6);
            let bulk = (c[0] + 2.0 * c[1]) / 3.0;
            let bound = rho * 4.0 * bulk_s * shear_s / (4.0 * shear_s + 3.0 * bulk_s * (1.0 - rho));
            assert!(bulk < bound, "{cell:?} at {rho}: {bulk} above {bound}");
        }
    }
}

#[test]
fn lattice_yields_pass_through_the_published_ones() {
    let half = lattice_yield_ratio(Cell::GyroidNetwork, 0.5).unwrap();
    assert_close(half.ratio, 0.1739, 1e-12);
    assert!(!half.estimated);
    let thin = lattice_yield_ratio(Cell::GyroidNetwork, 0.1333).unwrap();
    assert_close(thin.ratio, 0.0175, 1e-9);
    let sheet = lattice_yield_ratio(Cell::GyroidSheet, 0.3).unwrap();
    assert!(sheet.estimated && sheet.ratio > 0.06 && sheet.ratio < 0.2);
}

#[test]
fn stresses_and_safety_factors() {
    let pull = [100.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let shear = [0.0, 0.0, 0.0, 0.0, 0.0, 50.0];
    assert_close(f64::from(von_mises(&pull)), 100.0, 1e-6);
    assert_close(f64::from(von_mises(&shear)), 50.0 * 3f64.sqrt(), 1e-6);
    let main = principal(&shear);
    assert!((main[0] - 50.0).abs() < 1e-4 && main[1].abs() < 1e-4 && (main[2] + 50.0).abs() < 1e-4);
    let values: Vec<f32> = (1..=200).map(|n| n as f32).collect();
    let mask: Vec<bool> = (1..=200).map(|n| n <= 100).collect();
    let spread = percentiles(&values, &mask).unwrap();
    assert_eq!((spread.p50, spread.p95, spread.p99, spread.max), (50.0, 95.0, 99.0, 100.0));
    assert_eq!(percentiles(&values, &[false; 200]), None);
    let metal = metal("ti64_eli_lpbf_as_built").unwrap();
    let solid = safety(&[pull; 4], &[true; 4], metal).unwrap();
    assert_close(solid.static_p99, 7.95, 1e-6);
    assert_close(solid.fatigue_p99, 2.0, 1e-6);
    let half = lattice_yield_ratio(Cell::GyroidNetwork, 0.5).unwrap();
    let lattice = lattice_safety(&[pull; 4], &[true; 4], metal, &half).unwrap();
    assert_close(lattice.static_p99, 7.95 * 0.1739, 1e-6);
}

#[test]
fn every_card_and_law_stands_as_published() {
    // D1.42: specification, tensile strength, proof stress, elongation, reduction of area.
    let rows = [
        ("ti64_eli_lpbf_as_built", "ASTM F3001", 860.0, 795.0, 10.0, 25.0),
        ("ti64_grade5_lpbf_as_built", "ASTM F2924", 895.0, 825.0, 10.0, 15.0),
        ("ti64_eli_bar", "ISO 5832-3", 860.0, 780.0, 10.0, 25.0),
        ("ti64_eli_wrought", "ASTM F136", 860.0, 795.0, 10.0, 25.0),
        ("ti64_grade5_wrought", "ASTM F1472", 930.0, 860.0, 10.0, 25.0),
    ];
    for (id, specification, tensile, proof, elongation, area) in rows {
        let card = metal(id).unwrap();
        assert_eq!(card.specification, specification);
        assert_eq!((card.tensile_strength.0, card.proof_stress.0), (tensile, proof), "{id}");
        assert_eq!((card.elongation_percent, card.area_reduction_percent), (elongation, area));
    }
    for card in METALS {
        let [low, high] = card.fatigue_range_mpa;
        assert!(card.fatigue.0 == low && low < high, "{}: the low end is designed with", card.id);
        assert!(card.proof_stress.0 < card.tensile_strength.0);
        assert!(!card.source.is_empty() && !card.treatment.is_empty());
        let Some(usual) = card.usual else { continue };
        assert!(usual.proof_mpa[1] >= card.proof_stress.0, "{}", card.id);
    }
    // D1.45 and D1.44.
    assert_eq!(metal("ti64_eli_ebm_as_built").unwrap().fatigue.0, 150.0);
    assert_eq!(metal("ti64_eli_lpbf_relieved_machined").unwrap().fatigue.0, 350.0);
    let untreated = metal("ti64_eli_lpbf_untreated").unwrap().usual.unwrap();
    assert_eq!(untreated.anisotropy, Some([0.08, 0.12]));
}

#[test]
fn the_laws_that_read_rates_and_pseudo_densities() {
    let at = |law: &str, kind, rho| {
        bone_law(law).unwrap().modulus(Density { kind, g_per_cm3: rho }).map(|m| m.0)
    };
    // D1.51 j at 0.01 /s: 3790 * 0.01^0.06 = 2875.009; k at 200 HU; l at 200 kg/m3.
    let apparent = DensityKind::Apparent;
    assert_close(at("carter_hayes", apparent, 0.2).unwrap(), 2875.009 * 0.008, 1e-6);
    let pseudo = 0.001 * (-13.4 + 1.017 * 200.0);
    let expected = -388.8 + 5.925 * (-13.4 + 1.017 * 200.0);
    assert_close(at("pseudo_linear", DensityKind::Pseudo, pseudo).unwrap(), expected, 1e-9);
    assert_close(at("rho_vertebra", apparent, 0.2).unwrap(), 0.63 * 200f64.powf(1.35), 1e-6);
    // No law takes the other's density.
    assert!(at("pseudo_linear", apparent, 0.2).is_err());
    assert!(at("morgan_vertebra", DensityKind::Pseudo, 0.2).is_err());
}

#[test]
fn no_law_and_no_grey_value_gives_a_modulus_of_zero() {
    for law in BONE_LAWS {
        let preset = PRESETS
            .iter()
            .find(|p| (p.kind == DensityKind::Pseudo) == (law.kind == DensityKind::Pseudo));
        let phantom = Calibration::Phantom {
            slope: 8e-4,
            intercept: -0.01,
            kind: DensityKind::QctHydroxyapatite,
            source: "test".into(),
        };
        let is_phantom = law.kind == DensityKind::QctHydroxyapatite;
        let preset = Calibration::UncalibratedPreset(*preset.unwrap());
        let calibration = if is_phantom { phantom } else { preset };
        let map = bone_map(Some(&calibration), law, BoneRange::default()).unwrap().value;
        for hu in (-1024..=3071).step_by(5) {
            let modulus = map.modulus(f64::from(hu)).unwrap().0;
            assert!((1.0..=20_000.0).contains(&modulus), "{} at {hu} HU: {modulus}", law.id);
        }
    }
}

#[test]
fn a_line_through_the_scans_own_tissues_is_said() {
    let own = Calibration::Phantomless {
        slope: 8e-4,
        intercept: 0.0,
        kind: DensityKind::QctPotassiumPhosphate,
        error_g_per_cm3: 0.0043,
        source: "air, fat, muscle".into(),
    };
    let law = bone_law("kopperdahl_vertebra").unwrap();
    let found = bone_map(Some(&own), law, BoneRange::default()).unwrap();
    assert_eq!(found.findings[0].code, "mechanics.phantomless");
    assert!(found.findings[0].message.contains("0.0043"));
    // 250 HU: 0.2 g/cm3.
    assert_close(found.value.modulus(250.0).unwrap().0, 2980.0 * 0.2f64.powf(1.05), 1e-9);
}

#[test]
fn a_lattice_endures_a_part_of_its_yield() {
    let metal = metal("ti64_eli_lpbf_as_built").unwrap();
    let half = lattice_yield_ratio(Cell::GyroidNetwork, 0.5).unwrap();
    let pull = [10.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let lattice = lattice_safety(&[pull], &[true], metal, &half).unwrap();
    assert_close(lattice.fatigue_p99, 0.15 * 795.0 * half.ratio / 10.0, 1e-6);
}

#[test]
fn an_elements_safety_is_the_figure_where_all_are_alike() {
    let metal = metal("ti64_eli_lpbf_as_built").unwrap();
    let half = lattice_yield_ratio(Cell::GyroidNetwork, 0.5).unwrap();
    let stress = [30.0, -80.0, 120.0, 15.0, -25.0, 40.0];
    let solid = safety(&[stress], &[true], metal).unwrap();
    let core = lattice_safety(&[stress], &[true], metal, &half).unwrap();
    for (figure, lattice) in [(solid, None), (core, Some(&half))] {
        let [once, often] = factors(&stress, metal, lattice).map(f64::from);
        assert_close(once, figure.static_p99, 1e-6);
        assert_close(often, figure.fatigue_p99, 1e-6);
    }
    // Pressed alone, solid metal does not tire; unloaded, nothing breaks.
    let pressed = [0.0, 0.0, -100.0, 0.0, 0.0, 0.0];
    assert_eq!(factors(&pressed, metal, None), [7.95, FACTOR_MAX]);
    assert_eq!(factors(&[0.0; 6], metal, Some(&half)), [FACTOR_MAX; 2]);
}
