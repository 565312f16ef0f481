//! Laws that every field keeps: samples agree with points, ranges hold, no step overshoots.

use std::sync::Arc;

use ossein_field::boolean::{Blend, Difference, Intersection, Solid, Union};
use ossein_field::height::{Raster, Terrain};
use ossein_field::lattice::connectivity::connectivity;
use ossein_field::lattice::{
    self, Amount, Graded, GradientSheet, GyroidNetwork, Network, Periods, Shape, Sheet, Spec,
    target,
};
use ossein_field::local::Local;
use ossein_field::loft::{Inset, Loft};
use ossein_field::main_part::MainPart;
use ossein_field::map::{Between, Map, Mapped};
use ossein_field::operators::{self, BlendCommon, BlendCut, Mirror, Offset, Shell};
use ossein_field::outline;
use ossein_field::placed::Placed;
use ossein_field::primitive::{Capsule, Cone, Cuboid, HalfSpace, Sphere, Torus};
use ossein_field::sampled::{Grown, Sampled};
use ossein_field::scalar::Ramp;
use ossein_field::sweep::Sweep;
use ossein_field::text::{Lettering, Text};
use ossein_field::{Block, Field};
use ossein_geom::{Aabb, Contour, Grid, Implant, Job, Lps, Mm, Point, Rigid, Vector, Volume};

fn p(x: f64, y: f64, z: f64) -> Point<Implant> {
    Point::new(x, y, z)
}

fn square(half: f64, shift: f64) -> Contour {
    let corner = |x: f64, y: f64| [x * half + shift, y * half];
    Contour {
        points: vec![corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)],
    }
}

fn loft() -> Loft {
    let raster = |half, shift| outline::raster(&square(half, shift), 0.25, 6.0);
    Loft::new(raster(5.0, 0.0), raster(3.5, 1.0), -6.0, 7.0, 0.8)
}

fn ball(radius_mm: f64) -> Sphere<Implant> {
    Sphere { center: p(0.3, -0.2, 0.5), radius_mm }
}

fn bumpy(above: bool) -> Terrain {
    let heights =
        Raster::sampled([-9.0, -9.0], [9.0, 9.0], 0.5, |x, y| 1.5 * (0.4 * x).sin() + 0.2 * y);
    Terrain::new(heights, above)
}

fn sampled() -> Sampled<Implant> {
    let grid = Grid::aligned(p(-7.0, -7.0, -7.0), [0.5; 3], [29; 3]);
    let values = (0..grid.voxel_count()).map(|n| ball(4.0).distance(grid.center(grid.voxel(n))));
    Sampled::new(Volume::new(grid.clone(), values.map(|v| v as f32).collect()))
}

fn check(name: &str, field: &dyn Field<Implant>) {
    let block = Block { origin: p(-6.3, -5.9, -6.1), step: [0.41, 0.37, 0.43], size: [30, 29, 31] };
    let mut values = vec![0.0; block.sample_count()];
    field.sample(&block, &mut values);
    let place = |n: usize| block.point(n % 30, n / 30 % 29, n / (30 * 29));
    for (n, &value) in values.iter().enumerate() {
        let exact = field.distance(place(n));
        // A boolean may leave out parts that lose, so values agree; only rounding differs.
        assert!((f64::from(value) - exact).abs() < 2e-3, "{name}: {value} {exact} {:?}", place(n));
    }
    for n in (0..values.len()).step_by(7) {
        let exact = field.distance(place(n));
        for limit in [-0.5, 0.0, 0.4, 3.0] {
            let below = field.distance_below(place(n), limit);
            let wanted = exact.min(limit);
            let same = exact >= 0.0 || exact >= limit || (below - exact).abs() < 1e-9;
            assert!(below > wanted - 1e-9 && same, "{name}: {below} for {exact} under {limit}");
        }
    }
    let some: Vec<Point<Implant>> = (0..values.len()).step_by(11).map(place).collect();
    some.iter().for_each(|&at| check_slope(name, field, at));
    check_many(name, field, &some);
    let range = field.range(&block.bounds());
    for (n, &value) in values.iter().enumerate() {
        let inside = f64::from(value) >= range.min - 1e-3 && f64::from(value) <= range.max + 1e-3;
        assert!(inside, "{name}: {value} outside {range:?}");
        let next = (n + 1234) % values.len();
        let apart = place(n).distance(place(next));
        let change = f64::from((value - values[next]).abs());
        assert!(change <= apart + 1e-3, "{name}: {change} over {apart}");
        if value < 0.0 {
            assert!(field.bounds().grow(1e-6).contains(place(n)), "{name}: {:?}", place(n));
        }
    }
}

