//! Connected parts, throats and drainage of hollow bodies.

use crate::shapes::{cube, network, sheet};
use ossein_geom::{Job, Mm};
use ossein_porous::components::{Joint, label, label_by};
use ossein_porous::drainage::{Drainage, DrainageError, DrainageOptions, drainage};
use ossein_porous::pores::{Pores, pores};
use ossein_porous::{Beyond, Phase, Voxels};

fn measured(voxels: &Voxels, beyond: Beyond) -> Pores {
    pores(voxels, beyond, 1 << 32, &Job::quiet()).unwrap()
}

#[track_caller]
fn near(found: f64, truth: f64, within: f64) {
    assert!((found - truth).abs() <= within, "{found}, not {truth}");
}

#[test]
fn both_labyrinths_of_a_sheet_are_found() {
    let found = measured(&sheet(48, 1), Beyond::Periodic);
    assert_eq!((found.pores.len(), found.labyrinth_count, found.solid_part_count), (2, 2, 1));
    assert_eq!((found.through_porosity, found.closed_count), (1.0, 0));
    let [a, b] = [found.pores[0], found.pores[1]];
    assert_eq!(a.part.voxel_count, b.part.voxel_count);
    assert_eq!((a.throat_mm, a.throat_mm[0]), (b.throat_mm, a.throat_mm[1]));
    assert!(a.throat_mm[0] < a.inscribed_mm && a.throat_mm[0] > 8.0, "{a:?}");
    let found = measured(&network(48, 0.3), Beyond::Periodic);
    assert_eq!((found.pores.len(), found.labyrinth_count, found.solid_part_count), (1, 1, 1));
}

/// A channel of 12 voxels with a neck of 6, and a closed ball of radius 5.
#[test]
fn a_neck_is_the_throat() {
    let solid = cube(40, |p| {
        let side = if (18.0..22.0).contains(&p[2]) { 17.0..23.0 } else { 14.0..26.0 };
        let channel = side.contains(&p[0]) && side.contains(&p[1]);
        let ball = [6.0, 6.0, 20.0].iter().zip(p).map(|(c, v)| (v - c) * (v - c)).sum::<f64>();
        !channel && ball > 25.0
    });
    let found = measured(&solid, Beyond::Unseen);
    assert_eq!(found.pores.len(), 2);
    near(found.pores[0].inscribed_mm, 12.0, 1.0);
    near(found.pores[0].throat_mm[2], 6.0, 1.0);
    assert_eq!(found.pores[0].throat_mm[..2], [0.0, 0.0]);
    near(found.pores[1].inscribed_mm, 10.0, 1.1);
    assert_eq!((found.closed_count, found.pores[1].throat_mm), (1, [0.0; 3]));
    assert_eq!(found.closed_mm3, found.pores[1].volume_mm3);
}

#[test]
fn joints_make_parts() {
    let pair = cube(4, |p| p == [1.0; 3] || p == [2.0; 3]);
    assert_eq!(label(&pair, Phase::Solid, Beyond::Void).parts.len(), 2);
    assert_eq!(label_by(&pair, Phase::Solid, Beyond::Void, Joint::Corners).parts.len(), 1);
    let ends = cube(4, |p| p[1] == 1.0 && p[2] == 1.0 && p[0] != 2.0);
    assert_eq!(label(&ends, Phase::Solid, Beyond::Unseen).parts.len(), 2);
    let joined = label(&ends, Phase::Solid, Beyond::Periodic);
    assert_eq!((joined.parts.len(), joined.parts[0].through), (1, [false; 3]));
    let rod = cube(4, |p| p[1] == 1.0 && p[2] == 1.0);
    for beyond in [Beyond::Unseen, Beyond::Periodic] {
        let through = label(&rod, Phase::Solid, beyond).parts[0].through;
        assert_eq!(through, [true, false, false]);
    }
    // A staircase that climbs one cell a turn: it runs along both axes at once.
    let stairs = cube(4, |p| p[2] == 1.0 && (p[0] == p[1] || p[0] == (p[1] + 1.0) % 4.0));
    let through = label(&stairs, Phase::Solid, Beyond::Periodic).parts[0].through;
    assert_eq!(through, [true, true, false]);
}

fn drained(voxels: &Voxels, throat: f64) -> Drainage {
    let options = DrainageOptions { throat: Mm(throat), byte_count_max: 1 << 32 };
    drainage(voxels, &options, &Job::quiet()).unwrap()
}

/// A hollow sphere of radii 10 and 16, with a hole of this diameter at its top.
fn hollow(hole: f64) -> Voxels {
    cube(40, |p| {
        let d = p.map(|v| v - 19.5);
        let r2 = d.iter().map(|v| v * v).sum::<f64>();
        let drilled = d[2] > 0.0 && d[0] * d[0] + d[1] * d[1] <= hole * hole / 4.0;
        (100.0..=256.0).contains(&r2) && !drilled
    })
}

#[test]
fn a_hollow_sphere_keeps_its_powder() {
    let found = drained(&hollow(0.0), 4.0);
    let [pocket] = found.pockets[..] else { panic!("{found:?}") };
    near(pocket.volume_mm3, 4188.8, 40.0);
    // The middle is a corner of eight voxels, 0.87 from their centres.
    near(pocket.inscribed_mm, 20.0, 1.5);
    assert_eq!((pocket.throat_mm, pocket.path_mm), (0.0, None));
    assert!(pocket.deepest.iter().all(|v| (19..=20).contains(v)), "{pocket:?}");
}

#[test]
fn a_hole_lets_powder_out_if_it_is_wide_enough() {
    let found = drained(&hollow(8.0), 6.0);
    assert_eq!((found.pockets.len(), found.trapped_mm3), (0, 0.0));
    // From the far side of the hollow, less the throat's radius, out of the box.
    assert!((26.0..34.0).contains(&found.drained_path_mm), "{found:?}");
    let found = drained(&hollow(8.0), 11.0);
    let [pocket] = found.pockets[..] else { panic!("{found:?}") };
    near(pocket.throat_mm, 8.0, 1.0);
    near(pocket.path_mm.unwrap(), 20.5, 1.5);
    assert!(pocket.volume_mm3 > 4188.0, "{pocket:?}");
}

#[test]
fn what_cannot_be_judged_is_named() {
    let ask = |voxels: &Voxels, throat, bytes| {
        let options = DrainageOptions { throat: Mm(throat), byte_count_max: bytes };
        drainage(voxels, &options, &Job::quiet()).unwrap_err()
    };
    let body = hollow(0.0);
    assert!(matches!(ask(&body, f64::NAN, 1 << 30), DrainageError::Throat { .. }));
    assert!(matches!(ask(&body, 1.0, 1 << 30), DrainageError::Throat { .. }));
    assert!(matches!(ask(&body, 4.0, 1000), DrainageError::TooLarge { .. }));
    assert_eq!(ask(&cube(5, |_| false), 2.0, 1 << 30), DrainageError::NoSolid);
    let mut flat = body;
    flat.spacing_mm[2] = 3.0;
    assert!(matches!(ask(&flat, 4.0, 1 << 30), DrainageError::NotCubic { .. }));
}
