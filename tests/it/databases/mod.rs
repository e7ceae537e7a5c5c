//! The contract of a database and what may go wrong with one, on real servers: `make test-databases` starts them and says
//! in the environment where they are. Without them these tests are passed over, and run there they fail.

mod broken;
mod copies;
mod mariadb;
mod news;
mod postgres;
mod proxy;
mod refused;
mod server;
mod starts;
