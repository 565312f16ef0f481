//! What makes a picture readable: legend, scale bar, caption.

use crate::color::{ColorMap, INK, Rgb};
use crate::image::Image;
use crate::paint;
use crate::text::{Anchor, Pen};

/// Key to colours.
#[derive(Clone, Debug, PartialEq)]
pub enum Legend {
    /// A bar of colours with ticks.
    Bar {
        /// What the values are, with their unit: `gap, mm`.
        title: String,
        /// How a value becomes a colour.
        map: ColorMap,
        /// Values at both ends.
        range: [f32; 2],
    },
    /// Names with their colours.
    Names(Vec<(String, Rgb)>),
}

/// Height of words in a picture of this size, in pixels.
pub(crate) fn text_size(image: &Image) -> f32 {
    (image.height.min(image.width) as f32 / 32.0).clamp(11.0, 40.0)
}

/// A step of 1, 2 or 5 times a power of ten, the largest that fits `count_min` times into `length`.
pub(crate) fn nice_step(length: f64, count_min: f64) -> f64 {
    let most = length / count_min;
    if !(most > 0.0 && most.is_finite()) {
        return 1.0;
    }
    let mut power = 1.0;
    for _ in 0..320 {
        if power * 10.0 <= most {
            power *= 10.0;
        } else if power > most {
            power /= 10.0;
        } else {
            break;
        }
    }
    [5.0, 2.0, 1.0].map(|n| n * power).into_iter().find(|&s| s <= most).unwrap_or(power)
}

/// A number with as many digits as a step needs.
pub(crate) fn number(value: f64, step: f64) -> String {
    let mut digits = 0;
    let mut scaled = step.abs();
    while digits < 9 && scaled > 0.0 && scaled < 0.999 {
        scaled *= 10.0;
        digits += 1;
    }
    let text = format!("{value:.digits$}");
    let text = if text.trim_start_matches(['-', '0', '.']).is_empty() {
        text.trim_start_matches('-').to_string()
    } else {
        text
    };
    text.replacen('-', "\u{2212}", 1)
}

/// The multiples of a nice step in a range.
pub(crate) fn ticks(low: f64, high: f64, count_min: f64) -> (f64, Vec<f64>) {
    const TICK_COUNT_MAX: usize = 50;
    let step = nice_step(high - low, count_min);
    let first = (low / step - 1e-9).ceil();
    let ticks = (0..TICK_COUNT_MAX)
        .map(|n| (first + n as f64) * step)
        .take_while(|&t| t <= high + 1e-9 * step.abs())
        .collect();
    (step, ticks)
}

/// Draws the legend at the right edge.
pub(crate) fn legend(image: &mut Image, legend: &Legend) {
    match legend {
        Legend::Bar { title, map, range } => bar(image, title, *map, *range),
        Legend::Names(names) => list(image, names),
    }
}

fn bar(image: &mut Image, title: &str, map: ColorMap, range: [f32; 2]) {
    let size = text_size(image);
    let pen = Pen::new(size, INK).with_halo([255; 3]);
    let (width, height) = (image.width as f32, image.height as f32);
    let (step, marks) = ticks(f64::from(range[0]), f64::from(range[1]), 4.0);
    let widest = marks.iter().map(|&t| pen.width(&number(t, step))).fold(0.0, f32::max);
    let right = width - size - widest - 0.6 * size;
    let left = right - 0.9 * size;
    let (top, bottom) = (0.24 * height, 0.80 * height);
    for y in top as usize..bottom as usize {
        let fraction = (bottom - 0.5 - y as f32) / (bottom - top);
        for x in left as usize..right as usize {
            image.blend(x, y, map.color(fraction), 1.0);
        }
    }
    for &tick in &marks {
        let share = (tick as f32 - range[0]) / (range[1] - range[0]);
        let y = bottom - share * (bottom - top);
        paint::polyline(image, &[[right - 0.2 * size, y], [right + 0.25 * size, y]], 1.2, INK, 1.0);
        let at = [right + 0.5 * size, y + 0.36 * size];
        pen.draw(image, at, Anchor::Left, &number(tick, step));
    }
    pen.medium().draw(image, [width - size, top - 0.9 * size], Anchor::Right, title);
}

