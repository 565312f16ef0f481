//! The commands: each gives what the shell is told.

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ossein_case::recipe::{BYTE_COUNT_MAX, Filled, template};
use ossein_case::steps::labels;
use ossein_case::steps::{import, road};
use ossein_case::{Recipe, RunOptions, RunSummary, canonical, demo, report};
use ossein_geom::{Job, Severity};
use ossein_scan::{ScanReport, Verdict};
use serde_json::{Value, json};

use crate::decoder::ChildDecoder;
use crate::{Exit, output, progress};

/// Whatever went wrong.
pub type AnyError = Box<dyn Error + Send + Sync>;

/// `error: ...`, with what caused it.
fn tell(error: &AnyError) -> Exit {
    progress::clear();
    eprintln!("error: {error}");
    for cause in causes(&**error) {
        eprintln!("  because: {cause}");
    }
    Exit::Failed
}

/// What caused an error, without what the error or another cause already says.
fn causes(error: &dyn Error) -> Vec<String> {
    let mut said = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !said.iter().any(|said| said.contains(&text)) {
            said.push(text);
        }
        source = cause.source();
    }
    said.split_off(1)
}

/// What the shell is told of a result.
pub fn ended(result: Result<Exit, AnyError>) -> Exit {
    result.unwrap_or_else(|error| tell(&error))
}

/// Prints a value as JSON; a closed pipe is no fault.
pub fn print_json(value: &Value) {
    output::bytes(canonical::pretty(value).as_bytes());
}

/// The recipe of a case folder.
///
/// # Errors
/// The place and what would be right.
pub fn read_recipe(case: &Path) -> Result<Recipe, AnyError> {
    let path = case.join("case.toml");
    let could_not = |error: io::Error| {
        let hint = "a case is a folder with a case.toml; `ossein new` makes one";
        AnyError::from(format!("{}: {error} ({hint})", path.display()))
    };
    let size = fs::metadata(&path).map_err(could_not)?.len();
    if size > BYTE_COUNT_MAX {
        let text = format!("{}: {size} bytes; at most {BYTE_COUNT_MAX}", path.display());
        return Err(text.into());
    }
    let text = fs::read_to_string(&path).map_err(could_not)?;
    Ok(Recipe::parse(&text, &path.display().to_string())?)
}

/// The decoder of compressed frames: this program again, as a child.
///
/// # Errors
/// What the system says.
pub fn decoder() -> Result<ChildDecoder, AnyError> {
    Ok(ChildDecoder::new(std::env::current_exe()?))
}

/// `ossein demo`.
pub fn demo(dir: &Path, seed: u64, until: Option<&str>, json: bool) -> Exit {
    ended((|| {
        let job = progress::job();
        fs::create_dir_all(dir).map_err(|e| format!("{}: {e}", dir.display()))?;
        eprintln!("{}", dir.display());
        demo::write_patient(dir, seed, &job).map_err(|error| error.into_inner())?;
        let exit = run_case(dir, until, json, false, &job)?;
        for (what, name) in [
            ("implant", "implant/implant.3mf"),
            ("layers", "build/layers.cli"),
            ("dossier", "dossier.pdf"),
            ("figures", report::FILE),
        ] {
            let path = dir.join("out").join(name);
            if path.exists() {
                eprintln!("  {what:<10} {}", path.display());
            }
        }
        Ok(exit)
    })())
}

/// `ossein new`.
pub fn new(case: &Path, kind: &str, scan: &Path) -> Exit {
    ended((|| {
        let path = case.join("case.toml");
        if path.exists() {
            return Err(format!("{} is there already", path.display()).into());
        }
        fs::metadata(scan).map_err(|e| format!("{}: {e}", scan.display()))?;
        let full = fs::canonicalize(scan)?;
        let name =
            fs::canonicalize(case.parent().filter(|p| p.exists()).unwrap_or(Path::new(".")))?
                .join(case.file_name().unwrap_or_default());
        let id = name.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let filled = Filled {
            id,
            kind: kind.into(),
            scan: full.to_str().ok_or("the scan's path is not UTF-8")?.into(),
            ..Filled::default()
        };
        let text = template(&filled);
        Recipe::parse(&text, &path.display().to_string())?;
        fs::create_dir_all(case).map_err(|e| format!("{}: {e}", case.display()))?;
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
        eprintln!("wrote {}: fill it in, then `ossein run {}`", path.display(), case.display());
        Ok(Exit::Done)
    })())
}

