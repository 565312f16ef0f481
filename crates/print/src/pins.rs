//! Islands so small that nothing runs inside them: the ends of thin struts. Each gets a short line
//! through its middle, as a wall of no length would.

use ossein_geom::Contour;

use crate::ridge::CentreLine;

/// A level of a layer: its outline or one of its passes.
pub(crate) struct Level<'a> {
    pub contours: &'a [Contour],
    /// How deep inside the part it runs, mm.
    pub depth_mm: f64,
    /// What lies this far inside it is melted with it, mm.
    pub melted_mm: f64,
}

/// Lines through the islands of at most `size_mm` in which nothing deeper runs.
///
/// `levels` come from the outside in, the hatch's border last, of which only islands larger than
/// `hatched_mm` count; `lines` are those of thin walls.
pub(crate) fn pins(
    levels: &[Level<'_>],
    lines: &[CentreLine],
    size_mm: f64,
    hatched_mm: f64,
    length_mm_min: f64,
) -> Vec<CentreLine> {
    let mut pins = Vec::new();
    for (n, level) in levels.iter().enumerate().take(levels.len() - 1) {
        for island in level.contours {
            let Some((low, high)) = small(island, size_mm) else { continue };
            let (area, length) = (island.area_mm2(), island.length_mm());
            // The radius of a disc; of a strip its width.
            let half = if area > 0.0 { 2.0 * area / length } else { 0.0 };
            if half <= level.melted_mm {
                continue;
            }
            let holds = |p: &[f64; 2]| {
                (0..2).all(|a| (low[a]..=high[a]).contains(&p[a])) && island.contains(*p)
            };
            let (passes, border) = levels[n + 1..].split_at(levels.len() - n - 2);
            let runs = |c: &Contour| c.points.first().is_some_and(holds);
            let mut deeper = passes.iter().flat_map(|l| l.contours).any(runs);
            // Between two hatch lines a small region may stay empty.
            deeper |= border[0].contours.iter().any(|c| runs(c) && small(c, hatched_mm).is_none());
            let mut walls = lines.iter().flat_map(|l| &l.points);
            if deeper || walls.any(holds) {
                continue;
            }
            let points = axis(island, half, length_mm_min);
            let width_mm_min = 2.0 * (half + level.depth_mm);
            pins.push(CentreLine { points: points.to_vec(), width_mm_min });
        }
    }
    pins
}

/// The box of a curve, if none of its sides is longer than `size_mm`.
fn small(island: &Contour, size_mm: f64) -> Option<([f64; 2], [f64; 2])> {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for p in &island.points {
        for a in 0..2 {
            low[a] = low[a].min(p[a]);
            high[a] = high[a].max(p[a]);
            if high[a] - low[a] > size_mm {
                return None;
            }
        }
    }
    (!island.points.is_empty()).then_some((low, high))
}

/// The longest way across an island, less half its width at both ends, and no shorter than
/// `length_min`.
fn axis(island: &Contour, half_width: f64, length_min: f64) -> [[f64; 2]; 2] {
    let far = |from: [f64; 2]| {
        let distance2 = |p: &[f64; 2]| {
            (p[0] - from[0]) * (p[0] - from[0]) + (p[1] - from[1]) * (p[1] - from[1])
        };
        let nearer = |a: &&[f64; 2], b: &&[f64; 2]| distance2(a).total_cmp(&distance2(b));
        island.points.iter().max_by(nearer).copied().unwrap_or(from)
    };
    let a = far(island.points[0]);
    let b = far(a);
    let d = [b[0] - a[0], b[1] - a[1]];
    let length = (d[0] * d[0] + d[1] * d[1]).sqrt().max(f64::MIN_POSITIVE);
    let part = 0.5 * ((length - 2.0 * half_width).max(length_min) / length).min(1.0);
    [0.5 - part, 0.5 + part].map(|t| [a[0] + t * d[0], a[1] + t * d[1]])
}
