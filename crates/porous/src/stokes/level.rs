//! A component of velocity on coarser grids: seven-point operators whose links add up.

use rayon::prelude::*;

use super::faces::{Faces, row};
use super::operator::neighbours;

/// Places along an axis are joined in twos, the last alone if their number is odd.
#[derive(Clone)]
pub(super) struct Joined {
    /// For each fine place, its coarse place and the next nearest one, with their weights.
    pub parents: Vec<[(u32, f32); 2]>,
    /// For each coarse place, the fine places that it feeds, with the weights.
    pub children: Vec<Vec<(u32, f32)>>,
}

impl Joined {
    fn new(n: usize) -> Self {
        let coarse = n.div_ceil(2);
        let parent = |i: usize| {
            let own = i / 2;
            let next = if i % 2 == 1 { own + 1 } else { own + coarse - 1 } % coarse;
            let pair = if n == 1 { (1.0, 0.0) } else { (0.75, 0.25) };
            [(own as u32, pair.0), (next as u32, pair.1)]
        };
        let parents: Vec<_> = (0..n).map(parent).collect();
        let mut children = vec![Vec::new(); coarse];
        for (i, pair) in parents.iter().enumerate() {
            for (p, weight) in pair.iter().filter(|(_, w)| *w > 0.0) {
                children[*p as usize].push((i as u32, *weight));
            }
        }
        Self { parents, children }
    }
}

/// A level's operator for one component.
pub(super) struct Level {
    pub size: [usize; 3],
    /// Inverse diagonal; 0 where nothing moves.
    pub inverse: Vec<f32>,
    /// Links to the next place along `i`, `j`, `k`; none where all are 1.
    links: Option<[Vec<f32>; 3]>,
}

impl Level {
    /// The voxels' own level.
    pub fn finest(faces: &Faces, component: usize) -> Self {
        Self { size: faces.size, inverse: faces.inverse[component].clone(), links: None }
    }

    fn link(&self, axis: usize, n: usize, next: usize) -> f32 {
        match &self.links {
            Some(links) => links[axis][n],
            None => f32::from(u8::from(self.inverse[n] > 0.0 && self.inverse[next] > 0.0)),
        }
    }

    /// The next coarser level: links between blocks of 2 x 2 x 2 places add up, and so does what
    /// holds them to walls; both halve, as the blocks stand twice as far apart.
    pub fn coarser(&self) -> Self {
        let fine = self.size;
        let size = fine.map(|n| n.div_ceil(2));
        let count: usize = size.iter().product();
        let mut links = [vec![0f32; count], vec![0f32; count], vec![0f32; count]];
        let mut diagonal = vec![0f32; count];
        let strides = [1, fine[0], fine[0] * fine[1]];
        for n in 0..self.inverse.len() {
            if self.inverse[n] == 0.0 {
                continue;
            }
            let at = [n % fine[0], n / fine[0] % fine[1], n / (fine[0] * fine[1])];
            let up = at.map(|v| v / 2);
            let block = (up[2] * size[1] + up[1]) * size[0] + up[0];
            diagonal[block] += 1.0 / self.inverse[n];
            for a in 0..3 {
                let last = at[a] + 1 == fine[a];
                let next = if last { n - at[a] * strides[a] } else { n + strides[a] };
                let link = self.link(a, n, next);
                let next_up = if last { 0 } else { at[a].div_ceil(2) };
                if next_up == up[a] {
                    // Within a block both ends move as one.
                    diagonal[block] -= 2.0 * link;
                } else {
                    links[a][block] += link;
                }
            }
        }
        links.iter_mut().flatten().for_each(|v| *v *= 0.5);
        let inverse = diagonal.iter().map(|d| if *d > 1e-3 { 2.0 / d } else { 0.0 }).collect();
        Self { size, inverse, links: Some(links) }
    }

    /// Weighted sum of the six neighbours along a row.
    #[inline(always)]
    fn sums(&self, u: &[f32], j: usize, k: usize, sums: &mut [f32]) {
        let Some(links) = &self.links else {
            neighbours(u, self.size, j, k, sums);
            return;
        };
        let (size, n) = (self.size, self.size[0]);
        let place = |dj, dk| row(size, j, k, dj, dk);
        let (here, li) = (&u[place(0, 0)..][..n], &links[0][place(0, 0)..][..n]);
        for i in 0..n {
            let (before, after) = (if i == 0 { n - 1 } else { i - 1 }, (i + 1) % n);
            sums[i] = li[i] * here[after] + li[before] * here[before];
        }
        let pairs = [
            (&links[1], place(0, 0), place(1, 0)),
            (&links[1], place(-1, 0), place(-1, 0)),
            (&links[2], place(0, 0), place(0, 1)),
            (&links[2], place(0, -1), place(0, -1)),
        ];
        for (links, link, other) in pairs {
            let (link, other) = (&links[link..][..n], &u[other..][..n]);
            for i in 0..n {
                sums[i] += link[i] * other[i];
            }
        }
    }

    /// A step of Chebyshev's iteration: `d = old d + new (b - A x) / diagonal`, and `next = x + d`.
    pub fn step(
        &self,
        [old, new]: [f32; 2],
        b: &[f32],
        x: &[f32],
        d: &mut [f32],
        next: &mut [f32],
    ) {
        let [ni, nj, _] = self.size;
        let plane = ni * nj;
        let planes = d.par_chunks_mut(plane).zip(next.par_chunks_mut(plane));
        planes.enumerate().for_each(|(k, (d, next))| {
            let mut sums = vec![0f32; ni];
            for j in 0..nj {
                self.sums(x, j, k, &mut sums);
                let (at, to) = ((k * nj + j) * ni, j * ni);
                let (b, x) = (&b[at..][..ni], &x[at..][..ni]);
                let inverse = &self.inverse[at..][..ni];
                step_row(
                    [old, new],
                    [b, x, &sums, inverse],
                    &mut d[to..][..ni],
                    &mut next[to..][..ni],
                );
            }
        });
    }

