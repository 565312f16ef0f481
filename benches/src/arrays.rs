//! The benchmark's voxel arrays, made in code: sheet gyroids by rank of their function.

use ossein_geom::float;
use ossein_porous::components::label;
use ossein_porous::{Beyond, Phase, Voxels};

/// A sheet gyroid of `cells` periods a side: the share of voxels with the smallest `|F|`, where
/// `F = sin X cos Y + sin Y cos Z + sin Z cos X` at voxel centres, rounded to a billionth so that
/// voxels that symmetry makes equal tie; all that tie with the last are taken.
pub fn sheet_gyroid(n: usize, cells: usize, share: f64) -> Voxels {
    lowest(n, &gyroid(n, cells), share)
}

/// T1 and T4: a sheet gyroid of 30 %, cut down to its largest part joined by faces; 4 periods a
/// side, 2 for 64 voxels.
pub fn t1(n: usize) -> Voxels {
    let mut voxels = sheet_gyroid(n, if n > 64 { 4 } else { 2 }, 0.30);
    let labels = label(&voxels, Phase::Solid, Beyond::Void).labels();
    voxels.solid = labels.iter().map(|l| *l == 1).collect();
    voxels
}

/// T2 and T3: one period of a sheet gyroid of 30 %.
pub fn t2(n: usize) -> Voxels {
    sheet_gyroid(n, 1, 0.30)
}

/// The values as an `.npy` file of unsigned bytes, `[k][j][i]`, 1 where solid.
pub fn npy(voxels: &Voxels) -> Vec<u8> {
    let [i, j, k] = voxels.size;
    let fields = format!("'descr': '|u1', 'fortran_order': False, 'shape': ({k}, {j}, {i}), ");
    let mut header = format!("{{{fields}}}");
    while (header.len() + 11) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend((header.len() as u16).to_le_bytes());
    out.extend(header.bytes());
    out.extend(voxels.solid.iter().map(|s| u8::from(*s)));
    out
}

fn cube(n: usize, solid: Vec<bool>) -> Voxels {
    Voxels::new([n; 3], [1.0; 3], solid).expect("a cube of voxels")
}

fn gyroid(n: usize, cells: usize) -> Vec<f64> {
    let turn = 2.0 * std::f64::consts::PI * cells as f64;
    let wave: Vec<(f64, f64)> =
        (0..n).map(|i| float::sin_cos(turn * (i as f64 + 0.5) / n as f64)).collect();
    let mut out = Vec::with_capacity(n * n * n);
    for z in &wave {
        for y in &wave {
            for x in &wave {
                let f = x.0 * y.1 + y.0 * z.1 + z.0 * x.1;
                out.push((f * 1e9).round_ties_even() / 1e9);
            }
        }
    }
    out
}

fn lowest(n: usize, values: &[f64], share: f64) -> Voxels {
    let count = (share * values.len() as f64).round_ties_even() as usize;
    let mut ranks: Vec<f64> = values.iter().map(|v| v.abs()).collect();
    let limit = *ranks.select_nth_unstable_by(count.max(1) - 1, f64::total_cmp).1;
    cube(n, values.iter().map(|v| v.abs() <= limit).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts of the reference arrays.
    #[test]
    fn arrays_are_the_reference_arrays() {
        assert_eq!(t1(64).solid_count(), 80_126);
        assert_eq!(t1(128).solid_count(), 641_022);
        let share = |v: &Voxels| v.solid_count() as f64 / v.voxel_count() as f64;
        assert!((share(&t2(32)) - (1.0 - 0.694336)).abs() < 1e-6);
        assert!((share(&t2(64)) - 0.30017090).abs() < 1e-8);
        assert!((share(&t2(128)) - 0.30001831).abs() < 1e-8);
    }
}
