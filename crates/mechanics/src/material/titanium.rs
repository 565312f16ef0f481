//! Metals of the implant.

use ossein_geom::Mpa;

/// Condition of the surface, which sets the fatigue allowable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// As it leaves the powder bed: lattices, and whatever no tool reaches.
    AsBuilt,
    /// Hot isostatically pressed and machined.
    HipMachined,
}

/// A metal card: design values, to be replaced by those of the lot's certificate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metal {
    /// Short fixed name.
    pub id: &'static str,
    /// Specification that guarantees the strengths.
    pub specification: &'static str,
    /// Young's modulus.
    pub modulus: Mpa,
    /// Poisson's ratio.
    pub poisson: f64,
    /// Density in g/cm³.
    pub density_g_per_cm3: f64,
    /// Smallest 0.2 % proof stress that the specification allows.
    pub proof_stress: Mpa,
    /// Smallest tensile strength that the specification allows.
    pub tensile_strength: Mpa,
    /// Largest allowed maximum principal stress at R = 0.1 and 10 million cycles.
    pub fatigue: Mpa,
    /// Surface that the fatigue value holds for.
    pub surface: Surface,
    /// Where the values come from.
    pub source: &'static str,
}

const SOURCE: &str = "facts D1.41 (elastic), D1.42 (ASTM F3001 minimum), D1.45 (fatigue), D9.1";

/// Ti-6Al-4V ELI by laser powder bed fusion, hot isostatically pressed, surface as built: the
/// default card.
pub const TI64_ELI_LPBF_AS_BUILT: Metal = Metal {
    id: "ti64_eli_lpbf_as_built",
    specification: "ASTM F3001",
    modulus: Mpa(114_000.0),
    poisson: 0.33,
    density_g_per_cm3: 4.43,
    proof_stress: Mpa(795.0),
    tensile_strength: Mpa(860.0),
    fatigue: Mpa(200.0),
    surface: Surface::AsBuilt,
    source: SOURCE,
};

/// Ti-6Al-4V ELI by laser powder bed fusion, hot isostatically pressed and machined.
pub const TI64_ELI_LPBF_HIP_MACHINED: Metal = Metal {
    id: "ti64_eli_lpbf_hip_machined",
    fatigue: Mpa(500.0),
    surface: Surface::HipMachined,
    ..TI64_ELI_LPBF_AS_BUILT
};

/// Every metal card.
pub const METALS: &[Metal] = &[
    TI64_ELI_LPBF_AS_BUILT,
    TI64_ELI_LPBF_HIP_MACHINED,
    Metal {
        id: "ti64_grade5_lpbf_as_built",
        specification: "ASTM F2924",
        proof_stress: Mpa(825.0),
        tensile_strength: Mpa(895.0),
        ..TI64_ELI_LPBF_AS_BUILT
    },
    Metal {
        id: "ti64_eli_wrought",
        specification: "ASTM F136",
        fatigue: Mpa(600.0),
        surface: Surface::HipMachined,
        ..TI64_ELI_LPBF_AS_BUILT
    },
];

/// The card with this name.
pub fn metal(id: &str) -> Option<&'static Metal> {
    METALS.iter().find(|metal| metal.id == id)
}
