//! Labelled bones to endplates, axes, canal and figures.

mod nulls;
mod types;

pub use types::{
    Anatomy, AnatomyError, Angles, Canal, Endplate, HeightMap, Vertebra,
};
use ossein_geom::{Found, Job, Lps, Point, Vector, Volume};
use ossein_segment::Segmentation;

/// Measures.
#[allow(unused_variables, missing_docs)]
pub fn measure(hu: &Volume<i16>, segmentation: &Segmentation, job: &Job) -> Result<Found<Anatomy>, AnatomyError> { todo!() }
/// Angles between two endplates; `left` is the patient's left and fixes the sagittal plane.
#[allow(unused_variables, missing_docs)]
pub fn angle_between(cranial: &Endplate, caudal: &Endplate, left: Vector<Lps>) -> Angles {
    // Both normals made to point to the head; the angle between their traces in each plane.
    let (upper, lower) = (-cranial.normal, caudal.normal);
    let up = (upper + lower).unit();
    let left = (left - up * left.dot(up)).unit();
    let back = up.cross(left);
    let tilt = |n: Vector<Lps>, across: Vector<Lps>| {
        ossein_geom::float::atan2(n.dot(across), n.dot(up)).to_degrees()
    };
    Angles {
        sagittal_deg: tilt(lower, back) - tilt(upper, back),
        coronal_deg: tilt(upper, left) - tilt(lower, left),
    }
}
impl Canal {
    /// Distance from the canal's surface in mm, negative inside.
    #[allow(unused_variables)]
    pub fn distance_mm(&self, point: Point<Lps>) -> f64 {
        let nearest = (0..self.centerline.len()).min_by(|&a, &b| {
            let d = |n: usize| self.centerline[n].distance(point);
            d(a).total_cmp(&d(b))
        });
        let Some(n) = nearest else { return f64::INFINITY };
        let offset = point - self.centerline[n];
        let (x, y) = (offset.dot(self.left[n]), offset.dot(self.posterior[n]));
        let count = self.wall_mm[n].len() as f64;
        let turn = ossein_geom::float::atan2(y, x) / std::f64::consts::TAU * count;
        let at = turn.rem_euclid(count);
        let (low, part) = (at as usize % self.wall_mm[n].len(), at.fract());
        let wall = self.wall_mm[n][low] * (1.0 - part)
            + self.wall_mm[n][(low + 1) % self.wall_mm[n].len()] * part;
        (x * x + y * y).sqrt() - wall
    }
}
