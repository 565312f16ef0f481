//! The book's page on judgement tells what the lists hold.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use ossein_mechanics::loads::LOAD_SETS;
use ossein_mechanics::material::{BONE_LAWS, METALS, PRESETS};
use ossein_mechanics::method::METHODS;
use ossein_mechanics::virtual_test::{FOAM_GRADE_15, POLYACETAL, STEEL};

fn tables() -> String {
    let mut text = String::from("\n## Figures\n");
    for m in METHODS {
        let _ = write!(
            text,
            "\n**{}** (`{}`)\n\n- {}\n- Source: {}\n- Cannot say: {}\n",
            m.title, m.id, m.formula, m.source, m.limits
        );
    }
    text +=
        "\n## Load sets\n\n| name | title | axes | source | for columns |\n|---|---|---|---|---|\n";
    for set in LOAD_SETS {
        let column = if set.column_cases().is_some() { "yes" } else { "no" };
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {column} |",
            set.id, set.title, set.axes, set.source
        );
    }
    text += "\n## Bone\n\n| law | site | density | formula | fitted, apparent g/cm3 | source | \
             confidence |\n";
    text += "|---|---|---|---|---|---|---|\n";
    for law in BONE_LAWS {
        let fitted = law.fitted_g_per_cm3.map_or(String::new(), |[a, b]| format!("{a} to {b}"));
        let _ = writeln!(
            text,
            "| `{}` | {} | {:?} | {} | {fitted} | {} | {} |",
            law.id,
            law.site,
            law.kind,
            law.formula,
            law.source,
            law.confidence.word()
        );
    }
    text += "\n| preset without calibration | density | source | confidence |\n|---|---|---|---|\n";
    for preset in PRESETS {
        let (id, kind, word) = (preset.id, preset.kind, preset.confidence.word());
        let _ = writeln!(text, "| `{id}` | {kind:?} | {} | {word} |", preset.source);
    }
    text + &metals()
}

fn metals() -> String {
    let mut text = String::from(
        "\n## Metal\n\n| card | specification | Rp0.2, MPa | Rm, MPa | A, % | fatigue, MPa | \
         published fatigue | usual Rp0.2 | across layers | treatment |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for m in METALS {
        let [low, high] = m.fatigue_range_mpa;
        let usual = m.usual.map_or(["", ""].map(String::from), |u| {
            let across = u.anisotropy.map_or("not published".into(), |a| {
                format!("{} to {} % less (indicative)", 100.0 * a[0], 100.0 * a[1])
            });
            [format!("{} to {}", u.proof_mpa[0], u.proof_mpa[1]), across]
        });
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} | {} | {low} to {high} ({}) | {} | {} | {} |",
            m.id,
            m.specification,
            m.proof_stress.0,
            m.tensile_strength.0,
            m.elongation_percent,
            m.fatigue.0,
            m.fatigue_confidence.word(),
            usual[0],
            usual[1],
            m.treatment
        );
    }
    text += "\n| test block | E, MPa | nu | strength, MPa | source | confidence |\n";
    text += "|---|---|---|---|---|---|\n";
    for b in [STEEL, POLYACETAL, FOAM_GRADE_15] {
        let (e, s, word) = (b.modulus.0, b.strength.0, b.confidence.word());
        let _ =
            writeln!(text, "| {} | {e} | {} | {s} | {} | {word} |", b.title, b.poisson, b.source);
    }
    text
}

/// Set `OSSEIN_WRITE_BOOK` to bring the page up to date.
#[test]
fn the_page_on_judgement_is_true() {
    const MARK: &str = "<!-- made from the lists in crates/mechanics -->\n";
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/judgement.md");
    let text = fs::read_to_string(&page).unwrap();
    let (head, seen) = text.split_once(MARK).expect("the mark in the page");
    if std::env::var_os("OSSEIN_WRITE_BOOK").is_some() {
        fs::write(&page, format!("{head}{MARK}{}", tables())).unwrap();
    } else {
        assert_eq!(seen, tables(), "{}", page.display());
    }
}
