//! Drill guides on a phantom whose teeth, bone and canal are known.

use ossein_design::kinds::dental_drill_guide::{
    Ask, Asked, CHOICES, Design, DesignError, GuideLabels, GuidePlan, Inputs, JawParts, PlanError,
    design, plan,
};
use ossein_geom::{Choices, Found, Implant, Job, Lps, Point, TriMesh, Value, Vector, Volume};
use ossein_mesh::{check_watertight, extract};
use ossein_phantom::tooth::{BONE, CANAL, TEETH, ToothPhantom};

fn choices(own: &[(&str, Value)]) -> Choices {
    let mut choices = Choices::defaults(CHOICES);
    // The middle tooth is out and its socket healed: the bone is a plain bar.
    choices.choose("plan.sockets", Value::Word("healed".into()));
    choices.choose("guide.gum_mm", Value::Number(1.5));
    for (name, value) in own {
        choices.choose(name, value.clone());
    }
    choices
}

fn number(mm: f64) -> Value {
    Value::Number(mm)
}

fn of(volume: &Volume<u16>) -> GuideLabels<'_> {
    let lower = JawParts { bone: Some(BONE), teeth: Some(TEETH) };
    GuideLabels { volume, lower, upper: JawParts::default(), canal: Some(CANAL) }
}

/// From the phantom's own frame to the patient.
fn lps(phantom: &ToothPhantom, p: [f64; 3]) -> Point<Lps> {
    phantom.placement.inverse().apply(Point::from(p))
}

/// An implant with its neck and its end in the phantom's frame.
fn implant(phantom: &ToothPhantom, id: &str, neck: [f64; 3], end: [f64; 3]) -> Ask {
    let (entry, apex) = (Some(lps(phantom, neck)), Some(lps(phantom, end)));
    Ask { id: id.into(), entry, apex, ..Ask::default() }
}

/// Those implants, the middle tooth taken out, the guide put on along the teeth's own axes.
fn asked(phantom: &ToothPhantom, implants: Vec<Ask>) -> Asked {
    let up = phantom.placement.inverse().turn(Vector::new(0.0, 0.0, 1.0));
    let extracted = vec![lps(phantom, [0.0, 0.0, 2.0])];
    Asked { implants, extracted, put_on_from: Some(up) }
}

fn planned(
    volume: &Volume<u16>,
    asked: &Asked,
    choices: &Choices,
) -> Result<Found<GuidePlan>, PlanError> {
    plan(&of(volume), asked, choices, &Job::quiet())
}

fn made(
    volume: &Volume<u16>,
    asked: &Asked,
    choices: &Choices,
    step: f64,
) -> Result<(GuidePlan, Found<Design>), DesignError> {
    let plan = planned(volume, asked, choices).unwrap().value;
    let inputs = Inputs { plan: &plan, labels: of(volume), label: "G-1" };
    let found = design(&inputs, choices, step, &Job::quiet())?;
    Ok((plan, found))
}

fn surface(design: &Design) -> TriMesh<Implant> {
    let part = design.part();
    let mesh = extract(&*part.solid, &part.solid.samples(), &Job::quiet()).unwrap();
    let closed = check_watertight(mesh).unwrap();
    assert_eq!(closed.component_count(), 1);
    closed.into_mesh()
}

/// A tooth, or anything of it, at a place of the phantom: `x` from the middle one's axis.
fn is_tooth(phantom: &ToothPhantom, p: Point<Implant>) -> bool {
    [-1.0, 1.0].iter().any(|n| {
        let own = Point::new(p.x - n * phantom.pitch_mm, p.y, p.z);
        phantom.is_tooth(own)
    })
}

