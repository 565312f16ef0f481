//! The report, made fit to print: letters that fonts have, words that break, tables with an end.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use typst::text::Font;

use crate::shelf;

/// Most rows of a table.
pub const ROW_COUNT_MAX: usize = 1000;
/// Most characters of a text.
const CHARACTER_COUNT_MAX: usize = 2000;
/// Longest run of letters without a place to break the line.
const RUN_MAX: usize = 18;
/// How deep values may lie in each other.
const DEPTH_MAX: usize = 64;

/// Which letters may be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Letters {
    /// All that any embedded font has.
    Any,
    /// Those of the text font alone.
    Plain,
}

/// A report that can be printed, and what was left out of it.
pub(crate) struct Cleaned {
    pub report: Value,
    /// `{path, count}` of every table that was cut, `count` being its full length.
    pub cut: Vec<Value>,
}

/// Makes a report fit to print.
pub(crate) fn clean(report: &Value, letters: Letters) -> Cleaned {
    let mut cut = Vec::new();
    let report = value(report, letters, "", 0, &mut cut);
    Cleaned { report, cut }
}

/// Name by which a PDF file is known: the case and its recipe.
pub(crate) fn identity(report: &Value) -> String {
    let part = |key: &str| report["case"][key].as_str().unwrap_or_default();
    format!("ossein/{}/{}", part("id"), part("recipe_hash"))
}

fn value(old: &Value, letters: Letters, path: &str, depth: usize, cut: &mut Vec<Value>) -> Value {
    if depth > DEPTH_MAX {
        return Value::Null;
    }
    match old {
        Value::String(words) => Value::String(text(words, letters)),
        Value::Array(items) => {
            if items.len() > ROW_COUNT_MAX {
                cut.push(json!({"path": text(path, letters), "count": items.len()}));
            }
            let items = items.iter().take(ROW_COUNT_MAX).enumerate();
            let clean = |(n, v)| value(v, letters, &format!("{path}[{n}]"), depth + 1, cut);
            Value::Array(items.map(clean).collect())
        }
        Value::Object(map) => {
            let mut cleaned = Map::new();
            for (key, v) in map.iter().take(ROW_COUNT_MAX) {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                cleaned.insert(name(key, letters), value(v, letters, &path, depth + 1, cut));
            }
            Value::Object(cleaned)
        }
        other => other.clone(),
    }
}

/// A key: names of the report's own kind stay as they are, so that the pages find them.
fn name(key: &str, letters: Letters) -> String {
    const NAME_LENGTH_MAX: usize = 48;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    if key.len() <= NAME_LENGTH_MAX && key.chars().all(plain) {
        return key.into();
    }
    text(key, letters)
}

/// Words with letters that can be printed and places to break.
pub(crate) fn text(words: &str, letters: Letters) -> String {
    let mut line = String::new();
    let mut run = 0;
    for (n, c) in words.chars().enumerate() {
        if n == CHARACTER_COUNT_MAX {
            line.push_str(" [\u{2026}]");
            break;
        }
        if c.is_whitespace() || c.is_control() {
            line.push(' ');
            run = 0;
            continue;
        }
        // Zero-width space: a place to break, as after these signs.
        if run == RUN_MAX {
            line.push('\u{200b}');
            run = 0;
        }
        run += 1;
        if is_printable(c, letters) {
            line.push(c);
        } else {
            line.push_str(&format!("[U+{:04X}]\u{200b}", c as u32));
            run = 0;
        }
    }
    line
}

static PLAIN: LazyLock<Option<Font>> = LazyLock::new(|| shelf::fonts().first().cloned());

fn is_printable(c: char, letters: Letters) -> bool {
    if c.is_ascii() {
        return true;
    }
    // Marks that turn the direction of writing, and other signs that nobody sees.
    let hidden = matches!(c as u32,
        0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
        | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F
        | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFD | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A
        | 0xE0000..=0xE0FFF | 0xE000..=0xF8FF | 0xF0000..=0x10FFFF);
    let has = |font: &Font| font.info().coverage.contains(c as u32);
    match letters {
        _ if hidden => false,
        Letters::Any => shelf::fonts().iter().any(has),
        // Marks that join the letter before them are no letters.
        Letters::Plain => !(0x300..0x370).contains(&(c as u32)) && PLAIN.as_ref().is_some_and(has),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &str, printed: &str) {
        assert_eq!(text(words, Letters::Any).replace('\u{200b}', "|"), printed);
    }

    #[test]
    fn words_can_be_printed() {
        check("plain 12.5 mm\u{b2}", "plain 12.5 mm\u{b2}");
        check("\u{4e2d}", "[U+4E2D]|");
        check("a\u{202e}b", "a[U+202E]|b");
        check("tab\tand\nline\0end", "tab and line end");
        check(&"x".repeat(20), &format!("{}|xx", "x".repeat(18)));
        assert!(text(&"y ".repeat(5000), Letters::Any).len() < 2100);
    }

    #[test]
    fn keys_stay_what_they_are() {
        let picture = "judgement/shielding_coronal.png";
        let report = json!({
            "contact": {"fraction_within_0_5_mm": 0.9}, "a\u{4e2d}": 1, "captions": {picture: "a"},
        });
        let cleaned = clean(&report, Letters::Any).report;
        assert_eq!(cleaned["contact"]["fraction_within_0_5_mm"], 0.9);
        assert_eq!(cleaned["captions"][picture], "a");
        assert_eq!(cleaned["a[U+4E2D]\u{200b}"], 1);
    }

    #[test]
    fn long_tables_are_cut_and_say_so() {
        let report = json!({"findings": vec![json!({"a": 1}); 1500]});
        let cleaned = clean(&report, Letters::Any);
        assert_eq!(cleaned.report["findings"].as_array().unwrap().len(), ROW_COUNT_MAX);
        assert_eq!(cleaned.cut, [json!({"path": "findings", "count": 1500})]);
    }
}
