//! The text of a recipe to its values.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ossein_design::kinds;
use ossein_design::kinds::cranioplasty::PlannedHole;
use ossein_design::kinds::mandible_segment_replacement::{CutPlane, Resection};
use ossein_geom::{Choices, Level, Lps, Point};
use ossein_segment::{LabelTable, Seed};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, RecipeError, position};
use super::guide::guide_ask;
use super::jaw_loads::jaw_loads as jaw_ask;
use super::onlay::onlay_ask;
use super::orbit::orbit_ask;
use super::own_cases::own_cases as own_ask;
use super::table::{Faults, Table, number, suggestion};
use super::{CaseInfo, DossierInfo, PlanInfo, Recipe, ScanInfo, SegmentationInfo};
use crate::choices::{SECTIONS, all_choices};

const ID_BYTE_COUNT_MAX: usize = 64;
const COORDINATE_MM_MAX: f64 = 10_000.0;
/// Planes that part a model, at most.
const CUT_COUNT_MAX: usize = 4;
/// Least and greatest bone threshold.
pub(super) const THRESHOLD_HU: (f64, f64) = (-200.0, 2000.0);

pub(super) fn parse(text: &str, file: &str) -> Result<Recipe, RecipeError> {
    let error = |faults| RecipeError { file: file.into(), faults };
    let document = DeTable::parse(text).map_err(|broken| {
        let (line, column) = position(text, broken.span().map_or(0, |span| span.start));
        let problem = broken.message().to_owned();
        error(vec![Fault { line, column, key: String::new(), problem }])
    })?;
    let root = document.get_ref();
    let mut faults = Faults { text, list: Vec::new() };
    for (key, _) in root.iter() {
        if !SECTIONS.contains(&key.get_ref().as_ref()) {
            let hint = suggestion(key.get_ref(), SECTIONS);
            faults.add(key.span(), key.get_ref(), format!("unknown table{hint}"));
        }
    }
    let recipe = read(root, &mut faults);
    faults.list.sort_by_key(|fault| (fault.line, fault.column));
    if faults.list.is_empty() { Ok(recipe) } else { Err(error(faults.list)) }
}

/// Reads all tables; where a value cannot be had, a fault was added and a blank stands.
fn read<'a>(root: &'a DeTable<'a>, faults: &mut Faults) -> Recipe {
    let mut tables: BTreeMap<&'static str, Table<'a>> =
        SECTIONS.iter().map(|&name| (name, Table::of(root, name, faults))).collect();
    let mut table = |name: &str| tables.remove(name).expect("a listed table");
    let mut case_table = table("case");
    let case = case_info(&mut case_table, faults);
    let shut = shut(&case.kind);
    let mut table = |name: &str| {
        let mut table = table(name);
        table.shut(&shut);
        table
    };
    let mut scan_table = table("scan");
    let scan = scan_info(&mut scan_table, faults);
    let mut segmentation_table = table("segmentation");
    let segmentation = segmentation_info(&mut segmentation_table, faults);
    let mut plan_table = table("plan");
    let plan = plan_info(&mut plan_table, faults);
    let mut dossier_table = table("dossier");
    let dossier = dossier_info(&mut dossier_table, faults);
    let mut mechanics_table = table("mechanics");
    // A jaw's cases name its own regions, and stand beside the sets. Without a kind nothing can be
    // said about either.
    let asks = |key: &str| kinds::kind(&case.kind).is_some_and(|kind| kind.asks.contains(&key));
    let of_jaw = asks("mechanics.clenches");
    let (mut own_cases, mut jaw_loads) = (Vec::new(), Vec::new());
    if of_jaw {
        jaw_loads = jaw_ask(&mut mechanics_table, faults);
    } else if asks("mechanics.cases") {
        own_cases = own_ask(&mut mechanics_table, faults);
    } else {
        let _ = ["cases", "clenches"].map(|key| mechanics_table.get(key));
    }
    let at_mechanics = mechanics_table.span.clone();
    let mut open: Vec<Table> = vec![case_table, scan_table, segmentation_table, plan_table];
    open.extend([
        table("implant"),
        table("model"),
        table("lattice"),
        table("guide"),
        mechanics_table,
    ]);
    open.push(table("print"));
    open.push(dossier_table);
    let choices = choices(&case.kind, &mut open, faults);
    if asks("mechanics.cases") && !of_jaw {
        super::own_cases::check(&own_cases, &choices, at_mechanics, faults);
    }
    // Without a kind nothing can be said about the keys of its tables.
    let kind_known = kinds::kind(&case.kind).is_some();
    for table in open {
        if kind_known || !["plan", "implant", "model", "lattice"].contains(&table.name) {
            table.finish(faults);
        }
    }
    let text = faults.text.into();
    Recipe { text, case, scan, segmentation, plan, own_cases, jaw_loads, dossier, choices }
}