#[test]
fn distances_around_an_implant_are_those_of_the_phantom() {
    let phantom = ToothPhantom::default();
    let volume = phantom.volume();
    let straight = implant(&phantom, "a", [0.0, 0.0, 0.0], [0.0, 0.0, -10.0]);
    let asked = asked(&phantom, vec![straight]);
    let found = planned(&volume, &asked, &choices(&[])).unwrap().value;
    let own = &found.implants[0];
    let near = |what: &str, seen: f64, is: f64, within: f64| {
        assert!((seen - is).abs() < within, "{what}: {seen:.3}, not {is:.3}");
    };
    // The canal runs straight under the end. Voxels and their smoothing move a surface by less than
    // half a voxel.
    let half = 0.5 * phantom.voxel_mm;
    let [depth, radius] = phantom.canal_mm;
    near("canal", own.canal_mm.unwrap(), depth - radius - 10.0, half);
    near("bone below", own.bone.below_mm, depth - radius - 10.0, phantom.voxel_mm);
    // The teeth beside it, looked at place by place.
    let mut nearest = f64::INFINITY;
    for n in 0..200 * 120 {
        let (x, z) = (2.0 + 0.03 * f64::from(n % 200), -10.0 + 0.15 * f64::from(n / 200));
        let p = Point::new(x, 0.0, z);
        if is_tooth(&phantom, p) {
            let (side, end) = ((x - 2.05).max(0.0), z.max(0.0));
            nearest = nearest.min((side * side + end * end).sqrt());
        }
    }
    near("tooth", own.tooth_mm.unwrap(), nearest, half);
    // Faces of the bar of bone.
    let [tongue, cheek] = phantom.faces_mm;
    near("cheek", own.bone.plate_mm[0].unwrap(), cheek - 2.05, phantom.voxel_mm);
    near("tongue", own.bone.plate_mm[1].unwrap(), -tongue - 2.05, phantom.voxel_mm);
    // A healed socket is filled as far as a ball of 5 mm does not sink into its mouth, 6 mm wide:
    // 5 - sqrt(5² - 3²) = 1 mm of the ten.
    assert!(own.bone.bare_mm.unwrap() <= 1.0 && own.bone.apex_covered);
    assert!(own.bone.covered > 0.9, "{:?}", own.bone.covered);
    assert_eq!(found.support.len(), 2);
    assert_eq!(found.out, [1]);
    // Nearer to the cheek's face, the plate is as much thinner.
    let aside = implant(&phantom, "a", [0.0, 2.0, 0.0], [0.0, 2.0, -10.0]);
    let found = planned(&volume, &self::asked(&phantom, vec![aside]), &choices(&[])).unwrap();
    let plate = found.value.implants[0].bone.plate_mm;
    near("cheek", plate[0].unwrap(), cheek - 4.05, phantom.voxel_mm);
    assert!(found.findings.iter().any(|f| f.code == "plan.plate"), "{:?}", found.findings);
}

#[test]
fn an_empty_socket_is_no_bone_and_a_tooth_places_its_implant() {
    let phantom = ToothPhantom::default();
    let volume = phantom.volume();
    let tooth = Some(lps(&phantom, [0.0, 0.0, 2.0]));
    let own = Ask { id: "a".into(), tooth, length_mm: Some(15.5), ..Ask::default() };
    let asked = Asked { implants: vec![own], ..Asked::default() };
    let of = |word: &str| {
        let choices = choices(&[("plan.sockets", Value::Word(word.into()))]);
        planned(&volume, &asked, &choices).unwrap().value
    };
    let (healed, empty) = (of("healed"), of("empty"));
    let axis = phantom.placement.turn(healed.implants[0].bore.along);
    assert!(axis.angle_deg(Vector::new(0.0, 0.0, -1.0)) < 1.0);
    let neck = phantom.placement.apply(healed.implants[0].bore.entry);
    assert!(neck.distance(Point::ORIGIN) < 0.4, "{neck:?}");
    // The root is wider than the implant down to where its half width is the implant's: no bone
    // touches there, and all around beneath the tip, 13 mm deep.
    let covered = |plan: &GuidePlan, depth: f64| {
        let levels = &plan.implants[0].bone.levels;
        levels.iter().find(|l| l.depth_mm >= depth).unwrap().covered
    };
    assert!(covered(&healed, 2.0) > 0.95 && covered(&empty, 2.0) < 0.05);
    assert!(covered(&empty, 14.0) > 0.95);
    assert!(empty.implants[0].bone.bare_mm.unwrap() > 5.0);
    // The guide is put on along the mean axis of the two teeth that stand.
    let up = phantom.placement.turn(healed.from);
    assert!(up.angle_deg(Vector::new(0.0, 0.0, 1.0)) < 1.0 && !healed.from_given);
}

