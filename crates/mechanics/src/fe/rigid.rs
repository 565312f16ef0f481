//! Rigid motions of pieces of the material: what bends or hangs by little, and no grid sees.
//!
//! A grid of cubes is far too stiff where a strut thinner than its cells bends, and mean moduli
//! join stiff grains that only a soft matrix holds. The material is cut into blocks and these into
//! pieces that hang together and are about equally stiff; the six rigid motions of each make one
//! more coarse space, solved at once beside the grids.
//!
//! # Source
//! Aggregates and their rigid motions: Vanek, Mandel, Brezina, Computing 56 (1996) 179-196; that
//! stiff inclusions want them: Nicolaides, SIAM J. Numer. Anal. 24 (1987) 355-365.

use super::element::matrix;
use super::envelope::{Envelope, order};
use super::level::Level;
use crate::pieces::{find, unite};

/// Edges of the blocks in voxels: the first that leaves no more pieces than can be solved at once.
const BLOCKS: [u16; 6] = [4, 8, 16, 32, 64, 128];
const PIECE_COUNT_MAX: usize = 4000;
const FACTOR_COUNT_MAX: usize = 20_000_000;
/// Elements of one piece differ in stiffness by less than this factor.
const ALIKE: f32 = 8.0;
/// Bytes that the search for pieces takes for each node.
const NODE_BYTES: u64 = 96;
/// A piece's motions: along three axes, about three axes.
const MOTIONS: usize = 6;
/// Stands for nothing.
const NONE: u32 = u32::MAX;

/// The coarse space of the pieces' rigid motions.
pub(crate) struct Rigid {
    /// Piece of each node.
    piece: Vec<u32>,
    /// From the middle of its piece to each node, in voxels.
    arm: Vec<[f32; 3]>,
    factors: Envelope,
    right: Vec<f64>,
}

impl Rigid {
    /// Of the finest grid, whose nodes lie at these places; nothing where no blocks will do.
    pub fn new(level: &Level, places: &[[u16; 3]]) -> Option<Self> {
        let elements = Elements::of(level, places);
        BLOCKS.iter().find_map(|&edge| {
            let (piece, count) = elements.pieces(edge);
            (count <= PIECE_COUNT_MAX).then(|| Self::of(level, places, piece, count)).flatten()
        })
    }

    /// Most bytes that this takes for so many nodes.
    pub fn bytes(node_count: usize) -> u64 {
        NODE_BYTES * node_count as u64 + 8 * FACTOR_COUNT_MAX as u64
    }

    /// Bytes that a step moves: the factors and, down and back, each node's piece and arm.
    pub fn step_bytes(&self) -> u64 {
        let nodes = 2 * self.piece.len() * (size_of::<u32>() + size_of::<[f32; 3]>());
        (2 * size_of::<f64>() * (self.factors.len() + 2 * self.right.len()) + nodes) as u64
    }

    fn of(level: &Level, places: &[[u16; 3]], piece: Vec<u32>, count: usize) -> Option<Self> {
        let mut number = vec![0; count];
        for (n, p) in order(neighbours(level, &piece, count)).into_iter().enumerate() {
            number[p] = n as u32;
        }
        let piece: Vec<u32> = piece.iter().map(|&p| number[p as usize]).collect();
        let mut first: Vec<u32> = (0..count as u32).collect();
        level.mesh.for_each_element(|_, nodes, _, _| {
            let lowest = nodes.iter().map(|&n| piece[n as usize]).min().unwrap_or(0);
            for node in nodes {
                let first = &mut first[piece[node as usize] as usize];
                *first = lowest.min(*first);
            }
        });
        let rows = first.iter().flat_map(|first| [MOTIONS as u32 * first; MOTIONS]);
        let factors = Envelope::new(rows.collect(), FACTOR_COUNT_MAX)?;
        let arm = arms(places, &piece, count);
        let mut rigid = Self { piece, arm, factors, right: vec![0.0; MOTIONS * count] };
        rigid.assemble(level);
        rigid.factors.factor();
        Some(rigid)
    }

    /// The motion of a node's free axes for unit motions of its piece.
    fn motions(&self, level: &Level, node: usize) -> [[f64; MOTIONS]; 3] {
        let [x, y, z] = self.arm[node].map(f64::from);
        let mut motions =
            [[1.0, 0.0, 0.0, 0.0, z, -y], [0.0, 1.0, 0.0, -z, 0.0, x], [0.0, 0.0, 1.0, y, -x, 0.0]];
        for (axis, motion) in motions.iter_mut().enumerate() {
            if level.inverse[axis * level.mesh.stride() + node] == 0.0 {
                *motion = [0.0; MOTIONS];
            }
        }
        motions
    }

    fn assemble(&mut self, level: &Level) {
        level.mesh.for_each_element(|_, nodes, scale, template| {
            let matrix = matrix(&level.mesh.templates.double[template as usize], 16.0);
            let motions = nodes.map(|n| self.motions(level, n as usize));
            for (a, &node) in nodes.iter().enumerate() {
                let row = MOTIONS as u32 * self.piece[node as usize];
                for (b, &other) in nodes.iter().enumerate() {
                    let column = MOTIONS as u32 * self.piece[other as usize];
                    if column > row {
                        continue;
                    }
                    let block = between(&matrix, [a, b], [&motions[a], &motions[b]]);
                    for (m, line) in (0..).zip(&block) {
                        let kept = line.iter().zip(0..).filter(|(_, n)| column + n <= row + m);
                        for (value, n) in kept {
                            self.factors.add(row + m, column + n, f64::from(scale) * value);
                        }
                    }
                }
            }
        });
    }

