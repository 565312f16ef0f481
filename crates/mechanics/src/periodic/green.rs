//! The inverse of a homogeneous cell's stiffness, applied through Fourier transforms.
//!
//! A cell of one material has a stiffness that is a convolution: each wave has a matrix of 3 x 3 of
//! its own, real and symmetric, made from the one-dimensional matrices of linear elements. Its
//! inverse preconditions cells of material and void alike (Leuschner and Fritzen, Comput. Mech. 62
//! (2018) 359-392). The kernel is real, so that two loads travel as one complex field: the first
//! in its real part, the second in its imaginary one.

use rayon::prelude::*;

use super::fourier::{Fourier, LANES, Lane, ZERO};
use super::nodes::Nodes;

/// Numbers after each plane, so that no column meets the same part of the cache over and over.
const SPACE: usize = 48;

/// One-dimensional matrices of linear elements in a wave.
struct Waves {
    /// Mass: `(2 + cos) / 3`.
    mass: Vec<f32>,
    /// Stiffness: `2 - 2 cos`.
    stiff: Vec<f32>,
    /// Slope: `sin`.
    slope: Vec<f32>,
}

impl Waves {
    fn new(n: usize) -> Self {
        let angle = |k: usize| 2.0 * std::f64::consts::PI * k as f64 / n as f64;
        let of = |f: &dyn Fn(f64, f64) -> f64| {
            let wave = |k| {
                let (sin, cos) = ossein_geom::float::sin_cos(angle(k));
                f(sin, cos) as f32
            };
            let mut values: Vec<f32> = (0..n).map(wave).collect();
            values.resize(n.next_multiple_of(LANES), 0.0);
            values
        };
        // 2 - 2 cos cancels for long waves: 4 sin^2 of the half angle does not.
        let half = |k: usize| ossein_geom::float::sin(0.5 * angle(k));
        let mut stiff: Vec<f32> = (0..n).map(|k| (4.0 * half(k) * half(k)) as f32).collect();
        stiff.resize(n.next_multiple_of(LANES), 0.0);
        Self { mass: of(&|_, cos| (2.0 + cos) / 3.0), stiff, slope: of(&|sin, _| sin) }
    }
}

/// The preconditioner.
pub(super) struct Green {
    size: [usize; 3],
    plans: [Fourier; 3],
    waves: [Waves; 3],
    /// C11, C12, C44 of the homogeneous cell.
    moduli: [f32; 3],
    /// Real and imaginary parts of x, y, z, plane after plane.
    field: Vec<f32>,
}

/// Room for the lines of one task.
struct Room {
    lines: [Vec<Lane>; 3],
    spare: Vec<Lane>,
}

impl Room {
    fn new(length: usize) -> Self {
        Self { lines: std::array::from_fn(|_| vec![ZERO; length]), spare: vec![ZERO; length] }
    }
}

impl Green {
    /// For a cell of this size and a homogeneous material with these C11, C12 and C44.
    pub fn new(size: [usize; 3], moduli: [f64; 3]) -> Self {
        let field = vec![0.0; size[2] * plane_length(size)];
        let moduli = moduli.map(|c| c as f32);
        Self { size, plans: size.map(Fourier::new), waves: size.map(Waves::new), moduli, field }
    }

    /// Bytes of the field.
    pub fn byte_count(size: [usize; 3]) -> u64 {
        4 * (size[2] * plane_length(size)) as u64
    }

