//! Pictures without a screen or a graphics card: meshes in three dimensions, slices through a
//! scan, maps, charts and layers, each with its scale bar, its legend and its orientation.
//!
//! The work is split in fixed pieces and sums have a fixed order, so that a picture has the same
//! bytes for every thread count.

pub mod chart;
pub mod color;
pub mod image;
pub mod key;
pub mod layer;
pub mod map;
mod note;
mod occlusion;
mod overlay;
mod paint;
mod raster;
pub mod remark;
pub mod scene;
mod shade;
pub mod slice;
pub mod text;

pub use chart::{Chart, Series, Style, chart};
pub use color::{ColorMap, label_color};
pub use image::{Image, beside, png};
pub use key::Legend;
pub use layer::{LayerView, layer};
pub use map::{HeightMap, height_map};
pub use remark::{HEADER_DOUBTED, remark};
pub use scene::{Camera, Item, Note, Plane, Projection, Scene, Surface, View, render};
pub use slice::{Overlay, SliceView, Window, slice};
