//! One table of a recipe, read key by key; what is wrong is collected with its place.

use std::ops::Range;

use ossein_geom::{Choice, Shape, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, nearest, position};

/// Texts in a recipe are at most this long.
const TEXT_BYTE_COUNT_MAX: usize = 4096;

/// Collects what is wrong.
pub struct Faults<'t> {
    /// The recipe's text.
    pub text: &'t str,
    /// What was found so far.
    pub list: Vec<Fault>,
}

impl Faults<'_> {
    /// Adds a fault at a place of the text.
    pub fn add(&mut self, span: Range<usize>, key: &str, problem: impl Into<String>) {
        let (line, column) = position(self.text, span.start);
        self.list.push(Fault { line, column, key: key.into(), problem: problem.into() });
    }

    /// A value of the wrong kind or outside what is allowed.
    pub fn refuse(&mut self, span: Range<usize>, key: &str, allowed: &str) {
        let found: String = self.text[span.clone()].chars().take(60).collect();
        let found = found.split('\n').next().unwrap_or_default().trim().to_owned();
        self.add(span, key, format!("`{found}` is not allowed; allowed: {allowed}"));
    }
}

/// One table.
pub struct Table<'a> {
    /// Its name.
    pub name: &'static str,
    /// Where it stands.
    pub span: Range<usize>,
    entries: Option<&'a DeTable<'a>>,
    known: Vec<&'static str>,
    /// Keys of other kinds of implant, which this one does not ask for: `section.key`.
    shut: Vec<&'static str>,
}

impl<'a> Table<'a> {
    /// The table `name` of the recipe; empty where it is left out.
    pub fn of(root: &'a DeTable<'a>, name: &'static str, faults: &mut Faults) -> Self {
        let found = root.iter().find(|(key, _)| key.get_ref() == name);
        let mut table =
            Self { name, span: 0..0, entries: None, known: Vec::new(), shut: Vec::new() };
        if let Some((key, value)) = found {
            table.span = key.span();
            table.entries = value.get_ref().as_table();
            if table.entries.is_none() {
                faults.refuse(value.span(), name, &format!("a table: [{name}]"));
            }
        }
        table
    }

    /// Shuts keys: they are unknown from now on.
    pub fn shut(&mut self, keys: &[&'static str]) {
        self.shut.extend(keys);
    }

    /// `section.key`.
    pub fn full(&self, key: &str) -> String {
        format!("{}.{key}", self.name)
    }

    /// The value of a key, if it is there. Marks the key as known.
    pub fn get(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        if self.shut.contains(&self.full(key).as_str()) {
            return None;
        }
        self.known.push(key);
        let (_, value) = self.entries?.iter().find(|(have, _)| have.get_ref() == key)?;
        Some(value)
    }

    /// A text of at most 4096 bytes.
    pub fn text(&mut self, key: &'static str, faults: &mut Faults) -> Option<Spanned<String>> {
        let value = self.get(key)?;
        match value.get_ref().as_str() {
            Some(text) if text.len() <= TEXT_BYTE_COUNT_MAX => {
                Some(Spanned::new(value.span(), text.to_owned()))
            }
            _ => {
                let allowed = format!("a text of at most {TEXT_BYTE_COUNT_MAX} bytes");
                faults.refuse(value.span(), &self.full(key), &allowed);
                None
            }
        }
    }

    /// A text that must be there.
    pub fn needed(&mut self, key: &'static str, faults: &mut Faults) -> Option<Spanned<String>> {
        if self.get(key).is_none() {
            let problem = format!("is missing: [{}] needs it", self.name);
            faults.add(self.span.clone(), &self.full(key), problem);
            return None;
        }
        self.text(key, faults)
    }

    /// A number between two limits.
    pub fn number(
        &mut self,
        key: &'static str,
        (min, max): (f64, f64),
        faults: &mut Faults,
    ) -> Option<f64> {
        let value = self.get(key)?;
        let number = number(value.get_ref()).filter(|v| (min..=max).contains(v));
        if number.is_none() {
            faults.refuse(value.span(), &self.full(key), &format!("{min} to {max}"));
        }
        number
    }

    /// The value of a listed choice.
    pub fn choice(&mut self, choice: &Choice, faults: &mut Faults) -> Option<Value> {
        let value = self.get(choice.key)?;
        let read = match value.get_ref() {
            DeValue::Boolean(flag) => Some(Value::Flag(*flag)),
            DeValue::String(word) => Some(Value::Word(word.to_string())),
            DeValue::Integer(_) => whole(value.get_ref()).map(Value::Whole),
            DeValue::Float(_) => number(value.get_ref()).map(Value::Number),
            _ => None,
        };
        let read = read.filter(|read| choice.allows(read)).map(|read| same_kind(choice, read));
        if read.is_none() {
            let hint = match (choice.shape, value.get_ref()) {
                (Shape::Word { words, .. }, DeValue::String(found)) => suggestion(found, words),
                _ => String::new(),
            };
            let allowed = format!("{} {}", choice.range(), choice.unit);
            faults.refuse(value.span(), &choice.name(), &format!("{}{hint}", allowed.trim_end()));
        }
        read
    }

    /// Reports every key that nobody asked for.
    pub fn finish(self, faults: &mut Faults) {
        let Some(entries) = self.entries else { return };
        for (key, _) in entries.iter() {
            let name = key.get_ref();
            if !self.known.contains(&name.as_ref()) {
                let hint = suggestion(name, &self.known);
                faults.add(key.span(), &self.full(name), format!("unknown key{hint}"));
            }
        }
    }
}

/// `; did you mean ...?`, if a known word is near.
pub fn suggestion(word: &str, known: &[&str]) -> String {
    let nearest = nearest(word, known.iter().copied());
    nearest.map(|best| format!("; did you mean `{best}`?")).unwrap_or_default()
}

/// A finite number.
pub fn number(value: &DeValue) -> Option<f64> {
    let parsed = match value {
        DeValue::Integer(_) => whole(value)? as f64,
        DeValue::Float(float) => float.as_str().parse().ok()?,
        _ => return None,
    };
    parsed.is_finite().then_some(parsed)
}

fn whole(value: &DeValue) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// `1` and `1.0` are the same number, and `-0` is 0.
fn same_kind(choice: &Choice, value: Value) -> Value {
    match (choice.shape, value) {
        (Shape::Number { .. }, Value::Whole(v)) => Value::Number(v as f64),
        (Shape::Number { .. }, Value::Number(v)) => Value::Number(v + 0.0),
        (_, value) => value,
    }
}
