//! What we write, we read back; tilt is undone; letters and reports name nobody.

use ossein_geom::{Grid, Job, Lps, Point, Volume};
use ossein_scan::dicom_write::{SeriesHeader, ct_series};
use ossein_scan::{ImportOptions, InProcess, MemorySource, import, letter, meta_image, nifti};

fn volume() -> Volume<i16> {
    let grid =
        Grid::<Lps>::aligned(Point::new(-20.5, 3.25, -100.0), [0.5, 0.625, 1.0], [40, 30, 20]);
    let values = (0..grid.voxel_count()).map(|n| {
        let [i, j, k] = grid.voxel(n);
        if i < 4 || j < 4 || i > 35 || j > 25 {
            -1000
        } else {
            (i * 31 + j * 17 + k * 7) as i16 - 300
        }
    });
    Volume::new(grid.clone(), values.collect())
}

fn header() -> SeriesHeader {
    SeriesHeader {
        seed: "t".into(),
        pseudonym: "SECRETNAME".into(),
        date: "20240101".into(),
        series_number: 3,
        description: "bone of SecretName".into(),
        kernel: "B70s".into(),
        kvp: 120.0,
        slice_thickness_mm: 1.0,
        manufacturer: "SIEMENS".into(),
    }
}

#[test]
fn a_series_comes_back_as_it_went() {
    let volume = volume();
    let mut files = ct_series(&volume, &header());
    files.reverse();
    files.push(files[5].clone());
    let options = ImportOptions {
        series: Some("3".into()),
        today: Some("20240601".into()),
        byte_count_max: 1 << 24,
    };
    let scan = import(&MemorySource::new(files), &InProcess, &options, &Job::quiet()).unwrap();
    assert!(scan.report.has("scan.duplicates"), "{:#?}", scan.report.findings);
    let back = scan.volume.expect("accepted");
    assert_eq!(back.values, volume.values);
    assert!(back.grid.origin.distance(volume.grid.origin) < 1e-9);
    let told =
        serde_json::to_string(&scan.report).unwrap() + &letter(&scan.report, "C1", "20240601");
    assert!(!told.to_lowercase().contains("secret"), "{told}");
}

#[test]
fn image_files_come_back_as_they_went() {
    let volume = volume();
    assert_eq!(nifti::read(&nifti::write_hu(&volume), 1 << 24).unwrap().to_hu(), volume);
    assert_eq!(
        meta_image::read(&meta_image::write(&volume), None, 1 << 24).unwrap().to_hu(),
        volume
    );
    let labels = volume.map(|v| (v + 1000) as u16);
    let back = nifti::read(&nifti::write_labels(&labels), 1 << 24).unwrap();
    assert_eq!(back.to_labels().unwrap(), labels);
}
