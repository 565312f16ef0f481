//! How the maps of a spine's evidence are drawn: one row of a list a map.

use ossein_geom::float;
use ossein_picture::{ColorMap, HeightMap, Image, height_map};
use serde_json::{Map as Object, Value, json};

use super::super::document::{Pictures, put};
use super::super::strength::safety_range;
use super::verify::maps::{Ends, Map, Maps, Planes};

/// Rows without a value that stand for a longer run of them.
const GAP_ROW_COUNT: usize = 5;
/// How a map is drawn.
struct Look {
    /// Picture: `section/name`, to which the plane or the end is added.
    name: &'static str,
    map: ColorMap,
    range: [f32; 2],
    title: &'static str,
    /// Within the picture.
    caption: &'static str,
    /// Beneath the picture.
    told: &'static str,
    level: Option<f32>,
    /// What is drawn for a value.
    of: fn(f32) -> f32,
}

/// A map that is drawn as it is.
const fn plain(name: &'static str, title: &'static str, told: &'static str) -> Look {
    let (map, range) = (ColorMap::Load, [0.0, 1.0]);
    Look { name, map, range, title, caption: "", told, level: None, of: |value| value }
}

const STRESS: Look = Look {
    caption: "largest of all load cases",
    ..plain("mechanics/stress_", "von Mises, MPa", "largest von Mises stress of all load cases")
};
const SAFETY_YIELD: Look = Look {
    map: ColorMap::Reserve,
    caption: "yield: least of all load cases",
    ..plain(
        "mechanics/safety_yield_",
        "safety factor",
        "least safety factor against yield, in elements of solid metal or core alone; black line: \
         the least that is asked",
    )
};
const SAFETY_FATIGUE: Look = Look {
    map: ColorMap::Reserve,
    caption: "fatigue: least of all load cases",
    ..plain(
        "mechanics/safety_fatigue_",
        "safety factor",
        "least safety factor in fatigue, of ten million cycles in solid metal and a million in the \
         core; black line: the least that is asked",
    )
};
const PRESSURE: Look = Look {
    caption: "largest of all load cases, over 4 mm",
    ..plain("endplates/pressure_", "pressure, MPa", "pressure of the end face on the bone")
};
const STRENGTH_USED: Look = Look {
    caption: "largest of all load cases, over 4 mm",
    level: Some(1.0),
    ..plain(
        "endplates/strength_used_",
        "pressure / strength",
        "pressure over the bone's local strength; within the black line bone yields. Under \
         one load case its mean, weighted by strength, is the subsidence index",
    )
};
const SLIP: Look = Look {
    range: [0.0, 200.0],
    caption: "largest of all load cases, without friction",
    level: Some(150.0),
    ..plain(
        "endplates/slip_",
        "slip, µm",
        "upper estimate of micromotion; below 50 µm bone grows in, within the black line, above \
         150 µm, fibrous tissue forms",
    )
};
const SHIELDING: Look = Look {
    map: ColorMap::Difference,
    range: [-3.0, 3.0],
    caption: "blue: less felt than without the implant",
    level: Some(-2.0),
    of: |ratio| (float::ln(f64::from(ratio)) * std::f64::consts::LOG2_E) as f32,
    ..plain(
        "judgement/shielding_",
        "log2 of S / S ref",
        "bone's stimulus over that with bone for the implant (which is left out here); beyond the \
         black line, a quarter, bone is at risk of resorption",
    )
};
const INGROWN: Look = Look {
    map: ColorMap::Amount,
    caption: "twelve weeks, middle estimate",
    ..plain(
        "ingrowth/ingrown_",
        "bone in the pores",
        "bone in the pores after twelve weeks, middle estimate",
    )
};

const IN_PLANES: [&Look; 5] = [&STRESS, &SAFETY_YIELD, &SAFETY_FATIGUE, &SHIELDING, &INGROWN];
const AT_ENDS: [&Look; 3] = [&PRESSURE, &STRENGTH_USED, &SLIP];
const PLANES: [&str; 2] = ["sagittal", "coronal"];
const ENDS: [&str; 2] = ["cranial", "caudal"];

/// What stands beneath the maps.
pub fn captions() -> Value {
    let mut all = Object::new();
    for (looks, places) in [(&IN_PLANES[..], PLANES), (&AT_ENDS[..], ENDS)] {
        for (look, place) in looks.iter().flat_map(|look| places.map(|place| (look, place))) {
            let start = place[..1].to_uppercase() + &place[1..];
            all.insert(
                format!("{}{place}.png", look.name),
                json!(format!("{start}: {}", look.told)),
            );
        }
    }
    Value::Object(all)
}

