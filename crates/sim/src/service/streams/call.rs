//! What all API calls share: who calls, how often they may, and the headers that say so.

use super::problem::Problem;
use super::tokens::{Allowance, Denied};
use crate::service::faults::Scope;
use crate::service::rate::whole_seconds;
use crate::service::{Millis, RestAnswer, Service};

/// An API call, as far as all of them are alike.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    /// What it is called in the reports.
    pub(super) what: &'static str,
    pub(super) scope: Scope,
    /// The token of `Authorization: Bearer`.
    pub(super) bearer: Option<&'a str>,
    pub(super) channel: Option<&'a str>,
}

/// Who calls.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) client: String,
    pub(super) token: String,
}

impl Service {
    pub(super) fn call(
        &mut self,
        now: Millis,
        call: Call<'_>,
        serve: impl FnOnce(&mut Self, &Caller) -> Result<RestAnswer, Problem>,
    ) -> RestAnswer {
        self.streams.count(call.what);
        if let Some(answer) = self.intercepted(now, call.what, call.scope, call.channel) {
            return answer;
        }
        let mut allowance = None;
        let refused = self.faults.refuse_rest(now, call.scope, call.channel).map(Problem::fault);
        let served = match refused {
            Some(problem) => Err(problem),
            None => self.caller(now, call.bearer, &mut allowance).and_then(|caller| serve(self, &caller)),
        };
        let mut answer = served.unwrap_or_else(|problem| self.problem(problem));
        answer.headers.push(("inin-correlation-id", self.ids.uuid()));
        if let Some(Allowance { count, allowed, reset }) = allowance {
            answer.headers.push(("inin-ratelimit-count", count.to_string()));
            answer.headers.push(("inin-ratelimit-allowed", allowed.to_string()));
            answer.headers.push(("inin-ratelimit-reset", whole_seconds(reset).to_string()));
        }
        let channel = call.channel.filter(|id| self.streams.channels.get(id).is_some()).map(str::to_owned);
        self.finish(now, call.what, channel, None, answer)
    }

    fn caller(
        &mut self,
        now: Millis,
        bearer: Option<&str>,
        allowance: &mut Option<Allowance>,
    ) -> Result<Caller, Problem> {
        let token = self.streams.tokens.check(now, bearer).map_err(|denied| match denied {
            Denied::Absent => Problem::new(401, "authentication.required", "No authentication bearer token specified."),
            Denied::Unknown => Problem::new(401, "bad.credentials", "Invalid login credentials."),
            Denied::Over => Problem::new(401, "credentials.expired", "The supplied credentials are expired."),
        })?;
        let client = token.client.clone();
        if let Some(allowed) = self.config.streams.api_rate {
            let counted = token.count(now, allowed);
            *allowance = Some(counted);
            if counted.count > allowed {
                return Err(Problem::too_many(whole_seconds(counted.reset)));
            }
        }
        Ok(Caller { client, token: bearer.unwrap_or_default().to_owned() })
    }
}
