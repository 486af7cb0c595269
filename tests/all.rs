//! One test binary: every module is a way of proving the product.

mod scenarios;
mod tidy;
mod world;
