//! Pictures without a screen or a graphics card
