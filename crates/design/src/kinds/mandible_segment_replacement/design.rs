//! From plan and choices to a jaw segment and its figures.

use std::sync::Arc;

use ossein_anatomy::JawLabels;
use ossein_field::Field;
use ossein_field::count::volume_mm3;
use ossein_field::lattice::CellFigures;
use ossein_field::sampled::{Grown, Sampled};
use ossein_geom::{Cancelled, Choices, Found, Implant, Job, Point, TriMesh, Vector};
use ossein_mechanics::material::TI64_ELI_LPBF_AS_BUILT;
use ossein_mesh::extract::{extract_compact, samples_around};
use ossein_shape::Plane;
use serde::{Deserialize, Serialize};

use super::contour::ContourSource;
use super::errors::DesignError;
use super::findings::findings;
use super::fixation::{ENDS, End, JawScrew, fixation};
use super::ground::{Ground, Place, Region, clear_mm};
use super::insertion::{Insertion, best_way};
use super::plan::Plan;
use super::shape::{Shapes, body, build};
use super::sites::Sizes;
use crate::kinds::core_figures;
use crate::{Part, Spread};

/// Step at which the part is one piece, and at which its mesh is taken, mm; no part of a usual
/// period, so that samples do not fall on the same places of every cell.
pub const PART_STEP_MM: f64 = 0.23;

/// Distance between samples that judge fit and volume, mm.
const LOOK_MM: f64 = 0.6;
/// Faces this near to where they are drawn count as it, mm.
const FLAT_MM: f64 = 0.15;
/// Bone in the way of the segment: more than this cannot be eased, mm.
const BLOCKED_MM_MAX: f64 = 1.5;
/// Deeper than this in the contour there is no plate, mm.
const DEEP_MM: f64 = 2.0;

/// What a design starts from.
pub struct Inputs<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The label map that it was made from.
    pub labels: JawLabels<'a>,
}

/// The plate on one end's bone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wing {
    /// `right` or `left` along the jaw.
    pub end: String,
    /// From the cut to the plate's end, mm.
    pub length_mm: f64,
    /// Gap between plate and bone.
    pub gap: Option<Spread>,
    /// Gap between the segment's end and the cut face.
    pub face_gap: Option<Spread>,
    /// From the cut to the nearest screw, mm.
    pub first_screw_mm: f64,
    /// Least distance between two screws, mm.
    pub pitch_mm_min: f64,
}

/// One of the backup sizes (facts D2.7).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Size {
    /// Longer than planned by this, mm.
    pub step_mm: f64,
    /// Length along the jaw, mm.
    pub length_mm: f64,
    /// Volume of its body with its pores, mm³.
    pub envelope_mm3: f64,
}

/// The figures of a jaw segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Volume of metal, by counting samples.
    pub volume_mm3: f64,
    /// Mass, g.
    pub mass_g: f64,
    /// Volume of the body with its pores, without the plate.
    pub envelope_mm3: f64,
    /// Bone that is taken out.
    pub removed_mm3: f64,
    /// Length of the segment along the jaw, mm.
    pub length_mm: f64,
    /// What its contour comes from.
    pub contour: ContourSource,
    /// Root mean square error that the contour may have: of the mirror image, where it could be
    /// tried beside the segment.
    pub contour_error_mm: Option<f64>,
    /// Mean distance of the bone that is taken out from the mirror image, if one was taken.
    pub deformed_mm: Option<f64>,
    /// The plate at the right end and at the left one.
    pub wings: Vec<Wing>,
    /// Screws, the right end's first, from the cut outwards.
    pub screws: Vec<JawScrew>,
    /// Distances from a thread to teeth and canal are known up to this, mm: it stands for more.
    pub known_mm: f64,
    /// Holes for soft tissue.
    pub tissue_hole_count: usize,
    /// How it is put in.
    pub insertion: Insertion,
    /// Sizes of the lattice; none for solid metal.
    pub lattice: Option<CellFigures>,
    /// Backup sizes, the planned one among them.
    pub sizes: Vec<Size>,
    /// Loose pieces that were dropped.
    pub dropped_count: usize,
    /// Their volume.
    pub dropped_mm3: f64,
    /// Closed pores that were filled.
    pub filled_count: usize,
    /// Their volume.
    pub filled_mm3: f64,
}

