//! From plan and choices to a jaw segment and its figures.

use std::sync::Arc;

use ossein_anatomy::JawLabels;
use ossein_field::Field;
use ossein_field::count::volume_mm3;
use ossein_field::lattice::CellFigures;
use ossein_field::sampled::{Grown, Sampled};
use ossein_geom::{Cancelled, Choices, Finding, Found, Implant, Job, Lps, Point, Rigid, Vector};
use ossein_mechanics::material::TI64_ELI_LPBF_AS_BUILT;
use ossein_mesh::extract::{extract_compact, samples_around};
use ossein_shape::Plane;
use serde::{Deserialize, Serialize};

use super::contour::ContourSource;
use super::errors::DesignError;
use super::fixation::{ENDS, End, JawScrew, SCREW_COUNT_MIN, fixation};
use super::ground::{Ground, Place, Region};
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
/// Bone in the way of the segment: more than this is said, mm; and more than this cannot be eased.
const BLOCKED_MM_NOTE: f64 = 0.3;
const BLOCKED_MM_MAX: f64 = 1.5;
/// Loose crumbs that nobody need hear of, mm³.
const CRUMB_MM3: f64 = 1.0;

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

/// A jaw segment.
pub struct Design {
    shapes: Shapes,
    placement: Rigid<Lps, Implant>,
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
    let screw_sizes = Sizes::new(choices)?;
    let plan = inputs.plan;
    let ground = Ground::new(inputs, choices, job)?;
    let ends = fixation(&ground, plan, &screw_sizes)?;
    let shapes = build(&ground, plan, &ends, choices, part_step_mm, job)?;
    if shapes.part.volume_mm3 <= 0.0 {
        return Err(DesignError::Empty { gap_mm: choices.number("implant.gap_mm") });
    }
    // Lattice and holes are nothing that gets in the way or lies on bone.
    let outside =
        extract_compact(&*shapes.outside, &samples_around(&*shapes.outside, LOOK_MM), job)?;
    let points = outside.into_mesh().vertices;
    let middle = ground.at(0.5 * (plan.along_mm[0] + plan.along_mm[1]));
    let insertion = insertion(&points, &ground, plan, &middle, job)?;
    let wings = [0, 1].map(|n| wing(n, &ends[n], &points, &ground, choices));
    let report = Report {
        volume_mm3: shapes.part.volume_mm3,
        mass_g: shapes.part.volume_mm3 * TI64_ELI_LPBF_AS_BUILT.density_g_per_cm3 / 1000.0,
        envelope_mm3: volume(&*shapes.body, job)?,
        removed_mm3: plan.removed_mm3,
        length_mm: plan.length_mm(),
        contour: plan.contour.source,
        contour_error_mm: plan.contour.trials.map(|t| t.rms_mm),
        deformed_mm: plan.contour.deformed_mm,
        wings: wings.into(),
        screws: ends.iter().flat_map(|end| end.screws.clone()).collect(),
        tissue_hole_count: shapes.tissue_hole_count,
        insertion,
        lattice,
        sizes: sizes(&ground, plan, choices, job)?,
        dropped_count: shapes.part.dropped_count,
        dropped_mm3: shapes.part.dropped_mm3,
        filled_count: shapes.part.filled_count,
        filled_mm3: shapes.part.filled_mm3,
    };
    let findings = findings(&report, choices);
    let value = Design {
        placement: plan.placement,
        cuts: ground.region.cuts,
        bone: ground.bone,
        stumps: ground.stumps,
        teeth: ground.teeth,
        canal: ground.canal,
        outward: middle.outward,
        shapes,
        report,
    };
    Ok(Found { value, findings })
}

fn volume(solid: &dyn Field<Implant>, job: &Job) -> Result<f64, Cancelled> {
    volume_mm3(solid, &samples_around(solid, LOOK_MM), job)
}

