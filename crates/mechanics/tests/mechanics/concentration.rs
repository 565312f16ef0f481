//! Stress concentrations at a hole and at a cavity, on voxels, with the order of convergence.
//!
//! The outer faces carry the tractions of the exact fields, so no width corrects the figures.

use crate::common::{filled, order, to};
use ossein_geom::{Job, Mpa};
use ossein_mechanics::stress::stress;
use ossein_mechanics::surface_stress::surface_stress;
use ossein_mechanics::{Loads, Model, Support, isotropic, solve_forces, traction_forces};

/// Symmetric stress tensor.
type Tensor = [[f64; 3]; 3];

/// A block from the origin with its material outside of `inside`; the edge is one over `n`.
fn around(n: usize, size: [usize; 3], inside: impl Fn([f64; 3]) -> bool) -> Model {
    filled(size, 1.0 / n as f64, isotropic(Mpa(1000.0), 0.3), |p| !inside(p))
}

/// Mirrors at the low faces, and at the high z face of a plate; exact tractions at the others.
/// The stress of component `c` on the surface at `point`.
fn stress_on_surface(
    model: &Model,
    plate: bool,
    exact: impl Fn([f64; 3]) -> Tensor,
    point: [f64; 3],
    c: usize,
) -> f64 {
    let size = model.size;
    let plane = |axis: usize, at: usize| Support {
        nodes: model.nodes_where(|n| n[axis] == at),
        axes: [0, 1, 2].map(|a| a == axis),
    };
    let mut supports = vec![plane(0, 0), plane(1, 0), plane(2, 0)];
    if plate {
        supports.push(plane(2, size[2]));
    }
    let far = size.map(|n| n as f64 * model.voxel_mm);
    let (loaded, forces) = traction_forces(model, |face| {
        let outer = |a: usize| face.normal[a] > 0.0 && face.center_mm[a] > far[a] - 1e-9;
        if !(0..if plate { 2 } else { 3 }).any(outer) {
            return None;
        }
        let s = exact(face.center_mm);
        Some([0, 1, 2].map(|a| (0..3).map(|b| s[a][b] * face.normal[b]).sum()))
    });
    let loads = Loads { supports, loaded };
    let job = Job::quiet();
    let solution = solve_forces(model, &loads, "far field", &forces, &to(1e-8), &job).unwrap();
    let inward = [0, 1, 2].map(|a| if point[a] > 0.0 && (!plate || a < 2) { 1.0 } else { 0.0 });
    let on = surface_stress(model, &stress(model, &solution), point, inward).unwrap();
    f64::from(on[c])
}

#[track_caller]
fn check(counts: [usize; 3], figure: impl Fn(usize) -> f64, exact: f64) {
    let values = counts.map(figure);
    let (errors, order) = (values.map(|v| v / exact - 1.0), order(counts, values, exact));
    println!("{exact:.4}: {values:.4?}, errors {errors:.4?}, order {order:.2}");
    assert!(errors[2].abs() < 0.02, "{errors:?}");
    assert!(order > 0.8, "order {order} of {errors:?}");
}

/// Kirsch: `3 sigma` beside a hole of radius 1 under tension along x, in plane strain.
#[test]
fn a_hole_triples_the_stress() {
    let exact = |p: [f64; 3]| {
        let r2 = p[0] * p[0] + p[1] * p[1];
        let (inv, c, s) = (1.0 / r2, p[0] / r2.sqrt(), p[1] / r2.sqrt());
        let (cos2, sin2) = (c * c - s * s, 2.0 * s * c);
        let radial = 0.5 * (1.0 - inv) + 0.5 * (1.0 - 4.0 * inv + 3.0 * inv * inv) * cos2;
        let hoop = 0.5 * (1.0 + inv) - 0.5 * (1.0 + 3.0 * inv * inv) * cos2;
        let shear = -0.5 * (1.0 + 2.0 * inv - 3.0 * inv * inv) * sin2;
        let xx = radial * c * c + hoop * s * s - 2.0 * shear * s * c;
        let yy = radial * s * s + hoop * c * c + 2.0 * shear * s * c;
        let xy = (radial - hoop) * s * c + shear * (c * c - s * s);
        [[xx, xy, 0.0], [xy, yy, 0.0], [0.0, 0.0, 0.3 * (xx + yy)]]
    };
    let at = |n: usize| {
        let model = around(n, [4 * n, 4 * n, 1], |p| p[0] * p[0] + p[1] * p[1] < 1.0);
        stress_on_surface(&model, true, exact, [0.0, 1.0, 0.5 / n as f64], 0)
    };
    check([16, 32, 64], at, 3.0);
}

