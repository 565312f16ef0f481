//! Why no drill guide can be planned or designed.

use ossein_anatomy::tooth::ToothError;
use ossein_field::text::TextError;
use ossein_geom::Cancelled;
use ossein_mesh::extract::ExtractError;

use crate::NearError;

/// No guide can be planned:
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Nothing is planned.
    #[error(
        "[plan] implants: none is planned; give at least one, such as {{ entry_mm = [x, y, z], \
         apex_mm = [x, y, z] }} or {{ tooth_mm = [x, y, z] }}"
    )]
    NoImplants,
    /// Two implants of one name.
    #[error("[plan] implants: two are named `{id}`")]
    SameName {
        /// The name.
        id: String,
    },
    /// No label of a jaw.
    #[error("no jaw has a label: name `mandible` or `maxilla`, and `lower_teeth` or `upper_teeth`")]
    NoJaw,
    /// Implants in both jaws.
    #[error(
        "implants {first} and {other} stand in different jaws: a guide sits on one, plan a case for \
         each"
    )]
    TwoJaws {
        /// One.
        first: String,
        /// The other.
        other: String,
    },
    /// A tooth cannot be found or measured.
    #[error("[plan] {key}: {error}")]
    Tooth {
        /// Where it is named.
        key: String,
        /// Why not.
        error: ToothError,
    },
    /// An implant without a place.
    #[error(
        "implant {id} has no axis: give entry_mm with apex_mm or axis, or tooth_mm for the axis of \
         a tooth"
    )]
    NoAxis {
        /// Which.
        id: String,
    },
    /// An implant of a size that there is not.
    #[error(
        "implant {id} would be {value_mm:.1} mm {what}: between {low} and {high} mm are implants; \
         look at entry_mm and apex_mm"
    )]
    Size {
        /// Which.
        id: String,
        /// `long` or `wide`.
        what: &'static str,
        /// Its size.
        value_mm: f64,
        /// The least.
        low: f64,
        /// The most.
        high: f64,
    },
    /// An implant runs through the nerve.
    #[error(
        "implant {id} runs through the mandibular canal: {free_mm:.1} mm of its {length_mm:.1} mm \
         stay {clearance_mm} mm clear of it; shorten it, or move or turn its axis"
    )]
    Canal {
        /// Which.
        id: String,
        /// How long it may be.
        free_mm: f64,
        /// How long it is.
        length_mm: f64,
        /// What is kept.
        clearance_mm: f64,
    },
    /// An implant runs through a tooth that stays.
    #[error(
        "implant {id} runs through tooth {number} from the patient's right, which stays: move or \
         turn its axis, or name the tooth in [plan] extracted_mm"
    )]
    Root {
        /// Which.
        id: String,
        /// The tooth, from 1.
        number: usize,
    },
    /// An implant beside the bone.
    #[error(
        "implant {id} does not stand in bone: bone touches {:.0} % of its side, at least {:.0} % \
         are needed; look at entry_mm and the axis (points are LPS in mm)", 100.0 * covered,
        100.0 * limit
    )]
    Outside {
        /// Which.
        id: String,
        /// Share that bone touches.
        covered: f64,
        /// The limit.
        limit: f64,
    },
    /// An implant that comes out of the bone.
    #[error(
        "implant {id} leaves the bone: at its end, {length_mm:.1} mm deep, no bone is labelled \
         around it; bone surrounds it down to {inside_mm:.1} mm: shorten it or turn its axis"
    )]
    Leaves {
        /// Which.
        id: String,
        /// How long it is.
        length_mm: f64,
        /// Depth of the last level in bone.
        inside_mm: f64,
    },
    /// Two implants in one place.
    #[error("implants {first} and {other} run into each other by {into_mm:.1} mm")]
    Meet {
        /// One.
        first: String,
        /// The other.
        other: String,
        /// How deep.
        into_mm: f64,
    },
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A surface could not be taken.
    #[error(transparent)]
    Extract(#[from] ExtractError),
}

/// No guide can be designed:
#[derive(Debug, thiserror::Error)]
pub enum DesignError {
    /// A label that the plan was made with is gone.
    #[error("the plan's jaw has no labels: plan again")]
    NoJaw,
    /// The teeth cannot be told apart.
    #[error(transparent)]
    Tooth(#[from] ToothError),
    /// A sleeve that the guide cannot hold.
    #[error(
        "implant {id} leans {angle_deg:.0} degrees from the way on which the guide is put on: more \
         than {limit_deg} degrees a sleeve cannot lead; give another [plan] put_on_from, or turn \
         the axis"
    )]
    Slanted {
        /// Which.
        id: String,
        /// Its angle.
        angle_deg: f64,
        /// The limit.
        limit_deg: f64,
    },
    /// A sleeve that is longer than its offset.
    #[error(
        "[guide] sleeve_length_mm = {sleeve_mm} is longer than sleeve_offset_mm = {offset_mm}: the \
         sleeve would end inside the bone; an offset of {least_mm} mm at least"
    )]
    Deep {
        /// Length chosen.
        sleeve_mm: f64,
        /// Offset chosen.
        offset_mm: f64,
        /// The least offset.
        least_mm: f64,
    },
    /// A sleeve in bone.
    #[error(
        "the sleeve of implant {id} would stand {into_mm:.1} mm deep in bone: give [guide] \
         sleeve_offset_mm = {least_mm:.0} or more"
    )]
    InBone {
        /// Which.
        id: String,
        /// How deep.
        into_mm: f64,
        /// An offset that does.
        least_mm: f64,
    },
    /// A sleeve in a tooth.
    #[error(
        "the sleeve of implant {id}, {outer_mm:.1} mm wide without its wall, meets a tooth by \
         {into_mm:.1} mm: a larger [guide] sleeve_offset_mm lifts it over the teeth, or take a \
         thinner drill_mm"
    )]
    InTooth {
        /// Which.
        id: String,
        /// Width of the sleeve's hole.
        outer_mm: f64,
        /// How deep.
        into_mm: f64,
    },
    /// Two sleeves in one place.
    #[error(
        "the sleeves of implants {first} and {other} leave a wall of {wall_mm:.1} mm between them; \
         at least {limit_mm} mm: move them apart, lead a thinner drill_mm, or make two guides"
    )]
    SleevesMeet {
        /// One.
        first: String,
        /// The other.
        other: String,
        /// What is left.
        wall_mm: f64,
        /// The limit.
        limit_mm: f64,
    },
    /// Nothing to sit on.
    #[error(
        "[guide] seat = \"teeth\": no tooth stands within [plan] reach_mm = {reach_mm} mm of an \
         implant; a larger reach, or seat = \"bone\""
    )]
    NoSupport {
        /// The reach.
        reach_mm: f64,
    },
    /// A sleeve that hangs on nothing.
    #[error(
        "the sleeve of implant {id} is not joined to the guide: it stands {height_mm:.0} mm over \
         the teeth; a smaller [guide] sleeve_offset_mm, or a thicker shell"
    )]
    Loose {
        /// Which.
        id: String,
        /// Its upper end over the teeth.
        height_mm: f64,
    },
    /// The bone or the teeth have no surface near the implants.
    #[error("nothing of the jaw lies near the implants: look at [plan] implants")]
    Nothing,
    /// A letter that cannot be engraved.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Distances could not be taken.
    #[error(transparent)]
    Near(#[from] NearError),
    /// A surface could not be taken.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// The job was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
