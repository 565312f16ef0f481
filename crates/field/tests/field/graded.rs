//! Lattices that change over space, maps, and lattices by target.

use std::sync::Arc;

use ossein_field::Field;
use ossein_field::height::Raster;
use ossein_field::lattice::target::{Target, at, plan};
use ossein_field::lattice::{Amount, Graded, LatticeError, Periods, Spec, by_name, figures};
use ossein_field::map::{Between, Map, NoRoom};
use ossein_field::primitive::{Cuboid, HalfSpace};
use ossein_field::scalar::{Mapping, Ramp, Scalar};
use ossein_field::sweep::{Sweep, SweepError};
use ossein_geom::{Aabb, Grid, Implant, Job, Mm, Point, Vector, Volume};

type P = Point<Implant>;

fn p(x: f64, y: f64, z: f64) -> P {
    Point::new(x, y, z)
}

/// A place among many, evenly spread (additive recurrence).
fn spread(n: usize) -> [f64; 3] {
    [0.8191725, 0.6710436, 0.5497004].map(|g| (n as f64 * g).fract())
}

/// Share of a box that lies inside a field.
fn share(field: &dyn Field<Implant>, region: Aabb<Implant>, count: usize) -> f64 {
    let (low, size) = (region.min, region.size());
    let inside = (0..count).filter(|&n| {
        let [x, y, z] = spread(n);
        field.distance(p(low.x + x * size.x, low.y + y * size.y, low.z + z * size.z)) < 0.0
    });
    inside.count() as f64 / count as f64
}

fn ground() -> Arc<dyn Field<Implant>> {
    Arc::new(HalfSpace { point: p(0.0, 0.0, 0.0), normal: Vector::new(0.0, 0.0, 1.0) })
}

fn spec(word: &str, amount: Amount<Implant>, map: Option<Arc<dyn Map<Implant>>>) -> Spec<Implant> {
    let region = Aabb::new(p(-6.0, -6.0, 0.0), p(6.0, 6.0, 12.0));
    let kind = by_name(word).unwrap();
    Spec { kind, period: Mm(2.0), origin: p(0.0, 0.0, 0.0), map, amount, region }
}

#[test]
fn fraction_follows_a_ramp() {
    // Solid towards the ground: a transition from lattice to metal.
    let ramp = Ramp { of: ground(), between_mm: [0.0, 12.0], values: [0.5, 0.2] };
    for word in ["gyroid", "gyroid-sheet", "bcc"] {
        let amount = Amount::Fraction(Arc::new(ramp.clone()));
        let lattice = Graded::new(spec(word, amount, None)).unwrap();
        for z in [1.0, 5.0, 9.0] {
            let window = Aabb::new(p(-4.0, -4.0, z), p(4.0, 4.0, z + 2.0));
            let expected = ramp.at(p(0.0, 0.0, z + 1.0));
            let found = share(&lattice, window, 40_000);
            assert!((found - expected).abs() < 0.012, "{word} {z}: {found} {expected}");
        }
    }
}

#[test]
fn density_of_a_scan_decides_the_fraction() {
    let grid = Grid::aligned(p(-8.0, -8.0, -2.0), [1.0; 3], [17, 17, 17]);
    let hu = (0..grid.voxel_count()).map(|n| if grid.voxel(n)[0] < 8 { 100.0f32 } else { 700.0 });
    let volume = Volume::new(grid.clone(), hu.collect());
    let scalar = Mapping::new(volume, [200.0, 600.0], [0.2, 0.45]);
    assert!((Scalar::<Implant>::slope_max(&scalar) - 0.25).abs() < 1e-9);
    let amount = Amount::Fraction(Arc::new(scalar));
    let lattice = Graded::new(spec("gyroid", amount, None)).unwrap();
    let left = share(&lattice, Aabb::new(p(-6.0, -4.0, 0.0), p(-2.0, 4.0, 8.0)), 40_000);
    let right = share(&lattice, Aabb::new(p(2.0, -4.0, 0.0), p(6.0, 4.0, 8.0)), 40_000);
    assert!((left - 0.2).abs() < 0.01 && (right - 0.45).abs() < 0.01, "{left} {right}");
}

fn between() -> Between {
    let heights = |z: f64, lean: f64| {
        Raster::sampled([-9.0, -9.0], [9.0, 9.0], 0.25, |x, y| z + lean * x + 0.4 * (0.4 * y).sin())
    };
    Between::new(heights(0.0, 0.05), heights(12.0, -0.08), 12.0).unwrap()
}

