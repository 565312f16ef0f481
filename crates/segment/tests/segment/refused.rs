//! What cannot be segmented is refused with the reason.

use ossein_geom::{Grid, Job, Point, Volume};
use ossein_segment::{
    LabelTable, Seed, SeedOptions, SegmentError, Segmentation, from_labels, from_seeds, level_set,
};

fn empty(size: [usize; 3]) -> Volume<i16> {
    let grid = Grid::aligned(Point::new(-30.0, -30.0, -30.0), [1.5; 3], size);
    Volume::filled(grid, 40)
}

fn seed(level: &str, x: f64, y: f64, z: f64) -> Seed {
    Seed { level: level.parse().unwrap(), point: Point::new(x, y, z) }
}

fn refusal(size: [usize; 3], seeds: Vec<Seed>, threshold_hu: Option<f64>) -> SegmentError {
    let options = SeedOptions { seeds, threshold_hu };
    from_seeds(&empty(size), &options, &Job::quiet()).unwrap_err()
}

#[test]
fn unusable_seeds() {
    let t3 = seed("T3", 0.0, 0.0, 0.0);
    assert_eq!(refusal([40; 3], vec![], None), SegmentError::NoSeeds);
    let twice = refusal([40; 3], vec![t3, t3], None);
    assert_eq!(twice, SegmentError::RepeatedSeed(t3.level));
    for bad in [1e9, f64::NAN, f64::INFINITY] {
        let error = refusal([40; 3], vec![seed("T3", bad, 0.0, 0.0)], None);
        assert!(matches!(error, SegmentError::SeedOutside { .. }), "{error}");
    }
    let near = refusal([40; 3], vec![t3, seed("T4", 0.0, 0.0, -1.0)], None);
    assert!(matches!(near, SegmentError::SeedsApart { .. }), "{near}");
    let option = refusal([40; 3], vec![t3], Some(f64::NAN));
    assert!(matches!(option, SegmentError::Option { .. }), "{option}");
    let thin = refusal([40, 1, 40], vec![t3], None);
    assert!(matches!(thin, SegmentError::Grid { .. }), "{thin}");
}

#[test]
fn a_scan_without_bone_holds_no_body() {
    let error = refusal([40; 3], vec![seed("T3", 0.0, 0.0, 0.0)], None);
    assert!(matches!(error, SegmentError::NoBody { .. }), "{error}");
}

#[test]
fn a_map_without_vertebrae() {
    let scan = empty([20; 3]);
    let map = scan.map(|_| 3u16);
    let error = from_labels(&scan, &map, &LabelTable::TotalSegmentator, &Job::quiet()).unwrap_err();
    assert_eq!(error, SegmentError::NoVertebra(vec![3]));
}

#[test]
fn a_surface_of_nothing() {
    let scan = empty([20; 3]);
    let nothing = Segmentation { labels: scan.map(|_| 0u16), structures: vec![] };
    let error = level_set(&scan, &nothing, &[8], &Job::quiet()).unwrap_err();
    assert_eq!(error, SegmentError::NoSuchLabel(vec![8]));
    let other = empty([10; 3]);
    let error = level_set(&other, &nothing, &[8], &Job::quiet()).unwrap_err();
    assert!(matches!(error, SegmentError::GridsDiffer { .. }));
}

#[test]
fn work_stops_when_asked() {
    let job = Job::quiet();
    job.cancel();
    let options = SeedOptions { seeds: vec![seed("T3", 0.0, 0.0, 0.0)], threshold_hu: None };
    let error = from_seeds(&empty([40; 3]), &options, &job).unwrap_err();
    assert!(matches!(error, SegmentError::Cancelled(_)));
}
