//! Onlays on heads made in code, whose surfaces are known.

use std::f64::consts::{PI, TAU};
use std::sync::OnceLock;

use ossein_anatomy::jaw::solid_bone;
use ossein_anatomy::{JawLabels, SURFACE_LEVEL, occupancy};
use ossein_design::kinds::facial_onlay::{
    Bone, CHOICES, Design, DesignError, Handle, Inputs, OnlayPlan, PlanError, Target, Wanted,
    design, part, plan,
};
use ossein_field::mesh_distance::MeshField;
use ossein_geom::{Choices, Found, Grid, Implant, Job, Lps, Point, TriMesh, Value, Vector, Volume};
use ossein_mesh::extract::{extract_compact, samples_around};
use ossein_mesh::{check_watertight, extract, iso_surface, measure};
use ossein_shape::piece::largest_piece;

use crate::common::{cmf, cranium};

const LEVEL: f64 = 250.0;
const MIDDLE: Point<Lps> = Point::new(3.0, -2.0, 5.0);
const BALL_MM: f64 = 45.0;
const GAP_MM: f64 = 0.1;
/// Of milled PEEK.
const EDGE_MM: f64 = 1.0;

/// A body of a known signed distance, its grey values falling evenly across its surface.
fn body(half_mm: f64, distance: &(dyn Fn(Point<Lps>) -> f64 + Sync)) -> Volume<i16> {
    let count = (2.0 * half_mm / 1.5) as usize;
    let corner = MIDDLE - Vector::new(half_mm, half_mm, half_mm) + Vector::new(0.3, 0.1, 0.2);
    let grid = Grid::aligned(corner, [1.5; 3], [count; 3]);
    let value =
        |n: usize| (LEVEL - 500.0 * distance(grid.center(grid.voxel(n))).clamp(-3.0, 3.0)) as i16;
    let values = (0..grid.voxel_count()).map(value).collect();
    Volume::new(grid, values)
}

fn ball() -> &'static Volume<i16> {
    static BALL: OnceLock<Volume<i16>> = OnceLock::new();
    BALL.get_or_init(|| body(58.0, &|p| p.distance(MIDDLE) - BALL_MM))
}

/// A head of which one plane alone, x = that of its middle, is one of symmetry; to first order the
/// distance to its surface.
fn head(p: Point<Lps>) -> f64 {
    let d = (p - MIDDLE).array();
    let d = [d[0] / (1.0 + 0.004 * d[1] - 0.003 * d[2]), d[1], d[2]];
    let axes = [40.0, 52.0, 46.0f64];
    let q = |power: i32| (0..3).map(|a| (d[a] / axes[a].powi(power)).powi(2)).sum::<f64>().sqrt();
    let (scaled, slope) = (q(1), q(2));
    if slope > 0.0 { scaled * (scaled - 1.0) / slope } else { -axes[0] }
}

fn on_head(out: Vector<Lps>) -> Point<Lps> {
    let (mut low, mut high) = (20.0, 80.0);
    for _ in 0..50 {
        let r = 0.5 * (low + high);
        if head(MIDDLE + out * r) < 0.0 { low = r } else { high = r }
    }
    MIDDLE + out * low
}

fn chosen(values: &[(&str, Value)]) -> Choices {
    let mut choices = Choices::defaults(CHOICES);
    for (name, value) in values {
        choices.choose(name, value.clone());
    }
    choices
}

fn wanted(target: Target) -> Wanted {
    Wanted { target: Some(target), foramina: Vec::new(), way_on: None }
}

fn planned(bone: &Volume<i16>, wanted: &Wanted, choices: &Choices) -> OnlayPlan {
    let bone = Bone { volume: bone, level: LEVEL, jaw: None, arch: None };
    plan(&bone, wanted, choices, &Job::quiet()).unwrap().value
}

fn made(
    bone: &Volume<i16>,
    plan: &OnlayPlan,
    choices: &Choices,
) -> Result<Found<Design>, DesignError> {
    let inputs = Inputs { plan, bone, target: None, keep_outs: Vec::new() };
    design(&inputs, choices, 0.25, &Job::quiet())
}

