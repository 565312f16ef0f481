//! Skull plates against a head made in code: two ellipsoids, whose surfaces are known.

use std::sync::OnceLock;

use ossein_design::kinds::cranioplasty::{
    CHOICES, Design, Inputs, PlannedHole, VaultPlan, VaultPlanError, design, plan,
};
use ossein_geom::{Choices, Found, Grid, Implant, Job, Lps, Point, TriMesh, Value, Vector, Volume};
use ossein_mesh::{check_watertight, extract};

const LEVEL_HU: f64 = 250.0;
const MIDDLE: Point<Lps> = Point::new(3.0, -2.0, 5.0);
const OUTER_MM: [f64; 3] = [72.0, 88.0, 76.0];
const INNER_MM: [f64; 3] = [67.0, 83.0, 71.0];

/// Distance to an ellipsoid, to first order in how far its surface is.
fn ellipsoid(p: Point<Lps>, axes: [f64; 3]) -> f64 {
    // Narrower in front: of all planes one alone is that of symmetry.
    let d = (p - MIDDLE).array();
    let d = [d[0] / (1.0 + 0.0015 * d[1]), d[1], d[2]];
    let q = |power: i32| (0..3).map(|a| (d[a] / axes[a].powi(power)).powi(2)).sum::<f64>().sqrt();
    let (scaled, slope) = (q(1), q(2));
    if slope > 0.0 { scaled * (scaled - 1.0) / slope } else { -axes[0] }
}

/// The vault from above the ears, with a tool's cut taken out where `open` is negative.
fn head(open: &dyn Fn(Point<Lps>) -> f64) -> Volume<i16> {
    let grid = Grid::aligned(Point::new(-82.0, -102.0, -45.0), [1.5; 3], [114, 136, 90]);
    let value = |n: usize| {
        let p = grid.center(grid.voxel(n));
        let bone = ellipsoid(p, OUTER_MM).max(-ellipsoid(p, INNER_MM)).max(-30.0 - p.z);
        (LEVEL_HU - 500.0 * bone.max(-open(p)).clamp(-2.0, 2.0)) as i16
    };
    let values = (0..grid.voxel_count()).map(value).collect();
    Volume::new(grid, values)
}

fn whole(_: Point<Lps>) -> f64 {
    1e3
}

fn axis() -> Vector<Lps> {
    Vector::new(0.62, -0.25, 0.74).unit()
}

/// Distance to a straight round tool of 25 mm radius through the left of the vault.
fn drill(p: Point<Lps>) -> f64 {
    let d = p - MIDDLE;
    let along = d.dot(axis());
    ((d - axis() * along).norm() - 25.0).max(20.0 - along)
}

/// How far the outer surface lies from the middle in a direction.
fn height(out: Vector<Lps>) -> f64 {
    let (mut low, mut high) = (50.0, 100.0);
    for _ in 0..40 {
        let r = 0.5 * (low + high);
        if ellipsoid(MIDDLE + out * r, OUTER_MM) < 0.0 { low = r } else { high = r }
    }
    low
}

fn chosen(values: &[(&str, Value)]) -> Choices {
    let mut choices = Choices::defaults(CHOICES);
    for (name, value) in values {
        choices.choose(name, value.clone());
    }
    choices
}

/// The drilled head and its plan.
fn case() -> &'static (Volume<i16>, VaultPlan) {
    static CASE: OnceLock<(Volume<i16>, VaultPlan)> = OnceLock::new();
    CASE.get_or_init(|| {
        let skull = head(&drill);
        let plan = planned(&skull, &chosen(&[("plan.method", Value::Word("thin_plate".into()))]));
        (skull, plan)
    })
}

fn planned(skull: &Volume<i16>, choices: &Choices) -> VaultPlan {
    plan(skull, LEVEL_HU, None, choices, &Job::quiet()).unwrap().value
}

fn designed(plan: &VaultPlan, skull: &Volume<i16>, choices: &Choices) -> Found<Design> {
    let inputs = Inputs { plan, skull };
    design(&inputs, choices, 0.4, &Job::quiet()).unwrap()
}

fn surface(design: &Design, plan: &VaultPlan) -> TriMesh<Lps> {
    let part = design.part();
    let mesh = extract(&*part.solid, &part.solid.samples(), &Job::quiet()).unwrap();
    let mesh = check_watertight(mesh).unwrap();
    assert_eq!(mesh.component_count(), 1);
    mesh.into_mesh().placed(&plan.placement.inverse())
}

