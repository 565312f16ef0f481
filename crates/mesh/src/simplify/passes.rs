//! Passes of edge collapse: blocks side by side, then blocks that lie across their seams, then
//! the rest as one.

use ossein_geom::{Cancelled, Frame, Job, TriMesh, Vector};
use rayon::prelude::*;

use super::block::{Block, Until};
use super::quadric::Quadric;
use super::queue::{BUCKET_COUNT, NONE};
use crate::tree::along_curve;

/// Triangles of a block: half-edges, vertices and quadrics fit the second-level cache.
const BLOCK: usize = 8192;
/// Of so many blocks one is tried out first, to find the cost at which to stop.
const TRIAL: usize = 32;
/// Blocks that one thread takes at a time.
const GROUP: usize = 8;

/// What all passes aim at.
pub struct Goal {
    /// Mean squared distance at a vertex, mm².
    pub mean_square_mm2: f64,
    /// How far one collapse may move the surface, mm.
    pub step_mm: f64,
    /// A collapse of at most this cost moves it by less, mm⁴.
    pub small_cost: f64,
    /// No fewer triangles than this.
    pub triangle_count: usize,
}

impl Goal {
    fn until(&self, bucket: usize, triangle_count: usize) -> Until {
        let Self { mean_square_mm2, step_mm, small_cost, .. } = *self;
        Until { bucket, triangle_count, mean_square_mm2, step_mm, small_cost }
    }
}

/// A mesh between two passes.
struct Work {
    /// Places, mm.
    places: Vec<[f64; 3]>,
    /// Planes gathered by each vertex; empty before the first pass.
    quadrics: Vec<Quadric>,
    /// By how much the limit is tightened at each vertex, squared; infinite where it must stay.
    care: Vec<f32>,
    /// The vertex of the first mesh that each is, or `NONE` where it has moved.
    sources: Vec<u32>,
    /// Corners.
    triangles: Vec<[u32; 3]>,
}

/// What is left of a block, and the numbers that its vertices had outside.
struct Piece {
    work: Work,
    numbers: Vec<u32>,
}

/// Triangles in all that one block may hold when nothing lies beside it.
const ONE: usize = 4 * BLOCK;
/// Of the wanted triangles, how many more the first and the second pass leave.
const LEFT: [f64; 2] = [2.0, 1.15];

/// The mesh after all passes.
pub fn collapsed<F: Frame>(
    mesh: &TriMesh<F>,
    order: &[u32],
    care: &[f32],
    goal: &Goal,
    job: &Job,
) -> Result<TriMesh<F>, Cancelled> {
    if mesh.triangles.is_empty() {
        return Ok(mesh.clone());
    }
    let center = mesh.bounds().center();
    let mut work = Work {
        places: mesh.vertices.iter().map(|&p| (p - center).array()).collect(),
        quadrics: Vec::new(),
        care: care.to_vec(),
        sources: (0..mesh.vertices.len() as u32).collect(),
        triangles: mesh.triangles.clone(),
    };
    for (pass, more) in LEFT.into_iter().enumerate() {
        if work.triangles.len() <= ONE.max((more * goal.triangle_count as f64) as usize) {
            continue;
        }
        let place = |v: u32| work.places[v as usize];
        let shifted = (pass > 0).then(|| along_curve(&work.triangles, &place, 0.37));
        let order = shifted.as_deref().unwrap_or(order);
        let count = (more * goal.triangle_count as f64) as usize;
        work = over_blocks(work, order, count, goal, job)?;
    }
    let work = as_one(work, goal);
    let place = |(place, &source): (&[f64; 3], &u32)| match source {
        NONE => center + Vector::from(*place),
        source => mesh.vertices[source as usize],
    };
    let vertices = work.places.iter().zip(&work.sources).map(place).collect();
    Ok(TriMesh { vertices, triangles: work.triangles })
}

/// One pass over blocks of `order`, down to `triangle_count` triangles in all.
fn over_blocks(
    work: Work,
    order: &[u32],
    triangle_count: usize,
    goal: &Goal,
    job: &Job,
) -> Result<Work, Cancelled> {
    let mut degrees = vec![0u32; work.places.len()];
    work.triangles.iter().flatten().for_each(|&v| degrees[v as usize] += 1);
    let blocks: Vec<&[u32]> = order.chunks(BLOCK).collect();
    let bucket = stop_bucket(&work, &degrees, &blocks, triangle_count, goal);
    job.step(1, 4)?;
    let until = goal.until(bucket, 0);
    let groups: Vec<Vec<Piece>> = blocks
        .par_chunks(GROUP)
        .map_init(
            || vec![NONE; work.places.len()],
            |local, group| {
                let mut one = |numbers: &&[u32]| {
                    let (mut block, outside) = cut_out(&work, &degrees, numbers, local);
                    block.collapse(&until, |_| ());
                    compact(block, &outside)
                };
                group.iter().map(&mut one).collect()
            },
        )
        .collect();
    job.step(2, 4)?;
    Ok(join(work, groups))
}

/// All that is left as one block, down to the goal's count.
fn as_one(work: Work, goal: &Goal) -> Work {
    let quadrics = if work.quadrics.is_empty() {
        gathered(work.places.len(), &work.triangles, &work.places)
    } else {
        work.quadrics
    };
    let origins = work.triangles.into_iter().flatten().collect();
    let mut block = Block::new(work.places, quadrics, work.care, work.sources, origins);
    let until = goal.until(usize::MAX, goal.triangle_count);
    block.collapse(&until, |_| ());
    compact(block, &[]).work
}

fn gathered(count: usize, triangles: &[[u32; 3]], places: &[[f64; 3]]) -> Vec<Quadric> {
    let mut quadrics = vec![Quadric::default(); count];
    for t in triangles {
        let plane = Quadric::of_triangle(t.map(|v| places[v as usize]));
        t.iter().for_each(|&v| quadrics[v as usize] += plane);
    }
    quadrics
}

