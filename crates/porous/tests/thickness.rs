//! Local thickness against spheres, slabs, and BoneJ's figures for the same voxels.

mod shapes;

use ossein_geom::Job;
use ossein_porous::{Beyond, Phase, ThicknessOptions, Voxels, thickness};
use shapes::{ball, cube, sheet};

#[track_caller]
fn check(voxels: &Voxels, phase: Phase, mean: f64, sd: f64, max: f64) {
    let options = ThicknessOptions { phase, beyond: Beyond::Unseen, byte_count_max: 1 << 32 };
    let found = thickness(voxels, &options, &Job::quiet()).unwrap();
    println!("{found:?}");
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
