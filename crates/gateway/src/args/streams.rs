//! The flags of the event streams and their tokens. What the documents leave open is among them.

use clap::{Args, ValueEnum};
use guestwire_gateway::{DEMO_CLIENT, DEMO_SECRET, GoneChannels, OAuthClient, StreamsConfig};

use super::{at_least_one, at_most_a_day, close_code, rate};

#[derive(Args)]
#[command(next_help_heading = "Event streams")]
pub(crate) struct StreamsArgs {
    /// An application that may have tokens, with its secret; may be repeated [default: demo-client:demo-secret-0000000000]
    #[arg(long, value_name = "ID:SECRET", value_parser = client)]
    oauth_client: Vec<OAuthClient>,
    /// Life of a token, in seconds
    #[arg(long, default_value_t = 86_400, value_name = "SECONDS", value_parser = at_least_one())]
    oauth_token_life: u32,
    /// Requests for a token per application and minute; 0 is no limit, here and in the next four
    #[arg(long, default_value_t = 60.0, value_name = "COUNT", value_parser = rate)]
    oauth_rate: f64,
    /// Tokens that an application has at once; one more, and the first is revoked
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    oauth_tokens: usize,

    /// API calls per token and minute
    #[arg(long, default_value_t = 300, value_name = "COUNT")]
    stream_api_rate: u32,
    /// Handshakes per application and minute
    #[arg(long, default_value_t = 300.0, value_name = "COUNT", value_parser = rate)]
    stream_open_rate: f64,
    /// Frames from a client per connection and second
    #[arg(long, default_value_t = 20.0, value_name = "COUNT", value_parser = rate)]
    stream_frame_rate: f64,

    /// Channels of an application; one more, and the one used longest ago is evicted
    #[arg(long, default_value_t = 20, value_name = "COUNT", value_parser = at_least_one())]
    stream_channels: u32,
    /// Life of a channel from its making, or from when its topics were last set, in seconds
    #[arg(long, default_value_t = 86_400, value_name = "SECONDS", value_parser = at_least_one())]
    stream_channel_life: u32,
    /// Let channels outlive the token that made them
    #[arg(long)]
    stream_outlive_token: bool,
    /// What becomes of the socket of a channel that is gone
    #[arg(long, value_enum, default_value = "refused")]
    stream_gone: GoneArg,
    /// With which status the socket of such a channel is refused
    #[arg(long, default_value_t = 401, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(400..=599))]
    stream_gone_status: u16,
    /// Topics of a channel, or of a plain socket
    #[arg(long, default_value_t = 1_000, value_name = "COUNT", value_parser = at_least_one())]
    stream_topics: u32,
    /// Count each name of a combined topic
    #[arg(long)]
    stream_count_combined: bool,
    /// Topics that begin so are never permitted
    #[arg(long, default_value = "v2.forbidden.", value_name = "PREFIX")]
    stream_forbidden: String,

    /// How often the service says on a channel that it is there, in milliseconds; 0 is never
    #[arg(long, default_value_t = 30_000, value_name = "MS", value_parser = at_most_a_day())]
    stream_heartbeat: u64,
    /// How long after v2.system.socket_closing the socket is closed, in milliseconds
    #[arg(long, default_value_t = 60_000, value_name = "MS", value_parser = at_most_a_day())]
    stream_closing_notice: u64,
    /// Cut a socket on which no frame came or went for so many milliseconds; 0 is never
    #[arg(long, default_value_t = 900_000, value_name = "MS", value_parser = at_most_a_day())]
    stream_idle: u64,
    /// Let an idle socket go half-open, with no word to the client, where it would be cut
    #[arg(long)]
    stream_idle_silently: bool,
    /// The close code wherever the service closes
    #[arg(long, default_value_t = 1001, value_name = "CODE", value_parser = close_code())]
    stream_close_code: u16,

    /// Confirm subscriptions on plain sockets
    #[arg(long)]
    stream_confirm: bool,
    /// Leave KEEP_ALIVE unanswered on plain sockets
    #[arg(long)]
    stream_no_heartbeat_ack: bool,
    /// Let plain sockets in without a token
    #[arg(long)]
    stream_open_to_all: bool,
    /// Let something happen every so many milliseconds in each topic that somebody listens to
    #[arg(long, value_name = "MS", value_parser = at_least_ten())]
    stream_generate: Option<u64>,
    /// Largest frame from a client, in bytes
    #[arg(long, default_value_t = 256 * 1024, value_name = "BYTES")]
    stream_max_frame: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum GoneArg {
    /// It is closed, and a new one is refused
    Refused,
    /// It stays open, a new one is let in, and nothing comes on either
    Mute,
}

fn at_least_ten() -> clap::builder::RangedU64ValueParser<u64> {
    clap::value_parser!(u64).range(10..=86_400_000)
}

fn client(text: &str) -> Result<OAuthClient, String> {
    match text.split_once(':') {
        Some((id, secret)) if !id.is_empty() && !secret.is_empty() => {
            Ok(OAuthClient { id: id.into(), secret: secret.into() })
        }
        _ => Err("an id and a secret with a colon between".into()),
    }
}

impl StreamsArgs {
    pub(crate) fn has_demo_client(&self) -> bool {
        self.oauth_client.is_empty()
    }