/// Keys that other kinds ask for and this one does not; none for a kind that there is not.
fn shut(kind: &str) -> Vec<&'static str> {
    let Some(own) = kinds::kind(kind) else { return Vec::new() };
    let all = kinds::KINDS.iter().flat_map(|kind| kind.asks).copied();
    all.filter(|key| !own.asks.contains(key)).collect()
}

fn choices(kind: &str, tables: &mut [Table], faults: &mut Faults) -> Choices {
    let list = all_choices(kind);
    let mut choices = Choices::defaults(&list);
    for choice in &list {
        let table = tables.iter_mut().find(|table| table.name == choice.section);
        let table = table.unwrap_or_else(|| panic!("no table for `{}`", choice.name()));
        if let Some(value) = table.choice(choice, faults) {
            choices.choose(&choice.name(), value);
        }
    }
    for (key, problem) in kinds::at_odds(&choices) {
        let section = key.split('.').next();
        let table = tables.iter().find(|table| Some(table.name) == section);
        faults.add(table.map_or(0..0, |table| table.span.clone()), key, problem);
    }
    choices
}

fn case_info(table: &mut Table, faults: &mut Faults) -> CaseInfo {
    let id = table.needed("id", faults);
    if let Some(id) = id.as_ref().filter(|id| !is_id(id.get_ref())) {
        let allowed = "1 to 64 letters, digits, `-`, `_`, `.`, first a letter or digit; never a \
                       patient's name";
        faults.refuse(id.span(), "case.id", allowed);
    }
    let kind = table.needed("kind", faults);
    if let Some(kind) = kind.as_ref().filter(|kind| kinds::kind(kind.get_ref()).is_none()) {
        let known: Vec<&str> = kinds::KINDS.iter().map(|kind| kind.id).collect();
        let hint = suggestion(kind.get_ref(), &known);
        faults.refuse(kind.span(), "case.kind", &format!("{}{hint}", known.join(", ")));
    }
    CaseInfo { id: plain(id), kind: plain(kind), title: plain(table.text("title", faults)) }
}

pub(super) fn is_id(id: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    id.len() <= ID_BYTE_COUNT_MAX
        && id.bytes().all(allowed)
        && id.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
}

fn scan_info(table: &mut Table, faults: &mut Faults) -> ScanInfo {
    let path = table.needed("path", faults);
    ScanInfo {
        path: path_of(path, "scan.path", faults).unwrap_or_default(),
        series: table.text("series", faults).map(Spanned::into_inner).filter(|s| !s.is_empty()),
    }
}

fn segmentation_info(table: &mut Table, faults: &mut Faults) -> SegmentationInfo {
    let labels = table.text("labels", faults);
    let at_labels = labels.as_ref().map(|labels| labels.span());
    let labels = path_of(labels, "segmentation.labels", faults);
    let label_table = match table.get("table") {
        Some(value) => label_table(value, faults),
        None => LabelTable::TotalSegmentator,
    };
    let frame = table.text("frame", faults);
    if let Some(frame) = frame.as_ref().filter(|f| !["lps", "ras"].contains(&f.get_ref().as_str()))
    {
        faults.refuse(frame.span(), "segmentation.frame", "lps, ras");
    }
    let ras = plain(frame) == "ras";
    let seeds = table.get("seeds").map(|value| seeds(value, ras, faults)).unwrap_or_default();
    if let (Some(span), false) = (at_labels, seeds.is_empty()) {
        faults.add(span, "segmentation.labels", "give either labels or seeds, not both");
    }
    let threshold_hu = table.number("threshold_hu", THRESHOLD_HU, faults);
    let colors = table.get("colors").map(|value| colors(value, &label_table, faults));
    let colors = colors.unwrap_or_default();
    SegmentationInfo { labels, table: label_table, seeds, colors, threshold_hu }
}

