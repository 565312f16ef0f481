//! Models of bodies that are known: balls, bars and what lies inside them.

use std::f64::consts::PI;

use ossein_design::kinds::anatomical_model::{
    CHOICES, Design, Inputs, ModelError, Structure, design,
};
use ossein_geom::{Choices, Finding, Grid, Job, Lps, Point, Value, Vector, Volume};
use ossein_mesh::{check_watertight, measure};
use ossein_shape::Plane;

/// A label map of 0.5 mm, 40 x 40 x 40 mm, the origin in its middle.
fn map(label: impl Fn(Point<Lps>) -> u16) -> Volume<u16> {
    let grid = Grid::aligned(Point::new(-20.0, -20.0, -20.0), [0.5; 3], [81; 3]);
    let value = |n: usize| label(grid.center(grid.voxel(n)));
    let values = (0..grid.voxel_count()).map(value).collect();
    Volume::new(grid, values)
}

fn structure(name: &str, label: u16) -> Structure {
    Structure { name: name.into(), label, color: [200, 190, 170] }
}

fn choices(own: &[(&str, Value)]) -> Choices {
    let mut choices = Choices::defaults(CHOICES);
    let quiet = [("engrave", Value::Flag(false)), ("simplify_mm", Value::Number(0.0))];
    for (key, value) in quiet.iter().chain(own) {
        choices.choose(&format!("model.{key}"), value.clone());
    }
    choices
}

fn made(
    labels: &Volume<u16>,
    structures: &[Structure],
    cuts: &[Plane<Lps>],
    choices: &Choices,
) -> Result<(Design, Vec<Finding>), ModelError> {
    let inputs = Inputs { labels, structures, cuts, parted: true, id: "M-1" };
    let found = design(&inputs, choices, 0.5, &Job::quiet())?;
    Ok((found.value, found.findings))
}

fn ball(p: Point<Lps>, center: [f64; 3], radius: f64) -> bool {
    let [x, y, z] = center;
    p.distance(Point::new(x, y, z)) <= radius
}

fn near(value: f64, wanted: f64, part: f64) {
    assert!((value / wanted - 1.0).abs() < part, "{value} of {wanted}");
}

fn codes(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|f| f.code.as_str()).collect()
}

#[test]
fn a_ball_is_a_ball_without_its_crumbs_and_voids() {
    let labels = map(|p| {
        let solid = ball(p, [0.0; 3], 12.0) && !ball(p, [0.0; 3], 6.0);
        u16::from(solid || ball(p, [16.0, 16.0, 16.0], 1.0))
    });
    let (model, findings) = made(&labels, &[structure("bone", 1)], &[], &choices(&[])).unwrap();
    let volume = 4.0 / 3.0 * PI * 12.0f64.powi(3);
    near(model.report.pieces[0].volume_mm3, volume, 0.01);
    assert_eq!((model.report.crumb_count, model.report.filled_count), (1, 1));
    near(model.report.filled_mm3, 4.0 / 3.0 * PI * 216.0, 0.015);
    assert!(codes(&findings).contains(&"model.filled"));
    assert!(model.pieces[0].bodies.is_empty());
    assert!(model.report.error_p95_mm < 0.02, "{}", model.report.error_p95_mm);
    let keep = choices(&[("fill_voids", Value::Flag(false))]);
    let (open, _) = made(&labels, &[structure("bone", 1)], &[], &keep).unwrap();
    near(open.report.pieces[0].volume_mm3, volume - 4.0 / 3.0 * PI * 216.0, 0.01);
}

#[test]
fn labels_that_touch_share_the_volume_and_their_face() {
    let labels = map(|p| match ball(p, [0.0; 3], 12.0) {
        true if p.x < 3.0 => 1,
        true => 2,
        false => 0,
    });
    let structures = [structure("left", 2), structure("right", 1)];
    let (model, _) = made(&labels, &structures, &[], &choices(&[])).unwrap();
    // A cap of a ball beyond x = 2.75, the face between the voxels.
    let h = 12.0 - 2.75;
    let cap = PI * h * h * (3.0 * 12.0 - h) / 3.0;
    let [left, right] = [&model.report.bodies[0], &model.report.bodies[1]];
    near(left.volume_mm3, cap, 0.015);
    near(left.volume_mm3 + right.volume_mm3, model.report.pieces[0].volume_mm3, 2e-3);
    // The face lies between the voxels; at its rim by half a voxel more or less.
    for (n, sign) in [(0, -1.0), (1, 1.0)] {
        let body = &model.pieces[0].bodies[n].mesh;
        let mut beyond: Vec<f64> = body.vertices.iter().map(|p| sign * (p.x - 2.75)).collect();
        beyond.sort_by(f64::total_cmp);
        assert!(beyond.last().unwrap() < &0.25);
        let on = beyond.iter().filter(|mm| mm.abs() < 0.02).count();
        assert!(on > 1500, "{on}");
    }
}

