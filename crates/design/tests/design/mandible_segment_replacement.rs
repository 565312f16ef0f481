//! Jaw segments: in a jaw made in code, whose surface is known, and in one of a label map.

use std::sync::OnceLock;

use ossein_anatomy::JawLabels;
use ossein_anatomy::jaw::solid_bone;
use ossein_design::Part;
use ossein_design::kinds::mandible_segment_replacement::{
    Backup, CHOICES, ContourSource, CutPlane, Design, DesignError, Inputs, JawScrew, Plan,
    PlanError, Resection, design, part, plan,
};
use ossein_field::Field;
use ossein_geom::{
    Choices, Found, Grid, Implant, Job, Lps, Point, TriMesh, Value, Vector, Volume, float,
};
use ossein_mesh::extract::{extract_compact, samples_around};
use ossein_mesh::{check_watertight, extract, iso_surface, measure};
use ossein_shape::ShapeModel;

use crate::common::cmf;

const VOXEL_MM: f64 = 0.8;
const BODY_MM: f64 = 8.0;

/// A capsule: both ends and a radius.
type Rod = [f64; 7];

fn rod(a: [f64; 3], b: [f64; 3], radius: f64) -> Rod {
    [a[0], a[1], a[2], b[0], b[1], b[2], radius]
}

fn from_rod(p: [f64; 3], [ax, ay, az, bx, by, bz, radius]: Rod) -> f64 {
    let (d, q) = ([bx - ax, by - ay, bz - az], [p[0] - ax, p[1] - ay, p[2] - az]);
    let dot = |u: [f64; 3], v: [f64; 3]| u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
    let t = (dot(d, q) / dot(d, d).max(1e-12)).clamp(0.0, 1.0);
    let r = [0, 1, 2].map(|k| q[k] - t * d[k]);
    dot(r, r).sqrt() - radius
}

/// The left half of a tube along the body and up the ramus, moved up by `up_mm`.
fn half(up_mm: f64, radius: f64) -> Vec<Rod> {
    let at = |n: usize| {
        let (s, c) = float::sin_cos(std::f64::consts::FRAC_PI_2 * n as f64 / 24.0);
        [44.0 * s, 74.0 * (1.0 - c), 8.0 * (1.0 - c) + up_mm]
    };
    (0..24).map(|n| rod(at(n), at(n + 1), radius)).collect()
}

/// A horseshoe with rami, condyles and coronoid processes: distance to its surface, mm.
struct Phantom {
    bone: Vec<Rod>,
    teeth: Vec<Rod>,
    canal: Vec<Rod>,
}

impl Phantom {
    fn new(canal_mm: f64) -> Self {
        let mut bone = half(0.0, BODY_MM);
        bone.push(rod([44.0, 74.0, 8.0], [46.0, 82.0, 34.0], BODY_MM));
        bone.push(rod([46.0, 82.0, 34.0], [48.0, 90.0, 62.0], 6.0));
        bone.push(rod([46.0, 80.0, 34.0], [45.0, 62.0, 56.0], 4.5));
        // Crowns over the body's front two thirds, their roots in its upper third.
        let row = half(8.0, 1.0);
        let teeth = row[..16]
            .iter()
            .step_by(2)
            .map(|r| rod([r[0], r[1], r[2] - 2.0], [r[0], r[1], r[2] + 8.0], 2.2));
        let canal = half(-1.0, canal_mm)[10..].to_vec();
        Self { bone, teeth: teeth.collect(), canal }
    }

    fn of(rods: &[Rod], p: Point<Lps>) -> f64 {
        let p = [p.x.abs(), p.y, p.z];
        rods.iter().map(|&rod| from_rod(p, rod)).fold(f64::INFINITY, f64::min)
    }

    fn bone(&self, p: Point<Lps>) -> f64 {
        Self::of(&self.bone, p)
    }

    /// 2 for bone, 4 for teeth, 5 for the canal.
    fn volume(&self) -> Volume<u16> {
        let grid = Grid::aligned(Point::new(-62.0, -14.0, -14.0), [VOXEL_MM; 3], [156, 144, 108]);
        let label = |n: usize| {
            let p = grid.center(grid.voxel(n));
            let inside = |rods: &[Rod]| Self::of(rods, p) < 0.0;
            match [inside(&self.teeth), inside(&self.canal), inside(&self.bone)] {
                [true, ..] => 4,
                [_, true, _] => 5,
                [.., true] => 2,
                _ => 0,
            }
        };
        let values = (0..grid.voxel_count()).map(label).collect();
        Volume::new(grid, values)
    }
}

