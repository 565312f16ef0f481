//! A plane through a scan: grey values, labels in colour, and what was designed.

use std::collections::BTreeMap;

use ossein_geom::{Lps, Point, TriMesh, Vector, Volume};
use rayon::prelude::*;

use crate::color::{Rgb, label_color};
use crate::image::Image;
use crate::key;
use crate::overlay;
use crate::paint::{self, Spot};
use crate::text::{Anchor, Pen};

/// Grey values that are black and white: the level is in their middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// The middle grey in HU.
    pub level: f32,
    /// From black to white in HU.
    pub width: f32,
}

impl Window {
    /// Bone.
    pub const BONE: Self = Self { level: 450.0, width: 2000.0 };
    /// Soft tissue.
    pub const SOFT: Self = Self { level: 50.0, width: 400.0 };
}

/// Something that the plane cuts, drawn as a line.
#[derive(Clone, Copy)]
pub enum Overlay<'a> {
    /// Where a function is nought: a distance in mm, or anything that changes its sign there.
    Field {
        /// The function.
        field: &'a (dyn Fn(Point<Lps>) -> f64 + Sync),
        /// Colour of the line.
        color: Rgb,
    },
    /// Where a volume of distances is nought; nothing is drawn outside the volume.
    Level {
        /// The distances.
        volume: &'a Volume<f32>,
        /// Colour of the line.
        color: Rgb,
    },
    /// Where the plane cuts a mesh.
    Mesh {
        /// The surface.
        mesh: &'a TriMesh<Lps>,
        /// Colour of the line.
        color: Rgb,
    },
    /// A line through points, projected onto the plane.
    Path {
        /// The points.
        points: &'a [Point<Lps>],
        /// Colour of the line.
        color: Rgb,
    },
}

/// Where a plane lies and what is drawn on it.
#[derive(Clone)]
pub struct SliceView<'a> {
    /// The point in the middle of the picture.
    pub center: Point<Lps>,
    /// Unit direction to the right of the picture.
    pub right: Vector<Lps>,
    /// Unit direction down the picture, at right angles to `right`.
    pub down: Vector<Lps>,
    /// Width and height in pixels.
    pub size: [usize; 2],
    /// Size of a pixel.
    pub mm_per_pixel: f64,
    /// What is black and what is white.
    pub window: Window,
    /// Opacity of the labels' areas, 0 to 1.
    pub label_fill: f32,
    /// Opacity of the labels' outlines, 0 to 1.
    pub label_outline: f32,
    /// Colours of labels; others take [`label_color`].
    pub label_colors: BTreeMap<u16, Rgb>,
    /// Lines of what was designed.
    pub overlays: Vec<Overlay<'a>>,
    /// Width of these lines in pixels.
    pub overlay_px: f32,
    /// Points with their names, projected onto the plane.
    pub points: Vec<(Point<Lps>, String)>,
    /// Lines of words at the top.
    pub caption: Vec<String>,
    /// Whether to draw a scale bar.
    pub scale_bar: bool,
    /// Whether to draw L, R, A, P, S and I at the edges.
    pub letters: bool,
}

impl<'a> SliceView<'a> {
    /// A plane through `center` with these directions, in a bone window.
    pub fn oblique(
        center: Point<Lps>,
        right: Vector<Lps>,
        down: Vector<Lps>,
        size: [usize; 2],
        mm_per_pixel: f64,
    ) -> Self {
        Self {
            center,
            right,
            down,
            size,
            mm_per_pixel,
            window: Window::BONE,
            label_fill: 0.18,
            label_outline: 0.9,
            label_colors: BTreeMap::new(),
            overlays: Vec::new(),
            overlay_px: 1.8,
            points: Vec::new(),
            caption: Vec::new(),
            scale_bar: true,
            letters: true,
        }
    }

    /// From the feet, the front at the top: the patient's left is on the right.
    pub fn axial(center: Point<Lps>, size: [usize; 2], mm_per_pixel: f64) -> Self {
        let (right, down) = (Vector::new(1.0, 0.0, 0.0), Vector::new(0.0, 1.0, 0.0));
        Self::oblique(center, right, down, size, mm_per_pixel)
    }

    /// From the front: the patient's left is on the right.
    pub fn coronal(center: Point<Lps>, size: [usize; 2], mm_per_pixel: f64) -> Self {
        let (right, down) = (Vector::new(1.0, 0.0, 0.0), Vector::new(0.0, 0.0, -1.0));
        Self::oblique(center, right, down, size, mm_per_pixel)
    }

