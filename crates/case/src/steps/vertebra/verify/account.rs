//! Every figure of two looks beside each other, as the report tells them.

use ossein_geom::Finding;
use serde::Serialize;
use serde_json::{Value, json};

use super::evidence::{CASES, ENDPLATES};
use super::figures::{self, compared, detail};
use super::look::Look;
use super::virtual_tests;
use crate::steps::resolution::{Difference, beside_named, beside_rows, text};

/// The report's parts, each figure with what the second resolution says of it.
pub struct Account {
    /// Load cases.
    pub cases: Vec<Value>,
    /// Both ends.
    pub endplates: Vec<Value>,
    /// Figures held against limits, and what lies behind them.
    pub judgement: Value,
    /// Standard tests in the computer.
    pub tests: Value,
    /// How all figures differ.
    pub differences: Vec<Difference>,
    /// Figures that do not hold, could not be computed, or hold for no sure.
    pub findings: Vec<Finding>,
}

fn rows(list: &[impl Serialize]) -> Vec<Value> {
    list.iter().map(|row| json!(row)).collect()
}

/// Compares two looks.
pub fn account(coarse: &Look, fine: &Look, safety_min: f64) -> Account {
    let sizes_mm = [fine.voxel_mm, coarse.voxel_mm];
    let [own, other] = [fine, coarse].map(|look| rows(&look.evidence.cases));
    let (cases, mut differences) = beside_named(own, &other, &CASES, sizes_mm);
    let [mut endplates, other] = [fine, coarse].map(|look| rows(&look.evidence.endplates));
    let end = |row: &Value| text(row, "end");
    differences.extend(beside_rows(&mut endplates, &other, &ENDPLATES, end, sizes_mm));

    let [of_construct, other] =
        [fine, coarse].map(|look| figures::of_construct(&look.evidence, safety_min));
    let (mut list, own, mut findings) = compared(&of_construct, &other, sizes_mm);
    differences.extend(own);
    let [estimates, second] = [&fine.judged.estimates, &coarse.judged.estimates];
    let sizes_mm = [estimates.voxel_mm, second.voxel_mm];
    let [of_bone, other] = [estimates, second].map(figures::of_bone);
    let (of_bone_rows, own, close) = compared(&of_bone, &other, sizes_mm);
    list.extend(of_bone_rows);
    differences.extend(own);
    findings.extend(close);
    let all = [of_construct, of_bone].concat();
    findings.extend(figures::findings(&all, &estimates.slip));
    let mut judgement = detail(estimates);
    differences.extend(figures::windows_beside(&mut judgement, &detail(second), sizes_mm));
    judgement["figures"] = json!(list);
    judgement["methods"] = json!(figures::methods(&all));

    let mut tests = fine.judged.tests.value.clone();
    differences.extend(virtual_tests::compared(&mut tests, &coarse.judged.tests.value, sizes_mm));
    Account { cases, endplates, judgement, tests, differences, findings }
}
