//! Linear-light colour, gradients that stay clean on the way, and the colours of stars.

use core::ops::{Add, AddAssign, Mul};

use crate::math::{cbrt, mix, pow};

/// Linear light with the primaries of sRGB; 1 is the display's white, more is brighter still.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct Rgb {
    pub r: f32,
    pub g: f32,
    pub b: f32,
}

impl Rgb {
    pub const BLACK: Self = Self::new(0.0, 0.0, 0.0);
    pub const WHITE: Self = Self::new(1.0, 1.0, 1.0);

    pub const fn new(r: f32, g: f32, b: f32) -> Self {
        Self { r, g, b }
    }

    /// From the usual `0xRRGGBB` of sRGB.
    pub fn hex(code: u32) -> Self {
        let channel = |shift: u32| to_linear((code >> shift & 0xff) as f32 / 255.0);
        Self::new(channel(16), channel(8), channel(0))
    }

    pub fn mix(self, other: Self, t: f32) -> Self {
        self.map2(other, |from, to| mix(from, to, t))
    }

    pub fn luminance(self) -> f32 {
        0.2126 * self.r + 0.7152 * self.g + 0.0722 * self.b
    }

    pub fn map(self, f: impl Fn(f32) -> f32) -> Self {
        Self::new(f(self.r), f(self.g), f(self.b))
    }

    pub fn map2(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self::new(f(self.r, other.r), f(self.g, other.g), f(self.b, other.b))
    }
}

impl Add for Rgb {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.map2(other, |a, b| a + b)
    }
}

impl AddAssign for Rgb {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<f32> for Rgb {
    type Output = Self;
    fn mul(self, factor: f32) -> Self {
        self.map(|channel| channel * factor)
    }
}

impl Mul for Rgb {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.map2(other, |a, b| a * b)
    }
}

/// Stops of colour, mixed in `OKLab` (Ottosson 2020) so that no grey lies between two hues.
pub struct Gradient(Vec<(f32, [f32; 3])>);

impl Gradient {
    /// Stops are `(position, 0xRRGGBB)`, by rising position.
    pub fn new(stops: &[(f32, u32)]) -> Self {
        Self(
            stops
                .iter()
                .map(|&(at, code)| (at, to_oklab(Rgb::hex(code))))
                .collect(),
        )
    }

    pub fn at(&self, t: f32) -> Rgb {
        let next = self.0.partition_point(|stop| stop.0 <= t);
        let (low, high) = (next.saturating_sub(1), next.min(self.0.len() - 1));
        let ((from_at, from), (to_at, to)) = (self.0[low], self.0[high]);
        let share = if high == low {
            0.0
        } else {
            ((t - from_at) / (to_at - from_at)).clamp(0.0, 1.0)
        };
        from_oklab([0, 1, 2].map(|i| mix(from[i], to[i], share)))
    }
}

/// The colour of a star by its B-V index, a little more saturated than the eye sees it, of luminance about 1.
pub fn star_colour(b_v: f32) -> Rgb {
    const STOPS: [(f32, Rgb); 7] = [
        (-0.35, Rgb::new(0.42, 0.58, 1.25)),
        (-0.05, Rgb::new(0.62, 0.78, 1.15)),
        (0.25, Rgb::new(0.90, 0.96, 1.05)),
        (0.55, Rgb::new(1.06, 1.00, 0.84)),
        (0.95, Rgb::new(1.22, 0.96, 0.58)),
        (1.45, Rgb::new(1.40, 0.84, 0.36)),
        (2.00, Rgb::new(1.60, 0.66, 0.20)),
    ];
    let next = STOPS
        .partition_point(|stop| stop.0 <= b_v)
        .clamp(1, STOPS.len() - 1);
    let ((from_at, from), (to_at, to)) = (STOPS[next - 1], STOPS[next]);
    from.mix(to, ((b_v - from_at) / (to_at - from_at)).clamp(0.0, 1.0))
}

pub fn to_linear(value: f32) -> f32 {
    if value <= 0.040_45 {
        value / 12.92
    } else {
        pow((value + 0.055) / 1.055, 2.4)
    }
}

pub fn to_srgb(value: f32) -> f32 {
    if value <= 0.003_130_8 {
        value.max(0.0) * 12.92
    } else {
        1.055 * pow(value, 1.0 / 2.4) - 0.055
    }
}

pub fn to_oklab(c: Rgb) -> [f32; 3] {
    let l = cbrt(0.412_221_47 * c.r + 0.536_332_5 * c.g + 0.051_445_995 * c.b);
    let m = cbrt(0.211_903_5 * c.r + 0.680_699_5 * c.g + 0.107_396_96 * c.b);
    let s = cbrt(0.088_302_46 * c.r + 0.281_718_85 * c.g + 0.629_978_7 * c.b);
    [
        0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
        1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
        0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
    ]
}

pub fn from_oklab([lightness, a, b]: [f32; 3]) -> Rgb {
    let cube = |x: f32| x * x * x;
    let l = cube(lightness + 0.396_337_78 * a + 0.215_803_76 * b);
    let m = cube(lightness - 0.105_561_346 * a - 0.063_854_17 * b);
    let s = cube(lightness - 0.089_484_18 * a - 1.291_485_5 * b);
    Rgb::new(
        (4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s).max(0.0),
        (-1.268_438 * l + 2.609_757_4 * m - 0.341_319_4 * s).max(0.0),
        (-0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s).max(0.0),
    )
}
