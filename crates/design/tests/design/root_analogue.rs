//! Root-analogue implants in a phantom whose tooth is known, and in a real jaw.

use ossein_design::kinds::root_analogue_implant::{
    CHOICES, Design, DesignError, Fit, Inputs, JawTeeth, PlanError, RootPlan, design, plan,
    wanted_offset_mm,
};
use ossein_geom::{Choices, Found, Implant, Job, Lps, Point, Value, Volume};
use ossein_mesh::extract::{extract_compact, samples_around};
use ossein_phantom::tooth::{BONE, CANAL, TEETH, ToothPhantom};

use crate::common::cmf;

fn choices(own: &[(&str, Value)]) -> Choices {
    let mut choices = Choices::defaults(CHOICES);
    for (name, value) in own {
        choices.choose(name, value.clone());
    }
    choices
}

fn word(word: &str) -> Value {
    Value::Word(word.into())
}

fn of(volume: &Volume<u16>) -> JawTeeth<'_> {
    JawTeeth { volume, lower: Some([TEETH, BONE]), upper: None, canal: Some(CANAL) }
}

fn planned(
    labels: &JawTeeth,
    at: Point<Lps>,
    choices: &Choices,
) -> Result<Found<RootPlan>, PlanError> {
    plan(labels, at, choices, &Job::quiet())
}

fn made(labels: JawTeeth, plan: &RootPlan, choices: &Choices, step: f64) -> Found<Design> {
    design(&Inputs { plan, labels }, choices, step, &Job::quiet()).unwrap()
}

/// The middle of the phantom's tooth.
fn target(phantom: &ToothPhantom) -> Point<Lps> {
    phantom.placement.inverse().apply(Point::new(0.0, 0.0, 1.0))
}

fn surface(design: &Design) -> Vec<Point<Implant>> {
    let samples = samples_around(design.body(), 0.15);
    extract_compact(design.body(), &samples, &Job::quiet()).unwrap().into_mesh().vertices
}

#[test]
fn offsets_by_direction_are_as_wanted() {
    let phantom = ToothPhantom { voxel_mm: 0.15, ..ToothPhantom::default() };
    let volume = phantom.volume();
    let choices = choices(&[
        ("implant.surface", word("plain")),
        ("implant.groove_depth_mm", Value::Number(0.0)),
    ]);
    let plan = planned(&of(&volume), target(&phantom), &choices).unwrap().value;
    let found = made(of(&volume), &plan, &choices, 0.25).value;
    let fit = found.report.fit;
    // The cheek's plate is the thinner one.
    assert_eq!(
        fit,
        Fit { ligament_mm: 0.0, press_mm: 0.1, relief_mm: 0.2, relieved: [true, false] }
    );
    let to_phantom = plan.tooth.placement.inverse();
    let (mut worst, mut off, mut sides) = (0.0f64, Vec::new(), [0usize; 2]);
    let (mut all, mut true_count) = (0usize, 0usize);
    for p in surface(&found) {
        // Above the tip's edge, where the root is a cone.
        if p.z > -1.2 || p.z < -10.5 {
            continue;
        }
        let wanted = wanted_offset_mm(&fit, p);
        // Voxels leave terraces on the tooth, and what hangs over is taken off: there it is smaller.
        let up = |n: u32| Point::new(p.x, p.y, p.z * (1.0 - f64::from(n) / 60.0));
        let hangs = (0..60).map(|n| found.tooth.sample(up(n))).fold(f64::NEG_INFINITY, f64::max);
        let own = found.tooth.sample(p);
        assert!(own - wanted < 0.05 && hangs - wanted > -0.05, "{own:.3} {hangs:.3} {wanted:.3}");
        all += 1;
        if hangs < own + 1e-3 {
            true_count += 1;
            worst = worst.max((own - wanted).abs());
        }
        let q = phantom.placement.apply(to_phantom.apply(p));
        off.push((known_distance(&phantom, q) - wanted).abs());
        sides[0] += usize::from((wanted - 0.1).abs() < 1e-3);
        sides[1] += usize::from((wanted + 0.2).abs() < 1e-3);
    }
    assert!(true_count > all * 2 / 3, "{true_count} of {all} places are free of overhang");
    assert!(worst < 0.05, "off by {worst:.3} mm from the tooth's own surface");
    // Against the known cone, the voxels' own steps come in: half a voxel at most.
    off.sort_by(f64::total_cmp);
    let (median, p95) = (off[off.len() / 2], off[off.len() * 95 / 100]);
    assert!(median < 0.05 && p95 < 0.1, "median {median:.3}, p95 {p95:.3} mm");
    assert!(sides.iter().all(|&n| n > 100), "{sides:?}");
}

