//! A lower jaw in balance: muscles pull it up, a tooth and both joints hold it down.
//!
//! More muscles pull than balance needs: eighteen activations and the joints' forces stand against
//! six equations. Of all that balance a bite, the one with the least sum of squared activations is
//! taken. An activation is a muscle's stress relative to its greatest, so this is the least sum of
//! squared stresses (Crowninshield and Brand, J. Biomech. 14 (1981) 793-801, who discuss the power).
//! Least effort matched the electromyograms of molar bites of six subjects with slopes of 0.89 to
//! 1.16 (Nickel et al., J. Dent. Res. 82 (2003) 212-217). It is an estimate: it lets no muscle pull
//! against another without need, and so loads the joints less than a clench that stiffens them.
//!
//! A joint only pushes, without friction, along the transverse axis not at all: straight down from
//! the roof of its socket, or leaning back from the slope in front, as steep as that slope. Slopes
//! of healthy sides are 46 +- 7 degrees (Santana-Mora et al., PLoS ONE 8 (2013) e59980); 45 are taken.

use nalgebra::{DMatrix, DVector};

use crate::least_squares::{Unsettled, bounded};

/// Both pushes that bound those of a joint: down, and down and back as from a slope of 45 degrees.
const PUSHES: [[f64; 3]; 2] =
    [[0.0, 0.0, -1.0], [0.0, std::f64::consts::FRAC_1_SQRT_2, -std::f64::consts::FRAC_1_SQRT_2]];
/// Forces and lengths of the size that occurs: the rows of the equations are then alike.
const UNIT_N: f64 = 100.0;
const UNIT_MM: f64 = 50.0;
/// Weight of balance against effort. What it leaves unbalanced falls with its square.
const WEIGHT: f64 = 1e4;
/// More than this part of the unit is no balance.
const UNBALANCED_MAX: f64 = 1e-5;
/// Halvings on the way to the greatest bite.
const HALVING_COUNT: usize = 40;

/// A muscle on its attachment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pull {
    /// Where it pulls, mm.
    pub place_mm: [f64; 3],
    /// Its greatest force, N.
    pub greatest_n: [f64; 3],
}

/// A jaw between muscles, joints and one tooth; x to the left, y to the back, z to the head.
#[derive(Clone, Debug, PartialEq)]
pub struct Lever {
    /// Muscles.
    pub pulls: Vec<Pull>,
    /// Both joints, mm.
    pub condyles_mm: [[f64; 3]; 2],
    /// The tooth, mm: what it bites on pushes it straight down.
    pub tooth_mm: [f64; 3],
}

/// A bite in balance.
#[derive(Clone, Debug, PartialEq)]
pub struct Balance {
    /// Force of the bite, N.
    pub bite_n: f64,
    /// Activation from 0 to 1 of each muscle.
    pub activations: Vec<f64>,
    /// What each joint does to its condyle, N.
    pub condyles_n: [[f64; 3]; 2],
}

impl Lever {
    /// The balance of least effort under this bite; `None` where no activations hold it.
    ///
    /// # Errors
    /// [`Unsettled`] where rounding keeps the search from its end.
    pub fn least_effort(&self, bite_n: f64) -> Result<Option<Balance>, Unsettled> {
        let muscle_count = self.pulls.len();
        let columns = self.columns();
        let count = columns.len();
        let tooth = wrench(self.tooth_mm, [0.0, 0.0, -bite_n]);
        let effort = |row: usize, n: usize| if row == n { 1.0 } else { 0.0 };
        let rows = DMatrix::from_fn(6 + muscle_count, count, |row, n| match row {
            0..6 => WEIGHT * columns[n][row],
            _ => effort(row - 6, n),
        });
        let right = DVector::from_fn(6 + muscle_count, |row, _| match row {
            0..6 => -WEIGHT * tooth[row],
            _ => 0.0,
        });
        let high = |n: usize| if n < muscle_count { 1.0 } else { f64::INFINITY };
        let bounds: Vec<[f64; 2]> = (0..count).map(|n| [0.0, high(n)]).collect();
        let found = bounded(&rows, &right, &bounds)?;
        let left_over = (rows * &found - right).rows(0, 6).amax() / WEIGHT;
        let push = |condyle: usize| {
            let part = |ray: usize| UNIT_N * found[muscle_count + 2 * condyle + ray];
            [0, 1, 2].map(|axis| (0..2).map(|ray| part(ray) * PUSHES[ray][axis]).sum())
        };
        Ok((left_over <= UNBALANCED_MAX).then(|| Balance {
            bite_n,
            activations: found.iter().take(muscle_count).copied().collect(),
            condyles_n: [push(0), push(1)],
        }))
    }

