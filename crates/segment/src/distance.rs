//! Exact distances on a grid.

use rayon::prelude::*;

/// Squared distance in mm² from every voxel to the nearest one for which `inside` holds.
///
/// # Source
/// Felzenszwalb, Huttenlocher: Theory of Computing 8 (2012) 415-428.
pub fn squared(inside: &[bool], size: [usize; 3], spacing: [f64; 3]) -> Vec<f32> {
    let far = 1e12f32;
    let mut values: Vec<f32> = inside.iter().map(|&b| if b { 0.0 } else { far }).collect();
    let [ni, nj, nk] = size;
    values.par_chunks_mut(ni).for_each(|row| envelope(row, spacing[0]));
    values.par_chunks_mut(ni * nj).for_each(|slice| {
        let mut line = vec![0f32; nj];
        for i in 0..ni {
            for j in 0..nj {
                line[j] = slice[j * ni + i];
            }
            envelope(&mut line, spacing[1]);
            for j in 0..nj {
                slice[j * ni + i] = line[j];
            }
        }
    });
    let plane = ni * nj;
    let columns: Vec<Vec<f32>> = (0..plane)
        .into_par_iter()
        .map(|n| {
            let mut line: Vec<f32> = (0..nk).map(|k| values[k * plane + n]).collect();
            envelope(&mut line, spacing[2]);
            line
        })
        .collect();
    for (n, line) in columns.iter().enumerate() {
        for (k, &v) in line.iter().enumerate() {
            values[k * plane + n] = v;
        }
    }
    values
}

/// Lower envelope of parabolas rooted at the samples of a line.
fn envelope(line: &mut [f32], spacing: f64) {
    let n = line.len();
    let value: Vec<f64> = line.iter().map(|&v| f64::from(v)).collect();
    let x = |i: usize| i as f64 * spacing;
    let mut roots = vec![0usize; n];
    let mut starts = vec![f64::NEG_INFINITY; n + 1];
    let mut last = 0;
    starts[1] = f64::INFINITY;
    for q in 1..n {
        loop {
            let p = roots[last];
            let meet =
                ((value[q] + x(q) * x(q)) - (value[p] + x(p) * x(p))) / (2.0 * (x(q) - x(p)));
            if meet <= starts[last] && last > 0 {
                last -= 1;
                continue;
            }
            if meet > starts[last] {
                last += 1;
                starts[last] = meet;
            }
            roots[last] = q;
            starts[last + 1] = f64::INFINITY;
            break;
        }
    }
    let mut at = 0;
    for (i, out) in line.iter_mut().enumerate() {
        while starts[at + 1] < x(i) {
            at += 1;
        }
        let d = x(i) - x(roots[at]);
        *out = (d * d + value[roots[at]]) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_exact() {
        let (size, spacing) = ([9, 8, 7], [0.5, 1.0, 1.5]);
        let count = size.iter().product();
        let mut inside = vec![false; count];
        let marks = [17, 200, 333];
        marks.iter().for_each(|&n| inside[n] = true);
        let at = |n: usize| {
            [
                (n % 9) as f64 * spacing[0],
                (n / 9 % 8) as f64 * spacing[1],
                (n / 72) as f64 * spacing[2],
            ]
        };
        let found = squared(&inside, size, spacing);
        for n in 0..count {
            let p = at(n);
            let to = |m: usize| (0..3).map(|a| (p[a] - at(m)[a]).powi(2)).sum::<f64>();
            let truth = marks.iter().map(|&m| to(m)).fold(f64::INFINITY, f64::min);
            assert!((f64::from(found[n]) - truth).abs() < 1e-4, "{n}: {} {truth}", found[n]);
        }
    }
}
