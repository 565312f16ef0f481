//! Labelled bones to endplates, axes, canal and figures
