//! The dialect `web-messaging`, frame by frame: the test plays the service, in virtual time, through the public API only.

#![allow(unreachable_pub, reason = "a test binary exports nothing")]

mod files;
mod line;

mod attachments;
mod attachments_recovering;
mod connecting;
mod content;
mod delivery;
mod drafts;
mod frames;
mod gaps;
mod happenings;
mod likeness;
mod limits;
mod patience;
mod recording;
mod tokens;
mod typing;
mod uncertain;
