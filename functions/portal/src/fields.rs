//! The fields of a form as the browser sent them, repeated names included. Knows nothing of what they mean.

use axum::extract::{FromRequest, Request};
use axum::response::Response;
use http::header;

use crate::failure::Failure;

/// The largest form: a linking draft of some thousand pairs.
pub(crate) const LARGEST_FORM: usize = 1024 * 1024;

/// Names and values in the order they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a body in the form encoding.
    pub(crate) fn parse(body: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(body).into_owned().collect())
    }

    /// The trimmed value of a field; empty when it is not there.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// All trimmed values of a repeated field.
    pub(crate) fn all<'a, 'b>(
        &'a self,
        name: &'b str,
    ) -> impl Iterator<Item = &'a str> + use<'a, 'b> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.trim())
    }

    /// True when a box is ticked: browsers leave out what is not.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }
}

/// True when the body is a form.
pub(crate) fn is_form(headers: &http::HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"))
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        use axum::response::IntoResponse;
        if !is_form(request.headers()) {
            return Err(Failure::unusable("A form was expected.").into_response());
        }
        let bytes = axum::body::Bytes::from_request(request, state)
            .await
            .map_err(|_| Failure::unusable("The form is too large.").into_response())?;
        Ok(Self::parse(&bytes))
    }
}