    /// Writes the preconditioned `r` to `z` and returns their product for each load.
    pub fn precondition(&mut self, nodes: &Nodes, r: &[f32], z: &mut [f32]) -> [f64; 2] {
        let [ni, nj, nk] = self.size;
        let mut field = std::mem::take(&mut self.field);
        let length = plane_length(self.size);
        let room = || Room::new(ni.max(nj));
        field.par_chunks_mut(length).enumerate().for_each_init(room, |room, (k, plane)| {
            self.forward(nodes, k, nodes.plane(r, k), plane, room);
        });
        let mut rows: Vec<Vec<&mut [f32]>> = (0..nj).map(|_| Vec::with_capacity(6 * nk)).collect();
        for plane in field.chunks_mut(length) {
            let rows_of_plane = plane[..6 * ni * nj].chunks_exact_mut(ni).enumerate();
            rows_of_plane.for_each(|(n, row)| rows[n % nj].push(row));
        }
        rows.into_par_iter().enumerate().for_each_init(
            || Room::new(nk),
            |room, (j, mut rows)| self.columns(j, &mut rows, room),
        );
        let parts: Vec<(usize, &mut [f32])> = nodes.split(z).into_iter().enumerate().collect();
        let products: Vec<[f64; 2]> = parts
            .into_par_iter()
            .zip(field.par_chunks_mut(length))
            .map_init(room, |room, ((k, z), plane)| {
                self.backward(nodes, k, plane, z, room);
                super::conjugate::products(nodes.plane(r, k), z)
            })
            .collect();
        self.field = field;
        products.iter().fold([0.0; 2], |sum, p| [sum[0] + p[0], sum[1] + p[1]])
    }

    /// From the nodes of a plane to its waves along x and y.
    fn forward(&self, nodes: &Nodes, k: usize, r: &[f32], plane: &mut [f32], room: &mut Room) {
        let [ni, nj, _] = self.size;
        let (count, area) = (nodes.plane_count(k), ni * nj);
        for c in 0..3 {
            let (re, im) = plane[2 * c * area..2 * (c + 1) * area].split_at_mut(area);
            let first = &r[c * count..(c + 1) * count];
            let second = &r[(c + 3) * count..(c + 4) * count];
            for j in (0..nj).step_by(LANES) {
                let width = LANES.min(nj - j);
                let lines = &mut room.lines[0][..ni];
                lines.fill(ZERO);
                let mut any = false;
                for lane in 0..width {
                    for strip in nodes.row(j + lane, k) {
                        any = true;
                        let (start, end) = (strip.start as usize, strip.end as usize);
                        let from = strip.first as usize..strip.first as usize + end - start;
                        let pairs = first[from.clone()].iter().zip(&second[from]);
                        for (line, (a, b)) in lines[start..end].iter_mut().zip(pairs) {
                            line.re[lane] = *a;
                            line.im[lane] = *b;
                        }
                    }
                }
                if any {
                    self.plans[0].transform(lines, &mut room.spare);
                }
                let rows = j * ni..(j + width) * ni;
                to_rows(lines, ni, &mut re[rows.clone()], &mut im[rows]);
            }
            for i in (0..ni).step_by(LANES) {
                let lines = &mut room.lines[0][..nj];
                load(lines, re, im, i, ni);
                self.plans[1].transform(lines, &mut room.spare);
                store(lines, re, im, i, ni);
            }
        }
    }

    /// From the waves of a plane to its nodes.
    fn backward(&self, nodes: &Nodes, k: usize, plane: &mut [f32], z: &mut [f32], room: &mut Room) {
        let [ni, nj, _] = self.size;
        let (count, area) = (nodes.plane_count(k), ni * nj);
        for c in 0..3 {
            let (re, im) = plane[2 * c * area..2 * (c + 1) * area].split_at_mut(area);
            // Parts exchanged: the inverse transform.
            for i in (0..ni).step_by(LANES) {
                let lines = &mut room.lines[0][..nj];
                load(lines, im, re, i, ni);
                self.plans[1].transform(lines, &mut room.spare);
                store(lines, im, re, i, ni);
            }
            let (first, second) = z.split_at_mut(3 * count);
            let first = &mut first[c * count..(c + 1) * count];
            let second = &mut second[c * count..(c + 1) * count];
            for j in (0..nj).step_by(LANES) {
                let width = LANES.min(nj - j);
                if (j..j + width).all(|j| nodes.row(j, k).is_empty()) {
                    continue;
                }
                let lines = &mut room.lines[0][..ni];
                let rows = j * ni..(j + width) * ni;
                from_rows(lines, ni, &im[rows.clone()], &re[rows]);
                self.plans[0].transform(lines, &mut room.spare);
                for lane in 0..width {
                    for strip in nodes.row(j + lane, k) {
                        let (start, end) = (strip.start as usize, strip.end as usize);
                        let to = strip.first as usize..strip.first as usize + end - start;
                        let pairs = first[to.clone()].iter_mut().zip(&mut second[to]);
                        for (line, (a, b)) in lines[start..end].iter().zip(pairs) {
                            *a = line.im[lane];
                            *b = line.re[lane];
                        }
                    }
                }
            }
        }
    }

