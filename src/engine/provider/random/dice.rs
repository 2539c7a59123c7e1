//! Uniform choices out of random bytes: the world's, or those that grow from a seed.

use sha2::{Digest, Sha256};

use crate::engine::provider::World;

/// A source of choices.
pub(super) enum Dice<'a> {
    /// The world's chance.
    World(&'a (dyn Fn(&mut [u8]) + Sync)),
    /// Always the same for the same seed.
    Seeded {
        /// The seed's hash.
        seed: [u8; 32],
        /// How many blocks were taken.
        taken: u64,
    },
}

impl<'a> Dice<'a> {
    /// Dice that fall as the world lets them.
    pub(super) fn of(world: &World<'a>) -> Self {
        Dice::World(world.random)
    }

    /// Dice that grow from a seed when there is one.
    pub(super) fn seeded(world: &World<'a>, seed: Option<&str>) -> Self {
        match seed.filter(|seed| !seed.is_empty()) {
            Some(seed) => Dice::Seeded { seed: Sha256::digest(seed.as_bytes()).into(), taken: 0 },
            None => Dice::of(world),
        }
    }

    /// Fills a buffer.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) {
        match self {
            Dice::World(random) => random(buffer),
            Dice::Seeded { seed, taken } => {
                for chunk in buffer.chunks_mut(32) {
                    let mut hash = Sha256::new();
                    hash.update(*seed);
                    hash.update(taken.to_le_bytes());
                    *taken += 1;
                    chunk.copy_from_slice(&hash.finalize()[..chunk.len()]);
                }
            }
        }
    }

    /// A number below `limit`, each with the same chance; 0 when there is nothing to choose from.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        if limit < 2 {
            return 0;
        }
        // Numbers of the last, incomplete round would come up more often than the others.
        let fair = u64::MAX - u64::MAX % limit;
        for _ in 0..256 {
            let mut bytes = [0u8; 8];
            self.fill(&mut bytes);
            let number = u64::from_le_bytes(bytes);
            if number < fair {
                return number % limit;
            }
        }
        0
    }

    /// One of these; `None` when there are none.
    pub(super) fn pick<'b, T>(&mut self, from: &'b [T]) -> Option<&'b T> {
        let at = self.below(from.len() as u64);
        from.get(usize::try_from(at).unwrap_or(0))
    }

    /// Puts them into any order.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last as u64 + 1);
            items.swap(last, usize::try_from(other).unwrap_or(0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_spread_and_a_seed_repeats_them() {
        let seed = || Dice::Seeded { seed: Sha256::digest(b"x").into(), taken: 0 };
        let mut dice = seed();
        let mut counts = [0u32; 6];
        for _ in 0..6000 {
            counts[usize::try_from(dice.below(6)).unwrap()] += 1;
        }
        assert!(counts.iter().all(|count| (800..1200).contains(count)), "{counts:?}");
        let order = |mut dice: Dice<'_>| {
            let mut items: Vec<u32> = (0..20).collect();
            dice.shuffle(&mut items);
            items
        };
        assert_eq!(order(seed()), order(seed()));
        assert_ne!(order(seed()), (0..20).collect::<Vec<_>>());
        assert_eq!(seed().below(0), 0);
        assert_eq!(seed().pick::<u8>(&[]), None);
    }
}
