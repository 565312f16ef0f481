//! Small least-squares problems.

/// Plane `z = a x + b y + c` with the least sum of squared heights; `None` where the points do
/// not span one.
pub fn plane(points: &[[f64; 3]]) -> Option<[f64; 3]> {
    weighted(points, |_| 1.0)
}

/// Plane with nearly the least sum of absolute heights: a fifth of the points may lie far off.
pub fn plane_of_most(points: &[[f64; 3]]) -> Option<[f64; 3]> {
    const ITERATION_COUNT: usize = 25;
    const CORE_MM: f64 = 0.05;
    let mut plane = plane(points)?;
    for _ in 0..ITERATION_COUNT {
        let off = |p: &[f64; 3]| (p[2] - plane[0] * p[0] - plane[1] * p[1] - plane[2]).abs();
        plane = weighted(points, |p| 1.0 / off(p).max(CORE_MM))?;
    }
    Some(plane)
}

fn weighted(points: &[[f64; 3]], weight: impl Fn(&[f64; 3]) -> f64) -> Option<[f64; 3]> {
    let all: f64 = points.iter().map(&weight).sum();
    let mean = |a: usize| points.iter().map(|p| weight(p) * p[a]).sum::<f64>() / all;
    let mean = [mean(0), mean(1), mean(2)];
    let (mut xx, mut xy, mut yy, mut xz, mut yz) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for p in points {
        let [x, y, z] = [p[0] - mean[0], p[1] - mean[1], p[2] - mean[2]];
        let w = weight(p);
        xx += w * x * x;
        xy += w * x * y;
        yy += w * y * y;
        xz += w * x * z;
        yz += w * y * z;
    }
    let det = xx * yy - xy * xy;
    if det.is_nan() || det <= 1e-9 * (xx + yy) * (xx + yy) {
        return None;
    }
    let a = (xz * yy - yz * xy) / det;
    let b = (yz * xx - xz * xy) / det;
    Some([a, b, mean[2] - a * mean[0] - b * mean[1]])
}
