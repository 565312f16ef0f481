//! Rendered meshes show what geometry says they show.

use ossein_geom::{Deg, Frame, Implant, Job, Lps, Point, TriMesh, Vector};
use ossein_picture::{
    Camera, ColorMap, Image, Item, Note, Plane, Projection, Scene, Surface, View, png, render,
};

/// A sphere of `rings` rings, closed, counter-clockwise from outside.
fn sphere<F: Frame>(center: Point<F>, radius: f64, rings: usize) -> TriMesh<F> {
    let columns = 2 * rings;
    let mut mesh = TriMesh::default();
    for j in 0..=rings {
        let (s, c) = (std::f64::consts::PI * j as f64 / rings as f64).sin_cos();
        for i in 0..columns {
            let (si, ci) = (std::f64::consts::TAU * i as f64 / columns as f64).sin_cos();
            mesh.vertices.push(center + Vector::new(s * ci, s * si, c) * radius);
        }
    }
    for j in 0..rings as u32 {
        for i in 0..columns as u32 {
            let n = columns as u32;
            let (a, b) = (j * n + i, j * n + (i + 1) % n);
            let (c, d) = (a + n, b + n);
            mesh.triangles.push([a, c, b]);
            mesh.triangles.push([b, c, d]);
        }
    }
    mesh
}

fn bare<F: Frame>(items: Vec<Item<F>>, view: View, size: [usize; 2]) -> Scene<F> {
    Scene { scale_bar: false, triad: false, ..Scene::new(items, view, size) }
}

fn covered(image: &Image) -> f64 {
    image.rgba.chunks_exact(4).filter(|p| p[0] < 250 || p[2] < 250).count() as f64
}

#[test]
fn a_sphere_covers_its_disk() {
    let mesh = sphere::<Implant>(Point::new(3.0, 4.0, 5.0), 10.0, 90);
    let scene = bare(vec![Item::plain(&mesh, [160, 60, 40])], View::Oblique, [400, 300]);
    let image = render(&scene, &Job::quiet()).unwrap();
    let mm = scene.camera.height_mm / 300.0;
    let area = covered(&image) * mm * mm;
    // Pixels on the rim count whole: half a pixel more radius.
    let rim = std::f64::consts::PI * (10.0 + 0.5 * mm) * (10.0 + 0.5 * mm);
    assert!(area > 313.0 && area < rim * 1.005, "{area} {rim}");
}

#[test]
fn a_lens_shows_the_disk_that_a_pinhole_shows() {
    let mesh = sphere::<Lps>(Point::ORIGIN, 10.0, 120);
    let camera = Camera {
        target: Point::ORIGIN,
        direction: Vector::new(0.0, 1.0, 0.0),
        up: Vector::new(0.0, 0.0, 1.0),
        height_mm: 40.0,
        projection: Projection::Perspective(Deg(40.0)),
    };
    let scene =
        Scene { camera, ..bare(vec![Item::plain(&mesh, [160, 60, 40])], View::Left, [400, 400]) };
    let image = render(&scene, &Job::quiet()).unwrap();
    let distance = 20.0 / 20f64.to_radians().tan();
    let seen = 10.0 / (distance * distance - 100.0).sqrt() * distance;
    let radius = (covered(&image) / std::f64::consts::PI).sqrt() * 0.1;
    assert!((radius - seen).abs() < 0.1, "{radius} {seen}");
}

