//! The planner by itself, a rule a row: what it makes of what both sides showed and the ledger knows. What a whole session
//! does stands in the stories (`scenarios`, `meetings`) and in the storms.

mod changes;
mod checks;
mod copies;
mod decisions;
mod guests;
mod limits;
mod merges;
mod moved;
mod parts;
mod plans;
mod projections;
mod rolled;
mod texts;
mod twins;
