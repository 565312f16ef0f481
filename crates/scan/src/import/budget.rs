//! How much memory reading may hold at once.

use std::ops::Range;

/// Most files that are read side by side.
const BLOCK_COUNT_MAX: usize = 64;

/// Splits costs into runs that each sum to at most `budget`; a cost that is larger alone is an
/// error and comes back.
pub(crate) fn blocks(costs: &[u64], budget: u64) -> Result<Vec<Range<usize>>, u64> {
    let mut blocks = Vec::new();
    let (mut start, mut sum) = (0, 0u64);
    for (n, &cost) in costs.iter().enumerate() {
        if cost > budget {
            return Err(cost);
        }
        if sum + cost > budget || n - start == BLOCK_COUNT_MAX {
            blocks.push(start..n);
            (start, sum) = (n, 0);
        }
        sum += cost;
    }
    if start < costs.len() {
        blocks.push(start..costs.len());
    }
    Ok(blocks)
}

#[cfg(test)]
mod tests {
    use super::blocks;

    #[test]
    fn no_block_costs_more_than_the_budget() {
        assert_eq!(blocks(&[3, 3, 4, 1, 9, 1], 10), Ok(vec![0..3, 3..5, 5..6]));
        assert_eq!(blocks(&[3, 11], 10), Err(11));
        assert_eq!(blocks(&[], 10), Ok(vec![]));
        assert_eq!(blocks(&[0; 130], 0), Ok(vec![0..64, 64..128, 128..130]));
    }
}
