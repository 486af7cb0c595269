//! Deliberately broken engines: an oracle that has never failed proves nothing. Each switch is one fault that an engine
//! like ours could have (most are faults that ours had, or that others are known for); the storms must catch every one.
//!
//! A switch is set per thread by tests alone. Where debug assertions are off, as in every deployed build, nothing can be
//! set and `is` is the constant `false`.

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// A copy is created before anybody notes that it will be.
    NoIntent,
    /// A copy carries nothing by which it is known again.
    NoStamp,
    /// The stamp depends on the link, which a re-link changes.
    StampByLink,
    /// A write is made whatever stands there by now.
    NoExpectedVersion,
    /// The answer to a write is believed to be what was meant.
    ReplyNotCompared,
    /// The cursor advances before the effects.
    CursorBeforeEffects,
    /// The cursor advances past what was not done.
    CursorPastUnsettled,
    /// What is missing from a list is deleted.
    AbsenceIsDeletion,
    /// A deletion outlives an edit.
    DeletionBeatsEdit,
    /// What changed soon after a session is taken for our own write.
    EchoByTime,
    /// The lease is shorter than a request may take.
    LeaseTooShort,
    /// A copy that is not found is made again at once.
    NoGrace,
    /// Whoever held the lease before may still write rows.
    FenceIgnored,
    /// Nobody asks before many deletions.
    GuardOff,
    /// Deletions are counted when the session ends, should it end.
    DeletionsCountedLate,
    /// What leaves the window is deleted.
    WindowExitIsDeletion,
    /// An exception is known by where it is, not by where it was.
    ExceptionByCurrentStart,
    /// Both sides are measured by one fingerprint.
    OneFingerprint,
    /// What was deleted is forgotten.
    TombstonesForgotten,
    /// Nobody looks for what stands on both sides already.
    NoTwins,
    /// The last to write wins, whole record by whole record.
    ConflictsByClock,
    /// What loses is kept only after it was overwritten.
    JournalAfterOverwrite,
    /// An edit is taken for agreed while the other side cannot be read.
    UnreadableIsAgreed,
    /// What one side said while the other could not be read is not looked at when it can.
    UnreadableForgotten,
    /// A pair is taken for agreed although the write that makes it so failed.
    JoinAgreesTooSoon,
    /// An intent is left out until its next try, whatever shows up.
    IntentLeftOut,
    /// A message that is delivered twice gets the same lease twice.
    LeasePerMessage,
    /// A copy found for an intent is believed to be untouched.
    CopyUnseen,
    /// What a session saw before its predecessor ended is believed.
    StaleSightings,
    /// A session that took long writes without asking whether its lease is still its own.
    LeaseTrusted,
    /// What failed once is not tried again.
    NeverAgain,
    /// A side that asked us to wait is called.
    BackOffIgnored,
    /// As many requests at once as there are.
    AllAtOnce,
    /// What could not be read when it was first seen is never looked at again.
    UnreadableForever,
}

impl Broken {
    /// Every fault.
    pub const ALL: &[Self] = &[
        Self::NoIntent,
        Self::NoStamp,
        Self::StampByLink,
        Self::NoExpectedVersion,
        Self::ReplyNotCompared,
        Self::CursorBeforeEffects,
        Self::CursorPastUnsettled,
        Self::AbsenceIsDeletion,
        Self::DeletionBeatsEdit,
        Self::EchoByTime,
        Self::LeaseTooShort,
        Self::NoGrace,
        Self::FenceIgnored,
        Self::GuardOff,
        Self::DeletionsCountedLate,
        Self::WindowExitIsDeletion,
        Self::ExceptionByCurrentStart,
        Self::OneFingerprint,
        Self::TombstonesForgotten,
        Self::NoTwins,
        Self::ConflictsByClock,
        Self::JournalAfterOverwrite,
        Self::UnreadableIsAgreed,
        Self::UnreadableForgotten,
        Self::JoinAgreesTooSoon,
        Self::IntentLeftOut,
        Self::LeasePerMessage,
        Self::CopyUnseen,
        Self::StaleSightings,
        Self::LeaseTrusted,
        Self::NeverAgain,
        Self::BackOffIgnored,
        Self::AllAtOnce,
        Self::UnreadableForever,
    ];
}

#[cfg(debug_assertions)]
thread_local! {
    static SET: std::cell::Cell<Option<Broken>> = const { std::cell::Cell::new(None) };
}

/// True when the engine of this thread has the fault.
#[cfg(debug_assertions)]
pub fn is(fault: Broken) -> bool {
    SET.get() == Some(fault)
}

/// True when the engine of this thread has the fault: never, here.
#[cfg(not(debug_assertions))]
pub const fn is(_: Broken) -> bool {
    false
}

/// Breaks the engine of this thread, or mends it.
#[cfg(debug_assertions)]
pub fn set(fault: Option<Broken>) {
    SET.set(fault);
}

/// Nothing can be broken here.
#[cfg(not(debug_assertions))]
pub fn set(_: Option<Broken>) {}