/// A backup size, to be made.
pub struct Backup {
    /// Longer than planned by this, mm.
    pub step_mm: f64,
    /// Length along the jaw, mm.
    pub length_mm: f64,
    /// Mass, g.
    pub mass_g: f64,
    /// From its own cut to the nearest screw, mm.
    pub first_screw_mm: f64,
    /// How deep bone that stays gets in its way as it is put in, mm.
    pub blocked_mm: f64,
    /// Whether there was room to engrave by how much it is longer.
    pub is_marked: bool,
    /// What is made.
    pub part: Part,
}

/// A jaw segment.
pub struct Design {
    shapes: Shapes,
    ground: Ground,
    ends: [End; 2],
    /// The cuts; the normals point into the bone that stays.
    pub cuts: [Plane<Implant>; 2],
    /// Distance to the whole bone before resection (mandible, canal and sockets).
    pub bone: Arc<Sampled<Implant>>,
    /// Distance to the bone that stays.
    pub stumps: Arc<Sampled<Implant>>,
    /// Distance to the lower teeth, if they are labelled.
    pub teeth: Option<Arc<Sampled<Implant>>>,
    /// Distance to the mandibular canal, if it is labelled.
    pub canal: Option<Arc<Sampled<Implant>>>,
    /// Out to cheek and lip in the segment's middle; guides are put on from there.
    pub outward: Vector<Implant>,
    /// Its figures.
    pub report: Report,
}

/// A segment and what it was drawn on.
struct Drawn {
    ground: Ground,
    ends: [End; 2],
    shapes: Shapes,
    /// Volume of its body with its pores, mm³.
    envelope_mm3: f64,
    /// Vertices of its surface without lattice and holes, which get in no way and lie on no bone.
    points: Vec<Point<Implant>>,
    insertion: Insertion,
}

/// Draws the segment and tries to put it in.
fn drawn(
    inputs: &Inputs,
    choices: &Choices,
    part_step_mm: f64,
    job: &Job,
) -> Result<Drawn, DesignError> {
    let screw_sizes = Sizes::new(choices)?;
    let ground = Ground::new(inputs, choices, job)?;
    let ends = fixation(&ground, inputs.plan, &screw_sizes)?;
    let shapes = build(&ground, &ends, (choices, None), part_step_mm, job)?;
    let envelope_mm3 = envelope_mm3(&shapes, choices, job)?;
    let (points, insertion) = put_in(&shapes, &ground, job)?;
    Ok(Drawn { ground, ends, shapes, envelope_mm3, points, insertion })
}

/// The part of a segment without its figures, refused where [`design`] refuses it.
///
/// # Errors
/// As [`design`].
pub fn part(
    inputs: &Inputs,
    choices: &Choices,
    part_step_mm: f64,
    job: &Job,
) -> Result<Part, DesignError> {
    let drawn = || drawn(inputs, choices, part_step_mm, job);
    let (lattice, drawn) = rayon::join(|| core_figures(choices), drawn);
    lattice?;
    let Drawn { ground, shapes, .. } = drawn?;
    Ok(part_of(&shapes, &ground))
}

/// Designs the segment; it is one piece on samples `part_step_mm` apart.
///
/// # Errors
/// [`DesignError`] for choices that cannot be made, with what would help.
pub fn design(
    inputs: &Inputs,
    choices: &Choices,
    part_step_mm: f64,
    job: &Job,
) -> Result<Found<Design>, DesignError> {
    let lattice = core_figures(choices)?;
    let Drawn { ground, ends, shapes, envelope_mm3, points, insertion } =
        drawn(inputs, choices, part_step_mm, job)?;
    let plan = inputs.plan;
    let wings = [0, 1].map(|n| wing(n, &ends[n], &points, &ground, choices));
    let report = Report {
        volume_mm3: shapes.part.volume_mm3,
        mass_g: mass_g(&shapes),
        envelope_mm3,
        removed_mm3: plan.removed_mm3,
        length_mm: plan.length_mm(),
        contour: plan.contour.source,
        contour_error_mm: plan.contour.trials.map(|t| t.rms_mm),
        deformed_mm: plan.contour.deformed_mm,
        wings: wings.into(),
        screws: ends.iter().flat_map(|end| end.screws.clone()).collect(),
        known_mm: clear_mm(choices) - 0.5 * choices.number("implant.screw_diameter_mm"),
        tissue_hole_count: shapes.tissue_hole_count,
        insertion,
        lattice,
        sizes: sizes(&ground, envelope_mm3, choices, job)?,
        dropped_count: shapes.part.dropped_count,
        dropped_mm3: shapes.part.dropped_mm3,
        filled_count: shapes.part.filled_count,
        filled_mm3: shapes.part.filled_mm3,
    };
    let findings = findings(&report, choices);
    let value = Design {
        cuts: ground.region.cuts,
        bone: ground.bone.clone(),
        stumps: ground.stumps.clone(),
        teeth: ground.teeth.clone(),
        canal: ground.canal.clone(),
        outward: middle(&ground).outward,
        ground,
        ends,
        shapes,
        report,
    };
    Ok(Found { value, findings })
}