    /// The greatest bite up to `bite_n_max`, with least effort; `None` where there is none at all.
    ///
    /// # Errors
    /// [`Unsettled`] where rounding keeps the search from its end.
    pub fn greatest_bite(&self, bite_n_max: f64) -> Result<Option<Balance>, Unsettled> {
        if let Some(balance) = self.least_effort(bite_n_max)? {
            return Ok(Some(balance));
        }
        let (mut held, mut low, mut high) = (None, 0.0, bite_n_max);
        for _ in 0..HALVING_COUNT {
            let bite_n = 0.5 * (low + high);
            match self.least_effort(bite_n)? {
                Some(balance) => (held, low) = (Some(balance), bite_n),
                None => high = bite_n,
            }
        }
        // What passes for balance without muscles is no bite.
        Ok(held.filter(|balance| balance.bite_n > UNIT_N * UNBALANCED_MAX.sqrt()))
    }

    /// Force and moment of each muscle in full, then of both pushes of each joint.
    fn columns(&self) -> Vec<[f64; 6]> {
        let muscles = self.pulls.iter().map(|pull| wrench(pull.place_mm, pull.greatest_n));
        let both = |place: &[f64; 3]| PUSHES.map(|push| wrench(*place, push.map(|p| UNIT_N * p)));
        muscles.chain(self.condyles_mm.iter().flat_map(both)).collect()
    }
}

