//! Triangles by the cells that they touch.

/// Which triangles touch a cell.
pub struct Touched {
    /// Cells along x and y.
    size: [usize; 2],
    /// One more than the last link of each cell's chain.
    heads: Vec<u32>,
    /// A triangle each, and one more than the link before.
    links: Vec<(u32, u32)>,
}

impl Touched {
    /// Nothing yet, in a block with `size` samples. Only what is used of it takes memory.
    pub fn new([ni, nj, nk]: [usize; 3]) -> Self {
        Self { size: [ni, nj], heads: vec![0; ni * nj * nk], links: Vec::new() }
    }

    /// Notes that a triangle touches a cell.
    pub fn add(&mut self, [i, j, k]: [usize; 3], triangle: u32) {
        let head = &mut self.heads[(k * self.size[1] + j) * self.size[0] + i];
        self.links.push((triangle, *head));
        *head = self.links.len() as u32;
    }

    /// Appends the triangles that touch the cells of a row, from `at` to `last` along x.
    pub fn append(&self, [i, j, k]: [usize; 3], last: usize, found: &mut Vec<u32>) {
        let row = (k * self.size[1] + j) * self.size[0];
        for &head in &self.heads[row + i..=row + last] {
            let mut link = head as usize;
            while link != 0 {
                let (triangle, before) = self.links[link - 1];
                found.push(triangle);
                link = before as usize;
            }
        }
    }
}
