//! The list of judged figures: each with its limit, its formula and its source.

use ossein_geom::Finding;
use ossein_mechanics::method::{Method, method};
use ossein_mechanics::micromotion::{FIBROUS_MM, INGROWTH_MM};
use serde::Serialize;
use serde_json::{Value, json};

use super::evidence::{CaseFigures, Evidence};
use super::judge::{BoneJudgement, Estimates, SlipJudgement, WEEKS, zone_name};
use crate::steps::resolution::{Difference, Key, Table, beside, beside_rows, near_limit, text};

/// A judged figure.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// Method.
    pub id: &'static str,
    /// What it is.
    pub title: &'static str,
    /// Which of its kind: an end face, a zone, a week; empty where there is one.
    pub part: String,
    /// Where and under which load.
    pub place: String,
    /// The figure; none where it could not be computed.
    pub value: Option<f64>,
    /// Its unit.
    pub unit: &'static str,
    /// What it is held against, in words; empty where nobody has set a limit.
    pub limit: String,
    /// Whether it holds; none without a limit or without a figure.
    pub holds: Option<bool>,
    /// The limit, where there is one.
    #[serde(skip)]
    bound: Option<f64>,
}

/// Finds a listed method.
fn listed(id: &str) -> &'static Method {
    method(id).expect("a listed method")
}

fn figure(
    id: &str,
    (part, place): (String, String),
    value: Option<f64>,
    unit: &'static str,
) -> Figure {
    let Method { id, title, .. } = *listed(id);
    // A figure that is not finite is no figure.
    let value = value.filter(|v| v.is_finite());
    let (limit, holds, bound) = (String::new(), None, None);
    Figure { id, title, part, place, value, unit, limit, holds, bound }
}

impl Figure {
    fn at_least(self, limit: f64) -> Self {
        let holds = self.value.map(|v| v >= limit);
        Self { limit: format!("at least {limit}"), holds, bound: Some(limit), ..self }
    }

    fn at_most(self, limit: f64) -> Self {
        let holds = self.value.map(|v| v <= limit);
        Self { limit: format!("at most {limit}"), holds, bound: Some(limit), ..self }
    }

    fn below(self, limit: f64) -> Self {
        let holds = self.value.map(|v| v < limit);
        Self { limit: format!("below {limit}"), holds, bound: Some(limit), ..self }
    }
}

/// A part of a whole in percent.
fn percent(part: f64) -> f64 {
    100.0 * part
}

/// Figures of the construct itself: safety factors, and what the endplates bear.
pub fn of_construct(evidence: &Evidence, safety_min: f64) -> Vec<Figure> {
    let mut list = Vec::new();
    type Factor = fn(&CaseFigures) -> f64;
    let factors: [(&str, Factor); 4] = [
        ("static_safety", |c| c.safety_factor_yield),
        ("fatigue_safety", |c| c.safety_factor_fatigue),
        ("lattice_static_safety", |c| c.safety_factor_lattice),
        ("lattice_fatigue_safety", |c| c.safety_factor_lattice_fatigue),
    ];
    for (id, of) in factors {
        let least = evidence.cases.iter().min_by(|a, b| of(a).total_cmp(&of(b)));
        let place = least.map_or(String::new(), |c| c.name.clone());
        list.push(figure(id, (String::new(), place), least.map(of), "").at_least(safety_min));
    }
    for name in ENDS {
        let end = evidence.endplates.iter().find(|e| e.end == name);
        let under = |case: Option<&String>| {
            let place = case.map_or(name.into(), |case| format!("{name}, {case}"));
            (name.to_owned(), place)
        };
        let place = under(end.map(|e| &e.case));
        list.push(figure("endplate_ratio", place, end.map(|e| e.ratio), "").at_least(1.0));
        let place = under(end.map(|e| &e.subsidence_case));
        let index = end.map(|e| e.subsidence_index);
        list.push(figure("subsidence_index", place, index, "").below(1.0));
    }
    list
}

/// The end faces.
const ENDS: [&str; 2] = ["cranial", "caudal"];

