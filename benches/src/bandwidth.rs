//! What the memory of this machine moves, measured beside a task by the triad of STREAM.

use std::time::Instant;

use rayon::prelude::*;

/// Numbers of each of the three arrays: 128 MiB, far beyond any cache of a desk machine.
const COUNT: usize = 1 << 24;
/// Numbers that a task takes.
const CHUNK: usize = 1 << 16;
/// Passes; the fastest counts.
const PASS_COUNT: usize = 8;
/// Bytes of an entry of a pass: two numbers are read and one is written.
const BYTES: usize = 3 * size_of::<f64>();

/// Gigabytes a second of `a = b + 3 c` over all threads.
///
/// # Source
/// McCalpin: Memory bandwidth and machine balance in current high performance computers, IEEE TCCA
/// Newsletter (1995) 19-25.
pub fn gb_per_s() -> f64 {
    let (mut a, b, c) = (vec![0.0f64; COUNT], vec![1.0f64; COUNT], vec![2.0f64; COUNT]);
    let mut fastest = f64::INFINITY;
    for _ in 0..PASS_COUNT {
        let began = Instant::now();
        let inputs = b.par_chunks(CHUNK).zip(c.par_chunks(CHUNK));
        a.par_chunks_mut(CHUNK).zip(inputs).for_each(|(a, (b, c))| {
            for n in 0..a.len() {
                a[n] = b[n] + 3.0 * c[n];
            }
        });
        fastest = fastest.min(began.elapsed().as_secs_f64());
        // Nobody may leave the passes out.
        assert!(std::hint::black_box(&a)[COUNT / 2] == 7.0);
    }
    (BYTES * COUNT) as f64 * 1e-9 / fastest
}
