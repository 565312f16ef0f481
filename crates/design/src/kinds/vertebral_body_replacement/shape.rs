//! The solids that make up the implant.

use std::sync::Arc;

use ossein_field::Field;
use ossein_field::boolean::{Blend, Difference, Intersection, Solid, Union};
use ossein_field::height::{Raster, Terrain};
use ossein_field::lattice;
use ossein_field::loft::{Inset, Loft};
use ossein_field::main_part::MainPart;
use ossein_field::outline;
use ossein_field::primitive::{Capsule, Cone, HalfSpace};
use ossein_field::sampled::{Grown, Sampled};
use ossein_geom::{Cancelled, Choices, Grid, Implant, Job, Mm, Point, Vector, Volume, float};

use super::design::{DesignError, Frame};
use super::{lettering, screws};
use crate::end_face::EndFace;

/// A shared field.
pub type Shared = Arc<dyn Field<Implant>>;

/// The implant's solids, all in its own frame.
#[derive(Clone)]
pub struct Shapes {
    /// The outer shape without holes.
    pub hull: Shared,
    /// The outer shape less every hole: metal and pores.
    pub envelope: Shared,
    /// The parts of solid metal inside the envelope.
    pub dense: Shared,
    /// What is printed.
    pub part: Arc<MainPart<Implant, Solid<Implant>>>,
    /// Distance to the canal's surface, negative inside.
    pub canal: Arc<Sampled<Implant>>,
    /// Screws of both ends.
    pub screws: Vec<screws::Screw>,
    /// The column's side wall, before the inset.
    pub loft: Loft,
}

/// Step at which loose pieces are told apart, and at which the mesh is taken, mm.
pub const PART_STEP_MM: f64 = 0.1;

fn shared(solid: &Shared) -> Solid<Implant> {
    Box::new(solid.clone())
}

/// Builds the implant.
pub(super) fn build(
    frame: &Frame,
    choices: &Choices,
    part_step_mm: f64,
    job: &Job,
) -> Result<Shapes, DesignError> {
    let number = |key: &str| choices.number(key);
    let loft = loft(frame, choices);
    let inset_mm = number("implant.inset_mm");
    let wall = |extra: f64| Inset { loft: loft.clone(), inset_mm: inset_mm + extra };
    let canal = Arc::new(canal_field(frame, job)?);
    let gap = number("implant.gap_mm");
    let (floor, ceiling) = (face(&frame.lower, gap, true), face(&frame.upper, -gap, false));

    let around_canal = |extra: f64| -> Solid<Implant> {
        Box::new(Grown { inner: canal.clone(), by_mm: frame.canal_clearance_mm + extra })
    };
    let mut hull_parts: Vec<Solid<Implant>> =
        vec![Box::new(wall(0.0)), Box::new(floor.clone()), Box::new(ceiling.clone())];
    hull_parts.extend(chamfers(frame, &loft, inset_mm, choices));
    let hull: Solid<Implant> =
        Box::new(Difference { from: Box::new(Intersection(hull_parts)), cut: around_canal(0.0) });
    let hull: Shared = Arc::new(hull);

    let screws = screws::place(frame, &loft, inset_mm, choices)?;
    let mut solid = rims(frame, choices, &wall, &around_canal);
    solid.extend(skins(frame, choices, &wall));
    if choices.word("implant.smooth_side") != "none" {
        // Where the canal's clearance cuts into the column, the cord still meets a closed skin.
        solid.push(around_canal(number("implant.skin_mm")));
    }
    solid.extend(columns(frame, &loft, inset_mm, choices)?);
    solid.extend(screws::sleeves(&screws));
    let mut holes = screws::holes(&screws);
    if let Some((boss, hole)) = boss(frame, &loft, inset_mm, choices) {
        solid.push(boss);
        holes.push(hole);
    }
    if let Some(window) = window(frame, choices)? {
        holes.push(window);
    }
    holes.extend(lettering::engraving(frame, &loft, inset_mm, choices)?);

    let holes: Shared = Arc::new(Union::new(holes));
    let solid: Shared = Arc::new(Union::new(solid));
    let metal = Blend {
        a: lattice_plan(choices)?.solid(Point::ORIGIN),
        b: shared(&solid),
        radius_mm: number("lattice.transition_mm"),
    };
    let cut = |from: Vec<Solid<Implant>>| -> Solid<Implant> {
        Box::new(Difference { from: Box::new(Intersection(from)), cut: shared(&holes) })
    };
    let part = cut(vec![Box::new(metal), shared(&hull)]);
    Ok(Shapes {
        envelope: Arc::new(cut(vec![shared(&hull)])),
        dense: Arc::new(cut(vec![shared(&solid), shared(&hull)])),
        part: Arc::new(MainPart::new(part, part_step_mm, job)?),
        hull,
        canal,
        screws,
        loft,
    })
}

