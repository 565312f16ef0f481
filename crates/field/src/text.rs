//! Engraved text: strokes with a width, on a plane.

use ossein_geom::{Aabb, Frame, Point, Vector};

use crate::primitive::Capsule;
use crate::{Block, Field};

/// Strokes of a glyph on a raster 4 wide and 6 high; a stroke is a run of points.
fn strokes(glyph: char) -> Option<&'static [&'static [(i8, i8)]]> {
    Some(match glyph {
        '0' => &[&[(0, 1), (1, 0), (3, 0), (4, 1), (4, 5), (3, 6), (1, 6), (0, 5), (0, 1)]],
        '1' => &[&[(1, 5), (2, 6), (2, 0)], &[(1, 0), (3, 0)]],
        '2' => &[&[(0, 5), (1, 6), (3, 6), (4, 5), (4, 4), (0, 0), (4, 0)]],
        '3' => &[&[(0, 6), (4, 6), (2, 4), (4, 2), (4, 1), (3, 0), (1, 0), (0, 1)]],
        '4' => &[&[(3, 0), (3, 6), (0, 2), (4, 2)]],
        '5' => &[&[(4, 6), (0, 6), (0, 4), (3, 4), (4, 3), (4, 1), (3, 0), (0, 0)]],
        '6' => &[&[(4, 6), (2, 6), (0, 4), (0, 1), (1, 0), (3, 0), (4, 1), (4, 2), (3, 3), (0, 3)]],
        '7' => &[&[(0, 6), (4, 6), (1, 0)]],
        '8' => &[
            &[(1, 3), (0, 4), (0, 5), (1, 6), (3, 6), (4, 5), (4, 4), (3, 3), (1, 3), (0, 2)],
            &[(0, 2), (0, 1), (1, 0), (3, 0), (4, 1), (4, 2), (3, 3)],
        ],
        '9' => &[&[(0, 0), (2, 0), (4, 2), (4, 5), (3, 6), (1, 6), (0, 5), (0, 4), (1, 3), (4, 3)]],
        'A' => &[&[(0, 0), (2, 6), (4, 0)], &[(1, 2), (3, 2)]],
        'B' => &[
            &[(0, 0), (0, 6), (3, 6), (4, 5), (4, 4), (3, 3), (0, 3)],
            &[(3, 3), (4, 2), (4, 1), (3, 0), (0, 0)],
        ],
        'C' => &[&[(4, 5), (3, 6), (1, 6), (0, 5), (0, 1), (1, 0), (3, 0), (4, 1)]],
        'D' => &[&[(0, 0), (0, 6), (2, 6), (4, 4), (4, 2), (2, 0), (0, 0)]],
        'E' => &[&[(4, 6), (0, 6), (0, 0), (4, 0)], &[(0, 3), (3, 3)]],
        'F' => &[&[(4, 6), (0, 6), (0, 0)], &[(0, 3), (3, 3)]],
        'G' => &[&[(4, 5), (3, 6), (1, 6), (0, 5), (0, 1), (1, 0), (3, 0), (4, 1), (4, 3), (2, 3)]],
        'H' => &[&[(0, 0), (0, 6)], &[(4, 0), (4, 6)], &[(0, 3), (4, 3)]],
        'I' => &[&[(2, 0), (2, 6)], &[(1, 0), (3, 0)], &[(1, 6), (3, 6)]],
        'J' => &[&[(4, 6), (4, 1), (3, 0), (1, 0), (0, 1)]],
        'K' => &[&[(0, 0), (0, 6)], &[(4, 6), (0, 2)], &[(1, 3), (4, 0)]],
        'L' => &[&[(0, 6), (0, 0), (4, 0)]],
        'M' => &[&[(0, 0), (0, 6), (2, 3), (4, 6), (4, 0)]],
        'N' => &[&[(0, 0), (0, 6), (4, 0), (4, 6)]],
        'O' => &[&[(1, 0), (0, 1), (0, 5), (1, 6), (3, 6), (4, 5), (4, 1), (3, 0), (1, 0)]],
        'P' => &[&[(0, 0), (0, 6), (3, 6), (4, 5), (4, 4), (3, 3), (0, 3)]],
        'Q' => &[
            &[(1, 0), (0, 1), (0, 5), (1, 6), (3, 6), (4, 5), (4, 1), (3, 0), (1, 0)],
            &[(2, 2), (4, 0)],
        ],
        'R' => &[&[(0, 0), (0, 6), (3, 6), (4, 5), (4, 4), (3, 3), (0, 3)], &[(2, 3), (4, 0)]],
        'S' => &[
            &[(4, 5), (3, 6), (1, 6), (0, 5), (0, 4), (1, 3), (3, 3), (4, 2), (4, 1), (3, 0)],
            &[(3, 0), (1, 0), (0, 1)],
        ],
        'T' => &[&[(0, 6), (4, 6)], &[(2, 6), (2, 0)]],
        'U' => &[&[(0, 6), (0, 1), (1, 0), (3, 0), (4, 1), (4, 6)]],
        'V' => &[&[(0, 6), (2, 0), (4, 6)]],
        'W' => &[&[(0, 6), (1, 0), (2, 4), (3, 0), (4, 6)]],
        'X' => &[&[(0, 0), (4, 6)], &[(0, 6), (4, 0)]],
        'Y' => &[&[(0, 6), (2, 3), (4, 6)], &[(2, 3), (2, 0)]],
        'Z' => &[&[(0, 6), (4, 6), (0, 0), (4, 0)]],
        '-' => &[&[(0, 3), (4, 3)]],
        '_' => &[&[(0, 0), (4, 0)]],
        '.' => &[&[(2, 0), (2, 0)]],
        '/' => &[&[(0, 0), (4, 6)]],
        '+' => &[&[(0, 3), (4, 3)], &[(2, 1), (2, 5)]],
        '^' => &[&[(2, 0), (2, 6)], &[(0, 4), (2, 6), (4, 4)]],
        ' ' => &[],
        _ => return None,
    })
}

