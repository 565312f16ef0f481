//! Plates for orbits made in code: two cones in bone, a sinus beneath each, one floor broken.

use std::f64::consts::PI;
use std::sync::OnceLock;

use ossein_anatomy::Side;
use ossein_anatomy::orbit::OrbitPoints;
use ossein_design::kinds::orbital_floor::{
    CHOICES, Design, DesignError, FloorPlan, Inputs, PlanError, Wanted, design, plan,
};
use ossein_geom::{Choices, Found, Grid, Job, Lps, Point, Value, Volume};
use ossein_mesh::{check_watertight, extract, measure};

const LEVEL: f64 = 250.0;
/// So that the level lies half way between it and soft tissue: what a scan shows of thin bone.
const BONE: f64 = 470.0;
const SOFT: f64 = 30.0;
/// Likewise: the level of air lies half way.
const AIR: f64 = -530.0;
/// Beside the midline an orbit's axis lies so far, so high above its rim.
const ASIDE_MM: f64 = 32.0;
const AXIS_MM: f64 = 17.0;
/// The broken floor reaches so far aside of the axis, and from here to there behind the rim.
const HALF_MM: f64 = 8.0;
const ALONG_MM: [f64; 2] = [10.0, 28.0];
/// And has fallen so deep.
const FALLEN_MM: f64 = 6.0;

/// What is wrong with a head.
#[derive(Clone, Copy, PartialEq)]
enum Head {
    Whole,
    LeftBroken,
    /// The right floor is gone and its sinus full.
    BothBroken,
    /// A bar of bone before the left orbit.
    Barred,
    /// The left floor is broken, and the rim before it gone.
    NoRim,
    /// A ridge of bone stands on the broken floor, from before the rim to the canal.
    Ridged,
}

/// Height of an orbit's floor beneath its axis' cone, at a place aside of the axis; none outside.
fn floor_mm(aside: f64, y: f64) -> Option<f64> {
    let r = AXIS_MM * (1.0 - y / 60.0);
    (aside.abs() < r).then(|| AXIS_MM - (r * r - aside * aside).sqrt())
}

fn tissue(head: Head, p: Point<Lps>) -> f64 {
    let aside = p.x.abs() - ASIDE_MM;
    let left = p.x > 0.0;
    if head == Head::NoRim && left && aside.abs() < 16.0 && p.y < 4.5 && p.z < AXIS_MM {
        return SOFT;
    }
    let bar = head == Head::Barred && left && (-14.0..-9.0).contains(&p.y) && p.z > 1.0;
    if bar && aside.abs() < 20.0 && p.z < 40.0 {
        return BONE;
    }
    let ridge = head == Head::Ridged && left && (2.0..5.0).contains(&aside);
    if ridge && (-8.0..46.0).contains(&p.y) && (-6.0..7.0).contains(&p.z) {
        return BONE;
    }
    // Soft tissue around a wedge of bone, which no other plane than x = 0 halves.
    let within = p.y > 0.0 && p.y < 58.0 - 0.3 * (p.z + 30.0) && p.z > -30.0 && p.z < 55.0;
    if !within || p.x.abs() > 54.0 {
        return SOFT;
    }
    let r = aside.hypot(p.z - AXIS_MM);
    if p.y < 48.0 && r < AXIS_MM * (1.0 - p.y / 60.0) {
        return SOFT;
    }
    let floor = floor_mm(aside, p.y);
    let sinus = aside.abs() < 12.0 && (6.0..40.0).contains(&p.y) && p.z > -20.0;
    let Some(floor) = floor.filter(|_| sinus && p.z < AXIS_MM) else { return BONE };
    let broken = aside.abs() < HALF_MM && (ALONG_MM[0]..ALONG_MM[1]).contains(&p.y);
    let fallen = broken && p.z > floor - FALLEN_MM;
    match head {
        Head::LeftBroken | Head::Barred | Head::NoRim | Head::Ridged if left && fallen => SOFT,
        Head::BothBroken if !left => SOFT,
        Head::BothBroken if fallen => SOFT,
        _ if p.z < floor - 1.5 => AIR,
        _ => BONE,
    }
}