/// An implant that leans to the cheek and along the arch.
fn leaning(phantom: &ToothPhantom) -> Ask {
    implant(phantom, "a", [0.2, 0.5, 0.0], [-0.8, 1.5, -10.0])
}

#[test]
fn the_sleeve_stands_on_the_planned_axis_in_the_mesh_itself() {
    let phantom = ToothPhantom::default();
    let volume = phantom.volume();
    let asked = asked(&phantom, vec![leaning(&phantom)]);
    let (plan, found) = made(&volume, &asked, &choices(&[]), 0.2).unwrap();
    let design = &found.value;
    let mesh = surface(design);
    let bore = plan.implants[0].bore;
    let back = plan.placement.inverse();
    let sleeve = &design.report.sleeves[0];
    assert!((sleeve.hole_mm - 2.3).abs() < 1e-12);
    // Every place of the mesh inside the sleeve lies on a cylinder around the axis.
    let (mut count, mut middle) = (0usize, Vector::new(0.0, 0.0, 0.0));
    for p in mesh.vertices.iter().map(|p| back.apply(*p)) {
        let from = p - bore.entry;
        let over = -from.dot(bore.along);
        let across = from + bore.along * over;
        if (5.2..9.8).contains(&over) && across.norm() < 1.6 {
            assert!((across.norm() - 1.15).abs() < 0.01, "{:.4} at {over:.2}", across.norm());
            middle += across.unit();
            count += 1;
        }
    }
    assert!(count > 300, "{count}");
    assert!(middle.norm() / (count as f64) < 0.02, "{middle:?} of {count}");
    // It leads over its whole length, and ends where it was asked to.
    assert!((sleeve.led_mm - 5.0).abs() < 0.15, "{}", sleeve.led_mm);
    let part = design.part();
    let at = |over: f64, aside: f64| {
        let side = bore.along.any_perpendicular();
        let p = plan.placement.apply(bore.entry - bore.along * over + side * aside);
        ossein_field::Field::distance(&*part.solid, p)
    };
    assert!(at(9.9, 1.15 + 0.75) < 0.0 && at(10.1, 1.15 + 0.75) > 0.0);
    for over in [-3.0, 2.0, 5.5, 7.5, 9.5, 14.0] {
        assert!(at(over, 0.0) > 0.5, "the drill's way is shut {over} mm over the neck");
    }
}

#[test]
fn it_sits_at_its_gap_and_slides_on() {
    let phantom = ToothPhantom::default();
    let volume = phantom.volume();
    let asked = asked(&phantom, vec![leaning(&phantom)]);
    for gap in [0.05, 0.15] {
        let choices = choices(&[("guide.contact_mm", number(gap))]);
        let (plan, found) = made(&volume, &asked, &choices, 0.25).unwrap();
        let mesh = surface(&found.value);
        let part = found.value.part();
        let teeth = &part.keep_outs.iter().find(|(name, _)| *name == "teeth").unwrap().1;
        let least = mesh.vertices.iter().map(|p| teeth.volume().sample(*p));
        let least = least.fold(f64::INFINITY, f64::min);
        // Nowhere nearer; the nearest place is no vertex, but close to one.
        assert!(least > gap - 1e-3 && least < gap + 0.03, "{least:.3} mm, not {gap}");
        // The cap over a tooth lies as far from its flat top, 8 mm over the bone, known to half a
        // voxel.
        let to_phantom =
            |p: Point<Implant>| phantom.placement.apply(plan.placement.inverse().apply(p));
        let over_tooth = |p: &Point<Implant>| {
            (p.x - phantom.pitch_mm).abs() < 1.0 && (2.0..3.0).contains(&p.y.abs()) && p.z < 9.0
        };
        let cap: Vec<f64> =
            mesh.vertices.iter().map(|p| to_phantom(*p)).filter(over_tooth).map(|p| p.z).collect();
        let low = cap.iter().copied().fold(f64::INFINITY, f64::min);
        assert!((low - 8.0 - gap).abs() < 0.5 * phantom.voxel_mm, "{low:.3}");
        // From 15 mm over its seat nothing of it meets a tooth or bone on the way down.
        let thin = ToothPhantom { neck_mm: phantom.neck_mm.map(|mm| mm - 0.15), ..phantom };
        for p in &mesh.vertices {
            for n in 0..=30 {
                let q = *p + Vector::new(0.0, 0.0, 0.5 * f64::from(n));
                assert!(teeth.volume().sample(q) > 0.0, "{q:?}");
                let q = to_phantom(q);
                assert!(q.z > 0.0 && !(q.z < 7.85 && is_tooth(&thin, q)), "{q:?}");
            }
        }
        // Crowns bulge: beneath their widest place there is an undercut, and it is blocked out.
        assert!(found.value.report.blocked_mm3 > 0.5, "{}", found.value.report.blocked_mm3);
    }
}