#[test]
fn a_section_shows_a_flat_disk_and_what_it_opens() {
    let outer = sphere::<Lps>(Point::ORIGIN, 10.0, 60);
    let mut shell = outer.clone();
    let inner = sphere::<Lps>(Point::ORIGIN, 5.0, 60);
    let start = shell.vertices.len() as u32;
    shell.vertices.extend(&inner.vertices);
    shell.triangles.extend(inner.triangles.iter().map(|t| [t[0], t[2], t[1]].map(|v| v + start)));
    let up = Vector::new(0.0, 0.0, 1.0);
    let section = Some(Plane { point: Point::ORIGIN, normal: up });
    let items = vec![Item::plain(&shell, [200, 200, 200])];
    let scene = Scene { section, ..bare(items, View::Cranial, [400, 400]) };
    let image = render(&scene, &Job::quiet()).unwrap();
    let middle = image.at(200, 80);
    let flat = image.rgba.chunks_exact(4).filter(|p| p[..3] == middle[..3]).count() as f64;
    let mm = scene.camera.height_mm / 400.0;
    let ring = std::f64::consts::PI * (100.0 - 25.0);
    let area = flat * mm * mm;
    assert!((area - ring).abs() < 0.03 * ring, "{area} {ring}");
    assert_ne!(image.at(200, 200)[..3], middle[..3], "the bowl is no section");
}

#[test]
fn what_is_nearer_hides_what_is_behind() {
    let near = sphere::<Lps>(Point::new(0.0, -20.0, 0.0), 5.0, 30);
    let far = sphere::<Lps>(Point::new(0.0, 20.0, 0.0), 8.0, 30);
    let (red, blue) = (Item::plain(&near, [220, 20, 20]), Item::plain(&far, [20, 20, 220]));
    let color = |items: Vec<Item<Lps>>, view: View| {
        let image = render(&bare(items, view, [200, 200]), &Job::quiet()).unwrap();
        let p = image.at(100, 100).map(u16::from);
        if p[0] > 2 * p[2] {
            "red"
        } else if p[2] > 2 * p[0] {
            "blue"
        } else {
            "both"
        }
    };
    assert_eq!(color(vec![red, blue], View::Anterior), "red");
    assert_eq!(color(vec![blue, red], View::Anterior), "red");
    assert_eq!(color(vec![red, blue], View::Posterior), "blue");
    assert_eq!(color(vec![Item { alpha: 0.5, ..red }, blue], View::Anterior), "both");
    assert_eq!(color(vec![Item { alpha: 0.5, ..red }, blue], View::Posterior), "blue");
}

/// A gentle slope far from the middle of the picture is as bright as one in the middle.
#[test]
fn brightness_follows_the_normal_and_not_the_place() {
    let balls: Vec<TriMesh<Lps>> =
        [-20.0, 0.0, 20.0].map(|x| sphere(Point::new(x, 0.0, 0.0), 5.0, 40)).to_vec();
    let items = balls.iter().map(|b| Item::plain(b, [150; 3])).collect();
    let scene = bare(items, View::Anterior, [600, 200]);
    let image = render(&scene, &Job::quiet()).unwrap();
    let pixel = |x: f64| (300.0 + x * 200.0 / scene.camera.height_mm) as usize;
    let lit = |x: f64, y: usize| image.at(pixel(x), y)[0];
    for (dx, y) in [(0.0, 100), (-2.0, 90), (2.0, 110)] {
        let middle = lit(dx, y);
        for x in [-20.0, 20.0] {
            assert!(lit(x + dx, y).abs_diff(middle) < 8, "{x} {dx}: {} {middle}", lit(x + dx, y));
        }
    }
}

#[test]
fn a_value_has_the_color_of_its_legend() {
    let mesh = sphere::<Lps>(Point::ORIGIN, 10.0, 60);
    let values: Vec<f32> = mesh.vertices.iter().map(|p| p.z as f32).collect();
    let item = Item::scalar(&mesh, &values, ColorMap::Difference, [-10.0, 10.0]);
    let image = render(&bare(vec![item], View::Anterior, [300, 300]), &Job::quiet()).unwrap();
    let (top, bottom) = (image.at(150, 60), image.at(150, 240));
    assert!(top[0] > top[2] && bottom[2] > bottom[0], "{top:?} {bottom:?}");
}

