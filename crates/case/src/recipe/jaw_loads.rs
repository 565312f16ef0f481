//! `[[mechanics.cases]]` and `[[mechanics.clenches]]` of a lower jaw: load cases of one's own.

use std::ops::Range;

use ossein_anatomy::jaw::REGION_NAMES;
use ossein_mechanics::loads::{
    Action, CLENCHED_TEETH, Clench, Hold, LoadSet, MUSCLE_COUNT, MUSCLE_NAMES, RegionCase, clench,
    load_set,
};
use serde::Serialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::own_cases::{Reader, apart, listed, triple, word};
use super::table::{Faults, Table, number, suggestion};

/// Load sets whose cases every jaw is judged by, beside those of its recipe.
pub const JAW_SETS: [&str; 4] =
    ["mandible_bite", "mandible_muscles", "mandible_unilateral", "mandible_group"];

/// A load case of one's own on a lower jaw.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JawLoad {
    /// What acts and what holds, along the jaw's axes: x to the left, y to the back, z to the head.
    pub case: RegionCase,
    /// The clench that it was made of, if it was.
    pub clench: Option<Clench>,
    /// Whether it repeats every day, and fatigue is asked of it.
    pub routine: bool,
}

/// Cases and clenches together.
const COUNT_MAX: usize = 16;
const FORCE_N_MAX: f64 = 5_000.0;
const MOMENT_NMM_MAX: f64 = 200_000.0;
const CASES: Reader = Reader {
    key: "mechanics.cases",
    keys: &["name", "actions", "holds", "holds_z", "routine"],
    example: "{ name = \"premolar_bite\", actions = [{ region = \"molar_left\", force_n = [0, 0, \
              -200] }], holds = [\"condyle_right\", \"condyle_left\"] }",
    count_max: COUNT_MAX,
};
const CLENCHES: Reader = Reader {
    key: "mechanics.clenches",
    keys: &["name", "teeth", "activation_right", "activation_left", "routine"],
    example: "{ name = \"right_molar_clench\", teeth = [\"molar_right\"], activation_right = { \
              superficial_masseter = 1.0 }, activation_left = { superficial_masseter = 0.5 } }",
    count_max: COUNT_MAX,
};
const ACTION_KEYS: &[&str] = &["region", "force_n", "moment_nmm"];

/// Reads both lists; what is wrong becomes a fault.
pub(super) fn jaw_loads(table: &mut Table, faults: &mut Faults) -> Vec<JawLoad> {
    let mut loads = listed(table, "cases", &CASES, faults, own_case);
    loads.extend(listed(table, "clenches", &CLENCHES, faults, own_clench));
    if loads.len() > COUNT_MAX {
        let problem = format!("{} cases and clenches; at most {COUNT_MAX}", loads.len());
        faults.add(table.span.clone(), "mechanics", problem);
    }
    let sets = JAW_SETS.into_iter().filter_map(load_set);
    let known: Vec<String> = sets.flat_map(LoadSet::outline).map(|case| case.name).collect();
    for load in loads.iter().filter(|load| known.contains(&load.get_ref().case.name)) {
        let name = &load.get_ref().case.name;
        let problem = format!("every jaw has a load case `{name}`: take another name");
        faults.add(load.span(), "mechanics", problem);
    }
    apart(&loads, "mechanics", |load: &JawLoad| &load.case.name, faults);
    loads.into_iter().map(Spanned::into_inner).collect()
}

fn own_case(entries: &DeTable, at: Range<usize>, faults: &mut Faults) -> Option<JawLoad> {
    let name = CASES.name(entries, at.clone(), faults);
    let routine = flag(entries, &CASES, faults);
    let actions = actions(entries, at.clone(), faults);
    let fixed = regions(entries, "holds", &CASES, &REGION_NAMES, faults);
    let slides = regions(entries, "holds_z", &CASES, &REGION_NAMES, faults);
    let (name, actions, fixed, slides) = (name?, actions?, fixed?, slides?);
    if fixed.is_empty() {
        let problem = format!("`{name}`: holds must name a region that holds in every direction");
        faults.add(at, CASES.key, format!("{problem}, such as condyle_right"));
        return None;
    }
    let both = fixed.iter().find(|region| slides.contains(region));
    let idle = actions.iter().find(|action| fixed.contains(&action.region));
    if let Some(region) = both {
        let problem = format!("`{name}`: {region} stands in holds and in holds_z");
        faults.add(at.clone(), CASES.key, problem);
    }
    if let Some(Action { region, .. }) = idle {
        let problem = format!("`{name}` acts on {region}, which holds: it would do nothing there");
        faults.add(at, CASES.key, problem);
    }
    let hold = |axes: [bool; 3]| move |region: String| Hold { region, axes };
    let slides = slides.into_iter().map(hold([false, false, true]));
    let holds = fixed.into_iter().map(hold([true; 3])).chain(slides).collect();
    Some(JawLoad { case: RegionCase { name, actions, holds }, clench: None, routine: routine? })
}

fn own_clench(entries: &DeTable, at: Range<usize>, faults: &mut Faults) -> Option<JawLoad> {
    let name = CLENCHES.name(entries, at.clone(), faults);
    let routine = flag(entries, &CLENCHES, faults);
    let teeth = regions(entries, "teeth", &CLENCHES, &CLENCHED_TEETH, faults);
    let right = activation(entries, "activation_right", faults);
    let left = activation(entries, "activation_left", faults);
    let (name, teeth, right, left) = (name?, teeth?, right?, left?);
    if teeth.is_empty() {
        let known = CLENCHED_TEETH.join(", ");
        let problem = format!("`{name}` clenches on nothing: teeth names some of {known}");
        faults.add(at, CLENCHES.key, problem);
        return None;
    }
    if right.iter().chain(&left).all(|&activation| activation == 0.0) {
        let problem = format!("`{name}`: no muscle pulls; such as {}", CLENCHES.example);
        faults.add(at, CLENCHES.key, problem);
        return None;
    }
    let task = Clench { name, teeth, right, left };
    Some(JawLoad { case: clench(&task), clench: Some(task), routine: routine? })
}

