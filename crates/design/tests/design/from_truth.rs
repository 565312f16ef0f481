//! Designs on the phantom's true anatomy: no scan and no segmentation stand between.

use std::f64::consts::TAU;

use ossein_anatomy::{Anatomy, Canal, Endplate, HeightMap, Vertebra};
use ossein_design::kinds::vertebral_body_replacement::{
    self as vbr, Design, DesignError, Inputs, design,
};
use ossein_design::{Plan, PlanError, PlanOptions, plan};
use ossein_field::Field;
use ossein_geom::{Choices, Grid, Job, Level, Lps, Point, Rigid, Value, Vector, Volume};
use ossein_phantom::spine::{CANAL_HALF_MM, Own, Spine, VertebraPose};
use ossein_phantom::{bone, spine};

fn endplate(pose: &VertebraPose, side: f64) -> Endplate {
    let (center, normal) = pose.rim_plane(side);
    let left = pose.placement.turn(Vector::<Own>::new(1.0, 0.0, 0.0));
    let v = if side > 0.0 { normal.cross(left) } else { left.cross(normal) };
    let size = if side > 0.0 { pose.sizes.upper } else { pose.sizes.lower };
    let outline = bone::end_outline(size).points;
    let step_mm = 0.5;
    let count = 80;
    let origin = [-20.0, -20.0];
    let mut heights_mm = Vec::new();
    for j in 0..count {
        for i in 0..count {
            let [a, b] = [origin[0] + step_mm * i as f64, origin[1] + step_mm * j as f64];
            let inside = ossein_geom::Contour { points: outline.clone() }.contains([a, b]);
            let own = pose.to_own.apply(center + left * a + v * b);
            let up = side * (pose.end_face(side, own.x, own.y) - own.z);
            heights_mm.push(if inside { up as f32 } else { f32::NAN });
        }
    }
    Endplate {
        center,
        normal,
        u: left,
        v,
        heights: HeightMap { origin, step_mm, size: [count, count], heights_mm },
        outline,
        width_mm: size[0],
        depth_mm: size[1],
        area_mm2: 0.0,
        concavity_mm: 0.0,
        rim_width_mm: 3.0,
        fit_rms_mm: 0.0,
    }
}

fn anatomy() -> Anatomy {
    let spine = Spine::thoracic();
    let vertebra = |pose: &VertebraPose| Vertebra {
        level: pose.level,
        centroid: pose.placement.apply(Point::ORIGIN),
        body_volume_mm3: 0.0,
        axis: pose.placement.turn(Vector::new(0.0, 0.0, 1.0)),
        left: pose.placement.turn(Vector::new(1.0, 0.0, 0.0)),
        posterior: pose.placement.turn(Vector::new(0.0, 1.0, 0.0)),
        cranial: endplate(pose, 1.0),
        caudal: endplate(pose, -1.0),
        height_anterior_mm: pose.sizes.height_anterior,
        height_posterior_mm: pose.sizes.height_posterior,
        height_mid_mm: pose.sizes.height_anterior,
        wedge_deg: 2.0,
        body_mean_hu: 200.0,
    };
    Anatomy { vertebrae: spine.vertebrae.iter().map(vertebra).collect(), canal: canal(&spine) }
}

fn canal(spine: &Spine) -> Canal {
    let mut canal = Canal {
        centerline: Vec::new(),
        radius_mm: Vec::new(),
        left: Vec::new(),
        posterior: Vec::new(),
        wall_mm: Vec::new(),
    };
    for pair in spine.vertebrae.windows(2) {
        let ends = [&pair[0], &pair[1]].map(|p| p.placement.apply(bone::canal_middle(p)));
        for n in 0..23 {
            canal.centerline.push(ends[0].lerp(ends[1], f64::from(n) / 23.0));
            canal.radius_mm.push(CANAL_HALF_MM[1]);
            canal.left.push(pair[0].placement.turn(Vector::new(1.0, 0.0, 0.0)));
            canal.posterior.push(pair[0].placement.turn(Vector::new(0.0, 1.0, 0.0)));
            let radius = |m: usize| {
                let (s, c) = (TAU * m as f64 / 32.0).sin_cos();
                let [a, b] = CANAL_HALF_MM;
                1.0 / ((c / a).powi(2) + (s / b).powi(2)).sqrt()
            };
            canal.wall_mm.push((0..32).map(radius).collect());
        }
    }
    canal
}

