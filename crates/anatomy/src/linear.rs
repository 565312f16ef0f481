//! Small least-squares problems.

/// Plane `z = a x + b y + c` with the least sum of squared heights; `None` where the points do
/// not span one.
pub fn plane(points: &[[f64; 3]]) -> Option<[f64; 3]> {
    let count = points.len() as f64;
    let mean = |a: usize| points.iter().map(|p| p[a]).sum::<f64>() / count;
    let mean = [mean(0), mean(1), mean(2)];
    let (mut xx, mut xy, mut yy, mut xz, mut yz) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for p in points {
        let [x, y, z] = [p[0] - mean[0], p[1] - mean[1], p[2] - mean[2]];
        xx += x * x;
        xy += x * y;
        yy += y * y;
        xz += x * z;
        yz += y * z;
    }
    let det = xx * yy - xy * xy;
    if !(det > 1e-9 * (xx + yy) * (xx + yy)) {
        return None;
    }
    let a = (xz * yy - yz * xy) / det;
    let b = (yz * xx - xz * xy) / det;
    Some([a, b, mean[2] - a * mean[0] - b * mean[1]])
}
