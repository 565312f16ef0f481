//! One model at two voxel sizes: how far each figure is off.

use std::collections::BTreeMap;

use ossein_geom::Finding;
use ossein_mechanics::second_resolution;
use serde::Serialize;
use serde_json::{Value, json};

/// A figure stands if the second resolution says that it is off by no more.
pub const ERROR_MAX: f64 = 0.05;
/// Error of figures of voxel models falls with the voxel edge, or faster.
const ORDER: f64 = 1.0;

/// A figure of a report's rows.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its key.
    pub key: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Whether it is a safety factor, which `refine = "safety"` asks to stand.
    pub is_safety: bool,
}

impl Key {
    /// A figure.
    pub const fn plain(key: &'static str, title: &'static str) -> Self {
        Self { key, title, is_safety: false }
    }

    /// A safety factor.
    pub const fn safety(key: &'static str, title: &'static str) -> Self {
        Self { key, title, is_safety: true }
    }
}

/// Figures that stand together in the report.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// What people call it.
    pub name: &'static str,
    /// The figures.
    pub keys: &'a [Key],
}

/// A figure at two voxel sizes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Its table.
    pub table: &'static str,
    /// Its key in its row.
    pub key: &'static str,
    /// What people call it.
    pub figure: &'static str,
    /// Where, or under which load; empty where the figure says it.
    pub place: String,
    /// At the finer voxel size: the one that is reported.
    pub fine: f64,
    /// At the coarser one; none where that has no such figure.
    pub coarse: Option<f64>,
    /// Difference of both relative to the finer one.
    pub relative_difference: Option<f64>,
    /// Estimated relative error of the finer one.
    pub relative_error: Option<f64>,
    /// The figure in voxels of no size.
    pub extrapolated: Option<f64>,
    /// Whether the error is known and small.
    pub stands: bool,
    /// Whether it is a safety factor.
    #[serde(skip)]
    pub is_safety: bool,
}

