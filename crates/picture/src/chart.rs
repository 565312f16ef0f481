//! Charts of lines and bars.

use crate::color::{GREY, INK, PALE, Rgb};
use crate::image::Image;
use crate::key::{number, text_size, ticks};
use crate::paint::{self, Spot};
use crate::text::{Anchor, Pen};

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A line through the points.
    Line,
    /// A line, and colour down to nought.
    Area,
    /// A bar for every point, centred on its x.
    Bars,
    /// A dot for every point.
    Dots,
}

/// Points with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The name; shown where there are several series.
    pub name: String,
    /// x and y; points that are not numbers are left out.
    pub points: Vec<[f64; 2]>,
    /// Its colour.
    pub color: Rgb,
    /// How it is drawn.
    pub style: Style,
}

/// A chart with two axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Set at the top; may be empty.
    pub title: String,
    /// Name of the lower axis, with its unit.
    pub x_label: String,
    /// Name of the left axis, with its unit.
    pub y_label: String,
    /// What is drawn, the first at the bottom.
    pub series: Vec<Series>,
    /// Horizontal lines with a name: limits.
    pub limits: Vec<(f64, String)>,
    /// Whether the left axis starts at nought where all values are positive.
    pub from_zero: bool,
    /// Width and height in pixels.
    pub size: [usize; 2],
}

/// Red that people with any colour vision tell from the series.
const LIMIT: Rgb = [176, 36, 44];

struct Frame {
    low: [f64; 2],
    high: [f64; 2],
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
}

impl Frame {
    fn spot(&self, p: [f64; 2]) -> Spot {
        let share = |a: usize| ((p[a] - self.low[a]) / (self.high[a] - self.low[a])) as f32;
        [
            self.left + share(0) * (self.right - self.left),
            self.bottom - share(1) * (self.bottom - self.top),
        ]
    }
}

/// Draws a chart.
///
/// # Panics
/// If a side of the picture is zero or above [`crate::image::SIDE_MAX`].
pub fn chart(chart: &Chart) -> Image {
    let mut image = Image::white(chart.size[0], chart.size[1]);
    let size = text_size(&image).max(chart.size[0] as f32 / 62.0).min(40.0);
    let (low, high) = ranges(chart);
    let (y_step, y_ticks) = ticks(low[1], high[1], 4.0);
    let pen = Pen::new(size, INK);
    let widest = y_ticks.iter().map(|&t| pen.width(&number(t, y_step))).fold(0.0, f32::max);
    let head = if chart.title.is_empty() { 1.2 } else { 3.0 };
    let several = chart.series.len() > 1;
    let frame = Frame {
        low,
        high,
        left: widest + 3.2 * size,
        right: image.width as f32 - 1.6 * size,
        top: size * (head + if several { 1.4 } else { 0.0 }),
        bottom: image.height as f32 - 3.8 * size,
    };
    axes(&mut image, chart, &frame, size, (y_step, &y_ticks));
    for series in &chart.series {
        draw(&mut image, &frame, series, size);
    }
    for (limit, name) in &chart.limits {
        let y = frame.spot([low[0], *limit])[1];
        paint::polyline(&mut image, &[[frame.left, y], [frame.right, y]], 1.6, LIMIT, 1.0);
        let pen = Pen::new(0.95 * size, LIMIT).with_halo([255; 3]);
        pen.draw(&mut image, [frame.right, y - 0.4 * size], Anchor::Right, name);
    }
    if several {
        names(&mut image, chart, &frame, size);
    }
    let title = Pen::new(1.1 * size, INK).medium();
    title.draw(&mut image, [frame.left, 1.7 * size], Anchor::Left, &chart.title);
    image
}

fn ranges(chart: &Chart) -> ([f64; 2], [f64; 2]) {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    let mut include = |a: usize, v: f64| {
        if v.is_finite() {
            low[a] = low[a].min(v);
            high[a] = high[a].max(v);
        }
    };
    for series in &chart.series {
        let half = if series.style == Style::Bars { 0.5 * bar_step(series) } else { 0.0 };
        for p in &series.points {
            include(0, p[0] - half);
            include(0, p[0] + half);
            include(1, p[1]);
        }
        if matches!(series.style, Style::Bars | Style::Area) {
            include(1, 0.0);
        }
    }
    for (limit, _) in &chart.limits {
        include(1, *limit);
    }
    if chart.from_zero && low[1] > 0.0 {
        low[1] = 0.0;
    }
    for a in 0..2 {
        if low[a] > high[a] {
            (low[a], high[a]) = (0.0, 1.0);
        } else if low[a] == high[a] {
            (low[a], high[a]) = (low[a] - 0.5, high[a] + 0.5);
        }
    }
    let room = 0.06 * (high[1] - low[1]);
    if low[1] != 0.0 {
        low[1] -= room;
    }
    high[1] += room;
    (low, high)
}

fn bar_step(series: &Series) -> f64 {
    let steps = series.points.windows(2).map(|w| (w[1][0] - w[0][0]).abs());
    let least = steps.filter(|s| *s > 0.0).fold(f64::INFINITY, f64::min);
    if least.is_finite() { least } else { 1.0 }
}

