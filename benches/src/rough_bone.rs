//! A bone made in code: a ring with a body and processes, 105 mm wide, its surface gently rough.

use ossein_field::Field;
use ossein_geom::{Aabb, Frame, Point, Vector, float};

/// The bone, genus 1.
pub struct RoughBone;

/// Amplitude of the roughness, mm, and its wave number, 1/mm.
const ROUGH: [(f64, f64); 3] = [(0.12, 0.9), (0.05, 1.9), (0.02, 3.7)];
/// No step of the field is steeper than this.
const STEEPNESS_MAX: f64 = 1.35;
/// Radius of the blends between parts, mm.
const BLEND_MM: f64 = 4.0;

fn blend(a: f64, b: f64) -> f64 {
    let h = (BLEND_MM - (a - b).abs()).max(0.0) / BLEND_MM;
    a.min(b) - h * h * BLEND_MM * 0.25
}

fn capsule<F: Frame>(p: Point<F>, a: [f64; 3], b: [f64; 3], radius: f64) -> f64 {
    let (a, b) = (Point::<F>::from(a), Point::from(b));
    let (axis, from) = (b - a, p - a);
    let along = (from.dot(axis) / axis.dot(axis)).clamp(0.0, 1.0);
    (from - axis * along).norm() - radius
}

/// Distance to a flattened ellipsoid, shortened so that it never overestimates.
fn body<F: Frame>(p: Point<F>) -> f64 {
    let q = Vector::<F>::new(p.x, p.y + 22.0, p.z * 1.55);
    let radial = (q.x * q.x / 1.9 + q.y * q.y).sqrt();
    let outer = Vector::<F>::new(radial, 0.0, q.z * 0.9).norm() - 18.5;
    outer / 1.45
}

fn smooth<F: Frame>(p: Point<F>) -> f64 {
    let ring = {
        let around = ((p.x * p.x) / 1.25 + (p.y - 2.0) * (p.y - 2.0)).sqrt() - 14.5;
        ((around * around + p.z * p.z).sqrt() - 4.6) / 1.1
    };
    let mut d = blend(body(p), ring);
    for side in [-1.0, 1.0] {
        d = blend(d, capsule(p, [side * 15.0, 6.0, 0.0], [side * 49.0, 14.0, 4.0], 3.6));
        d = blend(d, capsule(p, [side * 14.0, 8.0, -8.0], [side * 14.0, 8.0, 9.0], 4.8));
    }
    blend(d, capsule(p, [0.0, 17.0, 0.0], [0.0, 37.0, -5.0], 3.8))
}

impl<F: Frame> Field<F> for RoughBone {
    fn distance(&self, p: Point<F>) -> f64 {
        let rough: f64 = ROUGH
            .iter()
            .map(|&(size, k)| {
                let wave = |a: f64, b: f64| float::sin(k * a + 0.7 * k * b);
                size * wave(p.x, p.y) * wave(p.y, p.z) * wave(p.z, -p.x)
            })
            .sum();
        (smooth(p) + rough) / STEEPNESS_MAX
    }

    fn bounds(&self) -> Aabb<F> {
        Aabb::new(Point::new(-54.0, -43.0, -16.5), Point::new(54.0, 42.5, 16.5))
    }
}
