//! Teeth of a phantom whose shape is known, and of a real label map.

use ossein_anatomy::tooth::{Roots, Teeth, Tooth, ToothError, ToothLabels, teeth, tooth};
use ossein_geom::{Implant, Job, Lps, Point, Vector, Volume};
use ossein_phantom::tooth::{BONE, CANAL, TEETH, ToothPhantom};

use crate::common::cmf;

const NECK: f64 = 0.85;

fn of(volume: &Volume<u16>) -> ToothLabels<'_> {
    ToothLabels { volume, teeth: TEETH, bone: BONE, canal: Some(CANAL) }
}

fn middle(phantom: &ToothPhantom, volume: &Volume<u16>, roots: Roots) -> (Teeth, Tooth) {
    let teeth = teeth(&of(volume), NECK, &Job::quiet()).unwrap();
    let n = teeth.at(phantom.placement.inverse().apply(Point::new(0.0, 0.0, 2.0))).unwrap();
    let tooth = tooth(&of(volume), &teeth, n, roots, &Job::quiet()).unwrap();
    (teeth, tooth)
}

#[test]
fn a_known_tooth_is_measured() {
    let phantom = ToothPhantom::default();
    let volume = phantom.volume();
    let (teeth, tooth) = middle(&phantom, &volume, Roots::All);
    assert_eq!((tooth.number, tooth.tooth_count), (2, 3));
    assert!(tooth.neck > 0.0 && tooth.neck < 0.8, "{}", tooth.neck);
    // The border between two equal teeth lies half way, within two voxels.
    for n in (0..volume.values.len()).filter(|&n| volume.values[n] == TEETH) {
        let p = volume.grid.center(volume.grid.voxel(n));
        let x = phantom.placement.apply(p).x;
        let own = teeth.numbers.at(teeth.numbers.grid.voxel_at(p).unwrap());
        let truth = 2.0 - (x / phantom.pitch_mm).round().clamp(-1.0, 1.0);

        let sure = (x.abs() - 0.5 * phantom.pitch_mm).abs() > 2.0 * phantom.voxel_mm;
        assert!(!sure || f64::from(own) == truth, "{x:.2}: {own}");
    }
    let axis = phantom.placement.turn(tooth.occlusal());
    let up = Vector::new(0.0, 0.0, 1.0);
    assert!(axis.angle_deg(up) < 1.0, "the axis is off by {:.2} degrees", axis.angle_deg(up));
    let cheek = phantom.placement.turn(tooth.placement.inverse().turn(Vector::new(0.0, 1.0, 0.0)));
    assert!(cheek.angle_deg(Vector::new(0.0, 1.0, 0.0)) < 1.5);
    let origin = phantom.placement.apply(tooth.placement.inverse().apply(Point::ORIGIN));
    assert!(origin.z.abs() < 0.3, "the crest lies at {:.2} mm", origin.z);
    assert!(origin.x.abs() < 0.15 && origin.y.abs() < 0.15, "{origin:?}");
    for (width, half) in tooth.width_mm.into_iter().zip(phantom.neck_mm) {
        assert!((width - 2.0 * half).abs() < 0.35, "{width} of {}", 2.0 * half);
    }
    assert!((tooth.root_mm - phantom.root_mm).abs() < 0.4, "{}", tooth.root_mm);
    assert!((tooth.crown_mm - 8.0).abs() < 0.4, "{}", tooth.crown_mm);
    // The wall to the cheek is thinnest at the top; a tenth of the levels from 1 mm under the crest
    // to 1 mm over the tip lie in the first 1.1 mm.
    let cheek_mm = phantom.faces_mm[1] - phantom.root_at(-2.1)[1];
    assert!(
        (tooth.plate_mm[0].unwrap() - cheek_mm).abs() < 0.35,
        "{:?} {cheek_mm}",
        tooth.plate_mm
    );
    assert!(tooth.plate_mm[1].unwrap() > 3.0, "{:?}", tooth.plate_mm);
    assert!(tooth.gap_mm.unwrap() < 0.3, "{:?}", tooth.gap_mm);
    assert!(tooth.roots.is_empty() && tooth.furcation_mm.is_none());
}

#[test]
fn two_roots_are_seen_and_one_can_be_meant() {
    let phantom = ToothPhantom {
        fork: Some((4.0, 12.0)),
        neck_mm: [4.5, 4.0],
        pitch_mm: 11.6,
        ..ToothPhantom::default()
    };
    let volume = phantom.volume();
    let (teeth, tooth) = middle(&phantom, &volume, Roots::All);
    assert_eq!(teeth.pieces.len(), 3);
    assert_eq!(tooth.roots.len(), 2);
    // Each root leans by 12 degrees, less what its taper takes from its outer side.
    let lean = |own: f64| {
        let top = phantom.root_at(-4.0)[0];
        let tip = phantom.root_at(-13.0)[0];
        (own.to_radians().tan() - 0.55 * (top - tip) / 9.0).atan().to_degrees()
    };
    let expected = 2.0 * lean(12.0);
    assert!((tooth.divergence_deg - expected).abs() < 2.0, "{} {expected}", tooth.divergence_deg);
    let furcation = tooth.furcation_mm.unwrap();
    assert!((furcation + 4.0).abs() < 1.2, "{furcation}");
    let (_, one) = middle(&phantom, &volume, Roots::One);
    let axis = phantom.placement.turn(one.occlusal());
    assert!((axis.angle_deg(Vector::new(0.0, 0.0, 1.0)) - lean(12.0)).abs() < 1.5);
}