#[test]
fn a_metal_sleeve_has_its_seat_and_its_rim() {
    let phantom = ToothPhantom::default();
    let volume = phantom.volume();
    let asked = asked(&phantom, vec![leaning(&phantom)]);
    let own = choices(&[("guide.sleeve", Value::Word("metal".into()))]);
    let (plan, found) = made(&volume, &asked, &own, 0.25).unwrap();
    let (bore, part) = (plan.implants[0].bore, found.value.part());
    let at = |over: f64, aside: f64| {
        let side = bore.along.any_perpendicular();
        let p = plan.placement.apply(bore.entry - bore.along * over + side * aside);
        ossein_field::Field::distance(&*part.solid, p)
    };
    // 2.2 mm of drill, 0.1 of play, twice 0.5 of wall and 0.05 for glue.
    assert!((found.value.report.sleeves[0].hole_mm - 3.35).abs() < 1e-12);
    for over in [5.2, 7.5, 9.8] {
        assert!(at(over, 1.6) > 0.0 && at(over, 1.8) < 0.0, "{over}");
    }
    // The rim beneath holds the sleeve and lets the drill pass.
    assert!(at(4.6, 1.6) < 0.0 && at(4.6, 1.4) > 0.0);
    // Drill and sleeve both play.
    let play = found.value.report.sleeves[0].play;
    assert!((play.tilt_deg - (0.15f64 / 5.0).atan().to_degrees()).abs() < 1e-9);
}

#[test]
fn errors_follow_the_play_and_eat_into_the_distance_to_the_canal() {
    let phantom = ToothPhantom::default();
    let volume = phantom.volume();
    // Beside the canal, 1.75 mm of bone between.
    let aside = implant(&phantom, "a", [0.0, -5.3, 0.0], [0.0, -5.3, -18.5]);
    let asked = asked(&phantom, vec![aside]);
    let found = made(&volume, &asked, &choices(&[]), 0.4).unwrap();
    let (plan, sleeve) = (&found.0, &found.1.value.report.sleeves[0]);
    let slope = 0.1 / sleeve.led_mm;
    let entry = 0.05 + 5.0 * slope;
    assert!((sleeve.play.tilt_deg - slope.atan().to_degrees()).abs() < 1e-9);
    assert!((sleeve.play.entry_mm - entry).abs() < 1e-9);
    assert!((sleeve.play.tip_mm - entry - 18.5 * slope).abs() < 1e-9);
    let (planned, worst) = (plan.implants[0].canal_mm.unwrap(), sleeve.canal_at_worst_mm.unwrap());
    // The least that is left: the error at the drill's tip, and half a millimetre more depth.
    let bound = planned - sleeve.play.tip_mm - 0.5 * slope - 0.5;
    assert!(worst < planned && worst >= bound - 1e-9, "{bound:.3} {worst:.3} {planned:.3}");
    assert!((planned - 1.75).abs() < 0.5 * phantom.voxel_mm, "{planned}");
    // The drill's tip ends straight beside the canal's axis: there the whole error counts.
    let lost = 3.25f64.hypot(0.5) - 3.25 + sleeve.play.tip_mm + 0.5 * slope;
    assert!((planned - worst - lost).abs() < 0.03, "{planned:.3} {worst:.3} {lost:.3}");
    assert!((sleeve.stop_mm - 29.0).abs() < 1e-12);
    let opening = sleeve.over_teeth_mm.max(0.0) + 29.0 + 14.0;
    assert!((sleeve.opening_mm - opening).abs() < 1e-12);
    // A sleeve of much play takes the safety away.
    let loose = choices(&[
        ("guide.drill_play_mm", number(0.5)),
        ("guide.sleeve_length_mm", number(4.0)),
        ("guide.sleeve_offset_mm", number(16.0)),
    ]);
    let found = made(&volume, &asked, &loose, 0.4).unwrap().1;
    assert!(found.findings.iter().any(|f| f.code == "guide.canal"), "{:?}", found.findings);
}