fn phantom() -> &'static (Phantom, Volume<u16>) {
    static PHANTOM: OnceLock<(Phantom, Volume<u16>)> = OnceLock::new();
    PHANTOM.get_or_init(|| {
        let phantom = Phantom::new(1.2);
        let volume = phantom.volume();
        (phantom, volume)
    })
}

fn labels(volume: &Volume<u16>) -> JawLabels<'_> {
    JawLabels { volume, mandible: 2, teeth: Some(4), canal: Some(5) }
}

fn chosen(values: &[(&str, Value)]) -> Choices {
    let mut choices = Choices::defaults(CHOICES);
    for (name, value) in values {
        choices.choose(name, value.clone());
    }
    choices
}

fn along(from_mm: f64, to_mm: f64) -> Resection {
    Resection::Along { from_mm, to_mm }
}

fn planned(volume: &Volume<u16>, resection: &Resection, choices: &Choices) -> Plan {
    plan(&labels(volume), resection, None, choices, &Job::quiet()).unwrap().value
}

fn designed(
    volume: &Volume<u16>,
    plan: &Plan,
    choices: &Choices,
    step_mm: f64,
) -> Result<Found<Design>, DesignError> {
    design(&Inputs { plan, labels: labels(volume) }, choices, step_mm, &Job::quiet())
}

/// A part's surface: closed, one piece.
fn mesh_of(part: &Part) -> TriMesh<Implant> {
    let mesh = extract(&*part.solid, &part.solid.samples(), &Job::quiet()).unwrap();
    let mesh = check_watertight(mesh).unwrap();
    assert_eq!(mesh.component_count(), 1);
    mesh.into_mesh()
}

/// The part's surface in the patient.
fn surface(design: &Design, plan: &Plan) -> TriMesh<Lps> {
    mesh_of(&design.part()).placed(&plan.placement.inverse())
}

fn body(design: &Design, plan: &Plan) -> TriMesh<Lps> {
    let solid = design.body();
    let mesh = extract_compact(solid, &samples_around(solid, 0.8), &Job::quiet()).unwrap();
    mesh.into_mesh().placed(&plan.placement.inverse())
}

/// Least of a distance along a screw's thread, less its radius.
fn thread_away(plan: &Plan, screw: &JawScrew, distance: impl Fn(Point<Lps>) -> f64) -> f64 {
    let entry = plan.placement.inverse().apply(screw.point);
    let at = |n: i32| distance(entry.lerp(screw.tip_lps, f64::from(n) / 60.0));
    (0..=60).map(at).fold(f64::INFINITY, f64::min) - 0.5 * screw.diameter_mm
}

/// What holds of the screws of every design by default.
fn check_screws(report_screws: &[JawScrew], plan: &Plan) {
    for end in ["right", "left"] {
        let own: Vec<&JawScrew> = report_screws.iter().filter(|s| s.end == end).collect();
        assert_eq!(own.len(), 3, "{end}");
        for (n, a) in own.iter().enumerate() {
            assert!(a.from_cut_mm >= 6.0 && a.tilt_deg <= 15.01, "{a:?}");
            assert!(plan.outside_mm(plan.placement.inverse().apply(a.point)) >= 5.9, "{a:?}");
            assert!((a.length_mm - a.head.distance(a.tip)).abs() < 1e-6, "{a:?}");
            for b in &own[..n] {
                assert!(a.point.distance(b.point) >= 7.5, "{a:?} {b:?}");
            }
        }
    }
}

