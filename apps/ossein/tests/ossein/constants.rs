//! Constants of `ossein solve` that images give for each voxel.

use crate::common::{Folder, npy, ossein};
use ossein_geom::{Grid, Lps, Mpa, Point};
use ossein_mechanics::homogenized::{self, Cell, axial_modulus};
use ossein_scan::nifti;
use serde_json::Value;

/// Four layers of 2 x 2 voxels of 0.5 mm.
const SIZE: [usize; 3] = [2, 2, 4];

fn grid(voxel_mm: f64, size: [usize; 3]) -> Grid<Lps> {
    Grid::aligned(Point::new(0.5 * voxel_mm, 0.5 * voxel_mm, 0.5 * voxel_mm), [voxel_mm; 3], size)
}

/// A folder with labels of 1, and an image that has these values in its layers.
fn layers(name: &str, values: [f32; 4]) -> Folder {
    let folder = Folder::new(name);
    folder.put("labels.nii.gz", nifti::write_field(&grid(0.5, SIZE), "label", 1, &[1.0; 16]));
    put(&folder, "map.nii.gz", values);
    folder
}

fn put(folder: &Folder, name: &str, values: [f32; 4]) {
    let each: Vec<f32> = values.iter().flat_map(|&v| [v; 4]).collect();
    folder.put(name, nifti::write_field(&grid(0.5, SIZE), "map", 1, &each));
}

fn model(material: &str) -> String {
    format!(
        "[image]\npath = \"labels.nii.gz\"\n[[material]]\nlabel = 1\n{material}\n\
         [support]\nbottom = \"sliding\"\ntop = \"sliding\"\n\
         [[load]]\nname = \"press\"\nstrain = -0.01\n[solver]\nsecond_resolution = false\n"
    )
}

#[track_caller]
fn modulus(folder: &Folder, material: &str) -> f64 {
    folder.put("model.toml", model(material));
    let (json, _) = ossein(&["solve", &folder.path("model.toml"), "--json"], 0);
    json["cases"][0]["apparent_modulus_mpa"].as_f64().unwrap()
}

/// Layers in series that no plate holds sideways give way one after the other.
fn in_series(moduli: [f64; 4]) -> f64 {
    4.0 / moduli.iter().map(|m| 1.0 / m).sum::<f64>()
}

#[track_caller]
fn near(value: f64, exact: f64) {
    assert!((value / exact - 1.0).abs() < 1e-5, "{value} for {exact}");
}

#[test]
fn each_voxel_has_the_modulus_of_an_image() {
    let folder = layers("modulus", [1000.0, 2000.0, 4000.0, 500.0]);
    let map = "modulus_mpa = \"map.nii.gz\"\npoisson = 0";
    near(modulus(&folder, map), in_series([1000.0, 2000.0, 4000.0, 500.0]));
    // Finer voxels of the image are looked up at the middles of the elements.
    let fine = [[1000.0f32; 16]; 2].into_iter().chain([[250.0; 16]; 6]).flatten();
    let fine: Vec<f32> = fine.collect();
    let image = nifti::write_field(&grid(0.25, [4, 4, 8]), "map", 1, &fine);
    folder.put("map.nii.gz", image);
    near(modulus(&folder, map), in_series([1000.0, 250.0, 250.0, 250.0]));
}

/// A graded block of lattice: each layer as stiff as the table says of its fraction. Poisson's
/// ratios of the layers differ, so the sides are held.
#[test]
fn each_voxel_has_the_stiffness_of_a_lattice_of_its_fraction() {
    let fractions = [0.15f32, 0.2, 0.3, 0.4];
    let folder = layers("fraction", fractions);
    let lattice =
        "modulus_mpa = 110000\nlattice = { cell = \"gyroid-sheet\", fraction = \"map.nii.gz\" }";
    let confined = model(lattice).replace(
        "bottom = \"sliding\"",
        "symmetric = [\"x_low\", \"x_high\", \"y_low\", \"y_high\"]\nbottom = \"sliding\"",
    );
    folder.put("model.toml", confined);
    let (json, _) = ossein(&["solve", &folder.path("model.toml"), "--json"], 0);
    let table = |fraction: f32| {
        homogenized::moduli(Cell::GyroidSheet, f64::from(fraction), Mpa(110_000.0)).unwrap()
    };
    let stiff = fractions.map(|fraction| f64::from(table(fraction)[0]));
    near(json["cases"][0]["apparent_modulus_mpa"].as_f64().unwrap(), in_series(stiff));
    // Of one fraction alone, as the same number gives.
    put(&folder, "map.nii.gz", [0.3; 4]);
    let one = axial_modulus(table(0.3).map(f64::from));
    near(modulus(&folder, lattice), one);
}

/// Nine constants, one of them an image: Young's modulus along z alone bears a column.
#[test]
fn any_constant_of_an_orthotropic_material_may_be_an_image() {
    let folder = layers("nine", [1000.0, 2000.0, 4000.0, 500.0]);
    let nine = "orthotropic = { young_mpa = [300, 400, \"map.nii.gz\"], \
                shear_mpa = [100, 100, 100], poisson = [0, 0, 0] }";
    near(modulus(&folder, nine), in_series([1000.0, 2000.0, 4000.0, 500.0]));
}

#[test]
fn voxels_that_no_material_can_be_made_of_are_named() {
    let folder = layers("bad-maps", [1000.0, 2000.0, 0.0, 500.0]);
    let refused = |material: &str, words: &str| {
        folder.put("model.toml", model(material));
        let (json, said) = ossein(&["solve", &folder.path("model.toml"), "--json"], 1);
        assert!(said.contains(words) && json == Value::Null, "`{words}` is not in:\n{said}");
    };
    let map = "modulus_mpa = \"map.nii.gz\"";
    refused(map, "model.toml: [[material]] label 1: at voxel (0, 0, 2), modulus_mpa = 0; above 0");
    put(&folder, "dense.nii.gz", [0.2, 0.3, 0.3, 0.95]);
    let lattice = "modulus_mpa = 9\nlattice = { cell = \"bcc\", fraction = \"dense.nii.gz\" }";
    refused(lattice, "at voxel (0, 0, 3), lattice: a solid fraction of 0.949999988079071 lies");
    refused("modulus_mpa = \"none.nii.gz\"", "none.nii.gz: ");
    let short = nifti::write_field(&grid(0.5, [2, 2, 3]), "map", 1, &[5.0; 12]);
    folder.put("short.nii.gz", short);
    let short = "modulus_mpa = \"short.nii.gz\"";
    refused(short, "at voxel (0, 0, 3), short.nii.gz has no voxel there");
    refused("modulus_mpa = [3]", "a number, or the path of an image that holds one for each voxel");
    // Images that state no voxel have those of the model's own.
    folder.put("labels.npy", npy(SIZE, &[1; 16])).put("map.npy", npy(SIZE, &[7; 16]));
    let text = model("modulus_mpa = \"map.npy\"\npoisson = 0");
    folder.put("model.toml", text.replace("labels.nii.gz\"", "labels.npy\"\nvoxel_mm = 0.5"));
    let (json, _) = ossein(&["solve", &folder.path("model.toml"), "--json"], 0);
    near(json["cases"][0]["apparent_modulus_mpa"].as_f64().unwrap(), 7.0);
}
