//! The vault of a skull as a ball, and the holes in it.

use std::f64::consts::{PI, TAU};

use ossein_geom::{Cancelled, Job, Lps, Point, Vector, Volume, float};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Directions are this far apart, degrees.
const STEP_DEG: f64 = 1.0;
/// The vault reaches this far down from the top, degrees: below lie ears, orbits and base.
const REACH_DEG: f64 = 85.0;
/// Distance between looks along a ray, mm.
const LOOK_MM: f64 = 0.5;
/// Bone lies between these parts of the ball's radius.
const WALL: [f64; 2] = [0.55, 1.45];
/// Smaller holes are foramina, sutures and burr holes: diameter, mm.
const HOLE_MM_MIN: f64 = 15.0;
/// The ball has come to rest when its middle moves less, mm.
const STILL_MM: f64 = 0.05;

/// The ball that fits the outer surface of a vault best.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vault {
    /// Its middle.
    pub middle: Point<Lps>,
    /// Its radius, mm.
    pub radius_mm: f64,
    /// Root mean square distance of the bone from it, mm.
    pub rms_mm: f64,
}

/// A hole in the vault.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hole {
    /// From the vault's middle through the hole's; unit.
    pub axis: Vector<Lps>,
    /// Diameter of a round hole of the same area on the vault's ball, mm.
    pub diameter_mm: f64,
    /// The farthest of its edge from the axis, along the ball, mm.
    pub reach_mm: f64,
}

/// No vault:
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum VaultError {
    /// Too little bone.
    #[error(
        "no vault of a skull at {level_hu} HU: bone lies in {share:.2} of the directions above its \
         middle (half of them are needed); is this a head, and z up?"
    )]
    None {
        /// The level.
        level_hu: f64,
        /// Share of the directions that meet bone.
        share: f64,
    },
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The directions of the vault, ring by ring from the top down, with what each sees.
struct Rings {
    ring_count: usize,
    turn_count: usize,
}

impl Rings {
    fn new() -> Self {
        let ring_count = (REACH_DEG / STEP_DEG).round() as usize;
        Self { ring_count, turn_count: (360.0 / STEP_DEG).round() as usize }
    }

    fn tilt(&self, n: usize) -> f64 {
        ((n / self.turn_count) as f64 + 0.5) * STEP_DEG.to_radians()
    }

    fn direction(&self, n: usize) -> Vector<Lps> {
        let turn = (n % self.turn_count) as f64 * STEP_DEG.to_radians();
        let ((st, ct), (sp, cp)) = (float::sin_cos(self.tilt(n)), float::sin_cos(turn));
        Vector::new(st * cp, st * sp, ct)
    }

    /// Part of the ball that a direction stands for, of radius one.
    fn area(&self, n: usize) -> f64 {
        let step = STEP_DEG.to_radians();
        float::sin(self.tilt(n)) * step * step
    }

    fn count(&self) -> usize {
        self.ring_count * self.turn_count
    }

    fn neighbours(&self, n: usize) -> impl Iterator<Item = usize> + use<> {
        let (ring, turn, turns) = (n / self.turn_count, n % self.turn_count, self.turn_count);
        let beside = [ring * turns + (turn + 1) % turns, ring * turns + (turn + turns - 1) % turns];
        let up = ring.checked_sub(1).map(|up| up * turns + turn);
        // At the top every direction meets all others of its ring.
        let across = (ring == 0).then(|| (turn + turns / 2) % turns);
        let down = (ring + 1 < self.ring_count).then(|| (ring + 1) * turns + turn);
        beside.into_iter().chain(up).chain(across).chain(down)
    }
}

/// The vault of a skull that stands upright (z to the crown): a ball through its outer surface.
///
/// # Errors
/// [`VaultError`] where there is too little bone, or the job was stopped.
pub fn vault(skull: &Volume<i16>, level_hu: f64, job: &Job) -> Result<Vault, VaultError> {
    const TURN_COUNT: usize = 30;
    let rings = Rings::new();
    let mut middle = start(skull, level_hu);
    let far = 0.5 * skull.grid.bounds().size().norm();
    let mut found = None;
    for turn in 0..TURN_COUNT {
        job.step(turn, TURN_COUNT)?;
        let hit = |n: usize| outermost(skull, level_hu, middle, rings.direction(n), far);
        let hits: Vec<(f64, Point<Lps>)> = (0..rings.count())
            .into_par_iter()
            .filter_map(|n| hit(n).map(|p| (rings.area(n), p)))
            .collect();
        let seen: f64 = hits.iter().map(|(area, _)| area).sum();
        let whole = TAU * (1.0 - float::cos(REACH_DEG.to_radians()));
        let none = VaultError::None { level_hu, share: seen / whole };
        if seen < 0.5 * whole {
            return Err(none);
        }
        let ball = ball(&hits).ok_or(none)?;
        let moved = (ball.middle - middle).norm();
        middle = ball.middle;
        found = Some(ball);
        if moved < STILL_MM {
            break;
        }
    }
    Ok(found.expect("at least one turn"))
}

