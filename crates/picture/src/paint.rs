//! Shapes with smooth edges: filled curves and lines.

use crate::color::Rgb;
use crate::image::Image;

/// A place in a picture: pixels to the right, pixels down; pixel centres at halves.
pub(crate) type Spot = [f32; 2];

/// How much of each pixel of a box is covered.
pub(crate) struct Mask {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    cover: Vec<f32>,
}

impl Mask {
    /// An empty mask over the pixels between two corners, as far as they lie in `image`.
    pub fn over(image: &Image, low: Spot, high: Spot) -> Self {
        let clip = |v: f32, side: usize| v.clamp(0.0, side as f32);
        let left = clip(low[0].floor(), image.width) as usize;
        let top = clip(low[1].floor(), image.height) as usize;
        let width = (clip(high[0].ceil(), image.width) as usize).saturating_sub(left);
        let height = (clip(high[1].ceil(), image.height) as usize).saturating_sub(top);
        Self { left, top, width, height, cover: vec![0.0; (width + 2) * height] }
    }

    /// Adds an edge of a closed curve; what lies to its right gains or loses cover. Call
    /// [`Mask::sum`] after the last edge.
    fn edge(&mut self, a: Spot, b: Spot) {
        let shift = |p: Spot| [p[0] - self.left as f32, p[1] - self.top as f32];
        let (a, b) = (shift(a), shift(b));
        let (sign, a, b) = if a[1] <= b[1] { (1.0, a, b) } else { (-1.0, b, a) };
        if a[1] == b[1] {
            return;
        }
        let slope = (b[0] - a[0]) / (b[1] - a[1]);
        let first = a[1].max(0.0).floor() as usize;
        let last = b[1].min(self.height as f32).ceil().max(0.0) as usize;
        for row in first..last {
            let y0 = a[1].max(row as f32);
            let y1 = b[1].min((row + 1) as f32);
            if y1 > y0 {
                let x0 = (a[0] + slope * (y0 - a[1])).clamp(0.0, self.width as f32);
                let x1 = (a[0] + slope * (y1 - a[1])).clamp(0.0, self.width as f32);
                self.spread(row, sign * (y1 - y0), x0.min(x1), x0.max(x1));
            }
        }
    }

    /// Spreads the cover `amount` of a piece of edge that runs from `low` to `high` in a row.
    fn spread(&mut self, row: usize, amount: f32, low: f32, high: f32) {
        let row = &mut self.cover[row * (self.width + 2)..(row + 1) * (self.width + 2)];
        // Area to the left of `x` between the edge and `x`.
        let area = |x: f32| {
            if x <= low {
                0.0
            } else if x < high {
                0.5 * (x - low) * (x - low) / (high - low)
            } else {
                x - 0.5 * (low + high)
            }
        };
        let (first, last) = (low as usize, high as usize);
        let mut before = 0.0;
        for x in first..=last {
            let cover = area((x + 1) as f32) - area(x as f32);
            row[x] += amount * (cover - before);
            before = cover;
        }
        row[last + 1] += amount * (1.0 - before);
    }

    /// Turns the edges into cover from 0 to 1.
    fn sum(&mut self) {
        for row in self.cover.chunks_exact_mut(self.width + 2) {
            let mut sum = 0.0;
            for cover in row {
                sum += *cover;
                *cover = sum.abs().min(1.0);
            }
        }
    }

    /// Adds a line of a width in pixels with round ends; where lines meet, the larger cover holds.
    pub fn line(&mut self, a: Spot, b: Spot, width: f32) {
        let reach = 0.5 * width + 1.0;
        let range = |axis: usize, from: usize, count: usize| {
            let low = a[axis].min(b[axis]) - reach - from as f32;
            let high = a[axis].max(b[axis]) + reach - from as f32;
            let clip = |v: f32| v.clamp(0.0, count as f32);
            (clip(low.floor()) as usize)..(clip(high.ceil()) as usize)
        };
        let along = [b[0] - a[0], b[1] - a[1]];
        let length2 = along[0] * along[0] + along[1] * along[1];
        for y in range(1, self.top, self.height) {
            for x in range(0, self.left, self.width) {
                let p = [(x + self.left) as f32 + 0.5 - a[0], (y + self.top) as f32 + 0.5 - a[1]];
                let dot = p[0] * along[0] + p[1] * along[1];
                let t = if length2 > 0.0 { (dot / length2).clamp(0.0, 1.0) } else { 0.0 };
                let (dx, dy) = (p[0] - t * along[0], p[1] - t * along[1]);
                let cover = (0.5 * width + 0.5 - (dx * dx + dy * dy).sqrt()).clamp(0.0, 1.0);
                let at = y * (self.width + 2) + x;
                self.cover[at] = self.cover[at].max(cover);
            }
        }
    }

