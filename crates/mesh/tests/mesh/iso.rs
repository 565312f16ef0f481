//! Surfaces of scans with known answers: closed at the border, in any orientation.

use ossein_geom::{Grid, Job, Lps, Point, TriMesh, Vector, Volume};
use ossein_mesh::extract::ExtractError;
use ossein_mesh::iso::iso_surface_streamed;
use ossein_mesh::{check_watertight, iso_surface, measure};

fn volume(grid: Grid<Lps>, value: impl Fn(Point<Lps>) -> f64) -> Volume<i16, Lps> {
    let values = (0..grid.voxel_count()).map(|n| value(grid.center(grid.voxel(n))).round() as i16);
    Volume::new(grid.clone(), values.collect())
}

fn surface(volume: &Volume<i16, Lps>, level: f64) -> TriMesh<Lps> {
    iso_surface(volume, level, &Job::quiet()).unwrap().into_mesh()
}

/// Grids of 45 voxels a side around the origin: plain, turned, left-handed.
fn grids() -> [Grid<Lps>; 3] {
    let axes = |a: [f64; 3], b: [f64; 3], c: [f64; 3]| [a, b, c].map(Vector::from);
    [
        axes([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]),
        axes([0.0, 0.6, 0.8], [1.0, 0.0, 0.0], [0.0, 0.8, -0.6]),
        axes([-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]),
    ]
    .map(|axes| {
        let corner = Point::ORIGIN + (axes[0] + axes[1] + axes[2]) * -11.0;
        Grid { origin: corner, axes, spacing: [0.5; 3], size: [45; 3] }
    })
}

#[test]
fn a_ball_in_a_scan_is_a_ball() {
    for grid in grids() {
        let scan = volume(grid, |p| 100.0 * (10.0 - (p - Point::new(0.2, 0.1, -0.3)).norm()));
        let mesh = surface(&scan, 0.0);
        let found = measure::volume_mm3(&mesh);
        assert!((found / 4188.79 - 1.0).abs() < 2e-3, "{found}");
        let watertight = check_watertight(mesh).unwrap();
        assert_eq!(measure::genus(&watertight), 0);
    }
}

#[test]
fn what_reaches_the_border_is_cut_off_there() {
    for grid in grids() {
        let mesh = surface(&volume(grid.clone(), |_| 1000.0), 250.0);
        let found = measure::volume_mm3(&mesh);
        assert!((found / 22f64.powi(3) - 1.0).abs() < 1e-3, "{found}");
        check_watertight(mesh).unwrap();
        let half = surface(&volume(grid, |p| 100.0 * p.x), 0.0);
        let found = measure::volume_mm3(&half);
        assert!(found > 4000.0, "{found}");
        check_watertight(half).unwrap();
    }
}

#[test]
fn noise_is_closed_up_to_the_border() {
    let grid = Grid::<Lps>::aligned(Point::ORIGIN, [0.7, 0.8, 2.0], [67, 31, 33]);
    let noise = |n: usize| {
        let h = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ((h ^ h >> 31) >> 20) as i16
    };
    let scan = Volume::new(grid.clone(), (0..grid.voxel_count()).map(noise).collect());
    for level in [-32_768.0, -20_000.0, 0.0, 0.5, 32_767.0] {
        let mesh = surface(&scan, level);
        let inside = scan.values.iter().filter(|&&v| f64::from(v) >= level).count();
        assert_eq!(inside == 0, mesh.triangles.is_empty());
        let least = mesh.triangles.iter().map(|&t| mesh.doubled_normal(t).norm());
        assert!(least.fold(f64::INFINITY, f64::min) > 1e-7);
        check_watertight(mesh).unwrap();
    }
    assert!(surface(&scan, 40_000.0).triangles.is_empty());
    assert!(surface(&scan, f64::NAN).triangles.is_empty());
}

#[test]
fn threads_and_pieces_change_nothing() {
    let scan = volume(grids()[1].clone(), |p| 400.0 * (p.x * 1.3).sin() * (p.y + p.z).cos());
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| iso_surface(&scan, 120.0, &Job::quiet()).unwrap())
    };
    let whole = with(1);
    assert!(!whole.triangles.is_empty() && with(3) == whole);
    let mut triangles = Vec::new();
    iso_surface_streamed(&scan, 120.0, &Job::quiet(), |piece| {
        triangles.extend_from_slice(piece.triangles);
        Ok::<(), ExtractError>(())
    })
    .unwrap();
    assert_eq!(triangles, whole.triangles);
}
