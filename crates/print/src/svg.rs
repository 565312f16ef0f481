//! A layer as a picture: outline filled, passes, centre lines and hatches as thin lines.

use std::io::{self, Write};

use ossein_geom::{Contour, Layer};

use crate::decimal;
use crate::scan::{Scan, Skin};

/// Room around the layer, mm.
const MARGIN_MM: f64 = 1.0;

/// Writes the contours of a layer, one millimetre of the part to one of the picture, y upwards.
///
/// # Errors
/// What `out` reports.
pub fn layer(layer: &Layer, out: &mut impl Write) -> io::Result<()> {
    let mut picture = Picture::new(&layer.contours, layer.z_mm);
    picture.solid(&layer.contours);
    picture.finish(out)
}

/// Writes a layer with all its vectors.
///
/// # Errors
/// What `out` reports.
pub fn scan(scan: &Scan, out: &mut impl Write) -> io::Result<()> {
    let mut picture = Picture::new(&scan.outline, scan.z_mm);
    picture.solid(&scan.outline);
    for (skin, vectors) in &scan.hatches {
        let class = match skin {
            Skin::Core => "core",
            Skin::Up => "up",
            Skin::Down => "down",
        };
        picture.lines(class, vectors.iter().map(|v| &v[..]), false);
    }
    let passes = scan.passes.iter().flatten();
    picture.lines("pass", passes.map(|c| &c.points[..]), true);
    picture.lines("centre", scan.centre_lines.iter().map(|l| &l.points[..]), false);
    picture.finish(out)
}

const STYLE: &str = "<style>path{fill:none;stroke-width:.02;stroke-linejoin:round}\
    .solid{fill:#e8eaee;stroke:#888;stroke-width:.01;fill-rule:evenodd}\
    .pass{stroke:#14418b}.centre{stroke:#c1121f}.core{stroke:#e58f1e}\
    .up{stroke:#2a9d4e}.down{stroke:#8e3bb0}</style>\n";

struct Picture {
    text: Vec<u8>,
}

impl Picture {
    fn new(contours: &[Contour], z_mm: f64) -> Self {
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for p in contours.iter().flat_map(|c| &c.points) {
            for a in 0..2 {
                low[a] = low[a].min(p[a]);
                high[a] = high[a].max(p[a]);
            }
        }
        if low[0] > high[0] {
            (low, high) = ([0.0; 2], [0.0; 2]);
        }
        let size = [0, 1].map(|a| high[a] - low[a] + 2.0 * MARGIN_MM);
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.4}mm\" height=\"{:.4}mm\" \
             viewBox=\"{:.4} {:.4} {:.4} {:.4}\">\n<title>z {z_mm:.4} mm</title>\n{STYLE}\
             <g transform=\"scale(1,-1)\">\n",
            size[0],
            size[1],
            low[0] - MARGIN_MM,
            -high[1] - MARGIN_MM,
            size[0],
            size[1],
        );
        Self { text: text.into_bytes() }
    }

    fn solid(&mut self, contours: &[Contour]) {
        self.lines("solid", contours.iter().map(|c| &c.points[..]), true);
    }

    fn lines<'a>(
        &mut self,
        class: &str,
        lines: impl Iterator<Item = &'a [[f64; 2]]>,
        closed: bool,
    ) {
        let _ = write!(self.text, "<path class=\"{class}\" d=\"");
        for line in lines {
            for (n, p) in line.iter().enumerate() {
                self.text.push(if n == 0 { b'M' } else { b'L' });
                decimal::push(&mut self.text, p[0]);
                self.text.push(b' ');
                decimal::push(&mut self.text, p[1]);
            }
            if closed && !line.is_empty() {
                self.text.push(b'Z');
            }
        }
        self.text.extend_from_slice(b"\"/>\n");
    }

    fn finish(mut self, out: &mut impl Write) -> io::Result<()> {
        self.text.extend_from_slice(b"</g>\n</svg>\n");
        out.write_all(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contour_is_a_closed_path() {
        let points = vec![[0.0, 0.0], [4.0, 0.0], [4.0, 2.5]];
        let mut out = Vec::new();
        layer(&Layer { z_mm: 0.5, contours: vec![Contour { points }] }, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("viewBox=\"-1.0000 -3.5000 6.0000 4.5000\""), "{text}");
        assert!(text.contains("d=\"M0 0L4 0L4 2.5Z\""), "{text}");
    }
}
