//! The sandbox as a client meets it: through its router.
