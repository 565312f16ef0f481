//! Local thickness against spheres, slabs, and BoneJ's figures for the same voxels.

use crate::shapes::{ball, cube, sheet};
use ossein_geom::Job;
use ossein_porous::pores::pores;
use ossein_porous::{
    Beyond, MorphometryOptions, Phase, ThicknessError, ThicknessOptions, Voxels, morphometry,
    thickness,
};

#[track_caller]
fn check(voxels: &Voxels, phase: Phase, mean: f64, sd: f64, max: f64) {
    let options = ThicknessOptions { phase, beyond: Beyond::Unseen, byte_count_max: 1 << 32 };
    let found = thickness(voxels, &options, &Job::quiet()).unwrap();
    assert!((found.mean_mm / mean - 1.0).abs() < 1e-4, "{found:?}, not {mean}");
    assert!((found.sd_mm - sd).abs() < 6e-4, "{found:?}, not {sd}");
    assert!((found.max_mm - max).abs() < 6e-4, "{found:?}, not {max}");
}

/// Figures of BoneJ's local thickness on the same arrays.
#[test]
fn bonej_finds_the_same() {
    check(&ball(64, 20.0), Phase::Solid, 38.41875, 0.0, 38.41875);
    check(&ball(64, 20.0), Phase::Void, 65.809, 8.408, 69.282);
    let slab = cube(64, |p| (26.0..38.0).contains(&p[2]));
    check(&slab, Phase::Solid, 12.0, 0.0, 12.0);
    check(&slab, Phase::Void, 52.0, 0.0, 52.0);
    check(&sheet(64, 1), Phase::Solid, 7.05446, 0.336, 8.0);
    check(&sheet(64, 1), Phase::Void, 23.157, 2.950, 24.739);
}

fn asked(voxels: &Voxels, bytes: u64) -> Result<f64, ThicknessError> {
    let options =
        ThicknessOptions { phase: Phase::Solid, beyond: Beyond::Unseen, byte_count_max: bytes };
    thickness(voxels, &options, &Job::quiet()).map(|found| found.mean_mm)
}

#[test]
fn what_has_no_thickness_is_named() {
    let missing = ThicknessError::Missing(Phase::Solid);
    assert_eq!(asked(&cube(4, |_| false), 1 << 20), Err(missing));
    let unbounded = ThicknessError::Unbounded(Phase::Solid);
    assert_eq!(asked(&cube(4, |_| true), 1 << 20), Err(unbounded));
    let too_large = asked(&ball(16, 5.0), 100);
    assert!(matches!(too_large, Err(ThicknessError::TooLarge { limit: 100, .. })), "{too_large:?}");
    let mut flat = ball(16, 5.0);
    flat.spacing_mm[1] = 2.0;
    assert!(matches!(asked(&flat, 1 << 20), Err(ThicknessError::NotCubic { .. })));
    let job = Job::quiet();
    job.cancel();
    let options =
        ThicknessOptions { phase: Phase::Solid, beyond: Beyond::Unseen, byte_count_max: 1 << 30 };
    let stopped = thickness(&ball(16, 5.0), &options, &job);
    assert!(matches!(stopped, Err(ThicknessError::Cancelled(_))), "{stopped:?}");
}

/// A block that fills its image: four voxels thick, and around it nothing but void.
#[test]
fn a_body_without_void_has_a_thickness() {
    let block = cube(4, |_| true);
    let options = MorphometryOptions { beyond: Beyond::Void, byte_count_max: 1 << 20 };
    let found = morphometry(&block, &options, &Job::quiet()).unwrap();
    assert_eq!((found.bone_share, found.separation, found.number_per_mm), (1.0, None, None));
    assert_eq!((found.thickness.mean_mm, found.thickness.median_mm), (4.0, 4.0));
    let cut = MorphometryOptions { beyond: Beyond::Unseen, ..options };
    let unbounded = Err(ThicknessError::Unbounded(Phase::Solid));
    assert_eq!(morphometry(&block, &cut, &Job::quiet()), unbounded);
    let void = pores(&block, Beyond::Void, 1 << 20, &Job::quiet()).unwrap();
    assert_eq!((void.pores.len(), void.porosity, void.through_porosity), (0, 0.0, 0.0));
    assert!(void.closed_mm3 == 0.0 && void.closed_mm3.is_sign_positive(), "{void:?}");
}