fn volume(solid: &dyn Field<Implant>, job: &Job) -> Result<f64, Cancelled> {
    volume_mm3(solid, &samples_around(solid, LOOK_MM), job)
}

fn mass_g(shapes: &Shapes) -> f64 {
    shapes.part.volume_mm3 * TI64_ELI_LPBF_AS_BUILT.density_g_per_cm3 / 1000.0
}

fn part_of(shapes: &Shapes, ground: &Ground) -> Part {
    Part {
        solid: shapes.part.clone(),
        placement: ground.plan().placement,
        density_g_per_cm3: TI64_ELI_LPBF_AS_BUILT.density_g_per_cm3,
        layered: true,
        shrinkage: None,
        keep_outs: vec![("bone", ground.stumps.clone())],
    }
}

/// The place in the middle of the segment.
fn middle(ground: &Ground) -> Place {
    let along_mm = ground.plan().along_mm;
    ground.at(0.5 * (along_mm[0] + along_mm[1]))
}

/// Volume of the body with its pores, or the refusal where nothing is left of it between the plates.
fn envelope_mm3(shapes: &Shapes, choices: &Choices, job: &Job) -> Result<f64, DesignError> {
    let envelope_mm3 = volume(&*shapes.body, job)?;
    if envelope_mm3 <= 0.0 {
        return Err(DesignError::Empty { gap_mm: choices.number("implant.gap_mm") });
    }
    Ok(envelope_mm3)
}

/// The segment's outside and the best way in, or the refusal where there is none.
fn put_in(
    shapes: &Shapes,
    ground: &Ground,
    job: &Job,
) -> Result<(Vec<Point<Implant>>, Insertion), DesignError> {
    let samples = samples_around(&*shapes.outside, LOOK_MM);
    let points = extract_compact(&*shapes.outside, &samples, job)?.into_mesh().vertices;
    let middle = middle(ground);
    let way = best_way(&points, &ground.stumps, [middle.outward, middle.along], job)?;
    if way.blocked_mm > BLOCKED_MM_MAX {
        let (way, blocked_mm) = (way.words, way.blocked_mm);
        return Err(DesignError::Blocked { way, blocked_mm, limit_mm: BLOCKED_MM_MAX });
    }
    let direction = ground.plan().placement.inverse().turn(-way.out);
    Ok((points, Insertion { direction, way: way.words, blocked_mm: way.blocked_mm }))
}

/// The figures of one end's plate and face.
fn wing(
    n: usize,
    end: &End,
    points: &[Point<Implant>],
    ground: &Ground,
    choices: &Choices,
) -> Wing {
    let stumps = ground.stumps.volume();
    let cut = &ground.region.cuts[n];
    let gap_mm = choices.number("implant.gap_mm");
    let thin = 0.5 * choices.number("implant.plate_thickness_mm");
    let own = |p: &&Point<Implant>| ground.region.cuts[1 - n].height_mm(**p) < 0.0;
    // Under the plate, clear of its edge; and on the flat of the segment's end.
    let under = points.iter().filter(own).filter(|p| {
        cut.height_mm(**p) > 1.0
            && stumps.sample(**p) < thin
            && end.strip.ribbon.across(**p).0 < -1.0
    });
    let flat = points.iter().filter(own).filter(|p| {
        let height = -cut.height_mm(**p);
        (height - gap_mm).abs() < FLAT_MM && ground.contour.volume().sample(**p) < -1.5
    });
    let screws = &end.screws;
    let pairs = screws
        .iter()
        .enumerate()
        .flat_map(|(m, a)| screws[..m].iter().map(move |b| a.point.distance(b.point)));
    Wing {
        end: ENDS[n].into(),
        length_mm: end.length_mm,
        gap: Spread::of(under.map(|p| stumps.sample(*p)).collect()),
        face_gap: Spread::of(flat.map(|p| -cut.height_mm(*p)).collect()),
        first_screw_mm: screws.iter().map(|s| s.from_cut_mm).fold(f64::INFINITY, f64::min),
        pitch_mm_min: pairs.fold(f64::INFINITY, f64::min),
    }
}

