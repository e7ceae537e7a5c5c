//! What strangers send who mean no good, over real sockets: nothing of it crashes Sirius, fills it, slows it for others,
//! or reads what is not theirs, and each gets a clear answer.

mod crowds;
mod floods;
pub mod frames;
mod headers;
mod heads;
mod parameters;
mod secrets;
