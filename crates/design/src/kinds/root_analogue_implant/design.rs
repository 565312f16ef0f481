//! From plan and choices to a root-analogue implant and its figures.

use std::sync::Arc;

use ossein_field::Field;
use ossein_field::boolean::Solid;
use ossein_field::lattice::CellFigures;
use ossein_field::main_part::MainPart;
use ossein_field::sampled::Sampled;
use ossein_geom::{Choices, Finding, Found, Implant, Job, Lps, Point, Rigid, Volume};
use ossein_mechanics::material::Card;
use ossein_mesh::extract::{extract_compact, samples_around};
use serde::{Deserialize, Serialize};

use super::choices::material;
use super::errors::DesignError;
use super::ground::Ground;
use super::plan::{JawTeeth, RootPlan};
use super::shape::{Body, Fit, Measures, built};
use crate::Part;
use crate::kinds::core_figures;

/// Step at which the part is one piece, and at which its mesh is taken, mm.
pub const PART_STEP_MM: f64 = 0.13;
/// Distance between samples that judge clearances, mm.
const LOOK_MM: f64 = 0.4;
/// An abutment narrower than this at its top holds no crown, mm (estimate).
const TOP_MM_MIN: f64 = 1.6;
/// A core thinner than this breaks, mm (estimate).
const CORE_MM_MIN: f64 = 1.8;
/// A porous layer is as thick as chosen so far under the solid neck, mm.
const BEGUN_MM: f64 = 1.0;
/// Undercuts take this of a root without a word, and at most the second, as share.
const UNDERCUT_NOTE: f64 = 0.05;
const UNDERCUT_MAX: f64 = 0.4;
/// Room for a crown between abutment and opposing teeth, mm (estimate).
const CROWN_MM: f64 = 1.5;
/// Room between the collar and the neighbours' crowns, mm (estimate).
const CROWNS_MM: f64 = 0.2;
/// Loose crumbs that nobody need hear of, mm³.
const CRUMB_MM3: f64 = 0.5;

/// What a design starts from.
pub struct Inputs<'a> {
    /// The plan.
    pub plan: &'a RootPlan,
    /// The label map that it was made from.
    pub labels: JawTeeth<'a>,
}

/// Least distances from the implant, mm; none where nothing of that name is near.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clearances {
    /// To the mandibular canal; up to 6 mm is measured.
    pub canal_mm: Option<f64>,
    /// From the root to the neighbours' teeth.
    pub neighbours_mm: Option<f64>,
    /// From collar and abutment to the neighbours' crowns.
    pub crowns_mm: Option<f64>,
    /// From the abutment to the other jaw's teeth, as they stood in the scan.
    pub opposing_mm: Option<f64>,
}

/// The figures of a root-analogue implant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Volume of material, by counting samples.
    pub volume_mm3: f64,
    /// Mass, g.
    pub mass_g: f64,
    /// From the root's tip to the top of the abutment, mm.
    pub length_mm: f64,
    /// Root under the crest, mm.
    pub root_mm: f64,
    /// Its offsets from the tooth's own root.
    pub fit: Fit,
    /// Volume of the tooth's root, mm³.
    pub tooth_root_mm3: f64,
    /// What undercuts on the way in took from it, mm³.
    pub undercut_mm3: f64,
    /// Retention grooves on each side.
    pub groove_count: usize,
    /// Widest inscribed width of the abutment at its margin and at its top, mm.
    pub abutment_mm: [f64; 2],
    /// Width of solid material 1 mm under the solid neck, mm.
    pub core_mm: f64,
    /// Distances to what stands around.
    pub clearances: Clearances,
    /// Sizes of the porous layer; none for a solid root.
    pub lattice: Option<CellFigures>,
    /// Loose pieces that were dropped.
    pub dropped_count: usize,
    /// Their volume.
    pub dropped_mm3: f64,
}

/// A root-analogue implant.
pub struct Design {
    part: Arc<MainPart<Implant, Solid<Implant>>>,
    /// What it is made of.
    pub card: Card,
    layered: bool,
    shrinkage: Option<[f64; 3]>,
    placement: Rigid<Lps, Implant>,
    body: Body,
    core: Body,
    /// Distance to the tooth that it replaces.
    pub tooth: Volume<f32, Implant>,
    keep_outs: Vec<(&'static str, Arc<Sampled<Implant>>)>,
    /// Its figures.
    pub report: Report,
}

impl Design {
    /// What is made.
    pub fn part(&self) -> Part {
        Part {
            solid: self.part.clone(),
            placement: self.placement,
            density_g_per_cm3: self.card.density_g_per_cm3.value,
            layered: self.layered,
            shrinkage: self.shrinkage,
            keep_outs: self.keep_outs.clone(),
        }
    }