fn label_table(value: &Spanned<DeValue>, faults: &mut Faults) -> LabelTable {
    let mut names = BTreeMap::new();
    match value.get_ref() {
        DeValue::String(word) if word == "totalsegmentator" => return LabelTable::TotalSegmentator,
        DeValue::String(word) if word == "verse" => return LabelTable::Verse,
        DeValue::Table(entries) => {
            for (key, name) in entries.iter() {
                match (key.get_ref().parse::<u16>(), name.get_ref().as_str()) {
                    (Ok(number), Some(name)) if number > 0 => {
                        names.insert(number, name.to_owned());
                    }
                    _ => faults.refuse(
                        key.span(),
                        "segmentation.table",
                        "a label from 1 to 65535 and its name: 7 = \"T7\"",
                    ),
                }
            }
        }
        _ => {
            let allowed = "totalsegmentator, verse, or a table such as { 7 = \"T7\" }";
            faults.refuse(value.span(), "segmentation.table", allowed);
        }
    }
    LabelTable::Named(names)
}

/// `{ mandible = "#e8dbc1" }`: names of the table.
fn colors(
    value: &Spanned<DeValue>,
    table: &LabelTable,
    faults: &mut Faults,
) -> BTreeMap<String, [u8; 3]> {
    const KEY: &str = "segmentation.colors";
    let mut colors = BTreeMap::new();
    let Some(entries) = value.get_ref().as_table() else {
        faults.refuse(value.span(), KEY, "{ mandible = \"#e8dbc1\" }");
        return colors;
    };
    let names: Vec<&str> = match table {
        LabelTable::Named(names) => names.values().map(String::as_str).collect(),
        _ => Vec::new(),
    };
    for (name, color) in entries.iter() {
        if !names.contains(&name.get_ref().as_ref()) {
            let hint = suggestion(name.get_ref(), &names);
            faults.add(name.span(), KEY, format!("no label of the table has this name{hint}"));
        }
        let read = |text: &str| {
            let hex = text.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.is_ascii())?;
            let part = |n: usize| u8::from_str_radix(hex.get(2 * n..2 * n + 2)?, 16).ok();
            Some([part(0)?, part(1)?, part(2)?])
        };
        match color.get_ref().as_str().and_then(read) {
            Some(rgb) => drop(colors.insert(name.get_ref().to_string(), rgb)),
            None => faults.refuse(color.span(), KEY, "six digits such as \"#e8dbc1\""),
        }
    }
    colors
}

/// `{ T1 = [x, y, z] }`, or a list of `{ level = "T1", point_mm = [x, y, z] }`; by level.
fn seeds(value: &Spanned<DeValue>, ras: bool, faults: &mut Faults) -> Vec<Seed> {
    let mut seeds = Vec::new();
    let pair =
        |level: Option<Level>, point| level.zip(point).map(|(level, point)| Seed { level, point });
    match value.get_ref() {
        DeValue::Table(entries) => {
            for (key, at) in entries.iter() {
                let level = level_of(key.get_ref(), key.span(), "segmentation.seeds", faults);
                seeds.extend(pair(level, point_of(at, "segmentation.seeds", ras, faults)));
            }
        }
        DeValue::Array(items) => {
            for item in items.iter() {
                let entry = |name: &str| item.get_ref().as_table()?.get(name);
                let both = entry("level").zip(entry("point_mm"));
                let count = item.get_ref().as_table().map_or(0, |table| table.len());
                let Some((level, at)) = both.filter(|_| count == 2) else {
                    let allowed = "{ level = \"T1\", point_mm = [x, y, z] }";
                    faults.refuse(item.span(), "segmentation.seeds", allowed);
                    continue;
                };
                let text = level.get_ref().as_str().unwrap_or_default();
                let found = level_of(text, level.span(), "segmentation.seeds", faults);
                if seeds.iter().any(|seed: &Seed| Some(seed.level) == found) {
                    let problem = format!("{text} has more than one seed");
                    faults.add(level.span(), "segmentation.seeds", problem);
                }
                seeds.extend(pair(found, point_of(at, "segmentation.seeds", ras, faults)));
            }
        }
        _ => faults.refuse(value.span(), "segmentation.seeds", "{ T1 = [x, y, z], ... }"),
    }
    seeds.sort_by_key(|seed| seed.level);
    seeds
}

