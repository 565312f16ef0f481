//! What is known of some vertices.

use rayon::prelude::*;

/// Values that are worked out together.
const CHUNK: usize = 256;

/// A value for some of many vertices.
pub struct Told<T> {
    /// One more than the place of each vertex's value; zero where none was asked for.
    places: Vec<u32>,
    claimed: u32,
    values: Vec<T>,
}

impl<T: Copy + Default + Send> Told<T> {
    /// Nothing, of `count` vertices.
    pub fn of(count: usize) -> Self {
        Self { places: vec![0; count], claimed: 0, values: Vec::new() }
    }

    /// What is known of a vertex.
    #[inline]
    pub fn get(&self, vertex: u32) -> Option<T> {
        let place = *self.places.get(vertex as usize)?;
        self.values.get((place as usize).wrapping_sub(1)).copied()
    }

    /// Keeps a place for the value of a vertex; false if it has one.
    #[inline]
    pub fn claim(&mut self, vertex: u32) -> bool {
        let place = &mut self.places[vertex as usize];
        let is_new = *place == 0;
        if is_new {
            self.claimed += 1;
            *place = self.claimed;
        }
        is_new
    }

    /// Notes the values of the vertices claimed last, in that order, as `of` gives them for some of
    /// their `items` at a time.
    ///
    /// # Panics
    /// If items and vertices are not one each.
    pub fn fill<I: Sync>(&mut self, items: &[I], of: impl Fn(&[I]) -> Vec<T> + Sync) {
        let first = self.values.len();
        assert_eq!(first + items.len(), self.claimed as usize, "an item for each claimed vertex");
        self.values.resize(self.claimed as usize, T::default());
        let values = self.values[first..].par_chunks_mut(CHUNK);
        values
            .zip(items.par_chunks(CHUNK))
            .for_each(|(values, items)| values.copy_from_slice(&of(items)));
    }
}
