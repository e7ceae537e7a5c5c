//! The real sky: bright stars, the traditional figures that they make, and their projection to a plane.
//!
//! The table holds every star to magnitude 4.9 within 58 degrees of right ascension 6 h, declination +5, and fainter ones
//! in Canis Major, Orion's belt and the Pleiades. The figures are facts of the Hipparcos catalogue (ESA 1997, J2000).

use crate::math::{PI, cos, pow, sin};

const TABLE: &str = include_str!("../data/bright-stars.csv");

pub struct Star {
    pub hipparcos: u32,
    /// Right ascension and declination, in radians.
    pub place: (f32, f32),
    /// Visual magnitude: smaller is brighter.
    pub magnitude: f32,
    pub b_v: f32,
}

/// Chains of Hipparcos numbers that are joined by lines.
pub type Figure = &'static [&'static [u32]];

pub const CANIS_MAJOR: Figure = &[
    &[30324, 32349, 33977, 34444, 35904],
    &[34444, 33856, 33579, 30122],
    &[32349, 33347, 34045, 33160, 33347],
];

pub const ORION: Figure = &[
    &[29038, 27913, 28716, 29426, 28614, 27989, 26207, 25336],
    &[27989, 26727, 27366, 24436, 25930, 25336, 22449],
    &[26727, 26311, 25930],
    &[22845, 22509, 22449, 22549, 22797, 23123],
];

/// The constellations around the Winter Hexagon.
pub const WINTER: &[Figure] = &[
    CANIS_MAJOR,
    ORION,
    &[&[28360, 28380, 25428, 23015, 23416, 24608, 28360]],
    &[&[37279, 36188]],
    &[&[30277, 27628, 26634, 25859]],
    &[
        &[36850, 34693, 32246, 30343, 29655],
        &[37826, 35550, 34088, 31681],
        &[35550, 35350, 32362],
        &[34693, 36962, 37826],
    ],
    &[
        &[
            24305, 25985, 27288, 28103, 28910, 27654, 27072, 25606, 25985,
        ],
        &[25606, 23685, 24305],
    ],
    &[&[30419, 32578, 34769, 39863], &[34769, 30867, 29651]],
    &[
        &[26451, 21421, 20894, 20205, 18724, 15900],
        &[20205, 20455, 20889, 25428],
    ],
    &[&[18532, 17358, 15863], &[18532, 18614, 18246, 17448]],
    &[&[23875, 22109, 21444, 19587, 18543, 17378, 16537]],
];

/// Sirius, Procyon, Pollux, Capella, Aldebaran, Rigel.
pub const WINTER_HEXAGON: Figure = &[&[32349, 37279, 37826, 24608, 21421, 24436, 32349]];

impl Star {
    /// Light as a multiple of that of a star of magnitude 0.
    pub fn flux(&self) -> f32 {
        pow(10.0, -0.4 * self.magnitude)
    }
}

/// Every star of the table, the brightest first.
pub fn stars() -> Vec<Star> {
    TABLE.lines().skip(1).filter_map(parse).collect()
}

/// A stereographic view of the sky: north up, east to the left, as one looks at it.
pub struct View {
    /// What is in the middle: right ascension and declination, in degrees.
    pub aim: (f32, f32),
    /// Where the middle is on the canvas.
    pub centre: (f32, f32),
    /// Pixels for one degree near the middle.
    pub scale: f32,
    /// By how much north leans to the right, in degrees.
    pub tilt: f32,
}

impl View {
    /// Where on the canvas a direction is; `None` for what is behind.
    pub fn project(&self, (ra, dec): (f32, f32)) -> Option<(f32, f32)> {
        let (ra0, dec0) = (radians(self.aim.0), radians(self.aim.1));
        let away = ra - ra0;
        let facing = sin(dec0) * sin(dec) + cos(dec0) * cos(dec) * cos(away);
        if facing < -0.2 {
            return None;
        }
        let k = 2.0 / (1.0 + facing) * self.scale * 180.0 / PI;
        let x = -k * cos(dec) * sin(away);
        let y = -k * (cos(dec0) * sin(dec) - sin(dec0) * cos(dec) * cos(away));
        let tilt = radians(self.tilt);
        Some((
            self.centre.0 + x * cos(tilt) - y * sin(tilt),
            self.centre.1 + x * sin(tilt) + y * cos(tilt),
        ))
    }

    /// The lines of a figure on the canvas, from star to star.
    pub fn lines(&self, stars: &[Star], figure: Figure) -> Vec<((f32, f32), (f32, f32))> {
        let place = |number: u32| {
            let star = stars.iter().find(|star| star.hipparcos == number)?;
            self.project(star.place)
        };
        figure
            .iter()
            .flat_map(|chain| chain.windows(2))
            .filter_map(|pair| Some((place(pair[0])?, place(pair[1])?)))
            .collect()
    }
}

pub fn radians(degrees: f32) -> f32 {
    degrees * PI / 180.0
}

fn parse(line: &str) -> Option<Star> {
    let mut fields = line.split(',');
    let hipparcos = fields.next()?.parse().ok()?;
    let mut number = || fields.next()?.parse::<f32>().ok();
    Some(Star {
        hipparcos,
        place: (radians(number()?), radians(number()?)),
        magnitude: number()?,
        b_v: number()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_star_and_sirius_is_the_first() {
        let stars = stars();
        assert_eq!(stars.len(), TABLE.lines().count() - 1);
        assert_eq!(stars[0].hipparcos, 32349);
    }

    #[test]
    fn every_star_of_a_figure_is_in_the_table() {
        let stars = stars();
        let figures = WINTER.iter().chain([&WINTER_HEXAGON]);
        for number in figures
            .flat_map(|figure| figure.iter())
            .flat_map(|chain| chain.iter())
        {
            assert!(
                stars.iter().any(|star| star.hipparcos == *number),
                "{number}"
            );
        }
    }

    #[test]
    fn north_is_up_and_east_is_left() {
        let view = View {
            aim: (90.0, 0.0),
            centre: (0.0, 0.0),
            scale: 1.0,
            tilt: 0.0,
        };
        let (_, north) = view.project((radians(90.0), radians(1.0))).unwrap();
        let (east, _) = view.project((radians(91.0), 0.0)).unwrap();
        assert!((north + 1.0).abs() < 1e-3 && (east + 1.0).abs() < 1e-3);
    }
}
