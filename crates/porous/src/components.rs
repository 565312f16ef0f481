//! Connected parts of a phase: what hangs together, what is closed in, what runs through.

use serde::Serialize;

use crate::voxels::{Beyond, Phase, Voxels};

/// Which voxels hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// Those that share a face.
    Faces,
    /// Those that share a face, an edge or a corner.
    Corners,
}

/// A connected part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its voxels.
    pub voxel_count: u64,
    /// Place in the array of its first voxel.
    pub first: usize,
    /// Whether it touches a face of the image.
    pub at_face: bool,
    /// Along which axes it runs from face to face; in a periodic cell, comes back to itself
    /// shifted by whole cells.
    pub through: [bool; 3],
}

/// The parts of a phase.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The largest first, equal ones by their first voxel.
    pub parts: Vec<Part>,
    runs: Vec<Run>,
    part_of_run: Vec<u32>,
    size: [usize; 3],
}

/// Voxels of the phase in one row, from `start` to before `end`.
#[derive(Clone, Copy, Debug)]
struct Run {
    row: u32,
    start: u16,
    end: u16,
}

impl Parts {
    /// For every voxel 1 plus the place of its part in the list, or 0 in the other phase.
    pub fn labels(&self) -> Vec<u32> {
        let mut out = vec![0; self.size.iter().product()];
        for (run, part) in self.runs.iter().zip(&self.part_of_run) {
            let start = run.row as usize * self.size[0];
            out[start + run.start as usize..start + run.end as usize].fill(part + 1);
        }
        out
    }
}

/// Finds the parts of a phase that hang together by their voxels' faces.
pub fn label(voxels: &Voxels, phase: Phase, beyond: Beyond) -> Parts {
    label_by(voxels, phase, beyond, Joint::Faces)
}

/// Finds the parts of a phase.
pub fn label_by(voxels: &Voxels, phase: Phase, beyond: Beyond, joint: Joint) -> Parts {
    let wrap = beyond == Beyond::Periodic;
    let (runs, starts) = runs(voxels, phase == Phase::Solid);
    let mut forest = Forest::new(runs.len());
    let reach = i32::from(joint == Joint::Corners);
    let [ni, nj, nk] = voxels.size;
    let before: &[[isize; 2]] = match joint {
        Joint::Faces => &[[-1, 0], [0, -1]],
        Joint::Corners => &[[-1, 0], [-1, -1], [0, -1], [1, -1]],
    };
    for k in 0..nk {
        for j in 0..nj {
            let here = k * nj + j;
            let own = starts[here] as usize..starts[here + 1] as usize;
            let mut turns = vec![0i32];
            if wrap {
                turns = vec![0, -1, 1];
                let ends = runs[own.clone()].first().zip(runs[own.clone()].last());
                if ends.is_some_and(|(a, b)| a.start == 0 && usize::from(b.end) == ni) {
                    forest.join(own.end - 1, own.start, [1, 0, 0]);
                }
            }
            for [dj, dk] in before {
                let around = |at: usize, d: isize, n: usize| {
                    let to = at as isize + d;
                    let turn = to.div_euclid(n as isize);
                    (wrap || turn == 0).then_some((to.rem_euclid(n as isize) as usize, turn))
                };
                let Some(((j, tj), (k, tk))) = around(j, *dj, nj).zip(around(k, *dk, nk)) else {
                    continue;
                };
                let other = k * nj + j;
                let others = starts[other] as usize..starts[other + 1] as usize;
                for turn in turns.iter().copied().filter(|t| *t == 0 || reach == 1) {
                    let shift = [turn, tj as i32, tk as i32];
                    let near = Near { reach, moved: turn * ni as i32, shift };
                    near.join(&runs, own.clone(), others.clone(), &mut forest);
                }
            }
        }
    }
    gather(voxels, runs, &mut forest, wrap)
}

/// The runs of every row, and where each row's begin.
fn runs(voxels: &Voxels, wanted: bool) -> (Vec<Run>, Vec<u32>) {
    let mut runs = Vec::new();
    let mut starts = vec![0];
    for (row, flags) in voxels.solid.chunks_exact(voxels.size[0]).enumerate() {
        let mut at = 0;
        for run in flags.chunk_by(|a, b| a == b) {
            if run[0] == wanted {
                let (start, end) = (at as u16, (at + run.len()) as u16);
                runs.push(Run { row: row as u32, start, end });
            }
            at += run.len();
        }
        starts.push(runs.len() as u32);
    }
    (runs, starts)
}

/// Two rows beside each other, the second one seen `moved` voxels along and `shift` cells away.
struct Near {
    reach: i32,
    moved: i32,
    shift: [i32; 3],
}