    /// Lays a colour over the covered pixels.
    pub fn paint(&self, image: &mut Image, color: Rgb, alpha: f32) {
        for y in 0..self.height {
            for x in 0..self.width {
                let cover = self.cover[y * (self.width + 2) + x];
                if cover > 0.0 {
                    image.blend(self.left + x, self.top + y, color, cover * alpha);
                }
            }
        }
    }
}

fn finite(p: &Spot) -> bool {
    p[0].abs() < 1e6 && p[1].abs() < 1e6
}

/// Fills closed curves; where an outer curve runs one way, its holes run the other way.
pub(crate) fn fill(image: &mut Image, curves: &[Vec<Spot>], color: Rgb, alpha: f32) {
    let mut points = curves.iter().flatten();
    if curves.is_empty() || !points.all(finite) {
        return;
    }
    let (low, high) = bounds(curves.iter().flatten());
    let mut mask = Mask::over(image, low, high);
    if mask.width == 0 || mask.height == 0 {
        return;
    }
    for curve in curves {
        for (n, &a) in curve.iter().enumerate() {
            mask.edge(a, curve[(n + 1) % curve.len()]);
        }
    }
    mask.sum();
    mask.paint(image, color, alpha);
}

fn bounds<'a>(points: impl Iterator<Item = &'a Spot>) -> (Spot, Spot) {
    points.fold(([f32::MAX; 2], [f32::MIN; 2]), |(low, high), p| {
        ([low[0].min(p[0]), low[1].min(p[1])], [high[0].max(p[0]), high[1].max(p[1])])
    })
}

/// Draws a line through points, `width` pixels wide.
pub(crate) fn polyline(image: &mut Image, points: &[Spot], width: f32, color: Rgb, alpha: f32) {
    let segments: Vec<[Spot; 2]> = points.windows(2).map(|w| [w[0], w[1]]).collect();
    lines(image, &segments, width, color, alpha);
}

/// Draws separate lines as one shape, `width` pixels wide.
pub(crate) fn lines(image: &mut Image, all: &[[Spot; 2]], width: f32, color: Rgb, alpha: f32) {
    let near: Vec<&[Spot; 2]> = all.iter().filter(|s| s.iter().all(finite)).collect();
    let (low, high) = bounds(near.iter().copied().flatten());
    if near.is_empty() {
        return;
    }
    let reach = 0.5 * width + 1.0;
    let (low, high) = (low.map(|v| v - reach), high.map(|v| v + reach));
    let mut mask = Mask::over(image, low, high);
    for [a, b] in near {
        mask.line(*a, *b, width);
    }
    mask.paint(image, color, alpha);
}

/// Fills a box.
pub(crate) fn rectangle(image: &mut Image, low: Spot, high: Spot, color: Rgb, alpha: f32) {
    let corners = vec![low, [high[0], low[1]], high, [low[0], high[1]]];
    fill(image, &[corners], color, alpha);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn darkness(image: &Image) -> f64 {
        image.rgba.chunks_exact(4).map(|p| f64::from(255 - p[0]) / 255.0).sum()
    }

    #[test]
    fn a_filled_shape_has_its_area() {
        let mut image = Image::white(40, 30);
        let ring = |r: f32, turn: f32| -> Vec<Spot> {
            let corners = [[r, 0.0], [0.0, r], [-r, 0.0], [0.0, -r]];
            corners.iter().map(|c| [20.3 + c[0], 14.7 + turn * c[1]]).collect()
        };
        fill(&mut image, &[ring(10.0, 1.0), ring(4.0, -1.0)], [0; 3], 1.0);
        assert!((darkness(&image) - (200.0 - 32.0)).abs() < 0.5, "{}", darkness(&image));
    }

    #[test]
    fn a_shape_that_leaves_the_picture_is_cut() {
        let mut image = Image::white(10, 10);
        rectangle(&mut image, [-50.0, 2.5], [4.0, 900.0], [0; 3], 1.0);
        assert!((darkness(&image) - 30.0).abs() < 0.1, "{}", darkness(&image));
        polyline(&mut image, &[[f32::NAN, 0.0], [5.0, 5.0]], 1.0, [0; 3], 1.0);
        polyline(&mut image, &[[-9.0, -9.0], [-5.0, -5.0]], 1.0, [0; 3], 1.0);
    }

    #[test]
    fn a_line_has_its_width() {
        let mut image = Image::white(60, 20);
        polyline(&mut image, &[[10.0, 10.2], [50.0, 10.2]], 3.0, [0; 3], 1.0);
        assert!((darkness(&image) - 120.0).abs() < 10.0, "{}", darkness(&image));
    }
}