fn meshed(design: &Design) -> TriMesh<Implant> {
    let part = design.part();
    extract(&*part.solid, &part.solid.samples(), &Job::quiet()).unwrap()
}

fn one_handle(height_mm: f64, reach_mm: f64) -> Target {
    let out = Vector::new(0.8, -0.5, 0.3).unit();
    let at = MIDDLE + out * (BALL_MM + 1.5);
    Target::Handles(vec![Handle { at, height_mm, reach_mm }])
}

fn held(count: i64) -> (&'static str, Value) {
    ("implant.screw_count", Value::Whole(count))
}

#[test]
fn the_face_over_a_ball_is_the_bell_that_a_handle_asks_for() {
    let choices = chosen(&[held(0)]);
    let plan = planned(ball(), &wanted(one_handle(4.0, 20.0)), &choices);
    assert!((plan.off_mm[0] - 1.5).abs() < 0.05, "{:?}", plan.off_mm);
    let design = made(ball(), &plan, &choices).unwrap().value;
    let report = &design.report;
    assert!((report.handles[0].drawn_mm - 4.0).abs() < 0.05, "{:?}", report.handles);
    assert!((report.height.max_mm - 4.0).abs() < 0.05, "{:?}", report.height);
    let Target::Handles(handles) = &plan.target else { panic!() };
    let bell = |p: Point<Lps>| {
        let on = MIDDLE + (p - MIDDLE).unit() * BALL_MM;
        let part = on.distance(handles[0].at) / 20.0;
        4.0 * (1.0 - part * part).max(0.0).powi(2)
    };
    let mesh = meshed(&design).placed(&plan.placement.inverse());
    let (mut square, mut most, mut count, mut rim) = (0.0, 0.0f64, 0.0, 0.0f64);
    for p in &mesh.vertices {
        let above = p.distance(MIDDLE) - BALL_MM;
        assert!(above > GAP_MM - 0.05, "{above} mm above the bone");
        let wanted = bell(*p);
        let on = MIDDLE + (*p - MIDDLE).unit() * BALL_MM;
        rim = rim.max(on.distance(handles[0].at));
        // The face, away from the rounded outline.
        if above > 0.5 * wanted && wanted > GAP_MM + 1.8 * EDGE_MM {
            square += (above - wanted).powi(2);
            most = most.max((above - wanted).abs());
            count += 1.0;
        }
    }
    let rms = (square / f64::max(count, 1.0)).sqrt();
    assert!(count > 500.0 && rms < 0.02 && most < 0.06, "{count} {rms} {most}");
    // The outline lies where the bell leaves the gap and the feathered edge.
    let outline = 20.0 * (1.0 - ((GAP_MM + EDGE_MM) / 4.0).sqrt()).sqrt();
    assert!((rim - outline).abs() < 0.25, "{rim} {outline}");
    // Between gap and bell over the part of the ball inside the outline.
    let (steps, end) = (4000, outline);
    let mut volume = 0.0;
    for n in 0..steps {
        let r = end * (n as f64 + 0.5) / f64::from(steps);
        let height = 4.0 * (1.0 - (r / 20.0).powi(2)).powi(2);
        // A ring of chord r: its area on the ball is 2 pi r dr.
        let shell = |h: f64| (BALL_MM + h).powi(3) / (3.0 * BALL_MM * BALL_MM);
        volume += TAU * r * end / f64::from(steps) * (shell(height) - shell(GAP_MM));
    }
    let cap = PI * outline * outline;
    assert!((report.area_mm2 / cap - 1.0).abs() < 0.02, "{} {cap}", report.area_mm2);
    // The rounded outline takes a corner off along the rim.
    let corner = 0.05 * TAU * outline;
    let off = report.volume_mm3 - volume;
    assert!(
        off < 0.005 * volume && off > -corner - 0.005 * volume,
        "{} {volume}",
        report.volume_mm3
    );
    assert!(check_watertight(meshed(&design)).unwrap().component_count() == 1);
}

