//! Bands and offsets: exact samples, true volumes, the same bytes on any number of threads.

use std::f64::consts::PI;

use crate::shapes::*;
use ossein_field::band::{Band, BandError, BandOptions, band, band_within, offset};
use ossein_field::mesh_distance::MeshField;
use ossein_field::refined::Refined;
use ossein_field::{Block, Field};
use ossein_geom::{Aabb, Job, Lps, Mm, Point};
use ossein_mesh::{check_watertight, extract::extract, extract::samples_around, measure};

fn offset_of(mesh: &Mesh, distance_mm: f64, step_mm: f64) -> Band<Lps> {
    let options = BandOptions { step: Mm(step_mm), half_width: Mm(3.0 * step_mm) };
    offset(&MeshField::new(mesh).unwrap(), Mm(distance_mm), &options, &Job::quiet()).unwrap()
}

fn surface(field: &dyn Field<Lps>, step_mm: f64) -> Mesh {
    let mesh = extract(field, &samples_around(field, step_mm), &Job::quiet()).unwrap();
    check_watertight(mesh).unwrap().into_mesh()
}

fn offset_volume(mesh: &Mesh, distance_mm: f64, step_mm: f64) -> f64 {
    measure::volume_mm3(&surface(&offset_of(mesh, distance_mm, step_mm), step_mm))
}

#[track_caller]
fn check_samples(mesh: &Mesh, level_mm: f64) {
    let made = offset_of(mesh, level_mm, 0.4);
    let mut seen = 0;
    let mut random = Random(1);
    made.for_each_sample(|p, value| {
        if f64::from(value).abs() < 1.19 && random.unit() < 0.03 {
            let side = if winding(mesh, p).abs() > 0.5 { -1.0 } else { 1.0 };
            let truth = side * distance(mesh, p) - level_mm;
            assert!((f64::from(value) - truth).abs() < 1e-5, "{p:?}: {value} for {truth}");
            seen += 1;
        }
    });
    assert!(seen > 300, "{seen}");
}

#[test]
fn samples_are_exact() {
    check_samples(&bumpy(4), 0.0);
    check_samples(&bumpy(4), 1.0);
    check_samples(&bumpy(4), -1.0);
    let box_and_ball = both(&cuboid([-6.0; 3], [4.0; 3]), &sphere([4.0, 2.0, 1.0], 3, 3.0));
    check_samples(&box_and_ball, 0.0);
    check_samples(&inverted(&bumpy(3)), 0.0);
}

/// Within a box the band that was made for it alone is the whole one, far inside too.
#[test]
fn a_part_of_the_band_is_the_band() {
    let options = BandOptions { step: Mm(0.3), half_width: Mm(1.2) };
    let box_of =
        |low: [f64; 3], high: [f64; 3]| Aabb::new(Point::<Lps>::from(low), Point::from(high));
    // One begins deep inside the ball, one holds all of it, one is thinner than a brick.
    let boxes = [
        box_of([-2.0, -3.0, -2.5], [30.0, 4.0, 14.0]),
        box_of([-20.0; 3], [20.0; 3]),
        box_of([11.0, -1.0, 0.0], [11.4, 2.0, 0.3]),
    ];
    let field = MeshField::new(&sphere([0.3, -0.2, 0.1], 4, 11.0)).unwrap();
    let whole = band(&field, &options, &Job::quiet()).unwrap();
    for within in boxes {
        let part = band_within(&field, &options, &within, &Job::quiet()).unwrap();
        let size = [0, 1, 2].map(|a| (within.size()[a] / 0.3) as usize + 1);
        let block = Block { origin: within.min, step: [0.3; 3], size };
        let mut values = vec![0f32; block.sample_count()];
        let mut wanted = values.clone();
        part.sample(&block, &mut values);
        whole.sample(&block, &mut wanted);
        assert!(values == wanted, "{within:?}");
        assert!(part.brick_count() <= whole.brick_count() + 512);
    }
    let small = band_within(&field, &options, &boxes[2], &Job::quiet()).unwrap();
    assert!(4 * small.brick_count() < whole.brick_count(), "{}", small.brick_count());
}

