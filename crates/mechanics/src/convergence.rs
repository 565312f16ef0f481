//! What two resolutions of one model say about the error of a figure.

/// A figure at two voxel sizes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resolution {
    /// Difference of the two relative to the finer one.
    pub relative_difference: f64,
    /// The figure at voxel size zero, if the error falls with the given order.
    pub extrapolated: f64,
    /// Estimated error of the finer figure relative to the extrapolated one.
    pub relative_error: f64,
}

/// Compares a figure at a coarse and a fine voxel size, each a pair `(voxel_mm, value)`, under an
/// error that falls as the voxel size to the power `order` (Richardson).
///
/// Smooth solids read with order 2, stair-stepped surfaces with order 1: ask for 1 where in doubt,
/// which gives the larger error. A figure of one sign at both sizes keeps it. Equal values, zero too, have no error. `None` where the sizes do
/// not fall, a value is not finite, or the finer one alone is zero.
pub fn second_resolution(coarse: (f64, f64), fine: (f64, f64), order: f64) -> Option<Resolution> {
    let ratio = coarse.0 / fine.0;
    let finite = coarse.1.is_finite() && fine.1.is_finite();
    if !(ratio > 1.0 && ratio.is_finite() && order > 0.0 && finite) {
        return None;
    }
    if coarse.1 == fine.1 {
        let extrapolated = fine.1;
        return Some(Resolution { relative_difference: 0.0, extrapolated, relative_error: 0.0 });
    }
    if fine.1 == 0.0 {
        return None;
    }
    let difference = fine.1 - coarse.1;
    let steps_on = 1.0 / (ossein_geom::float::pow(ratio, order) - 1.0);
    let mut extrapolated = fine.1 + difference * steps_on;
    let keeps_sign = coarse.1 * fine.1 > 0.0;
    if keeps_sign && extrapolated * fine.1 <= 0.0 {
        // A figure that keeps its sign is carried on by its ratio, which cannot pass zero.
        extrapolated = fine.1 * ossein_geom::float::pow(fine.1 / coarse.1, steps_on);
    }
    let off = (fine.1 - extrapolated).abs();
    let relative_error = if extrapolated == 0.0 { 1.0 } else { off / extrapolated.abs() };
    Some(Resolution {
        relative_difference: (difference / fine.1).abs(),
        extrapolated,
        relative_error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_carried_on_by_its_difference_or_by_its_ratio() {
        let on =
            |coarse: f64, fine: f64| second_resolution((1.0, coarse), (0.5, fine), 1.0).unwrap();
        assert!((on(1.2, 1.1).extrapolated - 1.0).abs() < 1e-12);
        assert!((on(1.2, 1.1).relative_error - 0.1).abs() < 1e-12);
        // The difference would carry it beyond zero; a sixth of what it was a step ago does not.
        let steep = on(12.0, 2.0);
        assert!((steep.extrapolated - 2.0 / 6.0).abs() < 1e-12 && steep.relative_error > 4.0);
        // A figure that has changed its sign may go on.
        assert_eq!(on(1.0, -1.0).extrapolated, -3.0);
    }
}