/// A force and its moment about the origin, in the units of the equations.
fn wrench([x, y, z]: [f64; 3], force_n: [f64; 3]) -> [f64; 6] {
    let [fx, fy, fz] = force_n.map(|f| f / UNIT_N);
    let moment = [y * fz - z * fy, z * fx - x * fz, x * fy - y * fx].map(|m| m / UNIT_MM);
    [fx, fy, fz, moment[0], moment[1], moment[2]]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Condyles 100 mm apart; pairs of muscles so far before them, pulling straight up.
    fn lever(pairs: &[(f64, f64)], tooth_mm: [f64; 3]) -> Lever {
        let both = |&(arm_mm, newton): &(f64, f64)| {
            [-50.0, 50.0]
                .map(|x| Pull { place_mm: [x, -arm_mm, -30.0], greatest_n: [0.0, 0.0, newton] })
        };
        let condyles_mm = [[-50.0, 0.0, 0.0], [50.0, 0.0, 0.0]];
        Lever { pulls: pairs.iter().flat_map(both).collect(), condyles_mm, tooth_mm }
    }

    #[track_caller]
    fn near(is: f64, wanted: f64) {
        assert!((is - wanted).abs() < 1e-5 * wanted.abs().max(1.0), "{is} for {wanted}");
    }

    #[test]
    fn one_pair_of_muscles_is_a_lever() {
        // 200 N at 90 mm against 2 a 400 N at 30 mm: a = 0.75; the joints push down 2 x 200 N.
        let jaw = lever(&[(30.0, 400.0)], [0.0, -90.0, -40.0]);
        let balance = jaw.least_effort(200.0).unwrap().unwrap();
        balance.activations.iter().for_each(|&a| near(a, 0.75));
        for [x, y, z] in balance.condyles_n {
            near(x, 0.0);
            near(y, 0.0);
            near(z, -200.0);
        }
        // In full they hold 2 x 400 x 30 / 90 N.
        let most = jaw.greatest_bite(1_000.0).unwrap().unwrap();
        near(most.bite_n, 800.0 / 3.0);
        near(jaw.greatest_bite(250.0).unwrap().unwrap().bite_n, 250.0);
        assert_eq!(jaw.least_effort(270.0).unwrap(), None);
    }

    #[test]
    fn muscles_share_by_force_and_arm() {
        // Least squares under one equation of moments: a_i = B d F_i d_i / sum (F d)^2 of all.
        let jaw = lever(&[(30.0, 200.0), (15.0, 300.0)], [0.0, -60.0, 0.0]);
        let balance = jaw.least_effort(100.0).unwrap().unwrap();
        let turning: [f64; 2] = [30.0 * 200.0, 15.0 * 300.0];
        let all = 2.0 * turning.iter().map(|t| t * t).sum::<f64>();
        for (n, &activation) in balance.activations.iter().enumerate() {
            near(activation, 100.0 * 60.0 * turning[n / 2] / all);
        }
    }

    #[test]
    fn a_bite_on_one_side_is_held_by_both() {
        // By hand: with pushes straight down, moments about x give 2 x 30 N m of both muscles
        // together, moments about y share the rest between the joints.
        let jaw = lever(&[(30.0, 400.0)], [-25.0, -60.0, 0.0]);
        let balance = jaw.least_effort(150.0).unwrap().unwrap();
        let [right, left] = [0, 1].map(|n| balance.activations[n] * 400.0);
        near(right + left, 150.0 * 60.0 / 30.0);
        let [r, l] = balance.condyles_n.map(|push| push[2]);
        near(right + left + r + l, 150.0);
        near(-50.0 * (right + r) + 50.0 * (left + l), -25.0 * 150.0);
    }

    #[test]
    fn a_jaw_that_would_leave_its_joints_holds_nothing() {
        // The tooth behind the muscles: the joints would have to pull.
        let behind = lever(&[(60.0, 400.0)], [0.0, -30.0, 0.0]);
        assert_eq!(behind.least_effort(100.0).unwrap(), None);
        assert_eq!(behind.greatest_bite(100.0).unwrap(), None);
        let none = lever(&[], [0.0, -30.0, 0.0]);
        assert_eq!(none.greatest_bite(100.0).unwrap(), None);
    }

    /// Eighteen muscles about where they are, moved about by up to 6 mm and turned.
    fn any_jaw(seed: u64) -> Lever {
        let mut state = seed;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        let pull = |n: usize| {
            let (side, row) = ([-1.0, 1.0][n % 2], (n / 2) as f64);
            let place_mm =
                [side * 45.0 + 6.0 * draw(), -15.0 - 3.0 * row + 6.0 * draw(), -40.0 + 4.0 * row];
            Pull { place_mm, greatest_n: [60.0 * draw(), 60.0 * draw(), 120.0 + 60.0 * draw()] }
        };
        let pulls = (0..18).map(pull).collect();
        let condyles_mm = [[-48.0, 0.0, 0.0], [48.0, 0.0, 0.0]];
        Lever { pulls, condyles_mm, tooth_mm: [-25.0, -55.0, -35.0] }
    }

    /// Karush, Kuhn, Tucker: with the multipliers `m` of the six equations, an activation inside its
    /// bounds is `-m . column`, one on a bound lies beyond it, and no push of a joint would pay.
    #[test]
    fn no_other_activations_hold_the_bite_with_less_effort() {
        let mut bounded = 0;
        for seed in 0..60 {
            let jaw = any_jaw(seed);
            let Some(balance) = jaw.least_effort(450.0).unwrap() else { continue };
            let columns = jaw.columns();
            let push = |n: usize| {
                let [_, back, down] = balance.condyles_n[n / 2].map(|p| p / UNIT_N);
                if n.is_multiple_of(2) { -down - back } else { back }
            };
            let value = |n: usize| match n {
                0..18 => balance.activations[n],
                _ => push(n - 18),
            };
            let inside = |n: &usize| {
                let high = if *n < 18 { 1.0 } else { f64::INFINITY };
                value(*n) > 1e-6 && value(*n) < high - 1e-6
            };
            let inner: Vec<usize> = (0..22).filter(inside).collect();
            let rows = DMatrix::from_fn(inner.len(), 6, |row, n| columns[inner[row]][n]);
            let right = |row: usize| if inner[row] < 18 { -value(inner[row]) } else { 0.0 };
            let right = DVector::from_fn(inner.len(), |row, _| right(row));
            let m = rows.svd(true, true).solve(&right, 1e-12).unwrap();
            for n in 0..22 {
                let pays = -(0..6).map(|k| m[k] * columns[n][k]).sum::<f64>();
                match (n < 18, value(n)) {
                    (true, a) if inside(&n) => assert!((a - pays).abs() < 1e-5, "{a} for {pays}"),
                    (true, a) if a > 0.5 => assert!(pays > 1.0 - 1e-5, "full: {pays}"),
                    (true, _) => assert!(pays < 1e-5, "at rest: {pays}"),
                    (false, _) => assert!(pays < 1e-5, "a joint would push: {pays}"),
                }
                bounded += usize::from(!inside(&n));
            }
        }
        assert!(bounded > 100, "bounds were met: {bounded}");
    }
}
