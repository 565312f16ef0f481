//! Points spread evenly over a surface.

use ossein_geom::{Frame, Point, TriMesh, Vector};

/// A point of a surface and the normal there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample<F: Frame> {
    /// The point.
    pub point: Point<F>,
    /// The normal, outwards, of length one.
    pub normal: Vector<F>,
}

/// About `count` points, one for each equal share of the area; the same ones every time.
///
/// `order` is the order in which triangles are gone through: a curve that keeps neighbours
/// together ([`ossein_mesh::Tree::order`]) spreads the points best.
pub fn spread<F: Frame>(mesh: &TriMesh<F>, order: &[u32], count: usize) -> Vec<Sample<F>> {
    let doubled = |n: u32| mesh.doubled_normal(mesh.triangles[n as usize]);
    let whole: f64 = order.iter().map(|&n| doubled(n).norm()).sum();
    let share = whole / count.max(1) as f64;
    let mut samples = Vec::with_capacity(count + 1);
    if !(share > 0.0) {
        return samples;
    }
    let mut gone = 0.0;
    let mut due = 0.5 * share;
    for &n in order {
        let normal = doubled(n);
        let area = normal.norm();
        gone += area;
        while due <= gone && area > 0.0 {
            let [a, b, c] = mesh.corners(mesh.triangles[n as usize]);
            let (u, v) = within(samples.len());
            let point = a + (b - a) * u + (c - a) * v;
            samples.push(Sample { point, normal: normal * (1.0 / area) });
            due += share;
        }
    }
    samples
}

/// Fewer samples that stand for all: those that count `whole` or more, and of the others as many
/// as together count as much, each of them `whole`.
pub fn thinned<F: Frame>(
    samples: &[Sample<F>],
    counts: &[f64],
    whole: f64,
) -> (Vec<Sample<F>>, Vec<f64>) {
    let mut gone = 0.0;
    let mut due = 0.5;
    let mut drawn = |(sample, &count): (&Sample<F>, &f64)| {
        gone += (count / whole).min(1.0);
        let taken = gone >= due;
        due += f64::from(u8::from(taken));
        taken.then_some((*sample, count.max(whole)))
    };
    samples.iter().zip(counts).filter_map(&mut drawn).unzip()
}

/// A place in the unit triangle: the additive recurrence of the plastic number, folded.
fn within(n: usize) -> (f64, f64) {
    let fraction = |step: f64| (0.5 + n as f64 * step).fract();
    let (u, v) = (fraction(0.754_877_666_246_692_7), fraction(0.569_840_290_998_053_2));
    if u + v > 1.0 { (1.0 - u, 1.0 - v) } else { (u, v) }
}

#[cfg(test)]
mod tests {
    use ossein_geom::Lps;

    use super::*;

    #[test]
    fn few_samples_count_as_much_as_all() {
        let sample = |n: usize| {
            let point = Point::<Lps>::new(n as f64, 0.0, 0.0);
            Sample { point, normal: Vector::new(0.0, 0.0, 1.0) }
        };
        let samples: Vec<_> = (0..1000).map(sample).collect();
        // Every tenth counts much, the others little.
        let count = |n: usize| if n.is_multiple_of(10) { 0.4 } else { 0.01 };
        let counts: Vec<f64> = (0..1000).map(count).collect();
        let (few, more) = thinned(&samples, &counts, 0.1);
        let kept = few.iter().filter(|s| count(s.point.x as usize) == 0.4).count();
        assert_eq!((kept, few.len(), more.len()), (100, 190, 190));
        let [all, drawn] = [&counts, &more].map(|c| c.iter().sum::<f64>());
        assert!((all - drawn).abs() < 0.1, "{all} and {drawn}");
        // Nothing is drawn from one end alone: each tenth of the row has its share.
        for tenth in 0..10 {
            let within = few.iter().filter(|s| s.point.x as usize / 100 == tenth).count();
            assert!((18..=20).contains(&within), "{within} of tenth {tenth}");
        }
    }
}
