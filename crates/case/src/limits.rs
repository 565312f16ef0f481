//! What this program's results may be used for.

/// The intended use that every report carries (facts D2.44, D9.2).
pub const LIMITS_OF_USE: &[&str] = &[
    "Design and manufacturing record; research use; not for surgical planning.",
    "Not a cleared medical device. No surgical decision rests on this record.",
    "Computed figures compare designs for one patient; they are not validated against tests of \
     this part.",
    "Powder removal, heat and surface treatment, cleaning and sterilisation are outside this \
     record.",
];
