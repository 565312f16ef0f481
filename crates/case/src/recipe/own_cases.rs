//! `[[mechanics.cases]]` of a vertebra: load cases of one's own.

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

const NAME_BYTE_COUNT_MAX: usize = 40;
const FORCE_N_MAX: f64 = 20_000.0;
const MOMENT_NMM_MAX: f64 = 200_000.0;
const CASES: Reader = Reader {
    key: "mechanics.cases",
    keys: &["name", "force_n", "moment_nmm", "region"],
    example: "{ name = \"lifting\", force_n = [0, -80, -700], moment_nmm = [6000, 0, 0], region = \
              \"upper_section\" }",
    count_max: 32,
};

/// How a list of named tables is read.
pub(super) struct Reader {
    /// `section.key` of the list.
    pub key: &'static str,
    /// Keys of a table.
    pub keys: &'static [&'static str],
    /// One table, as it should be.
    pub example: &'static str,
    /// Tables at most.
    pub count_max: usize,
}

impl Reader {
    /// `section.key.name`.
    pub fn full(&self, name: &str) -> String {
        format!("{}.{name}", self.key)
    }

    /// The table's name, once its keys are known.
    pub fn name(&self, entries: &DeTable, at: Range<usize>, faults: &mut Faults) -> Option<String> {
        for (key, _) in entries.iter().filter(|(k, _)| !self.keys.contains(&k.get_ref().as_ref())) {
            let hint = suggestion(key.get_ref(), self.keys);
            faults.add(key.span(), self.key, format!("unknown key{hint}"));
        }
        let Some(name) = entries.get("name") else {
            faults.add(at, self.key, format!("a case needs a name: {}", self.example));
            return None;
        };
        let text = name.get_ref().as_str().filter(|text| is_name(text));
        if text.is_none() {
            let allowed = "1 to 40 small letters, digits and `_`";
            faults.refuse(name.span(), &self.full("name"), allowed);
        }
        text.map(str::to_owned)
    }
}

/// Reads a list of tables, each by `one`, with their places; what is wrong becomes a fault.
pub(super) fn listed<T>(
    table: &mut Table,
    key: &'static str,
    reader: &Reader,
    faults: &mut Faults,
    one: fn(&DeTable, Range<usize>, &mut Faults) -> Option<T>,
) -> Vec<Spanned<T>> {
    let Some(value) = table.get(key) else { return Vec::new() };
    let Some(items) = value.get_ref().as_array() else {
        faults.refuse(value.span(), reader.key, &format!("a list of {}", reader.example));
        return Vec::new();
    };
    let count_max = reader.count_max;
    if items.len() > count_max {
        let problem = format!("{} cases; at most {count_max}", items.len());
        faults.add(value.span(), reader.key, problem);
    }
    let mut found = Vec::new();
    for item in items.iter().take(count_max) {
        match item.get_ref().as_table() {
            Some(entries) => {
                let made = one(entries, item.span(), faults);
                found.extend(made.map(|made| Spanned::new(item.span(), made)));
            }
            None => faults.refuse(item.span(), reader.key, reader.example),
        }
    }
    found
}

/// A name that is there twice becomes a fault.
pub(super) fn apart<T>(list: &[Spanned<T>], key: &str, name: fn(&T) -> &str, faults: &mut Faults) {
    for (n, item) in list.iter().enumerate() {
        let own = name(item.get_ref());
        if list[..n].iter().any(|other| name(other.get_ref()) == own) {
            faults.add(item.span(), key, format!("`{own}` is there twice"));
        }
    }
}

/// Reads the list; what is wrong becomes a fault.
pub(super) fn own_cases(table: &mut Table, faults: &mut Faults) -> Vec<OwnCase> {
    let cases = listed(table, "cases", &CASES, faults, own_case);
    apart(&cases, CASES.key, |case: &OwnCase| &case.name, faults);
    cases.into_iter().map(Spanned::into_inner).collect()
}

/// The set and the list must go together.
pub(super) fn check(cases: &[OwnCase], choices: &Choices, at: Range<usize>, faults: &mut Faults) {
    let own = choices.word("mechanics.loads") == "own";
    if own && cases.is_empty() {
        let problem = format!("`own` needs [[mechanics.cases]], such as {}", CASES.example);
        faults.add(at, "mechanics.loads", problem);
    } else if !own && !cases.is_empty() {
        faults.add(at, CASES.key, "is read with loads = \"own\" alone");
    }
}

fn own_case(entries: &DeTable, at: Range<usize>, faults: &mut Faults) -> Option<OwnCase> {
    let name = CASES.name(entries, at.clone(), faults)?;
    let three = |key: &str, limit: f64, faults: &mut Faults| {
        triple(entries.get(key), &CASES.full(key), limit, faults)
    };
    let force_n = three("force_n", FORCE_N_MAX, faults);
    let moment_nmm = three("moment_nmm", MOMENT_NMM_MAX, faults);
    let region = match entries.get("region") {
        Some(region) => word(region, &CASES.full("region"), REGIONS, faults),
        None => Some(REGIONS[0].into()),
    };
    let (force_n, moment_nmm, region) = (force_n?, moment_nmm?, region?);
    if force_n == [0.0; 3] && moment_nmm == [0.0; 3] {
        faults.add(at, CASES.key, format!("`{name}` has neither force nor moment"));
        return None;
    }
    Some(OwnCase { name, force_n, moment_nmm, region })
}

fn is_name(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    !text.is_empty() && text.len() <= NAME_BYTE_COUNT_MAX && text.bytes().all(allowed)
}

/// One of the known words.
pub(super) fn word(
    value: &Spanned<DeValue>,
    key: &str,
    known: &[&str],
    faults: &mut Faults,
) -> Option<String> {
    let found = value.get_ref().as_str().unwrap_or_default();
    if !known.contains(&found) {
        let allowed = format!("{}{}", known.join(", "), suggestion(found, known));
        faults.refuse(value.span(), key, &allowed);
        return None;
    }
    Some(found.into())
}

/// Three numbers; three noughts where they are left out.
pub(super) fn triple(
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
        faults.refuse(value.span(), key, &allowed);
    }
    three.map(|three| three.map(|v| v + 0.0))
}
