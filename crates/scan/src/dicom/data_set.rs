//! The elements of a data set, as slices of the file: nothing is copied, and no length that a
//! file states is trusted further than the file reaches.

use super::tags;

/// Deepest nesting of sequences that is followed.
const DEPTH_MAX: usize = 12;
/// Most elements and items of one file that are kept.
const KEPT_COUNT_MAX: usize = 400_000;
/// Most bytes that a kept element or item takes, its share of the list around it included.
pub(crate) const KEPT_BYTE_COUNT: u64 = 512;
const UNDEFINED: u32 = u32::MAX;
const ITEM: u32 = 0xFFFE_E000;
const ITEM_END: u32 = 0xFFFE_E00D;
const SEQUENCE_END: u32 = 0xFFFE_E0DD;

/// How elements are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Encoding {
    pub explicit: bool,
    pub big_endian: bool,
}

impl Encoding {
    pub(crate) const IMPLICIT: Self = Self { explicit: false, big_endian: false };
    pub(crate) const EXPLICIT: Self = Self { explicit: true, big_endian: false };
    pub(crate) const BIG: Self = Self { explicit: true, big_endian: true };

    fn u16(self, b: &[u8]) -> u16 {
        let b = [b[0], b[1]];
        if self.big_endian { u16::from_be_bytes(b) } else { u16::from_le_bytes(b) }
    }

    fn u32(self, b: &[u8]) -> u32 {
        let b = [b[0], b[1], b[2], b[3]];
        if self.big_endian { u32::from_be_bytes(b) } else { u32::from_le_bytes(b) }
    }
}

/// One element: plain bytes, or items of a sequence, or fragments of encapsulated pixel data.
#[derive(Clone, Debug, Default)]
pub(crate) struct Element<'a> {
    pub bytes: &'a [u8],
    pub items: Vec<DataSet<'a>>,
    pub fragments: Option<Vec<&'a [u8]>>,
    pub cut: bool,
}

/// Most bytes that the elements of a file of this size take, beside the file.
pub(crate) fn parse_byte_count(file_byte_count: u64) -> u64 {
    // The shortest item that is kept, with one element in it, has 16 bytes.
    let kept = (file_byte_count / 8).min(KEPT_COUNT_MAX as u64);
    kept * KEPT_BYTE_COUNT
}

/// The elements that this crate knows, in the order of the file.
#[derive(Clone, Debug)]
pub(crate) struct DataSet<'a> {
    pub encoding: Encoding,
    pub elements: Vec<(u32, Element<'a>)>,
    /// Elements and items that a whole file made us keep.
    pub kept: usize,
    /// Offset at which the bytes stopped making sense, if they did.
    pub broken_at: Option<usize>,
}

impl<'a> DataSet<'a> {
    /// All elements of `bytes`; what lies behind damage is left out.
    pub(crate) fn parse(bytes: &'a [u8], encoding: Encoding) -> Self {
        let mut reader = Reader::new(bytes, encoding);
        let mut set = reader.data_set(bytes.len(), 0, false);
        set.kept = KEPT_COUNT_MAX - reader.room;
        set
    }

    /// The elements of file meta group 2, and where it ends.
    pub(crate) fn parse_meta(bytes: &'a [u8]) -> (Self, usize) {
        let mut reader = Reader::new(bytes, Encoding::EXPLICIT);
        let mut elements = Vec::new();
        while bytes.get(reader.at..reader.at + 2) == Some(&[2, 0]) {
            let start = reader.at;
            match reader.element(bytes.len(), 0) {
                Some((tags::TRANSFER_SYNTAX, element)) => {
                    elements.push((tags::TRANSFER_SYNTAX, element));
                }
                Some(_) => {}
                None => {
                    reader.at = start;
                    break;
                }
            }
        }
        (Self { encoding: Encoding::EXPLICIT, elements, kept: 0, broken_at: None }, reader.at)
    }