/// Many points are told the very same as one.
fn check_many(name: &str, field: &dyn Field<Implant>, points: &[Point<Implant>]) {
    let (mut distances, mut told) = (vec![0.0; points.len()], vec![(0.0, None); points.len()]);
    field.distances(points, &mut distances);
    field.distances_and_slopes(points, &mut told);
    for (n, &at) in points.iter().enumerate() {
        assert_eq!(distances[n], field.distance(at), "{name}: at {at:?}");
        assert_eq!(told[n], field.distance_and_slope(at), "{name}: at {at:?}");
    }
}

/// A slope that is told is that of differences, on one side at least: on a crease it is one face's.
fn check_slope(name: &str, field: &dyn Field<Implant>, at: Point<Implant>) {
    const REACH_MM: f64 = 1e-5;
    let (told, Some(slope)) = field.distance_and_slope(at) else { return };
    assert!((told - field.distance(at)).abs() < 1e-12, "{name}: {told} at {at:?}");
    for axis in 0..3 {
        let mut along = [0.0; 3];
        along[axis] = REACH_MM;
        let rise =
            |sign: f64| sign * (field.distance(at + Vector::from(along) * sign) - told) / REACH_MM;
        let off = (slope[axis] - rise(1.0)).abs().min((slope[axis] - rise(-1.0)).abs());
        assert!(off < 1e-3, "{name}: {slope:?} is off by {off} along {axis} at {at:?}");
    }
}

#[test]
fn slopes_are_told_where_creases_are_looked_for() {
    let cube = Cuboid { bounds: Aabb::new(p(-4.0, -3.0, -5.0), p(4.0, 5.0, 2.0)), round_mm: 0.0 };
    let Shape::Level(surface) = lattice::by_name("diamond").unwrap().cell.shape else { panic!() };
    let network = Network::<Implant>::new(surface, p(0.0, 0.0, 0.0), Mm(3.0), 0.1);
    let sheet = Sheet::<Implant>::new(surface, p(0.1, 0.0, 0.0), Mm(4.0), Mm(0.3));
    let cut = Intersection(vec![Box::new(network), Box::new(cube)]);
    let from = Union::new(vec![Box::new(cut), Box::new(sheet), Box::new(ball(2.0))]);
    let half = HalfSpace { point: p(0.0, 0.0, 1.0), normal: Vector::new(0.0, 0.6, 0.8) };
    let part = Difference { from: Box::new(from), cut: Box::new(half) };
    for n in 0..2000 {
        let [x, y, z] = spread(n).map(|v| 12.0 * v - 6.0);
        check_slope("parts", &part, p(x, y, z));
        assert!(part.distance_and_slope(p(x, y, z)).1.is_some());
    }
}

