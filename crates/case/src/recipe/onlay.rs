//! What a recipe says of the face that an onlay shall make.

use std::path::PathBuf;

use ossein_design::kinds::facial_onlay::{Handle, Target, Wanted};
use ossein_geom::{Lps, Point};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::parse::{path_of, point_of};
use super::table::{Faults, Table, number};

/// The wanted face.
#[derive(Clone, Debug, PartialEq)]
pub struct OnlayAsk {
    /// Target, foramina, way on.
    pub wanted: Wanted,
    /// The file of a surface that was drawn elsewhere: STL, PLY or OBJ.
    pub surface: Option<PathBuf>,
}

const HANDLE: &str = "{ at_mm = [x, y, z], height_mm = 4.0, reach_mm = 18.0 }, heights 0.5 to 12 \
                      and reaches 5 to 60";

/// Reads handles or target, foramina and the way on; none where nothing of it stands there.
pub(super) fn onlay_ask(table: &mut Table, faults: &mut Faults) -> Option<OnlayAsk> {
    let centre = table.get("centre_mm");
    let at_centre = centre.map(Spanned::span);
    let centre = centre.and_then(|value| point_of(value, "plan.centre_mm", false, faults));
    let given = table.text("target", faults);
    let handles = table.get("handles");
    let mut surface = None;
    let target = match (given, handles) {
        (Some(_), Some(handles)) => {
            faults.add(handles.span(), "plan.handles", "give either handles or a target, not both");
            None
        }
        (None, Some(handles)) => Some(Target::Handles(handles_of(handles, faults))),
        (Some(word), None) => {
            if centre.is_none() && at_centre.is_none() {
                let problem = "needs centre_mm = [x, y, z] beside it: the middle of the onlay";
                faults.add(word.span(), "plan.target", problem);
            }
            let centre = centre.unwrap_or(Point::ORIGIN);
            if word.get_ref() == "mirror" {
                Some(Target::Mirror(centre))
            } else {
                surface = path_of(Some(word), "plan.target", faults);
                Some(Target::Surface(centre))
            }
        }
        (None, None) => {
            if let Some(span) = at_centre {
                let problem = "stands without a target: give target = \"mirror\" or a path";
                faults.add(span, "plan.centre_mm", problem);
            }
            None
        }
    };
    let foramina = table.get("foramina_mm").map(|value| points_of(value, faults));
    let way_on = table.get("way_on").and_then(|value| {
        let way = point_of(value, "plan.way_on", false, faults)? - Point::ORIGIN;
        if way.norm() < 1e-6 {
            faults.refuse(value.span(), "plan.way_on", "a direction of some length");
        }
        Some(way)
    });
    let foramina = foramina.unwrap_or_default();
    let some = target.is_some() || way_on.is_some() || !foramina.is_empty();
    some.then_some(OnlayAsk { wanted: Wanted { target, foramina, way_on }, surface })
}

fn handles_of(value: &Spanned<DeValue>, faults: &mut Faults) -> Vec<Handle> {
    const COUNT_MAX: usize = 64;
    let items = value.get_ref().as_array().filter(|items| (1..=COUNT_MAX).contains(&items.len()));
    if items.is_none() {
        let right = format!("1 to {COUNT_MAX} of {HANDLE}");
        faults.refuse(value.span(), "plan.handles", &right);
    }
    let mut handles = Vec::new();
    for item in items.into_iter().flat_map(|items| items.iter()) {
        let table = item.get_ref().as_table().filter(|table| table.len() == 3);
        match table.and_then(|table| handle_of(table, faults)) {
            Some(handle) => handles.push(handle),
            None => faults.refuse(item.span(), "plan.handles", HANDLE),
        }
    }
    handles
}

fn handle_of(table: &DeTable, faults: &mut Faults) -> Option<Handle> {
    let entry = |name: &str| table.get(name);
    let at = point_of(entry("at_mm")?, "plan.handles", false, faults)?;
    let length = |name: &str, range: std::ops::RangeInclusive<f64>| {
        number(entry(name)?.get_ref()).filter(|mm| range.contains(mm))
    };
    let height_mm = length("height_mm", 0.5..=12.0)?;
    Some(Handle { at, height_mm, reach_mm: length("reach_mm", 5.0..=60.0)? })
}

fn points_of(value: &Spanned<DeValue>, faults: &mut Faults) -> Vec<Point<Lps>> {
    const COUNT_MAX: usize = 32;
    match value.get_ref().as_array().filter(|items| items.len() <= COUNT_MAX) {
        Some(items) => {
            items.iter().filter_map(|p| point_of(p, "plan.foramina_mm", false, faults)).collect()
        }
        None => {
            let right = format!("up to {COUNT_MAX} points: [[x, y, z], ...]");
            faults.refuse(value.span(), "plan.foramina_mm", &right);
            Vec::new()
        }
    }
}