fn level_of(
    text: &str,
    span: std::ops::Range<usize>,
    key: &str,
    faults: &mut Faults,
) -> Option<Level> {
    let level = text.parse().ok();
    if level.is_none() {
        faults.refuse(span, key, "levels C1-C7, T1-T13, L1-L6, S1");
    }
    level
}

pub(super) fn point_of(
    value: &Spanned<DeValue>,
    key: &str,
    ras: bool,
    faults: &mut Faults,
) -> Option<Point<ossein_geom::Lps>> {
    let read = |v: &Spanned<DeValue>| {
        number(v.get_ref()).filter(|mm| mm.abs() <= COORDINATE_MM_MAX).map(|mm| mm + 0.0)
    };
    let items = value.get_ref().as_array().filter(|items| items.len() == 3);
    let numbers: Option<Vec<f64>> = items.and_then(|items| items.iter().map(read).collect());
    let Some(p) = numbers else {
        let allowed = format!("[x, y, z] in mm, each -{COORDINATE_MM_MAX} to {COORDINATE_MM_MAX}");
        faults.refuse(value.span(), key, &allowed);
        return None;
    };
    let p = [p[0], p[1], p[2]];
    Some(Point::from(if ras { ossein_scan::nifti::ras_to_lps(p) } else { p }))
}

fn plan_info(table: &mut Table, faults: &mut Faults) -> PlanInfo {
    let mut resect: Vec<Level> = Vec::new();
    if let Some(value) = table.get("resect") {
        match value.get_ref().as_array() {
            Some(items) => resect.extend(items.iter().filter_map(|item| {
                level_of(
                    item.get_ref().as_str().unwrap_or_default(),
                    item.span(),
                    "plan.resect",
                    faults,
                )
            })),
            None => {
                faults.refuse(value.span(), "plan.resect", "a list of levels: [\"T7\", \"T8\"]")
            }
        }
        resect.sort();
        if resect.windows(2).any(|pair| pair[0] == pair[1]) {
            faults.add(value.span(), "plan.resect", "names a level twice");
        }
    }
    let tumour = table.text("tumour", faults);
    let tumour = path_of(tumour, "plan.tumour", faults);
    let hole = table.get("hole").and_then(|value| hole(value, faults));
    let defect = table.text("defect", faults);
    if let (Some(defect), Some(_)) = (&defect, &hole) {
        faults.add(defect.span(), "plan.defect", "give either a hole or a defect, not both");
    }
    let defect = path_of(defect, "plan.defect", faults);
    let resection = resection(table, faults);
    let shape_model = table.text("shape_model", faults);
    let shape_model = path_of(shape_model, "plan.shape_model", faults);
    let onlay = onlay_ask(table, faults);
    let orbit = orbit_ask(table, faults);
    let cuts = table.get("cuts").map(|value| planes_of(value, "plan.cuts", CUT_COUNT_MAX, faults));
    let cuts = cuts.flatten().unwrap_or_default();
    let tooth_mm =
        table.get("tooth_mm").and_then(|value| point_of(value, "plan.tooth_mm", false, faults));
    let guide = guide_ask(table, faults);
    PlanInfo {
        resect,
        tumour,
        hole,
        defect,
        resection,
        shape_model,
        onlay,
        orbit,
        cuts,
        tooth_mm,
        guide,
    }
}

/// `{ point = [x, y, z], diameter_mm = 60 }`.
fn hole(value: &Spanned<DeValue>, faults: &mut Faults) -> Option<PlannedHole> {
    const DIAMETER_MM: std::ops::RangeInclusive<f64> = 15.0..=110.0;
    let entries = value.get_ref().as_table();
    let entry = |name: &str| entries.and_then(|table| table.get(name));
    let both = entry("point").zip(entry("diameter_mm"));
    let count = entries.map_or(0, |table| table.len());
    let Some((at, diameter)) = both.filter(|_| count == 2) else {
        faults.refuse(value.span(), "plan.hole", "{ point = [x, y, z], diameter_mm = 60 }");
        return None;
    };
    let point = point_of(at, "plan.hole", false, faults);
    let diameter_mm = number(diameter.get_ref()).filter(|v| DIAMETER_MM.contains(v));
    if diameter_mm.is_none() {
        faults.refuse(diameter.span(), "plan.hole", "a diameter of 15 to 110 mm");
    }
    Some(PlannedHole { point: point?, diameter_mm: diameter_mm? })
}

