//! Layers and vectors held against geometry: areas, offsets, hatch lengths, coverage.

use ossein_field::boolean::{Difference, Union};
use ossein_field::primitive::{Cone, Cuboid, Sphere};
use ossein_field::{Block, Field};
use ossein_geom::{Aabb, Contour, Deg, Implant, Job, Layer, Mm, Point};

use crate::hatch::{Hatch, Pattern, Scanlines, Vector, inside};
use crate::layer::{LayerOptions, cut, layers};
use crate::scan::{Scan, ScanOptions, Skin, SkinHatch, mesh_scans, scans};
use crate::united::Parts;

const LAYER: LayerOptions = LayerOptions { layer: Mm(0.03), step: Mm(0.05), tolerance: Mm(0.005) };

fn cuboid(min: [f64; 3], max: [f64; 3]) -> Cuboid<Implant> {
    Cuboid { bounds: Aabb::new(Point::from(min), Point::from(max)), round_mm: 0.0 }
}

fn area(contours: &[Contour]) -> f64 {
    contours.iter().map(Contour::area_mm2).sum()
}

fn length(vectors: &[Vector]) -> f64 {
    let one = |v: &Vector| (0..2).map(|a| (v[1][a] - v[0][a]).powi(2)).sum::<f64>().sqrt();
    vectors.iter().map(one).sum()
}

fn all(field: &dyn Field<Implant>, options: &LayerOptions, scan: &ScanOptions) -> Vec<Scan> {
    let b = field.bounds();
    between(field, (b.min.z, b.max.z), options, scan)
}

fn between(
    field: &dyn Field<Implant>,
    heights: (f64, f64),
    options: &LayerOptions,
    scan: &ScanOptions,
) -> Vec<Scan> {
    let mut out = Vec::new();
    let mut sink = |scan: &Scan| {
        out.push(scan.clone());
        Ok(())
    };
    scans(field, heights, options, scan, &Job::quiet(), &mut sink).unwrap();
    out
}

fn without_offsets(pattern: Pattern, angle: f64) -> ScanOptions {
    let none = Mm(0.0);
    let default = ScanOptions::default();
    let hatch = Hatch { pattern, angle: Deg(angle), ..default.hatch };
    ScanOptions { spot: none, pass_distance: none, hatch_offset: none, hatch, ..default }
}

