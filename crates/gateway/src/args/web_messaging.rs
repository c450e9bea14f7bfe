//! The flags of the service `web-messaging`. What its document leaves open is among them, with the likeliest as the
//! default.

use clap::{Args, ValueEnum};
use guestwire_gateway::{Rates, Rewriting, TextUnit, WebMessagingConfig};

use super::{at_least_one, at_most_a_day, close_code, rate};

#[derive(Args)]
#[command(next_help_heading = "The service web-messaging")]
pub(crate) struct WebMessagingArgs {
    /// A deployment that there is; may be repeated [default: any id is one]
    #[arg(long, value_name = "ID")]
    wm_deployment: Vec<String>,
    /// A domain whose pages may come, its sub-domains included; may be repeated [default: all]
    #[arg(long, value_name = "DOMAIN")]
    wm_allowed_domain: Vec<String>,
    /// Answer reads of the history that have no Origin
    #[arg(long)]
    wm_no_origin_check: bool,
    /// Refuse tokens that are not UUIDs
    #[arg(long)]
    wm_uuid_tokens: bool,

    /// How long a session lasts after its last message, in seconds
    #[arg(long, default_value_t = 259_200, value_name = "SECONDS", value_parser = at_least_one())]
    wm_session_life: u32,
    /// Tell the end of a session at its moment, not to the next request
    #[arg(long)]
    wm_push_expiry: bool,
    /// Connections that may share a token; one more, and the oldest is closed
    #[arg(long, default_value_t = 3, value_name = "COUNT", value_parser = at_least_one())]
    wm_connections: u32,
    /// Close a connection that is silent for so many seconds; 0 is never
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    wm_idle_timeout: u32,
    /// Close a connection that is so many seconds old; 0 is never
    #[arg(long, default_value_t = 7_200, value_name = "SECONDS")]
    wm_max_age: u32,
    /// The close code of these two
    #[arg(long, default_value_t = 1001, value_name = "CODE", value_parser = close_code())]
    wm_idle_close_code: u16,
    /// The close code after ConnectionClosedEvent and LogoutEvent
    #[arg(long, default_value_t = 1000, value_name = "CODE", value_parser = close_code())]
    wm_close_code: u16,

