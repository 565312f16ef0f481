//! Fields to triangle meshes, measures, and mesh files