#[test]
fn bent_walls_keep_their_thickness() {
    let map: Arc<dyn Map<Implant>> = Arc::new(between());
    for (word, wall) in [("gyroid-sheet", 0.3), ("diamond-sheet", 0.25)] {
        let amount = Amount::Thickness(Arc::new(wall));
        let lattice = Graded::new(spec(word, amount, Some(map.clone()))).unwrap();
        let mut errors = Vec::new();
        for n in 0..20_000 {
            let [x, y, z] = spread(n);
            let at = p(10.0 * x - 5.0, 10.0 * y - 5.0, 1.5 + 8.5 * z);
            if lattice.distance(at) > -0.01 {
                continue;
            }
            let slope = |v: Vector<Implant>| lattice.distance(at + v * 1e-4) - lattice.distance(at);
            let normal = Vector::<Implant>::new(
                slope(Vector::new(1.0, 0.0, 0.0)),
                slope(Vector::new(0.0, 1.0, 0.0)),
                slope(Vector::new(0.0, 0.0, 1.0)),
            )
            .unit();
            let end = |sign: f64| {
                let steps = (1..).map(|n| f64::from(n) * 0.002 * sign);
                steps.take(600).find(|&s| lattice.distance(at + normal * s) > 0.0).unwrap_or(9.0)
            };
            errors.push(((end(1.0) - end(-1.0) - 0.002) / wall - 1.0).abs());
        }
        errors.sort_by(f64::total_cmp);
        let (median, most) = (errors[errors.len() / 2], errors[errors.len() * 95 / 100]);
        println!("{word} {median:.4} {most:.4} {}", errors.len());
        assert!(median < 0.02 && most < 0.04, "{word}: {median} {most}");
    }
}

#[test]
fn bent_cells_meet_the_surfaces_whole() {
    let map = between();
    let bent: Arc<dyn Map<Implant>> = Arc::new(map.clone());
    let amount = || Amount::Fraction(Arc::new(0.3));
    let lattice = Graded::new(spec("gyroid", amount(), Some(bent))).unwrap();
    let straight = Graded::new(spec("gyroid", amount(), None)).unwrap();
    for n in 0..500 {
        let [x, y, _] = spread(n).map(|v| 10.0 * v - 5.0);
        for (t, drawn) in [(0.0, 0.0), (1.0, 12.0), (0.5, 6.0)] {
            // Find the place that was drawn there.
            let mut place = p(x, y, drawn);
            for _ in 0..50 {
                let off = Map::<Implant>::apply(&map, place).z - drawn;
                place = place - Vector::new(0.0, 0.0, 0.9 * off);
            }
            let (a, b) = (lattice.distance(place), straight.distance(p(x, y, drawn)));
            assert!((a < 0.0) == (b < 0.0) || b.abs() < 1e-3, "{t}: {a} {b}");
        }
    }
    let flat = |z: f64| Raster::sampled([-1.0, -1.0], [1.0, 1.0], 0.5, |_, _| z);
    assert!(matches!(Between::new(flat(1.0), flat(1.0), 5.0), Err(NoRoom { .. })));
}

