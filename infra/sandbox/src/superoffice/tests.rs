//! Stories through the router.
