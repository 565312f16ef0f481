//! Layers straight from the field, and layer files
