//! Image bytes to Hounsfield volumes and back, and the acquisition gate