impl Difference {
    fn new(
        (table, key): (&'static str, &Key),
        place: &str,
        coarse: (f64, Option<f64>),
        fine: (f64, f64),
    ) -> Self {
        let found = coarse.1.and_then(|value| second_resolution((coarse.0, value), fine, ORDER));
        let relative_error = found.map(|r| r.relative_error);
        Self {
            table,
            key: key.key,
            figure: key.title,
            place: place.into(),
            fine: fine.1,
            coarse: coarse.1,
            relative_difference: found.map(|r| r.relative_difference),
            relative_error,
            extrapolated: found.map(|r| r.extrapolated),
            stands: relative_error.is_some_and(|error| error <= ERROR_MAX),
            is_safety: key.is_safety,
        }
    }

    /// What stands beside the figure in its row.
    fn beside(&self) -> Value {
        json!({
            "value": self.coarse,
            "relative_difference": self.relative_difference,
            "relative_error": self.relative_error,
            "stands": self.stands,
        })
    }

    /// An error in percent: beyond the figure itself it is no number to trust.
    fn percent(&self) -> String {
        match self.relative_error {
            Some(error) if error > 1.0 => "more than 100 %".into(),
            Some(error) if error < 0.0995 => format!("{:.1} %", 100.0 * error),
            Some(error) => format!("{:.0} %", 100.0 * error),
            None => "unknown".into(),
        }
    }
}

/// Puts beside each figure of a row what the same row of a second resolution says of it, as
/// `second_resolution`. Sizes are those of the row and of the second one, mm. A figure that the row
/// does not have is left out.
pub fn beside(
    row: &mut Value,
    second: Option<&Value>,
    table: &Table<'_>,
    place: &str,
    [fine_mm, coarse_mm]: [f64; 2],
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut said = BTreeMap::new();
    if !row.is_object() {
        return differences;
    }
    for key in table.keys {
        let Some(fine) = row[key.key].as_f64() else { continue };
        let coarse = second.and_then(|second| second[key.key].as_f64());
        let difference =
            Difference::new((table.name, key), place, (coarse_mm, coarse), (fine_mm, fine));
        said.insert(key.key, difference.beside());
        differences.push(difference);
    }
    row["second_resolution"] = json!(said);
    differences
}

/// The same for rows that are told apart by their places.
pub fn beside_rows(
    rows: &mut [Value],
    second: &[Value],
    table: &Table<'_>,
    place: impl Fn(&Value) -> String,
    sizes_mm: [f64; 2],
) -> Vec<Difference> {
    let one = |row: &mut Value| {
        let own = place(row);
        let other = second.iter().find(|other| place(other) == own);
        beside(row, other, table, &own, sizes_mm)
    };
    rows.iter_mut().flat_map(one).collect()
}

/// The same for rows that are told apart by their names; the rows with it, and how they differ.
pub fn beside_named(
    mut rows: Vec<Value>,
    second: &[Value],
    table: &Table<'_>,
    sizes_mm: [f64; 2],
) -> (Vec<Value>, Vec<Difference>) {
    let differences = beside_rows(&mut rows, second, table, |row| text(row, "name"), sizes_mm);
    (rows, differences)
}

/// A word of a row; empty where it has none.
pub fn text(row: &Value, key: &str) -> String {
    row[key].as_str().unwrap_or_default().into()
}

/// A warning for each table with figures that do not stand: each of them, and where it is off most.
pub fn findings(differences: &[Difference], stopped_by: Option<&str>) -> Vec<Finding> {
    let mut tables: Vec<&str> = Vec::new();
    for difference in differences.iter().filter(|d| !d.stands) {
        if !tables.contains(&difference.table) {
            tables.push(difference.table);
        }
    }
    let own = |table: &str| differences.iter().filter(|d| d.table == table).collect::<Vec<_>>();
    tables.into_iter().map(|table| finding(table, &own(table), stopped_by)).collect()
}

fn finding(table: &str, differences: &[&Difference], stopped_by: Option<&str>) -> Finding {
    let error = |d: &Difference| d.relative_error.unwrap_or(f64::INFINITY);
    let mut wide: Vec<&Difference> = Vec::new();
    for difference in differences.iter().filter(|d| !d.stands) {
        match wide.iter_mut().find(|other| other.figure == difference.figure) {
            Some(other) if error(other) < error(difference) => *other = difference,
            Some(_) => {}
            None => wide.push(difference),
        }
    }
    let named = |d: &&Difference| match d.place.as_str() {
        "" => format!("{} {}", d.figure, d.percent()),
        place => format!("{} {} ({place})", d.figure, d.percent()),
    };
    let list: Vec<String> = wide.iter().map(named).collect();
    let then = match stopped_by {
        Some(reason) => format!("They were refined and went no further: {reason}"),
        None => "A smaller [mechanics] voxel_mm or `refine` narrows them".into(),
    };
    let message = format!(
        "{} of {} figures are not within {:.0} % by the second resolution; off by, where most: \
         {}. {then}",
        differences.iter().filter(|d| !d.stands).count(),
        differences.len(),
        100.0 * ERROR_MAX,
        list.join("; "),
    );
    let finding = Finding::warning("verify.resolution", table, message);
    match wide.iter().filter_map(|d| d.relative_error).max_by(f64::total_cmp) {
        Some(worst) => finding.measured(worst, ERROR_MAX, ""),
        None => finding,
    }
}

/// A warning where a figure and what it is in voxels of no size lie on two sides of its limit.
pub fn near_limit(difference: &Difference, limit: f64, unit: &str) -> Option<Finding> {
    let (value, carried_on) = (difference.fine, difference.extrapolated?);
    let other_side = (value < limit) != (carried_on < limit);
    let message = format!(
        "{value:.3} lies on one side of the limit {limit} and, carried on to voxels of no size, \
         {carried_on:.3} on the other: the verdict is not sure"
    );
    let place = match difference.place.as_str() {
        "" => difference.figure.to_owned(),
        place => format!("{}, {place}", difference.figure),
    };
    let finding = Finding::warning("verify.near_limit", place, message);
    other_side.then(|| finding.measured(value, limit, unit))
}

/// The same for all figures that have a limit.
pub fn near_limits(
    differences: &[Difference],
    limit: impl Fn(&Difference) -> Option<f64>,
) -> Vec<Finding> {
    differences.iter().filter_map(|d| near_limit(d, limit(d)?, "")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Table<'_> = Table {
        name: "load cases",
        keys: &[Key::plain("moved_mm", "Movement"), Key::safety("safety_factor", "Safety factor")],
    };

    /// A plate whose movement and safety factor fall to 2 mm and to 3 with the voxel.
    struct Plate(f64);

    impl Plate {
        fn row(&self) -> Value {
            let (moved_mm, safety) = (2.0 + 0.4 * self.0, 3.0 * (1.0 + 0.1 * self.0));
            json!({ "name": "bite", "moved_mm": moved_mm, "safety_factor": safety })
        }
    }

    fn compared(coarse: &Plate, fine: &Plate) -> Vec<Difference> {
        let (rows, second) = (vec![fine.row()], [coarse.row()]);
        beside_named(rows, &second, &TABLE, [fine.0, coarse.0]).1
    }

    #[test]
    fn each_figure_has_what_the_second_resolution_says_beside_it() {
        let mut row = Plate(0.3).row();
        let second = Plate(0.45).row();
        let differences = beside(&mut row, Some(&second), &TABLE, "bite", [0.3, 0.45]);
        let [moved, safety] = differences.as_slice() else { panic!("{differences:?}") };
        // Both fall in proportion to the voxel, so the estimate is the error itself.
        assert!((moved.relative_error.unwrap() - 0.06).abs() < 1e-12 && !moved.stands);
        assert!((safety.relative_error.unwrap() - 0.03).abs() < 1e-12 && safety.stands);
        let told = &row["second_resolution"]["moved_mm"];
        assert_eq!(told["value"], second["moved_mm"]);
        assert_eq!(told["stands"], false);
        assert!((told["relative_difference"].as_f64().unwrap() - 0.06 / 2.12).abs() < 1e-12);
    }

    #[test]
    fn a_figure_that_does_not_stand_is_named() {
        let differences = compared(&Plate(0.45), &Plate(0.3));
        let [finding] = findings(&differences, None).try_into().unwrap();
        let said = "1 of 2 figures are not within 5 % by the second resolution; off by, where \
                    most: Movement 6.0 % (bite).";
        assert!(finding.message.starts_with(said), "{}", finding.message);
        assert!(finding.measured.is_some_and(|error| (error - 0.06).abs() < 1e-12));
        assert!(findings(&compared(&Plate(0.15), &Plate(0.1)), None).is_empty());
        let stopped = findings(&differences, Some("too large")).remove(0);
        assert!(stopped.message.contains("went no further: too large"), "{}", stopped.message);
    }

    #[test]
    fn a_figure_without_a_second_one_does_not_stand() {
        let mut row = json!({ "moved_mm": 2.0, "safety_factor": null });
        let second = json!({ "moved_mm": null });
        let differences = beside(&mut row, Some(&second), &TABLE, "", [1.0, 1.5]);
        assert_eq!(differences.len(), 1, "a figure that is not there has no error");
        assert!(!differences[0].stands && differences[0].relative_error.is_none());
        assert!(findings(&differences, None)[0].message.contains("Movement unknown"));
        assert!(row["second_resolution"]["moved_mm"]["relative_error"].is_null());
        // Nothing at both sizes is no error.
        let (mut row, second) = (json!({ "moved_mm": 0.0 }), json!({ "moved_mm": 0.0 }));
        assert!(beside(&mut row, Some(&second), &TABLE, "", [1.0, 1.5])[0].stands);
    }

    #[test]
    fn a_verdict_that_the_error_may_turn_is_told() {
        // 3.3 in voxels of 1 mm, 3 in voxels of no size.
        let safety = compared(&Plate(1.5), &Plate(1.0)).remove(1);
        assert!(near_limit(&safety, 3.1, "").is_some());
        assert!(near_limit(&safety, 3.4, "").is_none() && near_limit(&safety, 2.9, "").is_none());
    }
}