/// Middle of the widest slice's bone.
fn start(skull: &Volume<i16>, level_hu: f64) -> Point<Lps> {
    let grid = &skull.grid;
    let bone = |n: &usize| f64::from(skull.values[*n]) >= level_hu;
    let mut slices: std::collections::BTreeMap<i64, (Point<Lps>, Point<Lps>)> = Default::default();
    for n in (0..grid.voxel_count()).filter(bone) {
        let p = grid.center(grid.voxel(n));
        let slice = slices.entry((p.z / 2.0).floor() as i64).or_insert((p, p));
        slice.0 = Point::new(slice.0.x.min(p.x), slice.0.y.min(p.y), p.z);
        slice.1 = Point::new(slice.1.x.max(p.x), slice.1.y.max(p.y), p.z);
    }
    let width = |(a, b): &(Point<Lps>, Point<Lps>)| (b.x - a.x) * (b.y - a.y);
    let widest = slices.into_values().max_by(|a, b| width(a).total_cmp(&width(b)));
    widest.map_or(grid.bounds().center(), |(a, b)| a.lerp(b, 0.5))
}

/// Where the bone begins that is met first from far outside.
fn outermost(
    skull: &Volume<i16>,
    level_hu: f64,
    middle: Point<Lps>,
    out: Vector<Lps>,
    far_mm: f64,
) -> Option<Point<Lps>> {
    let value = |r: f64| skull.sample(middle + out * r) - level_hu;
    let mut r = far_mm;
    let box_ = skull.grid.bounds();
    while r > 0.0 && !(box_.contains(middle + out * r) && value(r) >= 0.0) {
        r -= LOOK_MM;
    }
    if r <= 0.0 {
        return None;
    }
    let (inside, outside) = (value(r), value(r + LOOK_MM));
    let part = if outside < inside { inside / (inside - outside) } else { 0.0 };
    Some(middle + out * (r + LOOK_MM * part.clamp(0.0, 1.0)))
}

/// The ball through weighted points: |p|² = 2 p·c + (r² - |c|²), by least squares.
fn ball(points: &[(f64, Point<Lps>)]) -> Option<Vault> {
    let total: f64 = points.iter().map(|(w, _)| w).sum();
    let mean = |f: &dyn Fn(Vector<Lps>) -> f64| {
        points.iter().map(|(w, p)| w * f(*p - Point::ORIGIN)).sum::<f64>() / total
    };
    let at: [f64; 3] = std::array::from_fn(|a| mean(&|v| v[a]));
    let square = mean(&|v| v.dot(v));
    let mut m = [[0.0; 4]; 3];
    for (a, row) in m.iter_mut().enumerate() {
        for b in 0..3 {
            row[b] = mean(&|v| (v[a] - at[a]) * (v[b] - at[b]));
        }
        row[3] = 0.5 * mean(&|v| (v[a] - at[a]) * (v.dot(v) - square));
    }
    let c = solve(m)?;
    let middle = Point::new(c[0], c[1], c[2]);
    let radius = |p: &Point<Lps>| middle.distance(*p);
    let radius_mm = points.iter().map(|(w, p)| w * radius(p)).sum::<f64>() / total;
    let miss = |p: &Point<Lps>| (radius(p) - radius_mm) * (radius(p) - radius_mm);
    let rms_mm = (points.iter().map(|(w, p)| w * miss(p)).sum::<f64>() / total).sqrt();
    Some(Vault { middle, radius_mm, rms_mm })
}

/// Three equations with three unknowns, by elimination.
fn solve(mut m: [[f64; 4]; 3]) -> Option<[f64; 3]> {
    for a in 0..3 {
        let pivot = (a..3).max_by(|&i, &j| m[i][a].abs().total_cmp(&m[j][a].abs()))?;
        m.swap(a, pivot);
        if m[a][a].abs() < 1e-9 {
            return None;
        }
        for b in 0..3 {
            if b != a {
                let part = m[b][a] / m[a][a];
                let row = m[a];
                m[b].iter_mut().zip(row).for_each(|(v, r)| *v -= part * r);
            }
        }
    }
    Some([0, 1, 2].map(|a| m[a][3] / m[a][a]))
}