#[test]
fn the_drawn_surface_is_the_one_that_was_cut_out() {
    let skull = head(&drill);
    for method in ["mirror", "thin_plate"] {
        let choices = chosen(&[("plan.method", Value::Word(method.into()))]);
        let plan = planned(&skull, &choices);
        assert!(plan.hole.axis.angle_deg(axis()) < 3.0, "{:?}", plan.hole);
        // On the vault's ball, which is larger than the head is here.
        let on_ball = 50.0 * plan.vault.radius_mm / height(axis());
        assert!((plan.hole.diameter_mm - on_ball).abs() < 0.7, "{:?} {on_ball}", plan.hole);
        let back = plan.placement.inverse();
        let (outer, inner) = (plan.outer.raster(), plan.inner.raster());
        for n in 0..400 {
            let (s, c) = (2.4 * f64::from(n)).sin_cos();
            let r = 24.0 * (f64::from(n) / 400.0).sqrt();
            let at = |z: f64| back.apply(Point::new(r * c, r * s, z));
            let miss = [
                ellipsoid(at(outer.at(r * c, r * s)), OUTER_MM),
                ellipsoid(at(inner.at(r * c, r * s)), INNER_MM),
            ];
            assert!(miss.iter().all(|m| m.abs() < 0.25), "{method}: {miss:?} at {r:.1} mm");
        }
        let trials = plan.trials.expect("room beside the hole");
        assert!(trials.rms_mm < 0.25, "{method}: {trials:?}");
    }
}

#[test]
fn the_plate_fills_the_hole_and_goes_in_along_its_axis() {
    let (skull, plan) = case();
    let choices = chosen(&[("implant.hole_diameter_mm", Value::Number(0.0))]);
    let found = designed(plan, skull, &choices);
    assert!(found.findings.is_empty(), "{:?}", found.findings);
    let report = &found.value.report;
    assert!((report.gap.min_mm - 0.5).abs() < 0.05, "{:?}", report.gap);
    assert!((report.thickness.mean_mm - 5.0).abs() < 0.15, "{:?}", report.thickness);
    assert_eq!(report.screws.len(), 6);
    for screw in &report.screws {
        assert!((screw.bone_mm - 5.0).abs() < 0.4, "{screw:?}");
        assert_eq!(screw.length_mm, 4.0);
    }
    let mesh = surface(&found.value, plan);
    let out = plan.hole.axis;
    for p in &mesh.vertices {
        // Round a sharp edge, level 0.2 mm from it is bent by 5 per mm: a mesh of 0.4 mm cuts it
        // short by 0.4² · 5 / 8 = 0.1 mm.
        let own = found.value.bone.volume().sample(plan.placement.apply(*p));
        assert!(own > 0.1, "{own:.3} mm from bone");
        // On the way in from 30 mm outside nothing is met. Voxels of 1.5 mm round the drilled rim:
        // values between them and the surface through them differ by a tenth there.
        for step in 0..60 {
            let q = *p + out * (0.5 * f64::from(step));
            let bone = (LEVEL_HU - skull.sample(q)) / 500.0;
            assert!(bone > -0.1, "{bone:.3} mm from bone, {step} half millimetres before the end");
        }
    }
}

#[test]
fn chosen_thickness_and_lattice_are_kept() {
    let (skull, plan) = case();
    let choices = chosen(&[
        ("implant.material", Value::Word("titanium".into())),
        ("implant.thickness_from", Value::Word("chosen".into())),
        ("implant.thickness_mm", Value::Number(3.0)),
        ("implant.tab_count", Value::Whole(0)),
        ("implant.hole_diameter_mm", Value::Number(0.0)),
    ]);
    let solid = designed(plan, skull, &choices).value.report;
    assert!((solid.thickness.mean_mm - 3.0).abs() < 0.03, "{:?}", solid.thickness);
    // The shell between two parallel surfaces: area of the middle times thickness.
    let wanted = solid.area_mm2 * 3.0;
    assert!((solid.volume_mm3 - wanted).abs() < 0.08 * wanted, "{solid:?}");
    let mut porous = choices.clone();
    porous.choose("lattice.cell", Value::Word("gyroid".into()));
    let porous = designed(plan, skull, &porous).value;
    let share = porous.report.volume_mm3 / solid.volume_mm3;
    assert!((0.35..0.75).contains(&share), "a third in the core, all of the rim: {share:.2}");
    surface(&porous, plan);
}

