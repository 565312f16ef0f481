//! Thin-plate splines: what they must pass through, keep straight, and bend least.

use ossein_shape::spline::{SplineError, ThinPlate};

/// Places that look drawn by lot.
fn places<const D: usize>(count: usize) -> Vec<[f64; D]> {
    let step = [0.819_172_513_396_164_4, 0.671_043_606_703_789_1, 0.549_700_477_901_970_3];
    (0..count)
        .map(|n| std::array::from_fn(|a| 60.0 * ((n as f64 + 1.0) * step[a]).fract() - 20.0))
        .collect()
}

#[test]
fn planes_and_affine_maps_come_back_everywhere() {
    let flat = |p: [f64; 2]| [3.0 + 0.5 * p[0] - 2.0 * p[1]];
    let points = places::<2>(40);
    let values: Vec<[f64; 1]> = points.iter().map(|&p| flat(p)).collect();
    for softness in [0.0, 1e-3, 1.0] {
        let spline = ThinPlate::through(&points, &values, softness).unwrap();
        for p in places::<2>(200) {
            let far = [3.0 * p[0], 3.0 * p[1]];
            assert!((spline.at(far)[0] - flat(far)[0]).abs() < 1e-8);
        }
    }
    let map = |p: [f64; 3]| [p[0] + 0.1 * p[1], 0.9 * p[1] - 4.0, p[2] + 0.2 * p[0]];
    let points = places::<3>(60);
    let values: Vec<[f64; 3]> = points.iter().map(|&p| map(p)).collect();
    let spline = ThinPlate::through(&points, &values, 0.0).unwrap();
    for p in places::<3>(200) {
        let (is, was) = (spline.at(p), map(p));
        assert!((0..3).all(|k| (is[k] - was[k]).abs() < 1e-8));
    }
}

#[test]
fn values_are_met_and_softness_gives_way() {
    let points = places::<3>(80);
    let values: Vec<[f64; 1]> = points.iter().map(|p| [(p[0] * 0.2).sin() * 4.0 + p[2]]).collect();
    let spline = ThinPlate::through(&points, &values, 0.0).unwrap();
    let soft = ThinPlate::through(&points, &values, 0.1).unwrap();
    let miss = |s: &ThinPlate<3, 1>| {
        points.iter().zip(&values).map(|(p, v)| (s.at(*p)[0] - v[0]).abs()).fold(0.0, f64::max)
    };
    assert!(miss(&spline) < 1e-9 && miss(&soft) > 1e-3, "{} {}", miss(&spline), miss(&soft));
    assert_eq!(spline.at_all(&points), points.iter().map(|&p| spline.at(p)).collect::<Vec<_>>());
}

#[test]
fn a_square_plate_bends_as_greens_function_says() {
    // One corner of a square lifted: by symmetry the middle rises by a quarter.
    let points = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]];
    let spline = ThinPlate::through(&points, &[[1.0], [0.0], [0.0], [0.0]], 0.0).unwrap();
    assert!((spline.at([0.5, 0.5])[0] - 0.25).abs() < 1e-12);
    // Twice the lift, twice the form.
    let twice = ThinPlate::through(&points, &[[2.0], [0.0], [0.0], [0.0]], 0.0).unwrap();
    assert!((twice.at([0.3, 0.9])[0] - 2.0 * spline.at([0.3, 0.9])[0]).abs() < 1e-12);
}

#[test]
fn the_cap_of_a_sphere_is_filled_from_its_rim() {
    // Heights of a sphere of 80 mm in a ring of 20 to 35 mm: the middle is met to a tenth.
    let ring: Vec<[f64; 2]> = places::<2>(4000)
        .into_iter()
        .map(|p| [(p[0] - 10.0) * 1.3, (p[1] - 10.0) * 1.3])
        .filter(|p| (20.0..35.0).contains(&p[0].hypot(p[1])))
        .take(600)
        .collect();
    let height = |p: &[f64; 2]| [(6400.0 - p[0] * p[0] - p[1] * p[1]).sqrt()];
    let values: Vec<_> = ring.iter().map(height).collect();
    let spline = ThinPlate::through(&ring, &values, 0.0).unwrap();
    let miss = (spline.at([0.0, 0.0])[0] - 80.0).abs();
    assert!(miss < 0.2, "{miss}");
}

#[test]
fn points_that_fix_nothing_are_refused() {
    let line: Vec<[f64; 2]> = (0..9).map(|n| [n as f64, 2.0 * n as f64]).collect();
    let open = |count| Err(SplineError::Open { count });
    let through = |p: &[[f64; 2]]| {
        let values: Vec<[f64; 1]> = (0..p.len()).map(|n| [(n * n % 7) as f64]).collect();
        ThinPlate::through(p, &values, 0.0).map(|_| ())
    };
    assert_eq!(through(&line), open(9));
    assert_eq!(through(&[]), open(0));
    assert_eq!(through(&[[1.0, 1.0], [1.0, 1.0], [2.0, 0.0], [0.0, 3.0]]), open(4));
    assert!(matches!(through(&vec![[0.0; 2]; 5000]), Err(SplineError::TooMany { .. })));
}
