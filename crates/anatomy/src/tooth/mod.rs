//! One tooth out of a label map: told apart from its neighbours, its axis, the bone around its
//! root, its roots.

mod axis;
mod crest;
mod roots;
mod teeth;

use ossein_geom::{Cancelled, Implant, Job, Lps, Point, Rigid, Vector, Volume};
use serde::{Deserialize, Serialize};

pub use crest::{Around, DIRECTION_COUNT};
pub use roots::Root;
pub use teeth::{Piece, Teeth, teeth};

use self::axis::{Line, line};
use self::crest::{Rays, occlusal};
use self::roots::{Own, divergence_deg, parting};
use crate::occupancy::smoothed;

/// Directions without a crest, at most, as share.
const UNSEEN_SHARE_MAX: f64 = 0.6;
/// Directions this near to straight across the arch count as its cheek or tongue side, degrees.
const SIDE_DEG: f64 = 35.0;

/// A label map and which of its labels are what.
#[derive(Clone, Copy)]
pub struct ToothLabels<'a> {
    /// The labels.
    pub volume: &'a Volume<u16>,
    /// The teeth of one jaw.
    pub teeth: u16,
    /// The jaw's bone.
    pub bone: u16,
    /// The mandibular canal, if it has a label.
    pub canal: Option<u16>,
}

/// Which roots of a tooth are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Roots {
    /// All of them.
    All,
    /// The largest.
    One,
}

/// A tooth, measured. Heights are along its axis from where the bone's crest stands in the median.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tooth {
    /// Its place along the arch, from 1 at the patient's right; no name of the dentists': missing
    /// teeth are not seen.
    pub number: usize,
    /// Teeth that were told apart.
    pub tooth_count: usize,
    /// Deepest contact with a neighbour, see [`Piece::neck`].
    pub neck: f64,
    /// Its volume with the pulp, mm³.
    pub volume_mm3: f64,
    /// Origin on the axis at the median crest; z to the crown, y to cheek and lip, x along the
    /// arch.
    pub placement: Rigid<Lps, Implant>,
    /// Lowest and highest crest over the origin, mm.
    pub crest_mm: [f64; 2],
    /// Width at the origin's level along the arch and across it, mm.
    pub width_mm: [f64; 2],
    /// From the crest to the tip of the root, mm.
    pub root_mm: f64,
    /// From the crest to the highest cusp, mm.
    pub crown_mm: f64,
    /// Around it.
    pub around: Vec<Around>,
    /// Wall of bone to cheek or lip, and to tongue or palate, where it is thin (the median over
    /// directions of what a tenth of the levels fall short of), mm; none where none was seen.
    pub plate_mm: [Option<f64>; 2],
    /// Mean gap between root and bone, mm; none where they never lie side by side.
    pub gap_mm: Option<f64>,
    /// Its roots, the largest first; a single one is not listed.
    pub roots: Vec<Root>,
    /// Where they part, under the crest (negative), mm.
    pub furcation_mm: Option<f64>,
    /// The largest angle between two roots, degrees.
    pub divergence_deg: f64,
    /// Which of them are meant.
    pub meant: Roots,
}

/// No tooth can be measured:
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ToothError {
    /// The label has no teeth.
    #[error("label {label} holds no tooth: no piece of it is as large as one")]
    NoTeeth {
        /// The label.
        label: u16,
    },
    /// More pieces than teeth.
    #[error(
        "label {label} falls into {count} pieces, more than a jaw has teeth ({limit}): is it that of teeth?"
    )]
    TooMany {
        /// The label.
        label: u16,
        /// Pieces.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// There are no voxels.
    #[error("there are no teeth")]
    Empty,
    /// No tooth near the point.
    #[error(
        "no tooth lies at {point:?}: the nearest is {away_mm:.1} mm away, its middle at \
         [{:.1}, {:.1}, {:.1}]; up to {limit_mm} mm are taken for meant", nearest[0], nearest[1],
        nearest[2]
    )]
    NoTooth {
        /// The point.
        point: [f64; 3],
        /// Distance of the nearest tooth, mm.
        away_mm: f64,
        /// Its middle.
        nearest: [f64; 3],
        /// The limit.
        limit_mm: f64,
    },
    /// Root and crown cannot be told apart.
    #[error(
        "bone covers all of the tooth or none of it: crown and root cannot be told apart (an \
         impacted tooth, or no label of the bone around it)"
    )]
    NoCrown,
    /// Too short to have an axis.
    #[error("the tooth is too short to have an axis")]
    NoAxis,
    /// Bone stands around too little of it.
    #[error(
        "bone stands beside the root in {seen} of {all} directions: too few for a crest; is its \
         label complete?"
    )]
    NoCrest {
        /// Directions with a crest.
        seen: usize,
        /// All directions.
        all: usize,
    },
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// A tooth's voxels as they are meant, and the axis through them.
struct Meant {
    own: Own,
    axis: Line,
    roots: Vec<Root>,
    /// A point of the level at which roots part.
    parting: Option<Point<Lps>>,
}

