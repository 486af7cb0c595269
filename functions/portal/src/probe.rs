//! Doors for fuzzing: bodies of forms and of the API read as the portal reads them, without a sign-in. Compiled with the
//! feature `probe` alone.

use shared::preferences::Preferences;

use crate::api::shapes::{
    Administrators, ChangedLink, ChangedProfile, NewLinks, NewProfile, Switch,
};
use crate::fields::Fields;
use crate::settings::Settings;
use crate::trip::Return;

/// A settings form applied to the defaults; what the person would read when it cannot be.
pub fn form(body: &[u8]) -> Result<Preferences, String> {
    let settings = Settings::from_form(&Fields::parse(body)).map_err(|failure| failure.happened)?;
    let changed = settings
        .applied_to(&Preferences::default())
        .map_err(|failure| failure.happened)?;
    // What is stored shows itself as it was chosen, but for blanks at the ends of names.
    assert_eq!(
        Settings::from(&changed).applied_to(&changed).ok(),
        Some(changed.clone()),
        "settings change by being shown"
    );
    let _ = settings.places();
    Ok(changed)
}

/// A body of the API read as each shape it takes; how many it fits.
pub fn body(json: &[u8]) -> usize {
    let fits = [
        serde_json::from_slice::<Settings>(json)
            .is_ok_and(|settings| settings.applied_to(&Preferences::default()).is_ok()),
        serde_json::from_slice::<ChangedProfile>(json).is_ok(),
        serde_json::from_slice::<ChangedLink>(json).is_ok(),
        serde_json::from_slice::<NewProfile>(json).is_ok(),
        serde_json::from_slice::<NewLinks>(json).is_ok(),
        serde_json::from_slice::<Switch>(json).is_ok(),
        serde_json::from_slice::<Administrators>(json).is_ok(),
    ];
    fits.into_iter().filter(|fits| *fits).count()
}

/// True when a query is one with which a vendor sends a person back.
pub fn comes_back(query: &str) -> bool {
    url::Url::parse(&format!("https://sync.example.com/?{query}"))
        .ok()
        .and_then(|url| axum::http::Uri::try_from(url.as_str()).ok())
        .is_some_and(|uri| axum::extract::Query::<Return>::try_from_uri(&uri).is_ok())
}