    /// From the patient's left: the front is on the left.
    pub fn sagittal(center: Point<Lps>, size: [usize; 2], mm_per_pixel: f64) -> Self {
        let (right, down) = (Vector::new(0.0, 1.0, 0.0), Vector::new(0.0, 0.0, -1.0));
        Self::oblique(center, right, down, size, mm_per_pixel)
    }

    /// The point at a place in the picture; pixel centres lie at halves.
    pub fn point(&self, x: f64, y: f64) -> Point<Lps> {
        let u = (x - 0.5 * self.size[0] as f64) * self.mm_per_pixel;
        let v = (y - 0.5 * self.size[1] as f64) * self.mm_per_pixel;
        self.center + self.right * u + self.down * v
    }

    /// The place in the picture right over or under a point.
    pub(crate) fn spot(&self, p: Point<Lps>) -> Spot {
        let from = p - self.center;
        let x = from.dot(self.right) / self.mm_per_pixel + 0.5 * self.size[0] as f64;
        let y = from.dot(self.down) / self.mm_per_pixel + 0.5 * self.size[1] as f64;
        [x as f32, y as f32]
    }

    fn label_color(&self, label: u16) -> Rgb {
        self.label_colors.get(&label).copied().unwrap_or_else(|| label_color(label))
    }
}

/// Outside the scan.
const OUTSIDE: Rgb = [22, 24, 28];

/// Draws a plane through a scan. Label 0 is nothing.
///
/// # Panics
/// If a side of the picture is zero or above [`crate::image::SIDE_MAX`].
pub fn slice(hu: &Volume<i16>, labels: Option<&Volume<u16>>, view: &SliceView) -> Image {
    let [width, height] = view.size;
    let mut image = Image::white(width, height);
    image.rgba.par_chunks_exact_mut(4 * width).enumerate().for_each(|(y, row)| {
        for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
            let color = grey(hu, view, view.point(x as f64 + 0.5, y as f64 + 0.5));
            pixel[..3].copy_from_slice(&color);
        }
    });
    if let Some(labels) = labels {
        draw_labels(&mut image, labels, view);
    }
    for overlay in &view.overlays {
        overlay::draw(&mut image, overlay, view);
    }
    let size = key::text_size(&image);
    for (p, name) in &view.points {
        mark(&mut image, view.spot(*p), name, size);
    }
    let mut caption_end = width as f32;
    if view.letters {
        letters(&mut image, view, size);
        caption_end = 0.5 * width as f32 - 1.1 * size;
    }
    if view.scale_bar {
        key::scale_bar(&mut image, view.mm_per_pixel, true);
    }
    key::caption(&mut image, &view.caption, true, caption_end);
    image
}

/// Whether fractional coordinates lie on the grid, its outer voxels whole.
fn inside(at: [f64; 3], size: [usize; 3]) -> bool {
    (0..3).all(|a| at[a] >= -0.5 && at[a] <= size[a] as f64 - 0.5)
}

fn grey(hu: &Volume<i16>, view: &SliceView, p: Point<Lps>) -> Rgb {
    let at = hu.grid.coordinates(p);
    if !inside(at, hu.grid.size) {
        return OUTSIDE;
    }
    let value = hu.sample_at(at) as f32;
    let share = (value - view.window.level) / view.window.width.max(1e-3) + 0.5;
    [(share.clamp(0.0, 1.0) * 255.0 + 0.5) as u8; 3]
}

/// Samples along each side of a pixel at which labels are looked up.
const FINE: usize = 2;

fn draw_labels(image: &mut Image, labels: &Volume<u16>, view: &SliceView) {
    let (width, height) = (image.width * FINE, image.height * FINE);
    let look = |n: usize| {
        let (x, y) = ((n % width) as f64 + 0.5, (n / width) as f64 + 0.5);
        label_at(labels, view.point(x / FINE as f64, y / FINE as f64))
    };
    let fine: Vec<u16> = (0..width * height).into_par_iter().with_min_len(4096).map(look).collect();
    let rows = image.rgba.par_chunks_exact_mut(4 * image.width).enumerate();
    rows.for_each(|(y, row)| {
        for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
            let (mut sum, mut opacity) = ([0.0f32; 3], 0.0);
            for s in 0..FINE * FINE {
                let at = [x * FINE + s % FINE, y * FINE + s / FINE];
                let label = fine[at[1] * width + at[0]];
                if label != 0 {
                    let line = is_outline(&fine, width, height, at);
                    let alpha = if line { view.label_outline } else { view.label_fill };
                    let color = view.label_color(label);
                    sum = std::array::from_fn(|c| sum[c] + alpha * f32::from(color[c]));
                    opacity += alpha;
                }
            }
            let share = 1.0 / (FINE * FINE) as f32;
            for c in 0..3 {
                let old = f32::from(pixel[c]) * (1.0 - share * opacity);
                pixel[c] = (old + share * sum[c] + 0.5) as u8;
            }
        }
    });
}

