//! Dimension lines, labels, paths and the triad over a scene.

use ossein_geom::{Build, Frame, Lps, Point, Vector};

use crate::color::{INK, Rgb};
use crate::image::Image;
use crate::key::text_size;
use crate::paint::{self, Spot};
use crate::raster::{Lens, SAMPLES};
use crate::scene::{Note, Scene};
use crate::text::{Anchor, Pen};

const BLUE: Rgb = [28, 86, 160];

/// Draws the notes and the triad of a scene.
pub(crate) fn draw<F: Frame>(scene: &Scene<F>, lens: &Lens<F>, image: &mut Image) {
    for note in &scene.notes {
        match note {
            Note::Dimension { from, to, shift, text } => {
                dimension(image, lens, [*from, *to], *shift, text);
            }
            Note::Label { at, text } => label(image, spot(lens, *at), text),
            Note::Path { points, color, width_px } => {
                let spots: Vec<Spot> = points.iter().map(|&p| spot(lens, p)).collect();
                paint::polyline(image, &spots, *width_px, *color, 1.0);
            }
        }
    }
    if scene.triad {
        triad(image, lens);
    }
}

/// Place in pixels.
fn spot<F: Frame>(lens: &Lens<F>, p: Point<F>) -> Spot {
    let [x, y, _] = lens.project(p);
    [x as f32 / SAMPLES as f32, y as f32 / SAMPLES as f32]
}

fn toward(a: Spot, b: Spot) -> (Spot, f32) {
    let d = [b[0] - a[0], b[1] - a[1]];
    let length = (d[0] * d[0] + d[1] * d[1]).sqrt();
    if length > 0.0 { ([d[0] / length, d[1] / length], length) } else { ([1.0, 0.0], 0.0) }
}

fn along(a: Spot, direction: Spot, length: f32) -> Spot {
    [a[0] + direction[0] * length, a[1] + direction[1] * length]
}

/// A slim arrow head whose point is `tip`.
fn arrow(image: &mut Image, tip: Spot, direction: Spot, size: f32, color: Rgb) {
    let back = along(tip, direction, -size);
    let side = [-direction[1], direction[0]];
    let corners = vec![tip, along(back, side, 0.28 * size), along(back, side, -0.28 * size)];
    paint::fill(image, &[corners], color, 1.0);
}

fn dimension<F: Frame>(
    image: &mut Image,
    lens: &Lens<F>,
    ends: [Point<F>; 2],
    shift: Vector<F>,
    text: &str,
) {
    let size = text_size(image);
    let measured = ends.map(|p| spot(lens, p));
    let line = ends.map(|p| spot(lens, p + shift));
    for (&a, &b) in measured.iter().zip(&line) {
        let (direction, length) = toward(a, b);
        if length > 0.5 * size {
            let ends = [along(a, direction, 0.25 * size), along(b, direction, 0.35 * size)];
            paint::polyline(image, &ends, 1.0, INK, 0.7);
        }
    }
    let (direction, length) = toward(line[0], line[1]);
    paint::polyline(image, &line, 1.2, INK, 1.0);
    arrow(image, line[0], [-direction[0], -direction[1]], 0.7 * size, INK);
    arrow(image, line[1], direction, 0.7 * size, INK);
    let middle = along(line[0], direction, 0.5 * length);
    let pen = Pen::new(1.05 * size, INK).medium().with_halo([255; 3]);
    let half = 0.5 * pen.width(text) + 0.3 * size;
    // Words stand in a gap of the line, on white.
    let low = [middle[0] - half, middle[1] - 0.62 * size];
    paint::rectangle(image, low, [middle[0] + half, middle[1] + 0.62 * size], [255; 3], 0.85);
    pen.draw(image, [middle[0], middle[1] + 0.37 * size], Anchor::Middle, text);
}

fn label(image: &mut Image, at: Spot, text: &str) {
    let size = text_size(image);
    let elbow = [at[0] + 1.4 * size, at[1] - 1.4 * size];
    let pen = Pen::new(size, INK).medium().with_halo([255; 3]);
    let end = [elbow[0] + 0.4 * size, elbow[1]];
    paint::polyline(image, &[at, elbow, end], 3.0, [255; 3], 0.6);
    paint::polyline(image, &[at, elbow, end], 1.2, INK, 1.0);
    paint::polyline(image, &[at, at], 5.0, INK, 1.0);
    pen.draw(image, [end[0] + 0.3 * size, end[1] + 0.36 * size], Anchor::Left, text);
}

/// Three arrows at the lower left: to the patient's left, back and head; x, y, z on a machine.
fn triad<F: Frame>(image: &mut Image, lens: &Lens<F>) {
    let size = text_size(image);
    let names = if F::NAME == Build::NAME { ["x", "y", "z"] } else { ["L", "P", "S"] };
    let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let start = [3.2 * size, image.height as f32 - 3.2 * size];
    let mut arrows: Vec<(f32, Spot, &str)> = (0..3)
        .map(|n| {
            let [x, y, z] = lens.turn(Vector::from(axes[n]));
            (z, [x, y], names[n])
        })
        .collect();
    // The farthest first.
    arrows.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, way, name) in arrows {
        let (direction, length) = toward([0.0, 0.0], way);
        if length < 0.12 {
            continue;
        }
        let tip = along(start, direction, 1.9 * size * length);
        paint::polyline(image, &[start, along(tip, direction, -0.4 * size)], 1.8, BLUE, 1.0);
        arrow(image, tip, direction, 0.6 * size, BLUE);
        let words = along(tip, direction, 0.6 * size);
        let pen = Pen::new(size, BLUE).medium().with_halo([255; 3]);
        pen.draw(image, [words[0], words[1] + 0.36 * size], Anchor::Middle, name);
    }
    image.has_header_letters |= F::NAME == Lps::NAME;
}