#[test]
fn two_implants_are_looked_at_together() {
    let phantom = ToothPhantom { neck_mm: [5.0, 4.0], pitch_mm: 12.9, ..ToothPhantom::default() };
    let volume = phantom.volume();
    let one = implant(&phantom, "a", [-3.0, 0.0, 0.0], [-3.0, 0.0, -10.0]);
    let other = implant(&phantom, "b", [3.0, 0.0, 0.0], [4.0, 0.0, -10.0]);
    let asked = asked(&phantom, vec![one, other]);
    let choices = choices(&[("plan.diameter_mm", number(3.3))]);
    let (plan, found) = made(&volume, &asked, &choices, 0.3).unwrap();
    assert!((plan.between[0].apart_mm - (6.0 - 3.3)).abs() < 1e-9, "{:?}", plan.between);
    assert!((plan.between[0].angle_deg - 0.1f64.atan().to_degrees()).abs() < 1e-6);
    let report = &found.value.report;
    let pair = &report.pairs[0];
    assert!((pair.play_deg - 2.0 * report.sleeves[0].play.tilt_deg).abs() < 1e-9);
    // The sleeves' holes of 2.3 mm, from 5 to 10 mm over the bone, lean together upwards.
    let apart = (3.0 + 3.0 - 1.0) - 2.3;
    assert!((pair.wall_mm - apart).abs() < 0.05, "{} {apart}", pair.wall_mm);
    surface(&found.value);
}

#[test]
fn bone_alone_carries_a_guide() {
    let phantom = ToothPhantom::default();
    let mut volume = phantom.volume();
    // No teeth, sockets healed.
    let back = phantom.placement;
    for n in 0..volume.values.len() {
        if volume.values[n] == TEETH {
            let p = back.apply(volume.grid.center(volume.grid.voxel(n)));
            volume.values[n] = if p.z < 0.0 { BONE } else { 0 };
        }
    }
    let mut asked = asked(&phantom, vec![leaning(&phantom)]);
    asked.extracted.clear();
    let own = choices(&[
        ("guide.seat", Value::Word("bone".into())),
        ("plan.reach_mm", number(8.0)),
        ("guide.skirt_mm", number(3.0)),
    ]);
    let (_, found) = made(&volume, &asked, &own, 0.3).unwrap();
    let mesh = surface(&found.value);
    let part = found.value.part();
    let bone = &part.keep_outs.iter().find(|(name, _)| *name == "bone").unwrap().1;
    let least = mesh.vertices.iter().map(|p| bone.volume().sample(*p));
    let least = least.fold(f64::INFINITY, f64::min);
    // Between samples 0.25 mm apart an edge rounded by half a voxel of 0.3 mm is rounder by
    // 0.25² / (8 · 0.15) mm.
    assert!((least - 0.1).abs() < 0.052, "{least:.3}");
    // It covers the ridge, 13 mm wide less rounding, to both sides of the implant.
    assert!(found.value.report.seat_mm2 > 120.0, "{}", found.value.report.seat_mm2);
    assert!(found.value.report.sleeves[0].led_mm > 4.8);
}