#[test]
fn a_dent_is_filled_by_the_other_sides_mirror_image() {
    let out = Vector::new(0.85, -0.45, 0.1).unit();
    let middle = on_head(out);
    let dent = |p: Point<Lps>| {
        let away = p.distance(middle) / 12.0;
        5.0 * (1.0 - away * away).max(0.0).powi(2)
    };
    let skull = body(62.0, &|p| head(p) + dent(p));
    let region = ("plan.region", Value::Word("malar_left".into()));
    let choices = chosen(&[held(1), region, ("implant.height_max_mm", Value::Number(5.0))]);
    let plan = planned(&skull, &wanted(Target::Mirror(middle - out * 3.0)), &choices);
    let plane = plan.midplane().unwrap();
    assert!(plane.normal.x > 0.9999 && (plane.point.x - MIDDLE.x).abs() < 0.1, "{plane:?}");
    let design = made(&skull, &plan, &choices).unwrap().value;
    let back = plan.placement.inverse();
    let mesh = meshed(&design).placed(&back);
    let on_face: Vec<f64> = mesh
        .vertices
        .iter()
        .filter(|p| dent(**p) > 1.8 && head(**p) > -0.6)
        .map(|p| head(*p))
        .filter(|d| d.abs() < 0.6)
        .collect();
    let rms = (on_face.iter().map(|d| d * d).sum::<f64>() / on_face.len() as f64).sqrt();
    assert!(on_face.len() > 300 && rms < 0.15, "{} {rms}", on_face.len());
    let asymmetry = design.report.asymmetry.unwrap();
    assert!(asymmetry.before.max_mm > 3.0 && asymmetry.after.p95_mm < 0.3, "{asymmetry:?}");
    // On the other side nothing is missing.
    let sound = wanted(Target::Mirror(plane.mirror(middle)));
    let choices = chosen(&[held(1), ("implant.height_max_mm", Value::Number(5.0))]);
    let plan = planned(&skull, &sound, &choices);
    match made(&skull, &plan, &choices) {
        Err(DesignError::NothingToAdd { mean_mm, .. }) => assert!(mean_mm < -0.5, "{mean_mm}"),
        other => panic!("{:?}", other.map(|d| d.value.report)),
    }
}

/// A chin of two handles, with a foramen beside one.
fn chin() -> (Volume<i16>, Wanted) {
    let skull = body(62.0, &head);
    let front = |x: f64| on_head(Vector::new(x, -1.0, -0.25).unit());
    let handle = |x: f64| Handle { at: front(x), height_mm: 5.0, reach_mm: 20.0 };
    let target = Target::Handles(vec![handle(-0.2), handle(0.2)]);
    let foramina = vec![front(0.38), front(-0.38)];
    (skull, Wanted { target: Some(target), foramina, way_on: None })
}

