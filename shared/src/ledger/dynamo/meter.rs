//! Counts what the table charges for, for those who want to know. Tests hold the promises about cost with it.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::types::ConsumedCapacity;

use super::Dynamo;

/// What was consumed since the meter was last read.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Consumed {
    /// Calls that read.
    pub reads: u32,
    /// Read request units.
    pub read_units: f64,
    /// Calls that write, refused ones included.
    pub writes: u32,
    /// Write request units; those of refused writes are not told by the table and count as one.
    pub write_units: f64,
}

/// A meter on a ledger.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Mutex<Consumed>>);

impl Meter {
    /// What was consumed since this was last asked.
    pub fn take(&self) -> Consumed {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, more: impl FnOnce(&mut Consumed)) {
        more(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Dynamo {
    pub(super) fn count_read(&self, consumed: Option<&ConsumedCapacity>) {
        let Some(meter) = &self.meter else { return };
        meter.add(|sum| {
            sum.reads += 1;
            sum.read_units += units(consumed);
        });
    }

    pub(super) fn count_write(&self, consumed: Option<&ConsumedCapacity>) {
        let Some(meter) = &self.meter else { return };
        meter.add(|sum| {
            sum.writes += 1;
            sum.write_units += units(consumed);
        });
    }

    pub(super) fn count_refusal(&self) {
        let Some(meter) = &self.meter else { return };
        meter.add(|sum| {
            sum.writes += 1;
            sum.write_units += 1.0;
        });
    }
}

fn units(consumed: Option<&ConsumedCapacity>) -> f64 {
    consumed
        .and_then(ConsumedCapacity::capacity_units)
        .unwrap_or_default()
}
