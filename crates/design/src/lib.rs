//! Anatomy and choices to an implant
