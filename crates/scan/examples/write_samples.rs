//! Writes a small scan in every format to a folder, for other programs to read.

use ossein_geom::{Grid, Lps, Point, Vector, Volume};
use ossein_scan::dicom_write::{SeriesHeader, ct_series};
use ossein_scan::{meta_image, nifti};

/// A bone in a body in air, on axes that are turned by `turn`; left-handed if asked.
fn scan(turn: [Vector<Lps>; 3]) -> Volume<i16> {
    let grid = Grid::<Lps> {
        origin: Point::new(-31.25, -150.0, 412.7),
        axes: turn,
        spacing: [0.7, 0.625, 1.0],
        size: [64, 56, 24],
    };
    let value = |n: usize| {
        let [i, j, k] = grid.voxel(n).map(|v| v as f64);
        let radius = (((i - 32.0) * 0.7).powi(2) + ((j - 28.0) * 0.625).powi(2)).sqrt();
        let bone = radius < 8.0 && (k - 12.0).abs() < 8.0;
        if bone {
            700 + (10.0 * k) as i16
        } else if radius < 15.0 {
            40
        } else {
            -1000
        }
    };
    let values = (0..grid.voxel_count()).map(value).collect();
    Volume::new(grid, values)
}

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".into());
    let header = SeriesHeader {
        seed: "sample".into(),
        pseudonym: "SAMPLE".into(),
        date: "20240101".into(),
        series_number: 3,
        description: "Sample, bone".into(),
        kernel: "B70s".into(),
        kvp: 120.0,
        slice_thickness_mm: 1.0,
        manufacturer: "Ossein".into(),
    };
    let straight =
        [Vector::new(1.0, 0.0, 0.0), Vector::new(0.0, 1.0, 0.0), Vector::new(0.0, 0.0, 1.0)];
    let (s, c) = (0.28, 0.96);
    let turned =
        [Vector::new(c, s, 0.0), Vector::new(-s * c, c * c, s), Vector::new(s * s, -s * c, c)];
    let left = [turned[0], turned[1], -turned[2]];
    for (name, axes) in [("straight", straight), ("turned", turned), ("left", left)] {
        let volume = scan(axes);
        let series = format!("{folder}/{name}");
        std::fs::create_dir_all(&series)?;
        for (file, bytes) in ct_series(&volume, &header) {
            std::fs::write(format!("{series}/{file}"), bytes)?;
        }
        std::fs::write(format!("{folder}/{name}.nii.gz"), nifti::write_hu(&volume))?;
        std::fs::write(format!("{folder}/{name}.mha"), meta_image::write(&volume))?;
        let labels = volume.map(|v| u16::from(v > 200));
        std::fs::write(format!("{folder}/{name}-mask.nii.gz"), nifti::write_labels(&labels))?;
    }
    Ok(())
}
