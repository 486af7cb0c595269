//! Function fanout.
