//! Exact distances near a mesh, triangle by triangle: each measures only the samples whose nearest
//! point it can hold.
//!
//! These lie in a prism along its normal, which widens with the height by the angle to the normals
//! around its corners: a direction to the nearest point, where that is a corner or lies on an edge,
//! stays within the cap that those normals span.
//!
//! # Source
//! Mauch: thesis, California Institute of Technology (2003), for distances by the polyhedra of
//! faces, edges and corners.

use super::tree::{FLAT, Tree, cross, dot, sub};

/// Samples along the edge of a block.
pub const EDGE: usize = 16;
/// Samples of a block.
pub const BLOCK: usize = EDGE * EDGE * EDGE;
/// Samples that are measured together: half a row.
const LANES: usize = 8;
/// Steps by which a prism is wider than theory asks: more than rounding loses.
const SLACK: f32 = 1e-3;
/// A normal's part along an axis below which it tells nothing of the height.
const STEEP_MIN: f32 = 0.02;
/// Cosine of the largest angle to a normal that is told from a right one.
const COSINE_MIN: f64 = 0.1;
/// The tangent where any angle is possible.
const ANY: f32 = 1e6;
/// Linear functions of a triangle: see [`Plate`].
const FUNCTIONS: usize = 10;
/// Times that eight samples are measured, beyond which thinning out the triangles first is quicker.
const WORK_MAX: usize = BLOCK / LANES * 64;
/// Times that eight samples are measured for the price of one triangle's preparation.
const TRIANGLE_WORK: usize = 6;
/// Half the diagonal of a block, in steps.
const HALF_DIAGONAL: f32 = 13.0;

/// Normals around a corner.
#[derive(Clone, Copy)]
struct Fan {
    /// Mean, of length 1, or zero where any direction is possible.
    middle: [f64; 3],
    /// Least cosine between it and a normal.
    cosine: f64,
}

/// For every triangle of `tree`, the tangent of the largest angle between its normal and the way
/// from it to a point that it is nearest to.
///
/// `rough` tells of corners whose edges do not each join two triangles that turn alike.
pub fn tangents(tree: &Tree, rough: &[bool]) -> Vec<f32> {
    let mut fans = vec![Fan { middle: [0.0; 3], cosine: 1.0 }; tree.corners.len()];
    let mut flat = vec![false; tree.corners.len()];
    for (t, corners) in tree.triangles.iter().enumerate() {
        let n = normal(tree.triangle(t));
        for &v in corners {
            match n {
                Some(n) => (0..3).for_each(|a| fans[v as usize].middle[a] += n[a]),
                None => flat[v as usize] = true,
            }
        }
    }
    for (v, fan) in fans.iter_mut().enumerate() {
        let length = dot(fan.middle, fan.middle).sqrt();
        let none = rough[v] || flat[v] || !(length > 0.0);
        fan.middle = fan.middle.map(|m| if none { 0.0 } else { m / length });
    }
    for (t, corners) in tree.triangles.iter().enumerate() {
        let n = normal(tree.triangle(t)).unwrap_or_default();
        for &v in corners {
            let fan = &mut fans[v as usize];
            fan.cosine = fan.cosine.min(dot(fan.middle, n));
        }
    }
    let of_triangle = |(t, corners): (usize, &[u32; 3])| {
        let n = normal(tree.triangle(t)).unwrap_or_default();
        let sine = |cosine: f64| (1.0 - cosine * cosine).max(0.0).sqrt();
        corners.iter().fold(0.0, |widest: f32, &v| {
            let fan = fans[v as usize];
            let here = dot(fan.middle, n);
            let (a, b) = (sine(here), sine(fan.cosine));
            let cosine = here * fan.cosine - a * b;
            let known = here > 0.0 && fan.cosine > 0.0 && cosine > COSINE_MIN;
            let tangent = if known { (a * fan.cosine + b * here) / cosine } else { f64::from(ANY) };
            widest.max(tangent as f32)
        })
    };
    tree.triangles.iter().enumerate().map(of_triangle).collect()
}

/// Unit normal of a triangle that is not flat.
fn normal([a, b, c]: [[f64; 3]; 3]) -> Option<[f64; 3]> {
    let (p, q, r) = (sub(b, a), sub(c, a), sub(c, b));
    let n = cross(p, q);
    let norm = dot(n, n).sqrt();
    (norm > FLAT * dot(p, p).max(dot(q, q)).max(dot(r, r))).then(|| n.map(|v| v / norm))
}

