//! A strip along a path on a surface: what gives a plate its width and its ends.

use std::sync::Arc;

use ossein_field::Field;
use ossein_field::sampled::Sampled;
use ossein_geom::{Aabb, Implant, Point, Vector};

/// A node of a strip.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// On the surface.
    pub point: Point<Implant>,
    /// Out of the surface.
    pub normal: Vector<Implant>,
    /// How high the plate stands over the surface here, mm.
    pub height_mm: f64,
}

/// A strip along nodes, its ends round.
#[derive(Clone, Debug)]
pub(super) struct Ribbon {
    pub nodes: Vec<Node>,
    pub half_width_mm: f64,
}

/// A place beyond this height over the strip does not belong to it, nor one so deep under it: there
/// the far face of the bone begins, mm.
const TALL_MM: f64 = 9.0;
const DEEP_MM: f64 = 2.6;

impl Ribbon {
    /// How far a place lies outside the strip seen along the strip's own normal, and how high the
    /// plate stands there, mm.
    pub fn across(&self, p: Point<Implant>) -> (f64, f64) {
        let mut best = (f64::INFINITY, 0.0);
        for pair in self.nodes.windows(2) {
            let (a, b) = (&pair[0], &pair[1]);
            let leg = b.point - a.point;
            let t = ((p - a.point).dot(leg) / leg.dot(leg).max(1e-12)).clamp(0.0, 1.0);
            let away = p - a.point.lerp(b.point, t);
            let normal = (a.normal * (1.0 - t) + b.normal * t).unit();
            let over = away.dot(normal);
            let aside = (away - normal * over).norm() - self.half_width_mm;
            let outside = aside.max(over - TALL_MM).max(-over - DEEP_MM);
            if outside < best.0 {
                best = (outside, a.height_mm + t * (b.height_mm - a.height_mm));
            }
        }
        best
    }

    fn bounds(&self) -> Aabb<Implant> {
        let reach = self.half_width_mm.hypot(TALL_MM);
        Aabb::around(self.nodes.iter().map(|node| node.point)).grow(reach)
    }
}

/// The plate of a strip: over a surface, up to the strip's height, its upper edge rounded.
pub(super) struct Plate {
    ribbon: Ribbon,
    surface: Arc<Sampled<Implant>>,
    root_mm: f64,
    round_mm: f64,
    bounds: Aabb<Implant>,
}

impl Plate {
    /// On a surface, rooted so deep under it, its edge rounded.
    pub fn new(
        ribbon: Ribbon,
        surface: Arc<Sampled<Implant>>,
        root_mm: f64,
        round_mm: f64,
    ) -> Self {
        let bounds = ribbon.bounds();
        Self { ribbon, surface, root_mm, round_mm, bounds }
    }
}

/// Strips turn with the surface: their distances change faster than distance by less than this.
const STEEP: f64 = 1.25;
/// Farther than this from its box the box stands for a plate, mm.
const FAR_MM: f64 = 4.0;

impl Field<Implant> for Plate {
    fn distance(&self, p: Point<Implant>) -> f64 {
        // Nearer, joints with other parts depend on the true value.
        let beyond = self.bounds.distance(p);
        if beyond > FAR_MM {
            return beyond / STEEP;
        }
        let (aside, height) = self.ribbon.across(p);
        let over = self.surface.volume().sample(p);
        let top = over - height;
        // A quarter circle of the rounding's radius.
        let r = self.round_mm.min(0.45 * height).max(0.0);
        let (a, b) = ((aside + r).max(0.0), (top + r).max(0.0));
        let rounded = (a * a + b * b).sqrt() + (aside + r).max(top + r).min(0.0) - r;
        rounded.max(-over - self.root_mm) / STEEP
    }
    fn bounds(&self) -> Aabb<Implant> {
        self.bounds
    }
}