/// What is taken out of a jaw: `resection = { from_mm = 10, to_mm = 45 }`, or
/// `planes = [{ point = [x, y, z], normal = [x, y, z] }, ...]`.
fn resection(table: &mut Table, faults: &mut Faults) -> Option<Resection> {
    let along = table.get("resection");
    let planes = table.get("planes");
    match (along, planes) {
        (Some(_), Some(planes)) => {
            faults.add(planes.span(), "plan.planes", "give either a resection or planes, not both");
            None
        }
        (Some(value), None) => along_of(value, faults),
        (None, Some(value)) => planes_of(value, "plan.planes", 2, faults).map(Resection::Planes),
        (None, None) => None,
    }
}

fn along_of(value: &Spanned<DeValue>, faults: &mut Faults) -> Option<Resection> {
    const PLACE_MM: std::ops::RangeInclusive<f64> = -200.0..=200.0;
    let entries = value.get_ref().as_table().filter(|table| table.len() == 2);
    let entry = |name: &str| {
        let mm = number(entries?.get(name)?.get_ref());
        mm.filter(|mm| PLACE_MM.contains(mm))
    };
    let both = entry("from_mm").zip(entry("to_mm"));
    if both.is_none() {
        let right = "{ from_mm = 10, to_mm = 45 }: mm along the jaw from the chin, -200 to 200, \
                     positive to the left";
        faults.refuse(value.span(), "plan.resection", right);
    }
    both.map(|(from_mm, to_mm)| Resection::Along { from_mm, to_mm })
}

fn planes_of(
    value: &Spanned<DeValue>,
    key: &str,
    count_max: usize,
    faults: &mut Faults,
) -> Option<Vec<CutPlane>> {
    let right = "[{ point = [x, y, z], normal = [x, y, z] }, ...], one for each cut";
    let mut planes = Vec::new();
    for item in value.get_ref().as_array().into_iter().flatten() {
        let entry = |name: &str| item.get_ref().as_table()?.get(name);
        let Some((point, normal)) = entry("point").zip(entry("normal")) else {
            faults.refuse(item.span(), key, right);
            continue;
        };
        let point = point_of(point, key, false, faults);
        let at_normal = normal.span();
        let normal = point_of(normal, key, false, faults);
        if normal.is_some_and(|normal| normal.distance(Point::ORIGIN) < 1e-6) {
            faults.refuse(at_normal, key, "a normal of some length");
        }
        let plane = |(point, normal): (Point<Lps>, Point<Lps>)| CutPlane {
            point,
            normal: normal - Point::new(0.0, 0.0, 0.0),
        };
        planes.extend(point.zip(normal).map(plane));
    }
    if planes.is_empty() || planes.len() > count_max {
        faults.refuse(value.span(), key, &format!("{right}; {count_max} at most"));
        return None;
    }
    Some(planes)
}

fn dossier_info(table: &mut Table, faults: &mut Faults) -> DossierInfo {
    let date = table.text("date", faults);
    if let Some(date) = date.as_ref().filter(|d| !d.get_ref().is_empty() && !is_date(d.get_ref())) {
        faults.refuse(date.span(), "dossier.date", "a day as YYYY-MM-DD, or \"\" for none");
    }
    DossierInfo { date: plain(date), author: plain(table.text("author", faults)) }
}

fn is_date(text: &str) -> bool {
    let shape = |(n, b): (usize, u8)| if n == 4 || n == 7 { b == b'-' } else { b.is_ascii_digit() };
    if text.len() != 10 || !text.bytes().enumerate().all(shape) {
        return false;
    }
    let part = |range: std::ops::Range<usize>| text[range].parse::<u32>().unwrap_or(0);
    let (year, month, day) = (part(0..4), part(5..7), part(8..10));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    year >= 1 && (1..=days).contains(&day)
}

pub(super) fn path_of(
    text: Option<Spanned<String>>,
    key: &str,
    faults: &mut Faults,
) -> Option<PathBuf> {
    let text = text?;
    if text.get_ref().is_empty() || text.get_ref().contains('\0') {
        faults.refuse(text.span(), key, "a path, absolute or from the case folder");
    }
    Some(PathBuf::from(text.into_inner()))
}

fn plain(text: Option<Spanned<String>>) -> String {
    text.map(Spanned::into_inner).unwrap_or_default()
}