#[test]
fn two_pieces_make_up_the_one_and_keep_clear_of_foramina() {
    let (skull, wanted) = chin();
    let one = chosen(&[held(0)]);
    let plan = planned(&skull, &wanted, &one);
    let whole = made(&skull, &plan, &one).unwrap().value;
    let two = chosen(&[held(2), ("implant.two_piece", Value::Flag(true))]);
    let parted = made(&skull, &plan, &two).unwrap().value;
    let mesh = check_watertight(meshed(&parted)).unwrap();
    assert_eq!((parted.report.piece_count, mesh.component_count()), (2, 2));
    let bare = chosen(&[held(0), ("implant.two_piece", Value::Flag(true))]);
    let bare = made(&skull, &plan, &bare).unwrap().value;
    // What the joint takes: its width times the area of the cut, looked at place by place.
    let joint = parted.joint.unwrap();
    let (along, up) = (joint.normal.any_perpendicular(), joint.normal);
    let across = up.cross(along);
    let place = |n: i32| {
        Vector::<Implant>::from([0.0; 3])
            + along * (0.1 * f64::from(n % 600 - 300))
            + across * (0.1 * f64::from(n / 600 - 300))
    };
    let middle = Point::<Implant>::ORIGIN - up * joint.height_mm(Point::ORIGIN);
    let cut_mm2 = (0..360_000).filter(|&n| whole.body().distance(middle + place(n)) < 0.0).count()
        as f64
        * 0.01;
    let volume = |design: &Design| measure::volume_mm3(&meshed(design));
    let lost = volume(&whole) - volume(&bare);
    assert!((lost / (0.3 * cut_mm2) - 1.0).abs() < 0.1, "{lost} {cut_mm2}");
    let back = plan.placement.inverse();
    for p in &mesh.mesh().vertices {
        let p = back.apply(*p);
        let clear = wanted.foramina.iter().map(|f| f.distance(p)).fold(f64::INFINITY, f64::min);
        assert!(clear > 2.9, "{clear}");
    }
    assert!(parted.report.nerve_mm.unwrap() > 2.9);
    let screws = &parted.report.screws;
    assert_eq!(screws.len(), 4);
    for screw in screws {
        // The bone is solid: the thread is as long as it may be, in whole mm of screw.
        assert!((screw.length_mm - 7.0).abs() < 1e-9 && screw.thread_mm > 5.3, "{screw:?}");
        assert!(screw.nerve_mm.unwrap() >= 3.0, "{screw:?}");
        let side = joint.height_mm(screw.point).abs();
        assert!(side > 2.9, "{side} mm from the joint");
        // Nothing of the onlay is in the screw's way, and its seat is there.
        let part = parted.part();
        for n in 0..60 {
            let p = screw.point - screw.direction * (0.15 * f64::from(n));
            assert!(ossein_field::Field::distance(&*part.solid, p) > 0.0, "{} {n}", screw.id);
        }
        let aside = screw.direction.any_perpendicular() * 1.2;
        let seat = screw.point - screw.direction * 0.8 + aside;
        assert!(ossein_field::Field::distance(&*part.solid, seat) < 0.0, "{}", screw.id);
    }
}

#[test]
fn titanium_with_a_porous_core_is_lighter_and_one_piece() {
    let solid = chosen(&[held(1), ("implant.material", Value::Word("titanium".into()))]);
    let plan = planned(ball(), &wanted(one_handle(6.0, 22.0)), &solid);
    let whole = made(ball(), &plan, &solid).unwrap().value;
    let mut porous = solid.clone();
    porous.choose("lattice.cell", Value::Word("gyroid".into()));
    let porous = made(ball(), &plan, &porous).unwrap().value;
    let part = porous.report.volume_mm3 / whole.report.volume_mm3;
    assert!((0.4..0.9).contains(&part), "{part}");
    assert_eq!(check_watertight(meshed(&porous)).unwrap().component_count(), 1);
    assert!(whole.part().layered && whole.report.edge_mm == 0.4);
}

#[test]
fn what_cannot_be_is_refused_with_numbers() {
    let bone = Bone { volume: ball(), level: LEVEL, jaw: None, arch: None };
    let choices = chosen(&[]);
    let ask = |wanted: &Wanted| plan(&bone, wanted, &choices, &Job::quiet()).map(|_| ());
    let out = Vector::new(0.8, -0.5, 0.3).unit();
    let handle = |off: f64, height_mm: f64| Handle {
        at: MIDDLE + out * (BALL_MM + off),
        height_mm,
        reach_mm: 20.0,
    };
    let nothing = Wanted { target: None, foramina: Vec::new(), way_on: None };
    assert!(matches!(ask(&nothing), Err(PlanError::Nothing)));
    let far = ask(&wanted(Target::Handles(vec![handle(0.0, 4.0), handle(9.0, 4.0)]))).unwrap_err();
    let text = far.to_string();
    assert!(text.contains("handle 2") && text.contains("9.0 mm"), "{text}");
    let high = ask(&wanted(Target::Handles(vec![handle(0.0, 14.0)]))).unwrap_err().to_string();
    assert!(high.contains("height_mm = 14") && high.contains("12"), "{high}");
    // A nerve that leaves no bone.
    let foramina = vec![MIDDLE + out * BALL_MM, MIDDLE + out * (BALL_MM - 7.5)];
    let hidden = Wanted { foramina, ..wanted(one_handle(4.0, 20.0)) };
    let text = ask(&hidden).unwrap_err().to_string();
    assert!(text.contains("foramina_mm") && text.contains("7.5 mm"), "{text}");
    let turned = Wanted { way_on: Some(-out), ..wanted(one_handle(4.0, 20.0)) };
    assert!(matches!(ask(&turned), Err(PlanError::Turned { number: 1, .. })));
    // A face higher than the recipe allows.
    let low = chosen(&[("implant.height_max_mm", Value::Number(3.0)), held(0)]);
    let own = planned(ball(), &wanted(one_handle(5.0, 20.0)), &low);
    match made(ball(), &own, &low).map(|d| d.value.report) {
        Err(DesignError::TooHigh { height_mm, .. }) => {
            assert!((height_mm - 5.0).abs() < 0.1, "{height_mm}");
        }
        other => panic!("{other:?}"),
    }
    // Bone too thin for a thread.
    let shell = body(58.0, &|p| (p.distance(MIDDLE) - BALL_MM + 0.9).abs() - 0.9);
    let thin = planned(&shell, &wanted(one_handle(5.0, 20.0)), &choices);
    match made(&shell, &thin, &choices).map(|d| d.value.report) {
        Err(DesignError::NoScrew { shallow, .. }) => assert!(shallow > 10, "{shallow}"),
        other => panic!("{other:?}"),
    }
}