    /// Waves along z of the columns of a row, divided by the homogeneous stiffness, and back.
    /// `rows` holds six rows of each plane.
    fn columns(&self, j: usize, rows: &mut [&mut [f32]], room: &mut Room) {
        let [ni, _, nk] = self.size;
        for i in (0..ni).step_by(LANES) {
            let width = LANES.min(ni - i);
            for c in 0..3 {
                for (k, line) in room.lines[c][..nk].iter_mut().enumerate() {
                    read(&mut line.re, &rows[6 * k + 2 * c][i..i + width]);
                    read(&mut line.im, &rows[6 * k + 2 * c + 1][i..i + width]);
                }
                self.plans[2].transform(&mut room.lines[c][..nk], &mut room.spare);
            }
            let [x, y, z] = &mut room.lines;
            for k in 0..nk {
                self.divide([i, j, k], [&mut x[k], &mut y[k], &mut z[k]]);
            }
            for c in 0..3 {
                self.plans[2].transform(&mut room.lines[c][..nk], &mut room.spare);
                for (k, line) in room.lines[c][..nk].iter().enumerate() {
                    write(&line.im, &mut rows[6 * k + 2 * c][i..i + width]);
                    write(&line.re, &mut rows[6 * k + 2 * c + 1][i..i + width]);
                }
            }
        }
    }

    /// Divides sixteen waves by the stiffness, and exchanges their parts.
    #[inline(always)]
    fn divide(&self, [i, j, k]: [usize; 3], [x, y, z]: [&mut Lane; 3]) {
        let [c11, c12, c44] = self.moduli;
        let volume = (self.size[0] * self.size[1] * self.size[2]) as f32;
        let of = |w: &[f32]| -> [f32; LANES] { w[i..i + LANES].try_into().expect("sixteen") };
        let (mx, dx, sx) =
            (of(&self.waves[0].mass), of(&self.waves[0].stiff), of(&self.waves[0].slope));
        let at = |w: &Waves, n: usize| (w.mass[n], w.stiff[n], w.slope[n]);
        let ((my, dy, sy), (mz, dz, sz)) = (at(&self.waves[1], j), at(&self.waves[2], k));
        let mixed = c12 + c44;
        let (mm, dm, md) = (my * mz, dy * mz, my * dz);
        let (across, ym, zm, yz) = (c44 * (dm + md), mixed * sy * mz, mixed * my * sz, sy * sz);
        for lane in 0..LANES {
            let (m, d, s) = (mx[lane], dx[lane], sx[lane]);
            let along = c44 * d * mm;
            let kxx = c11 * d * mm + m * across;
            let kyy = m * (c11 * dm + c44 * md) + along;
            let kzz = m * (c11 * md + c44 * dm) + along;
            let (kxy, kxz, kyz) = (s * ym, s * zm, mixed * m * yz);
            let (axx, axy) = (kyy * kzz - kyz * kyz, kxz * kyz - kxy * kzz);
            let axz = kxy * kyz - kxz * kyy;
            let (ayy, azz) = (kxx * kzz - kxz * kxz, kxx * kyy - kxy * kxy);
            let ayz = kxy * kxz - kxx * kyz;
            let determinant = (kxx * axx + kxy * axy + kxz * axz) * volume;
            // The mean has no stiffness: it stays zero.
            let scale = if determinant > 0.0 { 1.0 / determinant } else { 0.0 };
            let (a, b, c) = (x.re[lane], y.re[lane], z.re[lane]);
            let (d, e, f) = (x.im[lane], y.im[lane], z.im[lane]);
            x.im[lane] = (axx * a + axy * b + axz * c) * scale;
            y.im[lane] = (axy * a + ayy * b + ayz * c) * scale;
            z.im[lane] = (axz * a + ayz * b + azz * c) * scale;
            x.re[lane] = (axx * d + axy * e + axz * f) * scale;
            y.re[lane] = (axy * d + ayy * e + ayz * f) * scale;
            z.re[lane] = (axz * d + ayz * e + azz * f) * scale;
        }
    }
}