/// Holes of the vault with bone all around them, the largest first. What opens at the edge of the
/// vault (orbits, ears, the end of the scan) is none, nor are holes under 15 mm.
///
/// # Errors
/// [`Cancelled`] if the job was stopped.
pub fn holes(
    skull: &Volume<i16>,
    level_hu: f64,
    vault: &Vault,
    job: &Job,
) -> Result<Vec<Hole>, Cancelled> {
    let rings = Rings::new();
    job.step(0, 1)?;
    let open: Vec<bool> = (0..rings.count())
        .into_par_iter()
        .map(|n| sees_out(skull, level_hu, vault, rings.direction(n)))
        .collect();
    let mut seen = vec![false; open.len()];
    let mut found = Vec::new();
    for first in 0..open.len() {
        if !open[first] || seen[first] {
            continue;
        }
        let mut piece = vec![first];
        seen[first] = true;
        let mut next = 0;
        while next < piece.len() {
            for other in rings.neighbours(piece[next]) {
                if open[other] && !seen[other] {
                    seen[other] = true;
                    piece.push(other);
                }
            }
            next += 1;
        }
        found.extend(hole(&rings, &piece, vault));
    }
    found.sort_by(|a: &Hole, b| b.diameter_mm.total_cmp(&a.diameter_mm));
    Ok(found)
}

/// Whether no bone lies along a direction.
fn sees_out(skull: &Volume<i16>, level_hu: f64, vault: &Vault, out: Vector<Lps>) -> bool {
    let [from, to] = WALL.map(|part| part * vault.radius_mm);
    let count = ((to - from) / LOOK_MM) as usize;
    let box_ = skull.grid.bounds();
    let mut looks = (0..=count).map(|n| vault.middle + out * (from + n as f64 * LOOK_MM));
    !looks.any(|p| box_.contains(p) && skull.sample(p) >= level_hu)
}

fn hole(rings: &Rings, piece: &[usize], vault: &Vault) -> Option<Hole> {
    if piece.iter().any(|n| n / rings.turn_count + 1 == rings.ring_count) {
        return None;
    }
    let area: f64 = piece.iter().map(|&n| rings.area(n)).sum();
    let radius2 = vault.radius_mm * vault.radius_mm;
    let diameter_mm = 2.0 * (area * radius2 / PI).sqrt();
    if diameter_mm < HOLE_MM_MIN {
        return None;
    }
    let sum = piece
        .iter()
        .fold(Vector::new(0.0, 0.0, 0.0), |s, &n| s + rings.direction(n) * rings.area(n));
    let axis: Vector<Lps> = sum.unit();
    let away = |&n: &usize| axis.angle_deg(rings.direction(n)).to_radians();
    let reach = piece.iter().map(away).fold(0.0, f64::max);
    Some(Hole { axis, diameter_mm, reach_mm: reach * vault.radius_mm })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossein_geom::Grid;

    /// A shell of 70 to 76 mm, its lower half open, with a round hole of 20 degrees.
    fn head(hole: Vector<Lps>) -> Volume<i16> {
        let grid = Grid::aligned(Point::new(-90.0, -85.0, -40.0), [1.5; 3], [120, 115, 80]);
        let middle = Point::new(1.0, 2.0, 3.0);
        let value = |n: usize| {
            let d = grid.center(grid.voxel(n)) - middle;
            let wall = 3.0 - (d.norm() - 73.0).abs();
            let rim = (d.unit().angle_deg(hole) - 20.0).to_radians() * 73.0;
            (600.0 * wall.min(rim).min(d.z + 30.0).clamp(-1.0, 1.0)) as i16
        };
        Volume::new(grid.clone(), (0..grid.voxel_count()).map(value).collect())
    }

    #[test]
    fn a_ball_with_a_hole_is_found() {
        let out = Vector::new(0.6, 0.3, 0.74).unit();
        let skull = head(out);
        let vault = vault(&skull, 0.0, &Job::quiet()).unwrap();
        assert!(vault.middle.distance(Point::new(1.0, 2.0, 3.0)) < 0.2, "{vault:?}");
        assert!((vault.radius_mm - 76.0).abs() < 0.2, "{vault:?}");
        let found = holes(&skull, 0.0, &vault, &Job::quiet()).unwrap();
        assert_eq!(found.len(), 1);
        // A cap of 20 degrees: its area is that of a disc of 2 · 2 sin(10°) r.
        let wanted = 4.0 * float::sin(10f64.to_radians()) * vault.radius_mm;
        assert!((found[0].diameter_mm - wanted).abs() < 0.03 * wanted, "{found:?} {wanted}");
        assert!(found[0].axis.angle_deg(out) < 0.5);
    }

    #[test]
    fn a_scan_without_a_head_is_refused() {
        let grid = Grid::aligned(Point::new(0.0, 0.0, 0.0), [2.0; 3], [40, 40, 40]);
        let error = vault(&Volume::filled(grid, -1000), 250.0, &Job::quiet()).unwrap_err();
        assert!(error.to_string().contains("250 HU"), "{error}");
    }
}
