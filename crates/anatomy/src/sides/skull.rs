//! The front of a skull.

use ossein_geom::{Lps, Point, Vector, Volume};
use ossein_shape::Plane;

use super::Sides;
use crate::Vault;

/// Rows beneath the middle of the vault's ball, from brow to cheekbone before and down to the
/// occiput's bulge behind, mm.
const ROWS_MM: [f64; 2] = [-45.0, 0.0];
/// Half of their width, mm: both orbits, and not yet the ears.
const HALF_MM: f64 = 45.0;
/// Distance between looks across and up, mm.
const STEP_MM: f64 = 3.0;
/// And along a look, mm.
const LOOK_MM: f64 = 1.0;
/// Hollows count up to this depth, mm: what lies behind is another wall.
const DEPTH_MM_MAX: f64 = 40.0;
/// A face is hollower than the back of a head by this, in the mean, mm. An estimate.
const HOLLOW_MM_MIN: f64 = 4.0;
/// Rows of which less than this share meets bone say nothing.
const SEEN_MIN: f64 = 0.7;

/// Left and right of a skull that stands upright (z to the crown): the face is where orbits and
/// nose lie open between brow and cheekbones, the back of the head is smooth. `midline` is its
/// plane of symmetry. None where neither side is the hollower one, or one of both is not there.
pub fn of_skull(
    skull: &Volume<i16>,
    level: f64,
    vault: &Vault,
    midline: &Plane<Lps>,
) -> Option<Sides> {
    let up = Vector::new(0.0, 0.0, 1.0);
    let left = (midline.normal - up * midline.normal.dot(up)).unit();
    let back = up.cross(left);
    let origin = vault.middle - midline.normal * midline.height_mm(vault.middle);
    let hollow = |out: Vector<Lps>| hollow_mm(skull, level, origin, [left, up, out]);
    let (ahead, behind) = (hollow(-back)?, hollow(back)?);
    if (ahead - behind).abs() < HOLLOW_MM_MIN {
        return None;
    }
    Some(Sides::new(if ahead > behind { back } else { -back }, up))
}

/// How deep the surface that is met from outside lies beneath its own hull across, in the mean over
/// all rows, mm.
fn hollow_mm(
    skull: &Volume<i16>,
    level: f64,
    origin: Point<Lps>,
    [left, up, out]: [Vector<Lps>; 3],
) -> Option<f64> {
    let reach = skull.grid.bounds().size().norm();
    let row_count = ((ROWS_MM[1] - ROWS_MM[0]) / STEP_MM) as usize;
    let half = (HALF_MM / STEP_MM) as i64;
    let row = |n: usize| {
        let z = ROWS_MM[0] + n as f64 * STEP_MM;
        let profile: Vec<[f64; 2]> = (-half..=half)
            .filter_map(|i| {
                let x = i as f64 * STEP_MM;
                let from = origin + left * x + up * z;
                met_mm(skull, level, from, out, reach).map(|mm| [x, mm])
            })
            .collect();
        let seen = profile.len() as f64 / (2 * half + 1) as f64;
        (seen >= SEEN_MIN).then(|| beneath_hull_mm(&profile))
    };
    let rows: Vec<f64> = (0..row_count).filter_map(row).collect();
    (2 * rows.len() >= row_count).then(|| rows.iter().sum::<f64>() / rows.len() as f64)
}

/// How far out from a place bone is met first from far outside, mm; none beyond the place.
fn met_mm(
    skull: &Volume<i16>,
    level: f64,
    from: Point<Lps>,
    out: Vector<Lps>,
    reach_mm: f64,
) -> Option<f64> {
    let bounds = skull.grid.bounds();
    let count = (reach_mm / LOOK_MM) as usize;
    let looks = (0..count).rev().map(|n| n as f64 * LOOK_MM);
    looks.into_iter().find(|mm| {
        let p = from + out * *mm;
        bounds.contains(p) && skull.sample(p) >= level
    })
}

/// Mean depth of a profile beneath its upper hull, mm; its places come in order.
fn beneath_hull_mm(profile: &[[f64; 2]]) -> f64 {
    let mut hull: Vec<[f64; 2]> = Vec::new();
    for &[x, mm] in profile {
        while let [.., a, b] = hull[..] {
            if (b[0] - a[0]) * (mm - a[1]) < (b[1] - a[1]) * (x - a[0]) {
                break;
            }
            hull.pop();
        }
        hull.push([x, mm]);
    }
    let depth = |[x, mm]: [f64; 2]| {
        let after = hull.partition_point(|p| p[0] < x).clamp(1, hull.len() - 1);
        let (a, b) = (hull[after - 1], hull[after]);
        let over = a[1] + (b[1] - a[1]) * (x - a[0]) / (b[0] - a[0]);
        (over - mm).min(DEPTH_MM_MAX)
    };
    profile.iter().map(|&p| depth(p)).sum::<f64>() / profile.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossein_geom::Grid;

    const MIDDLE: Point<Lps> = Point::new(2.0, -3.0, 10.0);

    /// A shell of 70 to 75 mm, with two hollows of 26 mm where orbits are if `orbits`.
    fn head(orbits: bool) -> (Volume<i16>, Vault) {
        let grid = Grid::aligned(Point::new(-80.0, -85.0, -72.0), [2.0; 3], [82, 84, 82]);
        let value = |n: usize| {
            let d = grid.center(grid.voxel(n)) - MIDDLE;
            let orbit = |x: f64| (d - Vector::new(x, -64.0, -28.0)).norm() - 26.0;
            let wall = 2.5 - (d.norm() - 72.5).abs();
            // The hollow reaches into the shell, and has a wall of its own.
            let open = if orbits { orbit(30.0).min(orbit(-30.0)) } else { 1e3 };
            (200.0 * wall.max(2.5 - open.abs()).min(open).clamp(-3.0, 3.0)) as i16
        };
        let volume = Volume::new(grid.clone(), (0..grid.voxel_count()).map(value).collect());
        (volume, Vault { middle: MIDDLE, radius_mm: 75.0, rms_mm: 0.0 })
    }

    #[test]
    fn a_head_looks_where_its_orbits_are() {
        let midline = Plane { point: MIDDLE, normal: Vector::new(1.0, 0.0, 0.0) };
        let agrees = |skull: &Volume<i16>, vault: &Vault, midline: &Plane<Lps>| {
            of_skull(skull, 0.0, vault, midline).map(|sides| sides.header_agrees)
        };
        let (mut skull, mut vault) = head(true);
        assert_eq!(agrees(&skull, &vault, &midline), Some(true));
        // Which way the plane's normal points says nothing.
        let other = Plane { normal: -midline.normal, ..midline };
        assert_eq!(agrees(&skull, &vault, &other), Some(true));
        // The header turned by half a circle about the height.
        let turned = |p: Point<Lps>| Point::new(-p.x, -p.y, p.z);
        skull.grid.origin = turned(skull.grid.origin);
        skull.grid.axes = skull.grid.axes.map(|v| Vector::new(-v.x, -v.y, v.z));
        vault.middle = turned(vault.middle);
        let midline = Plane { point: turned(midline.point), ..midline };
        assert_eq!(agrees(&skull, &vault, &midline), Some(false));
        let (ball, vault) = head(false);
        assert_eq!(agrees(&ball, &vault, &Plane { point: MIDDLE, ..midline }), None);
    }
}