#[test]
fn struts_join_what_is_loose() {
    let labels = map(|p| {
        u16::from(ball(p, [-10.0, 0.0, 0.0], 8.0)) + 2 * u16::from(ball(p, [10.0, 0.0, 0.0], 7.0))
    });
    let structures = [structure("one", 1), structure("two", 2)];
    let (model, _) = made(&labels, &structures, &[], &choices(&[])).unwrap();
    assert_eq!(model.report.part_count, 2);
    let [strut, ..] = &model.report.struts[..] else { panic!("no strut") };
    assert!((strut.length_mm() - 5.0).abs() < 0.3, "{}", strut.length_mm());
    let pieces = &model.report.pieces;
    assert_eq!((pieces.len(), pieces[0].component_count), (1, 1));
    assert_eq!(model.report.bodies.last().unwrap().name, "struts");
    let loose = choices(&[("join", Value::Flag(false))]);
    let (model, findings) = made(&labels, &structures, &[], &loose).unwrap();
    assert_eq!(model.report.pieces[0].component_count, 2);
    assert!(codes(&findings).contains(&"model.loose"));
}

#[test]
fn a_hollow_ball_has_its_wall_and_two_drains() {
    let labels = map(|p| u16::from(ball(p, [0.0; 3], 15.0)));
    let hollow = choices(&[("wall_mm", Value::Number(3.0)), ("drain_mm", Value::Number(4.0))]);
    let (model, _) = made(&labels, &[structure("bone", 1)], &[], &hollow).unwrap();
    let shell = 4.0 / 3.0 * PI * (15.0f64.powi(3) - 12.0f64.powi(3));
    let holes = 2.0 * PI * 4.0 * 3.0;
    near(model.report.pieces[0].volume_mm3, shell - holes, 0.02);
    // No place is thinner than the wall, so the voxels' roughness makes the hollow smaller.
    let part = model.report.hollow_mm3 / (4.0 / 3.0 * PI * 12.0f64.powi(3));
    assert!((0.98..1.0).contains(&part), "{part}");
    // A ball with two ways to its inside is a torus.
    let closed = check_watertight(model.pieces[0].whole.clone()).unwrap();
    assert_eq!((closed.component_count(), measure::genus(&closed)), (1, 1));
    assert!((model.report.pieces[0].wall_p50_mm.unwrap() - 3.0).abs() < 0.1);
    let thick = choices(&[("wall_mm", Value::Number(10.0))]);
    let labels = map(|p| u16::from(ball(p, [0.0; 3], 9.0)));
    let (_, findings) = made(&labels, &[structure("bone", 1)], &[], &thick).unwrap();
    assert!(codes(&findings).contains(&"model.no_hollow"));
}

#[test]
fn a_cut_gives_two_halves_that_go_together() {
    let labels = map(|p| u16::from(ball(p, [0.0; 3], 15.0)));
    let cut = Plane { point: Point::new(0.0, 0.0, 2.0), normal: Vector::new(0.0, 0.0, 2.0) };
    let bone = [structure("bone", 1)];
    for wall_mm in [0.0, 2.5] {
        let own = choices(&[("wall_mm", Value::Number(wall_mm))]);
        let (model, _) = made(&labels, &bone, &[cut], &own).unwrap();
        let pieces = &model.report.pieces;
        assert_eq!((pieces.len(), model.report.pegs.len()), (2, 2));
        assert!(pieces.iter().all(|piece| piece.component_count == 1));
        if wall_mm == 0.0 {
            let h = 13.0;
            let cap = PI * h * h * (45.0 - h) / 3.0;
            let peg = PI * 2.5 * 2.5 * 6.0;
            let hole = PI * 2.65 * 2.65 * 6.15;
            near(pieces[1].volume_mm3, cap - 2.0 * hole, 0.01);
            near(pieces[0].volume_mm3, 4.0 / 3.0 * PI * 3375.0 - cap + 2.0 * peg, 0.01);
        }
        // Pegs stand out of the lower half by their length, and nowhere meet the upper half.
        let [lower, upper] = [&model.pieces[0].whole, &model.pieces[1].whole];
        assert!((lower.bounds().max.z - 8.0).abs() < 0.05, "{}", lower.bounds().max.z);
        assert!((upper.bounds().min.z - 2.0).abs() < 0.05);
        let field = ossein_field::mesh_distance::MeshField::new(upper).unwrap();
        let above = lower.vertices.iter().filter(|p| p.z > 2.3);
        let least =
            above.map(|&p| ossein_field::Field::distance(&field, p)).fold(f64::INFINITY, f64::min);
        assert!((0.05..0.2).contains(&least), "{least}");
    }
}

