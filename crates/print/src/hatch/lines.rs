//! Long lines, there and back: every other scan line runs the other way.

use super::{Scanlines, Spans, Vector};

pub(super) fn vectors(along: &Scanlines, region: &dyn Fn(&Scanlines) -> Spans) -> Vec<Vector> {
    let spans = region(along);
    let mut vectors = Vec::with_capacity(spans.len());
    for (line, row) in spans.lines() {
        if line % 2 == 0 {
            vectors.extend(row.iter().map(|&[a, b]| along.vector(line, a, b)));
        } else {
            vectors.extend(row.iter().rev().map(|&[a, b]| along.vector(line, b, a)));
        }
    }
    vectors
}
