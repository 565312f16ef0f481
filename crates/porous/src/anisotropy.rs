//! Fabric by mean intercept length, and the degree of anisotropy.

use ossein_geom::float;
use rayon::prelude::*;

use crate::voxels::Voxels;

/// Directions in which the image is probed.
const DIRECTION_COUNT: usize = 128;
/// Lines across the image in each direction, along either side of a square.
const LINE_COUNT: usize = 40;

/// The fabric of the solid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fabric {
    /// Mean intercept lengths along the principal directions in mm, longest first.
    pub intercept_mm: [f64; 3],
    /// Principal directions, in the order of the lengths; unit vectors.
    pub directions: [[f64; 3]; 3],
    /// Longest over shortest mean intercept length (DA): 1 if isotropic.
    pub degree: f64,
}

/// The fabric of the solid by mean intercept length; none where hardly a line meets a surface or
/// where the lengths fit no ellipsoid, as in a slab.
///
/// Parallel lines run through the image in 128 directions spread evenly over the half sphere. The
/// mean intercept length of a direction is twice the length of its lines, over the surfaces that
/// they cross. The inverse squares fit a quadratic form, whose axes are the principal directions.
///
/// # Source
/// Harrigan, Mann: J. Mater. Sci. 19 (1984) 761-767. Fact D3.30.
pub fn fabric(voxels: &Voxels) -> Option<Fabric> {
    let lengths: Vec<([f64; 3], f64, u64)> = (0..DIRECTION_COUNT)
        .into_par_iter()
        .map(|n| {
            let direction = direction(n);
            let (length_mm, crossings) = probe(voxels, direction);
            (direction, length_mm, crossings)
        })
        .collect();
    let crossings: u64 = lengths.iter().map(|l| l.2).sum();
    if crossings < 20 * DIRECTION_COUNT as u64 {
        return None;
    }
    let mut normal = [[0.0; 7]; 6];
    for (d, length_mm, crossings) in lengths {
        let inverse = crossings as f64 / (2.0 * length_mm);
        let [x, y, z] = d;
        let row = [x * x, y * y, z * z, 2.0 * y * z, 2.0 * x * z, 2.0 * x * y];
        for a in 0..6 {
            for b in 0..6 {
                normal[a][b] += row[a] * row[b];
            }
            normal[a][6] += row[a] * inverse * inverse;
        }
    }
    let [xx, yy, zz, yz, xz, xy] = solve(normal)?;
    let (values, directions) = eigen([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]);
    // The smallest inverse square belongs to the longest intercept.
    if values[0] <= 1e-6 * values[2] {
        return None;
    }
    let intercept_mm = values.map(|v| 1.0 / v.sqrt());
    Some(Fabric { intercept_mm, directions, degree: intercept_mm[0] / intercept_mm[2] })
}

/// Directions on the upper half sphere, on the golden spiral.
fn direction(n: usize) -> [f64; 3] {
    let golden = std::f64::consts::PI * (3.0 - 5f64.sqrt());
    let z = (n as f64 + 0.5) / DIRECTION_COUNT as f64;
    let (s, c) = float::sin_cos(golden * n as f64);
    let r = (1.0 - z * z).sqrt();
    [r * c, r * s, z]
}

/// Length in mm of parallel lines inside the image, and the phase changes along them.
fn probe(voxels: &Voxels, direction: [f64; 3]) -> (f64, u64) {
    let size_mm = [0, 1, 2].map(|a| voxels.size[a] as f64 * voxels.spacing_mm[a]);
    let reach = 0.5 * size_mm.iter().map(|s| s * s).sum::<f64>().sqrt();
    let (u, v) = across(direction);
    let (mut length_mm, mut crossings) = (0.0, 0);
    for n in 0..LINE_COUNT * LINE_COUNT {
        let at = |n: usize| ((n as f64 + 0.5) / LINE_COUNT as f64 * 2.0 - 1.0) * reach;
        let (s, t) = (at(n % LINE_COUNT), at(n / LINE_COUNT));
        let middle = [0, 1, 2].map(|a| 0.5 * size_mm[a] + s * u[a] + t * v[a]);
        if let Some((from, to)) = clip(middle, direction, size_mm) {
            length_mm += to - from;
            crossings += walk(voxels, middle, direction, from, to);
        }
    }
    (length_mm, crossings)
}

/// Two unit vectors across a direction.
fn across(d: [f64; 3]) -> ([f64; 3], [f64; 3]) {
    let least = (0..3).fold(0, |b, a| if d[a].abs() < d[b].abs() { a } else { b });
    let along = d[least];
    let mut u = d.map(|c| -c * along);
    u[least] += 1.0;
    let norm = u.iter().map(|c| c * c).sum::<f64>().sqrt();
    let u = u.map(|c| c / norm);
    (u, [d[1] * u[2] - d[2] * u[1], d[2] * u[0] - d[0] * u[2], d[0] * u[1] - d[1] * u[0]])
}