/// Around the ball a shell of 3.4 mm, its outer face 5 mm over the bone, its inner one 1.6 mm; with
/// `cut`, of it what lies in front of a plane through the bone.
fn shell(inner_mm: f64, cut: Option<Vector<Lps>>) -> TriMesh<Lps> {
    let solid = body(58.0, &|p| {
        let r = p.distance(MIDDLE);
        let all = (r - 50.0).max(inner_mm - r);
        cut.map_or(all, |out| all.max(15.0 - (p - MIDDLE).dot(out)))
    });
    iso_surface(&solid, LEVEL, &Job::quiet()).unwrap().into_mesh()
}

fn drawn(mesh: &TriMesh<Lps>) -> Result<Found<Design>, DesignError> {
    let out = Vector::new(0.8, -0.5, 0.3).unit();
    let choices = chosen(&[held(0), ("plan.reach_mm", Value::Number(20.0))]);
    let plan = planned(ball(), &wanted(Target::Surface(MIDDLE + out * BALL_MM)), &choices);
    let inputs = Inputs { plan: &plan, bone: ball(), target: Some(mesh), keep_outs: Vec::new() };
    let found = design(&inputs, &choices, 0.3, &Job::quiet());
    // Without figures the part is the same, and refused alike.
    let alone = part(&inputs, &choices, 0.3, &Job::quiet());
    assert_eq!(found.is_ok(), alone.is_ok());
    if let (Ok(found), Ok(alone)) = (&found, &alone) {
        assert_eq!(found.value.part().volume_mm3(), alone.volume_mm3());
    }
    found
}

#[test]
fn a_hollow_that_is_drawn_is_filled_and_a_shell_is_refused() {
    let out = Vector::new(0.8, -0.5, 0.3).unit();
    let solid = drawn(&shell(0.0, None)).unwrap();
    let hollow = drawn(&shell(46.6, None)).unwrap();
    for found in [&solid, &hollow] {
        let height = found.value.report.height;
        assert!((height.max_mm - 5.0).abs() < 0.1, "{height:?}");
        assert!(found.findings.iter().all(|f| f.code != "design.hollow"), "{:?}", found.findings);
    }
    let [a, b] = [&solid, &hollow].map(|found| found.value.report.volume_mm3);
    assert!((a - b).abs() < 0.002 * a, "{a} {b}");
    // A mask before the face encloses nothing: there is no saying where it ends.
    let refused = drawn(&shell(46.6, Some(out))).err().unwrap();
    let DesignError::Hollow { percent, gap_mm, at } = refused else { panic!("{refused}") };
    assert!(percent > 95.0 && (gap_mm - 1.75).abs() < 0.3, "{refused}");
    assert!((Point::from(at).distance(MIDDLE) - BALL_MM).abs() < 0.1, "{refused}");
    // The same mask filled down into the bone is as good as the whole.
    let filled = drawn(&shell(40.0, Some(out))).unwrap().value.report;
    assert!((filled.volume_mm3 - a).abs() < 0.01 * a, "{} {a}", filled.volume_mm3);
}