/// A block of samples, and which of them matter.
pub struct Place<'a> {
    /// First sample, mm.
    pub origin: [f64; 3],
    /// Distance between samples, mm.
    pub step_mm: f64,
    /// Distances up to this matter, mm.
    pub reach_mm: f64,
    /// A bit for each sample that matters, x from the lowest, `[k][j]`.
    pub rows: &'a [u32; EDGE * EDGE],
}

/// Writes the distances in mm to the nearest triangle of `tree` for the samples of a block, x
/// fastest.
///
/// Those beyond the reach are only known to lie beyond it; of samples that do not matter nothing
/// is known. Gives up, and says so, where too many triangles lie near.
pub fn distances(
    tree: &Tree,
    tangents: &[f32],
    place: &Place,
    values: &mut [f32; BLOCK],
) -> Result<(), TooMany> {
    let (step, per_step) = (place.step_mm, 1.0 / place.step_mm);
    let reach = (place.reach_mm / step * (1.0 + 1e-5)) as f32 + SLACK;
    values.fill((reach * 1.01) * (reach * 1.01));
    let high = place.origin.map(|v| v + (EDGE - 1) as f64 * step);
    let corners = |t: usize| tree.triangle(t).map(|v| sub(v, place.origin).map(|v| v * per_step));
    let mut met: Vec<(usize, Bounds)> = Vec::new();
    tree.for_each_leaf_near(place.origin, high, f64::from(reach) * step, |leaf| {
        // To prepare so many is too much already.
        if met.len() * TRIANGLE_WORK <= WORK_MAX {
            let own = tree.leaf(leaf).map(|t| (t, Bounds::new(&corners(t), reach)));
            met.extend(own.filter(|(_, bounds)| bounds.meets(reach)));
        }
    });
    let mut work = met.len() * TRIANGLE_WORK;
    for (t, bounds) in met {
        if work > WORK_MAX {
            return Err(TooMany);
        }
        let plate = Plate::new(&corners(t));
        if plate.meets(reach) {
            let prism = Prism::new(bounds, &plate, tangents[t], reach);
            work += prism.measure(&plate, place.rows, values);
        }
    }
    if work > WORK_MAX {
        return Err(TooMany);
    }
    let step = step as f32;
    values.iter_mut().for_each(|v| *v = v.sqrt() * step);
    Ok(())
}

/// Too many triangles lie near a block to measure each.
pub struct TooMany;

/// The box of a triangle in steps from the block's first sample.
#[derive(Clone, Copy)]
struct Bounds {
    low: [f32; 3],
    high: [f32; 3],
}

impl Bounds {
    /// No nearest point lies farther from the block than the reach, nor does the box.
    #[inline(always)]
    fn new([a, b, c]: &[[f64; 3]; 3], reach: f32) -> Self {
        let near = f64::from(reach) + 1.0;
        let keep = |v: f64| v.max(-near).min(near + EDGE as f64) as f32;
        let low = [0, 1, 2].map(|i| keep(a[i].min(b[i]).min(c[i])));
        let high = [0, 1, 2].map(|i| keep(a[i].max(b[i]).max(c[i])));
        Self { low, high }
    }

    /// Whether the block lies within reach.
    #[inline(always)]
    fn meets(&self, reach: f32) -> bool {
        let last = (EDGE - 1) as f32;
        (0..3).all(|a| self.low[a] - reach <= last && self.high[a] + reach >= 0.0)
    }
}

/// Where the samples lie that a triangle may be nearest to; in steps from the block's first.
struct Prism {
    bounds: Bounds,
    normal: [f32; 3],
    /// Sines of the angles between the axes and the normal.
    across: [f32; 3],
    /// How far the prism reaches past the triangle's box.
    ahead: [f32; 3],
    reach: f32,
    /// Widest distance past the triangle, along its plane.
    wide: f32,
    tangent: f32,
}

impl Prism {
    #[inline(always)]
    fn new(bounds: Bounds, plate: &Plate, tangent: f32, reach: f32) -> Self {
        let normal = plate.normal();
        let across = normal.map(|n| (1.0 - n * n).max(0.0).sqrt());
        let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
        let sine = cosine * tangent;
        let ahead = [0, 1, 2].map(|i| {
            let n = normal[i].abs();
            let part = if n >= cosine { 1.0 } else { n * cosine + across[i] * sine };
            part * reach + SLACK
        });
        Self { bounds, normal, across, ahead, reach, wide: reach * sine + SLACK, tangent }
    }

