//! A body whose endplates are known: planes, heights, concavity, wedge.

use ossein_anatomy::{Anatomy, Endplate, angle_between, measure};
use ossein_geom::{Grid, Job, Lps, Point, Rigid, Vector, Volume, float};
use ossein_segment::{CANAL, Segmentation, Structure, body_label};

const HALF: [f64; 2] = [14.0, 12.0];
const HALF_HEIGHT: f64 = 9.0;
const CONCAVITY: [f64; 2] = [2.0, 1.5];
/// The cranial end face is tilted about the left-right axis by this angle.
const WEDGE_DEG: f64 = 6.0;
const RIM_PART: f64 = 0.7;
const CANAL_RADIUS: f64 = 8.0;

fn dip(x: f64, y: f64) -> f64 {
    let across = ((x / HALF[0]).powi(2) + (y / HALF[1]).powi(2)).sqrt();
    (1.0 - (across / RIM_PART).powi(2)).max(0.0).powi(2)
}

/// Distance to the body's surface to first order, in the body's frame; negative inside.
fn distance([x, y, z]: [f64; 3]) -> f64 {
    let slope = WEDGE_DEG.to_radians();
    let (sin, cos) = float::sin_cos(slope);
    let top = cos * (z - HALF_HEIGHT) - sin * y + CONCAVITY[0] * dip(x, y);
    let bottom = -z - HALF_HEIGHT + CONCAVITY[1] * dip(x, y);
    let across = ((x / HALF[0]).powi(2) + (y / HALF[1]).powi(2)).sqrt();
    let gradient = ((x / HALF[0].powi(2)).powi(2) + (y / HALF[1].powi(2)).powi(2)).sqrt();
    let side = (across - 1.0) * across.max(0.1) / gradient.max(1e-3);
    top.max(bottom).max(side)
}

fn normal_below(x: f64) -> f64 {
    // Logistic approximation of the normal distribution, to 0.01.
    1.0 / (1.0 + float::exp(-1.702 * x))
}

/// A scan of the body turned by `turn`: blurred shell, spongy core, canal behind.
fn scan(turn: &Rigid<Lps, Lps>) -> (Volume<i16>, Segmentation) {
    let grid = Grid::aligned(Point::new(-32.0, -28.0, -30.0), [0.78, 0.78, 1.0], [82, 90, 60]);
    let mut hu = Volume::filled(grid.clone(), 40i16);
    let mut labels = Volume::filled(grid.clone(), 0u16);
    let level = "T6".parse().unwrap();
    for n in 0..hu.values.len() {
        let p = turn.inverse().apply(grid.center(grid.voxel(n)));
        let d = distance(p.array());
        let sigma = 0.6;
        let (shell, outer) = (normal_below(-(d + 0.5) / sigma), normal_below(-d / sigma));
        let value = 40.0 + 1160.0 * outer - 950.0 * shell;
        hu.values[n] = value.round() as i16;
        let behind = p.y - HALF[1] - CANAL_RADIUS - 1.0;
        if d < 0.0 {
            labels.values[n] = body_label(level);
        } else if (p.x * p.x + behind * behind).sqrt() < CANAL_RADIUS && p.z.abs() < 14.0 {
            labels.values[n] = CANAL;
        }
    }
    let structure = |label: u16, name: &str| {
        let mut sum = Vector::new(0.0, 0.0, 0.0);
        let mut count = 0;
        for n in (0..hu.values.len()).filter(|&n| labels.values[n] == label) {
            sum += grid.center(grid.voxel(n)) - Point::ORIGIN;
            count += 1;
        }
        Structure {
            label,
            name: name.into(),
            level: (label == body_label(level)).then_some(level),
            voxel_count: count,
            volume_mm3: count as f64 * grid.voxel_mm3(),
            centroid: Point::ORIGIN + sum * (1.0 / count as f64),
            bounds: grid.bounds(),
            mean_hu: 0.0,
        }
    };
    let structures = vec![structure(body_label(level), "T6 body"), structure(CANAL, "canal")];
    (hu, Segmentation { labels, structures })
}

fn measured(turn: &Rigid<Lps, Lps>) -> Anatomy {
    let (hu, segmentation) = scan(turn);
    measure(&hu, &segmentation, &Job::quiet()).unwrap().value
}

fn tilted() -> Rigid<Lps, Lps> {
    Rigid::about(Point::ORIGIN, Vector::new(1.0, 0.0, 0.0), 0.35)
}

#[track_caller]
fn check_plate(plate: &Endplate, truth: Vector<Lps>, concavity: f64) {
    let off = plate.normal.angle_deg(truth);
    println!("normal off by {off:.2} deg, concavity {:.2} of {concavity}", plate.concavity_mm);
    assert!(off < 0.5, "normal off by {off} deg");
    assert!((plate.concavity_mm - concavity).abs() < 0.2, "concavity {}", plate.concavity_mm);
}