    pub(crate) fn into_config(self) -> StreamsConfig {
        let some = |rate: f64| (rate > 0.0).then_some(rate);
        let clients = if self.has_demo_client() {
            vec![OAuthClient { id: DEMO_CLIENT.into(), secret: DEMO_SECRET.into() }]
        } else {
            self.oauth_client
        };
        StreamsConfig {
            epoch: 0,
            clients,
            token_life: self.oauth_token_life,
            token_rate: some(self.oauth_rate),
            tokens_per_client: (self.oauth_tokens > 0).then_some(self.oauth_tokens),
            api_rate: (self.stream_api_rate > 0).then_some(self.stream_api_rate),
            open_rate: some(self.stream_open_rate),
            frame_rate: some(self.stream_frame_rate),
            channels: self.stream_channels as usize,
            channel_life: u64::from(self.stream_channel_life) * 1000,
            channels_die_with_token: !self.stream_outlive_token,
            gone: match self.stream_gone {
                GoneArg::Refused => GoneChannels::Refused(self.stream_gone_status),
                GoneArg::Mute => GoneChannels::Mute,
            },
            topics: self.stream_topics as usize,
            count_combined: self.stream_count_combined,
            forbidden_prefix: self.stream_forbidden,
            heartbeat: (self.stream_heartbeat > 0).then_some(self.stream_heartbeat),
            closing_notice: self.stream_closing_notice,
            idle: (self.stream_idle > 0).then_some(self.stream_idle),
            idle_silently: self.stream_idle_silently,
            close_code: self.stream_close_code,
            confirm: self.stream_confirm,
            heartbeat_ack: !self.stream_no_heartbeat_ack,
            open_to_all: self.stream_open_to_all,
            generate: self.stream_generate,
            max_frame: self.stream_max_frame,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        flags: StreamsArgs,
    }

    fn plain() -> String {
        let clients = vec![OAuthClient { id: DEMO_CLIENT.into(), secret: DEMO_SECRET.into() }];
        format!("{:?}", StreamsConfig { clients, ..StreamsConfig::default() })
    }

    #[test]
    fn without_flags_the_streams_are_as_their_documents_have_them() {
        let config = Flags::parse_from(["gateway"]).flags.into_config();
        assert_eq!(format!("{config:?}"), plain());
    }

    #[test]
    fn every_flag_changes_the_streams() {
        let values = ["77", "404", "1005", "mute", "x", "id:secret"];
        let command = Flags::command();
        for argument in command.get_arguments().filter(|argument| argument.get_long() != Some("help")) {
            let flag = format!("--{}", argument.get_long().expect("a long one"));
            let mut tries: Vec<Vec<String>> =
                values.iter().map(|value| vec!["gateway".into(), flag.clone(), (*value).into()]).collect();
            tries.push(vec!["gateway".into(), flag.clone()]);
            let read = |line| Flags::try_parse_from(line).ok().map(|flags| format!("{:?}", flags.flags.into_config()));
            assert!(tries.into_iter().filter_map(read).any(|config| config != plain()), "{flag}");
        }
    }

    #[test]
    fn every_flag_that_the_page_names_is_one() {
        let command = Flags::command();
        let page = include_str!("../../../../docs/gateway.md");
        for start in ["--stream-", "--oauth-"] {
            let named = page.split('`').filter(|part| part.starts_with(start));
            let named: Vec<&str> = named.filter_map(|part| part.split_whitespace().next()).collect();
            assert!(named.len() > 2, "{named:?}");
            for flag in named {
                let long = flag.trim_start_matches("--");
                assert!(command.get_arguments().any(|argument| argument.get_long() == Some(long)), "{flag}");
            }
        }
    }

    #[test]
    fn an_application_has_an_id_and_a_secret() {
        let read = |text| Flags::try_parse_from(["gateway", "--oauth-client", text]);
        let clients = read("a:b:c").unwrap_or_else(|error| panic!("{error}")).flags.into_config().clients;
        assert_eq!(clients, [OAuthClient { id: "a".into(), secret: "b:c".into() }]);
        assert!(["", "a", "a:", ":b"].into_iter().all(|text| read(text).is_err()));
    }
}
