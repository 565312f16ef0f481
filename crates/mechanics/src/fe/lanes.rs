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

    /// Adds to the first eight of a slice.
    #[inline(always)]
    pub fn add_to(self, to: &mut [T]) {
        let array: &mut [T; LANES] = (&mut to[..LANES]).try_into().expect("eight numbers");
        for n in 0..LANES {
            array[n] += self.0[n];
        }
    }

    /// Each number one lane higher, `first` in the lowest lane.
    #[inline(always)]
    pub fn shifted(self, first: T) -> Self {
        let [a, b, c, d, e, f, g, _] = self.0;
        Self([first, a, b, c, d, e, f, g])
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
