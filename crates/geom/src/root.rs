//! Zeros of functions that are asked one place at a time.

/// Steps by secants alone.
const SECANTS: usize = 6;

/// The search for a zero between 0 and 1 by the Illinois rule: a secant, where the end that stays
/// twice counts half. What is not found soon lies at a crease: from then on steps halve.
///
/// It asks nothing itself, so that many searches can have their places asked in one call.
#[derive(Clone, Copy, Debug)]
pub struct RootSearch {
    /// The two places between which the zero lies, and the values there.
    ends: [f64; 2],
    values: [f64; 2],
    /// Which of them moved last.
    last: Option<usize>,
    at: f64,
    count: usize,
}

impl RootSearch {
    /// The search for the zero of a function with these values at 0 and 1, from a guess on.
    pub fn new(values: [f64; 2], guess: f64) -> Self {
        Self { ends: [0.0, 1.0], values, last: None, at: guess, count: 0 }
    }

    /// The best guess so far.
    pub fn at(&self) -> f64 {
        self.at
    }

    /// Takes the value at the guess and makes a better one; `false` where there is none.
    pub fn narrow(&mut self, value: f64) -> bool {
        let own = usize::from((value < 0.0) != (self.values[0] < 0.0));
        (self.ends[own], self.values[own]) = (self.at, value);
        if self.last == Some(own) {
            self.values[1 - own] *= 0.5;
        }
        self.last = Some(own);
        let ([a, b], [fa, fb]) = (self.ends, self.values);
        self.count += 1;
        let rise = fb - fa;
        if self.count > SECANTS || !rise.is_finite() {
            self.at = 0.5 * (a + b);
        } else if rise != 0.0 {
            self.at = (a - fa * (b - a) / rise).clamp(a, b);
        }
        rise != 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place where `f` is zero to 1e-12, and the steps that it took.
    fn root(f: impl Fn(f64) -> f64) -> (f64, usize) {
        let mut search = RootSearch::new([f(0.0), f(1.0)], 0.5);
        for count in 0..60 {
            let value = f(search.at());
            if value.abs() < 1e-12 || !search.narrow(value) {
                return (search.at(), count);
            }
        }
        (search.at(), 60)
    }

    #[test]
    fn it_finds_zeros_of_curves_and_creases_from_either_side() {
        for sign in [-1.0, 1.0] {
            let (at, count) = root(|t| sign * (t * t * t - 0.2));
            assert!((at - 0.2f64.cbrt()).abs() < 1e-11 && count < 12, "{at} {count}");
            let (at, count) = root(|t| sign * (t - 0.3).min(20.0 * (t - 0.3)));
            assert!((at - 0.3).abs() < 1e-11 && count < 50, "{at} {count}");
        }
    }

    /// A value beyond all numbers says on which side the zero lies, and no more.
    #[test]
    fn an_end_without_bound_only_halves() {
        for (ends, guess) in [([f64::NEG_INFINITY, 0.3], 0.999), ([-0.7, f64::INFINITY], 0.001)] {
            let mut search = RootSearch::new(ends, guess);
            for _ in 0..60 {
                search.narrow(search.at() - 0.7);
            }
            assert!((search.at() - 0.7).abs() < 1e-12, "{}", search.at());
        }
    }

    #[test]
    fn a_constant_ends_the_search() {
        assert!(!RootSearch::new([1.0, 1.0], 0.5).narrow(1.0));
    }
}
