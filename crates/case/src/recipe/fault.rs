//! What is wrong with a recipe, and where.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// `section.key`, or the section.
    pub key: String,
    /// One sentence: value, what is allowed, the nearest known key.
    pub problem: String,
}

/// A recipe that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipeError {
    /// Name of the file.
    pub file: String,
    /// Everything that is wrong, in the order of lines.
    pub faults: Vec<Fault>,
}

impl fmt::Display for RecipeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.faults.iter().enumerate() {
            let line_break = if n > 0 { "\n" } else { "" };
            let Fault { line, column, key, problem } = fault;
            let key = if key.is_empty() { String::new() } else { format!("{key}: ") };
            write!(f, "{line_break}{}:{line}:{column}: {key}{problem}", self.file)?;
        }
        Ok(())
    }
}

impl std::error::Error for RecipeError {}

/// Line and column, from 1, of a byte offset.
pub(super) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    (line, String::from_utf8_lossy(&before[start..]).chars().count() + 1)
}

/// The known word that differs least, if it is near; a word without its unit is near.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let letters: Vec<char> = word.chars().take(64).collect();
    let scored = known.map(|candidate| (distance(&letters, candidate), candidate));
    let (distance, best) = scored.min()?;
    let shortened = !word.is_empty() && best.starts_with(word);
    (shortened || distance <= 2.max(letters.len() / 3)).then_some(best)
}

/// Letters to insert, remove or replace (Levenshtein).
fn distance(from: &[char], to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (n, letter) in from.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = n + 1;
        for m in 0..to.len() {
            let replaced = diagonal + usize::from(*letter != to[m]);
            diagonal = row[m + 1];
            row[m + 1] = replaced.min(row[m] + 1).min(row[m + 1] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found() {
        let known = ["layer_mm", "contour_step_mm", "cli_ascii"];
        assert_eq!(nearest("layer", known.into_iter()), Some("layer_mm"));
        assert_eq!(nearest("layers_mm", known.into_iter()), Some("layer_mm"));
        assert_eq!(nearest("contour_mm_step", known.into_iter()), None);
        assert_eq!(nearest("hatch", known.into_iter()), None);
    }

    #[test]
    fn positions_count_from_one() {
        assert_eq!(position("ab\ncd", 0), (1, 1));
        assert_eq!(position("ab\ncd", 4), (2, 2));
        assert_eq!(position("\u{e9}x", 2), (1, 2));
        assert_eq!(position("ab", 99), (1, 3));
    }
}
