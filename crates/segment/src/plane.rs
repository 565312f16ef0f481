//! Planes through points.

/// Plane `z = a x + b y + c` with the least weighted sum of squared heights; `None` where the
/// points do not span one.
pub fn fit(points: impl Iterator<Item = ([f64; 3], f64)> + Clone) -> Option<[f64; 3]> {
    let (mut weight, mut mean) = (0.0, [0.0; 3]);
    for (p, w) in points.clone() {
        weight += w;
        for a in 0..3 {
            mean[a] += w * p[a];
        }
    }
    if weight <= 0.0 {
        return None;
    }
    let mean = mean.map(|m| m / weight);
    let (mut xx, mut xy, mut yy, mut xz, mut yz) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (p, w) in points {
        let [x, y, z] = [p[0] - mean[0], p[1] - mean[1], p[2] - mean[2]];
        xx += w * x * x;
        xy += w * x * y;
        yy += w * y * y;
        xz += w * x * z;
        yz += w * y * z;
    }
    let det = xx * yy - xy * xy;
    if det <= 1e-9 * (xx + yy) * (xx + yy) {
        return None;
    }
    let a = (xz * yy - yz * xy) / det;
    let b = (yz * xx - xz * xy) / det;
    Some([a, b, mean[2] - a * mean[0] - b * mean[1]])
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_plane_is_found_again() {
        let at = |x: f64, y: f64| ([x, y, 0.3 * x - 0.1 * y + 2.0], 1.0);
        let points = [at(0.0, 0.0), at(1.0, 0.0), at(0.0, 2.0), at(3.0, -1.0)];
        let plane = super::fit(points.into_iter()).unwrap();
        assert!((plane[0] - 0.3).abs() < 1e-12 && (plane[2] - 2.0).abs() < 1e-12);
        assert!(super::fit(points[..2].iter().copied()).is_none());
    }
}