impl Near {
    /// Joins the runs that touch.
    fn join(
        &self,
        runs: &[Run],
        own: std::ops::Range<usize>,
        others: std::ops::Range<usize>,
        forest: &mut Forest,
    ) {
        let (mut a, mut b) = (own.start, others.start);
        while a < own.end && b < others.end {
            let (start, end) = (i32::from(runs[a].start), i32::from(runs[a].end));
            let from = i32::from(runs[b].start) + self.moved;
            let to = i32::from(runs[b].end) + self.moved;
            if from < end + self.reach && start < to + self.reach {
                forest.join(a, b, self.shift);
            }
            if end < to { a += 1 } else { b += 1 }
        }
    }
}

/// Runs that hang together share a root; each knows by how many cells it is shifted from it.
struct Forest {
    parent: Vec<u32>,
    shift: Vec<[i32; 3]>,
    through: Vec<[bool; 3]>,
}

impl Forest {
    fn new(n: usize) -> Self {
        let parent = (0..n as u32).collect();
        Self { parent, shift: vec![[0; 3]; n], through: vec![[false; 3]; n] }
    }

    /// The root of `n`, and by how many cells `n` is shifted from it.
    fn root(&mut self, n: usize) -> (usize, [i32; 3]) {
        let mut path = Vec::new();
        let mut at = n;
        while self.parent[at] as usize != at {
            path.push(at);
            at = self.parent[at] as usize;
        }
        let mut total = [0; 3];
        for &step in path.iter().rev() {
            total = [0, 1, 2].map(|a| total[a] + self.shift[step][a]);
            self.shift[step] = total;
            self.parent[step] = at as u32;
        }
        (at, total)
    }

    /// `b`, seen `shift` cells away, touches `a`.
    fn join(&mut self, a: usize, b: usize, shift: [i32; 3]) {
        let ((ra, sa), (rb, sb)) = (self.root(a), self.root(b));
        let apart = [0, 1, 2].map(|n| sa[n] + shift[n] - sb[n]);
        if ra == rb {
            (0..3).for_each(|n| self.through[ra][n] |= apart[n] != 0);
            return;
        }
        // The earlier run stays the root, so that the order of joints changes nothing.
        let (keep, lose, sign) = if ra < rb { (ra, rb, 1) } else { (rb, ra, -1) };
        self.parent[lose] = keep as u32;
        self.shift[lose] = apart.map(|v| sign * v);
        let lost = self.through[lose];
        (0..3).for_each(|n| self.through[keep][n] |= lost[n]);
    }
}

fn gather(voxels: &Voxels, runs: Vec<Run>, forest: &mut Forest, wrap: bool) -> Parts {
    let [ni, nj, nk] = voxels.size;
    let mut number = vec![u32::MAX; runs.len()];
    let mut parts: Vec<Part> = Vec::new();
    let mut faces: Vec<[[bool; 2]; 3]> = Vec::new();
    let mut part_of_run = Vec::with_capacity(runs.len());
    for (n, run) in runs.iter().enumerate() {
        let (root, _) = forest.root(n);
        if number[root] == u32::MAX {
            number[root] = parts.len() as u32;
            let first = run.row as usize * ni + usize::from(run.start);
            let through = forest.through[root];
            parts.push(Part { voxel_count: 0, first, at_face: false, through });
            faces.push([[false; 2]; 3]);
        }
        let part = number[root] as usize;
        part_of_run.push(part as u32);
        parts[part].voxel_count += u64::from(run.end - run.start);
        let (j, k) = (run.row as usize % nj, run.row as usize / nj);
        let low = [run.start == 0, j == 0, k == 0];
        let high = [usize::from(run.end) == ni, j + 1 == nj, k + 1 == nk];
        for a in 0..3 {
            faces[part][a][0] |= low[a];
            faces[part][a][1] |= high[a];
        }
    }
    for (part, faces) in parts.iter_mut().zip(&faces) {
        part.at_face = faces.iter().flatten().any(|f| *f);
        if !wrap {
            part.through = faces.map(|f| f[0] && f[1]);
        }
    }
    let mut order: Vec<u32> = (0..parts.len() as u32).collect();
    order.sort_by_key(|&n| (u64::MAX - parts[n as usize].voxel_count, n));
    let mut place = vec![0u32; parts.len()];
    order.iter().enumerate().for_each(|(to, from)| place[*from as usize] = to as u32);
    part_of_run.iter_mut().for_each(|p| *p = place[*p as usize]);
    let parts = order.iter().map(|n| parts[*n as usize]).collect();
    Parts { parts, runs, part_of_run, size: voxels.size }
}
