//! Level functions of triply periodic surfaces, as sums of products of one wave per axis.
//!
//! Along a row of samples only the waves of x change, so any such function costs four products a
//! sample, whatever its formula.

use std::f64::consts::TAU;

use ossein_geom::float;

/// A function of one coordinate with period `2 pi`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wave {
    /// One everywhere.
    One,
    /// Sine.
    Sin,
    /// Cosine.
    Cos,
    /// Sine of the double angle.
    Sin2,
    /// Cosine of the double angle.
    Cos2,
}

/// A factor and the waves along x, y and z.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term(pub f64, pub [Wave; 3]);

/// A triply periodic level function: the sum of its terms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelSet {
    /// The terms.
    pub terms: &'static [Term],
    /// Lowest and highest value (to 1e-3, rounded outwards).
    pub extremes: [f64; 2],
    /// Upper bound of the gradient's length, per radian.
    pub gradient_max: f64,
    /// Solid fractions between which `F < c` is one piece in all three directions, and so is what
    /// it leaves open (facts D3.8).
    pub connected: [f64; 2],
    /// Samples per period between which its distance is linear to 2 % of half a wall of a
    /// twentieth: more where it bends sharply.
    pub sample_count: usize,
}

/// Values of the five waves in the order of [`Wave`], or factors of them.
pub(super) type Waves = [f64; 5];

/// Sines and cosines of an angle in radians.
#[inline(always)]
pub(super) fn waves(angle: f64) -> Waves {
    let (s, c) = float::sin_cos(angle);
    [1.0, s, c, 2.0 * s * c, (c - s) * (c + s)]
}

/// Their derivatives.
#[inline(always)]
pub(super) fn slopes(w: &Waves) -> Waves {
    [0.0, w[2], -w[1], 2.0 * w[4], -2.0 * w[3]]
}

impl LevelSet {
    /// The value at angles in radians.
    pub fn value(&self, at: [f64; 3]) -> f64 {
        let [x, y, z] = at.map(waves);
        dot(&self.row(&y, &z), &x)
    }

    /// The value and its gradient per radian.
    pub fn value_and_gradient(&self, at: [f64; 3]) -> (f64, [f64; 3]) {
        let [x, y, z] = at.map(waves);
        let along = self.row(&y, &z);
        let gradient = [
            dot(&along, &slopes(&x)),
            dot(&self.row(&slopes(&y), &z), &x),
            dot(&self.row(&y, &slopes(&z)), &x),
        ];
        (dot(&along, &x), gradient)
    }

    /// Factors of the waves of x, for given waves of y and z.
    #[inline(always)]
    pub(super) fn row(&self, y: &Waves, z: &Waves) -> Waves {
        let mut factors = [0.0; 5];
        for Term(factor, [a, b, c]) in self.terms {
            factors[*a as usize] += factor * y[*b as usize] * z[*c as usize];
        }
        factors
    }

    /// Whether double angles occur along x.
    pub(super) fn has_double(&self) -> bool {
        self.terms.iter().any(|t| matches!(t.1[0], Wave::Sin2 | Wave::Cos2))
    }
}

/// Factors of the waves of x whose sum is the derivative along x.
pub(super) fn slope_factors(f: &Waves) -> Waves {
    [0.0, -f[2], f[1], -2.0 * f[4], 2.0 * f[3]]
}

#[inline(always)]
pub(super) fn dot(a: &Waves, b: &Waves) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3] + a[4] * b[4]
}

/// The waves along a row of samples, each in its own array.
pub(super) struct WaveRow {
    sin: Vec<f32>,
    cos: Vec<f32>,
    sin2: Vec<f32>,
    cos2: Vec<f32>,
}

impl WaveRow {
    /// At `count` places `step` apart from `start`, all in periods.
    pub(super) fn new(start: f64, step: f64, count: usize) -> Self {
        let all = axis_waves(start, step, count);
        let pick = |n: usize| all.iter().map(|w| w[n] as f32).collect();
        Self { sin: pick(1), cos: pick(2), sin2: pick(3), cos2: pick(4) }
    }

    /// Writes the sum of waves times factors.
    #[inline(always)]
    pub(super) fn write(&self, factors: &Waves, double: bool, values: &mut [f32]) {
        let [a, b, c, d, e] = factors.map(|f| f as f32);
        let n = values.len();
        let (sin, cos) = (&self.sin[..n], &self.cos[..n]);
        if !double {
            for i in 0..n {
                values[i] = a + b * sin[i] + c * cos[i];
            }
            return;
        }
        let (sin2, cos2) = (&self.sin2[..n], &self.cos2[..n]);
        for i in 0..n {
            values[i] = a + b * sin[i] + c * cos[i] + d * sin2[i] + e * cos2[i];
        }
    }
}

/// The waves at `count` places `step` apart from `start`, all in periods.
pub(super) fn axis_waves(start: f64, step: f64, count: usize) -> Vec<Waves> {
    (0..count).map(|n| waves((start + step * n as f64) * TAU)).collect()
}
