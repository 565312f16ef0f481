//! What is known of some vertices.

/// Stands for nothing.
const NONE: u32 = u32::MAX;

/// A value for some of many vertices.
pub struct Told<T> {
    /// The place of each vertex's value.
    places: Vec<u32>,
    values: Vec<T>,
}

impl<T: Copy> Told<T> {
    /// Nothing, of `count` vertices.
    pub fn of(count: usize) -> Self {
        Self { places: vec![NONE; count], values: Vec::new() }
    }

    /// What is known of a vertex.
    pub fn get(&self, vertex: u32) -> Option<T> {
        let place = *self.places.get(vertex as usize)?;
        self.values.get(place as usize).copied()
    }

    /// Notes what was found of vertices.
    pub fn extend(&mut self, found: impl IntoIterator<Item = (u32, T)>) {
        for (vertex, value) in found {
            self.places[vertex as usize] = self.values.len() as u32;
            self.values.push(value);
        }
    }
}