#[test]
fn teeth_and_bone_carry_a_guide_together() {
    let phantom = ToothPhantom::default();
    let volume = phantom.volume();
    let asked = asked(&phantom, vec![leaning(&phantom)]);
    let seated = |seat: &str| {
        let own = choices(&[
            ("guide.seat", Value::Word(seat.into())),
            ("guide.contact_mm", number(0.1)),
            ("guide.bone_contact_mm", number(0.2)),
            // From cusps that stand 8 mm over the bone down beside its ridge.
            ("guide.skirt_mm", number(10.0)),
        ]);
        let (_, found) = made(&volume, &asked, &own, 0.25).unwrap();
        let (mesh, part) = (surface(&found.value), found.value.part());
        let least = |name: &str| {
            let field = part.keep_outs.iter().find(|(own, _)| *own == name).unwrap().1.clone();
            let gaps = mesh.vertices.iter().map(|p| field.volume().sample(*p));
            gaps.fold(f64::INFINITY, f64::min)
        };
        (least("teeth"), least("bone"), found.value.report.seat_mm2)
    };
    let (teeth, bone, seat) = seated("both");
    assert!(teeth > 0.1 - 1e-3 && teeth < 0.13, "{teeth:.4}");
    assert!(bone > 0.2 - 1e-3 && bone < 0.252, "{bone:.4}");
    // On teeth alone the guide stays over the gum, and sits on less.
    let (_, clear, of_teeth) = seated("teeth");
    assert!(clear > 1.4 && seat > of_teeth + 20.0, "{clear:.2} mm, {seat:.0} {of_teeth:.0} mm²");
}

#[track_caller]
fn no_plan(asked: &Asked, said: &[&str]) {
    let phantom = ToothPhantom::default();
    let refused = planned(&phantom.volume(), asked, &choices(&[])).unwrap_err().to_string();
    for part in said {
        assert!(refused.contains(part), "`{part}` is not in: {refused}");
    }
}

#[test]
fn what_cannot_be_planned_is_refused_with_its_reason() {
    let phantom = ToothPhantom::default();
    let one = |neck, end| asked(&phantom, vec![implant(&phantom, "46", neck, end)]);
    no_plan(&Asked::default(), &["none is planned", "entry_mm"]);
    let twice = asked(&phantom, vec![leaning(&phantom), leaning(&phantom)]);
    no_plan(&twice, &["two are named `a`"]);
    let deep = one([0.0, 0.0, 0.0], [0.0, 0.0, -18.0]);
    no_plan(&deep, &["46 runs through the mandibular canal", "of its 18.0 mm stay 2 mm clear"]);
    let refused = planned(&phantom.volume(), &deep, &choices(&[])).unwrap_err();
    // 15.5 mm stay 2 mm clear of its top, 17.5 mm deep; lengths are tried half a millimetre apart.
    let fits = |free: f64| (15.0..=15.5).contains(&free);
    assert!(matches!(refused, PlanError::Canal { free_mm, .. } if fits(free_mm)), "{refused}");
    let into_root = one([2.0, 0.0, 0.0], [6.5, 0.0, -9.0]);
    no_plan(&into_root, &["46 runs through tooth", "extracted_mm"]);
    no_plan(&one([0.0, 9.0, 0.0], [0.0, 9.0, -10.0]), &["does not stand in bone", "0 %"]);
    let out_of_it = one([0.0, 0.0, 0.0], [0.0, 9.0, -11.0]);
    no_plan(&out_of_it, &["46 leaves the bone", "surrounds it down to"]);
    let meeting =
        vec![leaning(&phantom), implant(&phantom, "b", [0.5, 0.0, 0.0], [0.5, 0.0, -9.0])];
    no_plan(&asked(&phantom, meeting), &["a and b run into each other"]);
    let nowhere =
        Ask { id: "a".into(), tooth: Some(lps(&phantom, [0.0, 30.0, 0.0])), ..Ask::default() };
    no_plan(&asked(&phantom, vec![nowhere]), &["implant a, tooth_mm", "no tooth lies at"]);
    let mut gone = one([0.0, 0.0, 0.0], [0.0, 0.0, -10.0]);
    gone.extracted.push(lps(&phantom, [0.0, 30.0, 0.0]));
    no_plan(&gone, &["extracted_mm", "no tooth lies at"]);
    let axis_less = Ask { id: "c".into(), entry: Some(lps(&phantom, [0.0; 3])), ..Ask::default() };
    no_plan(&asked(&phantom, vec![axis_less]), &["implant c has no axis"]);
    no_plan(&one([0.0, 0.0, 0.0], [0.0, 0.0, -2.0]), &["46 would be 2.0 mm long"]);
    let volume = phantom.volume();
    let none = GuideLabels { lower: JawParts::default(), ..of(&volume) };
    let asked = one([0.0, 0.0, 0.0], [0.0, 0.0, -10.0]);
    let refused = plan(&none, &asked, &choices(&[]), &Job::quiet()).unwrap_err();
    assert!(matches!(refused, PlanError::NoJaw), "{refused}");
}

