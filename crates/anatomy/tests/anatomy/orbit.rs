//! An orbit of known shape: what it holds is known.

use std::f64::consts::PI;

use ossein_anatomy::Side;
use ossein_anatomy::orbit::{Closing, OrbitError, OrbitFrame, OrbitPoints, Tissue, inside};
use ossein_geom::{Grid, Implant, Lps, Point, Vector, Volume};
use ossein_shape::Plane;

const TISSUE: Tissue = Tissue { bone_hu: 250.0, air_hu: -250.0, gap_mm: 6.0 };
const BALL_MM: f64 = 17.0;

/// Points of an orbit on the left whose axes are those of the patient.
fn points() -> OrbitPoints {
    OrbitPoints {
        rim: Point::new(32.0, 0.0, 0.0),
        upper_rim: Point::new(32.0, 0.0, 34.0),
        lateral_rim: Point::new(50.0, 0.0, 17.0),
        canal: Point::new(18.0, 42.0, 0.0),
    }
}

fn midplane() -> Plane<Lps> {
    Plane { point: Point::ORIGIN, normal: Vector::new(1.0, 0.0, 0.0) }
}

/// Soft tissue where `depth` is negative, bone elsewhere.
fn scan(step_mm: f64, depth: impl Fn(Point<Implant>) -> f64) -> Volume<i16, Implant> {
    let low = Point::new(-32.0, -12.0, -20.0);
    let size = [60.0, 62.0, 62.0].map(|mm: f64| (mm / step_mm) as usize);
    let grid = Grid::aligned(low, [step_mm; 3], size);
    let value = |n: usize| if depth(grid.center(grid.voxel(n))) < 0.0 { 30 } else { 900 };
    let values = (0..grid.voxel_count()).map(value).collect();
    Volume::new(grid, values)
}

/// A ball cut by the rim's plane at its equator, and a cone behind it down to its apex.
fn ball_and_cone(p: Point<Implant>) -> f64 {
    let r = (p.x * p.x + (p.z - 17.0).powi(2)).sqrt();
    if p.y <= 0.0 { r - BALL_MM } else { r - BALL_MM * (1.0 - p.y / 60.0) }
}

#[test]
fn a_cone_of_known_size_holds_what_its_formula_says() {
    let frame = OrbitFrame::new(&points(), &midplane()).unwrap();
    let closing = Closing::new(&points(), &frame);
    // A frustum from the rim's plane to the canal's.
    let end = BALL_MM * (1.0 - 42.0 / 60.0);
    let exact = PI * 42.0 / 3.0 * (BALL_MM * BALL_MM + BALL_MM * end + end * end) / 1000.0;
    let missed = |step: f64| {
        let found = inside(&scan(step, ball_and_cone), &closing, &TISSUE, None).unwrap();
        found.volume_ml / exact - 1.0
    };
    assert!(missed(0.5).abs() < 0.02, "{:.4} of {exact:.3} mL", missed(0.5));
    assert!(missed(1.0).abs() < 0.04, "{:.4} of {exact:.3} mL", missed(1.0));
}

#[test]
fn a_gap_is_closed_if_it_is_narrower_than_allowed_and_only_then() {
    let frame = OrbitFrame::new(&points(), &midplane()).unwrap();
    let closing = Closing::new(&points(), &frame);
    let holed = |wide_mm: f64| {
        let depth = move |p: Point<Implant>| {
            let hole = (p.x.hypot(p.y - 15.0) - 0.5 * wide_mm).max(p.z - 10.0);
            ball_and_cone(p).min(hole).min(if p.z < -6.0 { p.z + 8.0 } else { 1.0 })
        };
        inside(&scan(0.5, depth), &closing, &TISSUE, None).unwrap().volume_ml
    };
    let whole = inside(&scan(0.5, ball_and_cone), &closing, &TISSUE, None).unwrap().volume_ml;
    assert!((holed(5.0) - whole).abs() < 0.15, "{} of {whole}", holed(5.0));
    assert!(holed(9.0) > whole + 5.0, "{} of {whole}", holed(9.0));
}

#[test]
fn sides_are_told_from_the_face() {
    let frame = OrbitFrame::new(&points(), &midplane()).unwrap();
    assert_eq!((frame.side, frame.sides.header_agrees), (Side::Left, true));
    // The same head, turned about its long axis by half a turn: the header has left and right wrong.
    let turned = |p: Point<Lps>| Point::new(-p.x, -p.y, p.z);
    let own = points();
    let points = OrbitPoints {
        rim: turned(own.rim),
        upper_rim: turned(own.upper_rim),
        lateral_rim: turned(own.lateral_rim),
        canal: turned(own.canal),
    };
    let frame = OrbitFrame::new(&points, &midplane()).unwrap();
    assert_eq!((frame.side, frame.sides.header_agrees), (Side::Left, false));
    assert!(frame.placement.apply(points.canal).y > 30.0);
}

#[test]
fn points_of_no_orbit_are_refused() {
    let far = OrbitPoints { canal: Point::new(18.0, 90.0, 0.0), ..points() };
    let error = OrbitFrame::new(&far, &midplane()).unwrap_err();
    assert!(error.to_string().contains("optic canal are 91.1 mm apart"), "{error}");
    let exchanged = OrbitPoints { rim: points().upper_rim, upper_rim: points().rim, ..points() };
    let error = OrbitFrame::new(&exchanged, &midplane()).unwrap_err();
    assert!(error.to_string().contains("exchanged"), "{error}");
    let middle = Plane { point: Point::new(32.0, 0.0, 0.0), ..midplane() };
    let error = OrbitFrame::new(&points(), &middle).unwrap_err();
    assert!(matches!(error, OrbitError::Midline { .. }), "{error}");
    let frame = OrbitFrame::new(&points(), &midplane()).unwrap();
    let closing = Closing::new(&points(), &frame);
    let error = inside(&scan(1.0, |_| 1.0), &closing, &TISSUE, None).unwrap_err();
    assert!(error.to_string().contains("there is bone of 900 HU"), "{error}");
}