#[test]
fn every_field_keeps_the_laws() {
    let up = Vector::<Implant>::new(0.0, 0.6, 0.8);
    let tilt = Rigid::<Lps, Implant>::from_axes(
        Point::new(1.0, 2.0, 3.0),
        Vector::new(0.8, 0.6, 0.0),
        Vector::new(-0.6, 0.8, 0.0),
        Vector::new(0.0, 0.0, 1.0),
    );
    let lattice = GyroidNetwork::new(p(0.0, 0.0, 0.0), Mm(3.0), 0.3).unwrap();
    let cube = Cuboid { bounds: Aabb::new(p(-4.0, -3.0, -5.0), p(4.0, 5.0, 2.0)), round_mm: 0.7 };
    let capsule = Capsule { from: p(-3.0, 0.0, 1.0), to: p(2.0, 2.0, -3.0), radius_mm: 1.2 };
    let cone = Cone {
        from: p(0.0, 0.0, -4.0),
        to: p(1.0, 0.0, 4.0),
        from_radius_mm: 3.0,
        to_radius_mm: 1.0,
    };
    let torus =
        Torus { center: p(0.0, 0.0, 0.0), axis: up, ring_radius_mm: 4.0, tube_radius_mm: 1.0 };
    let lettering = Lettering {
        center: p(0.0, 0.0, 0.0),
        right: Vector::new(1.0, 0.0, 0.0),
        up: Vector::new(0.0, 0.0, 1.0),
        height_mm: 3.0,
        stroke_mm: 0.5,
    };
    let placed = Cuboid::<Lps> {
        bounds: Aabb::new(Point::new(-2.0, -2.0, -2.0), Point::new(2.0, 3.0, 4.0)),
        round_mm: 0.0,
    };
    check("sphere", &ball(4.0));
    check("cuboid", &cube);
    check("capsule", &capsule);
    check("cone", &cone);
    check("torus", &torus);
    check("half-space", &HalfSpace { point: p(0.0, 0.0, 1.0), normal: up });
    check("grown", &Grown { inner: Arc::new(sampled()), by_mm: 0.7 });
    check("terrain beneath", &bumpy(false));
    check("terrain above", &bumpy(true));
    check("loft", &loft());
    check("local", &Local::new(Box::new(cube), 0.7));
    check("local and small", &Local::new(Box::new(ball(1.2)), 0.5));
    check("inset", &Inset { loft: loft(), inset_mm: 1.1 });
    check("prism", &outline::Prism::new(outline::raster(&square(4.0, 0.0), 0.25, 5.0)));
    check("sampled", &sampled());
    check("text", &Text::new("T7^", &lettering).unwrap());
    check("placed", &Placed::new(placed, &tilt));
    check("gyroid", &lattice);
    check("union", &Union::new(vec![Box::new(ball(2.0)), Box::new(cube), Box::new(torus)]));
    check("intersection", &Intersection(vec![Box::new(lattice), Box::new(cube)]));
    check("difference", &Difference { from: Box::new(cube), cut: Box::new(ball(3.0)) });
    extended();
    check("blend", &Blend { a: Box::new(lattice), b: Box::new(capsule), radius_mm: 0.6 });
    let cut = Intersection(vec![Box::new(lattice), Box::new(cube)]);
    let part = MainPart::new(cut, 0.2, &Job::quiet()).unwrap();
    check_values("main part", &part);
}

/// A place among many, evenly spread (additive recurrence).
fn spread(n: usize) -> [f64; 3] {
    [0.8191725, 0.6710436, 0.5497004].map(|g| (n as f64 * g).fract())
}

/// No ball of the field's own radius around a place reaches the surface.
fn never_overestimates(name: &str, field: &dyn Field<Implant>) {
    for n in 0..400 {
        let [x, y, z] = spread(n).map(|v| 12.0 * v - 6.0);
        let (here, side) = (p(x, y, z), field.distance(p(x, y, z)));
        for m in 0..24 {
            let [a, b, c] = spread(7 * m + n).map(|v| 2.0 * v - 1.0);
            let way = Vector::<Implant>::new(a, b, c).unit() * (0.998 * side.abs());
            let there = field.distance(here + way);
            assert!(there * side >= -1e-6 * side.abs(), "{name}: {side} {there} at {here:?}");
        }
    }
}