    /// Take a message once although its tracingId comes again
    #[arg(long)]
    wm_dedupe: bool,
    /// How much later than it came a message is taken and echoed, in milliseconds
    #[arg(long, default_value_t = 0, value_name = "MS", value_parser = at_most_a_day())]
    wm_late: u64,
    /// Send messages up to so many milliseconds later, each by itself, so that they overtake one another
    #[arg(long, default_value_t = 0, value_name = "MS", value_parser = at_most_a_day())]
    wm_disorder: u64,
    /// How long after it was taken and echoed the history shows a message, in milliseconds
    #[arg(long, default_value_t = 0, value_name = "MS", value_parser = at_most_a_day())]
    wm_history_lag: u64,
    /// Give the history the tracingId of each message
    #[arg(long)]
    wm_history_tracing: bool,
    /// Leave metadata out of the history
    #[arg(long)]
    wm_no_history_metadata: bool,
    /// Give a guest's message in the history the live frame's channel.messageId as its id
    #[arg(long)]
    wm_history_message_ids: bool,
    /// Leave channel.messageId and the time out of the history
    #[arg(long)]
    wm_history_bare: bool,
    /// Give the history what was said in earlier sessions of the same token
    #[arg(long)]
    wm_older_history: bool,
    /// The largest page of the history that is given, whatever is asked for
    #[arg(long, default_value_t = 500, value_name = "COUNT", value_parser = at_least_one())]
    wm_history_page: u32,
    /// Leave pageSize, total and pageCount out of the history
    #[arg(long)]
    wm_no_history_total: bool,
    /// Show every so manyeth entry of the history as something that cannot be read; 0 is none
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    wm_history_poison: usize,
    /// Write the texts of guests anew before they are kept; may be repeated, and happens in that order
    #[arg(long, value_enum, value_name = "WAY")]
    wm_normalise: Vec<RewritingArg>,
    /// Trace echoes and the history by ids of the service's own, not by those of the requests
    #[arg(long)]
    wm_own_tracing: bool,
    /// Leave the tracingId out of answers to health checks
    #[arg(long)]
    wm_untraced_echo: bool,
    /// Write refusals in capitals
    #[arg(long)]
    wm_capitals: bool,
    /// Send the classes on which sources disagree in their other form (SessionExpiredEvent, GenerateUrlError,
    /// AttachmentDeletedResponse; reasonCode for reason)
    #[arg(long)]
    wm_other_forms: bool,
    /// Leave the tracingId out of errors
    #[arg(long)]
    wm_no_error_tracing: bool,
    /// Echo a guest's typing
    #[arg(long)]
    wm_echo_typing: bool,
    /// Refuse a guest's typing with 403
    #[arg(long)]
    wm_no_typing: bool,
    /// Refuse to clear a conversation with 403
    #[arg(long)]
    wm_no_clear: bool,
    /// Say in the deployment's configuration that conversations start by themselves
    #[arg(long)]
    wm_auto_start: bool,
    /// Life of a history JWT, in seconds
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = at_least_one())]
    wm_jwt_life: u32,

    /// Largest text of a message
    #[arg(long, default_value_t = 4096, value_name = "COUNT")]
    wm_max_text: usize,
    /// What that counts
    #[arg(long, value_enum, default_value = "bytes")]
    wm_text_unit: TextUnitArg,
    /// Largest custom attributes, in bytes of keys and values
    #[arg(long, default_value_t = 2048, value_name = "BYTES")]
    wm_max_custom: usize,
    /// Largest frame, in bytes
    #[arg(long, default_value_t = 32 * 1024, value_name = "BYTES")]
    wm_max_frame: usize,
    /// Messages per session and second; 0 is no limit, here and in the next five
    #[arg(long, default_value_t = 5.0, value_name = "COUNT", value_parser = rate)]
    wm_message_rate: f64,
    /// Requests of any kind per connection and minute
    #[arg(long, default_value_t = 60.0, value_name = "COUNT", value_parser = rate)]
    wm_request_rate: f64,
    /// Health checks per connection and minute
    #[arg(long, default_value_t = 2.0, value_name = "COUNT", value_parser = rate)]
    wm_health_check_rate: f64,
    /// Configurations per session and minute
    #[arg(long, default_value_t = 60.0, value_name = "COUNT", value_parser = rate)]
    wm_configure_rate: f64,
    /// Reads of the history per session and minute
    #[arg(long, default_value_t = 10.0, value_name = "COUNT", value_parser = rate)]
    wm_history_rate: f64,
    /// Handshakes per minute
    #[arg(long, default_value_t = 1000.0, value_name = "COUNT", value_parser = rate)]
    wm_connection_rate: f64,

    /// Refuse attachments with 4000
    #[arg(long)]
    wm_no_attachments: bool,
    /// A type of file that may be sent, like image/png or image/*; may be repeated [default: */*]
    #[arg(long, value_name = "TYPE")]
    wm_file_type: Vec<String>,
    /// An extension that may not, like .exe; may be repeated [default: those of programs]
    #[arg(long, value_name = "EXTENSION")]
    wm_blocked_extension: Vec<String>,
    /// Largest file, in units of 1000 bytes
    #[arg(long, default_value_t = 10_240, value_name = "KB", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    wm_max_file: u32,
    /// How long the address of an upload counts, in seconds
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    wm_upload_life: u32,
    /// How long the address of a download counts, in seconds
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    wm_download_life: u32,
    /// How long a file is kept, in seconds
    #[arg(long, default_value_t = 15 * 24 * 3600, value_name = "SECONDS")]
    wm_file_life: u32,
    /// How long after an upload its event comes, in milliseconds
    #[arg(long, default_value_t = 0, value_name = "MS", value_parser = at_most_a_day())]
    wm_upload_takes: u64,

    /// Let no customer sign in
    #[arg(long)]
    wm_no_auth: bool,
    /// Let no session that has begun become a customer's
    #[arg(long)]
    wm_no_session_upgrade: bool,
    /// Refuse a customer's session with 403 once the JWT that opened it has expired, until it is opened anew
    #[arg(long)]
    wm_auth_lapses: bool,
    /// A code that signs a customer in; may be repeated [default: any; the customer is what stands before a colon]
    #[arg(long, value_name = "CODE")]
    wm_auth_code: Vec<String>,
    /// Life of a customer's JWT, in seconds
    #[arg(long, default_value_t = 900, value_name = "SECONDS")]
    wm_auth_life: u32,
    /// Give no refresh tokens
    #[arg(long)]
    wm_no_refresh_token: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum TextUnitArg {
    /// Bytes of UTF-8
    Bytes,
    /// Unicode characters
    Characters,
}

