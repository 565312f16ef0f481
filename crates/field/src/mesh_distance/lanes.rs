//! Eight numbers at a time, in either precision.

use std::ops::{Add, Mul, Neg, Sub};

/// Samples that are measured together: a cube of 2³.
pub const LANES: usize = 8;

/// A number of either precision.
pub trait Real:
    Copy
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + Send
{
    /// Rounds.
    fn of(v: f64) -> Self;
    /// `self · a + b`, rounded once.
    fn fma(self, a: Self, b: Self) -> Self;
    /// Rounds to single.
    fn single(self) -> f32;
}

impl Real for f32 {
    #[inline(always)]
    fn of(v: f64) -> Self {
        v as f32
    }
    #[inline(always)]
    fn fma(self, a: Self, b: Self) -> Self {
        self.mul_add(a, b)
    }
    #[inline(always)]
    fn single(self) -> f32 {
        self
    }
}
impl Real for f64 {
    #[inline(always)]
    fn of(v: f64) -> Self {
        v
    }
    #[inline(always)]
    fn fma(self, a: Self, b: Self) -> Self {
        self.mul_add(a, b)
    }
    #[inline(always)]
    fn single(self) -> f32 {
        self as f32
    }
}

/// Eight numbers that go through the same arithmetic.
#[derive(Clone, Copy)]
#[repr(align(32))]
pub struct Lanes<T>(pub [T; LANES]);

impl<T: Real> Lanes<T> {
    #[inline(always)]
    pub fn all(v: f64) -> Self {
        Self([T::of(v); LANES])
    }
    #[inline(always)]
    pub fn each(f: impl Fn(usize) -> T) -> Self {
        let mut out = [T::of(0.0); LANES];
        for l in 0..LANES {
            out[l] = f(l);
        }
        Self(out)
    }
    #[inline(always)]
    pub fn less(self, b: T) -> Self {
        Self::each(|l| self.0[l] - b)
    }
    #[inline(always)]
    pub fn times(self, b: Self) -> Self {
        Self::each(|l| self.0[l] * b.0[l])
    }
    /// `self - t · e`.
    #[inline(always)]
    pub fn less_times(self, t: Self, e: T) -> Self {
        Self::each(|l| (-t.0[l]).fma(e, self.0[l]))
    }
    #[inline(always)]
    pub fn dot(v: &[Self; 3], w: [T; 3]) -> Self {
        Self::each(|l| v[2].0[l].fma(w[2], v[1].0[l].fma(w[1], v[0].0[l] * w[0])))
    }
    #[inline(always)]
    pub fn square(v: &[Self; 3]) -> Self {
        let [x, y, z] = v;
        Self::each(|l| z.0[l].fma(z.0[l], y.0[l].fma(y.0[l], x.0[l] * x.0[l])))
    }
    #[inline(always)]
    pub fn min(self, b: Self) -> Self {
        Self::each(|l| if b.0[l] < self.0[l] { b.0[l] } else { self.0[l] })
    }
    #[inline(always)]
    pub fn max(self, b: Self) -> Self {
        Self::each(|l| if b.0[l] > self.0[l] { b.0[l] } else { self.0[l] })
    }
    /// The lower of both where `depth` is at least `limit`, else `self`.
    #[inline(always)]
    pub fn min_where(self, b: Self, depth: Self, limit: T) -> Self {
        Self::each(|l| {
            let b = if depth.0[l] >= limit { b.0[l] } else { self.0[l] };
            if b < self.0[l] { b } else { self.0[l] }
        })
    }
    /// Square roots, rounded up.
    #[inline(always)]
    pub fn roots(&self) -> Lanes<f32> {
        Lanes::each(|l| self.0[l].single().sqrt() * 1.000_01)
    }
    #[inline(always)]
    pub fn largest(&self) -> T {
        let v = &self.0;
        let pick = |a: T, b: T| if a > b { a } else { b };
        let half = [pick(v[0], v[4]), pick(v[1], v[5]), pick(v[2], v[6]), pick(v[3], v[7])];
        pick(pick(half[0], half[2]), pick(half[1], half[3]))
    }
}
