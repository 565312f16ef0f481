//! The book's commands, run as a reader would type them.
//!
//! Every `sh` block of `docs/commands/` runs in a folder that holds `examples/` and nothing else.
//! With `OSSEIN_WRITE_BOOK=1` the pictures that the commands make replace those of the book.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ossein_suite::{commands_of, program_path, root};

fn pages() -> Vec<PathBuf> {
    let folder = root().join("docs/commands");
    let entries = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path());
    let mut pages: Vec<PathBuf> =
        entries.filter(|p| p.extension().is_some_and(|e| e == "md")).collect();
    pages.sort();
    pages
}

fn run_page(page: &Path) {
    let text = fs::read_to_string(page).unwrap();
    let name = page.file_stem().unwrap().to_string_lossy().into_owned();
    let place = std::env::temp_dir().join(format!("ossein-book-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).unwrap();
    copy(&root().join("examples"), &place.join("examples"));
    for line in commands_of(&text) {
        let run = Command::new("bash")
            .args(["-ec", &line])
            .current_dir(&place)
            .env("PATH", program_path())
            .output()
            .expect("bash runs");
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(run.status.success(), "{}: {line}\n{said}", page.display());
    }
    pictures(&text, &place);
    fs::remove_dir_all(&place).unwrap();
}

/// Every picture that the page shows and its commands make.
fn pictures(text: &str, place: &Path) {
    for link in text.split("](../pictures/").skip(1) {
        let file = link.split(')').next().unwrap();
        let made = place.join(file);
        if !made.exists() {
            continue;
        }
        let shown = root().join("docs/pictures").join(file);
        if std::env::var_os("OSSEIN_WRITE_BOOK").is_some() {
            fs::copy(&made, &shown).unwrap();
        }
        let same = fs::read(&made).unwrap() == fs::read(&shown).unwrap_or_default();
        assert!(same, "docs/pictures/{file} is not what the page's commands draw");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn the_pages_of_commands_do_what_they_say() {
    let pages = pages();
    assert!(!pages.is_empty());
    pages.iter().for_each(|page| run_page(page));
}