/// A bar 8 mm thick has no room for pegs of 5 mm with 1.5 mm around their holes, and room for those
/// of 3.75; one of 4 mm has room for none.
#[test]
fn pegs_are_made_smaller_where_there_is_no_room() {
    let cut = Plane { point: Point::new(0.0, 0.0, 0.0), normal: Vector::new(1.0, 0.0, 0.0) };
    let bone = [structure("bone", 1)];
    let bar = |half: f64| {
        let inside = move |p: Point<Lps>| p.x.abs() < 18.0 && p.y.abs() < 14.0 && p.z.abs() < half;
        made(&map(|p| u16::from(inside(p))), &bone, &[cut], &choices(&[])).unwrap()
    };
    let (model, findings) = bar(4.0);
    assert_eq!(codes(&findings), ["model.small_pegs"], "{findings:?}");
    let pegs = &model.report.pegs;
    assert_eq!((pegs.len(), pegs[0].diameter_mm, pegs[0].length_mm), (2, 3.75, 4.5));
    // They stand out of the lower half by their length.
    let lower = model.pieces[0].whole.bounds();
    assert!((lower.max.x - 4.5).abs() < 0.05, "{}", lower.max.x);
    let (model, findings) = bar(2.0);
    assert!(model.report.pegs.is_empty());
    assert!(codes(&findings).contains(&"model.no_peg"), "{findings:?}");
}

#[test]
fn letters_are_engraved_where_it_is_flat() {
    let slab = map(|p| u16::from(p.x.abs() < 18.0 && p.y.abs() < 12.0 && p.z.abs() < 4.0));
    let bone = [structure("bone", 1)];
    let (plain, _) = made(&slab, &bone, &[], &choices(&[])).unwrap();
    let engraved = choices(&[("engrave", Value::Flag(true))]);
    let (model, _) = made(&slab, &bone, &[], &engraved).unwrap();
    assert_eq!(model.report.pieces[0].engraved.as_deref(), Some("M-1"));
    let lost = plain.report.pieces[0].volume_mm3 - model.report.pieces[0].volume_mm3;
    assert!((2.0..40.0).contains(&lost), "{lost}");
    let small = map(|p| u16::from(ball(p, [0.0; 3], 4.0)));
    let (model, findings) = made(&small, &bone, &[], &engraved).unwrap();
    assert_eq!(model.report.pieces[0].engraved, None);
    assert!(codes(&findings).contains(&"model.unmarked"));
}

#[test]
fn what_cannot_be_made_is_refused_or_told() {
    let labels = map(|p| u16::from(ball(p, [0.0; 3], 12.0)));
    let bone = [structure("bone", 1)];
    let nothing = made(&labels, &[structure("liver", 7)], &[], &choices(&[]));
    assert!(matches!(nothing, Err(ModelError::Nothing)));
    let far = Plane { point: Point::new(0.0, 0.0, 30.0), normal: Vector::new(0.0, 0.0, 1.0) };
    let missed = made(&labels, &bone, &[far], &choices(&[]));
    assert!(matches!(missed, Err(ModelError::Missed { number: 1, .. })));
    let crumbs = choices(&[("crumb_mm3", Value::Number(5000.0))]);
    let small = map(|p| u16::from(ball(p, [0.0; 3], 8.0)));
    assert!(matches!(made(&small, &bone, &[], &crumbs), Err(ModelError::Crumbs { count: 1, .. })));
    let bed = choices(&[("bed_x_mm", Value::Number(20.0))]);
    let (_, findings) = made(&labels, &bone, &[], &bed).unwrap();
    assert!(codes(&findings).contains(&"model.bed"));
    let sheet = map(|p| u16::from(p.x.abs() < 15.0 && p.y.abs() < 15.0 && p.z.abs() < 0.3));
    let (_, findings) = made(&sheet, &bone, &[], &choices(&[])).unwrap();
    assert!(codes(&findings).contains(&"model.thin"), "{findings:?}");
}
