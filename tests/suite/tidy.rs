//! Reads the tree and holds it to the house's rules.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ossein_suite::root;

/// From the ground up: a crate imports only crates of lower rank.
const RANKS: &[(&str, u32)] = &[
    ("geom", 0),
    ("field", 1),
    ("scan", 1),
    ("segment", 1),
    ("mechanics", 2),
    ("mesh", 2),
    ("porous", 2),
    ("print", 2),
    ("picture", 2),
    ("shape", 2),
    ("anatomy", 2),
    ("phantom", 3),
    ("design", 3),
    ("dossier", 3),
    ("case", 4),
];

/// Crates that may meet disk, network, clock and environment.
const WORLDLY: &[&str] = &["case"];

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["target", ".git", ".venv", "node_modules"].contains(&name.as_str()) {
                files(&path, ending, found);
            }
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}

fn sources(of: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    files(&root().join(of), ".rs", &mut found);
    found.sort();
    found.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn imports_point_one_way() {
    let rank: BTreeMap<&str, u32> = RANKS.iter().copied().collect();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let own = *rank.get(name.as_str()).unwrap_or_else(|| panic!("{name} has no rank"));
        let manifest = fs::read_to_string(path.join("Cargo.toml")).unwrap();
        let until = manifest.find("[dev-dependencies]").unwrap_or(manifest.len());
        for (other, their) in RANKS {
            let imports = manifest[..until].contains(&format!("ossein-{other}.workspace"));
            // Two crates of one rank may meet only in the order of the list.
            let place = |n: &str| RANKS.iter().position(|(r, _)| *r == n);
            let down = *their < own || (*their == own && place(other) < place(&name));
            assert!(!imports || down, "{name} imports {other}, which stands above it");
        }
    }
}

#[test]
fn only_case_and_apps_meet_the_world() {
    for (path, text) in sources("crates") {
        let inside = path.strip_prefix(root().join("crates")).unwrap().to_owned();
        let name = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let library = inside.components().nth(1).is_some_and(|c| c.as_os_str() == "src");
        if !library || WORLDLY.contains(&name.as_str()) {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap();
        for word in ["std::fs", "std::env::", "std::net", "SystemTime", "Instant::now"] {
            assert!(!code.contains(word), "{} uses {word}", path.display());
        }
    }
}

#[test]
fn lines_and_functions_are_short() {
    for (path, text) in sources("crates").into_iter().chain(sources("apps")) {
        let data = text.contains("// A table: long lines are rows.");
        let mut start = None;
        for (n, line) in text.lines().enumerate() {
            let place = || format!("{}:{}", path.display(), n + 1);
            let is_text = line.trim_start().starts_with(['"', '/']) || line.contains("help: \"");
            let long = line.chars().count() > 100 && !data && !is_text && !line.contains('"');
            assert!(!long, "{}: over 100 columns", place());
            if line.starts_with("fn ")
                || line.starts_with("pub fn ")
                || line.starts_with("pub(super) fn ")
            {
                start = Some(n);
            }
            if line == "}"
                && let Some(first) = start.take()
            {
                assert!(n - first < 80, "{}: a function of {} lines", place(), n - first + 1);
            }
        }
    }
}

/// What the platform's mathematical library rounds in its own way.
const PLATFORM: [&str; 18] = [
    "sin", "cos", "tan", "sin_cos", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "exp",
    "exp2", "ln", "log2", "powf", "cbrt", "hypot",
];

#[test]
fn platform_trigonometry_stays_out_of_results() {
    for (path, text) in sources("crates") {
        let library = path.components().any(|c| c.as_os_str() == "src");
        if !library || path.ends_with("float.rs") {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap();
        for name in PLATFORM {
            for call in [format!(".{name}("), format!("f64::{name}"), format!("f32::{name}")] {
                assert!(!code.contains(&call), "{} uses {call}: take geom::float", path.display());
            }
        }
    }
}

/// The part of a kind's page that is made from its choices.
fn tables(kind: &str) -> String {
    let choices = ossein_case::choices::all_choices(kind);
    let mut text = String::new();
    let mut section = "";
    for choice in &choices {
        if choice.section != section {
            section = choice.section;
            text +=
                &format!("\n## `[{section}]`\n\n| key | default | range | unit | what it is |\n");
            text += "|---|---|---|---|---|\n";
        }
        let default = serde_json::to_string(&choice.default()).unwrap();
        let (range, help) = (choice.range(), choice.help);
        text += &format!("| `{}` | {default} | {range} | {} | {help} |\n", choice.key, choice.unit);
    }
    text
}

/// Set `OSSEIN_WRITE_BOOK` to bring the pages up to date.
#[test]
fn every_kind_has_a_true_page_in_the_book() {
    const MARK: &str = "<!-- made from the lists of choices -->\n";
    for kind in ossein_design::kinds::KINDS {
        let page = root().join(format!("docs/kinds/{}.md", kind.id));
        let text = fs::read_to_string(&page).unwrap_or_else(|_| panic!("{}", page.display()));
        let (head, seen) = text.split_once(MARK).expect("the mark in the page");
        if std::env::var_os("OSSEIN_WRITE_BOOK").is_some() {
            fs::write(&page, format!("{head}{MARK}{}", tables(kind.id))).unwrap();
        } else {
            assert_eq!(seen, tables(kind.id), "{}", page.display());
        }
    }
}

#[test]
fn links_of_the_documents_lead_somewhere() {
    let mut pages = Vec::new();
    files(&root(), ".md", &mut pages);
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = target.split('#').next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let place = page.parent().unwrap().join(target);
            assert!(place.exists(), "{} links to {target}", page.display());
        }
    }
}