    /// Samples along an axis from the first to the last in the prism.
    #[inline(always)]
    fn span(&self, axis: usize) -> Option<(usize, usize)> {
        whole(self.bounds.low[axis] - self.ahead[axis], self.bounds.high[axis] + self.ahead[axis])
    }

    /// Heights at which the prism may meet `at` on an axis, of those from `heights`.
    #[inline(always)]
    fn heights(&self, axis: usize, at: f32, wide: f32, heights: (f32, f32)) -> (f32, f32) {
        let n = self.normal[axis];
        if n.abs() < STEEP_MIN {
            return heights;
        }
        let room = wide * self.across[axis] + SLACK;
        let (a, b) =
            ((at - self.bounds.high[axis] - room) / n, (at - self.bounds.low[axis] + room) / n);
        (heights.0.max(a.min(b)), heights.1.min(a.max(b)))
    }

    /// Samples along an axis that the prism may hold at such heights.
    #[inline(always)]
    fn samples(&self, axis: usize, wide: f32, heights: (f32, f32)) -> Option<(usize, usize)> {
        let (a, b) = (heights.0 * self.normal[axis], heights.1 * self.normal[axis]);
        let room = wide * self.across[axis] + SLACK;
        whole(self.bounds.low[axis] + a.min(b) - room, self.bounds.high[axis] + a.max(b) + room)
    }

    /// Lowers the squares of distances to those of the triangle; gives how often it measured.
    fn measure(&self, plate: &Plate, rows: &[u32; EDGE * EDGE], best2: &mut [f32; BLOCK]) -> usize {
        let mut work = 0;
        let all = (-self.reach, self.reach);
        let Some((first, last)) = self.span(2) else { return work };
        for k in first..=last {
            let heights = self.heights(2, k as f32, self.wide, all);
            if heights.0 > heights.1 {
                continue;
            }
            let wide = self.wide.min(heights.1.max(-heights.0) * self.tangent + SLACK);
            let Some((first, last)) = self.samples(1, wide, heights) else { continue };
            for j in first..=last {
                let heights = self.heights(1, j as f32, wide, heights);
                if heights.0 > heights.1 {
                    continue;
                }
                let Some((first, last)) = self.samples(0, wide, heights) else { continue };
                let wanted = (rows[k * EDGE + j] >> first) & ((2u32 << (last - first)) - 1);
                if wanted == 0 {
                    continue;
                }
                let row = plate.row(j, k);
                let values = &mut best2[(k * EDGE + j) * EDGE..][..EDGE];
                let mut at = (first + wanted.trailing_zeros() as usize).min(EDGE - LANES);
                let last = first + wanted.ilog2() as usize;
                plate.lower(&row, at, values);
                work += 1;
                while at + LANES <= last {
                    at = (at + LANES).min(EDGE - LANES);
                    plate.lower(&row, at, values);
                    work += 1;
                }
            }
        }
        work
    }
}

/// Whole numbers of a block between two.
#[inline(always)]
fn whole(low: f32, high: f32) -> Option<(usize, usize)> {
    let (first, last) = (low.max(0.0).ceil() as i32, high.min((EDGE - 1) as f32).floor() as i32);
    (first <= last).then_some((first as usize, last as usize))
}

/// A triangle as linear functions of a sample's place in its block, all in steps.
///
/// For each edge: how far before its start a point lies, how far past its end, and how far to its
/// inner side in the plane; last the height above the plane.
struct Plate {
    /// Values at the first sample.
    start: [f32; 16],
    /// Changes along x, y, z.
    slope: [[f32; 16]; 3],
    /// What the distances to inner sides must reach inside; infinite for a flat triangle.
    inside: f32,
}

impl Plate {
    #[inline(always)]
    fn new(corners: &[[f64; 3]; 3]) -> Self {
        let edges = [0, 1, 2].map(|e| sub(corners[(e + 1) % 3], corners[e]));
        let lengths = edges.map(|e| dot(e, e).sqrt());
        let longest = lengths[0].max(lengths[1]).max(lengths[2]);
        let normal = cross(edges[0], edges[1]);
        let norm = dot(normal, normal).sqrt();
        if !(norm > FLAT * longest * longest) {
            return Self::flat(corners, &edges, &lengths);
        }
        let part = 1.0 / norm;
        let along = [0, 1, 2].map(|e| {
            let part = 1.0 / lengths[e];
            edges[e].map(|v| v * part)
        });
        Self::over(corners, &lengths, &along, normal.map(|v| v * part), 0.0)
    }

