//! Numbers of two precisions, and blocks of eight that move together.

use std::ops::{Add, AddAssign, Mul, Sub};

/// Numbers side by side.
pub(crate) const LANES: usize = 8;

/// Lanes that a block of so many elements uses.
pub(crate) const MASKS: [[f32; LANES]; LANES + 1] = masks();

const fn masks() -> [[f32; LANES]; LANES + 1] {
    let mut masks = [[0.0; LANES]; LANES + 1];
    let mut n = 0;
    while n <= LANES {
        let mut lane = 0;
        while lane < n {
            masks[n][lane] = 1.0;
            lane += 1;
        }
        n += 1;
    }
    masks
}

/// A floating-point number: `f32` inside the preconditioner, `f64` outside.
pub(crate) trait Real:
    Copy
    + Default
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + AddAssign
{
    /// From single precision.
    fn single(x: f32) -> Self;
    /// From double precision, rounded.
    fn from_f64(x: f64) -> Self;
}

/// A number that another precision computes with.
pub(crate) trait As<T>: Copy + Send + Sync {
    /// The same number.
    fn as_(self) -> T;
}

impl As<f32> for f32 {
    #[inline(always)]
    fn as_(self) -> f32 {
        self
    }
}

impl As<f64> for f32 {
    #[inline(always)]
    fn as_(self) -> f64 {
        f64::from(self)
    }
}

impl As<f64> for f64 {
    #[inline(always)]
    fn as_(self) -> f64 {
        self
    }
}

impl Real for f32 {
    #[inline(always)]
    fn single(x: f32) -> Self {
        x
    }
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x as f32
    }
}

impl Real for f64 {
    #[inline(always)]
    fn single(x: f32) -> Self {
        f64::from(x)
    }
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x
    }
}
