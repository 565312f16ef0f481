//! `[[mechanics.cases]]`: load cases of one's own.

use std::ops::Range;

use ossein_geom::Choices;
use serde::Serialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::table::{Faults, Table, number, suggestion};

/// A load case of one's own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OwnCase {
    /// Name for reports.
    pub name: String,
    /// Force in N along the implant's axes: x to the left, y to the back, z to the head.
    pub force_n: [f64; 3],
    /// Moment in N mm about the region's centroid, by the right-hand rule.
    pub moment_nmm: [f64; 3],
    /// Where it acts: one of [`REGIONS`].
    pub region: String,
}

/// Regions on which a load may act: the section through the vertebra above, the implant's upper
/// end face, and all of its metal.
pub const REGIONS: &[&str] = &["upper_section", "cranial_face", "implant"];

const CASE_COUNT_MAX: usize = 32;
const NAME_BYTE_COUNT_MAX: usize = 40;
const FORCE_N_MAX: f64 = 20_000.0;
const MOMENT_NMM_MAX: f64 = 200_000.0;
const KEYS: &[&str] = &["name", "force_n", "moment_nmm", "region"];
const EXAMPLE: &str = "{ name = \"lifting\", force_n = [0, -80, -700], moment_nmm = [6000, 0, 0], \
                       region = \"upper_section\" }";

/// Reads the list; what is wrong becomes a fault.
pub(super) fn own_cases(table: &mut Table, faults: &mut Faults) -> Vec<OwnCase> {
    let Some(value) = table.get("cases") else { return Vec::new() };
    let Some(items) = value.get_ref().as_array() else {
        faults.refuse(value.span(), "mechanics.cases", &format!("a list of {EXAMPLE}"));
        return Vec::new();
    };
    if items.len() > CASE_COUNT_MAX {
        let problem = format!("{} cases; at most {CASE_COUNT_MAX}", items.len());
        faults.add(value.span(), "mechanics.cases", problem);
    }
    let mut cases: Vec<OwnCase> = Vec::new();
    for item in items.iter().take(CASE_COUNT_MAX) {
        let Some(entries) = item.get_ref().as_table() else {
            faults.refuse(item.span(), "mechanics.cases", EXAMPLE);
            continue;
        };
        let Some(case) = own_case(entries, item.span(), faults) else { continue };
        if cases.iter().any(|other| other.name == case.name) {
            let problem = format!("`{}` is there twice", case.name);
            faults.add(item.span(), "mechanics.cases", problem);
        }
        cases.push(case);
    }
    cases
}

/// The set and the list must go together.
pub(super) fn check(cases: &[OwnCase], choices: &Choices, at: Range<usize>, faults: &mut Faults) {
    let own = choices.word("mechanics.loads") == "own";
    if own && cases.is_empty() {
        let problem = format!("`own` needs [[mechanics.cases]], such as {EXAMPLE}");
        faults.add(at, "mechanics.loads", problem);
    } else if !own && !cases.is_empty() {
        faults.add(at, "mechanics.cases", "is read with loads = \"own\" alone");
    }
}

fn own_case(entries: &DeTable, at: Range<usize>, faults: &mut Faults) -> Option<OwnCase> {
    for (key, _) in entries.iter().filter(|(key, _)| !KEYS.contains(&key.get_ref().as_ref())) {
        let hint = suggestion(key.get_ref(), KEYS);
        faults.add(key.span(), "mechanics.cases", format!("unknown key{hint}"));
    }
    let get = |name: &str| entries.iter().find(|(key, _)| key.get_ref() == name).map(|(_, v)| v);
    let Some(name) = get("name") else {
        faults.add(at, "mechanics.cases", format!("a case needs a name: {EXAMPLE}"));
        return None;
    };
    let text = name.get_ref().as_str().filter(|text| is_name(text));
    if text.is_none() {
        let allowed = "1 to 40 small letters, digits and `_`";
        faults.refuse(name.span(), "mechanics.cases.name", allowed);
    }
    let force_n = triple(get("force_n"), "force_n", FORCE_N_MAX, faults);
    let moment_nmm = triple(get("moment_nmm"), "moment_nmm", MOMENT_NMM_MAX, faults);
    let region = get("region").map_or(Some("upper_section"), |region| {
        let word = region.get_ref().as_str().unwrap_or_default();
        let known = REGIONS.iter().copied().find(|known| *known == word);
        if known.is_none() {
            let allowed = format!("{}{}", REGIONS.join(", "), suggestion(word, REGIONS));
            faults.refuse(region.span(), "mechanics.cases.region", &allowed);
        }
        known
    });
    let (name, force_n, moment_nmm, region) = (text?, force_n?, moment_nmm?, region?);
    if force_n == [0.0; 3] && moment_nmm == [0.0; 3] {
        faults.add(at, "mechanics.cases", format!("`{name}` has neither force nor moment"));
        return None;
    }
    Some(OwnCase { name: name.into(), force_n, moment_nmm, region: region.into() })
}

fn is_name(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    !text.is_empty() && text.len() <= NAME_BYTE_COUNT_MAX && text.bytes().all(allowed)
}

/// Three numbers; three noughts where they are left out.
fn triple(
    value: Option<&Spanned<DeValue>>,
    key: &str,
    limit: f64,
    faults: &mut Faults,
) -> Option<[f64; 3]> {
    let Some(value) = value else { return Some([0.0; 3]) };
    let read = |items: &[Spanned<DeValue>]| {
        let numbers: Option<Vec<f64>> = items.iter().map(|item| number(item.get_ref())).collect();
        numbers?.try_into().ok()
    };
    let three: Option<[f64; 3]> = value.get_ref().as_array().and_then(|items| read(items));
    let three = three.filter(|three| three.iter().all(|v| v.abs() <= limit));
    if three.is_none() {
        let allowed = format!("[x, y, z], each from -{limit} to {limit}");
        faults.refuse(value.span(), &format!("mechanics.cases.{key}"), &allowed);
    }
    three.map(|three| three.map(|v| v + 0.0))
}
