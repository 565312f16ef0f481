//! Stretches of the curves around creases, each with its other side.

use std::ops::Range;

use super::cells::Curve;

/// Stands for no triangle, no vertex and no stretch.
pub const NONE: u32 = u32::MAX;

/// One side of an inner edge of the plain surface: a stretch of a curve.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// Its first and its last vertex.
    pub ends: (u32, u32),
    /// Number of the crease that the curve is around.
    pub crease: u32,
    /// Number of the triangle of the crease's fan at it, or none where its edge was turned.
    pub triangle: u32,
    /// The stretch of another crease that runs the other way, or none.
    twin: u32,
}

/// The stretches of all creases.
pub struct Stretches {
    all: Vec<Stretch>,
    /// The first of each crease.
    starts: Vec<u32>,
}

impl Stretches {
    /// Those of curves between so many vertices.
    pub fn new<'a>(curves: impl Iterator<Item = &'a Curve>, vertex_count: usize) -> Self {
        let mut all: Vec<Stretch> = Vec::new();
        let mut starts = vec![0];
        for (n, curve) in curves.enumerate() {
            all.extend((0..curve.vertices().len()).map(|s| Stretch {
                ends: curve.ends(s),
                crease: n as u32,
                triangle: NONE,
                twin: NONE,
            }));
            starts.push(all.len() as u32);
        }
        pair(&mut all, vertex_count);
        Self { all, starts }
    }

    /// Numbers of the stretches of a crease.
    pub fn of(&self, crease: usize) -> Range<usize> {
        self.starts[crease] as usize..self.starts[crease + 1] as usize
    }

    /// Number of all.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// A stretch.
    #[inline]
    pub fn get(&self, number: usize) -> &Stretch {
        &self.all[number]
    }

    /// Notes the triangle at a stretch.
    pub fn set_triangle(&mut self, number: usize, triangle: u32) {
        self.all[number].triangle = triangle;
    }

    /// The other side of a stretch, if a triangle of a fan is at it.
    #[inline]
    pub fn beyond(&self, number: usize) -> Option<usize> {
        let twin = self.all[number].twin as usize;
        self.all.get(twin).is_some_and(|t| t.triangle != NONE).then_some(twin)
    }
}

/// Finds the twin of each stretch: those that begin at a vertex make a chain.
fn pair(all: &mut [Stretch], vertex_count: usize) {
    // One more than the last stretch that begins at a vertex, and than the one before it.
    let mut heads = vec![0u32; vertex_count];
    let mut before = vec![0u32; all.len()];
    for n in 0..all.len() {
        let (u, v) = all[n].ends;
        let mut next = heads[v as usize] as usize;
        while next != 0 {
            if all[next - 1].ends.1 == u {
                (all[n].twin, all[next - 1].twin) = (next as u32 - 1, n as u32);
                break;
            }
            next = before[next - 1] as usize;
        }
        (before[n], heads[u as usize]) = (heads[u as usize], n as u32 + 1);
    }
}
