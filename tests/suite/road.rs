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
fn a_phantom_goes_from_scan_to_dossier_and_again_to_the_same_bytes() {
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
    sizes_have_layers(&case);
    fs::remove_dir_all(&case).unwrap();
}

/// Layers of the other sizes, where the recipe asks for them: read back, they hold what the size's
/// mesh holds.
fn sizes_have_layers(case: &Path) {
    let name = case.to_str().unwrap();
    let recipe = fs::read_to_string(case.join("case.toml")).unwrap();
    let print = "[print]\nsize_layers = true\nlayer_mm = 0.1\ncontour_step_mm = 0.1\n";
    let changed = recipe.replace("[print]\n", print);
    assert_ne!(changed, recipe);
    fs::write(case.join("case.toml"), changed).unwrap();
    let run = ossein(&["run", name, "--until", "prepare"]);
    assert!(run.status.success(), "{}", text(&run));
    let report: Value =
        serde_json::from_slice(&fs::read(case.join("out/report.json")).unwrap()).unwrap();
    let sizes = report["print"]["sizes"].as_array().unwrap();
    assert_eq!(sizes.len(), 2);
    for size in sizes {
        let file = case.join("out").join(size["layers_file"].as_str().unwrap());
        let read = ossein(&["layers", file.to_str().unwrap(), "--json"]);
        assert!(read.status.success(), "{}", text(&read));
        let read: Value = serde_json::from_slice(&read.stdout).unwrap();
        let share =
            read["volume_mm3"].as_f64().unwrap() / size["mesh_volume_mm3"].as_f64().unwrap();
        assert!((share - 1.0).abs() < 0.01, "{share} of the volume of {size}");
    }
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
    every_judged_figure_has_its_error(report);
}

