//! The loaded nodes as one patch: linear tractions with given resultants, and mean rigid motion.

use crate::body::Body;

pub(crate) type Matrix3 = [[f64; 3]; 3];
pub(crate) type Matrix6 = [[f64; 6]; 6];

/// Nodes with their shares of the patch.
pub(crate) struct Patch {
    /// Node indices.
    pub nodes: Vec<u32>,
    /// Share of each node; all sum to 1. On a plane face: its share of the loaded area.
    pub weights: Vec<f64>,
    /// Weighted mean position in mm.
    pub center_mm: [f64; 3],
    /// About the centre; none of a patch that does not turn.
    inertia: Option<Matrix3>,
}

/// A small rigid motion: of the patch centre, and about it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RigidMotion {
    /// Translation of the centre in mm.
    pub translation_mm: [f64; 3],
    /// Rotation vector about the centre in radians.
    pub rotation_rad: [f64; 3],
}

impl Patch {
    /// The patch of `nodes`, or nothing if they lie on a line or hold no material.
    pub fn new(body: &Body, nodes: &[u32]) -> Option<Self> {
        let mut patch = Self::shifted(body, nodes)?;
        let mut inertia = [[0.0; 3]; 3];
        for (&n, w) in patch.nodes.iter().zip(&patch.weights) {
            let p = patch.arm(body, n);
            for a in 0..3 {
                for b in 0..3 {
                    let square = if a == b { dot(p, p) } else { 0.0 };
                    inertia[a][b] += w * (square - p[a] * p[b]);
                }
            }
        }
        let area_scale = body.voxel_mm * body.voxel_mm;
        solve3(&inertia, [area_scale; 3])?;
        patch.inertia = Some(inertia);
        Some(patch)
    }

    /// A patch of `nodes` that bears no moment and does not turn, or nothing if they hold no
    /// material.
    pub fn shifted(body: &Body, nodes: &[u32]) -> Option<Self> {
        let raw = |&n: &u32| body.solid_around(n) as f64;
        let mut weights: Vec<f64> = nodes.iter().map(raw).collect();
        let total: f64 = weights.iter().sum();
        if total == 0.0 {
            return None;
        }
        weights.iter_mut().for_each(|w| *w /= total);
        let mut center_mm = [0.0; 3];
        for (&n, w) in nodes.iter().zip(&weights) {
            let p = body.node_mm(n);
            (0..3).for_each(|a| center_mm[a] += w * p[a]);
        }
        Some(Self { nodes: nodes.to_vec(), weights, center_mm, inertia: None })
    }

    /// No nodes at all, about the middle of the grid.
    pub fn none(body: &Body) -> Self {
        let center_mm = body.solid.size.map(|n| 0.5 * n as f64 * body.voxel_mm);
        Self { nodes: Vec::new(), weights: Vec::new(), center_mm, inertia: None }
    }

    /// From the centre to a node, in mm.
    pub fn arm(&self, body: &Body, node: u32) -> [f64; 3] {
        let p = body.node_mm(node);
        [0, 1, 2].map(|a| p[a] - self.center_mm[a])
    }

    /// Forces in N on the nodes: a traction that varies linearly over the patch and has exactly
    /// this force and this moment about the centre.
    pub fn traction(&self, body: &Body, force: [f64; 3], moment: [f64; 3]) -> Vec<[f64; 3]> {
        let spin = self.spin(moment);
        let at = |(&n, w): (&u32, &f64)| {
            let turn = cross(spin, self.arm(body, n));
            [0, 1, 2].map(|a| w * (force[a] + turn[a]))
        };
        self.nodes.iter().zip(&self.weights).map(at).collect()
    }

    /// The rigid motion nearest to a displacement field, by weighted least squares.
    pub fn rigid_motion(&self, body: &Body, at: impl Fn(u32) -> [f64; 3]) -> RigidMotion {
        let (mut mean, mut turn) = ([0.0; 3], [0.0; 3]);
        for (&n, w) in self.nodes.iter().zip(&self.weights) {
            let u = at(n);
            let t = cross(self.arm(body, n), u);
            for a in 0..3 {
                mean[a] += w * u[a];
                turn[a] += w * t[a];
            }
        }
        RigidMotion { translation_mm: mean, rotation_rad: self.spin(turn) }
    }

    /// What a moment over the inertia is; nothing of a patch that does not turn.
    fn spin(&self, moment: [f64; 3]) -> [f64; 3] {
        let Some(inertia) = &self.inertia else { return [0.0; 3] };
        solve3(inertia, moment).expect("checked when the patch was made")
    }
}

/// Scalar product.
pub(crate) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Vector product.
pub(crate) fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// Length.
pub(crate) fn norm(a: [f64; 3]) -> f64 {
    dot(a, a).sqrt()
}

/// Solves a symmetric 3 x 3 system by Cramer's rule; nothing where it is singular.
pub(crate) fn solve3(m: &Matrix3, b: [f64; 3]) -> Option<[f64; 3]> {
    let trace = m[0][0] + m[1][1] + m[2][2];
    let determinant = dot(m[0], cross(m[1], m[2]));
    if determinant.is_nan() || determinant <= 1e-12 * trace * trace * trace {
        return None;
    }
    let (x, y, z) = (cross(m[1], m[2]), cross(m[2], m[0]), cross(m[0], m[1]));
    Some([0, 1, 2].map(|a| (x[a] * b[0] + y[a] * b[1] + z[a] * b[2]) / determinant))
}

/// Solves a positive semi-definite 6 x 6 system by Gauss; an unknown that nothing determines is
/// zero.
pub(crate) fn solve6(matrix: &Matrix6, right: &[f64; 6]) -> [f64; 6] {
    let (mut m, mut b) = (*matrix, *right);
    let free = |p: usize, pivot: f64| pivot <= 1e-9 * matrix[p][p];
    for p in 0..6 {
        if free(p, m[p][p]) {
            continue;
        }
        for a in p + 1..6 {
            let factor = m[a][p] / m[p][p];
            b[a] -= factor * b[p];
            for c in p..6 {
                m[a][c] -= factor * m[p][c];
            }
        }
    }
    let mut x = [0.0; 6];
    for p in (0..6).rev().filter(|&p| !free(p, m[p][p])) {
        let known: f64 = (p + 1..6).map(|c| m[p][c] * x[c]).sum();
        x[p] = (b[p] - known) / m[p][p];
    }
    x
}

/// Whether a positive semi-definite matrix has full rank, by its Cholesky pivots.
pub(crate) fn rank_is_full(matrix: &Matrix6) -> bool {
    let mut m = *matrix;
    for p in 0..6 {
        if m[p][p] <= 1e-9 * matrix[p][p] {
            return false;
        }
        for a in p + 1..6 {
            let factor = m[a][p] / m[p][p];
            for b in p + 1..6 {
                m[a][b] -= factor * m[p][b];
            }
        }
    }
    true
}