/// Figures of the bone at the implant: slip, shielding, ingrowth.
pub fn of_bone(estimates: &Estimates) -> Vec<Figure> {
    let mut list = Vec::new();
    for (name, slip) in ENDS.into_iter().zip(&estimates.slip.ends) {
        let place = (name.to_owned(), format!("{name}, worst of all cases"));
        let um = slip.map(|s| (1e3 * s.p95_mm * 10.0).round() / 10.0);
        list.push(figure("micromotion", place, um, "um").at_most(1e3 * FIBROUS_MM));
    }
    let shielding = estimates.bone.shielding.as_ref();
    let mass = shielding.map(|s| percent(s.resorbed_mass_fraction));
    let both = (String::new(), "bone of both bodies".into());
    list.push(figure("resorbed_mass_fraction", both, mass, "%"));
    for zone in shielding.iter().flat_map(|s| &s.zones) {
        let value = Some(percent(zone.stress_increase));
        let name = zone_name(zone.zone);
        list.push(figure("stress_shielding", (name.clone(), name), value, "%"));
    }
    let unused = estimates.bone.windows[0].map(|w| percent(w[0]));
    let low = (String::new(), "below 200 microstrain".into());
    list.push(figure("strain_windows", low, unused, "%"));
    for week in [6.0, 12.0, 24.0] {
        let row = WEEKS.iter().position(|&w| w == week).expect("a listed week");
        let fraction = estimates.growth.fraction.each_ref();
        let [low, middle, high] = fraction.map(|rows| percent(rows[row]));
        let place = format!("{week:.0} weeks; band {low:.0} to {high:.0} %");
        list.push(figure("ingrowth", (format!("{week:.0} weeks"), place), Some(middle), "%"));
    }
    list
}

/// The figures as rows of the report, each with what a second resolution says of it, how they
/// differ, and a warning for each whose verdict is not sure. Sizes are those of both, mm.
pub fn compared(
    list: &[Figure],
    second: &[Figure],
    sizes_mm: [f64; 2],
) -> (Vec<Value>, Vec<Difference>, Vec<Finding>) {
    let (mut rows, mut differences, mut findings) = (Vec::new(), Vec::new(), Vec::new());
    for figure in list {
        let other = second.iter().find(|o| (o.id, &o.part) == (figure.id, &figure.part));
        let (mut row, other) = (json!(figure), other.map(|o| json!(o)));
        let is_safety = figure.id.ends_with("_safety");
        let key = Key { key: "value", title: figure.title, is_safety };
        let table = Table { name: "judgement", keys: &[key] };
        let own = beside(&mut row, other.as_ref(), &table, &figure.part, sizes_mm);
        row["voxel_mm"] = json!(sizes_mm);
        if let (Some(bound), [difference]) = (figure.bound, own.as_slice()) {
            findings.extend(near_limit(difference, bound, figure.unit));
        }
        rows.push(row);
        differences.extend(own);
    }
    (rows, differences, findings)
}

/// What someone should look at: a figure that does not hold or could not be computed.
pub fn findings(list: &[Figure], slip: &SlipJudgement) -> Vec<Finding> {
    let mut findings = Vec::new();
    for missing in list.iter().filter(|f| f.value.is_none() && f.id != "fatigue_safety") {
        let message = format!("`{}` could not be computed: {}", missing.title, missing.place);
        findings.push(Finding::warning("verify.not_computed", missing.title, message));
    }
    let over = |id: &'static str| {
        let broken = move |f: &&Figure| f.id == id && f.holds == Some(false);
        list.iter().filter(broken).filter_map(|f| Some((f, f.value?)))
    };
    for (broken, value) in over("subsidence_index") {
        let message = format!(
            "{}: the force through the end face is {value:.2} of what all of its bone bears: the \
             endplate gives way",
            broken.place
        );
        let finding = Finding::failure("verify.subsidence", &broken.place, message);
        findings.push(finding.measured(value, 1.0, ""));
    }
    for (broken, value) in over("lattice_fatigue_safety") {
        let message = format!(
            "under {}, repeated a million times, the core's endurance is {value:.2} times what is \
             asked of it, by estimate; {} was asked for",
            broken.place, broken.limit
        );
        findings.push(Finding::warning("verify.lattice_fatigue", &broken.place, message));
    }
    for (broken, um) in over("micromotion") {
        let message = format!(
            "{}: without friction and before bone has grown in, 5 % of the face may slide by more \
             than {um:.0} um (most under {}); above {:.0} um fibrous tissue forms, below {:.0} um \
             bone",
            broken.place,
            slip.case,
            1e3 * FIBROUS_MM,
            1e3 * INGROWTH_MM
        );
        let finding = Finding::warning("verify.micromotion", &broken.place, message);
        findings.push(finding.measured(um, 1e3 * FIBROUS_MM, "um"));
    }
    findings
}

