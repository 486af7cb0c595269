//! Function portal.