/// `ossein check`.
pub fn check(case: &Path, json: bool) -> Exit {
    ended((|| {
        let recipe = read_recipe(case)?;
        let report = match road(&recipe).start.labels(&recipe) {
            None => Some(gated(&recipe, case)?),
            Some(_) => {
                let missing = recipe.missing();
                if missing.is_empty() {
                    labels::check(&recipe, case).map_err(|error| error.into_inner())?;
                }
                None
            }
        };
        eprintln!("{}: the recipe is sound", recipe.case.id);
        for missing in recipe.missing() {
            eprintln!("  to fill in: {missing}");
        }
        let exit = report.as_ref().map_or(Exit::Done, told);
        if report.is_none() {
            eprintln!("  it starts from a label map: there is nothing for the acquisition gate");
        }
        if json {
            print_json(&json!({
                "recipe": recipe.resolved(),
                "recipe_hash": recipe.hash(),
                "missing": recipe.missing(),
                "scan": report,
            }));
        }
        Ok(exit)
    })())
}

/// What the acquisition gate says of a case's scan.
fn gated(recipe: &Recipe, case: &Path) -> Result<ScanReport, AnyError> {
    let decoder = decoder()?;
    let imported = import::import(recipe, case, &decoder, &progress::job());
    progress::clear();
    Ok(imported.map_err(|error| error.into_inner())?.report)
}

/// Tells it, and what it means.
fn told(report: &ScanReport) -> Exit {
    let [x, y, z] = report.spacing_mm;
    let (count, format) = (report.slice_count, &report.format);
    eprintln!("  {format}: {count} slices, voxel {x:.3} x {y:.3} x {z:.3} mm");
    report.findings.iter().for_each(progress::finding);
    let (word, exit) = match report.verdict {
        Verdict::Accept => ("accepted", Exit::Done),
        Verdict::Warn => ("accepted with warnings", Exit::Done),
        Verdict::Reject => ("rejected", Exit::CheckFailed),
    };
    eprintln!("  the scan is {word}");
    exit
}

/// `ossein run`.
pub fn run(cases: &[PathBuf], until: Option<&str>, json: bool, dry_run: bool) -> Exit {
    let job = progress::job();
    cases.iter().fold(Exit::Done, |worst, case| {
        eprintln!("{}", case.display());
        worst.worse(ended(run_case(case, until, json, dry_run, &job)))
    })
}

fn run_case(
    case: &Path,
    until: Option<&str>,
    json: bool,
    dry_run: bool,
    job: &Job,
) -> Result<Exit, AnyError> {
    let recipe = read_recipe(case)?;
    let missing = recipe.missing();
    if until != Some("import") && !missing.is_empty() {
        let text =
            format!("{}: to fill in: {}", case.join("case.toml").display(), missing.join(", "));
        return Err(text.into());
    }
    let decoder = decoder()?;
    let options = RunOptions { until, dry_run, decoder: &decoder, listener: &progress::show };
    let summary = ossein_case::run(case, &recipe, road(&recipe).steps, &options, job)?;
    progress::clear();
    close(&summary, dry_run);
    if json {
        print_json(&summary.report);
    }
    Ok(if summary.failed { Exit::CheckFailed } else { Exit::Done })
}

fn close(summary: &RunSummary, dry_run: bool) {
    let (ran, kept) = (summary.ran.len(), summary.reused.len());
    let waiting = summary.out_of_date.join(", ");
    if summary.failed {
        eprintln!("  a check failed; not done: {waiting}");
    } else if dry_run {
        eprintln!("  up to date: {kept}; would run: {waiting}");
    } else if !summary.changed && summary.out_of_date.is_empty() {
        eprintln!("  nothing to do: all {kept} steps are up to date");
    } else if !summary.changed {
        eprintln!("  nothing to do; up to date: {kept}, out of date: {waiting}");
    } else {
        eprintln!("  done: {ran}, up to date: {kept}");
    }
}

