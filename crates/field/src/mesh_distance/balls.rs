//! Balls around triangles: what can be nearest is told by them before any triangle is measured.

use super::lanes::{LANES, Lanes};

/// A ball about a point of a triangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ball {
    /// Its middle, mm.
    pub center: [f32; 3],
    /// Its radius, rounded up, mm.
    pub radius: f32,
}

impl Ball {
    /// Around a triangle, wider by `slack`, mm.
    pub fn around(corners: &[[f64; 3]; 3], slack: f64) -> Self {
        let [a, b, c] = corners;
        let center = [0, 1, 2].map(|i| ((a[i] + b[i] + c[i]) / 3.0) as f32);
        let about = |v: &[f64; 3]| {
            let r = [0, 1, 2].map(|i| v[i] - f64::from(center[i]));
            r[0] * r[0] + r[1] * r[1] + r[2] * r[2]
        };
        let radius = corners.iter().map(about).fold(0.0, f64::max).sqrt();
        Self { center, radius: (radius + slack) as f32 }
    }

    /// Square of the distance of its middle from a place, mm².
    pub fn away2(&self, p: [f32; 3]) -> f32 {
        let d = [0, 1, 2].map(|a| self.center[a] - p[a]);
        d[0].mul_add(d[0], d[1].mul_add(d[1], d[2] * d[2]))
    }

    /// Whether what lies in it can be nearer to one of eight places than `best`.
    #[inline(always)]
    pub fn may_be_nearer(&self, at: &[Lanes<f32>; 3], best: &Lanes<f32>) -> bool {
        let [x, y, z] = self.center;
        let away2 = Lanes::square(&[at[0].less(x), at[1].less(y), at[2].less(z)]);
        let mut may = false;
        for l in 0..LANES {
            let limit = best.0[l] + self.radius;
            may |= away2.0[l] <= limit * limit;
        }
        may
    }
}

/// Balls around leaves of triangles, and which leaf each is.
#[derive(Default, Clone)]
pub struct Balls {
    center: [Vec<f32>; 3],
    radius: Vec<f32>,
    leaf: Vec<u32>,
    /// Distance from the cube's middle to the ball's.
    away: Vec<f32>,
}

impl Balls {
    /// Drops all.
    pub fn clear(&mut self) {
        self.center.iter_mut().for_each(Vec::clear);
        self.radius.clear();
        self.leaf.clear();
    }

    /// Appends one.
    pub fn push(&mut self, ball: Ball, leaf: u32) {
        for a in 0..3 {
            self.center[a].push(ball.center[a]);
        }
        self.radius.push(ball.radius);
        self.leaf.push(leaf);
    }

    /// One of them.
    #[inline(always)]
    pub fn ball(&self, n: usize) -> Ball {
        Ball { center: [0, 1, 2].map(|a| self.center[a][n]), radius: self.radius[n] }
    }

    /// Which leaf it is around.
    pub fn leaf(&self, n: usize) -> usize {
        self.leaf[n] as usize
    }

    /// Takes the distances of their middles from a place: the least of what lies in one, and the
    /// least of a middle.
    pub fn measure(&mut self, c: [f32; 3]) -> (f32, f32) {
        let n = self.radius.len();
        self.away.resize(n, 0.0);
        let (x, y, z) = (&self.center[0][..n], &self.center[1][..n], &self.center[2][..n]);
        for (t, away) in self.away[..n].iter_mut().enumerate() {
            let d = [x[t] - c[0], y[t] - c[1], z[t] - c[2]];
            *away = d[0].mul_add(d[0], d[1].mul_add(d[1], d[2] * d[2])).sqrt();
        }
        // Eight running ends: one alone would wait for itself.
        let mut least = [f32::INFINITY; LANES];
        let mut most = [f32::INFINITY; LANES];
        let lower = |end: &mut f32, v: f32| *end = if v < *end { v } else { *end };
        let (aways, radii) = (self.away.chunks_exact(LANES), self.radius.chunks_exact(LANES));
        for (t, (&away, &radius)) in aways.remainder().iter().zip(radii.remainder()).enumerate() {
            lower(&mut least[t], away - radius);
            lower(&mut most[t], away);
        }
        for (away, radius) in aways.zip(radii) {
            for l in 0..LANES {
                lower(&mut least[l], away[l] - radius[l]);
                lower(&mut most[l], away[l]);
            }
        }
        let end = |ends: [f32; LANES]| ends.into_iter().fold(f32::INFINITY, f32::min);
        (end(least), end(most))
    }

    /// The first whose middle is so far away.
    pub fn first_at(&self, away: f32) -> usize {
        self.away.iter().position(|&own| own == away).unwrap_or(0)
    }

    /// Calls `visit` for those that reach nearer than `limit` to the place that was measured from.
    #[inline(always)]
    pub fn for_each_within(&self, limit: f32, mut visit: impl FnMut(usize)) {
        let n = self.radius.len();
        let (away, radius) = (&self.away[..n], &self.radius[..n]);
        for t in 0..n {
            if away[t] - radius[t] <= limit {
                visit(t);
            }
        }
    }

    /// Copies those that reach nearer than `limit`.
    pub fn thinned(&self, limit: f32, into: &mut Self) {
        into.clear();
        self.for_each_within(limit, |t| into.push(self.ball(t), self.leaf[t]));
    }
}
