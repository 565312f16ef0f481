//! The engine on four small steps: what runs again, what stays, and what an interruption leaves.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use ossein_case::record::FILE as RECORD;
use ossein_case::step::{External, Outcome, StepContext, StepDef, StepError};
use ossein_case::{Recipe, RunError, RunOptions, RunSummary, hash, run};
use ossein_geom::{Finding, Job};
use ossein_scan::InProcess;
use serde_json::{Value, json};

const STEPS: &[StepDef] = &[
    step(
        "import",
        &[],
        |_| json!({}),
        |_, case| Ok(vec![External::new("scan", case.join("scan"))]),
    ),
    step("design", &["import"], |r| r.section("lattice"), StepDef::NO_INPUTS),
    step("print", &["design"], |r| r.section("print"), StepDef::NO_INPUTS),
    step("document", &["import", "print"], |r| json!(r.hash()), StepDef::NO_INPUTS),
];

const fn step(
    id: &'static str,
    needs: &'static [&'static str],
    params: fn(&Recipe) -> Value,
    inputs: ossein_case::step::InputsFn,
) -> StepDef {
    let run = match id.as_bytes()[0] {
        b'i' => import as ossein_case::step::RunFn,
        b'd' if id.len() == 6 => design,
        b'p' => print,
        _ => document,
    };
    StepDef { id, version: 1, needs, title: id, params, inputs, run }
}

/// Long enough for a kill to fall into.
fn pause() {
    std::thread::sleep(Duration::from_millis(3));
}

fn import(context: &mut StepContext, _: &Job) -> Result<Outcome, StepError> {
    let scan = context.read_input(Path::new("scan/a"))?;
    for n in 0..4 {
        pause();
        let name = format!("work/{n}.bin");
        context.write(&name, |out| -> std::io::Result<()> {
            for _ in 0..20_000 {
                out.write_all(&scan)?;
            }
            Ok(())
        })?;
    }
    let mut findings = vec![Finding::note("scan.guess", "series 1", "a guess")];
    if scan.starts_with(b"bad") {
        findings.push(Finding::failure("scan.bad", "series 1", "a bad scan"));
    }
    Ok(Outcome { findings, summary: json!({ "scan": { "third": 1.0 / 3.0 } }) })
}

fn design(context: &mut StepContext, job: &Job) -> Result<Outcome, StepError> {
    job.step(0, 1)?;
    pause();
    let bytes = context.read("work/1.bin")?;
    let period = context.choices().number("lattice.period_mm");
    context
        .write_json("implant/design.json", &json!({ "period_mm": period, "size": bytes.len() }))?;
    if period == 3.0 {
        return Err(StepError::new("no such lattice"));
    }
    // Short or long period: two designs in all.
    Ok(Outcome { findings: Vec::new(), summary: json!({ "implant": { "a": 1 } }) })
}

fn print(context: &mut StepContext, _: &Job) -> Result<Outcome, StepError> {
    pause();
    let design = context.read("implant/design.json")?;
    context.write_bytes("build/layers.cli", &design)?;
    Ok(Outcome { findings: Vec::new(), summary: json!({ "implant": { "b": 2 } }) })
}

fn document(context: &mut StepContext, _: &Job) -> Result<Outcome, StepError> {
    pause();
    let report = context.report_so_far();
    context.write_json("dossier.json", &report)?;
    Ok(Outcome { findings: Vec::new(), summary: json!({}) })
}

const RECIPE: &str = "[case]\nid = \"x\"\nkind = \"vertebral_body_replacement\"\n\
                      [scan]\npath = \"scan\"\n";

struct Case(PathBuf);

impl Case {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("ossein-engine-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(dir.join("scan")).unwrap();
        fs::write(dir.join("scan/a"), "scan bytes").unwrap();
        Self(dir)
    }

    fn run_until(&self, recipe: &str, until: Option<&str>) -> Result<RunSummary, RunError> {
        run_in(&self.0, recipe, until, &Job::quiet())
    }

    fn run(&self, recipe: &str) -> RunSummary {
        self.run_until(recipe, None).unwrap()
    }