fn keeps_all(name: &str, field: &dyn Field<Implant>) {
    check(name, field);
    never_overestimates(name, field);
}

/// Operators, maps and lattices of every kind.
fn extended() {
    let cube = Cuboid { bounds: Aabb::new(p(-4.0, -3.0, -5.0), p(4.0, 5.0, 2.0)), round_mm: 0.7 };
    let boxed = |r: f64| -> Solid<Implant> { Box::new(ball(r)) };
    keeps_all("offset out", &Offset { inner: cube, by_mm: 0.6 });
    keeps_all("offset in", &Offset { inner: cube, by_mm: -0.6 });
    keeps_all("offset of a bound", &Offset { inner: loft(), by_mm: 0.5 });
    keeps_all("shell", &Shell { inner: ball(4.0), inside_mm: 0.8, outside_mm: 0.3 });
    keeps_all("thicken", &Shell::thicken(cube, 0.9));
    let plane = Vector::new(0.6, 0.0, 0.8);
    keeps_all("mirror", &Mirror::new(cube, p(0.5, 0.0, 0.0), plane));
    let turn = Rigid::<Implant, Implant>::about(p(1.0, 0.0, 0.0), plane, 0.7);
    keeps_all("moved", &operators::moved(cube, &turn));
    let common = BlendCommon { a: boxed(4.0), b: Box::new(cube), radius_mm: 1.0 };
    keeps_all("rounded overlap", &common);
    let cut = BlendCut { from: Box::new(cube), cut: boxed(3.0), radius_mm: 1.0 };
    keeps_all("rounded cut", &cut);
    let prism = outline::Extrusion::new(outline::raster(&square(4.0, 0.0), 0.25, 5.0), -2.0, 3.0);
    keeps_all("extrusion", &prism);
    keeps_all("cylinder", &Cone::cylinder(p(0.0, 1.0, -3.0), p(1.0, 0.0, 4.0), 2.0));
    keeps_all("between two surfaces", &Mapped { map: between(), inner: ball(3.0) });
    let rod = Cuboid { bounds: Aabb::new(p(-1.2, -0.6, 0.0), p(1.2, 0.6, 9.0)), round_mm: 0.2 };
    keeps_all("twisted along a curve", &Sweep::new(rod, arc(), 0.15, 1.4).unwrap());
    for kind in lattice::kinds() {
        let plan = target::at(kind, Mm(3.4), 0.35);
        let name = kind.word();
        match plan {
            Ok(plan) => keeps_all(&name, &*plan.solid(p(0.1, 0.2, 0.3))),
            // What cannot be made at this size is made larger.
            Err(_) => {
                let plan = target::at(kind, Mm(20.0), 0.36).unwrap();
                keeps_all(&name, &*plan.solid(p(0.1, 0.2, 0.3)));
            }
        }
    }
    let Shape::Level(surface) = lattice::by_name("gyroid").unwrap().cell.shape else { panic!() };
    let sheet = GradientSheet::new(surface, p(0.0, 0.0, 0.0), Mm(3.0), Mm(0.4));
    keeps_all("gradient sheet", &sheet);
    graded();
}

fn between() -> Between {
    let heights = |z: f64, lean: f64| {
        Raster::sampled([-9.0, -9.0], [9.0, 9.0], 0.5, |x, y| z + lean * x + 0.3 * (0.5 * y).sin())
    };
    Between::new(heights(-5.0, 0.1), heights(4.0, -0.08), 6.0).unwrap()
}

fn arc() -> Vec<Point<Implant>> {
    let at = |n: i32| {
        let a = f64::from(n) * 0.1 - 0.5;
        p(6.0 * a.cos() - 5.0, 0.0, 8.0 * a.sin())
    };
    (0..=10).map(at).collect()
}

