//! The case folder: recipe, record, store, steps
