//! The list of judged figures: each with its limit, its formula and its source.

use ossein_geom::Finding;
use ossein_mechanics::method::{Method, method};
use ossein_mechanics::micromotion::{FIBROUS_MM, INGROWTH_MM};
use serde::Serialize;
use serde_json::{Value, json};

use super::evidence::{CaseFigures, Evidence};
use super::judge::{BoneJudgement, GrowthJudgement, SlipJudgement, WEEKS, zone_name};

/// A judged figure.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// Method.
    pub id: &'static str,
    /// What it is.
    pub title: &'static str,
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
}

/// Finds a listed method.
fn listed(id: &str) -> &'static Method {
    method(id).expect("a listed method")
}

fn figure(id: &str, place: String, value: Option<f64>, unit: &'static str) -> Figure {
    let Method { id, title, .. } = *listed(id);
    // A figure that is not finite is no figure.
    let value = value.filter(|v| v.is_finite());
    Figure { id, title, place, value, unit, limit: String::new(), holds: None }
}

impl Figure {
    fn at_least(self, limit: f64) -> Self {
        let holds = self.value.map(|v| v >= limit);
        Self { limit: format!("at least {limit}"), holds, ..self }
    }

    fn at_most(self, limit: f64) -> Self {
        let holds = self.value.map(|v| v <= limit);
        Self { limit: format!("at most {limit}"), holds, ..self }
    }

    fn below(self, limit: f64) -> Self {
        let holds = self.value.map(|v| v < limit);
        Self { limit: format!("below {limit}"), holds, ..self }
    }
}

/// All figures that were judged.
pub struct Judged<'a> {
    /// Figures of the finer model.
    pub evidence: &'a Evidence,
    /// Bone beside the implant.
    pub bone: &'a BoneJudgement,
    /// Slip.
    pub slip: &'a SlipJudgement,
    /// Ingrowth.
    pub growth: &'a GrowthJudgement,
    /// Least safety factor.
    pub safety_min: f64,
}

/// A part of a whole in percent.
fn percent(part: f64) -> f64 {
    100.0 * part
}

/// The list, in the order of the methods.
pub fn figures(judged: &Judged) -> Vec<Figure> {
    let mut list = Vec::new();
    type Factor = fn(&CaseFigures) -> f64;
    let factors: [(&str, Factor); 4] = [
        ("static_safety", |c| c.safety_factor_yield),
        ("fatigue_safety", |c| c.safety_factor_fatigue),
        ("lattice_static_safety", |c| c.safety_factor_lattice),
        ("lattice_fatigue_safety", |c| c.safety_factor_lattice_fatigue),
    ];
    for (id, of) in factors {
        let least = judged.evidence.cases.iter().min_by(|a, b| of(a).total_cmp(&of(b)));
        let place = least.map_or(String::new(), |c| c.name.clone());
        list.push(figure(id, place, least.map(of), "").at_least(judged.safety_min));
    }
    for name in ["cranial", "caudal"] {
        let end = judged.evidence.endplates.iter().find(|e| e.end == name);
        let place = end.map_or(name.into(), |e| format!("{name}, {}", e.case));
        let ratio = figure("endplate_ratio", place, end.map(|e| e.ratio), "");
        list.push(ratio.at_least(1.0));
        let place = end.map_or(name.into(), |e| format!("{name}, {}", e.subsidence_case));
        let index = end.map(|e| e.subsidence_index);
        list.push(figure("subsidence_index", place, index, "").below(1.0));
    }
    for (name, slip) in ["cranial", "caudal"].into_iter().zip(&judged.slip.ends) {
        let place = format!("{name}, worst of all cases");
        let um = slip.map(|s| (1e3 * s.p95_mm * 10.0).round() / 10.0);
        list.push(figure("micromotion", place, um, "um").at_most(1e3 * FIBROUS_MM));
    }
    let shielding = judged.bone.shielding.as_ref();
    let mass = shielding.map(|s| percent(s.resorbed_mass_fraction));
    list.push(figure("resorbed_mass_fraction", "bone of both bodies".into(), mass, "%"));
    for zone in shielding.iter().flat_map(|s| &s.zones) {
        let value = Some(percent(zone.stress_increase));
        list.push(figure("stress_shielding", zone_name(zone.zone), value, "%"));
    }
    let unused = judged.bone.windows[0].map(|w| percent(w[0]));
    list.push(figure("strain_windows", "below 200 microstrain".into(), unused, "%"));
    for week in [6.0, 12.0, 24.0] {
        let row = WEEKS.iter().position(|&w| w == week).expect("a listed week");
        let [low, middle, high] = judged.growth.fraction.each_ref().map(|rows| percent(rows[row]));
        let place = format!("{week:.0} weeks; band {low:.0} to {high:.0} %");
        list.push(figure("ingrowth", place, Some(middle), "%"));
    }
    list
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

/// The figures with everything that a report shows beside them.
pub fn report(list: &[Figure], judged: &Judged) -> Value {
    let slip = |s: &Option<ossein_mechanics::micromotion::Micromotion>| {
        s.map(|s| {
            json!({
                "count": s.count, "p50_um": 1e3 * s.p50_mm, "p95_um": 1e3 * s.p95_mm,
                "ingrowth_fraction": s.ingrowth_fraction, "fibrous_fraction": s.fibrous_fraction,
            })
        })
    };
    let [cranial, caudal] = &judged.slip.ends;
    let [low, middle, high] = &judged.growth.fraction;
    let mut used: Vec<&str> = Vec::new();
    for figure in list {
        if !used.contains(&figure.id) {
            used.push(figure.id);
        }
    }
    let zone = |z: &ossein_mechanics::shielding::ZoneShielding| {
        let name = zone_name(z.zone);
        json!({ "zone": name, "count": z.count, "stress_increase": z.stress_increase })
    };
    json!({
        "figures": list,
        "methods": used.into_iter().map(|id| method_row(listed(id))).collect::<Vec<_>>(),
        "micromotion": {
            "cranial": slip(cranial), "caudal": slip(caudal), "case": judged.slip.case,
        },
        "shielding": judged.bone.shielding.as_ref().map(|s| json!({
            "resorbed_mass_fraction": s.resorbed_mass_fraction,
            "formed_mass_fraction": s.formed_mass_fraction,
            "stimulus_ratio_p50": s.stimulus_ratio_p50,
            "zones": s.zones.iter().map(zone).collect::<Vec<_>>(),
            "reference_mpa": judged.bone.filling_mpa,
        })),
        "strain_windows": {
            "implant": judged.bone.windows[0], "reference": judged.bone.windows[1],
        },
        "ingrowth": {
            "weeks": WEEKS, "low": low, "middle": middle, "high": high,
            "stimulus_p50": judged.growth.stimulus_p50,
        },
    })
}

/// A method as a row of the report.
pub fn method_row(m: &Method) -> Value {
    json!({
        "id": m.id, "title": m.title, "formula": m.formula, "source": m.source,
        "limits": m.limits,
    })
}
