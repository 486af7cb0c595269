//! What administrators and users do, once for pages and API. An act takes the context of who does it, or a row that was
//! loaded through one; it never takes an id from a request.

pub(crate) mod crm;
pub(crate) mod linking;
pub(crate) mod links;
pub(crate) mod mail;
pub(crate) mod mailbox;
pub(crate) mod now;
pub(crate) mod people;
pub(crate) mod profiles;
pub(crate) mod watch;