fn meant(labels: &ToothLabels, teeth: &Teeth, n: usize, roots: Roots) -> Result<Meant, ToothError> {
    let number = n as u16 + 1;
    let mut own = Own::of(&teeth.numbers, number).ok_or(ToothError::Empty)?;
    let points = own.points();
    let up = occlusal(labels, teeth, &points).ok_or(ToothError::NoCrown)?;
    let mut axis = line(&points, up).ok_or(ToothError::NoAxis)?;
    let Some(found) = parting(&own, &axis) else {
        own.fill_pulp(None);
        return Ok(Meant { own, axis, roots: Vec::new(), parting: None });
    };
    own.fill_pulp(Some((&axis, found.level_mm)));
    let level = axis.point + axis.direction * found.level_mm;
    if roots == Roots::One {
        for (holds, &number) in own.holds.iter_mut().zip(&found.number) {
            *holds &= number <= 1;
        }
        let root = found.roots[0];
        axis = Line { point: root.middle, direction: -root.direction };
    }
    Ok(Meant { own, axis, roots: found.roots, parting: Some(level) })
}

/// The tooth, or what of it is meant, as a volume whose surface lies at
/// [`SURFACE_LEVEL`](crate::SURFACE_LEVEL).
///
/// # Errors
/// [`ToothError`].
pub fn solid(
    labels: &ToothLabels,
    teeth: &Teeth,
    n: usize,
    roots: Roots,
) -> Result<Volume<i16>, ToothError> {
    Ok(smoothed(&meant(labels, teeth, n, roots)?.own.mask()))
}

/// Measures a tooth, counted from 0 along the arch.
///
/// # Errors
/// [`ToothError`].
pub fn tooth(
    labels: &ToothLabels,
    teeth: &Teeth,
    n: usize,
    roots: Roots,
    job: &Job,
) -> Result<Tooth, ToothError> {
    job.step(0, 1)?;
    let piece = &teeth.pieces[n];
    let meant = meant(labels, teeth, n, roots)?;
    let z = meant.axis.direction;
    let [along, outward] = teeth.along(n);
    // Across the arch, out to cheek and lip.
    let across = along - z * z.dot(along);
    let across = if across.norm() > 0.1 { across.unit() } else { z.any_perpendicular() };
    let y = z.cross(across);
    let y = if y.dot(outward) < 0.0 { -y } else { y };
    let frame =
        |origin: Point<Lps>| -> Rigid<Lps, Implant> { Rigid::from_axes(origin, y.cross(z), y, z) };
    let points = meant.own.points();
    let first = frame(meant.axis.point);
    let heights = || points.iter().map(|&p| first.apply(p).z);
    let low = heights().fold(f64::INFINITY, f64::min);
    let high = heights().fold(f64::NEG_INFINITY, f64::max);
    let number = n as u16 + 1;
    let rays = Rays { labels, teeth, number, back: first.inverse() };
    let crests: Vec<Option<f64>> =
        (0..DIRECTION_COUNT).map(|n| rays.crest(n, [low, high])).collect();
    let mut seen: Vec<f64> = crests.iter().flatten().copied().collect();
    if (seen.len() as f64) < (1.0 - UNSEEN_SHARE_MAX) * DIRECTION_COUNT as f64 {
        return Err(ToothError::NoCrest { seen: seen.len(), all: DIRECTION_COUNT });
    }
    seen.sort_by(f64::total_cmp);
    let level = seen[seen.len() / 2];
    let placement = frame(meant.axis.point + z * level);
    let rays = Rays { labels, teeth, number, back: placement.inverse() };
    let crests: Vec<Option<f64>> = crests.iter().map(|c| c.map(|c| c - level)).collect();
    let tip_mm = low - level;
    let around: Vec<Around> =
        crests.iter().enumerate().map(|(n, &crest)| rays.around(n, crest, tip_mm)).collect();
    let half = 0.5 * teeth.numbers.grid.spacing.into_iter().fold(0.0, f64::max);
    Ok(Tooth {
        number: n + 1,
        tooth_count: teeth.pieces.len(),
        neck: piece.neck,
        volume_mm3: piece.volume_mm3,
        placement,
        crest_mm: [seen[0] - level, seen[seen.len() - 1] - level],
        width_mm: widths(&around),
        root_mm: half - tip_mm,
        crown_mm: high - level + half,
        plate_mm: [90.0, 270.0].map(|angle| plate(&around, angle)),
        gap_mm: rays.gap_mm(&crests, tip_mm),
        around,
        furcation_mm: meant.parting.map(|p| placement.apply(p).z),
        divergence_deg: divergence_deg(&meant.roots),
        roots: meant.roots,
        meant: roots,
    })
}

/// Extent of the section along x and y, mm.
fn widths(around: &[Around]) -> [f64; 2] {
    let corner = |a: &Around| {
        let (s, c) = ossein_geom::float::sin_cos(a.angle_deg.to_radians());
        [a.radius_mm * c, a.radius_mm * s]
    };
    [0, 1].map(|axis| {
        let low = around.iter().map(|a| corner(a)[axis]).fold(f64::INFINITY, f64::min);
        let high = around.iter().map(|a| corner(a)[axis]).fold(f64::NEG_INFINITY, f64::max);
        high - low
    })
}

/// The wall's thin tenth near a direction, in the median of directions; bare root counts as none.
fn plate(around: &[Around], angle_deg: f64) -> Option<f64> {
    let near = around.iter().filter(|a| {
        let d = (a.angle_deg - angle_deg).abs();
        d.min(360.0 - d) <= SIDE_DEG
    });
    let mut thin: Vec<f64> = near.filter_map(|a| Some(a.wall_mm?[0])).collect();
    thin.sort_by(f64::total_cmp);
    thin.get(thin.len() / 2).copied()
}

impl Tooth {
    /// To the crown; unit.
    pub fn occlusal(&self) -> Vector<Lps> {
        self.placement.inverse().turn(Vector::new(0.0, 0.0, 1.0))
    }
}
