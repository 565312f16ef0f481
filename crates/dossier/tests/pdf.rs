//! A dossier opens, says what the report says, and is the same twice.

use std::collections::BTreeMap;

use ossein_dossier::{Dossier, DossierError, Paper, ROW_COUNT_MAX, pages, pdf};
use ossein_geom::Job;
use ossein_picture::{Image, png};
use serde_json::{Value, json};

const REPORT: &str = include_str!("report.json");

fn report() -> Value {
    serde_json::from_str(REPORT).unwrap()
}

fn pictures() -> BTreeMap<String, Vec<u8>> {
    let names =
        ["segmentation/axial", "segmentation/sagittal", "implant/oblique", "contact/cranial"];
    let picture = |n: usize| png(&Image::filled(40 + n, 30, [60, 90, 120, 255]));
    names.iter().enumerate().map(|(n, name)| (format!("{name}.png"), picture(n))).collect()
}

fn set(report: &Value, pictures: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let dossier =
        Dossier { report, pictures, pages: pages::VERTEBRA, date: (2026, 3, 9), paper: Paper::A4 };
    pdf(&dossier, &Job::quiet()).unwrap()
}

fn has(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|w| w == words.as_bytes())
}

#[test]
fn a_full_report_gives_the_same_file_twice() {
    let (report, pictures) = (report(), pictures());
    let first = set(&report, &pictures);
    assert!(first.starts_with(b"%PDF-"));
    assert!(has(&first, "%%EOF"));
    assert!(has(&first, "pdfaid:part"), "the file says which archive standard it meets");
    assert!(has(&first, "pdfuaid:part"), "the file says that it can be read aloud");
    assert_eq!(first, set(&report, &pictures));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(first, pool.install(|| set(&report, &pictures)));
}

#[test]
fn any_part_of_the_report_may_be_missing() {
    let whole = report();
    set(&json!({}), &BTreeMap::new());
    set(&Value::Null, &BTreeMap::new());
    for key in whole.as_object().unwrap().keys() {
        let mut part = whole.clone();
        part.as_object_mut().unwrap().remove(key);
        set(&part, &BTreeMap::new());
    }
}

/// Every value of the report in turn is of a kind that nobody expects.
#[test]
fn values_of_the_wrong_kind_do_no_harm() {
    fn replaced(old: &Value, by: &Value, depth: usize) -> Value {
        match old {
            Value::Object(map) if depth > 0 => {
                map.iter().map(|(k, v)| (k.clone(), replaced(v, by, depth - 1))).collect()
            }
            Value::Array(items) if depth > 0 => {
                items.iter().map(|v| replaced(v, by, depth - 1)).collect()
            }
            _ => by.clone(),
        }
    }
    let strange = [
        json!(null),
        json!(-1.0e300),
        json!(u64::MAX),
        json!("words"),
        json!([]),
        json!([[[]]]),
        json!({}),
        json!({"a": {"b": 1}}),
        json!([1, "two", null, {"three": 3}]),
        json!(false),
    ];
    for depth in 1..6 {
        for by in &strange {
            set(&replaced(&report(), by, depth), &BTreeMap::new());
        }
    }
}

#[test]
fn words_are_never_run() {
    let long = "w".repeat(3000);
    let hostile = [
        "#panic()",
        "#{panic(1)}",
        "$ x",
        "\\",
        "*_`<a>@b",
        "= H",
        "]",
        "#read(\"/etc/passwd\")",
        "\u{4e2d}\u{6587}\u{5b57}",
        "\u{202e}evil\u{0}\u{7}\u{feff}",
        "e\u{301}\u{316}\u{20d7} \u{5d0}\u{5b8} \u{627}\u{644}",
        "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{e000} \u{10ffff}",
        "",
        &long,
    ];
    fn with_words(old: &Value, words: &str) -> Value {
        match old {
            Value::Object(map) => {
                map.iter().map(|(k, v)| (k.clone(), with_words(v, words))).collect()
            }
            Value::Array(items) => items.iter().map(|v| with_words(v, words)).collect(),
            Value::String(_) => json!(words),
            other => other.clone(),
        }
    }
    for words in hostile {
        let mut report = with_words(&report(), words);
        report["versions"][words] = json!(words);
        report["implant"]["clearance"][words] = json!(1.0);
        set(
            &report,
            &BTreeMap::from([(format!("implant/{words}.png"), pictures().pop_first().unwrap().1)]),
        );
    }
}

#[test]
fn broken_pictures_are_named_and_long_tables_run_on() {
    let mut pictures = pictures();
    let whole = pictures["implant/oblique.png"].clone();
    pictures.insert("implant/cut.png".into(), whole[..whole.len() / 2].to_vec());
    pictures.insert("plan/none.png".into(), b"no picture".to_vec());
    pictures.insert("elsewhere".into(), whole);
    let mut report = report();
    let finding = report["findings"][0].clone();
    report["findings"] = json!(vec![finding; ROW_COUNT_MAX + 7]);
    assert!(set(&report, &pictures).starts_with(b"%PDF-"));
}

#[test]
fn a_day_that_never_was_is_refused() {
    let (report, pictures) = (json!({}), BTreeMap::new());
    for date in [(2026, 2, 30), (2026, 13, 1), (-4, 1, 1), (70_000, 1, 1), (2026, 0, 0)] {
        let dossier = Dossier {
            report: &report,
            pictures: &pictures,
            pages: pages::VERTEBRA,
            date,
            paper: Paper::Letter,
        };
        let refused = pdf(&dossier, &Job::quiet());
        assert!(matches!(refused, Err(DossierError::Date(..))), "{date:?}");
    }
    let job = Job::quiet();
    job.cancel();
    let date = (2026, 2, 28);
    let dossier = Dossier {
        report: &report,
        pictures: &pictures,
        pages: pages::VERTEBRA,
        date,
        paper: Paper::Letter,
    };
    assert!(matches!(pdf(&dossier, &job), Err(DossierError::Cancelled(_))));
}