/// The head as a scanner sees it: each voxel the mean of what it holds.
fn scanned(head: Head) -> Volume<i16> {
    let grid = Grid::aligned(Point::new(-60.0, -20.0, -36.0), [1.0; 3], [121, 84, 97]);
    let value = |n: usize| {
        let p = grid.center(grid.voxel(n));
        let mut sum = 0.0;
        for part in 0..27 {
            let at = |a: usize| (part / [1, 3, 9][a] % 3) as f64 / 3.0 - 1.0 / 3.0;
            sum += tissue(head, Point::new(p.x + at(0), p.y + at(1), p.z + at(2)));
        }
        (sum / 27.0).round() as i16
    };
    let values = (0..grid.voxel_count()).map(value).collect();
    Volume::new(grid, values)
}

fn broken() -> &'static Volume<i16> {
    static HEAD: OnceLock<Volume<i16>> = OnceLock::new();
    HEAD.get_or_init(|| scanned(Head::LeftBroken))
}

fn wanted() -> Wanted {
    let points = OrbitPoints {
        rim: Point::new(ASIDE_MM, 0.0, 0.0),
        upper_rim: Point::new(ASIDE_MM, 0.0, 34.0),
        lateral_rim: Point::new(ASIDE_MM + AXIS_MM, 0.0, AXIS_MM),
        canal: Point::new(24.0, 46.0, 17.0),
    };
    Wanted { points, outline: Vec::new() }
}

fn chosen(values: &[(&str, Value)]) -> Choices {
    let mut choices = Choices::defaults(CHOICES);
    for (name, value) in values {
        choices.choose(name, value.clone());
    }
    choices
}

fn planned(
    hu: &Volume<i16>,
    wanted: &Wanted,
    choices: &Choices,
) -> Result<Found<FloorPlan>, PlanError> {
    plan(hu, hu, wanted, LEVEL, choices, &Job::quiet())
}

fn made(
    hu: &Volume<i16>,
    wanted: &Wanted,
    choices: &Choices,
) -> Result<(FloorPlan, Design), DesignError> {
    let plan = planned(hu, wanted, choices).unwrap().value;
    let inputs = Inputs { plan: &plan, hu };
    let design = design(&inputs, choices, 0.25, &Job::quiet())?.value;
    Ok((plan, design))
}

#[test]
fn a_floor_that_was_cut_out_comes_back() {
    let (plan, design) = made(broken(), &wanted(), &chosen(&[])).unwrap();
    assert_eq!(plan.side, Side::Left);
    assert!(plan.symmetry.plane.point.x.abs() < 0.1, "{:?}", plan.symmetry);
    assert!(plan.symmetry.plane.normal.x.abs() > 0.9999, "{:?}", plan.symmetry);
    // Half of the orbital face, over the defect, against the cone that was there.
    let back = plan.placement.inverse();
    let mut off: Vec<f64> = Vec::new();
    for (n, column) in plan.floors.columns.iter().enumerate() {
        if !(column.defect && design.mask[n]) {
            continue;
        }
        let [x, y] = plan.floors.at(n);
        let p = back.apply(Point::new(x, y, f64::from(design.face_mm[n])));
        let r = (p.x - ASIDE_MM).hypot(p.z - AXIS_MM);
        off.push((r - AXIS_MM * (1.0 - p.y / 60.0)).abs());
    }
    off.sort_by(f64::total_cmp);
    let (mean, p95) = (off.iter().sum::<f64>() / off.len() as f64, off[off.len() * 95 / 100]);
    // The bone is 1.5 mm thick, the voxel 1 mm: half a voxel is what such a scan tells.
    assert!(mean < 0.35 && p95 < 0.7, "mean {mean:.3}, p95 {p95:.3} mm over {}", off.len());
    println!("orbital face against the floor that was there: mean {mean:.3}, p95 {p95:.3} mm");
    let report = &design.report;
    assert!(report.canal_mm >= 5.0 && report.reach_mm <= 38.0, "{report:?}");
    assert_eq!(report.screws.len(), 3);
    let part = design.part();
    let mesh = extract(&*part.solid, &part.solid.samples(), &Job::quiet()).unwrap();
    let volume = measure::volume_mm3(&mesh);
    let closed = check_watertight(mesh).unwrap();
    assert_eq!(closed.component_count(), 1);
    // A sheet of its thickness less its holes.
    let sheet = report.area_mm2 * report.thickness_mm;
    assert!((0.75..1.0).contains(&(volume / sheet)), "{volume} of {sheet} mm3");
}