#[derive(Clone, Copy, ValueEnum)]
enum RewritingArg {
    /// White space at both ends goes
    Trim,
    /// Ends of lines become CRLF
    Lines,
    /// Runs of white space become one space
    Spaces,
    /// What takes no room goes: zero width, soft hyphens, variation selectors
    Invisible,
    /// &, <, > and quotation marks are escaped as in HTML
    Escape,
    /// Letters with accents are taken apart (NFD)
    Letters,
    /// **so** becomes <strong>so</strong>
    Markup,
    /// Addresses become links
    Links,
    /// :smile: becomes a picture
    Pictures,
    /// Long runs of digits are masked
    Mask,
    /// What is beyond twelve characters goes
    Cut,
}

impl RewritingArg {
    fn meant(self) -> Rewriting {
        match self {
            Self::Trim => Rewriting::Trim,
            Self::Lines => Rewriting::Lines,
            Self::Spaces => Rewriting::Spaces,
            Self::Invisible => Rewriting::Invisible,
            Self::Escape => Rewriting::Escape,
            Self::Letters => Rewriting::Letters,
            Self::Markup => Rewriting::Markup,
            Self::Links => Rewriting::Links,
            Self::Pictures => Rewriting::Pictures,
            Self::Mask => Rewriting::Mask,
            Self::Cut => Rewriting::Cut,
        }
    }
}