fn actions(entries: &DeTable, at: Range<usize>, faults: &mut Faults) -> Option<Vec<Action>> {
    const EXAMPLE: &str = "[{ region = \"molar_left\", force_n = [0, 0, -200] }]";
    let key = CASES.full("actions");
    let Some(value) = entries.get("actions") else {
        faults.add(at, CASES.key, format!("nothing acts: actions = {EXAMPLE}"));
        return None;
    };
    let fits = |count: usize| (1..=REGION_NAMES.len()).contains(&count);
    let Some(items) = value.get_ref().as_array().filter(|items| fits(items.len())) else {
        let right = format!("1 to {} of {EXAMPLE}", REGION_NAMES.len());
        faults.refuse(value.span(), &key, &right);
        return None;
    };
    let one = |item: &Spanned<DeValue>| {
        let Some(entries) = item.get_ref().as_table() else {
            faults.refuse(item.span(), &key, EXAMPLE);
            return None;
        };
        action(entries, item.span(), faults)
    };
    // All are read before one that is missing ends it: every fault is told.
    items.iter().map(one).collect::<Vec<_>>().into_iter().collect()
}

fn action(entries: &DeTable, at: Range<usize>, faults: &mut Faults) -> Option<Action> {
    let key = CASES.full("actions");
    for (name, _) in entries.iter().filter(|(k, _)| !ACTION_KEYS.contains(&k.get_ref().as_ref())) {
        let hint = suggestion(name.get_ref(), ACTION_KEYS);
        faults.add(name.span(), &key, format!("unknown key{hint}"));
    }
    let own = |name: &str| format!("{key}.{name}");
    let force_n = triple(entries.get("force_n"), &own("force_n"), FORCE_N_MAX, faults);
    let moment = triple(entries.get("moment_nmm"), &own("moment_nmm"), MOMENT_NMM_MAX, faults);
    let Some(region) = entries.get("region") else {
        faults.add(at, &key, "an action needs a region, such as molar_left");
        return None;
    };
    let region = word(region, &own("region"), &REGION_NAMES, faults)?;
    let (force_n, moment_nmm) = (force_n?, moment?);
    if force_n == [0.0; 3] && moment_nmm == [0.0; 3] {
        faults.add(at, &key, format!("neither force nor moment on {region}"));
        return None;
    }
    Some(Action { region, force_n, moment_nmm })
}

/// A list of known regions, each once; empty where it is left out.
fn regions(
    entries: &DeTable,
    name: &str,
    reader: &Reader,
    known: &[&str],
    faults: &mut Faults,
) -> Option<Vec<String>> {
    let Some(value) = entries.get(name) else { return Some(Vec::new()) };
    let key = reader.full(name);
    let Some(items) = value.get_ref().as_array() else {
        faults.refuse(value.span(), &key, &format!("a list of {}", known.join(", ")));
        return None;
    };
    let mut found: Vec<String> = Vec::new();
    let mut sound = true;
    for item in items.iter() {
        match word(item, &key, known, faults) {
            Some(region) if found.contains(&region) => {
                faults.add(item.span(), &key, format!("{region} is there twice"));
            }
            Some(region) => found.push(region),
            None => sound = false,
        }
    }
    sound.then_some(found)
}

/// `{ digastric = 0.3 }`: from 0 to 1; a muscle that is not named gives nothing.
fn activation(entries: &DeTable, name: &str, faults: &mut Faults) -> Option<[f64; MUSCLE_COUNT]> {
    let mut found = [0.0; MUSCLE_COUNT];
    let Some(value) = entries.get(name) else { return Some(found) };
    let key = CLENCHES.full(name);
    let Some(muscles) = value.get_ref().as_table() else {
        let right = format!("{{ superficial_masseter = 0.7 }}, of {}", MUSCLE_NAMES.join(", "));
        faults.refuse(value.span(), &key, &right);
        return None;
    };
    let mut sound = true;
    for (muscle, value) in muscles.iter() {
        let place = MUSCLE_NAMES.iter().position(|name| *name == muscle.get_ref().as_ref());
        let part = number(value.get_ref()).filter(|part| (0.0..=1.0).contains(part));
        match (place, part) {
            (Some(place), Some(part)) => found[place] = part + 0.0,
            (None, _) => {
                let hint = suggestion(muscle.get_ref(), &MUSCLE_NAMES);
                let problem = format!("no such muscle; there are {}", MUSCLE_NAMES.join(", "));
                faults.add(muscle.span(), &key, format!("{problem}{hint}"));
                sound = false;
            }
            (_, None) => {
                let right = "0 to 1: a part of the muscle's greatest force";
                faults.refuse(value.span(), &format!("{key}.{}", muscle.get_ref()), right);
                sound = false;
            }
        }
    }
    sound.then_some(found)
}

/// Whether a case repeats every day.
fn flag(entries: &DeTable, reader: &Reader, faults: &mut Faults) -> Option<bool> {
    let Some(value) = entries.get("routine") else { return Some(false) };
    let flag = value.get_ref().as_bool();
    if flag.is_none() {
        faults.refuse(value.span(), &reader.full("routine"), "true or false");
    }
    flag
}