#[test]
fn volumes_tell_what_fell_out_and_what_the_plate_gives_back() {
    let (plan, design) = made(broken(), &wanted(), &chosen(&[])).unwrap();
    let volumes = design.report.volumes;
    // The fallen box is as deep everywhere; a ball of 3 mm does not reach into its square edges.
    let (wide, long) = (2.0 * HALF_MM, ALONG_MM[1] - ALONG_MM[0]);
    let edges = (2.0 * (wide + long) + 4.0 * FALLEN_MM) * (1.0 - PI / 4.0) * 9.0;
    let fallen_ml = (wide * long * FALLEN_MM - edges) / 1000.0;
    let more = volumes.broken_ml - volumes.other_ml;
    assert!((more - fallen_ml).abs() < 0.08 * fallen_ml, "{more} mL of {fallen_ml}");
    let left = volumes.with_plate_ml - volumes.other_ml;
    assert!(left.abs() < 0.35, "{left} mL");
    let [low, high] = volumes.enophthalmos_before_mm;
    assert!((low - 0.8 * more).abs() < 1e-9 && (high - 0.9 * more).abs() < 1e-9);
    let area = 2.0 * HALF_MM * (ALONG_MM[1] - ALONG_MM[0]);
    assert!((plan.defect_mm2 - area).abs() < 0.25 * area, "{} mm2 of {area}", plan.defect_mm2);
}

#[test]
fn a_whole_floor_has_no_defect_but_an_outline_makes_one() {
    let whole = scanned(Head::Whole);
    let error = planned(&whole, &wanted(), &chosen(&[])).unwrap_err();
    assert!(matches!(error, PlanError::NoDefect { .. }), "{error}");
    let corner = |x: f64, y: f64| Point::new(ASIDE_MM + x, y, floor_mm(x, y).unwrap());
    let outline =
        vec![corner(-7.0, 10.0), corner(7.0, 10.0), corner(7.0, 26.0), corner(-7.0, 26.0)];
    let outlined = Wanted { outline, ..wanted() };
    let (plan, design) = made(&whole, &outlined, &chosen(&[])).unwrap();
    assert!((plan.broken_ml - plan.other_ml).abs() < 0.2, "{plan:?}");
    assert!(design.report.defect_mm2 > 150.0);
}

#[test]
fn what_cannot_be_done_is_refused() {
    let error =
        planned(broken(), &wanted(), &chosen(&[("plan.side", Value::Word("right".into()))]));
    let text = error.unwrap_err().to_string();
    assert!(text.contains("the points lie on the left"), "{text}");
    let both = scanned(Head::BothBroken);
    let error = planned(&both, &wanted(), &chosen(&[])).unwrap_err();
    assert!(matches!(error, PlanError::Bilateral { .. }), "{error}");
    let mut off = wanted();
    off.points.upper_rim.y -= 12.0;
    let error = planned(broken(), &off, &chosen(&[])).unwrap_err();
    assert!(error.to_string().contains("upper_rim at"), "{error}");
    let far = vec![
        Point::new(ASIDE_MM - 5.0, 30.0, 10.0),
        Point::new(ASIDE_MM + 5.0, 30.0, 10.0),
        Point::new(ASIDE_MM + 5.0, 44.0, 12.0),
        Point::new(ASIDE_MM - 5.0, 44.0, 12.0),
    ];
    let far = Wanted { outline: far, ..wanted() };
    let clear = chosen(&[("implant.canal_clearance_mm", Value::Number(15.0))]);
    let error = made(broken(), &far, &clear).err().unwrap();
    assert!(matches!(error, DesignError::TooFar { .. }), "{error}");
    let barred = scanned(Head::Barred);
    let error = made(&barred, &wanted(), &chosen(&[])).err().unwrap();
    assert!(matches!(error, DesignError::Blocked { .. }), "{error}");
}