#[test]
fn what_is_no_tooth_is_refused() {
    let phantom = ToothPhantom::default();
    let volume = phantom.volume();
    let none = ToothLabels { teeth: 9, ..of(&volume) };
    assert!(matches!(teeth(&none, NECK, &Job::quiet()), Err(ToothError::NoTeeth { label: 9 })));
    let found = teeth(&of(&volume), NECK, &Job::quiet()).unwrap();
    let far = phantom.placement.inverse().apply(Point::new(0.0, 30.0, 0.0));
    assert!(matches!(found.at(far), Err(ToothError::NoTooth { away_mm, .. }) if away_mm > 20.0));
    let bare = ToothLabels { bone: 9, ..of(&volume) };
    let refused = tooth(&bare, &found, 1, Roots::All, &Job::quiet());
    assert_eq!(refused.unwrap_err(), ToothError::NoCrown);
}

#[test]
fn teeth_of_a_patient() {
    let Some(volume) = cmf() else { return };
    let lower = ToothLabels { volume: &volume, teeth: 4, bone: 2, canal: Some(5) };
    let upper = ToothLabels { volume: &volume, teeth: 3, bone: 1, canal: None };
    for (labels, count) in [(lower, 14), (upper, 12)] {
        let found = teeth(&labels, NECK, &Job::quiet()).unwrap();
        println!("{} teeth", found.pieces.len());
        for n in 0..found.pieces.len() {
            let m = found.pieces[n].middle;
            let t = tooth(&labels, &found, n, Roots::All, &Job::quiet()).unwrap();
            println!(
                "{:2} [{:.0} {:.0} {:.0}] {:.0} mm3 neck {:.2} width {:.1} x {:.1} root {:.1} crown {:.1} crest {:.1?} plate {:.1?} gap {:.2?} roots {} furcation {:.1?} apart {:.0}",
                n + 1,
                m.x,
                m.y,
                m.z,
                t.volume_mm3,
                t.neck,
                t.width_mm[0],
                t.width_mm[1],
                t.root_mm,
                t.crown_mm,
                t.crest_mm,
                t.plate_mm,
                t.gap_mm,
                t.roots.len().max(1),
                t.furcation_mm,
                t.divergence_deg
            );
            of_its_voxels(&found, n, &t, labels.teeth == 4);
        }
        // Of the upper front teeth two pairs stay one: they are as deep where they touch.
        assert_eq!(found.pieces.len(), count);
    }
}

/// Compares what was measured of a tooth with its voxels alone.
fn of_its_voxels(teeth: &Teeth, n: usize, tooth: &Tooth, lower: bool) {
    let (grid, own) = (&teeth.numbers.grid, n as u16 + 1);
    let all = (0..grid.voxel_count()).filter(|&v| teeth.numbers.values[v] == own);
    let centers: Vec<Point<_>> = all.map(|v| grid.center(grid.voxel(v))).collect();
    let voxel_mm = grid.spacing.into_iter().fold(0.0, f64::max);
    let counted = centers.len() as f64 * grid.spacing.iter().product::<f64>();
    assert!((tooth.volume_mm3 / counted - 1.0).abs() < 0.1, "{} {counted}", tooth.volume_mm3);
    let placed: Vec<Point<Implant>> = centers.iter().map(|p| tooth.placement.apply(*p)).collect();
    let end = |a: usize, sign: f64| placed.iter().map(|p| sign * p[a]).fold(f64::MIN, f64::max);
    // From the crest down to the tip and up to the cusps.
    assert!((tooth.root_mm - end(2, -1.0)).abs() < 2.0 * voxel_mm, "{} {n}", tooth.root_mm);
    assert!((tooth.crown_mm - end(2, 1.0)).abs() < 2.0 * voxel_mm, "{} {n}", tooth.crown_mm);
    // No neck is wider than the tooth, and none narrower than half of it.
    for (a, width) in tooth.width_mm.into_iter().enumerate() {
        let whole = end(a, 1.0) + end(a, -1.0) + voxel_mm;
        assert!(width < whole + voxel_mm && width > 0.35 * whole, "{width} of {whole}: {n}");
    }
    // Lower teeth bite upwards, upper ones downwards; front teeth lean.
    let up = tooth.occlusal().z * if lower { 1.0 } else { -1.0 };
    assert!(up > 0.6, "{up}: {n}");
}

/// A header that has the head turned by half a circle about its height: teeth keep their numbers,
/// and the lip stays in front.
#[test]
fn teeth_are_counted_from_the_patients_right() {
    let Some(volume) = cmf() else { return };
    let turned = |p: Point<Lps>| Point::new(-p.x, -p.y, p.z);
    let mut moved = volume.clone();
    moved.grid.origin = turned(moved.grid.origin);
    moved.grid.axes = moved.grid.axes.map(|v| Vector::new(-v.x, -v.y, v.z));
    let of = |volume| {
        teeth(&ToothLabels { volume, teeth: 4, bone: 2, canal: None }, NECK, &Job::quiet()).unwrap()
    };
    let (still, found) = (of(&volume), of(&moved));
    assert!(still.sides.unwrap().header_agrees && !found.sides.unwrap().header_agrees);
    assert_eq!(still.pieces.len(), found.pieces.len());
    for (n, (a, b)) in still.pieces.iter().zip(&found.pieces).enumerate() {
        assert!(turned(a.middle).distance(b.middle) < 1e-6, "tooth {n}");
        for (v, w) in still.along(n).into_iter().zip(found.along(n)) {
            assert!((v.x + w.x).abs() < 1e-6 && (v.y + w.y).abs() < 1e-6, "tooth {n}");
        }
    }
}