#[test]
fn nothing_of_the_band_is_missing() {
    let mesh = bumpy(4);
    let field = MeshField::new(&mesh).unwrap();
    let made = offset_of(&mesh, 0.5, 0.3);
    let mut random = Random(9);
    for _ in 0..3000 {
        let p = random.point(13.0);
        let truth = (field.distance(p) - 0.5).clamp(-0.9, 0.9);
        let found = made.distance(p);
        assert!((found - truth).abs() < 0.12, "{p:?}: {found} for {truth}");
        assert!(truth.abs() < 0.15 || found.signum() == truth.signum(), "{p:?}");
    }
}

#[test]
fn blocks_and_ranges_agree_with_points() {
    let made = offset_of(&bumpy(3), 0.2, 0.35);
    let mut random = Random(2);
    for n in 0..40 {
        let step = [0.1, 0.35, 0.9][n % 3];
        let block = Block { origin: random.point(11.0), step: [step; 3], size: [9, 7, 8] };
        let mut values = vec![0.0f32; block.sample_count()];
        made.sample(&block, &mut values);
        let range = made.range(&block.bounds());
        for (m, &value) in values.iter().enumerate() {
            let d = made.distance(block.point(m % 9, m / 9 % 7, m / 63));
            assert!((f64::from(value) - d).abs() < 1e-5, "{value} for {d}");
            assert!(range.min - 1e-6 <= d && d <= range.max + 1e-6);
        }
    }
}

#[test]
fn the_offset_of_a_ball_is_a_ball() {
    let (r, d) = (6.0, 1.0);
    let ball = sphere([0.1, 0.2, 0.3], 6, r);
    let truth = 4.0 / 3.0 * PI * (r + d).powi(3);
    let volume = offset_volume(&ball, d, 0.1);
    assert!((volume / truth - 1.0).abs() < 5e-4, "{volume} for {truth}");
    // Inwards the faces of the mesh go on as planes: it is a body of its own, whose mean radius
    // its volume tells.
    let ball = sphere([0.1, 0.2, 0.3], 6, 8.0);
    let mean = (measure::volume_mm3(&ball) / (4.0 / 3.0 * PI)).cbrt();
    let truth = 4.0 / 3.0 * PI * (mean - d).powi(3);
    let volume = offset_volume(&ball, -d, 0.07);
    assert!((volume / truth - 1.0).abs() < 5e-4, "{volume} for {truth}");
}

#[test]
fn the_offset_of_a_box_follows_steiner() {
    let (a, b, c, d) = (7.0, 5.0, 4.0, 1.0);
    let brick = cuboid([0.03, 0.04, 0.05], [a + 0.03, b + 0.04, c + 0.05]);
    let volume = offset_volume(&brick, d, 0.1);
    let faces = 2.0 * (a * b + b * c + c * a);
    let truth = a * b * c + faces * d + PI * (a + b + c) * d * d + 4.0 / 3.0 * PI * d.powi(3);
    assert!((volume / truth - 1.0).abs() < 1e-3, "{volume} for {truth}");
    let volume = offset_volume(&brick, -d, 0.1);
    let (a, b, c) = (a - 2.0 * d, b - 2.0 * d, c - 2.0 * d);
    // Inwards the corners stay sharp, and the surface from samples cuts each edge by a step.
    let bevel = 4.0 * (a + b + c) * 0.1 * 0.1;
    assert!((volume - a * b * c).abs() < bevel, "{volume} for {}", a * b * c);
}

#[test]
fn closing_is_idempotent() {
    let step = 0.2;
    // Two balls with a gap between them that closing fills.
    let pair = both(&sphere([-3.05, 0.0, 0.0], 4, 3.0), &sphere([3.05, 0.0, 0.0], 4, 3.0));
    let close = |mesh: &Mesh| {
        let grown = surface(&offset_of(mesh, 1.0, step), step);
        surface(&offset_of(&grown, -1.0, step), step)
    };
    let once = close(&pair);
    let twice = close(&once);
    let volume = |m: &Mesh| measure::volume_mm3(m);
    assert!(volume(&once) > volume(&pair) + 1.0, "{} {}", volume(&once), volume(&pair));
    // On average the surface moves by less than a fiftieth of a step.
    let moved = (volume(&twice) - volume(&once)).abs() / measure::area_mm2(&once);
    assert!(moved < 0.02 * step, "{moved}");
    let field = MeshField::new(&once).unwrap();
    let worst = twice.vertices.iter().map(|&v| field.unsigned_distance(v)).fold(0.0, f64::max);
    assert!(worst < 0.5 * step, "{worst}");
}

