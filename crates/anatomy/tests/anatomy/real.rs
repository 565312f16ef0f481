//! The upper thoracic spine and a lumbar vertebra of real scans.

use std::path::PathBuf;

use ossein_anatomy::{Anatomy, measure};
use ossein_geom::{Job, Point, Volume};
use ossein_segment::expected::{body_size, is_plausible};
use ossein_segment::{Seed, SeedOptions, from_seeds};

use crate::common::{LIMIT, data};

/// Set by hand, LPS mm; the first rib's head meets the body of T1 alone.
const THORACIC_SEEDS: &str = "\
T1 -10.0 175.4 -437.8
T2 -10.4 187.9 -453.8
T3 -10.6 199.6 -470.8
T4 -10.6 210.5 -490.4
T5 -10.6 221.5 -504.8
";

fn series(folder: PathBuf) -> Volume<i16> {
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    names.sort();
    let file = |p: &PathBuf| {
        (p.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(p).unwrap())
    };
    let source = ossein_scan::MemorySource::new(names.iter().map(file).collect());
    let options = ossein_scan::ImportOptions { series: None, today: None, byte_count_max: LIMIT };
    let job = Job::quiet();
    let scan = ossein_scan::import(&source, &ossein_scan::InProcess, &options, &job).unwrap();
    scan.volume.unwrap()
}

fn measured(scan: &Volume<i16>, seeds: &str) -> Anatomy {
    let seed = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = |n: usize| words[n].parse::<f64>().unwrap();
        Seed { level: words[0].parse().unwrap(), point: Point::new(at(1), at(2), at(3)) }
    };
    let seeds = seeds.lines().filter(|l| !l.trim().is_empty()).map(seed).collect();
    let options = SeedOptions { seeds, threshold_hu: None };
    let labels = from_seeds(scan, &options, &Job::quiet()).unwrap().value;
    let found = measure(scan, &labels, &Job::quiet()).unwrap();
    for finding in &found.findings {
        println!("{}: {}", finding.place, finding.message);
    }
    found.value
}

#[test]
fn thoracic_bodies_have_plausible_sizes() {
    let Some(folder) = data("spine-ct-dicom") else { return };
    let anatomy = measured(&series(folder), THORACIC_SEEDS);
    assert_eq!(anatomy.vertebrae.len(), 5);
    for v in &anatomy.vertebrae {
        let size = body_size(v.level).unwrap();
        println!(
            "{}: anterior {:.1}, posterior {:.1}, wedge {:.1}; cranial {:.1} x {:.1}, concavity \
             {:.1}; caudal {:.1} x {:.1}, concavity {:.1}",
            v.level,
            v.height_anterior_mm,
            v.height_posterior_mm,
            v.wedge_deg,
            v.cranial.width_mm,
            v.cranial.depth_mm,
            v.cranial.concavity_mm,
            v.caudal.width_mm,
            v.caudal.depth_mm,
            v.caudal.concavity_mm
        );
        assert!(is_plausible(v.height_posterior_mm, size.posterior_height_mm), "{}", v.level);
        assert!(is_plausible(v.cranial.width_mm, size.cranial_width_mm), "{}", v.level);
        assert!(is_plausible(v.caudal.depth_mm, size.caudal_depth_mm), "{}", v.level);
        assert!(v.wedge_deg.abs() < 8.0 && v.left.x > 0.95);
    }
    for pair in anatomy.vertebrae.windows(2) {
        let (above, below) = (&pair[0], &pair[1]);
        let disc_mm = above.caudal.center.distance(below.cranial.center);
        assert!(disc_mm > 1.0 && disc_mm < 6.0, "{}: disc {disc_mm}", above.level);
        assert!(above.axis.angle_deg(below.axis) < 25.0);
    }
    let radii = &anatomy.canal.radius_mm;
    let mean = radii.iter().sum::<f64>() / radii.len() as f64;
    println!("canal: {} slices, mean inscribed radius {mean:.1} mm", radii.len());
    assert!(mean > 4.5 && mean < 9.0);
}

#[test]
fn a_lumbar_body_has_a_plausible_size() {
    let Some(folder) = data("spine-l3-gt") else { return };
    let name = "sub-ct_label-22_ct.nii.gz";
    let bytes = std::fs::read(folder.join(name)).unwrap();
    let scan = ossein_scan::read_image(name, &bytes, LIMIT).unwrap().into_hu();
    let anatomy = measured(&scan, "L3 26 162 -65");
    let v = &anatomy.vertebrae[0];
    let size = body_size(v.level).unwrap();
    assert!(is_plausible(v.height_posterior_mm, size.posterior_height_mm));
    assert!(is_plausible(v.cranial.width_mm, size.cranial_width_mm));
    assert!(is_plausible(v.cranial.depth_mm, size.cranial_depth_mm));
    assert!(v.axis.z > 0.97);
}
