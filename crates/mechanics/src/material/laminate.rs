//! One material for a voxel that two share.

use crate::voxels::Orthotropic;

/// The moduli of thin layers of two materials in turns: `share` of the first, the rest of the second,
/// with `normal` across the layers (of any length but zero).
///
/// `C = <C> - f1 f2 D:G:D`, with `D = C1 - C2`, `G = sym(n (x) N^-1 (x) n)` and
/// `N = n . (f2 C1 + f1 C2) . n`: the exact laminate of rank one. It is what a voxel takes on at an
/// interface (composite voxels: Kabel, Merkert, Schneider, Comput Methods Appl Mech Eng 294, 2015):
/// soft across it, stiff along it. Where `normal` lies askew to the axes, stress along one of them
/// shears the layers too, and an orthotropic material has no place for that: it is dropped, and the
/// strains along the axes are right under any such stress.
///
/// # Panics
/// If a modulus of both is zero in the direction of the normal.
pub fn laminate(
    share: f32,
    one: &Orthotropic,
    other: &Orthotropic,
    normal: [f64; 3],
) -> Orthotropic {
    let full = rank_one(f64::from(share), &one.map(f64::from), &other.map(f64::from), normal);
    // A block of the inverse is the inverse of what the other block leaves of its own.
    let stretch = left(&full, 0);
    let shears = inverse(left(&full, 3));
    let moduli = [
        stretch[0][0],
        stretch[1][1],
        stretch[2][2],
        stretch[0][1],
        stretch[0][2],
        stretch[1][2],
        1.0 / shears[0][0],
        1.0 / shears[1][1],
        1.0 / shears[2][2],
    ];
    moduli.map(|c| c as f32)
}

/// All of the laminate's moduli.
fn rank_one(f1: f64, one: &[f64; 9], other: &[f64; 9], normal: [f64; 3]) -> [Six; 6] {
    let f2 = 1.0 - f1;
    let of = |a: f64, b: f64| -> [f64; 9] { std::array::from_fn(|n| a * one[n] + b * other[n]) };
    let (mean, swapped, difference) = (of(f1, f2), of(f2, f1), of(1.0, -1.0));
    let strains = jumps(normal);
    let inverse = inverse(strains.map(|a| strains.map(|b| dot(&a, &stress(&swapped, &b)))));
    // What each of the three jumps of displacement across the layers makes of stress.
    let made = strains.map(|strain| stress(&difference, &strain));
    let taken = |i: usize, j: usize| {
        let sum = |a: usize| (0..3).map(|b| made[a][i] * inverse[a][b] * made[b][j]).sum::<f64>();
        f1 * f2 * (0..3).map(sum).sum::<f64>()
    };
    std::array::from_fn(|i| {
        let unit = std::array::from_fn(|n| f64::from(u8::from(n == i)));
        let column = stress(&mean, &unit);
        std::array::from_fn(|j| column[j] - taken(i, j))
    })
}

/// Rows and columns of three from `first` on, less what goes through the other three: the Schur
/// complement.
fn left(full: &[Six; 6], first: usize) -> [[f64; 3]; 3] {
    let other = 3 - first;
    let block = |r: usize, c: usize| -> [[f64; 3]; 3] {
        std::array::from_fn(|i| std::array::from_fn(|j| full[r + i][c + j]))
    };
    let (own, cross) = (block(first, first), block(first, other));
    let rest = inverse(block(other, other));
    let through = |i: usize, j: usize| -> f64 {
        let sum = |a: usize| (0..3).map(|b| cross[i][a] * rest[a][b] * cross[j][b]).sum::<f64>();
        (0..3).map(sum).sum()
    };
    std::array::from_fn(|i| std::array::from_fn(|j| own[i][j] - through(i, j)))
}

type Six = [f64; 6];

/// Strains (xx, yy, zz, yz, xz, xy, shears as engineers count them) where the displacement along x, y
/// or z grows across the layers.
fn jumps([x, y, z]: [f64; 3]) -> [Six; 3] {
    [[x, 0.0, 0.0, 0.0, z, y], [0.0, y, 0.0, z, 0.0, x], [0.0, 0.0, z, y, x, 0.0]]
}

fn stress(c: &[f64; 9], e: &Six) -> Six {
    [
        c[0] * e[0] + c[3] * e[1] + c[4] * e[2],
        c[3] * e[0] + c[1] * e[1] + c[5] * e[2],
        c[4] * e[0] + c[5] * e[1] + c[2] * e[2],
        c[6] * e[3],
        c[7] * e[4],
        c[8] * e[5],
    ]
}

