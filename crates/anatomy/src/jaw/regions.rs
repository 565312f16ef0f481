//! Where joints, muscles and teeth act on a lower jaw.
//!
//! Attachments after the usual atlases: the superficial masseter on the outer face of the angle,
//! the deep one on the outer face of the ramus above it, the medial pterygoid on the inner face of
//! the angle, the temporalis on the coronoid process (its front part down the front edge of the
//! ramus), both heads of the lateral pterygoid on the front of the condyle's neck, the digastric on
//! the inner side of the lower border beside the midline.

use ossein_geom::{Lps, Point, Vector};
use serde::{Deserialize, Serialize};

use super::arch::Arch;
use super::bone::JawLabels;
use super::landmarks::{JawFrame, Landmarks, SIDES};

/// A place on the bone's surface: what lies within a ball.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JawRegion {
    /// As load sets name it, such as `condyle_right`.
    pub name: String,
    /// A point of the surface (of a tooth, where teeth have a label).
    pub center: Point<Lps>,
    /// The ball's radius, mm.
    pub radius_mm: f64,
}

impl JawRegion {
    /// Whether a point lies in the ball.
    pub fn contains(&self, p: Point<Lps>) -> bool {
        p.distance(self.center) <= self.radius_mm
    }
}

/// The names of all regions, in the order in which a jaw has them.
pub const REGION_NAMES: [&str; 29] = [
    "condyle_right",
    "angle_right",
    "canine_right",
    "premolar_right",
    "molar_right",
    "superficial_masseter_right",
    "deep_masseter_right",
    "medial_pterygoid_right",
    "anterior_temporalis_right",
    "middle_temporalis_right",
    "posterior_temporalis_right",
    "inferior_lateral_pterygoid_right",
    "superior_lateral_pterygoid_right",
    "digastric_right",
    "condyle_left",
    "angle_left",
    "canine_left",
    "premolar_left",
    "molar_left",
    "superficial_masseter_left",
    "deep_masseter_left",
    "medial_pterygoid_left",
    "anterior_temporalis_left",
    "middle_temporalis_left",
    "posterior_temporalis_left",
    "inferior_lateral_pterygoid_left",
    "superior_lateral_pterygoid_left",
    "digastric_left",
    "incisors",
];

/// Where along the half row of teeth, from its front to its rear end, the first molar stands:
/// widths of crowns from midline to the second molar, Nelson: Wheeler's Dental Anatomy (lower: 5,
/// 5.5, 7, 7, 7, 11, 10.5 mm, and what is left for a third molar).
const MOLAR_PART: f64 = 0.72;
/// Middles of the canine and of both premolars, of the first molar's way from the chin along the
/// curve: by the same widths 14, 24.5 and 37 mm.
const CANINE_PART: f64 = 14.0 / 37.0;
const PREMOLAR_PART: f64 = 24.5 / 37.0;
/// So far from its middle a tooth reaches along the curve, mm.
const HALF_TOOTH_MM: f64 = 3.0;
/// What counts as a tooth's top, mm.
const TOP_MM: f64 = 3.0;

/// Bone, marks and curve in one.
struct Ground<'a> {
    points: &'a [Point<Lps>],
    marks: &'a Landmarks,
    arch: &'a Arch,
}

impl Ground<'_> {
    /// The point of the surface nearest to a place.
    fn onto(&self, p: Point<Lps>) -> Point<Lps> {
        let near = self.points.iter().min_by(|a, b| a.distance(p).total_cmp(&b.distance(p)));
        near.copied().unwrap_or(p)
    }

    /// The point of the surface farthest along a direction, of those within `radius_mm` of `p`.
    fn farthest(&self, p: Point<Lps>, radius_mm: f64, towards: Vector<Lps>) -> Point<Lps> {
        let near = self.points.iter().filter(|q| q.distance(p) <= radius_mm);
        let far = near.max_by(|a, b| (**a - p).dot(towards).total_cmp(&(**b - p).dot(towards)));
        far.copied().unwrap_or_else(|| self.onto(p))
    }
}

/// All regions of a jaw.
pub(super) fn find(
    labels: &JawLabels,
    points: &[Point<Lps>],
    marks: &Landmarks,
    arch: &Arch,
) -> Vec<JawRegion> {
    let ground = Ground { points, marks, arch };
    let teeth = crowns(labels, &marks.frame);
    let mut regions = Vec::new();
    for (n, (side, sign)) in SIDES.into_iter().enumerate() {
        let own = one_side(&ground, n, sign, &teeth);
        regions.extend(own.into_iter().map(|(name, center, radius_mm)| JawRegion {
            name: format!("{name}_{side}"),
            center,
            radius_mm,
        }));
    }
    let foremost = teeth.iter().map(|(q, _)| q[1]).fold(f64::INFINITY, f64::min);
    let is_front = |q: &[f64; 3], _: &Point<Lps>| q[0].abs() < 5.0 && q[1] < foremost + 10.0;
    let front = highest(&teeth, &ground, is_front, 0.0);
    regions.push(JawRegion { name: "incisors".into(), center: front, radius_mm: 6.0 });
    let names = regions.iter().map(|region| region.name.as_str());
    assert!(names.eq(REGION_NAMES), "every name, in its order");
    regions
}

