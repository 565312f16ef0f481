//! The multigrid cycle for a component of velocity.

use super::faces::Faces;
use super::level::{Level, Transfer};

/// Smoothing steps before and after each coarser level.
const DEGREE: usize = 2;
/// Steps on the coarsest level.
const COARSEST_DEGREE: usize = 12;
/// The coarsest level has no more places along any axis.
const COARSEST_SIZE: usize = 6;
/// No eigenvalue of a matrix over its diagonal is larger, where rows are dominated by it.
const EIGENVALUE_MAX: f64 = 2.0;

/// The levels of one component.
pub(super) struct Hierarchy {
    levels: Vec<Level>,
    transfers: Vec<Transfer>,
}

/// Arrays of every level.
pub(super) struct Room {
    levels: Vec<Arrays>,
}

struct Arrays {
    b: Vec<f32>,
    x: Vec<f32>,
    next: Vec<f32>,
    d: Vec<f32>,
}

impl Hierarchy {
    pub fn new(faces: &Faces, component: usize) -> Self {
        let mut levels = vec![Level::finest(faces, component)];
        let mut transfers = Vec::new();
        while levels[levels.len() - 1].size.iter().any(|n| *n > COARSEST_SIZE) {
            let last = &levels[levels.len() - 1];
            transfers.push(Transfer::new(last.size));
            let coarser = last.coarser();
            levels.push(coarser);
        }
        Self { levels, transfers }
    }

    /// Arrays that serve every component in turn.
    pub fn room(&self) -> Room {
        let arrays = |level: &Level| {
            let n = level.inverse.len();
            Arrays { b: vec![0.0; n], x: vec![0.0; n], next: vec![0.0; n], d: vec![0.0; n] }
        };
        let mut levels: Vec<Arrays> = self.levels.iter().map(arrays).collect();
        levels[0].b = Vec::new();
        Room { levels }
    }

    /// One cycle from rest: `out` is nearly the inverse of the operator on `b`, and symmetric.
    pub fn cycle(&self, b: &[f32], out: &mut [f32], room: &mut Room) {
        self.descend(0, Some((b, out)), room);
    }

    /// The cycle from level `n` down; the finest level is given its right side and its result.
    fn descend(&self, n: usize, given: Option<(&[f32], &mut [f32])>, room: &mut Room) {
        let level = &self.levels[n];
        let (upper, lower) = room.levels.split_at_mut(n + 1);
        let here = &mut upper[n];
        let own = std::mem::take(&mut here.b);
        let (b, out) = match given {
            Some((b, out)) => (b, Some(out)),
            None => (&own[..], None),
        };
        let last = n + 1 == self.levels.len();
        let degree = if last { COARSEST_DEGREE } else { DEGREE };
        if last {
            smooth(level, degree, b, here, true, out);
        } else {
            smooth(level, degree, b, here, true, None);
            level.residual(b, &here.x, &mut here.next);
            self.transfers[n].restrict(&here.next, &mut lower[0].b);
            self.descend(n + 1, None, room);
            let (upper, lower) = room.levels.split_at_mut(n + 1);
            let here = &mut upper[n];
            self.transfers[n].prolong(&lower[0].x, &level.inverse, &mut here.x);
            smooth(level, DEGREE, b, here, false, out);
        }
        room.levels[n].b = own;
    }
}

/// Chebyshev's iteration of the fourth kind over the diagonal; the last step goes to `out`, if
/// that is given.
///
/// # Source
/// Lottes: Numer. Linear Algebra Appl. 30 (2023) e2518.
fn smooth(
    level: &Level,
    degree: usize,
    b: &[f32],
    here: &mut Arrays,
    from_rest: bool,
    mut out: Option<&mut [f32]>,
) {
    for n in 1..=degree {
        let i = n as f64;
        let old = if n == 1 { 0.0 } else { (2.0 * i - 3.0) / (2.0 * i + 1.0) };
        let new = (8.0 * i - 4.0) / ((2.0 * i + 1.0) * EIGENVALUE_MAX);
        let Arrays { x, next, d, .. } = here;
        let to = out.take_if(|_| n == degree).unwrap_or(&mut next[..]);
        if n == 1 && from_rest {
            level.first_step(new as f32, b, d, to);
        } else {
            level.step([old as f32, new as f32], b, x, d, to);
        }
        std::mem::swap(&mut here.x, &mut here.next);
    }
}
