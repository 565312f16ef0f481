//! The long axis of a tooth, and of a root.

use ossein_geom::{Lps, Point, Vector};

/// Thickness of a section, mm.
const SECTION_MM: f64 = 1.0;
const ITERATION_COUNT: usize = 8;

/// A line with a direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// A point of it.
    pub point: Point<Lps>,
    /// Unit.
    pub direction: Vector<Lps>,
}

/// The line through the middles of sections, each across the line, near `start`; by least squares,
/// a section counting as its width. None where points span no two sections.
pub fn line(points: &[Point<Lps>], start: Vector<Lps>) -> Option<Line> {
    let sum = points.iter().fold(Vector::new(0.0, 0.0, 0.0), |a, &p| a + (p - Point::ORIGIN));
    let mut line = Line {
        point: Point::ORIGIN + sum * (1.0 / points.len().max(1) as f64),
        direction: start.unit(),
    };
    for _ in 0..ITERATION_COUNT {
        line = once(points, line)?;
    }
    Some(line)
}

fn once(points: &[Point<Lps>], line: Line) -> Option<Line> {
    let x = line.direction.any_perpendicular();
    let y = line.direction.cross(x);
    let of = |p: &Point<Lps>| {
        let d = *p - line.point;
        [x.dot(d), y.dot(d), line.direction.dot(d)]
    };
    let low = points.iter().map(|p| of(p)[2]).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|p| of(p)[2]).fold(f64::NEG_INFINITY, f64::max);
    if high - low < 2.0 * SECTION_MM {
        return None;
    }
    let mut sections = vec![[0.0f64; 4]; ((high - low) / SECTION_MM) as usize + 1];
    for p in points {
        let at = of(p);
        let section = &mut sections[((at[2] - low) / SECTION_MM) as usize];
        (0..3).for_each(|a| section[a] += at[a]);
        section[3] += 1.0;
    }
    // Weighted lines of both coordinates over the third.
    let (mut w, mut z, mut zz) = (0.0, 0.0, 0.0);
    let (mut v, mut vz) = ([0.0; 2], [0.0; 2]);
    for [sx, sy, sz, count] in sections.into_iter().filter(|s| s[3] > 0.0) {
        let weight = count.sqrt();
        let t = sz / count;
        w += weight;
        z += weight * t;
        zz += weight * t * t;
        for (a, own) in [sx / count, sy / count].into_iter().enumerate() {
            v[a] += weight * own;
            vz[a] += weight * own * t;
        }
    }
    let spread = w * zz - z * z;
    if spread <= 1e-9 * w * w {
        return None;
    }
    let slope = [0, 1].map(|a| (w * vz[a] - z * v[a]) / spread);
    let at = [0, 1].map(|a| (v[a] - slope[a] * z) / w);
    let direction = (line.direction + x * slope[0] + y * slope[1]).unit();
    Some(Line { point: line.point + x * at[0] + y * at[1], direction })
}
