//! What plates of every kind need of a screw: its hole, and the bone on its path.

use ossein_field::boolean::Solid;
use ossein_field::primitive::Cone;
use ossein_geom::{Implant, Point, Vector, Volume};

/// How much wider a hole is than the thread that goes through it, mm.
pub const PLAY_MM: f64 = 0.2;
/// Tangent of half the angle of a countersunk head.
const SINK_TAN: f64 = 1.0;
/// Gaps in the bone up to this (marrow) are drilled through, mm.
const MARROW_MM: f64 = 3.0;
/// Distance between looks along a path, mm.
const LOOK_MM: f64 = 0.1;

/// The way of a screw and of its countersunk head through a plate: `point` on the plate's under
/// side, `normal` out of it, `diameters_mm` of thread and head.
pub fn countersunk(
    point: Point<Implant>,
    normal: Vector<Implant>,
    thickness_mm: f64,
    diameters_mm: [f64; 2],
) -> Vec<Solid<Implant>> {
    let depth = sink_mm(diameters_mm).min(0.8 * thickness_mm).max(0.05);
    sunk(point, normal, [thickness_mm - depth, depth, thickness_mm + 4.0], diameters_mm)
}

/// How deep the countersunk head of a screw lies, mm.
pub fn sink_mm(diameters_mm: [f64; 2]) -> f64 {
    let [radius, head] = diameters_mm.map(|d| 0.5 * (d + PLAY_MM));
    (head - radius) / SINK_TAN
}

/// The way of a screw whose head stands over the seat, sinks so deep, and is free up to a height
/// over the under side (all three in mm): for material thicker than head and seat.
pub fn sunk(
    point: Point<Implant>,
    normal: Vector<Implant>,
    [seat_mm, depth_mm, free_mm]: [f64; 3],
    diameters_mm: [f64; 2],
) -> Vec<Solid<Implant>> {
    let [radius, head] = diameters_mm.map(|d| 0.5 * (d + PLAY_MM));
    let top = point + normal * (seat_mm + depth_mm);
    let way = Cone::cylinder(point - normal * 3.0, top + normal * 2.0, radius);
    let sink = Cone {
        from: top - normal * depth_mm,
        to: top,
        from_radius_mm: head - depth_mm * SINK_TAN,
        to_radius_mm: head,
    };
    let above = Cone::cylinder(top - normal * 1e-3, point + normal * free_mm, head);
    vec![Box::new(way), Box::new(sink), Box::new(above)]
}

/// Bone along a line from its surface until the line leaves it, at most `depth_mm`: mm.
pub fn bone_along(
    bone: &Volume<f32, Implant>,
    from: Point<Implant>,
    along: Vector<Implant>,
    depth_mm: f64,
) -> f64 {
    let (mut last, mut depth) = (0.0, 0.0);
    while depth < depth_mm && depth - last < MARROW_MM {
        if bone.sample(from + along * depth) < 0.0 {
            last = depth;
        }
        depth += LOOK_MM;
    }
    last
}