/// Distance of a place from the phantom's root, to first order.
fn known_distance(phantom: &ToothPhantom, q: Point<Implant>) -> f64 {
    let value = |x: f64, y: f64, z: f64| {
        let [a, b] = phantom.root_at(z);
        (x / a).hypot(y / b) - 1.0
    };
    let h = 1e-4;
    let slope = [
        (value(q.x + h, q.y, q.z) - value(q.x - h, q.y, q.z)) / (2.0 * h),
        (value(q.x, q.y + h, q.z) - value(q.x, q.y - h, q.z)) / (2.0 * h),
        (value(q.x, q.y, q.z + h) - value(q.x, q.y, q.z - h)) / (2.0 * h),
    ];
    value(q.x, q.y, q.z) / slope.iter().map(|s| s * s).sum::<f64>().sqrt()
}

#[test]
fn it_comes_out_along_its_axis_and_has_the_volume_of_its_parts() {
    let phantom = ToothPhantom { voxel_mm: 0.25, ..ToothPhantom::default() };
    let volume = phantom.volume();
    let chosen =
        [("implant.surface", word("plain")), ("implant.groove_depth_mm", Value::Number(0.0))];
    let choices = choices(&chosen);
    let plan = planned(&of(&volume), target(&phantom), &choices).unwrap().value;
    let found = made(of(&volume), &plan, &choices, 0.2);
    let design = &found.value;
    let limit = design.report.fit.press_mm + 0.05;
    for p in surface(design).into_iter().filter(|p| p.z < -0.3) {
        for n in 0..20 {
            let z = p.z * (1.0 - f64::from(n) / 20.0);
            let met = design.tooth.sample(Point::new(p.x, p.y, z));
            assert!(met < limit, "drawn out, it meets {met:.2} mm of bone at {p:?}");
        }
    }
    // Root of a cone with its offsets, collar, and an abutment drawn in by margin and taper.
    let [a, b] = phantom.neck_mm;
    let pi = std::f64::consts::PI;
    let s = phantom.tip;
    let root = pi * a * b * phantom.root_mm * (1.0 + s + s * s) / 3.0;
    assert!(
        (design.report.tooth_root_mm3 / root - 1.0).abs() < 0.05,
        "{}",
        design.report.tooth_root_mm3
    );
    let collar = pi * a * b * 1.5;
    let section = |inset: f64| pi * (a - inset) * (b - inset);
    let [low, high] = [0.8, 0.8 + 5.0 * 6f64.to_radians().tan()];
    let abutment = 5.0 * (section(low) + section(high) + 4.0 * section(0.5 * (low + high))) / 6.0;
    let whole = root + collar + abutment;
    assert!(
        (design.report.volume_mm3 / whole - 1.0).abs() < 0.05,
        "{} {whole}",
        design.report.volume_mm3
    );
    assert!(design.report.undercut_mm3 / root < 0.03);
    assert_eq!(design.report.dropped_count, 0);
    let canal = phantom.canal_mm[0] - phantom.canal_mm[1] - phantom.root_mm;
    let measured = design.report.clearances.canal_mm.unwrap();
    assert!((measured - canal).abs() < 0.6, "{measured} {canal}");
}

#[test]
fn what_cannot_be_is_refused_with_what_can() {
    let forked = ToothPhantom {
        fork: Some((4.0, 20.0)),
        neck_mm: [4.5, 4.0],
        pitch_mm: 11.6,
        voxel_mm: 0.4,
        ..ToothPhantom::default()
    };
    let volume = forked.volume();
    let refused = planned(&of(&volume), target(&forked), &choices(&[])).unwrap_err();
    assert!(
        matches!(refused, PlanError::Divergent { count: 2, divergence_deg, .. }
            if divergence_deg > 20.0),
        "{refused}"
    );
    assert!(refused.to_string().contains("roots = \"one\""));
    let one = choices(&[("plan.roots", word("one"))]);
    assert!(planned(&of(&volume), target(&forked), &one).is_ok());
    let phantom = ToothPhantom { voxel_mm: 0.4, ..ToothPhantom::default() };
    let volume = phantom.volume();
    let plan = planned(&of(&volume), target(&phantom), &choices(&[])).unwrap().value;
    let wide = choices(&[
        ("implant.margin_mm", Value::Number(1.5)),
        ("implant.taper_deg", Value::Number(15.0)),
        ("implant.abutment_mm", Value::Number(8.0)),
    ]);
    let inputs = Inputs { plan: &plan, labels: of(&volume) };
    let refused = design(&inputs, &wide, 0.4, &Job::quiet()).err().unwrap();
    assert!(matches!(refused, DesignError::Abutment { .. }), "{refused}");
    let thick = choices(&[
        ("implant.layer_mm", Value::Number(1.5)),
        ("implant.margin_mm", Value::Number(0.3)),
        ("implant.groove_depth_mm", Value::Number(0.6)),
    ]);
    let slim = ToothPhantom { neck_mm: [2.0, 2.2], voxel_mm: 0.4, pitch_mm: 5.2, ..phantom };
    let volume = slim.volume();
    let plan = planned(&of(&volume), target(&slim), &choices(&[])).unwrap().value;
    let inputs = Inputs { plan: &plan, labels: of(&volume) };
    let refused = design(&inputs, &thick, 0.4, &Job::quiet()).err().unwrap();
    assert!(matches!(refused, DesignError::Core { .. }), "{refused}");
    let none = JawTeeth { lower: None, ..of(&volume) };
    assert!(matches!(planned(&none, target(&slim), &choices(&[])), Err(PlanError::NoJaw)));
}

