//! Microsoft 365: Entra sign-in and Graph.
