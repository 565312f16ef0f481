//! Case and evidence to a PDF dossier