/// Where a line enters and leaves the box from 0 to `size_mm`.
fn clip(p: [f64; 3], d: [f64; 3], size_mm: [f64; 3]) -> Option<(f64, f64)> {
    let (mut from, mut to) = (f64::NEG_INFINITY, f64::INFINITY);
    for a in 0..3 {
        if d[a].abs() < 1e-12 {
            if !(0.0..size_mm[a]).contains(&p[a]) {
                return None;
            }
            continue;
        }
        let (s, t) = (-p[a] / d[a], (size_mm[a] - p[a]) / d[a]);
        from = from.max(s.min(t));
        to = to.min(s.max(t));
    }
    (from < to).then_some((from, to))
}

/// Phase changes along a line. The phase is the share of solid, linear between voxel centres, so
/// that the voxels' steps on a grazed surface count once: it turns solid above 0.6, void below 0.4.
fn walk(voxels: &Voxels, p: [f64; 3], d: [f64; 3], from: f64, to: f64) -> u64 {
    let h = voxels.spacing_mm;
    let step_mm = 0.5 * h[0].min(h[1]).min(h[2]);
    let at = |t: f64| [0, 1, 2].map(|a| (p[a] + d[a] * t) / h[a] - 0.5);
    let mut solid = share(voxels, at(from)) > 0.5;
    let mut crossings = 0;
    for n in 1..=((to - from) / step_mm) as usize {
        let share = share(voxels, at(from + n as f64 * step_mm));
        if if solid { share < 0.4 } else { share > 0.6 } {
            solid = !solid;
            crossings += 1;
        }
    }
    crossings
}

/// Share of solid at fractional voxel coordinates, linear between voxel centres.
#[inline(always)]
fn share(voxels: &Voxels, at: [f64; 3]) -> f64 {
    let size = voxels.size;
    let mut low = [0usize; 3];
    let mut step = [0usize; 3];
    let mut part = [0.0; 3];
    let strides = [1, size[0], size[0] * size[1]];
    for a in 0..3 {
        let clamped = at[a].clamp(0.0, (size[a] - 1) as f64);
        low[a] = clamped as usize;
        part[a] = clamped - low[a] as f64;
        step[a] = if low[a] + 1 < size[a] { strides[a] } else { 0 };
    }
    let first = voxels.index(low);
    let one = |n: usize| f64::from(u8::from(voxels.solid[n]));
    let along_i = |n: usize| one(n) + part[0] * (one(n + step[0]) - one(n));
    let along_j = |n: usize| along_i(n) + part[1] * (along_i(n + step[1]) - along_i(n));
    along_j(first) + part[2] * (along_j(first + step[2]) - along_j(first))
}

/// Solves six equations by elimination with pivots.
fn solve(mut m: [[f64; 7]; 6]) -> Option<[f64; 6]> {
    for c in 0..6 {
        let pivot = (c..6).fold(c, |b, r| if m[r][c].abs() > m[b][c].abs() { r } else { b });
        m.swap(c, pivot);
        if m[c][c].abs() < 1e-12 {
            return None;
        }
        for r in 0..6 {
            if r != c {
                let f = m[r][c] / m[c][c];
                for n in c..7 {
                    m[r][n] -= f * m[c][n];
                }
            }
        }
    }
    Some(std::array::from_fn(|n| m[n][6] / m[n][n]))
}

/// Eigenvalues of a symmetric matrix, smallest first, with their unit vectors: Jacobi's turns.
fn eigen(mut m: [[f64; 3]; 3]) -> ([f64; 3], [[f64; 3]; 3]) {
    let mut v = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for _ in 0..30 {
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            if m[p][q].abs() < 1e-300 {
                continue;
            }
            let theta = (m[q][q] - m[p][p]) / (2.0 * m[p][q]);
            let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
            let c = 1.0 / (t * t + 1.0).sqrt();
            let s = t * c;
            for n in 0..3 {
                let (a, b) = (m[n][p], m[n][q]);
                m[n][p] = c * a - s * b;
                m[n][q] = s * a + c * b;
            }
            for n in 0..3 {
                let (a, b) = (m[p][n], m[q][n]);
                m[p][n] = c * a - s * b;
                m[q][n] = s * a + c * b;
                let (a, b) = (v[n][p], v[n][q]);
                v[n][p] = c * a - s * b;
                v[n][q] = s * a + c * b;
            }
        }
    }
    let mut order = [0, 1, 2];
    order.sort_by(|&a, &b| m[a][a].total_cmp(&m[b][b]));
    (order.map(|n| m[n][n]), order.map(|n| [v[0][n], v[1][n], v[2][n]]))
}