#[test]
fn a_surface_that_lies_elsewhere_is_told_from_one_in_another_unit() {
    let refused = |change: &dyn Fn(Point<Lps>) -> Point<Lps>| {
        let mut mesh = shell(0.0, None);
        mesh.vertices.iter_mut().for_each(|p| *p = change(*p));
        drawn(&mesh).err().unwrap().to_string()
    };
    let moved = refused(&|p| p + Vector::new(300.0, 0.0, 0.0));
    // From the place on the ball to a ball of 50 mm around a middle 300 mm to the left.
    let out = Vector::<Lps>::new(0.8, -0.5, 0.3).unit();
    let away = (out * BALL_MM - Vector::new(300.0, 0.0, 0.0)).norm() - 50.0;
    assert!(moved.contains(&format!("{away:.0} mm from centre_mm")), "{moved}");
    assert!(moved.contains("patient's frame"), "{moved}");
    let metres = refused(&|p| Point::ORIGIN + (p - Point::ORIGIN) * 0.001);
    assert!(metres.contains("0.100 mm long") && metres.contains("in metres?"), "{metres}");
}

/// The metal of a plate near the onlay, and none of it far from it.
#[test]
fn metal_beside_an_onlay_is_a_failure() {
    let out = Vector::<Lps>::new(0.8, -0.5, 0.3).unit();
    let plated = |away: Vector<Lps>| {
        let mut scan = ball().clone();
        let screw = MIDDLE + away.unit() * BALL_MM;
        let grid = scan.grid.clone();
        for (n, value) in scan.values.iter_mut().enumerate() {
            if grid.center(grid.voxel(n)).distance(screw) < 3.0 {
                *value = 3071;
            }
        }
        let bone = Bone { volume: &scan, level: LEVEL, jaw: None, arch: None };
        let found = plan(&bone, &wanted(one_handle(4.0, 20.0)), &chosen(&[]), &Job::quiet());
        found.unwrap().findings.into_iter().find(|f| f.code == "plan.metal")
    };
    let metal = plated(out + Vector::new(0.0, 0.3, 0.0)).expect("metal is said");
    assert_eq!(metal.severity, ossein_geom::Severity::Failure);
    // A ball of 3 mm, less what the voxels of 1.5 mm leave at its rim.
    assert!((metal.measured.unwrap() / (36.0 * PI) - 1.0).abs() < 0.2, "{metal:?}");
    assert!(plated(-out).is_none());
}

#[test]
fn a_pocket_in_what_is_drawn_is_said_with_its_share_and_gap() {
    let out = Vector::new(0.8, -0.5, 0.3).unit();
    // Filled down into the bone but for a pocket of 4.5 mm around the way on, open from beneath.
    let pocketed = body(58.0, &|p| {
        let (r, along) = (p.distance(MIDDLE), (p - MIDDLE).dot(out));
        let aside = (r * r - along * along).max(0.0).sqrt();
        let pocket = (aside - 4.5).max(r - 46.6);
        (r - 50.0).max(40.0 - r).max(15.0 - along).max(-pocket)
    });
    let mesh = iso_surface(&pocketed, LEVEL, &Job::quiet()).unwrap().into_mesh();
    let findings = drawn(&mesh).unwrap().findings;
    let found = findings.iter().find(|f| f.code == "design.hollow").unwrap();
    // Of the bone within three fifths of the reach, each a cap of a ball: chords squared.
    let chord2 =
        |aside: f64| 2.0 * BALL_MM * (BALL_MM - (BALL_MM * BALL_MM - aside * aside).sqrt());
    let share = 100.0 * chord2(4.5) / (0.6 * 20.0f64).powi(2);
    assert!((found.measured.unwrap() - share).abs() < 2.0, "{found:?}, {share} %");
    // The gap of 1.6 mm is found where the face is 0.1 mm deep, by looks 0.25 mm apart.
    assert!(found.message.contains("1.8 mm"), "{found:?}");
}