/// Where text is written and how large.
#[derive(Clone, Copy, Debug)]
pub struct Lettering<F: Frame> {
    /// Middle of the line of text.
    pub center: Point<F>,
    /// Unit direction of reading.
    pub right: Vector<F>,
    /// Unit direction of the top of the letters.
    pub up: Vector<F>,
    /// Height of a capital, mm.
    pub height_mm: f64,
    /// Width of a stroke, mm.
    pub stroke_mm: f64,
}

/// A line of text as a solid: tubes as thick as the stroke. Cut it to engrave, add it to emboss.
pub struct Text<F: Frame> {
    tubes: Vec<Capsule<F>>,
    bounds: Aabb<F>,
}

/// A text with a letter that has no glyph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{letter}` cannot be engraved; use A-Z, 0-9, space and - _ . / + ^")]
pub struct TextError {
    /// The letter.
    pub letter: char,
}

impl<F: Frame> Text<F> {
    /// The tubes of `text`; small letters become capitals.
    ///
    /// # Errors
    /// [`TextError`] for a letter without a glyph.
    pub fn new(text: &str, lettering: &Lettering<F>) -> Result<Self, TextError> {
        Self::projected(text, lettering, |p| p)
    }

    /// The tubes of `text` laid onto a surface: `onto` takes each point of the plane to it.
    ///
    /// # Errors
    /// [`TextError`] for a letter without a glyph.
    pub fn projected(
        text: &str,
        lettering: &Lettering<F>,
        onto: impl Fn(Point<F>) -> Point<F>,
    ) -> Result<Self, TextError> {
        let unit = lettering.height_mm / 6.0;
        let advance = 5.5 * unit;
        let width = advance * text.chars().count() as f64 - 1.5 * unit;
        let left = lettering.center - lettering.right * (0.5 * width);
        let foot = left - lettering.up * (3.0 * unit);
        let mut tubes = Vec::new();
        for (n, letter) in text.chars().enumerate() {
            let glyph = strokes(letter.to_ascii_uppercase()).ok_or(TextError { letter })?;
            let corner = foot + lettering.right * (advance * n as f64);
            let place = |(x, y): (i8, i8)| {
                corner
                    + lettering.right * (unit * f64::from(x))
                    + lettering.up * (unit * f64::from(y))
            };
            for pair in glyph.iter().flat_map(|stroke| stroke.windows(2)) {
                let (from, to) = (place(pair[0]), place(pair[1]));
                let pieces = (from.distance(to) / lettering.stroke_mm).ceil().max(1.0);
                let at = |n: f64| onto(from.lerp(to, n / pieces));
                for n in 0..pieces as usize {
                    let (from, to) = (at(n as f64), at(n as f64 + 1.0));
                    tubes.push(Capsule { from, to, radius_mm: 0.5 * lettering.stroke_mm });
                }
            }
        }
        let bounds = tubes.iter().fold(Aabb::empty(), |all, tube| all.union(tube.bounds()));
        Ok(Self { tubes, bounds })
    }

    /// How long `text` gets, in mm.
    pub fn length_mm(text: &str, height_mm: f64) -> f64 {
        (5.5 * text.chars().count() as f64 - 1.5).max(0.0) * height_mm / 6.0
    }

    /// Whether there is anything to see.
    pub fn is_empty(&self) -> bool {
        self.tubes.is_empty()
    }
}

impl<F: Frame> Field<F> for Text<F> {
    fn distance(&self, p: Point<F>) -> f64 {
        let near = self.bounds.distance(p);
        if near > 1.0 {
            return near; // the letters lie inside their box
        }
        self.tubes.iter().map(|tube| tube.distance(p)).fold(1e6, f64::min)
    }
    fn bounds(&self) -> Aabb<F> {
        self.bounds
    }

    /// Asks only the tubes that can be nearest somewhere in the block.
    fn sample(&self, block: &Block<F>, distances: &mut [f32]) {
        let region = block.bounds();
        let (center, reach) = (region.center(), 0.5 * region.size().norm());
        let from_center: Vec<f64> = self.tubes.iter().map(|t| t.distance(center)).collect();
        let best = from_center.iter().copied().fold(1e6, f64::min) + 2.0 * reach;
        let near = self.tubes.iter().zip(&from_center).filter(|(_, d)| **d <= best);
        let near: Vec<Capsule<F>> = near.map(|(tube, _)| *tube).collect();
        block.fill(distances, |p| {
            let outside = self.bounds.distance(p);
            if outside > 1.0 {
                return outside;
            }
            near.iter().map(|tube| tube.distance(p)).fold(1e6, f64::min)
        });
    }
}
