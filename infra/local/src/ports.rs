//! Where everything listens: fixed distances from one port, loopback only.
//!
//! Never opens anything to other machines.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use tokio::net::TcpListener;

/// The addresses of one running whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    base: u16,
}

/// Something with an address of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The portal, as API Gateway would serve it.
    Portal,
    /// The sandbox of SuperOffice.
    SuperOffice,
    /// The sandbox of Microsoft.
    Microsoft,
    /// The sandbox of Google.
    Google,
    /// The sandbox of Exchange.
    Exchange,
    /// The desk.
    Desk,
    /// DynamoDB.
    DynamoDb,
    /// SQS, Secrets Manager and SES.
    Aws,
}

impl Place {
    /// What it is called in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::SuperOffice => "sandbox SuperOffice",
            Self::Microsoft => "sandbox Microsoft",
            Self::Google => "sandbox Google",
            Self::Exchange => "sandbox Exchange",
            Self::Desk => "desk",
            Self::DynamoDb => "DynamoDB",
            Self::Aws => "other AWS",
        }
    }
}

impl Ports {
    /// The addresses around `base`.
    pub(crate) fn around(base: u16) -> Self {
        Self { base }
    }

    /// The port of a place.
    pub(crate) fn of(self, place: Place) -> u16 {
        match place {
            Place::Portal => self.base,
            Place::SuperOffice => self.base + 1,
            Place::Microsoft => self.base + 2,
            Place::Google => self.base + 3,
            Place::Exchange => self.base + 4,
            Place::Desk => self.base + 10,
            Place::DynamoDb => self.base - 80,
            Place::Aws => self.base - 3514,
        }
    }

    /// The address of a place, as a browser and the functions use it.
    pub(crate) fn url(self, place: Place) -> String {
        format!("http://localhost:{}", self.of(place))
    }

    /// Opens a place.
    ///
    /// # Errors
    /// When something else listens there: the error names the port and the way out.
    pub(crate) async fn open(self, place: Place) -> anyhow::Result<TcpListener> {
        let port = self.of(place);
        listen(port).await.with_context(|| {
            format!(
                "port {port} ({}) cannot be used. Stop what listens there (another `cargo run`?), or choose other ports: cargo run -- --port-base {}",
                place.name(),
                if self.base == 8080 { 18080 } else { 8080 },
            )
        })
    }
}

/// Listens on a loopback port; 0 is any free one.
pub(crate) async fn listen(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixed_addresses_are_those_of_the_documents() {
        let ports = Ports::around(8080);
        let all = [
            (Place::Portal, 8080),
            (Place::SuperOffice, 8081),
            (Place::Microsoft, 8082),
            (Place::Google, 8083),
            (Place::Exchange, 8084),
            (Place::Desk, 8090),
            (Place::DynamoDb, 8000),
            (Place::Aws, 4566),
        ];
        for (place, port) in all {
            assert_eq!(ports.of(place), port, "{place:?}");
        }
    }

    #[tokio::test]
    async fn a_taken_port_is_named_with_the_way_out() {
        let taken = listen(0).await.unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = Ports::around(port).open(Place::Portal).await.unwrap_err();
        let text = format!("{error:#}");
        assert!(text.contains(&format!("port {port} (portal)")), "{text}");
        assert!(text.contains("--port-base"), "{text}");
    }
}