fn choices() -> Choices {
    Choices::defaults(&[ossein_design::plan::CHOICES, vbr::KIND.choices].concat())
}

fn levels(names: &[&str]) -> Vec<Level> {
    names.iter().map(|n| n.parse().unwrap()).collect()
}

fn planned(resect: &[&str], choices: &Choices) -> Result<Plan, PlanError> {
    let resect = levels(resect);
    let options = PlanOptions { resect: &resect, choices, tumour: None };
    plan(&anatomy(), &options).map(|found| found.value)
}

fn hu() -> Volume<i16> {
    Volume::filled(Grid::aligned(Point::new(-100.0, -100.0, -150.0), [10.0; 3], [20; 3]), 200)
}

fn designed(resect: &[&str], choices: &Choices) -> Result<Design, DesignError> {
    let plan = planned(resect, choices).unwrap();
    let inputs = Inputs { case_id: "P-1", plan: &plan, hu: &hu() };
    design(&inputs, choices, &Job::quiet()).map(|found| found.value)
}

#[test]
fn the_defect_is_as_high_as_the_bodies_and_discs() {
    let plan = planned(&["T7", "T8", "T9"], &choices()).unwrap();
    let sum = 18.2 + 18.7 + 19.3 - 3.0 * 0.65 + 4.5 + 4.8 + 5.0 + 5.3;
    assert!((plan.defect_height_mm - sum).abs() < 0.6, "{} {sum}", plan.defect_height_mm);
    assert_eq!((plan.cranial.to_string(), plan.caudal.to_string()), ("T6".into(), "T10".into()));
}

#[test]
fn a_correction_turns_the_upper_endplate_by_as_much() {
    let mut choices = choices();
    let before = planned(&["T8"], &choices).unwrap();
    choices.choose("plan.correction_sagittal_deg", Value::Number(5.0));
    choices.choose("plan.correction_coronal_deg", Value::Number(-3.0));
    choices.choose("plan.distraction_mm", Value::Number(2.0));
    let after = planned(&["T8"], &choices).unwrap();
    let (now, then) = (before.angles_wanted, after.angles_wanted);
    assert!((now.sagittal_deg - then.sagittal_deg - 5.0).abs() < 0.05, "{now:?} {then:?}");
    assert!(((now.coronal_deg - then.coronal_deg).abs() - 3.0).abs() < 0.05, "{now:?} {then:?}");
    assert!((after.defect_height_mm - before.defect_height_mm - 2.0).abs() < 1e-6);
}

#[test]
fn resections_that_cannot_be_are_refused() {
    let none = |resect: &[&str]| planned(resect, &choices()).map(|_| ()).unwrap_err();
    assert_eq!(none(&[]), PlanError::Nothing);
    assert!(matches!(none(&["T7", "T9"]), PlanError::NotNeighbours { .. }));
    assert!(matches!(none(&["T6"]), PlanError::NoNeighbour { side: "above", .. }));
    assert!(matches!(none(&["T9", "T10"]), PlanError::NoNeighbour { side: "below", .. }));
    assert!(matches!(none(&["L3"]), PlanError::Unknown { .. }));
}

#[test]
fn a_tumour_too_near_to_what_stays_is_a_failure() {
    let anatomy = anatomy();
    let resect = levels(&["T8"]);
    let grid = Grid::<Lps>::aligned(anatomy.vertebrae[2].centroid, [1.0; 3], [1; 3]);
    let mut tumour = Volume::filled(grid, 1u16);
    let margin = |tumour: &Volume<u16>| {
        let options = PlanOptions { resect: &resect, choices: &choices(), tumour: Some(tumour) };
        plan(&anatomy, &options).unwrap()
    };
    assert!(margin(&tumour).findings.is_empty());
    tumour.grid.origin = anatomy.vertebrae[1].caudal.center;
    let found = margin(&tumour);
    assert_eq!(found.findings[0].code, "plan.tumour_margin");
    assert!(found.value.tumour_margin_mm.unwrap().abs() < 1e-9);
}

