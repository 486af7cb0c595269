//! The library of the Synchronizer.
