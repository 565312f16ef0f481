//! Area that faces down, against closed forms.

use std::f64::consts::{PI, SQRT_2};

use crate::implant::{ImplantField, VOLUME_MM3, samples};
use ossein_field::Field;
use ossein_field::primitive::{Cuboid, Sphere};
use ossein_geom::{Aabb, Deg, Implant, Job, Point, TriMesh, Vector};
use ossein_mesh::extract::samples_around;
use ossein_mesh::{extract, measure};

const STEP_MM: f64 = 0.1;

fn around(field: &dyn Field<Implant>, step_mm: f64) -> TriMesh<Implant> {
    extract(field, &samples_around(field, step_mm), &Job::quiet()).unwrap()
}

#[test]
fn a_sphere_hangs_over_by_its_cap() {
    let radius = 10.0;
    let mesh = around(&Sphere { center: Point::ORIGIN, radius_mm: radius }, STEP_MM);
    for up in [Vector::new(0.0, 0.0, 1.0), Vector::new(0.6, 0.0, -0.8)] {
        let seen = measure::overhang_mm2(&mesh, up, Deg(45.0));
        let is = PI * radius * radius * (2.0 - SQRT_2);
        // Chords of a step turn by half a step over the radius; so may the cap's edge.
        let edge = 2.0 * PI * radius * radius * 0.5f64.sqrt() * (0.5 * STEP_MM / radius);
        assert!((seen - is).abs() < edge, "{seen} against {is}");
    }
}

#[test]
fn a_tilted_plate_hangs_over_with_its_lower_face() {
    let half = Vector::<Implant>::new(8.0, 5.0, 0.5);
    let bounds = Aabb::new(Point::ORIGIN - half, Point::ORIGIN + half);
    let mesh = around(&Cuboid { bounds, round_mm: 0.0 }, STEP_MM);
    // The lower face, and beyond 45 degrees the narrow side, but for edges bevelled by a step.
    for (degrees, is) in [(0.0, 160.0), (30.0, 160.0), (44.0, 160.0), (46.0, 10.0)] {
        let (sin, cos) = f64::to_radians(degrees).sin_cos();
        let seen = measure::overhang_mm2(&mesh, Vector::new(sin, 0.0, cos), Deg(45.0));
        let bevels = 52.0 * STEP_MM;
        assert!((seen - is).abs() < bevels, "{degrees}: {seen} against {is}");
    }
}

#[test]
fn the_lattice_implant_hangs_over_with_a_tenth_of_its_area() {
    // A count over the formula itself, no triangles: of all points within 0.03 mm of the surface,
    // each weighted by the gradient's length, 10.69 % have a gradient that points down so far.
    let truth = 0.1069;
    let mesh = extract(&ImplantField, &samples(0.07), &Job::quiet()).unwrap();
    assert!((measure::volume_mm3(&mesh) / VOLUME_MM3 - 1.0).abs() < 1e-3);
    let up = Vector::new(0.0, 0.0, 1.0);
    let share = measure::overhang_mm2(&mesh, up, Deg(45.0)) / measure::area_mm2(&mesh);
    assert!((share - truth).abs() < 0.001, "{share}");
}