#[test]
fn cells_take_the_wanted_period() {
    let region = Aabb::new(p(-6.0, -6.0, 0.0), p(6.0, 6.0, 12.0));
    let even = Periods::new(region, Mm(2.0), &3.0, &Job::quiet()).unwrap();
    for n in 0..100 {
        let [x, y, z] = spread(n);
        let slope = even.slope(p(12.0 * x - 6.0, 12.0 * y - 6.0, 12.0 * z));
        for (a, row) in slope.iter().enumerate() {
            for b in 0..3 {
                let expected = if a == b { 2.0 / 3.0 } else { 0.0 };
                assert!((row[b] - expected).abs() < 1e-4, "{a} {b}: {}", row[b]);
            }
        }
    }
    let wanted = Ramp { of: ground(), between_mm: [0.0, 12.0], values: [1.6, 2.6] };
    let map = Periods::new(region, Mm(2.0), &wanted, &Job::quiet()).unwrap();
    let mut errors = Vec::new();
    for n in 0..2000 {
        let [x, y, z] = spread(n);
        let at = p(12.0 * x - 6.0, 12.0 * y - 6.0, 12.0 * z);
        let slope = map.slope(at);
        let cells = slope[0].cross(slope[1]).dot(slope[2]).cbrt();
        errors.push((2.0 / cells / wanted.at(at) - 1.0).abs());
        // The slope is that of the map.
        let h = 1e-5;
        let d = (map.apply(at + Vector::new(0.0, 0.0, h)).z - map.apply(at).z) / h;
        assert!((d - slope[2].z).abs() < 1e-3, "{d} {}", slope[2].z);
    }
    errors.sort_by(f64::total_cmp);
    let (median, most) = (errors[1000], errors[1900]);
    println!("periods {median:.4} {most:.4}");
    assert!(median < 0.06 && most < 0.15, "{median} {most}");
    // Cells are smaller where they were wanted so: more surface.
    let map: Arc<dyn Map<Implant>> = Arc::new(map);
    let amount = Amount::Fraction(Arc::new(0.3));
    let lattice = Graded::new(spec("gyroid", amount, Some(map))).unwrap();
    let crossings = |z: f64| {
        let side = |x: f64| lattice.distance(p(x, 0.37, z)) < 0.0;
        let step = |n: i32| -5.5 + 0.01 * f64::from(n);
        (0..1100).filter(|&n| side(step(n)) != side(step(n + 1))).count()
    };
    let count = |low: f64| (0..20).map(|n| crossings(low + 0.1 * f64::from(n))).sum::<usize>();
    assert!(count(0.5) > count(9.5), "{} {}", count(0.5), count(9.5));
    let found = share(&lattice, Aabb::new(p(-5.0, -5.0, 1.0), p(5.0, 5.0, 11.0)), 60_000);
    assert!((found - 0.3).abs() < 0.01, "{found}");
}

#[test]
fn what_is_swept_keeps_its_volume() {
    let rod = || Cuboid { bounds: Aabb::new(p(-1.2, -0.6, 0.0), p(1.2, 0.6, 9.0)), round_mm: 0.0 };
    // Straight, with two turns: the volume of the rod. On an arc: Pappus, the same again.
    let straight = vec![p(0.0, 0.0, 0.0), p(0.0, 0.0, 4.0), p(0.0, 0.0, 9.0)];
    let turns = 4.0 * std::f64::consts::PI / 9.0;
    let at = |n: i32| {
        let a = f64::from(n) / 40.0 * 1.5;
        p(6.0 * a.cos(), 0.0, 6.0 * a.sin())
    };
    let arc: Vec<P> = (0..=40).map(at).collect();
    for (name, curve, twist) in
        [("straight", straight.clone(), turns), ("arc", arc.clone(), 0.0), ("both", arc, turns)]
    {
        let solid = Sweep::new(rod(), curve, twist, 1.4).unwrap();
        let region = Field::<Implant>::bounds(&solid);
        let size = region.size();
        let found = share(&solid, region, 400_000) * size.x * size.y * size.z;
        assert!((found / (2.4 * 1.2 * 9.0) - 1.0).abs() < 0.01, "{name}: {found}");
    }
    let bend = vec![p(0.0, 0.0, 0.0), p(0.0, 0.0, 1.0), p(1.0, 0.0, 1.0)];
    assert!(matches!(Sweep::new(rod(), bend, 0.0, 1.4), Err(SweepError::TooTight { .. })));
    assert!(matches!(Sweep::new(rod(), vec![], 0.0, 1.4), Err(SweepError::TooFewPoints)));
    let back: Vec<P> = (0..=60)
        .map(|n| f64::from(n) * 0.105)
        .map(|a| p(6.0 * a.cos(), 0.1 * a, 6.0 * a.sin()))
        .collect();
    assert!(matches!(Sweep::new(rod(), back, 0.0, 1.4), Err(SweepError::TooNear { .. })));
}