#[test]
fn the_implant_fits_between_the_true_endplates() {
    let clock = std::time::Instant::now();
    let design = designed(&["T7", "T8", "T9"], &choices()).unwrap();
    eprintln!("{:?} {:#?}", clock.elapsed(), design.report);
    let report = &design.report;
    for contact in [&report.contact_cranial, &report.contact_caudal] {
        assert!((contact.gap_p50_mm - 0.2).abs() < 0.02, "{contact:?}");
        assert!(contact.fraction_within_0_5_mm > 0.9, "{contact:?}");
    }
    if let Ok(path) = std::env::var("OSSEIN_SHOW") {
        show(&design, &path);
    }
    // Nothing of the implant lies in bone or in the canal's clearance.
    let spine = spine::Spine::thoracic();
    let back: Rigid<_, Lps> = design.placement.inverse();
    let kept = [&spine.vertebrae[0], &spine.vertebrae[4]].map(ossein_phantom::Bones::new);
    let samples = design.shapes.part.samples();
    let mut values = vec![0.0f32; samples.size[0] * samples.size[1]];
    for k in (0..samples.size[2]).step_by(7) {
        let origin = samples.point(0, 0, k);
        let plane =
            ossein_field::Block { origin, size: [samples.size[0], samples.size[1], 1], ..samples };
        design.shapes.part.sample(&plane, &mut values);
        for (n, &value) in values.iter().enumerate().filter(|(_, v)| **v < 0.0) {
            let p = plane.point(n % plane.size[0], n / plane.size[0], 0);
            let patient = back.apply(p);
            assert!(design.shapes.canal.volume().sample(p) > 1.5 - 0.1, "{p:?} {value}");
            for bone in &kept {
                assert!(bone.body.distance(patient) > 0.0, "{p:?}");
            }
        }
    }
}

#[test]
fn choices_that_cannot_be_made_are_refused() {
    let refused = |key: &str, value: f64| {
        let mut choices = choices();
        choices.choose(key, Value::Number(value));
        designed(&["T8"], &choices).map(|_| ()).unwrap_err()
    };
    assert!(matches!(refused("lattice.solid_fraction", 0.05), DesignError::Lattice(_)));
    assert!(matches!(refused("lattice.period_mm", 0.6), DesignError::Lattice(_)));
    assert!(matches!(refused("implant.graft_window_mm", 20.0), DesignError::WindowTooWide { .. }));
    let collide = refused("implant.screw_spacing_mm", 6.0);
    assert!(matches!(collide, DesignError::ScrewsCollide { .. }));
}

/// Pictures for the eye, when asked for.
fn show(design: &Design, path: &str) {
    use ossein_picture::{Item, Scene, View, png, render};
    let clock = std::time::Instant::now();
    let samples = design.shapes.part.samples();
    let mesh = ossein_mesh::extract(&*design.part().solid, &samples, &Job::quiet()).unwrap();
    eprintln!("{} triangles in {:?}", mesh.triangles.len(), clock.elapsed());
    let mesh = ossein_mesh::check_watertight(mesh).unwrap();
    eprintln!("{} pieces, genus {}", mesh.component_count(), ossein_mesh::measure::genus(&mesh));
    let views = [View::Anterior, View::Oblique, View::ObliquePosterior, View::Cranial];
    for (n, view) in views.into_iter().enumerate() {
        let item = Item::plain(mesh.mesh(), [176, 184, 196]);
        let image = render(&Scene::new(vec![item], view, [800, 1000]), &Job::quiet()).unwrap();
        std::fs::write(format!("{path}{n}.png"), png(&image)).unwrap();
    }
    eprintln!("{:?}", clock.elapsed());
}