#[test]
fn planes_and_concavities_are_found() {
    let turn = tilted();
    let anatomy = measured(&turn);
    let vertebra = &anatomy.vertebrae[0];
    let (sin, cos) = float::sin_cos(WEDGE_DEG.to_radians());
    check_plate(&vertebra.cranial, turn.turn(Vector::new(0.0, -sin, cos)), CONCAVITY[0]);
    check_plate(&vertebra.caudal, turn.turn(Vector::new(0.0, 0.0, -1.0)), CONCAVITY[1]);
    assert!((vertebra.wedge_deg - WEDGE_DEG).abs() < 0.7, "wedge {}", vertebra.wedge_deg);
}

#[test]
fn heights_lie_on_the_bone() {
    let turn = tilted();
    let vertebra = measured(&turn).vertebrae[0].clone();
    for plate in [&vertebra.cranial, &vertebra.caudal] {
        let (mut sum, mut count) = (0.0, 0);
        for j in -7..=7 {
            for i in -8..=8 {
                let (u, v) = (f64::from(i), f64::from(j));
                let Some(h) = plate.heights.sample(u, v) else { continue };
                let p = plate.center + plate.u * u + plate.v * v + plate.normal * h;
                sum += distance(turn.inverse().apply(p).array()).abs();
                count += 1;
            }
        }
        let mean = sum / f64::from(count);
        println!("mean height error {mean:.3} mm over {count}");
        assert!(count > 200 && mean < 0.2, "mean error {mean} over {count}");
    }
}

#[test]
fn heights_of_the_walls_and_extents() {
    let vertebra = measured(&tilted()).vertebrae[0].clone();
    let rise = HALF[1] * float::sin(WEDGE_DEG.to_radians());
    println!(
        "anterior {:.2} posterior {:.2} width {:.2} depth {:.2}",
        vertebra.height_anterior_mm,
        vertebra.height_posterior_mm,
        vertebra.caudal.width_mm,
        vertebra.caudal.depth_mm
    );
    assert!((vertebra.height_anterior_mm - (18.0 - rise)).abs() < 0.6);
    assert!((vertebra.height_posterior_mm - (18.0 + rise)).abs() < 0.6);
    assert!((vertebra.caudal.width_mm - 28.0).abs() < 1.5);
    assert!((vertebra.caudal.depth_mm - 24.0).abs() < 1.5);
}

#[test]
fn the_canal_is_a_tube_of_its_radius() {
    let turn = tilted();
    let anatomy = measured(&turn);
    let radii = &anatomy.canal.radius_mm;
    let middle = radii[radii.len() / 2];
    assert!((middle - CANAL_RADIUS).abs() < 0.6, "radius {middle}");
    let axis = turn.apply(Point::new(0.0, HALF[1] + CANAL_RADIUS + 1.0, 0.0));
    let outside = turn.apply(Point::new(15.0, HALF[1] + CANAL_RADIUS + 1.0, 2.0));
    assert!((anatomy.canal.solid().distance_mm(axis) + CANAL_RADIUS).abs() < 0.7);
    assert!((anatomy.canal.solid().distance_mm(outside) - 7.0).abs() < 0.7);
}

#[test]
fn angles_between_planes_have_their_signs() {
    let vertebra = measured(&tilted()).vertebrae[0].clone();
    let left = Vector::new(1.0, 0.0, 0.0);
    let turned = |about: Vector<Lps>, deg: f64| {
        let turn = Rigid::<Lps, Lps>::about(Point::ORIGIN, about, deg.to_radians());
        let mut plate = vertebra.caudal.clone();
        (plate.u, plate.v) = (turn.turn(plate.u), turn.turn(plate.v));
        plate.normal = turn.turn(plate.normal);
        plate
    };
    // The upper plane tips forward: kyphosis.
    let kyphosis = angle_between(&turned(left, 10.0), &vertebra.caudal, left);
    assert!((kyphosis.sagittal_deg - 10.0).abs() < 0.2, "{kyphosis:?}");
    let back = vertebra.posterior;
    let lean = angle_between(&turned(back, -5.0), &vertebra.caudal, left);
    assert!((lean.coronal_deg - 5.0).abs() < 0.3, "{lean:?}");
}

#[test]
fn anatomy_survives_json() {
    let anatomy = measured(&tilted());
    let text = serde_json::to_string(&anatomy).unwrap();
    let back: Anatomy = serde_json::from_str(&text).unwrap();
    let heights = |a: &Anatomy| a.vertebrae[0].cranial.heights.heights_mm.clone();
    let (before, after) = (heights(&anatomy), heights(&back));
    assert_eq!(before.len(), after.len());
    assert!(before.iter().any(|h| h.is_nan()));
    let same = |(a, b): (&f32, &f32)| a.is_nan() && b.is_nan() || (a - b).abs() < 1e-6;
    assert!(before.iter().zip(&after).all(same));
    assert!(back.vertebrae[0].centroid.distance(anatomy.vertebrae[0].centroid) < 1e-9);
}