#[test]
fn targets_are_met() {
    // Seventy percent porous with pores of 0.8 mm: a network gyroid of 1.4 mm with struts of 0.43
    // to 0.45 mm (facts D3.12).
    let gyroid = by_name("gyroid").unwrap();
    let wish = Target { porosity: Some(0.7), pore: Some(Mm(0.8)), ..Target::of(gyroid) };
    let found = plan(&wish).unwrap();
    assert!((found.period_mm - 1.38).abs() < 0.03, "{found:?}");
    assert!((0.42..0.46).contains(&found.thickness_mm), "{found:?}");
    assert!((found.solid_fraction - 0.3).abs() < 1e-9);
    // Each pair of wishes leads back to the same lattice.
    for word in ["gyroid", "diamond-sheet", "octet"] {
        let kind = by_name(word).unwrap();
        let of = Target::of(kind);
        let one = at(kind, Mm(4.0), 0.3).unwrap();
        let (period, pore) = (Some(Mm(4.0)), Some(Mm(one.figures.pore_mm)));
        let (porosity, thickness) = (Some(0.7), Some(Mm(one.thickness_mm)));
        let modulus_ratio = one.modulus_ratio;
        for wish in [
            Target { period, porosity, ..of },
            Target { period, pore, ..of },
            Target { period, thickness, ..of },
            Target { pore, porosity, ..of },
            Target { pore, thickness, ..of },
            Target { porosity, thickness, ..of },
            Target { pore, modulus_ratio, ..of },
        ] {
            let found = plan(&wish).unwrap();
            assert!((found.period_mm / 4.0 - 1.0).abs() < 0.01, "{word} {wish:?}: {found:?}");
            assert!((found.solid_fraction - 0.3).abs() < 0.004, "{word} {wish:?}: {found:?}");
        }
    }
    // A modulus of 3.3 GPa in Ti64: a network gyroid of a fifth solid (facts D3.17).
    let soft = Target { modulus_ratio: Some(3.3 / 114.0), period: Some(Mm(2.0)), ..wish };
    let soft = plan(&Target { porosity: None, pore: None, ..soft }).unwrap();
    assert!((soft.solid_fraction - 0.2).abs() < 0.005, "{soft:?}");
}

#[test]
fn what_cannot_be_is_refused_with_what_can() {
    let of = |word: &str| Target::of(by_name(word).unwrap());
    let refused = |wish: Target| plan(&wish).unwrap_err();
    // Facts D3.8: a primitive network of a fifth solid is loose.
    let loose = Target { porosity: Some(0.8), pore: Some(Mm(1.0)), ..of("primitive") };
    assert!(matches!(refused(loose), LatticeError::FallsApart { min, .. } if min > 0.2));
    // Facts D3.33: too fine to print; the period that it names can be made.
    let fine = Target { porosity: Some(0.75), pore: Some(Mm(0.4)), ..of("gyroid-sheet") };
    let LatticeError::StrutTooThin { period_min_mm, .. } = refused(fine) else { panic!() };
    let period = Some(Mm(period_min_mm * 1.001));
    assert!(plan(&Target { period, pore: None, ..fine }).is_ok());
    let stiff = Target { modulus_ratio: Some(0.5), period: Some(Mm(2.0)), ..of("gyroid") };
    assert!(matches!(refused(stiff), LatticeError::OutOfReach { .. }));
    let unknown = Target { modulus_ratio: Some(0.1), period: Some(Mm(2.0)), ..of("lidinoid") };
    assert!(matches!(refused(unknown), LatticeError::NoStiffness { .. }));
    assert!(matches!(refused(of("gyroid")), LatticeError::NotTwo(0)));
    let ratios = Target { porosity: Some(0.7), modulus_ratio: Some(0.1), ..of("gyroid") };
    assert!(matches!(refused(ratios), LatticeError::NoLength));
    for bad in [f64::NAN, -1.0, 0.0, f64::INFINITY] {
        let wish = Target { porosity: Some(0.7), pore: Some(Mm(bad)), ..of("gyroid") };
        assert!(matches!(refused(wish), LatticeError::BadNumber { .. }), "{bad}");
        let wish = Target { porosity: Some(bad), pore: Some(Mm(1.0)), ..of("gyroid") };
        assert!(matches!(refused(wish), LatticeError::BadNumber { .. }), "{bad}");
    }
    assert!(matches!(by_name("giroid"), Err(LatticeError::Unknown { .. })));
    // A network whose fraction would leave its limits somewhere is refused as a whole.
    let ramp = Ramp { of: ground(), between_mm: [0.0, 5.0], values: [0.5, 0.15] };
    let amount = Amount::Fraction(Arc::new(ramp));
    let graded = Graded::new(spec("primitive", amount, None));
    assert!(matches!(graded.err(), Some(LatticeError::FallsApart { .. })));
    // The void of a thick sheet closes.
    let neovius = figures(by_name("neovius-sheet").unwrap(), Mm(1.0), 0.3);
    assert!(neovius.throat_mm >= 0.0);
}