    /// Every file below `out/` with its bytes.
    fn out(&self) -> Vec<(String, Vec<u8>)> {
        let out = self.0.join("out");
        let names = hash::files_below(&out).unwrap();
        names.into_iter().map(|name| (name.clone(), fs::read(out.join(name)).unwrap())).collect()
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn run_in(
    dir: &Path,
    recipe: &str,
    until: Option<&str>,
    job: &Job,
) -> Result<RunSummary, RunError> {
    let recipe = Recipe::parse(recipe, "case.toml").unwrap();
    let options = RunOptions { until, dry_run: false, decoder: &InProcess, listener: &|_| {} };
    run(dir, &recipe, STEPS, &options, job)
}

#[track_caller]
fn check(summary: &RunSummary, ran: &[&str]) {
    assert_eq!(summary.ran, ran);
    assert_eq!(summary.ran.len() + summary.reused.len() + summary.out_of_date.len(), STEPS.len());
}

#[test]
fn a_second_run_does_nothing() {
    let case = Case::new("second");
    check(&case.run(RECIPE), &["import", "design", "print", "document"]);
    let before = case.out();
    let record = fs::read(case.0.join(RECORD)).unwrap();
    let second = case.run(RECIPE);
    check(&second, &[]);
    assert!(!second.changed);
    assert!(case.out() == before);
    assert!(fs::read(case.0.join(RECORD)).unwrap() == record);
    // Comments and blanks change nothing either.
    assert!(!case.run(&format!("# note\n{RECIPE}\n")).changed);
}

#[test]
fn a_changed_choice_runs_what_depends_on_it() {
    let case = Case::new("choice");
    case.run(RECIPE);
    check(&case.run(&format!("{RECIPE}[print]\nlayer_mm = 0.05\n")), &["print", "document"]);
    let lattice = format!("{RECIPE}[lattice]\nperiod_mm = 1.2\n");
    check(&case.run(&lattice), &["design", "print", "document"]);
    fs::write(case.0.join("scan/b"), "more").unwrap();
    // The scan is another one, and the import gives the same: the rest stands.
    check(&case.run(&lattice), &["import"]);
    fs::write(case.0.join("scan/a"), "other").unwrap();
    check(&case.run(&lattice), &["import", "design", "print", "document"]);
}

#[test]
fn a_lost_or_changed_file_is_made_again() {
    let case = Case::new("lost");
    case.run(RECIPE);
    let before = case.out();
    fs::write(case.0.join("out/build/layers.cli"), "edited").unwrap();
    check(&case.run(RECIPE), &["print"]);
    assert!(case.out() == before);
    fs::remove_file(case.0.join("out/report.json")).unwrap();
    let again = case.run(RECIPE);
    check(&again, &[]);
    assert!(again.changed);
    assert!(case.out() == before);
}

#[test]
fn all_is_rebuilt_with_the_same_bytes() {
    let case = Case::new("rebuilt");
    case.run_until(RECIPE, Some("design")).unwrap();
    case.run(RECIPE);
    let before = case.out();
    fs::remove_dir_all(case.0.join("out")).unwrap();
    check(&case.run(RECIPE), &["import", "design", "print", "document"]);
    assert!(case.out() == before);
    // Another folder: the same but for what the steps took.
    let other = Case::new("rebuilt-other");
    other.run(RECIPE);
    let same = |out: Vec<(String, Vec<u8>)>| {
        out.into_iter().filter(|(name, _)| name != "report.json").collect::<Vec<_>>()
    };
    assert!(same(other.out()) == same(before));
}

#[test]
fn until_stops_and_a_failed_check_stops() {
    let case = Case::new("until");
    let first = case.run_until(RECIPE, Some("import")).unwrap();
    check(&first, &["import"]);
    assert_eq!(first.out_of_date, ["design", "print", "document"]);
    case.run(RECIPE);
    let before = case.out();
    // What is done already stays when a run is asked to stop early.
    assert!(!case.run_until(RECIPE, Some("import")).unwrap().changed);
    assert!(case.out() == before);
    assert!(matches!(case.run_until(RECIPE, Some("prin")), Err(RunError::NoStep { .. })));
    fs::write(case.0.join("scan/a"), "bad scan").unwrap();
    for _ in 0..2 {
        let failed = case.run(RECIPE);
        assert!(failed.failed);
        assert_eq!(failed.out_of_date, ["design", "print", "document"]);
        let names: Vec<String> = case.out().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names[0], "report.json");
        assert!(names[1..].iter().all(|name| name.starts_with("work/")), "{names:?}");
    }
}

#[test]
fn nothing_stale_stands_after_an_error() {
    let case = Case::new("error");
    case.run(RECIPE);
    let error = case.run_until(&format!("{RECIPE}[lattice]\nperiod_mm = 3\n"), None).unwrap_err();
    assert_eq!(error.to_string(), "could not do step `design`");
    assert!(!case.0.join("out/report.json").exists());
    assert!(!case.0.join("out/dossier.json").exists());
    check(&case.run(RECIPE), &["design", "print", "document"]);
}

#[test]
fn a_cancelled_run_goes_on() {
    let case = Case::new("cancelled");
    let job = Job::quiet();
    job.cancel();
    let error = run_in(&case.0, RECIPE, None, &job).unwrap_err();
    assert!(matches!(error, RunError::Cancelled { step: "design" }), "{error}");
    check(&case.run(RECIPE), &["design", "print", "document"]);
}

#[test]
fn a_damaged_record_says_how_to_go_on() {
    let case = Case::new("damaged");
    case.run(RECIPE);
    let before = case.out();
    let path = case.0.join(RECORD);
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.windows(7).position(|w| w == b"a guess").unwrap();
    bytes[at] = b'A';
    fs::write(&path, &bytes).unwrap();
    let error = case.run_until(RECIPE, None).unwrap_err().to_string();
    assert!(error.contains("delete it"), "{error}");
    bytes.truncate(bytes.len() / 2);
    fs::write(&path, &bytes).unwrap();
    assert!(case.run_until(RECIPE, None).unwrap_err().to_string().contains("delete it"));
    fs::remove_file(&path).unwrap();
    check(&case.run(RECIPE), &["import", "design", "print", "document"]);
    assert_eq!(case.out().len(), before.len());
}

/// The child of the test below: runs a case in a process that is killed.
#[test]
fn child() {
    let Ok(dir) = std::env::var("OSSEIN_ENGINE_CASE") else { return };
    run_in(Path::new(&dir), RECIPE, None, &Job::quiet()).unwrap();
}

fn start_child(case: &Case) -> std::process::Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child"]).env("OSSEIN_ENGINE_CASE", &case.0);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_killed_run_leaves_a_case_that_the_next_completes() {
    let whole = Case::new("whole");
    whole.run(RECIPE);
    let case = Case::new("killed");
    let mut completed = 0;
    for n in 0..40u64 {
        let mut child = start_child(&case);
        // Spread over the whole of a run, in an order that looks random.
        std::thread::sleep(Duration::from_millis(n * 37 % 97));
        child.kill().unwrap();
        child.wait().unwrap();
        if n % 8 == 7 {
            case.run(RECIPE);
            completed += 1;
            let differ = case
                .out()
                .into_iter()
                .zip(whole.out())
                .find(|(a, b)| a.0 != b.0 || (a.0 != "report.json" && a.1 != b.1));
            assert!(differ.is_none(), "{:?}", differ.map(|(a, b)| (a.0, b.0)));
            assert_eq!(case.out().len(), whole.out().len());
            fs::remove_dir_all(case.0.join("out")).unwrap();
            if n % 16 == 15 {
                fs::remove_file(case.0.join(RECORD)).unwrap();
            }
        }
    }
    assert_eq!(completed, 5);
}

#[test]
fn a_full_disk_is_an_error_and_the_next_run_completes() {
    let whole = Case::new("disk-whole");
    whole.run(RECIPE);
    let case = Case::new("disk");
    // A limit on file sizes stands for a full disk: 100 blocks of 512 or 1024 bytes.
    let script = "ulimit -f 100; trap '' XFSZ; exec \"$0\" --exact child";
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(std::env::current_exe().unwrap());
    command.env("OSSEIN_ENGINE_CASE", &case.0).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(!command.status().unwrap().success());
    assert!(!case.0.join("out/report.json").exists());
    let left = case.out();
    assert!(left.iter().all(|(name, _)| !name.ends_with(".partial")));
    case.run(RECIPE);
    assert_eq!(case.out().len(), whole.out().len());
}
