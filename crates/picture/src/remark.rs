//! Words over a finished picture.

use crate::color::Rgb;
use crate::image::Image;
use crate::key::text_size;
use crate::paint;
use crate::text::{Anchor, Pen};

const RED: Rgb = [176, 24, 24];
const GROUND: Rgb = [255; 3];

/// What stands in a picture whose letters follow a header that anatomy contradicts.
pub const HEADER_DOUBTED: [&str; 2] =
    ["L, R, A, P follow the scan's header,", "which has the head turned: see the warning"];

/// Writes lines on a white ground into the upper left corner, beneath a caption and the letter in
/// the middle of the upper edge, as large as they fit.
pub fn remark(image: &mut Image, lines: &[&str]) {
    let margin = 0.7 * text_size(image);
    let pen = |size: f32| Pen::new(size, RED).medium();
    let widest = lines.iter().map(|line| pen(1.0).width(line)).fold(1.0, f32::max);
    let size = text_size(image).min((image.width as f32 - 2.0 * margin) / widest);
    let below = 2.0 * text_size(image);
    let (width, height) = (widest * size, 1.3 * size * lines.len() as f32);
    let low = [margin - 0.3 * size, below - 0.1 * size];
    let high = [margin + width + 0.3 * size, below + height + 0.2 * size];
    paint::rectangle(image, low, high, GROUND, 1.0);
    for (n, line) in lines.iter().enumerate() {
        let at = [margin, below + size * (1.0 + 1.3 * n as f32)];
        pen(size).draw(image, at, Anchor::Left, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_is_red_on_white_on_every_picture_and_stays_in_it() {
        for ground in [[255, 255, 255, 255], [0, 0, 0, 255]] {
            let plain = Image::filled(300, 200, ground);
            let mut image = plain.clone();
            remark(
                &mut image,
                &["a line that is far too long to be written at the usual size", "b"],
            );
            let changed = |x: usize, y: usize| image.at(x, y) != plain.at(x, y);
            let red = |x: usize, y: usize| image.at(x, y)[..3] == RED;
            let places = (0..200).flat_map(|y| (0..300).map(move |x| (x, y)));
            assert!(places.clone().any(|(x, y)| red(x, y)));
            // Clear of the edges: nothing is cut off.
            let edge = |x: usize, y: usize| !(3..=296).contains(&x) || !(20..100).contains(&y);
            let beside_red = |x: usize, y: usize| red(x, y) && image.at(x + 4, y)[..3] == GROUND;
            assert!(places.clone().any(|(x, y)| x < 296 && beside_red(x, y)));
            assert!(!places.clone().any(|(x, y)| edge(x, y) && changed(x, y)));
            assert!(places.clone().any(|(x, y)| x > 260 && red(x, y)));
        }
    }
}
