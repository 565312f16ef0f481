//! Triangles by the cells that they touch.

use std::collections::HashMap;

use super::cells::Key;

/// Stands for the end of a chain.
const NONE: u32 = u32::MAX;

/// Which triangles touch a cell. Only looked up, never walked: its order tells nothing.
#[derive(Default)]
pub struct Touched {
    /// The last link of each cell's chain.
    heads: HashMap<Key, u32>,
    /// A triangle each, and the link before.
    links: Vec<(u32, u32)>,
}

impl Touched {
    /// Notes that a triangle touches a cell.
    pub fn add(&mut self, cell: Key, triangle: u32) {
        let link = self.links.len() as u32;
        let before = self.heads.insert(cell, link).unwrap_or(NONE);
        self.links.push((triangle, before));
    }

    /// The triangles that touch a cell.
    pub fn of(&self, cell: Key) -> impl Iterator<Item = u32> {
        let link = |&n: &u32| (n != NONE).then(|| self.links[n as usize]);
        let first = self.heads.get(&cell).and_then(link);
        std::iter::successors(first, move |(_, before)| link(before)).map(|(triangle, _)| triangle)
    }
}
