//! A tilted gantry, made from objects that are known everywhere: the resampled volume must be them.

use ossein_geom::{Grid, Job, Lps, Point, Severity, Vector, Volume, float};
use ossein_scan::dicom_write::{SeriesHeader, ct_series};
use ossein_scan::{ImportOptions, Imported, InProcess, MemorySource, Verdict, import};

const SIZE: [usize; 3] = [60, 56, 40];
const SPACING: [f64; 3] = [0.8, 0.7, 1.0];

/// Slices that lean by `tilt_deg` about the row direction while the table moves straight on.
fn leaning(tilt_deg: f64, hu: impl Fn(Point<Lps>) -> f64) -> (Grid<Lps>, Imported) {
    let tilt = tilt_deg.to_radians();
    let (s, c) = (float::sin(tilt), float::cos(tilt));
    let grid = Grid::<Lps> {
        origin: Point::new(-24.0, -19.5, 100.0),
        axes: [Vector::new(1.0, 0.0, 0.0), Vector::new(0.0, c, s), Vector::new(0.0, 0.0, 1.0)],
        spacing: SPACING,
        size: SIZE,
    };
    let value = |n| (hu(grid.center(grid.voxel(n))) + 0.5).floor() as i16;
    let volume = Volume::new(grid.clone(), (0..grid.voxel_count()).map(value).collect());
    let header = SeriesHeader {
        seed: "tilt".into(),
        pseudonym: "X1".into(),
        date: "20240101".into(),
        series_number: 1,
        description: "tilted".into(),
        kernel: "B70s".into(),
        kvp: 120.0,
        slice_thickness_mm: 1.0,
        manufacturer: "SIEMENS".into(),
    };
    let options = ImportOptions { series: None, today: None, byte_count_max: 1 << 26 };
    let source = MemorySource::new(ct_series(&volume, &header));
    (grid, import(&source, &InProcess, &options, &Job::quiet()).unwrap())
}

/// Calls `look` with every voxel that a slice covers, its centre and its value.
fn covered(grid: &Grid<Lps>, volume: &Volume<i16>, mut look: impl FnMut(Point<Lps>, f64)) -> usize {
    let mut count = 0;
    for (n, &value) in volume.values.iter().enumerate() {
        let voxel = volume.grid.voxel(n);
        let at = volume.grid.center(voxel);
        let off = at - grid.center([0, 0, voxel[2]]);
        let inside = (0..2).all(|a| {
            let place = grid.axes[a].dot(off) / grid.spacing[a];
            (0.0..=(SIZE[a] - 1) as f64).contains(&place)
        });
        if inside {
            look(at, f64::from(value));
            count += 1;
        }
    }
    count
}

fn is_right_angled(grid: &Grid<Lps>) -> bool {
    let [a, b, c] = grid.axes;
    [a.dot(b), b.dot(c), a.dot(c)].iter().all(|d| d.abs() < 1e-12)
        && [a, b, c].iter().all(|v| (v.norm() - 1.0).abs() < 1e-12)
}

#[test]
fn a_ramp_comes_out_as_a_ramp() {
    let ramp = |p: Point<Lps>| 40.0 + 17.0 * p.x - 9.0 * p.y + 11.0 * (p.z - 120.0);
    for tilt_deg in [-22.5, -4.0, 0.5, 15.0] {
        let (source, scan) = leaning(tilt_deg, ramp);
        assert_ne!(scan.report.verdict, Verdict::Reject, "{:#?}", scan.report.findings);
        let finding = scan.report.findings.iter().find(|f| f.code == "scan.gantry_tilt").unwrap();
        assert_eq!(finding.severity, Severity::Warning);
        assert!((finding.measured.unwrap() - tilt_deg.abs()).abs() < 1e-3, "{finding:?}");
        let volume = scan.volume.unwrap();
        assert!(is_right_angled(&volume.grid));
        let step = SPACING[2] * float::cos(tilt_deg.to_radians());
        assert!((volume.grid.spacing[2] - step).abs() < 1e-9);
        // Half a unit from rounding the slices, half from rounding the volume.
        let mut worst = 0.0f64;
        let count =
            covered(&source, &volume, |p, value| worst = worst.max((value - ramp(p)).abs()));
        println!("tilt {tilt_deg}: {count} voxels, worst {worst:.3} HU");
        assert!(worst <= 1.0 + 1e-6, "{tilt_deg}: {worst}");
        // Every pixel of the source lies in the volume; only a rim of rows is cut by rounding.
        assert!(count >= (SIZE[0] - 1) * (SIZE[1] - 1) * SIZE[2], "{count}");
    }
}

#[test]
fn a_ball_stays_round_and_in_its_place() {
    let center = Point::<Lps>::new(-0.4, -0.9, 124.3);
    let ball = |p: Point<Lps>| {
        let r = p.distance(center);
        (1000.0 - 8.0 * r * r).max(-1000.0)
    };
    let (source, scan) = leaning(15.0, ball);
    let volume = scan.volume.expect("accepted with a warning");
    // Linear between pixels: h²/8 of the second derivative along each axis, and both roundings.
    let bound = 16.0 * (SPACING[0].powi(2) + SPACING[1].powi(2)) / 8.0 + 1.0;
    let (mut worst, mut weight, mut moment) = (0.0f64, 0.0, Vector::<Lps>::new(0.0, 0.0, 0.0));
    covered(&source, &volume, |p, value| {
        // Where the ball meets air the object bends; one pixel around that is left out.
        if (p.distance(center) - 250f64.sqrt()).abs() > SPACING[0] {
            worst = worst.max((value - ball(p)).abs());
        }
        let mass = (value + 1000.0).max(0.0);
        weight += mass;
        moment += (p - center) * mass;
    });
    println!("ball: worst {worst:.3} of {bound:.3} HU, off by {:?} mm", moment * (1.0 / weight));
    assert!(worst <= bound, "{worst}");
    assert!((moment * (1.0 / weight)).norm() < 0.01);
}