/// Draws every map; `safety_min` is the least safety factor that is asked.
pub fn pictures(made: &mut Pictures, maps: &Maps, safety_min: f32) {
    let up_to = |look: Look, high: Option<f32>| Look {
        range: high.map_or(look.range, |high| [0.0, high]),
        ..look
    };
    let safety = |look: Look, planes: &Planes| {
        let range = safety_range(known(planes), safety_min).unwrap_or(look.range);
        Look { level: Some(safety_min), range, ..look }
    };
    // Bone of hardly any strength must not make all else pale.
    let used = largest(&maps.strength_used).map(|most| most.clamp(1.2, 3.0));
    planes(made, &maps.von_mises_mpa, &up_to(STRESS, most_of(&maps.von_mises_mpa)));
    planes(made, &maps.safety_yield, &safety(SAFETY_YIELD, &maps.safety_yield));
    planes(made, &maps.safety_fatigue, &safety(SAFETY_FATIGUE, &maps.safety_fatigue));
    planes(made, &maps.stimulus_ratio, &SHIELDING);
    planes(made, &maps.ingrown, &INGROWN);
    ends(made, &maps.pressure_mpa, &up_to(PRESSURE, largest(&maps.pressure_mpa)));
    ends(made, &maps.strength_used, &up_to(STRENGTH_USED, used));
    ends(made, &maps.slip_um, &SLIP);
}

/// Every value of both planes.
fn known(planes: &Planes) -> impl Iterator<Item = f32> {
    planes.iter().flat_map(|map| map.values.iter().flatten()).copied()
}

/// What 99 of 100 places stay below: the largest stress sits on steps of the voxels.
fn most_of(planes: &Planes) -> Option<f32> {
    let mut values: Vec<f32> = known(planes).collect();
    values.sort_unstable_by(f32::total_cmp);
    values.get(values.len() * 99 / 100).copied()
}

fn largest(ends: &Ends) -> Option<f32> {
    let values = ends.iter().flatten().flat_map(|map| map.values.iter().flatten());
    values.copied().filter(|&value| value > 0.0).max_by(f32::total_cmp)
}

fn planes(made: &mut Pictures, planes: &Planes, look: &Look) {
    let letters = [["A", "P", "S", "I"], ["R", "L", "S", "I"]];
    for ((map, place), letters) in planes.iter().zip(PLANES).zip(letters) {
        let rows = map.values.chunks(map.width).collect::<Vec<_>>();
        let mut shown = shown_rows(rows.len(), |row| rows[row].iter().any(Option::is_some));
        if shown.is_empty() {
            shown.push(0);
        }
        let values = shown.into_iter().flat_map(|row| rows[row].iter().copied()).collect();
        let upright = Map { values, ..map.clone() };
        put(made, &format!("{}{place}.png", look.name), drawn(&upright, look, letters, 620));
    }
}

fn ends(made: &mut Pictures, ends: &Ends, look: &Look) {
    for (map, place) in ends.iter().zip(ENDS) {
        if let Some(map) = map {
            let picture = drawn(map, look, ["R", "L", "A", "P"], 760);
            put(made, &format!("{}{place}.png", look.name), picture);
        }
    }
}

fn drawn(map: &Map, look: &Look, letters: [&str; 4], picture_width: usize) -> Image {
    // Beyond the bar all is alike: so steep a slope would draw the level where it is not.
    let value = |value: &Option<f32>| value.map_or(f32::NAN, |v| (look.of)(v).min(look.range[1]));
    height_map(&HeightMap {
        width: map.width,
        height: map.values.len() / map.width,
        values: map.values.iter().map(value).collect(),
        spacing_mm: map.spacing_mm,
        map: look.map,
        range: look.range,
        title: look.title.into(),
        caption: vec![look.caption.into()],
        letters: letters.map(String::from),
        level: look.level,
        picture_width,
    })
}

/// Rows that are drawn, from the head down: none at both ends without a value, and few in between.
fn shown_rows(row_count: usize, has_value: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut shown: Vec<usize> = Vec::new();
    let mut empty: Vec<usize> = Vec::new();
    for row in (0..row_count).rev() {
        if !has_value(row) {
            empty.push(row);
            continue;
        }
        if !shown.is_empty() {
            shown.extend(empty.iter().take(GAP_ROW_COUNT));
        }
        empty.clear();
        shown.push(row);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_values_are_cut_short() {
        let has = |row: usize| (10..12).contains(&row) || (40..43).contains(&row);
        assert_eq!(shown_rows(50, has), [42, 41, 40, 39, 38, 37, 36, 35, 11, 10]);
        let near = |row: usize| row == 3 || row == 1;
        assert_eq!(shown_rows(5, near), [3, 2, 1]);
        assert!(shown_rows(5, |_| false).is_empty());
    }

    #[test]
    fn every_map_has_words_beneath_it() {
        let plane = Map { width: 2, spacing_mm: 1.0, values: vec![Some(1.0), None] };
        let [planes, ends] = [[plane.clone(), plane.clone()], [plane.clone(), plane]];
        let ends = ends.map(Some);
        let all = Maps {
            von_mises_mpa: planes.clone(),
            safety_yield: planes.clone(),
            safety_fatigue: planes.clone(),
            pressure_mpa: ends.clone(),
            strength_used: ends.clone(),
            slip_um: ends,
            stimulus_ratio: planes.clone(),
            ingrown: planes,
        };
        let mut made = Pictures::new();
        pictures(&mut made, &all, 2.0);
        let captions = captions();
        assert_eq!(made.len(), 16);
        assert!(made.keys().all(|name| captions[name].is_string()), "{:?}", made.keys());
    }
}