/// Whether any two edges of any curves cross.
fn crossing(contours: &[Contour]) -> bool {
    let mut edges: Vec<Vector> = Vec::new();
    for c in contours {
        let n = c.points.len();
        edges.extend((0..n).map(|k| [c.points[k], c.points[(k + 1) % n]]));
    }
    let low = |e: &Vector| e[0][0].min(e[1][0]);
    edges.sort_by(|a, b| low(a).total_cmp(&low(b)));
    let side = |a: [f64; 2], b: [f64; 2], p: [f64; 2]| {
        (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
    };
    edges.iter().enumerate().any(|(n, e)| {
        let end = e[0][0].max(e[1][0]);
        edges[n + 1..].iter().take_while(|f| low(f) <= end).any(|f| {
            side(e[0], e[1], f[0]) * side(e[0], e[1], f[1]) < 0.0
                && side(f[0], f[1], e[0]) * side(f[0], f[1], e[1]) < 0.0
        })
    })
}

#[test]
fn a_cube_keeps_its_corners_in_every_layer() {
    let cube = cuboid([-5.013, -4.987, 0.0], [4.987, 5.013, 3.0]);
    let mut count = 0;
    layers(&cube, (0.0, 3.0), &LAYER, &Job::quiet(), |layer| {
        count += 1;
        assert_eq!(layer.contours.len(), 1);
        assert_eq!(layer.contours[0].points.len(), 4, "{:?}", layer.contours[0].points);
        assert!((layer.area_mm2() - 100.0).abs() < 1e-3, "{}", layer.area_mm2());
        Ok(())
    })
    .unwrap();
    assert_eq!(count, 100);
}

#[test]
fn a_cut_stays_within_its_tolerance() {
    let ball = Sphere { center: Point::<Implant>::new(0.1, 0.2, 0.3), radius_mm: 2.0 };
    for (step, tolerance) in [(0.2, 0.005), (0.05, 0.002), (0.1, 0.02)] {
        for contour in cut(&ball, 0.3, Mm(step), Mm(tolerance)).unwrap() {
            let n = contour.points.len();
            for k in 0..10 * n {
                let (a, b) = (contour.points[k / 10], contour.points[(k / 10 + 1) % n]);
                let t = (k % 10) as f64 / 10.0;
                let p = [0, 1].map(|i| a[i] + t * (b[i] - a[i]));
                let off = ball.distance(Point::new(p[0], p[1], 0.3)).abs();
                assert!(off <= tolerance, "{step} {tolerance} {off}");
            }
        }
    }
}

/// A gyroid sheet crosses many saddles: its contours never cross and nest as they turn.
#[test]
fn contours_nest_and_never_cross() {
    struct Sheet;
    impl Field<Implant> for Sheet {
        fn distance(&self, p: Point<Implant>) -> f64 {
            let [a, b, c] = p.array().map(|v| ossein_geom::float::sin_cos(3.0 * v));
            let g = a.0 * b.1 + b.0 * c.1 + c.0 * a.1;
            (g.abs() / 4.5 - 0.06).max(p.x.abs().max(p.y.abs()) - 4.0)
        }
        fn bounds(&self) -> Aabb<Implant> {
            Aabb::new(Point::new(-4.0, -4.0, -1.0), Point::new(4.0, 4.0, 1.0))
        }
        fn sample(&self, block: &Block<Implant>, distances: &mut [f32]) {
            block.fill(distances, |p| self.distance(p));
        }
    }
    for step in [0.05, 0.11] {
        for z in [0.0, 0.1, 0.37, 0.5] {
            let contours = cut(&Sheet, z, Mm(step), Mm(0.01)).unwrap();
            assert!(!crossing(&contours), "{step} {z}");
            for (n, contour) in contours.iter().enumerate() {
                let others = contours.iter().enumerate().filter(|(m, _)| *m != n);
                let depth = others.filter(|(_, o)| o.contains(contour.points[0])).count();
                assert_eq!(contour.area_mm2() > 0.0, depth % 2 == 0, "{step} {z}");
            }
        }
    }
}

/// Just under a flat top the distance in space is 15 micrometres; nothing may be lost there.
#[test]
fn the_last_layer_under_a_flat_top_is_whole() {
    let scans = all(&cuboid([0.0; 3], [6.0, 4.0, 0.3]), &LAYER, &ScanOptions::default());
    for scan in [&scans[0], &scans[5], &scans[9]] {
        assert!((area(&scan.outline) / 24.0 - 1.0).abs() < 1e-3);
        let depths = ScanOptions::default().pass_depths_mm();
        for (pass, d) in scan.passes.iter().zip(depths) {
            let expected = (6.0 - 2.0 * d) * (4.0 - 2.0 * d);
            assert!((area(pass) - expected).abs() < 2e-3, "{} {expected}", area(pass));
        }
        let d = ScanOptions::default().hatch_depth_mm();
        let expected = (6.0 - 2.0 * d) * (4.0 - 2.0 * d) / 0.08;
        let hatch: f64 = scan.hatches.iter().map(|(_, v)| length(v)).sum();
        assert!((hatch / expected - 1.0).abs() < 0.02, "{hatch} {expected}");
        assert!(scan.centre_lines.is_empty());
    }
}

#[test]
fn holes_grow_and_outlines_shrink_by_the_offset() {
    let z = |z| Point::<Implant>::new(0.013, 0.007, z);
    let tube = Difference {
        from: Box::new(Cone::cylinder(z(0.0), z(0.06), 5.0)),
        cut: Box::new(Cone::cylinder(z(-1.0), z(2.0), 3.0)),
    };
    let scan = &between(&tube, (0.0, 0.06), &LAYER, &ScanOptions::default())[0];
    for (pass, d) in scan.passes.iter().zip(ScanOptions::default().pass_depths_mm()) {
        let pi = std::f64::consts::PI;
        let expected = pi * ((5.0 - d) * (5.0 - d) - (3.0 + d) * (3.0 + d));
        assert_eq!(pass.len(), 2);
        // The whole length of both circles, off by at most the tolerance.
        assert!(
            (area(pass) - expected).abs() < 2.0 * pi * 8.0 * 0.005,
            "{} {expected}",
            area(pass)
        );
    }
}

#[test]
fn hatch_length_is_area_over_spacing() {
    let plate = cuboid([-4.0, -2.0, 0.0], [4.0, 2.0, 0.03]);
    for angle in [0.0, 90.0] {
        let scan = &all(&plate, &LAYER, &without_offsets(Pattern::Lines, angle))[0];
        let hatch = length(&scan.hatches[0].1);
        assert!((hatch - 32.0 / 0.08).abs() < 1e-3, "{angle} {hatch}");
    }
    let disc = Cone::cylinder(Point::<Implant>::new(0.3, 0.1, 0.0), Point::new(0.3, 0.1, 1.5), 4.0);
    for pattern in [Pattern::Lines, Pattern::Stripes(Mm(3.0)), Pattern::Islands(Mm(2.0))] {
        let scans = between(&disc, (0.0, 1.5), &LAYER, &without_offsets(pattern, 0.0));
        let (mut hatch, mut expected) = (0.0, 0.0);
        for scan in &scans {
            hatch += length(&scan.hatches[0].1);
            expected += area(&scan.outline) / 0.08;
        }
        assert!((hatch / expected - 1.0).abs() < 1e-3, "{pattern:?} {hatch} {expected}");
    }
}

#[test]
fn no_vector_leaves_the_region_and_neighbours_run_there_and_back() {
    let solid = Union::new(vec![
        Box::new(Sphere { center: Point::<Implant>::new(0.0, 0.0, 0.0), radius_mm: 2.0 }),
        Box::new(cuboid([1.0, -0.5, -1.0], [5.0, 0.5, 1.0])),
    ]);
    for pattern in [Pattern::Lines, Pattern::Stripes(Mm(1.5)), Pattern::Islands(Mm(1.0))] {
        let scan = &all(&solid, &LAYER, &without_offsets(pattern, 33.0))[60];
        let vectors = &scan.hatches[0].1;
        let outline = Layer { z_mm: 0.0, contours: scan.outline.clone() };
        for [a, b] in vectors {
            for t in [0.001, 0.3, 0.5, 0.999] {
                let p = [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
                let around = outline.contours.iter().filter(|c| c.contains(p)).count();
                assert_eq!(around % 2, 1, "{pattern:?} {p:?}");
            }
        }
        let direction = |v: &Vector| [v[1][0] - v[0][0], v[1][1] - v[0][1]];
        let back = |p: &[Vector]| {
            let (u, w) = (direction(&p[0]), direction(&p[1]));
            u[0] * w[0] + u[1] * w[1] < 0.0
        };
        let turns = vectors.windows(2).filter(|p| back(p)).count();
        assert!(turns as f64 > 0.8 * vectors.len() as f64, "{pattern:?} {turns}");
    }
}

#[test]
fn layers_turn_by_67_degrees() {
    let hatch = ScanOptions::default().hatch;
    for (n, angle) in [(0, 0.0), (1, 67.0), (5, 335.0), (6, 42.0), (360, 0.0)] {
        assert!((hatch.angle_of(n).0 - angle).abs() < 1e-9);
    }
    let lines = Scanlines::new(Deg(67.0), Mm(0.08));
    let square = vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
    let spans = inside(&lines, &[Contour { points: square }]);
    let sum: f64 = spans.lines().flat_map(|(_, row)| row).map(|s| s[1] - s[0]).sum();
    assert!((sum * 0.08 - 1.0).abs() < 0.01, "{sum}");
}

/// Every place of a plate of any thickness lies within the spot and half a step of some vector.
#[test]
fn thin_walls_are_kept_and_reported() {
    for (thickness, line_count) in [(0.12, 1), (0.2, 1), (0.25, 1), (0.3, 0), (0.6, 0)] {
        for tilt in [0.0, 0.3, 0.785, 1.2] {
            let wall = Wall { half: 0.5 * thickness, tilt };
            let scan = &all(&wall, &LAYER, &ScanOptions::default())[0];
            let lines = &scan.centre_lines;
            let long: f64 = lines.iter().map(|l| l.length_mm()).sum();
            if line_count == 1 {
                assert!((5.7..6.3).contains(&long), "{thickness} {tilt} {long}");
                for line in lines.iter().filter(|l| l.length_mm() > 1.0) {
                    // Near the ends the corners round the distance off.
                    assert!((line.width_mm_min - thickness).abs() < 0.02, "{line:?}");
                    let straight = line.points.iter().filter(|p| wall.turned(**p)[0].abs() < 2.9);
                    for p in straight {
                        assert!(wall.across(*p).abs() < 0.005, "{thickness} {tilt} {p:?}");
                    }
                }
            } else {
                assert!(long < 0.3, "{thickness} {tilt} {long}");
            }
            let bare = uncovered(&wall, scan);
            assert!(bare == 0.0, "{thickness} {tilt} {bare}");
        }
    }
}

/// Ends of struts of any thickness are scanned, be it by one short line.
#[test]
fn thin_struts_are_kept_and_reported() {
    for radius_mm in [0.04, 0.06, 0.09, 0.125, 0.2] {
        let ends = [0.0, 0.3].map(|z| Point::<Implant>::new(0.011, 0.017, z));
        let strut = Cone::cylinder(ends[0], ends[1], radius_mm);
        let options = LayerOptions { step: Mm(0.025), ..LAYER };
        for scan in between(&strut, (0.0, 0.3), &options, &ScanOptions::default()) {
            let hatch: f64 = scan.hatches.iter().map(|(_, v)| length(v)).sum();
            let passes = scan.passes.iter().flatten().count();
            assert!(passes + scan.centre_lines.len() > 0, "{radius_mm}");
            assert!(hatch > 0.0 || !scan.centre_lines.is_empty() || radius_mm < 0.1, "{radius_mm}");
            for line in &scan.centre_lines {
                assert!((line.width_mm_min - 2.0 * radius_mm).abs() < 0.02, "{radius_mm} {line:?}");
            }
        }
    }
}

/// A plate of length 6 on edge, turned in the plane.
struct Wall {
    half: f64,
    tilt: f64,
}

impl Wall {
    fn turned(&self, p: [f64; 2]) -> [f64; 2] {
        let (s, c) = ossein_geom::float::sin_cos(self.tilt);
        [c * p[0] + s * p[1], c * p[1] - s * p[0]]
    }
    fn across(&self, p: [f64; 2]) -> f64 {
        self.turned(p)[1]
    }
}

impl Field<Implant> for Wall {
    fn distance(&self, p: Point<Implant>) -> f64 {
        let [u, v] = self.turned([p.x, p.y]);
        (u.abs() - 3.0).max(v.abs() - self.half)
    }
    fn bounds(&self) -> Aabb<Implant> {
        Aabb::new(Point::new(-3.2, -3.2, 0.0), Point::new(3.2, 3.2, 0.03))
    }
}

/// Share of a wall's places that no vector melts, away from its ends.
fn uncovered(wall: &Wall, scan: &Scan) -> f64 {
    let mut segments: Vec<Vector> = Vec::new();
    for c in scan.passes.iter().flatten() {
        let n = c.points.len();
        segments.extend((0..n).map(|k| [c.points[k], c.points[(k + 1) % n]]));
    }
    for line in &scan.centre_lines {
        segments.extend(line.points.windows(2).map(|p| [p[0], p[1]]));
    }
    segments.extend(scan.hatches.iter().flat_map(|(_, v)| v));
    let near = |p: [f64; 2], [a, b]: &Vector| {
        let (d, q) = ([b[0] - a[0], b[1] - a[1]], [p[0] - a[0], p[1] - a[1]]);
        let t =
            ((d[0] * q[0] + d[1] * q[1]) / (d[0] * d[0] + d[1] * d[1]).max(1e-30)).clamp(0.0, 1.0);
        (q[0] - t * d[0]).powi(2) + (q[1] - t * d[1]).powi(2) < 0.067 * 0.067
    };
    let (mut bare, mut count) = (0, 0);
    let (s, c) = ossein_geom::float::sin_cos(wall.tilt);
    for n in 0..280 {
        for m in 0..12 {
            let (u, v) = (-2.8 + 0.02 * f64::from(n), wall.half * (-0.96 + 0.17 * f64::from(m)));
            let p = [c * u - s * v, s * u + c * v];
            count += 1;
            bare += i32::from(!segments.iter().any(|segment| near(p, segment)));
        }
    }
    f64::from(bare) / f64::from(count)
}

#[test]
fn skins_are_where_the_part_looks_up_or_down() {
    let steps = Union::new(vec![
        Box::new(cuboid([0.0, 0.0, 0.3], [8.0, 4.0, 0.6])),
        Box::new(cuboid([0.0, 0.0, 0.0], [5.0, 4.0, 0.9])),
    ]);
    let none = without_offsets(Pattern::Lines, 90.0);
    let hatch = Hatch { rotation: Deg(0.0), ..none.hatch };
    let skin = Some(SkinHatch { layer_count: 2, hatch });
    let options = ScanOptions { hatch, up: skin, down: skin, ..none };
    let scans = all(&steps, &LAYER, &options);
    assert_eq!(scans.len(), 30);
    let areas = |n: usize| {
        [Skin::Down, Skin::Core, Skin::Up].map(|kind| {
            let of = scans[n].hatches.iter().filter(|(skin, _)| *skin == kind);
            of.map(|(_, v)| length(v) * 0.08).sum::<f64>()
        })
    };
    for (layer, expected) in [
        (0, [20.0, 0.0, 0.0]),
        (5, [0.0, 20.0, 0.0]),
        (10, [12.0, 20.0, 0.0]),
        (11, [12.0, 20.0, 0.0]),
        (12, [0.0, 32.0, 0.0]),
        (17, [0.0, 32.0, 0.0]),
        (18, [0.0, 20.0, 12.0]),
        (19, [0.0, 20.0, 12.0]),
        (20, [0.0, 20.0, 0.0]),
        (29, [0.0, 0.0, 20.0]),
    ] {
        for (got, want) in areas(layer).into_iter().zip(expected) {
            assert!((got - want).abs() < 0.35, "layer {layer}: {:?} {expected:?}", areas(layer));
        }
    }
}

#[test]
fn a_mesh_is_filled_like_the_field_it_came_from() {
    let (low, high) = ([0.0; 3], [6.0, 0.25, 0.3]);
    let box_field = cuboid(low, high);
    let corner = |n: usize| {
        Point::new([low, high][n & 1][0], [low, high][n >> 1 & 1][1], [low, high][n >> 2 & 1][2])
    };
    let triangles = vec![
        [0, 2, 1],
        [1, 2, 3],
        [4, 5, 6],
        [5, 7, 6],
        [0, 1, 4],
        [1, 5, 4],
        [2, 6, 3],
        [3, 6, 7],
        [0, 4, 2],
        [2, 4, 6],
        [1, 3, 5],
        [3, 7, 5],
    ];
    let mesh =
        ossein_geom::TriMesh::<Implant> { vertices: (0..8).map(corner).collect(), triangles };
    let options = ScanOptions::default();
    let from_field = all(&box_field, &LAYER, &options);
    let mut n = 0;
    let mut sink = |scan: &Scan| {
        let field = &from_field[n];
        n += 1;
        assert_eq!(scan.z_mm, field.z_mm);
        assert!((area(&scan.outline) - 1.5).abs() < 1e-9);
        assert!((area(&field.outline) - 1.5).abs() < 1e-3);
        assert!((area(&scan.passes[0]) - area(&field.passes[0])).abs() < 0.01);
        let long = |s: &Scan| s.centre_lines.iter().map(|l| l.length_mm()).sum::<f64>();
        assert!((long(scan) - long(field)).abs() < 0.2, "{} {}", long(scan), long(field));
        Ok(())
    };
    let swept =
        mesh_scans(&mesh, (0.0, 0.3), &LAYER, &options, Parts::Apart, &Job::quiet(), &mut sink)
            .unwrap();
    assert_eq!((swept.layer_count, swept.open_count, n), (10, 0, 10));
}

#[test]
fn thread_counts_change_nothing() {
    let ball = Sphere { center: Point::<Implant>::new(0.1, 0.2, 0.3), radius_mm: 1.0 };
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| all(&ball, &LAYER, &ScanOptions::default()))
    };
    assert!(run(1) == run(3));
}

