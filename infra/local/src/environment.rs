//! The environment of the functions: the same variables the template gives them, with the stand-ins' addresses.
//!
//! Never holds a secret: the credentials are made up.

use std::collections::BTreeMap;

use crate::aws::queue::Queues;
use crate::aws::{REGION, dynamodb, secrets};
use crate::ports::{Place, Ports};

/// The variables of every function.
pub(crate) fn environment(ports: Ports, queues: &Queues) -> BTreeMap<String, String> {
    let loopback = |place| format!("http://127.0.0.1:{}", ports.of(place));
    [
        ("TABLE", dynamodb::TABLE.to_owned()),
        ("QUEUE_URL", queues.url().to_owned()),
        ("SECRET_OAUTH", secrets::OAUTH.to_owned()),
        ("SECRET_KEYRING", secrets::KEYRING.to_owned()),
        ("PORTAL_URL", ports.url(Place::Portal)),
        (
            "MAIL_FROM",
            "Synchronizer <no-reply@synchronizer.example>".to_owned(),
        ),
        ("SUPEROFFICE_LOGIN", ports.url(Place::SuperOffice)),
        ("MICROSOFT_LOGIN", ports.url(Place::Microsoft)),
        (
            "MICROSOFT_GRAPH",
            format!("{}/v1.0", ports.url(Place::Microsoft)),
        ),
        ("GOOGLE_LOGIN", ports.url(Place::Google)),
        ("GOOGLE_TOKEN", ports.url(Place::Google)),
        ("GOOGLE_API", ports.url(Place::Google)),
        ("GOOGLE_DIRECTORY", ports.url(Place::Google)),
        // Here nobody wants to wait for the herd to spread.
        ("SPREAD_SECONDS", "0".to_owned()),
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("AWS_ENDPOINT_URL", loopback(Place::Aws)),
        ("AWS_ENDPOINT_URL_DYNAMODB", loopback(Place::DynamoDb)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}