    /// A triangle without area: all of its edges lie along the longest.
    #[cold]
    fn flat(corners: &[[f64; 3]; 3], edges: &[[f64; 3]; 3], lengths: &[f64; 3]) -> Self {
        let longest = (0..3).fold(0, |best, e| if lengths[e] > lengths[best] { e } else { best });
        let unit = |v: [f64; 3], length: f64| v.map(|v| v / length);
        let whole = if lengths[longest] > 0.0 {
            unit(edges[longest], lengths[longest])
        } else {
            [1.0, 0.0, 0.0]
        };
        let least = whole.iter().fold(1.0f64, |least, v| least.min(v.abs()));
        let aside = cross(whole, whole.map(|v| if v.abs() == least { 1.0 } else { 0.0 }));
        let normal = unit(aside, dot(aside, aside).sqrt());
        let along =
            [0, 1, 2].map(|e| if lengths[e] > 0.0 { unit(edges[e], lengths[e]) } else { whole });
        Self::over(corners, lengths, &along, normal, f64::INFINITY)
    }

    #[inline(always)]
    fn over(
        corners: &[[f64; 3]; 3],
        lengths: &[f64; 3],
        along: &[[f64; 3]; 3],
        normal: [f64; 3],
        inside: f64,
    ) -> Self {
        let mut plate = Self { start: [0.0; 16], slope: [[0.0; 16]; 3], inside: inside as f32 };
        for e in 0..3 {
            let inward = cross(normal, along[e]);
            let at = dot(corners[e], along[e]);
            plate.set(3 * e, along[e].map(|v| -v), at);
            plate.set(3 * e + 1, along[e], -at - lengths[e]);
            plate.set(3 * e + 2, inward, -dot(corners[e], inward));
        }
        plate.set(9, normal, -dot(corners[0], normal));
        plate
    }

    /// Whether the block may hold a sample within reach.
    #[inline(always)]
    fn meets(&self, reach: f32) -> bool {
        let middle = 0.5 * (EDGE - 1) as f32;
        let far = reach + HALF_DIAGONAL;
        let at = |f: usize| {
            (self.slope[0][f] + self.slope[1][f] + self.slope[2][f]).mul_add(middle, self.start[f])
        };
        let flat = self.inside > 0.0;
        at(9).abs() <= far && (flat || at(2).min(at(5)).min(at(8)) >= -far)
    }

    #[inline(always)]
    fn normal(&self) -> [f32; 3] {
        [0, 1, 2].map(|a| self.slope[a][9])
    }

    #[inline(always)]
    fn set(&mut self, function: usize, slope: [f64; 3], start: f64) {
        self.start[function] = start as f32;
        for a in 0..3 {
            self.slope[a][function] = slope[a] as f32;
        }
    }

    /// Values at the start of a row.
    #[inline(always)]
    fn row(&self, j: usize, k: usize) -> [f32; 16] {
        let (j, k) = (j as f32, k as f32);
        std::array::from_fn(|f| {
            self.slope[1][f].mul_add(j, self.slope[2][f].mul_add(k, self.start[f]))
        })
    }

    /// Lowers eight squares of distances from sample `first` of a row on.
    #[inline(always)]
    fn lower(&self, row: &[f32; 16], first: usize, best2: &mut [f32]) {
        let best2: &mut [f32; LANES] =
            (&mut best2[first..first + LANES]).try_into().expect("eight");
        let mut at = [0.0f32; LANES];
        for l in 0..LANES {
            at[l] = (first + l) as f32;
        }
        let mut values = [[0.0f32; LANES]; FUNCTIONS];
        for f in 0..FUNCTIONS {
            for l in 0..LANES {
                values[f][l] = self.slope[0][f].mul_add(at[l], row[f]);
            }
        }
        for l in 0..LANES {
            let mut edge2 = f32::INFINITY;
            let mut least = f32::INFINITY;
            for e in 0..3 {
                let (before, past, inner) =
                    (values[3 * e][l], values[3 * e + 1][l], values[3 * e + 2][l]);
                let beyond = if before > past { before } else { past };
                let beyond = if beyond > 0.0 { beyond } else { 0.0 };
                let d2 = beyond.mul_add(beyond, inner * inner);
                edge2 = if d2 < edge2 { d2 } else { edge2 };
                least = if inner < least { inner } else { least };
            }
            let plane2 = if least >= self.inside { 0.0 } else { edge2 };
            let d2 = values[9][l].mul_add(values[9][l], plane2);
            best2[l] = if d2 < best2[l] { d2 } else { best2[l] };
        }
    }
}