fn one_side(
    ground: &Ground,
    n: usize,
    sign: f64,
    teeth: &[([f64; 3], Point<Lps>)],
) -> Vec<(&'static str, Point<Lps>, f64)> {
    let (marks, frame) = (ground.marks, &ground.marks.frame);
    let (out, up, back) = (frame.left * sign, frame.up, frame.posterior);
    let (condyle, coronoid, gonion) = (marks.condyles[n], marks.coronoids[n], marks.gonia[n]);
    // The middle of the angle's plate, of the ramus', and of the neck.
    let angle = gonion + up * 9.0 - back * 8.0;
    let ramus = gonion.lerp(condyle.lerp(coronoid, 0.5), 0.5);
    let neck = condyle - up * 9.0 - back * 5.0;
    let face = |p: Point<Lps>, towards: Vector<Lps>| ground.farthest(p, 8.0, towards);
    let chin = frame.of(marks.menton);
    let rear = reach(teeth, sign);
    let molar = highest(
        teeth,
        ground,
        |q, _| {
            rear.is_some_and(|[front, rear]| {
                (q[1] - front - MOLAR_PART * (rear - front)).abs() < 5.0
            }) && sign * q[0] > 8.0
        },
        sign * 0.42 * ground.arch.nearest(gonion).0.abs(),
    );
    let molar_mm = ground.arch.nearest(molar).0;
    let before_molar = |part: f64| {
        let along_mm = part * molar_mm;
        let is = |q: &[f64; 3], p: &Point<Lps>| {
            sign * q[0] > 2.0 && (ground.arch.nearest(*p).0 - along_mm).abs() < HALF_TOOTH_MM
        };
        let own: Vec<_> = teeth.iter().filter(|(q, p)| is(q, p)).copied().collect();
        let top = highest(&own, ground, |_, _| true, along_mm);
        middle_of_top(&own, frame).unwrap_or(top)
    };
    vec![
        ("condyle", condyle, 7.0),
        ("angle", gonion, 10.0),
        ("canine", before_molar(CANINE_PART), 4.0),
        ("premolar", before_molar(PREMOLAR_PART), 5.0),
        ("molar", molar, 5.0),
        ("superficial_masseter", face(angle, out), 10.0),
        ("deep_masseter", face(ramus, out), 8.0),
        ("medial_pterygoid", face(angle, -out), 10.0),
        ("anterior_temporalis", face(coronoid - up * 10.0, -back), 6.0),
        ("middle_temporalis", coronoid, 6.0),
        ("posterior_temporalis", face(coronoid - up * 5.0, back), 5.0),
        ("inferior_lateral_pterygoid", ground.onto(neck - out * 2.0), 4.0),
        ("superior_lateral_pterygoid", ground.onto(neck + up * 4.0), 4.0),
        ("digastric", ground.onto(frame.point([sign * 8.0, chin[1] + 9.0, chin[2] + 2.0])), 5.0),
    ]
}

/// Voxels of the lower teeth, in the jaw's frame.
fn crowns(labels: &JawLabels, frame: &JawFrame) -> Vec<([f64; 3], Point<Lps>)> {
    let Some(label) = labels.teeth else { return Vec::new() };
    let grid = &labels.volume.grid;
    let of = |n: usize| {
        let p = grid.center(grid.voxel(n));
        (frame.of(p), p)
    };
    let all = labels.volume.values.iter().enumerate();
    all.filter(|(_, v)| **v == label).map(|(n, _)| of(n)).collect()
}

/// From the front of the teeth to the rear of those of one side.
fn reach(teeth: &[([f64; 3], Point<Lps>)], sign: f64) -> Option<[f64; 2]> {
    let front = teeth.iter().map(|(q, _)| q[1]).min_by(f64::total_cmp)?;
    let own = teeth.iter().filter(|(q, _)| sign * q[0] > 8.0);
    Some([front, own.map(|(q, _)| q[1]).max_by(f64::total_cmp)?])
}

/// The place nearest to the middle of what lies in the upper [`TOP_MM`] of a tooth: where cusps are
/// alike, which is the highest is chance.
fn middle_of_top(tooth: &[([f64; 3], Point<Lps>)], frame: &JawFrame) -> Option<Point<Lps>> {
    let highest = tooth.iter().map(|(q, _)| q[2]).max_by(f64::total_cmp)?;
    let top: Vec<_> = tooth.iter().filter(|(q, _)| q[2] > highest - TOP_MM).collect();
    let mean = |axis: usize| top.iter().map(|(q, _)| q[axis]).sum::<f64>() / top.len() as f64;
    let middle = frame.point([0, 1, 2].map(mean));
    let away = |p: &Point<Lps>| p.distance(middle);
    let nearest = top.into_iter().min_by(|(_, a), (_, b)| away(a).total_cmp(&away(b)));
    nearest.map(|(_, p)| *p)
}

/// The highest tooth among those of which `is` speaks; without any the upper rim of the body, so
/// far along the curve.
fn highest(
    teeth: &[([f64; 3], Point<Lps>)],
    ground: &Ground,
    is: impl Fn(&[f64; 3], &Point<Lps>) -> bool,
    along_mm: f64,
) -> Point<Lps> {
    let some = teeth.iter().filter(|(q, p)| is(q, p));
    match some.max_by(|(a, _), (b, _)| a[2].total_cmp(&b[2])) {
        Some((_, p)) => *p,
        None => {
            let place = ground.arch.at(along_mm);
            let near = |q: &&Point<Lps>| {
                let d = **q - place.point;
                d.norm() < 25.0 && d.dot(place.along).abs() < 3.0
            };
            let up = ground.marks.frame.up;
            let height = |q: &Point<Lps>| (*q - place.point).dot(up);
            let some = ground.points.iter().filter(near);
            some.max_by(|a, b| height(a).total_cmp(&height(b))).copied().unwrap_or(place.point)
        }
    }
}