/// Lattices graded in fraction, wall, strut and cell, and bent.
fn graded() {
    let region = Aabb::new(p(-7.0, -7.0, -7.0), p(7.0, 7.0, 7.0));
    let ramp = |values: [f64; 2]| -> Arc<Ramp<Implant>> {
        Arc::new(Ramp { of: Arc::new(ball(1.0)), between_mm: [0.0, 5.0], values })
    };
    let spec = |word: &str, amount: Amount<Implant>, map: Option<Arc<dyn Map<Implant>>>| {
        let kind = lattice::by_name(word).unwrap();
        let period = Mm(3.0);
        Graded::new(Spec { kind, period, origin: p(0.0, 0.0, 0.0), map, amount, region }).unwrap()
    };
    let fraction = || Amount::Fraction(ramp([0.5, 0.25]));
    let wall = || Amount::Thickness(ramp([0.6, 0.3]));
    keeps_all("graded network", &spec("gyroid", fraction(), None));
    keeps_all("graded sheet", &spec("diamond-sheet", wall(), None));
    keeps_all("graded struts", &spec("bcc", fraction(), None));
    let bent = || -> Option<Arc<dyn Map<Implant>>> { Some(Arc::new(between())) };
    keeps_all("bent network", &spec("gyroid", fraction(), bent()));
    keeps_all("bent sheet", &spec("gyroid-sheet", wall(), bent()));
    keeps_all("bent struts", &spec("octet", fraction(), bent()));
    let sizes = Ramp { of: Arc::new(ball(1.0)), between_mm: [0.0, 5.0], values: [2.0, 4.0] };
    let periods = Periods::new(region, Mm(3.0), &sizes, &Job::quiet()).unwrap();
    let grown: Option<Arc<dyn Map<Implant>>> = Some(Arc::new(periods));
    keeps_all("network of many periods", &spec("gyroid", fraction(), grown));
}

/// On random solids: what is common and what is cut make the whole, and order does not matter.
#[test]
fn booleans_of_random_fields_keep_their_laws() {
    let random = |n: usize| -> Arc<dyn Field<Implant>> {
        let [a, b, c] = spread(n).map(|v| 6.0 * v - 3.0);
        let [r, s, t] = spread(n + 500);
        match n % 4 {
            0 => Arc::new(Sphere { center: p(a, b, c), radius_mm: 1.0 + 3.0 * r }),
            1 => Arc::new(Capsule { from: p(a, b, c), to: p(c, a, b), radius_mm: 0.5 + 2.0 * s }),
            2 => {
                let far = p(a + 1.0 + 4.0 * r, b + 1.0 + 4.0 * s, c + 1.0 + 4.0 * t);
                Arc::new(Cuboid { bounds: Aabb::new(p(a, b, c), far), round_mm: 0.3 })
            }
            _ => Arc::new(
                GyroidNetwork::new(p(a, b, c), Mm(2.0 + 2.0 * r), [0.25, 0.4, 0.6][n / 4 % 3])
                    .unwrap(),
            ),
        }
    };
    for n in 0..200 {
        let (a, b) = (random(n), random(n + 37));
        let both = |x: &Arc<dyn Field<Implant>>, y: &Arc<dyn Field<Implant>>| {
            vec![Box::new(x.clone()) as Solid<Implant>, Box::new(y.clone()) as Solid<Implant>]
        };
        let union = [Union::new(both(&a, &b)), Union::new(both(&b, &a))];
        let common = [Intersection(both(&a, &b)), Intersection(both(&b, &a))];
        let cut = Difference { from: Box::new(a.clone()), cut: Box::new(b.clone()) };
        let block = Block { origin: p(-5.3, -5.1, -5.2), step: [0.71, 0.67, 0.73], size: [15; 3] };
        let values = |field: &dyn Field<Implant>| {
            let mut values = vec![0.0f32; block.sample_count()];
            field.sample(&block, &mut values);
            values
        };
        let of_a = values(&*a);
        let (joined, swapped) = (values(&union[0]), values(&union[1]));
        let (shared, swapped_shared) = (values(&common[0]), values(&common[1]));
        let rest = values(&cut);
        for i in 0..of_a.len() {
            assert_eq!(joined[i] < 0.0, swapped[i] < 0.0, "{n}");
            assert_eq!(shared[i] < 0.0, swapped_shared[i] < 0.0, "{n}");
            // A = (A - B) + (A and B), and the two do not overlap, save on the surface itself.
            let parts = u8::from(rest[i] < 0.0) + u8::from(shared[i] < 0.0);
            assert!(parts == u8::from(of_a[i] < 0.0) || shared[i].abs().min(rest[i].abs()) < 1e-5);
            assert!((joined[i] <= of_a[i] || joined[i] < 0.0) && shared[i] >= of_a[i] - 1e-5);
        }
        for field in [&union[0] as &dyn Field<Implant>, &common[0], &cut] {
            let range = field.range(&block.bounds());
            let seen = values(field);
            let inside =
                |v: &f32| f64::from(*v) >= range.min - 1e-3 && f64::from(*v) <= range.max + 1e-3;
            assert!(seen.iter().all(inside), "{n}");
        }
    }
}

