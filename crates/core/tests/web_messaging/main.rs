//! The dialect `web-messaging`, frame by frame: the test plays the service, in virtual time, through the public API only.

#![allow(unreachable_pub, reason = "a test binary exports nothing")]

mod accounts;
#[path = "../changed/mod.rs"]
mod changed;
mod files;
mod line;

mod attachments;
mod attachments_recovering;
mod attributes;
mod authentication;
mod authorisation;
mod auto_start;
mod choices;
mod clearing;
mod connecting;
mod content;
mod delivery;
mod drafts;
mod endings;
mod expiry;
mod frames;
mod gaps;
mod happenings;
mod inquiries;
mod likeness;
mod limits;
mod names;
mod pages;
mod patience;
mod proof;
mod read_only;
mod recording;
mod refusals;
mod signing_out;
mod tokens;
mod tolerance;
mod typing;
mod uncertain;
