//! A JSON body, read strictly; what cannot be used is answered as a failure of ours.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(unusable(&rejection)),
        }
    }
}

fn unusable(rejection: &JsonRejection) -> Failure {
    let mut failure = Failure::unusable(rejection.body_text());
    failure.status = rejection.status();
    failure
}
