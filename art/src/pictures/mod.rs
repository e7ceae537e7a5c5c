//! The pictures, a motif in each file.

pub mod aurora;
pub mod canis_major;
pub mod comet;
pub mod earth;
pub mod eclipse;
pub mod lighthouse;
pub mod meteors;
pub mod milky_way;
pub mod moon_phases;
pub mod orion;
pub mod pleiades;
pub mod saturn;
pub mod sirius_ridge;
pub mod star_map;
pub mod star_trails;