/// Lattices in a body are one solid with open voids, and a network below its limit is not.
#[test]
fn connectivity_tells_sound_lattices_from_broken_ones() {
    let check = |word: &str, period: f64, fraction: f64, labyrinths: usize| {
        let kind = lattice::by_name(word).unwrap();
        let solid = target::at(kind, Mm(period), fraction).unwrap().solid(p(0.0, 0.0, 0.0));
        let body = Box::new(ball(4.5));
        let found = connectivity(kind, solid, body, 0.1, &Job::quiet()).unwrap();
        let codes: Vec<&str> = found.findings.iter().map(|f| f.code.as_str()).collect();
        assert_eq!(found.value.labyrinth_count(), labyrinths, "{word}: {codes:?}");
        assert!(!codes.contains(&"lattice.in_pieces"), "{word}: {codes:?}");
        let all: f64 = [&found.value.solids, &found.value.voids]
            .iter()
            .flat_map(|side| side.iter())
            .map(|piece| piece.volume_mm3)
            .sum();
        assert!((all / 381.7 - 1.0).abs() < 0.01, "{word}: {all}");
        let share = found.value.solids.iter().map(|s| s.volume_mm3).sum::<f64>() / all;
        assert!((share - fraction).abs() < 0.03, "{word}: {share}");
    };
    check("gyroid", 2.0, 0.3, 1);
    check("gyroid-sheet", 3.0, 0.3, 2);
    check("octet", 3.0, 0.3, 1);
    // A primitive network of a tenth solid is loose balls (facts D3.8).
    let kind = lattice::by_name("primitive").unwrap();
    let Shape::Level(surface) = kind.cell.shape else { panic!("a surface") };
    let level = lattice::level(kind, 0.1);
    let loose = Network::new(surface, p(0.0, 0.0, 0.0), Mm(2.0), level);
    let found =
        connectivity(kind, Box::new(loose), Box::new(ball(4.5)), 0.1, &Job::quiet()).unwrap();
    assert!(found.findings.iter().any(|f| f.code == "lattice.in_pieces"), "{:?}", found.findings);
}

/// A part without crumbs jumps where one was: samples still agree with points.
fn check_values(name: &str, field: &dyn Field<Implant>) {
    let block = Block { origin: p(-4.3, -3.4, -5.1), step: [0.11, 0.13, 0.17], size: [20, 21, 22] };
    let mut values = vec![0.0; block.sample_count()];
    field.sample(&block, &mut values);
    for (n, &value) in values.iter().enumerate() {
        let exact = field.distance(block.point(n % 20, n / 20 % 21, n / (20 * 21)));
        assert!((f64::from(value) - exact).abs() < 2e-3, "{name}: {value} {exact}");
    }
}
