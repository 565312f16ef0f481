//! `report.json`: every figure of a case in one file.

use std::collections::BTreeMap;

use ossein_geom::{Severity, Shape};
use serde_json::{Map, Value, json};

use crate::limits::LIMITS_OF_USE;
use crate::recipe::Recipe;
use crate::record::StepResult;

/// Name of the report below `out/`.
pub const FILE: &str = "report.json";

/// The report of these steps without what differs between machines: seconds, memory, reuse.
pub fn without_timings(recipe: &Recipe, results: &[StepResult]) -> Value {
    let mut report = Map::new();
    for result in results {
        if let Value::Object(summary) = &result.summary {
            merge(&mut report, summary);
        }
    }
    let step = |r: &StepResult| {
        json!({
            "id": r.step,
            "version": r.version,
            "input_hash": r.input_hash,
            "output_hash": r.output_hash,
        })
    };
    let files: BTreeMap<&str, Value> = results
        .iter()
        .flat_map(|r| &r.files)
        .map(|f| {
            let entry = json!({ "path": f.path, "blake3": f.blake3, "bytes": f.byte_count });
            (f.path.as_str(), entry)
        })
        .collect();
    let inputs: Vec<Value> = results
        .iter()
        .flat_map(|r| r.inputs.iter().map(move |i| (r, i)))
        .map(|(r, i)| json!({ "step": r.step, "path": i.name, "blake3": i.blake3 }))
        .collect();
    let own = [
        ("case", case(recipe)),
        ("choices", choices(recipe)),
        ("inputs", Value::Array(inputs)),
        ("files", files.into_values().collect()),
        ("steps", results.iter().map(step).collect()),
        ("findings", findings(results)),
        ("versions", json!({ "ossein": env!("CARGO_PKG_VERSION"), "report": "1" })),
        ("limits_of_use", json!(LIMITS_OF_USE)),
    ];
    for (key, value) in own {
        report.insert(key.into(), value);
    }
    Value::Object(report)
}

/// The report with what each step took, and whether it was reused.
pub fn with_timings(recipe: &Recipe, results: &[StepResult], reused: &[bool]) -> Value {
    let mut report = without_timings(recipe, results);
    let steps = report["steps"].as_array_mut().expect("made above");
    for ((step, result), reused) in steps.iter_mut().zip(results).zip(reused) {
        step["seconds"] = json!(result.seconds);
        step["peak_rss_mib"] = json!(result.peak_rss_mib);
        step["reused"] = json!(reused);
    }
    report
}

/// Whether a check failed in these steps.
pub fn failed(results: &[StepResult]) -> bool {
    let mut all = results.iter().flat_map(|r| &r.findings);
    all.any(|finding| finding.severity == Severity::Failure)
}

fn merge(into: &mut Map<String, Value>, from: &Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
            _ => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}

fn case(recipe: &Recipe) -> Value {
    json!({
        "id": recipe.case.id,
        "kind": recipe.case.kind,
        "title": recipe.case.title,
        "recipe_hash": recipe.hash(),
        "version": env!("CARGO_PKG_VERSION"),
        "author": recipe.dossier.author,
        "date": recipe.dossier.date,
    })
}

fn choices(recipe: &Recipe) -> Value {
    let one = |c: ossein_geom::Choice| {
        let chosen = &recipe.choices.0[&c.name()];
        let range = match c.shape {
            Shape::Number { min, max, .. } => json!([min, max]),
            Shape::Whole { min, max, .. } => json!([min, max]),
            Shape::Flag { .. } => json!([false, true]),
            Shape::Word { words, .. } => json!(words),
        };
        json!({
            "section": c.section,
            "key": c.key,
            "value": chosen.value,
            "unit": c.unit,
            "range": range,
            "default": chosen.default,
            "help": c.help,
        })
    };
    recipe.choice_list().into_iter().map(one).collect()
}

fn findings(results: &[StepResult]) -> Value {
    let of_step = |r: &StepResult| {
        let step = r.step.clone();
        let with_step = move |finding: &ossein_geom::Finding| {
            let mut value = json!(finding);
            value["step"] = json!(step);
            value
        };
        r.findings.iter().map(with_step).collect::<Vec<_>>()
    };
    results.iter().flat_map(of_step).collect()
}
