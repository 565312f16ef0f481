//! Pairs of points, against motions that are known.

use crate::common::{P, motion};
use ossein_geom::Lps;
use ossein_shape::{FitError, Freedom, Similarity, fit_pairs};

fn corners() -> Vec<P> {
    (0..8)
        .map(|n| P::new((n & 1) as f64 * 30.0, (n >> 1 & 1) as f64 * 20.0, (n >> 2) as f64 * 10.0))
        .collect()
}

#[test]
fn a_known_motion_comes_back() {
    for seed in 0..50 {
        let rigid = motion(seed, 0.1 * seed as f64, 80.0);
        for (scale, freedom) in [(1.0, Freedom::Rigid), (1.3, Freedom::Similarity)] {
            let truth = Similarity { scale, rigid };
            let to: Vec<P> = corners().iter().map(|&p| truth.apply(p)).collect();
            let fit = fit_pairs(&corners(), &to, freedom).unwrap();
            assert!((fit.map.scale - scale).abs() < 1e-12);
            assert!(fit.residuals_mm.iter().all(|r| *r < 1e-11), "{:?}", fit.residuals_mm);
        }
    }
}

#[test]
fn flat_points_are_turned_and_never_mirrored() {
    // A mirror image in their own plane would fit as well.
    let flat: Vec<P> = corners().into_iter().filter(|p| p.z == 0.0).collect();
    let truth = motion(3, 2.0, 40.0);
    let to: Vec<P> = flat.iter().map(|&p| truth.apply(p)).collect();
    let fit = fit_pairs::<Lps, Lps>(&flat, &to, Freedom::Rigid).unwrap();
    assert!(fit.rms_mm < 1e-11);
    let up = P::new(1.0, 2.0, 30.0);
    assert!(fit.map.apply(up).distance(truth.apply(up)) < 1e-10);
    // Points and their mirror image: the best motion leaves what a motion must leave.
    let mirrored: Vec<P> = corners().iter().map(|p| P::new(p.x, p.y, -p.z)).collect();
    let fit = fit_pairs::<Lps, Lps>(&corners(), &mirrored, Freedom::Rigid).unwrap();
    assert!(fit.rms_mm > 1.0);
}

#[test]
fn noise_is_shared_out_evenly() {
    // Each point off by 1 mm along a different axis, both ways: the fit stays where it is.
    let from = corners();
    let to: Vec<P> = from
        .iter()
        .enumerate()
        .map(|(n, p)| P::new(p.x, p.y, p.z + if [0, 3, 5, 6].contains(&n) { 1.0 } else { -1.0 }))
        .collect();
    let fit = fit_pairs::<Lps, Lps>(&from, &to, Freedom::Rigid).unwrap();
    assert!((fit.rms_mm - 1.0).abs() < 1e-9, "{}", fit.rms_mm);
}

#[test]
fn what_leaves_a_turn_open_is_refused() {
    let line: Vec<P> = (0..5).map(|n| P::new(n as f64, 2.0 * n as f64, 0.0)).collect();
    let fit = |from: &[P], to: &[P]| fit_pairs(from, to, Freedom::Rigid).map(|f| f.rms_mm);
    assert_eq!(fit(&line, &line), Err(FitError::Open { count: 5 }));
    assert_eq!(fit(&[], &[]), Err(FitError::Open { count: 0 }));
    assert_eq!(fit(&line[..1], &line[..1]), Err(FitError::Open { count: 1 }));
    assert_eq!(fit(&line, &line[1..]), Err(FitError::Unpaired { from: 5, to: 4 }));
    let bad = [P::new(f64::NAN, 0.0, 0.0)];
    assert_eq!(fit(&bad, &bad), Err(FitError::NotFinite { pair: 0 }));
}
