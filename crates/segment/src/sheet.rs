//! The cheapest smooth sheet through a field of costs.
//!
//! A sheet has one height per column of a two-dimensional array of columns. Costs are gathered
//! along eight directions with a penalty on steps between neighbours, and each column takes the
//! height with the least sum.
//!
//! # Source
//! Hirschmüller: IEEE TPAMI 30 (2008) 328-341, semi-global matching, with linear step penalty up
//! to a cap.

/// Shape of the columns and the stiffness of the sheet.
#[derive(Clone, Copy, Debug)]
pub struct SheetShape {
    /// Columns around; the last neighbours the first.
    pub around: usize,
    /// Rows of columns; they end.
    pub rows: usize,
    /// Heights per column.
    pub depth: usize,
    /// Cost of a step by one height between neighbours.
    pub step_cost: f32,
    /// Greatest cost of a step.
    pub step_cost_max: f32,
}

const DIRECTIONS: [(isize, isize); 8] =
    [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)];

/// Height of every column, `[row][around]`, in (fractional) indices.
///
/// `costs` is `[row][around][depth]`.
pub fn cheapest(costs: &[f32], shape: &SheetShape) -> Vec<f64> {
    assert_eq!(costs.len(), shape.around * shape.rows * shape.depth, "one cost per height");
    let mut total = vec![0f32; costs.len()];
    for direction in DIRECTIONS {
        gather(costs, shape, direction, &mut total);
    }
    let heights: Vec<f64> = total.chunks_exact(shape.depth).map(lowest).collect();
    median(&heights, shape)
}

/// Adds the costs of the cheapest paths that arrive along `direction`.
fn gather(costs: &[f32], shape: &SheetShape, (da, dr): (isize, isize), total: &mut [f32]) {
    let (n, rows, depth) = (shape.around, shape.rows, shape.depth);
    let (line_count, length) = if dr == 0 { (rows, 2 * n) } else { (n, rows) };
    let mut path = vec![0f32; depth];
    for line in 0..line_count {
        path.fill(0.0);
        for step in 0..length {
            let (row, around) = if dr == 0 {
                let a = if da > 0 { step % n } else { n - 1 - step % n };
                (line, a)
            } else {
                let row = if dr > 0 { step } else { rows - 1 - step };
                (row, (line as isize + da * step as isize).rem_euclid(n as isize) as usize)
            };
            let at = (row * n + around) * depth;
            advance(&mut path, &costs[at..at + depth], shape);
            if dr != 0 || step >= n {
                for (sum, p) in total[at..at + depth].iter_mut().zip(&path) {
                    *sum += p;
                }
            }
        }
    }
}

fn advance(path: &mut [f32], costs: &[f32], shape: &SheetShape) {
    let least = path.iter().copied().fold(f32::INFINITY, f32::min);
    for value in path.iter_mut() {
        *value = (*value - least).min(shape.step_cost_max);
    }
    for i in 1..path.len() {
        path[i] = path[i].min(path[i - 1] + shape.step_cost);
    }
    for i in (1..path.len()).rev() {
        path[i - 1] = path[i - 1].min(path[i] + shape.step_cost);
    }
    for (value, cost) in path.iter_mut().zip(costs) {
        *value += cost;
    }
}

fn lowest(column: &[f32]) -> f64 {
    let mut best = 0;
    for (i, &cost) in column.iter().enumerate() {
        if cost < column[best] {
            best = i;
        }
    }
    if best == 0 || best + 1 == column.len() {
        return best as f64;
    }
    let [l, m, r] = [column[best - 1], column[best], column[best + 1]].map(f64::from);
    let curvature = l - 2.0 * m + r;
    let shift = if curvature > 0.0 { 0.5 * (l - r) / curvature } else { 0.0 };
    best as f64 + shift.clamp(-0.5, 0.5)
}

fn median(heights: &[f64], shape: &SheetShape) -> Vec<f64> {
    let (n, rows) = (shape.around, shape.rows);
    let near = |row: usize, around: usize| {
        let mut nine = [0.0; 9];
        for (slot, value) in nine.iter_mut().enumerate() {
            let r = (row + slot / 3).saturating_sub(1).min(rows - 1);
            *value = heights[r * n + (around + n + slot % 3 - 1) % n];
        }
        nine.sort_by(f64::total_cmp);
        nine[4]
    };
    (0..heights.len()).map(|i| near(i / n, i % n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_in_the_evidence_is_bridged() {
        let shape =
            SheetShape { around: 24, rows: 12, depth: 30, step_cost: 0.1, step_cost_max: 1.0 };
        let mut costs = vec![0f32; 24 * 12 * 30];
        for row in 0..12 {
            for around in 0..24 {
                let blind = (4..8).contains(&row) && (5..10).contains(&around);
                if !blind {
                    costs[(row * 24 + around) * 30 + 17] = -1.0;
                }
            }
        }
        let heights = cheapest(&costs, &shape);
        assert!(heights.iter().all(|h| (h - 17.0).abs() < 0.51), "{heights:?}");
    }
}