#[test]
fn points_and_scans_that_cannot_be_meant_are_refused() {
    let refused = |change: &dyn Fn(&mut Wanted)| {
        let mut asked = wanted();
        change(&mut asked);
        planned(broken(), &asked, &chosen(&[])).unwrap_err()
    };
    let error = refused(&|asked| asked.points.rim.x = 200.0);
    assert!(matches!(error, PlanError::OffScan { what: "rim", .. }), "{error}");
    assert!(error.to_string().contains("[200.0, 0.0, 0.0]"), "{error}");
    let error = refused(&|asked| asked.points.lateral_rim = asked.points.rim);
    assert!(matches!(error, PlanError::Orbit(_)), "{error}");
    assert!(error.to_string().contains("lower and lateral rim are 0.0 mm apart"), "{error}");
    // An outline given on the other side.
    let error = refused(&|asked| {
        asked.outline = [(-40.0, 10.0), (-25.0, 10.0), (-25.0, 26.0)]
            .map(|(x, y)| Point::new(x, y, 2.0))
            .to_vec();
    });
    assert!(matches!(error, PlanError::Outline(_)), "{error}");
    assert!(error.to_string().contains("holds 0 mm2"), "{error}");
    // The grey values end in the middle of the other orbit, the bone's plane of symmetry stands.
    let whole = broken();
    let first = 28;
    let size = [whole.grid.size[0] - first, whole.grid.size[1], whole.grid.size[2]];
    let grid = Grid::aligned(whole.grid.center([first, 0, 0]), [1.0; 3], size);
    let value = |n: usize| whole.sample(grid.center(grid.voxel(n))) as i16;
    let values = (0..grid.voxel_count()).map(value).collect();
    let half = Volume::new(grid.clone(), values);
    let job = Job::quiet();
    let error = plan(&half, broken(), &wanted(), LEVEL, &chosen(&[]), &job).unwrap_err();
    let PlanError::OtherOff { percent } = error else { panic!("{error}") };
    assert!((25.0..75.0).contains(&percent), "{percent}");
}

/// A plate of metal on the rim, and one at the back of the head.
#[test]
fn metal_beside_an_orbit_is_a_failure() {
    let plated = |at: Point<Lps>| {
        let mut scan = broken().clone();
        let grid = scan.grid.clone();
        for (n, value) in scan.values.iter_mut().enumerate() {
            if grid.center(grid.voxel(n)).distance(at) < 3.0 {
                *value = 3071;
            }
        }
        let found = plan(&scan, broken(), &wanted(), LEVEL, &chosen(&[]), &Job::quiet());
        found.unwrap().findings.into_iter().find(|f| f.code == "plan.metal")
    };
    let metal = plated(Point::new(ASIDE_MM + 22.0, 4.0, 4.0)).expect("metal is said");
    assert_eq!(metal.severity, ossein_geom::Severity::Failure);
    // A ball of 3 mm in voxels of 1 mm, whose middle is that of one of them.
    assert!((metal.measured.unwrap() / (36.0 * PI) - 1.0).abs() < 0.2, "{metal:?}");
    assert!(plated(Point::new(-ASIDE_MM - 10.0, 4.0, 0.0)).is_none());
}

#[test]
fn a_plate_without_rest_or_screws_is_refused() {
    let narrow = chosen(&[
        ("implant.flange_width_mm", Value::Number(2.5)),
        ("implant.screw_head_mm", Value::Number(3.2)),
    ]);
    let error = made(broken(), &wanted(), &narrow).err().unwrap();
    assert!(matches!(error, DesignError::NoScrew { found: 0, wanted: 3, .. }), "{error}");
    let error = made(&scanned(Head::NoRim), &wanted(), &chosen(&[])).err().unwrap();
    assert!(matches!(error, DesignError::NoRest { place: "on the rim", .. }), "{error}");
}

/// What bone parts is not bridged: the plate covers the larger side, and says what stays open.
#[test]
fn a_ridge_of_bone_leaves_a_part_of_the_defect_open() {
    let hu = scanned(Head::Ridged);
    let plan = planned(&hu, &wanted(), &chosen(&[])).unwrap().value;
    let inputs = Inputs { plan: &plan, hu: &hu };
    let found = design(&inputs, &chosen(&[]), 0.25, &Job::quiet()).unwrap();
    let report = &found.value.report;
    let open = found.findings.iter().find(|f| f.code == "design.uncovered").expect("a finding");
    let share = report.uncovered_mm2 / plan.defect_mm2;
    assert_eq!(open.measured, Some(share));
    // The side towards the temple is 3 mm wide of 16, the ridge as wide, and the plate keeps off.
    assert!((0.35..0.65).contains(&share), "{share}");
    let part = found.value.part();
    let mesh = extract(&*part.solid, &part.solid.samples(), &Job::quiet()).unwrap();
    assert_eq!(check_watertight(mesh).unwrap().component_count(), 1);
    assert!(report.dropped_mm3 < 0.1, "{report:?}");
}
