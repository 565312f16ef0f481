//! Images on cubes: what is linear stays so, what is there stays there, labels stay labels.

use ossein_geom::{Grid, Lps, Point, Vector};
use ossein_scan::image::{Image, Values};
use ossein_scan::resample::{Content, cubes, resample};

/// Slices twice as thick as pixels, turned in the plane.
fn grid(size: [usize; 3]) -> Grid<Lps> {
    let (x, y) = (Vector::new(0.6, 0.8, 0.0), Vector::new(-0.8, 0.6, 0.0));
    let axes = [x, y, Vector::new(0.0, 0.0, 1.0)];
    Grid { origin: Point::new(7.0, 8.0, 9.0), axes, spacing: [0.4, 0.4, 0.8], size }
}

fn image(size: [usize; 3], value: impl Fn([usize; 3]) -> f32) -> Image {
    let grid = grid(size);
    let values = (0..grid.voxel_count()).map(|n| value(grid.voxel(n))).collect();
    Image { format: "NumPy", grid, values: Values::F32(values), findings: Vec::new() }
}

fn grey(image: &Image, edge_mm: f64) -> (Grid<Lps>, Vec<f32>) {
    let to = cubes(&image.grid, edge_mm);
    let Values::F32(values) = resample(image.clone(), &to, Content::Grey).values else {
        panic!("single precision")
    };
    (to, values)
}

#[test]
fn cubes_fill_the_box_of_their_image() {
    for (edge, size) in [(0.4, [10, 8, 12]), (0.8, [5, 4, 6]), (0.2, [20, 16, 24])] {
        let (old, new) = (grid([10, 8, 6]), cubes(&grid([10, 8, 6]), edge));
        assert_eq!(new.size, size);
        for corner in [[0.0; 3], [1.0; 3]] {
            let at = |grid: &Grid<Lps>| {
                grid.point([0, 1, 2].map(|a| corner[a] * grid.size[a] as f64 - 0.5))
            };
            assert!((at(&old) - at(&new)).norm() < 1e-9, "{edge}");
        }
    }
    // 4 x 3.2 x 4.8 mm: the nearest whole numbers, around the same middle.
    let new = cubes(&grid([10, 8, 6]), 0.7);
    assert_eq!(new.size, [6, 5, 7]);
    let middle = |grid: &Grid<Lps>| grid.point(grid.size.map(|n| 0.5 * (n as f64 - 1.0)));
    assert!((middle(&new) - middle(&grid([10, 8, 6]))).norm() < 1e-9);
}

/// A linear field is itself on finer and on coarser cubes, but in half a voxel at the faces.
#[test]
fn a_linear_field_stays_linear() {
    let image = image([10, 8, 6], |[i, j, k]| i as f32 + 10.0 * j as f32 + 100.0 * k as f32);
    for edge in [0.2, 0.4, 0.7, 0.8, 1.1] {
        let (to, values) = grey(&image, edge);
        for (n, value) in values.iter().enumerate() {
            let at = image.grid.coordinates(to.center(to.voxel(n)));
            let reach = [0, 1, 2].map(|a| 0.5 * (edge / image.grid.spacing[a] - 1.0).max(0.0));
            let last = image.grid.size.map(|n| n as f64 - 1.0);
            if (0..3).all(|a| at[a] >= reach[a] && at[a] <= last[a] - reach[a]) {
                let exact = at[0] + 10.0 * at[1] + 100.0 * at[2];
                // Voxels that a coarser one cuts count at their middles: up to a quarter voxel off.
                let cut = ![0.2, 0.4, 0.8].contains(&edge);
                let bound = if cut { 0.25 * 111.0 } else { 1e-3 };
                assert!((f64::from(*value) - exact).abs() < bound, "{edge}: {value} for {exact}");
            }
        }
    }
}

/// Coarser cubes of whole voxels hold all that the voxels held.
#[test]
fn nothing_is_lost_in_coarser_cubes() {
    let image = image([8, 8, 6], |[i, j, k]| ((7 * i + 5 * j + 3 * k) % 11) as f32);
    let Values::F32(before) = &image.values else { panic!() };
    let mass = |values: &[f32], grid: &Grid<Lps>| {
        values.iter().map(|&v| f64::from(v)).sum::<f64>() * grid.voxel_mm3()
    };
    let (to, values) = grey(&image, 0.8);
    assert_eq!(to.size, [4, 4, 6]);
    let (new, old) = (mass(&values, &to), mass(before, &image.grid));
    assert!((new / old - 1.0).abs() < 1e-6, "{new} for {old}");
}

#[test]
fn labels_stay_labels_and_in_their_place() {
    let labels = image([10, 8, 6], |[i, _, k]| if i < 4 { 0.0 } else { 7.0 + (k / 3) as f32 });
    let to = cubes(&labels.grid, 0.4);
    let Values::F32(values) = resample(labels.clone(), &to, Content::Labels).values else {
        panic!()
    };
    for (n, value) in values.iter().enumerate() {
        let [i, _, k] = to.voxel(n);
        assert_eq!(*value, if i < 4 { 0.0 } else { 7.0 + (k / 6) as f32 });
    }
    // The same grid changes nothing.
    let same = image([5, 4, 3], |[i, j, k]| (i * j * k) as f32);
    for content in [Content::Grey, Content::Labels] {
        assert_eq!(resample(same.clone(), &same.grid, content).values, same.values);
    }
}
