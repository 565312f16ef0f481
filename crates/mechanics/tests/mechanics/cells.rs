//! Cells of voxels by rank of a function at voxel centres, for comparison with other programs.

use ossein_geom::{Mpa, float};
use ossein_mechanics::{LabelModel, cubic, isotropic};

/// Modulus of the solid in the tables, Poisson's ratio 0.3.
pub const SOLID: Mpa = Mpa(1.0);

/// A cell of the tables: its name, the share of voxels wanted, and its edge in voxels.
///
/// Values are rounded to a billionth, so that voxels that symmetry makes equal tie; all that tie
/// with the last are taken.
pub fn cell(name: &str, share: f64, n: usize) -> LabelModel {
    let (word, form) = name.split_once(' ').unwrap();
    let turn = |i: usize| float::sin_cos(2.0 * std::f64::consts::PI * (i as f64 + 0.5) / n as f64);
    let table: Vec<(f64, f64)> = (0..n).map(turn).collect();
    let mut values = Vec::with_capacity(n * n * n);
    for k in 0..n {
        for j in 0..n {
            for i in 0..n {
                let f = match form {
                    "strut" => {
                        let at = [i, j, k].map(|v| (v as f64 + 0.5) / n as f64);
                        strut_distance(word, at)
                    }
                    _ => surface(word, [table[i], table[j], table[k]]),
                };
                let f = (f * 1e9).round_ties_even() / 1e9;
                values.push(if form == "sheet" { f.abs() } else { f });
            }
        }
    }
    let rank = (share * values.len() as f64).round_ties_even() as usize - 1;
    let mut sorted = values.clone();
    let limit = *sorted.select_nth_unstable_by(rank, f64::total_cmp).1;
    let labels = values.iter().map(|v| u8::from(*v <= limit)).collect();
    let materials = vec![cubic(isotropic(SOLID, 0.3))];
    LabelModel { size: [n; 3], voxel_mm: 1.0 / n as f64, labels, materials }
}

fn surface(word: &str, [(sx, cx), (sy, cy), (sz, cz)]: [(f64, f64); 3]) -> f64 {
    let double = |c: f64| 2.0 * c * c - 1.0;
    match word {
        "G" => sx * cy + sy * cz + sz * cx,
        "D" => sx * sy * sz + sx * cy * cz + cx * sy * cz + cx * cy * sz,
        "P" => cx + cy + cz,
        "IWP" => 2.0 * (cx * cy + cy * cz + cz * cx) - (double(cx) + double(cy) + double(cz)),
        _ => panic!("no surface {word}"),
    }
}

/// Distance to the nearest axis of the struts, images among them.
fn strut_distance(word: &str, at: [f64; 3]) -> f64 {
    let corner = |c: usize| [c & 1, c >> 1 & 1, c >> 2].map(|v| v as f64);
    let faces = [[0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [0.0, 0.5, 0.5]];
    let far_faces = [[0.5, 0.5, 1.0], [0.5, 1.0, 0.5], [1.0, 0.5, 0.5]];
    let struts: Vec<[[f64; 3]; 2]> = match word {
        "BCC" => (0..8).map(|c| [[0.5; 3], corner(c)]).collect(),
        "SC" => (0..12)
            .map(|e| {
                let axis = e / 4;
                let mut a = [0.0; 3];
                a[(axis + 1) % 3] = (e & 1) as f64;
                a[(axis + 2) % 3] = (e >> 1 & 1) as f64;
                let mut b = a;
                b[axis] = 1.0;
                [a, b]
            })
            .collect(),
        "octet" => {
            let middle: Vec<[f64; 3]> = faces.into_iter().chain(far_faces).collect();
            let mut nodes: Vec<[f64; 3]> = (0..8).map(corner).collect();
            nodes.extend(&middle);
            let apart = |a: &[f64; 3], b: &[f64; 3]| {
                (0..3).map(|n| (a[n] - b[n]) * (a[n] - b[n])).sum::<f64>()
            };
            let mut struts = Vec::new();
            for (n, a) in nodes.iter().enumerate() {
                for b in &nodes[n + 1..] {
                    if (apart(a, b) - 0.5).abs() < 1e-9 {
                        struts.push([*a, *b]);
                    }
                }
            }
            struts
        }
        _ => panic!("no struts {word}"),
    };
    struts.iter().map(|strut| distance(at, strut)).fold(f64::INFINITY, f64::min)
}

fn distance(p: [f64; 3], [a, b]: &[[f64; 3]; 2]) -> f64 {
    let along: [f64; 3] = std::array::from_fn(|n| b[n] - a[n]);
    let from: [f64; 3] = std::array::from_fn(|n| p[n] - a[n]);
    let dot = |u: [f64; 3], v: [f64; 3]| u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
    let t = (dot(from, along) / dot(along, along)).clamp(0.0, 1.0);
    let off: [f64; 3] = std::array::from_fn(|n| from[n] - t * along[n]);
    dot(off, off).sqrt()
}