/// A real chin under the names of other regions, and with a header that has the head turned.
#[test]
fn a_place_is_held_against_its_region() {
    let Some(labels) = cmf() else { return };
    let codes = |labels: &Volume<u16>, region: &str, centre: Point<Lps>| {
        let jaw = JawLabels { volume: labels, mandible: 2, teeth: Some(4), canal: Some(5) };
        let volume = solid_bone(&jaw).unwrap();
        let bone = Bone { volume: &volume, level: SURFACE_LEVEL, jaw: Some(jaw), arch: None };
        let choices = chosen(&[("plan.region", Value::Word(region.into()))]);
        let handles = vec![Handle { at: centre, height_mm: 4.0, reach_mm: 20.0 }];
        let found = plan(&bone, &wanted(Target::Handles(handles)), &choices, &Job::quiet());
        let found = found.unwrap();
        let codes: Vec<String> = found.findings.iter().map(|f| f.code.clone()).collect();
        (codes, found.value)
    };
    let chin = Point::new(101.0, 37.0, 25.5);
    let (said, found) = codes(&labels, "chin", chin);
    assert!(said.is_empty(), "{said:?}");
    assert!(found.sides.unwrap().header_agrees);
    assert_eq!(codes(&labels, "angle_left", chin).0, ["plan.region"]);
    assert_eq!(codes(&labels, "angle_right", chin).0, ["plan.side", "plan.region"]);
    let gonion = found.jaw.unwrap().gonia[1];
    assert!(codes(&labels, "angle_left", gonion).0.is_empty());
    assert_eq!(codes(&labels, "chin", gonion).0, ["plan.region"]);
    // Half a turn of the header: left stays the patient's, and that is said.
    let turned = |p: Point<Lps>| Point::new(-p.x, -p.y, p.z);
    let mut moved = labels.clone();
    moved.grid.origin = turned(moved.grid.origin);
    moved.grid.axes = moved.grid.axes.map(|v| Vector::new(-v.x, -v.y, v.z));
    let (said, found) = codes(&moved, "angle_left", turned(gonion));
    assert_eq!(said, ["plan.header"]);
    let left = found.placement.inverse().turn(Vector::new(1.0, 0.0, 0.0));
    assert!(found.midplane().unwrap().normal.x < -0.9 && left.x <= 0.1, "{left:?}");
}

/// On a real skull whose header has the face behind: cheek and forehead are told by the vault.
#[test]
fn a_place_on_a_turned_skull_is_held_against_its_region() {
    let Some(hu) = cranium() else { return };
    let skull = ossein_segment::skull(&hu, LEVEL).unwrap();
    let bone = Bone { volume: &skull, level: LEVEL, jaw: None, arch: None };
    let mesh = iso_surface(&skull, LEVEL, &Job::quiet()).unwrap().into_mesh();
    let surface = ossein_shape::MeshSurface::new(&mesh);
    let codes = |region: &str, near: Point<Lps>| {
        let at = ossein_shape::Surface::nearest(&surface, near, 30.0).unwrap().point;
        let choices = chosen(&[("plan.region", Value::Word(region.into()))]);
        let handles = vec![Handle { at, height_mm: 3.0, reach_mm: 15.0 }];
        let wanted =
            Wanted { way_on: Some(Vector::new(0.0, 1.0, 0.0)), ..wanted(Target::Handles(handles)) };
        let found = plan(&bone, &wanted, &choices, &Job::quiet()).unwrap();
        assert!(!found.value.sides.unwrap().header_agrees);
        let codes = found.findings.into_iter().map(|f| f.code);
        codes.filter(|code| code != "plan.header").collect::<Vec<String>>()
    };
    // Beside the broken orbit of the example: the header's right, the patient's left.
    let cheek = Point::new(85.0, 195.0, 36.0);
    assert!(codes("malar_left", cheek).is_empty());
    assert_eq!(codes("malar_right", cheek), ["plan.side"]);
    assert_eq!(codes("forehead", cheek), ["plan.region"]);
    let brow = Point::new(120.0, 210.0, 100.0);
    assert!(codes("forehead", brow).is_empty());
    assert_eq!(codes("para_nasal_left", brow).last().unwrap(), "plan.region");
}