/// `ossein show`.
pub fn show(case: &Path, json: bool) -> Exit {
    ended((|| {
        let path = case.join("out").join(report::FILE);
        let text = fs::read_to_string(&path)
            .map_err(|e| format!("{}: {e} (`ossein run` makes it)", path.display()))?;
        let report: Value =
            serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        let failed = failed(&report);
        if json {
            print_json(&report);
        } else {
            // A closed pipe is no fault.
            output::bytes(page(&report).as_bytes());
        }
        Ok(if failed { Exit::CheckFailed } else { Exit::Done })
    })())
}

fn failed(report: &Value) -> bool {
    let findings = report["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    findings.iter().any(|f| f["severity"] == json!(Severity::Failure))
}

/// Figures that `show` prints: title, place in the report, unit.
const FIGURES: &[(&str, &str, &str)] = &[
    ("scan", "/scan/verdict", ""),
    ("slices", "/scan/slice_count", ""),
    ("resected", "/plan/resect", ""),
    ("defect height", "/plan/defect_height_mm", "mm"),
    ("implant height", "/implant/height_mm", "mm"),
    ("implant volume", "/implant/volume_mm3", "mm3"),
    ("implant mass", "/implant/mass_g", "g"),
    ("watertight", "/implant/watertight", ""),
    ("lattice", "/lattice/cell", ""),
    ("lattice period", "/lattice/period_mm", "mm"),
    ("layers", "/print/layer_count", ""),
    ("build height", "/print/build_height_mm", "mm"),
    ("build time", "/print/time_s", "s"),
];

fn page(report: &Value) -> String {
    let mut out = String::new();
    let mut put = |line: String| {
        out.push_str(line.trim_end());
        out.push('\n');
    };
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Number(n) if n.is_f64() => format!("{:.3}", n.as_f64().unwrap_or(f64::NAN)),
        Value::Array(items) => {
            let words = items.iter().map(|v| v.as_str().unwrap_or("?"));
            words.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    let items = |key: &str| report[key].as_array().cloned().unwrap_or_default();
    put(format!("{}  {}", text(&report["case"]["id"]), text(&report["case"]["title"])));
    put(format!("recipe {}", text(&report["case"]["recipe_hash"])));
    put("\nSteps".into());
    for step in items("steps") {
        let reused = if step["reused"] == json!(true) { "reused" } else { "" };
        let (id, seconds) = (text(&step["id"]), step["seconds"].as_f64().unwrap_or(0.0));
        put(format!(
            "  {id:<10} {seconds:8.1} s  {:>6} MiB  {reused}",
            text(&step["peak_rss_mib"])
        ));
    }
    put("\nFigures".into());
    for (title, place, unit) in FIGURES {
        if let Some(value) = report.pointer(place) {
            put(format!("  {title:<16} {} {unit}", text(value)));
        }
    }
    for case in report["mechanics"]["cases"].as_array().into_iter().flatten() {
        let (name, factor) = (text(&case["name"]), text(&case["safety_factor"]));
        put(format!("  {:<16} {factor}", format!("safety, {name}")));
    }
    put("\nFindings".into());
    for finding in items("findings") {
        let (severity, message) = (text(&finding["severity"]), text(&finding["message"]));
        put(format!("  {severity:<8} {message} ({})", text(&finding["place"])));
    }
    put(String::new());
    for limit in items("limits_of_use") {
        put(text(&limit));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Fault {
        #[error("no file")]
        File,
        #[error("could not read it: {0}")]
        Read(#[source] Box<Fault>),
        #[error("could not go on")]
        GoOn(#[source] Box<Fault>),
    }

    #[test]
    fn a_cause_is_said_once() {
        let read = || Fault::Read(Box::new(Fault::File));
        assert!(causes(&read()).is_empty());
        assert_eq!(causes(&Fault::GoOn(Box::new(read()))), ["could not read it: no file"]);
    }
}
