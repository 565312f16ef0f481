//! Eight numbers that move together: plain arithmetic that compiles to vector instructions.

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
}

impl Real for f64 {
    #[inline(always)]
    fn single(x: f32) -> Self {
        f64::from(x)
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
    pub fn load<I: As<T>>(from: &[I]) -> Self {
        let array: &[I; LANES] = from[..LANES].try_into().expect("eight numbers");
        let mut lanes = Self::default();
        for n in 0..LANES {
            lanes.0[n] = array[n].as_();
        }
        lanes
    }

    /// Adds to the first eight of a slice.
    #[inline(always)]
    pub fn add_to(self, to: &mut [T]) {
        let array: &mut [T; LANES] = (&mut to[..LANES]).try_into().expect("eight numbers");
        for n in 0..LANES {
            array[n] += self.0[n];
        }
    }
}

impl Lanes<f32> {
    /// The same numbers in the precision of a computation.
    #[inline(always)]
    pub fn widened<T: Real>(self) -> Lanes<T> {
        let mut lanes = Lanes::default();
        for n in 0..LANES {
            lanes.0[n] = T::single(self.0[n]);
        }
        lanes
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
