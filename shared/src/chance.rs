//! Randomness as an argument: the one place that may ask the machine for it. Tests and simulations give a seed.
//!
//! Never used to decide what a session does: plans are the same for the same input.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use data_encoding::BASE64URL_NOPAD;
use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};

/// A source of random bytes. Cheap to clone; clones share the source.
#[derive(Clone)]
pub struct Chance(Source);

#[derive(Clone)]
enum Source {
    System(SystemRandom),
    Seeded { seed: u64, drawn: Arc<AtomicU64> },
}

impl std::fmt::Debug for Chance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chance").finish_non_exhaustive()
    }
}

impl Chance {
    /// The machine's source, fit for keys.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine"
    )]
    pub fn system() -> Self {
        Self(Source::System(SystemRandom::new()))
    }

    /// A source that repeats itself for the same seed. Only for tests.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded {
            seed,
            drawn: Arc::default(),
        })
    }

    /// `N` random bytes.
    ///
    /// # Panics
    /// When the machine has no randomness to give: nothing safe can be done then.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            Source::System(source) => source.fill(&mut bytes).expect("the machine's randomness"),
            Source::Seeded { seed, drawn } => {
                for chunk in bytes.chunks_mut(32) {
                    let mut hash = Sha256::new();
                    hash.update(seed.to_be_bytes());
                    hash.update(drawn.fetch_add(1, Ordering::SeqCst).to_be_bytes());
                    chunk.copy_from_slice(&hash.finalize()[..chunk.len()]);
                }
            }
        }
        bytes
    }

    /// A token nobody can guess: 256 bits as base64url, 43 characters.
    pub fn token(&self) -> String {
        BASE64URL_NOPAD.encode(&self.bytes::<32>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_another_does_not() {
        let drawn = |seed| {
            let chance = Chance::seeded(seed);
            (chance.token(), chance.token(), chance.bytes::<40>())
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        assert_ne!(drawn(1).0, drawn(1).1);
    }

    #[test]
    fn a_token_is_43_characters_fit_for_a_url() {
        let token = Chance::system().token();
        assert_eq!(token.len(), 43);
        assert!(
            token
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        );
    }
}
