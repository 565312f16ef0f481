//! What is said of a lattice that was made.

use ossein_field::boolean::Solid;
use ossein_field::lattice::Plan;
use ossein_field::main_part::MainPart;
use ossein_field::mesh_distance::MeshField;
use ossein_geom::{Finding, Lps, TriMesh};
use ossein_mesh::{Watertight, measure};
use serde_json::{Value, json};

use super::wishes::Plans;

/// A wall or strut takes so many samples: with fewer its surface lies well inside it, or tears.
const SAMPLES_ACROSS_MIN: f64 = 3.0;
/// More than this part of the solid in loose pieces is worth a warning.
const LOOSE_PART_MAX: f64 = 0.01;

/// A lattice that was made.
pub struct Made<'a> {
    /// What was planned.
    pub plans: &'a Plans,
    /// Values at which the first and the last plan hold, where the lattice follows something.
    pub between: Option<[f64; 2]>,
    /// The body.
    pub body: &'a TriMesh<Lps>,
    /// The surface.
    pub closed: &'a Watertight<Lps>,
    /// Beams that were written.
    pub beam_count: Option<usize>,
    /// What a person should look at.
    pub findings: &'a [Finding],
}

impl Made<'_> {
    /// All figures; those of a lattice that changes come in pairs.
    pub fn as_json(&self) -> Value {
        let [first, last] = self.plans.ends();
        let figure = |of: &dyn Fn(&Plan) -> Value| match self.plans.change() {
            true => json!([of(first), of(last)]),
            false => of(first),
        };
        let (mesh, body_mm3) = (self.closed.mesh(), measure::volume_mm3(self.body).abs());
        json!({
            "cell": first.kind.word(),
            "between": self.between,
            "period_mm": figure(&|p| json!(p.period_mm)),
            "thickness_mm": figure(&|p| json!(p.thickness_mm)),
            "pore_mm": figure(&|p| json!(p.figures.pore_mm)),
            "throat_mm": figure(&|p| json!(p.figures.throat_mm)),
            "porosity_of_cell": figure(&|p| json!(1.0 - p.solid_fraction)),
            "modulus_ratio": figure(&|p| json!(p.modulus_ratio)),
            "modulus_gpa": figure(&|p| json!(p.modulus_ratio.map(|r| r * self.plans.solid_gpa))),
            "body_volume_mm3": body_mm3,
            "volume_mm3": measure::volume_mm3(mesh),
            "solid_fraction": measure::volume_mm3(mesh) / body_mm3,
            "surface_area_mm2": measure::area_mm2(mesh),
            "genus": measure::genus(self.closed),
            "triangle_count": mesh.triangles.len(),
            "beam_count": self.beam_count,
            "findings": self.findings,
        })
    }

    /// The figures, one a line.
    pub fn print(&self) {
        let figures = self.as_json();
        for (key, unit) in [
            ("cell", ""),
            ("between", ""),
            ("period_mm", ""),
            ("thickness_mm", ""),
            ("pore_mm", ""),
            ("throat_mm", ""),
            ("porosity_of_cell", ""),
            ("modulus_ratio", "of the solid's"),
            ("modulus_gpa", "along the cell's edge"),
            ("body_volume_mm3", ""),
            ("volume_mm3", ""),
            ("solid_fraction", "of the body"),
            ("surface_area_mm2", ""),
            ("genus", ""),
            ("triangle_count", ""),
            ("beam_count", ""),
        ] {
            match &figures[key] {
                Value::Array(ends) if ends.iter().any(Value::is_null) => {}
                Value::Array(ends) => {
                    let [from, to] = [0, 1].map(|n| word(&ends[n]));
                    let both = if from == to { from } else { format!("{from} to {to}") };
                    println!("{key:<18} {both} {unit}");
                }
                Value::Null => {}
                one => println!("{key:<18} {} {unit}", word(one)),
            }
        }
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        Value::Number(n) if n.is_f64() => format!("{:.4}", n.as_f64().unwrap_or(f64::NAN)),
        other => other.to_string(),
    }
}

/// What stands under the picture.
pub fn caption(plans: &Plans) -> String {
    let ends = plans.ends();
    let both = |texts: [String; 2]| match texts[0] == texts[1] {
        true => texts[0].clone(),
        false => texts.join(" to "),
    };
    let period = both(ends.map(|plan| format!("{:.2}", plan.period_mm)));
    let porosity = both(ends.map(|plan| format!("{:.0}", 100.0 * (1.0 - plan.solid_fraction))));
    format!("{}, period {period} mm, porosity {porosity} %", ends[0].kind.title())
}

/// That a body is open.
pub fn open(solid: &MeshField<Lps>) -> Option<Finding> {
    let count = solid.open_edge_count();
    let text = format!("the body has {count} open edges; its winding number says what is in");
    (!solid.is_closed()).then(|| Finding::warning("lattice.open", "part", text))
}

/// That walls or struts are too thin for the samples.
pub fn coarse(plans: &Plans, step: f64) -> Option<Finding> {
    let thinnest_mm = plans.thinnest_mm();
    let across = thinnest_mm / step;
    let text = format!(
        "walls or struts of {:.3} mm have {across:.1} samples across: take --step {:.3} or less",
        thinnest_mm,
        thinnest_mm / SAMPLES_ACROSS_MIN
    );
    // As the text rounds.
    (1.01 * across < SAMPLES_ACROSS_MIN).then(|| {
        Finding::warning("lattice.coarse", "lattice", text).measured(across, SAMPLES_ACROSS_MIN, "")
    })
}

/// What makes a finding of a code, a place and words.
type Maker = fn(&str, &'static str, String) -> Finding;

/// What hung on nothing, and what no way led out of: where that is more than a trifle, the first is
/// a warning, and the second fails, for it makes the part another one.
pub fn loose(whole: &MainPart<Lps, Solid<Lps>>) -> [Option<Finding>; 2] {
    let volume_mm3 = whole.volume_mm3.max(1e-9);
    let told = |grave: Maker, code, (count, mm3): (usize, f64), text: String| {
        let part = mm3 / volume_mm3;
        let finding = if part > LOOSE_PART_MAX { grave } else { Finding::note };
        (count > 0).then(|| finding(code, "lattice", text).measured(part, LOOSE_PART_MAX, ""))
    };
    let percent =
        |mm3: f64| format!("{mm3:.3} mm3, {:.1} % of the solid", 100.0 * mm3 / volume_mm3);
    let (dropped, filled) =
        ((whole.dropped_count, whole.dropped_mm3), (whole.filled_count, whole.filled_mm3));
    let loose = format!("{} loose pieces ({}) are dropped", dropped.0, percent(dropped.1));
    let sealed = format!(
        "{} pores that no way leads out of ({}) are filled: under a skin, only end faces \
         within 45 degrees of --open let powder out",
        filled.0,
        percent(filled.1)
    );
    [
        told(Finding::warning, "lattice.loose", dropped, loose),
        told(Finding::failure, "lattice.sealed", filled, sealed),
    ]
}
