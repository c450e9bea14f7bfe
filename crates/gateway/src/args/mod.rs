//! The flags.

mod control;
mod streams;
mod web_messaging;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use guestwire_gateway::{
    DEMO_KEY, DEMO_TOKEN, Dedupe, MAX_MEMORY, MIN_MEMORY, ServiceConfig, Settings, SocketAuth, WebChatConfig,
};
use tracing_subscriber::filter::LevelFilter;

use streams::StreamsArgs;
use web_messaging::WebMessagingArgs;

/// A local stand-in for the services `webchat` and the real `web-messaging` and for event streams, with a control
/// surface that makes things go wrong.
#[derive(Parser)]
#[command(version, about, max_term_width = 100, after_long_help = control::HELP)]
pub(crate) struct Args {
    /// Where to listen; port 0 picks a free one. The address is printed when it is ready
    #[arg(long, default_value = "127.0.0.1:8787", value_name = "ADDR:PORT")]
    addr: SocketAddr,
    /// Let --addr be one that other machines reach (the control surface stays on this machine)
    #[arg(long)]
    allow_remote: bool,
    /// Serve the files of this directory at /
    #[arg(long, value_name = "DIR")]
    www: Option<PathBuf>,

    /// Sockets open at once
    #[arg(long, default_value_t = 1_000, value_name = "COUNT")]
    max_connections: usize,
    /// Bytes of everything that is kept or buffered; what has no room is refused (503, close code 1013)
    #[arg(long, default_value_t = MAX_MEMORY, value_name = "BYTES", value_parser = memory)]
    max_memory: usize,
    /// Answer each message with a line that quotes it
    #[arg(long)]
    echo: bool,
    /// Hide Retry-After and Date from pages of other origins
    #[arg(long)]
    no_expose_headers: bool,
    /// Have no control surface
    #[arg(long)]
    no_control: bool,
    /// What to log, to stderr: off, error, warn, info or debug; never a token, never a content
    #[arg(long, default_value = "warn", value_name = "LEVEL")]
    pub(crate) log: LevelFilter,
    /// Stop when stdin is closed, so that whoever started it cannot leave it behind
    #[arg(long)]
    pub(crate) exit_with_stdin: bool,

    #[command(flatten)]
    webchat: WebChatArgs,
    #[command(flatten)]
    web_messaging: WebMessagingArgs,
    #[command(flatten)]
    streams: StreamsArgs,
}

#[derive(clap::Args)]
#[command(next_help_heading = "The service webchat")]
struct WebChatArgs {
    /// A bearer token that may create sessions; may be repeated [default: demo-token-0000000000]
    #[arg(long, value_name = "TOKEN")]
    bearer: Vec<String>,
    /// An API key that may create sessions; may be repeated [default: demo-key-0000000000]
    #[arg(long, value_name = "KEY")]
    api_key: Vec<String>,
    /// A token or key that is refused with 403; may be repeated
    #[arg(long, value_name = "TOKEN")]
    forbidden_token: Vec<String>,
    /// Life of a guest session, in seconds
    #[arg(long, default_value_t = 3600, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    token_life: u32,
    /// Where a socket's guest token is looked for
    #[arg(long, value_enum, default_value = "any")]
    socket_auth: SocketAuthArg,

    /// Messages per second and session; more are answered with 429 [default: no limit]
    #[arg(long, value_name = "PER_SECOND", value_parser = a_rate)]
    rate: Option<f64>,
    /// Largest content of a message, in bytes of UTF-8
    #[arg(long, default_value_t = 16 * 1024, value_name = "BYTES")]
    max_content: usize,
    /// Largest frame or request body from a guest, in bytes
    #[arg(long, default_value_t = 256 * 1024, value_name = "BYTES")]
    max_frame: usize,

