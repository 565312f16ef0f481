//! Eight numbers that move together: plain arithmetic that compiles to vector instructions.

use std::ops::{Add, AddAssign, Mul, Sub};

/// Numbers side by side.
pub(crate) const LANES: usize = 8;

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
    fn double(x: f64) -> Self;
}

impl Real for f32 {
    #[inline(always)]
    fn single(x: f32) -> Self {
        x
    }
    #[inline(always)]
    fn double(x: f64) -> Self {
        x as f32
    }
}

impl Real for f64 {
    #[inline(always)]
    fn single(x: f32) -> Self {
        f64::from(x)
    }
    #[inline(always)]
    fn double(x: f64) -> Self {
        x
    }
}

/// Eight numbers.
#[derive(Clone, Copy, Default)]
pub(crate) struct Lanes<T>(pub [T; LANES]);

impl<T: Real> Lanes<T> {
    /// The same number in each lane.
    #[inline(always)]
    pub fn all(x: T) -> Self {
        Self([x; LANES])
    }

    /// The first eight of a slice.
    #[inline(always)]
    pub fn load(from: &[T]) -> Self {
        let array: &[T; LANES] = from[..LANES].try_into().expect("eight numbers");
        Self(*array)
    }

    /// The first eight single-precision numbers of a slice.
    #[inline(always)]
    pub fn load_single(from: &[f32]) -> Self {
        let array: &[f32; LANES] = from[..LANES].try_into().expect("eight numbers");
        Self(array.map(T::single))
    }

    /// Writes to the first eight of a slice.
    #[inline(always)]
    pub fn store(self, to: &mut [T]) {
        let array: &mut [T; LANES] = (&mut to[..LANES]).try_into().expect("eight numbers");
        *array = self.0;
    }
}

macro_rules! lanewise {
    ($trait:ident, $verb:ident, $op:tt) => {
        impl<T: Real> $trait for Lanes<T> {
            type Output = Self;
            #[inline(always)]
            fn $verb(self, other: Self) -> Self {
                let mut out = self.0;
                for n in 0..LANES {
                    out[n] = self.0[n] $op other.0[n];
                }
                Self(out)
            }
        }
    };
}
lanewise!(Add, add, +);
lanewise!(Sub, sub, -);
lanewise!(Mul, mul, *);