/// The best way in, or the refusal where there is none.
fn insertion(
    points: &[Point<Implant>],
    ground: &Ground,
    plan: &Plan,
    middle: &Place,
    job: &Job,
) -> Result<Insertion, DesignError> {
    let way = best_way(points, &ground.stumps, [middle.outward, middle.along], job)?;
    if way.blocked_mm > BLOCKED_MM_MAX {
        let (way, blocked_mm) = (way.words, way.blocked_mm);
        return Err(DesignError::Blocked { way, blocked_mm, limit_mm: BLOCKED_MM_MAX });
    }
    let direction = plan.placement.inverse().turn(-way.out);
    Ok(Insertion { direction, way: way.words, blocked_mm: way.blocked_mm })
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
        cut.height_mm(**p) > 1.0 && stumps.sample(**p) < thin && end.ribbon.across(**p).0 < -1.0
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
    plan: &Plan,
    choices: &Choices,
    job: &Job,
) -> Result<Vec<Size>, DesignError> {
    let step = choices.number("implant.size_step_mm");
    let steps: &[f64] = if step > 0.0 { &[-1.0, 0.0, 1.0] } else { &[0.0] };
    let size = |sign: &f64| {
        let step_mm = sign * step;
        let region = Region { inset_mm: -0.5 * step_mm, ..ground.region.clone() };
        let body = body(ground, region, choices);
        let envelope_mm3 = volume(&*body, job)?;
        Ok(Size { step_mm, length_mm: plan.length_mm() + step_mm, envelope_mm3 })
    };
    steps.iter().map(size).collect()
}

fn findings(report: &Report, choices: &Choices) -> Vec<Finding> {
    let mut findings = Vec::new();
    let wanted = choices.whole("implant.screws_per_side").max(0) as usize;
    for end in ENDS {
        let count = report.screws.iter().filter(|s| s.end == end).count();
        let place = format!("{end} end");
        if count < wanted {
            let message = format!("{count} of {wanted} screws find a place at the {end} end");
            findings.push(Finding::warning("design.screw_place", &place, message).measured(
                count as f64,
                wanted as f64,
                "",
            ));
        }
        if count < SCREW_COUNT_MIN {
            let message = format!(
                "{count} screws at the {end} end; {SCREW_COUNT_MIN} hold a plate at least (facts \
                 D2.16)"
            );
            findings.push(Finding::failure("design.screw_count", &place, message).measured(
                count as f64,
                SCREW_COUNT_MIN as f64,
                "",
            ));
        }
    }
    for screw in report.screws.iter().filter(|s| !s.bicortical) {
        let message = format!(
            "screw {} ends in the bone, {:.1} mm short of the far wall: teeth, canal or the \
             longest screw keep it from going through",
            screw.id,
            screw.bone_mm - screw.point.distance(screw.tip)
        );
        findings.push(Finding::note("design.one_wall", format!("screw {}", screw.id), message));
    }
    for (missing, what) in [
        (report.screws.iter().all(|s| s.root_mm.is_none()), "teeth"),
        (report.screws.iter().all(|s| s.canal_mm.is_none()), "mandibular canal"),
    ] {
        if missing {
            let message = format!(
                "no label for the {what} near the segment: screws were placed without looking for \
                 it"
            );
            findings.push(Finding::warning("design.unseen", what, message));
        }
    }
    if report.insertion.blocked_mm > BLOCKED_MM_NOTE {
        let message = format!(
            "on its way in, {}, the segment meets {:.2} mm of bone: ease it there",
            report.insertion.way, report.insertion.blocked_mm
        );
        findings.push(Finding::warning("design.undercut", "segment", message).measured(
            report.insertion.blocked_mm,
            BLOCKED_MM_NOTE,
            "mm",
        ));
    }
    if report.dropped_mm3 > CRUMB_MM3 {
        let message = format!(
            "{} loose pieces, {:.2} mm3, were dropped",
            report.dropped_count, report.dropped_mm3
        );
        findings.push(Finding::note("design.loose", "segment", message));
    }
    findings
}

impl Design {
    /// What is made.
    pub fn part(&self) -> Part {
        Part {
            solid: self.shapes.part.clone(),
            placement: self.placement,
            density_g_per_cm3: TI64_ELI_LPBF_AS_BUILT.density_g_per_cm3,
            layered: true,
            shrinkage: None,
            keep_outs: vec![("bone", self.stumps.clone())],
        }
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
