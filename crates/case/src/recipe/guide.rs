//! What a recipe says of the implants that a drill guide is made for.

use std::ops::RangeInclusive;

use ossein_design::kinds::dental_drill_guide::{Ask, Asked};
use ossein_geom::{Lps, Point};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::parse::{is_id, point_of};
use super::table::{Faults, Table, number, suggestion};

const KEY: &str = "plan.implants";
const RIGHT: &str = "{ id = \"46\", entry_mm = [x, y, z], apex_mm = [x, y, z] } or { id = \"46\", \
                     tooth_mm = [x, y, z] }, with axis, diameter_mm 2 to 8, length_mm 4 to 25, \
                     drill_mm 1 to 8";
const COUNT_MAX: usize = 16;
const KEYS: [&str; 8] =
    ["id", "tooth_mm", "entry_mm", "apex_mm", "axis", "diameter_mm", "length_mm", "drill_mm"];

/// Reads implants, teeth that are taken out, and the way on.
pub(super) fn guide_ask(table: &mut Table, faults: &mut Faults) -> Asked {
    let implants = table.get("implants").map(|value| implants(value, faults));
    let extracted = table.get("extracted_mm").map(|value| points(value, faults));
    let put_on_from = table.get("put_on_from").and_then(|value| {
        let from = point_of(value, "plan.put_on_from", false, faults)? - Point::ORIGIN;
        if from.norm() < 1e-6 {
            faults.refuse(value.span(), "plan.put_on_from", "a direction of some length");
            return None;
        }
        Some(from)
    });
    let (implants, extracted) = (implants.unwrap_or_default(), extracted.unwrap_or_default());
    Asked { implants, extracted, put_on_from }
}

fn implants(value: &Spanned<DeValue>, faults: &mut Faults) -> Vec<Ask> {
    let items = value.get_ref().as_array().filter(|items| (1..=COUNT_MAX).contains(&items.len()));
    let Some(items) = items else {
        faults.refuse(value.span(), KEY, &format!("a list of 1 to {COUNT_MAX}: [{RIGHT}]"));
        return Vec::new();
    };
    let mut found: Vec<Ask> = Vec::new();
    for (n, item) in items.iter().enumerate() {
        let Some(table) = item.get_ref().as_table() else {
            faults.refuse(item.span(), KEY, RIGHT);
            continue;
        };
        let ask = implant(table, n + 1, faults);
        if found.iter().any(|other| other.id == ask.id) {
            faults.add(item.span(), KEY, format!("two implants are named `{}`", ask.id));
        }
        let axes = usize::from(ask.apex.is_some()) + usize::from(ask.axis.is_some());
        if ask.tooth.is_none() && (ask.entry.is_none() || axes == 0) {
            let problem = format!("implant {} has no axis; allowed: {RIGHT}", ask.id);
            faults.add(item.span(), KEY, problem);
        }
        if axes == 2 {
            faults.add(item.span(), KEY, "give either apex_mm or axis, not both");
        }
        if ask.apex.is_some() && ask.length_mm.is_some() {
            faults.add(item.span(), KEY, "give either apex_mm or length_mm, not both");
        }
        if ask.apex.is_some() && ask.entry.is_none() {
            faults.add(item.span(), KEY, "apex_mm stands without entry_mm");
        }
        found.push(ask);
    }
    found
}

fn implant(table: &DeTable, place: usize, faults: &mut Faults) -> Ask {
    for (key, _) in table.iter() {
        if !KEYS.contains(&key.get_ref().as_ref()) {
            let hint = suggestion(key.get_ref(), &KEYS);
            faults.add(
                key.span(),
                &format!("{KEY}.{}", key.get_ref()),
                format!("unknown key{hint}"),
            );
        }
    }
    let id = table.get("id").and_then(|value| {
        let own = value.get_ref().as_str().filter(|id| is_id(id)).map(str::to_owned);
        if own.is_none() {
            let right = "1 to 64 letters, digits, `-`, `_`, `.`";
            faults.refuse(value.span(), "plan.implants.id", right);
        }
        own
    });
    let tooth = point(table, "tooth_mm", faults);
    let entry = point(table, "entry_mm", faults);
    let apex = point(table, "apex_mm", faults);
    if let (Some(entry), Some(apex), Some(value)) = (entry, apex, table.get("apex_mm"))
        && entry.distance(apex) < 1e-6
    {
        faults.refuse(value.span(), "plan.implants.apex_mm", "another point than entry_mm");
    }
    let axis = point(table, "axis", faults).map(|p| p - Point::ORIGIN);
    if let (Some(axis), Some(value)) = (axis, table.get("axis"))
        && axis.norm() < 1e-6
    {
        faults.refuse(value.span(), "plan.implants.axis", "a direction of some length");
    }
    Ask {
        id: id.unwrap_or_else(|| place.to_string()),
        tooth,
        entry,
        apex,
        axis,
        diameter_mm: size(table, "diameter_mm", 2.0..=8.0, faults),
        length_mm: size(table, "length_mm", 4.0..=25.0, faults),
        drill_mm: size(table, "drill_mm", 1.0..=8.0, faults),
    }
}

fn point(table: &DeTable, key: &str, faults: &mut Faults) -> Option<Point<Lps>> {
    point_of(table.get(key)?, &format!("{KEY}.{key}"), false, faults)
}

fn size(
    table: &DeTable,
    key: &str,
    range: RangeInclusive<f64>,
    faults: &mut Faults,
) -> Option<f64> {
    let value = table.get(key)?;
    let found = number(value.get_ref()).filter(|mm| range.contains(mm));
    if found.is_none() {
        let right = format!("{} to {} mm", range.start(), range.end());
        faults.refuse(value.span(), &format!("{KEY}.{key}"), &right);
    }
    found
}

fn points(value: &Spanned<DeValue>, faults: &mut Faults) -> Vec<Point<Lps>> {
    match value.get_ref().as_array().filter(|items| items.len() <= 2 * COUNT_MAX) {
        Some(items) => {
            items.iter().filter_map(|p| point_of(p, "plan.extracted_mm", false, faults)).collect()
        }
        None => {
            let right = format!("up to {} points: [[x, y, z], ...]", 2 * COUNT_MAX);
            faults.refuse(value.span(), "plan.extracted_mm", &right);
            Vec::new()
        }
    }
}
