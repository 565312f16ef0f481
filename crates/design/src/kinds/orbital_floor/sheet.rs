//! A sheet of even thickness with a round edge.

use ossein_field::Field;
use ossein_field::height::Raster;
use ossein_geom::{Aabb, Implant, Point, float};

/// A surface over x and y, thickened to both sides, within an outline.
pub(super) struct Sheet {
    /// Its middle, mm.
    pub middle: Raster,
    /// Cosine of the middle's slope.
    cosine: Raster,
    /// Signed distance to the outline of the middle, seen along z: negative inside.
    pub edge: Raster,
    half_mm: f64,
    scale: f64,
    bounds: Aabb<Implant>,
}

impl Sheet {
    /// From its middle, its outline and its thickness.
    pub fn new(middle: Raster, edge: Raster, thickness_mm: f64) -> Self {
        let half_mm = 0.5 * thickness_mm;
        let cosine = cosine(&middle);
        let reach = half_mm + 0.5;
        let mut bounds = Aabb::empty();
        for n in (0..edge.values.len()).filter(|&n| f64::from(edge.values[n]) < reach) {
            let [i, j] = [n % edge.size[0], n / edge.size[0]];
            let x = edge.origin[0] + i as f64 * edge.step_mm;
            let y = edge.origin[1] + j as f64 * edge.step_mm;
            bounds = bounds.with(Point::new(x, y, f64::from(middle.values[n])));
        }
        let steep = middle.slope_max();
        let least = cosine.extremes().0;
        // The vertical way times the cosine: its slope is at most this.
        let rise = (least * least * steep * steep + 1.0).sqrt().max(1.0);
        let turn = 1.0 + half_mm * cosine.slope_max() * 8.0;
        let scale = 1.0 / (float::hypot(rise, edge.slope_max().max(1.0)) * turn);
        Self { middle, cosine, edge, half_mm, scale, bounds: bounds.grow(2.0 * reach) }
    }
}

/// Cosine of the slope of heights.
pub(super) fn cosine(heights: &Raster) -> Raster {
    let step = heights.step_mm;
    let at = |n: usize| {
        let x = heights.origin[0] + (n % heights.size[0]) as f64 * step;
        let y = heights.origin[1] + (n / heights.size[0]) as f64 * step;
        let dx = (heights.at(x + step, y) - heights.at(x - step, y)) / (2.0 * step);
        let dy = (heights.at(x, y + step) - heights.at(x, y - step)) / (2.0 * step);
        (1.0 / (1.0 + dx * dx + dy * dy).sqrt()) as f32
    };
    Raster { values: (0..heights.values.len()).map(at).collect(), ..heights.clone() }
}

impl Field<Implant> for Sheet {
    fn distance(&self, p: Point<Implant>) -> f64 {
        let outside = self.edge.at(p.x, p.y).max(0.0);
        let over = (p.z - self.middle.at(p.x, p.y)) * self.cosine.at(p.x, p.y);
        (float::hypot(over, outside) - self.half_mm) * self.scale
    }
    fn bounds(&self) -> Aabb<Implant> {
        self.bounds
    }
}
