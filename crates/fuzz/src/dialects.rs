//! The dialects that are tried, and how a service says the few things in each that a life needs. A dialect joins by a row,
//! and by the frames and answers that it adds to the corpus.

/// One dialect.
pub(crate) struct Dialect {
    /// Members of the options.
    pub(crate) options: &'static str,
    /// Whether files can be attached.
    pub(crate) has_files: bool,
    /// What makes an open socket ready.
    pub(crate) ready: &'static str,
    /// The service has the message of this id.
    pub(crate) acknowledged: fn(&str) -> String,
    /// The service refuses: about a message, with a code and a wait in seconds.
    pub(crate) refused: fn(Option<&str>, u16, Option<u64>) -> String,
    /// The agent says something, with an id of this number.
    pub(crate) agent: fn(u8) -> String,
    /// A heartbeat that went out then is answered.
    pub(crate) alive: fn(u64) -> String,
    /// A key to the history, where there is one.
    pub(crate) key: &'static str,
    /// A page of the history: ids of messages of the guest, and how many there are in all.
    pub(crate) page: fn(&[String], u64) -> String,
}

/// All of them.
pub(crate) const DIALECTS: [Dialect; 2] = [WEBCHAT, WEB_MESSAGING];

const WEBCHAT: Dialect = Dialect {
    options: r#""host":"chat.example""#,
    has_files: false,
    ready: r#"{"type":"KEEP_ALIVE_ACK"}"#,
    acknowledged: |id| format!(r#"{{"type":"messageReceived","messageId":"{id}"}}"#),
    refused: |id, code, wait| {
        let (id, wait) = (json(id), json(wait));
        format!(r#"{{"type":"error","code":{code},"messageId":{id},"retryAfter":{wait}}}"#)
    },
    agent: |number| format!(r#"{{"type":"message","content":"agent","messageId":"{number}"}}"#),
    alive: |wall| format!(r#"{{"type":"KEEP_ALIVE_ACK","timestamp":{wall}}}"#),
    key: r#"{"type":"unknown"}"#,
    page: |_, total| total.to_string(),
};

const WEB_MESSAGING: Dialect = Dialect {
    options: r#""region":"chat.example","dialect":"web-messaging","deploymentId":"a-deployment""#,
    has_files: true,
    ready: r#"{"type":"response","class":"SessionResponse","code":200,"body":{"connected":true,"newSession":false}}"#,
    acknowledged: |id| {
        let body = format!(r#"{{"text":"x","type":"Text","direction":"Inbound","id":"of-{id}"}}"#);
        format!(r#"{{"class":"StructuredMessage","code":200,"body":{body},"tracingId":"{id}"}}"#)
    },
    refused: |id, code, wait| match wait {
        Some(wait) => {
            let id = json(id);
            format!(
                r#"{{"class":"TooManyRequestsErrorMessage","code":429,"body":{{"retryAfter":{wait}}},"tracingId":{id}}}"#
            )
        }
        None => format!(r#"{{"class":"string","code":{code},"body":"no","tracingId":{}}}"#, json(id)),
    },
    agent: |number| {
        let body = format!(r#"{{"text":"agent","type":"Text","direction":"Outbound","id":"{number}"}}"#);
        format!(r#"{{"class":"StructuredMessage","code":200,"body":{body}}}"#)
    },
    alive: |wall| format!(r#"{{"class":"GetConfigurationResponse","code":200,"body":{{}},"tracingId":"beat-{wall}"}}"#),
    key: r#"{"class":"JwtResponse","code":200,"body":{"jwt":"key-to-the-history","exp":1795266000},"tracingId":"key"}"#,
    page: |ids, total| {
        let entry = |id: &String| {
            format!(r#"{{"id":"of-{id}","type":"Text","text":"x","direction":"Inbound","tracingId":"{id}"}}"#)
        };
        let entities: Vec<String> = ids.iter().map(entry).collect();
        format!(r#"{{"entities":[{}],"total":{total}}}"#, entities.join(","))
    },
};

fn json<T: Into<serde_json::Value>>(value: Option<T>) -> serde_json::Value {
    value.map_or(serde_json::Value::Null, Into::into)
}

impl Dialect {
    /// A client's options, with those of this dialect among them.
    pub(crate) fn with(&self, credential: &str, more: &str) -> String {
        format!(r#"{{{},"credential":{credential}{more}}}"#, self.options)
    }

    /// The same with a bearer token and no more.
    pub(crate) fn plain(&self) -> String {
        self.with(r#"{"kind":"bearer","value":"credential-of-the-account"}"#, "")
    }
}