/// A cell and two cells beside each other measure the same where faces are joined.
#[test]
fn a_periodic_cell_measures_like_its_repetition() {
    let options =
        |phase| ThicknessOptions { phase, beyond: Beyond::Periodic, byte_count_max: 1 << 30 };
    for phase in [Phase::Solid, Phase::Void] {
        let one = thickness(&sheet(32, 1), &options(phase), &Job::quiet()).unwrap();
        let eight = thickness(&sheet(64, 2), &options(phase), &Job::quiet()).unwrap();
        assert!((one.mean_mm - eight.mean_mm).abs() < 1e-9, "{one:?} {eight:?}");
        assert_eq!((one.max_mm, one.median_mm), (eight.max_mm, eight.median_mm));
    }
}

/// A cylinder of diameter d has thickness d, to within the voxel.
#[test]
fn rods_and_edges_scale_with_the_voxel() {
    let mut rod = cube(48, |p| (p[0] - 24.0).powi(2) + (p[1] - 24.0).powi(2) <= 144.0);
    rod.spacing_mm = [0.05; 3];
    let found = asked(&rod, 1 << 30).unwrap();
    assert!((found - 24.0 * 0.05).abs() < 0.06, "{found}");
}

#[test]
fn the_summary_holds_together() {
    let options = MorphometryOptions { beyond: Beyond::Unseen, byte_count_max: 1 << 30 };
    let mut block = sheet(64, 2);
    block.spacing_mm = [0.02; 3];
    let found = morphometry(&block, &options, &Job::quiet()).unwrap();
    assert!((found.bone_share - 0.3057).abs() < 1e-3, "{found:?}");
    assert!((found.total_mm3 - 1.28f64.powi(3)).abs() < 1e-12);
    // The minimal surface has 3.0919 a² and Euler number -8 a cell, here 8 cells of 0.64 mm. Two
    // faces at distances t beside it have the area 2 (A + 2 pi chi t²), whose slope in t is twice
    // the integral of the mean curvature.
    let (middle, chi) = (8.0 * 3.0919 * 0.64 * 0.64, -64.0);
    let pi = std::f64::consts::PI;
    let t = found.bone_mm3 / middle / 2.0;
    let area = 2.0 * (middle + 2.0 * pi * chi * t * t);
    assert!((found.surface_mm2 / area - 1.0).abs() < 0.01, "{} {area}", found.surface_mm2);
    let model = 12.0 * found.bone_mm3 * (4.0 * pi * chi * t) / (area * area);
    assert!((found.structure_model_index / model - 1.0).abs() < 0.04, "{found:?} {model}");
    assert!((found.fabric.unwrap().degree - 1.0).abs() < 0.05, "{found:?}");
    assert!(found.euler.connectivity > 30.0, "{found:?}");
}

/// One thread or three: the same bytes.
#[test]
fn threads_change_nothing() {
    let block = sheet(40, 1);
    let options = MorphometryOptions { beyond: Beyond::Unseen, byte_count_max: 1 << 30 };
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let figures = morphometry(&block, &options, &Job::quiet()).unwrap();
            let flow = ossein_porous::stokes::FlowOptions {
                residual_max: 1e-4,
                iteration_count_max: 100,
                byte_count_max: 1 << 30,
            };
            let flow = ossein_porous::stokes::flow(&block, 1, &flow, &Job::quiet()).unwrap();
            (format!("{figures:?}"), flow.velocity, flow.by_energy)
        })
    };
    assert_eq!(with(1), with(3));
}
