//! Markers for the random walker: what is surely whose.
//!
//! A vertebra's posterior elements leave its body through the pedicles alone, close beside the
//! canal in the upper half of the body; a rib's head lies beside the body. Behind the canal, the
//! lamina at the height of the body is the vertebra's own.

use ossein_geom::{Level, Lps, Point, Vector, Volume};

use crate::body::BodyFrame;
use crate::spine::Spine;
use crate::tube::{Seen, Tube};
use crate::walker::{FREE, OUTSIDE};

/// Reach of the transverse processes from the middle, in mm: beyond lies another bone.
///
/// Half of the greatest span over the transverse processes with a margin of about a fifth:
/// about 75 mm at T1, 60 mm in the middle of the thorax, 90 mm in the lumbar spine.
const THORACIC_REACH_MM: f64 = 44.0;
const LUMBAR_REACH_MM: f64 = 58.0;
/// Reach of the spinous processes behind the canal's middle, in mm.
const SPINOUS_REACH_MM: f64 = 75.0;

/// Bone this far outside a body's outline belongs to it, and at its rim, where spurs grow.
const HALO_MM: f64 = 0.4;
const RIM_HALO_MM: f64 = 2.0;

/// A crop's voxels sorted before the walk.
pub struct Marked {
    /// Walker's marks: the number of a body in the spine's list, `FREE` or `OUTSIDE`.
    pub marks: Vec<u8>,
    /// Per voxel: 1 + number of the body that holds it, or 0.
    pub body_of: Vec<u8>,
    /// Per voxel: whether it lies in the canal.
    pub canal: Vec<bool>,
}

/// Whether the level has lumbar proportions.
fn is_lumbar(level: Option<Level>) -> bool {
    level.is_some_and(|l| (20..=25).contains(&l.verse()))
}

/// A plane halfway through a disc: a point on it, and its normal towards the head.
type Divide = (Point<Lps>, Vector<Lps>);

/// The planes halfway between the facing end faces of neighbours.
fn divides(spine: &Spine) -> Vec<Divide> {
    let halfway = |pair: &[crate::spine::Body]| {
        let (above, below) = (pair[0].star.cap(false), pair[1].star.cap(true));
        (above.0.lerp(below.0, 0.5), (below.1 - above.1).unit())
    };
    spine.bodies.windows(2).map(halfway).collect()
}

/// Mean grey value of the inner half of a body.
fn core_hu(hu: &Volume<f32>, frame: &BodyFrame) -> f64 {
    let mut sum = 0.0;
    for n in 0..125 {
        let step = [n % 5, n / 5 % 5, n / 25].map(|s| 0.25 * (f64::from(s) - 2.0));
        sum += hu.sample(frame.point([0, 1, 2].map(|a| step[a] * frame.half[a])));
    }
    sum / 125.0
}

/// Whether the way from a body's inside to `p`, along its axis, leaves the bright shell, crosses a
/// dark gap and enters bright bone again: `p` is the neighbour's.
fn behind_gap(hu: &Volume<f32>, frame: &BodyFrame, core_hu: f64, p: Point<Lps>) -> bool {
    const WAY_MM: f64 = 4.0;
    const STEP_MM: f64 = 0.4;
    const SHELL_ABOVE_CORE_HU: f64 = 150.0;
    const GAP_PART: f64 = 0.2;
    let outwards = if frame.local(p)[2] > 0.0 { frame.axis } else { -frame.axis };
    let value = hu.sample(p);
    let (mut peak, mut low) = (f64::NEG_INFINITY, f64::INFINITY);
    for n in 0..(WAY_MM / STEP_MM) as usize {
        let here = hu.sample(p - outwards * (WAY_MM - STEP_MM * n as f64));
        if here > peak && here > core_hu + SHELL_ABOVE_CORE_HU {
            (peak, low) = (here, here);
        }
        low = low.min(here);
    }
    peak.is_finite() && peak.min(value) - low > GAP_PART * peak.min(value).max(1.0)
}

