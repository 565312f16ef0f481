//! A printed layer from above.

use ossein_geom::Layer;

use crate::color::{self, GREY, Rgb};
use crate::image::Image;
use crate::key;
use crate::paint::{self, Spot};

/// How a layer is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerView {
    /// Lowest x and y of the picture in mm.
    pub low_mm: [f64; 2],
    /// Highest x and y of the picture in mm.
    pub high_mm: [f64; 2],
    /// Width of the picture in pixels; the height follows.
    pub width: usize,
    /// Colour of solid.
    pub color: Rgb,
    /// Lines of words at the top.
    pub caption: Vec<String>,
    /// Whether to draw a scale bar.
    pub scale_bar: bool,
}

impl LayerView {
    /// The view that holds all of `layers`, titanium on white.
    pub fn around(layers: &[&Layer], width: usize) -> Self {
        let mut points = layers.iter().flat_map(|l| l.contours.iter().flat_map(|c| &c.points));
        let start = points.next().copied().unwrap_or([0.0; 2]);
        let (mut low, mut high) = (start, start);
        for p in points {
            for a in 0..2 {
                low[a] = low[a].min(p[a]);
                high[a] = high[a].max(p[a]);
            }
        }
        let margin = (0.08 * (high[0] - low[0]).max(high[1] - low[1])).max(0.5);
        Self {
            low_mm: low.map(|v| v - margin),
            high_mm: high.map(|v| v + margin),
            width,
            color: [92, 106, 122],
            caption: Vec::new(),
            scale_bar: true,
        }
    }
}

/// Draws a layer: closed curves filled, holes left open, y upwards.
///
/// # Panics
/// If the view holds nothing, or its picture is larger than [`crate::image::SIDE_MAX`].
pub fn layer(layer: &Layer, view: &LayerView) -> Image {
    let size_mm = [view.high_mm[0] - view.low_mm[0], view.high_mm[1] - view.low_mm[1]];
    assert!(size_mm.iter().all(|&s| s > 0.0), "a view of {size_mm:?} mm");
    let scale = view.width as f64 / size_mm[0];
    let height = (size_mm[1] * scale).round().max(1.0) as usize;
    let mut image = Image::white(view.width, height);
    let spot = |p: &[f64; 2]| -> Spot {
        let x = (p[0] - view.low_mm[0]) * scale;
        [x as f32, (height as f64 - (p[1] - view.low_mm[1]) * scale) as f32]
    };
    let curves: Vec<Vec<Spot>> =
        layer.contours.iter().map(|c| c.points.iter().map(spot).collect()).collect();
    paint::fill(&mut image, &curves, view.color, 1.0);
    for curve in &curves {
        let closed: Vec<Spot> = curve.iter().chain(curve.first()).copied().collect();
        paint::polyline(&mut image, &closed, 1.0, color::INK, 0.6);
    }
    let corner = [view.width as f32 - 0.5, height as f32 - 0.5];
    paint::polyline(&mut image, &[[0.5, 0.5], [corner[0], 0.5]], 1.0, GREY, 0.4);
    paint::polyline(&mut image, &[[0.5, corner[1]], corner], 1.0, GREY, 0.4);
    let end = image.width as f32;
    key::caption(&mut image, &view.caption, false, end);
    if view.scale_bar {
        key::scale_bar(&mut image, 1.0 / scale, false);
    }
    image
}

#[cfg(test)]
mod tests {
    use ossein_geom::Contour;

    use super::*;

    #[test]
    fn a_layer_covers_its_area() {
        let square = |r: f64, sign: f64| {
            let corners = [[-r, -r * sign], [r, -r * sign], [r, r * sign], [-r, r * sign]];
            Contour { points: corners.to_vec() }
        };
        let solid = Layer { z_mm: 1.0, contours: vec![square(5.0, 1.0), square(2.0, -1.0)] };
        assert_eq!(solid.area_mm2(), 84.0);
        let view =
            LayerView { color: [0; 3], scale_bar: false, ..LayerView::around(&[&solid], 580) };
        let image = layer(&solid, &view);
        let dark = image.rgba.chunks_exact(4).filter(|p| p[0] < 128).count() as f64;
        let mm = (view.high_mm[0] - view.low_mm[0]) / 580.0;
        assert!((dark * mm * mm - 84.0).abs() < 0.6, "{}", dark * mm * mm);
    }
}
