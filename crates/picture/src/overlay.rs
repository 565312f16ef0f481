//! Lines where a slice cuts what was designed.

use ossein_geom::{Lps, Point, TriMesh};
use rayon::prelude::*;

use crate::color::Rgb;
use crate::image::Image;
use crate::paint::{self, Spot};
use crate::slice::{Overlay, SliceView};

/// Draws an overlay.
pub(crate) fn draw(image: &mut Image, overlay: &Overlay, view: &SliceView) {
    match overlay {
        Overlay::Field { field, color } => level(image, view, *color, &|p| field(p)),
        Overlay::Level { volume, color } => {
            let size = volume.grid.size;
            level(image, view, *color, &|p| {
                let at = volume.grid.coordinates(p);
                let held = (0..3).all(|a| at[a] >= 0.0 && at[a] <= (size[a] as f64) - 1.0);
                if held { volume.sample_at(at) } else { f64::NAN }
            });
        }
        Overlay::Mesh { mesh, color } => {
            let cuts = section(mesh, view);
            paint::lines(image, &cuts, view.overlay_px, *color, 1.0);
        }
        Overlay::Path { points, color } => {
            let spots: Vec<Spot> = points.iter().map(|&p| view.spot(p)).collect();
            paint::polyline(image, &spots, view.overlay_px, *color, 1.0);
        }
    }
}

/// Draws the line where a function is nought: as wide in pixels everywhere, by its slope.
fn level(
    image: &mut Image,
    view: &SliceView,
    color: Rgb,
    field: &(dyn Fn(Point<Lps>) -> f64 + Sync),
) {
    let (width, height) = (image.width + 2, image.height + 2);
    let value = |n: usize| {
        let (x, y) = ((n % width) as f64 - 0.5, (n / width) as f64 - 0.5);
        field(view.point(x, y)) as f32
    };
    let values: Vec<f32> =
        (0..width * height).into_par_iter().with_min_len(1024).map(value).collect();
    for y in 0..image.height {
        for x in 0..image.width {
            let at = |dx: usize, dy: usize| values[(y + dy) * width + x + dx];
            let here = at(1, 1);
            let (dx, dy) = (0.5 * (at(2, 1) - at(0, 1)), 0.5 * (at(1, 2) - at(1, 0)));
            let slope = (dx * dx + dy * dy).sqrt();
            if slope > 0.0 && slope.is_finite() {
                let away = here.abs() / slope;
                let cover = (0.5 * view.overlay_px + 0.5 - away).clamp(0.0, 1.0);
                if cover > 0.0 {
                    image.blend(x, y, color, cover);
                }
            }
        }
    }
}

/// Where the plane of the view cuts the triangles of a mesh.
fn section(mesh: &TriMesh<Lps>, view: &SliceView) -> Vec<[Spot; 2]> {
    let normal = view.right.cross(view.down);
    let height = |p: Point<Lps>| normal.dot(p - view.center);
    let cut = |triangle: &[u32; 3]| -> Option<[Spot; 2]> {
        let corner = |n: usize| mesh.vertices.get(triangle[n] as usize).copied();
        let corners = [corner(0)?, corner(1)?, corner(2)?];
        let heights = corners.map(height);
        let mut ends = Vec::with_capacity(2);
        for n in 0..3 {
            let (a, b) = (heights[n], heights[(n + 1) % 3]);
            if (a < 0.0) != (b < 0.0) {
                ends.push(view.spot(corners[n].lerp(corners[(n + 1) % 3], a / (a - b))));
            }
        }
        (ends.len() == 2).then(|| [ends[0], ends[1]])
    };
    mesh.triangles.par_iter().with_min_len(4096).filter_map(cut).collect()
}
