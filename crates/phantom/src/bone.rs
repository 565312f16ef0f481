//! The phantom's bones as solids.

use std::sync::Arc;

use ossein_field::Field;
use ossein_field::boolean::{Blend, Difference, Intersection, Solid, Union};
use ossein_field::height::{Raster, Terrain};
use ossein_field::loft::Loft;
use ossein_field::outline;
use ossein_field::placed::Placed;
use ossein_field::primitive::{Capsule, Cone, Cuboid};
use ossein_geom::{Aabb, Contour, Frame, Lps, Point, float};

use crate::spine::{CANAL_HALF_MM, Own, VertebraPose};

/// The bones of one level.
pub struct Bones<F: Frame> {
    /// Vertebral body.
    pub body: Arc<dyn Field<F>>,
    /// Everything behind the body, pedicles included.
    pub arch: Arc<dyn Field<F>>,
    /// Heads, necks and first shafts of both ribs.
    pub ribs: Arc<dyn Field<F>>,
}

impl Bones<Lps> {
    /// The bones of a vertebra in its place.
    pub fn new(pose: &VertebraPose) -> Self {
        // Each part is placed on its own, so that a block asks only the parts near it.
        let place =
            |solid: Solid<Own>| -> Solid<Lps> { Box::new(Placed::new(solid, &pose.placement)) };
        let all = |parts: Vec<Solid<Own>>| Union::new(parts.into_iter().map(place).collect());
        let (parts, canal) = arch(pose);
        let arch = Difference { from: Box::new(all(parts)), cut: place(Box::new(canal)) };
        Self {
            body: place(body(pose)).into(),
            arch: Arc::new(arch),
            ribs: Arc::new(all(ribs(pose))),
        }
    }
}

/// The outline of an end face: an ellipse, flattened and a little hollow behind.
pub fn end_outline([width, depth]: [f64; 2]) -> Contour {
    let point = |n: usize| {
        let angle = std::f64::consts::TAU * n as f64 / 96.0;
        let (s, c) = float::sin_cos(angle);
        let (x, y) = (0.5 * width * c, 0.5 * depth * s);
        let hollow = if s > 0.0 { 1.2 * s * float::exp(-(x / 7.0) * (x / 7.0)) } else { 0.0 };
        [x, y - hollow]
    };
    Contour { points: (0..96).map(point).collect() }
}

fn body(pose: &VertebraPose) -> Solid<Own> {
    let s = &pose.sizes;
    let raster = |size| outline::raster(&end_outline(size), 0.25, 3.0);
    let half = 0.5 * s.height_posterior;
    let wall = Loft::new(raster(s.lower), raster(s.upper), -half, half, 1.3);
    let reach = 0.5 * s.lower[0].max(s.lower[1]) + 4.0;
    let face = |side: f64| {
        let heights = Raster::sampled([-reach, -reach], [reach, reach], 0.25, |x, y| {
            pose.end_face(side, x, y)
        });
        Terrain::new(heights, side < 0.0)
    };
    Box::new(Intersection(vec![Box::new(wall), Box::new(face(1.0)), Box::new(face(-1.0))]))
}

fn cuboid(x: [f64; 2], y: [f64; 2], z: [f64; 2], round_mm: f64) -> Solid<Own> {
    let bounds = Aabb::new(Point::new(x[0], y[0], z[0]), Point::new(x[1], y[1], z[1]));
    Box::new(Cuboid { bounds, round_mm })
}

fn capsule(from: [f64; 3], to: [f64; 3], radius_mm: f64) -> Solid<Own> {
    Box::new(Capsule { from: Point::from(from), to: Point::from(to), radius_mm })
}

/// Pedicles, laminae, articular, transverse and spinous processes around an open canal.
fn arch(pose: &VertebraPose) -> (Vec<Solid<Own>>, Canal) {
    let back = 0.5 * pose.sizes.upper[1] - 1.2;
    let side = CANAL_HALF_MM[0] + 2.6;
    let rear = back + 2.0 * CANAL_HALF_MM[1];
    let mut parts: Vec<Solid<Own>> = Vec::new();
    for s in [-1.0, 1.0] {
        let span = |a: f64, b: f64| if s > 0.0 { [a, b] } else { [-b, -a] };
        let x = s * side;
        parts.push(cuboid(span(side - 2.6, side + 2.6), [back - 3.0, rear], [-2.5, 7.0], 2.4));
        for z in [-4.0, 0.0, 3.0] {
            parts.push(capsule([x, rear - 1.0, z], [0.0, rear + 4.5, z - 2.0], 2.8));
        }
        let tip = [s * 27.0, rear + 6.0, 5.0];
        parts.push(capsule([x, rear - 2.0, 3.0], tip, 3.6));
        // The facets of neighbours overlap with a joint space between them.
        parts.push(cuboid(span(6.5, 14.0), [rear - 3.0, rear + 0.6], [2.0, 13.0], 1.6));
        parts.push(cuboid(span(5.0, 12.5), [rear + 2.0, rear + 5.6], [-15.0, 0.0], 1.6));
    }
    let spine = Cone {
        from: Point::new(0.0, rear + 3.0, 0.0),
        to: Point::new(0.0, rear + 26.0, -17.0),
        from_radius_mm: 3.4,
        to_radius_mm: 2.2,
    };
    parts.push(Box::new(spine));
    (parts, Canal { middle_y: back + CANAL_HALF_MM[1] })
}

/// An elliptic tube along z.
struct Canal {
    middle_y: f64,
}

impl Field<Own> for Canal {
    fn distance(&self, p: Point<Own>) -> f64 {
        let [a, b] = CANAL_HALF_MM;
        let (x, y) = (p.x / a, (p.y - self.middle_y) / b);
        ((x * x + y * y).sqrt() - 1.0) * a.min(b)
    }
    fn bounds(&self) -> Aabb<Own> {
        let [a, b] = CANAL_HALF_MM;
        let y = self.middle_y;
        Aabb::new(Point::new(-a, y - b, -1e3), Point::new(a, y + b, 1e3))
    }
}

/// Middle of the canal in the own frame, at the height of the body's middle.
pub fn canal_middle(pose: &VertebraPose) -> Point<Own> {
    Point::new(0.0, 0.5 * pose.sizes.upper[1] - 1.2 + CANAL_HALF_MM[1], 0.0)
}

fn ribs(pose: &VertebraPose) -> Vec<Solid<Own>> {
    let s = &pose.sizes;
    let back = 0.5 * s.upper[1];
    let mut parts: Vec<Solid<Own>> = Vec::new();
    for side in [-1.0, 1.0] {
        let head = [side * (0.5 * s.upper[0] + 4.0), back - 5.5, 0.5 * s.height_posterior - 2.0];
        let neck = [side * 29.5, back + 11.5, 2.0];
        let shaft = [side * 52.0, back + 16.0, -6.0];
        let near: Solid<Own> = capsule(head, neck, 3.4);
        let far: Solid<Own> = capsule(neck, shaft, 3.6);
        parts.push(Box::new(Blend { a: near, b: far, radius_mm: 1.0 }));
    }
    parts
}
