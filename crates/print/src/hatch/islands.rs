//! Islands: a chessboard whose black squares are scanned along the hatch and whose white ones
//! across it, row by row of squares, there and back.

use super::spans::cut;
use super::{Scanlines, Spans, Vector};

/// A piece of a scan line inside one square.
struct Piece {
    square: [i64; 2],
    line: i64,
    ends: [f64; 2],
    across: bool,
}

pub(super) fn vectors(
    along: &Scanlines,
    side_mm: f64,
    region: &dyn Fn(&Scanlines) -> Spans,
) -> Vec<Vector> {
    let across = along.turned();
    let mut pieces = Vec::new();
    for lines in [along, &across] {
        let is_across = std::ptr::eq(lines, &across);
        for (line, row) in region(lines).lines() {
            let band = (lines.height(line) / side_mm).floor() as i64;
            for &span in row {
                cut(span, side_mm, |n, ends| {
                    // Along: (u, v). Turned by 90 degrees, u runs along v and v against u.
                    let square = if is_across { [-band - 1, n] } else { [n, band] };
                    if (square[0] + square[1]).rem_euclid(2) == i64::from(is_across) {
                        pieces.push(Piece { square, line, ends, across: is_across });
                    }
                });
            }
        }
    }
    let column = |p: &Piece| if p.square[1] % 2 == 0 { p.square[0] } else { -p.square[0] };
    let start = |p: &Piece| if p.line % 2 == 0 { p.ends[0] } else { -p.ends[1] };
    pieces.sort_by(|p, q| {
        let key = |p: &Piece| (p.square[1], column(p), p.line);
        key(p).cmp(&key(q)).then(start(p).total_cmp(&start(q)))
    });
    let vector = |p: &Piece| {
        let [a, b] = if p.line % 2 == 0 { p.ends } else { [p.ends[1], p.ends[0]] };
        (if p.across { &across } else { along }).vector(p.line, a, b)
    };
    pieces.iter().map(vector).collect()
}
