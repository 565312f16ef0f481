//! The whole road through the real program: the phantom from scan to dossier.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ossein_suite::{commands_of, program, program_path};
use serde_json::Value;

fn ossein(words: &[&str]) -> Output {
    Command::new(program()).args(words).output().expect("the program is built")
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("ossein-road-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Every file under `out/` by name, with its hash; times are taken out of the report.
fn bytes_of(case: &Path) -> BTreeMap<String, String> {
    let mut hashes = BTreeMap::new();
    let mut folders = vec![case.join("out")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(case).unwrap().to_string_lossy().into_owned();
            let mut bytes = fs::read(&path).unwrap();
            if name == "out/report.json" {
                bytes = without_times(&bytes);
            }
            hashes.insert(name, blake3::hash(&bytes).to_hex().to_string());
        }
    }
    hashes
}

fn without_times(report: &[u8]) -> Vec<u8> {
    let mut report: Value = serde_json::from_slice(report).unwrap();
    for step in report["steps"].as_array_mut().unwrap() {
        for key in ["seconds", "peak_rss_mib", "reused"] {
            step.as_object_mut().unwrap().remove(key);
        }
    }
    report.to_string().into_bytes()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

#[test]
fn the_phantom_goes_from_scan_to_dossier_and_again_to_the_same_bytes() {
    let case = folder("demo");
    let name = case.to_str().unwrap();
    let demo = ossein(&["demo", name, "--threads", "2"]);
    assert!(demo.status.success(), "{}", text(&demo));
    let report: Value =
        serde_json::from_slice(&fs::read(case.join("out/report.json")).unwrap()).unwrap();
    holds_to_the_truth(&case, &report);
    judged_by_other_programs(&case);

    previewed(&case, &report);
    let again = ossein(&["run", name]);
    assert!(again.status.success(), "{}", text(&again));
    assert!(text(&again).contains("nothing to do"), "{}", text(&again));

    let first = bytes_of(&case);
    let whole_report = fs::read(case.join("out/report.json")).unwrap();
    fs::remove_dir_all(case.join("out")).unwrap();
    let rebuilt = ossein(&["run", name, "--threads", "1"]);
    assert!(rebuilt.status.success(), "{}", text(&rebuilt));
    assert_eq!(first, bytes_of(&case));
    assert_eq!(whole_report, fs::read(case.join("out/report.json")).unwrap());
    fs::remove_dir_all(&case).unwrap();
}

/// The phantom's own numbers against what the program found.
fn holds_to_the_truth(case: &Path, report: &Value) {
    let truth: Value =
        serde_json::from_slice(&fs::read(case.join("truth/truth.json")).unwrap()).unwrap();
    let near = |name: &str, seen: f64, is: f64, within: f64| {
        assert!((seen - is).abs() <= within, "{name}: {seen} against {is}");
    };
    let height = |a: &Value, b: &Value| {
        let point = |v: &Value| [0, 1, 2].map(|n| v[0][n].as_f64().unwrap());
        let (p, q) = (point(a), point(b));
        (0..3).map(|n| (p[n] - q[n]).powi(2)).sum::<f64>().sqrt()
    };
    let vertebrae = truth["vertebrae"].as_array().unwrap();
    let defect = height(&vertebrae[0]["caudal_plane"], &vertebrae[4]["cranial_plane"]);
    near("defect height", report["plan"]["defect_height_mm"].as_f64().unwrap(), defect, 0.8);
    for (measured, is) in report["anatomy"]["vertebrae"].as_array().unwrap().iter().zip(vertebrae) {
        for key in ["height_anterior_mm", "height_posterior_mm"] {
            let name = format!("{} {key}", is["level"]);
            near(&name, measured[key].as_f64().unwrap(), is[key].as_f64().unwrap(), 1.0);
        }
    }
    let volume = report["print"]["volume_difference"].as_f64().unwrap();
    near("volume by layers", volume, 0.0, 0.005);
    assert_eq!(report["implant"]["component_count"], 1);
    let height = report["implant"]["height_mm"].as_f64().unwrap();
    for size in report["print"]["sizes"].as_array().unwrap() {
        let higher = size["height_mm"].as_f64().unwrap() - height;
        near("step of a size", higher, size["step_mm"].as_f64().unwrap(), 0.01);
        assert!(case.join("out").join(size["file"].as_str().unwrap()).exists(), "{size}");
    }
    for case in report["mechanics"]["cases"].as_array().unwrap() {
        assert!(case["balance_error"].as_f64().unwrap() < 1e-4, "{case}");
        assert_eq!(case["converged"], true, "{case}");
    }
}

/// A coarse look at the same implant, and none where the plan does not stand.
fn previewed(case: &Path, report: &Value) {
    let name = case.to_str().unwrap();
    let preview = ossein(&["preview", name, "--json"]);
    assert!(preview.status.success(), "{}", text(&preview));
    let preview: Value = serde_json::from_slice(&preview.stdout).unwrap();
    let of = |value: &Value, key: &str| value[key].as_f64().unwrap();
    let implant = &report["implant"];
    assert!((of(&preview, "height_mm") - of(implant, "height_mm")).abs() < 0.01, "{preview}");
    let volume = of(&preview, "volume_mm3") / of(implant, "volume_mm3");
    assert!((volume - 1.0).abs() < 0.05, "{volume}");
    let empty = folder("unplanned");
    fs::copy(case.join("case.toml"), empty.join("case.toml")).unwrap();
    let refused = ossein(&["preview", empty.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused));
    fs::remove_dir_all(&empty).unwrap();
}

/// Readers that share no code with us; skipped, and said so, where they are not installed.
fn judged_by_other_programs(case: &Path) {
    let root = ossein_suite::root();
    let python = root.join(".venv/bin/python");
    if !python.exists() {
        println!("skipped: the oracles are not installed; run scripts/oracles.sh");
        return;
    }
    let judge = Command::new(python)
        .arg(root.join("tests/oracle/judge.py"))
        .arg(case)
        .output()
        .expect("python runs");
    println!("{}", text(&judge));
    assert!(judge.status.success(), "{}", text(&judge));
}

/// Runs the commands of a page with the real scan in the place of its recipe's path; gives the
/// folder, the case in it, its page and its report. None where the scan is absent.
fn walked(
    page: &str,
    example: &str,
    scan: &str,
    case: &str,
) -> Option<(PathBuf, PathBuf, String, Value)> {
    let scan = ossein_suite::shared_data(scan)?.canonicalize().unwrap();
    let root = ossein_suite::root();
    let page = fs::read_to_string(root.join("docs").join(page)).unwrap();
    let place = folder(case);
    let recipe = format!("examples/{example}/case.toml");
    fs::create_dir_all(place.join(&recipe).parent().unwrap()).unwrap();
    let text_of_recipe = fs::read_to_string(root.join(&recipe)).unwrap();
    let named = format!("/path/to/{}", scan.file_name().unwrap().to_str().unwrap());
    let filled = text_of_recipe.replace(&named, scan.to_str().unwrap());
    assert_ne!(filled, text_of_recipe);
    fs::write(place.join(&recipe), filled).unwrap();
    for line in commands_of(&page) {
        let run = Command::new("bash")
            .args(["-c", &line])
            .current_dir(&place)
            .env("PATH", program_path())
            .output()
            .expect("bash runs");
        assert!(run.status.success(), "{line}: {}", text(&run));
    }
    let case = place.join(case);
    let report = serde_json::from_slice(&fs::read(case.join("out/report.json")).unwrap()).unwrap();
    Some((place, case, page, report))
}

#[test]
fn the_book_walks_a_real_case() {
    let walked = walked("thoracic-three-level.md", "thoracic-three-level", "spine-ct-dicom", "thx");
    let Some((place, case, page, report)) = walked else { return };
    the_page_tells_what_came_out(&page, &report);
    judged_by_other_programs(&case);
    fs::remove_dir_all(&place).unwrap();
}

#[test]
fn the_book_walks_a_skull_plate() {
    let walked = walked("cranioplasty.md", "cranioplasty", "skull-ct", "plate");
    let Some((place, case, page, report)) = walked else { return };
    let number = |path: &str| report.pointer(path).and_then(Value::as_f64).expect(path);
    for told in [
        format!("{:.1} mm from", number("/plan/completion/trials/rms_mm")),
        format!("{:.1} mm thick", number("/implant/thickness/mean_mm")),
        format!("{:.0} mm² large", number("/implant/area_mm2")),
        format!("{:.1} g", number("/implant/mass_g")),
        format!("{} holes", number("/implant/hole_count")),
    ] {
        assert!(page.contains(&told), "the book does not say: {told}");
    }
    assert_eq!(report["implant"]["component_count"], 1);
    assert!((number("/implant/gap/min_mm") - 0.5).abs() < 0.02, "{}", report["implant"]["gap"]);
    let volume = number("/implant/mesh_volume_mm3") / number("/implant/volume_mm3");
    assert!((volume - 1.0).abs() < 0.01, "{volume}");
    let loaded = report["mechanics"]["cases"].as_array().unwrap();
    let least = loaded.iter().map(|c| c["safety_factor"].as_f64().unwrap()).fold(1e9, f64::min);
    assert!(page.contains(&format!("bear {least:.0} times")), "{least} times");
    for case in loaded {
        assert!(case["balance_error"].as_f64().unwrap() < 1e-6, "{case}");
        assert!(case["deflection_mm"].as_f64().unwrap() > 0.0, "{case}");
        assert_eq!(case["converged"], true, "{case}");
    }
    let before = bytes_of(&case);
    let name = case.to_str().unwrap();
    let preview = ossein(&["preview", name, "--json"]);
    assert!(preview.status.success(), "{}", text(&preview));
    fs::remove_dir_all(case.join("out")).unwrap();
    let again = ossein(&["run", name, "--threads", "1"]);
    assert!(again.status.success(), "{}", text(&again));
    assert_eq!(before, bytes_of(&case));
    fs::remove_dir_all(&place).unwrap();
}

#[test]
fn the_book_walks_a_jaw_segment() {
    let walked = walked("mandible.md", "mandible", "cmf-labels", "jaw");
    let Some((place, case, page, report)) = walked else { return };
    let number = |path: &str| report.pointer(path).and_then(Value::as_f64).expect(path);
    let rows = |path: &str| report.pointer(path).and_then(Value::as_array).expect(path).clone();
    let least = |rows: &[Value], key: &str| {
        rows.iter().filter_map(|row| row[key].as_f64()).fold(f64::INFINITY, f64::min)
    };
    let (screws, loaded) = (rows("/implant/screws"), rows("/mechanics/cases"));
    for told in [
        format!("lies {:.2} mm from", number("/plan/contour/deformed_mm")),
        format!("{:.1} g of titanium", number("/implant/mass_g")),
        format!("within {:.1} mm of the canal", least(&screws, "canal_mm")),
        format!("{:.1} mm of a tooth", least(&screws, "root_mm")),
        format!("by {:.2} degrees", number("/guides/0/drills/0/play/tilt_deg")),
        format!("bears {:.1} times", least(&loaded, "safety_factor")),
    ] {
        assert!(page.contains(&told), "the book does not say: {told}");
    }
    assert!(screws.len() >= 6 && least(&screws, "canal_mm") >= 2.0);
    assert_eq!(report["implant"]["component_count"], 1);
    let volume = number("/implant/mesh_volume_mm3") / number("/implant/volume_mm3");
    assert!((volume - 1.0).abs() < 0.01, "{volume}");
    backup_sizes(&case, &page, &report);
    let preview = ossein(&["preview", case.to_str().unwrap(), "--json"]);
    assert!(preview.status.success(), "{}", text(&preview));
    let preview: Value = serde_json::from_slice(&preview.stdout).unwrap();
    let share = preview["volume_mm3"].as_f64().unwrap() / number("/implant/volume_mm3");
    assert!((share - 1.0).abs() < 0.05, "{share}");
    for case in loaded {
        assert!(case["balance_error"].as_f64().unwrap() < 1e-6, "{case}");
        assert_eq!(case["converged"], true, "{case}");
    }
    for file in ["implant/implant.stl", "guide/guide.stl", "guide/guide.3mf", "build/layers.cli"] {
        assert!(case.join("out").join(file).exists(), "{file}");
    }
    let kept = |case: &Path| {
        let of = |(name, _): &(String, _)| ["implant/", "guide/"].iter().any(|f| name.contains(f));
        let mut files: Vec<_> = bytes_of(case).into_iter().filter(of).collect();
        // The picture comes with the dossier.
        files.retain(|(name, _)| !name.ends_with(".png"));
        files
    };
    let before = kept(&case);
    assert!(before.len() >= 5, "{}", before.len());
    fs::remove_dir_all(case.join("out")).unwrap();
    let again = ossein(&["run", case.to_str().unwrap(), "--threads", "1", "--until", "prepare"]);
    assert!(again.status.success(), "{}", text(&again));
    assert!(before == kept(&case), "one thread gives other bytes");
    fs::remove_dir_all(&place).unwrap();
}

/// A shorter and a longer segment, each a closed mesh whose ends stand where they must.
fn backup_sizes(case: &Path, page: &str, report: &Value) {
    let sizes = report["print"]["sizes"].as_array().unwrap();
    let of = |size: &Value, key: &str| size[key].as_f64().expect(key);
    for (size, step_mm) in sizes.iter().zip([-2.0, 2.0]) {
        assert_eq!(of(size, "step_mm"), step_mm);
        let longer = of(size, "length_mm") - of(&report["implant"], "length_mm");
        assert!((longer - step_mm).abs() < 1e-9, "{size}");
        assert!((of(size, "longer_mm") - step_mm).abs() < 0.05, "{size}");
        let volume = of(size, "mesh_volume_mm3") / of(size, "volume_mm3");
        assert!((volume - 1.0).abs() < 0.01, "{size}");
        assert_eq!((&size["component_count"], &size["watertight"]), (&1.into(), &true.into()));
        assert!(of(size, "first_screw_mm") >= 5.0 && of(size, "blocked_mm") < 0.3, "{size}");
        assert!(case.join("out").join(size["file"].as_str().unwrap()).exists(), "{size}");
    }
    let [shorter, longer] = &sizes[..] else { panic!("{sizes:?}") };
    let weights = (of(shorter, "mass_g"), of(longer, "mass_g"));
    assert!(weights.0 < of(&report["implant"], "mass_g"), "{weights:?}");
    assert!(weights.1 > of(&report["implant"], "mass_g"), "{weights:?}");
    for told in [
        format!("weigh {:.1} and {:.1} g", weights.0, weights.1),
        format!("stands {:.1} mm from the cut", of(longer, "first_screw_mm")),
    ] {
        assert!(page.replace('\n', " ").contains(&told), "the book does not say: {told}");
    }
}

#[test]
fn the_book_walks_a_chin() {
    let walked = walked("onlay.md", "onlay", "cmf-labels", "chin");
    let Some((place, case, page, report)) = walked else { return };
    let number = |path: &str| report.pointer(path).and_then(Value::as_f64).expect(path);
    let screws = report["implant"]["screws"].as_array().unwrap();
    let least =
        |key: &str| screws.iter().filter_map(|row| row[key].as_f64()).fold(f64::INFINITY, f64::min);
    let measure = |name: &str| {
        let rows = report["implant"]["measures"].as_array().unwrap();
        let own = rows.iter().find(|row| row["name"].as_str().unwrap().contains(name)).expect(name);
        own["after"].as_f64().unwrap() - own["before"].as_f64().unwrap()
    };
    for told in [
        format!("{:.1} g of PEEK", number("/implant/mass_g")),
        format!("{:.1} mm forward", measure("pogonion")),
        format!("{:.1} mm from the nerve", number("/implant/nerve_mm")),
        format!("{:.1} mm of a tooth", least("roots_mm")),
    ] {
        assert!(page.contains(&told), "the book does not say: {told}");
    }
    for handle in report["implant"]["handles"].as_array().unwrap() {
        let (wanted, drawn) = (handle["wanted_mm"].as_f64(), handle["drawn_mm"].as_f64());
        assert!((wanted.unwrap() - drawn.unwrap()).abs() < 0.1, "{handle}");
    }
    assert!(number("/implant/clearance/canal_mm_min") > 2.9);
    assert!(number("/implant/clearance/bone_mm_min") > 0.05);
    assert!(least("nerve_mm") >= 3.0 && least("roots_mm") >= 2.0 && least("thread_mm") >= 3.0);
    assert_eq!(report["implant"]["component_count"], 2);
    let pieces = report["implant"]["pieces"].as_array().unwrap();
    let parts: f64 = pieces.iter().map(|piece| piece["volume_mm3"].as_f64().unwrap()).sum();
    assert!((parts / number("/implant/mesh_volume_mm3") - 1.0).abs() < 1e-9, "{parts}");
    let before = bytes_of(&case);
    assert!(before.iter().any(|(name, _)| name.ends_with("implant/left.3mf")));
    let name = case.to_str().unwrap();
    let preview = ossein(&["preview", name, "--json"]);
    assert!(preview.status.success(), "{}", text(&preview));
    fs::remove_dir_all(case.join("out")).unwrap();
    let again = ossein(&["run", name, "--threads", "1"]);
    assert!(again.status.success(), "{}", text(&again));
    assert!(before == bytes_of(&case), "one thread gives other bytes");
    fs::remove_dir_all(&place).unwrap();
}

#[test]
fn the_book_walks_an_orbit() {
    let walked = walked("orbit.md", "orbit", "skull-ct", "orbit");
    let Some((place, case, page, report)) = walked else { return };
    let number = |path: &str| report.pointer(path).and_then(Value::as_f64).expect(path);
    for told in [
        format!("{:.1} mL", number("/implant/volumes/other_ml")),
        format!("{:.1} mL as scanned", number("/implant/volumes/broken_ml")),
        format!("{:.1} mL with the plate", number("/implant/volumes/with_plate_ml")),
        format!("{:.0} mm²", number("/plan/defect_mm2")),
        format!("{:.0} mm² of it stay open", number("/implant/uncovered_mm2")),
        format!("{:.2} mm in the mean", number("/implant/deviation/mean_mm")),
        format!("{:.1} mm behind the rim", number("/implant/reach_mm")),
        format!("{:.1} mm from the optic canal", number("/implant/canal_mm")),
        format!("{:.1} g of titanium", number("/implant/mass_g")),
        format!("lifted by {:.0} mm", number("/implant/lift_mm")),
    ] {
        assert!(page.contains(&told), "the book does not say: {told}");
    }
    assert!(number("/implant/canal_mm") >= 5.0 && number("/implant/reach_mm") <= 38.0);
    assert!(number("/implant/volumes/with_plate_ml") < number("/implant/volumes/broken_ml"));
    assert_eq!(report["implant"]["component_count"], 1);
    let volume = number("/implant/mesh_volume_mm3") / number("/implant/volume_mm3");
    assert!((volume - 1.0).abs() < 0.05, "{volume}");
    let kept = |case: &Path| {
        let mut files = bytes_of(case);
        files.retain(|name, _| name.contains("implant/") && !name.ends_with(".png"));
        files
    };
    let before = kept(&case);
    assert!(before.len() >= 3, "{}", before.len());
    let name = case.to_str().unwrap();
    let preview = ossein(&["preview", name, "--json"]);
    assert!(preview.status.success(), "{}", text(&preview));
    fs::remove_dir_all(case.join("out")).unwrap();
    let again = ossein(&["run", name, "--threads", "1", "--until", "prepare"]);
    assert!(again.status.success(), "{}", text(&again));
    assert!(before == kept(&case), "one thread gives other bytes");
    fs::remove_dir_all(&place).unwrap();
}

#[test]
fn the_book_walks_a_model() {
    let walked = walked("model.md", "model", "cmf-labels", "model");
    let Some((place, case, page, report)) = walked else { return };
    let model = &report["model"];
    let number = |path: &str| model.pointer(path).and_then(Value::as_f64).expect(path);
    let pieces = model["pieces"].as_array().unwrap();
    let mass: f64 = pieces.iter().filter_map(|piece| piece["mass_g"].as_f64()).sum();
    for told in [
        format!("{:.3} mm of that of the files", number("/error_p95_mm")),
        format!("{} hollows of {:.0} mm³", number("/hollow_count"), number("/hollow_mm3")),
        format!("{mass:.0} g together"),
    ] {
        assert!(page.contains(&told), "the book does not say: {told}");
    }
    assert_eq!((pieces.len(), model["pegs"].as_array().unwrap().len()), (2, 1));
    assert!(pieces.iter().all(|piece| piece["component_count"] == 1));
    // Bodies that share their faces hold what the pieces hold.
    let bodies = model["bodies"].as_array().unwrap();
    let sum = |rows: &[Value]| rows.iter().filter_map(|r| r["volume_mm3"].as_f64()).sum::<f64>();
    let (parts, whole) = (sum(bodies), sum(pieces));
    assert!((parts / whole - 1.0).abs() < 0.01, "{parts} of {whole}");
    let model_files = |case: &Path| {
        let mut files = bytes_of(case);
        files.retain(|name, _| name.contains("model/piece"));
        files
    };
    let before = model_files(&case);
    assert_eq!(before.len(), 4);
    fs::remove_dir_all(case.join("out")).unwrap();
    let again = ossein(&["run", case.to_str().unwrap(), "--threads", "1", "--until", "design"]);
    assert!(again.status.success(), "{}", text(&again));
    assert!(before == model_files(&case), "one thread gives other bytes");
    fs::remove_dir_all(&place).unwrap();
}

#[test]
fn the_book_walks_a_tooth() {
    let walked = walked("tooth.md", "tooth", "cmf-labels", "tooth");
    let Some((place, case, page, report)) = walked else { return };
    let number = |path: &str| report.pointer(path).and_then(Value::as_f64).expect(path);
    let loaded = report.pointer("/mechanics/cases").and_then(Value::as_array).unwrap().clone();
    let least =
        |key: &str| loaded.iter().filter_map(|row| row[key].as_f64()).fold(f64::INFINITY, f64::min);
    for told in [
        format!("into {:.0} teeth", number("/plan/tooth_count")),
        format!("number {:.0} from", number("/plan/number")),
        format!("is {:.0} % as deep", 100.0 * number("/plan/neck")),
        format!("stands {:.1} mm in bone", number("/plan/root_mm")),
        format!("the neck is {:.1} mm wide", number("/plan/width_mm/0")),
        format!("the cheek is {:.1} mm thick", number("/plan/plate_mm/0")),
        format!("axis, {:.1} mm³ of it", number("/implant/undercut_mm3")),
        format!("{:.1} mm of the canal", number("/implant/clearances/canal_mm")),
        format!("{:.1} mm of a neighbour's root", number("/implant/clearances/neighbours_mm")),
        format!("weighs {:.2} g", number("/implant/mass_g")),
        format!("bears {:.1} times", least("safety_factor")),
        format!("and {:.1} times", least("safety_factor_fatigue")),
    ] {
        assert!(page.replace('\n', " ").contains(&told), "the book does not say: {told}");
    }
    assert_eq!(report["implant"]["component_count"], 1);
    assert_eq!(report["implant"]["watertight"], true);
    let volume = number("/implant/mesh_volume_mm3") / number("/implant/volume_mm3");
    assert!((volume - 1.0).abs() < 0.02, "{volume}");
    for case in &loaded {
        // 200 N, and the arm of a force at 30 degrees 11 mm over the clamp.
        let moment = case["clamp_moment_nmm"].as_f64().unwrap();
        assert!((moment - 200.0 * 5.5).abs() < 1e-3, "{case}");
        assert!(case["balance_error"].as_f64().unwrap() < 1e-6, "{case}");
        assert_eq!(case["converged"], true, "{case}");
    }
    for file in ["implant/implant.stl", "implant/implant.3mf", "build/layers.cli", "dossier.pdf"] {
        assert!(case.join("out").join(file).exists(), "{file}");
    }
    let kept = |case: &Path| {
        let mut files: Vec<_> =
            bytes_of(case).into_iter().filter(|(name, _)| name.contains("implant/")).collect();
        files.retain(|(name, _)| !name.ends_with(".png"));
        files
    };
    let before = kept(&case);
    fs::remove_dir_all(case.join("out")).unwrap();
    let again = ossein(&["run", case.to_str().unwrap(), "--threads", "1", "--until", "prepare"]);
    assert!(again.status.success(), "{}", text(&again));
    assert!(before == kept(&case), "one thread gives other bytes");
    fs::remove_dir_all(&place).unwrap();
}

#[test]
fn the_book_walks_a_drill_guide() {
    let walked = walked("drill.md", "drill", "cmf-labels", "drill");
    let Some((place, case, page, report)) = walked else { return };
    let number = |path: &str| report.pointer(path).and_then(Value::as_f64).expect(path);
    let rows = |path: &str| report.pointer(path).and_then(Value::as_array).expect(path).clone();
    let (implants, sleeves) = (rows("/plan/implants"), rows("/implant/sleeves"));
    assert_eq!((implants.len(), sleeves.len()), (2, 2));
    for told in [
        format!("{:.1} mm from the canal", number("/plan/implants/0/canal_mm")),
        format!("and {:.1} mm from it", number("/plan/implants/1/canal_mm")),
        format!("{:.1} mm from the nearest tooth", number("/plan/implants/1/tooth_mm")),
        format!("{:.1} mm to the tongue", number("/plan/implants/0/plate_mm/1")),
        format!("{:.1} mm apart", number("/plan/between/0/apart_mm")),
        format!("lean {:.0} degrees", number("/plan/between/0/angle_deg")),
        format!("{:.1} mm³ under", number("/implant/blocked_mm3")),
        format!("weighs {:.1} g", number("/implant/mass_g")),
        format!("tilts by {:.2} degrees", number("/implant/sleeves/0/play/tilt_deg")),
        format!("{:.2} mm at the neck", number("/implant/sleeves/0/play/entry_mm")),
        format!("{:.2} mm at the apex", number("/implant/sleeves/0/play/tip_mm")),
        format!("leaves {:.1} mm to the canal", number("/implant/sleeves/0/canal_at_worst_mm")),
        format!("stop {:.1} mm over", number("/implant/sleeves/0/stop_mm")),
        format!("opens {:.0} mm", number("/implant/sleeves/1/opening_mm")),
    ] {
        assert!(page.replace('\n', " ").contains(&told), "the book does not say: {told}");
    }
    for (implant, sleeve) in implants.iter().zip(&sleeves) {
        let of = |row: &Value, path: &str| row.pointer(path).and_then(Value::as_f64).expect(path);
        assert!(of(implant, "/canal_mm") >= 2.0 && of(implant, "/tooth_mm") >= 1.5, "{implant}");
        assert!(of(sleeve, "/canal_at_worst_mm") < of(implant, "/canal_mm"), "{sleeve}");
        // 0.1 mm of play in a sleeve of 5 mm (facts D2.37).
        assert!((of(sleeve, "/play/tilt_deg") - 0.02f64.atan().to_degrees()).abs() < 1e-6);
        assert!((of(sleeve, "/led_mm") - 5.0).abs() < 0.2, "{sleeve}");
    }
    assert_eq!(report["implant"]["component_count"], 1);
    assert_eq!(report["implant"]["engraved"], true);
    assert!((number("/implant/clearance/teeth_mm_min") - 0.1).abs() < 0.05);
    assert!(number("/implant/clearance/bone_mm_min") > 2.9);
    let preview = ossein(&["preview", case.to_str().unwrap(), "--json"]);
    assert!(preview.status.success(), "{}", text(&preview));
    let preview: Value = serde_json::from_slice(&preview.stdout).unwrap();
    let share = preview["volume_mm3"].as_f64().unwrap() / number("/implant/volume_mm3");
    assert!((share - 1.0).abs() < 0.05, "{share}");
    let kept = |case: &Path| {
        let mut files = bytes_of(case);
        files.retain(|name, _| name.contains("implant/") || name.ends_with("plan.json"));
        files
    };
    let before = kept(&case);
    assert!(before.len() >= 4, "{}", before.len());
    fs::remove_dir_all(case.join("out")).unwrap();
    let again = ossein(&["run", case.to_str().unwrap(), "--threads", "1", "--until", "prepare"]);
    assert!(again.status.success(), "{}", text(&again));
    assert!(before == kept(&case), "one thread gives other bytes");
    fs::remove_dir_all(&place).unwrap();
}

/// Every figure of the page that the report has.
fn the_page_tells_what_came_out(page: &str, report: &Value) {
    let number = |path: &str| report.pointer(path).and_then(Value::as_f64).expect(path);
    let cases = report["mechanics"]["cases"].as_array().unwrap();
    let least = cases.iter().map(|c| c["safety_factor"].as_f64().unwrap()).fold(1e9, f64::min);
    for told in [
        format!("{:.1} mm apart", number("/plan/defect_height_mm")),
        format!("{:.1} mm high", number("/implant/height_mm")),
        format!("{:.1} g", number("/implant/mass_g")),
        format!("{:.0} % metal", 100.0 * number("/implant/solid_fraction")),
        format!("{:.2} mm from the canal", number("/implant/clearance/canal_mm_min")),
        format!("{} layers", number("/print/layer_count")),
        format!("factor {least:.2}"),
    ] {
        assert!(page.contains(&told), "the book does not say: {told}");
    }
}