#[test]
fn a_segment_has_the_contour_gaps_and_screws_that_were_asked_for() {
    let (phantom, volume) = phantom();
    let choices = chosen(&[("plan.contour", Value::Word("healthy".into()))]);
    let plan = planned(volume, &along(18.0, 52.0), &choices);
    assert!((plan.length_mm() - 34.0).abs() < 1e-9);
    // A tube: its section times its length.
    let wanted = std::f64::consts::PI * BODY_MM * BODY_MM * 34.0;
    assert!((plan.removed_mm3 - wanted).abs() < 0.04 * wanted, "{} {wanted}", plan.removed_mm3);
    let design = designed(volume, &plan, &choices, 0.5).unwrap().value;
    let report = &design.report;
    for p in &body(&design, &plan).vertices {
        assert!(plan.outside_mm(*p) < -0.25, "{p:?} comes out of the cut");
        // Voxels of 0.8 mm, their steps smoothed; between teeth sockets stay open at their top.
        if plan.outside_mm(*p) < -2.0 && Phantom::of(&phantom.teeth, *p) > 2.0 {
            let miss = phantom.bone(*p);
            assert!(miss.abs() < 0.45, "{miss:.2} mm from the tube at {p:?}");
        }
    }
    let mesh = surface(&design, &plan);
    let out = -report.insertion.direction;
    for p in &mesh.vertices {
        // The gap at the cuts, cut short by half a sample at sharp edges.
        let (outside, depth) = (plan.outside_mm(*p), phantom.bone(*p));
        assert!(depth.max(-outside) > -0.35, "{depth:.2} mm in bone that stays: {p:?}");
        assert!(depth > -1.6 || outside < -0.15, "{outside:.2} mm from the cut: {p:?}");
        // On its way in from 40 mm outside it meets no bone that stays.
        for n in 1..40 {
            let q = *p + out * f64::from(n);
            let bone = phantom.bone(q).max(-plan.outside_mm(q));
            assert!(bone > -0.6, "{bone:.2} mm, {n} mm before the end");
        }
    }
    for wing in &report.wings {
        let (gap, face) = (wing.gap.unwrap(), wing.face_gap.unwrap());
        assert!((gap.mean_mm - 0.1).abs() < 0.05 && gap.min_mm > 0.0, "{gap:?}");
        assert!((face.mean_mm - 0.3).abs() < 0.05, "{face:?}");
    }
    check_screws(&report.screws, &plan);
    for screw in &report.screws {
        for (what, rods) in [("canal", &phantom.canal), ("teeth", &phantom.teeth)] {
            let away = thread_away(&plan, screw, |p| Phantom::of(rods, p));
            assert!(away > 1.6, "{away:.2} mm to the {what}: {screw:?}");
        }
        // Through both walls the tip comes out; else it stays in.
        let tip = phantom.bone(screw.tip_lps);
        assert!(if screw.bicortical { tip > -0.4 && tip < 1.5 } else { tip < 0.0 }, "{screw:?}");
    }
    let sizes: Vec<f64> = report.sizes.iter().map(|s| s.length_mm).collect();
    assert_eq!(sizes, [32.0, 34.0, 36.0]);
    let grown = report.sizes[2].envelope_mm3 - report.sizes[0].envelope_mm3;
    assert!((grown - wanted * 4.0 / 34.0).abs() < 0.1 * grown, "{grown}");
    // The core is a third of metal, the skin all of it.
    let share = report.volume_mm3 / report.envelope_mm3;
    assert!((0.5..0.95).contains(&share), "{share:.2}");
}

#[test]
fn a_backup_size_is_longer_at_both_ends_and_keeps_its_plate() {
    let (phantom, volume) = phantom();
    // Solid metal without holes for soft tissue: a longer one is longer by a piece of the tube.
    let choices = chosen(&[
        ("plan.contour", Value::Word("healthy".into())),
        ("lattice.cell", Value::Word("none".into())),
        ("implant.tissue_hole_diameter_mm", Value::Number(0.0)),
    ]);
    let plan = planned(volume, &along(18.0, 52.0), &choices);
    let design = designed(volume, &plan, &choices, 0.4).unwrap().value;
    let planned_gaps = design.face_gaps_mm(&mesh_of(&design.part())).unwrap();
    assert!(planned_gaps.iter().all(|gap| (gap - 0.3).abs() < 0.02), "{planned_gaps:?}");
    let made = |step_mm: f64| -> (Backup, TriMesh<Implant>) {
        let backup = design.backup(step_mm, &choices, 0.4, &Job::quiet()).unwrap();
        let mesh = mesh_of(&backup.part);
        let counted = backup.part.volume_mm3();
        assert!((measure::volume_mm3(&mesh) / counted - 1.0).abs() < 0.01);
        let gaps = design.face_gaps_mm(&mesh).unwrap();
        for n in 0..2 {
            let beyond = planned_gaps[n] - gaps[n];
            assert!((beyond - 0.5 * step_mm).abs() < 0.02, "{beyond} mm of {step_mm}");
        }
        // Free of the bone that stays between the moved cuts.
        let moved = plan.resized(step_mm);
        for p in &mesh.placed(&plan.placement.inverse()).vertices {
            let (outside, depth) = (moved.outside_mm(*p), phantom.bone(*p));
            assert!(depth.max(-outside) > -0.35, "{depth:.2} mm in bone that stays: {p:?}");
            assert!(depth > -1.6 || outside < -0.15, "{outside:.2} mm from the cut: {p:?}");
        }
        // Every screw finds its hole: nothing of it stands along its axis through the plate.
        for screw in &design.report.screws {
            for n in 0..=20 {
                let p = screw.head.lerp(screw.point, f64::from(n) / 20.0);
                assert!(backup.part.solid.distance(p) > 0.5, "{}: {p:?}", screw.id);
            }
        }
        (backup, mesh)
    };
    let ((shorter, small), (longer, large)) = (made(-2.0), made(2.0));
    assert_eq!((shorter.length_mm, longer.length_mm), (32.0, 36.0));
    let first = design.report.wings.iter().map(|w| w.first_screw_mm).fold(f64::INFINITY, f64::min);
    assert!((longer.first_screw_mm - (first - 1.0)).abs() < 1e-9);
    assert!((shorter.first_screw_mm - (first + 1.0)).abs() < 1e-9);
    let grown = measure::volume_mm3(&large) - measure::volume_mm3(&small);
    let tube = std::f64::consts::PI * BODY_MM * BODY_MM * 4.0;
    assert!((grown / tube - 1.0).abs() < 0.1, "{grown:.0} of {tube:.0} mm3");
}

