//! Registration of surfaces that were moved by a known motion.

use crate::common::{Odd, P, mesh, motion, part};
use ossein_field::primitive::Sphere;
use ossein_geom::{Job, Lps};
use ossein_shape::icp::IcpError;
use ossein_shape::samples::spread;
use ossein_shape::{
    FieldSurface, Freedom, IcpOptions, MeshSurface, Registration, Similarity, Surface, register,
};

fn found(
    moving: &ossein_geom::TriMesh<Lps>,
    fixed: &dyn Surface<Lps>,
    start: Similarity<Lps, Lps>,
    options: &IcpOptions,
) -> Result<Registration<Lps, Lps>, IcpError> {
    let tree = ossein_mesh::Tree::new(moving);
    register(&spread(moving, tree.order(), 4000), fixed, &start, options, &Job::quiet())
}

/// The greatest difference of two maps over the body, mm.
fn apart(a: &Similarity<Lps, Lps>, b: impl Fn(P) -> P) -> f64 {
    let ends = [[-40.0, 0.0, 0.0], [40.0, 0.0, 0.0], [0.0, 30.0, 0.0], [0.0, 0.0, 22.0]];
    ends.into_iter().map(|p| a.apply(p.into()).distance(b(p.into()))).fold(0.0, f64::max)
}

#[test]
fn a_turn_of_a_quarter_radian_comes_back() {
    let whole = mesh(&Odd, 1.0);
    let surface = MeshSurface::new(&whole);
    for seed in 0..6 {
        let moved = motion(seed, 0.25, 6.0);
        let options = IcpOptions { kept: 1.0, ..IcpOptions::default() };
        let start = Similarity::rigid(moved);
        let made = found(&whole, &surface, start, &options).unwrap();
        assert!(made.at_rest && made.rms_mm < 0.01, "{made:?}");
        assert!(apart(&made.map, |p| p) < 0.05, "seed {seed}: {}", apart(&made.map, |p| p));
    }
}

#[test]
fn a_quarter_missing_is_left_out() {
    let whole = mesh(&Odd, 1.0);
    let cut = part(&whole, |p| p.x < 15.0 || p.y > 5.0);
    let surface = MeshSurface::new(&cut);
    let start = Similarity::rigid(motion(7, 0.15, 4.0));
    let made = found(&whole, &surface, start, &IcpOptions { kept: 0.7, ..IcpOptions::default() });
    let made = made.unwrap();
    assert!(apart(&made.map, |p| p) < 0.05, "{}", apart(&made.map, |p| p));
}

#[test]
fn scale_is_found_and_so_is_the_surface_of_a_field() {
    let small = mesh(&Odd, 1.0);
    let field = FieldSurface { field: &Odd, probe_mm: 0.05 };
    let options = IcpOptions {
        freedom: Freedom::Similarity,
        kept: 1.0,
        turn_count_max: 200,
        ..IcpOptions::default()
    };
    let start = Similarity { scale: 0.9, rigid: motion(11, 0.1, 3.0) };
    let made = found(&small, &field, start, &options).unwrap();
    assert!((made.map.scale - 1.0).abs() < 2e-3, "{}", made.map.scale);
    assert!(apart(&made.map, |p| p) < 0.1, "{}", apart(&made.map, |p| p));
}

#[test]
fn a_ball_slides_and_what_is_far_away_has_no_partner() {
    let ball = mesh(&Sphere { center: P::ORIGIN, radius_mm: 20.0 }, 0.5);
    let surface = MeshSurface::new(&ball);
    let near = Similarity::rigid(motion(1, 0.1, 1.0));
    let error = found(&ball, &surface, near, &IcpOptions::default()).unwrap_err();
    assert_eq!(error, IcpError::Sliding);
    let far = Similarity::rigid(motion(1, 0.1, 900.0));
    let error = found(&ball, &surface, far, &IcpOptions::default()).unwrap_err();
    assert!(matches!(error, IcpError::Apart { found: 0, count: 4000, .. }), "{error}");
}
