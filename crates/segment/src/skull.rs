//! The skull alone, out of a scan of a head.

use ossein_geom::Volume;

use crate::mask::{Ball, BallError, dilate, largest, threshold};

/// The scan without what is as bright as bone and does not hang together with the skull: supports,
/// frames, chips. Their grey values are brought under `level_hu`; all others stay, so that the
/// surface at this level is the skull's own, finer than a voxel.
///
/// # Errors
/// [`BallError`] for a grid whose voxels are no lengths.
pub fn skull(hu: &Volume<i16>, level_hu: f64) -> Result<Volume<i16>, BallError> {
    let least = level_hu.ceil() as i16;
    let bone = largest(&threshold(hu, least, i16::MAX));
    let near = dilate(&bone, &Ball::of_voxels(1)?);
    let mut own = hu.clone();
    for (n, value) in own.values.iter_mut().enumerate() {
        if *value >= least && !near.holds(hu.grid.voxel(n)) {
            *value = least - 1;
        }
    }
    Ok(own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossein_geom::{Grid, Point};

    #[test]
    fn what_stands_apart_goes_and_the_rest_stays() {
        let grid = Grid::aligned(Point::new(0.0, 0.0, 0.0), [1.0; 3], [20, 20, 20]);
        let value = |n: usize| {
            let [i, j, k] = grid.voxel(n);
            let far = |c: [f64; 3]| {
                let d = [i as f64 - c[0], j as f64 - c[1], k as f64 - c[2]];
                (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]).sqrt()
            };
            let (head, frame) = (far([8.0, 9.0, 9.0]), far([17.0, 9.0, 9.0]));
            (1000.0 - 150.0 * head).max(700.0 - 300.0 * frame).max(-200.0) as i16
        };
        let hu = Volume::new(grid.clone(), (0..grid.voxel_count()).map(value).collect());
        let own = skull(&hu, 250.0).unwrap();
        assert!(hu.at([17, 9, 9]) > 250 && own.at([17, 9, 9]) < 250);
        for n in 0..grid.voxel_count() {
            let left = grid.voxel(n)[0] < 14;
            assert!(!left || own.values[n] == hu.values[n], "voxel {n}");
        }
    }
}
