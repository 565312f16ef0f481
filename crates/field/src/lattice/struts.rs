//! Round struts between nodes, repeated over periods.

use std::sync::Arc;

use ossein_geom::{Aabb, Frame, Mm, Point};

use crate::{Block, Field};

/// The axes of the struts of one period, in cell edges.
#[derive(Clone, Debug, PartialEq)]
pub struct Skeleton {
    /// Cells after which it repeats: one where it is ordered.
    pub span: usize,
    /// Ends of each strut; they may lie outside the period, their images fill it.
    pub struts: Vec<[[f64; 3]; 2]>,
}

/// An axis in a bin, its nearest image.
#[derive(Clone, Copy, Debug)]
struct Axis {
    from: [f32; 3],
    along: [f32; 3],
    per_length2: f32,
}

/// The axes that can be nearest or second nearest, by bins of a period.
#[derive(Debug)]
pub(super) struct Axes {
    pub(super) span: usize,
    bins: usize,
    start: Vec<u32>,
    axes: Vec<Axis>,
}

/// What lies nearest to a place: the two nearest axes, in cell edges.
#[derive(Clone, Copy, Debug)]
pub(super) struct Near {
    /// Distance to the nearest axis.
    pub(super) first: f32,
    /// Distance to the second nearest axis.
    pub(super) second: f32,
}

fn segment_distance(p: [f64; 3], [a, b]: [[f64; 3]; 2]) -> f64 {
    let along = [0, 1, 2].map(|n| b[n] - a[n]);
    let to = [0, 1, 2].map(|n| p[n] - a[n]);
    let dot = |u: [f64; 3], v: [f64; 3]| u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
    let t = (dot(along, to) / dot(along, along).max(1e-30)).clamp(0.0, 1.0);
    let d = [0, 1, 2].map(|n| to[n] - t * along[n]);
    dot(d, d).sqrt()
}

impl Axes {
    pub(super) fn new(skeleton: &Skeleton) -> Self {
        assert!(skeleton.span > 0 && !skeleton.struts.is_empty(), "a skeleton has struts");
        let span = skeleton.span as f64;
        let mut images = Vec::new();
        for strut in &skeleton.struts {
            for n in 0..27 {
                let shift = [n % 3, n / 3 % 3, n / 9].map(|v| (f64::from(v) - 1.0) * span);
                images.push(strut.map(|end| [0, 1, 2].map(|a| end[a] + shift[a])));
            }
        }
        let coarse = 2 * skeleton.span.min(4);
        let by_coarse: Vec<Vec<[[f64; 3]; 2]>> =
            (0..coarse.pow(3)).map(|bin| candidates(&images, bin, coarse, span)).collect();
        let fold = if skeleton.span == 1 { 4 } else { 3 };
        let bins = coarse * fold;
        let (mut start, mut axes) = (vec![0], Vec::new());
        for bin in 0..bins.pow(3) {
            let parent = [bin % bins, bin / bins % bins, bin / (bins * bins)].map(|v| v / fold);
            let parent = (parent[2] * coarse + parent[1]) * coarse + parent[0];
            for strut in candidates(&by_coarse[parent], bin, bins, span) {
                axes.push(Axis::new(strut));
            }
            start.push(axes.len() as u32);
        }
        Self { span: skeleton.span, bins, start, axes }
    }

    /// The axes nearest to a place given in cell edges.
    #[inline(always)]
    pub(super) fn near(&self, place: [f64; 3]) -> Near {
        let (p, list) = self.bin(place);
        let (mut first, mut second) = (f32::MAX, f32::MAX);
        for axis in list {
            let d = axis.away(p);
            let d2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
            second = second.min(first.max(d2));
            first = first.min(d2);
        }
        Near { first: first.sqrt(), second: second.sqrt() }
    }
}

impl Axes {
    /// The two least values of `length` of the way from an axis to a place, over the axes near it.
    pub(super) fn near_by(&self, place: [f64; 3], length: impl Fn([f64; 3]) -> f64) -> (f64, f64) {
        let (p, list) = self.bin(place);
        let (mut first, mut second) = (f64::MAX, f64::MAX);
        for axis in list {
            let value = length(axis.away(p).map(f64::from));
            if value < first {
                (second, first) = (first, value);
            } else if value < second {
                second = value;
            }
        }
        (first, second)
    }

    /// A place moved into the period, and the axes that may be nearest to it.
    #[inline(always)]
    fn bin(&self, place: [f64; 3]) -> ([f32; 3], &[Axis]) {
        let span = self.span as f64;
        let p = place.map(|v| v - (v / span).floor() * span);
        let bin = p.map(|v| ((v * self.bins as f64 / span) as usize).min(self.bins - 1));
        let bin = (bin[2] * self.bins + bin[1]) * self.bins + bin[0];
        let list = &self.axes[self.start[bin] as usize..self.start[bin + 1] as usize];
        (p.map(|v| v as f32), list)
    }
}