/// The bucket at which the mesh would have about `triangle_count` triangles if blocks had no
/// seams, from a few blocks.
fn stop_bucket(
    work: &Work,
    degrees: &[u32],
    blocks: &[&[u32]],
    triangle_count: usize,
    goal: &Goal,
) -> usize {
    if triangle_count == 0 {
        return usize::MAX;
    }
    let ratio = triangle_count as f64 / work.triangles.len() as f64;
    let tried: Vec<&&[u32]> = blocks.iter().step_by(TRIAL).collect();
    let gone: Vec<(usize, Vec<u32>)> = tried
        .par_iter()
        .map_init(
            || vec![NONE; work.places.len()],
            |local, numbers| {
                let (mut block, _) = cut_out(work, degrees, numbers, local);
                let count = (0.5 * ratio * numbers.len() as f64) as usize;
                let until = goal.until(usize::MAX, count);
                let mut gone = vec![0u32; BUCKET_COUNT];
                let count = block.free_count();
                block.collapse(&until, |bucket| gone[bucket] += 2);
                (count, gone)
            },
        )
        .collect();
    let whole: usize = gone.iter().map(|(count, _)| count).sum();
    let mut left = whole as f64;
    for bucket in 0..BUCKET_COUNT {
        left -= gone.iter().map(|(_, gone)| f64::from(gone[bucket])).sum::<f64>();
        if left <= ratio * whole as f64 {
            return bucket;
        }
    }
    usize::MAX
}

/// The block of the triangles `numbers`, and the numbers that its vertices have outside; `local`
/// is all `NONE` before and after.
fn cut_out(work: &Work, degrees: &[u32], numbers: &[u32], local: &mut [u32]) -> (Block, Vec<u32>) {
    let mut outside = Vec::with_capacity(numbers.len());
    let mut origins = Vec::with_capacity(3 * numbers.len());
    let mut counts: Vec<u32> = Vec::with_capacity(numbers.len());
    for &number in numbers {
        for v in work.triangles[number as usize] {
            let slot = &mut local[v as usize];
            if *slot == NONE {
                *slot = outside.len() as u32;
                outside.push(v);
                counts.push(0);
            }
            counts[*slot as usize] += 1;
            origins.push(*slot);
        }
    }
    outside.iter().for_each(|&v| local[v as usize] = NONE);
    let places: Vec<[f64; 3]> = outside.iter().map(|&v| work.places[v as usize]).collect();
    let quadrics = if work.quadrics.is_empty() {
        gathered(places.len(), origins.as_chunks::<3>().0, &places)
    } else {
        outside.iter().map(|&v| work.quadrics[v as usize]).collect()
    };
    let care = |(&v, &count): (&u32, &u32)| {
        if count < degrees[v as usize] { f32::INFINITY } else { work.care[v as usize] }
    };
    let care = outside.iter().zip(&counts).map(care).collect();
    let sources = outside.iter().map(|&v| work.sources[v as usize]).collect();
    (Block::new(places, quadrics, care, sources, origins), outside)
}

/// Puts the pieces together again; vertices that lie in several keep one number.
fn join(work: Work, groups: Vec<Vec<Piece>>) -> Work {
    let first = work.quadrics.is_empty();
    let mut shared = vec![NONE; work.places.len()];
    let count: usize = groups.iter().flatten().map(|p| p.work.triangles.len()).sum();
    let room = count / 2 + count / 16;
    let mut joined = Work {
        places: Vec::with_capacity(room),
        quadrics: Vec::with_capacity(room),
        care: Vec::with_capacity(room),
        sources: Vec::with_capacity(room),
        triangles: Vec::with_capacity(count),
    };
    for Piece { work: piece, numbers } in groups.into_iter().flatten() {
        let mut inside = Vec::with_capacity(numbers.len());
        for (v, &number) in numbers.iter().enumerate() {
            let slot = &mut shared[number as usize];
            if *slot == NONE {
                *slot = joined.places.len() as u32;
                joined.places.push(piece.places[v]);
                joined.quadrics.push(piece.quadrics[v]);
                joined.sources.push(piece.sources[v]);
                joined.care.push(work.care[number as usize].max(piece.care[v]));
            } else if first {
                // Each block has gathered the planes of its own triangles alone.
                joined.quadrics[*slot as usize] += piece.quadrics[v];
            }
            inside.push(*slot);
        }
        joined.triangles.extend(piece.triangles.iter().map(|t| t.map(|v| inside[v as usize])));
    }
    joined
}

/// The vertices and triangles that are left, in their old order of use.
fn compact(block: Block, outside: &[u32]) -> Piece {
    let mut numbers = vec![NONE; block.places.len()];
    let mut kept = vec![];
    let mut triangles = Vec::with_capacity(block.triangle_count);
    for t in block.origins.as_chunks::<3>().0.iter().filter(|t| t[0] != NONE) {
        triangles.push(t.map(|v| {
            let slot = &mut numbers[v as usize];
            if *slot == NONE {
                *slot = kept.len() as u32;
                kept.push(v as usize);
            }
            *slot
        }));
    }
    let care = |&v: &usize| if block.rim[v] { 0.0 } else { block.care[v] };
    Piece {
        work: Work {
            places: kept.iter().map(|&v| block.places[v]).collect(),
            quadrics: kept.iter().map(|&v| block.quadrics[v]).collect(),
            care: kept.iter().map(care).collect(),
            sources: kept.iter().map(|&v| block.sources[v]).collect(),
            triangles,
        },
        numbers: kept.iter().filter_map(|&v| outside.get(v).copied()).collect(),
    }
}
