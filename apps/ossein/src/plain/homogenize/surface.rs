//! The surface of Young's modulus: as far from the middle, in each direction, as the material is
//! stiff along it.

use std::path::Path;

use ossein_geom::{Job, Lps, Point, TriMesh, Vector};
use ossein_mechanics::periodic::modulus_along;
use ossein_picture::{ColorMap, Item, Legend, Note, Scene, View};

use crate::commands::AnyError;
use crate::plain::part;

/// Cells along an edge of the cube whose faces become the sphere of directions.
const FACE_CELLS: usize = 60;
/// Longest radius in mm.
const RADIUS_MM: f64 = 10.0;
/// Width and height in pixels.
const SIZE: [usize; 2] = [760, 620];
/// Colour of the axes.
const AXIS: [u8; 3] = [90, 90, 90];

/// Draws the surface of a compliance in 1/MPa.
///
/// # Errors
/// A stopped job, or what the disk says.
pub fn draw(
    path: &Path,
    title: String,
    compliance: &[[f64; 6]; 6],
    job: &Job,
) -> Result<(), AnyError> {
    let (directions, triangles) = sphere();
    let moduli: Vec<f64> = directions.iter().map(|d| modulus_along(compliance, *d)).collect();
    let most = moduli.iter().copied().fold(0.0, f64::max);
    let least = moduli.iter().copied().fold(f64::INFINITY, f64::min);
    let place = |(d, e): (&[f64; 3], &f64)| Point::<Lps>::from(d.map(|x| x * RADIUS_MM * e / most));
    let vertices = directions.iter().zip(&moduli).map(place).collect();
    let mesh = TriMesh { vertices, triangles };
    // Megapascals below a gigapascal, gigapascals above.
    let (unit, scale) = if most < 1e3 { ("MPa", 1.0) } else { ("GPa", 1e-3) };
    let values: Vec<f32> = moduli.iter().map(|e| (e * scale) as f32).collect();
    let range = [(least * scale) as f32, (most * scale) as f32];
    // A flat range would colour rounding.
    let range = if range[1] - range[0] < 1e-4 * range[1] { [0.0, range[1]] } else { range };
    let item = Item::scalar(&mesh, &values, ColorMap::Amount, range);
    let mut scene = Scene::new(vec![item], View::Oblique, SIZE);
    scene.triad = false;
    scene.scale_bar = false;
    scene.camera.height_mm *= 1.25;
    let ratio = format!("E from {:.4} to {:.4} {unit}", least * scale, most * scale);
    scene.caption = vec![title, ratio];
    let map = ColorMap::Amount;
    scene.legend = Some(Legend::Bar { title: format!("Young's modulus, {unit}"), map, range });
    // The ends that the view shows.
    for (axis, (name, end)) in [("x", 1.0), ("-y", -1.0), ("z", 1.0)].into_iter().enumerate() {
        let mut unit = [0.0; 3];
        unit[axis] = end;
        let radius = RADIUS_MM * modulus_along(compliance, unit) / most;
        let along = Vector::<Lps>::new(unit[0], unit[1], unit[2]);
        let end = Point::ORIGIN + along * (radius.max(0.6 * RADIUS_MM) + 0.25 * RADIUS_MM);
        let points = vec![Point::ORIGIN + along * radius, end];
        scene.notes.push(Note::Path { points, color: AXIS, width_px: 1.5 });
        scene.notes.push(Note::Label { at: end, text: name.into() });
    }
    part::draw_scene(path, &scene, job)
}

/// Unit directions, from the faces of a cube, and the triangles between them.
fn sphere() -> (Vec<[f64; 3]>, Vec<[u32; 3]>) {
    let (mut directions, mut triangles) = (Vec::new(), Vec::new());
    let side = FACE_CELLS as u32 + 1;
    for face in 0..6 {
        let (axis, high) = (face % 3, face >= 3);
        let first = directions.len() as u32;
        for b in 0..=FACE_CELLS {
            for a in 0..=FACE_CELLS {
                let at = |n: usize| {
                    let angle = (n as f64 / FACE_CELLS as f64 - 0.5) * std::f64::consts::FRAC_PI_2;
                    let (sin, cos) = ossein_geom::float::sin_cos(angle);
                    sin / cos
                };
                let mut p = [0.0; 3];
                p[axis] = if high { 1.0 } else { -1.0 };
                (p[(axis + 1) % 3], p[(axis + 2) % 3]) = (at(a), at(b));
                let norm = p.iter().map(|x| x * x).sum::<f64>().sqrt();
                directions.push(p.map(|x| x / norm));
            }
        }
        for b in 0..FACE_CELLS as u32 {
            for a in 0..FACE_CELLS as u32 {
                let n = first + b * side + a;
                let two = [[n, n + 1, n + side + 1], [n, n + side + 1, n + side]];
                triangles.extend(two.map(|[a, b, c]| if high { [a, b, c] } else { [a, c, b] }));
            }
        }
    }
    (directions, triangles)
}