#[test]
fn a_canal_too_near_is_a_failure() {
    let phantom = ToothPhantom { canal_mm: [15.0, 1.0], voxel_mm: 0.4, ..ToothPhantom::default() };
    let volume = phantom.volume();
    let plan = planned(&of(&volume), target(&phantom), &choices(&[])).unwrap().value;
    let found = made(of(&volume), &plan, &choices(&[]), 0.4);
    assert!(found.findings.iter().any(|f| f.code == "design.canal"), "{:?}", found.findings);
}

/// Measures a root against the label map itself, voxel by voxel.
fn of_the_label_map(volume: &Volume<u16>, plan: &RootPlan, design: &Design) {
    let (r, place) = (&design.report, &plan.tooth.placement);
    let near = |labels: &[u16]| -> Vec<Point<Implant>> {
        let all = (0..volume.values.len()).filter(|&n| labels.contains(&volume.values[n]));
        let all = all.map(|n| place.apply(volume.grid.center(volume.grid.voxel(n))));
        all.filter(|p| p.x.hypot(p.y) < 12.0 && (-25.0..15.0).contains(&p.z)).collect()
    };
    // As deep as the tooth: its deepest voxel within its own root, to a voxel.
    let voxel_mm = volume.grid.spacing.into_iter().fold(0.0, f64::max);
    let tooth = near(if plan.lower { &[4] } else { &[3] });
    let own = tooth.iter().filter(|p| design.tooth.sample(**p) < 0.0);
    let deepest = own.map(|p| p.z).fold(0.0, f64::min);
    assert!((r.root_mm + deepest).abs() < 1.5 * voxel_mm, "{} {deepest}", r.root_mm);
    let points = surface(design);
    // Its root and not more: the implant within the tooth, but for the press fit and a voxel.
    let limit = r.fit.press_mm + 0.05;
    let root = || points.iter().filter(|p| p.z < -0.3);
    for p in root() {
        for n in 0..20 {
            let met = design.tooth.sample(Point::new(p.x, p.y, p.z * (1.0 - f64::from(n) / 20.0)));
            assert!(met < limit, "drawn out, it meets {met:.2} mm of bone at {p:?}");
        }
    }
    let bottom = root().map(|p| p.z).fold(0.0, f64::min);
    assert!((bottom - deepest).abs() < 0.25 * r.root_mm, "{bottom} {deepest}");
    assert!(r.dropped_mm3 < 0.005 * r.volume_mm3, "{} of {}", r.dropped_mm3, r.volume_mm3);
    // To the canal, by its voxels' middles, half a voxel and more within its surface.
    let canal = near(&[5]);
    let away = |p: &Point<Implant>| canal.iter().map(|q| p.distance(*q)).fold(60.0, f64::min);
    let nearest = root().map(away).fold(60.0, f64::min);
    if let Some(told) = r.clearances.canal_mm.filter(|mm| plan.lower && *mm < 5.0) {
        assert!((nearest - told).abs() < 1.5 * voxel_mm, "{nearest} {told}");
    } else {
        assert!(!plan.lower || nearest > 4.5, "{nearest} {:?}", r.clearances);
    }
}

#[test]
fn teeth_of_a_patient() {
    let Some(volume) = cmf() else { return };
    let labels =
        JawTeeth { volume: &volume, lower: Some([4, 2]), upper: Some([3, 1]), canal: Some(5) };
    // A lower premolar, a lower canine, a lower molar, an upper premolar.
    let teeth = [
        ([76.0, 48.0, 49.0], "porous"),
        ([104.0, 43.0, 46.0], "porous"),
        ([70.0, 63.0, 51.0], "textured"),
        ([112.0, 56.0, 64.0], "plain"),
    ];
    for (at, surface) in teeth {
        let choices = choices(&[("implant.surface", word(surface))]);
        let plan = planned(&labels, Point::from(at), &choices).unwrap().value;
        let found = made(labels, &plan, &choices, 0.25);
        let r = &found.value.report;
        println!(
            "{at:?}: root {:.1} volume {:.0} undercut {:.0} of {:.0} abutment {:.1?} core {:.1} clear {:?} dropped {}",
            r.root_mm,
            r.volume_mm3,
            r.undercut_mm3,
            r.tooth_root_mm3,
            r.abutment_mm,
            r.core_mm,
            r.clearances,
            r.dropped_count
        );
        for f in &found.findings {
            println!("   {}: {}", f.code, f.message);
        }
        assert!(r.root_mm > 9.0 && r.volume_mm3 > 150.0);
        of_the_label_map(&volume, &plan, &found.value);
    }
    // An upper molar's roots lean apart.
    let refused = planned(&labels, Point::new(114.0, 63.0, 66.0), &choices(&[])).unwrap_err();
    println!("{refused}");
    assert!(matches!(refused, PlanError::Divergent { count: 3, .. }), "{refused}");
}
