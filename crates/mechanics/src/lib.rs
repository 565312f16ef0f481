//! Voxel finite elements, material laws and load sets
