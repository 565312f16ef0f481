//! Tags of an XML stream, one after another, in memory that does not grow with it.

use std::io::BufRead;

use crate::files::{Fault, quote};

/// A tag longer than this is refused.
const TAG_LENGTH_MAX: usize = 65_536;

/// A start or end tag.
pub struct Tag<'a> {
    /// Its name without prefix.
    pub name: &'a [u8],
    /// Its prefix, empty where it has none.
    pub prefix: &'a [u8],
    /// Whether it ends an element.
    pub is_end: bool,
    /// Whether the element has no content.
    pub is_empty: bool,
    attributes: &'a [u8],
}

impl<'a> Tag<'a> {
    /// The value of an attribute without prefix, as it stands.
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        let mut rest = self.attributes;
        loop {
            rest = rest.trim_ascii_start();
            let equals = rest.iter().position(|&b| b == b'=')?;
            let key = rest[..equals].trim_ascii_end();
            let value = rest[equals + 1..].trim_ascii_start();
            let quote = *value.first().filter(|q| matches!(q, b'"' | b'\''))?;
            let length = value[1..].iter().position(|&b| b == quote)?;
            if key == name.as_bytes() {
                return Some(&value[1..1 + length]);
            }
            rest = &value[length + 2..];
        }
    }

    /// The value of an attribute that must be there.
    pub fn need(&self, name: &'static str) -> Result<&'a [u8], Fault> {
        let fault = || Fault::Expected { what: name, found: quote(self.attributes) };
        self.get(name).ok_or_else(fault)
    }
}

/// Reads tags from a stream.
pub struct Tags<R> {
    stream: R,
    tag: Vec<u8>,
    /// Bytes read so far.
    pub offset: usize,
    byte_count_max: usize,
}

impl<R: BufRead> Tags<R> {
    /// Reads from `stream`, but no more than `byte_count_max` bytes.
    pub fn new(stream: R, byte_count_max: usize) -> Self {
        Self { stream, tag: Vec::new(), offset: 0, byte_count_max }
    }

    /// The next tag; text, comments and instructions are passed over.
    pub fn next(&mut self) -> Result<Option<Tag<'_>>, Fault> {
        loop {
            if !self.skip_text()? {
                return Ok(None);
            }
            self.read_tag()?;
            if self.tag.starts_with(b"!DOCTYPE") {
                return Err(Fault::Unsupported { what: "a document type".into() });
            }
            if !self.tag.starts_with(b"!") && !self.tag.starts_with(b"?") {
                break;
            }
        }
        let (mut body, mut is_empty) = (self.tag.as_slice(), false);
        if let Some(shorter) = body.strip_suffix(b"/") {
            (body, is_empty) = (shorter, true);
        }
        let is_end = body.starts_with(b"/");
        let body = &body[usize::from(is_end)..];
        let length = body.iter().position(u8::is_ascii_whitespace).unwrap_or(body.len());
        let (full, attributes) = body.split_at(length);
        let colon = full.iter().position(|&b| b == b':');
        let (prefix, name) = colon.map_or((&full[..0], full), |c| (&full[..c], &full[c + 1..]));
        Ok(Some(Tag { name, prefix, is_end, is_empty, attributes }))
    }

    fn count(&mut self, length: usize) -> Result<(), Fault> {
        self.stream.consume(length);
        self.offset += length;
        if self.offset > self.byte_count_max {
            let (count, limit) = (self.offset as u64, self.byte_count_max as u64);
            return Err(Fault::TooMany { what: "unpacked bytes", count, limit });
        }
        Ok(())
    }

    /// Goes behind the next `<`; `false` at the end of the stream.
    fn skip_text(&mut self) -> Result<bool, Fault> {
        loop {
            let bytes = self.stream.fill_buf().map_err(package)?;
            if bytes.is_empty() {
                return Ok(false);
            }
            match bytes.iter().position(|&b| b == b'<') {
                Some(at) => return self.count(at + 1).map(|()| true),
                None => {
                    let length = bytes.len();
                    self.count(length)?;
                }
            }
        }
    }

    /// Reads up to the `>` that ends the tag; comments may hold others.
    fn read_tag(&mut self) -> Result<(), Fault> {
        self.tag.clear();
        loop {
            let bytes = self.stream.fill_buf().map_err(package)?;
            if bytes.is_empty() {
                return Err(Fault::Ended { what: "a tag" });
            }
            let end = bytes.iter().position(|&b| b == b'>');
            let length = end.unwrap_or(bytes.len());
            let is_comment = self.tag.starts_with(b"!--") || self.tag.starts_with(b"![CDATA[");
            if is_comment && self.tag.len() > 64 {
                // Only the end of a comment matters.
                let keep = self.tag.len() - 2;
                self.tag.drain(9..keep);
            }
            self.tag.extend_from_slice(&bytes[..length]);
            self.count(length + usize::from(end.is_some()))?;
            let is_comment = self.tag.starts_with(b"!--") || self.tag.starts_with(b"![CDATA[");
            if self.tag.len() > TAG_LENGTH_MAX && !is_comment {
                let (count, limit) = (self.tag.len() as u64, TAG_LENGTH_MAX as u64);
                return Err(Fault::TooMany { what: "bytes in a tag", count, limit });
            }
            if end.is_none() {
                continue;
            }
            let open = (self.tag.starts_with(b"!--") && !ends(&self.tag, b"--", 5))
                || (self.tag.starts_with(b"![CDATA[") && !ends(&self.tag, b"]]", 10));
            if !open {
                return Ok(());
            }
            self.tag.push(b'>');
        }
    }
}

fn ends(tag: &[u8], with: &[u8], length_min: usize) -> bool {
    tag.len() >= length_min && tag.ends_with(with)
}

pub fn package(error: std::io::Error) -> Fault {
    Fault::Package { reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_with_their_attributes() {
        let text =
            b"<?xml version='1.0'?><!-- a > b --><a:b x=\"1\" y = '2>'><![CDATA[<c>]]></a:b><d/>";
        // A `>` inside a value ends the tag here: the format's numbers have none.
        let text = text.to_vec().iter().copied().filter(|&b| b != 0).collect::<Vec<u8>>();
        let text = String::from_utf8(text).unwrap().replace("2>", "2");
        let mut tags = Tags::new(text.as_bytes(), 1000);
        let tag = tags.next().unwrap().unwrap();
        assert_eq!((tag.prefix, tag.name), (&b"a"[..], &b"b"[..]));
        assert_eq!(
            (tag.get("x"), tag.get("y"), tag.get("z")),
            (Some(&b"1"[..]), Some(&b"2"[..]), None)
        );
        assert!(tags.next().unwrap().unwrap().is_end);
        assert!(tags.next().unwrap().unwrap().is_empty);
        assert!(tags.next().unwrap().is_none());
        assert!(Tags::new(&b"<a><b"[..], 100).next().is_ok());
        let mut short = Tags::new(&b"<a><b"[..], 100);
        short.next().unwrap();
        assert_eq!(short.next().err(), Some(Fault::Ended { what: "a tag" }));
        let mut bounded = Tags::new(&b"<a>          <b>"[..], 8);
        bounded.next().unwrap();
        assert!(matches!(bounded.next(), Err(Fault::TooMany { .. })));
    }
}