/// What a second resolution says stands beside each figure, and one that does not stand is named.
fn every_judged_figure_has_its_error(report: &Value) {
    let findings = report["findings"].as_array().unwrap().iter();
    let told: Vec<&str> = findings
        .filter(|finding| finding["code"] == "verify.resolution" && finding["place"] == "judgement")
        .map(|finding| finding["message"].as_str().unwrap())
        .collect();
    let figures = report["mechanics"]["judgement"]["figures"].as_array().unwrap();
    assert!(figures.len() > 15, "{figures:?}");
    for figure in figures.iter().filter(|figure| figure["value"].is_number()) {
        let second = &figure["second_resolution"]["value"];
        let error = second["relative_error"].as_f64();
        assert_eq!(second["stands"], error.is_some_and(|error| error <= 0.05), "{figure}");
        let title = figure["title"].as_str().unwrap();
        let named = told.iter().any(|message| message.contains(title));
        assert!(named || second["stands"] == true, "{title} is named nowhere");
        let row = &figure["voxel_mm"];
        assert_eq!(row[1].as_f64().unwrap() / row[0].as_f64().unwrap(), 1.5, "{figure}");
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

/// A case that a page of the book walked.
struct Walk {
    place: PathBuf,
    case: PathBuf,
    page: String,
    report: Value,
}

/// Runs the commands of a page with the real scan in the place of its recipe's path; none where
/// the scan is absent.
fn walked(page: &str, example: &str, scan: &str, case: &str) -> Option<Walk> {
    walked_with(page, example, scan, case, "")
}

/// The same with more at the end of the recipe.
fn walked_with(page: &str, example: &str, scan: &str, case: &str, more: &str) -> Option<Walk> {
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
    fs::write(place.join(&recipe), filled + more).unwrap();
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
    Some(Walk { place, case, page: page.replace('\n', " "), report })
}

impl Walk {
    fn number(&self, path: &str) -> f64 {
        self.report.pointer(path).and_then(Value::as_f64).expect(path)
    }

    fn rows(&self, path: &str) -> &[Value] {
        self.report.pointer(path).and_then(Value::as_array).expect(path)
    }

    /// The page says these figures of the report.
    fn tells(&self, figures: &[String]) {
        for told in figures {
            assert!(self.page.contains(told), "the book does not say: {told}");
        }
    }

    /// Every load was solved, and is borne by what holds it.
    fn balances(&self) {
        for case in self.rows("/mechanics/cases") {
            assert!(case["balance_error"].as_f64().unwrap() < 1e-6, "{case}");
            assert_eq!(case["converged"], true, "{case}");
        }
    }

    /// One body, and the mesh holds what the samples count, but for a share.
    fn is_one_body(&self, share: f64) {
        assert_eq!(self.report["implant"]["component_count"], 1);
        let volume = self.number("/implant/mesh_volume_mm3") / self.number("/implant/volume_mm3");
        assert!((volume - 1.0).abs() < share, "{volume}");
    }

    fn previewed(&self) -> Value {
        let preview = ossein(&["preview", self.case.to_str().unwrap(), "--json"]);
        assert!(preview.status.success(), "{}", text(&preview));
        serde_json::from_slice(&preview.stdout).unwrap()
    }

    /// One thread gives the same bytes again, up to a step, of the files that are `kept`: at least
    /// `count` of them. Ends the walk.
    fn repeats(self, until: &str, kept: impl Fn(&str) -> bool, count: usize) {
        let files = || {
            let mut files = bytes_of(&self.case);
            files.retain(|name, _| kept(name));
            files
        };
        let before = files();
        assert!(before.len() >= count, "{before:?}");
        fs::remove_dir_all(self.case.join("out")).unwrap();
        let name = self.case.to_str().unwrap();
        let again = ossein(&["run", name, "--threads", "1", "--until", until]);
        assert!(again.status.success(), "{}", text(&again));
        assert!(before == files(), "one thread gives other bytes");
        fs::remove_dir_all(&self.place).unwrap();
    }
}

/// Surfaces and figures below a folder; pictures come with the dossier.
fn unpictured(name: &str, folders: &[&str]) -> bool {
    folders.iter().any(|folder| name.contains(folder)) && !name.ends_with(".png")
}

/// The least of a figure, of the rows that have it.
fn least(rows: &[Value], key: &str) -> f64 {
    rows.iter().filter_map(|row| row[key].as_f64()).fold(f64::INFINITY, f64::min)
}

#[test]
fn the_book_walks_a_real_case() {
    let walked = walked("thoracic-three-level.md", "thoracic-three-level", "spine-ct-dicom", "thx");
    let Some(walk) = walked else { return };
    the_page_tells_what_came_out(&walk);
    judged_by_other_programs(&walk.case);
    fs::remove_dir_all(&walk.place).unwrap();
}

#[test]
fn the_book_walks_a_skull_plate() {
    let walked = walked("cranioplasty.md", "cranioplasty", "skull-ct", "plate");
    let Some(walk) = walked else { return };
    let loaded = walk.rows("/mechanics/cases");
    walk.tells(&[
        format!("{:.1} mm from", walk.number("/plan/completion/trials/rms_mm")),
        format!("{:.1} mm thick", walk.number("/implant/thickness/mean_mm")),
        format!("{:.0} mm² large", walk.number("/implant/area_mm2")),
        format!("{:.1} g", walk.number("/implant/mass_g")),
        format!("{} holes", walk.number("/implant/hole_count")),
        format!("bear {:.0} times", least(loaded, "safety_factor")),
    ]);
    let gap = walk.number("/implant/gap/min_mm");
    assert!((gap - 0.5).abs() < 0.02, "{gap}");
    walk.is_one_body(0.01);
    walk.balances();
    assert!(loaded.iter().all(|case| case["deflection_mm"].as_f64().unwrap() > 0.0));
    walk.previewed();
    walk.repeats("document", |_| true, 8);
}

#[test]
fn the_book_walks_a_jaw_segment() {
    let walked = walked_with("mandible.md", "mandible", "cmf-labels", "jaw", CLENCHES);
    let Some(walk) = walked else { return };
    clenches_of_its_own(&walk);
    let screws = walk.rows("/implant/screws");
    walk.tells(&[
        format!("lies {:.2} mm from", walk.number("/plan/contour/deformed_mm")),
        format!("{:.1} g of titanium", walk.number("/implant/mass_g")),
        format!("within {:.1} mm of the canal", least(screws, "canal_mm")),
        format!("{:.1} mm of a tooth", least(screws, "root_mm")),
        format!("by {:.2} degrees", walk.number("/guides/0/drills/0/play/tilt_deg")),
        format!("bears {:.1} times", least(walk.rows("/mechanics/cases"), "safety_factor")),
    ]);
    assert!(screws.len() >= 6 && least(screws, "canal_mm") >= 2.0);
    walk.is_one_body(0.01);
    walk.balances();
    backup_sizes(&walk);
    let preview = walk.previewed();
    let share = preview["volume_mm3"].as_f64().unwrap() / walk.number("/implant/volume_mm3");
    assert!((share - 1.0).abs() < 0.05, "{share}");
    for file in ["implant/implant.stl", "guide/guide.stl", "guide/guide.3mf", "build/layers.cli"] {
        assert!(walk.case.join("out").join(file).exists(), "{file}");
    }
    walk.repeats("prepare", |name| unpictured(name, &["implant/", "guide/"]), 5);
}

/// The built-in intercuspal clench at half its activation, and its right side alone.
const CLENCHES: &str = "\n[[mechanics.clenches]]\nname = \"half\"\n\
    teeth = [\"molar_right\", \"molar_left\"]\n\
    activation_right = { superficial_masseter = 0.5, deep_masseter = 0.5, \
    medial_pterygoid = 0.38, anterior_temporalis = 0.49, middle_temporalis = 0.48, \
    posterior_temporalis = 0.47, inferior_lateral_pterygoid = 0.135, \
    superior_lateral_pterygoid = 0.295, digastric = 0.14 }\n\
    activation_left = { superficial_masseter = 0.5, deep_masseter = 0.5, \
    medial_pterygoid = 0.38, anterior_temporalis = 0.49, middle_temporalis = 0.48, \
    posterior_temporalis = 0.47, inferior_lateral_pterygoid = 0.135, \
    superior_lateral_pterygoid = 0.295, digastric = 0.14 }\n\
    [[mechanics.clenches]]\nname = \"right_alone\"\nteeth = [\"molar_right\"]\n\
    activation_right = { superficial_masseter = 1.0, deep_masseter = 1.0 }\n";

/// Half the activation is half of every stress; the recipe's cases are marked as such.
fn clenches_of_its_own(walk: &Walk) {
    let rows = walk.rows("/mechanics/cases");
    let row = |name: &str| rows.iter().find(|row| row["name"] == name).expect(name);
    let (whole, half) = (row("intercuspal_clench"), row("half"));
    for key in ["force_n", "moved_mm", "metal_mpa_p99", "screw_mpa_p99", "bone_mpa_p99"] {
        let ratio = whole[key].as_f64().unwrap() / half[key].as_f64().unwrap();
        assert!((ratio - 2.0).abs() < 1e-6, "{key}: {ratio}");
    }
    let safety = |row: &Value| row["safety_factor"].as_f64().unwrap();
    assert!((safety(half) / safety(whole) - 2.0).abs() < 1e-6);
    assert!(whole.get("source").is_none() && half["source"] == "recipe", "{half}");
    for clench in ["molar", "group"] {
        estimated(row(&format!("{clench}_clench_right")), [0, 1]);
        estimated(row(&format!("{clench}_clench_left")), [1, 0]);
    }
    let right = row("right_alone");
    // 190.4 N and 81.6 N of two muscles, and the angle between their pulls: 0.633.
    let sum = (190.4f64.powi(2) + 81.6f64.powi(2) + 2.0 * 190.4 * 81.6 * 0.633).sqrt();
    assert!((right["force_n"].as_f64().unwrap() / sum - 1.0).abs() < 1e-3, "{right} {sum}");
    let deep = &right["given"]["muscles"][1];
    assert_eq!(
        (deep["muscle"].as_str(), deep["right"].as_f64()),
        (Some("deep_masseter"), Some(1.0))
    );
    assert_eq!(deep["left"].as_f64(), Some(0.0));
}

/// A clench of one side holds its bite, and its own joint bears less than the other.
fn estimated(row: &Value, [working, balancing]: [usize; 2]) {
    assert_eq!((&row["source"], row["bite_n"].as_f64()), (&"estimate".into(), Some(500.0)));
    let joint = |n: usize| {
        let push = row["condyles_n"][n].as_array().unwrap().iter();
        push.map(|f| f.as_f64().unwrap().powi(2)).sum::<f64>().sqrt()
    };
    assert!(joint(working) < joint(balancing), "{row}");
    let muscles = row["given"]["muscles"].as_array().unwrap();
    let pulls = |side: &str| muscles.iter().map(|m| m[side].as_f64().unwrap()).sum::<f64>();
    let sides = ["right", "left"].map(pulls);
    assert!(sides[working] > sides[balancing], "{row}");
}

/// A shorter and a longer segment, each a closed mesh whose ends stand where they must.
fn backup_sizes(walk: &Walk) {
    let (sizes, implant) = (walk.rows("/print/sizes"), &walk.report["implant"]);
    let of = |size: &Value, key: &str| size[key].as_f64().expect(key);
    for (size, step_mm) in sizes.iter().zip([-2.0, 2.0]) {
        assert_eq!(of(size, "step_mm"), step_mm);
        let longer = of(size, "length_mm") - of(implant, "length_mm");
        assert!((longer - step_mm).abs() < 1e-9, "{size}");
        assert!((of(size, "longer_mm") - step_mm).abs() < 0.05, "{size}");
        let volume = of(size, "mesh_volume_mm3") / of(size, "volume_mm3");
        assert!((volume - 1.0).abs() < 0.01, "{size}");
        assert_eq!((&size["component_count"], &size["watertight"]), (&1.into(), &true.into()));
        assert_eq!(size["engraved"], true, "{size}");
        assert!(of(size, "first_screw_mm") >= 5.0 && of(size, "blocked_mm") < 0.3, "{size}");
        assert!(walk.case.join("out").join(size["file"].as_str().unwrap()).exists(), "{size}");
    }
    let [shorter, longer] = sizes else { panic!("{sizes:?}") };
    let weights = (of(shorter, "mass_g"), of(longer, "mass_g"));
    assert!(weights.0 < of(implant, "mass_g"), "{weights:?}");
    assert!(weights.1 > of(implant, "mass_g"), "{weights:?}");
    walk.tells(&[
        format!("weigh {:.1} and {:.1} g", weights.0, weights.1),
        format!("stands {:.1} mm from the cut", of(longer, "first_screw_mm")),
    ]);
}

#[test]
fn the_book_walks_a_chin() {
    let walked = walked("onlay.md", "onlay", "cmf-labels", "chin");
    let Some(walk) = walked else { return };
    let screws = walk.rows("/implant/screws");
    let measure = |name: &str| {
        let rows = walk.rows("/implant/measures");
        let own = rows.iter().find(|row| row["name"].as_str().unwrap().contains(name)).expect(name);
        own["after"].as_f64().unwrap() - own["before"].as_f64().unwrap()
    };
    walk.tells(&[
        format!("{:.1} g of PEEK", walk.number("/implant/mass_g")),
        format!("{:.1} mm forward", measure("pogonion")),
        format!("{:.1} mm from the nerve", walk.number("/implant/nerve_mm")),
        format!("{:.1} mm of a tooth", least(screws, "roots_mm")),
    ]);
    for handle in walk.rows("/implant/handles") {
        let (wanted, drawn) = (handle["wanted_mm"].as_f64(), handle["drawn_mm"].as_f64());
        assert!((wanted.unwrap() - drawn.unwrap()).abs() < 0.1, "{handle}");
    }
    assert!(walk.number("/implant/clearance/canal_mm_min") > 2.9);
    assert!(walk.number("/implant/clearance/bone_mm_min") > 0.05);
    assert!(least(screws, "nerve_mm") >= 3.0 && least(screws, "roots_mm") >= 2.0);
    assert!(least(screws, "thread_mm") >= 3.0);
    assert_eq!(walk.report["implant"]["component_count"], 2);
    let pieces = walk.rows("/implant/pieces");
    let parts: f64 = pieces.iter().map(|piece| piece["volume_mm3"].as_f64().unwrap()).sum();
    assert!((parts / walk.number("/implant/mesh_volume_mm3") - 1.0).abs() < 1e-9, "{parts}");
    assert!(walk.case.join("out/implant/left.3mf").exists());
    walk.previewed();
    walk.repeats("document", |_| true, 8);
}

#[test]
fn the_book_walks_an_orbit() {
    let walked = walked("orbit.md", "orbit", "skull-ct", "orbit");
    let Some(walk) = walked else { return };
    walk.tells(&[
        format!("{:.1} mL", walk.number("/implant/volumes/other_ml")),
        format!("{:.1} mL as scanned", walk.number("/implant/volumes/broken_ml")),
        format!("{:.1} mL with the plate", walk.number("/implant/volumes/with_plate_ml")),
        format!("{:.0} mm²", walk.number("/plan/defect_mm2")),
        format!("{:.0} mm² of it stay open", walk.number("/implant/uncovered_mm2")),
        format!("{:.2} mm in the mean", walk.number("/implant/deviation/mean_mm")),
        format!("{:.1} mm behind the rim", walk.number("/implant/reach_mm")),
        format!("{:.1} mm from the optic canal", walk.number("/implant/canal_mm")),
        format!("{:.1} g of titanium", walk.number("/implant/mass_g")),
        format!("lifted by {:.0} mm", walk.number("/implant/lift_mm")),
    ]);
    assert!(walk.number("/implant/canal_mm") >= 5.0 && walk.number("/implant/reach_mm") <= 38.0);
    let volume = |name: &str| walk.number(&format!("/implant/volumes/{name}_ml"));
    assert!(volume("with_plate") < volume("broken"));
    walk.is_one_body(0.05);
    walk.previewed();
    walk.repeats("prepare", |name| unpictured(name, &["implant/"]), 3);
}

#[test]
fn the_book_walks_a_model() {
    let walked = walked("model.md", "model", "cmf-labels", "model");
    let Some(walk) = walked else { return };
    let sum = |rows: &[Value], key: &str| rows.iter().filter_map(|r| r[key].as_f64()).sum::<f64>();
    let pieces = walk.rows("/model/pieces");
    walk.tells(&[
        format!("{:.3} mm of that of the files", walk.number("/model/error_p95_mm")),
        format!(
            "{} hollows of {:.0} mm³",
            walk.number("/model/hollow_count"),
            walk.number("/model/hollow_mm3")
        ),
        format!("{:.0} g together", sum(pieces, "mass_g")),
    ]);
    assert_eq!((pieces.len(), walk.rows("/model/pegs").len()), (2, 1));
    assert!(pieces.iter().all(|piece| piece["component_count"] == 1));
    // Bodies that share their faces hold what the pieces hold.
    let (parts, whole) = (sum(walk.rows("/model/bodies"), "volume_mm3"), sum(pieces, "volume_mm3"));
    assert!((parts / whole - 1.0).abs() < 0.01, "{parts} of {whole}");
    let is_piece = |name: &str| name.contains("model/piece");
    assert_eq!(bytes_of(&walk.case).keys().filter(|name| is_piece(name)).count(), 4);
    walk.repeats("design", is_piece, 4);
}

#[test]
fn the_book_walks_a_tooth() {
    let walked = walked("tooth.md", "tooth", "cmf-labels", "tooth");
    let Some(walk) = walked else { return };
    let loaded = walk.rows("/mechanics/cases");
    walk.tells(&[
        format!("into {:.0} teeth", walk.number("/plan/tooth_count")),
        format!("number {:.0} from", walk.number("/plan/number")),
        format!("is {:.0} % as deep", 100.0 * walk.number("/plan/neck")),
        format!("stands {:.1} mm in bone", walk.number("/plan/root_mm")),
        format!("the neck is {:.1} mm wide", walk.number("/plan/width_mm/0")),
        format!("the cheek is {:.1} mm thick", walk.number("/plan/plate_mm/0")),
        format!("axis, {:.1} mm³ of it", walk.number("/implant/undercut_mm3")),
        format!("{:.1} mm of the canal", walk.number("/implant/clearances/canal_mm")),
        format!("{:.1} mm of a neighbour's root", walk.number("/implant/clearances/neighbours_mm")),
        format!("weighs {:.2} g", walk.number("/implant/mass_g")),
        format!("bears {:.1} times", least(loaded, "safety_factor")),
        format!("and {:.1} times", least(loaded, "safety_factor_fatigue")),
    ]);
    assert_eq!(walk.report["implant"]["watertight"], true);
    walk.is_one_body(0.02);
    walk.balances();
    for case in loaded {
        // 200 N, and the arm of a force at 30 degrees 11 mm over the clamp.
        let moment = case["clamp_moment_nmm"].as_f64().unwrap();
        assert!((moment - 200.0 * 5.5).abs() < 1e-3, "{case}");
    }
    for file in ["implant/implant.stl", "implant/implant.3mf", "build/layers.cli", "dossier.pdf"] {
        assert!(walk.case.join("out").join(file).exists(), "{file}");
    }
    walk.repeats("prepare", |name| unpictured(name, &["implant/"]), 3);
}

#[test]
fn the_book_walks_a_drill_guide() {
    let walked = walked("drill.md", "drill", "cmf-labels", "drill");
    let Some(walk) = walked else { return };
    let (implants, sleeves) = (walk.rows("/plan/implants"), walk.rows("/implant/sleeves"));
    assert_eq!((implants.len(), sleeves.len()), (2, 2));
    walk.tells(&[
        format!("{:.1} mm from the canal", walk.number("/plan/implants/0/canal_mm")),
        format!("and {:.1} mm from it", walk.number("/plan/implants/1/canal_mm")),
        format!("{:.1} mm from the nearest tooth", walk.number("/plan/implants/1/tooth_mm")),
        format!("{:.1} mm to the tongue", walk.number("/plan/implants/0/plate_mm/1")),
        format!("{:.1} mm apart", walk.number("/plan/between/0/apart_mm")),
        format!("lean {:.0} degrees", walk.number("/plan/between/0/angle_deg")),
        format!("{:.1} mm³ under", walk.number("/implant/blocked_mm3")),
        format!("weighs {:.1} g", walk.number("/implant/mass_g")),
        format!("tilts by {:.2} degrees", walk.number("/implant/sleeves/0/play/tilt_deg")),
        format!("{:.2} mm at the neck", walk.number("/implant/sleeves/0/play/entry_mm")),
        format!("{:.2} mm at the apex", walk.number("/implant/sleeves/0/play/tip_mm")),
        format!(
            "leaves {:.1} mm to the canal",
            walk.number("/implant/sleeves/0/canal_at_worst_mm")
        ),
        format!("stop {:.1} mm over", walk.number("/implant/sleeves/0/stop_mm")),
        format!("opens {:.0} mm", walk.number("/implant/sleeves/1/opening_mm")),
    ]);
    for (implant, sleeve) in implants.iter().zip(sleeves) {
        let of = |row: &Value, path: &str| row.pointer(path).and_then(Value::as_f64).expect(path);
        assert!(of(implant, "/canal_mm") >= 2.0 && of(implant, "/tooth_mm") >= 1.5, "{implant}");
        assert!(of(sleeve, "/canal_at_worst_mm") < of(implant, "/canal_mm"), "{sleeve}");
        // 0.1 mm of play in a sleeve of 5 mm (facts D2.37).
        assert!((of(sleeve, "/play/tilt_deg") - 0.02f64.atan().to_degrees()).abs() < 1e-6);
        assert!((of(sleeve, "/led_mm") - 5.0).abs() < 0.2, "{sleeve}");
    }
    assert_eq!(walk.report["implant"]["component_count"], 1);
    assert_eq!(walk.report["implant"]["engraved"], true);
    assert!((walk.number("/implant/clearance/teeth_mm_min") - 0.1).abs() < 0.05);
    assert!(walk.number("/implant/clearance/bone_mm_min") > 2.9);
    let preview = walk.previewed();
    let share = preview["volume_mm3"].as_f64().unwrap() / walk.number("/implant/volume_mm3");
    assert!((share - 1.0).abs() < 0.05, "{share}");
    let kept = |name: &str| name.contains("implant/") || name.ends_with("plan.json");
    walk.repeats("prepare", kept, 4);
}

/// Every figure of the page that the report has.
fn the_page_tells_what_came_out(walk: &Walk) {
    walk.tells(&[
        format!("{:.1} mm apart", walk.number("/plan/defect_height_mm")),
        format!("{:.1} mm high", walk.number("/implant/height_mm")),
        format!("{:.1} g", walk.number("/implant/mass_g")),
        format!("{:.0} % metal", 100.0 * walk.number("/implant/solid_fraction")),
        format!("{:.2} mm from the canal", walk.number("/implant/clearance/canal_mm_min")),
        format!("{} layers", walk.number("/print/layer_count")),
        format!("factor {:.2}", least(walk.rows("/mechanics/cases"), "safety_factor")),
    ]);
}
