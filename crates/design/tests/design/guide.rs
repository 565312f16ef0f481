//! Guides on bone whose surface is known.

use ossein_design::guide::{CHOICES, Cut, Drill, Guide, GuideError, Request, guide};
use ossein_field::Field;
use ossein_geom::{Choices, Job, Lps, Point, Vector};
use ossein_mesh::{check_watertight, extract};

const RADIUS_MM: f64 = 9.0;

/// A rod along x, half of it sunk: the guide comes from y.
fn rod(p: Point<Lps>) -> f64 {
    (p.y * p.y + p.z * p.z).sqrt() - RADIUS_MM
}

/// A rod with a lip that hangs over its side: bone to be blocked out.
fn lipped(p: Point<Lps>) -> f64 {
    let lip = ((p.y - 11.0) * (p.y - 11.0) + (p.z - 7.0) * (p.z - 7.0)).sqrt() - 2.5;
    rod(p).min(lip)
}

fn choices() -> Choices {
    Choices::defaults(CHOICES)
}

fn drill(id: &str, x: f64) -> Drill {
    Drill {
        id: id.into(),
        point: Point::new(x, RADIUS_MM, 0.0),
        direction: Vector::new(0.0, -1.0, 0.0),
        diameter_mm: 1.8,
        depth_mm: 10.0,
    }
}

fn made(
    bone: &(dyn Fn(Point<Lps>) -> f64 + Sync),
    drills: &[Drill],
    label: &str,
) -> Result<Guide, GuideError> {
    beside(bone, None, drills, label)
}

fn beside(
    bone: &(dyn Fn(Point<Lps>) -> f64 + Sync),
    beside: Option<&(dyn Fn(Point<Lps>) -> f64 + Sync)>,
    drills: &[Drill],
    label: &str,
) -> Result<Guide, GuideError> {
    let course: Vec<Point<Lps>> =
        (-4..=4).map(|n| Point::new(8.0 * f64::from(n), RADIUS_MM, 0.0)).collect();
    let cut = |x: f64| Cut {
        point: Point::new(x, RADIUS_MM, 0.0),
        normal: Vector::new(x.signum(), 0.0, 0.0),
    };
    let request = Request {
        bone,
        beside,
        from: Vector::new(0.0, 1.0, 0.0),
        up: Vector::new(0.0, 0.0, 1.0),
        course: &course,
        drills,
        cuts: &[cut(-15.0), cut(15.0)],
        label,
    };
    Ok(guide(&request, &choices(), 0.4, &Job::quiet())?.value)
}

fn four() -> Vec<Drill> {
    vec![drill("A", -30.0), drill("B", -22.0), drill("C", 22.0), drill("D", 30.0)]
}

/// Distance in the patient's frame.
fn at(guide: &Guide, x: f64, y: f64, z: f64) -> f64 {
    guide.solid.distance(guide.placement.apply(Point::new(x, y, z)))
}

#[test]
fn it_lies_on_bone_at_its_gap_and_is_one_closed_piece() {
    let guide = made(&rod, &four(), "R-1").unwrap();
    let surface =
        check_watertight(extract(&*guide.solid, &guide.solid.samples(), &Job::quiet()).unwrap());
    let surface = surface.unwrap();
    assert_eq!(surface.component_count(), 1);
    let back = guide.placement.inverse();
    let gap = choices().number("guide.contact_mm");
    let away = surface.mesh().vertices.iter().map(|p| rod(back.apply(*p)));
    let least = away.fold(f64::INFINITY, f64::min);
    // The bone is known on samples 0.4 mm apart: a rod of 9 mm bends 2 um between them.
    assert!((least - gap).abs() < 0.03, "{least}");
    // The shell is as thick as was asked for, beside sleeves and letters.
    for x in [-26.0, 26.0] {
        let thick = choices().number("guide.thickness_mm");
        assert!(at(&guide, x, RADIUS_MM + gap + 0.5 * thick, 0.0) < 0.0);
        assert!(at(&guide, x, RADIUS_MM + gap + thick + 0.5, 0.0) > 0.0);
    }
}

