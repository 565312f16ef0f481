//! Stripes: bands across the scan lines, scanned one after the other, there and back inside each.

use super::spans::cut;
use super::{Scanlines, Spans, Vector};

pub(super) fn vectors(
    along: &Scanlines,
    width_mm: f64,
    region: &dyn Fn(&Scanlines) -> Spans,
) -> Vec<Vector> {
    let mut pieces = Vec::new();
    for (line, row) in region(along).lines() {
        for &span in row {
            cut(span, width_mm, |band, [a, b]| {
                pieces.push(if line % 2 == 0 { (band, line, a, b) } else { (band, line, b, a) });
            });
        }
    }
    let order = |p: &(i64, i64, f64, f64)| (p.0, p.1);
    pieces.sort_by(|p, q| {
        let along_line = if p.1 % 2 == 0 { p.2.total_cmp(&q.2) } else { q.2.total_cmp(&p.2) };
        order(p).cmp(&order(q)).then(along_line)
    });
    pieces.into_iter().map(|(_, line, a, b)| along.vector(line, a, b)).collect()
}
