//! Words in pictures, in a font that travels with the program.

use std::sync::LazyLock;

use ttf_parser::{Face, GlyphId, OutlineBuilder};

use crate::color::Rgb;
use crate::image::Image;
use crate::paint::{self, Spot};

/// The bytes of the bundled fonts: Roboto regular, medium and bold (Apache License 2.0).
pub const FONTS: [&[u8]; 3] = [
    include_bytes!("../fonts/Roboto-Regular.ttf"),
    include_bytes!("../fonts/Roboto-Medium.ttf"),
    include_bytes!("../fonts/Roboto-Bold.ttf"),
];

/// Longest line of words that is drawn, in characters; the rest becomes an ellipsis.
const CHARACTER_COUNT_MAX: usize = 200;

static FACES: LazyLock<[Face<'static>; 2]> = LazyLock::new(|| {
    [FONTS[0], FONTS[1]].map(|bytes| Face::parse(bytes, 0).expect("the bundled font is whole"))
});

/// Where the given place lies in a line of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Left,
    Middle,
    Right,
}

/// How words are drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pen {
    /// Height of the letters' square in pixels.
    pub size: f32,
    pub color: Rgb,
    pub medium: bool,
    /// Colour of a soft edge around the letters, for words that lie on a picture.
    pub halo: Option<Rgb>,
}

impl Pen {
    pub fn new(size: f32, color: Rgb) -> Self {
        Self { size, color, medium: false, halo: None }
    }

    pub fn medium(self) -> Self {
        Self { medium: true, ..self }
    }

    pub fn with_halo(self, halo: Rgb) -> Self {
        Self { halo: Some(halo), ..self }
    }

    fn face(&self) -> &'static Face<'static> {
        &FACES[usize::from(self.medium)]
    }

    fn scale(&self) -> f32 {
        self.size / f32::from(self.face().units_per_em())
    }

    /// Width of a line of words in pixels.
    pub fn width(&self, words: &str) -> f32 {
        let advance =
            |c: char| f32::from(self.face().glyph_hor_advance(self.glyph(c)).unwrap_or(0));
        shortened(words).chars().map(advance).sum::<f32>() * self.scale()
    }

    fn glyph(&self, c: char) -> GlyphId {
        let face = self.face();
        face.glyph_index(c).or_else(|| face.glyph_index('\u{25a1}')).unwrap_or(GlyphId(0))
    }

    /// Draws a line of words; `at` lies on the line that letters stand on.
    pub fn draw(&self, image: &mut Image, at: Spot, anchor: Anchor, words: &str) {
        let shift = match anchor {
            Anchor::Left => 0.0,
            Anchor::Middle => -0.5 * self.width(words),
            Anchor::Right => -self.width(words),
        };
        self.curves(image, [at[0] + shift, at[1]], false, words);
    }

    /// Draws a line of words that runs upwards, its middle at `at`.
    pub fn draw_upwards(&self, image: &mut Image, at: Spot, words: &str) {
        self.curves(image, [at[0], at[1] + 0.5 * self.width(words)], true, words);
    }

    fn curves(&self, image: &mut Image, at: Spot, upwards: bool, words: &str) {
        let face = self.face();
        let mut outline = Outline { at, scale: self.scale(), upwards, ..Outline::default() };
        for c in shortened(words).chars() {
            let glyph = self.glyph(c);
            face.outline_glyph(glyph, &mut outline);
            let advance = f32::from(face.glyph_hor_advance(glyph).unwrap_or(0)) * outline.scale;
            outline.at[usize::from(upwards)] += if upwards { -advance } else { advance };
        }
        if let Some(halo) = self.halo {
            for curve in &outline.curves {
                let closed: Vec<Spot> = curve.iter().chain(curve.first()).copied().collect();
                paint::polyline(image, &closed, 0.16 * self.size + 1.5, halo, 0.55);
            }
        }
        // One letter at a time would cost the same; all at once keeps overlaps from doubling.
        paint::fill(image, &outline.curves, self.color, 1.0);
    }
}

/// The words with control characters blanked, cut to a bounded length.
fn shortened(words: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut line: String = words.chars().take(CHARACTER_COUNT_MAX).map(plain).collect();
    if words.chars().nth(CHARACTER_COUNT_MAX).is_some() {
        line.push('\u{2026}');
    }
    line
}

#[derive(Default)]
struct Outline {
    at: Spot,
    scale: f32,
    upwards: bool,
    curves: Vec<Vec<Spot>>,
    last: Spot,
}

impl Outline {
    fn spot(&self, p: Spot) -> Spot {
        let (x, y) = (p[0] * self.scale, p[1] * self.scale);
        if self.upwards {
            [self.at[0] - y, self.at[1] - x]
        } else {
            [self.at[0] + x, self.at[1] - y]
        }
    }

    fn push(&mut self, p: Spot) {
        let spot = self.spot(p);
        if let Some(curve) = self.curves.last_mut() {
            curve.push(spot);
        }
        self.last = p;
    }
}

const CURVE_STEPS: usize = 6;

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.curves.push(Vec::new());
        self.push([x, y]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.push([x, y]);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let a = self.last;
        for n in 1..=CURVE_STEPS {
            let t = n as f32 / CURVE_STEPS as f32;
            let u = 1.0 - t;
            let mix = |a: f32, b: f32, c: f32| u * u * a + 2.0 * u * t * b + t * t * c;
            self.push([mix(a[0], x1, x), mix(a[1], y1, y)]);
        }
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let a = self.last;
        for n in 1..=CURVE_STEPS {
            let t = n as f32 / CURVE_STEPS as f32;
            let u = 1.0 - t;
            let mix = |a: f32, b: f32, c: f32, d: f32| {
                u * u * u * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t * t * t * d
            };
            self.push([mix(a[0], x1, x2, x), mix(a[1], y1, y2, y)]);
        }
    }

    fn close(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_leave_ink_and_strange_ones_do_no_harm() {
        let mut image = Image::white(300, 60);
        let pen = Pen::new(24.0, [0; 3]).with_halo([255; 3]);
        pen.draw(&mut image, [150.0, 40.0], Anchor::Middle, "L 12.5 mm \u{2264} \u{b0} \u{b2}");
        assert!(image.rgba.contains(&0));
        pen.draw(&mut image, [0.0, 0.0], Anchor::Right, "\u{4e2d}\u{6587}\n\0\u{202e}");
        pen.draw_upwards(&mut image, [-1e9, f32::NAN], &"w".repeat(5000));
        assert!((pen.width("mm") - 2.0 * pen.width("m")).abs() < 1e-3);
    }

    #[test]
    fn the_font_has_every_sign_that_pictures_use() {
        let pen = Pen::new(10.0, [0; 3]);
        for c in "\u{b2}\u{b3}\u{b0}\u{b5}\u{d7}\u{2264}\u{2265}\u{2013}\u{3c3}".chars() {
            assert!(pen.face().glyph_index(c).is_some(), "{c}");
        }
    }
}