/// Room of a plane.
fn plane_length([ni, nj, _]: [usize; 3]) -> usize {
    6 * ni * nj + SPACE
}

/// Fills lanes from numbers that lie in a row, all sixteen at once where there are as many.
#[inline(always)]
fn read(to: &mut [f32; LANES], from: &[f32]) {
    match <&[f32; LANES]>::try_from(from) {
        Ok(all) => *to = *all,
        Err(_) => to[..from.len()].copy_from_slice(from),
    }
}

#[inline(always)]
fn write(from: &[f32; LANES], to: &mut [f32]) {
    match <&mut [f32; LANES]>::try_from(&mut *to) {
        Ok(all) => *all = *from,
        Err(_) => to.copy_from_slice(&from[..to.len()]),
    }
}

/// Lines along y: sixteen neighbours of every row, from `i` on.
fn load(lines: &mut [Lane], re: &[f32], im: &[f32], i: usize, ni: usize) {
    let width = LANES.min(ni - i);
    for (j, line) in lines.iter_mut().enumerate() {
        read(&mut line.re, &re[j * ni + i..][..width]);
        read(&mut line.im, &im[j * ni + i..][..width]);
    }
}

fn store(lines: &[Lane], re: &mut [f32], im: &mut [f32], i: usize, ni: usize) {
    let width = LANES.min(ni - i);
    for (j, line) in lines.iter().enumerate() {
        write(&line.re, &mut re[j * ni + i..][..width]);
        write(&line.im, &mut im[j * ni + i..][..width]);
    }
}

/// Columns of a block that are turned into rows together.
const TILE: usize = 8;

/// Writes lines that run along x as rows.
fn to_rows(lines: &[Lane], ni: usize, re: &mut [f32], im: &mut [f32]) {
    for i in (0..ni).step_by(TILE) {
        let tile = &lines[i..ni.min(i + TILE)];
        let rows = re.chunks_exact_mut(ni).zip(im.chunks_exact_mut(ni)).enumerate();
        for (lane, (re, im)) in rows {
            if let (Ok(re), Ok(im), Ok(tile)) = (
                <&mut [f32; TILE]>::try_from(&mut re[i..i + tile.len()]),
                <&mut [f32; TILE]>::try_from(&mut im[i..i + tile.len()]),
                <&[Lane; TILE]>::try_from(tile),
            ) {
                *re = std::array::from_fn(|n| tile[n].re[lane]);
                *im = std::array::from_fn(|n| tile[n].im[lane]);
            } else {
                for (n, line) in tile.iter().enumerate() {
                    re[i + n] = line.re[lane];
                    im[i + n] = line.im[lane];
                }
            }
        }
    }
}

/// Reads rows as lines that run along x; lanes without a row keep what they held.
fn from_rows(lines: &mut [Lane], ni: usize, re: &[f32], im: &[f32]) {
    for i in (0..ni).step_by(TILE) {
        let tile = &mut lines[i..ni.min(i + TILE)];
        for (lane, (re, im)) in re.chunks_exact(ni).zip(im.chunks_exact(ni)).enumerate() {
            let (re, im) = (&re[i..i + tile.len()], &im[i..i + tile.len()]);
            for (line, (re, im)) in tile.iter_mut().zip(re.iter().zip(im)) {
                line.re[lane] = *re;
                line.im[lane] = *im;
            }
        }
    }
}
