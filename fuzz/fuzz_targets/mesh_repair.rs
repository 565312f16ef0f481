//! Any triangles over a few vertices: repaired, and simplified where closed, never a panic.
#![no_main]

use ossein_geom::{Job, Lps, Mm, Point, TriMesh};
use ossein_mesh::{RepairOptions, SimplifyOptions, check_watertight, repair, simplify};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (count, rest) = match bytes.split_first() {
        Some((&count, rest)) => (usize::from(count % 24), rest),
        None => return,
    };
    let (places, corners) = rest.split_at(rest.len().min(3 * count));
    let place = |c: &[u8]| Point::<Lps>::from([0, 1, 2].map(|a| f64::from(c[a] % 5)));
    let mesh = TriMesh {
        vertices: places.chunks_exact(3).map(place).collect(),
        triangles: corners.chunks_exact(3).map(|c| [0, 1, 2].map(|i| u32::from(c[i] % 25))).collect(),
    };
    let options = RepairOptions { speck_mm3: 0.0, ..RepairOptions::default() };
    let fixed = repair(&mesh, &options, &Job::quiet()).unwrap();
    assert_eq!(fixed.defects.is_none(), check_watertight(fixed.mesh.clone()).is_ok());
    let options = SimplifyOptions { max_error: Mm(0.3), triangle_count_min: 0 };
    let simple = simplify(&fixed.mesh, &options, &Job::quiet()).unwrap().mesh;
    assert_eq!(fixed.defects.is_none(), check_watertight(simple).is_ok());
});
