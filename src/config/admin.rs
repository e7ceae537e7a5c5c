//! `[admin]`: the admin port and who may use it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::Secret;
use super::declare::settings;
use super::kind::{address, optional, path, token};

settings! {
    /// `[admin]`
    pub struct Admin {
        /// Where the admin port listens; never make it public.
        listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)) => address();
        /// The bearer token; without one, only clients on loopback are let in.
        token: Option<Secret> = None => optional(token());
        /// A file that holds the bearer token, instead of `admin.token`; spaces and line ends around it do not count.
        token_file: Option<PathBuf> = None => optional(path());
    }
}
