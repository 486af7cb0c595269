//! The Google sandbox alone: `cargo run -p sandbox --example google -- 8083`.
//!
//! For looking at it with other clients than ours. Never part of the whole product.

use std::net::Ipv4Addr;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).unwrap_or_else(|| "8083".to_owned());
    let port: u16 = port.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let router = sandbox::google::router(sandbox::google::Settings::default())?;
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        sandbox::serve(listener, router).await?;
        Ok(())
    })
}
