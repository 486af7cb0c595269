//! Chance from a seed: one stream per concern, so that leaving out one thing does not change what chance says of others.

/// A stream of numbers that repeats itself for the same seed and concern.
#[derive(Debug, Clone)]
pub struct Stream(u64);

impl Stream {
    /// The stream of one concern.
    pub fn of(seed: u64, concern: u64) -> Self {
        let mut stream = Self(seed ^ concern.wrapping_mul(0xd6e8_feb8_6659_fd93));
        stream.draw();
        Self(stream.draw() ^ concern)
    }

    /// The next number (splitmix64).
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is at least one.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound
    }

    /// An index into something with so many entries.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or_default()
    }

    /// Milliseconds from a range.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let width = u64::try_from(most - least).unwrap_or_default() + 1;
        least + i64::try_from(self.below(width)).unwrap_or_default()
    }

    /// True in so many of a thousand cases.
    pub fn permille(&mut self, chances: u64) -> bool {
        self.below(1000) < chances
    }
}
