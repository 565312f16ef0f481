//! What a recipe says of a broken orbit.

use ossein_anatomy::orbit::OrbitPoints;
use ossein_design::kinds::orbital_floor::Wanted;
use ossein_geom::{Lps, Point};
use toml::Spanned;
use toml::de::DeValue;

use super::parse::point_of;
use super::table::{Faults, Table};

const ORBIT: &str = "{ rim = [x, y, z], upper_rim = [x, y, z], lateral_rim = [x, y, z], canal = \
                     [x, y, z] }";

/// Reads the points of the orbit and the outline of the defect; none where no points stand there.
pub(super) fn orbit_ask(table: &mut Table, faults: &mut Faults) -> Option<Wanted> {
    let outline = table.get("outline_mm");
    let Some(value) = table.get("orbit") else {
        if let Some(outline) = outline {
            let problem = format!("stands without [plan] orbit = {ORBIT}");
            faults.add(outline.span(), "plan.outline_mm", problem);
        }
        return None;
    };
    let points = points_of(value, faults);
    let outline = outline.map(|value| outline_of(value, faults)).unwrap_or_default();
    points.map(|points| Wanted { points, outline })
}

fn points_of(value: &Spanned<DeValue>, faults: &mut Faults) -> Option<OrbitPoints> {
    const KEY: &str = "plan.orbit";
    let table = value.get_ref().as_table().filter(|table| table.len() == 4);
    let names = ["rim", "upper_rim", "lateral_rim", "canal"];
    let all = table.filter(|table| names.iter().all(|name| table.get(*name).is_some()));
    let Some(table) = all else {
        faults.refuse(value.span(), KEY, ORBIT);
        return None;
    };
    let mut read = |name: &str| point_of(table.get(name)?, KEY, false, faults);
    let (rim, upper_rim) = (read("rim"), read("upper_rim"));
    let (lateral_rim, canal) = (read("lateral_rim"), read("canal"));
    Some(OrbitPoints { rim: rim?, upper_rim: upper_rim?, lateral_rim: lateral_rim?, canal: canal? })
}

fn outline_of(value: &Spanned<DeValue>, faults: &mut Faults) -> Vec<Point<Lps>> {
    const COUNT: std::ops::RangeInclusive<usize> = 3..=64;
    let items = value.get_ref().as_array().filter(|items| COUNT.contains(&items.len()));
    if items.is_none() {
        faults.refuse(value.span(), "plan.outline_mm", "3 to 64 points: [[x, y, z], ...]");
    }
    let items = items.into_iter().flat_map(|items| items.iter());
    items.filter_map(|p| point_of(p, "plan.outline_mm", false, faults)).collect()
}
