//! An orbit: its frame from four points, and what it holds between floor, walls, rim and apex.

mod frame;
mod inside;

pub use frame::{OrbitError, OrbitFrame, OrbitPoints};
pub use inside::{Closing, Inside, Tissue, inside};
