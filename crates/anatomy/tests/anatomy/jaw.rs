//! Lower jaws of real label maps: their frame, landmarks, curve and regions.

use std::path::PathBuf;

use ossein_anatomy::{Jaw, JawError, JawLabels, jaw};
use ossein_geom::{Grid, Job, Lps, Point, Rigid, Vector, Volume};

use crate::common::{cmf, data, labels};

fn masks() -> Vec<PathBuf> {
    let Some(folder) = data("mandible-gt") else { return Vec::new() };
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    all.retain(|path| path.extension().is_some_and(|e| e == "nrrd"));
    all.sort();
    all
}

fn bone_alone(volume: &Volume<u16>, mandible: u16) -> JawLabels<'_> {
    JawLabels { volume, mandible, teeth: None, canal: None }
}

fn whole(volume: &Volume<u16>) -> JawLabels<'_> {
    JawLabels { volume, mandible: 2, teeth: Some(4), canal: Some(5) }
}

/// Left, back and up of a point from the chin, in the jaw's own frame.
fn own(jaw: &Jaw, p: Point<Lps>) -> [f64; 3] {
    let d = p - jaw.menton;
    [d.dot(jaw.left), d.dot(jaw.posterior), d.dot(jaw.up)]
}

/// What holds of every whole jaw.
#[track_caller]
fn check(name: &str, jaw: &Jaw) {
    let [right, left] = jaw.condyles.map(|p| own(jaw, p));
    // Between condyles 75 to 130 mm over their outer sides; jaws 80 to 125 mm long from chin to
    // condyle; the limits lie a little outside.
    let width = left[0] - right[0];
    assert!((70.0..130.0).contains(&width), "{name}: condyles {width:.1} mm apart");
    let plane = jaw.midplane();
    for (what, pair) in
        [("condyles", jaw.condyles), ("gonia", jaw.gonia), ("coronoids", jaw.coronoids)]
    {
        let away = plane.mirror(pair[0]).distance(pair[1]);
        println!("{name}: {what} {away:.1} mm from their mirror image");
        assert!(away < 12.0, "{name}: {what} {away:.1} mm from their mirror image");
    }
    for side in 0..2 {
        let [condyle, gonion, coronoid] =
            [jaw.condyles, jaw.gonia, jaw.coronoids].map(|pair| own(jaw, pair[side]));
        assert!(condyle[2] > gonion[2] + 30.0, "{name}: {condyle:?} {gonion:?}");
        assert!(condyle[1] > coronoid[1] + 12.0, "{name}: {condyle:?} {coronoid:?}");
        assert!(coronoid[2] > gonion[2] + 30.0, "{name}: {coronoid:?} {gonion:?}");
        assert!((70.0..140.0).contains(&condyle[1]), "{name}: {condyle:?}");
    }
    let [from, to] = jaw.arch.ends_mm();
    println!("{name}: arch {from:.1} {to:.1}; width {width:.1}");
    assert!((from + to).abs() < 14.0 && to - from > 180.0, "{name}: {from} {to}");
    let legs = jaw.arch.stations.windows(2);
    assert!(legs.into_iter().all(|w| w[0].point.distance(w[1].point) < 2.01));
    let chin = jaw.arch.at(0.0);
    assert!(plane.height_mm(chin.point).abs() < 0.1);
    assert!(chin.along.dot(jaw.left) > 0.9 && chin.outward.dot(jaw.posterior) < -0.8, "{chin:?}");
    for region in &jaw.regions {
        let side = plane.height_mm(region.center);
        let right_way = match &region.name {
            name if name.ends_with("_right") => side < -3.0,
            name if name.ends_with("_left") => side > 3.0,
            _ => side.abs() < 6.0,
        };
        assert!(right_way, "{name}: {region:?} at {side:.1}");
    }
    assert_eq!(jaw.regions.len(), 29);
    // Along the row from the chin: canine, premolars, first molar.
    for (side, sign) in [("right", -1.0), ("left", 1.0)] {
        let along = ["canine", "premolar", "molar"].map(|tooth| {
            let region = jaw.region(&format!("{tooth}_{side}")).unwrap();
            sign * jaw.arch.nearest(region.center).0
        });
        assert!(along[0] > 5.0 && along[1] > along[0] + 4.0, "{name}: {along:?}");
        assert!(along[2] > along[1] + 5.0, "{name}: {along:?}");
    }
}

#[test]
fn sixteen_jaws_are_measured() {
    for path in masks() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let found = jaw(&bone_alone(&labels(&path), 1), &Job::quiet());
        check(&name, &found.unwrap_or_else(|e| panic!("{name}: {e}")));
    }
}