    /// Sets the step `d` to the motions of the pieces that the residual asks for.
    pub fn step(&mut self, level: &mut Level) {
        let stride = level.mesh.stride();
        self.right.fill(0.0);
        for (node, &piece) in self.piece.iter().enumerate() {
            let motions = self.motions(level, node);
            let sums = &mut self.right[MOTIONS * piece as usize..][..MOTIONS];
            for (axis, motion) in motions.iter().enumerate() {
                let force = f64::from(level.r[axis * stride + node]);
                sums.iter_mut().zip(motion).for_each(|(sum, m)| *sum += force * m);
            }
        }
        self.factors.solve(&mut self.right);
        for (node, &piece) in self.piece.iter().enumerate() {
            let motions = self.motions(level, node);
            let of_piece = &self.right[MOTIONS * piece as usize..][..MOTIONS];
            for (axis, motion) in motions.iter().enumerate() {
                let moved: f64 = of_piece.iter().zip(motion).map(|(a, m)| a * m).sum();
                level.d[axis * stride + node] = moved as f32;
            }
        }
    }
}

/// The pieces that have an element in common with each.
fn neighbours(level: &Level, piece: &[u32], count: usize) -> Vec<Vec<u32>> {
    let mut neighbours: Vec<Vec<u32>> = vec![Vec::new(); count];
    level.mesh.for_each_element(|_, nodes, _, _| {
        let mut pieces = nodes.map(|n| piece[n as usize]).to_vec();
        pieces.sort_unstable();
        pieces.dedup();
        if pieces.len() > 1 {
            pieces.iter().for_each(|&p| neighbours[p as usize].extend(&pieces));
        }
    });
    neighbours
}

/// What a pair of an element's nodes gives to the energy of two pieces' motions.
fn between(
    matrix: &[[f64; 24]; 24],
    [a, b]: [usize; 2],
    [left, right]: [&[[f64; MOTIONS]; 3]; 2],
) -> [[f64; MOTIONS]; MOTIONS] {
    let mut pulled = [[0.0; MOTIONS]; 3];
    for (i, pulled) in pulled.iter_mut().enumerate() {
        for (j, right) in right.iter().enumerate() {
            let stiffness = matrix[3 * a + i][3 * b + j];
            (0..MOTIONS).for_each(|n| pulled[n] += stiffness * right[n]);
        }
    }
    let mut block = [[0.0; MOTIONS]; MOTIONS];
    for (left, pulled) in left.iter().zip(&pulled) {
        for (line, left) in block.iter_mut().zip(left) {
            (0..MOTIONS).for_each(|n| line[n] += left * pulled[n]);
        }
    }
    block
}

/// From the middle of its piece to each node.
fn arms(places: &[[u16; 3]], piece: &[u32], count: usize) -> Vec<[f32; 3]> {
    let mut sums = vec![[0.0f64; 4]; count];
    for (place, &piece) in places.iter().zip(piece) {
        let sum = &mut sums[piece as usize];
        (0..3).for_each(|a| sum[a] += f64::from(place[a]));
        sum[3] += 1.0;
    }
    let arm = |(place, &piece): (&[u16; 3], &u32)| {
        let sum = &sums[piece as usize];
        [0, 1, 2].map(|a| (f64::from(place[a]) - sum[a] / sum[3]) as f32)
    };
    places.iter().zip(piece).map(arm).collect()
}

/// Elements with what decides their pieces.
struct Elements {
    /// Place and stiffness of each.
    at: Vec<([u16; 3], f32)>,
    /// The elements around each node.
    around: Vec<[u32; 8]>,
}

impl Elements {
    fn of(level: &Level, places: &[[u16; 3]]) -> Self {
        let mut at = Vec::new();
        let mut around = vec![[NONE; 8]; places.len()];
        level.mesh.for_each_element(|_, nodes, scale, template| {
            let moduli = &level.mesh.templates.moduli[template as usize];
            for (corner, &node) in nodes.iter().enumerate() {
                around[node as usize][corner] = at.len() as u32;
            }
            at.push((places[nodes[0] as usize], scale * moduli[0] as f32));
        });
        Self { at, around }
    }

    /// The piece of each node in blocks of this edge, and how many there are. A node belongs to
    /// the stiffest element around it.
    fn pieces(&self, edge: u16) -> (Vec<u32>, usize) {
        let block = |n: u32| self.at[n as usize].0.map(|v| v / edge);
        let stiffness = |n: u32| self.at[n as usize].1;
        let mut parent: Vec<u32> = (0..self.at.len() as u32).collect();
        let present = |around: &[u32; 8]| around.iter().copied().filter(|&n| n != NONE).collect();
        for around in &self.around {
            let around: Vec<u32> = present(around);
            for (n, &a) in around.iter().enumerate() {
                for &b in &around[..n] {
                    let (a_stiff, b_stiff) = (stiffness(a), stiffness(b));
                    let alike = a_stiff < ALIKE * b_stiff && b_stiff < ALIKE * a_stiff;
                    if alike && block(a) == block(b) {
                        unite(&mut parent, a, b);
                    }
                }
            }
        }
        let mut number = vec![NONE; self.at.len()];
        let mut count = 0;
        let of_node = |around: &[u32; 8]| {
            let around: Vec<u32> = present(around);
            let stiffest = around
                .into_iter()
                .max_by(|&a, &b| stiffness(a).total_cmp(&stiffness(b)).then(b.cmp(&a)));
            let root = find(&mut parent, stiffest.unwrap_or(0)) as usize;
            if number[root] == NONE {
                number[root] = count;
                count += 1;
            }
            number[root]
        };
        let pieces = self.around.iter().map(of_node).collect();
        (pieces, count as usize)
    }
}
