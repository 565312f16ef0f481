//! Values over a plane in colour: heights, gaps, stresses of an end face.

use crate::color::{ColorMap, INK, Rgb};
use crate::image::Image;
use crate::key::{self, Legend};
use crate::paint::{self, Spot};
use crate::text::{Anchor, Pen};

/// A value at every place of a regular grid.
#[derive(Clone, Debug, PartialEq)]
pub struct HeightMap {
    /// Columns; the first is at the left.
    pub width: usize,
    /// Rows; the first is at the top.
    pub height: usize,
    /// `[row][column]`; nothing is drawn where a value is not a number.
    pub values: Vec<f32>,
    /// Distance between neighbours in mm.
    pub spacing_mm: f64,
    /// How a value becomes a colour.
    pub map: ColorMap,
    /// Values at both ends of the colours.
    pub range: [f32; 2],
    /// What the values are, with their unit: `gap, mm`. The legend's title.
    pub title: String,
    /// Lines of words at the top.
    pub caption: Vec<String>,
    /// Letters at the left, right, top and bottom edge: `["R", "L", "A", "P"]`; empty ones are
    /// left out.
    pub letters: [String; 4],
    /// Draws a line where the values cross this one.
    pub level: Option<f32>,
    /// Width of the whole picture in pixels; the height follows.
    pub picture_width: usize,
}

/// Draws values in colour, linear between neighbours, with a legend and a scale bar.
///
/// # Panics
/// If there is not one value for every place, or the picture is larger than
/// [`crate::image::SIDE_MAX`].
pub fn height_map(map: &HeightMap) -> Image {
    assert_eq!(map.values.len(), map.width * map.height, "one value for every place");
    assert!(map.width > 0 && map.height > 0, "a map of nothing");
    let field = (map.picture_width as f64 * 0.74).max(1.0);
    let scale = field / map.width as f64;
    let margin = map.picture_width as f64 * 0.1;
    let height = (map.height as f64 * scale + 2.0 * margin).round() as usize;
    let mut image = Image::white(map.picture_width, height.max(1));
    let left = 0.06 * map.picture_width as f64;
    let place = |x: usize, y: usize| {
        [(x as f64 + 0.5 - left) / scale - 0.5, (y as f64 + 0.5 - margin) / scale - 0.5]
    };
    for y in 0..image.height {
        for x in 0..image.width {
            let [u, v] = place(x, y);
            let Some((value, cover)) = sample(map, u, v) else { continue };
            image.blend(x, y, map.map.of(value, map.range), cover);
            if let Some(level) = map.level {
                let line = level_cover(map, u, v, value, level, scale);
                image.blend(x, y, INK, line * cover);
            }
        }
    }
    let low = [left as f32, margin as f32];
    let high = [(left + field) as f32, (margin + map.height as f64 * scale) as f32];
    letters(&mut image, map, low, high);
    key::legend(
        &mut image,
        &Legend::Bar { title: map.title.clone(), map: map.map, range: map.range },
    );
    let end = image.width as f32;
    key::caption(&mut image, &map.caption, false, end);
    key::scale_bar(&mut image, map.spacing_mm / scale, false);
    image
}

/// The value between the places around `u`, `v`, and how much of them has a value.
fn sample(map: &HeightMap, u: f64, v: f64) -> Option<(f32, f32)> {
    let (low_u, low_v) = (u.floor(), v.floor());
    let (mut sum, mut weights) = (0.0, 0.0);
    for (du, dv) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        let (x, y) = (low_u as i64 + du, low_v as i64 + dv);
        if x < 0 || y < 0 || x >= map.width as i64 || y >= map.height as i64 {
            continue;
        }
        let value = map.values[y as usize * map.width + x as usize];
        let part = |at: f64, low: f64, high: i64| {
            if high == 1 { at - low } else { 1.0 - (at - low) }
        };
        if value.is_finite() {
            let weight = part(u, low_u, du) * part(v, low_v, dv);
            sum += weight * f64::from(value);
            weights += weight;
        }
    }
    // Half a place of smooth edge around what has a value.
    let cover = ((weights - 0.25) * 2.0).clamp(0.0, 1.0) as f32;
    (cover > 0.0).then(|| ((sum / weights) as f32, cover))
}

fn level_cover(map: &HeightMap, u: f64, v: f64, value: f32, level: f32, scale: f64) -> f32 {
    let step = 1.0 / scale;
    let slope = |a: Option<(f32, f32)>| a.map_or(0.0, |(there, _)| there - value);
    let (dx, dy) = (slope(sample(map, u + step, v)), slope(sample(map, u, v + step)));
    let slope = (dx * dx + dy * dy).sqrt();
    if slope > 0.0 { (1.3 - (value - level).abs() / slope).clamp(0.0, 1.0) } else { 0.0 }
}

fn letters(image: &mut Image, map: &HeightMap, low: Spot, high: Spot) {
    const BLUE: Rgb = [28, 86, 160];
    let size = 1.1 * key::text_size(image);
    let pen = Pen::new(size, BLUE).medium().with_halo([255; 3]);
    let (mx, my) = (0.5 * (low[0] + high[0]), 0.5 * (low[1] + high[1]) + 0.36 * size);
    let spots = [
        [low[0] - 0.9 * size, my],
        [high[0] + 0.9 * size, my],
        [mx, low[1] - 0.4 * size],
        [mx, high[1] + 1.1 * size],
    ];
    for (at, letter) in spots.into_iter().zip(&map.letters) {
        pen.draw(image, at, Anchor::Middle, letter);
    }
    if map.values.iter().all(|v| !v.is_finite()) {
        let pen = Pen::new(size, INK);
        pen.draw(image, [mx, my], Anchor::Middle, "no values");
        paint::polyline(
            image,
            &[low, [high[0], low[1]], high, [low[0], high[1]], low],
            1.0,
            INK,
            0.4,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_shows_values_and_leaves_the_rest_white() {
        let values = (0..400).map(|n| {
            let (x, y) = (n % 20, n / 20);
            if (x - 10) * (x - 10) + (y - 10) * (y - 10) < 64 { x as f32 } else { f32::NAN }
        });
        let map = HeightMap {
            width: 20,
            height: 20,
            values: values.collect(),
            spacing_mm: 1.0,
            map: ColorMap::Amount,
            range: [0.0, 20.0],
            title: "gap, mm".into(),
            caption: vec![],
            letters: ["R", "L", "A", "P"].map(String::from),
            level: Some(9.0),
            picture_width: 400,
        };
        let image = height_map(&map);
        let [r, g, b, _] = image.at(24 + 14 * 15, 40 + 10 * 15);
        let want = ColorMap::Amount.of(14.0, map.range);
        assert!(r.abs_diff(want[0]) < 8 && g.abs_diff(want[1]) < 8 && b.abs_diff(want[2]) < 8);
        assert_eq!(image.at(24 + 8, 40 + 8), [255; 4]);
        let empty = HeightMap { values: vec![f32::NAN; 400], ..map };
        height_map(&empty);
    }
}
