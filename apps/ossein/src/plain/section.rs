//! Pictures of values on a section through a voxel image.

use std::path::Path;

use ossein_picture::{ColorMap, HeightMap, height_map, png};

use super::file;
use crate::commands::AnyError;

/// Width of a picture in pixels.
const WIDTH: usize = 760;

/// The section through the middle of an image across one of its axes.
pub struct Section {
    /// Voxel counts of the image.
    size: [usize; 3],
    /// Axes to the right and downwards.
    axes: [usize; 2],
    /// Axis across, and the layer along it.
    across: usize,
    layer: usize,
}

impl Section {
    /// Across `y`: `x` to the right and `z` upwards.
    pub fn across_y(size: [usize; 3]) -> Self {
        Self { size, axes: [0, 2], across: 1, layer: size[1] / 2 }
    }

    /// What a value is at each place of the section, row after row from the top.
    pub fn values(&self, value: impl Fn([usize; 3]) -> f32) -> Vec<f32> {
        let [width, height] = self.axes.map(|a| self.size[a]);
        let place = |n: usize| {
            let mut at = [0; 3];
            (at[self.across], at[self.axes[0]]) = (self.layer, n % width);
            at[self.axes[1]] = height - 1 - n / width;
            at
        };
        (0..width * height).map(|n| value(place(n))).collect()
    }

    /// Draws values from nought to `most` as PNG.
    ///
    /// # Errors
    /// What the disk says.
    pub fn draw(
        &self,
        path: &Path,
        values: Vec<f32>,
        most: f32,
        spacing_mm: f64,
        [title, caption]: [String; 2],
    ) -> Result<(), AnyError> {
        let [width, height] = self.axes.map(|a| self.size[a]);
        let words = |text: &str| text.to_owned();
        let map = HeightMap {
            width,
            height,
            values,
            spacing_mm,
            map: ColorMap::Amount,
            range: [0.0, most.max(f32::MIN_POSITIVE)],
            title,
            caption: vec![caption],
            letters: [words("-x"), words("x"), words("z"), words("-z")],
            level: None,
            picture_width: WIDTH,
        };
        let bytes = png(&height_map(&map));
        file::write(path, |to| std::io::Write::write_all(to, &bytes))?;
        eprintln!("  wrote {}", path.display());
        Ok(())
    }
}