/// Voxels inside each body's outline, and the bone within a short halo around it.
///
/// `bright` is the bone mask without filled cavities: a disc between two bodies is one.
pub fn bodies(hu: &Volume<f32>, bright: &Volume<u8>, soft_hu: f32, spine: &Spine) -> Vec<u8> {
    let divides = divides(spine);
    let mut owner = vec![0u8; hu.values.len()];
    let mut depth = vec![f32::INFINITY; hu.values.len()];
    for (number, body) in spine.bodies.iter().enumerate() {
        let star = &body.star;
        let core = core_hu(hu, &star.frame);
        let reach = star.reach_mm() + RIM_HALO_MM;
        let around = ossein_geom::Aabb::around([star.frame.center]).grow(reach);
        let Some((first, size)) = crate::crop::voxel_box(&hu.grid, around) else { continue };
        for n in 0..size.iter().product() {
            let step = [n % size[0], n / size[0] % size[1], n / (size[0] * size[1])];
            let voxel = [0, 1, 2].map(|a| first[a] + step[a]);
            let index = hu.grid.index(voxel);
            let p = hu.grid.center(voxel);
            let beyond = |d: &Divide, sign: f64| sign * d.1.dot(p - d.0) > 0.0;
            if number.checked_sub(1).is_some_and(|d| beyond(&divides[d], 1.0))
                || divides.get(number).is_some_and(|d| beyond(d, -1.0))
            {
                continue;
            }
            let outside = star.outside_mm(p);
            let at = star.frame.local(p);
            let half = star.frame.half;
            let rim = at[2].abs() > 0.55 * half[2]
                && at[1] < 0.5 * half[1]
                && at[0].abs() < 0.9 * half[0];
            let halo_mm = if rim { RIM_HALO_MM } else { HALO_MM };
            if at[2].abs() > 0.5 * half[2]
                && outside > -3.0
                && bright.values[index] == 1
                && behind_gap(hu, &star.frame, core, p)
            {
                continue;
            }
            let beside_pedicle = at[1] > 0.8 * star.frame.half[1];
            let inner = outside < 0.0
                && (outside < -1.0 || hu.values[index] > soft_hu + 40.0 || beside_pedicle);
            let halo = outside < halo_mm && bright.values[index] == 1 && !beside_pedicle;
            // A wanted body never yields to a neighbour that was only guessed.
            let outside = if body.level.is_some() { outside - 100.0 } else { outside };
            if (inner || halo) && (outside as f32) < depth[index] {
                depth[index] = outside as f32;
                owner[index] = number as u8 + 1;
            }
        }
    }
    owner
}

/// Discs lie between bright end faces like cavities: takes back what was filled in front of the
/// pedicles.
pub fn clear_discs(bone: &mut Volume<u8>, bright: &Volume<u8>, spine: &Spine) {
    for body in &spine.bodies {
        let star = &body.star;
        let frame = &star.frame;
        let around = ossein_geom::Aabb::around([frame.center]).grow(1.5 * star.reach_mm());
        let Some((first, size)) = crate::crop::voxel_box(&bone.grid, around) else { continue };
        for n in 0..size.iter().product() {
            let step = [n % size[0], n / size[0] % size[1], n / (size[0] * size[1])];
            let voxel = [0, 1, 2].map(|a| first[a] + step[a]);
            let index = bone.grid.index(voxel);
            if bone.values[index] == 1 && bright.values[index] == 0 {
                let at = frame.local(bone.grid.center(voxel));
                let in_front = at[1] < 0.8 * frame.half[1];
                let level = at[2].abs() < 1.5 * frame.half[2];
                if in_front && level && at[0].abs() < 1.2 * frame.half[0] {
                    bone.values[index] = 0;
                }
            }
        }
    }
}

/// Marks for the walk.
pub fn mark(bone: &Volume<u8>, body_of: Vec<u8>, spine: &Spine, tube: &Tube) -> Marked {
    let count = bone.values.len();
    let mut marked = Marked { marks: vec![OUTSIDE; count], body_of, canal: vec![false; count] };
    let reach = SPINOUS_REACH_MM.max(LUMBAR_REACH_MM) + 5.0;
    let near = tube_box(bone, tube);
    for index in 0..count {
        if marked.body_of[index] > 0 {
            continue;
        }
        let voxel = bone.grid.voxel(index);
        let is_bone = bone.values[index] == 1;
        let may_be_canal = (0..3).all(|a| voxel[a] >= near.0[a] && voxel[a] < near.1[a]);
        if !is_bone && !may_be_canal {
            continue;
        }
        let p = bone.grid.center(voxel);
        let seen = tube.see(p, reach);
        if let Some(s) = &seen
            && (s.outside_mm < -1.5 || (!is_bone && s.outside_mm < 0.0))
        {
            marked.canal[index] = true;
            continue;
        }
        if is_bone {
            marked.marks[index] = match seen {
                None => other(spine),
                Some(seen) => mark_of(spine, p, &seen),
            };
        }
    }
    gates(bone, spine, &mut marked);
    marked
}

