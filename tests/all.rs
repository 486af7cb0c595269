//! One test binary: every module is a way of proving the product.

mod decisions;
mod merges;
mod scenarios;
mod tidy;
mod world;
