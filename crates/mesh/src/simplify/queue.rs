//! Edges by cost, in buckets 3 % wide: constant time in and out, the same order every time.

/// No edge.
pub const NONE: u32 = u32::MAX;
/// Buckets by exponent and five bits of a single-precision number, up to 10^7 mm⁴; the last holds
/// all that is dearer.
pub const BUCKET_COUNT: usize = 4800;
/// Costs below this, mm⁴, count as one: what rounding leaves of zero.
const COST_MIN: f32 = 1e-20;

/// Lists of edges, one a bucket.
pub struct Queue {
    head: Vec<u32>,
    next: Vec<u32>,
    inside: Vec<bool>,
    lowest: usize,
}

/// The bucket of a cost.
pub fn bucket(cost: f32) -> usize {
    ((cost.max(COST_MIN).to_bits() >> 18) as usize).min(BUCKET_COUNT - 1)
}

impl Queue {
    /// An empty queue for edges with numbers below `edge_count`.
    pub fn new(edge_count: usize) -> Self {
        Self {
            head: vec![NONE; BUCKET_COUNT],
            next: vec![NONE; edge_count],
            inside: vec![false; edge_count],
            lowest: BUCKET_COUNT,
        }
    }

    /// Whether the edge is inside.
    pub fn holds(&self, edge: u32) -> bool {
        self.inside[edge as usize]
    }

    /// Puts in an edge that is not inside.
    pub fn push(&mut self, edge: u32, bucket: usize) {
        self.inside[edge as usize] = true;
        self.next[edge as usize] = self.head[bucket];
        self.head[bucket] = edge;
        self.lowest = self.lowest.min(bucket);
    }

    /// Takes an edge of the lowest bucket up to `last`, and says which bucket that was.
    pub fn pop(&mut self, last: usize) -> Option<(u32, usize)> {
        while self.lowest <= last.min(BUCKET_COUNT - 1) {
            let edge = self.head[self.lowest];
            if edge != NONE {
                self.head[self.lowest] = self.next[edge as usize];
                self.inside[edge as usize] = false;
                return Some((edge, self.lowest));
            }
            self.lowest += 1;
        }
        None
    }
}