impl Axis {
    /// From the axis to a place.
    #[inline(always)]
    fn away(&self, p: [f32; 3]) -> [f32; 3] {
        let to = [p[0] - self.from[0], p[1] - self.from[1], p[2] - self.from[2]];
        let a = self.along;
        let t = (a[0] * to[0] + a[1] * to[1] + a[2] * to[2]) * self.per_length2;
        let t = t.clamp(0.0, 1.0);
        [to[0] - t * a[0], to[1] - t * a[1], to[2] - t * a[2]]
    }

    fn new([a, b]: [[f64; 3]; 2]) -> Self {
        let along = [0, 1, 2].map(|n| b[n] - a[n]);
        let length2: f64 = along.iter().map(|v| v * v).sum();
        Self {
            from: a.map(|v| v as f32),
            along: along.map(|v| v as f32),
            per_length2: (1.0 / length2.max(1e-30)) as f32,
        }
    }
}

/// The axes that are nearest or second nearest somewhere in a bin.
fn candidates(axes: &[[[f64; 3]; 2]], bin: usize, bins: usize, span: f64) -> Vec<[[f64; 3]; 2]> {
    let edge = span / bins as f64;
    let place = [bin % bins, bin / bins % bins, bin / (bins * bins)];
    let center = place.map(|v| (v as f64 + 0.5) * edge);
    let far: Vec<f64> = axes.iter().map(|&axis| segment_distance(center, axis)).collect();
    let mut two = [f64::INFINITY; 2];
    for &d in &far {
        if d < two[0] {
            two = [d, two[0]];
        } else if d < two[1] {
            two[1] = d;
        }
    }
    // Within the bin every distance changes by at most half its diagonal, both up and down.
    let limit = two[1] + edge * 3f64.sqrt() + 1e-6;
    axes.iter().zip(&far).filter(|(_, d)| **d <= limit).map(|(&axis, _)| axis).collect()
}

/// Smooth minimum of the two nearest: a fillet of about `fillet` where struts meet.
#[inline(always)]
pub(super) fn blended(near: &Near, fillet: f32) -> f32 {
    if fillet <= 0.0 {
        return near.first;
    }
    let overlap = (fillet - (near.second - near.first)).max(0.0);
    near.first - overlap * overlap / (4.0 * fillet)
}

/// Round struts along a skeleton, with fillets where they meet. Unbounded: intersect it with a
/// body.
#[derive(Clone, Debug)]
pub struct Struts<F: Frame> {
    axes: Arc<Axes>,
    origin: Point<F>,
    cell_mm: f64,
    radius_mm: f64,
    fillet_mm: f64,
}

impl<F: Frame> Struts<F> {
    /// Struts of `diameter` along the skeleton of cells of edge `cell`, its corner at `origin`;
    /// `fillet` rounds the nodes, zero leaves them sharp.
    ///
    /// # Panics
    /// If cell or diameter is not positive, the fillet negative, or the skeleton without struts.
    pub fn new(skeleton: &Skeleton, origin: Point<F>, cell: Mm, diameter: Mm, fillet: Mm) -> Self {
        Self::along(Arc::new(Axes::new(skeleton)), origin, cell, diameter, fillet)
    }

    pub(super) fn along(
        axes: Arc<Axes>,
        origin: Point<F>,
        cell: Mm,
        diameter: Mm,
        fillet: Mm,
    ) -> Self {
        let positive = cell.0 > 0.0 && diameter.0 > 0.0 && fillet.0 >= 0.0;
        assert!(positive, "struts of {diameter} in cells of {cell}, fillet {fillet}");
        let (cell_mm, radius_mm, fillet_mm) = (cell.0, 0.5 * diameter.0, fillet.0);
        Self { axes, origin, cell_mm, radius_mm, fillet_mm }
    }
}

impl<F: Frame> Field<F> for Struts<F> {
    #[inline(always)]
    fn distance(&self, p: Point<F>) -> f64 {
        let place = ((p - self.origin) * (1.0 / self.cell_mm)).array();
        let fillet = (self.fillet_mm / self.cell_mm) as f32;
        f64::from(blended(&self.axes.near(place), fillet)) * self.cell_mm - self.radius_mm
    }
    fn bounds(&self) -> Aabb<F> {
        crate::everywhere()
    }
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        block.fill(distances, |p| self.distance(p));
    }
}