/// The lattice that was chosen.
pub(super) fn lattice_plan(choices: &Choices) -> Result<lattice::Plan, DesignError> {
    let kind = lattice::by_name(choices.word("lattice.cell"))?;
    let period = Mm(choices.number("lattice.period_mm"));
    Ok(lattice::target::at(kind, period, choices.number("lattice.solid_fraction"))?)
}

/// The column between the two outlines, before the inset.
fn loft(frame: &Frame, choices: &Choices) -> Loft {
    let raster = |face: &EndFace| outline::raster(&face.outline, 0.25, 6.0);
    let middle = |face: &EndFace| {
        let inside =
            face.heights.values.iter().zip(&face.measured.values).filter(|(_, m)| **m > 0.5);
        let (sum, count) = inside.fold((0.0, 0.0), |(s, n), (h, _)| (s + f64::from(*h), n + 1.0));
        sum / f64::max(count, 1.0)
    };
    Loft::new(
        raster(&frame.lower),
        raster(&frame.upper),
        middle(&frame.lower),
        middle(&frame.upper),
        choices.number("implant.waist_mm"),
    )
}

/// All above (or beneath) an end face moved by `shift_mm` along z.
fn face(face: &EndFace, shift_mm: f64, above: bool) -> Terrain {
    let values = face.heights.values.iter().map(|h| h + shift_mm as f32).collect();
    Terrain::new(Raster { values, ..face.heights.clone() }, above)
}

/// Distance to the canal around the implant, on a grid 1 mm apart: linear between, it is off by
/// under 0.02 mm at the canal's curvature.
fn canal_field(frame: &Frame, job: &Job) -> Result<Sampled<Implant>, Cancelled> {
    const STEP: f64 = 1.0;
    let bounds = frame.bounds().grow(6.0);
    let size = [0, 1, 2].map(|a| (bounds.size()[a] / STEP).ceil() as usize + 1);
    let grid = Grid::<Implant>::aligned(bounds.min, [STEP; 3], size);
    let to_patient = frame.placement.inverse();
    let canal = frame.canal.solid();
    let mut values = Vec::with_capacity(grid.voxel_count());
    for k in 0..size[2] {
        job.step(k, size[2])?;
        let plane: Vec<f32> = {
            use rayon::prelude::*;
            (0..size[0] * size[1])
                .into_par_iter()
                .map(|n| {
                    let p = to_patient.apply(grid.center([n % size[0], n / size[0], k]));
                    canal.distance_mm(p) as f32
                })
                .collect()
        };
        values.extend(plane);
    }
    Ok(Sampled::new(Volume::new(grid, values)))
}

/// Half-spaces that take the leading edge off both ends.
fn chamfers(frame: &Frame, loft: &Loft, inset_mm: f64, choices: &Choices) -> Vec<Solid<Implant>> {
    let size_mm = choices.number("implant.chamfer_mm");
    if size_mm <= 0.0 {
        return Vec::new();
    }
    let lead = -frame.approach;
    let one = |end: &EndFace, up: f64| -> Solid<Implant> {
        let middle = frame.middle_at(end);
        let wall = frame.wall(loft, inset_mm, middle, lead);
        let edge = Point::new(wall.x, wall.y, end.heights.at(wall.x, wall.y));
        let normal = (lead + Vector::new(0.0, 0.0, up)).unit();
        Box::new(HalfSpace { point: edge - normal * (size_mm * 0.5f64.sqrt()), normal })
    };
    vec![one(&frame.lower, -1.0), one(&frame.upper, 1.0)]
}

/// Solid rims at both ends, where the endplate is strong (facts D1.7).
fn rims(
    frame: &Frame,
    choices: &Choices,
    wall: &dyn Fn(f64) -> Inset,
    around_canal: &dyn Fn(f64) -> Solid<Implant>,
) -> Vec<Solid<Implant>> {
    let height = choices.number("implant.rim_height_mm") + choices.number("implant.gap_mm");
    let width = choices.number("implant.rim_width_mm");
    let ring = |end: Terrain| -> Solid<Implant> {
        let inner = Difference { from: Box::new(wall(width)), cut: around_canal(width) };
        let band = Intersection(vec![Box::new(wall(-1.0)), Box::new(end)]);
        Box::new(Difference { from: Box::new(band), cut: Box::new(inner) })
    };
    vec![ring(face(&frame.lower, height, false)), ring(face(&frame.upper, -height, true))]
}