/// Displacement around a cavity of radius 1 under unit tension along z: E = 1, nu = 0.3.
///
/// Source: Goodier: J. Appl. Mech. 1 (1933) 39.
fn goodier(p: [f64; 3]) -> [f64; 3] {
    let nu = 0.3;
    let k = (1.0 + nu) / 4.0 / (7.0 - 5.0 * nu);
    let (a, b, c) = (-k * (13.0 - 10.0 * nu), k, 5.0 * k * (1.0 - 2.0 * nu));
    let flat = (p[0] * p[0] + p[1] * p[1]).sqrt();
    let r = (flat * flat + p[2] * p[2]).sqrt();
    let (cos, sin) = (p[2] / r, flat / r);
    let (cos2, sin2) = (cos * cos - sin * sin, 2.0 * sin * cos);
    let (r2, r4) = (r * r, r * r * r * r);
    let swing = (5.0 - 4.0 * nu) / (1.0 - 2.0 * nu) * c / r2 - 9.0 * b / r4;
    let radial = -a / r2 - 3.0 * b / r4 + swing * cos2 + 0.5 * r * (1.0 - nu + (1.0 + nu) * cos2);
    let polar = -(2.0 * c / r2 + 6.0 * b / r4 + 0.5 * r * (1.0 + nu)) * sin2;
    let across = (radial * sin + polar * cos) / flat;
    [across * p[0], across * p[1], radial * cos - polar * sin]
}

/// Stress of a displacement field by central differences, for E = 1 and nu = 0.3.
fn stress_of(u: impl Fn([f64; 3]) -> [f64; 3], p: [f64; 3]) -> Tensor {
    let step = 1e-5;
    let mut slope = [[0.0; 3]; 3];
    for axis in 0..3 {
        let moved = |by: f64| [0, 1, 2].map(|a| p[a] + if a == axis { by } else { 0.0 });
        let (high, low) = (u(moved(step)), u(moved(-step)));
        (0..3).for_each(|a| slope[a][axis] = (high[a] - low[a]) / (2.0 * step));
    }
    let (lame, shear) = (0.3 / 1.3 / 0.4, 0.5 / 1.3);
    let trace = slope[0][0] + slope[1][1] + slope[2][2];
    [0, 1, 2].map(|a| {
        [0, 1, 2].map(|b| {
            let volume = if a == b { lame * trace } else { 0.0 };
            volume + shear * (slope[a][b] + slope[b][a])
        })
    })
}

/// `(27 - 15 nu) / (2 (7 - 5 nu)) = 2.0455` at the equator.
#[test]
fn a_cavity_doubles_the_stress() {
    let exact = |p: [f64; 3]| stress_of(goodier, p);
    let scf = (27.0 - 15.0 * 0.3) / 2.0 / (7.0 - 5.0 * 0.3);
    assert!((exact([1.0, 1e-9, 0.0])[2][2] / scf - 1.0).abs() < 1e-6);
    let free = exact([0.6, 1e-9, 0.8]);
    assert!((0..3).all(|a| (free[a][0] * 0.6 + free[a][2] * 0.8).abs() < 1e-6), "{free:?}");
    let at = |n: usize| {
        let inside = |p: [f64; 3]| p.iter().map(|x| x * x).sum::<f64>() < 1.0;
        let model = around(n, [3 * n; 3], inside);
        stress_on_surface(&model, false, exact, [1.0, 0.0, 0.0], 2)
    };
    check([7, 14, 28], at, scf);
}