    /// Its outer shape without pores.
    pub fn body(&self) -> &dyn Field<Implant> {
        &self.body
    }

    /// What of it bears: without a porous layer.
    pub fn core(&self) -> &dyn Field<Implant> {
        &self.core
    }
}

/// Designs the implant; it is one piece on samples `part_step_mm` apart.
///
/// # Errors
/// [`DesignError`] for choices that cannot be made, with the nearest that can.
pub fn design(
    inputs: &Inputs,
    choices: &Choices,
    part_step_mm: f64,
    job: &Job,
) -> Result<Found<Design>, DesignError> {
    let tooth = &inputs.plan.tooth;
    let lattice = match choices.word("implant.surface") {
        "porous" => core_figures(choices)?,
        _ => None,
    };
    let ground = Ground::new(inputs, choices, job)?;
    let share = ground.undercut_mm3 / ground.root_mm3;
    if share > UNDERCUT_MAX {
        return Err(DesignError::Undercut { share, limit: UNDERCUT_MAX });
    }
    let measures = Measures::new(tooth, choices);
    let free = Arc::new(Sampled::new(ground.free.clone()));
    let layer_mm = if lattice.is_some() { choices.number("implant.layer_mm") } else { 0.0 };
    let body = Body::new(free.clone(), measures, 0.0);
    let core = Body::new(free, measures, layer_mm);
    let abutment_mm = abutment(&body, &measures, choices)?;
    let core_mm = core_width(&core, (layer_mm, measures.neck_mm + BEGUN_MM))?;
    let part = Arc::new(MainPart::new(built(&body, &core, choices)?, part_step_mm, job)?);
    let card = material(choices.word("implant.material"), choices.word("mechanics.metal"));
    let shrinkage = card.shrinkage_percent.map(|_| {
        ["x", "y", "z"]
            .map(|axis| 0.01 * choices.number(&format!("print.shrinkage_{axis}_percent")))
    });
    let outside = extract_compact(&body, &samples_around(&body, LOOK_MM), job)?.into_mesh();
    let low = outside.vertices.iter().map(|p| p.z).fold(f64::INFINITY, f64::min);
    let report = Report {
        volume_mm3: part.volume_mm3,
        mass_g: part.volume_mm3 * card.density_g_per_cm3.value / 1000.0,
        length_mm: measures.top_mm() - low,
        root_mm: -low,
        fit: measures.fit,
        tooth_root_mm3: ground.root_mm3,
        undercut_mm3: ground.undercut_mm3,
        groove_count: measures.groove_count(),
        abutment_mm,
        core_mm,
        clearances: clearances(&outside.vertices, &ground, &measures),
        lattice,
        dropped_count: part.dropped_count,
        dropped_mm3: part.dropped_mm3,
    };
    let mut findings = findings(&report, choices);
    findings.extend(of_material(&card, shrinkage));
    let near = [("teeth", ground.neighbours), ("canal", ground.canal)];
    let value = Design {
        part,
        card,
        layered: choices.word("implant.material") == "titanium",
        shrinkage,
        placement: tooth.placement,
        body,
        core,
        tooth: ground.tooth,
        keep_outs: near.into_iter().filter_map(|(name, some)| Some((name, some?))).collect(),
        report,
    };
    Ok(Found { value, findings })
}

/// Widths of the abutment, or the refusal.
fn abutment(body: &Body, measures: &Measures, choices: &Choices) -> Result<[f64; 2], DesignError> {
    let whole = body.width_mm(0.5 * measures.collar_mm);
    let top = whole - 2.0 * measures.inset_mm();
    if top < TOP_MM_MIN {
        return Err(DesignError::Abutment {
            margin_mm: measures.margin_mm,
            taper_deg: choices.number("implant.taper_deg"),
            width_mm: top.max(0.0),
            limit_mm: TOP_MM_MIN,
            margin_mm_max: (measures.margin_mm - 0.5 * (TOP_MM_MIN - top)).max(0.0),
        });
    }
    Ok([whole - 2.0 * measures.margin_mm, top])
}

/// Solid width where the porous layer has begun, or the refusal.
fn core_width(core: &Body, (layer_mm, depth_mm): (f64, f64)) -> Result<f64, DesignError> {
    let core_mm = core.width_mm(-depth_mm);
    if layer_mm > 0.0 && core_mm < CORE_MM_MIN {
        let layer_mm_max = (layer_mm - 0.5 * (CORE_MM_MIN - core_mm)).max(0.0);
        let limit_mm = CORE_MM_MIN;
        return Err(DesignError::Core {
            layer_mm,
            core_mm: core_mm.max(0.0),
            limit_mm,
            layer_mm_max,
        });
    }
    Ok(core_mm)
}

fn clearances(points: &[Point<Implant>], ground: &Ground, measures: &Measures) -> Clearances {
    let least = |solid: &Option<Arc<Sampled<Implant>>>, is: &dyn Fn(&Point<Implant>) -> bool| {
        let volume = solid.as_ref()?.volume();
        let inside = points.iter().filter(|p| is(p));
        inside.map(|p| volume.sample(*p)).min_by(f64::total_cmp)
    };
    Clearances {
        canal_mm: least(&ground.canal, &|_| true),
        neighbours_mm: least(&ground.neighbours, &|p| p.z < -1.0),
        crowns_mm: least(&ground.neighbours, &|p| p.z > 0.0),
        opposing_mm: least(&ground.opposing, &|p| p.z > measures.collar_mm),
    }
}

fn findings(report: &Report, choices: &Choices) -> Vec<Finding> {
    let mut findings = Vec::new();
    let clear = &report.clearances;
    let canal_min = choices.number("implant.canal_clearance_mm");
    if let Some(mm) = clear.canal_mm.filter(|mm| *mm < canal_min) {
        let message = format!(
            "the implant comes {mm:.1} mm near to the mandibular canal: {canal_min} mm are kept \
             (facts D2.16, D2.38)"
        );
        let finding = Finding::failure("design.canal", "mandibular canal", message);
        findings.push(finding.measured(mm, canal_min, "mm"));
    }
    let root_min = choices.number("implant.neighbour_clearance_mm");
    if let Some(mm) = clear.neighbours_mm.filter(|mm| *mm < root_min) {
        let message = format!("the root comes {mm:.2} mm near to a neighbour's");
        let finding = Finding::warning("design.neighbour", "neighbouring root", message);
        findings.push(finding.measured(mm, root_min, "mm"));
    }
    if let Some(mm) = clear.opposing_mm.filter(|mm| *mm < CROWN_MM) {
        let message = format!(
            "{mm:.1} mm from the abutment to the other jaw's teeth, as they stood in the scan: a \
             crown needs {CROWN_MM} mm; lower [implant] abutment_mm"
        );
        let finding = Finding::warning("design.opposing", "abutment", message);
        findings.push(finding.measured(mm, CROWN_MM, "mm"));
    }
    if let Some(mm) = clear.crowns_mm.filter(|mm| *mm < CROWNS_MM) {
        let message = format!(
            "over the crest the implant comes {mm:.2} mm near to a neighbour: crowded teeth, or a \
             border between them that is not where it seems"
        );
        let finding = Finding::warning("design.crowded", "collar", message);
        findings.push(finding.measured(mm, CROWNS_MM, "mm"));
    }
    let share = report.undercut_mm3 / report.tooth_root_mm3;
    if share > UNDERCUT_NOTE {
        let message = format!(
            "undercuts along the way in took {:.0} mm3, {:.0} % of the root: there the socket is \
             wider than the implant",
            report.undercut_mm3,
            100.0 * share
        );
        let finding = Finding::warning("design.undercut", "root", message);
        findings.push(finding.measured(share, UNDERCUT_NOTE, ""));
    }
    if report.dropped_mm3 > CRUMB_MM3 {
        let message = format!(
            "{} loose pieces, {:.2} mm3, were dropped",
            report.dropped_count, report.dropped_mm3
        );
        findings.push(Finding::note("design.loose", "porous layer", message));
    }
    findings
}

/// What someone should look at because of the material.
fn of_material(card: &Card, shrinkage: Option<[f64; 3]>) -> Vec<Finding> {
    let (Some(published), Some([0.0, 0.0, 0.0])) = (card.shrinkage_percent, shrinkage) else {
        return Vec::new();
    };
    let [low, high] = published.range.unwrap_or([published.value; 2]);
    let message = format!(
        "{} shrinks by {low} to {high} % in the furnace ({}): give your printer's [print] \
         shrinkage_x_percent, _y_ and _z_; the file is as large as the implant shall be",
        card.title, published.source
    );
    vec![Finding::warning("design.shrinkage", "implant", message)]
}