/// Backup sizes: the body between cuts that lie farther apart or nearer.
fn sizes(
    ground: &Ground,
    envelope_mm3: f64,
    choices: &Choices,
    job: &Job,
) -> Result<Vec<Size>, DesignError> {
    let length_mm = ground.plan().length_mm();
    let planned = Size { step_mm: 0.0, length_mm, envelope_mm3 };
    let other = |step_mm: f64| {
        let region = Region { inset_mm: -0.5 * step_mm, ..ground.region.clone() };
        let envelope_mm3 = volume(&*body(ground, region, choices), job)?;
        Ok::<_, DesignError>(Size { step_mm, length_mm: length_mm + step_mm, envelope_mm3 })
    };
    match choices.number("implant.size_step_mm") {
        step_mm if step_mm > 0.0 => Ok(vec![other(-step_mm)?, planned, other(step_mm)?]),
        _ => Ok(vec![planned]),
    }
}

impl Design {
    /// What is made.
    pub fn part(&self) -> Part {
        part_of(&self.shapes, &self.ground)
    }

    /// The segment longer by `step_mm`, half at each end, on the same bone: its plate and screws stay
    /// where they are, its cuts and what is fitted to them move, and the step is engraved in its cheek
    /// face.
    ///
    /// # Errors
    /// [`DesignError`] where nothing is left of it or it cannot be put in.
    pub fn backup(
        &self,
        step_mm: f64,
        choices: &Choices,
        part_step_mm: f64,
        job: &Job,
    ) -> Result<Backup, DesignError> {
        let ground = self.ground.with_cuts(self.ground.plan().resized(step_mm));
        let text = format!("{step_mm:+}");
        let how = (choices, Some(&*text));
        let shapes = build(&ground, &self.ends, how, part_step_mm, job)?;
        envelope_mm3(&shapes, choices, job)?;
        let (_, insertion) = put_in(&shapes, &ground, job)?;
        let screws = |(n, end): (usize, &End)| {
            let from_cut = |s: &JawScrew| ground.region.cuts[n].height_mm(s.point);
            end.screws.iter().map(from_cut).fold(f64::INFINITY, f64::min)
        };
        let first_screw_mm = self.ends.iter().enumerate().map(screws).fold(f64::INFINITY, f64::min);
        Ok(Backup {
            step_mm,
            length_mm: ground.plan().length_mm(),
            mass_g: mass_g(&shapes),
            first_screw_mm,
            blocked_mm: insertion.blocked_mm,
            is_marked: shapes.is_marked,
            part: part_of(&shapes, &ground),
        })
    }

    /// How far the segment's flat ends stand before the planned cuts, mm, the right end's first, on a
    /// mesh of it or of one of its backup sizes: from the cut to the outermost vertex deep within the
    /// contour, where no plate is; negative where it stands beyond. None where no vertex is so deep.
    pub fn face_gaps_mm(&self, mesh: &TriMesh<Implant>) -> Option<[f64; 2]> {
        let contour = self.ground.contour.volume();
        let deep = mesh.vertices.iter().filter(|p| contour.sample(**p) < -DEEP_MM);
        let most = deep.fold([f64::NEG_INFINITY; 2], |most, p| {
            [0, 1].map(|n| most[n].max(self.cuts[n].height_mm(*p)))
        });
        most.iter().all(|v| v.is_finite()).then(|| most.map(|v| -v))
    }

    /// Whether a place lies in the porous core.
    pub fn is_core(&self, p: Point<Implant>) -> bool {
        let inside = |core: &Grown<Implant>| core.distance(p) < 0.0;
        self.shapes.core.as_ref().is_some_and(inside) && self.shapes.body.distance(p) < 0.0
    }

    /// The segment's body with its pores filled, without the plate.
    pub fn body(&self) -> &dyn ossein_field::Field<Implant> {
        &*self.shapes.body
    }
}
