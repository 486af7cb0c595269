//! Function sync.