impl WebMessagingArgs {
    pub(crate) fn into_config(self) -> WebMessagingConfig {
        let some = |rate: f64| (rate > 0.0).then_some(rate);
        let seconds = |seconds: u32| (seconds > 0).then_some(u64::from(seconds) * 1000);
        let given = |list: Vec<String>, default: Vec<String>| if list.is_empty() { default } else { list };
        let default = WebMessagingConfig::default();
        WebMessagingConfig {
            epoch: default.epoch,
            deployments: self.wm_deployment,
            allowed_domains: self.wm_allowed_domain,
            origin_required: !self.wm_no_origin_check,
            uuid_tokens: self.wm_uuid_tokens,
            session_life: self.wm_session_life,
            push_expiry: self.wm_push_expiry,
            connections_per_session: self.wm_connections as usize,
            max_text: self.wm_max_text,
            text_unit: match self.wm_text_unit {
                TextUnitArg::Bytes => TextUnit::Bytes,
                TextUnitArg::Characters => TextUnit::Characters,
            },
            max_custom_bytes: self.wm_max_custom,
            max_frame: self.wm_max_frame,
            rates: Rates {
                messages: some(self.wm_message_rate),
                requests: some(self.wm_request_rate),
                health_checks: some(self.wm_health_check_rate),
                configures: some(self.wm_configure_rate),
                histories: some(self.wm_history_rate),
                connections: some(self.wm_connection_rate),
            },
            dedupe: self.wm_dedupe,
            history_lag: self.wm_history_lag,
            history_tracing: self.wm_history_tracing,
            history_metadata: !self.wm_no_history_metadata,
            history_message_ids: self.wm_history_message_ids,
            history_bare: self.wm_history_bare,
            older_history: self.wm_older_history,
            history_page: self.wm_history_page as usize,
            history_total: !self.wm_no_history_total,
            history_poison: self.wm_history_poison,
            rewritings: self.wm_normalise.into_iter().map(RewritingArg::meant).collect(),
            own_tracing: self.wm_own_tracing,
            untraced_echo: self.wm_untraced_echo,
            capitals: self.wm_capitals,
            other_forms: self.wm_other_forms,
            error_tracing: !self.wm_no_error_tracing,
            echo_typing: self.wm_echo_typing,
            typing: !self.wm_no_typing,
            late: self.wm_late,
            disorder: self.wm_disorder,
            idle_timeout: seconds(self.wm_idle_timeout),
            max_age: seconds(self.wm_max_age),
            idle_close_code: self.wm_idle_close_code,
            close_code: self.wm_close_code,
            jwt_life: self.wm_jwt_life,
            clear: !self.wm_no_clear,
            auto_start: self.wm_auto_start,
            attachments: !self.wm_no_attachments,
            file_types: given(self.wm_file_type, default.file_types),
            blocked_extensions: given(self.wm_blocked_extension, default.blocked_extensions),
            max_file_kb: self.wm_max_file,
            upload_life: self.wm_upload_life,
            download_life: self.wm_download_life,
            file_life: self.wm_file_life,
            upload_takes: self.wm_upload_takes,
            authentication: !self.wm_no_auth,
            session_upgrade: !self.wm_no_session_upgrade,
            auth_lapses: self.wm_auth_lapses,
            auth_codes: self.wm_auth_code,
            auth_life: self.wm_auth_life,
            refresh_tokens: !self.wm_no_refresh_token,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        flags: WebMessagingArgs,
    }

    #[test]
    fn without_flags_the_service_is_as_its_document_has_it() {
        let config = Flags::parse_from(["gateway"]).flags.into_config();
        assert_eq!(format!("{config:?}"), format!("{:?}", WebMessagingConfig::default()));
    }

    #[test]
    fn every_flag_changes_the_service() {
        let plain = format!("{:?}", WebMessagingConfig::default());
        let values = ["7", "1005", "characters", "trim", "x"];
        let command = <Flags as clap::CommandFactory>::command();
        for argument in command.get_arguments().filter(|argument| argument.get_long() != Some("help")) {
            let flag = format!("--{}", argument.get_long().expect("a long one"));
            let tries = values.iter().map(|value| vec!["gateway".to_owned(), flag.clone(), (*value).to_owned()]);
            let parsed = tries.chain([vec!["gateway".to_owned(), flag.clone()]]).find_map(|line| {
                Flags::try_parse_from(line).ok().map(|flags| format!("{:?}", flags.flags.into_config()))
            });
            assert_ne!(parsed.expect("it can be set"), plain, "{flag}");
        }
    }

    #[test]
    fn every_flag_that_the_page_names_is_one() {
        let command = <Flags as clap::CommandFactory>::command();
        let page = include_str!("../../../../docs/gateway.md");
        let named = page.split('`').filter_map(|part| part.strip_prefix("--wm-")?.split_whitespace().next());
        let named: Vec<&str> = named.filter(|flag| !flag.is_empty()).collect();
        assert!(named.len() > 15, "{named:?}");
        for flag in named {
            let long = format!("wm-{flag}");
            assert!(command.get_arguments().any(|argument| argument.get_long() == Some(&long)), "--{long}");
        }
    }

    #[test]
    fn no_limit_is_written_as_nought() {
        let config = Flags::parse_from(["gateway", "--wm-message-rate", "0", "--wm-idle-timeout", "0"]);
        let config = config.flags.into_config();
        assert_eq!((config.rates.messages, config.idle_timeout), (None, None));
        assert!(Flags::try_parse_from(["gateway", "--wm-message-rate", "-1"]).is_err());
        assert!(Flags::try_parse_from(["gateway", "--wm-message-rate", "NaN"]).is_err());
    }
}
