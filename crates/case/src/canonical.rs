//! JSON with one spelling: keys sorted, numbers as Rust writes them.

use std::fmt::Write;

use serde_json::Value;

/// The one line that stands for `value`: hashes are made of it.
pub fn line(value: &Value) -> String {
    let mut out = String::new();
    write(value, None, &mut out);
    out
}

/// Indented by two blanks, with a newline at its end: what files hold.
pub fn pretty(value: &Value) -> String {
    let mut out = String::new();
    write(value, Some(0), &mut out);
    out.push('\n');
    out
}

fn write(value: &Value, indent: Option<usize>, out: &mut String) {
    match value {
        Value::Array(items) => {
            let nested = items.iter().any(|v| v.is_array() || v.is_object());
            // Rows of plain numbers and words stay on one line.
            let inner = if nested { indent } else { None };
            let separator = if indent.is_some() && !nested { ", " } else { "," };
            surround(out, ['[', ']'], inner, items.iter(), separator, |item, deeper, out| {
                write(item, deeper, out);
            });
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by(|a, b| a.0.cmp(b.0));
            surround(out, ['{', '}'], indent, entries.into_iter(), ",", |(key, v), deeper, out| {
                let _ = write!(out, "{}", Value::from(key.as_str()));
                out.push_str(if deeper.is_some() { ": " } else { ":" });
                write(v, deeper, out);
            });
        }
        plain => {
            let _ = write!(out, "{plain}");
        }
    }
}

fn surround<T>(
    out: &mut String,
    brackets: [char; 2],
    indent: Option<usize>,
    items: impl ExactSizeIterator<Item = T>,
    separator: &str,
    mut each: impl FnMut(T, Option<usize>, &mut String),
) {
    let line_break = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    let empty = items.len() == 0;
    out.push(brackets[0]);
    for (n, item) in items.enumerate() {
        if n > 0 {
            out.push_str(separator);
        }
        if let Some(depth) = indent {
            line_break(out, depth + 1);
        }
        each(item, indent.map(|depth| depth + 1), out);
    }
    if let (Some(depth), false) = (indent, empty) {
        line_break(out, depth);
    }
    out.push(brackets[1]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_and_the_value_comes_back() {
        let value = json!({ "b": [1, 2.5, "x\"y"], "a": { "d": null, "c": [[1], {}, []] } });
        assert_eq!(line(&value), r#"{"a":{"c":[[1],{},[]],"d":null},"b":[1,2.5,"x\"y"]}"#);
        let text = pretty(&value);
        assert!(text.contains("\"b\": [1, 2.5, \"x\\\"y\"]\n"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }

    #[test]
    fn numbers_come_back_bit_for_bit() {
        for v in [0.1 + 0.2, 1.0 / 3.0, 5e-324, 1.7976931348623157e308, 123456.7890123] {
            let back: f64 = serde_json::from_str(&line(&json!(v))).unwrap();
            assert_eq!(f64::to_bits(v), back.to_bits());
        }
    }
}
