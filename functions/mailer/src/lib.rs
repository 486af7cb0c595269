//! Function mailer.