/// Where a text is engraved in a solid size of a segment, mm to the right and up as it is read from
/// outside: vertices that lie beneath the face of the body, away from both cuts.
fn engraved(design: &Design, plan: &Plan, mesh: &TriMesh<Implant>) -> Vec<[f64; 2]> {
    let up = plan.placement.turn(Vector::new(0.0, 0.0, 1.0));
    let right = up.cross(design.outward).unit();
    let beneath = |p: &&Point<Implant>| {
        let from_cuts = design.cuts.iter().map(|cut| -cut.height_mm(**p));
        from_cuts.fold(f64::INFINITY, f64::min) > 3.0 && design.body().distance(**p) < -0.15
    };
    let place =
        |p: &Point<Implant>| [(*p - Point::ORIGIN).dot(right), (*p - Point::ORIGIN).dot(up)];
    mesh.vertices.iter().filter(beneath).map(place).collect()
}

#[test]
fn each_backup_size_says_in_its_cheek_by_how_much_it_is_longer() {
    let (_, volume) = phantom();
    let choices = chosen(&[
        ("plan.contour", Value::Word("healthy".into())),
        ("lattice.cell", Value::Word("none".into())),
        ("implant.tissue_hole_diameter_mm", Value::Number(0.0)),
    ]);
    let plan = planned(volume, &along(14.0, 56.0), &choices);
    let design = designed(volume, &plan, &choices, 0.4).unwrap().value;
    assert!(engraved(&design, &plan, &mesh_of(&design.part())).is_empty());
    // The sign on the left is a bar of one stroke, or a cross of 2 mm; the digit is 3 mm high.
    for (step_mm, sign_mm) in [(-2.0, 0.0), (2.0, 2.0)] {
        let backup = design.backup(step_mm, &choices, 0.4, &Job::quiet()).unwrap();
        assert!(backup.is_marked, "{step_mm:+}");
        let solid = &*backup.part.solid;
        let samples = samples_around(solid, 0.1);
        let mesh = extract(solid, &samples, &Job::quiet()).unwrap();
        let places = engraved(&design, &plan, &mesh);
        let span = |values: &[f64]| {
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            (low, values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
        };
        let (left, right) = span(&places.iter().map(|p| p[0]).collect::<Vec<_>>());
        let near = |what: &str, is: f64, meant: f64| {
            assert!((is - meant).abs() < 0.3, "{step_mm:+}: {what} {is:.2} mm of {meant}");
        };
        // Two letters of 2 mm and 0.75 mm between them, and a stroke.
        near("the text's width", right - left, 4.75 + 0.5);
        for (what, is_own, meant) in [("the sign", true, sign_mm), ("the digit", false, 3.0)] {
            let own = places.iter().filter(|p| (p[0] < 0.5 * (left + right)) == is_own);
            let (low, high) = span(&own.map(|p| p[1]).collect::<Vec<_>>());
            near(what, high - low, meant + 0.5);
        }
    }
}

#[test]
fn a_part_without_figures_is_the_part_with_them() {
    let (_, volume) = phantom();
    let choices = chosen(&[("plan.contour", Value::Word("healthy".into()))]);
    let plan = planned(volume, &along(20.0, 45.0), &choices);
    let whole = designed(volume, &plan, &choices, 0.6).unwrap().value.part();
    let inputs = Inputs { plan: &plan, labels: labels(volume) };
    let alone = part(&inputs, &choices, 0.6, &Job::quiet()).unwrap();
    assert!(mesh_of(&whole) == mesh_of(&alone));
}

#[test]
fn a_backup_size_of_which_nothing_is_left_is_refused() {
    let (_, volume) = phantom();
    let choices = chosen(&[
        ("plan.contour", Value::Word("healthy".into())),
        ("implant.gap_mm", Value::Number(2.0)),
    ]);
    let jaw = planned(volume, &along(20.0, 40.0), &choices).jaw;
    let normal = jaw.arch.at(30.0).along;
    let cut = |s: f64| CutPlane { point: jaw.arch.at(s).point, normal };
    let plan = planned(volume, &Resection::Planes(vec![cut(25.8), cut(34.2)]), &choices);
    let design = designed(volume, &plan, &choices, 0.8).unwrap().value;
    let error = design.backup(-5.0, &choices, 0.8, &Job::quiet()).map(|_| ()).unwrap_err();
    assert!(matches!(error, DesignError::Empty { gap_mm: 2.0 }), "{error}");
}

#[test]
fn a_shape_model_that_was_asked_for_must_be_given() {
    let (_, volume) = phantom();
    let choices = chosen(&[("plan.contour", Value::Word("shape_model".into()))]);
    let error = plan(&labels(volume), &along(20.0, 45.0), None, &choices, &Job::quiet());
    let error = error.map(|_| ()).unwrap_err();
    assert!(matches!(error, PlanError::NoModel), "{error}");
    assert!(error.to_string().contains("jaws.npz"), "{error}");
}

#[test]
fn a_shape_model_of_something_else_is_refused() {
    let (_, volume) = phantom();
    // A pebble that can only grow: no jaw comes near it.
    let grid = Grid::aligned(Point::new(-8.0, -8.0, -8.0), [1.0; 3], [17; 3]);
    let ball = |n: usize| {
        let r = (grid.center(grid.voxel(n)) - Point::<Lps>::ORIGIN).norm();
        (500.0 * (5.0 - r)).clamp(-1500.0, 1500.0) as i16
    };
    let values = (0..grid.voxel_count()).map(ball).collect();
    let mesh = iso_surface(&Volume::new(grid.clone(), values), 0.0, &Job::quiet()).unwrap();
    let mean = mesh.into_mesh();
    let modes = vec![mean.vertices.iter().map(|p| (*p - Point::ORIGIN) * 0.1).collect()];
    let model = ShapeModel { mean, modes, kept: 1.0, shape_count: 4, residual_mm: 0.1 };
    let choices = chosen(&[("plan.contour", Value::Word("shape_model".into()))]);
    let error = plan(&labels(volume), &along(20.0, 45.0), Some(&model), &choices, &Job::quiet());
    let error = error.map(|_| ()).unwrap_err();
    assert!(matches!(error, PlanError::Model { .. }), "{error}");
    assert!(error.to_string().contains("is it a model of lower jaws?"), "{error}");
}

#[test]
fn the_mirror_image_is_the_other_side() {
    let (phantom, volume) = phantom();
    // Without half of the segment's outer wall: a tumour has eaten it.
    let mut eaten = volume.clone();
    let grid = volume.grid.clone();
    for (n, value) in eaten.values.iter_mut().enumerate() {
        let p = grid.center(grid.voxel(n));
        if p.distance(Point::new(40.0, 18.0, 0.0)) < 12.0 {
            *value = 0;
        }
    }
    let auto = chosen(&[("plan.deformed_mm", Value::Number(0.5))]);
    let plan = planned(&eaten, &along(20.0, 55.0), &auto);
    assert_eq!(plan.contour.source, ContourSource::Mirror, "{:?}", plan.contour.deformed_mm);
    let choices = chosen(&[
        ("lattice.cell", Value::Word("none".into())),
        ("implant.tissue_hole_diameter_mm", Value::Number(0.0)),
    ]);
    let design = designed(&eaten, &plan, &choices, 0.6).unwrap().value;
    let miss: Vec<f64> = body(&design, &plan)
        .vertices
        .iter()
        .filter(|p| plan.outside_mm(**p) < -2.0)
        .map(|p| phantom.bone(*p).abs())
        .collect();
    let mean = miss.iter().sum::<f64>() / miss.len() as f64;
    assert!(mean < 0.4, "{mean:.2} mm in the mean over {}", miss.len());
    // The sound jaw needs no mirror image.
    let sound = planned(volume, &along(20.0, 55.0), &auto);
    assert_eq!(sound.contour.source, ContourSource::Healthy);
    assert!(sound.contour.deformed_mm.unwrap() < 0.5, "{:?}", sound.contour.deformed_mm);
    // Solid metal weighs what its volume says.
    let whole = design.report.sizes[1].envelope_mm3;
    assert!(design.report.volume_mm3 > whole && design.report.tissue_hole_count == 0);
}

#[test]
fn resections_that_leave_nothing_to_hold_are_refused() {
    let (_, volume) = phantom();
    let choices = chosen(&[("plan.contour", Value::Word("healthy".into()))]);
    let refused = |resection: &Resection| {
        plan(&labels(volume), resection, None, &choices, &Job::quiet()).map(|_| ()).unwrap_err()
    };
    let jaw = planned(volume, &along(20.0, 40.0), &choices).jaw;
    let plane = |s: f64, normal: Vector<Lps>| CutPlane { point: jaw.arch.at(s).point, normal };
    let across = |s: f64| plane(s, jaw.arch.at(s).along);
    let error = refused(&Resection::Planes(vec![across(40.0)]));
    let PlanError::OnePlane { along_mm } = error else { panic!("{error}") };
    assert!((along_mm - 40.0).abs() < 0.5, "{along_mm}");
    assert!(error.to_string().contains("temporomandibular"), "{error}");
    let end = jaw.arch.ends_mm()[1];
    let error = refused(&along(30.0, end));
    assert!(matches!(error, PlanError::Condyle { side: "left", .. }), "{error}");
    let error = refused(&Resection::Planes(vec![across(0.0); 3]));
    assert!(matches!(error, PlanError::PlaneCount { count: 3 }), "{error}");
    let off = CutPlane { point: Point::new(0.0, 300.0, 0.0), normal: Vector::new(0.0, 1.0, 0.0) };
    let error = refused(&Resection::Planes(vec![across(0.0), off]));
    assert!(matches!(error, PlanError::OffJaw { number: 2, .. }), "{error}");
    let slanted = jaw.arch.at(40.0).along + jaw.arch.at(40.0).up * 3.0;
    let error = refused(&Resection::Planes(vec![across(0.0), plane(40.0, slanted)]));
    assert!(matches!(error, PlanError::Tilted { number: 2, .. }), "{error}");
    let none = plane(20.0, Vector::new(0.0, 0.0, 0.0));
    assert!(matches!(
        refused(&Resection::Planes(vec![none, across(0.0)])),
        PlanError::NoNumber { .. }
    ));
    assert!(matches!(refused(&along(f64::NAN, 3.0)), PlanError::NoNumber { .. }));
    assert!(matches!(refused(&along(20.0, 24.0)), PlanError::TooShort { .. }));
    // Either order and either normal mean the same.
    let turned = vec![plane(45.0, -jaw.arch.at(45.0).along), across(20.0)];
    let plan = planned(volume, &Resection::Planes(turned), &choices);
    assert!((plan.along_mm[0] - 20.0).abs() < 0.5 && (plan.along_mm[1] - 45.0).abs() < 0.5);
    assert!(plan.cuts[0].normal.dot(jaw.left) < 0.0);
}

/// One plane across both bodies of the jaw takes the chin; one above all of the curve takes a rim.
#[test]
fn one_plane_takes_a_segment_where_it_crosses_the_jaw_twice() {
    let (_, volume) = phantom();
    let choices = chosen(&[("plan.contour", Value::Word("healthy".into()))]);
    let jaw = planned(volume, &along(-20.0, 20.0), &choices).jaw;
    let point = jaw.arch.at(25.0).point.lerp(jaw.arch.at(-25.0).point, 0.5);
    let level = CutPlane { point, normal: jaw.posterior };
    let found = planned(volume, &Resection::Planes(vec![level]), &choices);
    for (along, wanted) in found.along_mm.into_iter().zip([-25.0, 25.0]) {
        assert!((along - wanted).abs() < 1.5, "{:?}", found.along_mm);
    }
    let turned = CutPlane { normal: -level.normal, ..level };
    let other = planned(volume, &Resection::Planes(vec![turned]), &choices);
    assert_eq!((other.along_mm, other.removed_mm3), (found.along_mm, found.removed_mm3));
    // What is taken out is the bone in front of the plane.
    let bone = solid_bone(&labels(volume)).unwrap();
    let places = |n: usize| (bone.grid.center(bone.grid.voxel(n)), f64::from(bone.values[n]));
    let all: Vec<(Point<Lps>, f64)> =
        (0..bone.values.len()).filter(|&n| bone.values[n] > 0).map(places).collect();
    let ahead = all.iter().filter(|(p, _)| level.height_mm(*p) < 0.0);
    let taken = ahead.map(|(_, v)| v / 4096.0).sum::<f64>() * bone.grid.voxel_mm3();
    assert!((found.removed_mm3 / taken - 1.0).abs() < 1e-6, "{} {taken}", found.removed_mm3);
    // The same plane, its point on one side: that cut alone is meant, and a condyle goes.
    let aside = CutPlane { point: jaw.arch.at(25.0).point, ..level };
    let error =
        plan(&labels(volume), &Resection::Planes(vec![aside]), None, &choices, &Job::quiet());
    let error = error.map(|_| ()).unwrap_err();
    assert!(matches!(error, PlanError::OnePlane { .. }), "{error}");
    // Both ends lie in the one plane.
    let design = designed(volume, &found, &choices, 0.8).unwrap().value;
    check_screws(&design.report.screws, &found);
    let mesh = surface(&design, &found);
    let face = |p: &Point<Lps>| level.height_mm(*p) > -0.35 && level.height_mm(*p) < -0.25;
    let on = mesh.vertices.iter().filter(|p| face(p)).count();
    assert!(on > 100, "{on} places of the mesh lie on the plane, less the gap");
    let refused = |point: Point<Lps>, normal: Vector<Lps>| {
        let planes = Resection::Planes(vec![CutPlane { point, normal }]);
        plan(&labels(volume), &planes, None, &choices, &Job::quiet()).map(|_| ()).unwrap_err()
    };
    let chin = jaw.arch.at(0.0);
    let error = refused(chin.point + chin.outward * 4.0, jaw.posterior);
    let PlanError::Marginal { removed_mm3, under_mm } = error else { panic!("{error}") };
    assert!(removed_mm3 > 100.0 && (under_mm - 4.0).abs() < 0.5, "{removed_mm3} {under_mm}");
    let error = refused(chin.point + chin.outward * 30.0, jaw.posterior);
    assert!(matches!(error, PlanError::Misses { .. }), "{error}");
}

#[test]
fn a_mirror_image_across_the_midline_is_refused() {
    let (_, volume) = phantom();
    let mirror = chosen(&[("plan.contour", Value::Word("mirror".into()))]);
    let resection = along(-15.0, 15.0);
    let error =
        plan(&labels(volume), &resection, None, &mirror, &Job::quiet()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("across the midline"), "{error}");
    let found = plan(&labels(volume), &resection, None, &Choices::defaults(CHOICES), &Job::quiet());
    let found = found.unwrap();
    assert_eq!(found.value.contour.source, ContourSource::Healthy);
    assert!(found.findings.iter().any(|f| f.code == "plan.no_mirror"), "{:?}", found.findings);
}

#[test]
fn choices_that_cannot_be_made_are_refused() {
    let (_, volume) = phantom();
    let healthy = ("plan.contour", Value::Word("healthy".into()));
    let made = |from: f64, to: f64, more: &[(&str, Value)]| {
        let mut values = vec![healthy.clone()];
        values.extend(more.iter().cloned());
        let choices = chosen(&values);
        let plan = planned(volume, &along(from, to), &choices);
        designed(volume, &plan, &choices, 0.8).map(|_| ())
    };
    let error = made(20.0, 45.0, &[("implant.screw_pitch_mm", Value::Number(5.0))]).unwrap_err();
    assert!(matches!(error, DesignError::PitchTooSmall { least_mm: 6.0, .. }), "{error}");
    let error = made(20.0, 45.0, &[("implant.plate_width_mm", Value::Number(5.0))]).unwrap_err();
    assert!(matches!(error, DesignError::PlateTooNarrow { .. }), "{error}");
    // Too little of the ramus stays.
    let error = made(60.0, 134.0, &[]).unwrap_err();
    assert!(matches!(error, DesignError::StumpTooShort { end: "left", .. }), "{error}");
    let cell = [
        ("lattice.cell", Value::Word("simple-cubic".into())),
        ("lattice.solid_fraction", Value::Number(0.95)),
        ("lattice.period_mm", Value::Number(1.0)),
    ];
    let error = made(20.0, 45.0, &cell).unwrap_err();
    assert!(matches!(error, DesignError::Lattice(_)), "{error}");
}

#[test]
fn a_canal_that_fills_the_bone_leaves_no_place_for_screws() {
    let volume = Phantom::new(6.5).volume();
    let choices = chosen(&[("plan.contour", Value::Word("healthy".into()))]);
    let plan = planned(&volume, &along(-10.0, 40.0), &choices);
    let error = designed(&volume, &plan, &choices, 0.8).map(|_| ()).unwrap_err();
    let DesignError::ScrewsBlocked { canal, .. } = error else { panic!("{error}") };
    assert!(canal > 50, "{canal} %");
}

#[test]
fn a_segment_wider_inside_than_its_opening_cannot_be_put_in() {
    let (_, volume) = phantom();
    let choices = chosen(&[("plan.contour", Value::Word("healthy".into()))]);
    let jaw = planned(volume, &along(20.0, 40.0), &choices).jaw;
    // Both cuts lean in towards the cheek and towards the lower border.
    let cut = |s: f64, sign: f64| {
        let place = jaw.arch.at(s);
        let normal = place.along * sign + place.outward * 0.8 - place.up * 0.8;
        CutPlane { point: place.point, normal: normal.unit() }
    };
    let plan = planned(volume, &Resection::Planes(vec![cut(10.0, -1.0), cut(50.0, 1.0)]), &choices);
    let error = designed(volume, &plan, &choices, 0.8).map(|_| ()).unwrap_err();
    assert!(matches!(error, DesignError::Blocked { .. }), "{error}");
}

#[test]
fn a_segment_of_a_real_jaw_keeps_clear_of_teeth_and_canal() {
    let Some(volume) = cmf() else { return };
    let choices = Choices::defaults(CHOICES);
    let plan = planned(&volume, &along(20.0, 60.0), &choices);
    let found = designed(&volume, &plan, &choices, 0.4).unwrap();
    assert!(found.findings.iter().all(|f| f.code == "design.one_wall"), "{:?}", found.findings);
    let design = found.value;
    let report = &design.report;
    check_screws(&report.screws, &plan);
    let grid = &volume.grid;
    let centers = |label: u16| -> Vec<Point<Lps>> {
        let some = (0..volume.values.len()).filter(|&n| volume.values[n] == label);
        some.map(|n| grid.center(grid.voxel(n))).collect()
    };
    let [bone, teeth, canal] = [2, 4, 5].map(centers);
    for screw in &report.screws {
        for (what, voxels) in [("teeth", &teeth), ("canal", &canal)] {
            let near =
                |p: Point<Lps>| voxels.iter().map(|q| p.distance(*q)).fold(f64::INFINITY, f64::min);
            // A voxel's surface lies up to half its edge before its middle.
            let away = thread_away(&plan, screw, near) - 0.25;
            println!("{}: {away:.1} mm to the {what}", screw.id);
            assert!(away > 1.5, "{}: {away:.2} mm to the {what}", screw.id);
        }
    }
    // What was cut out lies within the body, and the body's surface on what was cut out.
    let inside = |p: &Point<Lps>| design.body().distance(plan.placement.apply(*p)) < 0.6;
    let taken: Vec<&Point<Lps>> = bone.iter().filter(|p| plan.outside_mm(**p) < -2.0).collect();
    let held = taken.iter().filter(|p| inside(p)).count();
    assert!(held as f64 > 0.985 * taken.len() as f64, "{held} of {}", taken.len());
    assert!((report.envelope_mm3 / plan.removed_mm3 - 0.97).abs() < 0.03, "{report:?}");
    assert!(report.insertion.blocked_mm < 0.3, "{:?}", report.insertion);
    let mesh = surface(&design, &plan);
    println!("{} triangles, {:.0} mm3", mesh.triangles.len(), report.volume_mm3);
}
