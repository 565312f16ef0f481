//! A layer as a picture: outline filled, passes, centre lines and hatches as thin lines.

use std::io::{self, Write};

use ossein_geom::{Contour, Layer};

use crate::decimal;
use crate::scan::{Scan, Skin};

/// Room around the layer, mm.
const MARGIN_MM: f64 = 1.0;
/// Width of the picture where it is first seen, pixels.
const WIDTH_PX: f64 = 900.0;
/// Height of the strip below that holds bar and key, and of its letters: parts of the width.
const STRIP: f64 = 0.06;
const LETTERS: f64 = 0.026;
/// The bar is at most this part of the width.
const BAR_MAX: f64 = 0.25;
/// What lines are, by their class.
const KEY: [(&str, &str, &str); 5] = [
    ("pass", "#14418b", "passes"),
    ("centre", "#c1121f", "thin walls"),
    ("core", "#e58f1e", "hatch"),
    ("up", "#2a9d4e", "up-skin"),
    ("down", "#8e3bb0", "down-skin"),
];

/// Writes the contours of a layer in mm, y upwards, with a bar of known length below.
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

const STYLE: &str = "path{fill:none;stroke-width:.02;stroke-linejoin:round}\
    .solid{fill:#e8eaee;stroke:#888;stroke-width:.01;fill-rule:evenodd}\
    .bar{stroke:#222}text{font-family:sans-serif;fill:#222}";

struct Picture {
    text: Vec<u8>,
    /// Lower left corner and width of the strip, mm.
    strip: [f64; 3],
    /// Words of the key that are used.
    used: Vec<(&'static str, &'static str)>,
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
        let (left, top) = (low[0] - MARGIN_MM, -high[1] - MARGIN_MM);
        let height = size[1] + STRIP * size[0];
        let colours: String =
            KEY.iter().map(|(class, colour, _)| format!(".{class}{{stroke:{colour}}}")).collect();
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH_PX}\" height=\"{:.0}\" \
             viewBox=\"{left:.4} {top:.4} {:.4} {height:.4}\">\n<title>z {z_mm:.4} mm</title>\n\
             <style>{STYLE}{colours}</style>\n<g transform=\"scale(1,-1)\">\n",
            WIDTH_PX * height / size[0],
            size[0],
        );
        let strip = [left, top + height, size[0]];
        Self { text: text.into_bytes(), strip, used: Vec::new() }
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
        let mut lines = lines.peekable();
        if lines.peek().is_some() {
            let word = KEY.iter().find(|key| key.0 == class);
            self.used.extend(word.map(|&(_, colour, word)| (colour, word)));
        }
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
        self.text.extend_from_slice(b"</g>\n");
        let [left, bottom, width] = self.strip;
        let (letters, base) = (LETTERS * width, bottom - 0.5 * STRIP * width);
        let bar = round_below(BAR_MAX * width);
        let stroke = 0.2 * letters;
        let x = left + letters;
        let _ = writeln!(
            self.text,
            "<path class=\"bar\" style=\"stroke-width:{stroke:.4}\" \
             d=\"M{x:.4} {base:.4}h{bar:.4}\"/>\n<text x=\"{:.4}\" y=\"{:.4}\" font-size=\"{letters:.4}\">{bar} mm",
            x + bar + 0.5 * letters,
            base + 0.35 * letters,
        );
        for (colour, word) in &self.used {
            let _ = writeln!(
                self.text,
                "<tspan dx=\"{letters:.4}\" style=\"fill:{colour}\">{word}</tspan>"
            );
        }
        self.text.extend_from_slice(b"</text>\n</svg>\n");
        out.write_all(&self.text)
    }
}

/// The largest of 1, 2 and 5 times a power of ten that is not above a length.
fn round_below(length_mm: f64) -> f64 {
    let powers = (-3..6).map(|n| 10f64.powi(n));
    let all = powers.flat_map(|power| [1.0, 2.0, 5.0].map(|n| n * power));
    all.filter(|&bar| bar <= length_mm).fold(1e-3, f64::max)
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
        assert!(text.contains("viewBox=\"-1.0000 -3.5000 6.0000 4.8600\""), "{text}");
        assert!(text.contains("d=\"M0 0L4 0L4 2.5Z\""), "{text}");
        assert!(text.contains("h1.0000") && text.contains(">1 mm"), "{text}");
    }
}