fn list(image: &mut Image, names: &[(String, Rgb)]) {
    const NAME_COUNT_MAX: usize = 24;
    let size = text_size(image);
    let pen = Pen::new(size, INK).with_halo([255; 3]);
    let names = &names[..names.len().min(NAME_COUNT_MAX)];
    let widest = names.iter().map(|(name, _)| pen.width(name)).fold(0.0, f32::max);
    let left = image.width as f32 - widest - 2.6 * size;
    for (n, (name, rgb)) in names.iter().enumerate() {
        let y = 0.2 * image.height as f32 + n as f32 * 1.5 * size;
        paint::rectangle(image, [left, y - 0.75 * size], [left + size, y + 0.1 * size], *rgb, 1.0);
        pen.draw(image, [left + 1.4 * size, y], Anchor::Left, name);
    }
}

/// Draws a scale bar at the lower right, about a fifth of the picture wide.
pub(crate) fn scale_bar(image: &mut Image, mm_per_pixel: f64, dark: bool) {
    let size = text_size(image);
    let length_mm = nice_step(image.width as f64 * mm_per_pixel * 0.25, 1.0);
    let length = (length_mm / mm_per_pixel) as f32;
    if !(length.is_finite() && length > 1.0) {
        return;
    }
    let (ink, halo) = colors(dark);
    let (x, y) = (image.width as f32 - size, image.height as f32 - 0.9 * size);
    let ends = [[x - length, y], [x, y]];
    let tick = 0.25 * size;
    let all = [
        [ends[0], ends[1]],
        [[ends[0][0], y - tick], [ends[0][0], y + tick]],
        [[x, y - tick], [x, y + tick]],
    ];
    paint::lines(image, &all, 3.6, halo, 0.6);
    paint::lines(image, &all, 1.8, ink, 1.0);
    let words = format!("{} mm", number(length_mm, length_mm));
    let pen = Pen::new(size, ink).with_halo(halo);
    pen.draw(image, [x - 0.5 * length, y - 0.55 * size], Anchor::Middle, &words);
}

/// Ink and its halo on a light or a dark picture.
pub(crate) fn colors(dark: bool) -> (Rgb, Rgb) {
    if dark { ([245, 245, 245], [0, 0, 0]) } else { (INK, [255, 255, 255]) }
}

/// Draws lines of words at the upper left; the first is heavier. All are made smaller where one would
/// reach beyond `end_px`.
pub(crate) fn caption(image: &mut Image, lines: &[String], dark: bool, end_px: f32) {
    let usual = text_size(image);
    let width = |(n, line): (usize, &String)| match n {
        0 => Pen::new(1.1 * usual, INK).medium().width(line),
        _ => Pen::new(usual, INK).width(line),
    };
    let widest = lines.iter().enumerate().map(width).fold(1.0, f32::max);
    let size = usual * ((end_px - usual) / widest).min(1.0);
    let (ink, halo) = colors(dark);
    let soft = if dark { [205, 205, 205] } else { INK };
    for (n, line) in lines.iter().enumerate() {
        let at = [usual, size * (1.5 + 1.4 * n as f32)];
        let pen = if n == 0 { Pen::new(1.1 * size, ink).medium() } else { Pen::new(size, soft) };
        pen.with_halo(halo).draw(image, at, Anchor::Left, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(low: f64, high: f64, words: &str) {
        let (step, marks) = ticks(low, high, 4.0);
        let all: Vec<String> = marks.iter().map(|&t| number(t, step)).collect();
        assert_eq!(all.join(" "), words);
    }

    #[test]
    fn ticks_are_round_numbers() {
        check(0.0, 1.0, "0.0 0.2 0.4 0.6 0.8 1.0");
        check(-0.5, 0.5, "\u{2212}0.4 \u{2212}0.2 0.0 0.2 0.4");
        check(0.0, 812.0, "0 200 400 600 800");
        check(1999.0, 2001.0, "1999.0 1999.5 2000.0 2000.5 2001.0");
        check(f64::NAN, 1.0, "");
        check(3.0, 3.0, "3");
    }
}
