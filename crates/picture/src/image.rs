//! A picture as plain bytes, and its PNG file.

use crate::color::Rgb;

/// Largest width and height of a picture in pixels.
pub const SIDE_MAX: usize = 8192;

/// A picture: 8 bits a channel, sRGB, alpha not multiplied in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `[row][column][r, g, b, a]`, first row at the top.
    pub rgba: Vec<u8>,
    /// Whether letters stand in it that name the patient's directions after the scan's header.
    pub has_header_letters: bool,
}

impl Image {
    /// A picture of one colour.
    ///
    /// # Panics
    /// If a side is zero or above [`SIDE_MAX`].
    pub fn filled(width: usize, height: usize, rgba: [u8; 4]) -> Self {
        let fits = |side: usize| (1..=SIDE_MAX).contains(&side);
        assert!(fits(width) && fits(height), "a picture of {width} x {height} pixels");
        let rgba = rgba.repeat(width * height);
        Self { width, height, rgba, has_header_letters: false }
    }

    /// A white picture.
    ///
    /// # Panics
    /// If a side is zero or above [`SIDE_MAX`].
    pub fn white(width: usize, height: usize) -> Self {
        Self::filled(width, height, [255; 4])
    }

    /// The four bytes of a pixel.
    pub fn at(&self, x: usize, y: usize) -> [u8; 4] {
        let at = 4 * (y * self.width + x);
        [0, 1, 2, 3].map(|c| self.rgba[at + c])
    }

    /// Lays `color` over a pixel with the opacity `alpha` from 0 to 1.
    #[inline]
    pub(crate) fn blend(&mut self, x: usize, y: usize, color: Rgb, alpha: f32) {
        let at = 4 * (y * self.width + x);
        let below = f32::from(self.rgba[at + 3]) / 255.0;
        let total = alpha + below * (1.0 - alpha);
        if total <= 0.0 {
            return;
        }
        for c in 0..3 {
            let old = f32::from(self.rgba[at + c]) * below * (1.0 - alpha);
            let mixed = (f32::from(color[c]) * alpha + old) / total;
            self.rgba[at + c] = (mixed + 0.5) as u8;
        }
        self.rgba[at + 3] = (total * 255.0 + 0.5) as u8;
    }

    /// Copies `other` into this picture, its corner at `x`, `y`; what lies outside is lost.
    pub fn place(&mut self, other: &Image, x: usize, y: usize) {
        let width = other.width.min(self.width.saturating_sub(x));
        for row in 0..other.height.min(self.height.saturating_sub(y)) {
            let to = 4 * ((y + row) * self.width + x);
            let from = 4 * row * other.width;
            let bytes = 4 * width;
            self.rgba[to..to + bytes].copy_from_slice(&other.rgba[from..from + bytes]);
        }
    }
}

/// Several pictures in a row on white, centred, `gap` pixels apart.
///
/// # Panics
/// If `images` is empty, or the row is wider than [`SIDE_MAX`].
pub fn beside(images: &[&Image], gap: usize) -> Image {
    let width = images.iter().map(|i| i.width).sum::<usize>() + gap * (images.len() - 1);
    let height = images.iter().map(|i| i.height).max().unwrap_or(1);
    let mut row = Image::white(width, height);
    let mut x = 0;
    for image in images {
        row.place(image, x, (height - image.height) / 2);
        row.has_header_letters |= image.has_header_letters;
        x += image.width + gap;
    }
    row
}

/// The bytes of a PNG file; without an alpha channel where every pixel is opaque.
pub fn png(image: &Image) -> Vec<u8> {
    let opaque = image.rgba.chunks_exact(4).all(|p| p[3] == 255);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, image.width as u32, image.height as u32);
    encoder.set_color(if opaque { png::ColorType::Rgb } else { png::ColorType::Rgba });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
    let mut writer = encoder.write_header().expect("sides are from 1 to SIDE_MAX");
    let written = if opaque {
        let rgb: Vec<u8> = image.rgba.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
        writer.write_image_data(&rgb)
    } else {
        writer.write_image_data(&image.rgba)
    };
    written.expect("memory takes every byte, and the size fits the header");
    writer.finish().expect("memory takes every byte");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_back(bytes: &[u8]) -> (usize, usize, Vec<u8>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width as usize, info.height as usize, pixels)
    }

    #[test]
    fn a_png_gives_back_its_pixels() {
        let mut image = Image::filled(3, 2, [10, 20, 30, 255]);
        image.blend(1, 1, [255, 0, 0], 0.5);
        let (width, height, pixels) = read_back(&png(&image));
        assert_eq!((width, height), (3, 2));
        assert_eq!(pixels[12..15], [133, 10, 15]);
        image.rgba[3] = 0;
        assert_eq!(read_back(&png(&image)).2, image.rgba);
    }
}
