//! Mask steps against the plain definition of each, voxel for voxel.

use ossein_geom::{Grid, Lps, Point, Volume};
use ossein_segment::mask::{
    Ball, Mask, close, components, dilate, erode, fill_holes, largest, median, threshold,
};

const SIZES: [[usize; 3]; 6] =
    [[70, 9, 8], [64, 5, 6], [1, 1, 1], [130, 3, 2], [5, 12, 1], [3, 40, 7]];

fn grid(size: [usize; 3]) -> Grid<Lps> {
    Grid::aligned(Point::ORIGIN, [0.5, 0.7, 1.0], size)
}

/// Smooth noise: values hang together over a few voxels.
fn noise(size: [usize; 3], seed: u64) -> Volume<i16> {
    let grid = grid(size);
    let hash = |v: [usize; 3]| {
        let key =
            (v[0] as u64 * 73_856_093) ^ (v[1] as u64 * 19_349_663) ^ (v[2] as u64 * 83_492_791);
        let h = (key ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (h ^ h >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 52
    };
    let at = |n: usize| {
        let v = grid.voxel(n);
        (hash(v) / 2 + hash(v.map(|x| x / 3))) as i16 - 2000
    };
    Volume::new(grid.clone(), (0..grid.voxel_count()).map(at).collect())
}

fn mask(size: [usize; 3], seed: u64) -> Mask {
    threshold(&noise(size, seed), 1000, i16::MAX)
}

fn voxels(size: [usize; 3]) -> impl Iterator<Item = [i64; 3]> {
    let grid = grid(size);
    (0..grid.voxel_count()).map(move |n| grid.voxel(n).map(|v| v as i64))
}

fn holds(mask: &Mask, v: [i64; 3], outside: bool) -> bool {
    let inside = (0..3).all(|a| (0..mask.grid.size[a] as i64).contains(&v[a]));
    if inside { mask.holds(v.map(|x| x as usize)) } else { outside }
}

#[test]
fn the_median_is_the_fourteenth_of_27() {
    for (n, size) in SIZES.into_iter().enumerate() {
        let volume = noise(size, n as u64);
        let found = median(&volume);
        for v in voxels(size) {
            let mut near = Vec::new();
            for n in 0..27i64 {
                let at = [v[0] + n % 3 - 1, v[1] + n / 3 % 3 - 1, v[2] + n / 9 - 1];
                near.push(
                    volume.at([0, 1, 2].map(|a| at[a].clamp(0, size[a] as i64 - 1) as usize)),
                );
            }
            near.sort_unstable();
            assert_eq!(found.at(v.map(|x| x as usize)), near[13], "{v:?} of {size:?}");
        }
    }
}

#[test]
fn a_threshold_holds_both_its_ends() {
    for size in SIZES {
        let volume = noise(size, 5);
        let found = threshold(&volume, -1000, 700);
        let bytes = found.volume(1u8, 0);
        let mut count = 0;
        for (n, &value) in volume.values.iter().enumerate() {
            let truth = (-1000..=700).contains(&value);
            count += usize::from(truth);
            assert_eq!(found.holds(volume.grid.voxel(n)), truth);
            assert_eq!(bytes.values[n], u8::from(truth));
        }
        assert_eq!(found.voxel_count(), count);
        assert_eq!(Mask::of(&bytes, |v| v == 1), found);
    }
}

#[test]
fn balls_reach_as_far_as_they_should() {
    for size in SIZES {
        for radius in [0usize, 1, 2, 3, 5] {
            let (from, ball) = (mask(size, radius as u64), Ball::of_voxels(radius).unwrap());
            let r = radius as i64;
            let limit = (radius as f64 + 0.5).powi(2);
            let mut offsets = Vec::new();
            for n in 0..(2 * r + 1).pow(3) {
                let side = 2 * r + 1;
                let d = [n % side - r, n / side % side - r, n / (side * side) - r];
                if d.iter().map(|x| (x * x) as f64).sum::<f64>() <= limit {
                    offsets.push(d);
                }
            }
            let (grown, shrunk) = (dilate(&from, &ball), erode(&from, &ball));
            for v in voxels(size) {
                let near = |d: &[i64; 3]| [v[0] + d[0], v[1] + d[1], v[2] + d[2]];
                let any = offsets.iter().any(|d| holds(&from, near(d), false));
                let all = offsets.iter().all(|d| holds(&from, near(d), true));
                assert_eq!(holds(&grown, v, false), any, "{v:?} {radius} {size:?}");
                assert_eq!(holds(&shrunk, v, false), all, "{v:?} {radius} {size:?}");
            }
        }
    }
}

/// What no ball reaches that lies outside of the mask: voxel by voxel, the image's border no wall.
#[test]
fn closing_fills_what_no_ball_reaches() {
    for radius in [1usize, 2, 3] {
        let (size, r) = ([19, 14, 11], radius as i64);
        let (from, ball) = (mask(size, 7), Ball::of_voxels(radius).unwrap());
        let side = 2 * r + 1;
        let all =
            (0..side.pow(3)).map(|n| [n % side - r, n / side % side - r, n / side.pow(2) - r]);
        let within = |d: &[i64; 3]| 4 * d.iter().map(|x| x * x).sum::<i64>() <= (2 * r + 1).pow(2);
        let offsets: Vec<[i64; 3]> = all.filter(within).collect();
        let near = |v: [i64; 3], d: &[i64; 3]| [v[0] + d[0], v[1] + d[1], v[2] + d[2]];
        let grown = |v: [i64; 3]| offsets.iter().any(|d| holds(&from, near(v, d), false));
        let closed = close(&from, &ball);
        for v in voxels(size) {
            let truth = offsets.iter().all(|d| grown(near(v, d)));
            assert_eq!(holds(&closed, v, false), truth, "{v:?} {radius}");
        }
    }
}

#[test]
fn closing_grows_and_closing_again_changes_nothing() {
    for radius in [1, 3, 7, 20] {
        let (from, ball) = (mask([70, 30, 20], 3), Ball::of_voxels(radius).unwrap());
        let closed = close(&from, &ball);
        assert!(voxels([70, 30, 20]).all(|v| !holds(&from, v, false) || holds(&closed, v, false)));
        if radius == 3 {
            assert_eq!(close(&closed, &ball), closed);
        }
    }
    // A slit of two voxels between two plates at the border closes; a wide one stays.
    let volume = Volume::new(
        grid([40, 12, 12]),
        (0..40 * 144).map(|n| i16::from(![10, 11].contains(&(n % 40)) && n % 40 < 20)).collect(),
    );
    let closed = close(&threshold(&volume, 1, 1), &Ball::of_voxels(3).unwrap());
    assert!(closed.holds([10, 6, 6]) && closed.holds([11, 0, 0]) && !closed.holds([20, 6, 6]));
}

#[test]
fn balls_in_millimetres_follow_the_spacing() {
    let mut volume = Volume::filled(grid([21, 21, 21]), 0i16);
    let middle = volume.grid.index([10, 10, 10]);
    volume.values[middle] = 1;
    let ball = Ball::of_mm(2.1, &volume.grid).unwrap();
    let grown = dilate(&threshold(&volume, 1, 1), &ball);
    for v in voxels([21, 21, 21]) {
        let d = [0, 1, 2].map(|a| (v[a] - 10) as f64 * [0.5, 0.7, 1.0][a]);
        let near = d.iter().map(|x| x * x).sum::<f64>() <= 2.1 * 2.1 + 1e-9;
        assert_eq!(holds(&grown, v, false), near, "{v:?}");
    }
    assert!(Ball::of_voxels(64).is_err());
    assert!(Ball::of_mm(1e300, &volume.grid).is_err());
}

/// Labels by flooding from each voxel in turn.
fn flooded(mask: &Mask, outside: bool) -> (Vec<u32>, Vec<usize>) {
    let grid = &mask.grid;
    let mut labels = vec![0u32; grid.voxel_count()];
    let mut counts = Vec::new();
    for start in 0..labels.len() {
        let belongs = |n: usize| mask.holds(grid.voxel(n)) != outside;
        if labels[start] != 0 || !belongs(start) {
            continue;
        }
        let label = counts.len() as u32 + 1;
        let mut waiting = vec![start];
        labels[start] = label;
        let mut count = 0;
        while let Some(n) = waiting.pop() {
            count += 1;
            for a in 0..3 {
                for step in [-1i64, 1] {
                    let mut v = grid.voxel(n).map(|x| x as i64);
                    v[a] += step;
                    if (0..grid.size[a] as i64).contains(&v[a]) {
                        let m = grid.index(v.map(|x| x as usize));
                        if labels[m] == 0 && belongs(m) {
                            labels[m] = label;
                            waiting.push(m);
                        }
                    }
                }
            }
        }
        counts.push(count);
    }
    (labels, counts)
}

#[test]
fn pieces_equal_a_flood() {
    for (n, size) in SIZES.into_iter().enumerate() {
        let from = mask(size, 11 + n as u64);
        let (labels, counts) = flooded(&from, false);
        let (found, count) = components(&from);
        assert_eq!(count, counts.len());
        assert_eq!(found.values, labels);
        let most = counts.iter().copied().max().unwrap_or(0);
        let label = counts.iter().position(|&c| c == most).map_or(0, |n| n as u32 + 1);
        let kept = largest(&from);
        for v in 0..labels.len() {
            assert_eq!(kept.holds(from.grid.voxel(v)), labels[v] == label && label > 0);
        }
    }
}

#[test]
fn holes_are_what_no_way_leads_to() {
    for (n, size) in SIZES.into_iter().enumerate() {
        let from = mask(size, 29 + n as u64);
        let (labels, counts) = flooded(&from, true);
        let mut open = vec![false; counts.len() + 1];
        for v in voxels(size) {
            if (0..3).any(|a| v[a] == 0 || v[a] + 1 == size[a] as i64) {
                open[labels[from.grid.index(v.map(|x| x as usize))] as usize] = true;
            }
        }
        let filled = fill_holes(&from);
        for (v, &label) in labels.iter().enumerate() {
            let truth = label == 0 || !open[label as usize];
            assert_eq!(filled.holds(from.grid.voxel(v)), truth);
        }
    }
}

#[test]
fn nothing_in_nothing_out() {
    let none = Volume::<i16>::new(grid([0, 4, 3]), vec![]);
    let empty = threshold(&median(&none), 0, 1);
    assert_eq!(empty.voxel_count(), 0);
    let ball = Ball::of_voxels(2).unwrap();
    assert_eq!(fill_holes(&close(&largest(&empty), &ball)).voxel_count(), 0);
    let blank = Mask::<Lps>::empty(grid([9, 9, 9]));
    assert_eq!(largest(&blank).voxel_count(), 0);
    assert_eq!(components(&blank).1, 0);
}