    /// The first step from rest.
    pub fn first_step(&self, new: f32, b: &[f32], d: &mut [f32], next: &mut [f32]) {
        let plane = self.size[0] * self.size[1];
        let planes = d.par_chunks_mut(plane).zip(next.par_chunks_mut(plane));
        planes.enumerate().for_each(|(k, (d, next))| {
            let at = k * plane;
            first_row(new, &b[at..][..d.len()], &self.inverse[at..][..d.len()], d, next);
        });
    }

    /// `out = b - A x`.
    pub fn residual(&self, b: &[f32], x: &[f32], out: &mut [f32]) {
        let [ni, nj, _] = self.size;
        out.par_chunks_mut(ni * nj).enumerate().for_each(|(k, out)| {
            let mut sums = vec![0f32; ni];
            for j in 0..nj {
                self.sums(x, j, k, &mut sums);
                let at = (k * nj + j) * ni;
                let inverse = &self.inverse[at..][..ni];
                let given = [&b[at..][..ni], &x[at..][..ni], &sums[..], inverse];
                residual_row(given, &mut out[j * ni..][..ni]);
            }
        });
    }
}

#[inline(never)]
fn step_row(
    [old, new]: [f32; 2],
    [b, x, sums, inverse]: [&[f32]; 4],
    d: &mut [f32],
    next: &mut [f32],
) {
    let n = d.len();
    let (b, x, sums, inverse) = (&b[..n], &x[..n], &sums[..n], &inverse[..n]);
    let next = &mut next[..n];
    for i in 0..n {
        d[i] = old * d[i] + new * (inverse[i] * (b[i] + sums[i]) - x[i]);
        next[i] = x[i] + d[i];
    }
}

#[inline(never)]
fn first_row(new: f32, b: &[f32], inverse: &[f32], d: &mut [f32], next: &mut [f32]) {
    let n = d.len();
    let (b, inverse, next) = (&b[..n], &inverse[..n], &mut next[..n]);
    for i in 0..n {
        d[i] = new * inverse[i] * b[i];
        next[i] = d[i];
    }
}

#[inline(never)]
fn residual_row([b, x, sums, inverse]: [&[f32]; 4], out: &mut [f32]) {
    let n = out.len();
    let (b, x, sums, inverse) = (&b[..n], &x[..n], &sums[..n], &inverse[..n]);
    for i in 0..n {
        let open = inverse[i] > 0.0;
        let value = b[i] + sums[i] - x[i] / if open { inverse[i] } else { 1.0 };
        out[i] = if open { value } else { 0.0 };
    }
}

/// How a level's places feed the next coarser one's.
pub(super) struct Transfer {
    fine: [usize; 3],
    coarse: [usize; 3],
    axes: [Joined; 3],
}

impl Transfer {
    pub fn new(fine: [usize; 3]) -> Self {
        Self { fine, coarse: fine.map(|n| n.div_ceil(2)), axes: fine.map(Joined::new) }
    }

    /// `coarse = P^T fine`.
    pub fn restrict(&self, fine: &[f32], coarse: &mut [f32]) {
        let [ni, nj, _] = self.fine;
        let [ci, cj, _] = self.coarse;
        coarse.par_chunks_mut(ci * cj).enumerate().for_each(|(k, coarse)| {
            let mut line = vec![0f32; ni];
            for (j, coarse) in coarse.chunks_exact_mut(ci).enumerate() {
                line.fill(0.0);
                for (fk, wk) in &self.axes[2].children[k] {
                    for (fj, wj) in &self.axes[1].children[j] {
                        let start = (*fk as usize * nj + *fj as usize) * ni;
                        add_row(wk * wj, &fine[start..][..ni], &mut line);
                    }
                }
                for (value, children) in coarse.iter_mut().zip(&self.axes[0].children) {
                    *value = children.iter().map(|(i, w)| w * line[*i as usize]).sum();
                }
            }
        });
    }

    /// `x += P coarse` where `inverse` is not 0.
    pub fn prolong(&self, coarse: &[f32], inverse: &[f32], x: &mut [f32]) {
        let [ni, nj, _] = self.fine;
        let [ci, cj, _] = self.coarse;
        x.par_chunks_mut(ni * nj).enumerate().for_each(|(k, x)| {
            let mut line = vec![0f32; ci];
            for (j, x) in x.chunks_exact_mut(ni).enumerate() {
                line.fill(0.0);
                for (ck, wk) in self.axes[2].parents[k] {
                    for (cj_at, wj) in self.axes[1].parents[j] {
                        let start = (ck as usize * cj + cj_at as usize) * ci;
                        add_row(wk * wj, &coarse[start..][..ci], &mut line);
                    }
                }
                let inverse = &inverse[(k * nj + j) * ni..][..ni];
                for ((x, inverse), [a, b]) in x.iter_mut().zip(inverse).zip(&self.axes[0].parents) {
                    let value = a.1 * line[a.0 as usize] + b.1 * line[b.0 as usize];
                    *x += if *inverse > 0.0 { value } else { 0.0 };
                }
            }
        });
    }
}

#[inline(never)]
fn add_row(weight: f32, from: &[f32], to: &mut [f32]) {
    let from = &from[..to.len()];
    for i in 0..to.len() {
        to[i] += weight * from[i];
    }
}