/// A sheet of titanium: as thick as chosen to its edge, which lies the gap from the bone.
#[test]
fn a_titanium_sheet_is_as_thin_as_chosen() {
    let (skull, plan) = case();
    for mm in [0.4, 0.6, 1.0, 1.5] {
        let choices = chosen(&[
            ("implant.material", Value::Word("titanium".into())),
            ("implant.thickness_mm", Value::Number(mm)),
        ]);
        let inputs = Inputs { plan, skull };
        let found = design(&inputs, &choices, 0.2, &Job::quiet()).unwrap();
        assert!(found.findings.is_empty(), "{mm} mm: {:?}", found.findings);
        let report = &found.value.report;
        assert!((report.thickness.mean_mm - mm).abs() < 0.02, "{mm} mm: {:?}", report.thickness);
        assert!((report.gap.min_mm - 0.5).abs() < 0.1, "{mm} mm: {:?}", report.gap);
        assert!(report.gap.max_mm < 1.5, "{mm} mm: {:?}", report.gap);
        assert_eq!(report.screws.len(), 6, "{mm} mm");
        surface(&found.value, plan);
    }
    let own = chosen(&[("implant.material", Value::Word("titanium".into()))]);
    let own = designed(plan, skull, &own).value.report;
    assert!((own.thickness.mean_mm - 1.0).abs() < 0.02, "{:?}", own.thickness);
}

#[test]
fn what_bone_hangs_over_is_left_and_said() {
    // A hole that widens inwards: bone hangs over its edge all around.
    let wedge = |p: Point<Lps>| {
        let d = p - MIDDLE;
        let along = d.dot(axis());
        ((d - axis() * along).norm() - 25.0 - 0.6 * (78.0 - along)).max(20.0 - along)
    };
    let skull = head(&wedge);
    let choices = chosen(&[
        ("plan.method", Value::Word("thin_plate".into())),
        ("implant.tab_count", Value::Whole(0)),
    ]);
    let plan = planned(&skull, &choices);
    let found = designed(&plan, &skull, &choices);
    assert!(found.findings.iter().any(|f| f.code == "design.undercut"), "{:?}", found.findings);
}

#[test]
fn holes_that_no_plate_fits_are_refused() {
    let choices = Choices::defaults(CHOICES);
    let sound = head(&whole);
    let refused = |hole: Option<PlannedHole>, skull: &Volume<i16>| {
        plan(skull, LEVEL_HU, hole, &choices, &Job::quiet()).unwrap_err()
    };
    let error = refused(None, &sound);
    assert!(matches!(error, VaultPlanError::NoHole), "{error}");
    assert!(error.to_string().contains("[plan] hole"), "{error}");
    let off = PlannedHole { point: MIDDLE, diameter_mm: 40.0 };
    assert!(matches!(refused(Some(off), &sound), VaultPlanError::OffVault { .. }));
    // Across the lower edge of the scan.
    let low = MIDDLE + Vector::new(74.0, 0.0, -30.0);
    let error = refused(Some(PlannedHole { point: low, diameter_mm: 60.0 }), &sound);
    assert!(error.to_string().contains("open to a side"), "{error}");
    let midline = PlannedHole { point: MIDDLE + Vector::new(0.0, 5.0, 76.0), diameter_mm: 50.0 };
    let mirror = chosen(&[("plan.method", Value::Word("mirror".into()))]);
    let error = plan(&sound, LEVEL_HU, Some(midline), &mirror, &Job::quiet()).unwrap_err();
    assert!(error.to_string().contains("crosses the midline"), "{error}");
    let best = plan(&sound, LEVEL_HU, Some(midline), &choices, &Job::quiet()).unwrap();
    assert!(best.value.no_mirror.is_some_and(|why| why.contains("midline")));
}

/// The field of a part is asked for what it says: negative inside.
#[test]
fn the_body_lies_where_the_bone_was() {
    let (skull, plan) = case();
    let design = designed(plan, skull, &Choices::defaults(CHOICES)).value;
    let middle = MIDDLE + axis() * 74.0;
    let (low, high) = (plan.placement.apply(middle - axis() * 20.0), plan.placement.apply(middle));
    let inside = |p: Point<Implant>| design.body().distance(p) < 0.0;
    assert!(!inside(low));
    let through = (0..200).map(|n| low.lerp(high, f64::from(n) / 150.0)).filter(|p| inside(*p));
    assert!(through.count() > 20);
}

#[test]
fn metal_in_the_bone_around_is_a_failure() {
    let (skull, _) = case();
    let mut plated = skull.clone();
    let screw = MIDDLE + Vector::new(0.62, -0.75, 0.5).unit() * 78.0;
    let grid = plated.grid.clone();
    for (n, value) in plated.values.iter_mut().enumerate() {
        if grid.center(grid.voxel(n)).distance(screw) < 3.0 {
            *value = 3071;
        }
    }
    let choices = chosen(&[("plan.method", Value::Word("thin_plate".into()))]);
    let found = plan(&plated, LEVEL_HU, None, &choices, &Job::quiet()).unwrap();
    let metal = found.findings.iter().find(|f| f.code == "plan.metal").expect("metal is said");
    assert_eq!(metal.severity, ossein_geom::Severity::Failure);
}