#[test]
fn choices_out_of_range_are_refused() {
    let ball = Sphere { center: Point::<Implant>::new(0.0, 0.0, 0.0), radius_mm: 1.0 };
    let mut sink = |_: &Scan| Ok(());
    let mut run = |options: &LayerOptions, scan: &ScanOptions| {
        scans(&ball, (-1.0, 1.0), options, scan, &Job::quiet(), &mut sink).is_err()
    };
    let good = ScanOptions::default();
    assert!(run(&LayerOptions { step: Mm(0.0), ..LAYER }, &good));
    assert!(run(&LayerOptions { step: Mm(1e-7), ..LAYER }, &good));
    assert!(run(&LayerOptions { layer: Mm(f64::NAN), ..LAYER }, &good));
    assert!(run(&LAYER, &ScanOptions { spot: Mm(-0.1), ..good }));
    assert!(run(&LAYER, &ScanOptions { pass_count: 1000, ..good }));
    let hatch = Hatch { spacing: Mm(0.0), ..good.hatch };
    assert!(run(&LAYER, &ScanOptions { hatch, ..good }));
    let hatch = Hatch { pattern: Pattern::Islands(Mm(0.0)), ..good.hatch };
    assert!(run(&LAYER, &ScanOptions { hatch, ..good }));
}