/// Letters in the patient's frame come from the scan's header; an implant's frame is laid out by
/// anatomy.
#[test]
fn a_picture_knows_whether_its_letters_are_the_headers() {
    fn lettered<F: Frame>(triad: bool) -> bool {
        let mesh = sphere::<F>(Point::ORIGIN, 10.0, 12);
        let scene = bare(vec![Item::plain(&mesh, [160, 60, 40])], View::Oblique, [80, 60]);
        render(&Scene { triad, ..scene }, &Job::quiet()).unwrap().has_header_letters
    }
    assert!(lettered::<Lps>(true) && !lettered::<Lps>(false) && !lettered::<Implant>(true));
}

#[test]
fn one_thread_or_many_give_the_same_bytes() {
    let mesh = sphere::<Lps>(Point::ORIGIN, 10.0, 200);
    let veil = sphere::<Lps>(Point::new(4.0, -4.0, 0.0), 8.0, 100);
    let picture = |threads: usize| {
        let items = vec![
            Item::plain(&mesh, [168, 178, 190]),
            Item { alpha: 0.4, ..Item::plain(&veil, [230, 160, 0]) },
        ];
        let scene = Scene {
            section: Some(Plane { point: Point::ORIGIN, normal: Vector::new(1.0, 0.0, 0.3) }),
            caption: vec!["Two spheres".into()],
            ..Scene::new(items, View::Oblique, [320, 240])
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        png(&pool.install(|| render(&scene, &Job::quiet())).unwrap())
    };
    let one = picture(1);
    assert_eq!(one, picture(2));
    assert_eq!(one, picture(7));
}

#[test]
fn hostile_meshes_and_empty_scenes_are_drawn() {
    let mut mesh = sphere::<Lps>(Point::ORIGIN, 10.0, 10);
    mesh.vertices[5] = Point::new(f64::NAN, 1e300, f64::INFINITY);
    mesh.vertices[30] = Point::new(1e12, 0.0, 0.0);
    mesh.triangles.push([0, 1, u32::MAX]);
    let seen = sphere::<Lps>(Point::ORIGIN, 10.0, 10);
    let notes = vec![Note::Dimension {
        from: Point::new(-10.0, f64::NAN, 0.0),
        to: Point::new(10.0, 0.0, 0.0),
        shift: Vector::new(0.0, 0.0, 14.0),
        text: "20.0 mm".into(),
    }];
    let camera = Scene::new(vec![Item::plain(&seen, [0; 3])], View::Left, [64, 64]).camera;
    for projection in [Projection::Orthographic, Projection::Perspective(Deg(30.0))] {
        let camera = Camera { projection, ..camera };
        let items = vec![Item::plain(&mesh, [90; 3])];
        let scene =
            Scene { camera, notes: notes.clone(), ..Scene::new(items, View::Left, [64, 64]) };
        render(&scene, &Job::quiet()).unwrap();
    }
    let nothing = Scene::<Lps>::new(vec![], View::Oblique, [50, 40]);
    render(&nothing, &Job::quiet()).unwrap();
    let job = Job::quiet();
    job.cancel();
    let items = vec![Item { surface: Surface::Plain([9; 3]), ..Item::plain(&seen, [0; 3]) }];
    assert!(render(&Scene::new(items, View::Left, [64, 64]), &job).is_err());
}

/// Ten million triangles; run with `--ignored --nocapture` to see the time.
#[test]
#[ignore = "slow: a measure of speed"]
fn ten_million_triangles() {
    let mesh = sphere::<Lps>(Point::ORIGIN, 10.0, 1582);
    let items = vec![Item::plain(&mesh, [168, 178, 190])];
    let section = Some(Plane { point: Point::ORIGIN, normal: Vector::new(1.0, 0.0, 0.0) });
    for section in [None, section] {
        let start = std::time::Instant::now();
        let scene = Scene { section, ..Scene::new(items.clone(), View::Oblique, [1600, 1200]) };
        render(&scene, &Job::quiet()).unwrap();
        println!("{} triangles, {:?}", mesh.triangles.len(), start.elapsed());
    }
}
