//! Cholesky factors within the envelope of a sparse symmetric matrix.

/// A matrix that becomes its factor.
pub(crate) struct Envelope {
    /// Rows, each from its first nonzero column to its diagonal.
    values: Vec<f64>,
    /// First column of each row.
    first: Vec<u32>,
    /// Where each row ends in `values`; its diagonal is the last.
    ends: Vec<usize>,
}

impl Envelope {
    /// Zeros in rows that begin at these columns; nothing where they are more than `count_max`.
    pub fn new(first: Vec<u32>, count_max: usize) -> Option<Self> {
        let mut ends = Vec::with_capacity(first.len());
        let mut count = 0;
        for (row, first) in first.iter().enumerate() {
            count += row + 1 - *first as usize;
            ends.push(count);
        }
        (count <= count_max).then(|| Self { values: vec![0.0; count], first, ends })
    }

    /// Numbers of the factor.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Adds to an entry on or below the diagonal.
    pub fn add(&mut self, row: u32, column: u32, value: f64) {
        let at = self.ends[row as usize] - 1 - (row - column) as usize;
        self.values[at] += value;
    }

    /// Factors the matrix. A mode that costs no energy is held by a large pivot.
    pub fn factor(&mut self) {
        for row in 0..self.ends.len() {
            let first = self.first[row] as usize;
            let start = self.ends[row] - (row - first) - 1;
            let (done, current) = self.values.split_at_mut(start);
            let current = &mut current[..row + 1 - first];
            for column in first..row {
                let other_first = self.first[column] as usize;
                let other_start = self.ends[column] - (column - other_first) - 1;
                let from = first.max(other_first);
                let other = &done[other_start + from - other_first..self.ends[column]];
                let (other, pivot) = (&other[..other.len() - 1], other[other.len() - 1]);
                let sum = dot(&current[from - first..column - first], other);
                current[column - first] = (current[column - first] - sum) / pivot;
            }
            let (before, diagonal) = current.split_at_mut(row - first);
            let square = diagonal[0] - dot(before, before);
            let floor = 1e-9 * diagonal[0];
            diagonal[0] = match square > floor {
                true => square.sqrt(),
                false if diagonal[0] > 0.0 => (1e3 * diagonal[0]).sqrt(),
                false => 1.0,
            };
        }
    }

    /// Solves in place with the factor.
    pub fn solve(&self, right: &mut [f64]) {
        let row_of = |row: usize| {
            let first = self.first[row] as usize;
            let factors = &self.values[self.ends[row] - (row - first) - 1..self.ends[row]];
            (first, &factors[..row - first], factors[row - first])
        };
        for row in 0..right.len() {
            let (first, factors, pivot) = row_of(row);
            let sum = dot(factors, &right[first..row]);
            right[row] = (right[row] - sum) / pivot;
        }
        for row in (0..right.len()).rev() {
            let (first, factors, pivot) = row_of(row);
            let value = right[row] / pivot;
            right[row] = value;
            for (v, f) in right[first..row].iter_mut().zip(factors) {
                *v -= f * value;
            }
        }
    }
}

/// An order that keeps neighbours near: a walk from the one with the fewest, level by level.
///
/// # Source
/// Cuthill and McKee, Proc. 24th ACM National Conference (1969) 157-172.
pub(crate) fn order(mut neighbours: Vec<Vec<u32>>) -> Vec<usize> {
    for list in &mut neighbours {
        list.sort_unstable();
        list.dedup();
    }
    let mut starts: Vec<usize> = (0..neighbours.len()).collect();
    starts.sort_by_key(|&n| neighbours[n].len());
    let mut seen = vec![false; neighbours.len()];
    let mut order = Vec::with_capacity(neighbours.len());
    for start in starts {
        if seen[start] {
            continue;
        }
        seen[start] = true;
        let mut next = order.len();
        order.push(start);
        while next < order.len() {
            let mut near: Vec<usize> =
                neighbours[order[next]].iter().map(|n| *n as usize).collect();
            near.retain(|&n| !seen[n]);
            near.sort_by_key(|&n| neighbours[n].len());
            near.iter().for_each(|&n| seen[n] = true);
            order.extend(near);
            next += 1;
        }
    }
    order
}

/// Sum of products, in eight running sums.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a_blocks, b_blocks) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a_blocks.remainder().iter().zip(b_blocks.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_blocks.zip(b_blocks) {
        (0..8).for_each(|n| sums[n] += x[n] * y[n]);
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chain of springs of stiffness 1, held at both ends, pulled in its middle: a triangle. A row
    /// of zeros behind it stays at rest, and too little room is told.
    #[test]
    fn a_chain_of_springs_and_a_row_of_zeros() {
        let first = || (0..8).map(|row: u32| row.saturating_sub(1).min(6)).collect::<Vec<u32>>();
        assert!(Envelope::new(first(), 14).is_none());
        let mut chain = Envelope::new(first(), 15).unwrap();
        for row in 0..7 {
            chain.add(row, row, 2.0);
            if row > 0 {
                chain.add(row, row - 1, -1.0);
            }
        }
        chain.factor();
        let mut right = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0];
        chain.solve(&mut right);
        for (is, wanted) in right.iter().zip([0.5, 1.0, 1.5, 2.0, 1.5, 1.0, 0.5, 0.0]) {
            assert!((is - wanted).abs() < 1e-12, "{right:?}");
        }
    }

    #[test]
    fn an_order_keeps_neighbours_near() {
        // A path through shuffled numbers: each is next to those before and after it.
        let path = [3usize, 0, 4, 1, 5, 2];
        let mut neighbours = vec![Vec::new(); 6];
        for pair in path.windows(2) {
            neighbours[pair[0]].push(pair[1] as u32);
            neighbours[pair[1]].push(pair[0] as u32);
        }
        let order = order(neighbours);
        assert!(order == path || order.iter().rev().eq(path.iter()), "{order:?}");
    }
}