/// Whether another label begins within a line's width.
fn is_outline(fine: &[u16], width: usize, height: usize, [x, y]: [usize; 2]) -> bool {
    /// Width of an outline in fine samples, inside its label.
    const LINE: usize = 3;
    let label = fine[y * width + x];
    let other = |x: usize, y: usize| fine[y * width + x] != label;
    (1..=LINE).any(|n| {
        other(x.saturating_sub(n), y)
            || other((x + n).min(width - 1), y)
            || other(x, y.saturating_sub(n))
            || other(x, (y + n).min(height - 1))
    })
}

/// The label with the largest share of the eight voxels around a point.
fn label_at(labels: &Volume<u16>, p: Point<Lps>) -> u16 {
    let grid = &labels.grid;
    let at = grid.coordinates(p);
    if !inside(at, grid.size) {
        return 0;
    }
    let mut shares = [(0u16, 0.0f64); 8];
    for corner in 0..8usize {
        let (mut voxel, mut weight) = ([0; 3], 1.0);
        for a in 0..3 {
            let last = (grid.size[a] - 1) as f64;
            let low = at[a].clamp(0.0, last).floor();
            let part = at[a].clamp(0.0, last) - low;
            let high = corner >> a & 1 == 1;
            weight *= if high { part } else { 1.0 - part };
            voxel[a] = (low as usize + usize::from(high)).min(grid.size[a] - 1);
        }
        let label = labels.at(voxel);
        let seen = (0..corner).find(|&c| shares[c].1 > 0.0 && shares[c].0 == label);
        match seen {
            Some(c) => shares[c].1 += weight,
            None => shares[corner] = (label, weight),
        }
    }
    let best = shares.iter().fold((0u16, 0.0), |a, &b| if b.1 > a.1 { b } else { a });
    best.0
}

fn mark(image: &mut Image, at: Spot, name: &str, size: f32) {
    let color = [255, 214, 64];
    for (half, width, color) in [(0.5 * size, 3.4, [0; 3]), (0.5 * size, 1.6, color)] {
        let cross = [
            [[at[0] - half, at[1]], [at[0] + half, at[1]]],
            [[at[0], at[1] - half], [at[0], at[1] + half]],
        ];
        paint::lines(image, &cross, width, color, 0.9);
    }
    let pen = Pen::new(size, color).with_halo([0; 3]);
    pen.draw(image, [at[0] + 0.5 * size, at[1] - 0.45 * size], Anchor::Left, name);
}

/// Letters of a direction: the largest part first, a second one where it is oblique.
fn direction_letters(v: Vector<Lps>) -> String {
    let names = [['R', 'L'], ['A', 'P'], ['I', 'S']];
    let mut parts: Vec<(f64, char)> = (0..3)
        .map(|a| (v.unit()[a].abs(), names[a][usize::from(v[a] > 0.0)]))
        .filter(|(share, _)| *share > 0.3)
        .collect();
    parts.sort_by(|a, b| b.0.total_cmp(&a.0));
    parts.iter().take(2).map(|(_, letter)| letter).collect()
}

fn letters(image: &mut Image, view: &SliceView, size: f32) {
    let pen = Pen::new(1.2 * size, [255, 214, 64]).medium().with_halo([0; 3]);
    let (w, h) = (image.width as f32, image.height as f32);
    let spots = [
        (-view.right, [0.7 * size, 0.5 * h + 0.4 * size], Anchor::Left),
        (view.right, [w - 0.7 * size, 0.5 * h + 0.4 * size], Anchor::Right),
        (-view.down, [0.5 * w, 1.6 * size], Anchor::Middle),
        (view.down, [0.5 * w, h - 0.7 * size], Anchor::Middle),
    ];
    for (direction, at, anchor) in spots {
        pen.draw(image, at, anchor, &direction_letters(direction));
    }
    image.has_header_letters = true;
}

#[cfg(test)]
mod tests {
    use ossein_geom::Grid;

    use super::*;

