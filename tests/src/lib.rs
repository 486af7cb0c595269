//! The integration tests of the workspace live in `all.rs` beside this folder.