fn axes(image: &mut Image, chart: &Chart, frame: &Frame, size: f32, (step, marks): (f64, &[f64])) {
    let pen = Pen::new(size, INK);
    for &tick in marks {
        let y = frame.spot([frame.low[0], tick])[1];
        paint::polyline(image, &[[frame.left, y], [frame.right, y]], 1.0, PALE, 1.0);
        let at = [frame.left - 0.5 * size, y + 0.36 * size];
        pen.draw(image, at, Anchor::Right, &number(tick, step));
    }
    let count = f64::from((frame.right - frame.left) / size / 9.0).clamp(2.0, 8.0);
    let (step, marks) = ticks(frame.low[0], frame.high[0], count);
    for &tick in &marks {
        let x = frame.spot([tick, frame.low[1]])[0];
        let ends = [[x, frame.bottom], [x, frame.bottom + 0.3 * size]];
        paint::polyline(image, &ends, 1.0, GREY, 1.0);
        let at = [x, frame.bottom + 1.4 * size];
        pen.draw(image, at, Anchor::Middle, &number(tick, step));
    }
    let base = [[frame.left, frame.bottom], [frame.right, frame.bottom]];
    paint::polyline(image, &base, 1.2, GREY, 1.0);
    let middle = 0.5 * (frame.left + frame.right);
    let below = image.height as f32 - 0.9 * size;
    pen.draw(image, [middle, below], Anchor::Middle, &chart.x_label);
    let middle = 0.5 * (frame.top + frame.bottom);
    pen.draw_upwards(image, [1.4 * size, middle], &chart.y_label);
}

fn draw(image: &mut Image, frame: &Frame, series: &Series, size: f32) {
    let whole = |p: &&[f64; 2]| p.iter().all(|v| v.is_finite());
    let spots: Vec<Spot> = series.points.iter().filter(whole).map(|&p| frame.spot(p)).collect();
    let base = frame.spot([frame.low[0], frame.low[1].max(0.0).min(frame.high[1])])[1];
    let line = (size / 9.0).max(1.6);
    match series.style {
        Style::Line => paint::polyline(image, &spots, line, series.color, 1.0),
        Style::Area => {
            let ends = spots.first().zip(spots.last());
            let under: Vec<Spot> = ends
                .map(|(a, b)| [[a[0], base], [b[0], base]])
                .map(|[a, b]| [&[a], spots.as_slice(), &[b]].concat())
                .unwrap_or_default();
            paint::fill(image, &[under], series.color, 0.22);
            paint::polyline(image, &spots, line, series.color, 1.0);
        }
        Style::Bars => {
            let step = bar_step(series) / (frame.high[0] - frame.low[0]);
            let half = 0.4 * step as f32 * (frame.right - frame.left);
            for s in spots {
                let (low, high) = ([s[0] - half, s[1].min(base)], [s[0] + half, s[1].max(base)]);
                paint::rectangle(image, low, high, series.color, 1.0);
            }
        }
        Style::Dots => {
            for s in spots {
                paint::polyline(image, &[s, s], 0.5 * size, series.color, 1.0);
            }
        }
    }
}

fn names(image: &mut Image, chart: &Chart, frame: &Frame, size: f32) {
    let pen = Pen::new(size, INK);
    let mut x = frame.left;
    let y = frame.top - 0.8 * size;
    for series in &chart.series {
        let line = [[x, y - 0.3 * size], [x + 1.4 * size, y - 0.3 * size]];
        paint::polyline(image, &line, 0.3 * size, series.color, 1.0);
        pen.draw(image, [x + 1.8 * size, y], Anchor::Left, &series.name);
        x += 3.2 * size + pen.width(&series.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(points: Vec<[f64; 2]>, style: Style) -> Chart {
        let series = Series { name: "a".into(), points, color: [0, 90, 180], style };
        Chart {
            title: "T".into(),
            x_label: "height, mm".into(),
            y_label: "area, mm\u{b2}".into(),
            series: vec![series],
            limits: vec![],
            from_zero: true,
            size: [600, 300],
        }
    }

    #[test]
    fn a_bar_is_as_high_as_its_value() {
        let image = chart(&plain(vec![[0.0, 1.0], [1.0, 2.0]], Style::Bars));
        let blue = |left: bool| {
            let column =
                |x: usize| (0..300).filter(|&y| image.at(x, y) == [0, 90, 180, 255]).count();
            if left { (0..330).map(column).max() } else { (330..600).map(column).max() }
        };
        let (low, high) = (blue(true).unwrap() as f64, blue(false).unwrap() as f64);
        assert!((high / low - 2.0).abs() < 0.05, "{low} {high}");
    }

    #[test]
    fn strange_values_do_no_harm() {
        for points in [
            vec![],
            vec![[1.0, 1.0]],
            vec![[0.0, f64::NAN], [1.0, f64::INFINITY]],
            vec![[-1e300, 1e300], [1e300, -1e300]],
            vec![[0.0, 1e-300], [0.0, 2e-300]],
        ] {
            for style in [Style::Line, Style::Area, Style::Bars, Style::Dots] {
                chart(&plain(points.clone(), style));
            }
        }
    }
}
