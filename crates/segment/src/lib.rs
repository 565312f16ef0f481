//! Hounsfield volumes to labelled bones