/// The methods of a list, each once.
pub fn methods(list: &[Figure]) -> Vec<Value> {
    let mut used: Vec<&str> = Vec::new();
    for figure in list {
        if !used.contains(&figure.id) {
            used.push(figure.id);
        }
    }
    used.into_iter().map(|id| method_row(listed(id))).collect()
}

/// What lies behind the figures of bone.
pub fn detail(estimates: &Estimates) -> Value {
    let slip = |s: &Option<ossein_mechanics::micromotion::Micromotion>| {
        s.map(|s| {
            json!({
                "count": s.count, "p50_um": 1e3 * s.p50_mm, "p95_um": 1e3 * s.p95_mm,
                "ingrowth_fraction": s.ingrowth_fraction, "fibrous_fraction": s.fibrous_fraction,
            })
        })
    };
    let Estimates { bone, slip: sliding, growth, .. } = estimates;
    let [cranial, caudal] = &sliding.ends;
    let [low, middle, high] = &growth.fraction;
    let zone = |z: &ossein_mechanics::shielding::ZoneShielding| {
        let name = zone_name(z.zone);
        json!({ "zone": name, "count": z.count, "stress_increase": z.stress_increase })
    };
    json!({
        "voxel_mm": estimates.voxel_mm,
        "micromotion": {
            "cranial": slip(cranial), "caudal": slip(caudal), "case": sliding.case,
        },
        "shielding": bone.shielding.as_ref().map(|s| json!({
            "resorbed_mass_fraction": s.resorbed_mass_fraction,
            "formed_mass_fraction": s.formed_mass_fraction,
            "stimulus_ratio_p50": s.stimulus_ratio_p50,
            "zones": s.zones.iter().map(zone).collect::<Vec<_>>(),
            "reference_mpa": bone.filling_mpa,
        })),
        "strain_windows": windows(bone),
        "ingrowth": {
            "weeks": WEEKS, "low": low, "middle": middle, "high": high,
            "stimulus_p50": growth.stimulus_p50,
        },
    })
}

/// Parts of the bone's volume by strain, with the implant and without, in percent.
fn windows(bone: &BoneJudgement) -> Vec<Value> {
    let row = |(name, windows): (&str, [f64; 4])| {
        let mut row = json!({ "name": name });
        for (key, part) in WINDOWS.keys.iter().zip(windows) {
            row[key.key] = json!(percent(part));
        }
        row
    };
    let names = ["with the implant", "with bone in its place"];
    let both = names.into_iter().zip(bone.windows);
    both.filter_map(|(name, windows)| Some(row((name, windows?)))).collect()
}

const WINDOWS: Table<'_> = Table {
    name: "bone by strain",
    keys: &[
        Key::plain("below_200", "Below 200 microstrain"),
        Key::plain("from_200", "200 to 2000 microstrain"),
        Key::plain("from_2000", "2000 to 4000 microstrain"),
        Key::plain("above_4000", "Above 4000 microstrain"),
    ],
};

/// Puts the second resolution beside the strain windows of what [`detail`] gave.
pub fn windows_beside(detail: &mut Value, second: &Value, sizes_mm: [f64; 2]) -> Vec<Difference> {
    let other = second["strain_windows"].as_array().cloned().unwrap_or_default();
    let Some(rows) = detail["strain_windows"].as_array_mut() else { return Vec::new() };
    beside_rows(rows, &other, &WINDOWS, |row| text(row, "name"), sizes_mm)
}

/// A method as a row of the report.
pub fn method_row(m: &Method) -> Value {
    json!({
        "id": m.id, "title": m.title, "formula": m.formula, "source": m.source,
        "limits": m.limits,
    })
}
