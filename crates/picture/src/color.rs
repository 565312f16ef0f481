//! Colours and colour maps that people with any colour vision can read.

use std::sync::LazyLock;

use ossein_geom::float;

/// Red, green and blue in sRGB.
pub type Rgb = [u8; 3];

/// Text and lines on white.
pub const INK: Rgb = [34, 38, 43];
/// Thin lines and ticks on white.
pub const GREY: Rgb = [138, 145, 153];
/// Grids on white.
pub const PALE: Rgb = [225, 228, 232];
/// Where a value is not known.
pub const UNKNOWN: Rgb = [188, 192, 196];
/// Titanium.
pub const TITANIUM: Rgb = [168, 178, 190];
/// Bone.
pub const BONE: Rgb = [232, 219, 193];
/// A canal, a nerve or another keep-out.
pub const KEEP_OUT: Rgb = [232, 184, 64];

/// How a number becomes a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorMap {
    /// Dark blue over green to yellow: for amounts. Lightness grows all the way.
    Amount,
    /// Blue over white to red: for differences, the middle of the range being white.
    Difference,
    /// Pale yellow over orange to dark red: for stress and strain, white paper being nought.
    Load,
    /// The other way round, for safety factors: little is dark red, plenty pale.
    Reserve,
    /// Black to white.
    Grey,
}

// Anchors at equal distances; straight lines between them in sRGB.
const AMOUNT: [Rgb; 9] = [
    [66, 10, 88],
    [71, 47, 122],
    [60, 80, 139],
    [45, 111, 142],
    [34, 142, 140],
    [42, 174, 126],
    [100, 202, 93],
    [176, 220, 52],
    [250, 231, 44],
];
const DIFFERENCE: [Rgb; 7] = [
    [33, 76, 146],
    [84, 139, 196],
    [170, 205, 228],
    [246, 246, 244],
    [243, 190, 158],
    [214, 112, 84],
    [158, 30, 46],
];
const LOAD: [Rgb; 6] =
    [[252, 246, 222], [250, 214, 140], [244, 164, 82], [222, 98, 60], [172, 40, 56], [94, 12, 48]];
const BLACK_TO_WHITE: [Rgb; 2] = [[0, 0, 0], [255, 255, 255]];

impl ColorMap {
    /// The colour at `fraction` of the range; beyond 0 and 1 the end colours, and
    /// [`UNKNOWN`] where it is no number.
    pub fn color(self, fraction: f32) -> Rgb {
        if fraction.is_nan() {
            return UNKNOWN;
        }
        let anchors: &[Rgb] = match self {
            Self::Amount => &AMOUNT,
            Self::Difference => &DIFFERENCE,
            Self::Load => &LOAD,
            Self::Reserve => return Self::Load.color(1.0 - fraction),
            Self::Grey => &BLACK_TO_WHITE,
        };
        let at = fraction.clamp(0.0, 1.0) * (anchors.len() - 1) as f32;
        let low = (at as usize).min(anchors.len() - 2);
        let part = at - low as f32;
        let mix = |c: usize| {
            let (a, b) = (f32::from(anchors[low][c]), f32::from(anchors[low + 1][c]));
            (a + (b - a) * part + 0.5) as u8
        };
        [mix(0), mix(1), mix(2)]
    }

    /// The colour of `value` in `range`.
    pub fn of(self, value: f32, range: [f32; 2]) -> Rgb {
        let width = range[1] - range[0];
        self.color(if width > 0.0 { (value - range[0]) / width } else { 0.5 + 0.0 * value })
    }
}

/// The colour of a label: eight that people with any colour vision tell apart, over and over.
pub fn label_color(label: u16) -> Rgb {
    const WHEEL: [Rgb; 8] = [
        [86, 180, 233],
        [230, 159, 0],
        [0, 158, 115],
        [240, 228, 66],
        [204, 121, 167],
        [0, 114, 178],
        [213, 94, 0],
        [160, 160, 160],
    ];
    WHEEL[usize::from(label) % WHEEL.len()]
}

static LINEAR: LazyLock<[f32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|byte| {
        let s = byte as f64 / 255.0;
        let linear = if s <= 0.040_45 { s / 12.92 } else { float::pow((s + 0.055) / 1.055, 2.4) };
        linear as f32
    })
});

const ENCODE_STEPS: usize = 4096;
static ENCODED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let encode = |step: usize| {
        let v = step as f64 / ENCODE_STEPS as f64;
        let s = if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * float::pow(v, 1.0 / 2.4) - 0.055 };
        (s * 255.0 + 0.5) as u8
    };
    (0..=ENCODE_STEPS).map(encode).collect()
});

/// Light of an sRGB colour, 0 to 1 a channel.
pub(crate) fn linear(color: Rgb) -> [f32; 3] {
    color.map(|byte| LINEAR[usize::from(byte)])
}

/// The sRGB colour of light, clamped to what a screen can show.
pub(crate) fn encode(light: [f32; 3]) -> Rgb {
    light.map(|v| ENCODED[(v.clamp(0.0, 1.0) * ENCODE_STEPS as f32 + 0.5) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: Rgb) -> f32 {
        let l = linear(color);
        0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2]
    }

    #[test]
    fn amounts_grow_lighter_and_loads_darker() {
        for n in 0..100 {
            let (a, b) = (n as f32 / 100.0, (n + 1) as f32 / 100.0);
            let step = |map: ColorMap| luminance(map.color(b)) - luminance(map.color(a));
            assert!(step(ColorMap::Amount) > -1e-4, "amount at {a}");
            assert!(step(ColorMap::Load) < 1e-4, "load at {a}");
        }
    }

    #[test]
    fn light_comes_back_as_the_same_byte() {
        for byte in 20..=255u8 {
            assert!(encode(linear([byte; 3]))[0].abs_diff(byte) <= 1, "{byte}");
        }
        assert_eq!(encode([2.0, -1.0, 0.0]), [255, 0, 0]);
        assert_eq!(ColorMap::Amount.of(f32::NAN, [0.0, 1.0]), UNKNOWN);
    }
}
