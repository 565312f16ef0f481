//! Stress shielding: what the bone beside an implant feels, against the same bone without it.
//!
//! The reference is the same model under the same load with bone in the implant's place. Both
//! states carry the same bone, so that what differs is the implant.

use crate::method::Method;
use crate::subsidence::rank;

/// Half width of the lazy zone in humans (facts D1.57).
pub const LAZY_ZONE: f64 = 0.75;
/// Limits of the mechanostat's windows, in strain (facts D1.59): disuse, adapted, overload,
/// pathological.
pub const WINDOW_LIMITS: [f64; 3] = [200e-6, 2000e-6, 4000e-6];

/// Resorbed mass.
pub const RESORPTION: Method = Method {
    id: "resorbed_mass_fraction",
    title: "Bone mass at risk of resorption",
    formula: "m_r = sum(rho V where S < (1 - s) S_ref) / sum(rho V); S = U / rho, U the strain \
              energy density, s = 0.75; formed where S > (1 + s) S_ref",
    source: "Huiskes 1987, Kuiper and Huiskes 1997 (facts D1.57)",
    limits: "the first step of an adaptation, not its end; one load stands for daily life; the \
             reference is the construct with bone of the bodies' mean modulus in place of the \
             implant, and not the patient's own spine with its discs",
};

/// Stress by distance from the implant.
pub const STRESS: Method = Method {
    id: "stress_shielding",
    title: "Stress-shielding increase by zone",
    formula: "SSI = (sigma_ref - sigma_impl) / sigma_ref; sigma the mean von Mises stress of the \
              zone, a zone a slab of one body 5 mm thick along the axis",
    source: "facts D1.58",
    limits: "a mean hides peaks at rim and screws: see the map; reference as for the mass",
};

/// Strain windows.
pub const WINDOWS: Method = Method {
    id: "strain_windows",
    title: "Bone volume by strain window",
    formula: "parts of the bone's volume with largest absolute principal strain below 200, 200 to \
              2000, 2000 to 4000 and above 4000 microstrain",
    source: "Frost; facts D1.58, D1.59",
    limits: "strain of voxels of about a millimetre, with an apparent modulus: struts of bone \
             strain more",
};

/// An element of bone in both states.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoneElement {
    /// Apparent density in g/cm³.
    pub density_g_per_cm3: f64,
    /// Strain energy density with the implant, MPa.
    pub energy_mpa: f64,
    /// Strain energy density of the reference, MPa.
    pub reference_energy_mpa: f64,
    /// Von Mises stress with the implant, MPa.
    pub stress_mpa: f64,
    /// Von Mises stress of the reference, MPa.
    pub reference_stress_mpa: f64,
    /// Zone, counted from 0.
    pub zone: usize,
}

/// Bone of one zone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZoneShielding {
    /// Zone.
    pub zone: usize,
    /// Elements.
    pub count: usize,
    /// `(sigma_ref - sigma_impl) / sigma_ref` of the mean stresses; negative where bone carries
    /// more than before.
    pub stress_increase: f64,
}

/// Stress shielding of a construct.
#[derive(Clone, Debug, PartialEq)]
pub struct Shielding {
    /// Part of the bone's mass where stimulus falls below the lazy zone.
    pub resorbed_mass_fraction: f64,
    /// Part of the bone's mass where it rises above it.
    pub formed_mass_fraction: f64,
    /// Median of stimulus over reference.
    pub stimulus_ratio_p50: f64,
    /// By zone, ascending; zones without bone are left out.
    pub zones: Vec<ZoneShielding>,
}

/// Stress shielding of equal voxels with a lazy zone of half width `lazy`. `None` where there is
/// no bone, or none that the reference loads.
pub fn shielding(elements: &[BoneElement], lazy: f64) -> Option<Shielding> {
    let loaded: Vec<&BoneElement> = elements
        .iter()
        .filter(|e| e.reference_energy_mpa > 0.0 && e.density_g_per_cm3 > 0.0)
        .collect();
    let mass = |keep: &dyn Fn(f64) -> bool| {
        let chosen = loaded.iter().filter(|e| keep(e.energy_mpa / e.reference_energy_mpa));
        chosen.map(|e| e.density_g_per_cm3).sum::<f64>()
    };
    let all = mass(&|_| true);
    if all == 0.0 {
        return None;
    }
    let mut ratios: Vec<f64> =
        loaded.iter().map(|e| e.energy_mpa / e.reference_energy_mpa).collect();
    ratios.sort_by(f64::total_cmp);
    Some(Shielding {
        resorbed_mass_fraction: mass(&|ratio| ratio < 1.0 - lazy) / all,
        formed_mass_fraction: mass(&|ratio| ratio > 1.0 + lazy) / all,
        stimulus_ratio_p50: rank(&ratios, 0.5),
        zones: zones(elements),
    })
}

fn zones(elements: &[BoneElement]) -> Vec<ZoneShielding> {
    let zone_count = elements.iter().map(|e| e.zone + 1).max().unwrap_or(0);
    let one = |zone: usize| {
        let own = || elements.iter().filter(move |e| e.zone == zone);
        let reference: f64 = own().map(|e| e.reference_stress_mpa).sum();
        let implanted: f64 = own().map(|e| e.stress_mpa).sum();
        let stress_increase = (reference - implanted) / reference;
        (reference > 0.0).then(|| ZoneShielding { zone, count: own().count(), stress_increase })
    };
    (0..zone_count).filter_map(one).collect()
}

/// Parts of the volume of equal voxels in the four windows of strain; `None` without any. Takes
/// the largest absolute principal strain of each.
pub fn strain_windows(strains: impl IntoIterator<Item = f64>) -> Option<[f64; 4]> {
    let mut counts = [0usize; 4];
    for strain in strains {
        counts[WINDOW_LIMITS.iter().filter(|&&limit| strain >= limit).count()] += 1;
    }
    let all: usize = counts.iter().sum();
    (all > 0).then(|| counts.map(|count| count as f64 / all as f64))
}
