//! Why a pass ended before its end, and whose failure it was.

use crate::connector::Error;
use crate::ledger;
use crate::side::{Both, Side};

/// Why a pass ended early.
#[derive(Debug)]
pub(super) enum Failure {
    /// One side or both did not do as asked.
    Sides(Both<Option<Error>>),
    /// The ledger did not.
    Ledger(ledger::Error),
}

impl Failure {
    /// One side did not do as asked.
    pub(super) fn of(side: Side, error: Error) -> Self {
        let mut errors = Both::default();
        *errors.on_mut(side) = Some(error);
        Self::Sides(errors)
    }
}

/// What both sides answered. When both fail, neither failure is forgotten: each may have asked to be left alone.
pub(super) fn of_both<C, M>(
    crm: Result<C, Error>,
    mailbox: Result<M, Error>,
) -> Result<(C, M), Failure> {
    match (crm, mailbox) {
        (Ok(crm), Ok(mailbox)) => Ok((crm, mailbox)),
        (crm, mailbox) => Err(Failure::Sides(Both {
            crm: crm.err(),
            mailbox: mailbox.err(),
        })),
    }
}

impl From<ledger::Error> for Failure {
    fn from(error: ledger::Error) -> Self {
        Self::Ledger(error)
    }
}