/// Closed skins on the chosen sides.
fn skins(frame: &Frame, choices: &Choices, wall: &dyn Fn(f64) -> Inset) -> Vec<Solid<Implant>> {
    let sides: &[f64] = match choices.word("implant.smooth_side") {
        "none" => return Vec::new(),
        "posterior" => &[1.0],
        "posterior_and_anterior" => &[1.0, -1.0],
        _ => &[],
    };
    let skin = || Difference {
        from: Box::new(wall(-1.0)),
        cut: Box::new(wall(choices.number("implant.skin_mm"))),
    };
    if sides.is_empty() {
        return vec![Box::new(skin())];
    }
    let one = |&back: &f64| -> Solid<Implant> {
        // The third of the circumference that faces the cord, or the great vessels.
        let middle = frame.middle();
        let point = Point::new(middle.x, middle.y + back * 0.22 * frame.depth_mm, middle.z);
        let side = HalfSpace { point, normal: Vector::new(0.0, -back, 0.0) };
        Box::new(Intersection(vec![Box::new(skin()), Box::new(side)]))
    };
    sides.iter().map(one).collect()
}

/// Load columns, spread around the section a rim's width inside the wall.
fn columns(
    frame: &Frame,
    loft: &Loft,
    inset_mm: f64,
    choices: &Choices,
) -> Result<Vec<Solid<Implant>>, DesignError> {
    let count = choices.whole("implant.column_count") as usize;
    let radius_mm = 0.5 * choices.number("implant.column_diameter_mm");
    let depth = inset_mm + radius_mm + 0.4;
    let mut columns: Vec<Solid<Implant>> = Vec::new();
    for n in 0..count {
        // Half a step off the axes: clear of the boss behind and the letters in front.
        let angle = std::f64::consts::TAU * (n as f64 + 0.5) / count as f64;
        let (s, c) = float::sin_cos(angle);
        let out = Vector::new(c, s, 0.0);
        let mut points = Vec::new();
        const PIECES: usize = 12;
        for piece in 0..=PIECES {
            let t = piece as f64 / PIECES as f64;
            let middle = frame.middle_between(t);
            let wall = frame.wall(loft, depth, middle, out);
            if (wall - middle).dot(out) < radius_mm {
                return Err(DesignError::NoRoomForColumns { diameter_mm: 2.0 * radius_mm });
            }
            points.push(wall);
        }
        // Through the end faces: the hull cuts the columns off.
        points[0].z -= 8.0;
        points[PIECES].z += 8.0;
        for pair in points.windows(2) {
            columns.push(Box::new(Capsule { from: pair[0], to: pair[1], radius_mm }));
        }
    }
    Ok(columns)
}

/// The posterior boss and its cross hole from side to side.
fn boss(
    frame: &Frame,
    loft: &Loft,
    inset_mm: f64,
    choices: &Choices,
) -> Option<(Solid<Implant>, Solid<Implant>)> {
    let hole_mm = choices.number("implant.boss_hole_mm");
    if hole_mm <= 0.0 {
        return None;
    }
    let radius = 0.5 * hole_mm + choices.number("implant.boss_wall_mm");
    let back = Vector::new(0.0, 1.0, 0.0);
    let wall = frame.wall(loft, inset_mm, frame.middle(), back);
    // Inside the wall, and inside what the canal leaves free.
    let center = Point::new(wall.x, wall.y - radius - frame.canal_clearance_mm, wall.z);
    let reach = Vector::new(0.5 * frame.width_mm + 6.0, 0.0, 0.0);
    let rod =
        |r: f64| -> Solid<Implant> { Box::new(Cone::cylinder(center - reach, center + reach, r)) };
    Some((rod(radius), rod(0.5 * hole_mm)))
}

/// The graft window: a tube along the middle, open at both ends.
fn window(frame: &Frame, choices: &Choices) -> Result<Option<Solid<Implant>>, DesignError> {
    let diameter_mm = choices.number("implant.graft_window_mm");
    if diameter_mm <= 0.0 {
        return Ok(None);
    }
    let narrowest = frame.width_mm.min(frame.depth_mm) - 2.0 * choices.number("implant.inset_mm");
    let limit_mm = narrowest - 2.0 * choices.number("implant.rim_width_mm");
    if diameter_mm > limit_mm {
        return Err(DesignError::WindowTooWide { diameter_mm, limit_mm });
    }
    let (from, to) = (frame.middle_between(0.0), frame.middle_between(1.0));
    let along = (to - from).unit() * 15.0;
    Ok(Some(Box::new(Cone::cylinder(from - along, to + along, 0.5 * diameter_mm))))
}