/// The walker's label for bone of nobody's.
pub fn other(spine: &Spine) -> u8 {
    spine.bodies.len() as u8
}

fn tube_box(bone: &Volume<u8>, tube: &Tube) -> ([usize; 3], [usize; 3]) {
    let around = ossein_geom::Aabb::around(tube.slices.iter().map(|s| s.center)).grow(20.0);
    match crate::crop::voxel_box(&bone.grid, around) {
        Some((first, size)) => (first, [0, 1, 2].map(|a| first[a] + size[a])),
        None => ([0; 3], [0; 3]),
    }
}

fn mark_of(spine: &Spine, p: ossein_geom::Point<ossein_geom::Lps>, seen: &Seen) -> u8 {
    let (mut nearest, mut at, mut least) = (0, [0.0; 3], f64::INFINITY);
    for (number, body) in spine.bodies.iter().enumerate() {
        let local = body.star.frame.local(p);
        let height = local[2].abs() / body.star.frame.half[2];
        if height < least {
            (nearest, at, least) = (number, local, height);
        }
    }
    let body = &spine.bodies[nearest];
    let half = body.star.frame.half;
    let lumbar = is_lumbar(body.level);
    let side_reach = if lumbar { LUMBAR_REACH_MM } else { THORACIC_REACH_MM };
    let outside = body.star.outside_mm(p);
    let rib_head = !lumbar && at[1] < 0.6 * half[1] && at[0].abs() > 0.8 * half[0];
    let far_front = at[1] < 0.6 * half[1] && outside > 4.0;
    if seen.left_mm.abs() > side_reach
        || seen.posterior_mm > SPINOUS_REACH_MM
        || far_front
        || (rib_head && outside > 3.5)
    {
        return other(spine);
    }
    let height = at[2] / half[2];
    let ring = seen.outside_mm < 3.0;
    let beside = seen.left_mm.abs() > 0.8 * seen.radius_mm;
    if ring && beside && (0.0..0.6).contains(&height) {
        return nearest as u8;
    }
    let behind = seen.posterior_mm > 0.85 * seen.radius_mm;
    let lamina = if lumbar { -0.7..0.1 } else { -0.25..0.25 };
    if ring && behind && lamina.contains(&height) {
        return nearest as u8;
    }
    FREE
}

/// After the walk: the corners of a body in front of its pedicles, which its smooth outline cuts
/// and the walk gave to the vertebra, are its own.
pub fn corners(bone: &Volume<u8>, spine: &Spine, marked: &mut Marked) {
    const CORNER_MM: f64 = 5.0;
    for index in 0..marked.marks.len() {
        let number = usize::from(marked.marks[index]);
        let Some(body) = spine.bodies.get(number) else { continue };
        let p = bone.grid.center(bone.grid.voxel(index));
        let frame = &body.star.frame;
        if p.distance(frame.center) > body.star.reach_mm() + CORNER_MM {
            continue;
        }
        let at = frame.local(p);
        let level = at[2].abs() < 1.1 * frame.half[2] && at[1] < 0.85 * frame.half[1];
        if level && body.star.outside_mm(p) < CORNER_MM {
            marked.body_of[index] = number as u8 + 1;
        }
    }
}

/// Free voxels that touch a body where its pedicles leave it, or at its corners in front of them,
/// take its label.
fn gates(bone: &Volume<u8>, spine: &Spine, marked: &mut Marked) {
    let [ni, nj, nk] = bone.grid.size;
    let strides = [1, ni, ni * nj];
    for index in 0..marked.marks.len() {
        if marked.marks[index] != FREE {
            continue;
        }
        let voxel = bone.grid.voxel(index);
        for slot in 0..6 {
            let (axis, up) = (slot / 2, slot % 2 == 1);
            let end = [ni, nj, nk][axis];
            if (up && voxel[axis] + 1 == end) || (!up && voxel[axis] == 0) {
                continue;
            }
            let next = if up { index + strides[axis] } else { index - strides[axis] };
            let Some(number) = marked.body_of[next].checked_sub(1) else { continue };
            let frame = &spine.bodies[usize::from(number)].star.frame;
            let at = frame.local(bone.grid.center(voxel));
            let half = frame.half;
            let gate =
                at[1] > 0.7 * half[1] && at[0].abs() < 0.9 * half[0] && at[2] > -0.4 * half[2];
            let corner = at[1] > 0.1 * half[1] && at[1] < half[1] && at[2].abs() < half[2];
            if gate || corner {
                marked.marks[index] = number;
            }
        }
    }
}