fn dot(a: &Six, b: &Six) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Of a symmetric matrix.
fn inverse(m: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let minor = |r: usize, c: usize| {
        let [r1, r2, c1, c2] = [(r + 1) % 3, (r + 2) % 3, (c + 1) % 3, (c + 2) % 3];
        m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1]
    };
    let determinant = (0..3).map(|c| m[0][c] * minor(0, c)).sum::<f64>();
    assert!(determinant > 0.0, "one of both materials resists along the normal");
    std::array::from_fn(|r| std::array::from_fn(|c| minor(c, r) / determinant))
}

#[cfg(test)]
mod tests {
    use ossein_geom::Mpa;

    use super::*;
    use crate::{cubic, isotropic};

    fn metal() -> Orthotropic {
        cubic(isotropic(Mpa(110_000.0), 0.34))
    }

    fn bone() -> Orthotropic {
        cubic(isotropic(Mpa(300.0), 0.3))
    }

    /// Backus, J Geophys Res 67, 1962: layers across z.
    #[test]
    fn layers_across_an_axis_are_those_of_backus() {
        let (a, b, f) = (metal().map(f64::from), bone().map(f64::from), 0.3);
        let mean = |of: fn(&[f64; 9]) -> f64| f * of(&a) + (1.0 - f) * of(&b);
        let c33 = 1.0 / mean(|c| 1.0 / c[2]);
        let ratio = mean(|c| c[4] / c[2]);
        let plane = mean(|c| c[0] - c[4] * c[4] / c[2]) + ratio * ratio * c33;
        let cross = mean(|c| c[3] - c[4] * c[5] / c[2]) + ratio * ratio * c33;
        let shear = 1.0 / mean(|c| 1.0 / c[6]);
        let along = ratio * c33;
        let wanted = [plane, plane, c33, cross, along, along, shear, shear, mean(|c| c[8])];
        let found = laminate(0.3, &metal(), &bone(), [0.0, 0.0, 2.0]);
        for (found, wanted) in found.iter().zip(wanted) {
            assert!((f64::from(*found) / wanted - 1.0).abs() < 1e-5, "{found} {wanted}");
        }
    }

    /// Turning the normal by a right angle turns the material.
    #[test]
    fn axes_are_alike() {
        let z = laminate(0.4, &metal(), &bone(), [0.0, 0.0, 1.0]);
        let x = laminate(0.4, &metal(), &bone(), [1.0, 0.0, 0.0]);
        let turned = crate::material::turned(&z, [1, 2, 0]);
        for (a, b) in x.iter().zip(turned) {
            assert!((a - b).abs() <= 1e-4 * b, "{x:?} {turned:?}");
        }
    }

    /// Young's modulus along an axis askew to the layers is that of the layers turned:
    /// `1 / E = sin^4 S11 + cos^4 S33 + sin^2 cos^2 (2 S13 + S55)` by their own compliances.
    #[test]
    fn askew_it_stretches_as_the_turned_layers_do() {
        let own = compliances(&laminate(0.5, &metal(), &bone(), [0.0, 0.0, 1.0]));
        for turn in 1..8 {
            let (s, c) = ossein_geom::float::sin_cos(0.2 * f64::from(turn));
            let found = compliances(&laminate(0.5, &metal(), &bone(), [s, 0.0, c]));
            let (s2, c2) = (s * s, c * c);
            let wanted = s2 * s2 * own[0] + c2 * c2 * own[1] + s2 * c2 * (2.0 * own[2] + own[3]);
            assert!((found[1] / wanted - 1.0).abs() < 1e-4, "{turn}: {} {wanted}", found[1]);
        }
    }

    /// S11, S33, S13, S55.
    fn compliances(c: &Orthotropic) -> [f64; 4] {
        let [c11, c22, c33, c12, c13, c23, _, c55, _] = c.map(f64::from);
        let s = inverse([[c11, c12, c13], [c12, c22, c23], [c13, c23, c33]]);
        [s[0][0], s[2][2], s[0][2], 1.0 / c55]
    }

    #[test]
    fn it_is_no_stiffer_than_the_mean() {
        for turn in 0..16 {
            let (s, c) = ossein_geom::float::sin_cos(0.2 * f64::from(turn));
            let found = laminate(0.5, &metal(), &bone(), [s, 0.3 * c, c]);
            for n in [0, 1, 2, 6, 7, 8] {
                let mean = 0.5 * (metal()[n] + bone()[n]);
                assert!(found[n] > 0.0 && found[n] <= mean * 1.0001, "{n}: {found:?}");
            }
        }
    }

    #[test]
    fn of_one_material_it_is_that_material() {
        let found = laminate(0.7, &bone(), &bone(), [0.3, 0.2, 0.9]);
        assert!(found.iter().zip(bone()).all(|(a, b)| (a - b).abs() <= 1e-4 * b), "{found:?}");
        let whole = laminate(1.0, &metal(), &bone(), [0.3, 0.2, 0.9]);
        assert!(whole.iter().zip(metal()).all(|(a, b)| (a - b).abs() <= 1e-4 * b), "{whole:?}");
    }
}
