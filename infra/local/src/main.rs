//! The whole product on one machine.

fn main() {}
