//! Vertices at the same place become one.

const FREE: u32 = u32::MAX;

/// Finds the number of a place that was seen before; places are equal where all bits are.
pub(crate) struct Welder {
    /// Open addressing, a power of two long, at most half full.
    slots: Vec<u32>,
    keys: Vec<[u64; 3]>,
}

impl Welder {
    pub fn new() -> Self {
        Self { slots: vec![FREE; 1024], keys: Vec::new() }
    }

    /// The number of this place: a new one, next in order, where it was not seen before.
    pub fn number(&mut self, place: [f64; 3]) -> u32 {
        // Adding zero makes one of both zeros.
        let key = place.map(|v| (v + 0.0).to_bits());
        if 2 * self.keys.len() >= self.slots.len() {
            self.grow();
        }
        let slot = self.slot(&key);
        if self.slots[slot] == FREE {
            self.slots[slot] = self.keys.len() as u32;
            self.keys.push(key);
        }
        self.slots[slot]
    }

    /// All places, by number.
    pub fn places(self) -> Vec<[f64; 3]> {
        self.keys.into_iter().map(|key| key.map(f64::from_bits)).collect()
    }

    fn slot(&self, key: &[u64; 3]) -> usize {
        let mask = self.slots.len() - 1;
        let mut h = key.iter().fold(0x9E37_79B9_7F4A_7C15u64, |h, &k| {
            (h ^ k).wrapping_mul(0xD6E8_FEB8_6659_FD93).rotate_left(29)
        });
        h = (h ^ h >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        let mut at = (h >> 20) as usize & mask;
        while self.slots[at] != FREE && self.keys[self.slots[at] as usize] != *key {
            at = (at + 1) & mask;
        }
        at
    }

    fn grow(&mut self) {
        self.slots = vec![FREE; 2 * self.slots.len()];
        for n in 0..self.keys.len() {
            let slot = self.slot(&self.keys[n]);
            self.slots[slot] = n as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_places_share_a_number() {
        let mut welder = Welder::new();
        let place = |n: usize| [n as f64 * 0.1, -(n as f64), 3.0];
        for n in 0..5000 {
            assert_eq!(welder.number(place(n)), n as u32);
        }
        assert!((0..5000).all(|n| welder.number(place(n)) == n as u32));
        assert_eq!(welder.number([-0.0, 0.0, 3.0]), 0);
        assert_eq!(welder.places().len(), 5000);
    }
}