#[test]
fn a_real_chin_gets_the_surface_that_is_drawn() {
    const FORWARD_MM: f64 = 4.0;
    const REACH_MM: f64 = 22.0;
    let Some(labels) = cmf() else { return };
    let jaw = JawLabels { volume: &labels, mandible: 2, teeth: Some(4), canal: Some(5) };
    let volume = solid_bone(&jaw).unwrap();
    let bone = Bone { volume: &volume, level: SURFACE_LEVEL, jaw: Some(jaw), arch: None };
    let job = Job::quiet();
    let mut target = largest_piece(&iso_surface(&volume, SURFACE_LEVEL, &job).unwrap().into_mesh());
    target.vertices.iter_mut().for_each(|p| p.y -= FORWARD_MM);
    let choices = chosen(&[
        ("plan.region", Value::Word("chin".into())),
        ("plan.reach_mm", Value::Number(REACH_MM)),
        ("implant.two_piece", Value::Flag(true)),
        held(2),
    ]);
    let centre = Point::new(91.0, 34.5, 25.5);
    let plan = plan(&bone, &wanted(Target::Surface(centre)), &choices, &job).unwrap().value;
    let near = |name, numbers: &[u16]| (name, occupancy(&labels, numbers).unwrap());
    let keep_outs = vec![near("canal", &[5]), near("teeth", &[3, 4])];
    let inputs = Inputs { plan: &plan, bone: &volume, target: Some(&target), keep_outs };
    let design = design(&inputs, &choices, 0.3, &job).unwrap().value;
    let report = &design.report;
    assert_eq!((report.piece_count, report.screws.len()), (2, 4));
    let joint = design.joint.unwrap();
    let left = report.screws.iter().filter(|s| joint.height_mm(s.point) > 0.0).count();
    assert_eq!(left, 2, "{:?}", report.screws);
    assert!(report.screws.iter().all(|s| s.thread_mm >= 3.0 && s.roots_mm.unwrap() > 0.0));
    // Where the target counts in full and the outline is far, the face is the surface that was
    // drawn: on its samples of 0.5 mm, over terraces of a label map of 0.4 mm.
    let truth = MeshField::new(&target.placed(&plan.placement)).unwrap();
    let body = extract_compact(design.body(), &samples_around(design.body(), 0.25), &job);
    let body = MeshField::new(&body.unwrap().into_mesh()).unwrap();
    let middle = plan.placement.apply(centre);
    let heights = &design.heights;
    let (mut off, mut apart, mut ahead) = (Vec::new(), Vec::new(), Vec::new());
    let forward = plan.placement.turn(Vector::<Lps>::new(0.0, -1.0, 0.0));
    for n in heights.covered() {
        let (p, normal) = (heights.mesh.vertices[n], heights.normals[n]);
        if p.distance(middle) > 0.5 * REACH_MM || normal.z < 0.6 || heights.height_mm[n] < 2.0 {
            continue;
        }
        off.push(truth.unsigned_distance(heights.face(n)));
        apart.push(body.unsigned_distance(heights.face(n)));
        if normal.dot(forward) > 0.85 {
            ahead.push(f64::from(heights.height_mm[n]) / normal.dot(forward));
        }
    }
    let (count, steep) = (off.len(), ahead.len());
    assert!(count > 1000 && steep > 200, "{count} {steep}");
    let mean = ahead.iter().sum::<f64>() / steep as f64;
    assert!((mean - FORWARD_MM).abs() < 0.25, "{mean:.3} mm forward");
    for mut miss in [off, apart] {
        miss.sort_by(f64::total_cmp);
        let (p95, most) = (miss[miss.len() * 95 / 100], miss[miss.len() - 1]);
        println!("{count} places: 95 % within {p95:.3} mm, all within {most:.3} mm");
        assert!(p95 < 0.04 && most < 0.12, "{p95:.3} {most:.3}");
    }
}