    /// Within what a messageId is recognised when it comes again
    #[arg(long, value_enum, default_value = "instance")]
    dedupe: DedupeArg,
    /// How many of the agent's messages a new socket repeats, at most 1000
    #[arg(long, default_value_t = 100, value_name = "COUNT", value_parser = replay)]
    replay: usize,
    /// Leave heartbeats unanswered
    #[arg(long)]
    no_heartbeat_ack: bool,
    /// Take later messages although an earlier one was refused for now and has not returned
    #[arg(long)]
    no_order_under_refusal: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum DedupeArg {
    /// Within one guest session
    Instance,
    /// Within the whole host
    Host,
}

#[derive(Clone, Copy, ValueEnum)]
enum SocketAuthArg {
    /// In the query or in the subprotocol
    Any,
    /// In ?access_token= only
    Query,
    /// In a bearer.<base64url token> subprotocol only
    Subprotocol,
    /// Sockets without a token are let in
    None,
}

fn memory(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(bytes) if bytes >= MIN_MEMORY => Ok(bytes),
        _ => Err(format!("a number of bytes, from {MIN_MEMORY} on")),
    }
}

fn a_rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && (0.001..=1e6).contains(&rate) => Ok(rate),
        _ => Err("a number from 0.001 to 1000000".into()),
    }
}

pub(crate) fn at_least_one() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..)
}

pub(crate) fn at_most_a_day() -> clap::builder::RangedU64ValueParser<u64> {
    clap::value_parser!(u64).range(..=86_400_000)
}

pub(crate) fn close_code() -> clap::builder::RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1000..=4999)
}

/// 0 is no limit.
pub(crate) fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate == 0.0 || (0.001..=1e6).contains(&rate) => Ok(rate),
        _ => Err("0, or a number from 0.001 to 1000000".into()),
    }
}

fn replay(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(count) if count <= 1_000 => Ok(count),
        _ => Err("a number from 0 to 1000".into()),
    }
}

impl Args {
    pub(crate) fn has_demo_client(&self) -> bool {
        self.streams.has_demo_client()
    }

    pub(crate) fn has_demo_credentials(&self) -> bool {
        self.webchat.bearer.is_empty() && self.webchat.api_key.is_empty()
    }

    pub(crate) fn into_settings(self) -> Settings {
        // Setting one kind of credential must not leave the other's public default open.
        let (bearer_tokens, api_keys) = if self.has_demo_credentials() {
            (vec![DEMO_TOKEN.into()], vec![DEMO_KEY.into()])
        } else {
            (self.webchat.bearer, self.webchat.api_key)
        };
        Settings {
            addr: self.addr,
            allow_remote: self.allow_remote,
            www: self.www,
            control: !self.no_control,
            expose_headers: !self.no_expose_headers,
            seed: None,
            service: ServiceConfig {
                max_connections: self.max_connections,
                max_memory: self.max_memory,
                echo: self.echo,
                webchat: WebChatConfig {
                    bearer_tokens,
                    api_keys,
                    forbidden_tokens: self.webchat.forbidden_token,
                    token_life: self.webchat.token_life,
                    rate: self.webchat.rate,
                    max_content: self.webchat.max_content,
                    max_frame: self.webchat.max_frame,
                    dedupe: match self.webchat.dedupe {
                        DedupeArg::Instance => Dedupe::Instance,
                        DedupeArg::Host => Dedupe::Host,
                    },
                    replay: self.webchat.replay,
                    heartbeat_ack: !self.webchat.no_heartbeat_ack,
                    order_under_refusal: !self.webchat.no_order_under_refusal,
                    socket_auth: match self.webchat.socket_auth {
                        SocketAuthArg::Any => SocketAuth::Any,
                        SocketAuthArg::Query => SocketAuth::Query,
                        SocketAuthArg::Subprotocol => SocketAuth::Subprotocol,
                        SocketAuthArg::None => SocketAuth::None,
                    },
                },
                web_messaging: self.web_messaging.into_config(),
                streams: self.streams.into_config(),
            },
        }
    }
}
