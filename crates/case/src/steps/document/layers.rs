//! Pictures of what is printed.

use ossein_picture::{Chart, LayerView, Series, Style, chart, layer};

use super::{Pictures, put};
use crate::step::{StepContext, StepError};
use crate::steps::prepare;

/// Area of metal over height, and three layers; nothing for a part without layers.
///
/// # Errors
/// What the files of earlier steps report.
pub fn layers(pictures: &mut Pictures, context: &mut StepContext<'_>) -> Result<(), StepError> {
    let report = context.summary_of("prepare");
    if report["print"].is_null() {
        return Ok(());
    }
    let area_mm2: Vec<f64> = serde_json::from_value(report["print"]["area_mm2"].clone())?;
    let layer_mm = report["print"]["layer_mm"].as_f64().unwrap_or(0.0);
    let points =
        area_mm2.iter().enumerate().map(|(n, &area)| [(n as f64 + 0.5) * layer_mm, area]).collect();
    let series = Series { name: "area".into(), points, color: [40, 90, 170], style: Style::Area };
    let areas = Chart {
        title: "area of metal in each layer".into(),
        x_label: "height over the plate, mm".into(),
        y_label: "area, mm²".into(),
        series: vec![series],
        limits: Vec::new(),
        from_zero: true,
        size: [1200, 520],
    };
    put(pictures, "print/areas.png", chart(&areas));
    for (n, one) in prepare::shown(context)? {
        let mut view = LayerView::around(&[&one], 620);
        view.caption = vec![format!("layer {}, top at {:.2} mm", n + 1, one.z_mm)];
        put(pictures, &format!("print/layer_{:05}.png", n + 1), layer(&one, &view));
    }
    Ok(())
}