#[test]
fn a_jaw_with_teeth_and_canals_is_measured() {
    let Some(volume) = cmf() else { return };
    let labels = whole(&volume);
    let found = jaw(&labels, &Job::quiet()).unwrap();
    check("cmf", &found);
    for region in &found.regions {
        println!("{:30} {:?} {}", region.name, own(&found, region.center), region.radius_mm);
    }
    println!("{found:#?}", found = [found.left, found.posterior, found.up]);
    // Both canals run within a few mm of the curve, from the ramus to the premolars.
    let canal = (0..volume.values.len()).step_by(7).filter(|&n| volume.values[n] == 5);
    let near = canal.map(|n| found.arch.nearest(volume.grid.center(volume.grid.voxel(n))));
    for (along, away) in near {
        assert!((15.0..115.0).contains(&along.abs()) && away < 14.0, "{along:.0} {away:.1}");
    }
    let sides =
        ["canine", "premolar", "molar"].map(|t| ["right", "left"].map(|s| format!("{t}_{s}")));
    for name in sides.iter().flatten().map(String::as_str).chain(["incisors"]) {
        let place = found.region(name).unwrap().center;
        let voxel = volume.grid.voxel_at(place).unwrap();
        assert_eq!(volume.at(voxel), 4, "{name} lies on a tooth");
    }
}

/// A jaw turned and shifted by its grid alone: everything turns and shifts with it.
#[test]
fn landmarks_turn_and_shift_with_the_jaw() {
    let Some(volume) = cmf() else { return };
    let still = jaw(&whole(&volume), &Job::quiet()).unwrap();
    let axis = Vector::<Lps>::new(0.6, 0.48, 0.64);
    let turn = Rigid::about(still.menton, axis, 0.3);
    let shift = Vector::new(31.0, -12.0, 400.0);
    let mut moved = volume.clone();
    let grid: &mut Grid = &mut moved.grid;
    grid.origin = turn.apply(grid.origin) + shift;
    grid.axes = grid.axes.map(|v| turn.turn(v));
    let found = jaw(&whole(&moved), &Job::quiet()).unwrap();
    let there = |p: Point<Lps>| turn.apply(p) + shift;
    let pairs = |jaw: &Jaw| {
        let [c, g, k] = [jaw.condyles, jaw.gonia, jaw.coronoids];
        [c[0], c[1], g[0], g[1], k[0], k[1], jaw.menton, jaw.pogonion]
    };
    for (a, b) in pairs(&still).into_iter().zip(pairs(&found)) {
        let away = there(a).distance(b);
        assert!(away < 1.0, "{away:.2} mm");
    }
    for s in [-110.0, -60.0, -20.0, 0.0, 20.0, 60.0, 110.0] {
        let (a, b) = (still.arch.at(s), found.arch.at(s));
        let (along, away) = found.arch.nearest(there(a.point));
        println!("{s}: {along:.2}, {away:.2} mm away");
        assert!(away < 1.0 && (along - s).abs() < 2.5, "{s}: {along:.2}, {away:.2} mm away");
        let outward_deg = turn.turn(a.outward).angle_deg(b.outward);
        // Under the notch the section begins to part in two, and the curve's course is less sure.
        assert!(outward_deg < 4.0 || s.abs() > 80.0, "{outward_deg} degrees at {s} mm");
    }
}

/// A header that has the jaw turned by half a circle about its height: left stays the patient's.
#[test]
fn left_is_told_from_chin_and_condyles() {
    let Some(volume) = cmf() else { return };
    let still = jaw(&whole(&volume), &Job::quiet()).unwrap();
    assert!(still.sides().header_agrees && still.left.x > 0.9);
    let turned = |p: Point<Lps>| Point::new(-p.x, -p.y, p.z);
    let mut moved = volume.clone();
    moved.grid.origin = turned(moved.grid.origin);
    moved.grid.axes = moved.grid.axes.map(|v| Vector::new(-v.x, -v.y, v.z));
    let found = jaw(&whole(&moved), &Job::quiet()).unwrap();
    assert!(!found.sides().header_agrees && found.left.x < -0.9);
    assert!(found.sides().left.angle_deg(found.left) < 1e-6);
    for (a, b) in still.condyles.into_iter().zip(found.condyles) {
        assert!(turned(a).distance(b) < 0.5, "{a:?} {b:?}");
    }
    for (a, b) in still.regions.iter().zip(&found.regions) {
        assert_eq!(a.name, b.name);
        assert!(turned(a.center).distance(b.center) < 1.0, "{a:?} {b:?}");
    }
}

#[test]
fn what_is_no_lower_jaw_is_refused() {
    let Some(volume) = cmf() else { return };
    let refused = |labels: JawLabels| jaw(&labels, &Job::quiet()).map(|_| ()).unwrap_err();
    let error = refused(bone_alone(&volume, 9));
    assert!(matches!(error, JawError::Volume { .. }), "{error}");
    // The skull.
    let error = refused(bone_alone(&volume, 1));
    assert!(matches!(error, JawError::Volume { .. }), "{error}");
    // Teeth alone, and fewer than a jaw: no rami behind them.
    let crowns = volume.map(|v| if v == 3 { 4 } else { v });
    let error = refused(bone_alone(&crowns, 4));
    assert!(matches!(error, JawError::NoCondyle { .. }), "{error}");
    // Without its left ramus.
    let mut cut = volume.clone();
    let left = (0..cut.values.len()).filter(|n| cut.grid.voxel(*n)[0] > 250);
    left.collect::<Vec<_>>().into_iter().for_each(|n| cut.values[n] = 0);
    let error = refused(whole(&cut));
    assert!(matches!(error, JawError::Lopsided { .. }), "{error}");
}
