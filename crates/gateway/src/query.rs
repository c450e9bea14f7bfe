//! The query of an address: one that cannot be read is refused in the form of the service, with the reason.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use serde::de::DeserializeOwned;

use crate::answer::refusal;

/// What stands in the query.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let read = axum::extract::Query::try_from_uri(&parts.uri);
        let axum::extract::Query(query) =
            read.map_err(|rejection| refusal(StatusCode::BAD_REQUEST, &rejection.body_text()))?;
        Ok(Self(query))
    }
}
