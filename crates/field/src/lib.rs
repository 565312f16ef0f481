//! Solids as signed distance fields, and the lattices made of them