#[test]
fn drills_and_blades_pass_and_walls_stand_beside_them() {
    let guide = made(&rod, &four(), "R-1").unwrap();
    for (drill, figures) in four().iter().zip(&guide.report.drills) {
        let x = drill.point.x;
        // The sleeve ends 8 mm over the bone; its hole is free, its wall is not.
        for height in [1.0, 4.0, 7.0] {
            assert!(at(&guide, x, RADIUS_MM + height, 0.0) > 0.3);
            assert!(at(&guide, x + 0.975 + 0.75, RADIUS_MM + height, 0.0) < 0.0);
        }
        assert!(at(&guide, x + 1.7, RADIUS_MM + 8.5, 0.0) > 0.0);
        assert!((figures.play.tilt_deg - 0.15f64.atan2(8.0).to_degrees()).abs() < 1e-9);
    }
    let slot = guide.report.slots[0];
    assert!((slot.width_mm - 0.85).abs() < 1e-12);
    for x in [-15.0, 15.0] {
        for height in [0.5, 4.0, 7.5] {
            assert!(at(&guide, x, RADIUS_MM + height, 0.0) > 0.2, "{x} {height}");
            assert!(at(&guide, x + 1.5, RADIUS_MM + height, 0.0) < 0.0, "{x} {height}");
            assert!(at(&guide, x - 1.5, RADIUS_MM + height, 0.0) < 0.0, "{x} {height}");
        }
        // Closed at both ends of the bone, open over all of it.
        let half = 0.5 * slot.length_mm;
        assert!(at(&guide, x, RADIUS_MM + 2.0, half + 1.2) < 0.0);
        assert!(half > 7.0);
    }
}

#[test]
fn it_slides_down_over_bone_that_hangs_over() {
    let guide = made(&lipped, &four(), "R-1").unwrap();
    assert!(guide.report.blocked_mm2 > 20.0, "{}", guide.report.blocked_mm2);
    assert!(made(&rod, &four(), "R-1").unwrap().report.blocked_mm2 < 1.0);
    let mesh = extract(&*guide.solid, &guide.solid.samples(), &Job::quiet()).unwrap();
    let back = guide.placement.inverse();
    // On its way from 30 mm off the bone to its seat no point of it meets bone.
    for p in mesh.vertices.iter().map(|p| back.apply(*p)) {
        for n in 0..=60 {
            let q = p + Vector::new(0.0, 0.5 * f64::from(n), 0.0);
            assert!(lipped(q) > 0.0, "{q:?}");
        }
    }
}

/// A row of teeth at the upper rim of the rod, in front of its slots.
fn teeth(p: Point<Lps>) -> f64 {
    ((p.y - 5.0) * (p.y - 5.0) + (p.z - 10.0) * (p.z - 10.0)).sqrt() - 4.0
}

#[test]
fn it_keeps_clear_of_teeth_beside_the_bone() {
    let nearest = |guide: &Guide| {
        let mesh = extract(&*guide.solid, &guide.solid.samples(), &Job::quiet()).unwrap();
        let back = guide.placement.inverse();
        mesh.vertices.iter().map(|p| teeth(back.apply(*p))).fold(f64::INFINITY, f64::min)
    };
    assert!(nearest(&made(&rod, &four(), "R-1").unwrap()) < -1.0);
    let clear = beside(&rod, Some(&teeth), &four(), "R-1").unwrap();
    assert!((nearest(&clear) - 0.1).abs() < 0.05, "{}", nearest(&clear));
}

#[test]
fn what_cannot_be_led_or_written_is_refused() {
    let mut slanted = four();
    slanted[0].direction = Vector::new(1.0, -0.3, 0.0).unit();
    let refused = made(&rod, &slanted, "R-1").err().unwrap().to_string();
    assert!(refused.contains("drill A") && refused.contains("50"), "{refused}");
    let refused = made(&rod, &four(), "R~1").err().unwrap().to_string();
    assert!(refused.contains('~'), "{refused}");
}