#[test]
fn open_meshes_have_closed_bands() {
    let mesh = without(&bumpy(4), |n| n % 301 < 20);
    let volume = offset_volume(&mesh, 0.0, 0.2);
    let whole = measure::volume_mm3(&bumpy(4));
    assert!((volume / whole - 1.0).abs() < 0.01, "{volume} for {whole}");
    let bowl = without(&sphere([0.0; 3], 4, 6.0), |n| n < 500);
    let volume = measure::volume_mm3(&surface(&offset_of(&bowl, 0.0, 0.25), 0.25));
    let truth = measure::volume_mm3(&surface(&MeshField::new(&bowl).unwrap(), 0.25));
    assert!((volume / truth - 1.0).abs() < 2e-3, "{volume} for {truth}");
}

#[test]
fn a_refined_solid_is_the_solid_near_its_surface() {
    let (step, far) = (0.4, 1.2);
    for mesh in [cuboid([-4.0, -3.0, -2.0], [3.1, 4.2, 2.7]), bumpy(3)] {
        let exact = MeshField::new(&mesh).unwrap();
        let options = BandOptions { step: Mm(step), half_width: Mm(far) };
        let band = band(&exact, &options, &Job::quiet()).unwrap();
        let refined = Refined::new(band, MeshField::new(&mesh).unwrap());
        let mut random = Random(5);
        for _ in 0..4_000 {
            let p = random.point(11.0);
            let (known, truth) = (refined.distance(p), exact.distance(p));
            assert!(known * truth > 0.0, "{known} {truth} at {p:?}");
            assert!(truth.abs() > 0.38 * step || known == truth, "{known} {truth} at {p:?}");
            let off = known.abs() - truth.abs().min(far);
            assert!(off.abs() < 0.87 * step, "{known} {truth} at {p:?}");
            let range = refined.range(&Aabb::around([p, random.point(11.0)]));
            assert!(range.min <= known && known <= range.max, "{known} {range:?}");
        }
    }
}

#[test]
fn threads_change_nothing() {
    let field = MeshField::new(&bumpy(4)).unwrap();
    let options = BandOptions { step: Mm(0.3), half_width: Mm(0.9) };
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let made = pool.install(|| band(&field, &options, &Job::quiet()).unwrap());
        let mut bits = Vec::new();
        made.for_each_sample(|_, v| bits.push(v.to_bits()));
        bits
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn impossible_bands_are_refused() {
    let field = MeshField::new(&cuboid([0.0; 3], [100.0; 3])).unwrap();
    let make = |step: f64, width: f64, distance: f64| {
        let options = BandOptions { step: Mm(step), half_width: Mm(width) };
        offset(&field, Mm(distance), &options, &Job::quiet()).err()
    };
    assert!(matches!(make(0.0, 1.0, 0.0), Some(BandError::Step { .. })));
    assert!(matches!(make(f64::NAN, 1.0, 0.0), Some(BandError::Step { .. })));
    assert!(matches!(make(0.5, 0.6, 0.0), Some(BandError::HalfWidth { .. })));
    assert!(matches!(make(0.5, 1.5, f64::NAN), Some(BandError::Distance { .. })));
    assert!(matches!(make(1e-4, 1e-3, 0.0), Some(BandError::TooFine { .. })));
    let job = Job::quiet();
    job.cancel();
    let options = BandOptions { step: Mm(2.0), half_width: Mm(6.0) };
    assert!(matches!(band(&field, &options, &job), Err(BandError::Cancelled(_))));
    let far = band(&field, &options, &Job::quiet()).unwrap();
    assert_eq!(far.distance(Point::new(1e9, 0.0, 0.0)), 6.0);
    assert_eq!(far.distance(Point::new(50.0, 50.0, 50.0)), -6.0);
}