    fn ball() -> (Volume<i16>, Volume<u16>) {
        let grid = Grid::aligned(Point::new(-20.0, -20.0, -20.0), [1.0; 3], [41; 3]);
        let hu = (0..grid.voxel_count()).map(|n| {
            let p = grid.center(grid.voxel(n));
            if p.distance(Point::new(8.0, 0.0, 0.0)) < 6.0 { 1450 } else { -550 }
        });
        let hu = Volume::new(grid.clone(), hu.collect());
        let labels = hu.map(|v| if v > 0 { 21u16 } else { 0 });
        (hu, labels)
    }

    #[test]
    fn the_patients_left_is_on_the_right() {
        let (hu, _) = ball();
        let view = SliceView {
            letters: false,
            scale_bar: false,
            ..SliceView::axial(Point::ORIGIN, [100, 100], 0.4)
        };
        let image = slice(&hu, None, &view);
        assert!(!image.has_header_letters);
        let lettered = slice(&hu, None, &SliceView { letters: true, ..view });
        assert!(lettered.has_header_letters);
        assert_eq!(image.at(70, 50), [255; 4]);
        assert_eq!(image.at(30, 50), [0, 0, 0, 255]);
        let sagittal = SliceView::sagittal(Point::ORIGIN, [100, 100], 0.4);
        assert_eq!(direction_letters(-sagittal.right), "A");
        assert_eq!(direction_letters(-sagittal.down), "S");
        assert_eq!(direction_letters(Vector::new(0.6, 0.0, -0.8)), "IL");
    }

    #[test]
    fn a_long_caption_ends_before_the_letter_above() {
        let (hu, _) = ball();
        let draw = |caption: &str| {
            let plain = SliceView::coronal(Point::ORIGIN, [400, 300], 0.1);
            let caption = vec![caption.to_owned()];
            slice(&hu, None, &SliceView { scale_bar: false, caption, ..plain })
        };
        let bare = draw("");
        let ink = |caption: &str| {
            let image = draw(caption);
            let places = (0..300).flat_map(|y| (0..400).map(move |x| (x, y)));
            let changed = places.filter(|&(x, y)| bare.at(x, y) != image.at(x, y));
            changed.fold([0, 0], |[end, low], (x, y)| [end.max(x), low.max(y)])
        };
        let (few, many) = (ink("few words"), ink(&"many words ".repeat(9)));
        // The letter is S, in the middle of 400 pixels, some 10 wide.
        assert!((150..192).contains(&many[0]), "{many:?}");
        // Few words keep the usual height.
        assert!(few[1] > many[1], "{few:?}, {many:?}");
    }

    #[test]
    fn a_labels_area_is_its_own() {
        let (hu, _) = ball();
        let within = |n: usize| {
            let [i, _, k] = hu.grid.voxel(n);
            if (10..21).contains(&i) && (15..22).contains(&k) { 21u16 } else { 0 }
        };
        let values = (0..hu.grid.voxel_count()).map(within).collect();
        let labels = Volume::new(hu.grid.clone(), values);
        let view = SliceView {
            letters: false,
            scale_bar: false,
            label_fill: 1.0,
            label_outline: 1.0,
            label_colors: BTreeMap::from([(21, [255, 0, 0])]),
            ..SliceView::coronal(Point::ORIGIN, [200, 200], 0.2)
        };
        let image = slice(&hu, Some(&labels), &view);
        let red = |p: &[u8]| (f64::from(p[0]) - f64::from(p[1])) / 255.0;
        let area = 0.04 * image.rgba.chunks_exact(4).map(red).sum::<f64>();
        // 11 x 7 voxels; corners are rounded.
        assert!((area - 77.0).abs() < 0.5, "{area}");
    }

    #[test]
    fn overlays_lie_where_their_surfaces_do() {
        let (hu, _) = ball();
        let sphere = |p: Point<Lps>| p.distance(Point::new(8.0, 0.0, 0.0)) - 10.0;
        let view = SliceView {
            overlays: vec![Overlay::Field { field: &sphere, color: [255, 0, 0] }],
            letters: false,
            scale_bar: false,
            ..SliceView::axial(Point::ORIGIN, [200, 200], 0.2)
        };
        let image = slice(&hu, None, &view);
        let red = |x: usize, y: usize| image.at(x, y)[0] > 120 && image.at(x, y)[1] < 60;
        assert!(red(140, 50) || red(140, 49), "{:?}", image.at(140, 50));
        assert!(!red(140, 60) && !red(140, 40));
    }
}
