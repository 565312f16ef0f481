//! Laws that every field keeps: samples agree with points, ranges hold, no step overshoots.

use ossein_field::boolean::{Blend, Difference, Intersection, Union};
use ossein_field::height::{Raster, Terrain};
use ossein_field::lattice::GyroidNetwork;
use ossein_field::loft::{Inset, Loft};
use ossein_field::main_part::MainPart;
use ossein_field::outline;
use ossein_field::placed::Placed;
use ossein_field::primitive::{Capsule, Cone, Cuboid, HalfSpace, Sphere, Torus};
use ossein_field::sampled::Sampled;
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
    check("terrain beneath", &bumpy(false));
    check("terrain above", &bumpy(true));
    check("loft", &loft());
    check("inset", &Inset { loft: loft(), inset_mm: 1.1 });
    check("prism", &outline::Prism::new(outline::raster(&square(4.0, 0.0), 0.25, 5.0)));
    check("sampled", &sampled());
    check("text", &Text::new("T7^", &lettering).unwrap());
    check("placed", &Placed::new(placed, &tilt));
    check("gyroid", &lattice);
    check("union", &Union(vec![Box::new(ball(2.0)), Box::new(cube), Box::new(torus)]));
    check("intersection", &Intersection(vec![Box::new(lattice), Box::new(cube)]));
    check("difference", &Difference { from: Box::new(cube), cut: Box::new(ball(3.0)) });
    check("blend", &Blend { a: Box::new(lattice), b: Box::new(capsule), radius_mm: 0.6 });
    let cut = Intersection(vec![Box::new(lattice), Box::new(cube)]);
    let part = MainPart::new(cut, 0.2, &Job::quiet()).unwrap();
    check_values("main part", &part);
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