#[test]
fn implants_of_two_jaws_need_two_guides() {
    let phantom = ToothPhantom::default();
    let mut volume = phantom.volume();
    // A slab of another label takes the place of an upper jaw.
    let size = volume.grid.size;
    let upper = 7;
    for n in 0..size[0] * size[1] * 3 {
        let last = volume.values.len() - 1 - n;
        volume.values[last] = upper;
    }
    let labels = GuideLabels { upper: JawParts { bone: Some(upper), teeth: None }, ..of(&volume) };
    let high = volume.grid.center([size[0] / 2, size[1] / 2, size[2] - 1]);
    let down = Vector::new(0.0, 0.0, 1.0);
    let other = Ask { id: "b".into(), entry: Some(high), axis: Some(down), ..Ask::default() };
    let asked = asked(&phantom, vec![leaning(&phantom), other]);
    let refused = plan(&labels, &asked, &choices(&[]), &Job::quiet()).unwrap_err();
    assert!(refused.to_string().contains("a and b stand in different jaws"), "{refused}");
}

#[track_caller]
fn no_design(asked: &Asked, own: &[(&str, Value)], said: &[&str]) {
    let phantom = ToothPhantom::default();
    let refused = made(&phantom.volume(), asked, &choices(own), 0.5);
    let refused = refused.err().expect("refused").to_string();
    for part in said {
        assert!(refused.contains(part), "`{part}` is not in: {refused}");
    }
}

#[test]
fn what_cannot_be_led_or_put_on_is_refused_with_its_reason() {
    let phantom = ToothPhantom::default();
    let own = asked(&phantom, vec![leaning(&phantom)]);
    let mut tilted = own.clone();
    let aside = Vector::new(1.0, 0.0, 1.0);
    tilted.put_on_from = Some(phantom.placement.inverse().turn(aside));
    no_design(&tilted, &[], &["implant a leans", "degrees from the way on", "put_on_from"]);
    let deep = [("guide.sleeve_length_mm", number(8.0)), ("guide.sleeve_offset_mm", number(7.0))];
    no_design(&own, &deep, &["longer than sleeve_offset_mm = 7"]);
    // A handle of 6 mm between teeth 1.5 mm from its middle's wall.
    no_design(
        &own,
        &[("guide.drill_mm", number(6.0))],
        &["the sleeve of implant a", "meets a tooth"],
    );
    no_design(
        &own,
        &[("plan.reach_mm", number(6.0))],
        &["no tooth stands within", "seat = \"bone\""],
    );
    // Sunk 4 mm under the bone's top, a sleeve 6 mm over the neck begins inside.
    let sunk = implant(&phantom, "a", [0.0, 0.0, -4.0], [0.0, 0.0, -12.0]);
    let low = [("guide.sleeve_offset_mm", number(6.0))];
    no_design(&asked(&phantom, vec![sunk]), &low, &["mm deep in bone", "sleeve_offset_mm = "]);
    let near = vec![
        implant(&phantom, "a", [-1.6, 0.0, 0.0], [-1.6, 0.0, -9.0]),
        implant(&phantom, "b", [1.6, 0.0, 0.0], [1.6, 0.0, -9.0]),
    ];
    let thin = [("plan.diameter_mm", number(2.5)), ("guide.drill_mm", number(2.5))];
    no_design(&asked(&phantom, near), &thin, &["a and b leave a wall of 0.6 mm"]);
    let refused = {
        let volume = phantom.volume();
        let plan = planned(&volume, &own, &choices(&[])).unwrap().value;
        let inputs = Inputs { plan: &plan, labels: of(&volume), label: "G~1" };
        design(&inputs, &choices(&[]), 0.5, &Job::quiet()).err().unwrap().to_string()
    };
    assert!(refused.contains('~'), "{refused}");
}
