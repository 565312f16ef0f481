//! The program as a person calls it, on the phantom's scan.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// A folder that goes when its test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ossein-cli-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn ossein(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ossein"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs the program, and asks for an exit status and parts of what it says.
#[track_caller]
fn check(arguments: &[&str], status: i32, parts: &[&str]) -> Output {
    let output = ossein(arguments).output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}\n{text}");
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    output
}

/// The phantom, imported; made once for all tests.
fn phantom() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("phantom");
        let _ = fs::remove_dir_all(&path);
        check(&["demo", path.to_str().unwrap(), "--until", "import"], 0, &["done: 1,"]);
        path
    })
}

/// A case of its own with the phantom's scan and recipe.
fn case(name: &str) -> (Folder, String) {
    let folder = Folder::new(name);
    copy(&phantom().join("scan"), &folder.0.join("scan"));
    copy(&phantom().join("truth"), &folder.0.join("truth"));
    fs::copy(phantom().join("case.toml"), folder.0.join("case.toml")).unwrap();
    let path = folder.0.to_str().unwrap().to_owned();
    (folder, path)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut open = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(&path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                found.push((name, fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn without_report(folder: &Path) -> Vec<(String, Vec<u8>)> {
    files(folder).into_iter().filter(|(name, _)| name != "report.json").collect()
}

#[test]
fn wrong_calls_could_not_be_done() {
    check(&["frobnicate"], 1, &["frobnicate"]);
    check(&[], 1, &["Usage"]);
    check(&["run"], 1, &["CASE"]);
    check(&["run", "/no/such/case"], 1, &["error: /no/such/case/case.toml", "ossein new"]);
    check(&["show", "/no/such/case"], 1, &["error: "]);
    check(&["--threads", "0", "show", "x"], 1, &["--threads"]);
    assert!(ossein(&["--help"]).output().unwrap().status.success());
}

#[test]
fn a_new_case_is_sound_and_says_what_is_missing() {
    let folder = Folder::new("new");
    let path = folder.0.join("case-7");
    let case = path.to_str().unwrap();
    let scan = phantom().join("scan");
    let scan = scan.to_str().unwrap();
    let kind = "vertebral_body_replacement";
    check(&["new", case, "--kind", "vertebral_body", "--scan", scan], 1, &["case.kind", kind]);
    assert!(!path.exists());
    check(&["new", case, "--kind", kind, "--scan", "/no/such/scan"], 1, &["/no/such/scan"]);
    check(&["new", case, "--kind", kind, "--scan", scan], 0, &["case.toml"]);
    check(&["new", case, "--kind", kind, "--scan", scan], 1, &["is there already"]);
    let parts = ["recipe is sound", "to fill in: [segmentation] seeds", "129 slices", "accepted"];
    let output = check(&["check", case, "--json"], 0, &parts);
    let text = String::from_utf8(output.stdout).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["recipe"]["case"]["id"], "case-7");
    assert_eq!(value["scan"]["slice_count"], 129);
    // A check writes nothing.
    assert_eq!(files(&path).len(), 1);
    check(&["run", case], 1, &["to fill in: [segmentation] seeds or labels, [plan] resect"]);
}

#[test]
fn a_fault_in_a_recipe_names_its_place() {
    let (folder, path) = case("fault");
    let text = fs::read_to_string(folder.0.join("case.toml")).unwrap();
    fs::write(folder.0.join("case.toml"), format!("{text}\n[printt]\n")).unwrap();
    let line = text.lines().count() + 2;
    let place = format!("case.toml:{line}:2: printt: unknown table; did you mean `print`?");
    check(&["run", &path], 1, &["error: ", &place]);
    assert!(!folder.0.join("out").exists());
}

#[test]
fn a_second_run_does_nothing_and_a_dry_run_changes_nothing() {
    let (folder, path) = case("second");
    check(&["run", &path, "--dry-run"], 0, &["would run: import, segment"]);
    assert!(!folder.0.join("out").exists() && !folder.0.join("record.sqlite").exists());
    check(&["run", &path, "--until", "import"], 0, &["done: 1,"]);
    let before = files(&folder.0);
    check(&["run", &path, "--until", "import"], 0, &["nothing to do"]);
    check(&["run", &path, "--dry-run"], 0, &["up to date: 1; would run: segment"]);
    assert!(files(&folder.0) == before);
    check(&["run", &path, "--until", "imports"], 1, &["there is no step `imports`"]);
    let shown = ossein(&["show", &path, "--json"]).output().unwrap();
    assert_eq!(shown.stdout, fs::read(folder.0.join("out/report.json")).unwrap());
}

#[test]
fn one_bad_case_does_not_stop_the_others() {
    let (good, good_path) = case("good");
    let cases = ["run", "/no/such/case", &good_path, "--until", "import"];
    check(&cases, 1, &["error: /no/such/case", "done: 1,"]);
    assert!(good.0.join("out/report.json").exists());
}

#[test]
fn a_rejected_scan_ends_with_a_letter() {
    let (folder, path) = case("rejected");
    // Slices are missing in the middle.
    for n in 50..60 {
        fs::remove_file(folder.0.join(format!("scan/IM{n:04}.dcm"))).unwrap();
    }
    for _ in 0..2 {
        check(&["run", &path], 2, &["a check failed; not done: segment"]);
        let letter = fs::read_to_string(folder.0.join("out/letter_to_radiology.txt")).unwrap();
        assert!(letter.contains("Case: demo"), "{letter}");
        assert!(!folder.0.join("out/work/volume.mha").exists());
        assert!(folder.0.join("out/report.json").exists());
    }
    check(&["check", &path], 2, &["the scan is rejected"]);
    check(&["show", &path], 2, &[]);
    check(&["run", &path, "/no/such/case"], 1, &[]);
}

#[test]
fn the_same_bytes_come_back_on_any_number_of_threads() {
    let (one, one_path) = case("threads-1");
    let (two, two_path) = case("threads-2");
    check(&["run", &one_path, "--until", "segment", "--threads", "1"], 0, &["done: 2,"]);
    check(&["run", &two_path, "--until", "segment", "--threads", "3"], 0, &["done: 2,"]);
    assert!(without_report(&one.0.join("out")) == without_report(&two.0.join("out")));
    let before = files(&one.0.join("out"));
    fs::remove_dir_all(one.0.join("out")).unwrap();
    check(&["run", &one_path, "--until", "segment"], 0, &["done: 2,"]);
    assert!(files(&one.0.join("out")) == before);
}

#[test]
fn a_killed_import_is_completed() {
    let (folder, path) = case("killed");
    let arguments = ["run", path.as_str(), "--until", "import"];
    for n in 0..24u64 {
        let mut child = ossein(&arguments).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(n * 29 % 83));
        child.kill().unwrap();
        child.wait().unwrap();
        if n % 6 == 5 {
            check(&arguments, 0, &[]);
            let whole = without_report(&phantom().join("out"));
            assert!(without_report(&folder.0.join("out")) == whole);
            fs::remove_dir_all(folder.0.join("out")).unwrap();
        }
    }
}

/// Minutes: waits for `SLOW_TESTS=1`.
#[test]
fn a_case_killed_all_along_its_road_gives_the_same_bytes() {
    if std::env::var_os("SLOW_TESTS").is_none() {
        return;
    }
    let (whole, whole_path) = case("road-whole");
    check(&["run", &whole_path], 0, &["done: 8,"]);
    let (killed, killed_path) = case("road-killed");
    let mut kill_count = 0;
    loop {
        let mut child = ossein(&["run", &killed_path]).stderr(Stdio::null()).spawn().unwrap();
        // Longer each time, so that every step is completed at last.
        std::thread::sleep(Duration::from_secs(5 + 9 * kill_count));
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success());
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kill_count += 1;
    }
    assert!(kill_count >= 3);
    assert!(without_report(&killed.0.join("out")) == without_report(&whole.0.join("out")));
}

#[test]
fn the_decoding_child_refuses_nonsense() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ossein"));
    child.arg("decode-child").stdout(Stdio::piped());
    let empty = child.stdin(Stdio::null()).output().unwrap();
    assert!(empty.status.success() && empty.stdout.is_empty());
    let nonsense = fs::File::open(env!("CARGO_BIN_EXE_ossein")).unwrap();
    let refused = child.stdin(nonsense).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
}

/// Nobody reads what is printed, or the disk is full: files are whole, and the status tells.
#[cfg(target_os = "linux")]
#[test]
fn output_that_is_lost_is_told() {
    let folder = Folder::new("lost");
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for words in [&["materials"][..], &["materials", "--json"]] {
        let output = ossein(words).stdout(full()).output().unwrap();
        let text = said(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains("error: standard output: No space left"), "{text}");
        let mut closed =
            ossein(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(closed.stdout.take());
        let output = closed.wait_with_output().unwrap();
        assert_eq!((output.status.code(), said(&output)), (Some(0), String::new()));
    }
    let part = folder.0.join("part.stl");
    let block = ["solid a", "facet normal 0 0 1", "outer loop", "vertex 0 0 0", "vertex 0 1 0"];
    fs::write(&part, block.join("\n")).unwrap();
    // Standard error is closed: the fault still shows in the status.
    let mut closed = ossein(&["mesh", "info", part.to_str().unwrap()]);
    let mut closed = closed.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    drop(closed.stderr.take());
    assert_eq!(closed.wait().unwrap().code(), Some(1));
}