    pub(crate) fn get(&self, tag: u32) -> Option<&Element<'a>> {
        self.elements.iter().find(|(t, _)| *t == tag).map(|(_, element)| element)
    }

    /// The first item of a sequence.
    pub(crate) fn item(&self, tag: u32) -> Option<&DataSet<'a>> {
        self.get(tag)?.items.first()
    }

    /// A text value without padding; `None` if empty.
    pub(crate) fn text(&self, tag: u32) -> Option<String> {
        let bytes = self.get(tag)?.bytes;
        let bytes = &bytes[..bytes.len().min(1024)];
        let text = String::from_utf8_lossy(bytes);
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        let text = text.trim().to_string();
        (!text.is_empty()).then_some(text)
    }

    /// Decimal numbers that backslashes part; `None` if any is no finite number.
    pub(crate) fn numbers(&self, tag: u32) -> Option<Vec<f64>> {
        let text = self.text(tag)?;
        text.split('\\').map(|t| t.trim().parse::<f64>().ok().filter(|v| v.is_finite())).collect()
    }

    /// The first decimal number.
    pub(crate) fn number(&self, tag: u32) -> Option<f64> {
        self.numbers(tag)?.first().copied()
    }

    /// `N` decimal numbers.
    pub(crate) fn array<const N: usize>(&self, tag: u32) -> Option<[f64; N]> {
        self.numbers(tag)?.try_into().ok()
    }

    /// A 16-bit number.
    pub(crate) fn u16(&self, tag: u32) -> Option<u16> {
        let bytes = self.get(tag)?.bytes;
        (bytes.len() >= 2).then(|| self.encoding.u16(bytes))
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    encoding: Encoding,
    /// Elements and items that may still be kept.
    room: usize,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8], encoding: Encoding) -> Self {
        Self { bytes, at: 0, encoding, room: KEPT_COUNT_MAX }
    }

    /// Takes room for one more thing to keep.
    fn take(&mut self) -> bool {
        let free = self.room > 0;
        self.room -= usize::from(free);
        free
    }

    /// Elements up to `end`, or up to the end mark of an item.
    fn data_set(&mut self, end: usize, depth: usize, until_mark: bool) -> DataSet<'a> {
        let mut set =
            DataSet { encoding: self.encoding, elements: Vec::new(), kept: 0, broken_at: None };
        while self.at < end {
            let start = self.at;
            if until_mark && self.peek_tag() == Some(ITEM_END) {
                self.at += 8;
                return set;
            }
            match self.element(end, depth) {
                Some((tag, element)) => {
                    let cut = element.cut;
                    let keep = tags::is_known(tag) && set.get(tag).is_none();
                    let full = keep && !self.take();
                    if keep && !full {
                        set.elements.push((tag, element));
                    }
                    if cut || full {
                        set.broken_at = Some(start);
                        self.at = end;
                    }
                }
                None => {
                    set.broken_at = Some(start);
                    self.at = end;
                }
            }
        }
        set
    }

    fn peek_tag(&self) -> Option<u32> {
        let b = self.bytes.get(self.at..self.at + 4)?;
        Some(u32::from(self.encoding.u16(b)) << 16 | u32::from(self.encoding.u16(&b[2..])))
    }

    /// One element; `None` where there is none.
    fn element(&mut self, end: usize, depth: usize) -> Option<(u32, Element<'a>)> {
        let tag = self.peek_tag()?;
        let head = self.bytes.get(self.at..(self.at + 8).min(end))?;
        if head.len() < 8 {
            return None;
        }
        let vr = [head[4], head[5]];
        let named = self.encoding.explicit && vr.iter().all(u8::is_ascii_uppercase);
        let (length, is_sequence) = if tag >> 16 == 0xFFFE || !named {
            self.at += 8;
            (self.encoding.u32(&head[4..]), !self.encoding.explicit)
        } else if matches!(
            &vr,
            b"OB"
                | b"OW"
                | b"OF"
                | b"OD"
                | b"OL"
                | b"OV"
                | b"SQ"
                | b"UC"
                | b"UR"
                | b"UT"
                | b"UN"
                | b"SV"
                | b"UV"
        ) {
            let long = self.bytes.get(self.at + 8..self.at + 12)?;
            self.at += 12;
            (self.encoding.u32(long), &vr == b"SQ")
        } else {
            self.at += 8;
            (u32::from(self.encoding.u16(&head[6..])), false)
        };
        if length == UNDEFINED {
            return Some((tag, self.undefined(tag, &vr, end, depth)));
        }
        let stop = self.at.saturating_add(length as usize);
        let cut = stop > end;
        let stop = stop.min(end);
        let bytes = &self.bytes[self.at.min(stop)..stop];
        let begins_item = self.peek_tag() == Some(ITEM);
        let follow = tags::is_known(tag) && length > 0 && depth < DEPTH_MAX;
        let items = if is_sequence && (named || begins_item) && follow {
            self.items(stop, depth, true)
        } else {
            Vec::new()
        };
        self.at = stop;
        Some((tag, Element { bytes, items, fragments: None, cut }))
    }

    /// A sequence or encapsulated pixel data, up to its end mark.
    fn undefined(&mut self, tag: u32, vr: &[u8; 2], end: usize, depth: usize) -> Element<'a> {
        if tag == tags::PIXEL_DATA {
            return self.fragments(end);
        }
        if depth >= DEPTH_MAX {
            self.at = end;
            return Element { cut: true, ..Element::default() };
        }
        let outer = self.encoding;
        if vr == b"UN" && outer.explicit {
            self.encoding = Encoding::IMPLICIT;
        }
        let items = self.items(end, depth, tags::is_known(tag));
        self.encoding = outer;
        Element { items, ..Element::default() }
    }

    fn items(&mut self, end: usize, depth: usize, keep: bool) -> Vec<DataSet<'a>> {
        let mut items = Vec::new();
        while self.at + 8 <= end {
            let tag = self.peek_tag();
            let length = self.encoding.u32(&self.bytes[self.at + 4..]);
            match tag {
                Some(ITEM) => self.at += 8,
                Some(SEQUENCE_END) => {
                    self.at += 8;
                    break;
                }
                _ => break,
            }
            if length == UNDEFINED {
                let item = self.data_set(end, depth + 1, true);
                if keep && self.take() {
                    items.push(item);
                }
            } else {
                let stop = self.at.saturating_add(length as usize).min(end);
                if keep && self.take() {
                    items.push(self.data_set(stop, depth + 1, false));
                }
                self.at = stop;
            }
        }
        items
    }

    fn fragments(&mut self, end: usize) -> Element<'a> {
        let mut fragments = Vec::new();
        let mut cut = true;
        while self.at + 8 <= end {
            let tag = self.peek_tag();
            let length = self.encoding.u32(&self.bytes[self.at + 4..]) as usize;
            self.at += 8;
            if tag == Some(SEQUENCE_END) {
                cut = false;
                break;
            }
            if tag != Some(ITEM) {
                break;
            }
            let stop = self.at.saturating_add(length).min(end);
            if !self.take() {
                break;
            }
            fragments.push(&self.bytes[self.at..stop]);
            self.at = stop;
        }
        Element { bytes: &[], items: Vec::new(), fragments: Some(fragments), cut }
    }
}
